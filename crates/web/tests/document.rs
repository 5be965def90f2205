//! The documents of physicians and of hosts, as a browser asks for them.

use crate::browser::{Browser, each_world};
use axum::http::StatusCode;
use mamis_app::{App, Cx, document};
use mamis_rules::base::Day;
use mamis_schema::{account, credit, document as table, physician, training};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use std::sync::Arc;
use uuid::Uuid;

/// What stands between two texts, for the first time.
fn between<'a>(body: &'a str, before: &str, after: &str) -> &'a str {
    let rest = body.split_once(before).unwrap_or_else(|| panic!("{before}: {body}")).1;
    rest.split_once(after).expect("goes on").0
}

/// The newest document of a kind.
async fn newest(app: &App, kind: &str) -> table::Model {
    table::Entity::find()
        .filter(table::Column::Kind.eq(kind))
        .order_by_desc(table::Column::CreatedAt)
        .one(app.db.read())
        .await
        .expect("reads")
        .expect("issued")
}

async fn verified(app: &Arc<App>, anybody: &Browser, row: &table::Model, off: u32) -> String {
    let person = physician::Entity::find_by_id(row.physician.expect("somebody's")).one(app.db.read()).await;
    let born = Day::from(person.expect("reads").expect("there").birth_on);
    let month = ((born.month() - 1 + off) % 12 + 1).to_string();
    let path = format!("/verify/{}", row.verification_code.as_deref().expect("a code"));
    let form = anybody.get(&path).await;
    assert!(form.status == StatusCode::OK && form.body.contains("受講証明書"), "says what it is for");
    anybody.post(&path, &[("year", &born.year().to_string()), ("month", &month)]).await.body
}

async fn sato(app: &App) -> Uuid {
    let row = account::Entity::find().filter(account::Column::LoginId.eq("sato")).one(app.db.read()).await;
    row.expect("reads").expect("named").physician.expect("a physician")
}

#[tokio::test]
async fn a_physician_opens_an_attendance_certificate_and_anybody_checks_it() {
    each_world(|app| async move {
        let sato = Browser::of(&app, "sato").await;
        for way in ["/my", "/my/credits"] {
            assert!(sato.get(way).await.body.contains("href=\"/my/documents\""), "{way} leads there");
        }
        let page = sato.get("/my/documents").await;
        assert_eq!(page.status, StatusCode::OK);
        let action = between(&page.body, "<form method=\"post\" action=\"/my/trainings/", "\"");
        let made = sato.post(&format!("/my/trainings/{action}"), &[]).await;
        assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
        let file = sato.get(&made.location).await;
        assert_eq!(file.status, StatusCode::OK);
        assert_eq!(file.headers["content-type"], "application/pdf");
        let row = newest(&app, "attendance_certificate").await;
        assert!(made.location.contains(&row.id.to_string()));
        assert!(sato.get("/my/documents").await.body.contains(&row.number), "shown as issued");
        let other = Browser::of(&app, "mori").await;
        assert_eq!(other.get(&made.location).await.status, StatusCode::NOT_FOUND);

        let good = verified(&app, &other, &row, 0).await;
        assert!(good.contains("この証明書（受講証明書）は「有効」です。"), "{good}");
        let title = training::Entity::find_by_id(row.training.expect("of one")).one(app.db.read()).await;
        let title = title.expect("reads").expect("there").title;
        assert!(!good.contains("佐藤") && !good.contains(&title) && !good.contains(&row.number), "one word");
        assert!(verified(&app, &other, &row, 1).await.contains("確認できませんでした"));
        let mut revoked: table::ActiveModel = row.clone().into();
        revoked.revoked_at = sea_orm::Set(Some(app.clock.now()));
        revoked.update(app.db.write()).await.expect("writes");
        assert!(verified(&app, &other, &row, 0).await.contains("この証明書（受講証明書）は「無効」です。"));
    })
    .await;
}

