//! A training from its draft to confirmed credits, through the workflow, on both databases.

use chrono::{DateTime, TimeDelta, Utc};
use mamis_app::attendance::actions::{self as attendances, Report, Settle};
use mamis_app::attendance::lists as registers;
use mamis_app::attendance::print;
use mamis_app::secret::sha256_hex;
use mamis_app::testing::{each_world, now};
use mamis_app::training::actions::{self, NewTraining, Saved};
use mamis_app::training::{Draft, lists, tracker};
use mamis_app::{App, Cx, Error, Problem, account};
use mamis_rules::association::Host;
use mamis_rules::base::{Credits, PhysicianId, TrainingId};
use mamis_rules::credit::{Course, Scheme};
use mamis_rules::flow::training_approval::{Command, State};
use mamis_rules::training::{CreditLine, SessionDraft};
use mamis_schema::{
    attendance, credit, credit_event, duty, outbox, physician, seat_count, session, training,
};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use std::sync::Arc;
use uuid::Uuid;

/// Somebody of the named world, logged in completely.
pub(crate) async fn acting(app: &Arc<App>, login_id: &str) -> Cx {
    let row = mamis_schema::account::Entity::find()
        .filter(mamis_schema::account::Column::LoginId.eq(login_id))
        .one(app.db.read())
        .await
        .expect("reads")
        .expect("a named account");
    let hash = sha256_hex(format!("{login_id}-{}", Uuid::now_v7()).as_bytes());
    let opened = session::Model {
        id: Uuid::now_v7(),
        token_hash: hash.clone(),
        account: row.id,
        created_at: app.clock.wall(),
        last_seen_at: app.clock.wall(),
        expires_at: app.clock.wall() + TimeDelta::hours(1),
        second_factor_at: Some(app.clock.wall()),
        user_agent: "test".to_owned(),
        address: "203.0.113.7".to_owned(),
    };
    session::ActiveModel::from(opened).reset_all().insert(app.db.write()).await.expect("inserts");
    let current = account::lists::current(app, &hash).await.expect("reads").expect("logged in");
    Cx {
        app: app.clone(),
        actor: current.actor.clone(),
        who: current.who.clone(),
        now: app.clock.now(),
        request_id: format!("test-{login_id}"),
    }
}

/// Moves an actor to another instant.
pub(crate) fn at(cx: &Cx, now: DateTime<Utc>) -> Cx {
    Cx { now, ..cx.clone() }
}

pub(crate) async fn row(app: &App, id: TrainingId) -> training::Model {
    training::Entity::find_by_id(Uuid::from(id)).one(app.db.read()).await.expect("reads").expect("a training")
}

/// The training of a title and state that this association holds.
pub(crate) async fn find(app: &App, host: &str, title: &str, state: State) -> training::Model {
    training::Entity::find()
        .filter(training::Column::HostName.eq(host))
        .filter(training::Column::Title.contains(title))
        .filter(training::Column::State.eq(state.name()))
        .filter(training::Column::HeldOn.gte("2026-11-21".parse::<chrono::NaiveDate>().expect("a day")))
        .one(app.db.read())
        .await
        .expect("reads")
        .expect("a training of the named world")
}

fn talk(title: &str, starts_at: DateTime<Utc>) -> SessionDraft {
    SessionDraft {
        title: title.to_owned(),
        lecturer: "水谷 徹".to_owned(),
        starts_at,
        ends_at: starts_at + TimeDelta::minutes(60),
        credits: vec![CreditLine {
            scheme: Scheme::OccupationalPhysician,
            course: Some(Course::Lifelong),
            category: Some("実地".to_owned()),
            item: None,
            amount: Credits::whole(1),
            curriculum_code: None,
        }],
    }
}

/// A draft of 藤沢市医師会, 100 days ahead, ready to be submitted.
async fn drafted(cx: &Cx) -> TrainingId {
    let host = cx.actor.duties()[0].at.host();
    let starts_at = now() + TimeDelta::days(100);
    let new = NewTraining {
        host,
        scheme: Scheme::OccupationalPhysician,
        title: "職場巡視研修会".to_owned(),
        starts_at,
        ends_at: starts_at + TimeDelta::hours(1),
    };
    let id = actions::create(cx, new).await.expect("creates");
    let mut draft = stored(cx, id).await;
    draft.core.sessions = vec![talk("職場巡視の実際", starts_at)];
    draft.core.venue = "藤沢市医師会館".to_owned();
    draft.contact = "0466-00-0000".to_owned();
    let saved = actions::save(cx, id, 1, &draft, None).await.expect("saves");
    assert_eq!(saved, Saved::Draft);
    id
}

