//! The named people of the seed world as actors.

use mamis_app::account::lists::{own, person_of_login};
use mamis_app::certification::lists::ledger;
use mamis_app::desk::lists::applications;
use mamis_app::physician::lists::search as physicians;
use mamis_app::{App, Cx, Who, seed};
use mamis_rules::access::{Actor, Duty, DutyHeld, Office};
use mamis_rules::association::Prefecture;
use mamis_rules::base::{AccountId, Day, PhysicianId};
use mamis_schema::{account, association, duty, physician};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use std::sync::Arc;

/// Runs a test in the named world, on each database.
pub(crate) async fn each_world<F: Future<Output = ()>>(test: impl Fn(Arc<App>) -> F) {
    mamis_app::testing::each_database(|app| async {
        seed::world(&app).await.expect("the named world loads");
        test(app).await;
    })
    .await;
}

/// The context of somebody who logs in with this id.
pub(crate) async fn cx(app: &Arc<App>, login_id: &str) -> Cx {
    let row = account::Entity::find()
        .filter(account::Column::LoginId.eq(login_id))
        .one(app.db.read())
        .await
        .expect("reads")
        .expect("a named person");
    let account = AccountId(row.id);
    let actor = match (row.physician, row.officer) {
        (Some(physician), _) => Actor::Physician { account, physician: physician.into() },
        (None, Some(officer)) => {
            Actor::Officer { account, officer: officer.into(), duties: duties(app, officer).await }
        }
        (None, None) => unreachable!("an account is somebody's"),
    };
    let who = Who { account: Some(account), name: login_id.to_owned(), office: String::new() };
    Cx { app: app.clone(), actor, who, now: app.clock.now(), request_id: "test".to_owned() }
}

/// The physician behind a context.
pub(crate) fn physician(cx: &Cx) -> PhysicianId {
    cx.actor.physician().expect("a physician")
}

async fn duties(app: &App, officer: uuid::Uuid) -> Vec<DutyHeld> {
    let rows = duty::Entity::find().filter(duty::Column::Officer.eq(officer)).all(app.db.read()).await;
    let today = Day::of(app.clock.now()).date();
    let mut held = Vec::new();
    for row in rows.expect("reads").into_iter().filter(|row| row.valid_until.is_none_or(|end| end >= today)) {
        let Some(id) = row.association else { continue };
        let at =
            association::Entity::find_by_id(id).one(app.db.read()).await.expect("reads").expect("exists");
        let prefecture = at.prefecture.and_then(Prefecture::stored);
        let office =
            Office::Association { id: id.into(), tier: at.tier.parse().expect("a tier"), prefecture };
        held.push(DutyHeld { duty: row.kind.parse::<Duty>().expect("a duty"), at: office });
    }
    held
}

#[tokio::test]
async fn a_name_is_written_alike_in_sql_and_on_the_screen() {
    each_world(|app| async move {
        let sato = cx(&app, "sato").await;
        for (given, name) in [("恵子", "佐藤 恵子"), ("", "佐藤")] {
            physician::Entity::update_many()
                .col_expr(physician::Column::GivenName, Expr::value(given))
                .filter(physician::Column::Id.eq(uuid::Uuid::from(physician(&sato))))
                .exec(app.db.write())
                .await
                .expect("writes");
            mamis_app::testing::people_written(&app).await;
            assert_eq!(own(&sato).await.expect("reads").name, name);
            assert_eq!(person_of_login(&sato, "sato").await.expect("reads").expect("exists").name, name);
            let office = cx(&app, "fujisawa-cert").await;
            let filter = physicians::Filter { text: "佐藤".to_owned(), ..Default::default() };
            let found = physicians::page(&office, &filter, 1).await.expect("lists").rows;
            assert!(found.iter().any(|line| line.name() == name), "{found:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn every_search_box_finds_the_same_physician() {
    each_world(|app| async move {
        let national = cx(&app, "national-cert").await;
        let yoshida = physician(&cx(&app, "yoshida").await);
        let row = physician::Entity::find_by_id(uuid::Uuid::from(yoshida)).one(app.db.read()).await;
        let row = row.expect("reads").expect("exists");
        let name = format!("{}{}", row.family_name, row.given_name);
        let texts = [name.replace('𠮷', "吉"), row.family_kana, row.registry_number.expect("registered")];
        for text in texts {
            let filter = physicians::Filter { text: text.clone(), ..Default::default() };
            let found = physicians::page(&national, &filter, 1).await.expect("lists").rows;
            assert!(found.iter().any(|line| line.id == row.id), "{text}: {found:?}");
            let filter = applications::Filter {
                view: applications::View::All,
                text: text.clone(),
                ..Default::default()
            };
            let (found, _) = applications::page(&national, &filter, 1).await.expect("lists");
            assert!(
                !found.is_empty() && found.iter().all(|line| line.name.starts_with('𠮷')),
                "{text}: {found:?}"
            );
            let filter = ledger::Filter { text: text.clone(), ..Default::default() };
            let (found, _) = ledger::page(&national, &filter, 1).await.expect("lists");
            assert!(found.iter().any(|line| line.row.physician == row.id), "{text}: {found:?}");
        }
    })
    .await;
}
