//! Pages of associations.

use crate::client::{Browser, each_world};
use axum::http::StatusCode;
use mamis_app::App;
use mamis_schema::association;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use std::sync::Arc;

async fn acting(app: &Arc<App>, login_id: &str) -> Browser {
    let mut browser = Browser::new(app);
    browser.log_in(app, login_id).await;
    browser
}

async fn fujisawa(app: &App) -> association::Model {
    let row = association::Entity::find().filter(association::Column::Code.eq("142051")).one(app.db.read());
    row.await.expect("reads").expect("is there")
}

#[tokio::test]
async fn an_association_keeps_its_page_and_everybody_reads_it() {
    each_world(|app| async move {
        let row = fujisawa(&app).await;
        let own = format!("/associations/{}", row.id);
        let mut guest = Browser::new(&app);
        assert!(guest.get("/associations").await.body.contains("神奈川県医師会"));
        let list = guest.get("/associations?prefecture=14").await.body;
        assert!(list.contains(&own) && list.contains("tree-2"), "{list}");
        let page = guest.get(&own).await.body;
        assert!(page.contains("神奈川県医師会") && !page.contains("連絡先などを変える"), "{page}");

        let mut admin = acting(&app, "fujisawa-admin").await;
        assert!(admin.get(&own).await.body.contains("連絡先などを変える"));
        let details = format!("{own}/details");
        assert!(admin.get(&details).await.body.contains("受付時間"));
        let version = row.version.to_string();
        let mut fields = vec![("version", version.as_str()), ("office_hours", "平日 9:00〜17:00")];
        let wrong = admin.post(&details, &[fields.clone(), vec![("postal_code", "12")]].concat()).await;
        assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.body.contains("平日 9:00"));
        fields.push(("president", "鵠沼 海"));
        assert_eq!(admin.post(&details, &fields).await.location(), own);
        let page = guest.get(&own).await.body;
        assert!(page.contains("平日 9:00〜17:00") && page.contains("鵠沼 海"), "{page}");
        assert!(!page.contains("片瀬 由香"), "who typed it is the offices' business: {page}");
        fields.push(("phone", "0466-00-0000"));
        assert_eq!(admin.post(&details, &fields).await.status, StatusCode::CONFLICT);

        let settings = format!("{own}/settings");
        assert!(admin.get(&settings).await.body.contains("鑑文を付ける"));
        let fields = [("name", "certification.cover_letter"), ("value", "off"), ("valid_from", "2026-12-01")];
        assert_eq!(admin.post(&settings, &fields).await.location(), settings);
        let shown = admin.get(&settings).await.body;
        assert!(shown.contains("から：しない") && shown.contains("から：する"), "{shown}");
        let round = format!("{own}/rounds");
        let fields =
            [("scheme", "sports_physician"), ("year", "2026"), ("number", "6"), ("closes_on", "来月")];
        let wrong = admin.post(&round, &fields).await;
        assert!(
            wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.body.contains("来月"),
            "{}",
            wrong.body
        );
        let fields =
            [("scheme", "sports_physician"), ("year", "2026"), ("number", "6"), ("closes_on", "2027-03-01")];
        assert_eq!(admin.post(&round, &fields).await.location(), settings);
        assert!(admin.get(&settings).await.body.contains("認定健康スポーツ医"));
    })
    .await;
}

#[tokio::test]
async fn a_name_is_changed_from_above() {
    each_world(|app| async move {
        let own = format!("/associations/{}", fujisawa(&app).await.id);
        let form = format!("{own}/changes");
        let mut admin = acting(&app, "fujisawa-admin").await;
        assert_eq!(admin.get(&format!("{form}/new")).await.status, StatusCode::NOT_FOUND);
        let mut national = acting(&app, "national-admin").await;
        assert!(national.get(&format!("{form}/new")).await.body.contains("藤沢市医師会"));
        let mut fields = vec![
            ("name", "湘南ふじさわ医師会"),
            ("kana", "ショウナンフジサワイシカイ"),
            ("on", "2027-04-01"),
        ];
        let wrong = national.post(&form, &fields).await;
        assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.body.contains("湘南ふじさわ"));
        fields.push(("reason", "名称を改めるため"));
        assert_eq!(national.post(&form, &fields).await.location(), own);
        let page = Browser::new(&app).get(&own).await.body;
        assert!(
            page.contains("これから") && page.contains("名称を改めるため") && page.contains("藤沢市医師会"),
            "{page}"
        );
    })
    .await;
}
