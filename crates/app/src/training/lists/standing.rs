//! A training as the workflow and the access rules see it.

use crate::cx::Cx;
use crate::db::scope;
use crate::error::{Error, Result};
use chrono::{DateTime, Utc};
use mamis_rules::access;
use mamis_rules::association::{Host, Prefecture, Tier};
use mamis_rules::attendance::Allowed;
use mamis_rules::base::{AssociationId, FiscalYear, OrganizerId, TrainingId};
use mamis_rules::credit::{Course, Scheme, scheme_rules};
use mamis_rules::flow::route::{self, Route};
use mamis_rules::flow::training_approval::{
    self as flow, ApprovalPath, Circumstances, Command, HeldAt, HoldingReport, HostTier, Phase,
    RecruitmentWindow, State,
};
use mamis_rules::flow::{Desk, Who};
use mamis_rules::training::{Case, case_of};
use mamis_schema::{association, credit_line, training};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, Order, QueryFilter, QuerySelect};
use uuid::Uuid;

/// An association of the route.
#[derive(Clone, Debug)]
pub struct Body {
    /// The association.
    pub id: AssociationId,
    /// Its name.
    pub name: String,
    tier: Tier,
}

/// A training with what decides about it.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Its row.
    pub row: training::Model,
    /// Its credit lines.
    pub lines: Vec<credit_line::Model>,
    /// Its stored state.
    pub state: State,
    bodies: Vec<Body>,
}

/// Loads a training that the actor sees.
///
/// # Errors
/// [`Error::NotFound`] when there is none or the actor does not see it.
pub async fn load(cx: &Cx, db: &impl ConnectionTrait, id: TrainingId) -> Result<Standing> {
    let row = training::Entity::find_by_id(Uuid::from(id))
        .filter(scope::trainings(&access::training::visible_to(&cx.actor)))
        .one(db)
        .await?
        .ok_or(Error::NotFound)?;
    Standing::of(db, row).await
}

impl Standing {
    /// How late somebody may come to a session, and how early leave: the strictest of what it gives credits in.
    pub fn allowed(&self, session: Uuid) -> Allowed {
        let lines = self.lines.iter().filter(|line| line.training_session == session);
        Allowed::of(lines.filter_map(|line| line.scheme.parse().ok()))
    }

    /// A training whose row was read already.
    ///
    /// # Errors
    /// A fault of the database.
    pub(crate) async fn of(db: &impl ConnectionTrait, row: training::Model) -> Result<Self> {
        let lines = credit_line::Entity::find()
            .filter(credit_line::Column::Training.eq(row.id))
            .order_by_id(Order::Asc)
            .limit(2_000)
            .all(db)
            .await?;
        let state = row.state.parse::<State>().map_err(Error::fault)?;
        let bodies = bodies(db, &row).await?;
        Ok(Self { row, lines, state, bodies })
    }

    /// Its id.
    pub fn id(&self) -> TrainingId {
        self.row.id.into()
    }

    /// Who holds it.
    pub fn host(&self) -> Host {
        match (self.row.host_association, self.row.host_organizer) {
            (Some(id), _) => Host::Association(AssociationId(id)),
            (None, id) => Host::Organizer(OrganizerId(id.unwrap_or_default())),
        }
    }

    /// For `access::training`.
    pub fn facts(&self) -> access::training::Facts {
        let awaited = matches!(flow::desk(self.state), Desk::Tier(_));
        access::training::Facts {
            state: self.state,
            host: self.host(),
            host_prefecture: self.row.host_prefecture.and_then(Prefecture::stored),
            pending: self.row.desk.filter(|_| awaited).map(AssociationId),
            signed_up: Vec::new(),
        }
    }

    /// For `access::attendance`, about nobody in particular.
    pub fn attendance_facts(&self) -> access::attendance::Facts {
        access::attendance::Facts {
            host: self.host(),
            host_prefecture: self.row.host_prefecture.and_then(Prefecture::stored),
            physician: None,
            belongs_within: Vec::new(),
            works_within: Vec::new(),
        }
    }

    /// When it is held.
    pub fn held(&self) -> HeldAt {
        HeldAt { starts_at: self.row.starts_at, ends_at: self.row.ends_at }
    }

    /// When physicians can sign up.
    pub fn window(&self) -> Option<RecruitmentWindow> {
        window(self.row.recruits_from, self.row.recruits_until)
    }

    /// Where it stands for a reader.
    pub fn phase(&self, now: DateTime<Utc>) -> Phase {
        flow::phase(self.state, self.window(), self.held(), now)
    }

    /// For the conditions of the workflow.
    pub fn circumstances(&self, now: DateTime<Utc>) -> Circumstances {
        let (path, report) = demands(&self.row.scheme, &self.lines);
        Circumstances { host: self.host_tier(), path, report, holding: self.held().holding(now) }
    }

    fn host_tier(&self) -> HostTier {
        HostTier::of(self.host_body().map(|body| body.tier))
    }

    fn host_body(&self) -> Option<&Body> {
        self.bodies.iter().find(|body| self.row.host_association == Some(body.id.into()))
    }

    /// The associations that approve it, in order.
    ///
    /// # Errors
    /// A refusal when the prefectural association is unknown, a fault without a national one.
    pub fn route(&self, now: DateTime<Utc>) -> Result<Route> {
        let at = |tier| self.bodies.iter().find(|body| body.tier == tier).map(|body| body.id);
        let national = at(Tier::National).ok_or_else(|| Error::fault("there is no national association"))?;
        let circumstances = self.circumstances(now);
        route::training(circumstances.host, circumstances.path, at(Tier::Prefectural), national)
            .map_err(|refusal| Error::refused(refusal.to_string()))
    }

