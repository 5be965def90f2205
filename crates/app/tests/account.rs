//! Login, limits, second factor, sessions, links, terms.

use chrono::Duration;
use mamis_app::account::actions::{self, Login, Opened};
use mamis_app::account::lists::{self, Current, Purpose, SecondFactor, Terms};
use mamis_app::account::one_time_code::{self, Offer};
use mamis_app::account::{Origin, password};
use mamis_app::secret::sha256_hex;
use mamis_app::seed::{self, PASSWORD};
use mamis_app::testing::{each_database, now};
use mamis_app::{App, Cx, Error, Result, Who};
use mamis_rules::access::Actor;
use mamis_schema::{account, audit_entry, credential, outbox, physician, session};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use std::sync::Arc;
use uuid::Uuid;

/// The demo's certification officer of 藤沢市医師会.
pub(crate) const OFFICER: &str = "fujisawa-cert";
/// The physician whose certificate runs out.
pub(crate) const PHYSICIAN: &str = "sato";
/// The physician who has never logged in.
const NEWCOMER: &str = "tanaka";

pub(crate) async fn each_world<F: Future<Output = ()>>(test: impl Fn(Arc<App>) -> F) {
    each_database(|app| async {
        seed::world(&app).await.expect("the named world loads");
        test(app).await;
    })
    .await;
}

pub(crate) fn origin() -> Origin {
    Origin { address: "203.0.113.7".to_owned(), user_agent: "test".to_owned() }
}

pub(crate) fn guest(app: &Arc<App>) -> Cx {
    Cx {
        app: app.clone(),
        actor: Actor::Guest,
        who: Who::default(),
        now: app.clock.now(),
        request_id: "r".to_owned(),
    }
}

pub(crate) async fn log_in(app: &Arc<App>, login_id: &str, password: &str) -> Result<Opened> {
    let login = Login { login_id, password, origin: &origin(), replaces: None };
    actions::log_in(&guest(app), login).await
}

pub(crate) async fn current(app: &Arc<App>, opened: &Opened) -> Option<Current> {
    lists::current(app, &sha256_hex(opened.token.as_bytes())).await.expect("a session or none")
}

/// Logs in and acts.
pub(crate) async fn acting(app: &Arc<App>, login_id: &str) -> (Cx, Current) {
    let opened = log_in(app, login_id, PASSWORD).await.expect("logs in");
    let current = current(app, &opened).await.expect("a session");
    let cx = Cx { actor: current.actor.clone(), who: current.who.clone(), ..guest(app) };
    (cx, current)
}

fn later(app: &App, minutes: i64) {
    app.clock.set(app.clock.now() + Duration::minutes(minutes));
}

pub(crate) async fn account_id(app: &App, login_id: &str) -> Uuid {
    account::Entity::find()
        .filter(account::Column::LoginId.eq(login_id))
        .one(app.db.read())
        .await
        .expect("reads")
        .expect("exists")
        .id
}

/// The sentence of a form that must be mended.
pub(crate) fn sentence<T: std::fmt::Debug>(outcome: Result<T>) -> String {
    match outcome {
        Err(Error::Invalid(problems)) => problems[0].text.clone(),
        other => panic!("should be invalid: {other:?}"),
    }
}

/// The value of the link in the newest letter of a kind.
async fn mailed_token(app: &App, kind: &str) -> Option<String> {
    let letter = outbox::Entity::find()
        .filter(outbox::Column::Kind.eq(kind))
        .order_by_desc(outbox::Column::Id)
        .one(app.db.read())
        .await
        .expect("reads")?;
    let link = letter.body.lines().find(|line| line.starts_with("http"))?.to_owned();
    link.rsplit('/').next().map(str::to_owned)
}

/// How many letters tell an owner of this change.
pub(crate) async fn told(app: &App, what: &str) -> u64 {
    outbox::Entity::find()
        .filter(outbox::Column::Kind.eq("login_changed"))
        .filter(outbox::Column::Body.contains(what))
        .count(app.db.read())
        .await
        .expect("counts")
}

