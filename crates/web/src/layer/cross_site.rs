//! Refuses changes that another site asks a browser to make (docs/decisions/0004-csrf-by-fetch-metadata.md).

use crate::error::WebError;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use mamis_app::{App, Error};
use std::sync::Arc;

/// Lets safe methods pass; everything else must come from our own pages, or from no browser at all.
pub async fn refuse(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if safe || is_same_origin(request.headers(), &app.settings.public_url) {
        return next.run(request).await;
    }
    WebError(Error::refused(
        "ほかのサイトから送られた操作のため、受け付けませんでした。このサイトの画面から操作してください。",
    ))
    .into_response()
}

/// Every browser since 2023 sends Sec-Fetch-Site; older ones send Origin; a program sends neither and
/// carries no cookie that somebody else could misuse.
fn is_same_origin(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            let host = origin.split_once("://").map_or(origin, |(_, host)| host);
            origin == public_url || text(header::HOST.as_str()) == Some(host)
        }
        (None, None) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[(&'static str, &'static str)]) -> bool {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().expect("name"), value.parse().expect("value")))
            .collect();
        is_same_origin(&headers, "https://mamis.example")
    }

    #[test]
    fn only_our_own_pages_may_change_things() {
        assert!(check(&[("sec-fetch-site", "same-origin")]));
        assert!(check(&[("origin", "https://mamis.example")]));
        assert!(check(&[("origin", "http://127.0.0.1:8080"), ("host", "127.0.0.1:8080")]));
        assert!(check(&[]), "a program without a browser");
        assert!(!check(&[("sec-fetch-site", "cross-site")]));
        assert!(!check(&[("sec-fetch-site", "same-site")]), "a neighbour under the same domain");
        assert!(!check(&[("sec-fetch-site", "cross-site"), ("origin", "https://mamis.example")]));
        assert!(!check(&[("origin", "https://evil.example"), ("host", "mamis.example")]));
        assert!(!check(&[("origin", "null")]));
    }
}