#[tokio::test]
async fn a_scheme_that_is_off_is_refused_with_what_to_do() {
    each_world(|app| async move {
        let cx = acting(&app, "fujisawa-training").await;
        let id = drafted(&cx).await;
        let admin = crate::office::officer(&app, "fujisawa-admin").await;
        let own = crate::office::body(&app, "142051").await.id.into();
        let switch = |is_on: bool| {
            let admin = admin.clone();
            async move {
                let name = "feature.occupational_physician";
                let today = admin.today();
                mamis_app::association::actions::set(&admin, own, name, is_on, today).await.expect("sets");
            }
        };
        switch(false).await;
        let sentence = "藤沢市医師会は、いま「認定産業医」の研修会を開いていません。";
        let refused = decide(&cx, id, Command::Submit, "").await;
        assert!(matches!(&refused, Err(Error::Refused(text)) if text.starts_with(sentence)), "{refused:?}");
        let copied = actions::copy(&cx, id).await;
        assert!(matches!(&copied, Err(Error::Refused(text)) if text.starts_with(sentence)), "{copied:?}");
        let starts_at = now() + TimeDelta::days(100);
        let new = |scheme: Scheme| NewTraining {
            host: cx.actor.duties()[0].at.host(),
            scheme,
            title: "職場巡視研修会".to_owned(),
            starts_at,
            ends_at: starts_at + TimeDelta::hours(1),
        };
        let begun = actions::create(&cx, new(Scheme::OccupationalPhysician)).await;
        let is_said = |told: &[Problem]| told[0].field == "scheme" && told[0].text.starts_with(sentence);
        assert!(matches!(&begun, Err(Error::Invalid(told)) if is_said(told)), "{begun:?}");
        actions::create(&cx, new(Scheme::SportsPhysician)).await.expect("another scheme is on");
        switch(true).await;
        decide(&cx, id, Command::Submit, "").await.expect("on again");
    })
    .await;
}

async fn stored(cx: &Cx, id: TrainingId) -> Draft {
    lists::show(cx, id).await.expect("visible").draft().expect("reads back")
}

async fn decide(cx: &Cx, id: TrainingId, command: Command, comment: &str) -> Result<State, Error> {
    let version = row(&cx.app, id).await.version;
    actions::decide(cx, id, version, command, comment).await
}

async fn letters(app: &App, kind: &str) -> u64 {
    outbox::Entity::find().filter(outbox::Column::Kind.eq(kind)).count(app.db.read()).await.expect("counts")
}

#[tokio::test]
async fn a_training_goes_from_its_host_to_the_national_association() {
    each_world(|app| async move {
        let host = acting(&app, "fujisawa-training").await;
        let prefectural = acting(&app, "kanagawa-training").await;
        let national = acting(&app, "national-training").await;
        let id = drafted(&host).await;
        assert!(
            matches!(decide(&prefectural, id, Command::Approve, "").await, Err(Error::Refused(_))),
            "not submitted"
        );

        assert_eq!(decide(&host, id, Command::Submit, "").await.expect("submits"), State::PrefecturalReview);
        assert!(letters(&app, "office_waiting").await >= 1, "the prefectural office is told");
        assert!(
            matches!(decide(&national, id, Command::Approve, "").await, Err(Error::Refused(_))),
            "not its turn"
        );
        assert!(
            matches!(decide(&prefectural, id, Command::Return, " ").await, Err(Error::Invalid(_))),
            "without a reason"
        );
        assert_eq!(
            decide(&prefectural, id, Command::Approve, "").await.expect("approves"),
            State::NationalReview
        );
        assert_eq!(decide(&national, id, Command::Approve, "").await.expect("approves"), State::Approved);
        assert_eq!(letters(&app, "training_approved").await, 1);

        let approved = row(&app, id).await;
        assert_eq!(approved.approved_on.map(|day| day.to_string()).as_deref(), Some("2026-11-22"));
        assert!(
            seat_count::Entity::find_by_id(Uuid::from(id)).one(app.db.read()).await.expect("reads").is_some()
        );
    })
    .await;
}

