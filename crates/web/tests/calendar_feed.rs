//! The calendar as a telephone fetches it.

use crate::browser::{Browser, each_world};
use axum::http::StatusCode;

#[tokio::test]
async fn a_telephone_fetches_the_calendar_until_the_address_is_ended() {
    each_world(|app| async move {
        let sato = Browser::of(&app, "sato").await;
        assert!(sato.get("/my").await.body.contains("href=\"/my/calendar\""));
        assert!(sato.get("/my/calendar").await.body.contains("予定表のアドレスを作る"));
        assert_eq!(sato.post("/my/calendar", &[]).await.status, StatusCode::SEE_OTHER);
        let page = sato.get("/my/calendar").await.body;
        let (_, rest) = page.split_once("/calendars/").expect("an address");
        let file = rest.split('"').next().expect("ends").to_owned();
        // Nobody is logged in on the way of a telephone: any session would do, none is asked for.
        let telephone = Browser::of(&app, "mori").await;
        let calendar = telephone.get(&format!("/calendars/{file}")).await;
        assert_eq!(calendar.status, StatusCode::OK);
        assert_eq!(calendar.headers["content-type"], "text/calendar; charset=utf-8");
        assert!(calendar.body.starts_with("BEGIN:VCALENDAR\r\n") && calendar.body.contains("BEGIN:VEVENT"));
        assert!(!calendar.body.contains("佐藤"), "the calendar does not say whose it is");
        assert_eq!(sato.post("/my/calendar/endings", &[]).await.status, StatusCode::SEE_OTHER);
        assert_eq!(telephone.get(&format!("/calendars/{file}")).await.status, StatusCode::NOT_FOUND);
    })
    .await;
}
