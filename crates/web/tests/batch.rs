//! The national board through the pages: packet, decisions, approval, certificate.

use crate::browser::{Browser, each_world};
use axum::http::StatusCode;
use mamis_app::App;
use mamis_schema::{application, batch, batch_item, document, physician};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

/// 𠮷田's application and the batch in which it waits for the national board.
async fn waiting(app: &App) -> (application::Model, batch::Model) {
    let db = app.db.read();
    let person = physician::Entity::find()
        .filter(physician::Column::FamilyName.eq("𠮷田"))
        .filter(physician::Column::GivenName.eq("髙志"))
        .one(db)
        .await
        .expect("reads")
        .expect("in the named world");
    let row = application::Entity::find()
        .filter(application::Column::Physician.eq(person.id))
        .filter(application::Column::State.eq("national_board"))
        .one(db)
        .await
        .expect("reads")
        .expect("waits");
    let item = batch_item::Entity::find()
        .filter(batch_item::Column::Application.eq(row.id))
        .filter(batch_item::Column::Result.eq("waiting"))
        .one(db)
        .await
        .expect("reads")
        .expect("in a batch");
    let batch = batch::Entity::find_by_id(item.batch).one(db).await.expect("reads").expect("there");
    (row, batch)
}

/// The list is narrowed by state and association, and says what comes next in the words of the tier.
#[tokio::test]
async fn the_list_is_narrowed_by_state_and_association() {
    each_world(|app| async move {
        let (_, meeting) = waiting(&app).await;
        let national = Browser::of(&app, "national-cert").await;
        let shown = async |query: &str| {
            let page = national.get(&format!("/batches{query}")).await.body;
            (page.contains(&format!("/batches/{}\"", meeting.id)), page)
        };
        assert!(shown("").await.0);
        assert!(shown("?state=collecting").await.0);
        assert!(!shown("?state=submitted").await.0);
        assert!(shown("?q=%E6%97%A5%E6%9C%AC%E5%8C%BB").await.0, "日本医");
        assert!(
            shown(&format!("?q={}", meeting.number.replace('理', "%E7%90%86").replace('運', "%E9%81%8B")))
                .await
                .0
        );
        let (found, page) = shown("?q=%25").await;
        assert!(!found && page.contains("あてはまる一括申請はありません"), "{page}");
        batch::Entity::update_many()
            .col_expr(batch::Column::Body, Expr::value("board"))
            .col_expr(batch::Column::State, Expr::value("decided"))
            .filter(batch::Column::Id.eq(meeting.id))
            .exec(app.db.write())
            .await
            .expect("updates");
        let (found, page) = shown("?state=decided&q=%E6%97%A5%E6%9C%AC%E5%8C%BB").await;
        assert!(found && page.contains("一括承認待ち") && !page.contains("一括申請待ち"), "{page}");
        assert!(!page.contains("一括申請・一括承認待ち"), "{page}");
    })
    .await;
}

/// A committee that dealt with others leaves the rest where everybody finds it; what it approved is the board's.
#[tokio::test]
async fn what_a_committee_has_not_dealt_with_stays_open() {
    each_world(|app| async move {
        let (row, meeting) = waiting(&app).await;
        let at = format!("/batches/{}", meeting.id);
        let national = Browser::of(&app, "national-cert").await;
        let told = async |body: &str, result: &str| {
            batch::Entity::update_many()
                .col_expr(batch::Column::Body, Expr::value(body))
                .col_expr(batch::Column::State, Expr::value("decided"))
                .filter(batch::Column::Id.eq(meeting.id))
                .exec(app.db.write())
                .await
                .expect("updates");
            batch_item::Entity::update_many()
                .col_expr(batch_item::Column::Result, Expr::value(result))
                .filter(batch_item::Column::Application.eq(row.id))
                .exec(app.db.write())
                .await
                .expect("updates");
            let page = national.get(&at).await.body;
            let list = national.get("/batches").await.body;
            let line =
                list.split_once(&at).expect("in the list").1.split("</tr>").next().expect("a row").to_owned();
            let desk = national.get("/desk").await.body;
            let task =
                desk.split_once(&at).map(|(_, task)| task.split("</li>").next().expect("an end").to_owned());
            (page, line, task)
        };
        let (page, line, task) = told("committee", "waiting").await;
        assert!(page.contains("未処理 1件") && line.contains("data-label=\"未処理\">1<"), "{line}");
        assert!(task.is_some_and(|task| task.contains("運営委員会の資料を作り、結果を記録する")));
        let (page, line, task) = told("committee", "approved").await;
        assert!(page.contains("未処理 0件") && line.contains("data-label=\"未処理\">0<"), "{line}");
        assert_eq!(task, None, "it waits in the board's batch");
        let (page, line, task) = told("board", "approved").await;
        assert!(page.contains("一括承認待ち") && !page.contains("一括申請・"), "{page}");
        assert!(line.contains("data-label=\"未処理\">1<"), "{line}");
        assert!(task.is_some_and(|task| task.contains("一括承認をする") && !task.contains("一括申請")));
    })
    .await;
}

