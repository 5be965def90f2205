//! Every write about accounts and sessions.

use crate::App;
use crate::error::Result;
use chrono::{DateTime, Utc};
use mamis_schema::session;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use uuid::Uuid;

/// Notes that a session was used; needs no audit entry, since the session list shows it.
///
/// # Errors
/// A fault of the database.
pub async fn note_seen(app: &App, session: Uuid, now: DateTime<Utc>) -> Result<()> {
    session::Entity::update_many()
        .col_expr(session::Column::LastSeenAt, Expr::value(now))
        .filter(session::Column::Id.eq(session))
        .exec(app.db.write())
        .await?;
    Ok(())
}
