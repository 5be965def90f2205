//! Every noun with a scope: its facts from the rows, and how the database reads it.

use super::rows::Rows;
use mamis_app::App;
use mamis_app::db::scope;
use mamis_rules::access::{self, Actor, Depth, Scope};
use mamis_rules::association::{Host, Prefecture};
use mamis_rules::base::PhysicianId;
use mamis_schema as schema;
use sea_orm::{ColumnTrait, Condition, EntityTrait, JoinType, QueryFilter, QuerySelect, RelationDef, Select};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use uuid::Uuid;

/// A noun and its two readers.
pub(super) trait Noun {
    /// What a scope can ask.
    type Fact: Clone + Debug + PartialEq;
    /// What is known about a row.
    type Facts;
    /// For messages.
    const NAME: &'static str;
    /// The kinds of facts that the scopes of all actors are made of; a new one joins this list.
    const KINDS: &'static [&'static str];
    /// Those of them that no row of the table can have, so that nobody misses them.
    const NEVER: &'static [&'static str] = &[];

    /// The scopes that actions and lists ask for.
    fn scopes(actor: &Actor) -> Vec<Scope<Self::Fact>>;
    /// Every row.
    fn facts(rows: &Rows) -> BTreeMap<Uuid, Self::Facts>;
    /// The reader in memory.
    fn has(facts: &Self::Facts, fact: &Self::Fact) -> bool;
    /// The reader in the database.
    async fn read(app: &App, rows: &Rows, scope: &Scope<Self::Fact>) -> BTreeSet<Uuid>;
}

pub(super) async fn ids<E: EntityTrait>(
    app: &App,
    select: Select<E>,
    key: E::Column,
    condition: Condition,
) -> BTreeSet<Uuid> {
    let select = select.filter(condition).select_only().column(key);
    select.into_tuple::<Uuid>().all(app.db.read()).await.expect("reads").into_iter().collect()
}

pub(super) struct Training;

impl Noun for Training {
    type Fact = access::training::Fact;
    type Facts = access::training::Facts;
    const NAME: &'static str = "training";
    const KINDS: &'static [&'static str] =
        &["HostWithinPrefecture", "HostedByAssociation", "HostedByOrganizer", "SignedUpBy", "StateIn"];

    fn scopes(actor: &Actor) -> Vec<Scope<Self::Fact>> {
        vec![access::training::visible_to(actor)]
    }

    fn facts(rows: &Rows) -> BTreeMap<Uuid, Self::Facts> {
        let mut signed_up: BTreeMap<Uuid, Vec<PhysicianId>> = BTreeMap::new();
        for signup in &rows.signups {
            signed_up.entry(signup.training).or_default().push(signup.physician.into());
        }
        let facts = |row: &schema::training::Model| access::training::Facts {
            state: row.state.parse().expect("a state"),
            host: rows.host(row.id),
            host_prefecture: row.host_prefecture.and_then(Prefecture::stored),
            pending: row.desk.map(Into::into),
            signed_up: signed_up.get(&row.id).cloned().unwrap_or_default(),
        };
        rows.trainings.values().map(|row| (row.id, facts(row))).collect()
    }

    fn has(facts: &Self::Facts, fact: &Self::Fact) -> bool {
        facts.has(fact)
    }

    async fn read(app: &App, _: &Rows, scope: &Scope<Self::Fact>) -> BTreeSet<Uuid> {
        use schema::training::{Column, Entity};
        ids(app, Entity::find(), Column::Id, scope::trainings(scope)).await
    }
}

/// What signups and attendances have in common: their training and their physician.
fn at_training(rows: &Rows, training: Uuid, physician: Uuid) -> access::attendance::Facts {
    let person = &rows.people[&physician];
    access::attendance::Facts {
        host: rows.host(training),
        host_prefecture: rows.trainings[&training].host_prefecture.and_then(Prefecture::stored),
        physician: Some(physician.into()),
        belongs_within: person.belongs_within.clone(),
        works_within: person.works_within.clone(),
    }
}

const AT_TRAINING: &[&str] = &[
    "HostWithinPrefecture",
    "OfTrainingHostedByAssociation",
    "OfTrainingHostedByOrganizer",
    "Own",
    "PhysicianBelongsWithin",
    "WorkplaceWithin",
];

pub(super) struct Signup;

