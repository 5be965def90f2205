//! From the draft to the first desk, and the progress that everybody reads alike.

use crate::paper_credit::line;
use crate::people::{cx, each_world, physician};
use mamis_app::application::draft::{Draft, FeeMethod};
use mamis_app::application::tracker::{Step, Tracker};
use mamis_app::application::{actions, lists};
use mamis_app::attachment::actions::Upload;
use mamis_app::{App, Cx, Error, Problem};
use mamis_rules::association::Tier;
use mamis_rules::base::{ApplicationId, Day};
use mamis_rules::credit::{Kind, Scheme, WaiverKind};
use mamis_rules::flow::certification::State;
use mamis_schema::{account, application, association, audit_entry, outbox, physician_link, round};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

const SCHEME: Scheme = Scheme::OccupationalPhysician;

fn draft(fee_method: FeeMethod) -> Draft {
    Draft { fee_method: Some(fee_method), ..Draft::default() }
}

fn upload() -> Upload {
    Upload { file_name: "p.pdf".to_owned(), media_type: "application/pdf", content: b"%PDF-1.7".to_vec() }
}

async fn missing(cx: &Cx, id: ApplicationId) -> Vec<Problem> {
    match actions::submit(cx, id, "").await {
        Err(Error::Invalid(problems)) => problems,
        other => panic!("{other:?}"),
    }
}

/// The application of a named person in the seed world.
async fn of(app: &App, login_id: &str) -> ApplicationId {
    let account =
        account::Entity::find().filter(account::Column::LoginId.eq(login_id)).one(app.db.read()).await;
    let physician = account.expect("reads").expect("exists").physician.expect("a physician");
    let row =
        application::Entity::find().filter(application::Column::Physician.eq(physician)).one(app.db.read());
    row.await.expect("reads").expect("has one").id.into()
}

/// 佐藤 with the paper credits that close her gap, and a draft ready to send.
async fn ready(cx: &Cx) -> ApplicationId {
    let lines = vec![
        line(0, "lifelong/実地/", "2024-10-06", "1", "A1"),
        line(1, "lifelong/専門/", "2024-11-10", "2.5", "A2"),
    ];
    mamis_app::paper_credit::actions::declare(cx, lines).await.expect("declares");
    let id = actions::begin(cx, SCHEME, Kind::Renewal).await.expect("begins");
    actions::save(cx, id, draft(FeeMethod::Counter), Vec::new()).await.expect("saves");
    id
}

#[tokio::test]
async fn what_is_missing_is_said_before_sending_and_refused_when_sent() {
    each_world(|app| async move {
        let sato = cx(&app, "sato").await;
        let id = actions::begin(&sato, SCHEME, Kind::Renewal).await.expect("begins");
        let open = lists::open(&sato, sato.db(), id).await.expect("opens");
        let told: Vec<String> = open.readiness.problems.iter().map(|problem| problem.text.clone()).collect();
        assert_eq!(
            told,
            [
                "生涯研修があと2単位必要です。",
                "実地研修があと1単位必要です。",
                "審査登録料の納め方を選んでください。"
            ]
        );
        assert_eq!(missing(&sato, id).await, open.readiness.problems);
        assert_eq!(actions::begin(&sato, SCHEME, Kind::Renewal).await.expect("the same"), id);
        let initial = actions::begin(&sato, SCHEME, Kind::Initial).await;
        assert!(matches!(initial, Err(Error::Refused(_))), "{initial:?}");
    })
    .await;
}

#[tokio::test]
async fn a_member_applies_to_the_municipal_association() {
    each_world(|app| async move {
        let sato = cx(&app, "sato").await;
        let id = ready(&sato).await;
        let number = actions::submit(&sato, id, "").await.expect("submits");
        assert!(number.starts_with("A2026-"), "{number}");
        let found = lists::find(&sato, id).await.expect("finds");
        assert_eq!(found.state, State::MunicipalExamination);
        let tiers: Vec<Tier> = found.route.iter().map(|stop| stop.tier).collect();
        assert_eq!(tiers, [Tier::Municipal, Tier::Prefectural, Tier::National]);
        assert_eq!(found.row.desk, Some(found.route[0].association.into()));
        let evaluation = found.row.evaluation.expect("kept");
        assert!(evaluation.contains("\"eligible\":true") && evaluation.contains("\"provisional\":true"));
        assert!(found.row.expected_on.is_some() && found.row.round.is_some());
        let letters = outbox::Entity::find()
            .filter(outbox::Column::Physician.eq(physician(&sato).0))
            .filter(outbox::Column::Kind.eq("application_received"))
            .count(app.db.read());
        assert_eq!(letters.await.expect("counts"), 1);
        let second = actions::begin(&sato, SCHEME, Kind::Renewal).await;
        assert!(matches!(second, Err(Error::Refused(_))), "one application at a time: {second:?}");
    })
    .await;
}

