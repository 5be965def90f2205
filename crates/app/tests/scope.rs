//! One rule, two readers: for every actor and every row of the named world, the SQL condition lets
//! through exactly the rows that the rules admit in memory.

use mamis_app::db::scope;
use mamis_app::{App, testing};
use mamis_rules::access::{self, Actor, Duty, DutyHeld, Office, Scope};
use mamis_rules::association::{Host, Prefecture, Tier};
use mamis_rules::base::{AssociationId, Day, PhysicianId};
use mamis_schema as schema;
use sea_orm::sea_query::IntoCondition;
use sea_orm::{ColumnTrait, EntityTrait, PrimaryKeyTrait, QueryFilter, QuerySelect};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

/// The rows of the world that facts are made of.
struct Rows {
    today: Day,
    associations: BTreeMap<Uuid, schema::association::Model>,
    above: BTreeMap<Uuid, Vec<AssociationId>>,
    memberships: Vec<schema::membership::Model>,
    workplaces: Vec<schema::workplace::Model>,
    signups: Vec<schema::signup::Model>,
    trainings: Vec<schema::training::Model>,
    applications: Vec<schema::application::Model>,
    steps: Vec<schema::application_step::Model>,
    links: Vec<schema::physician_link::Model>,
}

async fn all<E: EntityTrait>(app: &App) -> Vec<E::Model> {
    E::find().all(app.db.read()).await.expect("reads")
}

async fn load(app: &App) -> Rows {
    let mut above: BTreeMap<Uuid, Vec<AssociationId>> = BTreeMap::new();
    for row in all::<schema::association_ancestor::Entity>(app).await {
        above.entry(row.association).or_default().push(row.ancestor.into());
    }
    let associations = all::<schema::association::Entity>(app).await;
    Rows {
        today: Day::of(testing::now()),
        associations: associations.into_iter().map(|row| (row.id, row)).collect(),
        above,
        memberships: all::<schema::membership::Entity>(app).await,
        workplaces: all::<schema::workplace::Entity>(app).await,
        signups: all::<schema::signup::Entity>(app).await,
        trainings: all::<schema::training::Entity>(app).await,
        applications: all::<schema::application::Entity>(app).await,
        steps: all::<schema::application_step::Entity>(app).await,
        links: all::<schema::physician_link::Entity>(app).await,
    }
}

fn prefecture(code: Option<i32>) -> Option<Prefecture> {
    code.and_then(|code| Prefecture::new(u8::try_from(code).ok()?).ok())
}

fn host(training: &schema::training::Model) -> Host {
    match (training.host_association, training.host_organizer) {
        (Some(id), _) => Host::Association(id.into()),
        (None, Some(id)) => Host::Organizer(id.into()),
        (None, None) => panic!("training {} has no host", training.number),
    }
}

impl Rows {
    fn runs(&self, from: chrono::NaiveDate, until: Option<chrono::NaiveDate>) -> bool {
        from <= self.today.date() && until.is_none_or(|until| until >= self.today.date())
    }

    fn memberships_of(&self, physician: Uuid) -> impl Iterator<Item = &schema::membership::Model> {
        self.memberships
            .iter()
            .filter(move |row| row.physician == physician && self.runs(row.valid_from, row.valid_until))
    }

    fn belongs_at_or_below(&self, physician: Uuid) -> Vec<AssociationId> {
        self.memberships_of(physician).flat_map(|row| self.above[&row.association].clone()).collect()
    }

    fn belongs_within(&self, physician: Uuid) -> Vec<Prefecture> {
        self.memberships_of(physician)
            .filter_map(|row| prefecture(self.associations[&row.association].prefecture))
            .collect()
    }

    fn works_within(&self, physician: Uuid) -> Vec<Prefecture> {
        self.workplaces
            .iter()
            .filter(|row| row.physician == physician && self.runs(row.valid_from, row.valid_until))
            .filter_map(|row| prefecture(Some(row.prefecture)))
            .collect()
    }

    fn route(&self, application: Uuid) -> Vec<AssociationId> {
        let steps = self.steps.iter().filter(|step| step.application == application);
        steps.map(|step| step.association.into()).collect()
    }
}

