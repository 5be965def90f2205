//! Duties from a day to a day, and no office without an administrator.

use crate::office::{body, officer};
use mamis_app::duty::actions::{Appointment, appoint, end};
use mamis_app::duty::lists;
use mamis_app::handover::actions::{Leaving, hand_over};
use mamis_app::testing::each_world;
use mamis_app::{App, Cx, Error, handover};
use mamis_rules::access::{Actor, Duty};
use mamis_rules::association::Host;
use mamis_rules::base::{Day, DutyId, OfficerId};
use mamis_rules::duty::Span;
use mamis_schema::{account, application, audit_entry, duty, outbox};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use std::sync::Arc;
use uuid::Uuid;

pub(crate) fn own_id(cx: &Cx) -> OfficerId {
    match &cx.actor {
        Actor::Officer { officer, .. } => *officer,
        other => panic!("an officer, not {other:?}"),
    }
}

async fn fujisawa(app: &App) -> Host {
    Host::Association(body(app, "142051").await.id.into())
}

fn wanted(at: Host, duty: Duty, from: Day, until: Option<Day>) -> Appointment {
    let span = Span { from, until };
    Appointment { at, duties: vec![duty], span, deputy_of: None, reason: String::new() }
}

async fn duties_of(app: &App, id: OfficerId, kind: Duty) -> Vec<duty::Model> {
    let found = duty::Entity::find()
        .filter(duty::Column::Officer.eq(Uuid::from(id)))
        .filter(duty::Column::Kind.eq(kind.name()));
    found.all(app.db.read()).await.expect("reads")
}

async fn the_duty(app: &App, id: OfficerId, kind: Duty) -> duty::Model {
    duties_of(app, id, kind).await.pop().unwrap_or_else(|| panic!("{kind}"))
}

/// What a session of somebody is allowed today: the question of every request.
async fn held_today(app: &Arc<App>, id: OfficerId) -> Vec<Duty> {
    let row = account::Entity::find().filter(account::Column::Officer.eq(Uuid::from(id)));
    let account = row.one(app.db.read()).await.expect("reads").expect("an account").id;
    let (token, at) = (Uuid::now_v7().to_string(), app.clock.wall());
    let row = mamis_schema::session::Model {
        id: Uuid::now_v7(),
        token_hash: token.clone(),
        account,
        created_at: at,
        last_seen_at: at,
        expires_at: at + chrono::Duration::days(400),
        second_factor_at: Some(at),
        user_agent: String::new(),
        address: String::new(),
    };
    mamis_schema::session::ActiveModel::from(row).reset_all().insert(app.db.write()).await.expect("writes");
    let current = mamis_app::account::lists::current(app, &token).await.expect("reads").expect("a session");
    let mut duties: Vec<Duty> = current.actor.duties().iter().map(|held| held.duty).collect();
    duties.sort_unstable();
    duties
}

#[tokio::test]
async fn a_duty_is_held_from_its_first_day_to_its_last() {
    each_world(|app| async move {
        let admin = officer(&app, "fujisawa-admin").await;
        let id = own_id(&officer(&app, "fujisawa-cert").await);
        let (at, today) = (fujisawa(&app).await, admin.today());
        let nothing = Appointment { duties: Vec::new(), ..wanted(at, Duty::Dues, today, None) };
        assert!(matches!(appoint(&admin, id, &nothing).await, Err(Error::Invalid(_))));
        appoint(&admin, id, &wanted(at, Duty::Dues, today, None)).await.expect("from today");
        appoint(&admin, id, &wanted(at, Duty::Training, today.plus_days(7), None)).await.expect("in a week");
        assert_eq!(held_today(&app, id).await, [Duty::Certification, Duty::Dues], "not yet the other one");
        let again = appoint(&admin, id, &wanted(at, Duty::Dues, today.plus_days(1), None)).await;
        assert!(matches!(&again, Err(Error::Invalid(p)) if p[0].field == "duties"), "{again:?}");

        let dues = the_duty(&app, id, Duty::Dues).await;
        let row = DutyId(dues.id);
        end(&admin, row, today.plus_days(-1), "", dues.version).await.expect("ends at once");
        assert_eq!(held_today(&app, id).await, [Duty::Certification]);
        let twice = end(&admin, row, today, "", dues.version + 1).await;
        assert!(matches!(&twice, Err(Error::Refused(why)) if why.contains("終わっています")), "{twice:?}");
        let coming = the_duty(&app, id, Duty::Training).await;
        let stale = end(&admin, DutyId(coming.id), today, "", coming.version + 5).await;
        assert!(matches!(stale, Err(Error::Stale(_))), "{stale:?}");

        let letters = outbox::Entity::find().filter(outbox::Column::Officer.eq(Uuid::from(id)));
        let letters = letters.all(app.db.read()).await.expect("reads");
        let told = |text: &str| letters.iter().any(|letter| letter.body.contains(text));
        assert!(told("会費") && told("片瀬 由香（藤沢市医師会）"), "{letters:?}");
        for action in ["duty.appoint", "duty.end"] {
            let entry = audit_entry::Entity::find().filter(audit_entry::Column::Action.eq(action));
            assert!(entry.one(app.db.read()).await.expect("reads").is_some(), "{action}");
        }
    })
    .await;
}

