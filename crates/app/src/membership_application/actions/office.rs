//! What an office does with a procedure: decide, take a leaving back, write down a death.

use super::{blank, numbered};
use crate::application::actions::{frame_of, write_route};
use crate::application::advance::{Step, advance, command_label};
use crate::application::lists::Frame;
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::db::dialect;
use crate::decision::{self, On};
use crate::error::{Error, Result};
use crate::membership::lists as membership;
use crate::membership_application::effects;
use crate::membership_application::lists::{self, Found};
use crate::physician::lists as physicians;
use mamis_rules::access::application::Kind;
use mamis_rules::access::{self, Depth, Duty};
use mamis_rules::association::{Host, Tier};
use mamis_rules::base::{ApplicationId, AssociationId, Day, PhysicianId};
use mamis_rules::flow::membership::{Cause, Command, LeavingScope};
use mamis_rules::membership as rules;
use mamis_schema::{application, membership_application};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

/// What an office decides.
#[derive(Clone, Copy, Debug)]
pub struct Decision<'a> {
    /// The version that the page showed.
    pub version: i64,
    /// The command; the flow says which ones the office has.
    pub command: Command,
    /// To the applicant: obligatory for a return and a rejection.
    pub comment: &'a str,
    /// The day from which it holds (for a leaving the last day); none leaves the wanted day.
    pub effective_on: Option<Day>,
}

/// Decides for the association whose turn it is.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Stale`] with what somebody else did; [`Error::Refused`] in the words of access, flow or
/// the rules of membership; [`Error::Invalid`] without a reason or with a day that will not do.
#[crate::boxed]
pub async fn decide<'a>(cx: &'a Cx, id: ApplicationId, decision: Decision<'a>) -> Result<()> {
    let mut tx = cx.begin().await?;
    let physician = lists::find(cx, tx.db(), id).await?.frame.row.physician;
    dialect::lock_physician(tx.db(), physician).await?;
    let found = lists::find(cx, tx.db(), id).await?;
    // Asked before the right: whoever came too late reads what was done, not that it is no longer their turn.
    check_version(&tx, &found, decision.version).await?;
    access::application::may_decide(&cx.actor, &found.frame.facts)?;
    check_comment(decision)?;
    let stop =
        found.frame.pending().ok_or_else(|| Error::refused("いまは、どの医師会の順番でもありません。"))?;
    let (who, association) = (stop.bare().who(), stop.association);
    let goes_on = !matches!(decision.command, Command::Return | Command::Reject);
    if let Some(day) = decision.effective_on.filter(|day| goes_on && found.details.effective_on != Some(*day))
    {
        set_day(cx, &mut tx, &found, day).await?;
    }
    let step = Step {
        command: decision.command.name(),
        who,
        association: Some(association),
        comment: decision.comment,
        batch: None,
    };
    advance(cx, &mut tx, found.frame.row, step).await?;
    tx.commit().await
}

async fn check_version(tx: &Tx<'_>, found: &Found, version: i64) -> Result<()> {
    if found.frame.row.version == version {
        return Ok(());
    }
    Err(decision::stale(tx.db(), On::Application(found.id()), command_label).await)
}

fn check_comment(decision: Decision<'_>) -> Result<()> {
    match decision.command {
        Command::Return if decision.comment.is_empty() => {
            Err(Error::invalid("comment", "何を直せばよいか、申請者に伝わるように入力してください。"))
        }
        Command::Reject if decision.comment.is_empty() => {
            Err(Error::invalid("comment", "却下の理由を入力してください。"))
        }
        _ => Ok(()),
    }
}

/// The office sets another day than the one wanted.
async fn set_day(cx: &Cx, tx: &mut Tx<'_>, found: &Found, day: Day) -> Result<()> {
    rules::check_day(day, cx.today()).map_err(|no| Error::invalid("effective_on", &no.to_string()))?;
    membership_application::Entity::update_many()
        .col_expr(membership_application::Column::EffectiveOn, Expr::value(day.date()))
        .filter(membership_application::Column::Application.eq(found.frame.row.id))
        .exec(tx.db())
        .await?;
    let entry = Entry::new("application.set_day", "application", found.id());
    let detail = json!({"from": found.details.effective_on, "to": day});
    tx.audit(entry.about(found.frame.row.physician.into()).with(detail));
    Ok(())
}

