//! The desk, the list and the screen of an examination.

use crate::browser::{Browser, each_world};
use axum::http::StatusCode;
use mamis_app::App;
use mamis_schema::{application, audit_entry, physician};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, Select};

/// The application of somebody of the named world.
async fn application_of(app: &App, family: &str) -> application::Model {
    let people = physician::Entity::find()
        .filter(physician::Column::FamilyName.eq(family))
        .all(app.db.read())
        .await
        .expect("reads");
    application::Entity::find()
        .filter(application::Column::Physician.is_in(people.iter().map(|person| person.id)))
        .filter(application::Column::State.eq("prefectural_examination"))
        .one(app.db.read())
        .await
        .expect("reads")
        .expect("under way")
}

#[tokio::test]
async fn an_officer_begins_at_the_desk_and_opens_the_case() {
    each_world(|app| async move {
        let row = application_of(&app, "岡田").await;
        let tokyo = Browser::of(&app, "tokyo-cert").await;
        let desk = tokyo.get("/desk").await;
        assert_eq!(desk.status, StatusCode::OK);
        for sentence in ["あなたを待っている仕事", "都道府県医師会で審査中", "次の受付締切", "東京都医師会"]
        {
            assert!(desk.body.contains(sentence), "{sentence}");
        }
        let list = tokyo.get("/applications?q=オカダ").await;
        let screen = format!("/applications/{}/examination", row.id);
        assert!(list.body.contains(&screen), "{}", list.body);
        let case = tokyo.get(&screen).await;
        assert_eq!(case.status, StatusCode::OK);
        for sentence in ["岡田 慧", "確認したこと", "適とする", "審査登録料"] {
            assert!(case.body.contains(sentence), "{sentence}");
        }
        let looks = audit_entry::Entity::find()
            .filter(audit_entry::Column::Action.eq("application.look"))
            .filter(audit_entry::Column::Object.eq(row.id));
        assert_eq!(looks.count(app.db.read()).await.expect("counts"), 1, "the look is written down");
        for (path, kind) in [("/applications.csv", "岡田 慧"), ("/applications.xlsx", "PK")] {
            assert!(tokyo.get(path).await.body.contains(kind), "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_form_keeps_what_was_typed_and_an_old_page_changes_nothing() {
    each_world(|app| async move {
        let row = application_of(&app, "岡田").await;
        let tokyo = Browser::of(&app, "tokyo-cert").await;
        let to = format!("/applications/{}/decisions", row.id);
        let version = row.version.to_string();
        let typed =
            [("version", version.as_str()), ("remarks", "訂正印あり"), ("choice", "return"), ("comment", "")];
        let again = tokyo.post(&to, &typed).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(again.body.contains("訂正印あり") && again.body.contains("何を直せばよいか"));

        let ok = [
            ("version", version.as_str()),
            ("checklist", "identity"),
            ("checklist", "credits"),
            ("choice", "ok"),
        ];
        let done = tokyo.post(&to, &ok).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        assert!(done.location == "/desk" || done.location.ends_with("/examination"), "{}", done.location);
        let written = [
            ("remarks", "次回までに原本を確認"),
            ("comment", "見本<1>を添えてください"),
            ("password", "himitsu"),
        ];
        let late = tokyo.post(&to, &[&ok[..], &written[..]].concat()).await;
        assert_eq!(late.status, StatusCode::CONFLICT);
        assert!(late.body.contains("神楽坂 薫さんが") && late.body.contains("審査（適）"), "{}", late.body);
        assert!(
            late.body.contains("入力した内容") && late.body.contains("次回までに原本を確認"),
            "{}",
            late.body
        );
        assert!(late.body.contains("を添えてください") && !late.body.contains("見本<1>"), "{}", late.body);
        assert!(!late.body.contains("himitsu"), "only what people write is given back");
        assert!(late.body.contains(&format!("href=\"/applications/{}\"", row.id)), "{}", late.body);
    })
    .await;
}

#[tokio::test]
async fn what_is_not_theirs_does_not_exist() {
    each_world(|app| async move {
        let row = application_of(&app, "岡田").await;
        let screen = format!("/applications/{}/examination", row.id);
        assert_eq!(Browser::of(&app, "kanagawa-cert").await.get(&screen).await.status, StatusCode::NOT_FOUND);
        let physician = Browser::of(&app, "okada").await;
        assert_eq!(physician.get(&screen).await.status, StatusCode::NOT_FOUND);
        assert_eq!(physician.get("/batches").await.status, StatusCode::NOT_FOUND);
        assert_eq!(physician.get("/desk").await.location, "/my");
    })
    .await;
}

/// An office sees in one picture what lies with it and above it, and nothing that it may not see.
#[tokio::test]
async fn the_desk_shows_where_the_applications_are_as_a_picture() {
    each_world(|app| async move {
        let count = async |row: Select<application::Entity>| row.count(app.db.read()).await.expect("counts");
        let at = |state: &str| application::Entity::find().filter(application::Column::State.eq(state));
        let with_it = count(at("prefectural_examination")).await;
        let above = count(at("national_board")).await;
        assert!(with_it > 0 && above > 0);
        let bar = |count: u64| format!("<progress value=\"{count}\"");
        let row = |desk: &str, label: &str| {
            let row = desk.split_once(&format!("scope=\"row\">{label}<"));
            row.map(|(_, row)| row.split("</tr>").next().expect("its end").to_owned())
        };
        let national = Browser::of(&app, "national-cert").await.get("/desk").await.body;
        assert!(national.contains("申請の進みぐあい"), "{national}");
        let (below, own) =
            (row(&national, "都道府県医師会で審査中"), row(&national, "日本医師会の理事会待ち"));
        assert!(
            below.is_some_and(|row| row.contains(&bar(with_it)) && row.contains(&format!("{with_it}件")))
        );
        assert!(own.is_some_and(|row| row.contains(&bar(above))));
        let kanagawa = Browser::of(&app, "kanagawa-cert").await.get("/desk").await.body;
        assert!(row(&kanagawa, "日本医師会の理事会待ち").is_some(), "what went up stays in view: {kanagawa}");
        let tokyo = Browser::of(&app, "tokyo-cert").await.get("/desk").await.body;
        assert_eq!(row(&tokyo, "日本医師会の理事会待ち"), None, "Kanagawa's are not Tokyo's");
    })
    .await;
}
