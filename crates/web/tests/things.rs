//! One of each thing that an address can name, all within reach of the officers of the named world.

use mamis_app::App;
use mamis_schema::{
    account, application, application_step, association, association_import, attachment, batch_item,
    bulk_change, bulk_change_row, certification, document, document_run, duplicate, duty, handover,
    holding_report, invitation, membership_application, organizer_registration, physician_merge, signup,
    training,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

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
    /// 𠮷田 on the waiting list of a coming training of 藤沢市医師会.
    waiting: Uuid,
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
    /// Attendance certificates of 藤沢市医師会, with a file.
    pub(crate) document_run: Uuid,
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
        let training = held_yesterday(app).await;
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
        let organizer = keep_organizer(app).await;
        let bulk_change = keep_bulk_change(app, &held, yoshida, procedure).await;
        Self {
            yoshida,
            application,
            procedure,
            batch,
            organizer,
            import: keep_import(app).await,
            bulk_change,
            document,
            attachment,
            training: training.id,
            reported: report.training,
            attendee: seat.physician,
            seat: seat.id,
            waiting: keep_waiting(app, yoshida).await,
            certification,
            officer,
            duty: held.id,
            association: held.association.expect("an association"),
            handover,
            invitation,
            pair,
            merge,
            registration,
            run: crate::provisional_credential::keep(app).await,
            document_run: keep_document_run(app, training.id, row.id).await,
            notice: crate::notice::keep(app, &held).await,
        }
    }

    /// The address with the ids in it.
    pub(crate) fn address(&self, route: &str) -> String {
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
            Some("document-runs") => self.document_run,
            Some("notices") => self.notice,
            Some("physicians" | "on-behalf") => self.yoshida,
            Some("signups") if !route.contains("/cancellations") => self.waiting,
            Some("signups") => self.seat,
            _ if route.ends_with("/holding-report.pdf") => self.reported,
            _ => self.training,
        };
        let is_run = route.starts_with("/credential-runs") || route.starts_with("/document-runs");
        let document = match is_run {
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

/// A training of 藤沢市医師会 that is over.
async fn held_yesterday(app: &App) -> training::Model {
    training::Entity::find()
        .filter(training::Column::HostName.eq("藤沢市医師会"))
        .filter(training::Column::State.eq("approved"))
        .filter(training::Column::StartsAt.lt(app.clock.now()))
        .one(app.db.read())
        .await
        .expect("reads")
        .expect("held yesterday")
}

/// Somebody on the waiting list of a training that 藤沢市医師会 holds soon.
async fn keep_waiting(app: &App, physician: Uuid) -> Uuid {
    let coming = training::Entity::find()
        .filter(training::Column::HostName.eq("藤沢市医師会"))
        .filter(training::Column::State.eq("approved"))
        .filter(training::Column::StartsAt.gt(app.clock.now() + chrono::TimeDelta::days(2)));
    let coming = coming.one(app.db.read()).await.expect("reads").expect("held soon");
    let row = signup::Model {
        id: Uuid::now_v7(),
        training: coming.id,
        physician,
        state: "waiting".to_owned(),
        order_number: 0,
        starts_at: coming.starts_at,
        ends_at: coming.ends_at,
        created_at: app.clock.now(),
        cancelled_at: None,
        version: 1,
        waiting_number: Some(1),
        priority: 0,
        priority_reason: String::new(),
    };
    let id = row.id;
    signup::ActiveModel::from(row).reset_all().insert(app.db.write()).await.expect("writes");
    id
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

/// Attendance certificates of a training, made for everybody.
async fn keep_document_run(app: &App, training: Uuid, account: Uuid) -> Uuid {
    let row = document_run::Model {
        id: Uuid::now_v7(),
        training,
        state: "ready".to_owned(),
        people: "[]".to_owned(),
        wanted: 0,
        made: 0,
        files: 1,
        problems: "[]".to_owned(),
        by_name: String::new(),
        account,
        created_at: app.clock.now(),
        version: 1,
    };
    let id = row.id;
    app.files.put(&format!("document_run/{id}-1"), b"%PDF-".to_vec()).await.expect("keeps");
    document_run::ActiveModel::from(row).reset_all().insert(app.db.write()).await.expect("writes");
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
