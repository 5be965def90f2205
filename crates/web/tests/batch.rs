//! The national board through the pages: packet, decisions, approval, certificate.

use crate::browser::{Browser, each_world};
use axum::http::StatusCode;
use mamis_app::App;
use mamis_schema::{application, batch, batch_item, document, physician};
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

/// A committee that deals with one of several leaves the others where everybody finds them.
#[tokio::test]
async fn what_a_committee_has_not_dealt_with_stays_open() {
    each_world(|app| async move {
        let db = app.db.read();
        let meeting = batch::Entity::find()
            .filter(batch::Column::Body.eq("committee"))
            .filter(batch::Column::State.eq("collecting"));
        let meeting = meeting.one(db).await.expect("reads").expect("a committee meets");
        let items = batch_item::Entity::find()
            .filter(batch_item::Column::Batch.eq(meeting.id))
            .filter(batch_item::Column::Result.eq("waiting"));
        let items = items.all(db).await.expect("reads");
        assert!(items.len() > 1, "one to decide, others to leave");
        let national = Browser::of(&app, "national-cert").await;
        let (at, id) = (format!("/batches/{}", meeting.id), items[0].application.to_string());
        let fields = [("id", id.as_str()), ("held_on", "2026-11-20"), ("minutes_number", "運1")];
        assert_eq!(national.post(&format!("{at}/committee-decisions"), &fields).await.location, at);
        let left = items.len() - 1;
        assert!(national.get(&at).await.body.contains(&format!("未処理 {left}件")));
        let list = national.get("/batches").await.body;
        let (_, row) = list.split_once(&at).expect("in the list");
        let row = row.split("</tr>").next().expect("its row");
        assert!(row.contains(&format!("data-label=\"未処理\">{left}<")), "{row}");
        let desk = national.get("/desk").await.body;
        let (_, task) = desk.split_once(&at).expect("still a task");
        assert!(task.split("</li>").next().is_some_and(|task| task.contains(&format!("{left}件"))), "{task}");
    })
    .await;
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
        }
        let (id, to) = (row.id.to_string(), format!("{at}/board-decisions"));
        let incomplete =
            national.post(&to, &[("id", &id), ("held_on", ""), ("minutes_number", "2026-理")]).await;
        assert_eq!(incomplete.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(incomplete.body.contains("2026-理"), "what was typed stays");
        let empty = national.post(&to, &[("id", &id), ("held_on", ""), ("minutes_number", "")]).await;
        for field in ["#f-held_on", "#f-minutes_number"] {
            assert!(empty.body.contains(field), "everything that is missing is said at once: {field}");
        }
        let fields = [("id", id.as_str()), ("held_on", "2026-11-20"), ("minutes_number", "2026-理")];
        assert_eq!(national.post(&to, &fields).await.location, at);
        assert_eq!(national.post(&format!("{at}/submissions"), &[]).await.location, at);
        assert!(national.get(&at).await.body.contains("認定しました"));

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