/// Every officer of the world with all duties, physicians with something to see, and the edges.
async fn actors(app: &App, rows: &Rows) -> Vec<(String, Actor)> {
    let organizers: BTreeMap<Uuid, schema::organizer::Model> =
        all::<schema::organizer::Entity>(app).await.into_iter().map(|row| (row.id, row)).collect();
    let mut duties: BTreeMap<Uuid, Vec<DutyHeld>> = BTreeMap::new();
    for row in all::<schema::duty::Entity>(app).await {
        let at = match (row.association, row.organizer) {
            (Some(id), _) => Office::Association {
                id: id.into(),
                tier: rows.associations[&id].tier.parse::<Tier>().expect("a tier"),
                prefecture: prefecture(rows.associations[&id].prefecture),
            },
            (None, Some(id)) => Office::Organizer {
                id: id.into(),
                prefecture: prefecture(Some(organizers[&id].prefecture)).expect("a prefecture"),
            },
            (None, None) => panic!("a duty without an office"),
        };
        let duty = row.kind.parse::<Duty>().expect("a duty");
        duties.entry(row.officer).or_default().push(DutyHeld { duty, at });
    }
    let mut actors = vec![("guest".to_owned(), Actor::Guest), ("system".to_owned(), Actor::System)];
    let mut named = BTreeSet::new();
    for account in all::<schema::account::Entity>(app).await {
        let id = account.id.into();
        let actor = match (account.physician, account.officer) {
            (Some(physician), _) => Actor::Physician { account: id, physician: physician.into() },
            (None, Some(officer)) => {
                let duties = duties.remove(&officer).unwrap_or_default();
                Actor::Officer { account: id, officer: officer.into(), duties }
            }
            (None, None) => panic!("account {} belongs to nobody", account.login_id),
        };
        // Officers with the same kind of duties in other prefectures see nothing new: one of a kind is enough.
        if account.physician.is_some() || named.insert(shape(&actor)) || !account.login_id.starts_with('o') {
            actors.push((account.login_id, actor));
        }
    }
    actors.truncate(80);
    actors
}

fn shape(actor: &Actor) -> String {
    actor.duties().iter().map(|held| format!("{}{:?};", held.duty, held.at.tier())).collect()
}

/// Compares the two readers for one noun and one actor.
fn agree<F>(
    noun: &str,
    actor: &str,
    scope: &Scope<F>,
    facts: &BTreeMap<Uuid, impl Fn(&F) -> bool>,
    read: &BTreeSet<Uuid>,
) -> usize {
    let admitted: BTreeSet<Uuid> =
        facts.iter().filter(|(_, has)| scope.admits(|fact| has(fact))).map(|(id, _)| *id).collect();
    assert_eq!(&admitted, read, "{noun} for {actor}: the rules (left) and the database (right) differ");
    admitted.len()
}

async fn ids<E: EntityTrait>(app: &App, key: E::Column, condition: sea_orm::Condition) -> BTreeSet<Uuid>
where
    <E::PrimaryKey as PrimaryKeyTrait>::ValueType: Sized,
{
    let select = E::find().filter(condition).select_only().column(key);
    select.into_tuple::<Uuid>().all(app.db.read()).await.expect("reads").into_iter().collect()
}

#[tokio::test]
async fn both_readers_of_a_scope_agree_on_every_row() {
    testing::each_world(|app: Arc<App>| async move {
        let rows = load(&app).await;
        let actors = actors(&app, &rows).await;
        assert!(actors.len() > 20, "the named world has officers of every kind: {}", actors.len());
        let mut seen = BTreeMap::new();
        for (name, actor) in &actors {
            *seen.entry("training").or_insert(0) += trainings(&app, &rows, name, actor).await;
            *seen.entry("signup").or_insert(0) += signups(&app, &rows, name, actor).await;
            *seen.entry("physician").or_insert(0) += physicians(&app, &rows, name, actor).await;
            *seen.entry("application").or_insert(0) += applications(&app, &rows, name, actor).await;
            *seen.entry("certification").or_insert(0) += certifications(&app, &rows, name, actor).await;
        }
        assert!(seen.values().all(|count| *count > 0), "every noun was seen by somebody: {seen:?}");
    })
    .await;
}

async fn trainings(app: &App, rows: &Rows, name: &str, actor: &Actor) -> usize {
    let scope = access::training::visible_to(actor);
    let facts = rows.trainings.iter().map(|row| {
        let signed_up = rows.signups.iter().filter(|signup| signup.training == row.id);
        let facts = access::training::Facts {
            state: row.state.parse().expect("a state"),
            host: host(row),
            host_prefecture: prefecture(row.host_prefecture),
            pending: row.desk.map(Into::into),
            signed_up: signed_up.map(|signup| signup.physician.into()).collect(),
        };
        (row.id, move |fact: &access::training::Fact| facts.has(fact))
    });
    let read =
        ids::<schema::training::Entity>(app, schema::training::Column::Id, scope::trainings(&scope)).await;
    agree("training", name, &scope, &facts.collect(), &read)
}

