//! The pages of passkeys; that a device opens the door is tried in `app` and in the browser.

use crate::client::{Browser, each_world};
use crate::doors::{Owes, session_of};
use axum::http::{Method, StatusCode};
use mamis_app::App;
use mamis_app::seed::PASSWORD;
use mamis_schema::{account, credential, passkey};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::Value;
use uuid::Uuid;

async fn account_of(app: &App, login_id: &str) -> Uuid {
    let found = account::Entity::find().filter(account::Column::LoginId.eq(login_id)).one(app.db.read());
    found.await.expect("reads").expect("is there").id
}

/// A passkey of somebody. Whoever has its device is not asked here.
async fn keep(app: &App, login_id: &str, name: &str) -> Uuid {
    let id = Uuid::now_v7();
    let row = passkey::Model {
        id,
        account: account_of(app, login_id).await,
        external_id: id.to_string(),
        name: name.to_owned(),
        data: "{}".to_owned(),
        created_at: app.clock.now(),
        last_used_at: None,
    };
    passkey::ActiveModel::from(row).reset_all().insert(app.db.write()).await.expect("writes");
    id
}

async fn ask(browser: &mut Browser, path: &str, body: &str) -> (StatusCode, String) {
    let answer = browser.ask(Method::POST, path, &[("sec-fetch-site", "same-origin")], body).await;
    (answer.status, answer.body)
}

fn read(body: &str) -> Value {
    serde_json::from_str(body).expect("JSON")
}

#[tokio::test]
async fn the_login_page_offers_a_passkey_and_takes_no_broken_answer() {
    each_world(|app| async move {
        let mut browser = Browser::new(&app);
        let page = browser.get("/login").await;
        assert!(page.body.contains("data-passkey-host=\"localhost\""), "{}", page.body);
        assert!(page.body.contains("http://localhost:8080/login"), "the number leads to the name");
        assert!(!page.body.contains("<script>"), "no script within the page");
        assert_eq!(browser.get("/static/js/passkey.js").await.status, StatusCode::OK);

        let (status, question) = ask(&mut browser, "/login/passkey/challenges", "").await;
        let question = read(&question);
        assert_eq!((status, &question["options"]["rpId"]), (StatusCode::OK, &Value::from("localhost")));
        let challenge = question["challenge"].as_str().expect("an id").to_owned();
        let answer = browser
            .post("/login/passkey", &[("challenge", &challenge), ("answer", "{}"), ("next", "/my/credits")])
            .await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains("読み取れませんでした"), "{}", answer.body);
        assert!(answer.body.contains("value=\"/my/credits\""), "the page somebody wanted is kept");
    })
    .await;
}

#[tokio::test]
async fn ones_own_passkeys_are_listed_named_and_removed() {
    each_world(|app| async move {
        let id = keep(&app, "sato", "古い端末").await;
        let mut browser = Browser::new(&app);
        browser.log_in(&app, "sato").await;
        let page = browser.get("/my/account").await;
        assert!(
            page.body.contains("古い端末") && page.body.contains("まだ使われていません"),
            "{}",
            page.body
        );

        let path = "/my/account/passkeys/challenges";
        let (status, said) = ask(&mut browser, path, "passkey_password=wrong-password").await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(said.contains("パスワードが違います"), "{said}");

        let bad = browser.post(&format!("/my/account/passkeys/{id}"), &[("passkey_name", "")]).await;
        assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
        let named =
            browser.post(&format!("/my/account/passkeys/{id}"), &[("passkey_name", "新しい端末")]).await;
        assert_eq!((named.status, named.location()), (StatusCode::SEE_OTHER, "/my/account"));
        assert!(browser.get("/my/account").await.body.contains("<strong>新しい端末</strong>"));
        let broken = [("passkey_name", "机の上"), ("challenge", ""), ("answer", "")];
        let answer = browser.post("/my/account/passkeys", &broken).await;
        assert!(answer.body.contains("value=\"机の上\""), "what was typed is kept: {}", answer.body);
        let gone = browser.post(&format!("/my/account/passkeys/{id}/removals"), &[]).await;
        assert_eq!(gone.location(), "/my/account");
        assert!(browser.get("/my/account").await.body.contains("登録されているパスキーは、ありません。"));
    })
    .await;
}

#[tokio::test]
async fn an_officer_without_a_factor_chooses_and_one_with_a_passkey_is_asked_for_it() {
    each_world(|app| async move {
        let account = account_of(&app, "fujisawa-cert").await;
        credential::Entity::delete_many()
            .filter(credential::Column::Account.eq(account))
            .exec(app.db.write())
            .await
            .expect("writes");
        let mut browser = Browser::new(&app);
        browser.post("/login", &[("login_id", "fujisawa-cert"), ("password", PASSWORD)]).await;
        let page = browser.get("/login/second-factor/new").await;
        assert!(page.body.contains("認証アプリを登録する") && page.body.contains("パスキーを登録する"));
        let (status, question) = ask(&mut browser, "/login/second-factor/new/passkey/challenges", "").await;
        assert_eq!(status, StatusCode::OK);
        let question = read(&question);
        assert_eq!(question["options"]["authenticatorSelection"]["residentKey"], "required");
        assert_eq!(question["options"]["authenticatorSelection"]["userVerification"], "required");
        let answer = browser.post("/login/second-factor/new/passkey", &[("passkey_name", "机の上")]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains("QRコード"), "the app is on offer still");

        keep(&app, "fujisawa-cert", "事務局のパソコン").await;
        let led = browser.get("/login/second-factor/new").await;
        assert!(led.location().starts_with("/login/second-factor?next="), "{}", led.location());
        let page = browser.get("/login/second-factor").await;
        assert!(page.body.contains("登録したパスキーでの確認が必要です"), "{}", page.body);
        assert!(!page.body.contains("name=\"code\""), "there is no app to take a code from");
        let (status, _) = ask(&mut browser, "/login/second-factor/new/passkey/challenges", "").await;
        assert_eq!(status, StatusCode::FORBIDDEN);

        let mut inside = session_of(&app, account, Owes::Nothing).await;
        let page = inside.get("/my/account").await;
        assert!(page.body.contains("ただ一つの二要素認証のため、削除できません。"), "{}", page.body);
    })
    .await;
}
