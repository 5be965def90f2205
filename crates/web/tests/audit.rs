//! Table: every page an officer can open, and what it leaves in the audit log.
//!
//! A page with a physician's full data leaves a look that the physician can read; a list that leaves the system
//! as a file leaves an entry; every other page is proved to show neither address, phone nor mail of anybody.

use crate::browser::{Browser, each_world};
use crate::client;
use crate::doors::with_ids;
use axum::http::{Method, StatusCode};
use mamis_app::App;
use mamis_app::audit::{Verdict, verify};
use mamis_rules::access::gate::Gate;
use mamis_schema::{
    account, application, application_step, association, association_import, attachment, audit_entry,
    batch_item, bulk_change, bulk_change_row, certification, document, duplicate, duty, handover,
    holding_report, invitation, membership_application, organizer_registration, physician, physician_merge,
    signup, training,
};
use mamis_web::routes::routes;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
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
    ("/officers", "national-admin", Nothing),
    ("/officers/{id}", "national-admin", Nothing),
    ("/officers/{id}/duties/new", "national-admin", Nothing),
    ("/officers/{id}/handovers/new", "national-admin", Nothing),
    ("/duties/{id}/endings/new", "national-admin", Nothing),
    ("/handovers/{id}", "national-admin", Nothing),
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
    ("/physicians/{id}/losses/new", "o141101", Look("physician.look")),
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
    ("/signups/{id}/cancellations/new", "fujisawa-training", Nothing),
    ("/terms/versions", "national-admin", Nothing),
    ("/trainings", "fujisawa-training", Nothing),
    ("/trainings/new", "fujisawa-training", Nothing),
    ("/trainings/{id}", "fujisawa-training", Nothing),
    ("/trainings/{id}/edit", "fujisawa-training", Nothing),
    ("/trainings/{id}/reception", "fujisawa-training", Nothing),
    ("/trainings/{id}/reception-list", "fujisawa-training", Nothing),
    ("/trainings/{id}/attendance", "fujisawa-training", Nothing),
    ("/trainings/{id}/attendance.csv", "fujisawa-training", Export("attendance.export")),
    ("/trainings/{id}/attendances/{physician}", "fujisawa-training", Nothing),
    ("/trainings/{id}/holding-report", "fujisawa-training", Nothing),
    ("/trainings/{id}/holding-report.pdf", "national-training", Nothing),
];

/// The ids that stand in the addresses.
pub(crate) struct Things {
    pub(crate) yoshida: Uuid,
    pub(crate) application: Uuid,
    /// A procedure of membership of 𠮷田's that the national association decided.
    pub(crate) procedure: Uuid,
    pub(crate) batch: Uuid,
    /// An organizer of 神奈川県 that waits to be registered.
    pub(crate) organizer: Uuid,
    /// A list of associations that the national association had checked.
    pub(crate) import: Uuid,
    /// Carried out by 藤沢市医師会.
    pub(crate) bulk_change: Uuid,
    pub(crate) document: Uuid,
    pub(crate) attachment: Uuid,
    /// Held yesterday, with somebody there.
    pub(crate) training: Uuid,
    /// Its holding report was filed.
    reported: Uuid,
    pub(crate) attendee: Uuid,
    /// The seat of the attendee.
    pub(crate) seat: Uuid,
    /// 𠮷田's.
    pub(crate) certification: Uuid,
    /// Somebody at 藤沢市医師会.
    pub(crate) officer: Uuid,
    /// What that officer may do.
    pub(crate) duty: Uuid,
    /// Where.
    pub(crate) association: Uuid,
    pub(crate) handover: Uuid,
    pub(crate) invitation: Uuid,
    /// 𠮷田 and somebody else of the prefecture.
    pub(crate) pair: Uuid,
    /// Somebody merged into 𠮷田.
    pub(crate) merge: Uuid,
    /// 𠮷田's, at the prefectural association of Tokyo.
    pub(crate) registration: Uuid,
    /// Cards of 藤沢市医師会, with a file.
    pub(crate) run: Uuid,
    /// A draft of 藤沢市医師会.
    pub(crate) notice: Uuid,
}