impl Noun for Signup {
    type Fact = access::attendance::Fact;
    type Facts = access::attendance::Facts;
    const NAME: &'static str = "signup";
    const KINDS: &'static [&'static str] = AT_TRAINING;

    fn scopes(actor: &Actor) -> Vec<Scope<Self::Fact>> {
        vec![access::attendance::visible_to(actor)]
    }

    fn facts(rows: &Rows) -> BTreeMap<Uuid, Self::Facts> {
        rows.signups.iter().map(|row| (row.id, at_training(rows, row.training, row.physician))).collect()
    }

    fn has(facts: &Self::Facts, fact: &Self::Fact) -> bool {
        facts.has(fact)
    }

    async fn read(app: &App, rows: &Rows, scope: &Scope<Self::Fact>) -> BTreeSet<Uuid> {
        use schema::signup::{Column, Entity};
        use schema::training;
        let training: RelationDef =
            Entity::belongs_to(training::Entity).from(Column::Training).to(training::Column::Id).into();
        let condition = scope::attendances(scope, rows.today, (Entity, Column::Physician));
        ids(app, Entity::find().join(JoinType::InnerJoin, training), Column::Id, condition).await
    }
}

pub(super) struct Attendance;

impl Noun for Attendance {
    type Fact = access::attendance::Fact;
    type Facts = access::attendance::Facts;
    const NAME: &'static str = "attendance";
    const KINDS: &'static [&'static str] = AT_TRAINING;

    fn scopes(actor: &Actor) -> Vec<Scope<Self::Fact>> {
        vec![access::attendance::visible_to(actor)]
    }

    fn facts(rows: &Rows) -> BTreeMap<Uuid, Self::Facts> {
        rows.attendances.iter().map(|row| (row.id, at_training(rows, row.training, row.physician))).collect()
    }

    fn has(facts: &Self::Facts, fact: &Self::Fact) -> bool {
        facts.has(fact)
    }

    async fn read(app: &App, rows: &Rows, scope: &Scope<Self::Fact>) -> BTreeSet<Uuid> {
        use schema::attendance::{Column, Entity};
        use schema::training;
        let training: RelationDef =
            Entity::belongs_to(training::Entity).from(Column::Training).to(training::Column::Id).into();
        let condition = scope::attendances(scope, rows.today, (Entity, Column::Physician));
        ids(app, Entity::find().join(JoinType::InnerJoin, training), Column::Id, condition).await
    }
}

pub(super) struct Physician;

impl Noun for Physician {
    type Fact = access::physician::Fact;
    type Facts = access::physician::Facts;
    const NAME: &'static str = "physician";
    const KINDS: &'static [&'static str] =
        &["AppliesTo", "BelongsAtOrBelow", "LinkedTo", "NonMemberWorkingIn", "Own"];

    fn scopes(actor: &Actor) -> Vec<Scope<Self::Fact>> {
        Depth::ALL.iter().map(|depth| access::physician::visible_at(actor, *depth)).collect()
    }

    fn facts(rows: &Rows) -> BTreeMap<Uuid, Self::Facts> {
        let facts = |id: Uuid| {
            let person = &rows.people[&id];
            access::physician::Facts {
                physician: id.into(),
                belongs_at_or_below: person.belongs_at_or_below.clone(),
                applies_to: person.applies_to.clone(),
                linked_to: person.linked_to.clone(),
                works_within: person.works_within.clone(),
                desk: person.desk,
            }
        };
        rows.people.keys().map(|id| (*id, facts(*id))).collect()
    }

    fn has(facts: &Self::Facts, fact: &Self::Fact) -> bool {
        facts.has(fact)
    }

    async fn read(app: &App, rows: &Rows, scope: &Scope<Self::Fact>) -> BTreeSet<Uuid> {
        use schema::physician::{Column, Entity};
        let read = ids(app, Entity::find(), Column::Id, scope::physicians(scope, rows.today)).await;
        // The search asks the same in two other forms.
        let singly = ids(app, Entity::find(), Column::Id, scope::physicians_singly(scope, rows.today)).await;
        assert_eq!(singly, read, "row by row: {scope:?}");
        if let Some(list) = scope::physician_ids(scope, rows.today) {
            let listed = Condition::all().add(Column::Id.in_subquery(list));
            assert_eq!(ids(app, Entity::find(), Column::Id, listed).await, read, "as a list: {scope:?}");
        }
        read
    }
}

pub(super) struct SavedSearch;