    /// On which association's desk it lies in a state; none for organizers and when it is finished.
    ///
    /// # Errors
    /// As [`Standing::route`].
    pub fn desk_in(&self, state: State, now: DateTime<Utc>) -> Result<Option<AssociationId>> {
        Ok(match flow::desk(state) {
            Desk::Host => self.row.host_association.map(AssociationId),
            Desk::Tier(_) => route::pending_training(&self.route(now)?, state),
            Desk::Applicant | Desk::Former | Desk::Nobody => None,
        })
    }

    /// The association above another one of the route, for telling it that nobody is in charge.
    pub fn above(&self, association: AssociationId) -> Option<AssociationId> {
        let tier = self.bodies.iter().find(|body| body.id == association)?.tier;
        let above = tier.above()?;
        self.bodies.iter().find(|body| body.tier == above).map(|body| body.id)
    }

    /// The name of an association of the route.
    pub fn name_of(&self, association: AssociationId) -> &str {
        self.bodies.iter().find(|body| body.id == association).map_or("", |body| &body.name)
    }

    /// The party whose command it is, as the actor would give it.
    pub fn party(&self, command: Command) -> Who {
        match command {
            Command::Approve
            | Command::Return
            | Command::Reject
            | Command::Confirm
            | Command::ReturnReport => match flow::desk(self.state) {
                Desk::Tier(tier) => Who::Office(tier),
                _ => Who::Office(Tier::National),
            },
            _ => Who::Host,
        }
    }

    /// Whether the actor may give the command, whatever the state.
    ///
    /// # Errors
    /// A refusal that says who may.
    pub fn may(&self, cx: &Cx, command: Command) -> Result<()> {
        use access::training as may;
        let (actor, facts) = (&cx.actor, self.facts());
        match command {
            Command::Submit | Command::Withdraw => may::may_submit(actor, &facts),
            Command::Amend => may::may_edit(actor, &facts),
            Command::Approve | Command::Return | Command::Reject => may::may_decide(actor, &facts),
            Command::Postpone | Command::Cancel => may::may_cancel(actor, &facts),
            Command::ReleaseCredits => may::may_release_credits(actor, &facts),
            Command::Report | Command::WithdrawReport => may::may_report(actor, &facts),
            Command::Confirm | Command::ReturnReport => may::may_confirm_report(actor, &facts),
        }
        .map_err(Error::from)
    }

    /// What the actor can do now: what the page offers.
    pub fn commands(&self, cx: &Cx) -> Vec<Command> {
        Command::ALL
            .iter()
            .copied()
            .filter(|command| {
                let party = self.party(*command);
                flow::step(self.state, *command, party, self.circumstances(cx.now)).is_ok()
                    && self.may(cx, *command).is_ok()
            })
            .collect()
    }

    /// The case ①–③ of the years of approval and holding.
    pub fn case(&self) -> Option<Case> {
        let held = FiscalYear::of(self.row.held_on.into());
        let approved = self.row.approved_on.map_or(held, |day| FiscalYear::of(day.into()));
        case_of(approved, held)
    }
}

/// The window of two stored instants; equal ones say that there is none.
pub fn window(from: DateTime<Utc>, until: DateTime<Utc>) -> Option<RecruitmentWindow> {
    (from < until).then_some(RecruitmentWindow { opens_at: from, closes_at: until })
}

/// The longest path and the strictest report among the schemes of the lines.
fn demands(main: &str, lines: &[credit_line::Model]) -> (ApprovalPath, HoldingReport) {
    let mut path = ApprovalPath::ToPrefectural;
    let mut report = HoldingReport::NotNeeded;
    let given = lines.iter().map(|line| (line.scheme.as_str(), line.course.parse::<Course>().ok()));
    let main = lines.is_empty().then_some((main, None));
    for (scheme, course) in given.chain(main) {
        let Some(rules) =
            scheme.parse::<Scheme>().ok().and_then(|scheme| scheme_rules(scheme).training.as_ref())
        else {
            continue;
        };
        if rules.approved_by == Tier::National {
            path = ApprovalPath::ToNational;
        }
        if rules.holding_report.is_needed(course) {
            report = HoldingReport::Needed;
        }
    }
    (path, report)
}

/// The host, the prefectural association it belongs to, and the national one.
async fn bodies(db: &impl ConnectionTrait, row: &training::Model) -> Result<Vec<Body>> {
    use association::Column as A;
    let mut wanted = Condition::any().add(A::Tier.eq(Tier::National.name()));
    if let Some(host) = row.host_association {
        wanted = wanted.add(A::Id.eq(host));
    }
    if let Some(prefecture) = row.host_prefecture {
        wanted = wanted.add(
            Condition::all().add(A::Tier.eq(Tier::Prefectural.name())).add(A::Prefecture.eq(prefecture)),
        );
    }
    let rows: Vec<(Uuid, String, String)> = association::Entity::find()
        .select_only()
        .columns([A::Id, A::Name, A::Tier])
        .filter(wanted)
        .filter(A::ClosedOn.is_null())
        .limit(10)
        .into_tuple()
        .all(db)
        .await?;
    rows.into_iter()
        .map(|(id, name, tier)| Ok(Body { id: id.into(), name, tier: tier.parse().map_err(Error::fault)? }))
        .collect()
}