impl Things {
    pub(crate) async fn new(app: &App) -> Self {
        let db = app.db.read();
        let login = account::Column::LoginId.eq("yoshida");
        let row = account::Entity::find().filter(login).one(db).await.expect("reads").expect("is there");
        let yoshida = row.physician.expect("a physician");
        let at_the_board = application::Entity::find().filter(application::Column::Physician.eq(yoshida));
        let application = at_the_board.one(db).await.expect("reads").expect("applied").id;
        let item = batch_item::Entity::find()
            .filter(batch_item::Column::Application.eq(application))
            .filter(batch_item::Column::Result.eq("waiting"));
        let batch = item.one(db).await.expect("reads").expect("waits").batch;
        let training = training::Entity::find()
            .filter(training::Column::HostName.eq("藤沢市医師会"))
            .filter(training::Column::State.eq("approved"))
            .filter(training::Column::StartsAt.lt(app.clock.now()))
            .one(db)
            .await
            .expect("reads")
            .expect("held yesterday");
        let report = holding_report::Entity::find().one(db).await.expect("reads").expect("one was filed");
        let seat = signup::Entity::find().filter(signup::Column::Training.eq(training.id));
        let seat = seat.filter(signup::Column::State.eq("confirmed"));
        let seat = seat.one(db).await.expect("reads").expect("a seat");
        let held = certification::Entity::find().filter(certification::Column::Physician.eq(yoshida));
        let certification = held.one(db).await.expect("reads").expect("certified").id;
        let login = account::Column::LoginId.eq("fujisawa-cert");
        let officer = account::Entity::find().filter(login).one(db).await.expect("reads").expect("is there");
        let officer = officer.officer.expect("an officer");
        let held = duty::Entity::find().filter(duty::Column::Officer.eq(officer));
        let held = held.one(db).await.expect("reads").expect("a duty");
        let (handover, invitation) = (keep_handover(app, &held).await, keep_invitation(app, &held).await);
        let attachment = keep_attachment(app, yoshida, application, row.id).await;
        let document = keep_document(app, yoshida).await;
        let procedure = keep_procedure(app, application).await;
        let (pair, merge) = keep_pair(app, yoshida).await;
        let registration = crate::registration::keep(app, yoshida).await;
        let run = crate::provisional_credential::keep(app).await;
        let organizer = keep_organizer(app).await;
        let import = keep_import(app).await;
        let bulk_change = keep_bulk_change(app, &held, yoshida, procedure).await;
        Self {
            yoshida,
            application,
            procedure,
            batch,
            organizer,
            import,
            bulk_change,
            document,
            attachment,
            training: training.id,
            reported: report.training,
            attendee: seat.physician,
            seat: seat.id,
            certification,
            officer,
            duty: held.id,
            association: held.association.expect("an association"),
            handover,
            invitation,
            pair,
            merge,
            registration,
            run,
            notice: crate::notice::keep(app, &held).await,
        }
    }

    /// The address with the ids in it.
    fn address(&self, route: &str) -> String {
        let id = match route.split('/').nth(1) {
            Some("applications") => self.application,
            Some("membership-applications") => self.procedure,
            Some("batches") => self.batch,
            Some("bulk-changes") if route.ends_with("/members.xlsx") => {
                return format!("{route}?kind=category&association={}", self.association);
            }
            Some("bulk-changes") if route.contains("/template.") => return format!("{route}?kind=category"),
            Some("bulk-changes") => self.bulk_change,
            Some("organizers") => self.organizer,
            Some("attachments") => self.attachment,
            Some("certifications") => self.certification,
            Some("officers") => self.officer,
            Some("duties") => self.duty,
            Some("association-imports") => self.import,
            Some("association-openings") => return format!("{route}?parent={}", self.association),
            Some("associations") => self.association,
            Some("handovers") => self.handover,
            Some("invitations") => self.invitation,
            Some("duplicates") => self.pair,
            Some("merges") => self.merge,
            Some("registration-checks") => self.registration,
            Some("credential-runs") => self.run,
            Some("notices") => self.notice,
            Some("physicians" | "on-behalf") => self.yoshida,
            Some("signups") => self.seat,
            _ if route.ends_with("/holding-report.pdf") => self.reported,
            _ => self.training,
        };
        let document = match route.starts_with("/credential-runs") {
            true => "1.pdf".to_owned(),
            false => format!("{}.pdf", self.document),
        };
        route
            .replace("{id}", &id.to_string())
            .replace("{file}", &document)
            .replace("{kind}", "password_reset")
            .replace("on-behalf/{physician}", &format!("on-behalf/{}", self.yoshida))
            .replace("{*rest}", "paper-credits")
            .replace("{physician}", &self.attendee.to_string())
    }
}

/// A report about the officer of a duty.
async fn keep_handover(app: &App, held: &duty::Model) -> Uuid {
    let row = handover::Model {
        id: Uuid::now_v7(),
        officer: held.officer,
        successor: None,
        association: held.association,
        organizer: held.organizer,
        last_day: held.valid_from,
        data: r#"{"duties":[],"applications":{"items":[],"total":0},"batches":{"items":[],"total":0},"trainings":{"items":[],"total":0}}"#.to_owned(),
        remarks: String::new(),
        created_by: String::new(),
        created_at: app.clock.now(),
    };
    let id = row.id;
    handover::ActiveModel::from(row).reset_all().insert(app.db.write()).await.expect("writes");
    id
}

