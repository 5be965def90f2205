//! Finding a training: the question a physician asks most, hence few columns and one statement.

use crate::cx::Cx;
use crate::db::{dialect, scope};
use crate::error::Result;
use chrono::{DateTime, NaiveDate, Utc};
use mamis_rules::access;
use mamis_rules::base::{Day, search_key};
use mamis_rules::flow::training_approval::State;
use mamis_schema::{seat_count, signup, training};
use sea_orm::sea_query::{
    CommonTableExpression, Expr, Func, IntoCondition, Query, SelectStatement, UnionType,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, FromQueryResult, JoinType, Order, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, RelationDef, Select,
};
use uuid::Uuid;

/// Trainings on one page of a physician: few cards, since they are read on a phone.
pub const CARDS: u64 = 10;

/// Trainings on one page of an office's table.
pub const LINES: u64 = 20;

/// Found trainings are counted up to here. Who finds more narrows the question; counting the rest of the country at
/// every look would cost more than the page.
pub const COUNTED: u64 = 200;

/// What is asked for; empty fields ask for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Words in title, summary, venue, sessions or lecturers.
    pub text: String,
    /// JIS X 0401 code.
    pub prefecture: Option<i32>,
    /// Not before.
    pub from: Option<Day>,
    /// Not after.
    pub until: Option<Day>,
    /// Scheme, course and category, with `/` between them; shorter texts ask for less.
    pub offer: String,
    /// Only while seats are free and signup is open.
    pub free_only: bool,
    /// In which order.
    pub order: By,
    /// From 1.
    pub page: u64,
}

/// Order of a list of trainings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum By {
    /// The next one first: by day, within a day by the hour.
    #[default]
    Earliest,
    /// The last day first.
    Latest,
    /// What has waited longest first.
    Waiting,
}

/// One training of a list.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Found {
    /// Its id.
    pub id: Uuid,
    /// What people quote.
    pub number: String,
    /// Title.
    pub title: String,
    /// Who holds it.
    pub host_name: String,
    /// Stored state.
    pub state: String,
    /// Name of the venue.
    pub venue: String,
    /// JIS X 0401 code.
    pub prefecture: i32,
    /// venue, web or hybrid.
    pub mode: String,
    /// Civil day.
    pub held_on: NaiveDate,
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
    /// Seats given; none before the first approval.
    pub taken: Option<i32>,
    /// `|scheme/course/category|…|`.
    pub offers: String,
    /// Since when it waits.
    pub waiting_since: Option<DateTime<Utc>>,
    /// Whether the physician who asks holds a seat; never for others.
    pub signed_up: bool,
}

impl Found {
    /// Seats left.
    pub fn free(&self) -> i32 {
        std::cmp::max(self.capacity - self.taken.unwrap_or(0), 0)
    }
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The trainings of the page.
    pub rows: Vec<Found>,
    /// How many there are altogether, as far as they were counted.
    pub total: u64,
    /// Whether there are more than were counted.
    pub more: bool,
    /// The page, from 1.
    pub page: u64,
    /// Rows of a full page.
    pub size: u64,
}

/// Trainings that recruit or will, for physicians. Served by the indexes `training_open` and
/// `training_open_in`.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn open(cx: &Cx, wanted: &Wanted) -> Result<Listed> {
    page(cx, published(cx, wanted), wanted, CARDS).await
}

/// What physicians look for: approved, not over, and as the form asks.
pub(super) fn published(cx: &Cx, wanted: &Wanted) -> Select<training::Entity> {
    // Every physician sees what is published, so the general scope (which adds the trainings one has signed up
    // for, and with them a look into another table for each row) has nothing to add here.
    let visible = access::training::visible_to(&cx.actor);
    let published = access::Scope::Fact(access::training::Fact::StateIn(State::PUBLISHED));
    let scope = if cx.actor.physician().is_some() { published } else { visible };
    let today = cx.today();
    let from = wanted.from.map_or(today, |from| from.max(today));
    training::Entity::find()
        .filter(scope::trainings(&scope))
        .filter(training::Column::State.eq(State::Approved.name()))
        .filter(training::Column::HeldOn.gte(from.date()))
        .filter(training::Column::EndsAt.gt(cx.now))
        .filter(asked(cx, wanted))
}

