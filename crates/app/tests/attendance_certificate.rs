//! Attendance certificates: one by one, for everybody at a training, after corrections, of external organizers.

use crate::training::{acting, find, row};
use mamis_app::attendance::actions::{self as attendances, Settle};
use mamis_app::attendance::lists as registers;
use mamis_app::document::actions::attendance_certificate::issue;
use mamis_app::document::actions::attendance_run::{begin, open_file};
use mamis_app::document::actions::{Question, Subject, open, verify};
use mamis_app::document::jobs::attendance_run::make_some;
use mamis_app::document::lists::attendance_run::{problems, show};
use mamis_app::document::lists::{self as documents, Filter, Verdict, own};
use mamis_app::testing::{each_world, now, people_written};
use mamis_app::{App, Cx, Error, Who};
use mamis_documents::AttendanceCertificate;
use mamis_rules::access::Actor;
use mamis_rules::access::document::Kind;
use mamis_rules::base::{AccountId, Day, PhysicianId, TrainingId};
use mamis_rules::certification::Standing;
use mamis_rules::flow::training_approval::State;
use mamis_schema::{
    attendance, audit_entry, credit_line, document, document_run, organizer, physician, training,
};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

const HOST: &str = "fujisawa-training";

/// 藤沢市医師会's training of yesterday; attendance is not settled yet.
async fn held(app: &App) -> training::Model {
    find(app, "藤沢市医師会", "産業医学生涯研修会", State::Approved).await
}

/// A physician of the named world or of the crowd, as if logged in. Whoever has no account acts without one.
fn physician_cx(app: &Arc<App>, id: Uuid) -> Cx {
    let account = AccountId(Uuid::now_v7());
    Cx {
        app: app.clone(),
        actor: Actor::Physician { account, physician: PhysicianId(id) },
        who: Who { account: None, name: "医師".to_owned(), office: String::new() },
        now: app.clock.now(),
        request_id: "test".to_owned(),
    }
}

fn guest(app: &Arc<App>) -> Cx {
    Cx { actor: Actor::Guest, who: Who::default(), ..physician_cx(app, Uuid::nil()) }
}

/// Sixteen more people who were there from the first talk to the last: few of the named ones were.
async fn crowd(app: &App, id: TrainingId) {
    let db = app.db.write();
    let someone = physician::Entity::find().one(db).await.expect("reads").expect("a physician");
    let came = attendance::Entity::find()
        .filter(attendance::Column::Training.eq(Uuid::from(id)))
        .filter(attendance::Column::OutAt.is_not_null());
    let came = came.one(db).await.expect("reads").expect("somebody came");
    for _ in 0..16 {
        let mut person = physician::Model { id: Uuid::now_v7(), registry_number: None, ..someone.clone() };
        person.national_member_id = None;
        let came = attendance::Model { id: Uuid::now_v7(), physician: person.id, ..came.clone() };
        physician::ActiveModel::from(person).reset_all().insert(db).await.expect("writes");
        attendance::ActiveModel::from(came).reset_all().insert(db).await.expect("writes");
    }
    people_written(app).await;
}

/// Those who were there and those who signed up and stayed away; one of the present is made absent, so that there is one.
async fn settled(host: &Cx, id: TrainingId) -> (Vec<Uuid>, Uuid) {
    crowd(&host.app, id).await;
    let people = registers::register(host, id).await.expect("visible").people;
    let absent = people.iter().find(|person| person.in_at.is_some()).expect("somebody came").physician;
    attendances::settle(host, id, Settle::Absent, &[PhysicianId(absent)], "本人から欠席の連絡")
        .await
        .expect("settles");
    let register = registers::register(host, id).await.expect("visible");
    let sessions = &register.shown.sessions;
    let standing = &register.shown.standing;
    let there =
        |person: &&registers::Attendee| sessions.iter().any(|session| person.at(standing, session).earns());
    let present = register.people.iter().filter(there).map(|person| person.physician).collect();
    (present, absent)
}

