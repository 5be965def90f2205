//! Administrators and the logins of their officers.

use crate::office::officer;
use mamis_app::officer::actions::{reset_second_factor, restore, suspend};
use mamis_app::officer::lists;
use mamis_app::testing::each_world;
use mamis_app::{App, Cx, Error};
use mamis_rules::access::{Actor, Duty};
use mamis_rules::base::OfficerId;
use mamis_schema::{account, audit_entry, credential, duty, outbox, passkey, recovery_code, session};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use uuid::Uuid;

fn own_id(cx: &Cx) -> OfficerId {
    match &cx.actor {
        Actor::Officer { officer, .. } => *officer,
        other => panic!("an officer, not {other:?}"),
    }
}

async fn account_of(app: &App, id: OfficerId) -> account::Model {
    account::Entity::find()
        .filter(account::Column::Officer.eq(Uuid::from(id)))
        .one(app.db.read())
        .await
        .expect("reads")
        .expect("an account")
}

async fn log_in(app: &App, account: Uuid) {
    let at = app.clock.wall();
    session::ActiveModel::from(session::Model {
        id: Uuid::now_v7(),
        token_hash: Uuid::now_v7().to_string(),
        account,
        created_at: at,
        last_seen_at: at,
        expires_at: at + chrono::Duration::hours(1),
        second_factor_at: Some(at),
        user_agent: String::new(),
        address: String::new(),
    })
    .reset_all()
    .insert(app.db.write())
    .await
    .expect("writes");
}

async fn write_passkey(app: &App, account: Uuid) {
    let row = passkey::Model {
        id: Uuid::now_v7(),
        account,
        external_id: "key".to_owned(),
        name: "パソコン".to_owned(),
        data: "{}".to_owned(),
        created_at: app.clock.now(),
        last_used_at: None,
    };
    passkey::ActiveModel::from(row).reset_all().insert(app.db.write()).await.expect("writes");
}

async fn write_code(app: &App, account: Uuid) {
    let row = recovery_code::Model {
        id: Uuid::now_v7(),
        account,
        code_hash: "hash".to_owned(),
        used_at: None,
        created_at: app.clock.wall(),
    };
    recovery_code::ActiveModel::from(row).reset_all().insert(app.db.write()).await.expect("writes");
}

#[tokio::test]
async fn a_lost_device_is_forgotten_and_its_owner_hears_who_did_it() {
    each_world(|app| async move {
        let admin = officer(&app, "fujisawa-admin").await;
        let lost = own_id(&officer(&app, "fujisawa-cert").await);
        let row = account_of(&app, lost).await;
        log_in(&app, row.id).await;
        write_code(&app, row.id).await;
        write_passkey(&app, row.id).await;
        let factors = || credential::Entity::find().filter(credential::Column::Account.eq(row.id));
        let sessions = || session::Entity::find().filter(session::Column::Account.eq(row.id));
        let codes = || recovery_code::Entity::find().filter(recovery_code::Column::Account.eq(row.id));
        let passkeys = || passkey::Entity::find().filter(passkey::Column::Account.eq(row.id));
        let (before, _) = lists::page(&admin, "浜野", 1).await.expect("lists");
        assert!(before[0].second_factor_since.is_some() && before[0].fixed.is_none(), "{before:?}");
        assert_eq!(before[0].offices, [("藤沢市医師会".to_owned(), vec![Duty::Certification])]);

        assert!(matches!(reset_second_factor(&admin, lost, "").await, Err(Error::Invalid(_))));
        assert_eq!(factors().count(app.db.read()).await.expect("counts"), 1, "nothing without a reason");
        reset_second_factor(&admin, lost, "紛失。窓口で確認").await.expect("resets");
        assert_eq!(factors().count(app.db.read()).await.expect("counts"), 0);
        assert_eq!(
            passkeys().count(app.db.read()).await.expect("counts"),
            0,
            "the device may be the stolen one"
        );
        assert_eq!(sessions().count(app.db.read()).await.expect("counts"), 0, "every session ends");
        assert_eq!(codes().count(app.db.read()).await.expect("counts"), 0, "the codes on paper go as well");
        let letter = outbox::Entity::find()
            .filter(outbox::Column::Kind.eq("login_changed"))
            .filter(outbox::Column::Officer.eq(Uuid::from(lost)))
            .one(app.db.read())
            .await
            .expect("reads")
            .expect("a letter");
        assert!(letter.body.contains("片瀬 由香（藤沢市医師会）"), "{}", letter.body);
        let entry = audit_entry::Entity::find()
            .filter(audit_entry::Column::Action.eq("officer.reset_second_factor"))
            .one(app.db.read())
            .await
            .expect("reads")
            .expect("an entry");
        assert!(entry.object == Some(lost.into()) && entry.detail.contains("窓口で確認"), "{}", entry.detail);
        let again = reset_second_factor(&admin, lost, "紛失").await;
        assert!(matches!(again, Err(Error::Refused(_))), "nothing left to take away: {again:?}");
    })
    .await;
}