/// Which trainings an office looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shelf {
    /// Held by one of the actor's offices.
    Own,
    /// Awaiting a decision of one of the actor's offices.
    ToDecide,
    /// Everything the actor sees.
    All,
}

/// Trainings for an office, in any state it sees.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn of_office(cx: &Cx, shelf: &Shelf, state: Option<State>, wanted: &Wanted) -> Result<Listed> {
    let mut query = shelf_of(cx, shelf).filter(asked(cx, wanted));
    if let Some(state) = state {
        query = query.filter(training::Column::State.eq(state.name()));
    }
    if let Some(from) = wanted.from {
        query = query.filter(training::Column::HeldOn.gte(from.date()));
    }
    page(cx, query, wanted, LINES).await
}

/// How many wait for a decision of the actor's offices.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn count_to_decide(cx: &Cx) -> Result<u64> {
    Ok(shelf_of(cx, &Shelf::ToDecide).count(cx.db()).await?)
}

pub(crate) fn shelf_of(cx: &Cx, shelf: &Shelf) -> Select<training::Entity> {
    use access::Office;
    use training::Column as T;
    let offices = cx.actor.duties().iter().filter(|held| held.duty == access::Duty::Training);
    let query = training::Entity::find().filter(scope::trainings(&access::training::visible_to(&cx.actor)));
    match shelf {
        Shelf::All => query,
        Shelf::Own => query.filter(offices.fold(nothing(), |any, held| match held.at {
            Office::Association { id, .. } => any.add(T::HostAssociation.eq(Uuid::from(id))),
            Office::Organizer { id, .. } => any.add(T::HostOrganizer.eq(Uuid::from(id))),
        })),
        Shelf::ToDecide => {
            let waiting =
                [State::PrefecturalReview, State::NationalReview, State::Reported, State::ReportConfirmed];
            query.filter(T::State.is_in(waiting.map(State::name))).filter(offices.fold(
                nothing(),
                |any, held| match held.at {
                    Office::Association { id, .. } => any.add(T::Desk.eq(Uuid::from(id))),
                    Office::Organizer { .. } => any,
                },
            ))
        }
    }
}

fn nothing() -> Condition {
    Condition::any().add(Expr::val(1).eq(0))
}

/// The conditions of the form.
fn asked(cx: &Cx, wanted: &Wanted) -> Condition {
    use training::Column as T;
    let backend = cx.db().get_database_backend();
    let mut all = Condition::all();
    for word in wanted.text.split_whitespace().take(5) {
        let found = dialect::contains(backend, T::SearchKey, &search_key(word));
        all = all.add(found.or(T::Number.eq(word.to_uppercase())));
    }
    if let Some(prefecture) = wanted.prefecture {
        all = all.add(T::Prefecture.eq(prefecture));
    }
    if let Some(until) = wanted.until {
        all = all.add(T::HeldOn.lte(until.date()));
    }
    if let Some(offer) = offer_part(&wanted.offer) {
        all = all.add(dialect::contains(backend, T::Offers, &offer));
    }
    if wanted.free_only {
        all = all.add(T::RecruitsFrom.lte(cx.now)).add(T::RecruitsUntil.gt(cx.now)).add(
            Expr::col((seat_count::Entity, seat_count::Column::Taken))
                .lt(Expr::col((training::Entity, T::Capacity))),
        );
    }
    all.into_condition()
}

