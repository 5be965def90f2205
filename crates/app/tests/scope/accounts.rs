//! Nouns of accounts: registrations.

use super::nouns::{Noun, ids};
use super::rows::Rows;
use mamis_app::{App, testing};
use mamis_rules::access::{self, Actor, Scope};
use mamis_schema as schema;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Registrations at two prefectural associations, and one whose link nobody opened.
pub(super) async fn registrations(app: &App, rows: &Rows, person: Uuid) {
    for desk in [Some("13"), Some("27"), None] {
        let id = Uuid::now_v7();
        let row = schema::registration::Model {
            id,
            number: None,
            kind: "new".to_owned(),
            state: if desk.is_some() { "checking" } else { "started" }.to_owned(),
            email: String::new(),
            token_hash: id.to_string(),
            data: "{}".to_owned(),
            physician: desk.map(|_| person),
            desk: desk.map(|code| rows.association(code).id),
            licence: None,
            licence_key: None,
            licence_name: String::new(),
            licence_type: String::new(),
            comment: String::new(),
            decided_by: String::new(),
            decided_on: None,
            expires_at: testing::now(),
            created_at: testing::now(),
            version: 1,
        };
        row.into_active_model().reset_all().insert(app.db.write()).await.expect("writes");
    }
}

pub(super) struct Registration;

impl Noun for Registration {
    type Fact = access::registration::Fact;
    type Facts = access::registration::Facts;
    const NAME: &'static str = "registration";
    const KINDS: &'static [&'static str] = &["AtDesk"];

    fn scopes(actor: &Actor) -> Vec<Scope<Self::Fact>> {
        vec![access::registration::visible_to(actor)]
    }

    fn facts(rows: &Rows) -> BTreeMap<Uuid, Self::Facts> {
        let facts = |row: &schema::registration::Model| access::registration::Facts {
            desk: row.desk.map(Into::into),
        };
        rows.registrations.iter().map(|row| (row.id, facts(row))).collect()
    }

    fn has(facts: &Self::Facts, fact: &Self::Fact) -> bool {
        facts.has(fact)
    }

    async fn read(app: &App, _: &Rows, scope: &Scope<Self::Fact>) -> BTreeSet<Uuid> {
        use schema::registration::{Column, Entity};
        ids(app, Entity::find(), Column::Id, mamis_app::db::scope::registrations(scope)).await
    }
}

/// Runs of cards of two associations.
pub(super) async fn runs(app: &App, rows: &Rows) {
    for (number, code) in ["142051", "14"].into_iter().enumerate() {
        let row = schema::credential_run::Model {
            id: Uuid::now_v7(),
            number: format!("C-{number}"),
            association: rows.association(code).id,
            kind: "first".to_owned(),
            state: "posted".to_owned(),
            chosen: r#"{"kind":"first","within":null}"#.to_owned(),
            wanted: 0,
            made: 0,
            posted_on: None,
            by_name: String::new(),
            account: Uuid::nil(),
            created_at: testing::now(),
            version: 1,
        };
        row.into_active_model().reset_all().insert(app.db.write()).await.expect("writes");
    }
}

pub(super) struct CredentialRun;

impl Noun for CredentialRun {
    type Fact = access::provisional_credential::Fact;
    type Facts = access::provisional_credential::Facts;
    const NAME: &'static str = "credential_run";
    const KINDS: &'static [&'static str] = &["SentBy"];

    fn scopes(actor: &Actor) -> Vec<Scope<Self::Fact>> {
        vec![access::provisional_credential::visible_to(actor)]
    }

    fn facts(rows: &Rows) -> BTreeMap<Uuid, Self::Facts> {
        let facts = |row: &schema::credential_run::Model| access::provisional_credential::Facts {
            sent_by: row.association.into(),
        };
        rows.runs.iter().map(|row| (row.id, facts(row))).collect()
    }

    fn has(facts: &Self::Facts, fact: &Self::Fact) -> bool {
        facts.has(fact)
    }

    async fn read(app: &App, _: &Rows, scope: &Scope<Self::Fact>) -> BTreeSet<Uuid> {
        use schema::credential_run::{Column, Entity};
        ids(app, Entity::find(), Column::Id, mamis_app::db::scope::credential_runs(scope)).await
    }
}
