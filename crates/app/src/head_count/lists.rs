//! Questions about head-counts, and what they are counted from.

use crate::cx::Cx;
use crate::db::scope;
use crate::error::{Error, Result};
use chrono::NaiveDate;
use head_count::Column as H;
use mamis_rules::access::{Office, Scope, membership as access};
use mamis_rules::association::{MembershipCategory, Tier};
use mamis_rules::base::{AssociationId, Day};
use mamis_rules::membership::Period;
use mamis_rules::membership::head_count::{Band, Cell, Count, Filter, Person, Sex};
use mamis_schema::{association, association_ancestor, head_count, physician};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Statement};
use uuid::Uuid;

/// Months looked back.
pub const HISTORY: i32 = 36;

/// People read at once while counting.
const PEOPLE: u64 = 5_000;

/// Periods of so many people at most: nobody has more than some dozens.
const PERIODS: u64 = 1_000_000;

/// Associations below another at most.
const BELOW: u64 = 200;

/// The first days of this month and of those before, the latest first.
pub fn firsts(today: Day) -> Vec<Day> {
    let first = Day::new(today.year(), today.month(), 1).unwrap_or(today);
    (0..=HISTORY).map(|months| first.plus_months(-months)).collect()
}

/// The days that were counted to the end: the associations at the top are written last.
///
/// # Errors
/// A fault of the database.
pub(super) async fn counted_days(cx: &Cx) -> Result<Vec<Day>> {
    let tops = association::Entity::find()
        .select_only()
        .column(association::Column::Id)
        .filter(association::Column::Parent.is_null())
        .limit(BELOW)
        .into_tuple::<Uuid>()
        .all(cx.db())
        .await?;
    days_of(cx, tops).await
}

async fn days_of(cx: &Cx, bodies: Vec<Uuid>) -> Result<Vec<Day>> {
    let oldest = firsts(cx.today()).last().copied().unwrap_or(cx.today());
    let days: Vec<NaiveDate> = head_count::Entity::find()
        .select_only()
        .column(H::CountedOn)
        .distinct()
        .filter(H::Association.is_in(bodies))
        .filter(H::CountedOn.gte(oldest.date()))
        .order_by_asc(H::CountedOn)
        .into_tuple()
        .all(cx.db())
        .await?;
    Ok(days.into_iter().map(Day::from).collect())
}

/// What a row counts.
///
/// # Errors
/// A fault for a word that is none of ours.
pub(super) fn cell(row: &head_count::Model) -> Result<Cell> {
    Ok(Cell {
        category: row.category.parse().map_err(Error::fault)?,
        sex: row.sex.parse().map_err(Error::fault)?,
        band: row.age_band.parse().map_err(Error::fault)?,
    })
}

/// Some of the people, each with all periods.
pub(super) struct People {
    /// Members, and those who were.
    pub(super) people: Vec<(Person, Vec<Period>)>,
    /// The last of them; the next page follows.
    pub(super) last: Uuid,
}

/// The next people by id; none behind the last.
///
/// # Errors
/// A fault of the database.
pub(super) async fn people_after(cx: &Cx, last: Uuid) -> Result<Option<People>> {
    use physician::Column as P;
    let ids: Vec<Uuid> = physician::Entity::find()
        .select_only()
        .column(P::Id)
        .filter(P::Id.gt(last))
        .order_by_asc(P::Id)
        .limit(PEOPLE)
        .into_tuple()
        .all(cx.db())
        .await?;
    let Some(until) = ids.last().copied() else { return Ok(None) };
    let statement = Statement::from_sql_and_values(
        cx.db().get_database_backend(),
        "select m.physician, m.association, m.tier, m.category, m.valid_from, m.valid_until,
                p.sex, p.birth_on, p.deceased_on
           from membership m join physician p on p.id = m.physician
          where m.physician > $1 and m.physician <= $2 and p.merged_into is null
          order by m.physician limit $3",
        [last.into(), until.into(), PERIODS.into()],
    );
    let rows = Row::find_by_statement(statement).all(cx.db()).await?;
    let mut people: Vec<(Person, Vec<Period>)> = Vec::new();
    let mut current = Uuid::nil();
    for row in rows {
        if people.is_empty() || row.physician != current {
            current = row.physician;
            people.push((row.person(), Vec::new()));
        }
        if let Some((_, periods)) = people.last_mut() {
            periods.push(row.period()?);
        }
    }
    Ok(Some(People { people, last: until }))
}

/// A period with what is known of the member.
#[derive(FromQueryResult)]
struct Row {
    physician: Uuid,
    association: Uuid,
    tier: String,
    category: String,
    valid_from: NaiveDate,
    valid_until: Option<NaiveDate>,
    sex: String,
    birth_on: NaiveDate,
    deceased_on: Option<NaiveDate>,
}

impl Row {
    fn person(&self) -> Person {
        Person {
            sex: self.sex.parse().unwrap_or(Sex::Unknown),
            birth_on: self.birth_on.into(),
            deceased_on: self.deceased_on.map(Day::from),
        }
    }

    fn period(&self) -> Result<Period> {
        Ok(Period {
            tier: self.tier.parse().map_err(Error::fault)?,
            association: self.association.into(),
            category: self.category.parse().map_err(Error::fault)?,
            from: self.valid_from.into(),
            until: self.valid_until.map(Day::from),
        })
    }
}