/// What an offer asked for looks like within `offers`: `scheme` and `scheme/course` ask for their beginning,
/// `scheme/course/category` for the whole.
fn offer_part(offer: &str) -> Option<String> {
    match offer.split('/').collect::<Vec<_>>().as_slice() {
        [] | [""] => None,
        [scheme, course, category] => Some(format!("|{scheme}/{course}/{category}|")),
        [scheme, course] => Some(format!("|{scheme}/{course}/")),
        [scheme, ..] => Some(format!("|{scheme}/")),
    }
}

/// The seats of a training, for what asks about them.
pub(super) fn seats() -> RelationDef {
    training::Entity::belongs_to(seat_count::Entity)
        .from(training::Column::Id)
        .to(seat_count::Column::Training)
        .into()
}

/// A row of a page, with the count of all.
#[derive(FromQueryResult)]
struct Counted {
    #[sea_orm(nested)]
    found: Found,
    total: i64,
}

async fn page(cx: &Cx, query: Select<training::Entity>, wanted: &Wanted, size: u64) -> Result<Listed> {
    let number = wanted.page.clamp(1, 10_000);
    let listed = cut(cx, &query, wanted.order, number, size).await?;
    // Beyond the last page: the list became shorter, or somebody typed the number.
    if listed.rows.is_empty() && number > 1 {
        cut(cx, &query, wanted.order, 1, size).await
    } else {
        Ok(listed)
    }
}

/// One page and the count, in one statement: both come from the same first rows of the list.
async fn cut(cx: &Cx, query: &Select<training::Entity>, order: By, number: u64, size: u64) -> Result<Listed> {
    let (column, order) = match order {
        By::Earliest => (training::Column::HeldOn, Order::Asc),
        By::Latest => (training::Column::HeldOn, Order::Desc),
        By::Waiting => (training::Column::WaitingSince, Order::Asc),
    };
    let counted = std::cmp::max(COUNTED, number * size);
    let found = query
        .clone()
        .join(JoinType::LeftJoin, seats())
        .select_only()
        .column(training::Column::Id)
        .column_as(column, "place")
        .column_as(training::Column::StartsAt, "starts")
        .order_by(column, order.clone())
        .order_by(training::Column::StartsAt, order.clone())
        .order_by(training::Column::Id, order.clone())
        .limit(counted + 1)
        .into_query();
    let shown = Query::select()
        .columns(["id", "place", "starts"])
        .from("found")
        .order_by("place", order.clone())
        .order_by("starts", order.clone())
        .order_by("id", order.clone())
        .limit(size)
        .offset((number - 1) * size)
        .to_owned();
    let count = Query::select().expr(Func::count(Expr::val(1))).from("found").to_owned();
    let mut rows = rows_of(cx, shown);
    rows.expr_as(count, "total")
        .order_by(("shown", "place"), order.clone())
        .order_by(("shown", "starts"), order.clone())
        .order_by(("shown", "id"), order)
        .with_cte(CommonTableExpression::new().query(found).table_name("found").to_owned());
    let backend = cx.db().get_database_backend();
    let rows = Counted::find_by_statement(backend.build(&rows)).all(cx.db()).await?;
    let total = rows.first().map_or(0, |row| row.total.unsigned_abs());
    Ok(Listed {
        rows: rows.into_iter().map(|row| row.found).collect(),
        total: std::cmp::min(total, counted),
        more: total > counted,
        page: number,
        size,
    })
}

/// The rows of the trainings of a list `shown`.
fn rows_of(cx: &Cx, shown: SelectStatement) -> SelectStatement {
    let mut rows = columns(training::Entity::find().join(JoinType::LeftJoin, seats())).into_query();
    rows.expr_as(signed_up(cx), "signed_up");
    rows.join_subquery(
        JoinType::InnerJoin,
        shown,
        "shown",
        Expr::col(("shown", "id")).equals((training::Entity, training::Column::Id)),
    );
    rows
}

