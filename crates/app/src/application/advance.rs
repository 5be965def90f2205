//! One step of an application on its way to the certificate: the only place that changes its state.

pub mod notify;

use crate::audit::Entry;
use crate::certification::settings;
use crate::cx::{Cx, Tx};
use crate::decision::{self, On};
use crate::error::{Error, Result};
use crate::{batch, certification, document};
use mamis_rules::association::Tier;
use mamis_rules::base::{ApplicationId, AssociationId, BatchId, PhysicianId};
use mamis_rules::flow::certification::{
    self as flow, Circumstances, Command, Fee, Standing, State, UpperTier,
};
use mamis_rules::flow::{Desk, Effect, Who};
use mamis_schema::{application, application_step, examination};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::json;
use uuid::Uuid;

/// What is done with an application, by whom.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// The command of the flow.
    pub command: Command,
    /// The party whose act it is; the caller has asked `rules::access` whether the actor may act for it.
    pub who: Who,
    /// The association that acts; none for the applicant.
    pub association: Option<AssociationId>,
    /// Reason or remark, shown to the applicant when an application is returned or rejected.
    pub comment: &'a str,
    /// The batch that the step belongs to.
    pub batch: Option<BatchId>,
}

/// One association of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// The association.
    pub association: AssociationId,
    /// Its tier on the day of submission.
    pub tier: Tier,
}

/// What an effect can look at: the application before and after, its route, and what was done.
pub(crate) struct Moved<'a> {
    pub(crate) before: &'a application::Model,
    pub(crate) after: &'a application::Model,
    pub(crate) route: &'a [Stop],
    pub(crate) step: Step<'a>,
}

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
        Effect::AddBatchItem => batch::items::add(cx, tx, moved).await,
        Effect::LeaveBatch => batch::items::leave(tx, moved).await,
        Effect::CloseBatchItem => batch::items::close(tx, moved).await,
        Effect::IssueCertificate => certification::issue::issue(cx, tx, moved).await,
        Effect::IssueNoticeLetter => document::notice_letter::note(cx, tx, moved).await,
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

/// The associations of an application's route, in order.
///
/// # Errors
/// A fault of the database.
pub async fn route(db: &impl ConnectionTrait, id: ApplicationId) -> Result<Vec<Stop>> {
    let steps = application_step::Entity::find()
        .filter(application_step::Column::Application.eq(Uuid::from(id)))
        .order_by_asc(application_step::Column::Position)
        .all(db)
        .await?;
    steps
        .into_iter()
        .map(|step| {
            let tier = step.tier.parse().map_err(Error::fault)?;
            Ok(Stop { association: step.association.into(), tier })
        })
        .collect()
}

/// The association of the route at whose desk an application in this state lies; none when the applicant has
/// it or nobody.
pub fn desk_of(route: &[Stop], state: State) -> Option<AssociationId> {
    match flow::desk(state) {
        Desk::Tier(tier) => route.iter().find(|stop| stop.tier == tier).map(|stop| stop.association),
        Desk::Applicant | Desk::Host | Desk::Nobody => None,
    }
}

/// What the conditions of the flow ask, from the database.
///
/// # Errors
/// A fault of the database.
pub async fn circumstances(
    cx: &Cx,
    db: &impl ConnectionTrait,
    row: &application::Model,
    route: &[Stop],
    association: Option<AssociationId>,
) -> Result<Circumstances> {
    // A district reads along and is never the desk, so it does not make a member.
    let first = route.iter().find(|stop| stop.tier != Tier::District);
    let standing = match first.map(|stop| stop.tier) {
        Some(Tier::Municipal) => Standing::Member,
        _ => Standing::NonMember,
    };
    let office = association.or(row.desk.map(Into::into));
    let fee_blocks = match office {
        Some(office) if row.fee > 0 && row.fee_received_on.is_none() => {
            settings::is_on(cx, db, office, settings::FEE_BEFORE_SUBMISSION).await?
        }
        _ => false,
    };
    let upper = match row.desk {
        Some(desk) => {
            examination::Entity::find()
                .filter(examination::Column::Application.eq(row.id))
                .filter(examination::Column::Association.eq(desk))
                .count(db)
                .await?
        }
        None => 0,
    };
    Ok(Circumstances {
        standing,
        fee: if fee_blocks { Fee::Open } else { Fee::Settled },
        upper: if upper > 0 { UpperTier::Acted } else { UpperTier::Untouched },
    })
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

/// The word for a command in the sentence for whoever came second.
pub fn command_label(name: &str) -> String {
    name.parse::<Command>().map_or_else(|_| name.to_owned(), |command| command.label().to_owned())
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
