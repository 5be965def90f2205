//! How the tree changes: nothing is lost, nobody belongs nowhere, and nobody gains or loses sight wrongly.

use crate::duplicate::rows::references;
use crate::leaving::leaves;
use crate::membership::{act, row, tiers};
use crate::office::{body, officer};
use crate::people::physician;
use mamis_app::association::actions::tree::{New, Wanted, change_tree, create};
use mamis_app::association::actions::{Window, set_round, withdraw};
use mamis_app::association::jobs::carry_out_changes;
use mamis_app::association::lists::{Asked, directory, find, history};
use mamis_app::association::succession::{BY_RULE, GOES, STAYS};
use mamis_app::membership::lists::{of_physician, periods};
use mamis_app::membership_application::actions::office::undo;
use mamis_app::testing::each_world;
use mamis_app::{App, Cx, Error};
use mamis_rules::association::change::Fate;
use mamis_rules::base::{AssociationId, Day, FiscalYear};
use mamis_rules::credit::Scheme;
use mamis_rules::flow::membership::{Command, LeavingScope};
use mamis_rules::membership::{check, held};
use mamis_schema::{
    application, application_step, association, association_ancestor, batch, decision, duty, membership,
    round, training,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder,
};
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

/// Another municipal association of 神奈川県.
async fn neighbour(app: &App) -> association::Model {
    let kanagawa = body(app, "14").await.id;
    association::Entity::find()
        .filter(association::Column::Parent.eq(kanagawa))
        .filter(association::Column::Kind.eq("general"))
        .filter(association::Column::Code.is_not_in(["142051", "141003"]))
        .order_by_asc(association::Column::Code)
        .one(app.db.read())
        .await
        .expect("reads")
        .expect("there are many")
}

async fn members(app: &App, id: Uuid, day: Day) -> Vec<membership::Model> {
    membership::Entity::find()
        .filter(membership::Column::Association.eq(id))
        .filter(membership::Column::ValidFrom.lte(day.date()))
        .filter(membership::Column::ValidUntil.is_null().or(membership::Column::ValidUntil.gte(day.date())))
        .order_by_asc(membership::Column::Physician)
        .all(app.db.read())
        .await
        .expect("reads")
}

fn merge_into(to: Uuid, on: Day) -> Wanted {
    Wanted {
        fate: Fate::Merge, target: Some(to.into()), on: Some(on), reason: "市の合併のため".to_owned()
    }
}

/// Who works at an association on a day, and as what.
async fn working(app: &App, id: Uuid, day: Day) -> Vec<(Uuid, String)> {
    let rows = duty::Entity::find()
        .filter(duty::Column::Association.eq(id))
        .filter(duty::Column::ValidFrom.lte(day.date()))
        .filter(duty::Column::ValidUntil.is_null().or(duty::Column::ValidUntil.gte(day.date())))
        .order_by_asc(duty::Column::Officer)
        .all(app.db.read())
        .await
        .expect("reads");
    rows.into_iter().map(|row| (row.officer, row.kind)).collect()
}

fn window(today: Day) -> Window {
    Window {
        scheme: Scheme::OccupationalPhysician,
        year: FiscalYear::of(today).0,
        number: 6,
        opens_on: None,
        closes_on: today.plus_days(40),
        board_on: None,
    }
}

/// Nobody is lost, no day is missing, and what was stays.
async fn went_on(
    app: &App,
    (from, to): (Uuid, Uuid),
    before: &[membership::Model],
    known: usize,
    today: Day,
) {
    assert_eq!(members(app, from, today).await.len(), 0);
    let after = members(app, to, today).await;
    assert_eq!(after.len(), known + before.len(), "nobody is lost");
    for row in before {
        let held_ = of_physician(app.db.read(), row.physician).await.expect("reads");
        let periods = periods(&held_);
        assert_eq!(check(&periods), Ok(()));
        let now = after.iter().find(|one| one.physician == row.physician).expect("goes on");
        assert_eq!(now.category, row.category);
        assert!(!held(&periods, today.plus_days(-1)).is_empty(), "and no day is missing");
    }
    assert!(!members(app, from, today.plus_days(-1)).await.is_empty(), "what was stays");
}

