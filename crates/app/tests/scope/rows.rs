//! What the scopes are read against: the named world with the rows it lacks, and facts made of it once.

use chrono::{Days, NaiveDate};
use mamis_app::{App, testing};
use mamis_rules::access::application::Kind;
use mamis_rules::access::{self, Duty};
use mamis_rules::association::{Host, Prefecture, Tier};
use mamis_rules::base::{AssociationId, Day};
use mamis_schema as schema;
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The tables, and people as the rules ask about them.
pub(super) struct Rows {
    pub(super) today: Day,
    pub(super) associations: BTreeMap<Uuid, schema::association::Model>,
    pub(super) organizers: BTreeMap<Uuid, schema::organizer::Model>,
    pub(super) people: BTreeMap<Uuid, Person>,
    pub(super) trainings: BTreeMap<Uuid, schema::training::Model>,
    pub(super) signups: Vec<schema::signup::Model>,
    pub(super) attendances: Vec<schema::attendance::Model>,
    pub(super) applications: Vec<schema::application::Model>,
    /// By application, in order.
    pub(super) routes: BTreeMap<Uuid, Vec<AssociationId>>,
    pub(super) certifications: Vec<schema::certification::Model>,
    pub(super) batches: Vec<schema::batch::Model>,
    pub(super) bulk_changes: Vec<schema::bulk_change::Model>,
    pub(super) organizer_registrations: Vec<schema::organizer_registration::Model>,
    pub(super) documents: Vec<schema::document::Model>,
    pub(super) duties: Vec<schema::duty::Model>,
    /// By association: itself and those above.
    pub(super) above: BTreeMap<Uuid, Vec<AssociationId>>,
    pub(super) searches: Vec<schema::saved_search::Model>,
    pub(super) registrations: Vec<schema::registration::Model>,
    pub(super) runs: Vec<schema::credential_run::Model>,
    pub(super) notices: BTreeMap<Uuid, schema::notice::Model>,
    /// Letters that go by post.
    pub(super) letters: Vec<schema::outbox::Model>,
}

/// A physician today.
#[derive(Clone, Debug, Default)]
pub(super) struct Person {
    pub(super) belongs_at_or_below: Vec<AssociationId>,
    pub(super) belongs_within: Vec<Prefecture>,
    pub(super) works_within: Vec<Prefecture>,
    pub(super) applies_to: Vec<AssociationId>,
    pub(super) linked_to: Vec<AssociationId>,
    /// The prefectural association of a non-member's workplace.
    pub(super) desk: Option<AssociationId>,
    pub(super) municipal: Vec<AssociationId>,
    pub(super) districts: Vec<AssociationId>,
    pub(super) mainly_works_in: Vec<Prefecture>,
}

pub(super) async fn all<E: EntityTrait>(app: &App) -> Vec<E::Model> {
    E::find().all(app.db.read()).await.expect("reads")
}

impl Rows {
    pub(super) async fn load(app: &App) -> Self {
        let associations = all::<schema::association::Entity>(app).await;
        let organizers = all::<schema::organizer::Entity>(app).await;
        let trainings = all::<schema::training::Entity>(app).await;
        let mut steps = all::<schema::application_step::Entity>(app).await;
        steps.sort_by_key(|step| step.position);
        let mut routes: BTreeMap<Uuid, Vec<AssociationId>> = BTreeMap::new();
        for step in steps {
            routes.entry(step.application).or_default().push(step.association.into());
        }
        let mut rows = Self {
            today: Day::of(testing::now()),
            associations: associations.into_iter().map(|row| (row.id, row)).collect(),
            organizers: organizers.into_iter().map(|row| (row.id, row)).collect(),
            people: BTreeMap::new(),
            trainings: trainings.into_iter().map(|row| (row.id, row)).collect(),
            signups: all::<schema::signup::Entity>(app).await,
            attendances: all::<schema::attendance::Entity>(app).await,
            applications: all::<schema::application::Entity>(app).await,
            routes,
            certifications: all::<schema::certification::Entity>(app).await,
            batches: all::<schema::batch::Entity>(app).await,
            bulk_changes: all::<schema::bulk_change::Entity>(app).await,
            organizer_registrations: all::<schema::organizer_registration::Entity>(app).await,
            documents: all::<schema::document::Entity>(app).await,
            duties: all::<schema::duty::Entity>(app).await,
            above: BTreeMap::new(),
            searches: all::<schema::saved_search::Entity>(app).await,
            registrations: all::<schema::registration::Entity>(app).await,
            runs: all::<schema::credential_run::Entity>(app).await,
            notices: all::<schema::notice::Entity>(app).await.into_iter().map(|row| (row.id, row)).collect(),
            letters: all::<schema::outbox::Entity>(app).await,
        };
        rows.letters.retain(|row| row.channel == "post");
        for row in all::<schema::association_ancestor::Entity>(app).await {
            rows.above.entry(row.association).or_default().push(row.ancestor.into());
        }
        rows.people = rows.people(app).await;
        rows
    }

