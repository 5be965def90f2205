//! Notices: each reader once, however often the job dies, and nobody who does not want them.

use crate::office::{body, officer};
use crate::smtp::{Answer, Server, header};
use chrono::Duration;
use mamis_app::attachment::actions::Upload;
use mamis_app::jobs::Worker;
use mamis_app::mail::{Delivery, Transport, deliver};
use mamis_app::notice::actions::{self, Printed, Unaddressed, Written};
use mamis_app::notice::jobs::send_due;
use mamis_app::notice::lists::{self, View};
use mamis_app::notice::{FILE_BYTES, fill};
use mamis_app::testing::{each_world, now};
use mamis_app::unsubscription::{self, Pair};
use mamis_app::{App, Clock, Cx, Error};
use mamis_rules::base::{AssociationId, NoticeId, PhysicianId};
use mamis_schema::{audit_entry, notice, outbox, physician};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use uuid::Uuid;

fn general_meeting() -> Written {
    Written {
        subject: "総会のご案内（{氏名} 先生）".to_owned(),
        body: "{氏名} 先生\n\n総会を開きます。{所属}（{会員区分}）".to_owned(),
        query: "category=member".to_owned(),
        obligatory: false,
    }
}

async fn fujisawa(app: &Arc<App>) -> (Cx, AssociationId) {
    (officer(app, "fujisawa-admin").await, body(app, "142051").await.id.into())
}

async fn written(cx: &Cx, office: AssociationId) -> NoticeId {
    actions::create(cx, office, &general_meeting()).await.expect("a draft")
}

async fn row(app: &App, id: NoticeId) -> notice::Model {
    let row = notice::Entity::find_by_id(Uuid::from(id)).one(app.db.read()).await;
    row.expect("reads").expect("is there")
}

async fn schedule(cx: &Cx, id: NoticeId) {
    let version = row(&cx.app, id).await.version;
    actions::schedule(cx, id, cx.now, version).await.expect("is scheduled");
}

async fn run(app: &Arc<App>) {
    send_due(&Cx::system(app, "notices")).await.expect("runs");
}

async fn letters(app: &App, id: NoticeId) -> Vec<outbox::Model> {
    outbox::Entity::find()
        .filter(outbox::Column::Notice.eq(Uuid::from(id)))
        .filter(outbox::Column::Kind.eq("notice"))
        .order_by_asc(outbox::Column::Physician)
        .all(app.db.read())
        .await
        .expect("reads")
}

/// Everybody of the world becomes reachable by mail, at an address of their own.
async fn everybody_has_mail(app: &App) {
    for person in physician::Entity::find().all(app.db.read()).await.expect("reads") {
        physician::Entity::update_many()
            .col_expr(physician::Column::Email, Expr::value(format!("{}@example.jp", person.id.simple())))
            .col_expr(physician::Column::EmailVerifiedAt, Expr::value(now() - Duration::days(1)))
            .filter(physician::Column::Id.eq(person.id))
            .exec(app.db.write())
            .await
            .expect("writes");
    }
    mamis_app::testing::people_written(app).await;
}

async fn deliver_all(app: &App, transport: &Transport) -> Delivery {
    let mut all = Delivery::default();
    loop {
        let round = deliver(app, transport).await.expect("the database answers");
        if round.total() == 0 {
            return all;
        }
        all.sent += round.sent;
        all.put_off += round.put_off;
        all.failed += round.failed;
    }
}

#[tokio::test]
async fn a_text_with_an_unknown_field_is_not_saved() {
    each_world(|app| async move {
        let (cx, office) = fujisawa(&app).await;
        for (field, text, said) in [
            ("subject", "", "件名を"),
            ("subject", "{性別}", "1行目の「{性別}」"),
            ("body", "一行目\n{氏名", "2行目"),
            ("query", "association=%E3%81%AA%E3%81%84", "見つかりません"),
        ] {
            let mut written = general_meeting();
            match field {
                "subject" => written.subject = text.to_owned(),
                "body" => written.body = text.to_owned(),
                _ => written.query = text.to_owned(),
            }
            let refused = actions::create(&cx, office, &written).await.expect_err(text);
            let Error::Invalid(problems) = refused else { panic!("{refused:?}") };
            assert!(problems.iter().any(|one| one.field == field && one.text.contains(said)), "{problems:?}");
        }
        let elsewhere = actions::create(&cx, body(&app, "14").await.id.into(), &general_meeting()).await;
        assert!(matches!(elsewhere, Err(Error::Refused(_))), "{elsewhere:?}");
        let trainer = officer(&app, "fujisawa-training").await;
        assert!(matches!(
            actions::create(&trainer, office, &general_meeting()).await,
            Err(Error::Refused(_))
        ));
    })
    .await;
}

