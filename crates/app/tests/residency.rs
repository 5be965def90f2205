//! Residents: the change of category is laid ready before the training ends, sent with one press, or taken away.

use crate::membership::{act, letters, of_person, row};
use crate::people::{cx, each_world, physician};
use chrono::NaiveDate;
use mamis_app::application::actions::withdraw;
use mamis_app::membership::lists::periods;
use mamis_app::membership_application::actions::{begin, submit};
use mamis_app::membership_application::jobs::residency_proposals;
use mamis_app::my::lists::page;
use mamis_app::{App, Cx, testing};
use mamis_rules::access::application::Kind;
use mamis_rules::association::{MembershipCategory, Tier};
use mamis_rules::base::Day;
use mamis_rules::flow::membership::Command;
use mamis_rules::membership::held;
use mamis_schema::{application, physician as people};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use std::sync::Arc;
use uuid::Uuid;

/// Writes when the training of a named person ends.
async fn trains_until(app: &App, who: &Cx, day: Option<Day>) {
    people::Entity::update_many()
        .col_expr(people::Column::TrainsUntil, Expr::value(day.map(Day::date)))
        .filter(people::Column::Id.eq(Uuid::from(physician(who))))
        .exec(app.db.write())
        .await
        .expect("writes");
}

async fn run(app: &Arc<App>) -> u64 {
    residency_proposals(&Cx::system(app, "test")).await.expect("runs").done
}

async fn reports(app: &App, who: &Cx) -> u64 {
    application::Entity::find()
        .filter(application::Column::Physician.eq(Uuid::from(physician(who))))
        .filter(application::Column::Kind.eq(Kind::ChangeReport.name()))
        .count(app.db.read())
        .await
        .expect("counts")
}

#[tokio::test]
async fn a_resident_is_proposed_once() {
    each_world(|app| async move {
        let tanaka = cx(&app, "tanaka").await;
        let today = tanaka.today();
        for (end, laid) in [
            (None, 0),
            (Some(today.plus_months(2).next()), 0),
            (Some(today.plus_days(-1)), 0),
            (Some(today.plus_months(2)), 1),
            (Some(today.plus_months(2)), 0),
        ] {
            trains_until(&app, &tanaka, end).await;
            assert_eq!(run(&app).await, laid, "{end:?}");
        }
        let found = page(&tanaka).await.expect("reads").proposal.expect("lies ready");
        assert_eq!(found.effective_on, today.plus_months(2).next());
        let wanted: Vec<MembershipCategory> = found.categories.values().copied().collect();
        assert_eq!(wanted, [MembershipCategory::B; 3], "at the three tiers held");
        assert_eq!(letters(&app, "residency_proposal", "田中 陽菜").await, 1, "by mail or post");

        withdraw(&tanaka, found.id, "").await.expect("discards");
        assert!(page(&tanaka).await.expect("reads").proposal.is_none());
        assert_eq!(run(&app).await, 0, "what was discarded is not laid again");
        trains_until(&app, &tanaka, Some(today.plus_days(20))).await;
        assert_eq!(run(&app).await, 1, "another end of the training is another matter");
    })
    .await;
}

#[tokio::test]
async fn one_press_sends_it_and_three_tiers_approve() {
    each_world(|app| async move {
        let hoshino = cx(&app, "hoshino").await;
        assert_eq!(run(&app).await, 0, "the world has laid it already");
        let found = page(&hoshino).await.expect("reads").proposal.expect("lies ready");
        submit(&hoshino, found.id).await.expect("nothing is missing");
        for login in ["fujisawa-admin", "o14", "national-admin"] {
            act(&app, login, found.id, Command::Approve).await.expect(login);
        }
        assert_eq!(row(&app, found.id).await.state, "approved");
        let periods = periods(&of_person(&app, physician(&hoshino)).await);
        let day = found.effective_on;
        let category = |on: Day| -> Vec<(Tier, MembershipCategory)> {
            held(&periods, on).iter().map(|period| (period.tier, period.category)).collect()
        };
        assert!(category(day.plus_days(-1)).iter().all(|(_, category)| *category == MembershipCategory::C));
        assert!(category(day).iter().all(|(_, category)| *category == MembershipCategory::B));
        assert_eq!(category(day).len(), 3, "no tier falls out");
        assert_eq!(run(&app).await, 0);
    })
    .await;
}

#[tokio::test]
async fn an_own_report_is_another_draft() {
    each_world(|app| async move {
        let hoshino = cx(&app, "hoshino").await;
        let laid = page(&hoshino).await.expect("reads").proposal.expect("lies ready").id;
        let own = begin(&hoshino, Kind::ChangeReport, "").await.expect("begins");
        assert_ne!(own, laid);
        assert_eq!(begin(&hoshino, Kind::ChangeReport, "").await.expect("finds it"), own);
    })
    .await;
}

#[tokio::test]
async fn whoever_is_no_resident_is_left_alone() {
    each_world(|app| async move {
        for login in ["sato", "kobayashi"] {
            let person = cx(&app, login).await;
            trains_until(&app, &person, Some(person.today().plus_days(30))).await;
        }
        let tanaka = cx(&app, "tanaka").await;
        trains_until(&app, &tanaka, Some(tanaka.today().plus_days(30))).await;
        let died: Option<NaiveDate> = Some(tanaka.today().date());
        people::Entity::update_many()
            .col_expr(people::Column::DeceasedOn, Expr::value(died))
            .filter(people::Column::Id.eq(Uuid::from(physician(&tanaka))))
            .exec(app.db.write())
            .await
            .expect("writes");
        testing::people_written(&app).await;
        assert_eq!(run(&app).await, 0);
    })
    .await;
}

#[tokio::test]
async fn what_nobody_sends_disappears_after_its_day() {
    each_world(|app| async move {
        let hoshino = cx(&app, "hoshino").await;
        let found = page(&hoshino).await.expect("reads").proposal.expect("lies ready");
        let later = |day: Day| {
            let at = day.date().and_hms_opt(3, 0, 0).expect("three o'clock exists").and_utc();
            Cx { now: at, ..Cx::system(&app, "test") }
        };
        let before = reports(&app, &hoshino).await;
        assert_eq!(residency_proposals(&later(found.until)).await.expect("runs").done, 0, "its last day");
        assert_eq!(residency_proposals(&later(found.until.next())).await.expect("runs").done, 1);
        assert_eq!(row(&app, found.id).await.state, "withdrawn");
        assert_eq!(reports(&app, &hoshino).await, before, "the draft stays as a record");
        assert_eq!(residency_proposals(&later(found.until.next())).await.expect("runs").done, 0);
        assert!(submit(&hoshino, found.id).await.is_err());
    })
    .await;
}

/// Two nodes at the same time lay one draft.
#[tokio::test]
async fn two_runs_at_once_lay_one_draft() {
    each_world(|app| async move {
        let tanaka = cx(&app, "tanaka").await;
        trains_until(&app, &tanaka, Some(tanaka.today().plus_days(30))).await;
        let (one, other) = tokio::join!(run(&app), run(&app));
        assert_eq!(one + other, 1);
        assert_eq!(reports(&app, &tanaka).await, 1);
    })
    .await;
}
