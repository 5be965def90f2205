//! Every URL × everybody: each door opens for those it names and for nobody else. Everybody is the guest, physicians,
//! officers with each duty at an office of each tier and at an external organizer, without any duty, and before
//! the one-time code.

use crate::client::{Answer, Browser, each_world};
use axum::http::{Method, StatusCode};
use chrono::Duration;
use mamis_app::App;
use mamis_app::secret::sha256_hex;
use mamis_rules::access::gate::Gate;
use mamis_rules::access::{Actor, Duty, DutyHeld, Office};
use mamis_rules::association::Prefecture;
use mamis_rules::base::{AccountId, OfficerId, PhysicianId};
use mamis_schema::{account, association, duty, officer, organizer, session, terms_consent};
use mamis_web::routes::{Route, routes};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use std::sync::Arc;
use uuid::Uuid;

/// An address with an id of nothing in each variable part.
pub(crate) fn with_ids(path: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { Uuid::nil().to_string() } else { part.to_owned() };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// Somebody at the doors.
struct Visitor {
    name: String,
    browser: Browser,
    /// As the rules know them; an officer without the code has no duties.
    actor: Actor,
    owes: Owes,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Owes {
    Nothing,
    Code,
    Terms,
}

/// A session with its cookie, made by hand: a one-time code for each visit would take half a minute.
pub(crate) async fn session_of(app: &Arc<App>, account: Uuid, code: Owes) -> Browser {
    let mut browser = Browser::new(app);
    let token = format!("token-{account}");
    let at = app.clock.wall();
    let row = session::Model {
        id: Uuid::now_v7(),
        token_hash: sha256_hex(token.as_bytes()),
        account,
        created_at: at,
        last_seen_at: at,
        expires_at: at + Duration::hours(1),
        second_factor_at: (code != Owes::Code).then_some(at),
        user_agent: String::new(),
        address: String::new(),
    };
    session::ActiveModel::from(row).reset_all().insert(app.db.write()).await.expect("writes");
    browser.cookies.insert("mamis_session".to_owned(), token);
    browser
}

async fn physician(app: &Arc<App>, login_id: &str, owes: Owes) -> Visitor {
    let row = account::Entity::find()
        .filter(account::Column::LoginId.eq(login_id))
        .one(app.db.read())
        .await
        .expect("reads")
        .expect("is there");
    let actor = Actor::Physician {
        account: AccountId(row.id),
        physician: PhysicianId(row.physician.expect("a physician")),
    };
    let browser = session_of(app, row.id, owes).await;
    Visitor { name: format!("physician {login_id}"), browser, actor, owes }
}

/// An association of each tier, and an external organizer.
async fn offices(app: &Arc<App>) -> Vec<Office> {
    let mut offices = Vec::new();
    for code in ["142051", "14", "00", "141101"] {
        let row = association::Entity::find().filter(association::Column::Code.eq(code)).one(app.db.read());
        let row = row.await.expect("reads").expect("is there");
        let prefecture = row.prefecture.and_then(Prefecture::stored);
        let tier = row.tier.parse().expect("a tier");
        offices.push(Office::Association { id: row.id.into(), tier, prefecture });
    }
    let row = organizer::Entity::find().one(app.db.read()).await.expect("reads").expect("is there");
    let code = u8::try_from(row.prefecture).expect("a code");
    let prefecture = Prefecture::new(code).expect("a prefecture");
    offices.push(Office::Organizer { id: row.id.into(), prefecture });
    offices
}

/// An officer who has one duty at an office, or none, and nothing else.
async fn officer(app: &Arc<App>, held: Option<DutyHeld>, owes: Owes) -> Visitor {
    let (id, account_id, at) = (Uuid::now_v7(), Uuid::now_v7(), app.clock.now());
    let place = held.map(|held| (held.duty, held.at.tier()));
    let name = format!("officer {place:?}{}", if owes == Owes::Code { " without the code" } else { "" });
    let db = app.db.write();
    let row = officer::Model {
        id,
        name: name.clone(),
        kana: String::new(),
        email: "o@example.jp".to_owned(),
        created_at: at,
    };
    officer::ActiveModel::from(row).reset_all().insert(db).await.expect("writes");
    let row = account::Model {
        id: account_id,
        login_id: account_id.to_string(),
        password_hash: String::new(),
        physician: None,
        officer: Some(id),
        state: "active".to_owned(),
        first_used_at: Some(at),
        created_at: at,
        version: 1,
    };
    account::ActiveModel::from(row).reset_all().insert(db).await.expect("writes");
    let row = terms_consent::Model {
        id: Uuid::now_v7(),
        account: account_id,
        terms_version: mamis_app::account::TERMS_VERSION.to_owned(),
        agreed_at: at,
    };
    terms_consent::ActiveModel::from(row).reset_all().insert(db).await.expect("writes");
    if let Some(held) = held {
        let (association, organizer) = match held.at {
            Office::Association { id, .. } => (Some(id.into()), None),
            Office::Organizer { id, .. } => (None, Some(id.into())),
        };
        let row = duty::Model {
            id: Uuid::now_v7(),
            officer: id,
            association,
            organizer,
            kind: held.duty.name().to_owned(),
            valid_from: at.date_naive(),
            valid_until: None,
            created_at: at,
            deputy_of: None,
            appointed_by: String::new(),
            ended_by: String::new(),
            version: 1,
        };
        duty::ActiveModel::from(row).reset_all().insert(db).await.expect("writes");
    }
    let duties = held.into_iter().collect();
    let actor = Actor::Officer { account: AccountId(account_id), officer: OfficerId(id), duties };
    Visitor { name, browser: session_of(app, account_id, owes).await, actor, owes }
}

async fn visitors(app: &Arc<App>) -> Vec<Visitor> {
    let guest = Visitor {
        name: "guest".to_owned(),
        browser: Browser::new(app),
        actor: Actor::Guest,
        owes: Owes::Nothing,
    };
    let mut all = vec![
        guest,
        physician(app, "sato", Owes::Nothing).await,
        physician(app, "tanaka", Owes::Terms).await,
        officer(app, None, Owes::Nothing).await,
    ];
    for at in offices(app).await {
        let certification = DutyHeld { duty: Duty::Certification, at };
        all.push(officer(app, Some(certification), Owes::Code).await);
        for duty in Duty::ALL {
            all.push(officer(app, Some(DutyHeld { duty: *duty, at }), Owes::Nothing).await);
        }
    }
    all
}

/// What the door must answer; none when it must let in.
fn turned_away(route: &Route, visitor: &Visitor) -> Option<Away> {
    let gate = route.gate;
    match (&visitor.actor, visitor.owes) {
        _ if gate == Gate::Public => None,
        (Actor::Guest, _) => Some(Away::To("/login")),
        _ if gate == Gate::Session => None,
        (_, Owes::Code) => Some(Away::To("/login/second-factor")),
        (_, Owes::Terms) => Some(Away::To("/terms/consent")),
        (actor, Owes::Nothing) => match (gate.admits(actor), route.path, actor) {
            (true, ..) => None,
            (false, "/desk", Actor::Physician { .. }) => Some(Away::To("/my")),
            (false, "/desk", _) => Some(Away::With(StatusCode::FORBIDDEN)),
            (false, "/my", Actor::Officer { .. }) => Some(Away::To("/desk")),
            _ => Some(Away::With(StatusCode::NOT_FOUND)),
        },
    }
}

enum Away {
    To(&'static str),
    With(StatusCode),
}

impl Away {
    fn is(&self, answer: &Answer) -> bool {
        match self {
            Self::To(page) => {
                let to = answer.location();
                answer.status == StatusCode::SEE_OTHER && to.split('?').next() == Some(page)
            }
            Self::With(status) => answer.status == *status,
        }
    }
}

#[tokio::test]
async fn every_door_opens_for_those_it_names_and_for_nobody_else() {
    each_world(|app| async move {
        for mut visitor in visitors(&app).await {
            for route in routes() {
                let path = with_ids(route.path);
                let away = turned_away(&route, &visitor);
                let mut methods = 0;
                for method in [Method::GET, Method::POST] {
                    // A change that is allowed is the business of its own tests.
                    if method == Method::POST && away.is_none() {
                        continue;
                    }
                    let headers = [("sec-fetch-site", "same-origin")];
                    let answer = visitor.browser.ask(method.clone(), &path, &headers, "").await;
                    if answer.status == StatusCode::METHOD_NOT_ALLOWED {
                        continue;
                    }
                    methods += 1;
                    let text = format!(
                        "{} at {method} {path}: {} {}",
                        visitor.name,
                        answer.status,
                        answer.location()
                    );
                    match &away {
                        Some(away) => assert!(answer.is_turned_away && away.is(&answer), "{text}"),
                        None => assert!(!answer.is_turned_away && !answer.status.is_server_error(), "{text}"),
                    }
                }
                assert!(methods > 0 || away.is_none(), "{path} answers neither GET nor POST");
            }
        }
    })
    .await;
}

#[test]
fn every_url_names_the_access_function_behind_it() {
    for route in routes() {
        assert!(!route.access.is_empty(), "{} names no access function", route.path);
        // A thing named by the address is found through a scope; a public file or form is not.
        let names_a_thing = route.path.contains('{') && route.gate != Gate::Public;
        assert!(route.access != "-" || !names_a_thing, "{} leaves the decision to its door", route.path);
    }
    let page = mamis_web::routes::urls_markdown();
    assert_eq!(page.lines().filter(|line| line.starts_with("| `/")).count(), routes().len());
}
