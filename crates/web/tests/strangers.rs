//! Every URL that names a thing × those whom the thing does not concern: behind an open door, somebody else's
//! thing is answered like one that does not exist.

use crate::client::{Browser, each_world};
use crate::doors::{Owes, session_of, with_ids};
use crate::things::Things;
use axum::http::{Method, StatusCode};
use mamis_app::App;
use mamis_rules::access::gate::Gate;
use mamis_schema::{
    account, certification, holding_report, paper_credit, saved_search, signup, training, workplace,
};
use mamis_web::routes::{Route, routes};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait};
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

/// An office elsewhere, an organizer elsewhere, another physician.
const STRANGERS: &[&str] = &["o27", "o-organizer-2", "ishii"];
/// Those whom the things concern.
const OWN: &[&str] = &[
    "yoshida",
    "national-cert",
    "national-admin",
    "national-training",
    "kanagawa-training",
    "kanagawa-cert",
    "fujisawa-admin",
    "fujisawa-training",
    "sato",
];

async fn browser(app: &Arc<App>, login_id: &str) -> Browser {
    let row = account::Entity::find().filter(account::Column::LoginId.eq(login_id)).one(app.db.read());
    session_of(app, row.await.expect("reads").expect("is there").id, Owes::Nothing).await
}

/// A search that an officer of 神奈川県医師会 keeps alone.
async fn kept_search(app: &App) -> Uuid {
    let keeper =
        account::Entity::find().filter(account::Column::LoginId.eq("kanagawa-cert")).one(app.db.read()).await;
    let search = saved_search::Model {
        id: Uuid::now_v7(),
        account: keeper.expect("reads").expect("is there").id,
        association: None,
        name: "佐藤".to_owned(),
        query: "q=satou".to_owned(),
        created_at: app.clock.now(),
    };
    let id = search.id;
    saved_search::ActiveModel::from(search).reset_all().insert(app.db.write()).await.expect("writes");
    id
}

/// What stands in an address, by its first part.
async fn ids(app: &App) -> BTreeMap<&'static str, String> {
    let (db, things) = (app.db.read(), Things::new(app).await);
    let row = training::Entity::find().filter(training::Column::State.eq("returned")).one(db).await;
    let draft = row.expect("reads").expect("a training that only its host and those above see").id;
    let row = signup::Entity::find().filter(signup::Column::Physician.eq(things.yoshida));
    let row = row.filter(signup::Column::State.eq("confirmed")).one(db).await;
    let seat = row.expect("reads").expect("a seat").id;
    let row = certification::Entity::find().filter(certification::Column::Physician.eq(things.yoshida));
    let held = row.one(db).await.expect("reads").expect("certified").id;
    let row = paper_credit::Entity::find().filter(paper_credit::Column::Physician.eq(things.yoshida));
    let paper = row.one(db).await.expect("reads").expect("declared").id;
    let filed =
        holding_report::Entity::find().select_only().column(holding_report::Column::Training).into_query();
    let row = training::Entity::find()
        .filter(training::Column::Id.in_subquery(filed))
        .filter(training::Column::HostPrefecture.eq(14))
        .filter(training::Column::HostAssociation.is_not_null());
    let reported = row.one(db).await.expect("reads").expect("a training with a report").id;
    let kept = kept_search(app).await;
    let row = workplace::Entity::find().filter(workplace::Column::Physician.eq(things.yoshida)).one(db).await;
    let place = row.expect("reads").expect("works somewhere").id;
    let ids: [(&str, Uuid); 29] = [
        ("workplaces", place),
        ("duplicates", things.pair),
        ("merges", things.merge),
        ("notices", things.notice),
        ("saved-searches", kept),
        ("officers", things.officer),
        ("duties", things.duty),
        ("associations", things.association),
        ("handovers", things.handover),
        ("invitations", things.invitation),
        ("registration-checks", things.registration),
        ("credential-runs", things.run),
        ("document-runs", things.document_run),
        ("physicians", things.yoshida),
        ("trainings", draft),
        ("held", things.training),
        ("reported", reported),
        ("attendee", things.attendee),
        ("applications", things.application),
        ("membership-applications", things.procedure),
        ("batches", things.batch),
        ("bulk-changes", things.bulk_change),
        ("organizers", things.organizer),
        ("association-imports", things.import),
        ("attachments", things.attachment),
        ("signups", seat),
        ("my", seat),
        ("certifications", held),
        ("paper-credits", paper),
    ];
    let mut ids: BTreeMap<&str, String> = ids.into_iter().map(|(part, id)| (part, id.to_string())).collect();
    ids.insert("documents", format!("{}.pdf", things.document));
    ids.insert("mail-texts", "password_reset".to_owned());
    ids
}

