//! The trainings of a feed.

use crate::certification::lists::setting_is_on;
use crate::cx::Cx;
use crate::error::{Error, Result};
use chrono::{DateTime, Utc};
use mamis_rules::association::setting::TRAINING_FEED;
use mamis_schema::association;
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, Statement};
use uuid::Uuid;

/// Trainings of a feed at most.
const MOST: u64 = 50;

/// What an association publishes.
#[derive(Clone, Debug)]
pub struct Feed {
    /// Whose.
    pub association: association::Model,
    /// The next one first.
    pub trainings: Vec<Item>,
}

/// A training that recruits, as far as everybody may read: nothing of who goes there.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Item {
    /// Its id.
    pub id: Uuid,
    /// What people quote.
    pub number: String,
    /// Title.
    pub title: String,
    /// What it is about.
    pub summary: String,
    /// Who holds it.
    pub host_name: String,
    /// venue, web or hybrid.
    pub mode: String,
    /// Name of the venue.
    pub venue: String,
    /// JIS X 0401 code.
    pub prefecture: i32,
    /// Start.
    pub starts_at: DateTime<Utc>,
    /// End.
    pub ends_at: DateTime<Utc>,
    /// Signup opens.
    pub recruits_from: DateTime<Utc>,
    /// Signup ends.
    pub recruits_until: DateTime<Utc>,
    /// Seats.
    pub capacity: i32,
    /// Seats given.
    pub taken: i32,
    /// `|scheme/course/category|…|`.
    pub offers: String,
}

impl Item {
    /// Whether a seat is left.
    pub fn is_free(&self) -> bool {
        self.taken < self.capacity
    }
}

/// The trainings of an association and of those below it that recruit or will.
///
/// # Errors
/// [`Error::NotFound`] for a code that nobody has and for an association that publishes nothing; a fault of the
/// database.
#[crate::boxed]
pub async fn feed(cx: &Cx, code: &str) -> Result<Feed> {
    let association = association::Entity::find()
        .filter(association::Column::Code.eq(code))
        .one(cx.db())
        .await?
        .ok_or(Error::NotFound)?;
    if !setting_is_on(cx, cx.db(), association.id.into(), TRAINING_FEED.name).await? {
        return Err(Error::NotFound);
    }
    let statement = Statement::from_sql_and_values(
        cx.db().get_database_backend(),
        format!(
            "select t.id, t.number, t.title, t.summary, t.host_name, t.mode, t.venue, t.prefecture, t.starts_at,
                    t.ends_at, t.recruits_from, t.recruits_until, t.capacity, s.taken, t.offers
               from training t join seat_count s on s.training = t.id
              where t.state = 'approved' and t.recruits_until > $2
                and t.host_association in (select association from association_ancestor where ancestor = $1)
              order by t.starts_at, t.id limit {MOST}"
        ),
        [association.id.into(), cx.now.into()],
    );
    let trainings = Item::find_by_statement(statement).all(cx.db()).await?;
    Ok(Feed { association, trainings })
}
