//! The database is away: every page says so in the same words, with an id, and the process counts as alive.

use crate::client::{Browser, each_world};
use axum::http::{StatusCode, header};

#[tokio::test]
async fn without_a_database_pages_say_when_to_come_back() {
    each_world(|app| async move {
        let mut browser = Browser::new(&app);
        browser.log_in(&app, "sato").await;
        assert_eq!(browser.get("/readyz").await.body, "ready\n");
        app.db.close().await;
        for path in ["/my", "/trainings", "/my/account"] {
            let answer = browser.get(path).await;
            assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
            assert_eq!(answer.headers[header::RETRY_AFTER], "30", "{path}");
            let id = answer.headers["x-request-id"].to_str().expect("text");
            assert!(answer.body.contains("ただいまご利用になれません") && answer.body.contains(id), "{path}");
        }
        let mut guest = Browser::new(&app);
        let answer = guest.post("/login", &[("login_id", "sato"), ("password", "x")]).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        let answer = guest.get("/readyz").await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.body, "the database does not answer\n");
        assert_eq!(guest.get("/healthz").await.status, StatusCode::OK);
        assert_eq!(guest.get("/help").await.status, StatusCode::OK, "what needs no database is there");
    })
    .await;
}
