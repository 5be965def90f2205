//! External organizers through the router.

use crate::browser::Browser as Officer;
use crate::client::{Browser, each_world};
use axum::http::StatusCode;
use mamis_schema::outbox;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

#[tokio::test]
async fn an_organizer_asks_and_its_prefecture_decides() {
    each_world(|app| async move {
        let mut guest = Browser::new(&app);
        assert!(guest.get("/associations").await.body.contains("/organizers/new"));
        assert!(guest.get("/organizers/new").await.body.contains("開きたい研修会"));
        let mut fields = vec![
            ("name", "一般社団法人 湘南産業保健の会"),
            ("kana", "ショウナンサンギョウホケンノカイ"),
            ("prefecture", "14"),
            ("address", "藤沢市鵠沼1-1"),
            ("phone", "0466-00-0001"),
            ("purpose", "産業医の生涯研修"),
            ("contact_name", "団体 花子"),
            ("contact_kana", "ダンタイ ハナコ"),
        ];
        let wrong = guest.post("/organizer-registrations", &fields).await;
        assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.body.contains("湘南産業保健の会"));
        fields.push(("email", "dantai@example.jp"));
        let sent = guest.post("/organizer-registrations", &fields).await;
        assert!(sent.body.contains("まだ申込みは届いていません"), "{}", sent.body);
        let letter = outbox::Entity::find().filter(outbox::Column::Kind.eq("organizer_verification"));
        let body = letter.one(app.db.read()).await.expect("reads").expect("a letter").body;
        let at = body.find("/organizer-verifications/").expect("a link");
        let link = body[at..].split_whitespace().next().expect("a link").to_owned();
        assert!(guest.get(&link).await.body.contains("申込みを送る"));
        assert!(guest.post(&link, &[]).await.body.contains("神奈川県医師会"));
        assert!(guest.get(&link).await.body.contains("このリンクは使えません"));

        let office = Officer::of(&app, "kanagawa-training").await;
        assert!(office.get("/desk").await.body.contains("外部団体の登録の申込み"));
        let list = office.get("/organizers").await.body;
        let line = list.find("湘南産業保健の会").expect("a line");
        let at = list[..line].rfind("href=\"/organizers/").expect("a link");
        let own = list[at + 6..].split('"').next().expect("an address").to_owned();
        assert!(office.get(&own).await.body.contains("dantai@example.jp"));
        let decisions = format!("{own}/decisions");
        let silent = office.post(&decisions, &[("version", "1"), ("choice", "reject")]).await;
        assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
        let approved = office.post(&decisions, &[("version", "1"), ("choice", "approve")]).await;
        assert_eq!(approved.location, own);
        assert!(office.get(&own).await.body.contains("承認しました"));
        assert_eq!(
            office.post(&decisions, &[("version", "1"), ("choice", "approve")]).await.status,
            StatusCode::CONFLICT
        );
    })
    .await;
}
