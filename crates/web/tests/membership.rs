//! The procedures of membership through the router: the physician's forms, the office's list and review.

use crate::browser::{Browser, each_world};
use crate::client;
use axum::http::StatusCode;
use mamis_app::App;
use mamis_rules::association::MembershipCategory;
use mamis_schema::{account, application, association, association_category, membership};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

async fn physician(app: &App, login_id: &str) -> Uuid {
    let row = account::Entity::find().filter(account::Column::LoginId.eq(login_id)).one(app.db.read()).await;
    row.expect("reads").expect("exists").physician.expect("a physician")
}

/// The newest procedure of a kind of a named person.
async fn of(app: &App, login_id: &str, kind: &str) -> application::Model {
    let rows = application::Entity::find()
        .filter(application::Column::Physician.eq(physician(app, login_id).await))
        .filter(application::Column::Kind.eq(kind))
        .all(app.db.read())
        .await
        .expect("reads");
    rows.into_iter().max_by_key(|row| row.created_at).expect("has one")
}

async fn running(app: &App, login_id: &str) -> usize {
    let rows = membership::Entity::find()
        .filter(membership::Column::Physician.eq(physician(app, login_id).await))
        .filter(membership::Column::ValidUntil.is_null());
    rows.all(app.db.read()).await.expect("reads").len()
}

