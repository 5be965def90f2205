//! Named people of the seed world with a session, as a browser would send their requests.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use mamis_app::secret::sha256_hex;
use mamis_app::{App, seed, testing};
use mamis_schema::{account, session};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use std::sync::Arc;
use tower::ServiceExt;
use uuid::Uuid;

/// Runs a test in the named world, on each database.
pub(crate) async fn each_world<F: Future<Output = ()>>(test: impl Fn(Arc<App>) -> F) {
    testing::each_database(|app| async {
        seed::world(&app).await.expect("the named world loads");
        test(app).await;
    })
    .await;
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// Where it leads; empty for a page.
    pub(crate) location: String,
    pub(crate) headers: header::HeaderMap,
    pub(crate) body: String,
}

/// Somebody logged in.
pub(crate) struct Browser {
    router: axum::Router,
    cookie: String,
}

impl Browser {
    /// Somebody of the named world, logged in completely.
    pub(crate) async fn of(app: &Arc<App>, login_id: &str) -> Self {
        let row = account::Entity::find().filter(account::Column::LoginId.eq(login_id)).one(app.db.read());
        let row = row.await.expect("reads").expect("a named person");
        let token = format!("session-of-{login_id}");
        let now = app.clock.now();
        session::ActiveModel {
            id: Set(Uuid::now_v7()),
            token_hash: Set(sha256_hex(token.as_bytes())),
            account: Set(row.id),
            created_at: Set(now),
            last_seen_at: Set(now),
            expires_at: Set(now + chrono::Duration::hours(8)),
            second_factor_at: Set(Some(now)),
            user_agent: Set("test".to_owned()),
            address: Set("127.0.0.1".to_owned()),
        }
        .insert(app.db.write())
        .await
        .expect("logs in");
        Self { router: mamis_web::router(app.clone()), cookie: format!("mamis_session={token}") }
    }

    /// Opens a page.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        let request = Request::get(path).header(header::COOKIE, &self.cookie).body(Body::empty());
        self.send(request.expect("a request")).await
    }

    /// Sends a form.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(path)
            .header(header::COOKIE, &self.cookie)
            .header(header::HOST, "mamis.example.jp")
            .header(header::ORIGIN, "http://mamis.example.jp")
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body));
        self.send(request.expect("a request")).await
    }

    /// Sends a form with one file.
    pub(crate) async fn upload(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        (field, name, content): (&str, &str, &[u8]),
    ) -> Answer {
        const EDGE: &str = "an-edge-between-parts";
        let mut body = Vec::new();
        for (field, value) in fields {
            body.extend(
                format!("--{EDGE}\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n")
                    .into_bytes(),
            );
        }
        body.extend(
            format!(
                "--{EDGE}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n"
            )
            .into_bytes(),
        );
        body.extend(content);
        body.extend(format!("\r\n--{EDGE}--\r\n").into_bytes());
        let request = Request::post(path)
            .header(header::COOKIE, &self.cookie)
            .header(header::HOST, "mamis.example.jp")
            .header(header::ORIGIN, "http://mamis.example.jp")
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={EDGE}"))
            .body(Body::from(body));
        self.send(request.expect("a request")).await
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        let location = parts.headers.get(header::LOCATION).and_then(|value| value.to_str().ok());
        Answer {
            status: parts.status,
            location: location.unwrap_or_default().to_owned(),
            headers: parts.headers,
            body: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }
}
