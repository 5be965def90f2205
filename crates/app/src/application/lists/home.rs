//! Where a physician applies: the chain of associations of today's membership, or the prefectural
//! association of the workplace for a non-member [seed].

use crate::db::asked::{self, About, ask};
use crate::error::{Error, Result};
use mamis_rules::association::Tier;
use mamis_rules::base::{AssociationId, Day, PhysicianId};
use mamis_rules::flow::route;
use sea_orm::{ConnectionTrait, DatabaseBackend};
use serde::Deserialize;
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

/// An association of the chain, in the order of [`list`].
#[derive(Deserialize)]
struct Row {
    id: Uuid,
    tier: String,
    name: String,
    email: Option<String>,
    phone: Option<String>,
    prefecture: Option<i32>,
    depth: i32,
}

const OTHERS: &[&str] = &["tier", "name", "email", "phone", "prefecture", "depth"];

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

/// The home of a physician on a day. One query.
///
/// # Errors
/// A fault of the database, or when the tree has no national association.
pub async fn of(db: &impl ConnectionTrait, physician: PhysicianId, today: Day) -> Result<Home> {
    let about = About::physician(physician).on(today);
    let [found] = ask(db, about, [list(db.get_database_backend())]).await?;
    read(&found)
}

/// Where the way upward begins, as a scalar subquery about the physician `$1` on the day `$2`: the lowest association
/// that a member belongs to, of several at one tier that of the oldest membership; for anybody else the prefectural
/// association of the workplace, and without one the national. Who belongs to upper tiers only applies as a non-member
/// does [assumed].
pub(super) fn lowest() -> String {
    format!(
        "coalesce(
          (select m.association from membership m
            where m.physician = $1 and m.valid_from <= $2 and (m.valid_until is null or m.valid_until >= $2)
              and m.tier in ('{}', '{}')
            order by case m.tier when '{}' then 0 else 1 end, m.valid_from, m.id limit 1),
          (select a.id from association a
            where a.tier = '{}' and a.prefecture =
                  (select w.prefecture from workplace w
                    where w.physician = $1 and w.valid_from <= $2
                      and (w.valid_until is null or w.valid_until >= $2)
                    order by w.main desc, w.valid_from desc limit 1) limit 1),
          (select a.id from association a where a.tier = '{}' limit 1))",
        Tier::District,
        Tier::Municipal,
        Tier::District,
        Tier::Prefectural,
        Tier::National,
    )
}

/// The associations from the lowest upward, to be asked for together with other lists.
pub(crate) fn list(backend: DatabaseBackend) -> String {
    let select = format!(
        "select a.id, a.tier, a.name, a.email, a.phone, a.prefecture, x.depth
           from association_ancestor x join association a on a.id = x.ancestor
          where x.association = {} order by x.depth limit 10",
        lowest()
    );
    asked::list(backend, &["id"], OTHERS, &select)
}

/// Reads what [`list`] asked for. A chain without a municipal association is that of a non-member.
///
/// # Errors
/// A fault of a row with an unknown tier, or when the tree has no national association.
pub(crate) fn read(json: &str) -> Result<Home> {
    let mut chain: Vec<Row> = serde_json::from_str(json)?;
    chain.sort_by_key(|row| row.depth);
    let bodies = chain.iter().map(Row::body).collect::<Result<Vec<_>>>()?;
    let at = |tier: Tier| bodies.iter().find(|body| body.tier == tier).map(|body| body.id);
    let home = match (at(Tier::Municipal), at(Tier::Prefectural)) {
        (Some(municipal), Some(prefectural)) => {
            route::Home::Member { district: at(Tier::District), municipal, prefectural }
        }
        (_, prefectural) => route::Home::NonMember { prefectural },
    };
    Ok(Home {
        at: home,
        national: at(Tier::National).ok_or_else(|| Error::fault("there is no national association"))?,
        prefecture: chain.iter().find_map(|row| row.prefecture),
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