/// An association whose heads are looked at.
#[derive(Clone, Debug)]
pub struct Body {
    /// The row.
    pub row: association::Model,
    /// Its tier.
    pub tier: Tier,
    /// Those above it that the actor may look at as well, the highest first.
    pub above: Vec<(AssociationId, String)>,
}

/// The association asked for, or the actor's own.
///
/// # Errors
/// [`Error::NotFound`] for those that are neither the actor's nor below it.
#[crate::boxed]
pub async fn body(cx: &Cx, id: Option<AssociationId>) -> Result<Body> {
    use association::Column as A;
    let sees = access::counts_visible_to(&cx.actor);
    let id = id.or_else(|| own(cx, &sees)).ok_or(Error::NotFound)?;
    let row = association::Entity::find_by_id(Uuid::from(id))
        .filter(scope::periods(&sees, (association::Entity, A::Id)))
        .one(cx.db())
        .await?
        .ok_or(Error::NotFound)?;
    let chain = association_ancestor::Entity::find()
        .filter(association_ancestor::Column::Association.eq(row.id))
        .filter(association_ancestor::Column::Depth.gt(0))
        .order_by_desc(association_ancestor::Column::Depth)
        .all(cx.db())
        .await?;
    let names: Vec<(Uuid, String)> = association::Entity::find()
        .select_only()
        .columns([A::Id, A::Name])
        .filter(A::Id.is_in(chain.iter().map(|row| row.ancestor)))
        .filter(scope::periods(&sees, (association::Entity, A::Id)))
        .into_tuple()
        .all(cx.db())
        .await?;
    let named = |row: &association_ancestor::Model| {
        names.iter().find(|(id, _)| *id == row.ancestor).map(|(id, name)| ((*id).into(), name.clone()))
    };
    let above = chain.iter().filter_map(named).collect();
    Ok(Body { tier: row.tier.parse().map_err(Error::fault)?, row, above })
}

/// The actor's own association within a scope; the highest where there are several.
pub(crate) fn own(cx: &Cx, sees: &Scope<access::Fact>) -> Option<AssociationId> {
    let offices = cx.actor.duties().iter().filter_map(|held| match held.at {
        Office::Association { id, tier, .. } => Some((tier.level(), id)),
        Office::Organizer { .. } => None,
    });
    let seen = offices.filter(|(_, id)| sees.admits(|access::Fact::AtOrBelow(own)| own == id));
    seen.min_by_key(|(level, _)| *level).map(|(_, id)| id)
}

/// The heads of an association over the months that were counted, and these months, the earliest first. The caller
/// has the association from [`body`].
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn counts(cx: &Cx, body: &Body) -> Result<(Vec<Day>, Vec<Count>)> {
    let oldest = firsts(cx.today()).last().copied().unwrap_or(cx.today());
    let rows = head_count::Entity::find()
        .filter(H::Association.eq(body.row.id))
        .filter(H::CountedOn.gte(oldest.date()))
        .order_by_asc(H::CountedOn)
        .all(cx.db())
        .await?;
    let days = counted_days(cx).await?;
    let counts = rows.iter().map(count).collect::<Result<Vec<Count>>>()?;
    Ok((days, counts))
}

fn count(row: &head_count::Model) -> Result<Count> {
    let heads = [row.national, row.prefectural, row.municipal, row.district].map(i64::from);
    Ok(Count { on: row.counted_on.into(), cell: cell(row)?, heads })
}

/// An association below, with its heads on two days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Below {
    /// The association.
    pub id: AssociationId,
    /// Its name.
    pub name: String,
    /// Heads on each of the days asked for.
    pub heads: [i64; 2],
}

/// The associations directly below, in the order of their codes, with the heads that the filter asks for.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn below(cx: &Cx, body: &Body, filter: &Filter, days: [Day; 2]) -> Result<Vec<Below>> {
    use association::Column as A;
    let bodies: Vec<(Uuid, String)> = association::Entity::find()
        .select_only()
        .columns([A::Id, A::Name])
        .filter(A::Parent.eq(body.row.id))
        .order_by_asc(A::Code)
        .limit(BELOW)
        .into_tuple()
        .all(cx.db())
        .await?;
    let of_tier = match filter.tier {
        Tier::National => H::National,
        Tier::Prefectural => H::Prefectural,
        Tier::Municipal => H::Municipal,
        Tier::District => H::District,
    };
    let mut query = head_count::Entity::find()
        .select_only()
        .columns([H::Association, H::CountedOn])
        .column_as(of_tier.sum(), "heads")
        .filter(H::Association.is_in(bodies.iter().map(|(id, _)| *id)))
        .filter(H::CountedOn.is_in(days.map(Day::date)))
        .group_by(H::Association)
        .group_by(H::CountedOn);
    let wanted = [
        (H::Category, filter.category.map(MembershipCategory::name)),
        (H::Sex, filter.sex.map(Sex::name)),
        (H::AgeBand, filter.band.map(Band::name)),
    ];
    for (column, wanted) in wanted {
        if let Some(wanted) = wanted {
            query = query.filter(column.eq(wanted));
        }
    }
    let sums: Vec<(Uuid, NaiveDate, Option<i64>)> = query.into_tuple().all(cx.db()).await?;
    let heads = |id: Uuid, day: Day| {
        let sum = sums.iter().find(|(of, on, _)| *of == id && *on == day.date());
        sum.and_then(|(_, _, heads)| *heads).unwrap_or_default()
    };
    Ok(bodies
        .into_iter()
        .map(|(id, name)| Below { id: id.into(), name, heads: days.map(|day| heads(id, day)) })
        .collect())
}
