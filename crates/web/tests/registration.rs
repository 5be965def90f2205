//! Pages of whoever registers, of the office that compares licences, and of the terms of use.

use crate::browser::{self, each_world};
use crate::client;
use axum::http::StatusCode;
use mamis_app::App;
use mamis_schema::{account, association, attachment, outbox, registration};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

/// A registration of a person at the prefectural association of Tokyo, whose licence waits to be compared.
pub(crate) async fn keep(app: &App, person: Uuid) -> Uuid {
    let tokyo = association::Entity::find().filter(association::Column::Code.eq("13")).one(app.db.read());
    let id = Uuid::now_v7();
    let row = registration::Model {
        id,
        number: Some(format!("N-{id}")),
        kind: "new".to_owned(),
        state: "checking".to_owned(),
        email: "x@example.jp".to_owned(),
        token_hash: id.to_string(),
        data: "{}".to_owned(),
        physician: Some(person),
        desk: Some(tokyo.await.expect("reads").expect("there").id),
        licence: None,
        licence_key: None,
        licence_name: String::new(),
        licence_type: String::new(),
        comment: String::new(),
        decided_by: String::new(),
        decided_on: None,
        expires_at: app.clock.now(),
        created_at: app.clock.now(),
        version: 1,
    };
    registration::ActiveModel::from(row).reset_all().insert(app.db.write()).await.expect("writes");
    id
}

const FIELDS: &[(&str, &str)] = &[
    ("family_name", "新田"),
    ("given_name", "𠮷乃"),
    ("family_kana", "にった"),
    ("given_kana", "ヨシノ"),
    ("birth_on", "昭和59年2月3日"),
    ("sex", "female"),
    ("registry_number", "555123"),
    ("registry_on", "平成22年5月6日"),
    ("workplace", "新宿みなみ病院"),
    ("prefecture", "13"),
    ("email", "nitta@example.jp"),
];

async fn link(app: &App) -> String {
    let row = outbox::Entity::find()
        .filter(outbox::Column::Kind.eq("registration_started"))
        .order_by_desc(outbox::Column::Id)
        .one(app.db.read())
        .await
        .expect("reads")
        .expect("a letter");
    let rest = row.body.split("/registrations/").nth(1).expect("a link");
    format!("/registrations/{}", rest.lines().next().expect("a line"))
}

/// What is wrong with the file stands beside what is wrong with the rest.
async fn an_unreadable_file_hides_nothing(anybody: &browser::Browser, fewer: &[(&str, &str)]) {
    let unread = anybody.upload("/registrations", fewer, ("licence", "免許.docx", b"PK no picture")).await;
    assert_eq!(unread.status, StatusCode::UNPROCESSABLE_ENTITY);
    for said in ["中身を確認できませんでした", "勤務先の名前を入力してください。"]
    {
        assert!(unread.body.contains(said), "{said}");
    }
    let absent = "医師免許証の写真、またはPDFを選んでください。</a>";
    assert!(!unread.body.contains(absent), "one thing about the file");
}

#[tokio::test]
async fn from_the_form_to_my_page_and_the_licence_on_the_desk() {
    each_world(|app| async move {
        // Anybody may send the form, logged in or not.
        let anybody = browser::Browser::of(&app, "sato").await;
        let fewer: Vec<_> = FIELDS.iter().copied().filter(|(name, _)| *name != "workplace").collect();
        let page = anybody.upload("/registrations", &fewer, ("licence", "免許.pdf", b"%PDF-1.7 x")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.body.contains("勤務先の名前を入力してください。"), "{}", page.body);
        assert!(page.body.contains("選んだファイル「免許.pdf」は残っています"), "and the file is held");
        assert!(page.body.contains("value=\"昭和59年2月3日\""), "and all that was typed");
        an_unreadable_file_hides_nothing(&anybody, &fewer).await;
        let mark = "name=\"licence.held\" value=\"";
        let at = page.body.find(mark).expect("carried along") + mark.len();
        let held = page.body[at..].split('"').next().expect("a value").to_owned();
        let all = [FIELDS, &[("licence.held", held.as_str())]].concat();
        let sent = anybody.post("/registrations", &all).await;
        assert_eq!(sent.status, StatusCode::OK, "{}", sent.body);
        assert!(sent.body.contains("nitta@example.jp に、メールを送りました。"), "{}", sent.body);

        let link = link(&app).await;
        let mut newcomer = client::Browser::new(&app);
        let page = newcomer.get(&link).await;
        assert!(page.body.contains("p555123") && page.body.contains("個人情報の取扱い"), "{}", page.body);
        let twice = [("new_password", "本だなの右から4番目"), ("new_password_again", "違うもの")];
        let page = newcomer.post(&link, &twice).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        let password = "本だなの右から4番目";
        let typed = [("new_password", password), ("new_password_again", password), ("agree", "1")];
        let done = newcomer.post(&link, &typed).await;
        assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/my"), "{}", done.body);
        let my = newcomer.get("/my").await;
        assert!(my.status == StatusCode::OK && my.body.contains("新田 𠮷乃"), "{}", my.body);
        assert_eq!(newcomer.get(&link).await.status, StatusCode::NOT_FOUND, "a link works once");

        let tokyo = browser::Browser::of(&app, "o13").await;
        assert!(tokyo.get("/desk").await.body.contains("利用者登録の確認"));
        let list = tokyo.get("/registration-checks").await;
        assert!(list.body.contains("新田 𠮷乃"), "{}", list.body);
        let row = registration::Entity::find().filter(registration::Column::Email.eq("nitta@example.jp"));
        let row = row.one(app.db.read()).await.expect("reads").expect("there");
        let page = tokyo.get(&format!("/registration-checks/{}", row.id)).await;
        assert!(page.body.contains("555123") && page.body.contains("/attachments/"), "{}", page.body);
        let login = account::Entity::find().filter(account::Column::LoginId.eq("p555123"));
        let login = login.one(app.db.read()).await.expect("reads").expect("an account");
        let licence = attachment::Entity::find().filter(attachment::Column::UploadedBy.eq(login.id));
        let licence = licence.one(app.db.read()).await.expect("reads").expect("a picture");
        assert_eq!(tokyo.get(&format!("/attachments/{}", licence.id)).await.status, StatusCode::OK);
        let version = row.version.to_string();
        let to = format!("/registration-checks/{}/decisions", row.id);
        let bare = tokyo.post(&to, &[("command", "refuse"), ("version", &version), ("comment", "")]).await;
        assert_eq!(bare.status, StatusCode::UNPROCESSABLE_ENTITY, "a refusal says why");
        let done = tokyo.post(&to, &[("command", "confirm"), ("version", &version)]).await;
        assert_eq!((done.status, done.location.as_str()), (StatusCode::SEE_OTHER, "/registration-checks"));
        let late = tokyo.post(&to, &[("command", "confirm"), ("version", &version)]).await;
        assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.body);
    })
    .await;
}

