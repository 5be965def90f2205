//! What a step asks of the database.

use super::Stop;
use crate::certification::lists::{FEE_BEFORE_SUBMISSION, setting_is_on};
use crate::cx::Cx;
use crate::error::{Error, Result};
use mamis_rules::access::Duty;
use mamis_rules::association::Tier;
use mamis_rules::base::{ApplicationId, AssociationId, Day};
use mamis_rules::flow::certification::{Circumstances, Fee, Standing, UpperTier};
use mamis_rules::flow::route::Act;
use mamis_schema::{application, application_step, duty, examination, officer};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

/// Officers of one office that a letter goes to; an office with more shares its mail otherwise.
pub(super) const OFFICERS: u64 = 20;

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
            Ok(Stop {
                association: step.association.into(),
                tier: step.tier.parse().map_err(Error::fault)?,
                act: step.act.parse().map_err(Error::fault)?,
                side: step.side.parse().map_err(Error::fault)?,
            })
        })
        .collect()
}

/// What the conditions of the flow for certification ask, from the database.
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
    let first = route.iter().find(|stop| stop.tier != Tier::District && stop.act != Act::Inform);
    let standing = match first.map(|stop| stop.tier) {
        Some(Tier::Municipal) => Standing::Member,
        _ => Standing::NonMember,
    };
    let office = association.or(row.desk.map(Into::into));
    let fee_blocks = match office {
        Some(office) if row.fee > 0 && row.fee_received_on.is_none() => {
            setting_is_on(cx, db, office, FEE_BEFORE_SUBMISSION).await?
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

/// Who holds this duty at an association today: id and name.
pub(crate) async fn officers(
    db: &impl ConnectionTrait,
    duty: Duty,
    today: Day,
    at: AssociationId,
) -> Result<Vec<(Uuid, String)>> {
    Ok(officer::Entity::find()
        .select_only()
        .column(officer::Column::Id)
        .column(officer::Column::Name)
        .filter(in_charge(at, duty, today))
        .order_by_asc(officer::Column::Id)
        .limit(OFFICERS)
        .into_tuple()
        .all(db)
        .await?)
}

/// Whether anybody holds this duty at an association today.
///
/// # Errors
/// A fault of the database.
pub async fn has_somebody(
    db: &impl ConnectionTrait,
    duty: Duty,
    today: Day,
    at: AssociationId,
) -> Result<bool> {
    Ok(officer::Entity::find().filter(in_charge(at, duty, today)).count(db).await? > 0)
}

fn in_charge(at: AssociationId, kind: Duty, today: Day) -> Condition {
    let duties = Query::select()
        .expr(Expr::val(1))
        .from(duty::Entity)
        .and_where(
            Expr::col((duty::Entity, duty::Column::Officer)).equals((officer::Entity, officer::Column::Id)),
        )
        .and_where(duty::Column::Association.eq(Uuid::from(at)))
        .and_where(duty::Column::Kind.eq(kind.name()))
        .and_where(duty::Column::ValidFrom.lte(today.date()))
        .and_where(duty::Column::ValidUntil.is_null().or(duty::Column::ValidUntil.gte(today.date())))
        .to_owned();
    Condition::all().add(Expr::exists(duties))
}
