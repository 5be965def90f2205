//! The post list: one office for each letter, printed and recorded once.

use crate::office::officer;
use chrono::{DateTime, Utc};
use mamis_app::account::actions::reset_password;
use mamis_app::audit::Entry;
use mamis_app::mail::{KINDS, Letter, Recipient, queue};
use mamis_app::physician::actions::{Way, send_login_link};
use mamis_app::post_letter::actions::{Outcome, print, record};
use mamis_app::post_letter::lists::{self, Line, View};
use mamis_app::testing::{each_world, now};
use mamis_app::{App, Cx, Error};
use mamis_rules::base::{Day, PhysicianId};
use mamis_schema::{account, audit_entry, outbox, physician};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

async fn sato(app: &App) -> PhysicianId {
    let account = account::Entity::find()
        .filter(account::Column::LoginId.eq("sato"))
        .one(app.db.read())
        .await
        .expect("reads")
        .expect("in the named world");
    PhysicianId(account.physician.expect("a physician"))
}

/// 佐藤 恵子, without a verified address.
async fn unreachable(app: &App) -> PhysicianId {
    let id = sato(app).await;
    physician::Entity::update_many()
        .col_expr(physician::Column::EmailVerifiedAt, Expr::value(None::<DateTime<Utc>>))
        .filter(physician::Column::Id.eq(Uuid::from(id)))
        .exec(app.db.write())
        .await
        .expect("writes");
    id
}

async fn write(app: &Arc<App>, to: PhysicianId) {
    let cx = Cx::system(app, "test");
    let data = json!({
        "name": "佐藤 恵子", "procedure": "認定産業医 更新", "number": "A2026-000001", "office": "藤沢市医師会",
        "applied_on": "2026年11月22日", "link": "https://mamis.example/my",
    });
    let letter = Letter::new("application_received", Recipient::Physician(to), &data).expect("composes");
    let mut tx = cx.begin().await.expect("begins");
    queue(&cx, &mut tx, letter).await.expect("queues");
    tx.audit(Entry::new("test.write", "test", Uuid::from(to)));
    tx.commit().await.expect("commits");
}

async fn waiting(cx: &Cx) -> Vec<Line> {
    lists::page(cx, View::Waiting, "佐藤 恵子", 1).await.expect("lists").0
}

#[test]
fn the_kinds_of_the_certification_duty_are_letters() {
    for kind in mamis_rules::access::post_letter::CERTIFICATION {
        assert!(KINDS.contains(kind), "{kind}");
    }
}

#[tokio::test]
async fn an_office_prints_its_letters_and_records_when_they_went() {
    each_world(|app| async move {
        let to = unreachable(&app).await;
        write(&app, to).await;
        let local = officer(&app, "fujisawa-cert").await;
        let lines = waiting(&local).await;
        let [line] = &lines[..] else { panic!("one letter: {lines:?}") };
        assert!(line.destination.is_some() && !line.is_failed_mail());
        for login_id in ["kanagawa-cert", "national-cert", "tokyo-cert", "fujisawa-training"] {
            let other = officer(&app, login_id).await;
            assert!(waiting(&other).await.is_empty(), "{login_id}");
            let taken = record(&other, &[line.row.id], &Outcome::Posted(Some(Day::of(now())))).await;
            assert!(matches!(taken, Err(Error::NotFound | Error::Refused(_))), "{login_id}: {taken:?}");
        }
        let file = print(&local, &[line.row.id]).await.expect("prints");
        assert!(file.starts_with(b"%PDF-"));
        assert!(matches!(print(&local, &[]).await, Err(Error::Invalid(_))));
        let yesterday = Outcome::Posted(Some(Day::of(now()).plus_days(-1)));
        assert_eq!(record(&local, &[line.row.id], &yesterday).await.expect("records"), 1);
        assert!(matches!(record(&local, &[line.row.id], &yesterday).await, Err(Error::Stale(_))), "once");
        let (posted, _) = lists::page(&local, View::Posted, "佐藤 恵子", 1).await.expect("lists");
        assert_eq!(posted[0].row.posted_by, "浜野 大地");
        assert_eq!(posted[0].row.posted_on.map(Day::from), Some(Day::of(now()).plus_days(-1)));
        let entries = audit_entry::Entity::find()
            .filter(audit_entry::Column::ObjectKind.eq("post_letter"))
            .filter(audit_entry::Column::Physician.eq(Uuid::from(to)));
        assert_eq!(entries.count(app.db.read()).await.expect("counts"), 2, "printed and posted");
    })
    .await;
}

#[tokio::test]
async fn a_record_needs_a_day_that_can_be_or_a_reason() {
    each_world(|app| async move {
        write(&app, unreachable(&app).await).await;
        let local = officer(&app, "fujisawa-cert").await;
        let id = waiting(&local).await[0].row.id;
        for (outcome, field) in [
            (Outcome::Posted(None), "posted_on"),
            (Outcome::Posted(Some(Day::of(now()).plus_days(1))), "posted_on"),
            (Outcome::Unneeded(String::new()), "reason"),
        ] {
            match record(&local, &[id], &outcome).await {
                Err(Error::Invalid(problems)) => assert_eq!(problems[0].field, field),
                other => panic!("{field}: {other:?}"),
            }
        }
        record(&local, &[id], &Outcome::Unneeded("電話で伝えた".to_owned())).await.expect("records");
        assert!(waiting(&local).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn somebody_without_mail_gets_a_code_by_post_and_sets_a_password_with_it() {
    each_world(|app| async move {
        let to = unreachable(&app).await;
        let membership = officer(&app, "fujisawa-admin").await;
        let certifier = officer(&app, "fujisawa-cert").await;
        let refused = send_login_link(&certifier, to, "本人").await;
        assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
        assert!(matches!(send_login_link(&membership, to, "").await, Err(Error::Invalid(_))));
        assert_eq!(send_login_link(&membership, to, "電話で確認").await.expect("sends"), Way::Post);
        assert!(waiting(&certifier).await.is_empty(), "the code is for the membership duty");
        let lines = waiting(&membership).await;
        let [line] = &lines[..] else { panic!("one letter: {lines:?}") };
        let link = line.row.body.lines().find(|line| line.starts_with("http")).expect("a link");
        let code = link.rsplit('/').next().expect("a code");
        assert_eq!(code.len(), 14, "short enough to type: {code}");
        app.clock.set(now() + chrono::Duration::days(20));
        reset_password(&Cx::system(&app, "test"), code, "ほん棚のみぎから4番目").await.expect("works");
        let stranger = officer(&app, "yokohama-cert").await;
        assert!(matches!(send_login_link(&stranger, to, "本人").await, Err(Error::NotFound)));
        app.clock.set(now());
    })
    .await;
}

#[tokio::test]
async fn somebody_with_mail_gets_a_link_by_mail() {
    each_world(|app| async move {
        let to = sato(&app).await;
        let membership = officer(&app, "fujisawa-admin").await;
        assert_eq!(send_login_link(&membership, to, "電話で確認").await.expect("sends"), Way::Mail);
        let letter = outbox::Entity::find()
            .filter(outbox::Column::Kind.eq("login_link"))
            .one(app.db.read())
            .await
            .expect("reads")
            .expect("a letter");
        assert!(letter.channel == "mail" && letter.body.contains("ログインID: sato"), "{}", letter.body);
    })
    .await;
}
