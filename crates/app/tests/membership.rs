//! Joining, transfer, leaving and change reports through the real actions: who decides, what is written, what a refusal
//! leaves alone.

use crate::office::{body, officer};
use crate::people::{cx, each_world, physician};
use mamis_app::attachment::actions::Upload;
use mamis_app::membership::lists::{Held, of_physician, periods};
use mamis_app::membership_application::actions::office::{Decision, decide};
use mamis_app::membership_application::actions::{begin, file_report, save, submit};
use mamis_app::membership_application::{Draft, Workplace, lists};
use mamis_app::{App, Cx, Error, application};
use mamis_rules::access::application::Kind;
use mamis_rules::association::{MembershipCategory, Tier};
use mamis_rules::base::{ApplicationId, Day, PhysicianId};
use mamis_rules::flow::membership::Command;
use mamis_rules::membership::{Field, check, held};
use mamis_schema::{
    account, application as table, application_step, decision, document, duty, membership, outbox,
    physician as people, workplace,
};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter};
use std::sync::Arc;
use uuid::Uuid;

fn licence() -> Vec<(&'static str, Upload)> {
    let content = b"%PDF-1.7".to_vec();
    vec![("licence", Upload { file_name: "l.pdf".to_owned(), media_type: "application/pdf", content })]
}

/// Everything that a joining asks, at an association, up to a tier.
async fn joining(app: &App, code: &str, target: Tier, on: Day) -> Draft {
    let categories = [Tier::Municipal, Tier::Prefectural, Tier::National];
    Draft {
        target: Some(target),
        association: Some(body(app, code).await.id.into()),
        categories: categories.iter().map(|tier| (tier.name().to_owned(), MembershipCategory::B)).collect(),
        effective_on: Some(on),
        ..Draft::default()
    }
}

pub(crate) async fn row(app: &App, id: ApplicationId) -> table::Model {
    table::Entity::find_by_id(Uuid::from(id)).one(app.db.read()).await.expect("reads").expect("is there")
}

pub(crate) async fn of_person(app: &App, id: PhysicianId) -> Vec<Held> {
    of_physician(app.db.read(), id.into()).await.expect("reads")
}

/// The tiers held on a day, highest first.
pub(crate) async fn tiers(app: &App, id: PhysicianId, day: Day) -> Vec<Tier> {
    let periods = periods(&of_person(app, id).await);
    assert_eq!(check(&periods), Ok(()));
    held(&periods, day).into_iter().rev().map(|period| period.tier).collect()
}

/// The latest decision's version, by the officer with this login.
pub(crate) async fn act(
    app: &Arc<App>,
    login: &str,
    id: ApplicationId,
    command: Command,
) -> mamis_app::Result<()> {
    let comment = if matches!(command, Command::Return | Command::Reject) {
        "書類を確認してください。"
    } else {
        ""
    };
    let version = row(app, id).await.version;
    decide(&officer(app, login).await, id, Decision { version, command, comment, effective_on: None }).await
}

/// Sends a joining of 岡田's colleague 清水, who belongs nowhere.
pub(crate) async fn sent(app: &Arc<App>, code: &str, target: Tier) -> (Cx, ApplicationId) {
    let shimizu = cx(app, "shimizu").await;
    let id = begin(&shimizu, Kind::Joining, "").await.expect("finds the draft");
    save(&shimizu, id, joining(app, code, target, shimizu.today()).await, licence()).await.expect("saves");
    submit(&shimizu, id).await.expect("sends");
    (shimizu, id)
}

pub(crate) async fn letters(app: &App, kind: &str, about: &str) -> u64 {
    outbox::Entity::find()
        .filter(outbox::Column::Kind.eq(kind))
        .filter(outbox::Column::Body.contains(about))
        .count(app.db.read())
        .await
        .expect("counts")
}