async fn signups(app: &App, rows: &Rows, name: &str, actor: &Actor) -> usize {
    use schema::signup::{Column, Entity};
    let scope = access::attendance::visible_to(actor);
    let by_id: BTreeMap<Uuid, &schema::training::Model> =
        rows.trainings.iter().map(|row| (row.id, row)).collect();
    let facts = rows.signups.iter().map(|row| {
        let facts = access::attendance::Facts {
            host: host(by_id[&row.training]),
            host_prefecture: prefecture(by_id[&row.training].host_prefecture),
            physician: Some(row.physician.into()),
            belongs_within: rows.belongs_within(row.physician),
            works_within: rows.works_within(row.physician),
        };
        (row.id, move |fact: &access::attendance::Fact| facts.has(fact))
    });
    let condition = scope::attendances(&scope, rows.today, (Entity, Column::Physician));
    let select = Entity::find()
        .join(
            sea_orm::JoinType::InnerJoin,
            Entity::belongs_to(schema::training::Entity)
                .from(Column::Training)
                .to(schema::training::Column::Id)
                .into(),
        )
        .filter(condition)
        .select_only()
        .column(Column::Id);
    let read = select.into_tuple::<Uuid>().all(app.db.read()).await.expect("reads").into_iter().collect();
    agree("signup", name, &scope, &facts.collect(), &read)
}

async fn physicians(app: &App, rows: &Rows, name: &str, actor: &Actor) -> usize {
    let scope = access::physician::visible_to(actor);
    let everybody =
        ids::<schema::physician::Entity>(app, schema::physician::Column::Id, sea_orm::Condition::all());
    let facts = everybody.await.into_iter().map(|id| {
        let applied = rows.applications.iter().filter(|row| row.physician == id);
        let facts = access::physician::Facts {
            physician: id.into(),
            belongs_at_or_below: rows.belongs_at_or_below(id),
            applies_to: applied
                .filter(|row| row.submitted_at.is_some())
                .flat_map(|row| rows.route(row.id))
                .collect(),
            linked_to: rows
                .links
                .iter()
                .filter(|row| row.physician == id)
                .map(|row| row.association.into())
                .collect(),
            works_within: rows.works_within(id),
            desk: None,
        };
        (id, move |fact: &access::physician::Fact| facts.has(fact))
    });
    let condition = scope::physicians(&scope, rows.today);
    let read = ids::<schema::physician::Entity>(app, schema::physician::Column::Id, condition).await;
    agree("physician", name, &scope, &facts.collect(), &read)
}

async fn applications(app: &App, rows: &Rows, name: &str, actor: &Actor) -> usize {
    let scope = access::application::visible_to(actor);
    let facts = rows.applications.iter().map(|row| {
        let route = rows.route(row.id);
        let (applicant, kind): (PhysicianId, access::application::Kind) =
            (row.physician.into(), row.kind.parse().expect("a kind"));
        let submitted = row.submitted_at.is_some();
        let has = move |fact: &access::application::Fact| match fact {
            access::application::Fact::AppliedBy(id) => applicant == *id,
            access::application::Fact::FiledByAssociation(_)
            | access::application::Fact::FiledByOrganizer(_) => false,
            access::application::Fact::OnRouteOf(id) => route.contains(id),
            access::application::Fact::Submitted => submitted,
            access::application::Fact::KindIn(kinds) => kinds.contains(&kind),
        };
        (row.id, has)
    });
    let read =
        ids::<schema::application::Entity>(app, schema::application::Column::Id, scope::applications(&scope))
            .await;
    agree("application", name, &scope, &facts.collect(), &read)
}

async fn certifications(app: &App, rows: &Rows, name: &str, actor: &Actor) -> usize {
    let scope = access::certification::visible_to(actor);
    let held = all::<schema::certification::Entity>(app).await;
    let facts = held.iter().map(|row| {
        let holder: PhysicianId = row.physician.into();
        let (belongs, works) = (rows.belongs_at_or_below(row.physician), rows.works_within(row.physician));
        let has = move |fact: &access::certification::Fact| match fact {
            access::certification::Fact::Own(id) => holder == *id,
            access::certification::Fact::HolderBelongsAtOrBelow(id) => belongs.contains(id),
            access::certification::Fact::HolderWorksIn(prefecture) => works.contains(prefecture),
        };
        (row.id, has)
    });
    let condition = scope::certifications(&scope, rows.today);
    let read = ids::<schema::certification::Entity>(app, schema::certification::Column::Id, condition).await;
    agree("certification", name, &scope, &facts.collect(), &read)
}

/// The negative control: a reader that forgets a condition is caught.
#[tokio::test]
async fn a_forgotten_condition_is_noticed() {
    testing::each_world(|app: Arc<App>| async move {
        let rows = load(&app).await;
        let everything = ids::<schema::training::Entity>(
            &app,
            schema::training::Column::Id,
            schema::training::Column::Id.is_not_null().into_condition(),
        )
        .await;
        let guest = access::training::visible_to(&Actor::Guest);
        let admitted = rows.trainings.iter().filter(|_| guest.admits(|_| false)).count();
        assert_ne!(
            admitted,
            everything.len(),
            "a guest sees no training in memory, the bad reader shows all"
        );
    })
    .await;
}
