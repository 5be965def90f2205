//! One rule, two readers: for every actor and every row of the named world, the SQL condition lets through
//! exactly the rows that the rules admit in memory. And the test can tell: where the database reads a condition
//! with one kind of fact forgotten or made up, somebody's list differs.

mod accounts;
mod bulk;
mod letters;
mod nouns;
mod rows;

use self::accounts::{CredentialRun, Registration};
use self::bulk::{BulkChange, Organizer};
use self::letters::{Notice, PostLetter};
use self::nouns::{
    Application, Attendance, Batch, Certification, Document, Membership, Noun, Officer, Physician,
    SavedSearch, Signup, Training,
};
use self::rows::{Rows, all, widen};
use mamis_app::{App, testing};
use mamis_rules::access::{Actor, Duty, DutyHeld, Office, Scope};
use mamis_rules::association::{Prefecture, Tier};
use mamis_rules::base::{AccountId, OfficerId};
use mamis_schema as schema;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::sync::Arc;
use uuid::Uuid;

/// Somebody who asks.
struct Asker {
    name: String,
    actor: Actor,
}

impl Asker {
    fn new(name: impl Into<String>, actor: Actor) -> Self {
        Self { name: name.into(), actor }
    }
}

/// The world, everybody in it, and people made of single duties.
struct World {
    app: Arc<App>,
    rows: Rows,
    askers: Vec<Asker>,
}

impl World {
    async fn new(app: Arc<App>) -> Self {
        let added = widen(&app).await;
        let rows = Rows::load(&app).await;
        let mut askers = single_duties(&rows);
        askers.extend(added.iter().map(|id| {
            let actor = Actor::Physician { account: AccountId(*id), physician: (*id).into() };
            Asker::new(format!("physician {id}"), actor)
        }));
        askers.extend(accounts(&app, &rows).await);
        Self { app, rows, askers }
    }

    /// The scopes of all actors, each once: equal scopes are the same condition, whoever asks.
    fn scopes<N: Noun>(&self) -> Vec<(String, Scope<N::Fact>)> {
        let mut known = BTreeSet::new();
        let asked = self.askers.iter().flat_map(|asker| {
            N::scopes(&asker.actor)
                .into_iter()
                .map(|scope| (format!("{} for {}", N::NAME, asker.name), scope))
        });
        asked.filter(|(_, scope)| known.insert(format!("{scope:?}"))).collect()
    }
}

/// The office of an association or an organizer.
fn office(rows: &Rows, association: Option<Uuid>, organizer: Option<Uuid>) -> Office {
    match (association.map(|id| &rows.associations[&id]), organizer.map(|id| &rows.organizers[&id])) {
        (Some(row), _) => Office::Association {
            id: row.id.into(),
            tier: row.tier.parse::<Tier>().expect("a tier"),
            prefecture: row.prefecture.and_then(Prefecture::stored),
        },
        (None, Some(row)) => Office::Organizer {
            id: row.id.into(),
            prefecture: Prefecture::stored(row.prefecture).expect("a prefecture"),
        },
        (None, None) => panic!("a duty without an office"),
    }
}

fn officer(name: String, duties: Vec<DutyHeld>) -> Asker {
    Asker::new(
        name,
        Actor::Officer { account: AccountId(Uuid::nil()), officer: OfficerId(Uuid::nil()), duties },
    )
}

/// Each duty alone at an office of every tier, at external organizers, and where the added rows are; nobody's
/// duties at all, and duties at two offices.
fn single_duties(rows: &Rows) -> Vec<Asker> {
    let codes = [
        "142051", "14", "00", "141003", "141101", "13", "02", "03", "04", "11", "12", "23", "27", "28", "40",
    ];
    let associations = codes.iter().map(|code| office(rows, Some(rows.association(code).id), None));
    let organizers = rows.organizers.keys().map(|id| office(rows, None, Some(*id)));
    let offices: Vec<Office> = associations.chain(organizers).collect();
    let mut askers: Vec<Asker> = offices
        .iter()
        .flat_map(|at| Duty::ALL.iter().map(|duty| DutyHeld { duty: *duty, at: *at }))
        .map(|held| officer(format!("{held:?}"), vec![held]))
        .collect();
    let two = [(Duty::Training, offices[0]), (Duty::Certification, offices[5])];
    askers.push(officer("no duty".to_owned(), Vec::new()));
    askers.push(officer(
        "two offices".to_owned(),
        two.into_iter().map(|(duty, at)| DutyHeld { duty, at }).collect(),
    ));
    askers
}

