//! What the calendar shows.

use super::feed_of;
use super::icalendar::Event;
use crate::cx::Cx;
use crate::error::{Error, Result};
use chrono::{DateTime, Duration, Utc};
use mamis_schema::calendar_feed;
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, Statement};
use uuid::Uuid;

/// The feed of the physician who asks, if there is one.
///
/// # Errors
/// [`Error::NotFound`] for anybody else; a fault of the database.
#[crate::boxed]
pub async fn own(cx: &Cx) -> Result<Option<calendar_feed::Model>> {
    let physician = cx.actor.physician().ok_or(Error::NotFound)?;
    Ok(calendar_feed::Entity::find()
        .filter(calendar_feed::Column::Physician.eq(Uuid::from(physician)))
        .filter(calendar_feed::Column::RevokedAt.is_null())
        .one(cx.db())
        .await?)
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    created_at: DateTime<Utc>,
    version: i64,
    title: String,
    number: String,
    host_name: String,
    mode: String,
    venue: String,
    venue_address: String,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    state: String,
}

/// The trainings behind an address: seats from a year ago to a year ahead. What was postponed or cancelled stays, said
/// to be cancelled, so that nobody goes there.
///
/// # Errors
/// [`Error::NotFound`] for an address that is not ours or was ended; a fault of the database.
#[crate::boxed]
pub async fn events(cx: &Cx, file: &str) -> Result<Vec<Event>> {
    let feed = feed_of(&cx.app, file).ok_or(Error::NotFound)?;
    let row = calendar_feed::Entity::find_by_id(feed)
        .filter(calendar_feed::Column::RevokedAt.is_null())
        .one(cx.db())
        .await?
        .ok_or(Error::NotFound)?;
    let statement = Statement::from_sql_and_values(
        cx.db().get_database_backend(),
        "select s.id, s.created_at, s.version, t.title, t.number, t.host_name, t.mode, t.venue, t.venue_address,
                t.starts_at, t.ends_at, t.state
           from signup s join training t on t.id = s.training
          where s.physician = $1 and s.state = 'confirmed' and t.starts_at > $2 and t.starts_at < $3
          order by t.starts_at, s.id limit 500",
        [
            row.physician.into(),
            (cx.now - Duration::days(366)).into(),
            (cx.now + Duration::days(366)).into(),
        ],
    );
    let rows = Row::find_by_statement(statement).all(cx.db()).await?;
    let host = &cx.app.settings.public_url;
    Ok(rows.into_iter().map(|row| row.event(host)).collect())
}

impl Row {
    fn event(self, host: &str) -> Event {
        let place = match self.mode.as_str() {
            "web" => "Web開催".to_owned(),
            _ => [self.venue, self.venue_address].join(" ").trim().to_owned(),
        };
        Event {
            id: self.id,
            is_off: matches!(self.state.as_str(), "postponed" | "cancelled"),
            made_at: self.created_at,
            version: self.version,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            about: format!("主催：{}\n研修会番号：{}", self.host_name, self.number),
            title: self.title,
            place,
            address: format!("{host}/my/tickets/{}", self.id),
        }
    }
}
