//! What a holding report says: the numbers it begins with, and what stands behind it when it is printed.

use super::{Attendee, all};
use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::training::lists::Shown;
use crate::training::{self, Standing};
use mamis_rules::access;
use mamis_rules::base::TrainingId;
use mamis_schema::{association, holding_report};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, Statement};
use uuid::Uuid;

/// Numbers of a holding report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heads {
    /// Everybody with a credit or, without credit lines, everybody seen.
    pub attendees: i32,
    /// Of them members on that day.
    pub members: i32,
}

/// The numbers the records show, to begin a holding report with.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn heads(cx: &Cx, standing: &Standing) -> Result<Heads> {
    #[derive(FromQueryResult)]
    struct Row {
        attendees: i64,
        members: i64,
    }
    let statement = Statement::from_sql_and_values(
        cx.db().get_database_backend(),
        "select count(*) as attendees,
                count(case when exists (select 1 from membership m where m.physician = x.physician
                       and m.valid_from <= $2 and (m.valid_until is null or m.valid_until >= $2)) then 1 end) as members
           from (select physician from credit where training = $1 and state <> 'reversed'
                 union select physician from attendance where training = $1 and in_at is not null) x",
        [standing.row.id.into(), standing.row.held_on.into()],
    );
    let row = Row::find_by_statement(statement).one(cx.db()).await?;
    let number = |count: i64| i32::try_from(count).unwrap_or(i32::MAX);
    Ok(row.map_or(Heads { attendees: 0, members: 0 }, |row| Heads {
        attendees: number(row.attendees),
        members: number(row.members),
    }))
}

/// The holding report, when one was filed.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn report(cx: &Cx, id: TrainingId) -> Result<Option<holding_report::Model>> {
    Ok(holding_report::Entity::find()
        .filter(holding_report::Column::Training.eq(Uuid::from(id)))
        .one(cx.db())
        .await?)
}

/// Credits given in one scheme and category.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Given {
    /// Scheme.
    pub scheme: String,
    /// basic or lifelong; empty where the scheme has none.
    pub course: String,
    /// E.g. 更新; empty where the scheme has none.
    pub category: String,
    /// How many people.
    pub persons: i64,
    /// 1/100 credit, of all of them together.
    pub amount: i64,
}

/// A filed holding report with all it is printed from.
#[derive(Clone, Debug)]
pub struct Told {
    /// The training.
    pub shown: Shown,
    /// What was filed.
    pub report: holding_report::Model,
    /// Everybody signed up or seen.
    pub people: Vec<Attendee>,
    /// Confirmed signups.
    pub signed_up: usize,
    /// The credits, corrections left out.
    pub given: Vec<Given>,
    /// The host's president; none for an external organizer, or when nobody is entered.
    pub president: Option<String>,
    /// Who confirms it last.
    pub addressee: String,
}

/// A filed report for printing.
///
/// # Errors
/// [`Error::NotFound`] when the actor does not see the attendance of the training, or nothing was filed.
#[crate::boxed]
pub async fn told(cx: &Cx, id: TrainingId) -> Result<Told> {
    let shown = training::lists::show(cx, id).await?;
    let standing = &shown.standing;
    if !access::attendance::sees(&cx.actor, &standing.attendance_facts()) {
        return Err(Error::NotFound);
    }
    let report = report(cx, id).await?.ok_or(Error::NotFound)?;
    let people = all(cx.db(), standing.row.id).await?;
    let last = standing.route(cx.now)?.associations().last();
    let host = match standing.row.host_association {
        Some(host) => association::Entity::find_by_id(host).one(cx.db()).await?,
        None => None,
    };
    Ok(Told {
        signed_up: people.iter().filter(|person| person.signup.is_some()).count(),
        given: given(cx, standing.row.id).await?,
        president: host.and_then(|row| row.president),
        addressee: last.map(|id| standing.name_of(id).to_owned()).unwrap_or_default(),
        report,
        people,
        shown,
    })
}

async fn given(cx: &Cx, training: Uuid) -> Result<Vec<Given>> {
    let statement = Statement::from_sql_and_values(
        cx.db().get_database_backend(),
        "select scheme, course, category, count(distinct physician) as persons,
                cast(sum(amount) as bigint) as amount
           from credit where training = $1 and state <> 'reversed'
          group by scheme, course, category order by scheme, course, category limit 200",
        [training.into()],
    );
    Ok(Given::find_by_statement(statement).all(cx.db()).await?)
}
