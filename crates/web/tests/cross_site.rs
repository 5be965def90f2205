//! Changes that another site asks a browser for.

use crate::client::{Browser, each_world};
use axum::http::{Method, StatusCode};
use mamis_app::seed::PASSWORD;
use mamis_web::routes::routes;

#[tokio::test]
async fn another_site_cannot_send_any_form() {
    each_world(|app| async move {
        let mut browser = Browser::new(&app);
        browser.log_in(&app, "sato").await;
        for route in routes() {
            let path = crate::doors::with_ids(route.path);
            for site in ["cross-site", "same-site"] {
                let answer = browser.ask(Method::POST, &path, &[("sec-fetch-site", site)], "").await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} from {site}");
            }
        }
        assert_eq!(browser.get("/my/account").await.status, StatusCode::OK, "the session lives on");
        let body = format!("login_id=ishii&password={PASSWORD}");
        let mut victim = Browser::new(&app);
        let origin = [("origin", "https://evil.example")];
        let answer = victim.ask(Method::POST, "/login", &origin, &body).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "nobody is logged in as somebody else");
        assert!(victim.cookies.is_empty());
    })
    .await;
}
