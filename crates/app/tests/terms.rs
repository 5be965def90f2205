//! Terms of use in versions.

use crate::office::officer;
use crate::registration::guest;
use mamis_app::account::actions::{Login, agree, log_in};
use mamis_app::account::lists::{Current, Terms, current};
use mamis_app::account::{Origin, TERMS_VERSION};
use mamis_app::secret::sha256_hex;
use mamis_app::seed::PASSWORD;
use mamis_app::terms::actions::{NewTerms, publish};
use mamis_app::terms::lists::{accepted, find, in_force};
use mamis_app::testing::each_world;
use mamis_app::{App, Cx, Error};
use mamis_rules::base::Day;
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
        assert!(find(&admin, "2027-04").await.expect("reads").is_none());
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