/// Whether the physician who asks holds a seat: one look into the index `signup_once` for each row shown.
fn signed_up(cx: &Cx) -> Expr {
    use signup::Column as S;
    let Some(physician) = cx.actor.physician() else { return Expr::val(false) };
    let seat = signup::Entity::find()
        .select_only()
        .column(S::Id)
        .filter(Expr::col((signup::Entity, S::Training)).equals((training::Entity, training::Column::Id)))
        .filter(S::Physician.eq(Uuid::from(physician)))
        .filter(S::State.eq("confirmed"))
        .into_query();
    Expr::exists(seat)
}

fn columns(query: Select<training::Entity>) -> Select<training::Entity> {
    use training::Column as T;
    query
        .select_only()
        .columns([
            T::Id,
            T::Number,
            T::Title,
            T::HostName,
            T::State,
            T::Venue,
            T::Prefecture,
            T::Mode,
            T::HeldOn,
            T::StartsAt,
            T::EndsAt,
            T::RecruitsFrom,
            T::RecruitsUntil,
            T::Capacity,
            T::Offers,
            T::WaitingSince,
        ])
        .column(seat_count::Column::Taken)
}

/// A training that would help, for my page.
#[derive(Clone, Debug)]
pub struct Gap {
    /// Scheme and course with `/` between them, e.g. `occupational_physician/lifelong`.
    pub offer: String,
    /// Any of these categories; empty for any at all.
    pub categories: Vec<String>,
    /// Last useful day.
    pub until: Day,
    /// Where the physician works, and what is held there comes first; none where nothing is near.
    pub prefecture: Option<i32>,
}

/// Trainings that can be booked now and would close a gap, at most `most`: those near first, then the nearest day.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn bookable(cx: &Cx, gap: &Gap, most: usize) -> Result<Vec<Found>> {
    use training::Column as T;
    let helpful = || {
        training::Entity::find()
            .filter(T::State.eq(State::Approved.name()))
            .filter(T::HeldOn.gt(cx.today().date()))
            .filter(helps(cx, gap))
            .join(JoinType::LeftJoin, seats())
            .select_only()
            .column(T::Id)
            .column_as(T::HeldOn, "place")
            .order_by_asc(T::HeldOn)
            .limit(most as u64)
    };
    // Two short walks along an index instead of one through every training of the country.
    let ranked = |rank: i32, found: Select<training::Entity>| {
        let found = found.into_query();
        let columns = ["id", "place"];
        Query::select().columns(columns).expr_as(rank, "rank").from_subquery(found, "found").to_owned()
    };
    let shown = match gap.prefecture {
        None => ranked(0, helpful()),
        Some(near) => ranked(0, helpful().filter(T::Prefecture.eq(near)))
            .union(UnionType::All, ranked(1, helpful().filter(T::Prefecture.ne(near))))
            .to_owned(),
    };
    let mut rows = rows_of(cx, shown);
    rows.order_by(("shown", "rank"), Order::Asc)
        .order_by(("shown", "place"), Order::Asc)
        .order_by(("shown", "id"), Order::Asc)
        .limit(most as u64);
    let backend = cx.db().get_database_backend();
    Ok(Found::find_by_statement(backend.build(&rows)).all(cx.db()).await?)
}

/// What a training that closes a gap fulfils, wherever it is held.
fn helps(cx: &Cx, gap: &Gap) -> Condition {
    // A category names scheme and course as well.
    let offer = if gap.categories.is_empty() { gap.offer.clone() } else { String::new() };
    let wanted = Wanted { until: Some(gap.until), offer, free_only: true, ..Wanted::default() };
    let backend = cx.db().get_database_backend();
    let categories = gap.categories.iter().fold(Condition::any(), |any, category| {
        match offer_part(&format!("{}/{category}", gap.offer)) {
            Some(part) => any.add(dialect::contains(backend, training::Column::Offers, &part)),
            None => any,
        }
    });
    let all = asked(cx, &wanted);
    if gap.categories.is_empty() { all } else { all.add(categories) }
}
