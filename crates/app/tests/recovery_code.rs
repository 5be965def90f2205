//! Recovery codes: good once, in place of the one-time code, and told to their owner.

use crate::account::{
    OFFICER, PHYSICIAN, account_id, acting, current, each_world, guest, log_in, origin, sentence, told,
};
use mamis_app::account::actions;
use mamis_app::account::lists::{self, Current, SecondFactor};
use mamis_app::account::one_time_code::{self, Offer};
use mamis_app::seed::PASSWORD;
use mamis_app::{App, Cx, Error};
use mamis_rules::base::AccountId;
use mamis_schema::{audit_entry, credential, recovery_code};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use std::sync::Arc;

/// An officer who has just registered an app, and the codes shown then.
async fn enrolled(app: &Arc<App>) -> (Current, Vec<String>) {
    let account = account_id(app, OFFICER).await;
    credential::Entity::delete_many()
        .filter(credential::Column::Account.eq(account))
        .exec(app.db.write())
        .await
        .expect("writes");
    let opened = log_in(app, OFFICER, PASSWORD).await.expect("logs in");
    let before = current(app, &opened).await.expect("a session");
    let offer = Offer::new(&app.secret, before.account).expect("random");
    let code = one_time_code::at(&offer.secret, app.clock.wall()).expect("a code");
    let done = actions::enrol(&guest(app), Some(&before), &offer, &code, &origin()).await.expect("registers");
    (current(app, &done.opened).await.expect("a session"), done.recovery_codes)
}

async fn owing(app: &Arc<App>) -> Current {
    let opened = log_in(app, OFFICER, PASSWORD).await.expect("logs in");
    current(app, &opened).await.expect("a session")
}

async fn left(app: &App, account: AccountId) -> u64 {
    lists::recovery_codes_left(app.db.read(), account).await.expect("counts")
}

#[tokio::test]
async fn a_recovery_code_opens_once_and_its_owner_hears_of_it() {
    each_world(|app| async move {
        let (session, codes) = enrolled(&app).await;
        assert_eq!((codes.len(), left(&app, session.account).await), (10, 10));
        let rows = recovery_code::Entity::find().all(app.db.read()).await.expect("reads");
        let stored = |code: &String| rows.iter().any(|row| row.code_hash.contains(code));
        assert!(!codes.iter().any(stored), "the table holds no code");

        let before = owing(&app).await;
        let give = |code: String| {
            let (app, before) = (app.clone(), before.clone());
            async move { actions::give_recovery_code(&guest(&app), Some(&before), &code, &origin()).await }
        };
        sentence(give("ABCD-EFGH-JKLM-NPQR".to_owned()).await);
        let typed = codes[3].to_lowercase().replace('-', "　");
        let raised = give(typed).await.expect("typed in any way");
        let after = current(&app, &raised).await.expect("a session");
        assert_eq!(after.second_factor, SecondFactor::Given);
        assert_eq!(left(&app, session.account).await, 9);
        assert_eq!(told(&app, "予備コードを使ったログインがありました。").await, 1);
        let entry = audit_entry::Entity::find()
            .filter(audit_entry::Column::Action.eq("account.give_recovery_code"))
            .one(app.db.read())
            .await
            .expect("reads")
            .expect("an entry");
        assert_eq!(entry.detail, r#"{"left":9}"#);

        let again = owing(&app).await;
        let used = actions::give_recovery_code(&guest(&app), Some(&again), &codes[3], &origin()).await;
        assert!(sentence(used).contains("すでに使われています"));
        let at_once = (0..4).map(|_| async {
            let one = owing(&app).await;
            actions::give_recovery_code(&guest(&app), Some(&one), &codes[4], &origin()).await
        });
        let outcomes = futures::future::join_all(at_once).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    })
    .await;
}

#[tokio::test]
async fn recovery_codes_share_the_limit_of_one_time_codes() {
    each_world(|app| async move {
        let (_, codes) = enrolled(&app).await;
        let before = owing(&app).await;
        for number in 0..app.settings.login.failures_per_id {
            let outcome = match number % 2 {
                0 => actions::give_code(&guest(&app), Some(&before), "12345x", &origin()).await,
                _ => actions::give_recovery_code(&guest(&app), Some(&before), "ABCD", &origin()).await,
            };
            sentence(outcome);
        }
        let refused = actions::give_recovery_code(&guest(&app), Some(&before), &codes[0], &origin()).await;
        assert!(matches!(refused, Err(Error::TooMany { .. })), "{refused:?}");
    })
    .await;
}

#[tokio::test]
async fn a_new_set_asks_for_the_password_and_replaces_the_old_one() {
    each_world(|app| async move {
        let (session, old) = enrolled(&app).await;
        let cx = Cx { actor: session.actor.clone(), who: session.who.clone(), ..guest(&app) };
        sentence(actions::renew_recovery_codes(&cx, Some(&session), "wrong-password", &origin()).await);
        let new =
            actions::renew_recovery_codes(&cx, Some(&session), PASSWORD, &origin()).await.expect("makes");
        assert_eq!((new.len(), left(&app, session.account).await), (10, 10));
        assert_eq!(told(&app, "予備コードが新しく発行されました。").await, 1);
        assert_eq!(lists::own(&cx).await.expect("reads").recovery_codes, 10);
        let before = owing(&app).await;
        sentence(actions::give_recovery_code(&guest(&app), Some(&before), &old[0], &origin()).await);
        actions::give_recovery_code(&guest(&app), Some(&before), &new[0], &origin()).await.expect("opens");

        let (physician, sato) = acting(&app, PHYSICIAN).await;
        let refused = actions::renew_recovery_codes(&physician, Some(&sato), PASSWORD, &origin()).await;
        assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
    })
    .await;
}
