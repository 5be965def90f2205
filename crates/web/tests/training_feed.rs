//! The trainings that recruit, as other sites read them.

use crate::browser::{Browser, each_world};
use axum::http::StatusCode;
use mamis_schema::{association, association_setting, training};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};

/// 神奈川県医師会 publishes from today on.
async fn publish(app: &mamis_app::App) {
    let found =
        association::Entity::find().filter(association::Column::Code.eq("14")).one(app.db.read()).await;
    let row = association_setting::Model {
        id: uuid::Uuid::now_v7(),
        association: found.expect("reads").expect("is there").id,
        name: "training.feed".to_owned(),
        value: "on".to_owned(),
        valid_from: mamis_rules::base::Day::of(app.clock.now()).date(),
        created_at: app.clock.now(),
    };
    association_setting::ActiveModel::from(row).reset_all().insert(app.db.write()).await.expect("writes");
}

#[tokio::test]
async fn an_association_publishes_what_recruits_and_nothing_before_it_says_so() {
    each_world(|app| async move {
        let anybody = Browser::of(&app, "mori").await;
        for path in ["/feeds/14.rss", "/feeds/14.json", "/feeds/nothing.rss"] {
            assert_eq!(anybody.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        publish(&app).await;
        let rss = anybody.get("/feeds/14.rss").await;
        assert_eq!(rss.status, StatusCode::OK);
        assert!(rss.headers["content-type"].to_str().expect("text").starts_with("application/rss+xml"));
        assert_eq!(rss.headers["access-control-allow-origin"], "*");
        let json = anybody.get("/feeds/14.json").await;
        let feed: serde_json::Value = serde_json::from_str(&json.body).expect("JSON");
        let items = feed["items"].as_array().expect("items");
        assert!(!items.is_empty() && items.len() == rss.body.matches("<item>").count());
        for item in items {
            let number = item["id"].as_str().expect("a number");
            let row = training::Entity::find().filter(training::Column::Number.eq(number)).one(app.db.read());
            let row = row.await.expect("reads").expect("is there");
            assert_eq!((row.state.as_str(), row.host_prefecture), ("approved", Some(14)), "{number}");
            assert!(row.recruits_until > app.clock.now());
            assert!(rss.body.contains(number));
        }
        assert_eq!(anybody.get("/feeds/142051.json").await.status, StatusCode::NOT_FOUND, "each for itself");
        assert_eq!(anybody.get("/feeds/14.xml").await.status, StatusCode::NOT_FOUND);
    })
    .await;
}
