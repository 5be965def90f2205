//! The office compares the licence.

use super::super::lists::{self, Shown};
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::error::{Error, Result};
use crate::mail::{self, Letter, Recipient};
use mamis_rules::access::registration::may_check;
use mamis_rules::association::Tier;
use mamis_rules::base::{PhysicianId, RegistrationId, full_name};
use mamis_rules::flow::registration::{Command, Found, State, step};
use mamis_rules::flow::{Effect, Who};
use mamis_schema::{account, physician, registration, session};
use registration::Column as R;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

/// What an office decides about a registration.
#[derive(Clone, Debug)]
pub struct Check {
    /// Confirm or refuse.
    pub command: Command,
    /// To the person; needed for a refusal.
    pub comment: String,
    /// The version that was on the screen.
    pub version: i64,
}

/// A registration with what is compared. The look is noted: it is all of a person's data.
///
/// # Errors
/// [`Error::NotFound`].
#[crate::boxed]
pub async fn look(cx: &Cx, id: RegistrationId) -> Result<Shown> {
    let shown = lists::show(cx, id).await?;
    let mut tx = cx.begin().await?;
    tx.audit(Entry::new("registration.look", "registration", id).about(shown.person.id.into()));
    tx.commit().await?;
    Ok(shown)
}

/// Records that the licence was compared, and tells the person. Refused, the login ends; confirmed after all, it opens
/// again.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`] for other offices and in another state, [`Error::Invalid`] without a reason,
/// [`Error::Stale`] when a colleague was faster.
#[crate::boxed]
pub async fn check(cx: &Cx, id: RegistrationId, check: &Check) -> Result<State> {
    if check.command == Command::Refuse && check.comment.is_empty() {
        return Err(Error::invalid("comment", "確認できない理由を入力してください。本人に届きます。"));
    }
    let mut tx = cx.begin().await?;
    let row = lists::find(cx, tx.db(), id).await?;
    may_check(&cx.actor, &lists::facts(&row))?;
    if row.version != check.version {
        return Err(stale(&row));
    }
    let from: State = row.state.parse().map_err(Error::fault)?;
    let step = step(from, check.command, Who::Office(Tier::Prefectural), Found::Other)?;
    let changed = registration::Entity::update_many()
        .col_expr(R::State, Expr::value(step.to.name()))
        .col_expr(R::Comment, Expr::value(check.comment.clone()))
        .col_expr(R::DecidedBy, Expr::value(cx.who.signed()))
        .col_expr(R::DecidedOn, Expr::value(cx.today().date()))
        .col_expr(R::Version, Expr::col(R::Version).add(1))
        .filter(R::Id.eq(row.id))
        .filter(R::Version.eq(check.version))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 {
        return Err(stale(&row));
    }
    let person = row.physician.ok_or(Error::NotFound)?;
    for effect in step.effects {
        match effect {
            Effect::CloseAccess => set_login(&tx, person, "active", "closed").await?,
            // A living person's alone: what a death has closed stays closed.
            Effect::OpenAccess if from == State::Refused => open_login(&tx, person).await?,
            Effect::NotifyApplicant => tell(cx, &mut tx, person, step.to, &check.comment).await?,
            _ => {}
        }
    }
    let detail = json!({"command": check.command.name(), "comment": check.comment});
    let entry = Entry::new("registration.check", "registration", row.id);
    tx.audit(entry.about(PhysicianId::from(person)).with(detail));
    tx.commit().await?;
    Ok(step.to)
}

fn stale(row: &registration::Model) -> Error {
    let who = if row.decided_by.is_empty() { "ほかの職員" } else { &row.decided_by };
    Error::Stale(format!("先に{who}が確認を記録しました。ページを読み込み直して、いまの内容を見てください。"))
}

async fn open_login(tx: &Tx<'_>, person: Uuid) -> Result<()> {
    let row = physician::Entity::find_by_id(person).one(tx.db()).await?.ok_or(Error::NotFound)?;
    if row.deceased_on.is_some() { Ok(()) } else { set_login(tx, person, "closed", "active").await }
}

/// Moves the login of a person from one state to another, and ends the sessions.
async fn set_login(tx: &Tx<'_>, person: Uuid, from: &str, to: &str) -> Result<()> {
    let owned = account::Entity::find().filter(account::Column::Physician.eq(person)).one(tx.db()).await?;
    let Some(account) = owned else { return Ok(()) };
    account::Entity::update_many()
        .col_expr(account::Column::State, Expr::value(to))
        .col_expr(account::Column::Version, Expr::col(account::Column::Version).add(1))
        .filter(account::Column::Id.eq(account.id))
        .filter(account::Column::State.eq(from))
        .exec(tx.db())
        .await?;
    session::Entity::delete_many().filter(session::Column::Account.eq(account.id)).exec(tx.db()).await?;
    Ok(())
}

async fn tell(cx: &Cx, tx: &mut Tx<'_>, person: Uuid, state: State, comment: &str) -> Result<()> {
    let row = physician::Entity::find_by_id(person).one(tx.db()).await?.ok_or(Error::NotFound)?;
    let (outcome, next, path) = match state {
        State::Confirmed => {
            ("医師免許証を確認しました。".to_owned(), "いままでどおりお使いください。".to_owned(), "/my")
        }
        _ => (
            format!("確認できませんでした。（理由：{comment}）"),
            format!("ログインを止めました。お手数ですが、{}へご連絡ください。", cx.who.office),
            "/help",
        ),
    };
    let data = json!({
        "name": full_name(&row.family_name, &row.given_name), "office": cx.who.office,
        "outcome": outcome, "next": next, "link": format!("{}{path}", cx.app.settings.public_url),
    });
    mail::queue(cx, tx, Letter::new("registration_checked", Recipient::Physician(person.into()), &data)?)
        .await
}
