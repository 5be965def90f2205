//! Letters leave once, late if need be, never not at all: on both databases, to a real SMTP server.

use crate::smtp::{Answer, Server, header};
use base64::Engine;
use chrono::{DateTime, Duration, Utc};
use mamis_app::audit::Entry;
use mamis_app::mail::{self, Delivery, Letter, Recipient, Transport};
use mamis_app::testing::{each_database, now};
use mamis_app::{App, Clock, Cx};
use mamis_rules::base::PhysicianId;
use mamis_schema::{outbox, physician};
use sea_orm::{ActiveModelTrait, EntityTrait, QueryOrder};
use serde_json::json;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use uuid::Uuid;

const SENT: Delivery = Delivery { sent: 1, put_off: 0, failed: 0 };
const PUT_OFF: Delivery = Delivery { sent: 0, put_off: 1, failed: 0 };
const FAILED: Delivery = Delivery { sent: 0, put_off: 0, failed: 1 };
const NOTHING: Delivery = Delivery { sent: 0, put_off: 0, failed: 0 };

enum Email {
    Verified,
    Typed,
}

async fn physician(app: &App, email: Email) -> PhysicianId {
    let id = Uuid::now_v7();
    let row = physician::Model {
        id,
        registry_number: None,
        registry_on: None,
        family_name: "𠮷田".to_owned(),
        given_name: "髙子".to_owned(),
        family_kana: "ヨシダ".to_owned(),
        given_kana: "タカコ".to_owned(),
        former_name: None,
        name_key: "吉田高子".to_owned(),
        kana_key: "ヨシタタカコ".to_owned(),
        birth_on: "1970-01-01".parse().expect("a day"),
        sex: "female".to_owned(),
        email: Some("takako@example.jp".to_owned()),
        email_verified_at: match email {
            Email::Verified => Some(now()),
            Email::Typed => None,
        },
        phone: None,
        mailing_destination: "home".to_owned(),
        home_postal_code: None,
        home_address: None,
        university: None,
        graduated_on: None,
        graduate_school: None,
        department: None,
        trains_at: None,
        trains_from: None,
        trains_until: None,
        national_member_id: None,
        deceased_on: None,
        merged_into: None,
        created_at: now(),
        version: 1,
    };
    physician::ActiveModel::from(row).reset_all().insert(app.db.write()).await.expect("inserts");
    mamis_app::testing::people_written(app).await;
    id.into()
}

fn letter(to: PhysicianId) -> Letter {
    let data = json!({
        "name": "𠮷田 髙子", "procedure": "認定産業医 更新", "number": "A26-000123",
        "office": "千代田区医師会", "applied_on": "2026年11月22日", "link": "https://mamis.example/applications/x",
    });
    Letter::new("application_received", Recipient::Physician(to), &data).expect("composes")
}

async fn queue(app: &Arc<App>, to: PhysicianId, count: usize) {
    let cx = Cx::system(app, "test");
    let mut tx = cx.begin().await.expect("begins");
    for _ in 0..count {
        mail::queue(&cx, &mut tx, letter(to)).await.expect("queues");
    }
    tx.audit(Entry::new("outbox.queue", "physician", to));
    tx.commit().await.expect("commits");
}

async fn deliver(app: &App, transport: &Transport) -> Delivery {
    mail::deliver(app, transport).await.expect("the database answers")
}

async fn rows(app: &App) -> Vec<outbox::Model> {
    outbox::Entity::find().order_by_asc(outbox::Column::Id).all(app.db.read()).await.expect("reads")
}

async fn only_row(app: &App) -> outbox::Model {
    let [row] = rows(app).await.try_into().expect("one row");
    row
}

