//! Letters that came back: known, shown, and never again to a mailbox that does not exist.

use crate::office::{body, officer};
use crate::smtp::{Answer, Server};
use chrono::Duration;
use mamis_app::mail::{Letter, Recipient, Recorded, Transport, deliver, queue, record_bounce};
use mamis_app::notice::lists::bounced;
use mamis_app::testing::{each_world, now};
use mamis_app::{App, Cx};
use mamis_rules::base::PhysicianId;
use mamis_schema::{account, outbox, physician};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

async fn sato(app: &App) -> physician::Model {
    let login = account::Column::LoginId.eq("sato");
    let row = account::Entity::find().filter(login).one(app.db.read()).await.expect("reads");
    let id = row.expect("is there").physician.expect("a physician");
    physician::Entity::find_by_id(id).one(app.db.read()).await.expect("reads").expect("is there")
}

async fn write(app: &Arc<App>) -> outbox::Model {
    let cx = Cx::system(app, "test");
    let data = json!({
        "name": "佐藤 恵子", "procedure": "認定産業医 更新", "number": "A2026-000001", "office": "藤沢市医師会",
        "applied_on": "2026年11月22日", "link": "https://mamis.example/my",
    });
    let to = PhysicianId(sato(app).await.id);
    let letter = Letter::new("application_received", Recipient::Physician(to), &data).expect("composes");
    let mut tx = cx.begin().await.expect("begins");
    queue(&cx, &mut tx, letter).await.expect("queues");
    tx.audit(mamis_app::audit::Entry::new("test.write", "test", Uuid::from(to)));
    tx.commit().await.expect("commits");
    newest(app).await
}

async fn newest(app: &App) -> outbox::Model {
    let rows = outbox::Entity::find().filter(outbox::Column::Kind.eq("application_received"));
    rows.order_by_desc(outbox::Column::Id).one(app.db.read()).await.expect("reads").expect("written")
}

fn report(message_id: &str, address: &str, status: &str) -> String {
    let original = match message_id {
        "" => String::new(),
        id => format!("--edge\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {id}\r\n\r\n"),
    };
    format!(
        "Subject: Undelivered\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; \
         report-type=delivery-status; boundary=\"edge\"\r\n\r\n--edge\r\nContent-Type: text/plain\r\n\r\nsorry\r\n\r\n\
         --edge\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n\
         Final-Recipient: rfc822; {address}\r\nAction: failed\r\nStatus: {status}\r\n\r\n{original}--edge--\r\n"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_that_came_back_goes_by_post_and_so_do_the_next_ones() {
    each_world(|app| async move {
        let memory = Transport::Memory(Arc::default());
        let sent = write(&app).await;
        assert_eq!(deliver(&app, &memory).await.expect("sends").sent, 1);
        let cx = Cx::system(&app, "bounces");
        let text = report(&sent.message_id, &sent.address, "5.1.1");
        let dead = Recorded::Letter { status: "5.1.1".to_owned(), dead: true };
        assert_eq!(record_bounce(&cx, text.as_bytes()).await.expect("records"), [dead]);
        assert_eq!(record_bounce(&cx, text.as_bytes()).await.expect("records"), [Recorded::Unknown], "once");
        let row = newest(&app).await;
        assert_eq!(
            (row.channel.as_str(), row.state.as_str(), row.bounce.as_str()),
            ("post", "waiting", "5.1.1")
        );

        let office = officer(&app, "fujisawa-cert").await;
        let (lines, total) = bounced(&office, 1).await.expect("lists");
        assert_eq!((total, lines[0].goes_by_post, lines[0].name.as_str()), (1, true, "佐藤 恵子"));
        assert_eq!(bounced(&officer(&app, "tokyo-cert").await, 1).await.expect("lists").1, 0, "not theirs");
        assert_eq!(write(&app).await.channel, "post", "the mailbox is gone");

        // The person proves an address anew, even the same one.
        app.clock.set(now() + Duration::hours(1));
        physician::Entity::update_many()
            .col_expr(physician::Column::EmailVerifiedAt, Expr::value(app.clock.now()))
            .filter(physician::Column::Id.eq(sato(&app).await.id))
            .exec(app.db.write())
            .await
            .expect("writes");
        mamis_app::testing::people_written(&app).await;
        assert_eq!(write(&app).await.channel, "mail");
        assert!(!bounced(&office, 1).await.expect("lists").0[0].goes_by_post);
    })
    .await;
}

#[tokio::test]
async fn what_says_nothing_about_the_mailbox_or_names_no_letter_stops_no_mail() {
    each_world(|app| async move {
        let memory = Transport::Memory(Arc::default());
        let cx = Cx::system(&app, "bounces");
        for (named, status) in [(true, "5.2.2"), (true, "5.7.1"), (false, "5.1.1")] {
            let sent = write(&app).await;
            assert_eq!(deliver(&app, &memory).await.expect("sends").sent, 1, "{status}");
            let id = if named { sent.message_id.as_str() } else { "" };
            let text = report(id, &sent.address, status);
            let came_back = Recorded::Letter { status: status.to_owned(), dead: false };
            assert_eq!(record_bounce(&cx, text.as_bytes()).await.expect("records"), [came_back]);
            assert_eq!(newest(&app).await.channel, "post", "the letter itself did not arrive");
        }
        assert_eq!(write(&app).await.channel, "mail");
        let strange = report("<nobody@nowhere>", "nobody@nowhere.example", "5.1.1");
        assert_eq!(record_bounce(&cx, strange.as_bytes()).await.expect("reads"), [Recorded::Unknown]);
        assert_eq!(record_bounce(&cx, b"Subject: away\r\n\r\nuntil Monday").await.expect("reads"), []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mailbox_refused_at_sending_is_known_at_once() {
    each_world(|app| async move {
        let server =
            Server::start(&[Answer::Say("550 5.7.1 spam"), Answer::Say("550 5.1.1 no such user")]).await;
        write(&app).await;
        assert_eq!(deliver(&app, &server.transport).await.expect("runs").failed, 1);
        let row = newest(&app).await;
        assert_eq!((row.bounce.as_str(), row.address_dead, row.channel.as_str()), ("5.7.1", false, "post"));
        assert_eq!(write(&app).await.channel, "mail", "the text was refused, not the mailbox");
        assert_eq!(deliver(&app, &server.transport).await.expect("runs").failed, 1);
        let row = newest(&app).await;
        assert!(row.address_dead && row.bounced_at.is_some(), "{row:?}");
        assert_eq!(write(&app).await.channel, "post");
        let office = officer(&app, "fujisawa-cert").await;
        assert_eq!(bounced(&office, 1).await.expect("lists").1, 2);
        assert_eq!(body(&app, "142051").await.name, "藤沢市医師会");
    })
    .await;
}