#[tokio::test]
async fn a_notice_reaches_each_member_once_by_mail_or_by_post() {
    each_world(|app| async move {
        let (cx, office) = fujisawa(&app).await;
        let id = written(&cx, office).await;
        let found = lists::find(&cx, cx.db(), id).await.expect("own");
        let readers = lists::readers(&cx, &found).await.expect("counts");
        assert!(readers > 2, "{readers}");
        let first = lists::next_reader(&cx, &found, None).await.expect("reads").expect("somebody");
        let shown = fill(&found.row, &first.person).expect("fills");
        assert!(shown.text.contains(&first.person.name) && shown.text.contains("藤沢市医師会"), "{shown:?}");
        run(&app).await;
        assert!(letters(&app, id).await.is_empty(), "a draft stays");

        let version = row(&app, id).await.version;
        let passed = actions::schedule(&cx, id, now() - Duration::minutes(1), version).await;
        assert!(
            matches!(passed, Err(Error::Invalid(_))),
            "a day that has passed is a mistake, not now: {passed:?}"
        );
        actions::schedule(&cx, id, now() + Duration::hours(1), version).await.expect("is scheduled");
        run(&app).await;
        assert!(letters(&app, id).await.is_empty(), "its time has not come");
        app.clock.set(now() + Duration::hours(1));
        run(&app).await;
        let (letters, row) = (letters(&app, id).await, row(&app, id).await);
        assert_eq!((row.state.as_str(), letters.len() as u64), ("sent", readers));
        assert_eq!(i64::from(row.by_mail + row.by_post), readers as i64);
        let people: BTreeSet<_> = letters.iter().map(|letter| letter.physician).collect();
        assert_eq!(people.len(), letters.len(), "nobody twice");
        for letter in &letters {
            let by_mail = letter.channel == "mail";
            assert!(!letter.subject.contains('{') && !letter.body.contains("{氏名}"), "{letter:?}");
            assert_eq!(letter.body.contains("/unsubscriptions/"), by_mail, "{}", letter.body);
        }
        let figures: BTreeMap<_, _> = lists::figures(&cx, id)
            .await
            .expect("counts")
            .into_iter()
            .map(|(view, n)| (view.name(), n))
            .collect();
        assert_eq!((figures["waiting"], figures["to_post"]), (row.by_mail as u64, row.by_post as u64));
        let changed = actions::save(&cx, id, &general_meeting(), row.version).await;
        assert!(matches!(changed, Err(Error::Refused(_))), "{changed:?}");
    })
    .await;
}

/// The job is killed earlier and later in its work; then it runs to the end.
#[tokio::test]
async fn a_notice_goes_once_to_each_however_often_the_job_dies() {
    each_world(|app| async move {
        let (cx, office) = fujisawa(&app).await;
        let id = written(&cx, office).await;
        let found = lists::find(&cx, cx.db(), id).await.expect("own");
        let readers = lists::readers(&cx, &found).await.expect("counts");
        schedule(&cx, id).await;
        let mut kills = 0;
        let mut polls = 1;
        loop {
            let work = Cx::system(&app, "notices");
            let mut job = Box::pin(send_due(&work));
            let ended = dies_after(polls, job.as_mut()).await;
            drop(job);
            if ended {
                break;
            }
            kills += 1;
            polls += polls / 2 + 1;
            let written = letters(&app, id).await.len() as u64;
            assert!(written == 0 || written == readers, "{written} of {readers} after {polls}");
            assert!(kills < 100, "it never ends");
        }
        assert!(kills > 3, "killed {kills} times");
        run(&app).await;
        let people: BTreeSet<_> = letters(&app, id).await.iter().map(|letter| letter.physician).collect();
        assert_eq!((people.len() as u64, letters(&app, id).await.len() as u64), (readers, readers));
        assert_eq!(row(&app, id).await.state, "sent");
    })
    .await;
}

