//! Login, second factor, terms, one's own account, mailed links, the demo's pages, the figures.

use crate::client::{Browser, code, each_world};
use axum::http::{Method, StatusCode, header};
use mamis_app::account::one_time_code;
use mamis_app::seed::PASSWORD;
use mamis_app::testing::{each_database, now};
use mamis_app::{App, Clock, Settings, World};
use mamis_schema::{account, outbox};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use std::sync::Arc;

#[tokio::test]
async fn a_login_leads_on_with_a_cookie_of_its_own() {
    each_world(|app| async move {
        let mut browser = Browser::new(&app);
        let form = browser.get("/login?next=%2Fmy%2Fcredits&login_id=sato").await;
        assert!(
            form.body.contains("value=\"/my/credits\"") && form.body.contains("value=\"sato\""),
            "{}",
            form.body
        );
        browser.cookies.insert("mamis_session".to_owned(), "prepared-by-somebody-else".to_owned());
        let fields = [("login_id", "sato"), ("password", PASSWORD), ("next", "/my/credits")];
        let answer = browser.post("/login", &fields).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/my/credits"));
        let cookie = answer.headers[header::SET_COOKIE].to_str().expect("text");
        assert!(
            cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"),
            "{cookie}"
        );
        assert!(!cookie.contains("prepared"), "a session has a value of its own: {cookie}");

        let first = browser.cookies["mamis_session"].clone();
        let page = browser.get("/my/account").await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("佐藤 恵子") && page.body.contains("この端末"), "{}", page.body);
        browser.log_in(&app, "sato").await;
        let mut old = Browser::new(&app);
        old.cookies.insert("mamis_session".to_owned(), first);
        assert_eq!(old.get("/my/account").await.location(), "/login?next=%2Fmy%2Faccount");

        let answer = browser.post("/logout", &[]).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/"));
        assert!(!browser.cookies.contains_key("mamis_session"));
        assert!(browser.get("/").await.body.contains("ログアウトしました。"));
    })
    .await;
}

