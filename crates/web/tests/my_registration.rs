//! My registration through the router: forms with and without scripts, what a member and a non-member read, the download,
//! and the proposal of a resident.

use crate::browser::{Browser, each_world};
use axum::http::StatusCode;
use mamis_app::App;
use mamis_schema::{account, application, physician};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

async fn person(app: &App, login_id: &str) -> physician::Model {
    let row = account::Entity::find().filter(account::Column::LoginId.eq(login_id)).one(app.db.read()).await;
    let id = row.expect("reads").expect("exists").physician.expect("a physician");
    physician::Entity::find_by_id(id).one(app.db.read()).await.expect("reads").expect("exists")
}

#[tokio::test]
async fn the_page_says_which_way_each_change_takes() {
    each_world(|app| async move {
        let sato = Browser::of(&app, "sato").await;
        let page = sato.get("/my/registration").await;
        assert_eq!(page.status, StatusCode::OK);
        for text in [
            "すぐに変わり、医師会にも届け出ます",
            "医師会の受付のあとに変わります",
            "主たる勤務先",
            "湘南みなと食品",
            "/my/data.json",
        ] {
            assert!(page.body.contains(text), "{text}");
        }
        let kobayashi = Browser::of(&app, "kobayashi").await.get("/my/registration").await;
        assert!(!kobayashi.body.contains("医師会の受付のあとに変わります"), "nobody receives it");
        for part in ["name", "contacts", "career", "joint-use", "history"] {
            assert_eq!(sato.get(&format!("/my/registration/{part}")).await.status, StatusCode::OK, "{part}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_postal_code_fills_the_address_and_never_blocks() {
    each_world(|app| async move {
        let sato = Browser::of(&app, "sato").await;
        let to = "/my/registration/contacts";
        let typed = |code: &'static str, address: &'static str| {
            vec![
                ("phone", "090-0000-1111"),
                ("home_postal_code", code),
                ("home_address", address),
                ("mailing_destination", "home"),
            ]
        };
        let filled = sato.post(to, &[typed("251-0052", ""), vec![("look_up", "1")]].concat()).await;
        assert_eq!(filled.status, StatusCode::OK);
        assert!(filled.body.contains("value=\"神奈川県藤沢市藤沢\""), "filled in");
        assert!(filled.body.contains("value=\"090-0000-1111\""), "nothing typed is lost");
        let kept = sato
            .post(to, &[typed("251-0052", "神奈川県藤沢市藤沢9番"), vec![("look_up", "1")]].concat())
            .await;
        assert!(kept.body.contains("value=\"神奈川県藤沢市藤沢9番\""), "street and house stay");
        let several = sato.post(to, &[typed("618-0000", ""), vec![("look_up", "1")]].concat()).await;
        assert!(several.body.contains("大山崎町") && several.body.contains("島本町"), "to choose from");
        let chosen = sato.post(to, &[typed("618-0000", ""), vec![("place", "1")]].concat()).await;
        assert!(chosen.body.contains("value=\"京都府") || chosen.body.contains("value=\"大阪府"));
        let unknown = sato.post(to, &[typed("999-9999", ""), vec![("look_up", "1")]].concat()).await;
        assert!(unknown.body.contains("この郵便番号は見つかりませんでした"));
        assert_ne!(
            person(&app, "sato").await.phone.as_deref(),
            Some("090-0000-1111"),
            "a look-up saves nothing"
        );

        let saved = sato.post(to, &typed("999-9999", "神奈川県新しい町1番")).await;
        assert_eq!((saved.status, saved.location.as_str()), (StatusCode::SEE_OTHER, "/my/registration"));
        assert_eq!(person(&app, "sato").await.home_address.as_deref(), Some("神奈川県新しい町1番"));
        let history = sato.get("/my/registration/history").await;
        assert!(history.body.contains("神奈川県新しい町1番") && history.body.contains("自宅の住所"));
        let json = sato.get("/addresses?postal_code=2510052").await;
        assert!(json.body.contains("神奈川県藤沢市藤沢"), "{}", json.body);
    })
    .await;
}

#[tokio::test]
async fn a_name_goes_to_the_report_with_a_proposed_reading() {
    each_world(|app| async move {
        let sato = Browser::of(&app, "sato").await;
        let fields = |kana: &'static str| {
            [
                ("family_name", "𠮷田"),
                ("given_name", "恵子"),
                ("family_kana", kana),
                ("given_kana", "ケイコ"),
                ("since", "2026-11-20"),
            ]
        };
        let again = sato.post("/my/registration/name", &fields("Yoshida")).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(again.body.contains("value=\"ヨシダ\"") && again.body.contains("𠮷田"), "offered, not taken");
        let sent = sato.post("/my/registration/name", &fields("ヨシダ")).await;
        assert!(sent.location.starts_with("/applications/") && sent.location.ends_with("/edit"), "{sent:?}");
        let form = sato.get(&sent.location).await;
        assert!(form.body.contains("<strong>𠮷田</strong>"), "what is reported stands first");
        assert!(form.body.contains("value=\"𠮷田\"") && form.body.contains("value=\"ヨシダ\""));
        assert_eq!(person(&app, "sato").await.family_name, "佐藤");
        let page = sato.get("/my/registration").await;
        assert!(page.body.contains("進んでいる届出") && page.body.contains(&sent.location));
        let kana = sato.get("/kana-proposals?text=%E3%81%95%E3%81%A8%E3%81%86").await;
        assert_eq!(kana.body, "{\"proposal\":\"サトウ\"}");
    })
    .await;
}

#[tokio::test]
async fn workplaces_are_added_and_a_strangers_is_not_found() {
    each_world(|app| async move {
        let sato = Browser::of(&app, "sato").await;
        let fields = [
            ("role", "other"),
            ("workplace_name", "鵠沼診療所"),
            ("workplace_postal_code", "251-0052"),
            ("workplace_address", "神奈川県藤沢市藤沢1番"),
            ("workplace_prefecture", "14"),
            ("from", "2026-11-01"),
        ];
        let missing = sato.post("/my/workplaces", &fields[2..]).await;
        assert_eq!(missing.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            missing.body.contains("勤務先の名称を入力してください。") && missing.body.contains("251-0052")
        );
        let hospital = [
            ("look_up", "1"),
            ("workplace_postal_code", "060-8570"),
            ("from", "2026-11-01"),
            ("role", "other"),
        ];
        let named = sato.post("/my/workplaces", &hospital).await;
        assert!(named.body.contains("中村記念病院") && named.body.contains("<option value=\"1\" selected>"));
        let saved = sato.post("/my/workplaces", &fields).await;
        assert_eq!(saved.location, "/my/registration", "{}", saved.body);
        let page = sato.get("/my/registration").await.body;
        let at = page.find("鵠沼診療所").expect("is there");
        let link =
            page[at..].split("href=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a link");
        assert_eq!(sato.get(link).await.status, StatusCode::OK);
        let stranger = Browser::of(&app, "ishii").await;
        assert_eq!(stranger.get(link).await.status, StatusCode::NOT_FOUND);
        let ended = sato.post(&link.replace("/edit", "/endings"), &[("until", "2026-12-31")]).await;
        assert_eq!(ended.location, "/my/registration");
        assert!(sato.get("/my/registration").await.body.contains("2026年12月31日"));
    })
    .await;
}

#[tokio::test]
async fn everything_can_be_saved() {
    each_world(|app| async move {
        let yoshida = Browser::of(&app, "yoshida").await;
        let json = yoshida.get("/my/data.json").await;
        assert_eq!(json.status, StatusCode::OK);
        let data: serde_json::Value = serde_json::from_str(&json.body).expect("is JSON");
        assert_eq!(data["tables"]["physician"]["rows"][0]["family_name"], "𠮷田");
        let header =
            |name: &str| json.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        // 登録情報_2026-….json
        let name = header("content-disposition");
        assert!(name.contains("filename*=UTF-8''%E7%99%BB%E9%8C%B2%E6%83%85%E5%A0%B1_20"), "{name}");
        let pdf = yoshida.get("/my/data.pdf").await;
        assert_eq!(pdf.headers["content-type"], "application/pdf");
        let again = yoshida.get("/my/data.json").await;
        assert!(again.body.contains("physician.download"), "the download is in the log");
    })
    .await;
}

#[tokio::test]
async fn a_resident_sends_the_proposal_with_one_press() {
    each_world(|app| async move {
        let hoshino = Browser::of(&app, "hoshino").await;
        let page = hoshino.get("/my").await;
        assert!(page.body.contains("届出の用意ができています") && page.body.contains("この内容で送る"));
        let to =
            page.body.split("action=\"").find(|part| part.starts_with("/applications/")).expect("a form");
        let to = to.split('"').next().expect("an address").to_owned();
        let sent = hoshino.post(&to, &[("as_laid_ready", "1")]).await;
        assert_eq!(sent.location, to.replace("/submissions", ""), "{}", sent.body);
        let rows = application::Entity::find()
            .filter(application::Column::Physician.eq(person(&app, "hoshino").await.id))
            .all(app.db.read())
            .await
            .expect("reads");
        assert_eq!(rows[0].state, "municipal_review");
        let after = hoshino.get("/my").await;
        assert!(!after.body.contains("この内容で送る"), "it is on its way");
        let office = Browser::of(&app, "fujisawa-admin").await;
        let review = office.get(&format!("/membership-applications/{}", rows[0].id)).await;
        assert!(review.body.contains("星野 優"), "{}", review.status);
    })
    .await;
}

#[tokio::test]
async fn an_office_sees_the_history_and_changes_on_behalf() {
    each_world(|app| async move {
        let office = Browser::of(&app, "fujisawa-admin").await;
        let id = person(&app, "hoshino").await.id;
        let tab = office.get(&format!("/physicians/{id}?tab=history")).await;
        assert!(tab.body.contains("湘南ひかり診療所") && tab.body.contains("診療科"), "{}", tab.status);
        let base = format!("/on-behalf/{id}");
        assert!(office.get(&base).await.body.contains("登録情報を変更する"));
        let page = office.get(&format!("{base}/my/registration")).await;
        assert!(page.body.contains(&format!("{base}/my/registration/contacts")), "{}", page.status);
        assert!(!page.body.contains("/my/data.json"), "the download is the person's own");
        let row = person(&app, "hoshino").await;
        let fields = [
            ("phone", "0466-55-6666"),
            ("home_postal_code", row.home_postal_code.as_deref().unwrap_or_default()),
            ("home_address", row.home_address.as_deref().unwrap_or_default()),
            ("mailing_destination", row.mailing_destination.as_str()),
        ];
        let saved = office.post(&format!("{base}/my/registration/contacts"), &fields).await;
        assert_eq!(saved.location, format!("{base}/my/registration"), "{}", saved.body);
        let tab = office.get(&format!("/physicians/{id}?tab=history")).await;
        assert!(tab.body.contains("0466-55-6666") && tab.body.contains("代理入力"));
        let certification = Browser::of(&app, "fujisawa-cert").await;
        assert_eq!(certification.get(&format!("{base}/my/registration")).await.status, StatusCode::FORBIDDEN);
    })
    .await;
}
