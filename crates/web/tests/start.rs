//! The first page, the files of every page, health, and what an unknown address gets.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use mamis_app::testing;
use tower::ServiceExt;

async fn get(router: &axum::Router, path: &str) -> (StatusCode, axum::http::HeaderMap, String) {
    let request = Request::get(path).body(Body::empty()).expect("a request");
    let response = router.clone().oneshot(request).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.expect("a body").to_bytes();
    (parts.status, parts.headers, String::from_utf8_lossy(&bytes).into_owned())
}

#[tokio::test]
async fn anybody_finds_the_first_page_and_the_files_it_needs() {
    testing::each_database(|app| async move {
        let router = mamis_web::router(app);
        let (status, headers, html) = get(&router, "/").await;
        assert_eq!(status, StatusCode::OK);
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().expect("text");
        assert!(!policy.contains("unsafe"), "{policy}");
        for file in html.split(['"', '\'']).filter(|part| part.starts_with("/static/")) {
            let path = file.split('#').next().unwrap_or(file);
            assert_eq!(get(&router, path).await.0, StatusCode::OK, "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_unknown_address_gets_a_page_with_an_id() {
    testing::each_database(|app| async move {
        let router = mamis_web::router(app);
        let (status, headers, html) = get(&router, "/no-such-page").await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        let id = headers["x-request-id"].to_str().expect("text");
        assert!(html.contains(id) && html.contains("見つかりません"), "{html}");
    })
    .await;
}

#[tokio::test]
async fn readiness_asks_the_database() {
    testing::each_database(|app| async move {
        let router = mamis_web::router(app);
        assert_eq!(get(&router, "/healthz").await.0, StatusCode::OK);
        assert_eq!(get(&router, "/readyz").await.0, StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn a_name_with_a_rare_kanji_brings_its_font() {
    crate::browser::each_world(|app| async move {
        for (login_id, rare) in [("yoshida", true), ("sato", false)] {
            let browser = crate::browser::Browser::of(&app, login_id).await;
            let link = browser
                .get("/my")
                .await
                .headers
                .get(header::LINK)
                .map(|value| value.to_str().expect("text").to_owned());
            assert_eq!(link.is_some(), rare, "{login_id}");
            let Some(path) = link.as_deref().and_then(|link| link.strip_prefix('<')?.split('>').next())
            else {
                continue;
            };
            let (status, headers, _) = get(&mamis_web::router(app.clone()), path).await;
            assert_eq!(
                (status, &headers[header::CONTENT_TYPE]),
                (StatusCode::OK, &header::HeaderValue::from_static("font/otf"))
            );
        }
        let style = get(&mamis_web::router(app), "/static/css/base.css").await.2;
        assert!(style.contains("--sans: \"MAMIS Rare Kanji\","), "or Chromium shows an empty box");
    })
    .await;
}
