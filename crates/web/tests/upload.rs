//! Forms with files: whatever must be mended, no file has to be chosen again.

use crate::browser::{Browser, each_world};
use axum::http::StatusCode;
use mamis_app::App;
use mamis_schema::{application, attachment, paper_credit, training};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use uuid::Uuid;

const PDF: &[u8] = b"%PDF-1.7 a flyer";
const PROGRAM: &[u8] = b"MZ not a picture";

/// What the form carries along for a held file.
fn held(html: &str, field: &str) -> String {
    let mark = format!("name=\"{field}.held\" value=\"");
    let at = html.find(&mark).expect("the form carries the file along") + mark.len();
    html[at..].split('"').next().expect("a value").to_owned()
}

async fn files(app: &App, kind: &str) -> u64 {
    let rows = attachment::Entity::find().filter(attachment::Column::Kind.eq(kind));
    rows.count(app.db.read()).await.expect("counts")
}

#[tokio::test]
async fn a_flyer_stays_while_the_form_is_mended() {
    each_world(|app| async move {
        let officer = Browser::of(&app, "fujisawa-training").await;
        let returned = training::Entity::find().filter(training::Column::State.eq("returned"));
        let row = returned.one(app.db.read()).await.expect("reads").expect("one was returned");
        let page = format!("/trainings/{}", row.id);
        let version = row.version.to_string();
        let mut fields = vec![
            ("version", version.as_str()),
            ("title", "まだ途中の題名"),
            ("mode", "venue"),
            ("prefecture", "14"),
            ("contact", "0466-00-0000"),
            ("sessions.0.title", "演題だけ"),
            ("sessions.0.day", "2027-02-13"),
        ];
        let bad = officer.upload(&page, &fields, ("flyer", "案内.exe", PROGRAM)).await;
        assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(bad.body.contains("「案内.exe」の中身を確認できませんでした"), "said at the field");
        assert!(bad.body.contains("まだ途中の題名"), "and everything typed is there");
        assert_eq!(files(&app, "flyer").await, 0);
        let sent =
            [&fields[..], &[("act", "submit"), ("sessions.0.from", "13:00"), ("sessions.0.until", "14:00")]];
        let mut sent = sent.concat();
        sent.retain(|(name, _)| *name != "sessions.0.day");
        sent.push(("sessions.0.day", "2026-01-10"));
        let all = officer.upload(&page, &sent, ("flyer", "案内.exe", PROGRAM)).await.body;
        for said in ["「案内.exe」の中身を", "会場の名称と所在地を", "会場の定員を", "開催日が過ぎています"]
        {
            assert!(all.contains(said), "a bad file hides nothing else: {said}");
        }
        let day = all.split_once("id=\"f-sessions.0.day\"").expect("the field").1.split('>').next();
        assert!(day.is_some_and(|day| day.contains("aria-invalid=\"true\"")), "the field is marked: {day:?}");

        let unready = officer.upload(&page, &fields, ("flyer", "案内.pdf", PDF)).await;
        assert_eq!(unready.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(unready.body.contains("選んだファイル「案内.pdf」は残っています"), "{}", unready.body);
        let flyer = held(&unready.body, "flyer");
        let another = [&fields[..], &[("flyer.held", &flyer), ("add", "session")]].concat();
        let added = officer.post(&page, &another).await;
        assert_eq!(held(&added.body, "flyer"), flyer, "another row keeps it too");

        fields.extend([
            ("sessions.0.from", "13:00"),
            ("sessions.0.until", "14:00"),
            ("capacity", "40"),
            ("flyer.held", flyer.as_str()),
        ]);
        let saved = officer.post(&page, &fields).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
        let now =
            training::Entity::find_by_id(row.id).one(app.db.read()).await.expect("reads").expect("there");
        assert_eq!(now.flyer, Some(flyer.parse::<Uuid>().expect("an id")));
    })
    .await;
}

#[tokio::test]
async fn a_photo_stays_while_the_line_is_mended_and_belongs_to_one_line() {
    each_world(|app| async move {
        let sato = Browser::of(&app, "sato").await;
        let mut fields = vec![
            ("lines.0.kind", "occupational_physician:lifelong/実地/"),
            ("lines.0.earned_on", "2024-10-06"),
            ("lines.0.title", "職場巡視の実際"),
            ("lines.0.amount", "1"),
        ];
        let open = sato.upload("/paper-credits", &fields, ("lines.0.photo", "手帳.pdf", PDF)).await;
        assert_eq!(open.status, StatusCode::UNPROCESSABLE_ENTITY, "the host is missing");
        assert!(open.body.contains("選んだファイル「手帳.pdf」は残っています"), "{}", open.body);
        let photo = held(&open.body, "lines.0.photo");
        fields.extend([("lines.0.host_name", "横浜市医師会"), ("lines.0.photo.held", photo.as_str())]);
        let other = Browser::of(&app, "kobayashi").await.post("/paper-credits", &fields).await;
        assert!(other.body.contains("もう一度選んでください"), "nobody takes somebody else's file");
        assert_eq!(sato.post("/paper-credits", &fields).await.status, StatusCode::SEE_OTHER);
        let id = photo.parse::<Uuid>().expect("an id");
        let with_photo = paper_credit::Entity::find().filter(paper_credit::Column::Photo.eq(id));
        assert_eq!(with_photo.clone().count(app.db.read()).await.expect("counts"), 1);
        let again = sato.post("/paper-credits", &fields).await;
        assert!(again.body.contains("もう一度選んでください"), "{}", again.body);
        assert_eq!(with_photo.count(app.db.read()).await.expect("counts"), 1);
    })
    .await;
}

#[tokio::test]
async fn a_bad_file_of_an_application_is_named_and_a_good_one_is_kept() {
    each_world(|app| async move {
        let ishii = Browser::of(&app, "ishii").await;
        let returned = application::Entity::find().filter(application::Column::State.contains("returned"));
        let row = returned.one(app.db.read()).await.expect("reads").expect("one was returned");
        let fields = [("remarks", "控えを付けます"), ("fee_method", "transfer")];
        let draft = format!("/applications/{}/draft", row.id);
        let bad = ishii.upload(&draft, &fields, ("fee_slip", "控え.exe", PROGRAM)).await;
        assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            bad.body.contains("「控え.exe」の中身を確認できませんでした")
                && bad.body.contains("控えを付けます")
        );
        let before = files(&app, "fee_slip").await;
        let good = ishii.upload(&draft, &fields, ("fee_slip", "控え.pdf", PDF)).await;
        assert_eq!(good.status, StatusCode::SEE_OTHER, "{}", good.body);
        assert_eq!(files(&app, "fee_slip").await, before + 1);
    })
    .await;
}
