//! The texts of mails: versions, who may, and letters that leave whatever somebody wrote.

use crate::office::officer;
use mamis_app::audit::Entry;
use mamis_app::mail::text::{Text, built_in};
use mamis_app::mail::{Letter, Recipient, queue, queue_all};
use mamis_app::mail_text::{actions, lists};
use mamis_app::testing::{each_world, now};
use mamis_app::{App, Cx, Error};
use mamis_rules::base::PhysicianId;
use mamis_schema::{account, mail_text, outbox};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

const KIND: &str = "application_received";

fn own() -> Text {
    Text {
        subject: "受け付けました {{ number }}".to_owned(),
        body: "{{ name }} 先生\n\n{{ link }}".to_owned(),
    }
}

async fn letter(app: &Arc<App>) -> outbox::Model {
    let login = account::Column::LoginId.eq("sato");
    let sato = account::Entity::find().filter(login).one(app.db.read()).await.expect("reads");
    let to = PhysicianId(sato.expect("is there").physician.expect("a physician"));
    let data = json!({
        "name": "佐藤 恵子", "procedure": "認定産業医 更新", "number": "A2026-000001", "office": "藤沢市医師会",
        "applied_on": "2026年11月22日", "link": "https://mamis.example/my",
    });
    let letter = || Letter::new(KIND, Recipient::Physician(to), &data).expect("composes");
    let cx = Cx::system(app, "test");
    let mut tx = cx.begin().await.expect("begins");
    queue(&cx, &mut tx, letter()).await.expect("queues");
    queue_all(&cx, &mut tx, vec![letter()]).await.expect("queues");
    tx.audit(Entry::new("test.write", "test", Uuid::from(to)));
    tx.commit().await.expect("commits");
    let rows = outbox::Entity::find().filter(outbox::Column::Kind.eq(KIND)).order_by_desc(outbox::Column::Id);
    let mut rows = rows.all(app.db.read()).await.expect("reads");
    rows.truncate(2);
    assert_eq!((&rows[0].subject, &rows[0].body), (&rows[1].subject, &rows[1].body), "alone or among many");
    rows.remove(0)
}

#[tokio::test]
async fn a_text_has_versions_and_any_of_them_can_come_back() {
    each_world(|app| async move {
        let built = letter(&app).await;
        let national = officer(&app, "national-admin").await;
        assert_eq!(actions::save(&national, KIND, &own(), 0).await.expect("saves"), 1);
        let changed = letter(&app).await;
        assert_eq!(changed.subject, "受け付けました A2026-000001");
        assert!(
            changed.body.starts_with("佐藤 恵子 先生\n") && changed.body.contains("――――"),
            "{}",
            changed.body
        );
        let second = Text { subject: "二番目".to_owned(), ..own() };
        let stale = actions::save(&national, KIND, &second, 0).await;
        assert!(matches!(stale, Err(Error::Stale(_))), "{stale:?}");
        assert_eq!(actions::save(&national, KIND, &second, 1).await.expect("saves"), 2);
        assert_eq!(letter(&app).await.subject, "二番目");
        actions::restore(&national, KIND, Some(1), 2).await.expect("comes back");
        assert_eq!(letter(&app).await.subject, changed.subject);
        actions::restore(&national, KIND, None, 3).await.expect("the built-in one");
        assert_eq!(letter(&app).await.body, built.body);
        let edited = lists::find(&national, KIND).await.expect("theirs");
        assert_eq!((edited.version(), edited.versions.len()), (4, 4));
        assert_eq!(edited.text, built_in(KIND).expect("is there"));
        assert!(matches!(actions::restore(&national, KIND, Some(9), 4).await, Err(Error::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn only_the_national_office_changes_what_all_mails_say() {
    each_world(|app| async move {
        for login in ["fujisawa-admin", "national-cert", "kanagawa-cert"] {
            let cx = officer(&app, login).await;
            assert!(matches!(lists::all(&cx).await, Err(Error::NotFound)), "{login}");
            assert!(matches!(lists::find(&cx, KIND).await, Err(Error::NotFound)), "{login}");
            assert!(matches!(actions::save(&cx, KIND, &own(), 0).await, Err(Error::Refused(_))), "{login}");
            assert!(matches!(actions::restore(&cx, KIND, None, 0).await, Err(Error::Refused(_))), "{login}");
        }
        let national = officer(&app, "national-admin").await;
        let broken = Text { body: "{{ nobody }}\n{{ link }}".to_owned(), ..own() };
        let refused = actions::save(&national, KIND, &broken, 0).await.expect_err("must be refused");
        let Error::Invalid(problems) = refused else { panic!("{refused:?}") };
        assert!(problems[0].text.contains("1行目の「nobody」"), "{problems:?}");
        assert!(matches!(actions::save(&national, "nothing", &own(), 0).await, Err(Error::NotFound)));
        assert!(lists::all(&national).await.expect("theirs").iter().all(|(_, newest)| newest.is_none()));
    })
    .await;
}

/// As after an upgrade that took a variable away: the text was right when it was saved.
#[tokio::test]
async fn a_text_that_fails_at_sending_gives_way_to_the_built_in_one_and_tells() {
    each_world(|app| async move {
        let built = letter(&app).await;
        let row = mail_text::Model {
            id: Uuid::now_v7(),
            kind: KIND.to_owned(),
            version: 1,
            subject: "x".to_owned(),
            body: "{{ taken_away }}".to_owned(),
            by_name: String::new(),
            created_at: now(),
            failed_at: None,
            failure: String::new(),
        };
        mail_text::ActiveModel::from(row).reset_all().insert(app.db.write()).await.expect("writes");
        let sent = letter(&app).await;
        assert_eq!((sent.subject, sent.body), (built.subject, built.body));
        let national = officer(&app, "national-admin").await;
        let edited = lists::find(&national, KIND).await.expect("theirs");
        assert!(edited.versions[0].failed_at.is_some() && !edited.versions[0].failure.is_empty());
        let refused = actions::restore(&national, KIND, Some(1), 1).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    })
    .await;
}