#[tokio::test]
async fn joining_through_four_tiers() {
    each_world(|app| async move {
        let (shimizu, id) = sent(&app, "141101", Tier::National).await;
        let person = physician(&shimizu);
        let number = row(&app, id).await.number.expect("a number");
        let mut reached = Vec::new();
        for (login, tier) in [
            ("o141101", Tier::District),
            ("o141003", Tier::Municipal),
            ("o14", Tier::Prefectural),
            ("national-admin", Tier::National),
        ] {
            assert!(
                matches!(act(&app, login, id, Command::Receive).await, Err(Error::Refused(_))),
                "no member yet"
            );
            act(&app, login, id, Command::Approve).await.unwrap_or_else(|error| panic!("{login}: {error}"));
            reached.insert(0, tier);
            assert_eq!(tiers(&app, person, shimizu.today()).await, reached);
        }
        assert_eq!(row(&app, id).await.state, "approved");
        let found = people::Entity::find_by_id(Uuid::from(person)).one(app.db.read()).await;
        let member_id = found.expect("reads").expect("is there").national_member_id.expect("was given one");
        assert!(member_id.len() == 10 && member_id.starts_with('3'), "{member_id}");
        assert_eq!(letters(&app, "joining_approved", &member_id).await, 1);
        assert_eq!(letters(&app, "membership_received", &number).await, 1);
        assert_eq!(letters(&app, "membership_forwarded", &number).await, 3);
        let notice = document::Entity::find()
            .filter(document::Column::Physician.eq(Uuid::from(person)))
            .filter(document::Column::Kind.eq("joining_notice"))
            .one(app.db.read())
            .await
            .expect("reads")
            .expect("a joining notice");
        let pdf = mamis_app::document::print::pdf(&app, &notice).await.expect("prints");
        assert!(pdf.starts_with(b"%PDF"));
        let progress = lists::progress(&shimizu, id).await.expect("theirs");
        assert!(
            progress.tracker.steps.iter().all(|step| step.state == "done"),
            "{:?}",
            progress.tracker.steps
        );
    })
    .await;
}

