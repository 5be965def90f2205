//! The public page: one word about a certificate, and nothing else.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use mamis_app::{App, seed, testing};
use mamis_rules::base::Day;
use mamis_schema::{certification, physician};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use std::sync::Arc;
use tower::ServiceExt;

async fn post(app: &Arc<App>, path: &str, fields: &[(&str, &str)]) -> (StatusCode, String) {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .body(Body::from(body))
        .expect("a request");
    let response = mamis_web::router(app.clone()).oneshot(request).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.expect("a body").to_bytes();
    (parts.status, String::from_utf8_lossy(&bytes).into_owned())
}

#[tokio::test]
async fn number_and_month_of_birth_give_one_word() {
    testing::each_database(|app| async move {
        seed::world(&app).await.expect("the named world loads");
        let person = physician::Entity::find()
            .filter(physician::Column::FamilyName.eq("佐藤"))
            .filter(physician::Column::GivenName.eq("恵子"))
            .one(app.db.read())
            .await
            .expect("reads")
            .expect("in the named world");
        let held = certification::Entity::find()
            .filter(certification::Column::Physician.eq(person.id))
            .order_by_desc(certification::Column::ValidUntil)
            .one(app.db.read())
            .await
            .expect("reads")
            .expect("certified");
        let born = Day::from(person.birth_on);
        let (year, month) = (born.year().to_string(), born.month().to_string());
        let other = (born.month() % 12 + 1).to_string();
        let ask = |month: &str| {
            [("number", held.number.clone()), ("year", year.clone()), ("month", month.to_owned())]
        };
        for (month, status, sentence) in [
            (month.as_str(), StatusCode::OK, "「有効」"),
            (other.as_str(), StatusCode::UNPROCESSABLE_ENTITY, "確認できませんでした"),
            ("13", StatusCode::UNPROCESSABLE_ENTITY, "1から12まで"),
        ] {
            let fields = ask(month);
            let fields: Vec<(&str, &str)> =
                fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let (got, html) = post(&app, "/verify", &fields).await;
            assert_eq!(got, status, "{sentence}");
            assert!(html.contains(sentence), "{sentence}: {html}");
            assert!(!html.contains("佐藤") && !html.contains("2027"), "neither name nor date");
        }
        let (status, html) = post(&app, "/verify/AAAAAAAAAA", &[("year", &year), ("month", &month)]).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(html.contains("確認できませんでした"));
    })
    .await;
}
