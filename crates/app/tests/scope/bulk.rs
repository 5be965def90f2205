//! Bulk changes and registrations of organizers for the scopes.

use super::nouns::{Noun, ids};
use super::rows::{Rows, all};
use mamis_app::db::scope;
use mamis_app::{App, testing};
use mamis_rules::access::{self, Actor, Scope};
use mamis_rules::association::Prefecture;
use mamis_schema as schema;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

pub(super) struct Organizer;

impl Noun for Organizer {
    type Fact = access::organizer::Fact;
    type Facts = access::organizer::Facts;
    const NAME: &'static str = "organizer";
    const KINDS: &'static [&'static str] = &["SeatIn", "Verified"];

    fn scopes(actor: &Actor) -> Vec<Scope<Self::Fact>> {
        vec![access::organizer::visible_to(actor)]
    }

    fn facts(rows: &Rows) -> BTreeMap<Uuid, Self::Facts> {
        let facts = |row: &schema::organizer_registration::Model| access::organizer::Facts {
            prefecture: Prefecture::stored(row.prefecture).expect("a prefecture"),
            verified: row.verified_at.is_some(),
        };
        rows.organizer_registrations.iter().map(|row| (row.id, facts(row))).collect()
    }

    fn has(facts: &Self::Facts, fact: &Self::Fact) -> bool {
        facts.has(fact)
    }

    async fn read(app: &App, _: &Rows, scope: &Scope<Self::Fact>) -> BTreeSet<Uuid> {
        use schema::organizer_registration::{Column, Entity};
        ids(app, Entity::find(), Column::Id, scope::organizer_registrations(scope)).await
    }
}

pub(super) struct BulkChange;

impl Noun for BulkChange {
    type Fact = access::bulk_change::Fact;
    type Facts = access::bulk_change::Facts;
    const NAME: &'static str = "bulk_change";
    const KINDS: &'static [&'static str] = &["CarriedOut", "HeldBelow", "HeldBy"];

    fn scopes(actor: &Actor) -> Vec<Scope<Self::Fact>> {
        vec![access::bulk_change::visible_to(actor)]
    }

    fn facts(rows: &Rows) -> BTreeMap<Uuid, Self::Facts> {
        let facts = |row: &schema::bulk_change::Model| access::bulk_change::Facts {
            held_by: row.association.into(),
            above: rows.above[&row.association]
                .iter()
                .copied()
                .filter(|id| Uuid::from(*id) != row.association)
                .collect(),
            carried_out: row.state != "checked",
        };
        rows.bulk_changes.iter().map(|row| (row.id, facts(row))).collect()
    }

    fn has(facts: &Self::Facts, fact: &Self::Fact) -> bool {
        facts.has(fact)
    }

    async fn read(app: &App, _: &Rows, scope: &Scope<Self::Fact>) -> BTreeSet<Uuid> {
        use schema::bulk_change::{Column, Entity};
        ids(app, Entity::find(), Column::Id, scope::bulk_changes(scope)).await
    }
}

/// Bulk changes of a municipal association and of a district, one checked and one carried out each.
pub(super) async fn bulk_changes(app: &App) {
    let account = all::<schema::account::Entity>(app).await.into_iter().find(|row| row.officer.is_some());
    let account = account.expect("an officer").id;
    for body in all::<schema::association::Entity>(app).await {
        if !matches!(body.code.as_str(), "142051" | "141101") {
            continue;
        }
        for state in ["checked", "done"] {
            let row = schema::bulk_change::Model {
                id: Uuid::now_v7(),
                number: format!("B-{}-{state}", body.code),
                association: body.id,
                kind: "category".to_owned(),
                file_name: String::new(),
                sha256: String::new(),
                state: state.to_owned(),
                by_name: String::new(),
                account,
                created_at: testing::now(),
                version: 1,
            };
            let row = row.into_active_model().reset_all();
            row.insert(app.db.write()).await.expect("writes");
        }
    }
}

/// Registrations of organizers in two prefectures, proved and not.
pub(super) async fn registrations(app: &App) {
    for prefecture in [14, 27] {
        for verified_at in [None, Some(testing::now())] {
            let row = schema::organizer_registration::Model {
                id: Uuid::now_v7(),
                name: String::new(),
                kana: String::new(),
                prefecture,
                address: String::new(),
                phone: String::new(),
                purpose: String::new(),
                contact_name: String::new(),
                contact_kana: String::new(),
                email: String::new(),
                token_hash: Uuid::now_v7().to_string(),
                expires_at: testing::now(),
                verified_at,
                state: "waiting".to_owned(),
                reason: String::new(),
                decided_at: None,
                decided_by: String::new(),
                organizer: None,
                created_at: testing::now(),
                version: 1,
            };
            let row = row.into_active_model().reset_all();
            row.insert(app.db.write()).await.expect("writes");
        }
    }
}