/// Polls a future so many times; true when it ended.
async fn dies_after<F: Future>(polls: usize, mut job: std::pin::Pin<&mut F>) -> bool {
    for _ in 0..polls {
        if futures::poll!(job.as_mut()).is_ready() {
            return true;
        }
        tokio::task::yield_now().await;
    }
    false
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_write_a_notice_once() {
    each_world(|app| async move {
        let (cx, office) = fujisawa(&app).await;
        let id = written(&cx, office).await;
        schedule(&cx, id).await;
        let other = App::open(app.settings.clone(), Clock::stopped(now()), app.world).await.expect("opens");
        let (one, two) = (Cx::system(&app, "notices"), Cx::system(&other, "notices"));
        let (one, two) = tokio::join!(send_due(&one), send_due(&two));
        one.expect("runs");
        two.expect("runs");
        let letters = letters(&app, id).await;
        let people: BTreeSet<_> = letters.iter().map(|letter| letter.physician).collect();
        let row = row(&app, id).await;
        assert!(!letters.is_empty() && people.len() == letters.len(), "{} letters", letters.len());
        assert_eq!(row.by_mail + row.by_post, i32::try_from(letters.len()).expect("few"));
        other.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn other_letters_overtake_a_notice_and_a_minute_has_its_limit() {
    each_world(|app| async move {
        everybody_has_mail(&app).await;
        let (cx, office) = fujisawa(&app).await;
        let mut settings = app.settings.clone();
        settings.mail.notices_per_minute = 3;
        let slow = App::open(settings, app.clock.clone(), app.world).await.expect("opens");
        let id = written(&cx, office).await;
        schedule(&cx, id).await;
        run(&app).await;
        assert!(letters(&app, id).await.len() > 4, "more than a minute takes");
        let version = row(&app, id).await.version;
        actions::test(&cx, id).await.expect("a letter of another kind");
        assert_eq!(row(&app, id).await.version, version);
        let kept = Arc::new(Mutex::new(Vec::new()));
        let transport = Transport::Memory(kept.clone());
        assert_eq!(deliver_all(&slow, &transport).await.sent, 4, "the test and three of the notice");
        assert_eq!(deliver_all(&slow, &transport).await.sent, 0, "the minute is full");
        slow.clock.set(now() + Duration::seconds(61));
        assert_eq!(deliver_all(&slow, &transport).await.sent, 3);
        let texts = kept.lock().expect("no panic").clone();
        assert!(!texts[0].contains("List-Unsubscribe"), "the test came first: {}", texts[0]);
        let notice = texts[1].replace("\r\n", "\n");
        assert_eq!(header(&notice, "List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
        assert!(texts[1].contains("/unsubscriptions/"), "{}", texts[1]);
        slow.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn whoever_wants_no_notices_gets_only_obligatory_ones() {
    each_world(|app| async move {
        everybody_has_mail(&app).await;
        let (cx, office) = fujisawa(&app).await;
        let id = written(&cx, office).await;
        let found = lists::find(&cx, cx.db(), id).await.expect("own");
        let readers = lists::readers(&cx, &found).await.expect("counts");
        let reader = lists::next_reader(&cx, &found, None).await.expect("reads").expect("somebody").id;
        let address = Pair { physician: PhysicianId(reader), association: office }.address(&app);
        let token = address.rsplit('/').next().expect("a token").to_owned();
        let guest = Cx { actor: mamis_rules::access::Actor::Guest, ..Cx::system(&app, "test") };
        let open = unsubscription::lists::standing(&guest, &token).await.expect("ours");
        assert_eq!((open.office.as_str(), open.ended), ("藤沢市医師会", false));
        let forged = format!("{}x", &token[..token.len() - 1]);
        assert!(matches!(unsubscription::actions::end(&guest, &forged).await, Err(Error::NotFound)));
        for _ in 0..2 {
            unsubscription::actions::end(&guest, &token).await.expect("ends, and again");
        }
        schedule(&cx, id).await;
        run(&app).await;
        assert_eq!(row(&app, id).await.unsubscribed, 1);
        assert!(letters(&app, id).await.iter().all(|letter| letter.physician != Some(reader)));

        let obligatory = Written { obligatory: true, ..general_meeting() };
        let must = actions::create(&cx, office, &obligatory).await.expect("a draft");
        schedule(&cx, must).await;
        run(&app).await;
        let all = letters(&app, must).await;
        assert_eq!(all.len() as u64, readers);
        assert!(
            all.iter()
                .all(|letter| letter.unsubscribe.is_empty() && !letter.body.contains("unsubscriptions"))
        );

        unsubscription::actions::resume(&guest, &token).await.expect("comes again");
        assert!(!unsubscription::lists::standing(&guest, &token).await.expect("ours").ended);
        let again = written(&cx, office).await;
        schedule(&cx, again).await;
        run(&app).await;
        assert_eq!(letters(&app, again).await.len() as u64, readers);
        let entries = audit_entry::Entity::find().filter(audit_entry::Column::Physician.eq(reader));
        let entries = entries.filter(audit_entry::Column::Action.starts_with("unsubscription."));
        assert_eq!(entries.count(app.db.read()).await.expect("counts"), 2, "each change leaves one");
    })
    .await;
}

#[tokio::test]
async fn a_stopped_notice_keeps_what_has_not_left() {
    each_world(|app| async move {
        everybody_has_mail(&app).await;
        let (cx, office) = fujisawa(&app).await;
        let id = written(&cx, office).await;
        schedule(&cx, id).await;
        actions::give_back(&cx, id).await.expect("a draft again");
        assert_eq!(row(&app, id).await.state, "draft");
        schedule(&cx, id).await;
        run(&app).await;
        let transport = Transport::Memory(Arc::default());
        let sent = u64::from(deliver(&app, &transport).await.expect("sends").sent);
        let kept = actions::stop(&cx, id).await.expect("stops");
        assert_eq!(sent + kept, letters(&app, id).await.len() as u64);
        assert_eq!(deliver_all(&app, &transport).await.sent, 0);
        assert!(matches!(actions::stop(&cx, id).await, Err(Error::Refused(_))));
        let draft = written(&cx, office).await;
        actions::test(&cx, draft).await.expect("a letter that goes with it");
        actions::remove(&cx, draft).await.expect("goes");
        assert!(matches!(lists::find(&cx, cx.db(), draft).await, Err(Error::NotFound)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_go_with_the_letters_the_same_at_every_attempt() {
    each_world(|app| async move {
        everybody_has_mail(&app).await;
        let (cx, office) = fujisawa(&app).await;
        let id = written(&cx, office).await;
        let upload = |size: usize| Upload {
            file_name: "総会次第.pdf".to_owned(),
            media_type: "application/pdf",
            content: [b"%PDF-".to_vec(), vec![7; size]].concat(),
        };
        let large = usize::try_from(FILE_BYTES).expect("fits");
        for uploads in [vec![], vec![upload(large)], vec![upload(1), upload(1), upload(1), upload(1)]] {
            let refused = actions::attach(&cx, id, uploads).await;
            assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
        }
        actions::attach(&cx, id, vec![upload(10), upload(20)]).await.expect("two files");
        let files = lists::files(cx.db(), id).await.expect("reads");
        actions::detach(&cx, id, files[1].id.into()).await.expect("one goes");
        schedule(&cx, id).await;
        run(&app).await;
        let mut server = Server::start(&[Answer::Say("451 4.3.0 later"); 10]).await;
        let offered = deliver(&app, &server.transport).await.expect("runs").put_off;
        assert!(offered > 0);
        app.clock.set(now() + Duration::minutes(1));
        let mut first = BTreeMap::new();
        for _ in 0..offered {
            let text = server.next().await;
            first.insert(header(&text, "Message-ID").to_owned(), text);
        }
        assert!(deliver(&app, &server.transport).await.expect("runs").sent > 0);
        let second = server.next().await;
        assert_eq!(first[header(&second, "Message-ID")], second, "to the byte");
        assert!(second.contains("multipart/mixed") && second.contains("application/pdf"), "{second}");
    })
    .await;
}

#[tokio::test]
async fn letters_by_post_are_printed_by_the_office_that_wrote() {
    each_world(|app| async move {
        let (cx, office) = fujisawa(&app).await;
        physician::Entity::update_many()
            .col_expr(physician::Column::EmailVerifiedAt, Expr::value(None::<chrono::DateTime<chrono::Utc>>))
            .exec(app.db.write())
            .await
            .expect("writes");
        mamis_app::testing::people_written(&app).await;
        let id = written(&cx, office).await;
        schedule(&cx, id).await;
        run(&app).await;
        let printed = match actions::print(&cx, id, 1, Unaddressed::Shown).await.expect("prints") {
            Printed::Missing(names) => {
                assert!(!names.is_empty());
                actions::print(&cx, id, 1, Unaddressed::LeftOut).await.expect("prints the others")
            }
            printed => printed,
        };
        let Printed::File(bytes) = printed else { panic!("{printed:?}") };
        assert!(bytes.starts_with(b"%PDF"));
        let looks = audit_entry::Entity::find().filter(audit_entry::Column::Action.eq("post_letter.look"));
        assert!(looks.count(app.db.read()).await.expect("counts") > 0, "addresses were shown");
        let stranger = officer(&app, "kanagawa-cert").await;
        let taken = actions::print(&stranger, id, 1, Unaddressed::Shown).await;
        assert!(matches!(taken, Err(Error::NotFound)), "{taken:?}");
        let waiting = mamis_app::post_letter::lists::waiting(&cx).await.expect("counts");
        let count = actions::posted(&cx, id).await.expect("records");
        assert_eq!(count, waiting, "the post list of the office had them too");
        assert_eq!(
            lists::letters(&cx, id, View::Posted, 1).await.expect("lists").len() as u64,
            count.min(50)
        );
        assert!(matches!(actions::posted(&cx, id).await, Err(Error::Refused(_))));
    })
    .await;
}

#[tokio::test]
async fn the_job_runs_by_the_timetable() {
    each_world(|app| async move {
        let (cx, office) = fujisawa(&app).await;
        let id = written(&cx, office).await;
        schedule(&cx, id).await;
        let row_of_job = mamis_app::jobs::timetable::Row::find("notices").expect("on the timetable");
        let worker = Worker::new(&app, Transport::Memory(Arc::default()));
        let report = (row_of_job.run)(worker).await.expect("runs");
        assert!(report.done > 0 && !letters(&app, id).await.is_empty(), "{report:?}");
    })
    .await;
}