/// Takes back a finished leaving, by the association that decided it, within thirty days.
///
/// # Errors
/// [`Error::Refused`] for other associations, too late, or when something else began since; [`Error::Invalid`] without a
/// reason; [`Error::Stale`].
#[crate::boxed]
pub async fn undo(cx: &Cx, id: ApplicationId, version: i64, reason: &str) -> Result<()> {
    let mut tx = cx.begin().await?;
    let physician = lists::find(cx, tx.db(), id).await?.frame.row.physician;
    dialect::lock_physician(tx.db(), physician).await?;
    let found = lists::find(cx, tx.db(), id).await?;
    check_version(&tx, &found, version).await?;
    access::application::may_undo_leaving(&cx.actor, &found.frame.facts)?;
    let stop = lists::undo(cx, &found)?.ok_or_else(|| {
        Error::refused("退会を取り消せるのは、退会を決めた医師会だけです。決まった日から30日以内に限ります。")
    })?;
    if reason.is_empty() {
        return Err(Error::invalid("reason", "退会を取り消す理由を入力してください。本人にも届きます。"));
    }
    let step = Step {
        command: Command::Undo.name(),
        who: stop.who(),
        association: Some(stop.association),
        comment: reason,
        batch: None,
    };
    advance(cx, &mut tx, found.frame.row, step).await?;
    tx.commit().await
}

/// What is said where nobody wrote how a loss is known.
pub const LOSS_UNTOLD: &str =
    "どのように確認したかを入力してください（例：ご家族からの電話と死亡診断書の写し）。";

/// What an office writes down about somebody.
#[derive(Clone, Copy, Debug)]
pub struct Loss<'a> {
    /// Death or the loss of the licence.
    pub cause: Cause,
    /// The day of it: the last day of every membership, where nothing was decided for a later one.
    pub on: Day,
    /// How the office knows.
    pub reason: &'a str,
}

/// Writes down a death or the loss of a licence: ends the login and files the leaving, which the prefectural
/// association confirms. Somebody who belongs nowhere has no leaving; the answer is none then.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] for other offices or twice; [`Error::Invalid`] for what was typed.
#[crate::boxed]
pub async fn record_loss<'a>(
    cx: &'a Cx,
    physician: PhysicianId,
    loss: Loss<'a>,
) -> Result<Option<ApplicationId>> {
    let mut tx = cx.begin().await?;
    let person = physicians::find(cx, tx.db(), physician, Depth::Full).await?;
    dialect::lock_physician(tx.db(), person.id).await?;
    access::physician::may_record_death(&cx.actor, &physicians::facts(cx, tx.db(), physician).await?)?;
    if person.deceased_on.is_some() {
        return Err(Error::refused("この方の死亡は、すでに記録されています。"));
    }
    check_loss(cx, loss)?;
    let held = membership::of_physician(tx.db(), person.id).await?;
    let bodies = membership::bodies(&held, cx.today());
    if bodies.is_empty() {
        let died = Some(loss.on).filter(|_| loss.cause == Cause::Death);
        effects::set_access(cx, &mut tx, person.id, died, "closed").await?;
        tx.commit().await?;
        return Ok(None);
    }
    let last = last_day(&membership::periods(&held), loss.on)?;
    let association = recorder(cx, &bodies)?;
    let id = file(cx, &mut tx, physician, Loss { on: last, ..loss }).await?;
    let found = lists::Found::of(tx.db(), frame(&tx, id).await?).await?;
    write_route(&tx, found.frame.row.id, found.route(cx.today())?).await?;
    let row = numbered(cx, &tx, &found).await?;
    let stop = bodies.iter().find(|(id, _)| *id == association);
    let tier = stop.map_or(Tier::Municipal, |(_, tier)| *tier);
    let step = Step {
        command: Command::Record.name(),
        who: mamis_rules::flow::Who::Office(tier),
        association: Some(association),
        comment: loss.reason,
        batch: None,
    };
    advance(cx, &mut tx, row, step).await?;
    if loss.cause == Cause::Death && last != loss.on {
        effects::set_access(cx, &mut tx, person.id, Some(loss.on), "closed").await?;
    }
    tx.commit().await?;
    Ok(Some(id))
}