#[tokio::test]
async fn every_office_keeps_an_administrator() {
    each_world(|app| async move {
        let admin = officer(&app, "fujisawa-admin").await;
        let (last, other) = (own_id(&admin), own_id(&officer(&app, "fujisawa-cert").await));
        let (at, today) = (fujisawa(&app).await, admin.today());
        let row = the_duty(&app, last, Duty::Administration).await;
        let ending = || end(&admin, row.id.into(), today.plus_days(30), "", row.version);
        let refused = ending().await;
        assert!(matches!(&refused, Err(Error::Refused(why)) if why.contains("先に、後任")), "{refused:?}");
        assert_eq!(the_duty(&app, last, Duty::Administration).await, row, "nothing was written");

        let short = Some(today.plus_days(60));
        appoint(&admin, other, &wanted(at, Duty::Administration, today, short)).await.expect("for a time");
        let refused = ending().await;
        assert!(matches!(refused, Err(Error::Refused(_))), "in two months nobody would be left: {refused:?}");
        let spare = the_duty(&app, other, Duty::Administration).await;
        end(&admin, spare.id.into(), today.plus_days(10), "", spare.version).await.expect("one stays");
        appoint(&admin, other, &wanted(at, Duty::Administration, today.plus_days(11), None))
            .await
            .expect("for good");
        ending().await.expect("a successor is there");
        let warnings = lists::warnings(&admin).await.expect("lists");
        assert!(warnings.is_empty(), "two administrators today: {warnings:?}");
    })
    .await;
}

/// Two administrators, and the duty of each.
async fn two(app: &Arc<App>) -> (Cx, Cx, duty::Model, duty::Model) {
    let admin = officer(app, "fujisawa-admin").await;
    let other = own_id(&officer(app, "fujisawa-cert").await);
    let at = fujisawa(app).await;
    appoint(&admin, other, &wanted(at, Duty::Administration, admin.today(), None)).await.expect("appoints");
    let colleague = officer(app, "fujisawa-cert").await;
    let first = the_duty(app, own_id(&admin), Duty::Administration).await;
    let second = the_duty(app, other, Duty::Administration).await;
    (admin, colleague, first, second)
}

#[tokio::test]
async fn of_two_who_end_each_other_one_stays() {
    each_world(|app| async move {
        let (admin, colleague, first, second) = two(&app).await;
        let yesterday = admin.today().plus_days(-1);
        let both = futures::join!(
            end(&admin, second.id.into(), yesterday, "", second.version),
            end(&colleague, first.id.into(), yesterday, "", first.version)
        );
        let done = [&both.0, &both.1].into_iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(done, 1, "{both:?}");
        let left = lists::administrators(app.db.read(), fujisawa(&app).await, admin.today()).await;
        assert_eq!(left.expect("lists").len(), 1);
    })
    .await;
}

