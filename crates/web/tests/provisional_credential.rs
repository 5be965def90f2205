//! Pages of cards, and the first login with one.

use crate::browser::{self, each_world};
use crate::client;
use axum::http::{StatusCode, header};
use mamis_app::secret::sha256_hex;
use mamis_app::{App, Cx, provisional_credential};
use mamis_schema::{account, association, credential_file, credential_run, outbox};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use std::sync::Arc;
use uuid::Uuid;

/// A run of 藤沢市医師会 with a file.
pub(crate) async fn keep(app: &App) -> Uuid {
    let db = app.db.write();
    let fujisawa = association::Entity::find().filter(association::Column::Code.eq("142051"));
    let id = Uuid::now_v7();
    let row = credential_run::Model {
        id,
        number: format!("C-{id}"),
        association: fujisawa.one(db).await.expect("reads").expect("there").id,
        kind: "first".to_owned(),
        state: "ready".to_owned(),
        chosen: r#"{"kind":"first","within":null}"#.to_owned(),
        wanted: 1,
        made: 1,
        posted_on: None,
        by_name: "片瀬 由香".to_owned(),
        account: Uuid::nil(),
        created_at: app.clock.now(),
        version: 1,
    };
    credential_run::ActiveModel::from(row).reset_all().insert(db).await.expect("writes");
    let file = credential_file::Model {
        credential_run: id,
        position: 1,
        file_key: Some(format!("credential/{id}")),
        first_postal_code: "251-0001".to_owned(),
        last_postal_code: "251-0001".to_owned(),
        cards: 1,
    };
    app.files.put(&format!("credential/{id}"), b"%PDF-1.7 cards".to_vec()).await.expect("stores");
    credential_file::ActiveModel::from(file).reset_all().insert(db).await.expect("writes");
    id
}

async fn work(app: &Arc<App>) {
    let cx = Cx::system(app, "provisional_credentials");
    while provisional_credential::jobs::make(&cx).await.expect("makes").done > 0 {}
}

/// The run that the form makes, once the job is done with it.
async fn run(app: &Arc<App>, officer: &browser::Browser) -> String {
    let fujisawa = association::Entity::find().filter(association::Column::Code.eq("142051"));
    let sender = fujisawa.one(app.db.read()).await.expect("reads").expect("there").id.to_string();
    let done = officer.post("/credential-runs", &[("sender", &sender), ("kind", "first")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    work(app).await;
    done.location
}

#[tokio::test]
async fn from_the_form_to_the_posting() {
    each_world(|app| async move {
        let officer = browser::Browser::of(&app, "fujisawa-admin").await;
        let list = officer.get("/credential-runs").await;
        assert!(
            list.body.contains("藤沢市医師会") && list.body.contains("仮ログインIDの発行"),
            "{}",
            list.body
        );
        let path = run(&app, &officer).await;
        let page = officer.get(&path).await;
        assert!(page.body.contains("印刷できます"), "{}", page.body);
        let file = format!("{path}/files/1.pdf");
        let pdf = officer.get(&file).await;
        assert_eq!(
            (pdf.status, &pdf.headers[header::CACHE_CONTROL]),
            (StatusCode::OK, &"no-store".parse().expect("a value"))
        );
        let above = browser::Browser::of(&app, "o14").await;
        assert_eq!(above.get(&file).await.status, StatusCode::NOT_FOUND, "cards are the sender's alone");
        let late = officer.post(&format!("{path}/postings"), &[("posted_on", "2030-01-01")]).await;
        assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
        let done = officer.post(&format!("{path}/postings"), &[("posted_on", "2026-11-22")]).await;
        assert_eq!(done.location, path, "{}", done.body);
        assert_eq!(officer.get(&file).await.status, StatusCode::FORBIDDEN, "the file is gone");
        let again = officer.post(&format!("{path}/withdrawals"), &[]).await;
        assert_eq!(again.status, StatusCode::FORBIDDEN, "what was posted is not called back");
        let unclear = [("sender", "x"), ("kind", "first")];
        assert_eq!(officer.post("/credential-runs", &unclear).await.status, StatusCode::NOT_FOUND);
    })
    .await;
}

/// The secret of a card is printed only: the test gives it one it knows.
async fn card_of(app: &App, login_id: &str, secret: &str) {
    use mamis_schema::provisional_credential::{Column, Entity};
    use sea_orm::sea_query::Expr;
    let owner = account::Entity::find().filter(account::Column::LoginId.eq(login_id)).one(app.db.read());
    let owner = owner.await.expect("reads").expect("there").id;
    let hash = sha256_hex(secret.replace('-', "").as_bytes());
    let changed = Entity::update_many()
        .col_expr(Column::SecretHash, Expr::value(hash))
        .filter(Column::Account.eq(owner))
        .filter(Column::RevokedAt.is_null())
        .exec(app.db.write())
        .await
        .expect("writes");
    assert_eq!(changed.rows_affected, 1, "a card for {login_id}");
}

#[tokio::test]
async fn a_card_leads_to_a_password_of_ones_own() {
    each_world(|app| async move {
        let officer = browser::Browser::of(&app, "fujisawa-admin").await;
        run(&app, &officer).await;
        card_of(&app, "tanaka", "k7mq-2xwp-9hdr").await;
        let mut tanaka = client::Browser::new(&app);
        let wrong = tanaka.post("/login", &[("login_id", "tanaka"), ("password", "k7mq-2xwp-9hdx")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.body.contains("ログインIDまたはパスワードが違います。"), "the one sentence");
        // As an old hand types it.
        let typed = [("login_id", "ＴＡＮＡＫＡ"), ("password", "K7MQ 2XWP 9HDR")];
        let led = tanaka.post("/login", &typed).await;
        assert!(led.location().starts_with("/first-logins/"), "{} {}", led.location(), led.body);
        let link = led.location().to_owned();
        assert!(!tanaka.cookies.contains_key("mamis_session"), "a card opens no session by itself");
        let page = tanaka.get(&link).await;
        assert!(page.body.contains("tanaka") && page.body.contains("個人情報の取扱い"), "{}", page.body);
        let password = "本だなの右から4番目";
        let fields = [("new_password", password), ("new_password_again", password), ("email", "x@")];
        let mend = tanaka.post(&link, &fields).await;
        assert_eq!(mend.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(mend.body.contains("value=\"x@\"") && mend.body.contains("同意するに"), "{}", mend.body);
        let fields = [
            ("new_password", password),
            ("new_password_again", password),
            ("email", "hina@example.jp"),
            ("agree", "1"),
        ];
        let done = tanaka.post(&link, &fields).await;
        assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/my"), "{}", done.body);
        assert_eq!(tanaka.get("/my").await.status, StatusCode::OK);
        let letter = outbox::Entity::find().filter(outbox::Column::Address.eq("hina@example.jp"));
        let letter = letter.one(app.db.read()).await.expect("reads").expect("a letter");
        assert_eq!(letter.kind, "email_verification");
        let mut again = client::Browser::new(&app);
        assert_eq!(again.get(&link).await.status, StatusCode::NOT_FOUND, "the link works once");
        let card = again.post("/login", &typed).await;
        assert_eq!(card.status, StatusCode::UNPROCESSABLE_ENTITY, "and the card as well");
        let own = again.post("/login", &[("login_id", "tanaka"), ("password", password)]).await;
        assert_eq!(own.status, StatusCode::SEE_OTHER);
    })
    .await;
}