impl Noun for SavedSearch {
    type Fact = access::saved_search::Fact;
    type Facts = access::saved_search::Facts;
    const NAME: &'static str = "saved_search";
    const KINDS: &'static [&'static str] = &["KeptBy", "SharedIn"];

    fn scopes(actor: &Actor) -> Vec<Scope<Self::Fact>> {
        vec![access::saved_search::visible_to(actor)]
    }

    fn facts(rows: &Rows) -> BTreeMap<Uuid, Self::Facts> {
        let facts = |row: &schema::saved_search::Model| access::saved_search::Facts {
            kept_by: row.account.into(),
            shared_in: row.association.map(Into::into),
        };
        rows.searches.iter().map(|row| (row.id, facts(row))).collect()
    }

    fn has(facts: &Self::Facts, fact: &Self::Fact) -> bool {
        facts.has(fact)
    }

    async fn read(app: &App, _: &Rows, scope: &Scope<Self::Fact>) -> BTreeSet<Uuid> {
        use schema::saved_search::{Column, Entity};
        ids(app, Entity::find(), Column::Id, scope::saved_searches(scope)).await
    }
}

/// Read on the associations whose periods and heads they are.
pub(super) struct Membership;

impl Noun for Membership {
    type Fact = access::membership::Fact;
    type Facts = access::membership::Facts;
    const NAME: &'static str = "membership";
    const KINDS: &'static [&'static str] = &["AtOrBelow"];

    fn scopes(actor: &Actor) -> Vec<Scope<Self::Fact>> {
        vec![access::membership::visible_to(actor), access::membership::counts_visible_to(actor)]
    }

    fn facts(rows: &Rows) -> BTreeMap<Uuid, Self::Facts> {
        let facts = |above: &Vec<_>| access::membership::Facts { at_or_below: above.clone() };
        rows.above.iter().map(|(id, above)| (*id, facts(above))).collect()
    }

    fn has(facts: &Self::Facts, fact: &Self::Fact) -> bool {
        facts.has(fact)
    }

    async fn read(app: &App, _: &Rows, scope: &Scope<Self::Fact>) -> BTreeSet<Uuid> {
        use schema::association::{Column, Entity};
        ids(app, Entity::find(), Column::Id, scope::periods(scope, (Entity, Column::Id))).await
    }
}

pub(super) struct Application;

impl Noun for Application {
    type Fact = access::application::Fact;
    type Facts = access::application::Facts;
    const NAME: &'static str = "application";
    const KINDS: &'static [&'static str] =
        &["AppliedBy", "FiledByAssociation", "FiledByOrganizer", "KindIn", "OnRouteOf", "Submitted"];
    // Hosts file on the training's own row.
    const NEVER: &'static [&'static str] = &["FiledByAssociation", "FiledByOrganizer"];

    fn scopes(actor: &Actor) -> Vec<Scope<Self::Fact>> {
        vec![access::application::visible_to(actor)]
    }

    fn facts(rows: &Rows) -> BTreeMap<Uuid, Self::Facts> {
        let facts = |row: &schema::application::Model| access::application::Facts {
            kind: row.kind.parse().expect("a kind"),
            applicant: Some(row.physician.into()),
            filed_by: None,
            route: rows.route(row.id),
            pending: row.desk.map(Into::into),
            submitted: row.submitted_at.is_some(),
        };
        rows.applications.iter().map(|row| (row.id, facts(row))).collect()
    }

    fn has(facts: &Self::Facts, fact: &Self::Fact) -> bool {
        facts.has(fact)
    }

    async fn read(app: &App, _: &Rows, scope: &Scope<Self::Fact>) -> BTreeSet<Uuid> {
        use schema::application::{Column, Entity};
        ids(app, Entity::find(), Column::Id, scope::applications(scope)).await
    }
}

pub(super) struct Certification;

impl Noun for Certification {
    type Fact = access::certification::Fact;
    type Facts = access::certification::Facts;
    const NAME: &'static str = "certification";
    const KINDS: &'static [&'static str] = &["HolderBelongsAtOrBelow", "HolderWorksIn", "Own"];

    fn scopes(actor: &Actor) -> Vec<Scope<Self::Fact>> {
        vec![access::certification::visible_to(actor)]
    }

    fn facts(rows: &Rows) -> BTreeMap<Uuid, Self::Facts> {
        let facts = |row: &schema::certification::Model| {
            let person = &rows.people[&row.physician];
            access::certification::Facts {
                holder: row.physician.into(),
                belongs_at_or_below: person.belongs_at_or_below.clone(),
                works_within: person.works_within.clone(),
            }
        };
        rows.certifications.iter().map(|row| (row.id, facts(row))).collect()
    }

    fn has(facts: &Self::Facts, fact: &Self::Fact) -> bool {
        facts.has(fact)
    }

    async fn read(app: &App, rows: &Rows, scope: &Scope<Self::Fact>) -> BTreeSet<Uuid> {
        use schema::certification::{Column, Entity};
        ids(app, Entity::find(), Column::Id, scope::certifications(scope, rows.today)).await
    }
}