#[tokio::test]
async fn nobody_learns_from_a_claim_who_is_registered() {
    client::each_world(|app| async move {
        let mut browser = client::Browser::new(&app);
        let claim = |number| {
            [
                ("registry_number", number),
                ("birth_on", "1971-01-01"),
                ("family_kana", "サトウ"),
                ("given_kana", "ケイコ"),
                ("email", "who@example.jp"),
            ]
        };
        let row = mamis_schema::physician::Entity::find()
            .filter(mamis_schema::physician::Column::FamilyName.eq("佐藤"))
            .one(app.db.read())
            .await
            .expect("reads")
            .expect("there");
        let known = browser.post("/claims", &claim(row.registry_number.as_deref().expect("a number"))).await;
        let unknown = browser.post("/claims", &claim("599998")).await;
        let words = |page: &str| page.split("お問い合わせ番号").next().expect("text").to_owned();
        assert_eq!((known.status, words(&known.body)), (unknown.status, words(&unknown.body)));
        let letters = outbox::Entity::find()
            .filter(outbox::Column::Address.eq("who@example.jp"))
            .all(app.db.read())
            .await
            .expect("reads");
        assert_eq!(letters.len(), 2);
        assert_eq!(letters[0].body, letters[1].body, "nor from the mail");
        for _ in 0..5 {
            browser.post("/claims", &claim("599998")).await;
        }
        let many = browser.post("/claims", &claim("599998")).await;
        assert_eq!(many.status, StatusCode::TOO_MANY_REQUESTS);
    })
    .await;
}

#[tokio::test]
async fn a_new_version_is_looked_at_published_and_asked_for() {
    each_world(|app| async move {
        let admin = browser::Browser::of(&app, "national-admin").await;
        let page = admin.get("/terms/versions").await;
        assert!(page.body.contains("2026-04") && page.body.contains("いまの版"), "{}", page.body);
        let typed = [
            ("version", "2027-01"),
            ("valid_from", "2026-12-01"),
            ("changes", "短くしました。"),
            ("body", "## 見出し\n- ひとつ"),
        ];
        let looked = admin.post("/terms/versions", &[&typed[..], &[("preview", "1")]].concat()).await;
        assert!(looked.body.contains("<h3>見出し</h3>") && looked.body.contains("<li>ひとつ</li>"));
        let late = [("version", "2027-01"), ("valid_from", "2026-11-22"), ("changes", "x"), ("body", "x")];
        let refused = admin.post("/terms/versions", &late).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let done = admin.post("/terms/versions", &typed).await;
        assert_eq!(done.location, "/terms/versions", "{}", done.body);
        let below = browser::Browser::of(&app, "fujisawa-admin").await;
        assert_eq!(below.get("/terms/versions").await.status, StatusCode::FORBIDDEN);

        app.clock.set("2026-12-01T01:00:00Z".parse().expect("an instant"));
        let sato = browser::Browser::of(&app, "sato").await;
        let led = sato.get("/my").await;
        assert!(led.location.starts_with("/terms/consent"), "{}", led.location);
        let page = sato.get("/terms/consent").await;
        assert!(
            page.body.contains("変わったところ") && page.body.contains("短くしました。"),
            "{}",
            page.body
        );
        sato.post("/terms/consent", &[("agree", "1"), ("next", "/my")]).await;
        assert_eq!(sato.get("/my").await.status, StatusCode::OK);
        assert!(sato.get("/terms?version=2026-04").await.body.contains("個人情報の取扱い"));
        assert_eq!(sato.get("/terms?version=none").await.status, StatusCode::NOT_FOUND);
    })
    .await;
}
