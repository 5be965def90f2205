//! Passkeys: registration, login, what is refused. The device is one of our own making.

mod device;

use crate::account::{
    OFFICER, PHYSICIAN, account_id, acting, current, each_world, guest, log_in, origin, sentence, told,
};
use chrono::Duration;
use device::Device;
use mamis_app::account::Origin;
use mamis_app::account::actions::{self as accounts, Opened};
use mamis_app::account::lists::{Current, SecondFactor};
use mamis_app::account::one_time_code::{self, Offer};
use mamis_app::jobs::Report;
use mamis_app::passkey::actions::{self, Answer, Asked};
use mamis_app::passkey::{MOST, lists};
use mamis_app::seed::PASSWORD;
use mamis_app::{App, Cx, Error, Result};
use mamis_schema::{account, audit_entry, credential, login_attempt, passkey, passkey_challenge, session};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use std::sync::Arc;
use uuid::Uuid;

/// Where the demo is opened; the settings of tests name the number, 127.0.0.1.
const PLACE: &str = "http://localhost:8080";

fn refused<T: std::fmt::Debug>(outcome: Result<T>) -> String {
    match outcome {
        Err(Error::Refused(sentence)) => sentence,
        other => panic!("should be refused: {other:?}"),
    }
}

async fn register(cx: &Cx, me: &Current, name: &str) -> Device {
    let asked = actions::begin_registration(cx, Some(me), PASSWORD, &origin()).await.expect("asks");
    let (device, json) = Device::make(PLACE, &asked.options);
    let answer = Answer { challenge: &asked.challenge.to_string(), json: &json };
    actions::register(cx, Some(me), answer, name).await.expect("registers");
    device
}

async fn ask(app: &Arc<App>) -> Asked {
    actions::begin_login(&guest(app), &origin()).await.expect("asks")
}

async fn send(app: &Arc<App>, asked: &Asked, json: &str) -> Result<Opened> {
    let answer = Answer { challenge: &asked.challenge.to_string(), json };
    actions::log_in(&guest(app), answer, &origin(), None).await
}

async fn use_it(app: &Arc<App>, device: &mut Device) -> Result<Opened> {
    let asked = ask(app).await;
    send(app, &asked, &device.answer(&asked.options)).await
}

async fn entries(app: &App, action: &str) -> u64 {
    let found = audit_entry::Entity::find().filter(audit_entry::Column::Action.eq(action));
    found.count(app.db.read()).await.expect("counts")
}

async fn sessions(app: &App, login_id: &str) -> u64 {
    let account = account_id(app, login_id).await;
    let found = session::Entity::find().filter(session::Column::Account.eq(account));
    found.count(app.db.read()).await.expect("counts")
}

async fn set_state(app: &App, login_id: &str, state: &str) {
    account::Entity::update_many()
        .col_expr(account::Column::State, Expr::value(state))
        .filter(account::Column::LoginId.eq(login_id))
        .exec(app.db.write())
        .await
        .expect("writes");
}

/// An officer without a second factor, who has just given the password.
async fn officer_without(app: &Arc<App>) -> Current {
    let account = account_id(app, OFFICER).await;
    credential::Entity::delete_many()
        .filter(credential::Column::Account.eq(account))
        .exec(app.db.write())
        .await
        .expect("writes");
    let opened = log_in(app, OFFICER, PASSWORD).await.expect("logs in");
    current(app, &opened).await.expect("a session")
}

/// The same officer, enrolled with a passkey.
async fn enrolled(app: &Arc<App>) -> (Cx, Current, Device) {
    let before = officer_without(app).await;
    let cx = guest(app);
    let asked = actions::begin_enrolment(&cx, Some(&before), &origin()).await.expect("asks");
    let (device, json) = Device::make(PLACE, &asked.options);
    let answer = Answer { challenge: &asked.challenge.to_string(), json: &json };
    let done = actions::enrol(&cx, Some(&before), answer, "事務局のパソコン").await.expect("enrols");
    assert_eq!(done.recovery_codes.len(), 10);
    let me = current(app, &done.opened).await.expect("a session");
    let cx = Cx { actor: me.actor.clone(), who: me.who.clone(), ..cx };
    (cx, me, device)
}