#[tokio::test]
async fn a_joining_offers_candidates_and_says_what_is_missing() {
    each_world(|app| async move {
        let shimizu = Browser::of(&app, "shimizu").await;
        let page = shimizu.get("/procedures").await;
        assert!(
            page.body.contains("どの手続きが必要ですか")
                && page.body.contains("/applications/new?kind=joining")
        );
        assert_eq!(shimizu.get("/applications/new?kind=joining").await.status, StatusCode::OK);
        let begun = shimizu.post("/applications?kind=joining", &[]).await;
        let draft = of(&app, "shimizu", "joining").await;
        let edit = format!("/applications/{}/edit", draft.id);
        assert_eq!(begun.location, edit, "the draft that was begun before");

        let page = shimizu.get(&edit).await;
        assert!(
            page.body.contains("藤沢市医師会") && page.body.contains("横浜市医師会"),
            "those of the prefecture"
        );
        let chiba = shimizu.get(&format!("{edit}?prefecture=12")).await;
        assert!(chiba.body.contains("千葉市医師会") && !chiba.body.contains("横浜市医師会"));

        let to = format!("/applications/{}/submissions", draft.id);
        let fields = [("association", ""), ("effective_on", "あした"), ("remarks", "よろしくお願いします。")];
        let again = shimizu.post(&to, &fields).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
        for text in ["2026年12月1日のように", "value=\"あした\"", "よろしくお願いします。"]
        {
            assert!(again.body.contains(text), "{text}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_leaving_goes_from_my_page_through_the_offices_and_the_next_case_opens() {
    each_world(|app| async move {
        let sato = Browser::of(&app, "sato").await;
        sato.post("/applications?kind=leaving", &[]).await;
        let id = of(&app, "sato", "leaving").await.id;
        let today = app.clock.now().date_naive().to_string();
        let fields = [("scope", "upper"), ("effective_on", today.as_str()), ("remarks", "")];
        let sent = sato.post(&format!("/applications/{id}/submissions"), &fields).await;
        assert_eq!(sent.location, format!("/applications/{id}"), "{}", sent.body);
        let progress = sato.get(&format!("/applications/{id}")).await;
        assert!(
            progress.body.contains("藤沢市医師会（受付）")
                && progress.body.contains("神奈川県医師会（承認）")
        );
        assert!(sato.get("/my").await.body.contains("退会"));

        let fujisawa = Browser::of(&app, "fujisawa-admin").await;
        let list = fujisawa.get("/membership-applications?kind=leaving").await;
        assert!(list.body.contains("佐藤 恵子"), "{}", list.body);
        assert!(fujisawa.get("/desk").await.body.contains("会員の手続き"));
        let led = fujisawa.get(&format!("/applications/{id}")).await;
        assert_eq!(
            led.location,
            format!("/membership-applications/{id}"),
            "mails lead everybody to one address"
        );
        let review = fujisawa.get(&format!("/membership-applications/{id}")).await;
        assert!(review.body.contains("受け付ける") && !review.body.contains("value=\"approve\""));

        let version = of(&app, "sato", "leaving").await.version.to_string();
        let decisions = format!("/membership-applications/{id}/decisions");
        let silent = [("version", version.as_str()), ("command", "return"), ("comment", "")];
        let again = fujisawa.post(&decisions, &silent).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(again.body.contains("何を直せばよいか"));
        let receive = [("version", version.as_str()), ("command", "receive"), ("comment", "")];
        let next = fujisawa.post(&decisions, &receive).await;
        assert!(next.location.starts_with("/membership-applications/"), "{}", next.location);
        assert_ne!(next.location, format!("/membership-applications/{id}"), "the next case opens by itself");
        assert_eq!(fujisawa.post(&decisions, &receive).await.status, StatusCode::CONFLICT, "an old page");

        let kanagawa = Browser::of(&app, "o14").await;
        let version = of(&app, "sato", "leaving").await.version.to_string();
        let approve = [
            ("version", version.as_str()),
            ("command", "approve"),
            ("comment", ""),
            ("effective_on", &today),
        ];
        kanagawa.post(&decisions, &approve).await;
        assert_eq!(of(&app, "sato", "leaving").await.state, "approved");
        assert_eq!(running(&app, "sato").await, 1, "the municipal membership goes on");
    })
    .await;
}

#[tokio::test]
async fn a_leaving_is_taken_back_with_a_reason() {
    each_world(|app| async move {
        let row = of(&app, "m-ono", "leaving").await;
        let fujisawa = Browser::of(&app, "fujisawa-admin").await;
        let review = fujisawa.get(&format!("/membership-applications/{}", row.id)).await;
        let undos = format!("/membership-applications/{}/undos", row.id);
        assert!(review.body.contains(&undos), "the button is there");
        assert_eq!(fujisawa.get(&undos).await.status, StatusCode::OK);
        let version = row.version.to_string();
        let silent = fujisawa.post(&undos, &[("version", version.as_str()), ("reason", "")]).await;
        assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
        fujisawa.post(&undos, &[("version", version.as_str()), ("reason", "取り違え")]).await;
        assert_eq!(of(&app, "m-ono", "leaving").await.state, "undone");
        assert_eq!(running(&app, "m-ono").await, 3);
        let kanagawa = Browser::of(&app, "o14").await;
        let other = kanagawa.get(&format!("/membership-applications/{}", row.id)).await;
        assert!(!other.body.contains(&undos), "decided by another");
    })
    .await;
}

#[tokio::test]
async fn a_death_is_entered_from_the_persons_page() {
    each_world(|app| async move {
        let sato = physician(&app, "sato").await;
        let fujisawa = Browser::of(&app, "fujisawa-admin").await;
        let form = format!("/physicians/{sato}/losses/new");
        assert!(fujisawa.get(&format!("/physicians/{sato}")).await.body.contains(&form));
        assert_eq!(fujisawa.get(&form).await.status, StatusCode::OK);
        let to = format!("/physicians/{sato}/losses");
        let again = fujisawa.post(&to, &[("cause", "death"), ("on", ""), ("reason", "電話")]).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(again.body.contains("電話"), "what was typed stays");
        let nothing = fujisawa.post(&to, &[("reason", "")]).await;
        assert!(nothing.body.contains("入力内容を確認してください（3件）"), "{}", nothing.body);
        let today = app.clock.now().date_naive().to_string();
        let done =
            fujisawa.post(&to, &[("cause", "death"), ("on", &today), ("reason", "ご家族からの電話")]).await;
        assert!(done.location.starts_with("/membership-applications/"), "{}", done.location);
        assert_eq!(of(&app, "sato", "leaving").await.state, "prefectural_review");
        let mut person = client::Browser::new(&app);
        let login =
            person.post("/login", &[("login_id", "sato"), ("password", mamis_app::seed::PASSWORD)]).await;
        assert_ne!(login.status, StatusCode::SEE_OTHER, "the login is closed");
    })
    .await;
}

#[tokio::test]
async fn an_officer_of_members_enters_procedures_and_nothing_of_certification() {
    each_world(|app| async move {
        let sato = physician(&app, "sato").await;
        let fujisawa = Browser::of(&app, "fujisawa-admin").await;
        let base = format!("/on-behalf/{sato}");
        let start = fujisawa.get(&base).await;
        assert!(start.body.contains("退会の手続き") && !start.body.contains("紙の単位"), "{}", start.body);
        assert_ne!(fujisawa.get(&format!("{base}/paper-credits")).await.status, StatusCode::OK);
        let silent = fujisawa.post(&format!("{base}/applications?kind=leaving"), &[("reason", "")]).await;
        assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
        let begun =
            fujisawa.post(&format!("{base}/applications?kind=leaving"), &[("reason", "郵送の届")]).await;
        let row = of(&app, "sato", "leaving").await;
        assert_eq!(begun.location, format!("{base}/applications/{}/edit", row.id));
        assert_eq!(fujisawa.get(&begun.location).await.status, StatusCode::OK);

        let certification = Browser::of(&app, "fujisawa-cert").await;
        let start = certification.get(&base).await;
        assert!(start.body.contains("紙の単位") && !start.body.contains("退会の手続き"));
        let other =
            certification.post(&format!("{base}/applications?kind=leaving"), &[("reason", "郵送")]).await;
        assert_eq!(other.status, StatusCode::FORBIDDEN);
        assert_eq!(
            certification.get(&format!("{base}/applications/{}/edit", row.id)).await.status,
            StatusCode::NOT_FOUND
        );
    })
    .await;
}

#[tokio::test]
async fn a_review_tells_the_category_in_the_words_of_each_association() {
    each_world(|app| async move {
        let row = of(&app, "m-nomura", "joining").await;
        let fujisawa = Browser::of(&app, "fujisawa-admin").await;
        let office = association::Entity::find().filter(association::Column::Code.eq("142051"));
        let office = office.one(app.db.read()).await.expect("reads").expect("is there").id;
        // Of old: the wanted day lies some days back.
        let own = association_category::Model {
            id: Uuid::now_v7(),
            association: office,
            name: "勤務医会員".to_owned(),
            national: MembershipCategory::A2b.name().to_owned(),
            valid_from: chrono::NaiveDate::from_ymd_opt(2015, 4, 1).expect("a day"),
            valid_until: None,
            created_at: app.clock.now(),
        };
        association_category::ActiveModel::from(own)
            .reset_all()
            .insert(app.db.write())
            .await
            .expect("writes");
        let page = fujisawa.get(&format!("/membership-applications/{}", row.id)).await.body;
        let national = MembershipCategory::A2b.label();
        assert!(page.contains(&format!("<dd>{national}（勤務医会員）</dd>")), "{page}");
        assert!(
            page.contains(&format!("<dd>{national}</dd>")),
            "the tiers above have no word of their own: {page}"
        );
    })
    .await;
}