#[tokio::test]
async fn a_physician_opens_the_statement_of_a_year() {
    each_world(|app| async move {
        let row = credit::Model {
            id: Uuid::now_v7(),
            physician: sato(&app).await,
            scheme: "cme".to_owned(),
            course: String::new(),
            category: String::new(),
            item: String::new(),
            curriculum_code: Some(12),
            amount: 150,
            earned_on: "2025-06-01".parse().expect("a day"),
            title: "糖尿病の診療".to_owned(),
            host_name: "藤沢市医師会".to_owned(),
            source: "training".to_owned(),
            training: None,
            credit_line: None,
            state: "confirmed".to_owned(),
            created_at: app.clock.now(),
        };
        credit::ActiveModel::from(row).reset_all().insert(app.db.write()).await.expect("writes");
        let sato = Browser::of(&app, "sato").await;
        let page = sato.get("/my/documents").await;
        assert!(page.body.contains("2025年度"), "{}", page.body);
        let made = sato.post("/my/credit-statements", &[("scheme", "cme"), ("year", "2025")]).await;
        assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
        let file = sato.get(&made.location).await;
        assert_eq!(file.headers["content-type"], "application/pdf");
        let row = newest(&app, "credit_statement").await;
        assert!(
            verified(&app, &sato, &row, 0)
                .await
                .contains("この証明書（学習単位取得証・単位取得証明書）は「有効」です。")
        );
        for wrong in [("cme", ""), ("", "2025"), ("medicine", "2025")] {
            let wrong = [("scheme", wrong.0), ("year", wrong.1)];
            let answer = sato.post("/my/credit-statements", &wrong).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{wrong:?}");
        }
        let none = sato.post("/my/credit-statements", &[("scheme", "cme"), ("year", "2011")]).await;
        assert!(none.body.contains("2011年度には、確定した"), "{}", none.body);
    })
    .await;
}

#[tokio::test]
async fn a_host_makes_them_for_everybody_and_downloads_the_file() {
    each_world(|app| async move {
        let credited = sea_orm::sea_query::Query::select()
            .column(credit::Column::Training)
            .from(credit::Entity)
            .and_where(credit::Column::Training.is_not_null())
            .to_owned();
        let held = training::Entity::find()
            .filter(training::Column::HostName.eq("藤沢市医師会"))
            .filter(training::Column::State.is_in([
                "credits_released",
                "reported",
                "report_confirmed",
                "done",
            ]))
            .filter(training::Column::Id.in_subquery(credited))
            .one(app.db.read())
            .await
            .expect("reads")
            .expect("one with credits");
        let path = format!("/trainings/{}/attendance-certificates", held.id);
        let host = Browser::of(&app, "fujisawa-training").await;
        let list = host.get(&format!("/trainings/{}/attendance", held.id)).await;
        assert!(list.body.contains(&path), "the list of attendees leads there");
        assert!(host.get(&path).await.body.contains("全員の受講証明書を作る"));
        let begun = host.post(&path, &[]).await;
        assert_eq!((begun.status, begun.location.as_str()), (StatusCode::SEE_OTHER, path.as_str()));
        assert!(host.get(&path).await.body.contains("作成中です"));
        let cx = Cx::system(&app, "test");
        while document::jobs::attendance_run::make(&cx).await.expect("makes").done > 0 {}
        let page = host.get(&path).await;
        let file = between(&page.body, "href=\"/document-runs/", "\"");
        let file = host.get(&format!("/document-runs/{file}")).await;
        assert_eq!(file.status, StatusCode::OK);
        assert_eq!(file.headers["content-type"], "application/pdf");
        let row = newest(&app, "attendance_certificate").await;
        let found = host.get(&format!("/documents?q={}", row.number)).await;
        assert!(found.body.contains(&format!("/documents/{}.pdf", row.id)), "{}", found.body);
        for other in ["kanagawa-training", "fujisawa-cert"] {
            let other = Browser::of(&app, other).await;
            assert!(!other.post(&path, &[]).await.status.is_redirection(), "{path}");
        }
    })
    .await;
}
