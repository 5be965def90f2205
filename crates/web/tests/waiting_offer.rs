//! The waiting list on its pages: the physician's, the host's, and the page behind the link of an offer.

use crate::browser::{Browser, each_world};
use crate::client;
use axum::http::StatusCode;
use mamis_app::App;
use mamis_app::waiting_offer::token;
use mamis_schema::{account, outbox, seat_count, signup, training, waiting_offer};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use std::sync::Arc;
use uuid::Uuid;

/// The coming training of 藤沢市医師会 with one seat, who has it, and the signup.
async fn full(app: &Arc<App>) -> (training::Model, Browser, String) {
    let row = training::Entity::find()
        .filter(training::Column::HostName.eq("藤沢市医師会"))
        .filter(training::Column::Title.contains("職場巡視実地研修会"))
        .filter(training::Column::State.eq("approved"))
        .filter(training::Column::RecruitsUntil.gt(app.clock.now()))
        .one(app.db.read())
        .await
        .expect("reads")
        .expect("recruits");
    let count = seat_count::Entity::find_by_id(row.id).one(app.db.read()).await.expect("reads");
    let capacity = count.expect("seats").taken + 1;
    seat_count::Entity::update_many()
        .col_expr(seat_count::Column::Capacity, Expr::value(capacity))
        .filter(seat_count::Column::Training.eq(row.id))
        .exec(app.db.write())
        .await
        .expect("updates");
    training::Entity::update_many()
        .col_expr(training::Column::Capacity, Expr::value(capacity))
        .filter(training::Column::Id.eq(row.id))
        .exec(app.db.write())
        .await
        .expect("updates");
    let mori = Browser::of(app, "mori").await;
    let ticket = mori.post(&format!("/trainings/{}/signups", row.id), &[]).await.location;
    let seat = ticket.strip_prefix("/my/tickets/").expect("a seat").to_owned();
    (row, mori, seat)
}

async fn place_of(app: &App, login_id: &str, training: Uuid) -> signup::Model {
    let login =
        account::Entity::find().filter(account::Column::LoginId.eq(login_id)).one(app.db.read()).await;
    signup::Entity::find()
        .filter(signup::Column::Physician.eq(login.expect("reads").expect("is there").physician))
        .filter(signup::Column::Training.eq(training))
        .one(app.db.read())
        .await
        .expect("reads")
        .expect("a signup")
}

async fn offer_of(app: &App, signup: Uuid) -> waiting_offer::Model {
    waiting_offer::Entity::find()
        .filter(waiting_offer::Column::Signup.eq(signup))
        .one(app.db.read())
        .await
        .expect("reads")
        .expect("an offer")
}

