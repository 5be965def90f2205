//! Questions about registrations.

use super::Data;
use crate::association::lists::names;
use crate::cx::Cx;
use crate::db::scope;
use crate::desk::At;
use crate::error::{Error, Result};
use crate::secret::sha256_hex;
use mamis_rules::access::registration::{Facts, may_check, visible_to};
use mamis_rules::association::Tier;
use mamis_rules::base::{AssociationId, RegistrationId, full_name};
use mamis_rules::flow::registration::{Found, State};
use mamis_rules::physician::identity::Identity;
use mamis_schema::{account, association, physician, registration, workplace};
use registration::Column as R;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use std::collections::HashMap;
use uuid::Uuid;

/// Registrations on a page.
pub const PAGE: u64 = 50;

/// Which registrations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// The licence is to be compared.
    #[default]
    Waiting,
    /// Compared, and right.
    Confirmed,
    /// Could not be confirmed.
    Refused,
}

impl View {
    /// All of them, in the order of the tabs.
    pub const ALL: &'static [Self] = &[Self::Waiting, Self::Confirmed, Self::Refused];

    /// The word in the address.
    pub const fn name(self) -> &'static str {
        self.state().name()
    }

    /// The word on the tab.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Waiting => "確認を待っている",
            Self::Confirmed => "確認した",
            Self::Refused => "確認できなかった",
        }
    }

    /// From the word in the address.
    pub fn read(name: &str) -> Self {
        Self::ALL.iter().copied().find(|view| view.name() == name).unwrap_or_default()
    }

    const fn state(self) -> State {
        match self {
            Self::Waiting => State::Checking,
            Self::Confirmed => State::Confirmed,
            Self::Refused => State::Refused,
        }
    }
}

/// A registration in the list: no more of the person than lists show.
#[derive(Clone, Debug)]
pub struct Line {
    /// The row.
    pub row: registration::Model,
    /// As typed.
    pub name: String,
    /// Katakana.
    pub kana: String,
    /// The association that compares.
    pub desk: String,
}

/// One page of the registrations that the actor sees and how many there are; those that wait the oldest first.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn page(cx: &Cx, view: View, number: u64) -> Result<(Vec<Line>, u64)> {
    let found = registration::Entity::find()
        .filter(scope::registrations(&visible_to(&cx.actor)))
        .filter(R::State.eq(view.state().name()));
    let total = found.clone().count(cx.db()).await?;
    let found = match view {
        View::Waiting => found.order_by_asc(R::CreatedAt),
        View::Confirmed | View::Refused => found.order_by_desc(R::DecidedOn),
    };
    let skipped = number.saturating_sub(1) * PAGE;
    let rows = found.order_by_asc(R::Id).offset(skipped).limit(PAGE).all(cx.db()).await?;
    let people = physician::Entity::find()
        .filter(physician::Column::Id.is_in(rows.iter().filter_map(|row| row.physician)))
        .all(cx.db())
        .await?;
    let people: HashMap<Uuid, physician::Model> = people.into_iter().map(|row| (row.id, row)).collect();
    let names = names(cx.db(), rows.iter().filter_map(|row| row.desk)).await?;
    let line = |row: registration::Model| {
        let person = people.get(&row.physician?)?;
        Some(Line {
            name: full_name(&person.family_name, &person.given_name),
            kana: full_name(&person.family_kana, &person.given_kana),
            desk: row.desk.and_then(|desk| names.get(&desk).cloned()).unwrap_or_default(),
            row,
        })
    };
    Ok((rows.into_iter().filter_map(line).collect(), total))
}

/// How many wait for these offices to compare a licence. The national office, which only helps, is not told.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn waiting(cx: &Cx, offices: &[At]) -> Result<u64> {
    Ok(registration::Entity::find()
        .filter(R::Desk.is_in(offices.iter().map(|at| Uuid::from(at.id))))
        .filter(R::State.eq(State::Checking.name()))
        .count(cx.db())
        .await?)
}

/// A registration with what an office compares.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The row.
    pub row: registration::Model,
    /// Its state.
    pub state: State,
    /// The person it made.
    pub person: physician::Model,
    /// The workplace that was typed.
    pub workplace: Option<workplace::Model>,
    /// Name of the association that compares.
    pub desk: String,
    /// Whether the actor may compare.
    pub may_check: bool,
}

/// A registration that the actor sees.
///
/// # Errors
/// [`Error::NotFound`].
pub(super) async fn show(cx: &Cx, id: RegistrationId) -> Result<Shown> {
    let row = find(cx, cx.db(), id).await?;
    let person = row.physician.ok_or(Error::NotFound)?;
    let person = physician::Entity::find_by_id(person).one(cx.db()).await?.ok_or(Error::NotFound)?;
    let workplace = workplace::Entity::find()
        .filter(workplace::Column::Physician.eq(person.id))
        .order_by_desc(workplace::Column::Main)
        .order_by_asc(workplace::Column::ValidFrom)
        .one(cx.db())
        .await?;
    let names = names(cx.db(), row.desk).await?;
    Ok(Shown {
        state: row.state.parse().map_err(Error::fault)?,
        may_check: may_check(&cx.actor, &facts(&row)).is_ok(),
        desk: names.into_values().next().unwrap_or_default(),
        row,
        person,
        workplace,
    })
}

