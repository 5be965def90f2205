//! The ledger of members and the head-counts, as pages.

use crate::client::{Browser, each_world};
use axum::http::{StatusCode, header};
use mamis_app::{Cx, head_count};

#[tokio::test]
async fn numbers_stand_as_picture_and_table_and_lead_down() {
    each_world(|app| async move {
        let mut office = Browser::new(&app);
        office.log_in(&app, "national-admin").await;
        let empty = office.get("/head-counts").await;
        assert!(empty.body.contains("まだ数えていません"), "{}", empty.body);
        head_count::actions::count(&Cx::system(&app, "test")).await.expect("counts");
        for by in ["", "tier", "age", "sex"] {
            let page = office.get(&format!("/head-counts?by={by}")).await;
            assert!(page.status == StatusCode::OK && page.body.contains("<polyline"), "{by}: {}", page.body);
            assert!(!page.body.contains("style=") && page.body.contains("role=\"img\""), "{by}");
            assert_eq!(page.body.matches("<th scope=\"row\" class=\"nowrap\">").count(), 37, "{by}");
        }
        let page = office.get("/head-counts?sex=female&age=50s&category=a1").await.body;
        assert!(page.contains("女性") && page.contains("50代") && page.contains("A①"), "{page}");
        let kanagawa =
            page.split("<th scope=\"row\"><a href=\"").find(|part| part.contains("神奈川県医師会"));
        let href =
            kanagawa.and_then(|part| part.split('"').next()).expect("leads down").replace("&#38;", "&");
        let below = office.get(&href).await.body;
        assert!(
            below.contains("神奈川県医師会（下位の医師会を含む）") && below.contains("藤沢市医師会"),
            "{below}"
        );
        assert!(below.contains("女性・50代"), "the question stays: {below}");
        let csv = office.get("/head-counts.csv").await;
        assert_eq!(csv.headers[header::CONTENT_TYPE], "text/csv; charset=utf-8");
        let mut town = Browser::new(&app);
        town.log_in(&app, "fujisawa-admin").await;
        let answer = town.get(&href).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "another's numbers");
        assert!(town.get("/head-counts").await.body.contains("藤沢市医師会（下位の医師会を含む）"));
    })
    .await;
}

#[tokio::test]
async fn the_ledger_is_asked_for_by_day() {
    each_world(|app| async move {
        let mut town = Browser::new(&app);
        town.log_in(&app, "fujisawa-admin").await;
        let today = town.get("/memberships").await.body;
        assert!(today.contains("2026年11月22日") && today.contains("藤沢市医師会の会員"), "{today}");
        assert!(today.contains("?tab=memberships"), "{today}");
        assert!(town.get("/memberships?on=1950-01-01").await.body.contains("この日の会員はいません"));
        for (question, said) in [
            ("on=soon", "日付として読めません"),
            ("association=%E3%81%AA%E3%81%84", "見つかりません"),
            ("association=27", "あなたの医師会のものではありません"),
        ] {
            let unclear = town.get(&format!("/memberships?{question}")).await.body;
            assert!(unclear.contains(said) && unclear.contains("error-summary"), "{question}: {unclear}");
        }
        let csv = town.get("/memberships.csv?on=2026-11-22").await;
        assert_eq!(csv.headers[header::CONTENT_TYPE], "text/csv; charset=utf-8");
    })
    .await;
}
