//! Judging who is registered twice, as pages.

use crate::client::{Browser, each_world};
use axum::http::StatusCode;
use mamis_app::App;
use mamis_schema::{account, audit_entry, duplicate, physician};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use std::sync::Arc;
use uuid::Uuid;

async fn acting(app: &Arc<App>, login_id: &str) -> Browser {
    let mut browser = Browser::new(app);
    browser.log_in(app, login_id).await;
    browser
}

async fn who(app: &App, login_id: &str) -> Uuid {
    let login = account::Column::LoginId.eq(login_id);
    let row = account::Entity::find().filter(login).one(app.db.read()).await.expect("reads");
    row.expect("in the named world").physician.expect("a physician")
}

/// Sato and Tanaka, both of 藤沢市医師会, as if they were one.
async fn lay(app: &App) -> (Uuid, Uuid, Uuid) {
    let (sato, tanaka) = (who(app, "sato").await, who(app, "tanaka").await);
    let row = duplicate::Model {
        id: Uuid::now_v7(),
        first: sato.min(tanaka),
        second: sato.max(tanaka),
        score: 80,
        signs: r#"["reading","name"]"#.to_owned(),
        state: "open".to_owned(),
        reason: String::new(),
        decided_by: String::new(),
        decided_at: None,
        created_at: app.clock.now(),
        version: 1,
    };
    let id = row.id;
    duplicate::ActiveModel::from(row).reset_all().insert(app.db.write()).await.expect("writes");
    (id, sato, tanaka)
}

async fn looks(app: &App) -> u64 {
    let looks = audit_entry::Entity::find().filter(audit_entry::Column::Action.eq("physician.look"));
    looks.count(app.db.read()).await.expect("counts")
}

#[tokio::test]
async fn two_records_are_compared_merged_and_parted_again() {
    each_world(|app| async move {
        let (pair, sato, tanaka) = lay(&app).await;
        let own = format!("/duplicates/{pair}");
        let mut office = acting(&app, "fujisawa-admin").await;
        assert!(office.get("/physicians").await.body.contains("重複登録を確認する"));
        let list = office.get("/duplicates").await.body;
        assert!(
            list.contains(&own) && list.contains("佐藤 恵子") && list.contains("フリガナと生年月日が同じ"),
            "{list}"
        );
        let page = office.get(&own).await.body;
        assert!(
            page.contains("医籍登録番号") && page.contains("sato@example.jp") && page.contains("残す記録"),
            "{page}"
        );
        assert_eq!(looks(&app).await, 2, "both were looked at");
        let version = |page: &str, name: &str| {
            let at = page.split(&format!("name=\"{name}\" value=\"")).nth(1).expect("a version");
            at.split('"').next().expect("a number").to_owned()
        };
        let (first, second) = (version(&page, "first_version"), version(&page, "second_version"));
        let kept = if sato < tanaka { "first" } else { "second" };
        let fields =
            [("first_version", first.as_str()), ("second_version", &second), ("kept", kept), ("login", kept)];
        let silent = office.post(&format!("{own}/merges"), &fields).await;
        assert!(
            silent.status == StatusCode::UNPROCESSABLE_ENTITY && silent.body.contains("error-summary"),
            "{}",
            silent.body
        );
        let merges = [&fields[..], &[("reason", "本人に確認した"), ("field.phone", kept)]].concat();
        let done = office.post(&format!("{own}/merges"), &merges).await;
        assert!(done.location().starts_with("/merges/"), "{}: {}", done.status, done.body);
        let merge = done.location().to_owned();
        let late = office.post(&format!("{own}/merges"), &merges).await;
        assert!(late.status == StatusCode::CONFLICT && late.body.contains("統合しました"), "{}", late.body);
        let report = office.get(&merge).await.body;
        assert!(report.contains("移さなかったもの") && report.contains("元に戻せる期限"), "{report}");
        let mut national = acting(&app, "national-admin").await;
        assert_eq!(
            national.get(&format!("/physicians/{tanaka}")).await.location(),
            format!("/physicians/{sato}")
        );
        let mut gone = Browser::new(&app);
        let refused =
            gone.post("/login", &[("login_id", "tanaka"), ("password", mamis_app::seed::PASSWORD)]).await;
        assert_ne!(refused.status, StatusCode::SEE_OTHER, "the other login is closed");
        let undone = office.post(&format!("{merge}/undos"), &[("reason", "別の人だった")]).await;
        assert_eq!(undone.location(), merge, "{}", undone.body);
        let row = physician::Entity::find_by_id(tanaka).one(app.db.read()).await.expect("reads");
        assert_eq!(row.expect("is there").merged_into, None);
        let refused = office.post(&format!("{own}/refusals"), &[("different_reason", "別の人")]).await;
        assert_eq!(refused.location(), "/duplicates");
        assert!(office.get("/duplicates?view=different").await.body.contains("佐藤 恵子"));
    })
    .await;
}

#[tokio::test]
async fn the_national_office_says_why_before_it_compares() {
    each_world(|app| async move {
        let (pair, _, _) = lay(&app).await;
        let own = format!("/duplicates/{pair}");
        let mut national = acting(&app, "national-admin").await;
        let closed = national.get(&own).await.body;
        assert!(
            closed.contains("見る理由") && !closed.contains("@example.jp") && !closed.contains("残す記録"),
            "{closed}"
        );
        assert_eq!(looks(&app).await, 0);
        let again = national.post(&format!("{own}/looks"), &[("look_reason", "")]).await;
        assert!(
            again.status == StatusCode::UNPROCESSABLE_ENTITY && again.body.contains("f-look_reason-error")
        );
        let open = national.post(&format!("{own}/looks"), &[("look_reason", "重複登録の確認")]).await;
        assert_eq!(open.location(), own);
        assert!(national.get(&own).await.body.contains("残す記録"));
        assert_eq!(looks(&app).await, 2);
        let mut other = acting(&app, "tokyo-cert").await;
        assert_eq!(other.get(&own).await.status, StatusCode::NOT_FOUND);
    })
    .await;
}
