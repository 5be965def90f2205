//! Pages about officers: invited, given duties, and told why something was refused.

use crate::client::{Answer, Browser, each_world};
use axum::http::StatusCode;
use mamis_app::App;
use mamis_app::account::one_time_code;
use mamis_schema::{account, association, duty, outbox};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use std::sync::Arc;
use uuid::Uuid;

async fn acting(app: &Arc<App>, login_id: &str) -> Browser {
    let mut browser = Browser::new(app);
    browser.log_in(app, login_id).await;
    browser
}

async fn officer_of(app: &App, login_id: &str) -> Uuid {
    let row = account::Entity::find().filter(account::Column::LoginId.eq(login_id)).one(app.db.read());
    row.await.expect("reads").expect("is there").officer.expect("an officer")
}

async fn fujisawa(app: &App) -> Uuid {
    let row = association::Entity::find().filter(association::Column::Code.eq("142051")).one(app.db.read());
    row.await.expect("reads").expect("is there").id
}

fn is_mended(answer: &Answer) -> bool {
    answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.body.contains("error-summary")
}

/// The value of a hidden field.
fn hidden(page: &str, name: &str) -> String {
    let rest = page.split(&format!("name=\"{name}\" value=\"")).nth(1).expect("the field");
    rest.split('"').next().expect("its value").to_owned()
}

#[tokio::test]
async fn an_officer_is_invited_and_works_after_the_second_factor() {
    each_world(|app| async move {
        let mut admin = acting(&app, "fujisawa-admin").await;
        assert!(admin.get("/officers").await.body.contains("1人だけ"), "a lonely administrator is warned");
        assert!(admin.get("/invitations/new").await.body.contains("藤沢市医師会"));
        let at = format!("association:{}", fujisawa(&app).await);
        let mut fields =
            vec![("name", "濵田 𠮷乃"), ("kana", "ハマダ ヨシノ"), ("email", "hamada@example.jp")];
        fields.extend([("at", at.as_str()), ("duties", "administration"), ("duties", "membership")]);
        let wrong = admin.post("/invitations", &fields).await;
        assert!(
            is_mended(&wrong) && wrong.body.contains("濵田 𠮷乃"),
            "what was typed stays: {}",
            wrong.body
        );
        fields.push(("valid_from", "令和8年11月22日"));
        assert_eq!(admin.post("/invitations", &fields).await.location(), "/invitations");
        assert!(admin.get("/invitations").await.body.contains("返事待ち"));

        let letter = outbox::Entity::find().filter(outbox::Column::Kind.eq("officer_invitation"));
        let letter = letter.one(app.db.read()).await.expect("reads").expect("a letter");
        let link =
            letter.body.lines().find(|line| line.contains("/invitation-acceptances/")).expect("a link");
        let page = link.split_once("/invitation-acceptances/").expect("a path").1;
        let page = format!("/invitation-acceptances/{page}");
        let mut new = Browser::new(&app);
        assert!(new.get(&page).await.body.contains("会員・管理"), "what for");
        let password = "本だなの右から4番目";
        let mut fields = vec![("login_id", "hamada"), ("new_password", password)];
        fields.push(("new_password_again", password));
        assert!(is_mended(&new.post(&page, &fields).await), "without the terms");
        fields.push(("agree", "1"));
        let done = new.post(&page, &fields).await;
        assert_eq!(done.location(), "/login/second-factor/new");
        assert_eq!(Browser::new(&app).get(&page).await.status, StatusCode::NOT_FOUND, "a link works once");
        assert!(new.get("/desk").await.location().starts_with("/login/second-factor"), "not yet");
        let offer = new.get("/login/second-factor/new").await.body;
        let (secret, signature) = (hidden(&offer, "secret"), hidden(&offer, "signature"));
        let code = one_time_code::at(&secret, app.clock.wall()).expect("a code");
        let fields = [("secret", secret.as_str()), ("signature", &signature), ("code", &code)];
        assert_eq!(new.post("/login/second-factor/new", &fields).await.status, StatusCode::OK);
        assert_eq!(new.get("/desk").await.status, StatusCode::OK);
        assert!(!admin.get("/officers").await.body.contains("1人だけ"));
    })
    .await;
}