#[tokio::test]
async fn the_second_of_two_deciders_learns_what_the_first_did() {
    each_world(|app| async move {
        let host = acting(&app, "fujisawa-training").await;
        let prefectural = acting(&app, "kanagawa-training").await;
        let id = drafted(&host).await;
        decide(&host, id, Command::Submit, "").await.expect("submits");
        let seen = row(&app, id).await.version;
        actions::decide(&prefectural, id, seen, Command::Approve, "").await.expect("the first");
        match actions::decide(&prefectural, id, seen, Command::Reject, "重複").await {
            Err(Error::Stale(sentence)) => {
                assert!(sentence.contains("相川 直人") && sentence.contains("承認"), "{sentence}");
            }
            other => panic!("the second decided too: {other:?}"),
        }
    })
    .await;
}

#[tokio::test]
async fn a_change_of_credits_needs_approval_again_and_others_do_not() {
    each_world(|app| async move {
        let host = acting(&app, "fujisawa-training").await;
        let id = drafted(&host).await;
        decide(&host, id, Command::Submit, "").await.expect("submits");
        for login in ["kanagawa-training", "national-training"] {
            decide(&acting(&app, login).await, id, Command::Approve, "").await.expect("approves");
        }
        let mut draft = stored(&host, id).await;
        draft.contact = "0466-11-1111".to_owned();
        let version = row(&app, id).await.version;
        assert_eq!(actions::save(&host, id, version, &draft, None).await.expect("saves"), Saved::Changed);
        assert_eq!(row(&app, id).await.state, "approved");

        draft.core.sessions[0].credits[0].category = Some("専門".to_owned());
        let version = row(&app, id).await.version;
        assert_eq!(actions::save(&host, id, version, &draft, None).await.expect("saves"), Saved::Amended);
        let changed = row(&app, id).await;
        assert_eq!(
            (changed.state.as_str(), changed.offers.as_str()),
            ("prefectural_review", "|occupational_physician/lifelong/専門|")
        );
    })
    .await;
}