#[tokio::test]
async fn a_login_opens_a_session_of_its_own() {
    each_world(|app| async move {
        let unknown = sentence(log_in(&app, "nobody", PASSWORD).await);
        let wrong = sentence(log_in(&app, PHYSICIAN, "wrong-password").await);
        assert_eq!(unknown, wrong, "the sentence must not tell which ids exist");

        let opened = log_in(&app, " ＳＡＴＯ　", PASSWORD).await.expect("typed in the wrong keyboard mode");
        let found = current(&app, &opened).await.expect("a session");
        assert_eq!(found.who.name, "佐藤 恵子");
        assert_eq!((found.second_factor, found.terms), (SecondFactor::NotNeeded, Terms::Accepted));
        let row = session::Entity::find_by_id(found.session)
            .one(app.db.read())
            .await
            .expect("reads")
            .expect("a row");
        assert_ne!(row.token_hash, opened.token, "the table must not hold the cookie's value");
        assert_eq!(row.address, "203.0.113.7");

        let entry = audit_entry::Entity::find()
            .filter(audit_entry::Column::Action.eq("account.log_in"))
            .one(app.db.read())
            .await
            .expect("reads")
            .expect("an entry");
        assert_eq!((entry.actor_name.as_str(), entry.object), ("佐藤 恵子", Some(found.session)));

        let login = Login {
            login_id: PHYSICIAN,
            password: PASSWORD,
            origin: &origin(),
            replaces: Some(found.session),
        };
        let again = actions::log_in(&guest(&app), login).await.expect("logs in");
        assert_ne!(again.token, opened.token);
        assert!(current(&app, &opened).await.is_none(), "the session it replaces has ended");
    })
    .await;
}

#[tokio::test]
async fn guessing_is_limited_by_id_and_by_address() {
    each_world(|app| async move {
        for _ in 0..app.settings.login.failures_per_id {
            sentence(log_in(&app, PHYSICIAN, "wrong-password").await);
        }
        later(&app, 5);
        let refused = log_in(&app, PHYSICIAN, PASSWORD).await;
        assert!(matches!(refused, Err(Error::TooMany { minutes: 10 })), "{refused:?}");
        log_in(&app, "ishii", PASSWORD).await.expect("other ids are not held up");
        later(&app, 11);
        log_in(&app, PHYSICIAN, PASSWORD).await.expect("the window is over");

        for number in 0..app.settings.login.failures_per_address {
            sentence(log_in(&app, &format!("nobody-{number}"), "wrong-password").await);
        }
        let refused = log_in(&app, "mori", PASSWORD).await;
        assert!(matches!(refused, Err(Error::TooMany { .. })), "{refused:?}");
    })
    .await;
}

#[tokio::test]
async fn a_right_password_forgives_its_own_failures() {
    each_world(|app| async move {
        for _ in 0..3 {
            for _ in 1..app.settings.login.failures_per_id {
                sentence(log_in(&app, PHYSICIAN, "wrong-password").await);
            }
            log_in(&app, PHYSICIAN, PASSWORD).await.expect("one failure short of the limit");
        }
    })
    .await;
}

#[tokio::test]
async fn guesses_at_the_same_time_share_the_limit() {
    each_world(|app| async move {
        let guesses = (0..30).map(|_| log_in(&app, PHYSICIAN, "wrong-password"));
        let outcomes = futures::future::join_all(guesses).await;
        let tried = outcomes.iter().filter(|outcome| matches!(outcome, Err(Error::Invalid(_)))).count();
        assert!(tried <= 5, "{tried} passwords were tried");
        let refused = outcomes.iter().filter(|outcome| matches!(outcome, Err(Error::TooMany { .. }))).count();
        assert_eq!(tried + refused, 30);
    })
    .await;
}

#[tokio::test]
async fn a_hash_of_another_time_is_renewed_at_the_login() {
    each_world(|app| async move {
        // Argon2id with 8 MiB and one pass.
        let params = argon2::Params::new(8 * 1024, 1, 1, None).expect("valid parameters");
        let weak: argon2::PasswordHash = argon2::PasswordHasher::hash_password_with_salt(
            &argon2::Argon2::from(params),
            PASSWORD.as_bytes(),
            b"0123456789abcdef",
        )
        .expect("hashes");
        account::Entity::update_many()
            .col_expr(account::Column::PasswordHash, Expr::value(weak.to_string()))
            .filter(account::Column::LoginId.eq(PHYSICIAN))
            .exec(app.db.write())
            .await
            .expect("writes");
        log_in(&app, PHYSICIAN, PASSWORD).await.expect("logs in");
        let id = account_id(&app, PHYSICIAN).await;
        let row = account::Entity::find_by_id(id).one(app.db.read()).await.expect("reads").expect("a row");
        let verdict = password::verify(PASSWORD, &row.password_hash).await.expect("verifies");
        assert_eq!(verdict, password::Verdict::Right);
    })
    .await;
}