    async fn people(&self, app: &App) -> BTreeMap<Uuid, Person> {
        let everybody = all::<schema::physician::Entity>(app).await;
        let mut people: BTreeMap<Uuid, Person> =
            everybody.into_iter().map(|row| (row.id, Person::default())).collect();
        for row in all::<schema::membership::Entity>(app).await {
            if self.runs(row.valid_from, row.valid_until) {
                let person = people.get_mut(&row.physician).expect("a member");
                person.belongs_at_or_below.extend(&self.above[&row.association]);
                match row.tier.as_str() {
                    "municipal" => person.municipal.push(row.association.into()),
                    "district" => person.districts.push(row.association.into()),
                    _ => {}
                }
                person
                    .belongs_within
                    .extend(self.associations[&row.association].prefecture.and_then(Prefecture::stored));
            }
        }
        for row in all::<schema::workplace::Entity>(app).await {
            if self.runs(row.valid_from, row.valid_until) {
                let person = people.get_mut(&row.physician).expect("somebody who works");
                person.works_within.extend(Prefecture::stored(row.prefecture));
                person.mainly_works_in.extend(Prefecture::stored(row.prefecture).filter(|_| row.main));
                if person.belongs_at_or_below.is_empty() {
                    person.desk = self.prefectural(row.prefecture);
                }
            }
        }
        for row in all::<schema::physician_link::Entity>(app).await {
            people.get_mut(&row.physician).expect("linked").linked_to.push(row.association.into());
        }
        let under_way = |row: &&schema::application::Model| {
            row.submitted_at.is_some() && !mamis_rules::flow::any::is_finished(&row.state)
        };
        for row in self.applications.iter().filter(under_way) {
            people.get_mut(&row.physician).expect("an applicant").applies_to.extend(self.route(row.id));
        }
        people
    }

    fn runs(&self, from: NaiveDate, until: Option<NaiveDate>) -> bool {
        from <= self.today.date() && until.is_none_or(|until| until >= self.today.date())
    }

    fn prefectural(&self, code: i32) -> Option<AssociationId> {
        let there = |row: &&schema::association::Model| {
            row.tier == Tier::Prefectural.name() && row.prefecture == Some(code)
        };
        self.associations.values().find(there).map(|row| row.id.into())
    }

    pub(super) fn route(&self, application: Uuid) -> Vec<AssociationId> {
        self.routes.get(&application).cloned().unwrap_or_default()
    }

    pub(super) fn host(&self, training: Uuid) -> Host {
        let training = &self.trainings[&training];
        match (training.host_association, training.host_organizer) {
            (Some(id), _) => Host::Association(id.into()),
            (None, Some(id)) => Host::Organizer(id.into()),
            (None, None) => panic!("training {} has no host", training.number),
        }
    }

    pub(super) fn association(&self, code: &str) -> &schema::association::Model {
        self.associations.values().find(|row| row.code == code).expect("an association with this code")
    }
}

/// Writes the rows that the named world lacks, so that each kind of fact decides about some row alone.
pub(super) async fn widen(app: &App) -> Vec<Uuid> {
    let rows = Rows::load(app).await;
    let wide = Wide { app, rows: &rows };
    let visitor = wide.person("訪問").await;
    let stranger = wide.person("他郷").await;
    let leaver = wide.person("退会").await;
    wide.homes(visitor, stranger, leaver).await;
    wide.seats(visitor).await;
    wide.applications(visitor).await;
    wide.batches().await;
    wide.documents(stranger).await;
    let districted = wide.person("地区").await;
    wide.member(districted, "141101", rows.today.date() - Days::new(3_000), None).await;
    super::letters::write(app).await;
    searches(app).await;
    super::accounts::registrations(app, &rows, visitor).await;
    super::accounts::runs(app, &rows).await;
    super::bulk::bulk_changes(app).await;
    super::bulk::registrations(app).await;
    testing::people_written(app).await;
    vec![visitor, stranger, leaver, districted]
}

