//! The four procedures of membership: joining, transfer, leaving, change report. What they share with every other
//! application (number, state, desk, decisions, uploads, letters) stands in `application`.

pub mod actions;
pub mod check;
pub mod jobs;
pub mod lists;
pub mod tracker;

pub(crate) use actions::{effects, letters};
pub(crate) use lists::circumstances;

use crate::address::hyphened;
use crate::error::{Error, Result};
use mamis_rules::association::{MembershipCategory, Tier};
use mamis_rules::base::{AssociationId, Day};
use mamis_rules::flow::membership::{Cause, LeavingScope, Report};
use mamis_rules::membership::Field;
use mamis_schema::membership_application;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The categories wanted, by the name of the tier.
pub type Categories = BTreeMap<String, MembershipCategory>;

/// The categories in words, from the lowest tier upward: 「郡市区等医師会：B」.
pub fn words(categories: &Categories) -> Vec<String> {
    let known =
        |(tier, category): (&String, &MembershipCategory)| Some((tier.parse::<Tier>().ok()?, *category));
    let mut tiers: Vec<(Tier, MembershipCategory)> = categories.iter().filter_map(known).collect();
    tiers.sort_by_key(|(tier, _)| std::cmp::Reverse(tier.level()));
    tiers.iter().map(|(tier, category)| format!("{}：{}", tier.label(), category.label())).collect()
}

/// What a change report says, by the name of the field.
pub type Changes = BTreeMap<String, Change>;

/// One field of a change report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What was registered when the report was written.
    pub before: String,
    /// What is reported.
    pub after: String,
    /// Whether it is in force already, because the field is the physician's own: the association is told of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub already: bool,
}

/// A main workplace, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workplace {
    /// Name.
    pub name: String,
    /// Seven digits, or as typed.
    pub postal_code: String,
    /// Address.
    pub address: String,
    /// JIS X 0401 code; 0 while not chosen.
    pub prefecture: i32,
}

impl Workplace {
    /// Name, postal code and address in a line.
    pub fn words(&self) -> String {
        let code = match self.postal_code.as_str() {
            "" => String::new(),
            code => format!("〒{}", hyphened(code)),
        };
        let parts = [self.name.as_str(), &code, &self.address];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("　")
    }
}

/// The fields of a procedure, as typed and read. Each procedure uses some of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// Up to which tier somebody joins.
    pub target: Option<Tier>,
    /// The lowest association entered.
    pub association: Option<AssociationId>,
    /// What is left.
    pub scope: Option<LeavingScope>,
    /// The categories wanted.
    pub categories: Categories,
    /// The wanted day; for a leaving the last day.
    pub effective_on: Option<Day>,
    /// The new main workplace.
    pub workplace: Option<Workplace>,
    /// What a change report says: field and new value.
    pub changes: Vec<(Field, String)>,
    /// What the physician wants to say.
    pub remarks: String,
}

/// The row of a procedure, read.
#[derive(Clone, Debug)]
pub struct Details {
    /// Up to which tier somebody joins.
    pub target: Option<Tier>,
    /// The lowest association entered.
    pub association: Option<AssociationId>,
    /// What is left.
    pub scope: Option<LeavingScope>,
    /// Why.
    pub cause: Cause,
    /// The categories wanted.
    pub categories: Categories,
    /// The wanted day, or the one that the offices set.
    pub effective_on: Option<Day>,
    /// The new main workplace.
    pub workplace: Option<Workplace>,
    /// What a change report says.
    pub changes: Changes,
    /// Until when a draft of the system is offered.
    pub proposed_until: Option<Day>,
}

impl Details {
    /// Reads a row.
    ///
    /// # Errors
    /// A fault of a row with an unknown word.
    pub fn of(row: &membership_application::Model) -> Result<Self> {
        let workplace = match row.workplace.as_str() {
            "" => None,
            text => Some(serde_json::from_str(text)?),
        };
        Ok(Self {
            target: word(&row.target_tier)?,
            association: row.association.map(Into::into),
            scope: word(&row.leaving_scope)?,
            cause: row.cause.parse().map_err(Error::fault)?,
            categories: serde_json::from_str(&row.categories)?,
            effective_on: row.effective_on.map(Day::from),
            workplace,
            changes: serde_json::from_str(&row.changes)?,
            proposed_until: row.proposed_until.map(Day::from),
        })
    }

    /// Whether a change report changes a category: every tier approves it then.
    pub fn report(&self) -> Report {
        if self.categories.is_empty() { Report::Plain } else { Report::Category }
    }

    /// The category wanted at a tier; a district takes that of the municipal association.
    pub fn category(&self, tier: Tier) -> Option<MembershipCategory> {
        let own = self.categories.get(tier.name());
        let above = || self.categories.get(Tier::Municipal.name()).filter(|_| tier == Tier::District);
        own.or_else(above).copied()
    }
}

fn word<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<Option<T>> {
    match text {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(Error::fault),
    }
}
