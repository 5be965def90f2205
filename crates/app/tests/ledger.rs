//! The ledger of members: whoever belonged to an association on a day, and nobody else.

use crate::people::{cx, each_world};
use mamis_app::membership::export;
use mamis_app::membership::lists::ledger::{Filter, page_within};
use mamis_app::physician::lists::search::Limits;
use mamis_app::{App, Cx, Error};
use mamis_rules::association::MembershipCategory;
use mamis_rules::base::Day;
use mamis_schema::{association, audit_entry, membership, physician};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, Set};
use std::collections::BTreeSet;
use uuid::Uuid;

fn day(text: &str) -> Day {
    Day::parse(text).expect("an ISO day")
}

async fn body(app: &App, code: &str) -> Uuid {
    let row = association::Entity::find().filter(association::Column::Code.eq(code)).one(app.db.read()).await;
    row.expect("reads").expect("is there").id
}

/// Everybody on every page.
async fn all(cx: &Cx, filter: &Filter, limits: &Limits) -> BTreeSet<Uuid> {
    let mut found = BTreeSet::new();
    for number in 1.. {
        let page = page_within(cx, filter, number, limits).await.expect("reads");
        if page.lines.is_empty() {
            assert!(!page.more && page.total <= found.len() as u64, "{page:?} after {}", found.len());
            return found;
        }
        let before = found.len();
        found.extend(page.lines.iter().map(|line| line.id));
        assert_eq!(found.len(), before + page.lines.len(), "nobody stands there twice");
    }
    found
}

/// Some periods that ended, and one that lies ahead: the named world knows only running ones.
async fn unsettle(app: &App) {
    let rows = membership::Entity::find()
        .order_by_asc(membership::Column::Id)
        .all(app.db.read())
        .await
        .expect("reads");
    for (at, row) in rows.into_iter().enumerate().filter(|(at, _)| at % 5 == 0) {
        let ends = if at % 2 == 0 { "2026-11-21" } else { "2026-12-31" };
        let mut row = row.into_active_model();
        row.valid_until = Set(Some(day(ends).date()));
        if at % 3 == 0 {
            row.valid_from = Set(day("2026-11-23").date());
            row.valid_until = Set(None);
        }
        row.update(app.db.write()).await.expect("writes");
    }
}

/// Both ways through the database against the rows themselves, on days before, at and after every change.
#[tokio::test]
async fn the_ledger_of_any_day_is_what_the_periods_say() {
    each_world(|app| async move {
        unsettle(&app).await;
        let rows = membership::Entity::find().all(app.db.read()).await.expect("reads");
        let walks = Limits { reach: 0, ..Limits::USUAL };
        let national = cx(&app, "national-admin").await;
        let mut compared = 0;
        for code in ["142051", "14", "00", "141101"] {
            let id = body(&app, code).await;
            for on in ["1990-01-01", "2015-04-01", "2026-11-21", "2026-11-22", "2026-11-23", "2027-01-01"] {
                for category in [None, Some(MembershipCategory::A1)] {
                    let expected: BTreeSet<Uuid> = rows
                        .iter()
                        .filter(|row| row.association == id && row.valid_from <= day(on).date())
                        .filter(|row| row.valid_until.is_none_or(|until| until >= day(on).date()))
                        .filter(|row| category.is_none_or(|category| row.category == category.name()))
                        .map(|row| row.physician)
                        .collect();
                    let filter =
                        Filter { association: id.into(), on: day(on), category, text: String::new() };
                    for limits in [&Limits::USUAL, &walks] {
                        assert_eq!(
                            all(&national, &filter, limits).await,
                            expected,
                            "{code} on {on}: {limits:?}"
                        );
                    }
                    compared += expected.len();
                }
            }
        }
        assert!(compared > 100, "{compared}");
    })
    .await;
}

#[tokio::test]
async fn whoever_left_stays_in_the_ledger_of_the_association_without_a_way_to_their_data() {
    each_world(|app| async move {
        let office = cx(&app, "fujisawa-admin").await;
        let sato = cx(&app, "sato").await.actor.physician().expect("a physician");
        let fujisawa = body(&app, "142051").await;
        membership::Entity::update_many()
            .col_expr(membership::Column::ValidUntil, Expr::value(day("2026-10-31").date()))
            .filter(membership::Column::Physician.eq(Uuid::from(sato)))
            .exec(app.db.write())
            .await
            .expect("writes");
        let filter = |on: &str, text: &str| Filter {
            association: fujisawa.into(),
            on: day(on),
            category: None,
            text: text.to_owned(),
        };
        for text in ["", "さとう", "佐藤"] {
            let before =
                page_within(&office, &filter("2026-10-31", text), 1, &Limits::USUAL).await.expect("reads");
            let line = before.lines.iter().find(|line| line.id == Uuid::from(sato)).expect("was a member");
            assert!(!line.opens && line.until == Some(day("2026-10-31")), "{line:?}");
            assert!(
                before.lines.iter().any(|line| line.opens) || !text.is_empty(),
                "the others are members today"
            );
            let after =
                page_within(&office, &filter("2026-11-01", text), 1, &Limits::USUAL).await.expect("reads");
            assert!(after.lines.iter().all(|line| line.id != Uuid::from(sato)));
        }
        let national = cx(&app, "national-admin").await;
        let seen =
            page_within(&national, &filter("2026-10-31", "佐藤"), 1, &Limits::USUAL).await.expect("reads");
        assert!(seen.lines.iter().all(|line| line.opens));
    })
    .await;
}

#[tokio::test]
async fn a_ledger_is_its_associations_and_leaves_with_an_entry() {
    each_world(|app| async move {
        let fujisawa = body(&app, "142051").await;
        let filter = Filter {
            association: fujisawa.into(),
            on: day("2026-11-22"),
            category: None,
            text: String::new(),
        };
        for (login, sees) in [
            ("fujisawa-admin", true),
            ("national-admin", true),
            ("fujisawa-cert", false),
            ("o27", false),
            ("sato", false),
        ] {
            let found = page_within(&cx(&app, login).await, &filter, 1, &Limits::USUAL).await;
            assert_eq!(found.is_ok(), sees, "{login}");
            assert!(sees || matches!(found, Err(Error::NotFound)), "{login}");
        }
        let file = export::comma_separated(&cx(&app, "fujisawa-admin").await, &filter).await.expect("writes");
        let text = String::from_utf8(file).expect("UTF-8");
        let entry = audit_entry::Entity::find()
            .filter(audit_entry::Column::Action.eq("membership.export"))
            .one(app.db.read())
            .await
            .expect("reads")
            .expect("left an entry");
        let rows = text.lines().count() - 1;
        assert!(rows > 5 && entry.detail.contains(&format!("\"rows\":{rows}")), "{}: {text}", entry.detail);
        let merged = physician::Entity::find().one(app.db.read()).await.expect("reads").expect("somebody");
        assert!(merged.merged_into.is_none());
    })
    .await;
}
