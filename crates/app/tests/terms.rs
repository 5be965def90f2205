//! Terms of use in versions.

use crate::office::officer;
use crate::registration::guest;
use mamis_app::account::actions::{Login, agree, log_in};
use mamis_app::account::lists::{Current, Terms, current};
use mamis_app::account::{Origin, TERMS_VERSION};
use mamis_app::secret::sha256_hex;
use mamis_app::seed::PASSWORD;
use mamis_app::terms::actions::{NewTerms, publish};
use mamis_app::terms::jobs;
use mamis_app::terms::lists::{accepted, find, in_force};
use mamis_app::testing::each_world;
use mamis_app::{App, Cx, Error};
use mamis_rules::base::Day;
use mamis_schema::{account, outbox, terms};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use std::collections::BTreeSet;
use std::sync::Arc;

fn next(today: Day) -> NewTerms {
    NewTerms {
        version: "2027-04".to_owned(),
        body: "## 1. 約束\n- 一つ".to_owned(),
        changes: "約束を短くしました。".to_owned(),
        valid_from: Some(today.plus_days(10)),
    }
}

async fn log_in_as(app: &Arc<App>, login_id: &str) -> String {
    let origin = Origin::default();
    let login = Login { login_id, password: PASSWORD, origin: &origin, replaces: None };
    sha256_hex(log_in(&guest(app), login).await.expect("logs in").token.as_bytes())
}

async fn session(app: &App, token: &str) -> Current {
    current(app, token).await.expect("reads").expect("lives")
}

#[tokio::test]
async fn new_terms_ask_everybody_from_their_day() {
    each_world(|app| async move {
        let admin = officer(&app, "national-admin").await;
        let today = admin.today();
        let sato = log_in_as(&app, "sato").await;
        assert_eq!(session(&app, &sato).await.terms, Terms::Accepted);
        publish(&admin, &next(today)).await.expect("publishes");
        assert_eq!(session(&app, &sato).await.terms, Terms::Accepted, "not before the day");
        assert!(find(&admin, "2027-04").await.expect("reads").is_some(), "to read before its day");
        let now = in_force(admin.db(), today).await.expect("reads");
        assert_eq!(now.version, TERMS_VERSION, "but not in force");
        app.clock.set(today.plus_days(10).begins_at());
        // No session lives so long.
        let sato = log_in_as(&app, "sato").await;
        let asked = session(&app, &sato).await;
        assert_eq!(asked.terms, Terms::Owed);
        let own =
            Cx { actor: asked.actor.clone(), who: asked.who.clone(), now: app.clock.now(), ..admin.clone() };
        let version = in_force(own.db(), own.today()).await.expect("reads");
        assert_eq!((version.version.as_str(), version.changes.as_str()), ("2027-04", "約束を短くしました。"));
        agree(&own, Some(&asked)).await.expect("agrees");
        agree(&own, Some(&asked)).await.expect("a second time changes nothing");
        assert_eq!(session(&app, &sato).await.terms, Terms::Accepted);
        assert_eq!(accepted(&own, "2027-04").await.expect("counts"), 1);
        assert!(find(&own, TERMS_VERSION).await.expect("reads").is_some(), "the one before can be read");
    })
    .await;
}

#[tokio::test]
async fn terms_are_published_by_the_national_office_and_never_changed() {
    each_world(|app| async move {
        let admin = officer(&app, "national-admin").await;
        let today = admin.today();
        let below = officer(&app, "fujisawa-admin").await;
        assert!(matches!(publish(&below, &next(today)).await, Err(Error::Refused(_))));
        publish(&admin, &next(today)).await.expect("publishes");
        for (field, wrong) in [
            ("version", next(today)),
            ("version", NewTerms { version: TERMS_VERSION.to_owned(), ..next(today) }),
            ("version", NewTerms { version: "令和9年".to_owned(), ..next(today) }),
            ("valid_from", NewTerms { version: "x".to_owned(), valid_from: Some(today), ..next(today) }),
            ("changes", NewTerms { version: "x".to_owned(), changes: " ".to_owned(), ..next(today) }),
            ("body", NewTerms { version: "x".to_owned(), body: String::new(), ..next(today) }),
        ] {
            let error = publish(&admin, &wrong).await.expect_err(field);
            assert!(matches!(&error, Error::Invalid(all) if all[0].field == field), "{field}: {error}");
        }
    })
    .await;
}

/// Everybody whom a mail reaches is told once, whoever of two nodes is faster; nobody else.
#[tokio::test]
async fn new_terms_are_told_once_to_everybody_whom_a_mail_reaches() {
    each_world(|app| async move {
        let admin = officer(&app, "national-admin").await;
        let system = Cx::system(&app, "terms_letters");
        assert_eq!(jobs::tell(&system).await.expect("nothing to tell").done, 0);
        publish(&admin, &next(admin.today())).await.expect("publishes");
        let told = || outbox::Entity::find().filter(outbox::Column::Kind.eq("terms_published"));
        let (one, other) = tokio::join!(jobs::tell(&system), jobs::tell(&system));
        let written = one.expect("runs").done + other.expect("runs").done;
        let letters = told().all(app.db.read()).await.expect("reads");
        assert_eq!((letters.len() as u64, letters.len() > 20), (written, true));
        assert_eq!(jobs::tell(&system).await.expect("runs").done, 0, "not before those are sent");
        // Some portions, and the one that finds nobody left.
        for _ in 0..12 {
            outbox::Entity::update_many()
                .col_expr(outbox::Column::State, Expr::value("sent"))
                .filter(outbox::Column::Kind.eq("terms_published"))
                .exec(app.db.write())
                .await
                .expect("writes");
            jobs::tell(&system).await.expect("goes on");
        }
        let left = terms::Entity::find().filter(terms::Column::ToldAt.is_null()).count(app.db.read()).await;
        assert_eq!(left.expect("counts"), 0, "it came to the end");
        assert_eq!(jobs::tell(&system).await.expect("runs").done, 0, "once");

        let letters = told().all(app.db.read()).await.expect("reads");
        let people: BTreeSet<_> = letters.iter().map(|row| (row.physician, row.officer)).collect();
        assert_eq!(people.len(), letters.len(), "nobody twice");
        assert!(letters.iter().all(|row| row.channel == "mail"));
        let reached = |login: &'static str| {
            let app = &app;
            let letters = &letters;
            async move {
                let found = account::Entity::find().filter(account::Column::LoginId.eq(login));
                let row = found.one(app.db.read()).await.expect("reads").expect("is there");
                letters
                    .iter()
                    .any(|letter| (letter.physician, letter.officer) == (row.physician, row.officer))
            }
        };
        assert!(reached("sato").await && reached("fujisawa-cert").await, "a physician and an officer");
        assert!(!reached("tanaka").await, "no proved address");
        let body = &letters[0].body;
        assert!(body.contains("約束を短くしました。") && body.contains("/terms?version=2027-04"), "{body}");
    })
    .await;
}
