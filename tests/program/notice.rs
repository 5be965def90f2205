//! A notice to many people, and processes that are killed while they write and send it; mails that come back, handed to
//! the program as a mail server does.

use crate::mail::MailServer;
use crate::place::{Place, each_place, until};
use crate::process::Running;
use chrono::{DateTime, Utc};
use mamis_app::db::Db;
use mamis_schema::{association, notice, outbox};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use std::collections::{HashMap, HashSet};
use std::io::Write;
use std::process::Stdio;
use uuid::Uuid;

/// More than a few batches, so that a process dies between two of them.
const PEOPLE: usize = 2_600;

/// A notice of the national association to everybody, due since long.
async fn scheduled(db: &Db) -> Uuid {
    let national = association::Entity::find().filter(association::Column::Tier.eq("national"));
    let national = national.one(db.read()).await.expect("reads").expect("is there");
    let due: DateTime<Utc> = "2020-01-01T00:00:00Z".parse().expect("an instant");
    let row = notice::Model {
        id: Uuid::now_v7(),
        association: national.id,
        duties: "membership".to_owned(),
        query: String::new(),
        subject: "{氏名} 先生へ".to_owned(),
        body: "{氏名} 先生".to_owned(),
        obligatory: true,
        state: "scheduled".to_owned(),
        send_at: Some(due),
        reached: None,
        by_mail: 0,
        by_post: 0,
        unsubscribed: 0,
        problem: String::new(),
        by_name: String::new(),
        created_at: due,
        ended_at: None,
        version: 1,
    };
    let id = row.id;
    notice::ActiveModel::from(row).reset_all().insert(db.write()).await.expect("writes");
    id
}

async fn letters(db: &Db, id: Uuid) -> u64 {
    let letters = outbox::Entity::find().filter(outbox::Column::Notice.eq(id));
    letters.count(db.read()).await.expect("counts")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_reaches_everybody_once_whenever_processes_are_killed() {
    each_place(|place: Place| async move {
        place.load(PEOPLE, 1);
        let db = place.look().await;
        let mails = MailServer::start();
        let worker = || Running::work(crate::mail::with_mails(&place, &mails));
        let id = scheduled(&db).await;
        let mut written = 0;
        let mut kills = 0;
        while written < PEOPLE as u64 {
            let running = worker();
            until("more letters are written", || async { letters(&db, id).await > written }).await;
            running.kill();
            kills += 1;
            written = letters(&db, id).await;
        }
        assert!(kills > 1, "killed {kills} times only: everything was written at once");
        let running = worker();
        until("the notice is finished", || async {
            let row = notice::Entity::find_by_id(id).one(db.read()).await.expect("reads").expect("is there");
            row.state == "sent"
        })
        .await;
        let rows =
            outbox::Entity::find().filter(outbox::Column::Notice.eq(id)).all(db.read()).await.expect("reads");
        let people: HashSet<_> = rows.iter().map(|row| row.physician).collect();
        assert_eq!((people.len(), rows.len()), (PEOPLE, PEOPLE), "everybody once");
        until("some letters leave", || async {
            let sent = outbox::Entity::find().filter(outbox::Column::Notice.eq(id));
            let sent = sent.filter(outbox::Column::State.eq("sent"));
            sent.count(db.read()).await.expect("counts") > 30
        })
        .await;
        running.stop();
        let mut copies: HashMap<String, usize> = HashMap::new();
        for letter in mails.letters.try_iter() {
            *copies.entry(crate::mail::message_id(&letter)).or_default() += 1;
        }
        // The letter in the hands of a process that was killed may leave once more, under the same Message-ID.
        let twice: usize = copies.values().map(|copies| copies - 1).sum();
        assert!(copies.len() > 30 && twice <= kills, "{twice} letters twice after {kills} kills");
        comes_back(&place, &db, id).await;
        db.close().await;
    })
    .await;
}

/// A mail server hands a report to the program on standard input.
async fn comes_back(place: &Place, db: &Db, id: Uuid) {
    let sent = outbox::Entity::find().filter(outbox::Column::Notice.eq(id));
    let sent = sent.filter(outbox::Column::State.eq("sent")).one(db.read()).await;
    let sent = sent.expect("reads").expect("one was sent");
    let report = format!(
        "Content-Type: multipart/report; report-type=delivery-status; boundary=\"edge\"\r\n\r\n--edge\r\n\
         Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; {}\r\n\
         Action: failed\r\nStatus: 5.1.1\r\n\r\n--edge\r\nContent-Type: text/rfc822-headers\r\n\r\n\
         Message-ID: {}\r\n\r\n--edge--\r\n",
        sent.address, sent.message_id
    );
    for (message, said) in
        [(report.as_str(), "came back (5.1.1)"), ("Subject: away\r\n\r\nx", "no delivery report")]
    {
        let mut command = place.mamis();
        command.args(["admin", "bounces"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("runs");
        child.stdin.take().expect("piped").write_all(message.as_bytes()).expect("writes");
        let output = child.wait_with_output().expect("ends");
        let text = crate::process::text(&output.stdout);
        assert!(output.status.success() && text.contains(said), "{text}");
    }
    let row = outbox::Entity::find_by_id(sent.id).one(db.read()).await.expect("reads").expect("is there");
    assert!(row.bounced_at.is_some() && row.address_dead && row.channel == "post", "{row:?}");
}
