//! Where a physician applies: the chain of associations of today's membership, or the prefectural
//! association of the workplace for a non-member [seed].

use crate::error::{Error, Result};
use mamis_rules::association::Tier;
use mamis_rules::base::{AssociationId, Day, PhysicianId};
use mamis_rules::flow::route;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use uuid::Uuid;

/// An association on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// Which.
    pub id: AssociationId,
    /// Its tier.
    pub tier: Tier,
    /// Full name.
    pub name: String,
    /// Contact printed for physicians.
    pub email: Option<String>,
    /// Contact printed for physicians.
    pub phone: Option<String>,
}

/// Where somebody applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// For the route.
    pub at: route::Home,
    /// The national association, the end of every route.
    pub national: AssociationId,
    /// The associations from the desk upward.
    pub bodies: Vec<Body>,
    /// Prefecture of the desk, JIS X 0401; where trainings are looked for first.
    pub prefecture: Option<i32>,
}

#[derive(FromQueryResult)]
struct Row {
    lowest: Uuid,
    held_tier: String,
    id: Uuid,
    tier: String,
    name: String,
    email: Option<String>,
    phone: Option<String>,
    prefecture: Option<i32>,
}

impl Home {
    /// The association to apply to; none for a non-member without a workplace.
    pub fn desk(&self) -> Option<&Body> {
        self.bodies.iter().find(|body| match self.at {
            route::Home::Member { municipal, .. } => body.id == municipal,
            route::Home::NonMember { prefectural } => Some(body.id) == prefectural,
        })
    }

    /// The prefectural association between the desk and the national one.
    pub fn between(&self) -> Option<AssociationId> {
        match self.at {
            route::Home::Member { prefectural, .. } => Some(prefectural),
            route::Home::NonMember { .. } => None,
        }
    }

    /// Whether the person belongs to no association.
    pub fn is_non_member(&self) -> bool {
        matches!(self.at, route::Home::NonMember { .. })
    }

    /// The name of an association on the way.
    pub fn name(&self, id: AssociationId) -> &str {
        self.bodies.iter().find(|body| body.id == id).map_or("医師会", |body| &body.name)
    }
}

/// The home of a physician on a day. One query for members, two for non-members.
///
/// # Errors
/// A fault of the database, or when the tree has no national association.
pub async fn of(db: &impl ConnectionTrait, physician: PhysicianId, today: Day) -> Result<Home> {
    let rows = memberships(db, physician, today).await?;
    // The lowest tier is the one applied to; of several at one tier the oldest membership.
    let level = |row: &Row| row.held_tier.parse::<Tier>().map_or(0, Tier::level);
    let deepest = rows.iter().map(level).max().unwrap_or_default();
    let lowest = rows.iter().find(|row| level(row) == deepest).map(|row| row.lowest);
    let chain: Vec<&Row> = rows.iter().filter(|row| Some(row.lowest) == lowest).collect();
    match member(&chain)? {
        Some(home) => Ok(home),
        None => non_member(db, physician, today).await,
    }
}

async fn memberships(db: &impl ConnectionTrait, physician: PhysicianId, today: Day) -> Result<Vec<Row>> {
    let statement = Statement::from_sql_and_values(
        db.get_database_backend(),
        "select m.association as lowest, m.tier as held_tier, a.id, a.tier, a.name, a.email, a.phone, a.prefecture
           from membership m
           join association_ancestor x on x.association = m.association
           join association a on a.id = x.ancestor
          where m.physician = $1 and m.valid_from <= $2 and (m.valid_until is null or m.valid_until >= $2)
          order by m.valid_from, m.id, x.depth limit 60",
        [Uuid::from(physician).into(), today.date().into()],
    );
    Ok(Row::find_by_statement(statement).all(db).await?)
}

/// A chain without a municipal association (somebody who belongs to upper tiers only) is none:
/// such a person applies as a non-member does, at the prefectural association [assumed].
fn member(chain: &[&Row]) -> Result<Option<Home>> {
    let bodies = chain.iter().map(|row| row.body()).collect::<Result<Vec<_>>>()?;
    let at = |tier: Tier| bodies.iter().find(|body| body.tier == tier).map(|body| body.id);
    let (Some(municipal), Some(prefectural), Some(national)) =
        (at(Tier::Municipal), at(Tier::Prefectural), at(Tier::National))
    else {
        return Ok(None);
    };
    Ok(Some(Home {
        at: route::Home::Member { district: at(Tier::District), municipal, prefectural },
        national,
        prefecture: chain.iter().find_map(|row| row.prefecture),
        bodies,
    }))
}

async fn non_member(db: &impl ConnectionTrait, physician: PhysicianId, today: Day) -> Result<Home> {
    let statement = Statement::from_sql_and_values(
        db.get_database_backend(),
        "select a.id as lowest, a.tier as held_tier, a.id, a.tier, a.name, a.email, a.phone, a.prefecture
           from association a
          where a.tier = 'national'
             or (a.tier = 'prefectural' and a.prefecture =
                 (select w.prefecture from workplace w
                   where w.physician = $1 and w.valid_from <= $2 and (w.valid_until is null or w.valid_until >= $2)
                   order by w.main desc, w.valid_from desc limit 1))
          order by a.tier desc limit 2",
        [Uuid::from(physician).into(), today.date().into()],
    );
    let rows = Row::find_by_statement(statement).all(db).await?;
    let bodies = rows.iter().map(Row::body).collect::<Result<Vec<_>>>()?;
    let at = |tier: Tier| bodies.iter().find(|body| body.tier == tier).map(|body| body.id);
    Ok(Home {
        at: route::Home::NonMember { prefectural: at(Tier::Prefectural) },
        national: at(Tier::National).ok_or_else(|| Error::fault("there is no national association"))?,
        prefecture: rows.iter().find_map(|row| row.prefecture),
        bodies,
    })
}

impl Row {
    fn body(&self) -> Result<Body> {
        Ok(Body {
            id: self.id.into(),
            tier: self.tier.parse().map_err(Error::fault)?,
            name: self.name.clone(),
            email: self.email.clone(),
            phone: self.phone.clone(),
        })
    }
}
