//! What applications of all kinds have in common.

use crate::application::advance;
use crate::cx::Cx;
use crate::db::scope;
use crate::error::{Error, Result};
use mamis_rules::access;
use mamis_rules::access::application::Kind;
use mamis_rules::association::Tier;
use mamis_rules::base::{ApplicationId, AssociationId};
use mamis_rules::flow::route::{Act, Side};
use mamis_rules::flow::{Desk, any};
use mamis_schema::application;
use sea_orm::{ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, Statement};
use uuid::Uuid;

/// An application of any kind with the associations on its route.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The row.
    pub row: application::Model,
    /// Its kind.
    pub kind: Kind,
    /// The route fixed at submission; empty for a draft.
    pub route: Vec<Stop>,
    /// For the rules of access.
    pub facts: access::application::Facts,
}

/// An association on a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Which.
    pub association: AssociationId,
    /// Its tier at submission.
    pub tier: Tier,
    /// Its name.
    pub name: String,
    /// What it does first.
    pub act: Act,
    /// Former for the association that is left by a transfer.
    pub side: Side,
}

impl Stop {
    /// The same without its name, as the engine reads it.
    pub fn bare(&self) -> advance::Stop {
        advance::Stop { association: self.association, tier: self.tier, act: self.act, side: self.side }
    }
}

/// The application, if the actor may see it.
///
/// # Errors
/// [`Error::NotFound`] when there is none or it is not theirs to see.
pub async fn frame(cx: &Cx, db: &impl ConnectionTrait, id: ApplicationId) -> Result<Frame> {
    let row = application::Entity::find_by_id(Uuid::from(id))
        .filter(scope::applications(&access::application::visible_to(&cx.actor)))
        .one(db)
        .await?
        .ok_or(Error::NotFound)?;
    Frame::of(db, row).await
}

/// The kind of an application; says nothing else about it.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn kind_of(db: &impl ConnectionTrait, id: ApplicationId) -> Result<Kind> {
    let kind: Option<String> = application::Entity::find_by_id(Uuid::from(id))
        .select_only()
        .column(application::Column::Kind)
        .into_tuple()
        .one(db)
        .await?;
    kind.ok_or(Error::NotFound)?.parse().map_err(Error::fault)
}

impl Frame {
    /// Adds the route to a row that the caller was allowed to load.
    ///
    /// # Errors
    /// A fault of the database, or of a row with an unknown word.
    pub async fn of(db: &impl ConnectionTrait, row: application::Model) -> Result<Self> {
        let route = stops(db, row.id).await?;
        let kind: Kind = row.kind.parse().map_err(Error::fault)?;
        let facts = access::application::Facts {
            kind,
            applicant: Some(row.physician.into()),
            filed_by: None,
            route: route.iter().map(|stop| stop.association).collect(),
            pending: row.desk.map(Into::into),
            submitted: row.submitted_at.is_some(),
        };
        Ok(Self { row, kind, route, facts })
    }

    /// Its id.
    pub fn id(&self) -> ApplicationId {
        self.row.id.into()
    }

    /// Whether it lies with the applicant: a draft, or returned.
    pub fn is_with_applicant(&self) -> bool {
        any::desk(self.kind, &self.row.state) == Desk::Applicant
    }

    /// The step whose turn it is.
    pub fn pending(&self) -> Option<&Stop> {
        let desk = any::desk(self.kind, &self.row.state);
        self.route.iter().find(|stop| {
            let stop = stop.bare();
            stop.decides()
                && match desk {
                    Desk::Tier(tier) => stop.side == Side::Current && stop.tier == tier,
                    Desk::Former => stop.side == Side::Former,
                    Desk::Applicant | Desk::Host | Desk::Nobody => false,
                }
        })
    }
}

#[derive(FromQueryResult)]
struct StopRow {
    association: Uuid,
    tier: String,
    act: String,
    side: String,
    name: String,
}

async fn stops(db: &impl ConnectionTrait, application: Uuid) -> Result<Vec<Stop>> {
    let statement = Statement::from_sql_and_values(
        db.get_database_backend(),
        "select s.association, s.tier, s.act, s.side, a.name
           from application_step s join association a on a.id = s.association
          where s.application = $1 order by s.position limit 10",
        [application.into()],
    );
    let rows = StopRow::find_by_statement(statement).all(db).await?;
    rows.into_iter()
        .map(|row| {
            Ok(Stop {
                association: row.association.into(),
                tier: row.tier.parse().map_err(Error::fault)?,
                name: row.name,
                act: row.act.parse().map_err(Error::fault)?,
                side: row.side.parse().map_err(Error::fault)?,
            })
        })
        .collect()
}