/// A decision without the day, the minutes or the reason is shown again with what was typed.
async fn what_is_missing_is_said(national: &Browser, to: &str, id: &str) {
    let incomplete = national.post(to, &[("id", id), ("held_on", ""), ("minutes_number", "2026-理")]).await;
    assert_eq!(incomplete.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(incomplete.body.contains("2026-理"), "what was typed stays");
    let empty = national.post(to, &[("id", id), ("held_on", ""), ("minutes_number", "")]).await;
    for field in ["#f-held_on", "#f-minutes_number"] {
        assert!(empty.body.contains(field), "everything that is missing is said at once: {field}");
    }
    let (verdict, why) = (format!("verdict.{id}"), format!("comment.{id}"));
    let mut put_off = vec![("id", id), ("held_on", "2026-11-20"), ("minutes_number", "2026-理")];
    put_off.extend([(verdict.as_str(), "defer"), (why.as_str(), " ")]);
    let unexplained = national.post(to, &put_off).await;
    assert_eq!(unexplained.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        unexplained.body.contains(&format!("#f-{why}")) && unexplained.body.contains("見送りの理由を入力")
    );
}

/// 𠮷田 belongs to the district of a city with four tiers: the letter says so as the batch does.
async fn the_letter_names_the_district(app: &App, batch: &batch::Model, page: &str) {
    let letters = document::Entity::find().filter(document::Column::Batch.eq(batch.id));
    let letters = letters.filter(document::Column::Kind.eq("notice_letter")).all(app.db.read()).await;
    let lines: Vec<serde_json::Value> = letters
        .expect("reads")
        .iter()
        .map(|letter| serde_json::from_str::<serde_json::Value>(&letter.data).expect("as written"))
        .flat_map(|letter| letter["physicians"].as_array().cloned().expect("a list"))
        .collect();
    let line = lines.iter().find(|line| line["name"] == "𠮷田 髙志").expect("on a letter");
    assert_eq!(line["association"], "戸塚区医師会");
    assert!(page.contains("data-label=\"所属\">戸塚区医師会"), "the batch names the same");
}

#[tokio::test]
async fn the_board_approves_and_the_certificate_is_there_for_those_who_may_see_it() {
    each_world(|app| async move {
        let (row, batch) = waiting(&app).await;
        let national = Browser::of(&app, "national-cert").await;
        assert!(national.get("/batches").await.body.contains(&batch.number));
        let at = format!("/batches/{}", batch.id);
        assert!(national.get(&at).await.body.contains("理事会の結果を記録する"));
        for (file, begins) in [("packet.pdf", "%PDF-"), ("packet.xlsx", "PK")] {
            let made = national.get(&format!("{at}/{file}")).await;
            assert!(made.body.starts_with(begins), "{file}: {}", made.status);
            let name = made.headers.get("content-disposition").and_then(|name| name.to_str().ok());
            assert!(
                name.is_some_and(|name| name.contains("filename*=UTF-8''%E7%90%86%E4%BA%8B%E4%BC%9A")),
                "{name:?}"
            );
        }
        let (id, to) = (row.id.to_string(), format!("{at}/board-decisions"));
        what_is_missing_is_said(&national, &to, &id).await;
        let version = batch.version.to_string();
        let fields = [
            ("version", version.as_str()),
            ("id", id.as_str()),
            ("held_on", "2026-11-20"),
            ("minutes_number", "2026-理"),
        ];
        assert!(national.get(&at).await.body.contains(&format!("name=\"version\" value=\"{version}\"")));
        assert_eq!(national.post(&to, &fields).await.location, at);
        let old = national.post(&to, &fields).await;
        assert_eq!(old.status, StatusCode::CONFLICT, "the page was sent twice");
        assert_eq!(national.post(&format!("{at}/submissions"), &[]).await.location, at);
        assert!(national.get(&at).await.body.contains("認定しました"));
        the_letter_names_the_district(&app, &batch, &national.get(&at).await.body).await;

        let papers = document::Entity::find().filter(document::Column::Physician.eq(row.physician));
        let made =
            papers.filter(document::Column::Kind.eq("certificate")).one(app.db.read()).await.expect("reads");
        let file = format!("/documents/{}.pdf", made.expect("a certificate").id);
        for (login, status) in [
            ("kanagawa-cert", StatusCode::OK),
            ("yokohama-cert", StatusCode::OK),
            ("yoshida", StatusCode::OK),
            ("sato", StatusCode::NOT_FOUND),
            ("tokyo-cert", StatusCode::NOT_FOUND),
        ] {
            let reader = Browser::of(&app, login).await;
            let opened = reader.get(&file).await;
            assert_eq!(opened.status, status, "{login}");
            assert_eq!(opened.body.starts_with("%PDF-"), status == StatusCode::OK, "{login}");
        }
    })
    .await;
}
