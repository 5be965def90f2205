//! One step of an application on its way to the certificate: the only place that changes its state.

mod notify;

use super::{Moved, Step, Stop, circumstances, command_label, desk_of, route};
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::decision::{self, On};
use crate::error::{Error, Result};
use crate::{batch, certification, document};
use mamis_rules::base::{ApplicationId, PhysicianId};
use mamis_rules::flow::certification::{self as flow, Command, State};
use mamis_rules::flow::{Effect, Who};
use mamis_schema::application;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde_json::json;

/// Takes one step. The route of `row` must be written before the first submission.
///
/// # Errors
/// [`Error::Refused`] in the words of the flow, [`Error::Stale`] with what somebody else did when `row` is not
/// the newest version any more, or a fault of the database. Nothing may be committed then.
pub async fn advance(
    cx: &Cx,
    tx: &mut Tx<'_>,
    row: application::Model,
    step: Step<'_>,
) -> Result<application::Model> {
    let id = ApplicationId::from(row.id);
    let from: State = row.state.parse().map_err(Error::fault)?;
    let route = route(tx.db(), id).await?;
    let circumstances = circumstances(cx, tx.db(), &row, &route, step.association).await?;
    let taken = flow::step(from, step.command, step.who, circumstances)?;
    let after = moved(cx, &row, &route, step, taken.to);
    if !save(tx.db(), &row, &after).await? {
        return Err(decision::stale(tx.db(), On::Application(id), command_label).await);
    }
    decision::record(
        cx,
        tx,
        decision::Step {
            on: On::Application(id),
            command: step.command.name(),
            from: from.name(),
            to: taken.to.name(),
            association: step.association,
            comment: step.comment,
            batch: step.batch,
        },
    )
    .await?;
    tx.audit(
        Entry::new(action(step.command), "application", id)
            .about(PhysicianId::from(row.physician))
            .with(json!({"number": row.number, "from": from.name(), "to": taken.to.name()})),
    );
    let moved = Moved { before: &row, after: &after, route: &route, step };
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
        Effect::NotifyRoute => notify::offices_before(cx, tx, moved).await,
        Effect::AddBatchItem => batch::actions::items::add(cx, tx, moved).await,
        Effect::LeaveBatch => batch::actions::items::leave(tx, moved).await,
        Effect::CloseBatchItem => batch::actions::items::close(tx, moved).await,
        Effect::IssueCertificate => certification::actions::issue::issue(cx, tx, moved).await,
        Effect::IssueNoticeLetter => document::actions::notice_letter::note(cx, tx, moved).await,
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
fn moved(cx: &Cx, row: &application::Model, route: &[Stop], step: Step<'_>, to: State) -> application::Model {
    let mut after = row.clone();
    after.state = to.name().to_owned();
    after.desk = desk_of(route, to).map(Into::into);
    if after.desk != row.desk {
        after.waiting_since = after.desk.map(|_| cx.now);
    }
    if step.command == Command::Submit {
        after.submitted_at = row.submitted_at.or(Some(cx.now));
    }
    if matches!(step.who, Who::Office(_)) {
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

const fn action(command: Command) -> &'static str {
    match command {
        Command::Submit => "application.submit",
        Command::Resubmit => "application.resubmit",
        Command::Withdraw => "application.withdraw",
        Command::ExamineOk => "application.examine_ok",
        Command::Return => "application.return",
        Command::Reject => "application.reject",
        Command::RecordCommittee => "application.record_committee",
        Command::RecordBoard => "application.record_board",
        Command::Defer => "application.defer",
        Command::SubmitBatch => "application.submit_batch",
        Command::Recall => "application.recall",
        Command::ApproveBatch => "application.approve_batch",
    }
}
