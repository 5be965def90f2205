//! The log: a JSON object a line, found by the id on the error page, and without anybody's secrets.

use crate::client::{Answer, Client};
use crate::place::Place;
use crate::process::Running;
use mamis_app::db::Db;
use mamis_schema::outbox;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::Value;

const NEW_PASSWORD: &str = "akarui-machi-no-clinic-73";
const WRONG_PASSWORD: &str = "machigai-no-kotoba-19";
const ADDRESS: &str = "watashi.no.atarashii@example.jp";

/// The lines of a log.
pub(crate) fn read(lines: &[String]) -> Vec<Value> {
    lines.iter().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// The lines about one request.
pub(crate) fn of_request<'a>(log: &'a [Value], id: &str) -> Vec<&'a Value> {
    log.iter().filter(|line| line["request_id"] == id).collect()
}

/// The id that an error page shows, which is the one in the answer's head.
pub(crate) fn shown_id(answer: &Answer) -> String {
    let (_, rest) = answer.body.split_once("お問い合わせ番号：<code>").expect("the page shows an id");
    let id = rest.split('<').next().expect("an id");
    assert_eq!(id, answer.header("x-request-id"));
    id.to_owned()
}

/// Goes through everything that involves a secret; the secrets, and a physician who is still logged in.
async fn use_every_secret(server: &Running, db: &Db) -> (Vec<String>, Client) {
    let mut secrets = vec![NEW_PASSWORD.to_owned(), WRONG_PASSWORD.to_owned()];
    let mut browser = Client::new(&server.address);
    let accounts: Value = serde_json::from_str(&browser.get("/demo/accounts.json").body).expect("JSON");
    let of = |login_id: &str, field: &str| {
        let rows = accounts.as_array().expect("a list").iter();
        let row = rows.clone().find(|row| row["login_id"] == login_id).expect("is there");
        row[field].as_str().expect("a text").to_owned()
    };
    let password = of("sato", "password");
    let answer = browser.post("/login", &[("login_id", "sato"), ("password", WRONG_PASSWORD)]);
    assert_eq!(answer.status, 422);
    log_in(&mut browser, "sato", &password, &mut secrets);

    let fields = [("email", ADDRESS)];
    assert_eq!(browser.post("/my/account/email-verifications", &fields).status, 303);
    let token = token(db, "email_verification").await;
    let path = format!("/email-verifications/{token}");
    assert_eq!((browser.get(&path).status, browser.post(&path, &[]).status), (200, 200));
    secrets.push(token);

    let mut other = Client::new(&server.address);
    assert_eq!(other.post("/password-resets", &[("login_id", "sato")]).status, 200);
    let token = self::token(db, "password_reset").await;
    let path = format!("/password-resets/{token}");
    assert_eq!(other.get(&path).status, 200);
    let fields = [("new_password", NEW_PASSWORD), ("new_password_again", NEW_PASSWORD)];
    assert_eq!(other.post(&path, &fields).status, 303);
    secrets.push(token);
    log_in(&mut other, "sato", NEW_PASSWORD, &mut secrets);

    let mut officer = Client::new(&server.address);
    log_in(&mut officer, "national-cert", &of("national-cert", "password"), &mut secrets);
    let code = of("national-cert", "one_time_code");
    assert_eq!(officer.post("/login/second-factor", &[("code", &code)]).status, 303);
    assert_eq!(officer.get("/desk").status, 200);
    secrets.extend([code, officer.cookies["mamis_session"].clone(), password]);
    (secrets, other)
}

fn log_in(browser: &mut Client, login_id: &str, password: &str, secrets: &mut Vec<String>) {
    let answer = browser.post("/login", &[("login_id", login_id), ("password", password)]);
    assert_eq!(answer.status, 303, "{}", answer.body);
    secrets.push(browser.cookies["mamis_session"].clone());
}

/// The token in the newest letter of a kind.
async fn token(db: &Db, kind: &str) -> String {
    let letter = outbox::Entity::find()
        .filter(outbox::Column::Kind.eq(kind))
        .order_by_desc(outbox::Column::CreatedAt)
        .one(db.read())
        .await
        .expect("reads")
        .expect("was written");
    let path = match kind {
        "password_reset" => "/password-resets/",
        _ => "/email-verifications/",
    };
    let (_, rest) = letter.body.split_once(path).expect("a link");
    rest.split_whitespace().next().expect("a token").to_owned()
}

/// Whether a text holds a secret as a word of its own: six digits alone also stand inside longer numbers.
fn holds(text: &str, secret: &str) -> bool {
    text.match_indices(secret).any(|(at, _)| {
        let is_word = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_alphanumeric());
        !is_word(text[..at].chars().next_back()) && !is_word(text[at + secret.len()..].chars().next())
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_holds_the_ids_of_errors_and_no_secrets() {
    let place = Place::new("");
    let mut command = place.mamis();
    // As an administrator sets it who looks for a fault.
    command.env("MAMIS_LOG__FILTER", "debug");
    let server = Running::demo(command, &place.data(), &[]);
    let db = place.look().await;
    let (secrets, mut browser) = use_every_secret(&server, &db).await;
    assert!(secrets.len() >= 10 && secrets.iter().all(|secret| secret.len() >= 6), "{secrets:?}");

    db.write().execute_unprepared("alter table credit rename to credit_elsewhere").await.expect("breaks");
    let answer = browser.get("/my/credits");
    assert_eq!(answer.status, 500, "{}", answer.body);
    assert!(!answer.body.contains("credit_elsewhere") && !answer.body.contains("no such table"));
    let id = shown_id(&answer);
    db.close().await;

    let lines = server.stop();
    let log = read(&lines);
    let found = of_request(&log, &id);
    assert!(
        found.iter().any(|line| {
            line["level"] == "ERROR" && line["cause"].as_str().is_some_and(|cause| cause.contains("credit"))
        }),
        "{found:#?}"
    );
    assert!(found.iter().any(|line| line["message"] == "request" && line["status"] == 500), "{found:#?}");
    // What was done is there, so the search below has something to search in.
    for route in
        ["/login", "/login/second-factor", "/password-resets/{token}", "/email-verifications/{token}"]
    {
        assert!(log.iter().any(|line| line["route"] == route && line["method"] == "POST"), "{route}");
    }
    for mut line in log {
        for name in ["timestamp", "milliseconds", "elapsed", "elapsed_secs"] {
            line.as_object_mut().expect("an object").remove(name);
        }
        let line = line.to_string();
        for secret in secrets.iter().map(String::as_str).chain([ADDRESS, "佐藤"]) {
            assert!(!holds(&line, secret), "{secret} stands in the log: {line}");
        }
    }
}

#[test]
fn a_secret_is_found_as_a_word() {
    assert!(holds("code=123456, next", "123456") && holds("123456", "123456"));
    assert!(!holds("id 9123456", "123456") && !holds("1234567", "123456") && !holds("", "123456"));
}
