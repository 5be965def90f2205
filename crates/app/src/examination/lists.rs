//! Everything an office looks at to examine one application, on one screen.

use crate::application::advance::{Stop, circumstances};
use crate::application::lists::{Found, Progress, progress};
use crate::batch::Body;
use crate::cx::Cx;
use crate::desk::lists::applications::to_examine;
use crate::error::{Error, Result};
use crate::paper_credit::lists::of_physician;
use mamis_rules::access::{self, Duty};
use mamis_rules::association::{Host, Tier};
use mamis_rules::base::{ApplicationId, AssociationId};
use mamis_rules::flow::Who;
use mamis_rules::flow::certification::{Command, commands, examination_at};
use mamis_schema::{examination, paper_credit, physician, workplace};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

/// One case.
#[derive(Clone, Debug)]
pub struct Case {
    /// The application with evidence, evaluation, history and progress line.
    pub progress: Progress,
    /// The physician.
    pub person: physician::Model,
    /// The main workplace.
    pub workplace: Option<workplace::Model>,
    /// The declared paper lines of the scheme.
    pub paper: Vec<paper_credit::Model>,
    /// What this office found so far.
    pub own: Option<examination::Model>,
    /// What the offices before found.
    pub others: Vec<(String, examination::Model)>,
    /// Name of the office whose turn it is; empty when it is nobody's.
    pub desk: String,
    /// What the actor can do with it now.
    pub may: May,
    /// Where it stands among the cases that wait here.
    pub place: Option<Place>,
}

/// What the actor can do now.
#[derive(Clone, Debug, Default)]
pub struct May {
    /// The commands of the flow, when it is the actor's turn.
    pub commands: Vec<Command>,
    /// Record the fee.
    pub record_fee: bool,
    /// Record what happens to the original.
    pub move_handbook: bool,
    /// Take it back from the tier above.
    pub recall: bool,
}

/// A place in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// From 1.
    pub number: usize,
    /// How many wait.
    pub of: usize,
    /// The case after it.
    pub next: Option<Uuid>,
}

/// The case, if the actor sees it.
///
/// # Errors
/// [`Error::NotFound`].
#[crate::boxed]
pub async fn case(cx: &Cx, id: ApplicationId) -> Result<Case> {
    let progress = progress(cx, id).await?;
    let row = &progress.found.row;
    let person = physician::Entity::find_by_id(row.physician).one(cx.db()).await?.ok_or(Error::NotFound)?;
    let workplace = workplace::Entity::find()
        .filter(workplace::Column::Physician.eq(row.physician))
        .filter(
            workplace::Column::ValidUntil.is_null().or(workplace::Column::ValidUntil.gte(cx.today().date())),
        )
        .order_by_desc(workplace::Column::Main)
        .one(cx.db())
        .await?;
    let mut paper = of_physician(cx.db(), row.physician.into()).await?;
    paper.retain(|line| line.scheme == row.scheme);
    // Those to be looked at stand on top.
    paper.sort_by_key(|line| (line.state != "declared", line.earned_on));
    let (own, others) = examinations(cx, &progress.found).await?;
    let desk = progress.found.route.iter().find(|stop| Some(Uuid::from(stop.association)) == row.desk);
    Ok(Case {
        desk: desk.map(|stop| stop.name.clone()).unwrap_or_default(),
        may: may(cx, &progress.found).await?,
        place: place(cx, &progress.found).await?,
        workplace,
        paper,
        own,
        others,
        person,
        progress,
    })
}

async fn examinations(
    cx: &Cx,
    found: &Found,
) -> Result<(Option<examination::Model>, Vec<(String, examination::Model)>)> {
    let rows = examination::Entity::find()
        .filter(examination::Column::Application.eq(found.row.id))
        .order_by_asc(examination::Column::CreatedAt)
        .limit(10)
        .all(cx.db())
        .await?;
    let (mut own, mut others) = (None, Vec::new());
    for row in rows {
        if Some(row.association) == found.row.desk {
            own = Some(row);
        } else {
            let stop = found.route.iter().find(|stop| Uuid::from(stop.association) == row.association);
            others.push((stop.map(|stop| stop.name.clone()).unwrap_or_default(), row));
        }
    }
    Ok((own, others))
}

/// The association at whose desk the case lies, with its tier.
fn desk(found: &Found) -> Option<(AssociationId, Tier)> {
    let desk = found.row.desk.map(AssociationId::from)?;
    found.route.iter().find(|stop| stop.association == desk).map(|stop| (stop.association, stop.tier))
}

async fn may(cx: &Cx, found: &Found) -> Result<May> {
    let mut may = May {
        record_fee: found.row.desk.is_some()
            && access::application::may_record_fee(&cx.actor, &found.facts).is_ok(),
        move_handbook: access::application::may_move_handbook(&cx.actor, &found.facts).is_ok(),
        ..May::default()
    };
    let Some((office, tier)) = desk(found) else {
        return Ok(may);
    };
    let route: Vec<Stop> = found.route.iter().map(|stop| stop.bare()).collect();
    if access::application::may_decide(&cx.actor, &found.facts).is_ok() {
        let facts = circumstances(cx, cx.db(), &found.row, &route, Some(office)).await?;
        may.commands = commands(found.state, Who::Office(tier), facts);
    }
    let below = route.iter().rev().skip_while(|stop| stop.association != office).nth(1);
    if let Some(below) = below
        && cx.actor.holds(Duty::Certification, Host::Association(below.association))
    {
        let facts = circumstances(cx, cx.db(), &found.row, &route, Some(below.association)).await?;
        may.recall = commands(found.state, Who::Office(below.tier), facts).contains(&Command::Recall);
    }
    Ok(may)
}

async fn place(cx: &Cx, found: &Found) -> Result<Option<Place>> {
    let Some((office, tier)) = desk(found) else {
        return Ok(None);
    };
    if examination_at(tier) != Some(found.state)
        || access::application::may_decide(&cx.actor, &found.facts).is_err()
    {
        return Ok(None);
    }
    let waiting = to_examine(cx, office, found.state).await?;
    let at = waiting.iter().position(|id| *id == found.row.id);
    Ok(at.map(|at| Place {
        number: at + 1,
        of: waiting.len(),
        next: waiting.get(at + 1).or(waiting.first()).copied().filter(|id| *id != found.row.id),
    }))
}

/// The meeting to which a case goes from the office where it lies: the national tier has a committee before its
/// board [seed].
pub fn meeting_of(found: &Found) -> Body {
    match desk(found) {
        Some((_, Tier::National)) => Body::Committee,
        _ => Body::Board,
    }
}

/// The meeting to which the case goes, and the case after it in the actor's queue; asked before deciding, because
/// afterwards it has no place.
///
/// # Errors
/// [`Error::NotFound`].
#[crate::boxed]
pub async fn next_after(cx: &Cx, id: ApplicationId) -> Result<(Body, Option<Uuid>)> {
    let found = crate::application::lists::find(cx, id).await?;
    Ok((meeting_of(&found), place(cx, &found).await?.and_then(|place| place.next)))
}