#[tokio::test]
async fn an_incomplete_draft_is_not_submitted_and_a_copy_lies_ahead() {
    each_world(|app| async move {
        let host = acting(&app, "fujisawa-training").await;
        let id = drafted(&host).await;
        let mut draft = stored(&host, id).await;
        draft.core.sessions[0].credits[0].amount = Credits::whole(3);
        actions::save(&host, id, 2, &draft, None).await.expect("a draft may be wrong");
        match decide(&host, id, Command::Submit, "").await {
            Err(Error::Invalid(problems)) => assert_eq!(problems[0].field, "sessions.0.credits.0.amount"),
            other => panic!("submitted: {other:?}"),
        }
        let old = find(&app, "藤沢市医師会", "産業医学生涯研修会", State::Approved).await;
        let copy = actions::copy(&host, old.id.into()).await.expect("copies");
        let copied = row(&app, copy).await;
        assert_eq!((copied.state.as_str(), copied.title.as_str()), ("draft", old.title.as_str()));
        assert!(copied.starts_at > now() + TimeDelta::days(14));
        assert_eq!(copied.starts_at - old.starts_at, TimeDelta::days(364), "the same weekday");
        assert_eq!(stored(&host, copy).await.core.sessions.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_step_without_an_officer_waits_visibly_and_the_tier_above_is_told() {
    each_world(|app| async move {
        let host = acting(&app, "fujisawa-training").await;
        let prefectural = acting(&app, "kanagawa-training").await;
        let Host::Association(office) = prefectural.actor.duties()[0].at.host() else {
            panic!("an association")
        };
        duty::Entity::delete_many()
            .filter(duty::Column::Association.eq(Uuid::from(office)))
            .filter(duty::Column::Kind.eq("training"))
            .exec(app.db.write())
            .await
            .expect("deletes");
        let id = drafted(&host).await;
        decide(&host, id, Command::Submit, "").await.expect("submits");
        let shown = lists::show(&host, id).await.expect("visible");
        let history = lists::history(&host, id).await.expect("reads");
        let steps = tracker::steps(&host, &shown.standing, &history).await.expect("steps");
        let waiting = steps.iter().find(|step| step.state == "current").expect("somebody's turn");
        assert!(waiting.note.contains("担当者がいません"), "{waiting:?}");
        let told = outbox::Entity::find()
            .filter(outbox::Column::Kind.eq("office_waiting"))
            .filter(outbox::Column::Subject.contains("担当者がいません"))
            .count(app.db.read())
            .await
            .expect("counts");
        assert_eq!(told, 1, "the national association is told");
    })
    .await;
}

#[tokio::test]
async fn what_is_rejected_says_that_the_rest_never_comes() {
    each_world(|app| async move {
        let host = acting(&app, "fujisawa-training").await;
        let prefectural = acting(&app, "kanagawa-training").await;
        let id = drafted(&host).await;
        decide(&host, id, Command::Submit, "").await.expect("submits");
        decide(&prefectural, id, Command::Reject, "同じ研修会があります。").await.expect("rejects");
        let shown = lists::show(&host, id).await.expect("visible");
        let history = lists::history(&host, id).await.expect("reads");
        let steps = tracker::steps(&host, &shown.standing, &history).await.expect("steps");
        let states: Vec<&str> = steps.iter().map(|step| step.state).collect();
        assert_eq!(states[..2], ["done", "rejected"], "{steps:?}");
        assert!(states.len() > 2 && states[2..].iter().all(|state| *state == "skipped"), "{steps:?}");
    })
    .await;
}

async fn credits(app: &App, id: Uuid, state: &str) -> u64 {
    credit::Entity::find()
        .filter(credit::Column::Training.eq(id))
        .filter(credit::Column::State.eq(state))
        .count(app.db.read())
        .await
        .expect("counts")
}

/// The host and the offices above read the report as it was filed; who does not see the attendance does not.
async fn printed(app: &Arc<App>, id: TrainingId, present: u32) {
    let strange = acting(app, "tokyo-training").await;
    assert!(matches!(registers::told(&strange, id).await, Err(Error::NotFound)));
    for login in ["fujisawa-training", "kanagawa-training", "national-training"] {
        let cx = acting(app, login).await;
        let told = registers::told(&cx, id).await.expect("visible");
        let page = print::holding_report(&told);
        assert_eq!((page.addressee.as_str(), page.hosts.as_str()), ("日本医師会", "藤沢市医師会"));
        assert_eq!((page.attendees.members, page.attendees.non_members), (present - 1, 1));
        assert_eq!(page.kind, "認定産業医 生涯研修");
        assert_eq!(page.sessions.len(), 2, "one credit line each");
        assert!(page.sessions.iter().all(|session| session.attended == present), "{:?}", page.sessions);
        let mut given: Vec<_> =
            page.credits.iter().map(|line| (line.category.as_str(), line.persons)).collect();
        given.sort_unstable();
        assert_eq!(given, [("専門", present), ("更新", present)]);
        let bytes = print::pdf(&cx, &told).await.expect("prints");
        assert!(bytes.starts_with(b"%PDF-"));
    }
}

#[tokio::test]
async fn credits_are_released_reported_and_confirmed() {
    each_world(|app| async move {
        let host = acting(&app, "fujisawa-training").await;
        let held = find(&app, "藤沢市医師会", "産業医学生涯研修会", State::Approved).await;
        let id = TrainingId(held.id);
        let people = registers::register(&host, id).await.expect("visible").people;
        let forgot = people.iter().find(|person| person.out_at.is_some()).expect("somebody came").physician;
        attendance::Entity::update_many()
            .col_expr(attendance::Column::OutAt, Expr::value(None::<DateTime<Utc>>))
            .filter(attendance::Column::Training.eq(held.id))
            .filter(attendance::Column::Physician.eq(forgot))
            .exec(app.db.write())
            .await
            .expect("updates");
        match attendances::release(&host, id, held.version).await {
            Err(Error::Refused(sentence)) => assert!(sentence.contains("1名"), "{sentence}"),
            other => panic!("released with an open question: {other:?}"),
        }
        let who = [PhysicianId(forgot)];
        attendances::settle(&host, id, Settle::Present, &who, "読取り忘れを本人に確認")
            .await
            .expect("settles");
        let present = registers::register(&host, id).await.expect("visible").present() as u64;
        let released = attendances::release(&host, id, held.version).await.expect("releases") as u64;
        assert_eq!(released, present * 2, "two lines for everybody who was there");
        assert_eq!(credits(&app, held.id, "released").await, released);
        assert_eq!(letters(&app, "credits_released").await, present);
        assert!(attendances::release(&host, id, row(&app, id).await.version).await.is_err(), "once");

        let version = row(&app, id).await.version;
        let report =
            Report { attendees: present as i32, members: present as i32 - 1, remarks: String::new() };
        assert!(matches!(registers::told(&host, id).await, Err(Error::NotFound)), "nothing is filed yet");
        attendances::report(&host, id, version, report).await.expect("reports");
        printed(&app, id, present as u32).await;
        decide(&acting(&app, "kanagawa-training").await, id, Command::Confirm, "").await.expect("confirms");
        assert_eq!(credits(&app, held.id, "confirmed").await, 0, "the national tier confirms");
        let last = decide(&acting(&app, "national-training").await, id, Command::Confirm, "")
            .await
            .expect("confirms");
        assert_eq!(last, State::Done);
        assert_eq!(credits(&app, held.id, "confirmed").await, released);
        let ids = credit::Entity::find()
            .filter(credit::Column::Training.eq(held.id))
            .all(app.db.read())
            .await
            .expect("reads");
        let events = credit_event::Entity::find()
            .filter(credit_event::Column::Credit.is_in(ids.iter().map(|row| row.id)))
            .count(app.db.read())
            .await
            .expect("counts");
        assert_eq!(events, released * 2, "released and confirmed, each noted");
    })
    .await;
}

#[tokio::test]
async fn what_was_held_on_paper_stays_on_paper() {
    each_world(|app| async move {
        let host = acting(&app, "fujisawa-training").await;
        let held = find(&app, "藤沢市医師会", "産業医学生涯研修会", State::Approved).await;
        let set = async |approved: &str, on: &str| {
            let day = |text: &str| text.parse::<chrono::NaiveDate>().expect("a day");
            training::Entity::update_many()
                .col_expr(training::Column::ApprovedOn, Expr::value(day(approved)))
                .col_expr(training::Column::HeldOn, Expr::value(day(on)))
                .filter(training::Column::Id.eq(held.id))
                .exec(app.db.write())
                .await
                .expect("updates");
        };
        set("2025-02-01", "2025-03-20").await;
        match attendances::release(&host, held.id.into(), held.version).await {
            Err(Error::Refused(sentence)) => assert!(sentence.contains("紙"), "{sentence}"),
            other => panic!("case ① was released: {other:?}"),
        }
        set("2025-02-01", "2025-04-20").await;
        attendances::release(&host, held.id.into(), held.version).await.expect("case ② is entered here");
    })
    .await;
}

/// A list for the eyes may end somewhere; what credits are released from may not.
#[tokio::test]
async fn nobody_is_left_out_of_a_large_training() {
    const MANY: usize = 3_001;
    each_world(|app| async move {
        let host = acting(&app, "fujisawa-training").await;
        let held = find(&app, "藤沢市医師会", "産業医学生涯研修会", State::Approved).await;
        let someone =
            physician::Entity::find().one(app.db.read()).await.expect("reads").expect("a physician");
        let ids: Vec<Uuid> = (0..MANY).map(|_| Uuid::now_v7()).collect();
        let people = ids.iter().map(|id| {
            let row = physician::Model {
                id: *id,
                registry_number: None,
                national_member_id: None,
                ..someone.clone()
            };
            physician::ActiveModel::from(row).reset_all()
        });
        let came = ids.iter().map(|id| {
            attendance::ActiveModel::from(attendance::Model {
                id: Uuid::now_v7(),
                training: held.id,
                physician: *id,
                in_at: Some(held.starts_at),
                out_at: Some(held.ends_at),
                source: "office".to_owned(),
                corrected_at: None,
                checked_by: None,
                checked_at: None,
                remark: String::new(),
                created_at: held.starts_at,
                version: 1,
            })
            .reset_all()
        });
        for people in people.collect::<Vec<_>>().chunks(500) {
            physician::Entity::insert_many(people.to_vec())
                .exec_without_returning(app.db.write())
                .await
                .expect("inserts");
        }
        for came in came.collect::<Vec<_>>().chunks(500) {
            attendance::Entity::insert_many(came.to_vec())
                .exec_without_returning(app.db.write())
                .await
                .expect("inserts");
        }
        mamis_app::testing::people_written(&app).await;
        let id = TrainingId(held.id);
        let present = registers::register(&host, id).await.expect("visible").present();
        assert!(present > MANY);
        let released = attendances::release(&host, id, held.version).await.expect("releases");
        assert_eq!(released, present * 2);
        assert_eq!(credits(&app, held.id, "released").await, released as u64);
    })
    .await;
}
