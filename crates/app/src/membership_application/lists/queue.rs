//! The procedures of membership that an office sees, filtered and page by page.

use crate::association::lists::names;
use crate::cx::Cx;
use crate::db::scope;
use crate::desk::associations;
use crate::desk::lists::nobody_in_charge;
use crate::error::{Error, Result};
use mamis_rules::access::application::Kind;
use mamis_rules::access::{self, Duty};
use mamis_rules::base::{ApplicationId, AssociationId, Day, full_name, search_key};
use mamis_rules::flow::any;
use mamis_schema::{application, membership_application, physician};
use sea_orm::sea_query::Query;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

/// Rows on a page.
pub const PAGE: u64 = 50;

/// Which procedures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// On the desk of my associations.
    #[default]
    Mine,
    /// At an association below where nobody is in charge.
    Unattended,
    /// Under way or finished, all that I may see.
    All,
}

impl View {
    /// Every view.
    pub const ALL: &'static [Self] = &[Self::Mine, Self::Unattended, Self::All];

    /// The name in addresses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mine => "mine",
            Self::Unattended => "unattended",
            Self::All => "all",
        }
    }

    /// The word on the screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Mine => "自分の担当",
            Self::Unattended => "担当者がいない医師会",
            Self::All => "すべて",
        }
    }

    /// The view of a name in an address; the first for anything else.
    pub fn read(name: &str) -> Self {
        Self::ALL.iter().copied().find(|view| view.name() == name).unwrap_or_default()
    }
}

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Which procedures.
    pub view: View,
    /// One kind only.
    pub kind: Option<Kind>,
    /// Part of a number, of a name or of its reading; empty for all.
    pub text: String,
}

/// A procedure in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The application.
    pub id: Uuid,
    /// Its number.
    pub number: String,
    /// The kind.
    pub kind: Kind,
    /// Name of the physician exactly as registered.
    pub name: String,
    /// Reading.
    pub kana: String,
    /// The state in words.
    pub state: &'static str,
    /// The kind of its badge.
    pub badge: &'static str,
    /// The association whose turn it is; empty when none.
    pub desk: String,
    /// Since when.
    pub since: Option<Day>,
    /// The wanted day.
    pub effective_on: Option<Day>,
    /// Whether it lies on the desk of the actor.
    pub is_mine: bool,
}

fn filtered(cx: &Cx, filter: &Filter) -> Select<application::Entity> {
    use application::Column as A;
    let offices = associations(&cx.actor, Duty::Membership);
    let kinds = Kind::of(Duty::Membership);
    let mut found = application::Entity::find()
        .filter(scope::applications(&access::application::visible_to(&cx.actor)))
        .filter(A::Kind.is_in(kinds.iter().map(|kind| kind.name())));
    found = match filter.view {
        View::Mine => found.filter(A::Desk.is_in(offices.iter().map(|at| Uuid::from(at.id)))),
        View::Unattended => found.filter(nobody_in_charge(&offices, Duty::Membership, cx.today())),
        View::All => found,
    };
    if let Some(kind) = filter.kind {
        found = found.filter(A::Kind.eq(kind.name()));
    }
    if !filter.text.is_empty() {
        found = found.filter(text(&filter.text));
    }
    found
}

fn text(text: &str) -> Condition {
    let key = search_key(text);
    let people = Query::select()
        .column(physician::Column::Id)
        .from(physician::Entity)
        .cond_where(
            Condition::any()
                .add(physician::Column::NameKey.contains(key.as_str()))
                .add(physician::Column::KanaKey.contains(key.as_str())),
        )
        .to_owned();
    Condition::any()
        .add(application::Column::Number.contains(text.trim()))
        .add(application::Column::Physician.in_subquery(people))
}

/// One page of procedures, those that wait longest first, and how many there are altogether.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn page(cx: &Cx, filter: &Filter, number: u64) -> Result<(Vec<Row>, u64)> {
    use application::Column as A;
    let found = filtered(cx, filter);
    let total = found.clone().count(cx.db()).await?;
    let ordered = match filter.view {
        View::Mine | View::Unattended => found.order_by_asc(A::WaitingSince),
        View::All => found.order_by_desc(A::SubmittedAt),
    };
    let rows =
        ordered.order_by_asc(A::Id).offset(number.saturating_sub(1) * PAGE).limit(PAGE).all(cx.db()).await?;
    Ok((dress(cx, rows).await?, total))
}

/// The procedure that waits longest at the actor's desk besides this one: it opens by itself after a decision.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn next_after(cx: &Cx, id: ApplicationId) -> Result<Option<Uuid>> {
    use application::Column as A;
    Ok(filtered(cx, &Filter::default())
        .select_only()
        .column(A::Id)
        .filter(A::Id.ne(Uuid::from(id)))
        .order_by_asc(A::WaitingSince)
        .order_by_asc(A::Id)
        .limit(1)
        .into_tuple()
        .one(cx.db())
        .await?)
}

/// Adds names and days: three questions for a page, not one for each row.
async fn dress(cx: &Cx, rows: Vec<application::Model>) -> Result<Vec<Row>> {
    use physician::Column as P;
    let people: Vec<(Uuid, String, String, String, String)> = physician::Entity::find()
        .select_only()
        .columns([P::Id, P::FamilyName, P::GivenName, P::FamilyKana, P::GivenKana])
        .filter(P::Id.is_in(rows.iter().map(|row| row.physician)))
        .into_tuple()
        .all(cx.db())
        .await?;
    let days: Vec<(Uuid, Option<chrono::NaiveDate>)> = membership_application::Entity::find()
        .select_only()
        .columns([membership_application::Column::Application, membership_application::Column::EffectiveOn])
        .filter(membership_application::Column::Application.is_in(rows.iter().map(|row| row.id)))
        .into_tuple()
        .all(cx.db())
        .await?;
    let bodies = names(cx.db(), rows.iter().filter_map(|row| row.desk)).await?;
    let mine = associations(&cx.actor, Duty::Membership);
    rows.into_iter()
        .map(|row| {
            let kind: Kind = row.kind.parse().map_err(Error::fault)?;
            let person = people.iter().find(|person| person.0 == row.physician);
            let desk = row.desk.map(AssociationId::from);
            let day = days.iter().find(|(id, _)| *id == row.id).and_then(|(_, day)| *day);
            Ok(Row {
                id: row.id,
                number: row.number.unwrap_or_default(),
                kind,
                name: person.map(|(_, family, given, ..)| full_name(family, given)).unwrap_or_default(),
                kana: person.map(|(_, _, _, family, given)| full_name(family, given)).unwrap_or_default(),
                state: any::state_label(kind, &row.state),
                badge: any::badge(kind, &row.state),
                desk: row.desk.and_then(|desk| bodies.get(&desk).cloned()).unwrap_or_default(),
                since: row.waiting_since.map(Day::of),
                effective_on: day.map(Day::from),
                is_mine: mine.iter().any(|at| Some(at.id) == desk),
            })
        })
        .collect()
}
