//! A physician's own trainings in a calendar, at an address that can be replaced and ended.

use crate::people::{cx, physician};
use mamis_app::calendar_feed::{actions, address, lists};
use mamis_app::testing::each_world;
use mamis_app::{App, Cx, Error, Who};
use mamis_rules::access::Actor;
use mamis_schema::{signup, training};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use std::sync::Arc;
use uuid::Uuid;

fn anybody(app: &Arc<App>) -> Cx {
    Cx {
        app: app.clone(),
        actor: Actor::Guest,
        who: Who::default(),
        now: app.clock.now(),
        request_id: "test".to_owned(),
    }
}

/// The last part of the address of whoever asks.
async fn file(cx: &Cx) -> String {
    let feed = lists::own(cx).await.expect("reads").expect("there is one");
    address(&cx.app, feed.id).rsplit('/').next().expect("a name").to_owned()
}

#[tokio::test]
async fn the_calendar_shows_my_seats_to_whoever_has_the_address() {
    each_world(|app| async move {
        let (sato, mori) = (cx(&app, "sato").await, cx(&app, "mori").await);
        assert!(lists::own(&sato).await.expect("reads").is_none());
        assert!(matches!(actions::end(&sato).await, Err(Error::NotFound)), "nothing to end");
        actions::renew(&sato).await.expect("makes");
        actions::renew(&mori).await.expect("makes");
        let first = file(&sato).await;
        let events = lists::events(&anybody(&app), &first).await.expect("shows");
        let seats = signup::Entity::find()
            .filter(signup::Column::Physician.eq(Uuid::from(physician(&sato))))
            .filter(signup::Column::State.eq("confirmed"))
            .filter(signup::Column::StartsAt.gt(app.clock.now() - chrono::Duration::days(366)))
            .all(app.db.read())
            .await
            .expect("reads");
        assert!(!seats.is_empty() && events.len() == seats.len());
        assert!(events.iter().all(|event| seats.iter().any(|seat| seat.id == event.id)));
        assert!(events.is_sorted_by_key(|event| event.starts_at) && events.iter().all(|event| !event.is_off));

        let off = seats.iter().max_by_key(|seat| seat.starts_at).expect("a seat");
        training::Entity::update_many()
            .col_expr(training::Column::State, Expr::value("postponed"))
            .filter(training::Column::Id.eq(off.training))
            .exec(app.db.write())
            .await
            .expect("writes");
        let events = lists::events(&anybody(&app), &first).await.expect("shows");
        let marked: Vec<Uuid> = events.iter().filter(|event| event.is_off).map(|event| event.id).collect();
        assert_eq!(marked, [off.id], "nobody goes there in vain");

        let (id, signature) = first.split_once('-').expect("both");
        let other = file(&mori).await;
        let (_, foreign) = other.split_once('-').expect("both");
        for wrong in [format!("{id}-{foreign}"), format!("{id}-"), id.to_owned(), signature.to_owned()] {
            assert!(matches!(lists::events(&anybody(&app), &wrong).await, Err(Error::NotFound)), "{wrong}");
        }
        actions::renew(&sato).await.expect("makes another");
        assert!(matches!(lists::events(&anybody(&app), &first).await, Err(Error::NotFound)), "the old one");
        let second = file(&sato).await;
        assert!(lists::events(&anybody(&app), &second).await.is_ok());
        actions::end(&sato).await.expect("ends");
        assert!(matches!(lists::events(&anybody(&app), &second).await, Err(Error::NotFound)));
        let officer = cx(&app, "fujisawa-training").await;
        assert!(matches!(actions::renew(&officer).await, Err(Error::NotFound)));
    })
    .await;
}
