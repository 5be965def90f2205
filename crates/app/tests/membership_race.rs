//! Two at once with one procedure of membership: offices of two tiers, the two sides of a transfer, the last decision and
//! the withdrawal. One of them has acted, and nothing is half done.

use crate::membership::{act, letters, of, of_person, row, sent};
use crate::office::{decide_unasked, officer};
use crate::people::{cx, each_world, physician};
use mamis_app::application::actions::withdraw;
use mamis_app::membership_application::actions::office::{Decision, decide};
use mamis_app::{App, Cx, Error, Result};
use mamis_rules::association::Tier;
use mamis_rules::base::{ApplicationId, PhysicianId};
use mamis_rules::flow::membership::Command;
use mamis_schema::{decision, document, membership, physician as people};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use std::sync::Arc;
use uuid::Uuid;

fn plain(version: i64, command: Command) -> Decision<'static> {
    let comment =
        if matches!(command, Command::Return | Command::Reject) { "確認してください。" } else { "" };
    Decision { version, command, comment, effective_on: None }
}

/// The commands given so far, oldest first.
async fn commands(app: &App, id: ApplicationId) -> Vec<String> {
    let rows = decision::Entity::find()
        .filter(decision::Column::Application.eq(Uuid::from(id)))
        .order_by_asc(decision::Column::Id)
        .all(app.db.read())
        .await
        .expect("reads");
    rows.into_iter().map(|row| row.command).collect()
}

/// Whoever came second was told so.
fn told(result: Result<()>) {
    match result {
        Err(Error::Stale(sentence)) => assert!(sentence.contains("さんが"), "{sentence}"),
        Err(Error::Refused(sentence)) => assert!(!sentence.is_empty()),
        other => panic!("{other:?}"),
    }
}

/// Both see the same version. The office above has no turn yet, and having waited for the other does not give it one.
#[tokio::test]
async fn of_the_offices_of_two_tiers_at_once_the_lower_one_decides() {
    for order in [false, true] {
        each_world(|app| async move {
            let (shimizu, id) = sent(&app, "142051", Tier::National).await;
            let version = row(&app, id).await.version;
            let (low, high) = (officer(&app, "fujisawa-admin").await, officer(&app, "o14").await);
            let approve = plain(version, Command::Approve);
            let (first, second) = if order { (&high, &low) } else { (&low, &high) };
            let (one, other) = tokio::join!(decide(first, id, approve), decide(second, id, approve));
            let (of_low, of_high) = if order { (other, one) } else { (one, other) };
            of_low.expect("has the turn");
            told(of_high);
            assert_eq!(commands(&app, id).await, ["submit", "approve"]);
            let held = of_person(&app, physician(&shimizu)).await;
            assert_eq!(held.len(), 1, "a member of the municipal association alone: {held:?}");
        })
        .await;
    }
}

/// 原 moves from 藤沢市 to 千葉市. Whatever both sides do at once, one act follows the other or is refused.
#[tokio::test]
async fn of_the_two_sides_of_a_transfer_at_once_the_former_one_acts_first() {
    for answer in [Command::Confirm, Command::Reject] {
        each_world(|app| async move {
            let id = of(&app, "hara").await;
            let person = physician(&cx(&app, "hara").await);
            let (before, version) = (of_person(&app, person).await, row(&app, id).await.version);
            let (former, new) = (officer(&app, "fujisawa-admin").await, officer(&app, "o121002").await);
            let (left, taken) = tokio::join!(
                decide(&former, id, plain(version, answer)),
                decide(&new, id, plain(version, Command::Approve)),
            );
            left.expect("has the turn");
            told(taken);
            assert_eq!(commands(&app, id).await, ["submit", answer.name()]);
            assert_eq!(of_person(&app, person).await, before, "nobody has moved");
            if answer == Command::Reject {
                return;
            }
            // The new side has the turn now; the former one cannot take its word back any more.
            let version = row(&app, id).await.version;
            let (taken, left) = tokio::join!(
                decide(&new, id, plain(version, Command::Approve)),
                decide(&former, id, plain(version, Command::Reject)),
            );
            taken.expect("has the turn");
            told(left);
            assert_eq!(commands(&app, id).await, ["submit", "confirm", "approve"]);
            assert_eq!(row(&app, id).await.state, "prefectural_review");
            assert_eq!(of_person(&app, person).await, before, "nothing moves before the last decision");
        })
        .await;
    }
}

