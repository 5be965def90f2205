//! What offices do for a physician's login, and how a registration is written.

pub(crate) mod record;

use super::lists;
use crate::account::actions::{Code, write_link};
use crate::account::lists::Purpose;
use crate::application::lists::home;
use crate::audit::Entry;
use crate::cx::{Cx, Who};
use crate::decision;
use crate::error::{Error, Result};
use crate::mail::{self, Letter, Recipient};
use chrono::Duration;
use mamis_rules::access;
use mamis_rules::access::application::Kind;
use mamis_rules::access::{Actor, Depth, Duty};
use mamis_rules::base::{PhysicianId, full_name};
use mamis_schema::session;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

/// How long a mailed link works: whoever asked for it on the telephone reads the mail at once or in the evening.
const BY_MAIL: Duration = Duration::hours(24);

/// How long a posted code works: it lies on the post list, then in a letter box.
const BY_POST: Duration = Duration::days(21);

/// By which way a login link went out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To the verified mail address.
    Mail,
    /// Onto the post list.
    Post,
}

/// Leaves a trace of an officer's look at somebody's data, and at which part of it.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn note_look(cx: &Cx, id: PhysicianId, part: &str) -> Result<()> {
    let mut tx = cx.begin().await?;
    tx.audit(Entry::new("physician.look", "physician", id).about(id).with(json!({"part": part})));
    tx.commit().await
}

/// Letters of a reason at most: a sentence.
const REASON: usize = 200;

/// Notes why the keeper of the register opens the data of a member of another association; for half an hour it is
/// then open to this officer.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Invalid`] without a reason, [`Error::Refused`] where none is asked.
#[crate::boxed]
pub async fn give_reason(cx: &Cx, id: PhysicianId, reason: &str) -> Result<()> {
    if reason.is_empty() || reason.chars().count() > REASON {
        return Err(Error::invalid("reason", "見る理由を200文字以内で入力してください。"));
    }
    let mut tx = cx.begin().await?;
    lists::find(cx, tx.db(), id, Depth::Full).await?;
    if !access::physician::needs_reason(&cx.actor, &lists::facts(cx, tx.db(), id).await?) {
        return Err(Error::refused("この医師の情報は、理由を入力せずに見られます。"));
    }
    let entry = Entry::new(lists::tabs::REASON, "physician", id).about(id);
    tx.audit(entry.with(json!({"reason": reason})));
    tx.commit().await
}

/// Leaves a trace of a list that leaves the system, as which kind of file and with how many people.
///
/// # Errors
/// A fault of the database.
pub(super) async fn note_export(cx: &Cx, kind: &str, rows: usize, reason: &str) -> Result<()> {
    let mut detail = json!({"kind": kind, "rows": rows});
    if !reason.is_empty() {
        detail["reason"] = json!(reason);
    }
    let mut tx = cx.begin().await?;
    tx.audit(Entry::of_list("physician.export", "physician").with(detail));
    tx.commit().await
}

/// Resets the login of somebody who cannot log in: ends all sessions and sends a link by which a new password is set.
/// Nobody at the office learns a password.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`] for other offices and for closed accounts, [`Error::Invalid`] without a
/// reason.
#[crate::boxed]
pub async fn send_login_link(cx: &Cx, id: PhysicianId, reason: &str) -> Result<Way> {
    if reason.is_empty() {
        return Err(Error::invalid("reason", "再設定の理由と、本人をどう確かめたかを入力してください。"));
    }
    let mut tx = cx.begin().await?;
    let person = lists::find(cx, tx.db(), id, Depth::Full).await?;
    access::physician::may_send_credentials(&cx.actor, &lists::facts(cx, tx.db(), id).await?)?;
    let account = lists::account_of(tx.db(), id)
        .await?
        .filter(|account| account.state == "active")
        .ok_or_else(|| Error::refused("この医師には、利用できるアカウントがありません。"))?;
    let email = person.email.clone().filter(|_| person.email_verified_at.is_some());
    let (way, lasts, code) = match email {
        Some(_) => (Way::Mail, BY_MAIL, Code::Long),
        None => (Way::Post, BY_POST, Code::ToType),
    };
    let expires_at = cx.app.clock.wall() + lasts;
    let to = email.unwrap_or_default();
    let token = write_link(cx, &tx, account.id, Purpose::PasswordReset, &to, expires_at, code).await?;
    let ended =
        session::Entity::delete_many().filter(session::Column::Account.eq(account.id)).exec(tx.db()).await?;
    let data = json!({
        "name": full_name(&person.family_name, &person.given_name), "office": cx.who.office,
        "login_id": account.login_id, "expires": decision::at(expires_at),
        "link": format!("{}/password-resets/{token}", cx.app.settings.public_url),
    });
    mail::queue(cx, &mut tx, Letter::new("login_link", Recipient::Physician(id), &data)?).await?;
    let detail =
        json!({"reason": reason, "sessions_ended": ended.rows_affected, "by_post": way == Way::Post});
    tx.audit(Entry::new("physician.send_login_link", "account", account.id).about(id).with(detail));
    tx.commit().await?;
    Ok(way)
}

/// The context in which an officer fills in this physician's own forms: the rules see the physician, every record names
/// the officer. Answers with it and the physician's name.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`] for anybody but the officers of this duty, certification or membership, at
/// the physician's own offices.
#[crate::boxed]
pub async fn stand_in(cx: &Cx, id: PhysicianId, duty: Duty) -> Result<(Cx, String)> {
    let person = lists::find(cx, cx.db(), id, Depth::Full).await?;
    let facts = lists::facts(cx, cx.db(), id).await?;
    let kind = match duty {
        Duty::Membership => {
            access::physician::may_edit(&cx.actor, &facts)?;
            Kind::Joining
        }
        _ => {
            access::physician::may_declare_credits(&cx.actor, &facts)?;
            Kind::Certification
        }
    };
    let home = home::of(cx.db(), id, cx.today()).await?;
    let facts = access::application::Facts {
        kind,
        applicant: Some(id),
        filed_by: None,
        route: home.bodies.iter().map(|body| body.id).collect(),
        pending: None,
        submitted: false,
    };
    access::application::may_enter_on_behalf(&cx.actor, &facts)?;
    if person.deceased_on.is_some() {
        return Err(Error::refused("亡くなった方の申請は入力できません。"));
    }
    let account = cx.actor.account().ok_or(Error::NotFound)?;
    let who = Who { name: format!("{}（{} 代理入力）", cx.who.name, cx.who.office), ..cx.who.clone() };
    let actor = Actor::Physician { account, physician: id };
    Ok((Cx { actor, who, ..cx.clone() }, full_name(&person.family_name, &person.given_name)))
}
