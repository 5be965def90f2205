//! The search for trainings gives what a plain reading of all trainings gives, page by page, on both databases.

use crate::training::acting;
use chrono::TimeDelta;
use mamis_app::testing::{each_world, now};
use mamis_app::training::overview::{self, NAMED};
use mamis_app::training::search::{self, By, CARDS, COUNTED, Gap, LINES, Shelf, Wanted, bookable};
use mamis_app::{App, Cx};
use mamis_rules::association::Prefecture;
use mamis_rules::base::{Day, search_key};
use mamis_schema::{seat_count, training};
use sea_orm::{ActiveModelTrait as _, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Every training that recruits or will, the next day first.
async fn coming(app: &App) -> Vec<training::Model> {
    let mut all = training::Entity::find()
        .filter(training::Column::State.eq("approved"))
        .all(app.db.read())
        .await
        .expect("reads");
    all.retain(|row| row.ends_at > now());
    all.sort_by_key(|row| (row.held_on, row.starts_at, row.id));
    all
}

/// The same training again and again, each a day later than the one before.
async fn copies(app: &App, row: &training::Model, how_many: u64) {
    for number in 1..=how_many {
        let later = TimeDelta::days(number.cast_signed());
        let copy = training::Model {
            id: Uuid::now_v7(),
            number: format!("{}-{number}", row.number),
            held_on: row.held_on + later,
            starts_at: row.starts_at + later,
            ends_at: row.ends_at + later,
            ..row.clone()
        };
        training::Entity::insert(copy.into_active_model().reset_all())
            .exec_without_returning(app.db.write())
            .await
            .expect("inserts");
    }
}

/// The same training again on the same day, each an hour later than the one before.
async fn crowded(app: &App, row: &training::Model, how_many: i64) {
    for number in 1..=how_many {
        let copy = training::Model {
            id: Uuid::now_v7(),
            number: format!("{}-C{number}", row.number),
            starts_at: row.starts_at + TimeDelta::minutes(number),
            ..row.clone()
        };
        training::Entity::insert(copy.into_active_model().reset_all())
            .exec_without_returning(app.db.write())
            .await
            .expect("inserts");
    }
}

async fn taken(app: &App) -> HashMap<Uuid, i32> {
    let rows = seat_count::Entity::find().all(app.db.read()).await.expect("reads");
    rows.into_iter().map(|row| (row.training, row.taken)).collect()
}

/// All pages of an answer, one after the other.
async fn all_pages(cx: &Cx, wanted: Wanted) -> Vec<Uuid> {
    let mut found = Vec::new();
    let mut page = 1;
    loop {
        let listed = search::open(cx, &Wanted { page, ..wanted.clone() }).await.expect("answers");
        let rows: Vec<Uuid> = listed.rows.iter().map(|row| row.id).collect();
        assert!(rows.len() as u64 <= CARDS);
        found.extend(rows);
        if found.len() as u64 >= listed.total && !listed.more {
            assert_eq!(found.len() as u64, listed.total, "the count is that of the rows");
            return found;
        }
        page += 1;
    }
}

fn kept(rows: &[training::Model], keep: impl Fn(&training::Model) -> bool) -> Vec<Uuid> {
    rows.iter().filter(|row| keep(row)).map(|row| row.id).collect()
}

#[tokio::test]
async fn every_filter_finds_what_a_plain_reading_finds() {
    each_world(|app| async move {
        let cx = acting(&app, "sato").await;
        for row in coming(&app).await {
            copies(&app, &row, CARDS).await;
        }
        let rows = coming(&app).await;
        let taken = taken(&app).await;
        assert!(rows.len() as u64 > CARDS, "more than a page");
        let somewhere = rows[0].prefecture;
        let word: String = rows[1].title.chars().take(3).collect();
        let until = Day::from(rows[rows.len() / 2].held_on);

        let asked = |wanted: Wanted| all_pages(&cx, wanted);
        assert_eq!(asked(Wanted::default()).await, kept(&rows, |_| true));
        let wanted = Wanted { prefecture: Some(somewhere), ..Wanted::default() };
        assert_eq!(asked(wanted).await, kept(&rows, |row| row.prefecture == somewhere));
        let wanted = Wanted { text: word.clone(), ..Wanted::default() };
        assert_eq!(asked(wanted).await, kept(&rows, |row| row.search_key.contains(&search_key(&word))));
        let wanted = Wanted { text: rows[2].number.to_lowercase(), ..Wanted::default() };
        assert_eq!(asked(wanted).await, [rows[2].id]);
        let wanted = Wanted { until: Some(until), ..Wanted::default() };
        assert_eq!(asked(wanted).await, kept(&rows, |row| row.held_on <= until.date()));
        let wanted = Wanted { offer: "occupational_physician/lifelong".to_owned(), ..Wanted::default() };
        let lifelong = "|occupational_physician/lifelong/";
        assert_eq!(asked(wanted).await, kept(&rows, |row| row.offers.contains(lifelong)));
        let wanted = Wanted { free_only: true, ..Wanted::default() };
        let free = |row: &training::Model| {
            row.recruits_from <= now()
                && row.recruits_until > now()
                && taken.get(&row.id).is_some_and(|taken| *taken < row.capacity)
        };
        let found = asked(wanted).await;
        assert_eq!(found, kept(&rows, free));
        assert!(!found.is_empty() && found.len() < rows.len(), "the filter divides");
        let nothing = asked(Wanted { text: "どこにもない".to_owned(), ..Wanted::default() }).await;
        assert!(nothing.is_empty());
    })
    .await;
}

#[tokio::test]
async fn counting_ends_somewhere_and_paging_does_not() {
    each_world(|app| async move {
        let cx = acting(&app, "sato").await;
        let sample = coming(&app).await.remove(0);
        copies(&app, &sample, COUNTED).await;
        let rows = coming(&app).await;
        let first = search::open(&cx, &Wanted::default()).await.expect("answers");
        assert_eq!((first.total, first.more), (COUNTED, true));
        assert_eq!(all_pages(&cx, Wanted::default()).await, kept(&rows, |_| true));
        let beyond = search::open(&cx, &Wanted { page: 9_999, ..Wanted::default() }).await.expect("answers");
        assert_eq!(beyond.page, 1, "a page that does not exist is the first");
        assert_eq!(beyond.rows.len() as u64, CARDS);
    })
    .await;
}

#[tokio::test]
async fn calendar_and_map_count_what_the_list_finds() {
    each_world(|app| async move {
        let cx = acting(&app, "sato").await;
        let sample = coming(&app).await.remove(1);
        crowded(&app, &sample, NAMED + 2).await;
        let rows = coming(&app).await;
        let until = Day::from(rows[rows.len() / 2].held_on);
        for wanted in [
            Wanted::default(),
            Wanted { free_only: true, ..Wanted::default() },
            Wanted { offer: "occupational_physician".to_owned(), ..Wanted::default() },
            Wanted { until: Some(until), ..Wanted::default() },
        ] {
            let list = all_pages(&cx, wanted.clone()).await;
            let mut places: BTreeMap<Prefecture, u64> = BTreeMap::new();
            for row in rows.iter().filter(|row| list.contains(&row.id)) {
                *places.entry(Prefecture::stored(row.prefecture).expect("one of the 47")).or_default() += 1;
            }
            assert!(!places.is_empty());
            let elsewhere = Wanted { prefecture: Some(1), ..wanted.clone() };
            assert_eq!(
                overview::by_prefecture(&cx, &elsewhere).await.expect("answers"),
                places,
                "{wanted:?}"
            );
        }
        let near = Wanted { prefecture: Some(sample.prefecture), ..Wanted::default() };
        for wanted in [Wanted::default(), near] {
            let list = all_pages(&cx, wanted.clone()).await;
            let mut seen = 0;
            for months in 0..12 {
                let first = Day::new(2026, 11, 1).expect("a day").plus_months(months);
                seen += one_month(&cx, &wanted, first, &rows, &list).await;
            }
            assert_eq!(seen, list.len(), "every training is in one month: {wanted:?}");
        }
    })
    .await;
}

/// Compares the calendar of a month with the list; gives how many trainings there are.
async fn one_month(cx: &Cx, wanted: &Wanted, first: Day, rows: &[training::Model], list: &[Uuid]) -> usize {
    let mut days: BTreeMap<Day, Vec<Uuid>> = BTreeMap::new();
    for row in rows.iter().filter(|row| list.contains(&row.id)) {
        let day = Day::from(row.held_on);
        if (day.year(), day.month()) == (first.year(), first.month()) {
            days.entry(day).or_default().push(row.id);
        }
    }
    // The days of the form are left aside.
    let wanted = Wanted { until: Some(first), ..wanted.clone() };
    let found = overview::month(cx, &wanted, first).await.expect("answers");
    let named: Vec<(Uuid, usize)> = found.iter().map(|row| (row.id, row.of_day as usize)).collect();
    let expected =
        days.values().flat_map(|of_day| of_day.iter().take(NAMED as usize).map(|id| (*id, of_day.len())));
    assert_eq!(named, expected.collect::<Vec<_>>(), "{first}");
    days.values().map(Vec::len).sum()
}

#[tokio::test]
async fn an_office_reads_its_table_in_the_order_it_asks_for() {
    each_world(|app| async move {
        let cx = acting(&app, "national-training").await;
        let page = |order: By| Wanted { order, ..Wanted::default() };
        let latest = search::of_office(&cx, &Shelf::All, None, &page(By::Latest)).await.expect("answers");
        assert_eq!(latest.rows.len() as u64, LINES);
        assert!(latest.rows.is_sorted_by_key(|row| std::cmp::Reverse((row.held_on, row.starts_at, row.id))));
        let earliest = search::of_office(&cx, &Shelf::All, None, &page(By::Earliest)).await.expect("answers");
        assert!(earliest.rows.is_sorted_by_key(|row| (row.held_on, row.starts_at, row.id)));
        let waiting =
            search::of_office(&cx, &Shelf::ToDecide, None, &page(By::Waiting)).await.expect("answers");
        assert!(!waiting.rows.is_empty());
        assert!(waiting.rows.is_sorted_by_key(|row| (row.waiting_since, row.starts_at, row.id)));
    })
    .await;
}

#[tokio::test]
async fn what_closes_a_gap_is_found_near_first() {
    each_world(|app| async move {
        let cx = acting(&app, "sato").await;
        for row in coming(&app).await {
            copies(&app, &row, 2).await;
        }
        let taken = taken(&app).await;
        let today = Day::of(now());
        let mut rows = coming(&app).await;
        rows.retain(|row| {
            row.held_on > today.date()
                && row.offers.contains("|occupational_physician/")
                && row.recruits_from <= now()
                && row.recruits_until > now()
                && taken.get(&row.id).is_some_and(|taken| *taken < row.capacity)
        });
        let near = rows.last().expect("one that can be booked").prefecture;
        rows.sort_by_key(|row| (row.prefecture != near, row.held_on, row.id));
        assert!(rows.iter().any(|row| row.prefecture != near), "there is something farther away");
        let gap = Gap {
            offer: "occupational_physician".to_owned(),
            categories: Vec::new(),
            until: today.plus_years(2),
            prefecture: Some(near),
        };
        for most in [1, 3, rows.len() + 5] {
            let found = bookable(&cx, &gap, most).await.expect("answers");
            let found: Vec<Uuid> = found.iter().map(|row| row.id).collect();
            let expected: Vec<Uuid> = rows.iter().take(most).map(|row| row.id).collect();
            assert_eq!(found, expected);
        }
    })
    .await;
}