/// Everybody with an account, the guest and the system.
async fn accounts(app: &App, rows: &Rows) -> Vec<Asker> {
    let mut duties: BTreeMap<Uuid, Vec<DutyHeld>> = BTreeMap::new();
    for row in all::<schema::duty::Entity>(app).await {
        let at = office(rows, row.association, row.organizer);
        let duty = row.kind.parse::<Duty>().expect("a duty");
        duties.entry(row.officer).or_default().push(DutyHeld { duty, at });
    }
    let mut askers = vec![Asker::new("guest", Actor::Guest), Asker::new("system", Actor::System)];
    for row in all::<schema::account::Entity>(app).await {
        let account = row.id.into();
        let actor = match (row.physician, row.officer) {
            (Some(physician), _) => Actor::Physician { account, physician: physician.into() },
            (None, Some(officer)) => {
                let duties = duties.remove(&officer).unwrap_or_default();
                Actor::Officer { account, officer: officer.into(), duties }
            }
            (None, None) => panic!("account {} belongs to nobody", row.login_id),
        };
        askers.push(Asker::new(row.login_id, actor));
    }
    assert!(askers.len() > 900, "officers of every association: {}", askers.len());
    askers
}

/// Rows that one reader lets through and the other does not.
#[derive(Debug, PartialEq)]
struct Difference {
    only_in_memory: Vec<Uuid>,
    only_in_the_database: Vec<Uuid>,
}

/// Reads `rules` in memory and `database` in the database; none when they let through the same rows.
async fn difference<N: Noun>(
    world: &World,
    facts: &BTreeMap<Uuid, N::Facts>,
    rules: &Scope<N::Fact>,
    database: &Scope<N::Fact>,
) -> Option<Difference> {
    let admitted = admitted::<N>(facts, rules);
    let read = N::read(&world.app, &world.rows, database).await;
    (admitted != read).then(|| Difference {
        only_in_memory: admitted.difference(&read).copied().collect(),
        only_in_the_database: read.difference(&admitted).copied().collect(),
    })
}

fn admitted<N: Noun>(facts: &BTreeMap<Uuid, N::Facts>, scope: &Scope<N::Fact>) -> BTreeSet<Uuid> {
    let admits = |facts: &N::Facts| scope.admits(|fact| N::has(facts, fact));
    facts.iter().filter(|(_, facts)| admits(facts)).map(|(id, _)| *id).collect()
}

async fn agree<N: Noun>(world: &World) {
    let facts = N::facts(&world.rows);
    let (mut seen, mut refused) = (BTreeSet::new(), BTreeSet::new());
    for (name, scope) in world.scopes::<N>() {
        assert_eq!(difference::<N>(world, &facts, &scope, &scope).await, None, "{name}: {scope:?}");
        if !matches!(scope, Scope::All | Scope::Nothing) {
            let admitted = admitted::<N>(&facts, &scope);
            refused.extend(facts.keys().filter(|id| !admitted.contains(id)).copied());
            seen.extend(admitted);
        }
    }
    let contested = seen.intersection(&refused).count();
    assert!(contested > 0, "{}: some row is seen by one and refused to another", N::NAME);
}