/// A registration that the prefectural association has to decide about.
async fn keep_organizer(app: &App) -> Uuid {
    let row = organizer_registration::Model {
        id: Uuid::now_v7(),
        name: "一般社団法人 湘南産業保健の会".to_owned(),
        kana: "ショウナンサンギョウホケンノカイ".to_owned(),
        prefecture: 14,
        address: "藤沢市鵠沼".to_owned(),
        phone: "0466-00-0001".to_owned(),
        purpose: "産業医の研修会".to_owned(),
        contact_name: "団体 花子".to_owned(),
        contact_kana: "ダンタイ ハナコ".to_owned(),
        email: "dantai@example.jp".to_owned(),
        token_hash: Uuid::now_v7().to_string(),
        expires_at: app.clock.wall(),
        verified_at: Some(app.clock.now()),
        state: "waiting".to_owned(),
        reason: String::new(),
        decided_at: None,
        decided_by: String::new(),
        organizer: None,
        created_at: app.clock.now(),
        version: 1,
    };
    let id = row.id;
    organizer_registration::ActiveModel::from(row).reset_all().insert(app.db.write()).await.expect("writes");
    id
}

/// A list of associations that the national association had checked.
async fn keep_import(app: &App) -> Uuid {
    let national =
        association::Entity::find().filter(association::Column::Code.eq("00")).one(app.db.read()).await;
    let account = account::Entity::find()
        .filter(account::Column::LoginId.eq("national-admin"))
        .one(app.db.read())
        .await;
    let row = association_import::Model {
        id: Uuid::now_v7(),
        association: national.expect("reads").expect("is there").id,
        file_name: "一覧.csv".to_owned(),
        sha256: "0".repeat(64),
        lines: "[]".to_owned(),
        state: "checked".to_owned(),
        by_name: "管理の担当者".to_owned(),
        account: account.expect("reads").expect("is there").id,
        created_at: app.clock.now(),
        done_at: None,
        version: 1,
    };
    let id = row.id;
    association_import::ActiveModel::from(row).reset_all().insert(app.db.write()).await.expect("writes");
    id
}

/// A bulk change of the office of a duty that was carried out, with one line.
async fn keep_bulk_change(app: &App, held: &duty::Model, person: Uuid, procedure: Uuid) -> Uuid {
    let officer = account::Column::Officer.eq(held.officer);
    let account = account::Entity::find().filter(officer).one(app.db.read()).await.expect("reads");
    let row = bulk_change::Model {
        id: Uuid::now_v7(),
        number: "B2026-9001".to_owned(),
        association: held.association.expect("an association"),
        kind: "leaving".to_owned(),
        file_name: "退会.csv".to_owned(),
        sha256: String::new(),
        state: "done".to_owned(),
        by_name: String::new(),
        account: account.expect("is there").id,
        created_at: app.clock.now(),
        version: 1,
    };
    let line = bulk_change_row::Model {
        bulk_change: row.id,
        line: 2,
        cells: "[]".to_owned(),
        physician: Some(person),
        change: String::new(),
        what: "日本医師会だけを退会する".to_owned(),
        state: "done".to_owned(),
        problem: String::new(),
        before: String::new(),
        application: Some(procedure),
        run: None,
    };
    let id = row.id;
    bulk_change::ActiveModel::from(row).reset_all().insert(app.db.write()).await.expect("writes");
    bulk_change_row::ActiveModel::from(line).reset_all().insert(app.db.write()).await.expect("writes");
    id
}

/// An invitation to the office of a duty.
async fn keep_invitation(app: &App, held: &duty::Model) -> Uuid {
    let row = invitation::Model {
        id: Uuid::now_v7(),
        association: held.association,
        organizer: held.organizer,
        name: "招待 花子".to_owned(),
        kana: "ショウタイ ハナコ".to_owned(),
        email: "invited@example.jp".to_owned(),
        duties: r#"["dues"]"#.to_owned(),
        valid_from: held.valid_from,
        valid_until: None,
        token_hash: Uuid::now_v7().to_string(),
        expires_at: app.clock.wall() + chrono::Duration::hours(1),
        invited_by: String::new(),
        officer: None,
        accepted_at: None,
        revoked_at: None,
        created_at: app.clock.now(),
    };
    let id = row.id;
    invitation::ActiveModel::from(row).reset_all().insert(app.db.write()).await.expect("writes");
    id
}