#[tokio::test]
async fn a_non_member_shows_the_licence_and_applies_to_the_prefectural_association() {
    each_world(|app| async move {
        let kobayashi = cx(&app, "kobayashi").await;
        let id = of(&app, "kobayashi").await;
        actions::save(&kobayashi, id, draft(FeeMethod::Transfer), Vec::new()).await.expect("saves");
        let fields: Vec<String> =
            missing(&kobayashi, id).await.into_iter().map(|problem| problem.field).collect();
        assert_eq!(fields, ["", "", "licence", "fee_slip"]);
        let lines = vec![
            line(0, "lifelong/実地/", "2024-10-06", "4", "K1"),
            line(1, "lifelong/専門/", "2024-11-10", "10", "K2"),
        ];
        mamis_app::paper_credit::actions::declare(&kobayashi, lines).await.expect("declares");
        let papers = vec![("licence", upload()), ("fee_slip", upload())];
        actions::save(&kobayashi, id, draft(FeeMethod::Transfer), papers).await.expect("saves");
        actions::submit(&kobayashi, id, "").await.expect("submits");
        let found = lists::find(&kobayashi, id).await.expect("finds");
        assert_eq!(found.state, State::PrefecturalExamination);
        assert_eq!(found.route[0].name, "東京都医師会");
        let links = physician_link::Entity::find()
            .filter(physician_link::Column::Physician.eq(physician(&kobayashi).0))
            .filter(physician_link::Column::Association.eq(found.route[0].association.0))
            .count(app.db.read());
        assert_eq!(links.await.expect("counts"), 1);
    })
    .await;
}

#[tokio::test]
async fn a_returned_application_shows_the_comment_and_goes_back_to_the_same_desk() {
    each_world(|app| async move {
        let ishii = cx(&app, "ishii").await;
        let id = of(&app, "ishii").await;
        let open = lists::open(&ishii, ishii.db(), id).await.expect("opens");
        assert!(!open.returned.expect("was returned").comment.is_empty());
        let before = open.found.row.number.clone().expect("keeps its number");
        actions::save(&ishii, id, draft(FeeMethod::Counter), Vec::new()).await.expect("saves");
        assert_eq!(actions::submit(&ishii, id, "").await.expect("resubmits"), before);
        let found = lists::find(&ishii, id).await.expect("finds");
        assert_eq!(found.state, State::MunicipalExamination);
        assert_eq!(found.route, open.found.route, "the route stays");
        let late = actions::save(&ishii, id, draft(FeeMethod::Counter), Vec::new()).await;
        assert!(matches!(late, Err(Error::Stale(_))), "{late:?}");
        assert!(matches!(actions::submit(&ishii, id, "").await, Err(Error::Stale(_))), "sent once");
    })
    .await;
}

#[tokio::test]
async fn a_fee_that_came_needs_no_proof() {
    each_world(|app| async move {
        let sato = cx(&app, "sato").await;
        let id = ready(&sato).await;
        actions::save(&sato, id, draft(FeeMethod::Transfer), Vec::new()).await.expect("saves");
        let asks = |problems: &[Problem]| problems.iter().any(|problem| problem.field == "fee_slip");
        assert!(asks(&missing(&sato, id).await));
        application::Entity::update_many()
            .col_expr(application::Column::FeeReceivedOn, Expr::value(sato.today().date()))
            .filter(application::Column::Id.eq(id.0))
            .exec(app.db.write())
            .await
            .expect("writes");
        let open = lists::open(&sato, sato.db(), id).await.expect("opens");
        assert!(!asks(&open.readiness.problems), "{:?}", open.readiness.problems);
    })
    .await;
}