/// What lay on the desk lies with the heir, and its history says why.
async fn are_taken_over(app: &App, waiting: &[application::Model], to: Uuid) {
    for row in waiting {
        let now = application::Entity::find_by_id(row.id).one(app.db.read()).await.expect("reads");
        assert_eq!(now.expect("is there").desk, Some(to));
        let line = decision::Entity::find()
            .filter(decision::Column::Application.eq(row.id))
            .filter(decision::Column::Command.eq("succeed"));
        assert_eq!(line.count(app.db.read()).await.expect("counts"), 1, "its history says why");
    }
}

#[tokio::test]
async fn a_merger_moves_members_desks_duties_and_trainings() {
    each_world(|app| async move {
        let (national, kanagawa) = (officer(&app, "national-admin").await, officer(&app, "o14").await);
        let (from, to) = (body(&app, "142051").await, neighbour(&app).await);
        let today = national.today();
        let staff = working(&app, from.id, today).await;
        assert!(!staff.is_empty());
        set_round(&officer(&app, "fujisawa-admin").await, from.id.into(), &window(today))
            .await
            .expect("sets");
        let before = members(&app, from.id, today).await;
        let known = members(&app, to.id, today).await.len();
        let waiting = application::Entity::find().filter(application::Column::Desk.eq(from.id));
        let waiting = waiting.all(app.db.read()).await.expect("reads");
        assert!(before.len() > 5 && waiting.len() > 2);
        let own =
            change_tree(&officer(&app, "fujisawa-admin").await, from.id.into(), &merge_into(to.id, today))
                .await;
        assert!(matches!(own, Err(Error::NotFound)), "the tree is changed from above: {own:?}");
        let elsewhere = body(&app, "121002").await.id;
        let wrong = change_tree(&national, from.id.into(), &merge_into(elsewhere, today)).await;
        assert!(matches!(&wrong, Err(Error::Invalid(p)) if p[0].field == "target"), "{wrong:?}");
        change_tree(&national, from.id.into(), &merge_into(to.id, today)).await.expect("merges");

        went_on(&app, (from.id, to.id), &before, known, today).await;
        are_taken_over(&app, &waiting, to.id).await;
        let open = batch::Entity::find().filter(batch::Column::Association.eq(from.id));
        let open =
            open.filter(batch::Column::State.ne("submitted")).count(app.db.read()).await.expect("counts");
        let held_ = training::Entity::find().filter(training::Column::HostAssociation.eq(from.id));
        assert_eq!((open, held_.count(app.db.read()).await.expect("counts")), (0, 0));
        assert_eq!(working(&app, from.id, today).await, []);
        for one in &staff {
            assert!(working(&app, to.id, today).await.contains(one), "works on at the heir: {one:?}");
        }
        let windows = round::Entity::find().filter(round::Column::Association.eq(to.id));
        let windows = windows.all(app.db.read()).await.expect("reads");
        assert!(windows.iter().any(|row| row.number == 6), "what physicians were told of a window holds");
        assert_eq!(body(&app, "142051").await.closed_on, Some(today.plus_days(-1).date()));

        // The heir goes on where the other stopped.
        let joining = waiting.iter().find(|row| row.kind == "joining").expect("野村 wants to join");
        act(&app, &format!("o{}", to.code), joining.id.into(), Command::Approve)
            .await
            .expect("the heir decides");
        let there = members(&app, to.id, today.next()).await;
        assert!(there.iter().any(|row| row.physician == joining.physician), "and admits to itself");
        let lines = history(&kanagawa, from.id.into()).await.expect("lists");
        assert!(lines[0].kind == "merged" && lines[0].after.contains(&to.name), "{lines:?}");
        let again = change_tree(&national, from.id.into(), &merge_into(to.id, today)).await;
        assert!(matches!(again, Err(Error::Refused(_))), "{again:?}");
    })
    .await;
}