#[tokio::test]
async fn a_physician_waits_is_offered_a_seat_and_takes_it() {
    each_world(|app| async move {
        let (row, mori, seat) = full(&app).await;
        let here = format!("/trainings/{}", row.id);
        let sato = Browser::of(&app, "sato").await;
        let page = sato.get(&here).await.body;
        assert!(
            page.contains("キャンセル待ちに申し込む") && !page.contains("この研修会に申し込む"),
            "{page}"
        );
        let entered = sato.post(&format!("{here}/waiting-entries"), &[]).await;
        assert_eq!((entered.status, entered.location.as_str()), (StatusCode::SEE_OTHER, here.as_str()));
        let page = sato.get(&here).await.body;
        assert!(page.contains("キャンセル待ちをしています（いま1番目）"), "{page}");
        assert!(sato.get("/my").await.body.contains("キャンセル待ち</span>"), "my page says so");
        let place = place_of(&app, "sato", row.id).await;
        assert_eq!(
            sato.get(&format!("/my/tickets/{}", place.id)).await.status,
            StatusCode::NOT_FOUND,
            "no ticket without a seat"
        );

        mori.post(&format!("/signups/{seat}/cancellations"), &[]).await;
        let link = format!("/seat-offers/{}", token(&app, offer_of(&app, place.id).await.id.into()));
        for path in [here.as_str(), "/my"] {
            let page = sato.get(path).await.body;
            assert!(page.contains(&link) && page.contains("案内を開いて答える"), "{path}: {page}");
        }
        let newcomer = Browser::of(&app, "yamane").await;
        let page = newcomer.get(&here).await.body;
        assert!(page.contains("キャンセル待ちに申し込む"), "the seat is held: {page}");

        let mut guest = client::Browser::new(&app);
        for _ in 0..3 {
            let page = guest.get(&link).await;
            assert_eq!(page.status, StatusCode::OK);
            assert!(page.body.contains("席を受ける") && page.body.contains(&row.title), "{}", page.body);
            assert!(!page.body.contains("佐藤"), "nothing about the person: {}", page.body);
        }
        assert_eq!(offer_of(&app, place.id).await.state, "open", "opening the link changes nothing");
        let unsaid = guest.post(&link, &[]).await;
        assert_eq!((unsaid.status, unsaid.location()), (StatusCode::SEE_OTHER, link.as_str()));
        assert_eq!(offer_of(&app, place.id).await.state, "open", "neither yes nor no");
        let yes = guest.post(&link, &[("act", "accept")]).await;
        assert_eq!((yes.status, yes.location()), (StatusCode::SEE_OTHER, link.as_str()));
        assert!(guest.get(&link).await.body.contains("席が決まっています"));
        assert_eq!(place_of(&app, "sato", row.id).await.state, "confirmed");
        let no = guest.post(&link, &[("act", "decline")]).await;
        assert_eq!(no.status, StatusCode::SEE_OTHER);
        assert_eq!(place_of(&app, "sato", row.id).await.state, "confirmed", "answered once");
        assert_eq!(sato.get(&format!("/my/tickets/{}", place.id)).await.status, StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn a_link_that_is_not_ours_says_so_and_no_more() {
    each_world(|app| async move {
        let mut guest = client::Browser::new(&app);
        for link in ["/seat-offers/x", "/seat-offers/AAAA.BBBB"] {
            for answer in [guest.get(link).await, guest.post(link, &[("act", "accept")]).await] {
                assert_eq!(answer.status, StatusCode::NOT_FOUND, "{link}");
                assert!(answer.body.contains("このリンクは使えません"), "{}", answer.body);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn the_host_sees_who_waits_and_changes_the_order_with_a_reason() {
    each_world(|app| async move {
        let (row, _, seat) = full(&app).await;
        let here = format!("/trainings/{}", row.id);
        let (sato, yamane) = (Browser::of(&app, "sato").await, Browser::of(&app, "yamane").await);
        for physician in [&sato, &yamane] {
            physician.post(&format!("{here}/waiting-entries"), &[]).await;
        }
        let host = Browser::of(&app, "fujisawa-training").await;
        assert!(host.get(&here).await.body.contains(&format!("{here}/waiting-list")), "a link leads there");
        let list = format!("{here}/waiting-list");
        let page = host.get(&list).await.body;
        let at =
            |page: &str, name: &str| page.find(name).unwrap_or_else(|| panic!("{name} is missing: {page}"));
        assert!(at(&page, "佐藤 恵子") < at(&page, "山根 砂子"), "in the order in which they came");
        let second = place_of(&app, "yamane", row.id).await.id;
        let form = format!("/signups/{second}/priorities");
        assert!(host.get(&format!("{form}/new")).await.body.contains("優先にする"));
        let unsaid = host.post(&form, &[("act", "first"), ("reason", "")]).await;
        assert_eq!(unsaid.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(unsaid.body.contains("理由を入力してください"), "{}", unsaid.body);
        let done = host.post(&form, &[("act", "first"), ("reason", "期限まで1か月")]).await;
        assert_eq!((done.status, done.location.as_str()), (StatusCode::SEE_OTHER, list.as_str()));
        let page = host.get(&list).await.body;
        assert!(at(&page, "山根 砂子") < at(&page, "佐藤 恵子") && page.contains("期限まで1か月"), "{page}");
        let theirs = yamane.get(&here).await.body;
        assert!(!theirs.contains("期限まで1か月"), "the reason is the office's");

        host.post(&format!("/signups/{seat}/cancellations"), &[("reason", "本人から電話")]).await;
        let page = host.get(&list).await.body;
        assert!(page.contains("案内中") && page.contains("連絡・席を渡す"), "{page}");
        let accept = format!("/signups/{second}/acceptances");
        let unsaid = host.post(&accept, &[("reason", "")]).await;
        assert_eq!(unsaid.status, StatusCode::UNPROCESSABLE_ENTITY);
        let done = host.post(&accept, &[("reason", "11月22日に電話")]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER);
        assert_eq!(place_of(&app, "yamane", row.id).await.state, "confirmed");
        let mails = outbox::Entity::find().filter(outbox::Column::Kind.eq("signup_confirmed"));
        let mails = mails.all(app.db.read()).await.expect("reads");
        assert!(mails.iter().any(|mail| mail.body.contains("山根 砂子")), "and hears of it");

        let other = Browser::of(&app, "kanagawa-training").await;
        for stranger in [&other, &sato] {
            let answer = stranger.get(&list).await;
            assert!(!answer.status.is_success(), "{}", answer.status);
            assert!(!answer.body.contains("山根 砂子"), "{}", answer.body);
        }
    })
    .await;
}
