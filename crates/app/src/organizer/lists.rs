//! Questions about registrations of external organizers.

use crate::cx::Cx;
use crate::db::scope;
use crate::error::{Error, Result};
use crate::secret::sha256_hex;
use mamis_rules::access::association::{Facts, may_approve_organizer};
use mamis_rules::access::organizer::visible_to;
use mamis_rules::access::{Duty, Scope};
use mamis_rules::association::Tier;
use mamis_rules::base::{AssociationId, OrganizerRegistrationId};
use mamis_schema::{association, organizer_registration};
use organizer_registration::Column as R;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

/// Registrations on the page of an office: years of them.
const MOST: u64 = 200;

fn visible(cx: &Cx) -> Condition {
    scope::organizer_registrations(&visible_to(&cx.actor))
}

/// The registrations that the actor decides about, those that wait first, then the latest.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn list(cx: &Cx) -> Result<Vec<organizer_registration::Model>> {
    let mut rows = organizer_registration::Entity::find()
        .filter(visible(cx))
        .order_by_desc(R::CreatedAt)
        .limit(MOST)
        .all(cx.db())
        .await?;
    rows.sort_by_key(|row| row.state != "waiting");
    Ok(rows)
}

/// How many wait for the actor; none for officers who decide about none.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn waiting(cx: &Cx) -> Result<u64> {
    let tiers = [Tier::Prefectural, Tier::National];
    let decides = tiers.iter().any(|tier| cx.actor.holds_at_tier(Duty::Training, *tier));
    if !decides || visible_to(&cx.actor) == Scope::Nothing {
        return Ok(0);
    }
    let waiting = organizer_registration::Entity::find().filter(visible(cx)).filter(R::State.eq("waiting"));
    Ok(waiting.count(cx.db()).await?)
}

/// A registration that the actor sees.
#[derive(Clone, Debug)]
pub struct Found {
    /// The row.
    pub row: organizer_registration::Model,
    /// The prefectural association that decides.
    pub desk: AssociationId,
    /// Its name.
    pub office: String,
    /// Whether the actor may decide now.
    pub may_decide: bool,
}

/// A registration that the actor sees.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn find(cx: &Cx, db: &impl ConnectionTrait, id: OrganizerRegistrationId) -> Result<Found> {
    let row = organizer_registration::Entity::find_by_id(Uuid::from(id))
        .filter(visible(cx))
        .one(db)
        .await?
        .ok_or(Error::NotFound)?;
    let (desk, office) = desk(db, row.prefecture).await?;
    let facts = Facts { association: desk, above: Vec::new() };
    let may_decide = row.state == "waiting" && may_approve_organizer(&cx.actor, &facts).is_ok();
    Ok(Found { row, desk, office, may_decide })
}

/// The prefectural association of a seat.
///
/// # Errors
/// A fault where there is none.
pub(super) async fn desk(db: &impl ConnectionTrait, prefecture: i32) -> Result<(AssociationId, String)> {
    use association::Column as A;
    let row: Option<(Uuid, String)> = association::Entity::find()
        .select_only()
        .columns([A::Id, A::Name])
        .filter(A::Tier.eq(Tier::Prefectural.name()))
        .filter(A::Prefecture.eq(prefecture))
        .into_tuple()
        .one(db)
        .await?;
    let (id, name) = row.ok_or_else(|| Error::fault(format!("no association of prefecture {prefecture}")))?;
    Ok((id.into(), name))
}

/// A registration whose link is open: not used, not over.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn by_link(cx: &Cx, token: &str) -> Result<Option<organizer_registration::Model>> {
    Ok(organizer_registration::Entity::find()
        .filter(R::TokenHash.eq(sha256_hex(token.as_bytes())))
        .filter(R::State.eq("unverified"))
        .filter(R::ExpiresAt.gt(cx.app.clock.wall()))
        .one(cx.db())
        .await?)
}