/// Searches that an officer of 藤沢市 and one of 神奈川県 keep, one each for themselves and one for the office.
async fn searches(app: &App) {
    use schema::account::Column;
    for login in ["fujisawa-cert", "kanagawa-cert"] {
        let keeper =
            schema::account::Entity::find().filter(Column::LoginId.eq(login)).one(app.db.read()).await;
        let keeper = keeper.expect("reads").expect("is there");
        let duty = schema::duty::Entity::find()
            .filter(schema::duty::Column::Officer.eq(keeper.officer))
            .one(app.db.read())
            .await
            .expect("reads")
            .expect("has a duty");
        for association in [None, duty.association] {
            let row = schema::saved_search::Model {
                id: Uuid::now_v7(),
                account: keeper.id,
                association,
                name: login.to_owned(),
                query: "q=".to_owned(),
                created_at: testing::now(),
            };
            let row = row.into_active_model().reset_all();
            row.insert(app.db.write()).await.expect("writes");
        }
    }
}

struct Wide<'a> {
    app: &'a App,
    rows: &'a Rows,
}

impl Wide<'_> {
    async fn write<M, A>(&self, row: M)
    where
        M: IntoActiveModel<A>,
        A: ActiveModelTrait + ActiveModelBehavior + Send,
        <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
    {
        row.into_active_model().reset_all().insert(self.app.db.write()).await.expect("writes");
    }

    fn body(&self, code: &str) -> Uuid {
        self.rows.association(code).id
    }

    async fn person(&self, given_name: &str) -> Uuid {
        let like = all::<schema::physician::Entity>(self.app).await.into_iter().next().expect("a physician");
        let id = Uuid::now_v7();
        self.write(schema::physician::Model {
            id,
            given_name: given_name.to_owned(),
            registry_number: None,
            national_member_id: None,
            ..like
        })
        .await;
        id
    }

    async fn member(&self, physician: Uuid, code: &str, from: NaiveDate, until: Option<NaiveDate>) {
        let body = self.rows.association(code);
        self.write(schema::membership::Model {
            id: Uuid::now_v7(),
            physician,
            association: body.id,
            tier: body.tier.clone(),
            category: "a1".to_owned(),
            valid_from: from,
            valid_until: until,
            created_at: testing::now(),
            cause: String::new(),
            opened_by: None,
            closed_by: None,
        })
        .await;
    }

    async fn works(&self, physician: Uuid, prefecture: i32, from: NaiveDate, until: Option<NaiveDate>) {
        self.write(schema::workplace::Model {
            id: Uuid::now_v7(),
            physician,
            name: "診療所".to_owned(),
            postal_code: None,
            address: None,
            prefecture,
            main: false,
            valid_from: from,
            valid_until: until,
            created_at: testing::now(),
        })
        .await;
    }

    /// The visitor belongs to one prefecture, works in another, is linked to a third and was, or will be,
    /// elsewhere; the stranger only works; the leaver leaves and begins today.
    async fn homes(&self, visitor: Uuid, stranger: Uuid, leaver: Uuid) {
        let today = self.rows.today.date();
        let (before, after) = (today - Days::new(1), today + Days::new(1));
        let long_ago = today - Days::new(3_000);
        self.member(visitor, "142051", long_ago, None).await;
        self.member(visitor, "23", long_ago, Some(before)).await;
        self.member(visitor, "40", after, None).await;
        self.works(visitor, 27, long_ago, None).await;
        self.works(visitor, 1, long_ago, Some(before)).await;
        self.works(visitor, 28, after, None).await;
        self.works(stranger, 2, long_ago, None).await;
        self.member(leaver, "03", long_ago, Some(today)).await;
        self.works(leaver, 4, today, None).await;
        self.write(schema::physician_link::Model {
            id: Uuid::now_v7(),
            physician: visitor,
            association: self.body("11"),
            reason: "attended".to_owned(),
            created_at: testing::now(),
        })
        .await;
        let like = self.rows.certifications.first().expect("a certification").clone();
        self.write(schema::certification::Model {
            id: Uuid::now_v7(),
            number: "W-1".to_owned(),
            physician: visitor,
            previous: None,
            application: None,
            ..like
        })
        .await;
    }

    /// The visitor's seats at trainings of the national association and of another prefecture.
    async fn seats(&self, physician: Uuid) {
        for (code, prefecture) in [("00", None), ("13", Some(13))] {
            let like = self.rows.trainings.values().find(|row| row.state == "approved").expect("approved");
            let training = Uuid::now_v7();
            self.write(schema::training::Model {
                id: training,
                number: format!("W-{code}"),
                host_association: Some(self.body(code)),
                host_organizer: None,
                host_prefecture: prefecture,
                flyer: None,
                ..like.clone()
            })
            .await;
            let like = self.rows.signups.first().expect("a signup").clone();
            self.write(schema::signup::Model { id: Uuid::now_v7(), training, physician, ..like }).await;
            let like = self.rows.attendances.first().expect("an attendance").clone();
            self.write(schema::attendance::Model { id: Uuid::now_v7(), training, physician, ..like }).await;
        }
    }

    /// An application of each duty, one that goes elsewhere, and one that has a route but was never submitted.
    async fn applications(&self, physician: Uuid) {
        let (near, far) = (["142051", "14", "00"].as_slice(), ["12", "00"].as_slice());
        for duty in Duty::ALL {
            if let Some(kind) = Kind::of(*duty).first() {
                self.application(physician, *kind, near, Some(testing::now())).await;
            }
        }
        self.application(physician, Kind::Certification, far, Some(testing::now())).await;
        self.application(physician, Kind::Certification, near, None).await;
    }

    async fn application(
        &self,
        physician: Uuid,
        kind: Kind,
        route: &[&str],
        submitted_at: Option<chrono::DateTime<chrono::Utc>>,
    ) {
        let id = Uuid::now_v7();
        let like = self.rows.applications.first().expect("an application").clone();
        self.write(schema::application::Model {
            id,
            number: None,
            kind: kind.name().to_owned(),
            physician,
            certification: None,
            submitted_at,
            ..like
        })
        .await;
        for (position, code) in (0..).zip(route) {
            let body = self.rows.association(code);
            self.write(schema::application_step::Model {
                application: id,
                position,
                association: body.id,
                tier: body.tier.clone(),
                act: "examine".to_owned(),
                side: "current".to_owned(),
            })
            .await;
        }
    }

    /// A batch of each duty that went up one tier.
    async fn batches(&self) {
        for duty in Duty::ALL {
            let Some(kind) = Kind::of(*duty).first() else { continue };
            let like = self.rows.batches.first().expect("a batch").clone();
            self.write(schema::batch::Model {
                id: Uuid::now_v7(),
                number: format!("W-{duty}"),
                association: self.body("142051"),
                submitted_to: Some(self.body("14")),
                kind: kind.name().to_owned(),
                ..like
            })
            .await;
        }
    }

    /// A document of each duty from one office to the next about somebody who belongs to neither, and papers
    /// about a member.
    async fn documents(&self, stranger: Uuid) {
        use access::document::Kind;
        let (fujisawa, kanagawa) = (self.body("142051"), self.body("14"));
        for duty in Duty::ALL {
            if let Some(kind) = Kind::of(*duty).first() {
                self.document(*kind, stranger, fujisawa, Some(kanagawa)).await;
            }
        }
        let accounts = all::<schema::account::Entity>(self.app).await;
        let sato = accounts.iter().find(|row| row.login_id == "sato").and_then(|row| row.physician);
        let sato = sato.expect("in the named world");
        self.document(Kind::Certificate, sato, self.body("00"), None).await;
        self.document(Kind::ProvisionalCredentials, sato, fujisawa, None).await;
        for organizer in self.rows.organizers.keys() {
            self.document(Kind::AttendanceCertificate, stranger, *organizer, None).await;
        }
    }

    async fn document(
        &self,
        kind: access::document::Kind,
        physician: Uuid,
        issuer: Uuid,
        association: Option<Uuid>,
    ) {
        let id = Uuid::now_v7();
        self.write(schema::document::Model {
            id,
            kind: kind.name().to_owned(),
            number: format!("W-{id}"),
            physician: Some(physician),
            certification: None,
            issuer,
            association,
            batch: None,
            training: None,
            verification_code: None,
            data: "{}".to_owned(),
            template_version: "1".to_owned(),
            file_key: None,
            sha256: None,
            issued_on: self.rows.today.date(),
            issued_by: None,
            reissue_of: None,
            revoked_at: None,
            created_at: testing::now(),
        })
        .await;
    }
}
