//! The search for trainings as a calendar and as a map.

use crate::browser::{Browser, each_world};
use axum::http::StatusCode;
use mamis_rules::association::Prefecture;
use mamis_schema::training;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use std::collections::BTreeSet;

async fn coming(app: &mamis_app::App) -> Vec<training::Model> {
    training::Entity::find()
        .filter(training::Column::State.eq("approved"))
        .filter(training::Column::EndsAt.gt(app.clock.now()))
        .all(app.db.read())
        .await
        .expect("reads")
}

/// The addresses of a page that begin so, as the browser reads them.
fn links(html: &str, beginning: &str) -> Vec<String> {
    let all = html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    all.map(|href| href.replace("&#38;", "&")).filter(|href| href.starts_with(beginning)).collect()
}

#[tokio::test]
async fn a_calendar_leads_from_month_to_month_to_every_training() {
    each_world(|app| async move {
        let sato = Browser::of(&app, "sato").await;
        let mut missing: BTreeSet<String> =
            coming(&app).await.iter().map(|row| format!("/trainings/{}", row.id)).collect();
        assert!(!missing.is_empty());
        let mut page = sato.get("/trainings?view=calendar&free=&prefecture=").await;
        assert!(
            page.body.contains("2026年11月（令和8年）") && !page.body.contains("前の月"),
            "{}",
            page.body
        );
        for _ in 0..24 {
            assert_eq!(page.status, StatusCode::OK);
            for href in links(&page.body, "/trainings/") {
                missing.remove(&href);
            }
            let next = page.body.split("次の月").next().expect("a button").to_owned();
            let next = links(&next, "/trainings?view=calendar&month=").pop().expect("leads on");
            page = sato.get(&next).await;
            assert!(page.body.contains("前の月"), "{next}");
        }
        assert_eq!(missing, BTreeSet::new());
        assert!(!page.body.contains("次の月"), "not for ever");
        for odd in ["month=2026-13", "month=1900-01", "month=9999-12", "from=2026-12-10", "month=%27"] {
            let page = sato.get(&format!("/trainings?view=calendar&{odd}")).await;
            assert_eq!(page.status, StatusCode::OK, "{odd}");
        }
        let december = sato.get("/trainings?view=calendar&from=2026-12-10").await;
        assert!(december.body.contains("2026年12月（令和8年）"), "the month of the form's day");
    })
    .await;
}

#[tokio::test]
async fn a_map_leads_to_the_list_of_each_prefecture() {
    each_world(|app| async move {
        let sato = Browser::of(&app, "sato").await;
        let page = sato.get("/trainings?view=map&offer=occupational_physician").await;
        assert_eq!(page.status, StatusCode::OK);
        let map = page.body.split("<svg class=\"map\"").nth(1).and_then(|rest| rest.split("</svg>").next());
        let map = map.expect("a drawing");
        assert!(!map.contains("style=") && !map.contains("<script"), "{map}");
        assert_eq!(map.matches("<rect").count(), 47);
        let rows = coming(&app).await;
        let of_scheme = |row: &&training::Model| row.offers.contains("|occupational_physician/");
        let places: BTreeSet<i32> = rows.iter().filter(of_scheme).map(|row| row.prefecture).collect();
        let expected: Vec<String> = places
            .iter()
            .map(|code| format!("/trainings?prefecture={code}&offer=occupational_physician"))
            .collect();
        assert_eq!(links(map, "/trainings?"), expected);
        for (code, href) in places.iter().zip(&expected) {
            let count = rows.iter().filter(of_scheme).filter(|row| row.prefecture == *code).count();
            let words = format!("{} {count}件", Prefecture::name_of(*code));
            assert!(map.contains(&format!("aria-label=\"{words}\"")), "{words}");
            assert_eq!(page.body.matches(&format!(">{words}</a>")).count(), 1, "beside the map as well");
            let list = sato.get(href).await;
            let first = rows.iter().filter(of_scheme).find(|row| row.prefecture == *code).expect("one");
            assert!(list.body.contains(&format!("/trainings/{}\"", first.id)), "{href}");
        }
        assert!(page.body.contains("北海道 0件") || places.contains(&1));
    })
    .await;
}
