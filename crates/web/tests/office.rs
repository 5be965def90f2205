//! Pages of an office about people: officers, physicians, letters by post.

use crate::client::{Answer, Browser, each_world};
use axum::http::{StatusCode, header};
use mamis_app::App;
use mamis_schema::{account, audit_entry, outbox, physician};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use std::sync::Arc;
use uuid::Uuid;

async fn account_of(app: &App, login_id: &str) -> account::Model {
    account::Entity::find()
        .filter(account::Column::LoginId.eq(login_id))
        .one(app.db.read())
        .await
        .expect("reads")
        .expect("in the named world")
}

async fn acting(app: &Arc<App>, login_id: &str) -> Browser {
    let mut browser = Browser::new(app);
    browser.log_in(app, login_id).await;
    browser
}

fn is_mended(answer: &Answer) -> bool {
    answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.body.contains("error-summary")
}

#[tokio::test]
async fn an_officer_without_device_enrols_anew_at_the_next_login() {
    each_world(|app| async move {
        let lost = account_of(&app, "fujisawa-cert").await.officer.expect("an officer");
        let mut admin = acting(&app, "fujisawa-admin").await;
        let list = admin.get("/officers").await.body;
        let form = format!("/officers/{lost}/second-factor-resets");
        assert!(list.contains("浜野 大地") && list.contains(&format!("{form}/new")), "{list}");
        assert!(list.contains("ほかの管理の担当者か"), "one's own cannot be: {list}");
        let page = admin.get(&format!("{form}/new")).await.body;
        assert!(page.contains("本人であること"), "{page}");
        assert!(is_mended(&admin.post(&form, &[("reason", "")]).await));
        let done = admin.post(&form, &[("reason", "紛失。窓口で確認")]).await;
        assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/officers"));

        let mut owner = Browser::new(&app);
        let fields = [("login_id", "fujisawa-cert"), ("password", mamis_app::seed::PASSWORD)];
        owner.post("/login", &fields).await;
        let away = owner.get("/desk").await;
        assert!(away.location().starts_with("/login/second-factor"), "{}", away.location());
        assert!(owner.get("/login/second-factor").await.location().starts_with("/login/second-factor/new"));
        let mut stranger = acting(&app, "national-cert").await;
        assert_eq!(stranger.get("/officers").await.status, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn a_login_is_reset_by_post_and_the_letter_is_printed_and_recorded() {
    each_world(|app| async move {
        let sato = account_of(&app, "sato").await.physician.expect("a physician");
        physician::Entity::update_many()
            .col_expr(physician::Column::EmailVerifiedAt, Expr::value(None::<chrono::DateTime<chrono::Utc>>))
            .filter(physician::Column::Id.eq(sato))
            .exec(app.db.write())
            .await
            .expect("writes");
        let mut office = acting(&app, "fujisawa-admin").await;
        let list = office.get("/physicians?without_email=1&q=%E4%BD%90%E8%97%A4").await.body;
        assert!(list.contains(&format!("/physicians/{sato}")) && list.contains("郵送"), "{list}");
        let form = format!("/physicians/{sato}/login-links");
        let page = office.get(&format!("/physicians/{sato}")).await.body;
        assert!(page.contains(&format!("{form}/new")), "{page}");
        let contacts = office.get(&format!("/physicians/{sato}?tab=contacts")).await.body;
        assert!(contacts.contains("未確認"), "{contacts}");
        assert!(office.get(&format!("{form}/new")).await.body.contains("郵送（確認済み"));
        assert!(is_mended(&office.post(&form, &[("reason", "")]).await));
        assert_eq!(office.post(&form, &[("reason", "電話で確認")]).await.status, StatusCode::SEE_OTHER);

        let letter = outbox::Entity::find()
            .filter(outbox::Column::Kind.eq("login_link"))
            .one(app.db.read())
            .await
            .expect("reads")
            .expect("a letter");
        let id = letter.id.to_string();
        assert!(office.get("/desk").await.body.contains("郵送を待っている案内"));
        let list = office.get("/post-letters").await.body;
        assert!(list.contains(&id) && list.contains("登録あり"), "{list}");
        let file = office.post("/post-letters/prints", &[("id", &id)]).await;
        assert_eq!(file.headers[header::CONTENT_TYPE], "application/pdf");
        assert!(is_mended(&office.post("/post-letters/prints", &[]).await), "nothing chosen");
        let wrong = office.post("/post-letters/postings", &[("id", &id), ("act", "unneeded")]).await;
        assert!(is_mended(&wrong) && wrong.body.contains("checked"), "the choice stays: {}", wrong.body);
        let fields = [("id", id.as_str()), ("act", "posted"), ("posted_on", "2026-11-22")];
        assert_eq!(office.post("/post-letters/postings", &fields).await.status, StatusCode::SEE_OTHER);
        assert_eq!(office.post("/post-letters/postings", &fields).await.status, StatusCode::CONFLICT);
        assert!(office.get("/post-letters?view=posted").await.body.contains("片瀬 由香"));
    })
    .await;
}

#[tokio::test]
async fn a_physician_is_shown_as_deep_as_the_duty_looks() {
    each_world(|app| async move {
        let sato: Uuid = account_of(&app, "sato").await.physician.expect("a physician");
        let page = format!("/physicians/{sato}");
        let mut training = acting(&app, "fujisawa-training").await;
        let shown = training.get(&page).await.body;
        assert!(shown.contains("藤沢市医師会（A②(B)）") && !shown.contains("生年月日"), "{shown}");
        let mut certification = acting(&app, "fujisawa-cert").await;
        let shown = certification.get(&page).await.body;
        assert!(shown.contains("生年月日") && !shown.contains("login-links"), "{shown}");
        assert_eq!(certification.get(&format!("{page}/login-links/new")).await.status, StatusCode::NOT_FOUND);
        let mut stranger = acting(&app, "yokohama-cert").await;
        assert_eq!(stranger.get(&page).await.status, StatusCode::NOT_FOUND);
        let mut own = acting(&app, "sato").await;
        let looks = own.get("/my/looks").await.body;
        assert!(looks.contains("浜野 大地") && !looks.contains("江口 里奈"), "only full data: {looks}");
    })
    .await;
}

#[tokio::test]
async fn an_officer_fills_in_the_physicians_own_forms() {
    each_world(|app| async move {
        let sato: Uuid = account_of(&app, "sato").await.physician.expect("a physician");
        let base = format!("/on-behalf/{sato}");
        let mut office = acting(&app, "fujisawa-cert").await;
        assert!(office.get(&format!("/physicians/{sato}")).await.body.contains(&base));
        let start = office.get(&base).await.body;
        let new = format!("{base}/applications/new?scheme=occupational_physician&amp;kind=renewal");
        assert!(start.contains(&new) || start.contains(&new.replace("&amp;", "&#38;")), "{start}");
        let form = office.get(&new.replace("&amp;", "&")).await.body;
        assert!(
            form.contains("佐藤 恵子さんの代理で入力しています") && form.contains("代理入力の理由"),
            "{form}"
        );
        assert!(form.contains("認定台帳"), "the menu stays the officer's: {form}");
        let fields = |reason| [("scheme", "occupational_physician"), ("kind", "renewal"), ("reason", reason)];
        assert!(is_mended(&office.post(&format!("{base}/applications"), &fields("")).await));
        let begun = office.post(&format!("{base}/applications"), &fields("郵送の申請書")).await;
        let edit = begun.location().to_owned();
        assert!(edit.starts_with(&format!("{base}/applications/")) && edit.ends_with("/edit"), "{edit}");
        let page = office.get(&edit).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(!page.body.contains("action=\"/applications"), "every form leads back here: {}", page.body);
        let saved = office.post(&edit.replace("/edit", "/draft"), &[("remarks", "代理です")]).await;
        assert_eq!(saved.location(), edit);
        assert!(office.get(&edit).await.body.contains("代理です"));
        let list = office.get(&format!("{base}/paper-credits")).await.body;
        assert!(list.contains(&format!("{base}/paper-credits/new")), "{list}");
        assert_eq!(office.get(&format!("{base}/my/account")).await.location(), "/my/account");

        let mut own = acting(&app, "sato").await;
        let mine = own.get(&edit.replace(&base, "")).await.body;
        assert!(mine.contains("代理です"), "the physician sees the same draft: {mine}");
        let mut stranger = acting(&app, "yokohama-cert").await;
        for path in [base.as_str(), edit.as_str()] {
            assert_eq!(stranger.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_suspended_officer_reads_why_the_login_is_refused() {
    each_world(|app| async move {
        let id = account_of(&app, "fujisawa-cert").await.officer.expect("an officer");
        let mut admin = acting(&app, "fujisawa-admin").await;
        let mut owner = acting(&app, "fujisawa-cert").await;
        let list = admin.get("/officers").await.body;
        assert!(list.contains(&format!("/officers/{id}/suspensions/new")), "{list}");
        let page = admin.get(&format!("/officers/{id}/suspensions/new")).await.body;
        let (suspend, restore) =
            (format!("/officers/{id}/suspensions"), format!("/officers/{id}/restorations"));
        assert!(page.contains(&format!("action=\"{suspend}\"")), "{page}");
        assert!(is_mended(&admin.post(&suspend, &[("reason", "")]).await));
        assert_eq!(admin.post(&suspend, &[("reason", "休職")]).await.location(), "/officers");
        assert!(owner.get("/desk").await.location().starts_with("/login"), "the session ended");
        let fields = [("login_id", "fujisawa-cert"), ("password", mamis_app::seed::PASSWORD)];
        let refused = owner.post("/login", &fields).await;
        assert!(is_mended(&refused) && refused.body.contains("利用が停止されています"), "{}", refused.body);
        assert!(admin.get("/officers").await.body.contains("停止中"));
        let page = admin.get(&format!("/officers/{id}/suspensions/new")).await.body;
        assert!(page.contains(&format!("action=\"{restore}\"")), "{page}");
        assert_eq!(admin.post(&restore, &[("reason", "復職")]).await.location(), "/officers");
        assert_eq!(owner.post("/login", &fields).await.status, StatusCode::SEE_OTHER);
    })
    .await;
}

#[tokio::test]
async fn a_form_on_behalf_that_comes_back_is_a_look_as_well() {
    each_world(|app| async move {
        let sato: Uuid = account_of(&app, "sato").await.physician.expect("a physician");
        let base = format!("/on-behalf/{sato}");
        let mut office = acting(&app, "fujisawa-cert").await;
        let looks = || async {
            let found = audit_entry::Entity::find()
                .filter(audit_entry::Column::Action.eq("physician.look"))
                .filter(audit_entry::Column::Physician.eq(sato));
            found.count(app.db.read()).await.expect("counts")
        };
        let scheme = [("scheme", "occupational_physician"), ("kind", "renewal")];
        let again =
            office.post(&format!("{base}/applications"), &[scheme[0], scheme[1], ("reason", "")]).await;
        assert!(is_mended(&again));
        assert_eq!(looks().await, 1, "the form shows the physician's data again");
        let begun =
            office.post(&format!("{base}/applications"), &[scheme[0], scheme[1], ("reason", "郵送")]).await;
        assert_eq!((begun.status, looks().await), (StatusCode::SEE_OTHER, 1), "what leads on shows nothing");
        office.get(begun.location()).await;
        assert_eq!(looks().await, 2);
    })
    .await;
}
