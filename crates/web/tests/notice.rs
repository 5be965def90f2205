//! Writing a notice from the people search to the link that ends them.

use crate::browser::{Browser, each_world};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use mamis_app::notice::jobs::send_due;
use mamis_app::{App, Cx};
use mamis_schema::{duty, notice, outbox, unsubscription};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use std::sync::Arc;
use tower::ServiceExt;
use uuid::Uuid;

/// A draft of a notice of the office of a duty.
pub(crate) async fn keep(app: &App, held: &duty::Model) -> Uuid {
    let row = notice::Model {
        id: Uuid::now_v7(),
        association: held.association.expect("an association"),
        duties: "membership".to_owned(),
        query: "category=member".to_owned(),
        subject: "総会のご案内".to_owned(),
        body: "{氏名} 先生".to_owned(),
        obligatory: false,
        state: "draft".to_owned(),
        send_at: None,
        reached: None,
        by_mail: 0,
        by_post: 0,
        unsubscribed: 0,
        problem: String::new(),
        by_name: String::new(),
        created_at: app.clock.now(),
        ended_at: None,
        version: 1,
    };
    let id = row.id;
    notice::ActiveModel::from(row).reset_all().insert(app.db.write()).await.expect("writes");
    id
}

const TEXT: (&str, &str) = ("body", "{氏名} 先生\n\n総会を開きます。");

async fn only(app: &App) -> notice::Model {
    let rows = notice::Entity::find().filter(notice::Column::Subject.eq("総会のご案内"));
    rows.one(app.db.read()).await.expect("reads").expect("is there")
}

async fn draft(app: &App, office: &Browser) -> String {
    let new = office.get("/notices/new?category=member&q=").await;
    assert!(new.body.contains("この事務局から見える会員全員"), "{}", new.body);
    let at = new.body.split("name=\"office\" value=\"").nth(1).expect("one office");
    let at = at.split('"').next().expect("an id");
    let fields = [("office", at), ("query", "category=member"), ("subject", "総会のご案内"), TEXT];
    let made = office.post("/notices", &fields).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
    assert_eq!(made.location, format!("/notices/{}", only(app).await.id));
    made.location
}

#[tokio::test]
async fn a_notice_is_written_looked_at_and_sent() {
    each_world(|app| async move {
        let office = Browser::of(&app, "fujisawa-admin").await;
        let found = office.get("/physicians?category=member").await.body;
        assert!(found.contains("/notices/new?category=member"), "{found}");
        let own = draft(&app, &office).await;
        let page = office.get(&own).await.body;
        assert!(page.contains("会員区分：会員") && page.contains("人（いまの時点）"), "{page}");
        let shown = office.get(&format!("{own}/preview")).await.body;
        assert!(shown.contains(" 先生") && !shown.contains("{氏名}"), "{shown}");

        let to_nobody = office.post(&own, &[("version", "1"), ("subject", "総会"), ("body", "総会")]).await;
        assert_eq!(
            to_nobody.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "leaving the choice out is not everybody"
        );
        assert!(to_nobody.body.contains("宛先を選んでください"), "{}", to_nobody.body);
        let version = only(&app).await.version.to_string();
        let fields = [("version", version.as_str()), ("subject", "総会"), ("body", "{年齢}"), ("query", "")];
        let wrong = office.post(&own, &fields).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            wrong.body.contains("1行目の「{年齢}」") && wrong.body.contains("{年齢}</textarea>"),
            "{}",
            wrong.body
        );
        let late = [("version", version.as_str()), ("act", "later"), ("send_on", ""), ("send_time", "9時")];
        let late = office.post(&format!("{own}/schedules"), &late).await;
        assert!(
            late.status == StatusCode::UNPROCESSABLE_ENTITY && late.body.contains("送る日を"),
            "{}",
            late.body
        );

        let file = office.upload(&format!("{own}/files"), &[], ("files", "a.html", b"<script>")).await;
        assert_eq!(file.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", file.body);
        let file = office.upload(&format!("{own}/files"), &[], ("files", "次第.pdf", b"%PDF-1.7")).await;
        assert_eq!(file.status, StatusCode::SEE_OTHER, "{}", file.body);
        assert!(office.get(&own).await.body.contains("次第.pdf"));

        let test = office.post(&format!("{own}/tests"), &[]).await;
        assert_eq!(test.location, own);
        let version = only(&app).await.version.to_string();
        let sent = office.post(&format!("{own}/schedules"), &[("version", &version), ("act", "now")]).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
        send_due(&Cx::system(&app, "notices")).await.expect("runs");
        let page = office.get(&format!("{own}?view=waiting")).await.body;
        assert!(page.contains("順番を待っています") && page.contains("送信済み"), "{page}");
        assert_eq!(office.get(&format!("{own}/edit")).await.status, StatusCode::FORBIDDEN);
        let list = office.get("/notices").await.body;
        assert!(list.contains("総会のご案内"), "{list}");
        assert!(
            !Browser::of(&app, "kanagawa-cert").await.get("/notices").await.body.contains("総会のご案内")
        );
    })
    .await;
}

/// What a mail program does for the button in its list of mails: a request without cookies, without an origin, and
/// without following a redirect (RFC 8058).
async fn one_click(app: &Arc<App>, path: &str) -> StatusCode {
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from("List-Unsubscribe=One-Click"))
        .expect("a request");
    let response = mamis_web::router(app.clone()).oneshot(request).await.expect("an answer");
    let status = response.status();
    response.into_body().collect().await.expect("a body");
    status
}

#[tokio::test]
async fn a_mail_program_ends_the_notices_with_one_request() {
    each_world(|app| async move {
        let office = Browser::of(&app, "fujisawa-admin").await;
        let own = draft(&app, &office).await;
        let version = only(&app).await.version.to_string();
        office.post(&format!("{own}/schedules"), &[("version", &version), ("act", "now")]).await;
        send_due(&Cx::system(&app, "notices")).await.expect("runs");
        let letter = outbox::Entity::find()
            .filter(outbox::Column::Unsubscribe.ne(""))
            .one(app.db.read())
            .await
            .expect("reads")
            .expect("by mail");
        let path = letter.unsubscribe.strip_prefix(&app.settings.public_url).expect("ours").to_owned();
        let before = office.get(&path).await;
        assert!(before.body.contains("止めますか"), "opening the link changes nothing: {}", before.body);
        assert_eq!(one_click(&app, &path).await, StatusCode::OK);
        let ended = unsubscription::Entity::find().filter(unsubscription::Column::EndedAt.is_null());
        let ended = ended.filter(unsubscription::Column::Physician.eq(letter.physician));
        assert_eq!(ended.clone().count(app.db.read()).await.expect("counts"), 1);
        let page = office.post(&path, &[("act", "resume")]).await;
        assert!(page.status == StatusCode::OK && page.body.contains("止めますか"), "{}", page.body);
        assert_eq!(ended.count(app.db.read()).await.expect("counts"), 0);
        assert_eq!(one_click(&app, "/unsubscriptions/x.y").await, StatusCode::NOT_FOUND);
    })
    .await;
}
