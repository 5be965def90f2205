//! The pages of passkeys; that a device opens the door is tried in `app` and in the browser.

use crate::client::{Browser, each_world};
use crate::doors::{Owes, session_of};
use axum::http::{Method, StatusCode};
use mamis_app::App;
use mamis_app::account::one_time_code;
use mamis_app::seed::PASSWORD;
use mamis_schema::{account, credential, outbox, passkey, session};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
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

/// What a hidden field of a form holds.
fn field<'a>(page: &'a str, name: &str) -> &'a str {
    let mark = format!("name=\"{name}\" value=\"");
    let at = page.find(&mark).expect("a hidden field") + mark.len();
    page[at..].split('"').next().expect("its value")
}

#[tokio::test]
async fn an_app_that_is_the_only_factor_left_stays() {
    each_world(|app| async move {
        let account = account_of(&app, "fujisawa-cert").await;
        let apps = credential::Entity::find().filter(credential::Column::Account.eq(account));
        credential::Entity::delete_many()
            .filter(credential::Column::Account.eq(account))
            .exec(app.db.write())
            .await
            .expect("writes");
        let passkey = keep(&app, "fujisawa-cert", "事務局のパソコン").await;
        let mut browser = session_of(&app, account, Owes::Nothing).await;
        let new = "/my/account/authenticator-app/new";
        let offer = browser.get(new).await.body;
        let secret = field(&offer, "secret").to_owned();
        let code = one_time_code::at(&secret, app.clock.wall()).expect("a code");
        let signature = field(&offer, "signature");
        let right = [("secret", secret.as_str()), ("signature", signature), ("code", code.as_str())];
        assert_eq!(browser.post("/my/account/authenticator-app", &right).await.location(), "/my/account");
        passkey::Entity::delete_by_id(passkey).exec(app.db.write()).await.expect("writes");
        let last = browser.post("/my/account/authenticator-app/removals", &[]).await;
        assert!(last.status == StatusCode::FORBIDDEN && last.body.contains("ただ一つ"), "{}", last.body);
        assert_eq!(apps.count(app.db.read()).await.expect("counts"), 1, "the last factor stays");
    })
    .await;
}

#[tokio::test]
async fn an_app_is_added_beside_a_passkey_and_removed_again() {
    each_world(|app| async move {
        let account = account_of(&app, "fujisawa-cert").await;
        let apps = || credential::Entity::find().filter(credential::Column::Account.eq(account));
        credential::Entity::delete_many()
            .filter(credential::Column::Account.eq(account))
            .exec(app.db.write())
            .await
            .expect("writes");
        keep(&app, "fujisawa-cert", "事務局のパソコン").await;
        let mut browser = session_of(&app, account, Owes::Nothing).await;
        let new = "/my/account/authenticator-app/new";
        assert!(browser.get("/my/account").await.body.contains(new));
        let offer = browser.get(new).await.body;
        let secret = field(&offer, "secret").to_owned();
        let code = one_time_code::at(&secret, app.clock.wall()).expect("a code");
        let signed = [("secret", secret.as_str()), ("signature", field(&offer, "signature"))];
        let send = |code: &'static str| [&signed[..], &[("code", code)]].concat();
        let wrong = browser.post("/my/account/authenticator-app", &send("abc")).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(field(&wrong.body, "secret"), secret, "the same offer stands");
        let right = [&signed[..], &[("code", code.as_str())]].concat();

        let of_account = session::Column::Account.eq(account);
        let long_ago = app.clock.wall() - chrono::Duration::minutes(16);
        let given = |at| {
            session::Entity::update_many()
                .col_expr(session::Column::SecondFactorAt, Expr::value(at))
                .filter(of_account.clone())
        };
        given(long_ago).exec(app.db.write()).await.expect("writes");
        assert!(browser.get(new).await.body.contains("15分以内"), "a desk left unlocked takes no app");
        let stale = browser.post("/my/account/authenticator-app", &right).await;
        assert_eq!(stale.status, StatusCode::FORBIDDEN, "{}", stale.body);
        assert!(stale.body.contains("もう一度ログイン"), "{}", stale.body);
        given(app.clock.wall()).exec(app.db.write()).await.expect("writes");

        let made = browser.post("/my/account/authenticator-app", &right).await;
        assert_eq!(made.location(), "/my/account", "{}", made.body);
        assert_eq!(apps().count(app.db.read()).await.expect("counts"), 1);
        let again = browser.post("/my/account/authenticator-app", &right).await;
        assert_eq!(again.status, StatusCode::FORBIDDEN, "one app: {}", again.body);
        let letters = outbox::Entity::find().filter(outbox::Column::Kind.eq("login_changed"));
        assert_eq!(letters.clone().count(app.db.read()).await.expect("counts"), 1, "the owner hears of it");

        given(long_ago).exec(app.db.write()).await.expect("writes");
        let stale = browser.post("/my/account/authenticator-app/removals", &[]).await;
        assert_eq!(stale.status, StatusCode::FORBIDDEN, "{}", stale.body);
        given(app.clock.wall()).exec(app.db.write()).await.expect("writes");
        let gone = browser.post("/my/account/authenticator-app/removals", &[]).await;
        assert_eq!(gone.location(), "/my/account", "{}", gone.body);
        assert_eq!(apps().count(app.db.read()).await.expect("counts"), 0);
        assert_eq!(letters.count(app.db.read()).await.expect("counts"), 2);

        let mut physician = Browser::new(&app);
        physician.log_in(&app, "sato").await;
        assert_eq!(physician.get(new).await.status, StatusCode::NOT_FOUND, "physicians need none");
    })
    .await;
}