#[tokio::test]
async fn a_physician_logs_in_without_a_password_and_a_copied_answer_does_not() {
    each_world(|app| async move {
        let (cx, me) = acting(&app, PHYSICIAN).await;
        let wrong = actions::begin_registration(&cx, Some(&me), "wrong-password", &origin()).await;
        assert!(sentence(wrong).contains("パスワードが違います"));
        let mut device = register(&cx, &me, " 恵子のスマートフォン ").await;
        assert_eq!(told(&app, "パスキー「恵子のスマートフォン」が登録されました。").await, 1);
        let mine = lists::of_account(app.db.read(), me.account).await.expect("lists");
        assert_eq!((mine.len(), mine[0].last_used_at), (1, None));

        let asked = ask(&app).await;
        assert_eq!(asked.options["rpId"], "localhost");
        assert!(asked.options["allowCredentials"].as_array().expect("a list").is_empty(), "it tells no ids");
        let json = device.answer(&asked.options);
        let opened = send(&app, &asked, &json).await.expect("logs in");
        let found = current(&app, &opened).await.expect("a session");
        assert_eq!((found.account, found.second_factor), (me.account, SecondFactor::NotNeeded));
        let row = &lists::of_account(app.db.read(), me.account).await.expect("lists")[0];
        assert!(row.last_used_at.is_some() && row.data.contains("\"counter\":1"), "{}", row.data);

        let again = send(&app, &asked, &json).await;
        assert!(sentence(again).contains("すでに使われた"), "a question is answered once");
        let fresh = ask(&app).await;
        assert!(sentence(send(&app, &fresh, &json).await).contains("ログインできませんでした"));
        use_it(&app, &mut device).await.expect("the device itself goes on");
    })
    .await;
}

#[tokio::test]
async fn an_officers_passkey_is_both_factors_and_the_password_alone_is_not() {
    each_world(|app| async move {
        let (cx, me, mut device) = enrolled(&app).await;
        assert_eq!(me.second_factor, SecondFactor::Given);
        let opened = use_it(&app, &mut device).await.expect("logs in");
        let found = current(&app, &opened).await.expect("a session");
        assert_eq!(found.second_factor, SecondFactor::Given);
        assert!(!found.actor.duties().is_empty(), "with all duties");

        // Whoever knows the password alone gets nowhere: no app, no other passkey, no list, no removal.
        let opened = log_in(&app, OFFICER, PASSWORD).await.expect("logs in");
        let half = current(&app, &opened).await.expect("a session");
        assert_eq!(half.second_factor, SecondFactor::Owed);
        let offer = Offer::new(&app.secret, half.account).expect("random");
        let code = one_time_code::at(&offer.secret, app.clock.wall()).expect("a code");
        refused(accounts::enrol(&guest(&app), Some(&half), &offer, &code, &origin()).await);
        refused(actions::begin_enrolment(&guest(&app), Some(&half), &origin()).await);
        refused(actions::begin_registration(&guest(&app), Some(&half), PASSWORD, &origin()).await);
        let id = lists::of_account(app.db.read(), me.account).await.expect("lists")[0].id;
        refused(actions::remove(&guest(&app), Some(&half), id).await);

        // The last second factor stays; with another one beside it, it may go.
        assert!(refused(actions::remove(&cx, Some(&me), id).await).contains("ただ一つ"));
        register(&cx, &me, "予備の鍵").await;
        actions::remove(&cx, Some(&me), id).await.expect("removes");
        assert_eq!(told(&app, "が削除されました。").await, 1);
        assert!(sentence(use_it(&app, &mut device).await).contains("ログインできませんでした"));
    })
    .await;
}

