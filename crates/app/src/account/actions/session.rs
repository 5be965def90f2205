//! Sessions that are in use, and their end.

use super::super::lists::Current;
use crate::App;
use crate::audit::Entry;
use crate::cx::Cx;
use crate::error::{Error, Result};
use chrono::{DateTime, Duration, Utc};
use futures::FutureExt;
use mamis_schema::session;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

/// When a session used at this instant of the world outside ends, if it is not used again.
pub(super) fn end_after(app: &App, instant: DateTime<Utc>) -> DateTime<Utc> {
    instant + Duration::hours(app.settings.login.session_hours)
}

/// Sessions noted in one statement at the most.
const TOGETHER: usize = 500;

/// Has it noted that a session was used. Thousands who wait for a recruitment to begin come back at the same second:
/// what comes together is written together, and no page waits for it.
pub fn seen(app: &Arc<App>, session: Uuid) {
    let app = app.clone();
    app.clone().seen.add(session, TOGETHER, move |sessions| {
        let app = app.clone();
        async move {
            if let Err(error) = note_seen(&app, &sessions).await {
                tracing::warn!(%error, "the sessions used were not noted");
            }
        }
        .boxed()
    });
}

/// Notes that sessions were used and puts their end off; needs no audit entry, since the session list shows it.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn note_seen(app: &App, sessions: &[Uuid]) -> Result<()> {
    let now = app.clock.wall();
    session::Entity::update_many()
        .col_expr(session::Column::LastSeenAt, Expr::value(now))
        .col_expr(session::Column::ExpiresAt, Expr::value(end_after(app, now)))
        .filter(session::Column::Id.is_in(sessions.iter().copied()))
        .exec(app.db.write())
        .await?;
    Ok(())
}

/// Ends the session of this request.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn log_out(cx: &Cx, current: &Current) -> Result<()> {
    let mut tx = cx.begin().await?;
    session::Entity::delete_many().filter(session::Column::Id.eq(current.session)).exec(tx.db()).await?;
    tx.audit(Entry::new("account.log_out", "session", current.session));
    tx.commit().await
}

/// Ends one of one's own sessions, e.g. on a phone that was lost.
///
/// # Errors
/// [`Error::NotFound`] when it has ended already or is somebody else's.
#[crate::boxed]
pub async fn end_session(cx: &Cx, current: Option<&Current>, session: Uuid) -> Result<()> {
    let current = super::logged_in(current)?;
    let mut tx = cx.begin().await?;
    let ended = session::Entity::delete_many()
        .filter(session::Column::Id.eq(session))
        .filter(session::Column::Account.eq(Uuid::from(current.account)))
        .exec(tx.db())
        .await?;
    if ended.rows_affected == 0 {
        return Err(Error::NotFound);
    }
    tx.audit(Entry::new("account.end_session", "session", session));
    tx.commit().await
}

/// Ends all of one's own sessions but this one, and says how many there were.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn end_other_sessions(cx: &Cx, current: Option<&Current>) -> Result<u64> {
    let current = super::logged_in(current)?;
    let mut tx = cx.begin().await?;
    let ended = session::Entity::delete_many()
        .filter(session::Column::Account.eq(Uuid::from(current.account)))
        .filter(session::Column::Id.ne(current.session))
        .exec(tx.db())
        .await?
        .rows_affected;
    tx.audit(
        Entry::new("account.end_other_sessions", "account", current.account).with(json!({"ended": ended})),
    );
    tx.commit().await?;
    Ok(ended)
}
