//! Paper credits and applications through their forms.

use crate::browser::{Browser, each_world};
use axum::http::StatusCode;
use mamis_schema::application;
use sea_orm::EntityTrait;

const LINE: [(&str, &str); 6] = [
    ("lines.0.kind", "occupational_physician:lifelong/実地/"),
    ("lines.0.earned_on", "令和6年10月6日"),
    ("lines.0.host_name", "藤沢市医師会"),
    ("lines.0.title", "職場巡視"),
    ("lines.0.amount", "2"),
    ("lines.0.sticker_number", "A-1"),
];

/// The form's fields with one of them changed.
fn with<'a>(name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    LINE.iter()
        .map(|(field, typed)| if *field == name { (*field, value) } else { (*field, *typed) })
        .collect()
}

#[tokio::test]
async fn a_paper_credit_with_a_problem_keeps_what_was_typed() {
    each_world(|app| async move {
        let sato = Browser::of(&app, "sato").await;
        let page = sato.post("/paper-credits", &with("lines.0.earned_on", "2025-04-02")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.body.contains("error-summary") && page.body.contains("value=\"2025-04-02\""));
        assert!(page.body.contains("職場巡視") && page.body.contains("2025年3月31日（令和7年）まで"));
        let more = sato.post("/paper-credits", &[&LINE[..], &[("add", "line")]].concat()).await;
        assert!(more.body.contains("lines.1.title") && more.body.contains("職場巡視"), "without JavaScript");
        assert_eq!(sato.post("/paper-credits", &LINE).await.location, "/paper-credits");
        let list = sato.get("/paper-credits").await;
        assert!(list.body.contains("申告（確認待ち）") && list.body.contains("A-1"));
    })
    .await;
}

#[tokio::test]
async fn from_paper_to_a_submitted_application() {
    each_world(|app| async move {
        let sato = Browser::of(&app, "sato").await;
        let begun =
            sato.post("/applications", &[("scheme", "occupational_physician"), ("kind", "renewal")]).await;
        let edit = begun.location;
        let application = edit.trim_end_matches("/edit").to_owned();
        let page = sato.get(&edit).await;
        assert!(
            page.body.contains("送る前に必要なこと") && page.body.contains("実地研修があと1単位必要です。")
        );
        let sent =
            sato.post(&format!("{application}/submissions"), &[("remarks", "よろしくお願いします")]).await;
        assert_eq!(sent.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            sent.body.contains("審査登録料の納め方を選んでください。")
                && sent.body.contains("よろしくお願いします")
        );
        sato.post("/paper-credits", &LINE).await;
        let fields = [("fee_method", "counter"), ("remarks", "よろしくお願いします")];
        let sent = sato.post(&format!("{application}/submissions"), &fields).await;
        assert_eq!((sent.status, &sent.location), (StatusCode::SEE_OTHER, &application));
        let progress = sato.get(&application).await;
        for sentence in [
            "審査登録料を、藤沢市医師会へお出しください。",
            "いまここ",
            "郡市区等医師会が書類と単位を確認しています。",
            "申請を取り下げる",
        ] {
            assert!(progress.body.contains(sentence), "{sentence}");
        }
        let again = sato.post(&format!("{application}/submissions"), &fields).await;
        assert_eq!(again.status, StatusCode::CONFLICT);
        assert!(
            again.body.contains("すでに提出されています") && again.body.contains(&application),
            "{}",
            again.body
        );
        assert_eq!(sato.get(&format!("{application}/edit")).await.location, application);
        let office = Browser::of(&app, "fujisawa-cert").await.get(&application).await;
        assert!(office.status == StatusCode::OK && office.body.contains("佐藤 恵子"));
        assert!(!office.body.contains("申請を取り下げる"));
        let stranger = Browser::of(&app, "mori").await.get(&application).await;
        assert_eq!(stranger.status, StatusCode::NOT_FOUND);
        let withdrawn = sato.post(&format!("{application}/withdrawals"), &[]).await;
        assert_eq!(withdrawn.location, "/applications");
    })
    .await;
}

#[tokio::test]
async fn a_draft_saves_itself_without_a_new_page() {
    each_world(|app| async move {
        let kobayashi = Browser::of(&app, "kobayashi").await;
        let list = kobayashi.get("/applications").await;
        let start = list.body.find("/applications/0").expect("a draft is listed");
        let path: String = list.body[start..].chars().take_while(|letter| *letter != '"').collect();
        let draft = path.replace("/edit", "/draft");
        let saved = kobayashi.post(&draft, &[("remarks", "自動保存"), ("fee_method", "counter")]).await;
        assert_eq!(saved.location, path, "by hand: back to the form");
        assert!(kobayashi.get(&path).await.body.contains("自動保存"));
    })
    .await;
}

#[tokio::test]
async fn a_returned_application_shows_the_comment_on_top() {
    each_world(|app| async move {
        let ishii = Browser::of(&app, "ishii").await;
        let my = ishii.get("/my").await;
        let start = my.body.find("/applications/0").expect("it is on my page");
        let path: String = my.body[start..].chars().take_while(|letter| *letter != '"').collect();
        assert!(path.ends_with("/edit"), "my page leads straight to what is to be mended: {path}");
        let edit = ishii.get(&path).await;
        assert!(edit.body.contains("藤沢市医師会から差し戻されました"));
        assert!(edit.body.contains("直して再申請する"));
        let to = path.replace("/edit", "/submissions");
        let id: uuid::Uuid = path.split('/').nth(2).expect("an id").parse().expect("an id");
        let row = application::Entity::find_by_id(id).one(app.db.read()).await.expect("reads").expect("hers");
        let received = row.fee_received_on.is_some();
        assert_eq!(
            edit.body.contains("type=\"radio\" name=\"fee_method\""),
            !received,
            "paid is not asked again"
        );
        let same = [("fee_method", row.fee_method.as_str()), ("remarks", row.remarks.as_str())];
        let asked = ishii.post(&to, &same).await;
        assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY, "nothing was mended");
        assert!(asked.body.contains("直さずに送る"), "{}", asked.body);
        let sent = ishii.post(&to, &[&same[..], &[("as_it_was", "1")]].concat()).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "asked, not refused: {}", sent.body);
    })
    .await;
}