#[tokio::test]
async fn an_officer_has_no_duty_before_the_code_and_a_code_works_once() {
    each_world(|app| async move {
        let opened = log_in(&app, OFFICER, PASSWORD).await.expect("logs in");
        let before = current(&app, &opened).await.expect("a session");
        assert_eq!(before.second_factor, SecondFactor::Owed);
        assert!(before.actor.duties().is_empty());

        let secret = seed::accounts()
            .into_iter()
            .find(|account| account.login_id == OFFICER)
            .and_then(|account| account.totp_secret)
            .expect("officers have a secret");
        let code = one_time_code::at(&secret, app.clock.wall()).expect("a code");
        let wrong = if code == "000000" { "000001" } else { "000000" };
        sentence(actions::give_code(&guest(&app), Some(&before), wrong, &origin()).await);
        let raised = actions::give_code(&guest(&app), Some(&before), &code, &origin())
            .await
            .expect("the code is right");
        assert!(current(&app, &opened).await.is_none(), "with new rights the cookie has a new value");
        let after = current(&app, &raised).await.expect("a session");
        assert_eq!(after.second_factor, SecondFactor::Given);
        assert!(!after.actor.duties().is_empty());

        let second = log_in(&app, OFFICER, PASSWORD).await.expect("logs in");
        let second = current(&app, &second).await.expect("a session");
        let used = sentence(actions::give_code(&guest(&app), Some(&second), &code, &origin()).await);
        assert!(used.contains("使用済み"), "{used}");
        let next = one_time_code::at(&secret, app.clock.wall() + Duration::seconds(30)).expect("a code");
        actions::give_code(&guest(&app), Some(&second), &next, &origin()).await.expect("the next code");
    })
    .await;
}

#[tokio::test]
async fn codes_cannot_be_guessed_on_and_on() {
    each_world(|app| async move {
        let opened = log_in(&app, OFFICER, PASSWORD).await.expect("logs in");
        let before = current(&app, &opened).await.expect("a session");
        for _ in 0..app.settings.login.failures_per_id {
            sentence(actions::give_code(&guest(&app), Some(&before), "12345x", &origin()).await);
        }
        let refused = actions::give_code(&guest(&app), Some(&before), "12345x", &origin()).await;
        assert!(matches!(refused, Err(Error::TooMany { minutes: 15 })), "{refused:?}");
    })
    .await;
}

