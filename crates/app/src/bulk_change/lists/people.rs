//! The people whom a file names, with all that the rules ask about them: a few questions for hundreds of lines.

use crate::error::{Error, Result};
use crate::membership::lists::{Held, of_people, with_days};
use mamis_rules::access::Duty;
use mamis_rules::access::application::Kind;
use mamis_rules::base::{AssociationId, Day};
use mamis_rules::bulk_change::Identity;
use mamis_rules::flow::any::FINISHED;
use mamis_schema::{application, membership, membership_application, physician, workplace};
use sea_orm::sea_query::{Condition, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashMap;
use uuid::Uuid;

/// People asked for at a time: both databases take so many values.
const AT_ONCE: usize = 400;

/// A member with what the rules ask.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    /// The row.
    pub(crate) row: physician::Model,
    /// All periods.
    pub(crate) held: Vec<Held>,
    /// All main workplaces, the latest first.
    pub(crate) workplaces: Vec<workplace::Model>,
    /// The procedures under way that a change of category and a leaving wait for.
    pub(crate) running: Vec<Kind>,
}

impl Member {
    /// The main workplace on a day.
    pub(crate) fn main_workplace(&self, on: Day) -> Option<&workplace::Model> {
        let on = on.date();
        self.workplaces
            .iter()
            .find(|row| row.valid_from <= on && row.valid_until.is_none_or(|until| until >= on))
    }
}

/// The members of an association, today or later, whose number or member id a file names.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn named(
    db: &impl ConnectionTrait,
    association: AssociationId,
    identities: &[&Identity],
    today: Day,
) -> Result<Vec<Member>> {
    use physician::Column as P;
    let mut members = Vec::new();
    for chunk in identities.chunks(AT_ONCE) {
        let numbers = chunk.iter().filter_map(|identity| identity.registry_number.clone());
        let ids = chunk.iter().filter_map(|identity| identity.member_id.clone());
        let rows = physician::Entity::find()
            .filter(
                Condition::any().add(P::RegistryNumber.is_in(numbers)).add(P::NationalMemberId.is_in(ids)),
            )
            .filter(P::MergedInto.is_null())
            .filter(P::Id.in_subquery(belonging(association, today)))
            .limit(2 * AT_ONCE as u64)
            .all(db)
            .await?;
        members.extend(dress(db, rows).await?);
    }
    Ok(members)
}

/// Everybody who belongs to an association, today or later.
fn belonging(association: AssociationId, today: Day) -> sea_orm::sea_query::SelectStatement {
    use membership::Column as M;
    Query::select()
        .column(M::Physician)
        .from(membership::Entity)
        .and_where(M::Association.eq(Uuid::from(association)))
        .and_where(M::ValidUntil.is_null().or(M::ValidUntil.gte(today.date())))
        .and_where(with_days())
        .to_owned()
}

/// People by id.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn load(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<HashMap<Uuid, Member>> {
    let mut found = HashMap::new();
    for chunk in ids.chunks(AT_ONCE) {
        let rows = physician::Entity::find()
            .filter(physician::Column::Id.is_in(chunk.iter().copied()))
            .all(db)
            .await?;
        found.extend(dress(db, rows).await?.into_iter().map(|member| (member.row.id, member)));
    }
    Ok(found)
}

async fn dress(db: &impl ConnectionTrait, rows: Vec<physician::Model>) -> Result<Vec<Member>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut held = of_people(db, &ids).await?;
    let mut workplaces = main_workplaces(db, &ids).await?;
    let mut running = running(db, &ids).await?;
    let member = |row: physician::Model| Member {
        held: held.remove(&row.id).unwrap_or_default(),
        workplaces: workplaces.remove(&row.id).unwrap_or_default(),
        running: running.remove(&row.id).unwrap_or_default(),
        row,
    };
    Ok(rows.into_iter().map(member).collect())
}

async fn main_workplaces(
    db: &impl ConnectionTrait,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Vec<workplace::Model>>> {
    use workplace::Column as W;
    let rows = workplace::Entity::find()
        .filter(W::Physician.is_in(ids.iter().copied()))
        .filter(W::Main.eq(true))
        .order_by_desc(W::ValidFrom)
        .all(db)
        .await?;
    let mut found: HashMap<Uuid, Vec<workplace::Model>> = HashMap::new();
    for row in rows {
        found.entry(row.physician).or_default().push(row);
    }
    Ok(found)
}

/// The procedures under way: joinings, transfers, leavings, and reports that change a category.
async fn running(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<Kind>>> {
    use application::Column as A;
    use membership_application::Column as M;
    let kinds = Kind::of(Duty::Membership).iter().map(|kind| kind.name());
    let rows: Vec<(Uuid, Uuid, String)> = application::Entity::find()
        .select_only()
        .columns([A::Id, A::Physician, A::Kind])
        .filter(A::Physician.is_in(ids.iter().copied()))
        .filter(A::Kind.is_in(kinds))
        .filter(A::State.is_not_in(FINISHED.iter().copied()))
        .filter(A::State.ne("draft"))
        .into_tuple()
        .all(db)
        .await?;
    let plain: Vec<Uuid> = membership_application::Entity::find()
        .select_only()
        .column(M::Application)
        .filter(M::Application.is_in(rows.iter().map(|(id, ..)| *id)))
        .filter(M::Categories.eq("{}"))
        .into_tuple()
        .all(db)
        .await?;
    let mut found: HashMap<Uuid, Vec<Kind>> = HashMap::new();
    for (id, person, kind) in rows {
        let kind: Kind = kind.parse().map_err(Error::fault)?;
        if kind != Kind::ChangeReport || !plain.contains(&id) {
            found.entry(person).or_default().push(kind);
        }
    }
    Ok(found)
}

/// Whom a list of members to fill in names.
#[derive(Clone, Debug, sea_orm::FromQueryResult)]
pub(crate) struct ToFillIn {
    pub(crate) registry_number: Option<String>,
    pub(crate) national_member_id: Option<String>,
    pub(crate) family_kana: String,
    pub(crate) given_kana: String,
    pub(crate) birth_on: chrono::NaiveDate,
}

/// The members of an association today, of one category or, where it is empty, of all; by reading, at most as many as
/// a file may have lines.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn to_fill_in(
    db: &impl ConnectionTrait,
    association: AssociationId,
    category: &str,
    today: Day,
) -> Result<Vec<ToFillIn>> {
    let sql = format!(
        "select p.registry_number, p.national_member_id, p.family_kana, p.given_kana, p.birth_on
           from membership m join physician p on p.id = m.physician
          where m.association = $1 and m.valid_from <= $2 and (m.valid_until is null or m.valid_until >= $2)
            and ($3 = '' or m.category = $3) and p.merged_into is null and p.deceased_on is null
          order by p.kana_key, p.id limit {}",
        mamis_rules::bulk_change::LINES
    );
    let values = [Uuid::from(association).into(), today.date().into(), category.into()];
    let statement = sea_orm::Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(<ToFillIn as sea_orm::FromQueryResult>::find_by_statement(statement).all(db).await?)
}
