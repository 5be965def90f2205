//! Table: every page an officer can open, and what it leaves in the audit log.
//!
//! A page with a physician's full data leaves a look that the physician can read; a list that leaves the system
//! as a file leaves an entry; every other page is proved to show neither address, phone nor mail of anybody.

use crate::browser::{Browser, each_world};
use crate::client;
use crate::doors::with_ids;
use crate::things::Things;
use axum::http::{Method, StatusCode};
use mamis_app::App;
use mamis_app::audit::{Verdict, verify};
use mamis_rules::access::gate::Gate;
use mamis_schema::{application, audit_entry, physician};
use mamis_web::routes::routes;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

/// What a page leaves.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Leaves {
    /// A look at the physician's full data.
    Look(&'static str),
    /// An entry about a list as a file.
    Export(&'static str),
    /// Nothing: it shows no more than lists show.
    Nothing,
}

use Leaves::{Export, Look, Nothing};

/// Table: address, who opens it, what that leaves.
const PAGES: &[(&str, &str, Leaves)] = &[
    ("/applications", "national-cert", Nothing),
    ("/applications/{id}", "national-cert", Look("application.look")),
    ("/applications/{id}/examination", "national-cert", Look("application.look")),
    ("/applications.csv", "national-cert", Export("application.export")),
    ("/applications.xlsx", "national-cert", Export("application.export")),
    ("/attachments/{id}", "national-cert", Look("attachment.look")),
    ("/associations/{id}/details", "fujisawa-admin", Nothing),
    ("/associations/{id}/settings", "fujisawa-admin", Nothing),
    ("/associations/{id}/categories", "fujisawa-admin", Nothing),
    ("/associations/{id}/changes/new", "national-admin", Nothing),
    ("/associations/{id}/moves/new", "national-admin", Nothing),
    ("/associations/{id}/mergers/new", "national-admin", Nothing),
    ("/associations/{id}/closings/new", "national-admin", Nothing),
    ("/association-openings/new", "national-admin", Nothing),
    ("/association-imports", "national-admin", Nothing),
    ("/association-imports/current.csv", "national-admin", Nothing),
    ("/association-imports/{id}", "national-admin", Nothing),
    ("/batches", "national-cert", Nothing),
    ("/batches/{id}", "national-cert", Nothing),
    ("/batches/{id}/packet.pdf", "national-cert", Look("batch.look")),
    ("/batches/{id}/packet.xlsx", "national-cert", Look("batch.look")),
    ("/bulk-changes", "fujisawa-admin", Nothing),
    ("/bulk-changes/new", "fujisawa-admin", Nothing),
    ("/bulk-changes/template.csv", "fujisawa-admin", Nothing),
    ("/bulk-changes/template.xlsx", "fujisawa-admin", Nothing),
    ("/bulk-changes/members.xlsx", "fujisawa-admin", Export("bulk_change.export")),
    ("/bulk-changes/{id}", "fujisawa-admin", Nothing),
    ("/bulk-changes/{id}/undos/new", "fujisawa-admin", Nothing),
    ("/bulk-changes/{id}/result.xlsx", "fujisawa-admin", Export("bulk_change.export")),
    ("/certifications", "national-cert", Nothing),
    ("/certifications.csv", "national-cert", Export("certification.export")),
    ("/certifications/{id}", "national-cert", Look("certification.look")),
    ("/certifications/{id}/endings/new", "national-cert", Nothing),
    ("/desk", "national-cert", Nothing),
    ("/documents", "kanagawa-cert", Nothing),
    ("/documents/{file}", "kanagawa-cert", Look("document.look")),
    ("/duplicates", "national-admin", Nothing),
    ("/duplicates/{id}", "o14", Look("physician.look")),
    ("/merges/{id}", "o14", Nothing),
    ("/head-counts", "national-admin", Nothing),
    ("/head-counts.csv", "national-admin", Nothing),
    ("/memberships", "national-admin", Nothing),
    ("/memberships.csv", "fujisawa-admin", Export("membership.export")),
    ("/membership-applications", "national-admin", Nothing),
    ("/membership-applications/{id}", "national-admin", Look("application.look")),
    ("/membership-applications/{id}/undos", "national-admin", Look("application.look")),
    ("/organizers", "kanagawa-training", Nothing),
    ("/organizers/{id}", "kanagawa-training", Nothing),
    ("/my/account", "national-cert", Nothing),
    ("/my/account/authenticator-app/new", "national-cert", Nothing),
    ("/officers", "national-admin", Nothing),
    ("/officers/{id}", "national-admin", Nothing),
    ("/officers/{id}/duties/new", "national-admin", Nothing),
    ("/officers/{id}/handovers/new", "national-admin", Nothing),
    ("/duties/{id}/endings/new", "national-admin", Nothing),
    ("/handovers/{id}", "national-admin", Nothing),
    ("/handovers/{id}/handover.pdf", "national-admin", Nothing),
    ("/invitations", "national-admin", Nothing),
    ("/invitations/new", "national-admin", Nothing),
    ("/why-not", "national-admin", Nothing),
    ("/officers/{id}/second-factor-resets/new", "national-admin", Nothing),
    ("/officers/{id}/suspensions/new", "national-admin", Nothing),
    ("/on-behalf/{physician}", "national-cert", Look("physician.look")),
    ("/on-behalf/{physician}/{*rest}", "national-cert", Look("physician.look")),
    ("/physicians", "national-admin", Nothing),
    ("/physicians.csv", "fujisawa-admin", Export("physician.export")),
    ("/physicians.xlsx", "fujisawa-admin", Export("physician.export")),
    ("/physicians/{id}", "o141101", Look("physician.look")),
    ("/physicians/{id}/login-links/new", "o141101", Look("physician.look")),
    ("/physicians/{id}/losses/new", "o141003", Look("physician.look")),
    ("/notices", "national-admin", Nothing),
    ("/notices/new", "national-admin", Nothing),
    ("/notices/{id}", "fujisawa-admin", Nothing),
    ("/notices/{id}/edit", "fujisawa-admin", Nothing),
    ("/notices/{id}/preview", "fujisawa-admin", Nothing),
    ("/bounces", "national-admin", Nothing),
    ("/mail-texts", "national-admin", Nothing),
    ("/mail-texts/{kind}", "national-admin", Nothing),
    ("/post-letters", "national-admin", Nothing),
    ("/credential-runs", "fujisawa-admin", Nothing),
    ("/credential-runs/{id}", "fujisawa-admin", Nothing),
    ("/credential-runs/{id}/files/{file}", "fujisawa-admin", Export("provisional_credential.export")),
    ("/registration-checks", "national-admin", Nothing),
    ("/registration-checks/{id}", "national-admin", Look("registration.look")),
    ("/signups/{id}/acceptances/new", "fujisawa-training", Look("signup.look")),
    ("/signups/{id}/cancellations/new", "fujisawa-training", Nothing),
    ("/signups/{id}/priorities/new", "fujisawa-training", Nothing),
    ("/terms/versions", "national-admin", Nothing),
    ("/trainings", "fujisawa-training", Nothing),
    ("/trainings/new", "fujisawa-training", Nothing),
    ("/trainings/{id}", "fujisawa-training", Nothing),
    ("/trainings/{id}/edit", "fujisawa-training", Nothing),
    ("/reception", "fujisawa-training", Nothing),
    ("/trainings/{id}/reception", "fujisawa-training", Nothing),
    ("/trainings/{id}/reception/check", "fujisawa-training", Nothing),
    ("/trainings/{id}/reception-list", "fujisawa-training", Nothing),
    ("/trainings/{id}/reception-people", "fujisawa-training", Export("reception.keep")),
    ("/trainings/{id}/attendance", "fujisawa-training", Nothing),
    ("/trainings/{id}/attendance.csv", "fujisawa-training", Export("attendance.export")),
    ("/trainings/{id}/attendances/{physician}", "fujisawa-training", Nothing),
    ("/trainings/{id}/waiting-list", "fujisawa-training", Nothing),
    ("/trainings/{id}/attendance-certificates", "fujisawa-training", Nothing),
    ("/document-runs/{id}/files/{file}", "fujisawa-training", Export("document.export")),
    ("/trainings/{id}/holding-report", "fujisawa-training", Nothing),
    ("/trainings/{id}/holding-report.pdf", "national-training", Nothing),
];

/// What stands in nobody's list: addresses, phones and mail addresses of all physicians.
async fn private(app: &App) -> Vec<String> {
    let people = physician::Entity::find().all(app.db.read()).await.expect("reads");
    people.into_iter().flat_map(|row| [row.home_address, row.phone, row.email]).flatten().collect()
}

async fn entries_after(app: &App, sequence: i64) -> Vec<audit_entry::Model> {
    audit_entry::Entity::find()
        .filter(audit_entry::Column::Sequence.gt(sequence))
        .order_by_asc(audit_entry::Column::Sequence)
        .all(app.db.read())
        .await
        .expect("reads")
}

fn check(route: &str, leaves: Leaves, body: &str, entries: &[audit_entry::Model], yoshida: Uuid) {
    match leaves {
        Look(action) => {
            let about = |entry: &&audit_entry::Model| entry.physician == Some(yoshida);
            let looks: Vec<_> = entries.iter().filter(about).map(|entry| entry.action.as_str()).collect();
            assert_eq!(looks, [action], "{route}");
        }
        Export(action) => {
            let actions: Vec<_> = entries.iter().map(|entry| entry.action.as_str()).collect();
            assert_eq!(actions, [action], "{route}");
        }
        Nothing => assert!(entries.is_empty() && !body.is_empty(), "{route}: {entries:?}"),
    }
}

#[tokio::test]
async fn every_look_at_full_data_is_written_down_and_shown_to_the_physician() {
    each_world(|app| async move {
        let things = Things::new(&app).await;
        let private = private(&app).await;
        assert!(private.len() > 20, "{private:?}");
        let mut browsers = BTreeMap::new();
        for (_, login, _) in PAGES {
            if !browsers.contains_key(login) {
                browsers.insert(*login, Browser::of(&app, login).await);
            }
        }
        let mut looks = 0;
        for (route, login, leaves) in PAGES {
            let before = entries_after(&app, 0).await.len();
            let path = things.address(route);
            let answer = browsers[login].get(&path).await;
            assert_eq!(answer.status, StatusCode::OK, "{login} at {path}");
            let entries = entries_after(&app, i64::try_from(before).expect("few")).await;
            check(route, *leaves, &answer.body, &entries, things.yoshida);
            looks += usize::from(matches!(leaves, Look(_)));
            for secret in private.iter().filter(|_| *leaves == Nothing) {
                assert!(!answer.body.contains(secret), "{route} shows {secret}");
            }
        }
        let own = Browser::of(&app, "yoshida").await.get("/my/looks").await;
        assert_eq!(own.body.matches("data-label=\"日時\"").count(), looks, "{}", own.body);
        for text in [
            "日本医師会",
            "駒込 理沙",
            "大磯 美和",
            "提出した書類",
            "キャンセル待ちの連絡先",
            "発行した文書",
            "申請・手続きと、その書類",
        ] {
            assert!(own.body.contains(text), "{text}");
        }
        assert!(matches!(verify(&app.db).await.expect("reads"), Verdict::Whole { .. }));
    })
    .await;
}

/// The form that comes back shows the same data again.
#[tokio::test]
async fn a_form_that_comes_back_is_a_look_as_well() {
    each_world(|app| async move {
        let tokyo = Browser::of(&app, "tokyo-cert").await;
        let waiting = application::Column::State.eq("prefectural_examination");
        let rows = application::Entity::find().filter(waiting).all(app.db.read()).await.expect("reads");
        let mut looks = Vec::new();
        for row in rows {
            let to = format!("/applications/{}/decisions", row.id);
            let version = row.version.to_string();
            let again =
                tokyo.post(&to, &[("version", &version), ("choice", "return"), ("comment", "")]).await;
            if again.status == StatusCode::UNPROCESSABLE_ENTITY {
                looks.push(row.physician);
            }
        }
        assert_eq!(looks.len(), 1, "Tokyo has one case on its desk");
        let entries = entries_after(&app, 0).await;
        let found: Vec<_> = entries.iter().map(|entry| (entry.action.as_str(), entry.physician)).collect();
        assert_eq!(found, [("application.look", Some(looks[0]))]);
    })
    .await;
}

/// A new page for officers is entered in the table, or this test fails.
#[tokio::test]
async fn the_table_names_every_page_that_officers_open() {
    each_world(|app: Arc<App>| async move {
        let mut guest = client::Browser::new(&app);
        let mut pages = BTreeSet::new();
        for route in routes() {
            if matches!(route.gate, Gate::Public | Gate::Session | Gate::Physician) {
                continue;
            }
            let answer = guest.ask(Method::GET, &with_ids(route.path), &[], "").await;
            if answer.status != StatusCode::METHOD_NOT_ALLOWED {
                pages.insert(route.path);
            }
        }
        let named: BTreeSet<&str> = PAGES.iter().map(|(route, _, _)| *route).collect();
        assert_eq!(pages, named, "what does the page leave in the audit log?");
    })
    .await;
}
