//! The trainings that recruit or will, seen from further off: by day and by prefecture.

use super::search::{Wanted, published, seats};
use crate::cx::Cx;
use crate::error::Result;
use chrono::{DateTime, NaiveDate, Utc};
use mamis_rules::association::Prefecture;
use mamis_rules::base::Day;
use mamis_schema::training;
use sea_orm::sea_query::{Expr, ExprTrait, Func, Order, Query, WindowStatement};
use sea_orm::{ColumnTrait, FromQueryResult, JoinType, QuerySelect, QueryTrait};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Trainings of a day that are named; of the others there is the number.
pub const NAMED: i64 = 3;

/// A training of a day.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct OfDay {
    /// Its id.
    pub id: Uuid,
    /// Title.
    pub title: String,
    /// Civil day.
    pub held_on: NaiveDate,
    /// Start.
    pub starts_at: DateTime<Utc>,
    /// JIS X 0401 code.
    pub prefecture: i32,
    /// How many there are on that day.
    pub of_day: i64,
}

/// The trainings of the month that begins with `first`: of each day the number and the first [`NAMED`] by the hour.
/// Days and the page of the form are left aside.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn month(cx: &Cx, wanted: &Wanted, first: Day) -> Result<Vec<OfDay>> {
    use training::Column as T;
    let wanted =
        Wanted { from: Some(first), until: Some(first.plus_months(1).plus_days(-1)), ..wanted.clone() };
    let of_day = || WindowStatement::partition_by((training::Entity, T::HeldOn));
    let by_the_hour = of_day()
        .order_by((training::Entity, T::StartsAt), Order::Asc)
        .order_by((training::Entity, T::Id), Order::Asc)
        .to_owned();
    let mut found = published(cx, &wanted)
        .join(JoinType::LeftJoin, seats())
        .select_only()
        .columns([T::Id, T::Title, T::HeldOn, T::StartsAt, T::Prefecture])
        .into_query();
    found.expr_window_as(Func::count(Expr::val(1)), of_day(), "of_day").expr_window_as(
        Func::cust("row_number"),
        by_the_hour,
        "place",
    );
    let shown = Query::select()
        .columns(["id", "title", "held_on", "starts_at", "prefecture", "of_day"])
        .from_subquery(found, "found")
        .and_where(Expr::col("place").lte(NAMED))
        .order_by("held_on", Order::Asc)
        .order_by("place", Order::Asc)
        .to_owned();
    let backend = cx.db().get_database_backend();
    Ok(OfDay::find_by_statement(backend.build(&shown)).all(cx.db()).await?)
}

/// How many trainings there are in each prefecture; one without any is missing. The prefecture of the form is left
/// aside.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn by_prefecture(cx: &Cx, wanted: &Wanted) -> Result<BTreeMap<Prefecture, u64>> {
    use training::Column as T;
    let rows: Vec<(i32, i64)> = published(cx, &Wanted { prefecture: None, ..wanted.clone() })
        .join(JoinType::LeftJoin, seats())
        .select_only()
        .column(T::Prefecture)
        .column_as(T::Id.count(), "trainings")
        .group_by(T::Prefecture)
        .into_tuple()
        .all(cx.db())
        .await?;
    let known = |(code, count): (i32, i64)| Some((Prefecture::stored(code)?, count.unsigned_abs()));
    Ok(rows.into_iter().filter_map(known).collect())
}