/// The control: without the question after the change, both would be gone and the count would show it.
#[tokio::test]
async fn without_the_rule_nobody_would_stay() {
    each_world(|app| async move {
        let (admin, _, first, second) = two(&app).await;
        for row in [first, second] {
            let gone = duty::ActiveModel {
                valid_until: sea_orm::Set(Some(admin.today().plus_days(-1).date())),
                ..row.into()
            };
            gone.update(app.db.write()).await.expect("writes");
        }
        let left = lists::administrators(app.db.read(), fujisawa(&app).await, admin.today()).await;
        assert!(left.expect("lists").is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_deputy_stands_in_for_a_time() {
    each_world(|app| async move {
        let admin = officer(&app, "fujisawa-admin").await;
        let away = own_id(&officer(&app, "fujisawa-cert").await);
        let deputy = own_id(&officer(&app, "fujisawa-training").await);
        let (at, today) = (fujisawa(&app).await, admin.today());
        let stand_in = |duty, until| Appointment {
            deputy_of: Some(away),
            ..wanted(at, duty, today.plus_days(1), until)
        };
        let week = Some(today.plus_days(7));
        for (appointment, field) in
            [(stand_in(Duty::Certification, None), "valid_until"), (stand_in(Duty::Dues, week), "deputy_of")]
        {
            let wrong = appoint(&admin, deputy, &appointment).await;
            assert!(matches!(&wrong, Err(Error::Invalid(p)) if p[0].field == field), "{wrong:?}");
        }
        appoint(&admin, deputy, &stand_in(Duty::Certification, week)).await.expect("stands in");
        let (_, lines) = lists::of_officer(&admin, deputy).await.expect("lists");
        assert!(lines.iter().any(|line| line.deputy_of == "浜野 大地" && line.row.valid_until.is_some()));
        assert_eq!(held_today(&app, deputy).await, [Duty::Training], "from tomorrow on");
    })
    .await;
}

#[tokio::test]
async fn an_upper_tier_helps_only_by_name_and_never_itself() {
    each_world(|app| async move {
        let national = officer(&app, "national-admin").await;
        let admin = officer(&app, "fujisawa-admin").await;
        let id = own_id(&officer(&app, "fujisawa-cert").await);
        let (at, today) = (fujisawa(&app).await, admin.today());
        let silent = wanted(at, Duty::Dues, today, None);
        let wrong = appoint(&national, id, &silent).await;
        assert!(matches!(&wrong, Err(Error::Invalid(p)) if p[0].field == "reason"), "{wrong:?}");
        let said = Appointment { reason: "担当者の急病".to_owned(), ..silent };
        appoint(&national, id, &said).await.expect("with a reason");
        let row = the_duty(&app, id, Duty::Dues).await;
        assert!(row.appointed_by.contains("代理入力"), "{}", row.appointed_by);
        let letter = outbox::Entity::find()
            .filter(outbox::Column::Kind.eq("officer_duty_changed"))
            .filter(outbox::Column::Officer.eq(Uuid::from(own_id(&admin))));
        let letter = letter.one(app.db.read()).await.expect("reads").expect("the office hears of it");
        assert!(letter.body.contains("担当者の急病"), "{}", letter.body);
        let oneself = appoint(&national, own_id(&national), &said).await;
        assert!(matches!(&oneself, Err(Error::Refused(why)) if why.contains("自分に")), "{oneself:?}");
        let elsewhere = Host::Association(body(&app, "14").await.id.into());
        let up = appoint(&admin, id, &Appointment { at: elsewhere, ..said }).await;
        assert!(matches!(&up, Err(Error::Refused(why)) if why.contains("管理")), "never upward: {up:?}");
    })
    .await;
}

#[tokio::test]
async fn a_hand_over_lists_what_is_open_and_passes_the_duties_on() {
    each_world(|app| async move {
        let admin = officer(&app, "fujisawa-admin").await;
        let (leaver, heir) = (
            own_id(&officer(&app, "fujisawa-cert").await),
            own_id(&officer(&app, "fujisawa-training").await),
        );
        let (at, today) = (fujisawa(&app).await, admin.today());
        // Somebody else's case comes onto this desk.
        let case = application::Entity::find().filter(application::Column::Number.is_not_null());
        let case = case.one(app.db.read()).await.expect("reads").expect("applied");
        let number = case.number.clone().unwrap_or_default();
        let here = Some(body(&app, "142051").await.id);
        let case = application::ActiveModel { desk: sea_orm::Set(here), ..case.into() };
        case.update(app.db.write()).await.expect("writes");
        let leaving = Leaving {
            at,
            last: today.plus_days(9),
            successor: Some(heir),
            passes_on: true,
            remarks: "更新の説明会は毎年1月".to_owned(),
            reason: String::new(),
        };
        let nobody = Leaving { successor: None, ..leaving.clone() };
        let wrong = hand_over(&admin, leaver, &nobody).await;
        assert!(matches!(&wrong, Err(Error::Invalid(p)) if p[0].field == "successor"), "{wrong:?}");
        let id = hand_over(&admin, leaver, &leaving).await.expect("hands over");
        let report = handover::lists::find(&admin, id).await.expect("kept");
        assert_eq!(report.work.duties, [Duty::Certification]);
        let open = &report.work.applications;
        assert!(open.items.iter().any(|item| item.number == number), "{open:?}");
        assert!(report.work.trainings.items.is_empty(), "not this officer's duty");
        let ended = the_duty(&app, leaver, Duty::Certification).await;
        assert_eq!(ended.valid_until, Some(today.plus_days(9).date()));
        let passed = the_duty(&app, heir, Duty::Certification).await;
        assert_eq!((passed.valid_from, passed.valid_until), (today.plus_days(10).date(), None));

        let successor = officer(&app, "fujisawa-training").await;
        assert!(handover::lists::find(&successor, id).await.is_ok(), "made for the successor");
        let stranger = officer(&app, "yokohama-cert").await;
        assert!(matches!(handover::lists::find(&stranger, id).await, Err(Error::NotFound)));
        let last = own_id(&admin);
        let alone = Leaving { successor: None, passes_on: false, ..leaving.clone() };
        let refused = hand_over(&admin, last, &alone).await;
        assert!(matches!(&refused, Err(Error::Refused(why)) if why.contains("管理の担当者")), "{refused:?}");
        hand_over(&admin, last, &leaving).await.expect("with a successor");
    })
    .await;
}