#[tokio::test]
async fn administrators_reach_their_own_office_and_those_below() {
    each_world(|app| async move {
        let admin = officer(&app, "fujisawa-admin").await;
        let national = officer(&app, "national-admin").await;
        let above = own_id(&officer(&app, "kanagawa-cert").await);
        let elsewhere = own_id(&officer(&app, "yokohama-cert").await);
        for stranger in [above, elsewhere] {
            let refused = reset_second_factor(&admin, stranger, "紛失").await;
            assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
        }
        let own = reset_second_factor(&admin, own_id(&admin), "紛失").await;
        assert!(matches!(&own, Err(Error::Refused(why)) if why.contains("ほかの管理の担当者")), "{own:?}");
        let certifier = officer(&app, "fujisawa-cert").await;
        let colleague = reset_second_factor(&certifier, own_id(&admin), "紛失").await;
        assert!(matches!(colleague, Err(Error::NotFound)), "without the duty: {colleague:?}");
        reset_second_factor(&national, own_id(&admin), "最後の管理担当者").await.expect("from above");
        let (_, here) = lists::page(&admin, "", 1).await.expect("lists");
        let (_, everywhere) = lists::page(&national, "", 1).await.expect("lists");
        assert!(3 <= here && here < everywhere, "{here} of {everywhere}");
    })
    .await;
}

async fn state(app: &App, id: OfficerId) -> String {
    account_of(app, id).await.state
}

/// Gives an officer the duty of another one as well.
async fn share_duty(app: &App, from: OfficerId, to: OfficerId) {
    let held =
        duty::Entity::find().filter(duty::Column::Officer.eq(Uuid::from(from))).one(app.db.read()).await;
    let held = held.expect("reads").expect("a duty");
    duty::ActiveModel::from(duty::Model { id: Uuid::now_v7(), officer: to.into(), ..held })
        .reset_all()
        .insert(app.db.write())
        .await
        .expect("writes");
}

#[tokio::test]
async fn an_account_is_suspended_and_restored_with_a_reason() {
    each_world(|app| async move {
        let admin = officer(&app, "fujisawa-admin").await;
        let id = own_id(&officer(&app, "fujisawa-cert").await);
        let row = account_of(&app, id).await;
        log_in(&app, row.id).await;
        assert!(matches!(suspend(&admin, id, "").await, Err(Error::Invalid(_))));
        assert!(matches!(restore(&admin, id, "復職").await, Err(Error::Refused(_))), "it is in use");
        suspend(&admin, id, "休職").await.expect("suspends");
        assert_eq!(state(&app, id).await, "suspended");
        let sessions = session::Entity::find().filter(session::Column::Account.eq(row.id));
        assert_eq!(sessions.count(app.db.read()).await.expect("counts"), 0, "every session ends");
        assert!(matches!(suspend(&admin, id, "休職").await, Err(Error::Refused(_))), "once");
        restore(&admin, id, "復職").await.expect("restores");
        assert_eq!(state(&app, id).await, "active");

        let letters = outbox::Entity::find()
            .filter(outbox::Column::Officer.eq(Uuid::from(id)))
            .filter(outbox::Column::Kind.eq("login_changed"));
        let letters = letters.all(app.db.read()).await.expect("reads");
        for what in ["停止した人: 片瀬 由香（藤沢市医師会）", "再開した人: 片瀬 由香（藤沢市医師会）"]
        {
            assert!(letters.iter().any(|letter| letter.body.contains(what)), "{what}: {letters:?}");
        }
        for (action, reason) in [("officer.suspend", "休職"), ("officer.restore", "復職")] {
            let entries = audit_entry::Entity::find().filter(audit_entry::Column::Action.eq(action));
            let entries = entries.all(app.db.read()).await.expect("reads");
            assert_eq!(entries.len(), 1, "{action}");
            assert!(entries[0].object == Some(id.into()) && entries[0].detail.contains(reason));
        }
    })
    .await;
}

#[tokio::test]
async fn an_office_keeps_an_administrator_who_can_log_in() {
    each_world(|app| async move {
        let admin = officer(&app, "fujisawa-admin").await;
        let national = officer(&app, "national-admin").await;
        let (last, other) = (own_id(&admin), own_id(&officer(&app, "fujisawa-cert").await));
        let refused = suspend(&national, last, "疑い").await;
        assert!(
            matches!(&refused, Err(Error::Refused(why)) if why.contains("藤沢市医師会でただ一人")),
            "{refused:?}"
        );
        assert!(matches!(suspend(&admin, last, "疑い").await, Err(Error::Refused(_))), "nobody their own");
        let stranger = own_id(&officer(&app, "yokohama-cert").await);
        assert!(matches!(suspend(&admin, stranger, "疑い").await, Err(Error::NotFound)));

        share_duty(&app, last, other).await;
        let colleague = officer(&app, "fujisawa-cert").await;
        let both = futures::join!(suspend(&admin, other, "疑い"), suspend(&colleague, last, "疑い"));
        let done = [&both.0, &both.1].into_iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(done, 1, "two who suspend each other at once: {both:?}");
        let states = [state(&app, last).await, state(&app, other).await];
        assert!(states.contains(&"active".to_owned()), "{states:?}");
    })
    .await;
}
