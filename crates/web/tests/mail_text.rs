//! The editor of the texts of mails.

use crate::browser::{Browser, each_world};
use axum::http::StatusCode;

const OWN: &str = "/mail-texts/password_reset";

#[tokio::test]
async fn the_national_office_edits_a_text_and_takes_it_back() {
    each_world(|app| async move {
        let office = Browser::of(&app, "national-admin").await;
        let list = office.get("/mail-texts").await.body;
        assert!(list.contains(OWN) && list.contains("もとの文面"), "{list}");
        assert!(office.get("/notices").await.body.contains("/mail-texts"));
        let editor = office.get(OWN).await.body;
        assert!(editor.contains("{{ link }}") && editor.contains("𠮷田 髙子"), "{editor}");
        let fields = |act: &'static str, body: &'static str, version: &'static str| {
            [("act", act), ("subject", "再設定のご案内"), ("body", body), ("version", version)]
        };
        let shown = office.post(OWN, &fields("preview", "{{ name }} 先生\n{{ link }}", "0")).await;
        assert!(shown.status == StatusCode::OK && shown.body.contains("𠮷田 髙子 先生"), "{}", shown.body);
        let wrong = office.post(OWN, &fields("save", "{{ name }\n{{ link }}", "0")).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.body.contains("1行目") && wrong.body.contains("{{ name }"), "{}", wrong.body);
        let saved = office.post(OWN, &fields("save", "{{ name }} 先生\n{{ link }}", "0")).await;
        assert_eq!((saved.status, saved.location.as_str()), (StatusCode::SEE_OTHER, OWN), "{}", saved.body);
        let again = office.post(OWN, &fields("save", "{{ link }}", "0")).await;
        assert_eq!(again.status, StatusCode::CONFLICT, "somebody was faster");
        assert!(office.get(OWN).await.body.contains("もとの文面に戻す"));
        let back = office.post(&format!("{OWN}/restorations"), &[("seen", "1")]).await;
        assert_eq!(back.status, StatusCode::SEE_OTHER, "{}", back.body);
        assert!(office.get(OWN).await.body.contains("もとの文面に戻した"));
        let stranger = Browser::of(&app, "fujisawa-admin").await;
        assert_eq!(stranger.get(OWN).await.status, StatusCode::NOT_FOUND);
        assert_eq!(stranger.get("/mail-texts").await.status, StatusCode::NOT_FOUND);
        assert!(!stranger.get("/notices").await.body.contains("/mail-texts"));
    })
    .await;
}