#[tokio::test]
async fn an_app_is_registered_once() {
    each_world(|app| async move {
        let account = account_id(&app, OFFICER).await;
        credential::Entity::delete_many()
            .filter(credential::Column::Account.eq(account))
            .exec(app.db.write())
            .await
            .expect("writes");
        let opened = log_in(&app, OFFICER, PASSWORD).await.expect("logs in");
        let before = current(&app, &opened).await.expect("a session");
        let none = actions::give_code(&guest(&app), Some(&before), "123456", &origin()).await;
        assert!(matches!(none, Err(Error::Refused(_))), "{none:?}");

        let offer = Offer::new(&app.secret, before.account).expect("random");
        let code = one_time_code::at(&offer.secret, app.clock.wall()).expect("a code");
        let forged = Offer { secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".to_owned(), ..offer.clone() };
        let refused = actions::enrol(&guest(&app), Some(&before), &forged, &code, &origin()).await;
        assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
        sentence(actions::enrol(&guest(&app), Some(&before), &offer, "12345x", &origin()).await);

        let enrolled =
            actions::enrol(&guest(&app), Some(&before), &offer, &code, &origin()).await.expect("registers");
        let raised = enrolled.opened;
        assert_eq!(told(&app, "認証アプリが登録されました。").await, 1, "the owner hears of it");
        assert_eq!(current(&app, &raised).await.expect("a session").second_factor, SecondFactor::Given);
        let again = actions::enrol(&guest(&app), Some(&before), &offer, &code, &origin()).await;
        assert!(matches!(again, Err(Error::Refused(_))), "{again:?}");
        let rows = credential::Entity::find().filter(credential::Column::Account.eq(account));
        assert_eq!(rows.count(app.db.read()).await.expect("counts"), 1);
    })
    .await;
}

#[tokio::test]
async fn sessions_end_by_time_by_hand_and_with_the_password() {
    each_world(|app| async move {
        let phone = log_in(&app, PHYSICIAN, PASSWORD).await.expect("logs in");
        let (cx, desk) = acting(&app, PHYSICIAN).await;
        assert_eq!(lists::sessions(&cx, &desk).await.expect("lists").len(), 2);

        let (stranger, other) = acting(&app, "ishii").await;
        let theirs = actions::end_session(&stranger, Some(&other), desk.session).await;
        assert!(matches!(theirs, Err(Error::NotFound)), "nobody ends another's session: {theirs:?}");

        let phone_session = current(&app, &phone).await.expect("a session").session;
        actions::end_session(&cx, Some(&desk), phone_session).await.expect("ends");
        assert!(current(&app, &phone).await.is_none());

        let tablet = log_in(&app, PHYSICIAN, PASSWORD).await.expect("logs in");
        let new = "本だなの右から4番目";
        let wrong = actions::change_password(&cx, Some(&desk), "wrong-password", new, &origin()).await;
        assert!(sentence(wrong).contains("いまのパスワード"));
        sentence(actions::change_password(&cx, Some(&desk), PASSWORD, "short", &origin()).await);
        actions::change_password(&cx, Some(&desk), PASSWORD, new, &origin()).await.expect("changes");
        assert_eq!(told(&app, "パスワードが変更されました。").await, 1, "once, and not for what was refused");
        assert!(current(&app, &tablet).await.is_none(), "others end with the old password");
        sentence(log_in(&app, PHYSICIAN, PASSWORD).await);
        let fresh = log_in(&app, PHYSICIAN, new).await.expect("logs in with the new one");

        later(&app, app.settings.login.session_hours * 60 - 1);
        let used = current(&app, &fresh).await.expect("lives to the last minute");
        actions::note_seen(&app, &[used.session]).await.expect("notes");
        later(&app, 2);
        assert!(current(&app, &fresh).await.is_some(), "use puts the end off");
        later(&app, app.settings.login.session_hours * 60);
        assert!(current(&app, &fresh).await.is_none(), "and without use it comes");
    })
    .await;
}

#[tokio::test]
async fn the_terms_are_accepted_once() {
    each_world(|app| async move {
        let (cx, newcomer) = acting(&app, NEWCOMER).await;
        assert_eq!(newcomer.terms, Terms::Owed);
        actions::agree(&cx, Some(&newcomer)).await.expect("agrees");
        actions::agree(&cx, Some(&newcomer)).await.expect("a second press changes nothing");
        let (_, later) = acting(&app, NEWCOMER).await;
        assert_eq!(later.terms, Terms::Accepted);
        let rows = mamis_schema::terms_consent::Entity::find()
            .filter(mamis_schema::terms_consent::Column::Account.eq(Uuid::from(newcomer.account)));
        assert_eq!(rows.count(app.db.read()).await.expect("counts"), 1);
    })
    .await;
}

async fn address_of(app: &App, cx: &Cx) -> (Option<String>, bool) {
    let id = Uuid::from(cx.actor.physician().expect("a physician"));
    let row = physician::Entity::find_by_id(id).one(app.db.read()).await.expect("reads").expect("a row");
    (row.email, row.email_verified_at.is_some())
}

#[tokio::test]
async fn an_address_counts_once_its_link_was_opened() {
    each_world(|app| async move {
        let (cx, sato) = acting(&app, PHYSICIAN).await;
        let before = address_of(&app, &cx).await;
        sentence(actions::request_email_verification(&cx, Some(&sato), "sato@", &origin()).await);
        actions::request_email_verification(&cx, Some(&sato), "ＮＥＷ@example.jp", &origin())
            .await
            .expect("sends");
        assert_eq!(address_of(&app, &cx).await, before, "the verified address stays in use");
        let first = mailed_token(&app, "email_verification").await.expect("a letter");
        actions::request_email_verification(&cx, Some(&sato), "newer@example.jp", &origin())
            .await
            .expect("sends");
        let second = mailed_token(&app, "email_verification").await.expect("a letter");
        assert_eq!(told(&app, "メールアドレスが変更されました。").await, 0, "nothing has changed yet");

        let dead = actions::verify_email(&guest(&app), &first).await;
        assert!(matches!(dead, Err(Error::NotFound)), "the newer letter replaces the older: {dead:?}");
        actions::verify_email(&guest(&app), &second).await.expect("verifies without a session");
        assert_eq!(address_of(&app, &cx).await, (Some("newer@example.jp".to_owned()), true));
        let warned = outbox::Entity::find().filter(outbox::Column::Kind.eq("login_changed"));
        let warned = warned.all(app.db.read()).await.expect("reads");
        assert_eq!(warned.len(), 1, "{warned:?}");
        assert_eq!(Some(&warned[0].address), before.0.as_ref(), "the address before hears of it");
        assert!(warned[0].body.contains("メールアドレスが変更されました。"), "{}", warned[0].body);
        assert!(!warned[0].body.contains("newer@"), "and not what the new one is: {}", warned[0].body);
        let again = actions::verify_email(&guest(&app), &second).await;
        assert!(matches!(again, Err(Error::NotFound)), "a link works once: {again:?}");

        let (cx, tanaka) = acting(&app, NEWCOMER).await;
        actions::request_email_verification(&cx, Some(&tanaka), "hina@example.jp", &origin())
            .await
            .expect("sends");
        assert_eq!(address_of(&app, &cx).await, (Some("hina@example.jp".to_owned()), false));
        let token = mailed_token(&app, "email_verification").await.expect("a letter");
        assert!(
            lists::link(&cx, Purpose::PasswordReset, &token).await.expect("asks").is_none(),
            "for one purpose"
        );
        later(&app, 24 * 60 + 1);
        let late = actions::verify_email(&guest(&app), &token).await;
        assert!(matches!(late, Err(Error::NotFound)), "after 24 hours it is dead: {late:?}");
    })
    .await;
}

#[tokio::test]
async fn a_forgotten_password_is_reset_by_mail() {
    each_world(|app| async move {
        let open = log_in(&app, PHYSICIAN, PASSWORD).await.expect("logs in");
        for unknown in ["nobody", "nobody@example.jp", NEWCOMER] {
            actions::request_password_reset(&guest(&app), unknown, &origin()).await.expect("says nothing");
        }
        assert_eq!(mailed_token(&app, "password_reset").await, None, "nobody, or no verified address");

        actions::request_password_reset(&guest(&app), PHYSICIAN, &origin()).await.expect("sends");
        let token = mailed_token(&app, "password_reset").await.expect("a letter");
        sentence(actions::reset_password(&guest(&app), &token, "short").await);
        let new = "本だなの右から4番目";
        actions::reset_password(&guest(&app), &token, new)
            .await
            .expect("a refused password leaves the link alive");
        assert!(current(&app, &open).await.is_none(), "every session ends");
        log_in(&app, PHYSICIAN, new).await.expect("logs in");
        let again = actions::reset_password(&guest(&app), &token, new).await;
        assert!(matches!(again, Err(Error::NotFound)), "{again:?}");

        actions::request_password_reset(&guest(&app), "Sato@example.jp", &origin())
            .await
            .expect("by address too");
        let token = mailed_token(&app, "password_reset").await.expect("a letter");
        later(&app, 61);
        let late = actions::reset_password(&guest(&app), &token, new).await;
        assert!(matches!(late, Err(Error::NotFound)), "after an hour it is dead: {late:?}");

        actions::request_password_reset(&guest(&app), OFFICER, &origin()).await.expect("officers as well");
        assert!(mailed_token(&app, "password_reset").await.is_some_and(|newer| newer != token));
        assert_eq!(app.clock.now(), now() + Duration::minutes(61));
    })
    .await;
}

#[tokio::test]
async fn a_suspended_account_says_so_to_whoever_knows_the_password() {
    each_world(|app| async move {
        let open = log_in(&app, OFFICER, PASSWORD).await.expect("logs in");
        account::Entity::update_many()
            .col_expr(account::Column::State, Expr::value("suspended"))
            .filter(account::Column::LoginId.eq(OFFICER))
            .exec(app.db.write())
            .await
            .expect("writes");
        assert!(current(&app, &open).await.is_none(), "no session of it lives");
        assert!(sentence(log_in(&app, OFFICER, PASSWORD).await).contains("停止されています"));
        let wrong = sentence(log_in(&app, OFFICER, "wrong-password").await);
        assert_eq!(wrong, sentence(log_in(&app, "nobody", PASSWORD).await), "a stranger learns nothing");
        actions::request_password_reset(&guest(&app), OFFICER, &origin()).await.expect("says nothing");
        assert_eq!(mailed_token(&app, "password_reset").await, None);
    })
    .await;
}