/// The address of the thing, and of one that does not exist.
fn addresses(route: &Route, ids: &BTreeMap<&str, String>) -> (String, String) {
    let first = route.path.split('/').nth(1).unwrap_or_default();
    // Who was there is known of a training that was held.
    let first = if route.path.starts_with("/my/workplaces/") { "workplaces" } else { first };
    let first = if route.path.contains("{physician}") { "held" } else { first };
    // Only what was filed is printed.
    let first = if route.path.ends_with("/holding-report.pdf") { "reported" } else { first };
    let id = ids.get(first).unwrap_or_else(|| panic!("{}: which thing does it name?", route.path));
    let file = if matches!(first, "credential-runs" | "document-runs") { "1.pdf" } else { id };
    let named = route.path.replacen("{id}", id, 1).replacen("{file}", file, 1).replacen("{kind}", id, 1);
    let named = named.replacen("{physician}", &ids["attendee"], 1);
    let nothing = route.path.replacen("{file}", &format!("{}.pdf", Uuid::nil()), 1);
    (with_ids(&named), with_ids(&nothing))
}

#[tokio::test]
async fn a_strangers_thing_is_answered_like_one_that_does_not_exist() {
    each_world(|app| async move {
        let ids = ids(&app).await;
        let named = |route: &Route| route.path.contains('{') && route.gate != Gate::Public;
        let mut compared = 0;
        for login in STRANGERS {
            let mut stranger = browser(&app, login).await;
            for route in routes().into_iter().filter(named) {
                let (thing, nothing) = addresses(&route, &ids);
                for method in [Method::GET, Method::POST] {
                    let headers = [("sec-fetch-site", "same-origin")];
                    let about = stranger.ask(method.clone(), &thing, &headers, "").await;
                    if about.is_turned_away || about.status == StatusCode::METHOD_NOT_ALLOWED {
                        continue;
                    }
                    let none = stranger.ask(method.clone(), &nothing, &headers, "").await;
                    let text = format!("{login} at {method} {thing}: {}", about.status);
                    assert!(!about.status.is_success() && !about.status.is_server_error(), "{text}");
                    assert_eq!((about.status, about.location()), (none.status, none.location()), "{text}");
                    compared += 1;
                }
            }
        }
        assert!(compared > 50, "{compared}");
    })
    .await;
}

/// The negative control: the things are there, and those whom they concern get an answer.
#[tokio::test]
async fn those_whom_a_thing_concerns_find_it() {
    each_world(|app| async move {
        let ids = ids(&app).await;
        let mut own = Vec::new();
        for login in OWN {
            own.push(browser(&app, login).await);
        }
        for route in routes().into_iter().filter(|route| route.path.contains('{')) {
            if route.gate == Gate::Public {
                continue;
            }
            let (thing, _) = addresses(&route, &ids);
            let mut answers = Vec::new();
            for browser in &mut own {
                let answer = browser.get(&thing).await;
                answers.push(if answer.is_turned_away { StatusCode::NOT_FOUND } else { answer.status });
            }
            let found = answers.iter().any(|status| *status != StatusCode::NOT_FOUND);
            assert!(found, "{thing}: {answers:?}");
        }
    })
    .await;
}