#[tokio::test]
async fn a_district_moves_with_its_members_and_the_ways_above_it() {
    each_world(|app| async move {
        let national = officer(&app, "national-admin").await;
        let (district, former, next) =
            (body(&app, "141101").await, body(&app, "141003").await, neighbour(&app).await);
        let today = national.today();
        let wanted = Wanted {
            fate: Fate::Move,
            target: Some(next.id.into()),
            on: Some(today),
            reason: "区域の変更".to_owned(),
        };
        let refused = change_tree(&national, district.id.into(), &wanted).await;
        assert!(matches!(&refused, Err(Error::Refused(text)) if text.contains("入会")), "{refused:?}");
        let steps =
            application_step::Entity::find().filter(application_step::Column::Association.eq(district.id));
        for step in steps.all(app.db.read()).await.expect("reads") {
            let row =
                application::Entity::find_by_id(step.application).one(app.db.read()).await.expect("reads");
            let row = row.expect("is there");
            if row.kind == "joining" && row.desk == Some(district.id) {
                act(&app, "o141101", row.id.into(), Command::Reject).await.expect("rejects");
            }
        }
        let people = members(&app, district.id, today).await;
        let prefectural = Wanted { target: Some(body(&app, "14").await.id.into()), ..wanted.clone() };
        let wrong = change_tree(&national, district.id.into(), &prefectural).await;
        assert!(matches!(&wrong, Err(Error::Invalid(_))), "no tier is left out: {wrong:?}");
        change_tree(&national, district.id.into(), &wanted).await.expect("moves");
        let found = find(&national, national.db(), district.id.into()).await.expect("finds");
        let names: Vec<&str> = found.above.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(names, ["日本医師会", "神奈川県医師会", next.name.as_str()]);
        let ways = association_ancestor::Entity::find()
            .filter(association_ancestor::Column::Association.eq(district.id));
        assert_eq!(ways.count(app.db.read()).await.expect("counts"), 4);
        for row in &people {
            let held_ = of_physician(app.db.read(), row.physician).await.expect("reads");
            let periods = periods(&held_);
            assert_eq!(check(&periods), Ok(()));
            let at = |day: Day, body: Uuid| {
                held(&periods, day).iter().any(|period| period.association == AssociationId(body))
            };
            if at(today.plus_days(-1), former.id) {
                assert!(at(today, next.id) && !at(today, former.id), "belongs where the district belongs");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn changes_of_tomorrow_wait_and_a_closed_association_has_no_members() {
    each_world(|app| async move {
        let kanagawa = national(&app).await;
        let today = kanagawa.today();
        let close = |on: Day| Wanted {
            fate: Fate::Close,
            target: None,
            on: Some(on),
            reason: "休止のため".to_owned(),
        };
        let fujisawa = body(&app, "142051").await.id.into();
        let refused = change_tree(&kanagawa, fujisawa, &close(today)).await;
        assert!(matches!(&refused, Err(Error::Refused(text)) if text.contains("合併")), "{refused:?}");
        let silent = New { parent: Some(fujisawa), on: Some(today.plus_days(-1)), ..New::default() };
        let wrong = create(&kanagawa, &silent).await;
        assert!(matches!(&wrong, Err(Error::Invalid(p)) if p.len() == 5), "{wrong:?}");
        let new = New {
            parent: Some(fujisawa),
            code: "142051A".to_owned(),
            name: "辻堂地区医師会".to_owned(),
            kana: "ツジドウチクイシカイ".to_owned(),
            is_university: false,
            on: Some(today),
            reason: "会員が増えたため".to_owned(),
        };
        let below =
            create(&officer(&app, "fujisawa-admin").await, &new).await.expect("its own administrator may");
        let twice = create(&kanagawa, &new).await;
        assert!(matches!(&twice, Err(Error::Invalid(p)) if p[0].field == "code"), "{twice:?}");
        let twin = create(&kanagawa, &New { code: "142051B".to_owned(), ..new }).await;
        assert!(matches!(&twin, Err(Error::Invalid(p)) if p[0].field == "name"), "{twin:?}");
        let found = find(&kanagawa, kanagawa.db(), below).await.expect("finds");
        assert_eq!((found.row.tier.as_str(), found.above.len()), ("district", 3));
        let parent = change_tree(&kanagawa, fujisawa, &merge_into(neighbour(&app).await.id, today)).await;
        assert!(matches!(&parent, Err(Error::Refused(text)) if text.contains("下位")), "{parent:?}");

        change_tree(&kanagawa, below, &close(today.plus_days(10))).await.expect("is entered");
        let again = change_tree(&kanagawa, below, &close(today.plus_days(20))).await;
        assert!(matches!(again, Err(Error::Refused(_))), "one change ahead at a time: {again:?}");
        let system = Cx::system(&app, "association_changes");
        let later = |days: i64| Cx { now: system.now + chrono::Duration::days(days), ..system.clone() };
        assert_eq!(carry_out_changes(&later(9)).await.expect("runs").done, 0);
        assert_eq!(carry_out_changes(&later(10)).await.expect("runs").done, 1);
        let closed = association::Entity::find_by_id(Uuid::from(below)).one(app.db.read()).await;
        let closed = closed.expect("reads").expect("stays");
        assert_eq!(closed.closed_on, Some(today.plus_days(9).date()));
    })
    .await;
}

async fn national(app: &Arc<App>) -> Cx {
    officer(app, "national-admin").await
}

#[tokio::test]
async fn a_leaving_is_taken_back_at_the_heir_and_opens_nothing_that_is_closed() {
    each_world(|app| async move {
        let national = national(&app).await;
        let (from, to, today) = (body(&app, "142051").await, neighbour(&app).await, national.today());
        let (sato, id) = leaves(&app, LeavingScope::Everything).await;
        act(&app, "fujisawa-admin", id, Command::Approve).await.expect("approves");
        act(&app, "o14", id, Command::Confirm).await.expect("confirms");
        let person = physician(&sato);
        let later = |cx: &Cx, days: i64| Cx { now: cx.now + chrono::Duration::days(days), ..cx.clone() };
        change_tree(&later(&national, 5), from.id.into(), &merge_into(to.id, today.plus_days(5)))
            .await
            .expect("merges after she left");
        assert_eq!(tiers(&app, person, today.plus_days(6)).await, []);
        let heir = later(&officer(&app, &format!("o{}", to.code)).await, 7);
        let version = row(&app, id).await.version;
        undo(&heir, id, version, "書類の取り違え").await.expect("the heir takes it back");
        let held_ = of_physician(app.db.read(), person.into()).await.expect("reads");
        let periods = periods(&held_);
        assert_eq!(check(&periods), Ok(()));
        let at = |day: Day| -> Vec<AssociationId> {
            held(&periods, day).iter().map(|period| period.association).collect()
        };
        for (days, home) in [(0, from.id), (4, from.id), (5, to.id), (40, to.id)] {
            let there = at(today.plus_days(days));
            assert!(there.len() == 3 && there[0] == home.into(), "after {days} days: {there:?}");
        }
        assert_eq!(
            members(&app, from.id, today.plus_days(5)).await.len(),
            0,
            "nobody is a member of what is closed"
        );
    })
    .await;
}

fn tsujido(parent: Uuid, on: Day) -> New {
    New {
        parent: Some(parent.into()),
        code: "142051A".to_owned(),
        name: "辻堂地区医師会".to_owned(),
        kana: "ツジドウチクイシカイ".to_owned(),
        is_university: false,
        on: Some(on),
        reason: "会員が増えたため".to_owned(),
    }
}

#[tokio::test]
async fn what_lies_ahead_is_taken_back() {
    each_world(|app| async move {
        let national = national(&app).await;
        let (from, to, today) = (body(&app, "142051").await, neighbour(&app).await, national.today());
        let on = today.plus_days(10);
        change_tree(&national, from.id.into(), &merge_into(to.id, on)).await.expect("is entered");
        let heir =
            Wanted { fate: Fate::Close, target: None, on: Some(on), reason: "休止のため".to_owned() };
        let refused = change_tree(&national, to.id.into(), &heir).await;
        assert!(
            matches!(&refused, Err(Error::Refused(text)) if text.contains("これからの変更")),
            "{refused:?}"
        );
        let refused = create(&national, &tsujido(from.id, today.plus_days(5))).await;
        assert!(matches!(&refused, Err(Error::Invalid(p)) if p[0].field == "parent"), "it goes: {refused:?}");
        let plan = history(&national, from.id.into()).await.expect("lists")[0].id;
        let own = withdraw(&officer(&app, "fujisawa-admin").await, from.id.into(), plan).await;
        assert!(matches!(own, Err(Error::NotFound)), "{own:?}");
        withdraw(&national, from.id.into(), plan).await.expect("takes it back");
        let twice = withdraw(&national, from.id.into(), plan).await;
        assert!(matches!(twice, Err(Error::Refused(_))), "{twice:?}");
        let system = Cx::system(&app, "association_changes");
        let later = |days: i64| Cx { now: system.now + chrono::Duration::days(days), ..system.clone() };
        assert_eq!(carry_out_changes(&later(11)).await.expect("runs").done, 0, "nothing lies ahead any more");
    })
    .await;
}

#[tokio::test]
async fn what_stands_in_the_way_on_its_day_is_told() {
    each_world(|app| async move {
        let national = national(&app).await;
        let (from, today) = (body(&app, "142051").await, national.today());
        let on = today.plus_days(10);
        let system = Cx::system(&app, "association_changes");
        let later = |days: i64| Cx { now: system.now + chrono::Duration::days(days), ..system.clone() };
        let below = create(&national, &tsujido(from.id, today.plus_days(5))).await.expect("opens");
        let listed = |days: i64| {
            let (cx, asked) = (later(days), Asked { text: "辻堂地区".to_owned(), prefecture: None });
            async move {
                directory(&Cx { actor: mamis_rules::access::Actor::Guest, ..cx }, &asked)
                    .await
                    .expect("lists")
                    .len()
            }
        };
        assert_eq!(listed(0).await, 1);
        let close =
            Wanted { fate: Fate::Close, target: None, on: Some(on), reason: "休止のため".to_owned() };
        change_tree(&national, below, &close).await.expect("is entered");
        let mut period = members(&app, from.id, today).await.swap_remove(0);
        period.id = Uuid::now_v7();
        period.association = below.into();
        period.tier = "district".to_owned();
        period.valid_from = today.date();
        membership::ActiveModel::from(period.clone())
            .reset_all()
            .insert(app.db.write())
            .await
            .expect("joins");
        mamis_app::testing::people_written(&app).await;
        assert_eq!(
            carry_out_changes(&later(10)).await.expect("runs").done,
            1,
            "the opening, not the closing"
        );
        let line = history(&national, below).await.expect("lists").swap_remove(0);
        assert!(line.applied_at.is_none() && line.obstacle.contains("会員の所属が1件"), "{line:?}");
        membership::Entity::delete_by_id(period.id).exec(app.db.write()).await.expect("leaves");
        mamis_app::testing::people_written(&app).await;
        assert_eq!(carry_out_changes(&later(11)).await.expect("runs").done, 1);
        let line = history(&national, below).await.expect("lists").swap_remove(0);
        assert!(line.applied_at.is_some() && line.obstacle.is_empty(), "{line:?}");
        assert_eq!(listed(11).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_merger_forgets_no_column() {
    mamis_app::testing::each_database(|app| async move {
        let found: BTreeSet<(String, String)> = references(&app, "association").await.into_iter().collect();
        let known = GOES
            .iter()
            .map(|one| (one.table, one.column))
            .chain(BY_RULE.iter().chain(STAYS).map(|(table, column, reason)| {
                assert!(reason.len() > 10, "{table}.{column}: why?");
                (*table, *column)
            }))
            .map(|(table, column)| (table.to_owned(), column.to_owned()));
        let known: Vec<(String, String)> = known.collect();
        let once: BTreeSet<(String, String)> = known.iter().cloned().collect();
        assert_eq!(once.len(), known.len(), "a column stands in one list");
        assert_eq!(found, once, "crates/app/src/association/succession.rs: what becomes of a column?");
    })
    .await;
}