pub(super) struct Batch;

impl Noun for Batch {
    type Fact = access::batch::Fact;
    type Facts = access::batch::Facts;
    const NAME: &'static str = "batch";
    const KINDS: &'static [&'static str] = &["HeldBy", "KindIn", "SubmittedTo"];

    fn scopes(actor: &Actor) -> Vec<Scope<Self::Fact>> {
        vec![access::batch::visible_to(actor)]
    }

    fn facts(rows: &Rows) -> BTreeMap<Uuid, Self::Facts> {
        let facts = |row: &schema::batch::Model| access::batch::Facts {
            kind: row.kind.parse().expect("a kind"),
            held_by: row.association.into(),
            submitted_to: row.submitted_to.map(Into::into),
        };
        rows.batches.iter().map(|row| (row.id, facts(row))).collect()
    }

    fn has(facts: &Self::Facts, fact: &Self::Fact) -> bool {
        facts.has(fact)
    }

    async fn read(app: &App, _: &Rows, scope: &Scope<Self::Fact>) -> BTreeSet<Uuid> {
        use schema::batch::{Column, Entity};
        ids(app, Entity::find(), Column::Id, scope::batches(scope)).await
    }
}

pub(super) struct Document;

impl Noun for Document {
    type Fact = access::document::Fact;
    type Facts = access::document::Facts;
    const NAME: &'static str = "document";
    const KINDS: &'static [&'static str] =
        &["AddressedTo", "IssuedBy", "IssuedByOrganizer", "KindIn", "Own", "SubjectBelongsAtOrBelow"];

    fn scopes(actor: &Actor) -> Vec<Scope<Self::Fact>> {
        vec![access::document::visible_to(actor)]
    }

    fn facts(rows: &Rows) -> BTreeMap<Uuid, Self::Facts> {
        let issuer = |id: Uuid| {
            if rows.organizers.contains_key(&id) {
                Host::Organizer(id.into())
            } else {
                Host::Association(id.into())
            }
        };
        let facts = |row: &schema::document::Model| access::document::Facts {
            kind: row.kind.parse().expect("a kind"),
            subject: row.physician.map(Into::into),
            subject_belongs_at_or_below: row
                .physician
                .map(|id| rows.people[&id].belongs_at_or_below.clone())
                .unwrap_or_default(),
            issued_by: issuer(row.issuer),
            addressed_to: row.association.map(Into::into),
        };
        rows.documents.iter().map(|row| (row.id, facts(row))).collect()
    }

    fn has(facts: &Self::Facts, fact: &Self::Fact) -> bool {
        facts.has(fact)
    }

    async fn read(app: &App, rows: &Rows, scope: &Scope<Self::Fact>) -> BTreeSet<Uuid> {
        use schema::document::{Column, Entity};
        ids(app, Entity::find(), Column::Id, scope::documents(scope, rows.today)).await
    }
}

pub(super) struct Officer;

impl Noun for Officer {
    type Fact = access::officer::Fact;
    type Facts = access::officer::Facts;
    const NAME: &'static str = "officer";
    const KINDS: &'static [&'static str] = &["DutyAtOrBelow", "DutyAtOrganizer", "Own"];

    fn scopes(actor: &Actor) -> Vec<Scope<Self::Fact>> {
        vec![access::officer::visible_to(actor)]
    }

    fn facts(rows: &Rows) -> BTreeMap<Uuid, Self::Facts> {
        let mut works_for: BTreeMap<Uuid, Vec<access::officer::WorksFor>> = BTreeMap::new();
        for duty in &rows.duties {
            let at = match (duty.association, duty.organizer) {
                (Some(id), _) => Host::Association(id.into()),
                (None, id) => Host::Organizer(id.expect("an organizer").into()),
            };
            let above = duty.association.map(|id| rows.above[&id].clone()).unwrap_or_default();
            works_for.entry(duty.officer).or_default().push(access::officer::WorksFor { at, above });
        }
        let facts = |(id, works_for): (Uuid, Vec<access::officer::WorksFor>)| {
            (id, access::officer::Facts { officer: id.into(), works_for })
        };
        works_for.into_iter().map(facts).collect()
    }

    fn has(facts: &Self::Facts, fact: &Self::Fact) -> bool {
        facts.has(fact)
    }

    async fn read(app: &App, _: &Rows, scope: &Scope<Self::Fact>) -> BTreeSet<Uuid> {
        use schema::officer::{Column, Entity};
        ids(app, Entity::find(), Column::Id, scope::officers(scope)).await
    }
}