/// Another process on the same database, with its own clock.
async fn another(app: &App, at: DateTime<Utc>) -> Arc<App> {
    App::open(app.settings.clone(), Clock::stopped(at), app.world).await.expect("opens")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_stands_or_falls_with_its_action() {
    each_database(|app| async move {
        let to = physician(&app, Email::Verified).await;
        let cx = Cx::system(&app, "test");
        let mut tx = cx.begin().await.expect("begins");
        mail::queue(&cx, &mut tx, letter(to)).await.expect("queues");
        drop(tx);
        assert_eq!(rows(&app).await, [], "the action was undone");
        queue(&app, to, 1).await;
        let row = only_row(&app).await;
        assert_eq!((row.state.as_str(), row.channel.as_str()), ("waiting", "mail"));
        assert_eq!(row.message_id, format!("<{}@localhost>", row.id));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_gets_the_letter_as_it_was_written() {
    each_database(|app| async move {
        let mut server = Server::start(&[Answer::Say("250 2.0.0 queued as 7")]).await;
        let to = physician(&app, Email::Verified).await;
        queue(&app, to, 1).await;
        assert_eq!(deliver(&app, &server.transport).await, SENT);
        let (text, row) = (server.next().await, only_row(&app).await);
        assert_eq!(header(&text, "To"), "takako@example.jp");
        assert_eq!(header(&text, "Message-ID"), row.message_id);
        assert_eq!(header(&text, "Auto-Submitted"), "auto-generated");
        assert_eq!(header(&text, "Date"), "Sun, 22 Nov 2026 01:00:00 +0000");
        assert_eq!(header(&text, "Content-Transfer-Encoding"), "base64");
        let (_, body) = text.split_once("\n\n").expect("a body");
        let body = base64::engine::general_purpose::STANDARD.decode(body.replace('\n', "")).expect("base64");
        let body = String::from_utf8(body).expect("UTF-8").replace("\r\n", "\n");
        assert_eq!(body, row.body);
        assert!(body.starts_with("𠮷田 髙子 様\n"), "{body}");
        assert_eq!((row.state.as_str(), row.answer.as_str()), ("sent", "250 2.0.0 queued as 7"));
        assert_eq!((row.sent_at, row.lease_until, row.attempts), (Some(now()), None, 1));
        assert_eq!(deliver(&app, &server.transport).await, NOTHING, "sent is sent");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_verified_address_the_letter_goes_to_the_post_list() {
    each_database(|app| async move {
        let to = physician(&app, Email::Typed).await;
        queue(&app, to, 1).await;
        let kept = Arc::new(Mutex::new(Vec::new()));
        assert_eq!(deliver(&app, &Transport::Memory(kept.clone())).await, NOTHING);
        assert!(kept.lock().expect("no panic").is_empty());
        let row = only_row(&app).await;
        assert_eq!((row.channel.as_str(), row.state.as_str()), ("post", "waiting"));
        assert_eq!(row.address, "𠮷田 髙子");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_first_and_taken_later_under_the_same_message_id() {
    each_database(|app| async move {
        let mut server = Server::start(&[Answer::Say("451 4.3.0 try later")]).await;
        let to = physician(&app, Email::Verified).await;
        queue(&app, to, 1).await;
        assert_eq!(deliver(&app, &server.transport).await, PUT_OFF);
        let row = only_row(&app).await;
        assert_eq!((row.state.as_str(), row.next_attempt_at), ("waiting", now() + Duration::minutes(1)));
        assert!(row.answer.contains("try later"), "{}", row.answer);
        assert_eq!(deliver(&app, &server.transport).await, NOTHING, "its time has not come");
        app.clock.set(now() + Duration::minutes(1));
        assert_eq!(deliver(&app, &server.transport).await, SENT);
        let (first, second) = (server.next().await, server.next().await);
        assert_eq!(first, second, "the same letter to the byte");
        assert_eq!(header(&second, "Message-ID"), row.message_id);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mailbox_that_does_not_exist_is_asked_once() {
    each_database(|app| async move {
        let server = Server::start(&[Answer::Say("550 5.1.1 no such user")]).await;
        let to = physician(&app, Email::Verified).await;
        queue(&app, to, 1).await;
        assert_eq!(deliver(&app, &server.transport).await, FAILED);
        let row = only_row(&app).await;
        assert_eq!((row.channel.as_str(), row.state.as_str(), row.attempts), ("post", "waiting", 1));
        assert!(row.answer.contains("no such user"), "{}", row.answer);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attempts_have_an_end() {
    each_database(|app| async move {
        let server = Server::start(&[Answer::Say("421 busy"); 20]).await;
        let to = physician(&app, Email::Verified).await;
        queue(&app, to, 1).await;
        for attempt in 1..app.settings.mail.attempts {
            assert_eq!(deliver(&app, &server.transport).await, PUT_OFF, "attempt {attempt}");
            app.clock.set(only_row(&app).await.next_attempt_at);
        }
        assert_eq!(deliver(&app, &server.transport).await, FAILED);
        app.clock.set(now() + Duration::days(365));
        assert_eq!(deliver(&app, &server.transport).await, NOTHING);
        assert_eq!(only_row(&app).await.channel, "post", "the office posts it now");
    })
    .await;
}

/// The worker is killed while the server has the letter and has not answered: the one case in which a letter
/// may arrive twice, and then it carries the same Message-ID.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_whose_worker_died_is_sent_by_another() {
    each_database(|app| async move {
        let mut server = Server::start(&[Answer::Silence]).await;
        let to = physician(&app, Email::Verified).await;
        queue(&app, to, 1).await;
        let dying = tokio::spawn({
            let (app, transport) = (app.clone(), server.transport.clone());
            async move { deliver(&app, &transport).await }
        });
        let first = server.next().await;
        dying.abort();
        assert!(dying.await.expect_err("killed").is_cancelled());
        let heir = another(&app, now() + Duration::minutes(14)).await;
        assert_eq!(deliver(&heir, &server.transport).await, NOTHING, "the dead worker's lease still runs");
        heir.clock.set(now() + Duration::minutes(16));
        assert_eq!(deliver(&heir, &server.transport).await, SENT);
        let second = server.next().await;
        assert_eq!(header(&first, "Message-ID"), header(&second, "Message-ID"));
        let row = only_row(&heir).await;
        assert_eq!((row.state.as_str(), row.attempts), ("sent", 2));
        heir.db.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_that_kills_every_worker_is_given_up() {
    each_database(|app| async move {
        let mut server = Server::start(&[Answer::Silence; 20]).await;
        let to = physician(&app, Email::Verified).await;
        queue(&app, to, 1).await;
        for attempt in 0..app.settings.mail.attempts {
            app.clock.set(now() + Duration::minutes(16) * attempt);
            let dying = tokio::spawn({
                let (app, transport) = (app.clone(), server.transport.clone());
                async move { deliver(&app, &transport).await }
            });
            server.next().await;
            dying.abort();
            assert!(dying.await.expect_err("killed").is_cancelled());
        }
        app.clock.set(now() + Duration::days(1));
        assert_eq!(deliver(&app, &server.transport).await, FAILED);
        assert_eq!(only_row(&app).await.channel, "post", "the office posts it now");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_at_once_never_send_a_letter_twice() {
    each_database(|app| async move {
        let to = physician(&app, Email::Verified).await;
        queue(&app, to, 60).await;
        let kept = Arc::new(Mutex::new(Vec::new()));
        let workers: Vec<_> = [another(&app, now()).await, another(&app, now()).await, app.clone()]
            .into_iter()
            .map(|app| {
                let transport = Transport::Memory(kept.clone());
                tokio::spawn(async move {
                    let mut sent = 0;
                    // A round may come away empty when others took its rows: the end is an empty desk.
                    while rows(&app).await.iter().any(|row| row.state == "waiting") {
                        sent += deliver(&app, &transport).await.sent;
                    }
                    sent
                })
            })
            .collect();
        let mut sent = 0;
        for worker in workers {
            sent += worker.await.expect("no panic");
        }
        let mut copies: HashMap<String, u32> = HashMap::new();
        for text in kept.lock().expect("no panic").iter() {
            *copies.entry(header(&text.replace("\r\n", "\n"), "Message-ID").to_owned()).or_default() += 1;
        }
        assert_eq!((sent, copies.len()), (60, 60));
        assert!(copies.values().all(|copies| *copies == 1), "{copies:?}");
        assert!(rows(&app).await.iter().all(|row| row.state == "sent" && row.attempts == 1));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_folder_holds_one_file_for_each_letter() {
    each_database(|app| async move {
        let to = physician(&app, Email::Verified).await;
        queue(&app, to, 2).await;
        let transport = Transport::open(&app.settings.mail, &app.settings.data).expect("folder");
        assert_eq!(deliver(&app, &transport).await, Delivery { sent: 2, ..NOTHING });
        for row in rows(&app).await {
            let file = app.settings.data.join("mail").join(format!("{}.eml", row.id));
            let text = std::fs::read_to_string(file).expect("the letter is there");
            assert!(text.contains(&row.message_id), "{text}");
        }
    })
    .await;
}

/// A mail server that refuses every letter and every connection by turns for an hour, then takes all: nothing is lost,
/// nothing arrives twice, and what was written in the hour leaves too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_server_down_for_an_hour_loses_nothing() {
    each_database(|app| async move {
        let to = physician(&app, Email::Verified).await;
        queue(&app, to, 7).await;
        let mut busy = Server::start(&[Answer::Say("421 4.3.2 going down"); 1000]).await;
        let closed = nobody_listens().await;
        let begin = app.clock.now();
        let mut minute = 0;
        while minute < 60 {
            if minute == 30 {
                queue(&app, to, 5).await;
            }
            let transport = if minute % 2 == 0 { &closed } else { &busy.transport };
            let outcome = deliver(&app, transport).await;
            assert_eq!((outcome.sent, outcome.failed), (0, 0), "in minute {minute}");
            minute += 1;
            app.clock.set(begin + Duration::minutes(minute));
        }
        assert!(
            rows(&app)
                .await
                .iter()
                .all(|row| row.state == "waiting" && row.attempts < app.settings.mail.attempts)
        );
        let refused = std::iter::from_fn(|| busy.letters.try_recv().ok()).count();
        assert!(refused > 12, "{refused} letters were offered and refused");

        let mut server = Server::start(&[]).await;
        let mut sent = 0;
        // The longest pause after an hour of trying is four hours.
        for step in 0..30 {
            sent += deliver(&app, &server.transport).await.sent;
            sent += deliver(&app, &server.transport).await.sent;
            app.clock.set(begin + Duration::minutes(60 + 10 * step));
        }
        assert_eq!(sent, 12);
        let mut seen = HashMap::new();
        while let Ok(text) = server.letters.try_recv() {
            *seen.entry(header(&text, "Message-ID").to_owned()).or_insert(0) += 1;
        }
        assert!(seen.len() == 12 && seen.values().all(|copies| *copies == 1), "{seen:?}");
        assert!(rows(&app).await.iter().all(|row| row.state == "sent" && row.channel == "mail"));
    })
    .await;
}

/// A transport to a port of this machine at which nobody listens any more.
async fn nobody_listens() -> Transport {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    drop(listener);
    let settings = mamis_app::settings::Mail {
        transport: "smtp".to_owned(),
        smtp_url: format!("smtp://127.0.0.1:{port}"),
        ..Default::default()
    };
    Transport::open(&settings, std::path::Path::new(".")).expect("the address is right")
}
