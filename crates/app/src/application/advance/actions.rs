//! One step of an application of any kind: the only place that changes its state.

pub(crate) mod notify;

use super::{Moved, Step, circumstances, command_label, desk_of, route};
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::decision::{self, On};
use crate::error::{Error, Result};
use crate::membership_application::effects;
use crate::{batch, bulk_change, certification, document, membership_application};
use mamis_rules::access::application::Kind;
use mamis_rules::base::{ApplicationId, PhysicianId};
use mamis_rules::flow::any::{self, Facts, NoStep, Taken};
use mamis_rules::flow::{Effect, Who};
use mamis_schema::application;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

/// Takes one step. The route of `row` must be written before the first submission.
///
/// # Errors
/// [`Error::Refused`] in the words of the flow, [`Error::Stale`] with what somebody else did when `row` is not
/// the newest version any more, or a fault of the database. Nothing may be committed then.
#[crate::boxed]
pub async fn advance<'a>(
    cx: &'a Cx,
    tx: &'a mut Tx<'_>,
    row: application::Model,
    step: Step<'a>,
) -> Result<application::Model> {
    let id = ApplicationId::from(row.id);
    let kind: Kind = row.kind.parse().map_err(Error::fault)?;
    let route = route(tx.db(), id).await?;
    let facts = match kind {
        Kind::Certification => {
            Facts::Certification(circumstances(cx, tx.db(), &row, &route, step.association).await?)
        }
        _ => Facts::Membership(
            membership_application::circumstances(cx, tx.db(), &row, &route, step.who).await?,
        ),
    };
    let taken = any::take(kind, &row.state, step.command, step.who, facts).map_err(no_step)?;
    let after = moved(cx, &row, desk_of(&route, taken.desk).map(Into::into), step, &taken);
    if !save(tx.db(), &row, &after).await? {
        return Err(decision::stale(tx.db(), On::Application(id), command_label).await);
    }
    decision::record(
        cx,
        tx,
        decision::Step {
            on: On::Application(id),
            command: step.command,
            from: taken.from,
            to: taken.to,
            association: step.association,
            comment: step.comment,
            batch: step.batch,
        },
    )
    .await?;
    tx.audit(
        Entry::new(action(step.command)?, "application", id)
            .about(PhysicianId::from(row.physician))
            .with(json!({"number": row.number, "from": taken.from, "to": taken.to})),
    );
    let moved = Moved { before: &row, after: &after, kind, route: &route, step };
    for effect in taken.effects {
        carry_out(cx, tx, *effect, &moved).await?;
    }
    Ok(after)
}

/// Carries out one effect, in the transaction of the step.
async fn carry_out(cx: &Cx, tx: &mut Tx<'_>, effect: Effect, moved: &Moved<'_>) -> Result<()> {
    match effect {
        Effect::NotifyApplicant => notify::applicant(cx, tx, moved).await,
        Effect::NotifyNextOffice => notify::next_office(cx, tx, moved).await,
        Effect::NotifyRoute => notify::route(cx, tx, moved).await,
        Effect::AddBatchItem => batch::actions::items::add(cx, tx, moved).await,
        Effect::LeaveBatch => batch::actions::items::leave(tx, moved).await,
        Effect::CloseBatchItem => batch::actions::items::close(tx, moved).await,
        Effect::IssueCertificate => certification::actions::issue::issue(cx, tx, moved).await,
        Effect::IssueNoticeLetter => document::actions::notice_letter::note(cx, tx, moved).await,
        Effect::Admit => effects::admit(cx, tx, moved).await,
        Effect::GiveMemberId => effects::give_member_id(cx, tx, moved).await,
        Effect::IssueJoiningNotice => document::actions::joining_notice::write(cx, tx, moved).await,
        Effect::MoveMemberships => effects::move_memberships(cx, tx, moved).await,
        Effect::EndMemberships => effects::end_memberships(cx, tx, moved).await,
        Effect::RestoreMemberships => effects::restore_memberships(cx, tx, moved).await,
        Effect::ChangeCategory => effects::change_category(cx, tx, moved).await,
        Effect::TakeBack => bulk_change::actions::take_back::take_back(cx, tx, moved).await,
        Effect::TakeChanges => effects::take_changes(cx, tx, moved).await,
        Effect::CloseAccess => effects::close_access(cx, tx, moved).await,
        Effect::OpenAccess => effects::open_access(cx, tx, moved).await,
        Effect::NotifyHost
        | Effect::NotifySignedUp
        | Effect::OpenRecruitment
        | Effect::StopRecruitment
        | Effect::ReleaseCredits
        | Effect::ConfirmCredits => {
            Err(Error::fault(format!("an application has no effect {}", effect.name())))
        }
    }
}

/// The row after the step. An application keeps its place in an office's queue while it stays on that desk.
fn moved(
    cx: &Cx,
    row: &application::Model,
    desk: Option<Uuid>,
    step: Step<'_>,
    taken: &Taken,
) -> application::Model {
    let mut after = row.clone();
    after.state = taken.to.to_owned();
    after.desk = desk;
    if after.desk != row.desk {
        after.waiting_since = after.desk.map(|_| cx.now);
    }
    // What an office records itself is submitted with the record.
    if matches!(step.command, "submit" | "record") {
        after.submitted_at = row.submitted_at.or(Some(cx.now));
    }
    if matches!(step.who, Who::Office(_) | Who::Former) {
        after.decided_at = Some(cx.now);
    }
    after.version = row.version + 1;
    after
}

/// Writes the row where it is still the version that was read; false when somebody was faster.
async fn save(
    db: &impl ConnectionTrait,
    before: &application::Model,
    after: &application::Model,
) -> Result<bool> {
    use application::Column as A;
    let saved = application::Entity::update_many()
        .col_expr(A::State, Expr::value(after.state.clone()))
        .col_expr(A::Desk, Expr::value(after.desk))
        .col_expr(A::WaitingSince, Expr::value(after.waiting_since))
        .col_expr(A::SubmittedAt, Expr::value(after.submitted_at))
        .col_expr(A::DecidedAt, Expr::value(after.decided_at))
        .col_expr(A::Version, Expr::value(after.version))
        .filter(A::Id.eq(before.id))
        .filter(A::Version.eq(before.version))
        .exec(db)
        .await?;
    Ok(saved.rows_affected == 1)
}

fn action(command: &str) -> Result<&'static str> {
    any::audit_name(command).ok_or_else(|| Error::fault(format!("no application knows {command}")))
}

fn no_step(no: NoStep) -> Error {
    match no {
        NoStep::Refused(refusal) => refusal.into(),
        NoStep::Unknown(_) | NoStep::OtherKind(_) => Error::fault(no),
    }
}