#[tokio::test]
async fn duties_are_added_and_ended_on_the_page_of_an_officer() {
    each_world(|app| async move {
        let mut admin = acting(&app, "fujisawa-admin").await;
        let id = officer_of(&app, "fujisawa-cert").await;
        let own = format!("/officers/{id}");
        let at = format!("association:{}", fujisawa(&app).await);
        let form = format!("{own}/duties");
        assert!(is_mended(&admin.post(&form, &[("at", &at), ("valid_from", "2026-11-22")]).await));
        let fields = [("at", at.as_str()), ("valid_from", "2026-11-22"), ("duties", "dues")];
        assert_eq!(admin.post(&form, &fields).await.location(), own);
        let page = admin.get(&own).await.body;
        assert!(page.contains("会費") && page.contains("片瀬 由香（藤沢市医師会）"), "{page}");
        let row = duty::Entity::find().filter(duty::Column::Officer.eq(id));
        let row = row.filter(duty::Column::Kind.eq("dues")).one(app.db.read()).await.expect("reads");
        let ending = format!("/duties/{}/endings", row.expect("a duty").id);
        assert!(admin.get(&format!("{ending}/new")).await.body.contains("最後の日"));
        let wrong = admin.post(&ending, &[("version", "1"), ("last_day", "来週")]).await;
        assert!(is_mended(&wrong) && wrong.body.contains("来週"), "{}", wrong.body);
        let fields = [("version", "1"), ("last_day", "2026-12-31")];
        assert_eq!(admin.post(&ending, &fields).await.location(), own);
        assert_eq!(admin.post(&ending, &fields).await.status, StatusCode::CONFLICT);
        assert!(admin.get(&own).await.body.contains("期限あり"));

        let report = format!("{own}/handovers");
        let fields = [("at", at.as_str()), ("last_day", "2026-12-31"), ("remarks", "説明会は1月")];
        let done = admin.post(&report, &fields).await;
        let shown = admin.get(done.location()).await.body;
        assert!(shown.contains("説明会は1月") && shown.contains("認定"), "{shown}");
        assert!(shown.contains("引継書を印刷する"), "{shown}");
        let paper = admin.get(&format!("{}/handover.pdf", done.location())).await;
        assert_eq!(paper.headers["content-type"], "application/pdf");
        assert!(paper.body.starts_with("%PDF"), "a document");
        assert!(admin.get(&own).await.body.contains(done.location()));
    })
    .await;
}

#[tokio::test]
async fn a_refused_page_leads_to_the_reason() {
    each_world(|app| async move {
        let mut training = acting(&app, "fujisawa-training").await;
        let refused = training.get("/batches").await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND);
        assert!(refused.body.contains("/why-not?path=%2Fbatches"), "{}", refused.body);
        let page = training.get("/why-not?path=/batches").await.body;
        for text in ["藤沢市医師会：研修会", "あなたの職務では入れません", "その種類の職務", "片瀬 由香"]
        {
            assert!(page.contains(text), "{text}: {page}");
        }
        let officers = training.get("/why-not?path=/officers").await.body;
        assert!(officers.contains("「管理」の職務を持っていません"), "{officers}");
        let own = training.get(&format!("/why-not?path=/trainings/{}", Uuid::nil())).await.body;
        assert!(own.contains("あなたも入れます") && own.contains("主催者"), "{own}");
        assert!(training.get("/why-not").await.body.contains("あなたの職務"));
        assert!(
            training.get("/why-not?path=/nowhere").await.body.contains("このアドレスのページはありません")
        );
        let mut own = acting(&app, "sato").await;
        assert!(!own.get("/batches").await.body.contains("/why-not"), "not for physicians");
    })
    .await;
}