/// The row, if the actor sees it.
///
/// # Errors
/// [`Error::NotFound`].
pub(super) async fn find(
    cx: &Cx,
    db: &impl ConnectionTrait,
    id: RegistrationId,
) -> Result<registration::Model> {
    registration::Entity::find_by_id(Uuid::from(id))
        .filter(scope::registrations(&visible_to(&cx.actor)))
        .one(db)
        .await?
        .ok_or(Error::NotFound)
}

/// For the rules.
pub(super) fn facts(row: &registration::Model) -> Facts {
    Facts { desk: row.desk.map(Into::into) }
}

/// A registration whose mailed link works still.
#[derive(Clone, Debug)]
pub struct Open {
    /// The row.
    pub row: registration::Model,
    /// What was typed.
    pub data: Data,
    /// What to log in with afterwards.
    pub login_id: String,
    /// Whether the person is in the register: then no licence is compared.
    pub is_known: bool,
}

/// The registration of a mailed link, unless it was opened or is too old.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn by_link(cx: &Cx, token: &str) -> Result<Option<Open>> {
    let row = registration::Entity::find()
        .filter(R::TokenHash.eq(sha256_hex(token.as_bytes())))
        .filter(R::State.eq(State::Started.name()))
        .filter(R::ExpiresAt.gt(cx.app.clock.wall()))
        .one(cx.db())
        .await?;
    let Some(row) = row else { return Ok(None) };
    let data: Data = serde_json::from_str(&row.data)?;
    let matched = matched(cx.db(), &data.identity()).await?;
    let login_id = matched.login_id(&data.registry_number);
    Ok(Some(Open { row, data, login_id, is_known: matches!(matched, Match::Person(_)) }))
}

/// Who in the register somebody is who registers.
#[derive(Clone, Debug)]
pub(super) enum Match {
    /// Nobody has the registry number.
    Nobody,
    /// This person, who uses no account yet.
    Person(Box<Known>),
    /// Nobody who may be claimed.
    Other(Why),
}

/// A person in the register.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) person: physician::Model,
    pub(super) account: Option<account::Model>,
}

/// Why somebody in the register cannot be claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// Birth date or reading differ, or the person has died: nothing is said about which.
    Differs,
    /// It is the person, who uses an account already, or whose account an office has closed.
    InUse,
}

impl Match {
    /// For the flow.
    pub(super) const fn found(&self) -> Found {
        match self {
            Self::Nobody => Found::Nobody,
            Self::Person(_) => Found::Person,
            Self::Other(_) => Found::Other,
        }
    }

    /// What the person logs in with.
    pub(super) fn login_id(&self, registry_number: &str) -> String {
        match self {
            Self::Person(known) if known.account.is_some() => {
                known.account.as_ref().map(|account| account.login_id.clone()).unwrap_or_default()
            }
            _ => format!("p{registry_number}"),
        }
    }
}

/// Looks for somebody by registry number, birth date and reading together.
///
/// # Errors
/// A fault of the database.
pub(super) async fn matched(db: &impl ConnectionTrait, identity: &Identity) -> Result<Match> {
    let number = physician::Column::RegistryNumber.eq(&identity.registry_number);
    let Some(person) = physician::Entity::find().filter(number).one(db).await? else {
        return Ok(Match::Nobody);
    };
    let is_same = identity.is(person.registry_number.as_deref(), person.birth_on.into(), &person.kana_key);
    if !is_same || person.merged_into.is_some() || person.deceased_on.is_some() {
        return Ok(Match::Other(Why::Differs));
    }
    let account = crate::physician::lists::account_of(db, person.id.into()).await?;
    if account.as_ref().is_some_and(|account| account.state != "active" || account.first_used_at.is_some()) {
        return Ok(Match::Other(Why::InUse));
    }
    Ok(Match::Person(Box::new(Known { person, account })))
}

/// The prefectural association of a prefecture.
///
/// # Errors
/// A fault of the database.
pub(super) async fn desk_of(db: &impl ConnectionTrait, prefecture: i32) -> Result<Option<AssociationId>> {
    let id: Option<Uuid> = association::Entity::find()
        .select_only()
        .column(association::Column::Id)
        .filter(association::Column::Tier.eq(Tier::Prefectural.name()))
        .filter(association::Column::Prefecture.eq(prefecture))
        .filter(association::Column::ClosedOn.is_null())
        .into_tuple()
        .one(db)
        .await?;
    Ok(id.map(Into::into))
}