/// Leaving the national association, approved there.
async fn keep_procedure(app: &App, like: Uuid) -> Uuid {
    let (db, id) = (app.db.write(), Uuid::now_v7());
    let like = application::Entity::find_by_id(like).one(db).await.expect("reads").expect("is there");
    let row = application::Model {
        id,
        number: Some("A2026-900001".to_owned()),
        kind: "leaving".to_owned(),
        state: "approved".to_owned(),
        desk: None,
        decided_at: Some(app.clock.now()),
        ..like
    };
    application::ActiveModel::from(row).reset_all().insert(db).await.expect("writes");
    let national = association::Entity::find().filter(association::Column::Tier.eq("national"));
    let step = application_step::Model {
        application: id,
        position: 0,
        association: national.one(db).await.expect("reads").expect("is there").id,
        tier: "national".to_owned(),
        act: "approve".to_owned(),
        side: "current".to_owned(),
    };
    application_step::ActiveModel::from(step).reset_all().insert(db).await.expect("writes");
    let row = membership_application::Model {
        application: id,
        target_tier: String::new(),
        association: None,
        leaving_scope: "national".to_owned(),
        cause: "own".to_owned(),
        categories: "{}".to_owned(),
        effective_on: Some(app.clock.now().date_naive()),
        workplace: String::new(),
        changes: "{}".to_owned(),
        proposed_until: None,
    };
    membership_application::ActiveModel::from(row).reset_all().insert(db).await.expect("writes");
    id
}

/// A pair that waits, and a merging that stands.
async fn keep_pair(app: &App, yoshida: Uuid) -> (Uuid, Uuid) {
    let db = app.db.write();
    let login = account::Column::LoginId.eq("mori");
    let other = account::Entity::find().filter(login).one(db).await.expect("reads").expect("is there");
    let other = other.physician.expect("a physician");
    let pair = duplicate::Model {
        id: Uuid::now_v7(),
        first: yoshida.min(other),
        second: yoshida.max(other),
        score: 80,
        signs: r#"["reading"]"#.to_owned(),
        state: "open".to_owned(),
        reason: String::new(),
        decided_by: String::new(),
        decided_at: None,
        created_at: app.clock.now(),
        version: 1,
    };
    let merge = physician_merge::Model {
        id: Uuid::now_v7(),
        duplicate: pair.id,
        kept: yoshida,
        merged: other,
        fields: r#"{"kept":{},"merged":{}}"#.to_owned(),
        moved: "{}".to_owned(),
        stayed: "{}".to_owned(),
        accounts: "[]".to_owned(),
        reason: String::new(),
        by_name: String::new(),
        created_at: app.clock.now(),
        undone_at: None,
        undone_by: String::new(),
        undone_reason: String::new(),
    };
    let ids = (pair.id, merge.id);
    duplicate::ActiveModel::from(pair).reset_all().insert(db).await.expect("writes");
    physician_merge::ActiveModel::from(merge).reset_all().insert(db).await.expect("writes");
    ids
}

async fn keep_attachment(app: &App, physician: Uuid, application: Uuid, account: Uuid) -> Uuid {
    let id = Uuid::now_v7();
    let row = attachment::Model {
        id,
        physician: Some(physician),
        application: Some(application),
        training: None,
        notice: None,
        kind: "licence".to_owned(),
        file_name: "医師免許証.png".to_owned(),
        file_key: format!("attachment/{id}"),
        media_type: "image/png".to_owned(),
        size: 3,
        sha256: String::new(),
        uploaded_by: account,
        created_at: app.clock.now(),
    };
    app.files.put(&row.file_key, b"png".to_vec()).await.expect("keeps");
    attachment::ActiveModel::from(row).reset_all().insert(app.db.write()).await.expect("writes");
    id
}

async fn keep_document(app: &App, physician: Uuid) -> Uuid {
    let id = Uuid::now_v7();
    let row = document::Model {
        id,
        kind: "certificate".to_owned(),
        number: "C2026-000001".to_owned(),
        physician: Some(physician),
        certification: None,
        issuer: Uuid::nil(),
        association: None,
        batch: None,
        training: None,
        verification_code: None,
        data: "{}".to_owned(),
        template_version: "1".to_owned(),
        file_key: Some(format!("document/{id}")),
        sha256: None,
        issued_on: app.clock.now().date_naive(),
        issued_by: None,
        reissue_of: None,
        revoked_at: None,
        created_at: app.clock.now(),
    };
    app.files.put(&format!("document/{id}"), b"%PDF-".to_vec()).await.expect("keeps");
    document::ActiveModel::from(row).reset_all().insert(app.db.write()).await.expect("writes");
    id
}

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