/// The last day of the memberships: that of the loss, or, where something was decided for a later day meanwhile (another
/// category, a leaving taken back), the first one that leaves it as it is. What lies before a decision never changes.
fn last_day(periods: &[rules::Period], on: Day) -> Result<Day> {
    let mut last = on;
    // Each tier can put it off once.
    for _ in Tier::ALL {
        match rules::leave(periods, LeavingScope::Everything, last) {
            Err(rules::Refusal::TooEarly { first }) if first > last => last = first,
            Err(no) => return Err(Error::invalid("on", &no.to_string())),
            Ok(_) => break,
        }
    }
    Ok(last)
}

/// Asked before anything is typed: whether the actor's office is the one that writes a loss down.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] with the office that does.
#[crate::boxed]
pub async fn may_record_loss(cx: &Cx, physician: PhysicianId) -> Result<()> {
    let person = physicians::find(cx, cx.db(), physician, Depth::Full).await?;
    access::physician::may_record_death(&cx.actor, &physicians::facts(cx, cx.db(), physician).await?)?;
    let bodies = membership::bodies(&membership::of_physician(cx.db(), person.id).await?, cx.today());
    if !bodies.is_empty() {
        recorder(cx, &bodies)?;
    }
    Ok(())
}

fn check_loss(cx: &Cx, loss: Loss<'_>) -> Result<()> {
    if !loss.cause.is_recorded() {
        return Err(Error::invalid("cause", "死亡か、免許の喪失かを選んでください。"));
    }
    if loss.on > cx.today() {
        return Err(Error::invalid("on", "今日までの日を入力してください。"));
    }
    if loss.reason.is_empty() {
        return Err(Error::invalid("reason", LOSS_UNTOLD));
    }
    Ok(())
}

/// The association that writes it down: the municipal one, or the district of somebody who belongs to a district only.
/// Upper tiers help by entry on behalf of it, so that nothing is skipped: here they are refused with the name.
fn recorder(cx: &Cx, bodies: &[(AssociationId, Tier)]) -> Result<AssociationId> {
    let first = bodies.iter().find(|(_, tier)| *tier == Tier::Municipal).or(bodies.first());
    let Some((association, _)) = first else { return Err(Error::NotFound) };
    if cx.actor.holds(Duty::Membership, Host::Association(*association)) {
        return Ok(*association);
    }
    Err(Error::refused("死亡・免許の喪失を記録するのは、ご本人が所属する郡市区等医師会の会員の担当者です。"))
}

async fn file(cx: &Cx, tx: &mut Tx<'_>, physician: PhysicianId, loss: Loss<'_>) -> Result<ApplicationId> {
    let account = cx.who.account.ok_or_else(|| Error::fault("an officer without an account"))?;
    let row = frame_of(cx, Kind::Leaving, physician, account.into());
    let id = ApplicationId::from(row.id);
    let row = application::Model {
        remarks: loss.reason.to_owned(),
        on_behalf_reason: Some(format!("{}の記録　{}", loss.cause.label(), cx.who.office)),
        ..row
    };
    application::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    let row = membership_application::Model {
        leaving_scope: LeavingScope::Everything.name().to_owned(),
        effective_on: Some(loss.on.date()),
        ..blank(id, loss.cause)
    };
    membership_application::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    Ok(id)
}

async fn frame(tx: &Tx<'_>, id: ApplicationId) -> Result<Frame> {
    let row =
        application::Entity::find_by_id(uuid::Uuid::from(id)).one(tx.db()).await?.ok_or(Error::NotFound)?;
    Frame::of(tx.db(), row).await
}