/// A joining of 清水 that the national association has to decide.
async fn before_the_last(app: &Arc<App>) -> (Cx, ApplicationId) {
    let (shimizu, id) = sent(app, "142051", Tier::National).await;
    act(app, "fujisawa-admin", id, Command::Approve).await.expect("approves");
    act(app, "o14", id, Command::Approve).await.expect("approves");
    (shimizu, id)
}

/// What cannot be true of a joining together.
async fn contradictions(app: &App, id: ApplicationId, person: PhysicianId) -> Vec<&'static str> {
    let db = app.db.read();
    let state = row(app, id).await.state;
    let given = commands(app, id).await;
    let who = people::Entity::find_by_id(Uuid::from(person)).one(db).await.expect("reads").expect("is there");
    let national = membership::Entity::find()
        .filter(membership::Column::Physician.eq(Uuid::from(person)))
        .filter(membership::Column::Tier.eq("national"))
        .count(db)
        .await
        .expect("counts");
    let notices = document::Entity::find()
        .filter(document::Column::Physician.eq(Uuid::from(person)))
        .filter(document::Column::Kind.eq("joining_notice"))
        .count(db)
        .await
        .expect("counts");
    let approved = u64::from(state == "approved");
    let welcomed = letters(app, "joining_approved", &who.family_name).await;
    let mut found = Vec::new();
    let mut claim = |holds: bool, what: &'static str| {
        if !holds {
            found.push(what);
        }
    };
    claim(given.len() == 4, "one last decision");
    claim(national == approved, "a member where approved, and only there");
    claim(who.national_member_id.is_some() == (approved == 1), "a member id where approved, and only there");
    claim(notices == approved && welcomed == approved, "a welcome where approved, and only there");
    found
}

#[tokio::test]
async fn of_the_last_decision_and_the_withdrawal_one_stands() {
    for withdraws_first in [false, true] {
        each_world(|app| async move {
            let (shimizu, id) = before_the_last(&app).await;
            let national = officer(&app, "national-admin").await;
            let approve = plain(row(&app, id).await.version, Command::Approve);
            let (approved, withdrawn) = if withdraws_first {
                let (withdrawn, approved) =
                    tokio::join!(withdraw(&shimizu, id, ""), decide(&national, id, approve));
                (approved, withdrawn)
            } else {
                tokio::join!(decide(&national, id, approve), withdraw(&shimizu, id, ""))
            };
            assert!(approved.is_ok() != withdrawn.is_ok(), "{approved:?} {withdrawn:?}");
            let stands = if approved.is_ok() { "approved" } else { "withdrawn" };
            told(if approved.is_ok() { withdrawn } else { approved });
            assert_eq!(row(&app, id).await.state, stands);
            let none: Vec<&str> = Vec::new();
            assert_eq!(contradictions(&app, id, physician(&shimizu)).await, none, "{stands}");
        })
        .await;
    }
}

/// The control for the tests above: both have read the same version, and write without asking for it.
#[tokio::test]
async fn without_the_version_somebody_would_be_a_member_by_a_joining_that_was_withdrawn() {
    each_world(|app| async move {
        let (shimizu, id) = before_the_last(&app).await;
        let read = row(&app, id).await;
        act(&app, "national-admin", id, Command::Approve).await.expect("approves");
        decide_unasked(&app, &read, "withdraw", "withdrawn").await;
        let found = contradictions(&app, id, physician(&shimizu)).await;
        assert_eq!(found.len(), 4, "each of the claims can fail: {found:?}");
    })
    .await;
}