#[tokio::test]
async fn of_two_removed_at_once_one_stays() {
    each_world(|app| async move {
        let (cx, me, _) = enrolled(&app).await;
        register(&cx, &me, "予備の鍵").await;
        let mine = lists::of_account(app.db.read(), me.account).await.expect("lists");
        let (one, other) = tokio::join!(
            actions::remove(&cx, Some(&me), mine[0].id),
            actions::remove(&cx, Some(&me), mine[1].id)
        );
        assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
        assert_eq!(lists::of_account(app.db.read(), me.account).await.expect("lists").len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_wrong_answer_opens_nothing() {
    each_world(|app| async move {
        let (cx, me) = acting(&app, PHYSICIAN).await;
        let mut device = register(&cx, &me, "端末").await;
        let before = sessions(&app, PHYSICIAN).await;
        let wrong = |outcome| sentence::<Opened>(outcome).contains("ログインできませんでした");

        device.asks = false;
        assert!(wrong(use_it(&app, &mut device).await), "without finger, face or code");
        device.asks = true;
        device.origin = "https://mamis.example.net".to_owned();
        assert!(wrong(use_it(&app, &mut device).await), "asked by another site");
        device.origin = PLACE.to_owned();
        let asked = ask(&app).await;
        let other = ask(&app).await;
        assert!(wrong(send(&app, &other, &device.answer(&asked.options)).await), "to another question");
        let forged = device.answer(&asked.options).replace("\"signature\":\"M", "\"signature\":\"N");
        assert!(sentence(send(&app, &asked, &forged).await).contains("ログイン"), "another signature");
        let asked = ask(&app).await;
        for broken in ["", "{}", &"x".repeat(30_000)] {
            assert!(sentence(send(&app, &asked, broken).await).contains("読み取れません"));
        }
        assert!(
            sentence(
                send(
                    &app,
                    &Asked { challenge: Uuid::nil(), ..asked },
                    &device.answer(&ask(&app).await.options)
                )
                .await
            )
            .contains("確認の時間")
        );

        // The limit is tried below.
        login_attempt::Entity::delete_many().exec(app.db.write()).await.expect("writes");
        set_state(&app, PHYSICIAN, "closed").await;
        assert!(wrong(use_it(&app, &mut device).await), "a closed account");
        set_state(&app, PHYSICIAN, "suspended").await;
        assert!(sentence(use_it(&app, &mut device).await).contains("停止"), "the owner is told");
        assert_eq!(sessions(&app, PHYSICIAN).await, before);
        set_state(&app, PHYSICIAN, "active").await;
        use_it(&app, &mut device).await.expect("logs in");
    })
    .await;
}

#[tokio::test]
async fn a_counter_that_goes_back_tells_of_a_copy() {
    each_world(|app| async move {
        let (cx, me) = acting(&app, PHYSICIAN).await;
        let mut device = register(&cx, &me, "端末").await;
        use_it(&app, &mut device).await.expect("logs in");
        use_it(&app, &mut device).await.expect("logs in");
        device.uses = 0;
        assert!(sentence(use_it(&app, &mut device).await).contains("写しが作られたおそれ"));
        assert_eq!(entries(&app, "passkey.copy_suspected").await, 1);
        device.uses = 2;
        use_it(&app, &mut device).await.expect("the one that went on counting");
    })
    .await;
}

#[tokio::test]
async fn a_question_is_for_one_account_and_five_minutes() {
    each_world(|app| async move {
        let (cx, me) = acting(&app, PHYSICIAN).await;
        let (theirs, other) = acting(&app, "ishii").await;
        let asked = actions::begin_registration(&cx, Some(&me), PASSWORD, &origin()).await.expect("asks");
        let (_, json) = Device::make(PLACE, &asked.options);
        let challenge = asked.challenge.to_string();
        let answer = Answer { challenge: &challenge, json: &json };
        let stolen = actions::register(&theirs, Some(&other), answer, "端末").await;
        assert!(sentence(stolen).contains("確認の時間"), "asked of somebody else");
        for name in ["", "　", &"長".repeat(41)] {
            assert!(
                sentence(actions::register(&cx, Some(&me), answer, name).await).contains("名前"),
                "{name}"
            );
        }
        actions::register(&cx, Some(&me), answer, "端末").await.expect("registers");
        assert!(sentence(actions::register(&cx, Some(&me), answer, "端末").await).contains("確認の時間"));

        let asked = actions::begin_registration(&cx, Some(&me), PASSWORD, &origin()).await.expect("asks");
        assert_eq!(
            asked.options["excludeCredentials"].as_array().map(Vec::len),
            Some(1),
            "not twice on one device"
        );
        let late = ask(&app).await;
        app.clock.set(app.clock.now() + Duration::minutes(5));
        let (mut device, json) = Device::make(PLACE, &asked.options);
        let challenge = asked.challenge.to_string();
        let answer = Answer { challenge: &challenge, json: &json };
        assert!(sentence(actions::register(&cx, Some(&me), answer, "端末").await).contains("確認の時間"));
        let over = send(&app, &late, &device.answer(&late.options)).await;
        assert!(sentence(over).contains("確認の時間"));
        app.clock.set(app.clock.now() + Duration::seconds(1));
        let report: Report = mamis_app::jobs::clean_up(&Cx::system(&app, "clean_up")).await.expect("cleans");
        assert!(report.sentence.contains("2 challenges"), "{}", report.sentence);
        assert_eq!(passkey_challenge::Entity::find().count(app.db.read()).await.expect("counts"), 0);
    })
    .await;
}

#[tokio::test]
async fn of_two_answers_to_one_question_one_is_heard() {
    each_world(|app| async move {
        let (cx, me) = acting(&app, PHYSICIAN).await;
        let mut device = register(&cx, &me, "端末").await;
        let before = sessions(&app, PHYSICIAN).await;
        let asked = ask(&app).await;
        let json = device.answer(&asked.options);
        let outcomes = futures::future::join_all((0..4).map(|_| send(&app, &asked, &json))).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        assert_eq!(sessions(&app, PHYSICIAN).await, before + 1);
    })
    .await;
}

#[tokio::test]
async fn whoever_tries_on_and_on_must_wait() {
    each_world(|app| async move {
        let (cx, me) = acting(&app, PHYSICIAN).await;
        let mut device = register(&cx, &me, "端末").await;
        device.asks = false;
        for _ in 0..app.settings.login.failures_per_id {
            sentence(use_it(&app, &mut device).await);
        }
        device.asks = true;
        let waiting = use_it(&app, &mut device).await;
        assert!(matches!(waiting, Err(Error::TooMany { minutes: 15 })), "{waiting:?}");
        log_in(&app, PHYSICIAN, PASSWORD).await.expect("the password is another matter");

        let crowd = Origin { address: "198.51.100.9".to_owned(), user_agent: String::new() };
        for _ in 0..app.settings.login.failures_per_address {
            actions::begin_login(&guest(&app), &crowd).await.expect("asks");
        }
        let waiting = actions::begin_login(&guest(&app), &crowd).await;
        assert!(matches!(waiting, Err(Error::TooMany { minutes: 5 })), "{waiting:?}");
        ask(&app).await;
    })
    .await;
}

#[tokio::test]
async fn nobody_touches_anothers_passkey_and_ten_are_enough() {
    each_world(|app| async move {
        let (cx, me) = acting(&app, PHYSICIAN).await;
        let (theirs, other) = acting(&app, "ishii").await;
        register(&cx, &me, "端末").await;
        let id = lists::of_account(app.db.read(), me.account).await.expect("lists")[0].id;
        let outcome = actions::rename(&theirs, Some(&other), id, "私の").await;
        assert!(matches!(outcome, Err(Error::NotFound)), "{outcome:?}");
        let outcome = actions::remove(&theirs, Some(&other), id).await;
        assert!(matches!(outcome, Err(Error::NotFound)), "{outcome:?}");
        refused(actions::remove(&guest(&app), None, id).await);

        sentence(actions::rename(&cx, Some(&me), id, "").await);
        actions::rename(&cx, Some(&me), id, "自宅のパソコン").await.expect("renames");
        for number in 1..MOST {
            register(&cx, &me, &format!("端末{number}")).await;
        }
        let more = actions::begin_registration(&cx, Some(&me), PASSWORD, &origin()).await;
        assert!(refused(more).contains("10個まで"));
        actions::remove(&cx, Some(&me), id).await.expect("a physician may go without");
        let row = passkey::Entity::find_by_id(id).one(app.db.read()).await.expect("reads");
        assert!(row.is_none());
        for action in ["passkey.register", "passkey.rename", "passkey.remove"] {
            assert!(entries(&app, action).await > 0, "{action}");
        }
    })
    .await;
}