#[tokio::test]
async fn both_readers_of_a_scope_agree_on_every_row() {
    testing::each_world(|app| async move {
        let world = World::new(app).await;
        agree::<Training>(&world).await;
        agree::<Signup>(&world).await;
        agree::<Attendance>(&world).await;
        agree::<Physician>(&world).await;
        agree::<BulkChange>(&world).await;
        agree::<Organizer>(&world).await;
        agree::<SavedSearch>(&world).await;
        agree::<Membership>(&world).await;
        agree::<Registration>(&world).await;
        agree::<CredentialRun>(&world).await;
        agree::<Application>(&world).await;
        agree::<Certification>(&world).await;
        agree::<Batch>(&world).await;
        agree::<Document>(&world).await;
        agree::<Officer>(&world).await;
        agree::<Notice>(&world).await;
        agree::<PostLetter>(&world).await;
    })
    .await;
}

/// The kind of a fact: its name; with a list of states or kinds, the list as well.
fn kind(fact: &impl Debug) -> String {
    let text = format!("{fact:?}");
    let name = text.split('(').next().unwrap_or_default();
    if matches!(name, "StateIn" | "KindIn") { text } else { name.to_owned() }
}

fn kinds<F: Debug>(scope: &Scope<F>, found: &mut BTreeSet<String>) {
    match scope {
        Scope::All | Scope::Nothing => {}
        Scope::Any(parts) | Scope::Every(parts) => parts.iter().for_each(|part| kinds(part, found)),
        Scope::Fact(fact) => {
            found.insert(kind(fact));
        }
    }
}

/// The scope as a careless reader takes it: every fact of one kind replaced.
fn careless<F: Clone + Debug>(scope: &Scope<F>, wrong: &str, instead: &Scope<F>) -> Scope<F> {
    let each = |parts: &[Scope<F>]| parts.iter().map(|part| careless(part, wrong, instead)).collect();
    match scope {
        Scope::Any(parts) => Scope::Any(each(parts)),
        Scope::Every(parts) => Scope::Every(each(parts)),
        Scope::Fact(fact) if kind(fact) == wrong => instead.clone(),
        other => other.clone(),
    }
}

/// Sends careless conditions to the database while the rules keep the true ones.
async fn notice<N: Noun>(world: &World) {
    let facts = N::facts(&world.rows);
    let scopes = world.scopes::<N>();
    let mut found = BTreeSet::new();
    scopes.iter().for_each(|(_, scope)| kinds(scope, &mut found));
    let names: BTreeSet<&str> = found.iter().filter_map(|kind| kind.split('(').next()).collect();
    assert_eq!(names, N::KINDS.iter().copied().collect(), "{}: the kinds of facts in use", N::NAME);
    for wrong in &found {
        for instead in [Scope::All, Scope::Nothing] {
            let mut noticed = false;
            for (_, scope) in &scopes {
                let reads = careless(scope, wrong, &instead);
                if reads != *scope && difference::<N>(world, &facts, scope, &reads).await.is_some() {
                    noticed = true;
                    break;
                }
            }
            let can_be = instead == Scope::All || !N::NEVER.contains(&wrong.as_str());
            assert_eq!(noticed, can_be, "{}: {wrong} read as {instead:?}", N::NAME);
        }
    }
}

/// The negative control of the test above.
#[tokio::test]
async fn a_reader_that_forgets_or_invents_a_fact_is_noticed() {
    testing::each_world(|app| async move {
        let world = World::new(app).await;
        notice::<Training>(&world).await;
        notice::<Signup>(&world).await;
        notice::<Attendance>(&world).await;
        notice::<Physician>(&world).await;
        notice::<BulkChange>(&world).await;
        notice::<Organizer>(&world).await;
        notice::<SavedSearch>(&world).await;
        notice::<Membership>(&world).await;
        notice::<Registration>(&world).await;
        notice::<CredentialRun>(&world).await;
        notice::<Application>(&world).await;
        notice::<Certification>(&world).await;
        notice::<Batch>(&world).await;
        notice::<Document>(&world).await;
        notice::<Officer>(&world).await;
        notice::<Notice>(&world).await;
        notice::<PostLetter>(&world).await;
    })
    .await;
}
