//! The ledger, and the loss of a title from the form to the public page.

use crate::client::{Browser, each_world};
use axum::http::StatusCode;
use mamis_app::App;
use mamis_rules::base::Day;
use mamis_schema::{account, certification, physician};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

async fn sato(app: &App) -> (physician::Model, certification::Model) {
    let account = account::Entity::find()
        .filter(account::Column::LoginId.eq("sato"))
        .one(app.db.read())
        .await
        .expect("reads")
        .expect("in the named world");
    let id = account.physician.expect("a physician");
    let person = physician::Entity::find_by_id(id).one(app.db.read()).await.expect("reads").expect("there");
    let held = certification::Entity::find()
        .filter(certification::Column::Physician.eq(id))
        .order_by_desc(certification::Column::ValidUntil)
        .one(app.db.read())
        .await
        .expect("reads")
        .expect("certified");
    (person, held)
}

#[tokio::test]
async fn a_loss_goes_from_the_form_to_the_public_page_and_my_page() {
    each_world(|app| async move {
        let (person, held) = sato(&app).await;
        let mut national = Browser::new(&app);
        national.log_in(&app, "national-cert").await;
        let list = national.get("/certifications?q=%E4%BD%90%E8%97%A4%20%E6%81%B5%E5%AD%90").await;
        let page = format!("/certifications/{}", held.id);
        assert!(list.body.contains(&page), "{}", list.body);
        let shown = national.get(&page).await;
        assert!(shown.body.contains(&format!("{page}/endings/new")) && shown.body.contains("佐藤 恵子"));
        let form = national.get(&format!("{page}/endings/new")).await;
        assert!(form.body.contains("本人の辞退") && form.body.contains("2026-11-22"), "{}", form.body);

        let fields =
            |number| [("loss", "declined"), ("on", "2026-11-22"), ("reason", "辞退届"), ("number", number)];
        let again = national.post(&format!("{page}/endings"), &fields("9999999")).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(again.body.contains("辞退届") && again.body.contains("認定番号と違います"), "{}", again.body);
        let done = national.post(&format!("{page}/endings"), &fields(&held.number)).await;
        assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, page.as_str()));
        let shown = national.get(&page).await.body;
        assert!(shown.contains("資格喪失を記録しました。") && shown.contains("本人の辞退"), "{shown}");
        assert!(!shown.contains("endings/new"), "once only");
        assert_eq!(national.get(&format!("{page}/endings/new")).await.status, StatusCode::FORBIDDEN);

        let born = Day::from(person.birth_on);
        let (year, month) = (born.year().to_string(), born.month().to_string());
        let ask = [("number", held.number.as_str()), ("year", &year), ("month", &month)];
        let answer = Browser::new(&app).post("/verify", &ask).await;
        assert!(answer.body.contains("「取消し・資格喪失」"), "{}", answer.body);
        let mut own = Browser::new(&app);
        own.log_in(&app, "sato").await;
        let mine = own.get("/my").await;
        assert!(mine.body.contains("資格を失いました（本人の辞退）"), "{}", mine.body);
        let looks = own.get("/my/looks").await;
        assert!(looks.body.contains("認定の記録"), "{}", looks.body);
    })
    .await;
}

#[tokio::test]
async fn other_tiers_read_the_ledger_and_end_nothing() {
    each_world(|app| async move {
        let (_, held) = sato(&app).await;
        let page = format!("/certifications/{}", held.id);
        let mut local = Browser::new(&app);
        local.log_in(&app, "fujisawa-cert").await;
        let shown = local.get(&page).await;
        assert!(shown.body.contains("ができるのは") && !shown.body.contains("endings/new"), "{}", shown.body);
        assert_eq!(local.get(&format!("{page}/endings/new")).await.status, StatusCode::FORBIDDEN);
        let csv = local.get("/certifications.csv?view=valid").await;
        assert!(csv.body.contains("佐藤 恵子") && csv.body.contains(&held.number), "{}", csv.body);
        let mut stranger = Browser::new(&app);
        stranger.log_in(&app, "tokyo-cert").await;
        assert_eq!(stranger.get(&page).await.status, StatusCode::NOT_FOUND);
    })
    .await;
}