#[tokio::test]
async fn a_draft_is_nobody_elses_and_a_withdrawn_one_makes_room() {
    each_world(|app| async move {
        let (sato, mori) = (cx(&app, "sato").await, cx(&app, "mori").await);
        let office = cx(&app, "fujisawa-cert").await;
        let id = ready(&sato).await;
        for other in [&mori, &office] {
            assert!(matches!(lists::find(other, id).await, Err(Error::NotFound)));
        }
        actions::submit(&sato, id, "").await.expect("submits");
        assert!(lists::find(&office, id).await.is_ok());
        assert!(matches!(lists::find(&mori, id).await, Err(Error::NotFound)));
        assert!(matches!(actions::withdraw(&office, id, "").await, Err(Error::Refused(_))));
        actions::withdraw(&sato, id, "").await.expect("withdraws");
        assert_eq!(lists::find(&sato, id).await.expect("finds").state, State::Withdrawn);
        let steps = lists::progress(&sato, id).await.expect("sees").tracker.steps;
        let states: Vec<&str> = steps.iter().map(|step| step.state).collect();
        assert_eq!(states, ["withdrawn", "skipped", "skipped", "skipped", "skipped"], "nothing is announced");
        assert!(actions::begin(&sato, SCHEME, Kind::Renewal).await.expect("again") != id);
    })
    .await;
}

#[tokio::test]
async fn physician_and_offices_read_the_same_progress() {
    each_world(|app| async move {
        let id = of(&app, "yamane").await;
        let own = lists::progress(&cx(&app, "yamane").await, id).await.expect("sees");
        let national = cx(&app, "national-cert").await;
        let theirs = lists::progress(&national, id).await.expect("sees");
        assert_eq!(own.tracker.sentence, theirs.tracker.sentence);
        let seen = |tracker: &Tracker| {
            let facts = |step: &Step| (step.label.clone(), step.state, step.when.clone());
            tracker.steps.iter().map(facts).collect::<Vec<_>>()
        };
        assert_eq!(seen(&own.tracker), seen(&theirs.tracker));
        let waiting = &theirs.tracker.steps[2].note;
        assert!(waiting.contains("担当者を決める") && !waiting.contains("お問い合わせ"), "{waiting}");
        assert!(own.tracker.steps[2].note.contains("お問い合わせください"), "a physician asks an office");
        let states: Vec<&str> = own.tracker.steps.iter().map(|step| step.state).collect();
        assert_eq!(states, ["done", "done", "current", "waiting", "waiting"]);
        assert!(own.tracker.steps[2].note.contains("担当者がいません"), "{:?}", own.tracker.steps[2]);
        let yamane = cx(&app, "yamane").await;
        let lines =
            lists::of_physician(yamane.db(), physician(&yamane), yamane.today()).await.expect("lists");
        assert!(lines[0].nobody().contains("担当者がいません"), "in the list as on its page");
        let yoshida = cx(&app, "yoshida").await;
        let lines = lists::of_physician(yoshida.db(), physician(&yoshida), yoshida.today()).await;
        assert!(lines.expect("lists").iter().all(|line| line.nobody().is_empty()), "somebody is there");
        actions::note_look(&national, id, own.found.row.physician.into()).await.expect("notes");
        actions::note_look(&cx(&app, "yamane").await, id, own.found.row.physician.into())
            .await
            .expect("notes");
        let looks = audit_entry::Entity::find().filter(audit_entry::Column::Action.eq("application.look"));
        assert_eq!(looks.count(app.db.read()).await.expect("counts"), 1, "the own look leaves no trace");
    })
    .await;
}