/// The same with the credits released.
async fn released(host: &Cx, id: TrainingId) -> (Vec<Uuid>, Uuid) {
    let people = settled(host, id).await;
    attendances::release(host, id, row(&host.app, id).await.version).await.expect("releases");
    people
}

async fn all(app: &App, training: Uuid) -> Vec<document::Model> {
    document::Entity::find()
        .filter(document::Column::Training.eq(training))
        .order_by_asc(document::Column::Number)
        .all(app.db.read())
        .await
        .expect("reads")
}

async fn the(app: &App, id: impl Into<Uuid>) -> document::Model {
    document::Entity::find_by_id(id.into()).one(app.db.read()).await.expect("reads").expect("is there")
}

fn printed(row: &document::Model) -> AttendanceCertificate {
    serde_json::from_str(&row.data).expect("reads back")
}

/// What the public page says of a code, asked with the month of birth of its holder, moved on by so many months.
async fn asked(app: &Arc<App>, row: &document::Model, off: u32) -> Vec<Verdict> {
    let person = physician::Entity::find_by_id(row.physician.expect("somebody's"));
    let person = person.one(app.db.read()).await.expect("reads").expect("is there");
    let born = Day::from(person.birth_on);
    let month = (born.month() - 1 + off) % 12 + 1;
    let code = Subject::Code(row.verification_code.clone().expect("a code"));
    let by_code = Question { subject: code, year: born.year(), month };
    let typed = format!("第 {} 号", row.number.to_lowercase());
    let by_number = Question { subject: Subject::Number(typed), ..by_code.clone() };
    let found = verify(&guest(app), &by_code, "198.51.100.1").await.expect("answers");
    assert_eq!(verify(&guest(app), &by_number, "198.51.100.2").await.expect("answers"), found);
    found
}

fn says(standing: Standing) -> Vec<Verdict> {
    vec![Verdict { kind: Kind::AttendanceCertificate, standing }]
}

#[tokio::test]
async fn whoever_was_there_gets_one_certificate_and_whoever_was_absent_none() {
    each_world(|app| async move {
        let host = acting(&app, HOST).await;
        let training = held(&app).await;
        let id = TrainingId(training.id);
        let came = registers::register(&host, id).await.expect("visible").people;
        let came = came.iter().find(|person| person.in_at.is_some()).expect("somebody came").physician;
        let early = issue(&physician_cx(&app, came), id).await;
        assert!(matches!(&early, Err(Error::Refused(text)) if text.contains("単位を登録")), "{early:?}");
        let (present, absent) = released(&host, id).await;

        let cx = physician_cx(&app, present[0]);
        let made = issue(&cx, id).await.expect("issues");
        assert_eq!(issue(&cx, id).await.expect("the same"), made, "a second press makes no second one");
        let stayed = issue(&physician_cx(&app, absent), id).await;
        assert!(
            matches!(&stayed, Err(Error::Refused(text)) if text.contains("出席の記録がありません")),
            "{stayed:?}"
        );
        let row = the(&app, made).await;
        assert_eq!((row.number.as_str(), row.physician), ("J2026-000001", Some(present[0])));
        assert_eq!(Some(row.issuer), training.host_association);
        let page = printed(&row);
        assert_eq!(page.sessions.len(), 2, "one line each");
        assert!(page.sessions.iter().all(|one| one.scheme == "認定産業医 生涯研修"), "{:?}", page.sessions);
        assert_eq!((page.hosts.as_str(), page.signatory.title.as_str()), ("藤沢市医師会", "会長"));
        let (_, bytes) = open(&cx, made).await.expect("opens");
        assert!(bytes.starts_with(b"%PDF-"));
        let (_, again) = open(&host, made).await.expect("the host too");
        assert_eq!(bytes, again);
        for other in [physician_cx(&app, present[1]), acting(&app, "tokyo-training").await, guest(&app)] {
            assert!(matches!(open(&other, made).await, Err(Error::NotFound)), "{:?}", other.actor);
        }
        let issued = audit_entry::Entity::find()
            .filter(audit_entry::Column::Action.eq("document.issue"))
            .filter(audit_entry::Column::Physician.eq(present[0]))
            .count(app.db.read())
            .await;
        assert_eq!(issued.expect("counts"), 1);

        assert_eq!(asked(&app, &row, 0).await, says(Standing::Valid));
        assert_eq!(asked(&app, &row, 1).await, [], "another month of birth: nothing is said");
        let unknown = Question { subject: Subject::Code("AAAAAAAAAA".to_owned()), year: 1970, month: 1 };
        assert_eq!(verify(&guest(&app), &unknown, "198.51.100.3").await.expect("answers"), []);
    })
    .await;
}