#[tokio::test]
async fn nobody_is_led_to_another_site() {
    each_world(|app| async move {
        for next in ["//evil.example/", "https://evil.example/", "/\\evil.example", "evil"] {
            let mut browser = Browser::new(&app);
            let fields = [("login_id", "sato"), ("password", PASSWORD), ("next", next)];
            let answer = browser.post("/login", &fields).await;
            assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/"), "{next}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_wrong_password_says_the_same_for_everybody_until_one_must_wait() {
    each_world(|app| async move {
        let mut browser = Browser::new(&app);
        for login_id in ["nobody-at-all", "sato"] {
            let answer = browser.post("/login", &[("login_id", login_id), ("password", "wrong")]).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(answer.body.contains("ログインIDまたはパスワードが違います。"), "{}", answer.body);
            assert!(answer.body.contains(login_id), "what was typed stays");
            assert!(!answer.body.contains("\"wrong\""), "but not the password");
        }
        for _ in 0..4 {
            browser.post("/login", &[("login_id", "sato"), ("password", "wrong")]).await;
        }
        let answer = browser.post("/login", &[("login_id", "sato"), ("password", PASSWORD)]).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(answer.headers[header::RETRY_AFTER], "900");
        assert!(answer.body.contains("15分") && answer.body.contains("data-failed"), "{}", answer.body);
        assert!(answer.body.contains("/password-resets/new"), "whoever forgot it need not wait");
        assert!(!browser.cookies.contains_key("mamis_session"));
    })
    .await;
}

#[tokio::test]
async fn officers_give_a_code_before_anything_opens() {
    each_world(|app| async move {
        let mut browser = Browser::new(&app);
        browser.post("/login", &[("login_id", "fujisawa-cert"), ("password", PASSWORD)]).await;
        let before = browser.cookies["mamis_session"].clone();
        let led = browser.get("/my/account").await;
        assert_eq!(led.location(), "/login/second-factor?next=%2Fmy%2Faccount");
        let form = browser.get(led.location()).await;
        assert!(form.body.contains("value=\"/my/account\""), "{}", form.body);
        assert_eq!(
            browser.get("/login/second-factor/new").await.status,
            StatusCode::SEE_OTHER,
            "one app is enough"
        );
        let wrong = browser.post("/login/second-factor", &[("code", "12345x")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        let code = code(&app, "fujisawa-cert", 0).expect("an officer");
        let answer = browser.post("/login/second-factor", &[("code", &code), ("next", "/my/account")]).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/my/account"));
        assert_ne!(browser.cookies["mamis_session"], before, "with new rights a new value");
        assert_eq!(browser.get("/my/account").await.status, StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn the_first_login_shows_the_terms() {
    each_world(|app| async move {
        let mut browser = Browser::new(&app);
        browser.log_in(&app, "tanaka").await;
        assert_eq!(browser.get("/my/account").await.location(), "/terms/consent?next=%2Fmy%2Faccount");
        let answer = browser.post("/terms/consent", &[("next", "/my/account")]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "without the tick nothing is agreed to");
        let answer = browser.post("/terms/consent", &[("next", "/my/account"), ("agree", "1")]).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/my/account"));
        assert_eq!(browser.get("/my/account").await.status, StatusCode::OK);
        assert_eq!(Browser::new(&app).get("/terms").await.status, StatusCode::OK);
    })
    .await;
}

/// The path of the link in the newest letter.
async fn mailed_path(app: &App) -> String {
    let letter = outbox::Entity::find()
        .order_by_desc(outbox::Column::CreatedAt)
        .order_by_desc(outbox::Column::Id)
        .one(app.db.read())
        .await
        .expect("reads")
        .expect("a letter");
    let url = letter.body.lines().find(|line| line.starts_with("http")).expect("a link").to_owned();
    url.strip_prefix(&app.settings.public_url).expect("an address of ours").to_owned()
}

#[tokio::test]
async fn opening_a_mailed_link_uses_nothing_up() {
    each_world(|app| async move {
        let mut browser = Browser::new(&app);
        browser.log_in(&app, "sato").await;
        let bad = browser.post("/my/account/email-verifications", &[("email", "sato@")]).await;
        assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(bad.body.contains("value=\"sato@\""), "what was typed stays");
        browser.post("/my/account/email-verifications", &[("email", "new@example.jp")]).await;
        let path = mailed_path(&app).await;
        let mut phone = Browser::new(&app);
        for _ in 0..2 {
            let page = phone.get(&path).await;
            assert_eq!(page.status, StatusCode::OK);
            assert!(page.body.contains("new@example.jp"), "{}", page.body);
        }
        assert_eq!(phone.post(&path, &[]).await.status, StatusCode::OK);
        let again = phone.post(&path, &[]).await;
        assert_eq!(again.status, StatusCode::NOT_FOUND);
        assert!(again.body.contains("すでに使われています"), "{}", again.body);
        assert!(browser.get("/my/account").await.body.contains("確認済みです"));
    })
    .await;
}

#[tokio::test]
async fn a_reset_says_the_same_for_everybody_and_ends_all_sessions() {
    each_world(|app| async move {
        let mut desk = Browser::new(&app);
        desk.log_in(&app, "sato").await;
        let mut phone = Browser::new(&app);
        let unknown = phone.post("/password-resets", &[("login_id", "nobody")]).await;
        let known = phone.post("/password-resets", &[("login_id", "sato")]).await;
        let without_ids = |answer: &crate::client::Answer| {
            let id = answer.headers["x-request-id"].to_str().expect("text").to_owned();
            answer.body.replace(&id, "")
        };
        assert_eq!(unknown.status, known.status);
        assert_eq!(without_ids(&unknown), without_ids(&known));

        let path = mailed_path(&app).await;
        assert!(phone.get(&path).await.body.contains("sato"), "whoever forgot the id sees it here");
        let new = "本だなの右から4番目";
        let differs = phone.post(&path, &[("new_password", new), ("new_password_again", "else")]).await;
        assert_eq!(differs.status, StatusCode::UNPROCESSABLE_ENTITY);
        let done = phone.post(&path, &[("new_password", new), ("new_password_again", new)]).await;
        assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/login"));
        assert_eq!(
            desk.get("/my/account").await.status,
            StatusCode::SEE_OTHER,
            "the other session has ended"
        );
        assert_eq!(phone.get(&path).await.status, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn a_physician_sees_what_officers_can_see_and_who_looked() {
    each_world(|app| async move {
        let mut browser = Browser::new(&app);
        browser.log_in(&app, "sato").await;
        let page = browser.get("/my/looks").await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("職員が見られるもの") && page.body.contains("認定"), "{}", page.body);
    })
    .await;
}

#[tokio::test]
async fn the_demo_presents_itself() {
    each_world(|app| async move {
        let mut browser = Browser::new(&app);
        let page = browser.get("/demo").await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(
            page.body.contains("login_id=sato&#38;next=%2Fmy")
                || page.body.contains("login_id=sato&next=%2Fmy")
        );
        let accounts = browser.get("/demo/accounts.json").await;
        let accounts: serde_json::Value = serde_json::from_str(&accounts.body).expect("JSON");
        let code_of = |accounts: &serde_json::Value, login_id: &str| {
            let all = accounts.as_array().expect("an array");
            let found = all.iter().find(|account| account["login_id"] == login_id).expect("is there");
            found["one_time_code"].clone()
        };
        assert!(code_of(&accounts, "sato").is_null());
        // The printed code works, and the next one printed after it as well.
        for _ in 0..2 {
            let accounts = browser.get("/demo/accounts.json").await.body;
            let accounts: serde_json::Value = serde_json::from_str(&accounts).expect("JSON");
            let code = code_of(&accounts, "fujisawa-cert");
            let mut officer = Browser::new(&app);
            officer.post("/login", &[("login_id", "fujisawa-cert"), ("password", PASSWORD)]).await;
            let fields = [("code", code.as_str().expect("a code"))];
            assert_eq!(officer.post("/login/second-factor", &fields).await.status, StatusCode::SEE_OTHER);
        }
        browser.post("/password-resets", &[("login_id", "sato")]).await;
        let list = browser.get("/demo/mails").await;
        let path =
            list.body.split('"').find(|part| part.starts_with("/demo/mails/")).expect("a mail").to_owned();
        let mail = browser.get(&path).await;
        assert!(mail.body.contains("href=\"/password-resets/"), "{}", mail.body);

        let before = app.clock.now();
        browser.log_in(&app, "sato").await;
        let back = browser.post("/demo/clock", &[("now", "2020-01-01T10:00")]).await;
        assert_eq!((back.status, app.clock.now()), (StatusCode::UNPROCESSABLE_ENTITY, before));
        browser.post("/demo/clock", &[("now", "2026-12-05T10:00")]).await;
        assert_eq!(app.clock.now(), before + chrono::Duration::days(13));
        assert_eq!(
            browser.get("/my/looks").await.status,
            StatusCode::SEE_OTHER,
            "a stopped clock has one time only"
        );
    })
    .await;
}

#[tokio::test]
async fn in_real_use_there_is_no_demo() {
    each_database(|demo| async move {
        let app = App::open(demo.settings.clone(), Clock::stopped(now()), World::Real).await.expect("opens");
        let mut browser = Browser::new(&app);
        for path in [
            "/demo",
            "/demo/accounts.json",
            "/demo/mails",
            "/demo/mails/01890a5d-ac96-774b-bcce-b302099a8057",
        ] {
            assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        let moved = browser.post("/demo/clock", &[("now", "2026-12-05T10:00")]).await;
        assert_eq!((moved.status, app.clock.now()), (StatusCode::NOT_FOUND, now()));
        assert!(!browser.get("/").await.body.contains("demo-banner"));
        app.db.close().await;
    })
    .await;
}

#[tokio::test]
async fn error_pages_keep_the_readers_menu_and_speak_json_when_asked() {
    each_world(|app| async move {
        let mut browser = Browser::new(&app);
        browser.log_in(&app, "sato").await;
        for path in ["/no-such-page", "/applications/7", "/desk/nothing"] {
            let page = browser.get(path).await;
            assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
            assert!(
                page.body.contains("佐藤 恵子") && page.body.contains("data-failed"),
                "{path}: {}",
                page.body
            );
        }
        let page = browser.get_with("/no-such-page", &[("accept", "application/json")]).await;
        assert!(page.body.contains("見つかりません"), "a browser says both: {}", page.body);
        let method = browser.get("/logout").await;
        assert_eq!(method.status, StatusCode::METHOD_NOT_ALLOWED);
        assert!(method.body.contains("data-failed"));

        let mut program = Browser::new(&app);
        let json = program.ask(Method::GET, "/no-such-page", &[("x-test", "1")], "").await;
        assert!(json.body.contains("<html"), "without a wish it is a page");
    })
    .await;
}

#[tokio::test]
async fn a_part_of_a_page_leads_the_whole_page_to_the_login() {
    each_database(|app| async move {
        let mut browser = Browser::new(&app);
        let headers = [("hx-request", "true"), ("hx-current-url", "http://127.0.0.1:8080/my/account?a=b")];
        let answer = browser.get_with("/my/looks", &headers).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.headers["hx-redirect"], "/login?next=%2Fmy%2Faccount%3Fa%3Db");
    })
    .await;
}

#[tokio::test]
async fn a_form_sent_after_the_session_leads_back_to_its_page() {
    each_database(|app| async move {
        let mut browser = Browser::new(&app);
        let page = ("referer", "http://127.0.0.1:8080/applications/7/edit");
        let headers = [("sec-fetch-site", "same-origin"), page];
        let answer = browser.ask(Method::POST, "/applications/7/submissions", &headers, "").await;
        assert_eq!(answer.location(), "/login?next=%2Fapplications%2F7%2Fedit");
        let headers = [("sec-fetch-site", "same-origin")];
        let answer = browser.ask(Method::POST, "/applications/7/submissions", &headers, "").await;
        assert_eq!(answer.location(), "/login", "a form's own address opens nothing");
    })
    .await;
}

async fn metrics(app: &Arc<App>, peer: &str, headers: &[(&str, &str)]) -> StatusCode {
    use axum::body::Body;
    use axum::extract::ConnectInfo;
    use axum::http::Request;
    use tower::ServiceExt;
    let peer: std::net::SocketAddr = peer.parse().expect("an address");
    let mut request = Request::get("/metrics").extension(ConnectInfo(peer));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::empty()).expect("a request");
    mamis_web::router(app.clone()).oneshot(request).await.expect("an answer").status()
}

#[tokio::test]
async fn figures_are_for_this_machine_or_for_whoever_has_the_token() {
    each_database(|other| async move {
        let token = "a-token-of-the-settings";
        let settings = Settings { metrics_token: token.to_owned(), ..other.settings.clone() };
        let app = App::open(settings, Clock::stopped(now()), World::Real).await.expect("opens");
        let bearer = format!("Bearer {token}");
        for (peer, headers, status) in [
            ("127.0.0.1:1", &[][..], StatusCode::OK),
            ("[::1]:1", &[], StatusCode::OK),
            ("127.0.0.1:1", &[("x-forwarded-for", "203.0.113.7")], StatusCode::NOT_FOUND),
            ("203.0.113.7:1", &[], StatusCode::NOT_FOUND),
            ("203.0.113.7:1", &[("authorization", "Bearer else")], StatusCode::NOT_FOUND),
            ("203.0.113.7:1", &[("authorization", bearer.as_str())], StatusCode::OK),
        ] {
            assert_eq!(metrics(&app, peer, headers).await, status, "{peer} {headers:?}");
        }
        app.db.close().await;
    })
    .await;
}

/// The codes of a page, in the order shown.
fn recovery_codes(body: &str) -> Vec<String> {
    let (_, list) = body.split_once("id=\"recovery-codes\"").expect("a list of codes");
    let (list, _) = list.split_once("</ol>").expect("its end");
    list.split("<code>").skip(1).filter_map(|part| part.split('<').next()).map(str::to_owned).collect()
}

fn value_of(body: &str, name: &str) -> String {
    let (_, rest) = body.split_once(&format!("name=\"{name}\" value=\"")).expect("the field");
    rest.split('"').next().expect("its value").to_owned()
}

const LOG_IN: [(&str, &str); 2] = [("login_id", "fujisawa-cert"), ("password", PASSWORD)];

/// The officer's app is forgotten by the administrator.
async fn forget_app(app: &Arc<App>) {
    let officer = account::Entity::find().filter(account::Column::LoginId.eq("fujisawa-cert"));
    let id = officer.one(app.db.read()).await.expect("reads").expect("exists").officer.expect("an officer");
    let mut admin = Browser::new(app);
    admin.log_in(app, "fujisawa-admin").await;
    let done = admin.post(&format!("/officers/{id}/second-factor-resets"), &[("reason", "紛失")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
}

/// The officer registers another: the secret and the recovery codes shown.
async fn register_app(app: &Arc<App>) -> (String, Vec<String>) {
    let mut owner = Browser::new(app);
    owner.post("/login", &LOG_IN).await;
    let form = owner.get("/login/second-factor/new").await.body;
    let (secret, signature) = (value_of(&form, "secret"), value_of(&form, "signature"));
    let code = one_time_code::at(&secret, app.clock.wall()).expect("a code");
    assert!(form.contains(&code), "the demo plays the phone");
    let fields = [("secret", secret.as_str()), ("signature", &signature), ("code", &code), ("next", "/desk")];
    let shown = owner.post("/login/second-factor/new", &fields).await;
    assert_eq!(shown.status, StatusCode::OK);
    let codes = recovery_codes(&shown.body);
    assert!(codes.len() == 10 && shown.body.contains("href=\"/desk\""), "{}", shown.body);
    assert_eq!(owner.get("/desk").await.status, StatusCode::OK, "the same answer logs in");
    let again = owner.post("/login/second-factor/new", &fields).await;
    assert!(!again.body.contains("recovery-codes"), "shown once");
    (secret, codes)
}

#[tokio::test]
async fn the_demo_follows_a_newly_registered_app() {
    each_world(|app| async move {
        let mut visitor = Browser::new(&app);
        let code_of = |body: &str| {
            let all: serde_json::Value = serde_json::from_str(body).expect("JSON");
            let all = all.as_array().expect("an array").clone();
            all.into_iter().find(|one| one["login_id"] == "fujisawa-cert").expect("there")["one_time_code"]
                .clone()
        };
        forget_app(&app).await;
        assert!(code_of(&visitor.get("/demo/accounts.json").await.body).is_null(), "no app, no code");
        let page = visitor.get("/demo").await.body;
        let (_, officers) = page.split_once("id=\"officers\"").expect("a list of officers");
        assert!(officers.contains("認証アプリが未登録です"), "still among the officers");
        let (secret, _) = register_app(&app).await;
        let present = code_of(&visitor.get("/demo/accounts.json").await.body);
        let step = |code| one_time_code::step_of(&secret, code, app.clock.wall()).expect("a secret");
        assert!(step(present.as_str().expect("a code")).is_some(), "of the app registered last: {present}");
    })
    .await;
}

#[tokio::test]
async fn recovery_codes_are_shown_once_and_open_in_place_of_the_app() {
    each_world(|app| async move {
        forget_app(&app).await;
        let (_, codes) = register_app(&app).await;
        let mut owner = Browser::new(&app);
        owner.post("/login", &LOG_IN).await;
        assert!(owner.get("/login/second-factor").await.body.contains("name=\"recovery_code\""));
        let wrong = owner.post("/login/second-factor", &[("recovery_code", "wrong")]).await;
        assert!(
            wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.body.contains("予備コードが違うか")
        );
        let fields = [("recovery_code", codes[0].as_str()), ("next", "/desk")];
        let given = owner.post("/login/second-factor", &fields).await;
        assert_eq!((given.status, given.location()), (StatusCode::SEE_OTHER, "/desk"));
        assert!(owner.get("/my/account").await.body.contains("残りは <strong>9個"));
        let refused = owner.post("/my/account/recovery-codes", &[("password", "wrong")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let renewed = owner.post("/my/account/recovery-codes", &[("password", PASSWORD)]).await;
        let renewed = recovery_codes(&renewed.body);
        assert!(renewed.len() == 10 && !renewed.contains(&codes[1]), "{renewed:?}");
        let mut physician = Browser::new(&app);
        physician.log_in(&app, "sato").await;
        assert!(
            !physician.get("/my/account").await.body.contains("予備コード"),
            "physicians have one factor"
        );
    })
    .await;
}