/// The page of an application, the list and my page say one day; the office reads the same.
#[tokio::test]
async fn everybody_reads_the_same_forecast() {
    each_world(|app| async move {
        let national = cx(&app, "national-cert").await;
        let mut under_way = 0;
        for login in ["ishii", "yoshida", "kobayashi", "yamane"] {
            let own = cx(&app, login).await;
            let (lines, days) = lists::with_forecast(&own, physician(&own)).await.expect("lists");
            for line in lines.iter().filter(|line| line.is_running() && line.submitted_at.is_some()) {
                let progress = lists::progress(&own, line.id.into()).await.expect("own");
                let listed = days.iter().find(|(id, _)| *id == line.id).map(|(_, day)| *day);
                assert_eq!(progress.tracker.expected_on, listed, "{login} {}", line.state);
                let theirs = lists::progress(&national, line.id.into()).await.expect("sees");
                assert_eq!(theirs.tracker.expected_on, listed, "{login} at the office");
                under_way += 1;
                if !line.is_with_applicant() {
                    continue;
                }
                let open = lists::open(&own, own.db(), line.id.into()).await.expect("opens");
                assert_eq!(open.deadline.certificate_expected_on(), listed, "the form");
                let my = mamis_app::my::lists::page(&own).await.expect("my page");
                let headline = &my.headlines[0];
                assert_eq!(headline.deadline, Some(open.deadline), "my page");
                assert_eq!(my.home.name(headline.apply_to.expect("somewhere")), open.sent_to());
            }
        }
        assert!(under_way >= 3, "{under_way} applications under way");
    })
    .await;
}

#[tokio::test]
async fn where_only_the_national_board_is_left_its_next_day_is_the_forecast() {
    each_world(|app| async move {
        let yoshida = cx(&app, "yoshida").await;
        let rows = application::Entity::find()
            .filter(application::Column::Physician.eq(uuid::Uuid::from(physician(&yoshida))))
            .filter(application::Column::State.eq("national_board"));
        let id = rows.one(app.db.read()).await.expect("reads").expect("waits for the board").id;
        let today = yoshida.today();
        let boards = round::Entity::find().all(app.db.read()).await.expect("reads");
        let national = association::Entity::find().filter(association::Column::Tier.eq("national"));
        let national = national.one(app.db.read()).await.expect("reads").expect("one").id;
        let boards = boards.iter().filter(|row| row.association == national);
        let next = boards.filter_map(|row| row.board_on.map(Day::from)).filter(|day| *day >= today).min();
        let tracker = lists::progress(&yoshida, id.into()).await.expect("sees").tracker;
        assert!(next.is_some());
        assert_eq!(tracker.expected_on, next);
        let said = next.expect("known").japanese();
        let current = tracker.steps.iter().find(|step| step.state == "current").expect("one is current");
        assert!(current.note.contains(&said), "{}", current.note);
    })
    .await;
}

#[tokio::test]
async fn a_course_stands_in_for_credits_in_one_line() {
    each_world(|app| async move {
        let tanaka = cx(&app, "tanaka").await;
        let id = actions::begin(&tanaka, SCHEME, Kind::Initial).await.expect("begins");
        let course = Draft {
            waiver: Some(WaiverKind::UoehBasicCourse),
            waiver_on: Some(tanaka.today().plus_days(-400)),
            ..draft(FeeMethod::Counter)
        };
        actions::save(&tanaka, id, course, Vec::new()).await.expect("saves");
        let open = lists::open(&tanaka, tanaka.db(), id).await.expect("opens");
        assert!(open.standing.bars.is_empty(), "no empty bars: {:?}", open.standing.bars);
        let waived = &open.standing.waived;
        assert!(waived.contains("産業医学基本講座") && waived.contains("5年以内"), "{waived}");
        let fields: Vec<&str> =
            open.readiness.problems.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(fields, ["completion_certificate"], "the certificate of the course must be there");
    })
    .await;
}

#[tokio::test]
async fn what_was_mended_since_the_return_is_known() {
    each_world(|app| async move {
        let ishii = cx(&app, "ishii").await;
        let id = of(&app, "ishii").await;
        assert!(!lists::was_mended(&ishii, id).await.expect("asks"), "nothing since the return");
        let row = lists::find(&ishii, id).await.expect("finds").row;
        let same =
            Draft { remarks: row.remarks, fee_method: FeeMethod::read(&row.fee_method), ..Draft::default() };
        actions::save(&ishii, id, same, Vec::new()).await.expect("saves");
        assert!(!lists::was_mended(&ishii, id).await.expect("asks"), "the same again is no change");
        let line = line(0, "lifelong/実地/", "2024-10-06", "1", "A9");
        mamis_app::paper_credit::actions::declare(&ishii, vec![line]).await.expect("declares");
        assert!(lists::was_mended(&ishii, id).await.expect("asks"));
    })
    .await;
}