#[tokio::test]
async fn whoever_has_nothing_to_do_with_a_training_learns_nothing_of_it() {
    each_world(|app| async move {
        let host = acting(&app, HOST).await;
        let id = TrainingId(held(&app).await.id);
        released(&host, id).await;
        let strangers = physician::Entity::find().order_by_asc(physician::Column::Id);
        let known: BTreeSet<Uuid> = registers::register(&host, id)
            .await
            .expect("visible")
            .people
            .iter()
            .map(|one| one.physician)
            .collect();
        let strangers = strangers.all(app.db.read()).await.expect("reads");
        let stranger = strangers.iter().find(|row| !known.contains(&row.id)).expect("somebody else").id;
        assert!(matches!(issue(&physician_cx(&app, stranger), id).await, Err(Error::NotFound)));
        assert!(matches!(issue(&host, id).await, Err(Error::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn my_documents_list_what_can_be_had_and_what_is_awaited() {
    each_world(|app| async move {
        let host = acting(&app, HOST).await;
        let id = TrainingId(held(&app).await.id);
        let (present, absent) = settled(&host, id).await;
        let of = async |person: Uuid| {
            let page = own::page(&physician_cx(&app, person)).await.expect("reads");
            page.trainings.into_iter().find(|line| line.id == Uuid::from(id))
        };
        let waits = of(present[0]).await.expect("listed");
        assert!(!waits.is_ready && waits.issued.is_none());
        attendances::release(&host, id, row(&app, id).await.version).await.expect("releases");
        assert!(of(present[0]).await.expect("listed").is_ready);
        assert!(of(absent).await.is_none(), "nothing to certify");
        let made = issue(&physician_cx(&app, present[0]), id).await.expect("issues");
        let line = of(present[0]).await.expect("listed");
        assert_eq!(line.issued.map(|row| row.id), Some(made.into()));
        assert!(matches!(own::page(&host).await, Err(Error::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn of_two_presses_at_once_one_certificate_comes() {
    each_world(|app| async move {
        let host = acting(&app, HOST).await;
        let id = TrainingId(held(&app).await.id);
        let (present, _) = released(&host, id).await;
        let cx = physician_cx(&app, present[0]);
        let (first, second, third) = futures::join!(issue(&cx, id), issue(&cx, id), issue(&cx, id));
        let first = first.expect("issues");
        assert_eq!((second.expect("the same"), third.expect("the same")), (first, first));
        assert_eq!(all(&app, id.into()).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_new_name_makes_a_new_certificate_and_ends_the_one_before() {
    each_world(|app| async move {
        let host = acting(&app, HOST).await;
        let id = TrainingId(held(&app).await.id);
        let (present, _) = released(&host, id).await;
        let cx = physician_cx(&app, present[0]);
        let old = issue(&cx, id).await.expect("issues");
        physician::Entity::update_many()
            .col_expr(physician::Column::FamilyName, Expr::value("𠮷髙"))
            .filter(physician::Column::Id.eq(present[0]))
            .exec(app.db.write())
            .await
            .expect("writes");
        people_written(&app).await;
        let new = issue(&cx, id).await.expect("issues");
        assert_ne!(new, old);
        let (old, new) = (the(&app, old).await, the(&app, new).await);
        assert!(printed(&new).name.starts_with("𠮷髙") && new.reissue_of == Some(old.id));
        assert_eq!(asked(&app, &old, 0).await, says(Standing::Revoked));
        assert_eq!(asked(&app, &new, 0).await, says(Standing::Valid));
        // A president who signs later makes no other certificate.
        mamis_schema::association::Entity::update_many()
            .col_expr(mamis_schema::association::Column::President, Expr::value("新会長 一郎"))
            .filter(mamis_schema::association::Column::Id.eq(new.issuer))
            .exec(app.db.write())
            .await
            .expect("writes");
        assert_eq!(Uuid::from(issue(&cx, id).await.expect("the same")), new.id);
    })
    .await;
}

/// Makes whatever is asked for, so many people at a time.
async fn make_all(app: &Arc<App>, chunk: usize) -> usize {
    let mut rounds = 0;
    while make_some(&Cx::system(app, "test"), chunk).await.expect("makes").done > 0 {
        rounds += 1;
    }
    rounds
}

async fn run(app: &App) -> document_run::Model {
    let rows = document_run::Entity::find().order_by_desc(document_run::Column::Id);
    rows.one(app.db.read()).await.expect("reads").expect("a run")
}

#[tokio::test]
async fn the_host_makes_all_of_them_in_the_order_of_the_readings() {
    each_world(|app| async move {
        let host = acting(&app, HOST).await;
        let id = TrainingId(held(&app).await.id);
        assert!(matches!(begin(&host, id).await, Err(Error::Refused(_))), "before the credits");
        let (present, absent) = released(&host, id).await;
        let own = issue(&physician_cx(&app, present[1]), id).await.expect("issues");
        for other in ["kanagawa-training", "national-training", "fujisawa-cert"] {
            let cx = acting(&app, other).await;
            assert!(matches!(begin(&cx, id).await, Err(Error::Refused(_) | Error::NotFound)), "{other}");
            assert!(matches!(show(&cx, id).await, Err(Error::Refused(_) | Error::NotFound)), "{other}");
        }
        let made = begin(&host, id).await.expect("begins");
        assert!(matches!(begin(&host, id).await, Err(Error::Refused(_))), "one at a time");
        let rounds = make_all(&app, 7).await;
        assert_eq!(rounds, present.len().div_ceil(7));
        let done = run(&app).await;
        assert_eq!((done.state.as_str(), done.files as usize), ("ready", rounds));
        assert_eq!((done.made, problems(&done)), (done.wanted, Vec::new()));

        let rows = all(&app, id.into()).await;
        let people: BTreeSet<Uuid> = rows.iter().filter_map(|row| row.physician).collect();
        assert_eq!(people, present.iter().copied().collect(), "everybody who was there, once");
        assert!(!people.contains(&absent) && rows.len() == present.len());
        assert!(rows.iter().any(|row| row.id == Uuid::from(own)), "whoever has one keeps it");
        let numbers: Vec<&str> = rows.iter().map(|row| row.number.as_str()).collect();
        let dense: Vec<String> = (1..=rows.len()).map(|number| format!("J2026-{number:06}")).collect();
        assert_eq!(numbers, dense, "without a gap");
        for row in &rows {
            assert_eq!(asked(&app, row, 0).await, says(Standing::Valid), "{}", row.number);
        }
        let shown = show(&host, id).await.expect("sees");
        assert_eq!((shown.people, shown.issued, shown.runs.len()), (present.len(), present.len() as u64, 1));

        let (name, bytes) = open_file(&host, made, 1).await.expect("opens");
        assert!(name.ends_with("-1.pdf") && bytes.starts_with(b"%PDF-"));
        for other in ["kanagawa-training", "national-training", "o-organizer-2"] {
            let closed = open_file(&acting(&app, other).await, made, 1).await;
            assert!(matches!(closed, Err(Error::NotFound)), "{other}");
        }
        assert!(matches!(open_file(&host, made, done.files + 1).await, Err(Error::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn a_killed_run_goes_on_where_it_was_and_its_files_go_after_a_week() {
    each_world(|app| async move {
        let host = acting(&app, HOST).await;
        let id = TrainingId(held(&app).await.id);
        let (present, _) = released(&host, id).await;
        let made = begin(&host, id).await.expect("begins");
        make_all(&app, 7).await;

        // A run that was killed between its rows and its file goes on there and makes nothing twice.
        document_run::Entity::update_many()
            .col_expr(document_run::Column::State, Expr::value("making"))
            .col_expr(document_run::Column::Made, Expr::value(7))
            .col_expr(document_run::Column::Files, Expr::value(1))
            .exec(app.db.write())
            .await
            .expect("writes");
        make_all(&app, 500).await;
        assert_eq!(all(&app, id.into()).await.len(), present.len());
        assert_eq!(run(&app).await.files, 2);

        app.clock.set(now() + chrono::Duration::days(8));
        mamis_app::jobs::clean_up(&Cx::system(&app, "test")).await.expect("cleans");
        let late = Cx { now: app.clock.now(), ..host.clone() };
        let gone = open_file(&late, made, 1).await;
        assert!(matches!(&gone, Err(Error::Refused(text)) if text.contains("1週間")), "{gone:?}");
        app.clock.set(now());
    })
    .await;
}

#[tokio::test]
async fn a_name_without_glyph_is_named_and_holds_up_no_other() {
    each_world(|app| async move {
        let host = acting(&app, HOST).await;
        let id = TrainingId(held(&app).await.id);
        let (present, _) = released(&host, id).await;
        physician::Entity::update_many()
            .col_expr(physician::Column::FamilyName, Expr::value("山田🦷"))
            .filter(physician::Column::Id.eq(present[0]))
            .exec(app.db.write())
            .await
            .expect("writes");
        people_written(&app).await;
        begin(&host, id).await.expect("begins");
        make_all(&app, 500).await;
        let done = run(&app).await;
        let without = problems(&done);
        assert_eq!((done.files, without.len()), (1, 1), "{without:?}");
        assert!(without[0].0.starts_with("山田🦷") && without[0].1.contains("書体"), "{without:?}");
    })
    .await;
}

/// Where a training gives no credit, its attendance can be corrected for long: what a certificate says must stay true.
#[tokio::test]
async fn a_corrected_attendance_ends_the_certificate_that_it_makes_untrue() {
    each_world(|app| async move {
        let host = acting(&app, HOST).await;
        let training = held(&app).await;
        let id = TrainingId(training.id);
        credit_line::Entity::delete_many()
            .filter(credit_line::Column::Training.eq(training.id))
            .exec(app.db.write())
            .await
            .expect("writes");
        let (present, absent) = settled(&host, id).await;
        let mut rows = Vec::new();
        for person in &present[..3] {
            let made = issue(&physician_cx(&app, *person), id).await.expect("by presence");
            rows.push(the(&app, made).await);
        }
        assert!(printed(&rows[0]).sessions.iter().all(|one| one.scheme.is_empty()), "no credit is spoken of");
        assert!(matches!(issue(&physician_cx(&app, absent), id).await, Err(Error::Refused(_))));

        let wrong = [PhysicianId(present[0])];
        attendances::settle(&host, id, Settle::Absent, &wrong, "代わりの人だった").await.expect("settles");
        let kept = [PhysicianId(present[1])];
        attendances::settle(&host, id, Settle::Present, &kept, "本人に確認").await.expect("settles");
        // 20 minutes late: the first session is lost, the second stays.
        let person = registers::one(&host, id, PhysicianId(present[2])).await.expect("there").1;
        let correction = attendances::Correction {
            in_at: Some(training.starts_at + chrono::Duration::minutes(20)),
            out_at: person.out_at,
            remark: "遅刻".to_owned(),
            version: person.version.expect("a row"),
        };
        attendances::correct(&host, id, PhysicianId(present[2]), correction).await.expect("corrects");
        let now = [the(&app, rows[0].id).await, the(&app, rows[1].id).await, the(&app, rows[2].id).await];
        let good: Vec<bool> = now.iter().map(|row| row.revoked_at.is_none()).collect();
        assert_eq!(good, [false, true, false]);
        assert_eq!(asked(&app, &now[0], 0).await, says(Standing::Revoked));
        assert!(matches!(issue(&physician_cx(&app, present[0]), id).await, Err(Error::Refused(_))));
        let less = issue(&physician_cx(&app, present[2]), id).await.expect("of the rest");
        let (before, after) =
            (printed(&rows[2]).sessions.len(), printed(&the(&app, less).await).sessions.len());
        assert!(after < before && after > 0, "{before} {after}");

        // Somebody who has not left: not settled, so not certified.
        attendance::Entity::update_many()
            .col_expr(attendance::Column::OutAt, Expr::value(None::<chrono::DateTime<chrono::Utc>>))
            .filter(attendance::Column::Training.eq(training.id))
            .filter(attendance::Column::Physician.eq(present[3]))
            .exec(app.db.write())
            .await
            .expect("writes");
        assert!(matches!(issue(&physician_cx(&app, present[3]), id).await, Err(Error::Refused(_))));
    })
    .await;
}

#[tokio::test]
async fn an_external_organizer_issues_and_finds_its_own() {
    each_world(|app| async move {
        let host = acting(&app, HOST).await;
        let training = held(&app).await;
        let id = TrainingId(training.id);
        let (present, _) = released(&host, id).await;
        let outside = acting(&app, "organizer").await;
        let at = match outside.actor.duties()[0].at.host() {
            mamis_rules::association::Host::Organizer(id) => Uuid::from(id),
            other => panic!("{other:?} is no organizer"),
        };
        let name = organizer::Entity::find_by_id(at)
            .one(app.db.read())
            .await
            .expect("reads")
            .expect("is there")
            .name;
        training::Entity::update_many()
            .col_expr(training::Column::HostAssociation, Expr::value(None::<Uuid>))
            .col_expr(training::Column::HostOrganizer, Expr::value(at))
            .col_expr(training::Column::HostName, Expr::value(name.as_str()))
            .filter(training::Column::Id.eq(training.id))
            .exec(app.db.write())
            .await
            .expect("writes");
        assert!(matches!(begin(&host, id).await, Err(Error::Refused(_))), "no longer the host");
        begin(&outside, id).await.expect("begins");
        make_all(&app, 500).await;
        let rows = all(&app, training.id).await;
        assert_eq!(rows.len(), present.len());
        assert!(rows.iter().all(|row| row.issuer == at));
        let page = printed(&rows[0]);
        assert_eq!(page.signatory.association, name);
        assert!(page.signatory.title.is_empty(), "an organizer has no president here");
        let (_, bytes) = open(&outside, rows[0].id.into()).await.expect("its own");
        assert!(bytes.starts_with(b"%PDF-"));
        let listed = async |login: &str| {
            let cx = acting(&app, login).await;
            documents::page(&cx, &Filter::default(), 1).await.expect("lists").1
        };
        assert_eq!(listed("organizer").await, present.len() as u64);
        for other in ["o-organizer-2", HOST, "national-training"] {
            let cx = acting(&app, other).await;
            assert!(matches!(open(&cx, rows[0].id.into()).await, Err(Error::NotFound)), "{other}");
            assert_eq!(listed(other).await, 0, "{other}");
        }
        let holder = physician_cx(&app, rows[0].physician.expect("somebody's"));
        assert!(open(&holder, rows[0].id.into()).await.is_ok(), "the physician");
        assert_eq!(asked(&app, &rows[0], 0).await, says(Standing::Valid));
    })
    .await;
}