#[tokio::test]
async fn municipal_only_is_done_after_one_step() {
    each_world(|app| async move {
        let (shimizu, id) = sent(&app, "142051", Tier::Municipal).await;
        act(&app, "fujisawa-admin", id, Command::Approve).await.expect("approves");
        assert_eq!(row(&app, id).await.state, "approved");
        assert_eq!(tiers(&app, physician(&shimizu), shimizu.today()).await, [Tier::Municipal]);
        let found = people::Entity::find_by_id(Uuid::from(physician(&shimizu))).one(app.db.read()).await;
        assert_eq!(found.expect("reads").expect("is there").national_member_id, None);

        // Later upward: the municipal association only receives, and nothing is written twice.
        let again = begin(&shimizu, Kind::Joining, "").await.expect("begins");
        let draft = joining(&app, "142051", Tier::Prefectural, shimizu.today()).await;
        save(&shimizu, again, draft, Vec::new()).await.expect("saves");
        submit(&shimizu, again).await.expect("sends without the licence: it is a member");
        assert!(matches!(act(&app, "fujisawa-admin", again, Command::Approve).await, Err(Error::Refused(_))));
        act(&app, "fujisawa-admin", again, Command::Receive).await.expect("receives");
        act(&app, "o14", again, Command::Approve).await.expect("approves");
        assert_eq!(of_person(&app, physician(&shimizu)).await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn an_upper_refusal_leaves_the_lower_membership() {
    each_world(|app| async move {
        let (shimizu, id) = sent(&app, "142051", Tier::National).await;
        act(&app, "fujisawa-admin", id, Command::Approve).await.expect("approves");
        let version = row(&app, id).await.version;
        let silent = Decision { version, command: Command::Reject, comment: "", effective_on: None };
        let error = decide(&officer(&app, "o14").await, id, silent).await.expect_err("needs a reason");
        assert!(matches!(&error, Error::Invalid(problems) if problems[0].field == "comment"), "{error:?}");
        act(&app, "o14", id, Command::Reject).await.expect("rejects");
        assert_eq!(row(&app, id).await.state, "rejected");
        assert_eq!(tiers(&app, physician(&shimizu), shimizu.today()).await, [Tier::Municipal]);
        assert_eq!(letters(&app, "membership_rejected", "藤沢市医師会の会員です").await, 1);
        assert_eq!(letters(&app, "application_outcome", "却下").await, 1, "the municipal office hears of it");
    })
    .await;
}

#[tokio::test]
async fn what_is_missing_is_said_and_a_returned_one_comes_back_to_whoever_returned_it() {
    each_world(|app| async move {
        let shimizu = cx(&app, "shimizu").await;
        let id = begin(&shimizu, Kind::Joining, "").await.expect("finds the draft");
        save(&shimizu, id, Draft::default(), Vec::new()).await.expect("keeps nothing");
        let Err(Error::Invalid(problems)) = submit(&shimizu, id).await else { panic!("incomplete") };
        let fields: Vec<&str> = problems.iter().map(|problem| problem.field.as_str()).collect();
        for field in ["association", "target", "licence", "effective_on"] {
            assert!(fields.contains(&field), "{field}: {fields:?}");
        }
        let far = joining(&app, "142051", Tier::Municipal, shimizu.today().plus_days(400)).await;
        save(&shimizu, id, far, licence()).await.expect("saves");
        let Err(Error::Invalid(problems)) = submit(&shimizu, id).await else { panic!("too far ahead") };
        assert_eq!(
            problems.iter().map(|problem| problem.field.as_str()).collect::<Vec<_>>(),
            ["effective_on"]
        );

        let (_, id) = sent(&app, "142051", Tier::Prefectural).await;
        act(&app, "fujisawa-admin", id, Command::Approve).await.expect("approves");
        act(&app, "o14", id, Command::Return).await.expect("returns");
        assert_eq!(row(&app, id).await.state, "returned_by_prefectural");
        submit(&shimizu, id).await.expect("sends again");
        assert_eq!(row(&app, id).await.state, "prefectural_review");
        application::actions::withdraw(&shimizu, id, "").await.expect("until the last decision");
        assert_eq!(row(&app, id).await.state, "withdrawn");
        assert_eq!(
            tiers(&app, physician(&shimizu), shimizu.today()).await,
            [Tier::Municipal],
            "what was decided stands"
        );
    })
    .await;
}

#[tokio::test]
async fn a_transfer_has_no_gap_and_a_refusal_changes_nothing() {
    each_world(|app| async move {
        let hara = cx(&app, "hara").await;
        let id = of(&app, "hara").await;
        let person = physician(&hara);
        let before = of_person(&app, person).await;
        let day =
            lists::find(&hara, hara.db(), id).await.expect("theirs").details.effective_on.expect("a day");
        assert!(
            matches!(act(&app, "o121002", id, Command::Approve).await, Err(Error::Refused(_))),
            "not yet there"
        );
        for (login, command) in
            [("fujisawa-admin", Command::Confirm), ("o121002", Command::Approve), ("o12", Command::Approve)]
        {
            act(&app, login, id, command).await.unwrap_or_else(|error| panic!("{login}: {error}"));
            assert_eq!(of_person(&app, person).await, before, "nothing moves before the last decision");
        }
        act(&app, "national-admin", id, Command::Approve).await.expect("approves");
        let all = [Tier::National, Tier::Prefectural, Tier::Municipal];
        for around in -2..3 {
            assert_eq!(tiers(&app, person, day.plus_days(around)).await, all);
        }
        let on = |when: Day| {
            let app = app.clone();
            async move {
                let found = of_person(&app, person).await;
                found
                    .into_iter()
                    .filter(|held| held.period.contains(when))
                    .map(|held| held.name)
                    .collect::<Vec<_>>()
            }
        };
        assert!(on(day.plus_days(-1)).await.contains(&"藤沢市医師会".to_owned()));
        assert!(
            on(day).await.contains(&"千葉市医師会".to_owned())
                && on(day).await.contains(&"千葉県医師会".to_owned())
        );
        assert_eq!(of_person(&app, person).await.len(), 5, "the national period goes on as it is");
        let works = workplace::Entity::find()
            .filter(workplace::Column::Physician.eq(Uuid::from(person)))
            .filter(workplace::Column::ValidUntil.is_null())
            .all(app.db.read())
            .await
            .expect("reads");
        assert_eq!(works.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["幕張海浜病院"]);
    })
    .await;
}

#[tokio::test]
async fn a_transfer_that_the_former_association_rejects_leaves_everything_as_it_was() {
    each_world(|app| async move {
        let hara = cx(&app, "hara").await;
        let before = of_person(&app, physician(&hara)).await;
        let id = of(&app, "hara").await;
        act(&app, "fujisawa-admin", id, Command::Reject).await.expect("rejects");
        assert_eq!(of_person(&app, physician(&hara)).await, before);
        // The associations of the route no longer see the person through it.
        let chiba = officer(&app, "o121002").await;
        let seen = mamis_app::physician::lists::show(&chiba, physician(&hara)).await;
        assert!(matches!(seen, Err(Error::NotFound)), "a finished application opens nothing");
    })
    .await;
}

/// The application of a named person.
pub(crate) async fn of(app: &App, login_id: &str) -> ApplicationId {
    let account =
        account::Entity::find().filter(account::Column::LoginId.eq(login_id)).one(app.db.read()).await;
    let person = account.expect("reads").expect("exists").physician.expect("a physician");
    let row = table::Entity::find().filter(table::Column::Physician.eq(person)).one(app.db.read()).await;
    row.expect("reads").expect("has one").id.into()
}

/// 佐藤 leaves what the scope says.
#[tokio::test]
async fn a_report_is_received_and_a_category_is_approved_by_every_tier() {
    each_world(|app| async move {
        let sato = cx(&app, "sato").await;
        let id = begin(&sato, Kind::ChangeReport, "").await.expect("begins");
        let plain = Draft {
            effective_on: Some(sato.today()),
            changes: vec![(Field::FamilyName, "髙﨑".to_owned()), (Field::GivenName, "恵子".to_owned())],
            workplace: Some(Workplace {
                name: "辻堂海浜病院".to_owned(),
                prefecture: 14,
                ..Workplace::default()
            }),
            ..Draft::default()
        };
        save(&sato, id, plain, Vec::new()).await.expect("saves");
        submit(&sato, id).await.expect("sends");
        act(&app, "fujisawa-admin", id, Command::Receive).await.expect("receives");
        let found = people::Entity::find_by_id(Uuid::from(physician(&sato))).one(app.db.read()).await;
        let found = found.expect("reads").expect("is there");
        assert_eq!(found.family_name, "髙﨑", "exactly as typed");
        assert!(found.name_key.starts_with("高崎"), "found by the ordinary kanji: {}", found.name_key);

        let id = begin(&sato, Kind::ChangeReport, "").await.expect("begins another");
        let wanted = [(Tier::Municipal, MembershipCategory::A1), (Tier::National, MembershipCategory::A2b)];
        let categories = wanted.iter().map(|(tier, category)| (tier.name().to_owned(), *category)).collect();
        let draft = Draft { effective_on: Some(sato.today()), categories, ..Draft::default() };
        save(&sato, id, draft, Vec::new()).await.expect("saves");
        submit(&sato, id).await.expect("sends");
        assert!(matches!(act(&app, "fujisawa-admin", id, Command::Receive).await, Err(Error::Refused(_))));
        for login in ["fujisawa-admin", "o14", "national-admin"] {
            act(&app, login, id, Command::Approve).await.unwrap_or_else(|error| panic!("{login}: {error}"));
        }
        let periods = periods(&of_person(&app, physician(&sato)).await);
        let today = held(&periods, sato.today());
        let of = |tier: Tier| today.iter().find(|period| period.tier == tier).map(|period| period.category);
        assert_eq!(of(Tier::Municipal), Some(MembershipCategory::A1));
        assert_eq!(
            of(Tier::National),
            Some(MembershipCategory::A2b),
            "it was that before and stays one period"
        );
        assert_eq!(periods.len(), 4, "one new period, one ended");
    })
    .await;
}

/// The form shows the workplace of today: sent back as it is, it reports nothing.
#[tokio::test]
async fn a_report_that_changes_nothing_is_not_sent() {
    each_world(|app| async move {
        let sato = cx(&app, "sato").await;
        let main = workplace::Entity::find()
            .filter(workplace::Column::Physician.eq(Uuid::from(physician(&sato))))
            .filter(workplace::Column::Main.eq(true));
        let place = Workplace::from(&main.one(app.db.read()).await.expect("reads").expect("works somewhere"));
        let id = begin(&sato, Kind::ChangeReport, "").await.expect("begins");
        let same =
            Draft { effective_on: Some(sato.today()), workplace: Some(place.clone()), ..Draft::default() };
        save(&sato, id, same.clone(), Vec::new()).await.expect("saves");
        let Err(Error::Invalid(problems)) = submit(&sato, id).await else { panic!("nothing was reported") };
        assert!(problems.iter().any(|problem| problem.text.contains("同じ内容")), "{problems:?}");
        let moved = Workplace { name: "辻堂海浜病院".to_owned(), ..place };
        save(&sato, id, Draft { workplace: Some(moved), ..same }, Vec::new()).await.expect("saves");
        submit(&sato, id).await.expect("sends");
    })
    .await;
}

/// What another action reports for the physician goes the same way.
#[tokio::test]
async fn a_filed_report_lies_on_the_municipal_desk() {
    each_world(|app| async move {
        let sato = cx(&app, "sato").await;
        let mut tx = sato.begin().await.expect("begins");
        let draft = Draft {
            effective_on: Some(sato.today()),
            changes: vec![(Field::HomeAddress, "神奈川県藤沢市鵠沼1丁目1番1号".to_owned())],
            ..Draft::default()
        };
        let id = file_report(&sato, &mut tx, physician(&sato), draft).await.expect("files");
        tx.commit().await.expect("commits");
        assert_eq!(row(&app, id).await.desk, Some(body(&app, "142051").await.id));
        let informed = application_step::Column::Act.eq("inform");
        let steps =
            application_step::Entity::find().filter(application_step::Column::Application.eq(Uuid::from(id)));
        assert_eq!(steps.filter(informed).count(app.db.read()).await.expect("counts"), 2, "the tiers above");
    })
    .await;
}

#[tokio::test]
async fn where_nobody_is_in_charge_it_waits_and_the_tier_above_is_told() {
    each_world(|app| async move {
        let fujisawa = body(&app, "142051").await.id;
        duty::Entity::update_many()
            .col_expr(
                duty::Column::ValidUntil,
                Expr::value("2026-01-31".parse::<chrono::NaiveDate>().expect("a day")),
            )
            .filter(duty::Column::Association.eq(fujisawa))
            .filter(duty::Column::Kind.eq("membership"))
            .exec(app.db.write())
            .await
            .expect("writes");
        let (shimizu, id) = sent(&app, "142051", Tier::Municipal).await;
        assert_eq!(row(&app, id).await.desk, Some(fujisawa), "never skipped");
        assert_eq!(letters(&app, "office_waiting", "会員の担当者がいません").await, 1);
        let steps = lists::progress(&shimizu, id).await.expect("theirs").tracker.steps;
        assert!(steps.iter().any(|step| step.note.contains("担当者がいません")), "{steps:?}");
        let above = mamis_app::desk::lists::desk_of(&officer(&app, "o14").await).await.expect("reads");
        assert!(above.procedures_unattended > 0);
    })
    .await;
}

#[tokio::test]
async fn of_two_offices_at_once_one_decides() {
    each_world(|app| async move {
        let (_, id) = sent(&app, "142051", Tier::National).await;
        let (first, second) = (officer(&app, "fujisawa-admin").await, officer(&app, "fujisawa-admin").await);
        let version = row(&app, id).await.version;
        let approve = Decision { version, command: Command::Approve, comment: "", effective_on: None };
        let back =
            Decision { command: Command::Return, comment: "免許証が読めません。", ..approve };
        let (one, other) = tokio::join!(decide(&first, id, approve), decide(&second, id, back));
        assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
        let late = one.err().or(other.err()).expect("one came second");
        assert!(matches!(&late, Error::Stale(text) if text.contains("片瀬 由香さん")), "{late:?}");
        let made = decision::Entity::find()
            .filter(decision::Column::Application.eq(Uuid::from(id)))
            .filter(decision::Column::Association.is_not_null());
        assert_eq!(made.count(app.db.read()).await.expect("counts"), 1);
    })
    .await;
}

/// The control for the test above: without the lock and the version, both would admit.
#[tokio::test]
async fn without_the_version_somebody_would_be_admitted_twice_but_for_the_index() {
    each_world(|app| async move {
        let (shimizu, _) = sent(&app, "142051", Tier::National).await;
        let fujisawa = body(&app, "142051").await.id;
        let admit = |day: &str| membership::Model {
            id: Uuid::now_v7(),
            physician: physician(&shimizu).into(),
            association: fujisawa,
            tier: "municipal".to_owned(),
            category: "b".to_owned(),
            valid_from: day.parse().expect("a day"),
            valid_until: None,
            created_at: shimizu.now,
            cause: "joining".to_owned(),
            opened_by: None,
            closed_by: None,
        };
        let write =
            |row: membership::Model| membership::ActiveModel::from(row).reset_all().insert(app.db.write());
        write(admit("2026-11-01")).await.expect("the first");
        assert!(
            write(admit("2026-11-02")).await.is_err(),
            "nobody belongs to one association twice at a time"
        );
    })
    .await;
}

#[tokio::test]
async fn the_member_id_is_ten_digits_from_3000000000_and_never_given_twice() {
    each_world(|app| async move {
        let waiting = table::Column::State.eq("national_review").and(table::Column::Kind.eq("joining"));
        let found = table::Entity::find().filter(waiting).one(app.db.read()).await;
        let one: ApplicationId = found.expect("reads").expect("平野 waits there").id.into();
        let (_, other) = sent(&app, "142051", Tier::National).await;
        act(&app, "fujisawa-admin", other, Command::Approve).await.expect("approves");
        act(&app, "o14", other, Command::Approve).await.expect("approves");
        let before: Vec<String> = member_ids(&app).await;
        let (first, second) = tokio::join!(
            act(&app, "national-admin", one, Command::Approve),
            act(&app, "national-admin", other, Command::Approve),
        );
        first.expect("approves");
        second.expect("approves");
        let mut new: Vec<String> = member_ids(&app).await;
        new.retain(|id| !before.contains(id));
        new.sort_unstable();
        new.dedup();
        assert_eq!(new.len(), 2, "{new:?}");
        for id in &new {
            assert!(id.len() == 10 && id.parse::<u64>().is_ok_and(|id| id >= 3_000_000_000), "{id}");
        }
    })
    .await;
}

async fn member_ids(app: &App) -> Vec<String> {
    let rows = people::Entity::find().all(app.db.read()).await.expect("reads");
    rows.into_iter().filter_map(|row| row.national_member_id).collect()
}
