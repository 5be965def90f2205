//! The applications that an office sees, filtered, sorted and page by page.

use super::nobody_in_charge;
use super::rounds::{self, Calendar};
use crate::application::advance::procedure;
use crate::association::lists::names;
use crate::cx::Cx;
use crate::db::scope;
use crate::desk::associations;
use crate::error::{Error, Result};
use crate::physician::lists as physicians;
use mamis_rules::access::{self, Duty};
use mamis_rules::base::{AssociationId, Day, full_name};
use mamis_rules::flow::certification::State;
use mamis_schema::{application, application_step, physician};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, Order, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use uuid::Uuid;

/// Rows on a page.
pub const PAGE: u64 = 50;

/// Rows of an export at most.
pub const EXPORT: u64 = 5_000;

/// The states in which an office examines.
pub const EXAMINATIONS: [State; 3] =
    [State::MunicipalExamination, State::PrefecturalExamination, State::NationalExamination];

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Which applications.
    pub view: View,
    /// One state only.
    pub state: Option<State>,
    /// initial or renewal; empty for both.
    pub kind: String,
    /// Name, reading or number; empty for all.
    pub text: String,
    /// Order.
    pub sort: Sort,
}

/// Which applications.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// On my desk.
    #[default]
    Mine,
    /// On my desk, and its day has passed.
    Overdue,
    /// At an association below where nobody is in charge.
    Unattended,
    /// Everything that I may see.
    All,
}

/// In which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// Doubtful ones first, then the oldest.
    #[default]
    Doubtful,
    /// The oldest first.
    Oldest,
    /// The newest first.
    Newest,
    /// By number.
    Number,
}

macro_rules! names_of {
    ($kind:ident: $($variant:ident = $name:literal, $label:literal;)+) => {
        impl $kind {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in addresses.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The word on the screen.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$variant => $label),+ }
            }

            /// The value of a name in an address; the first for anything else.
            pub fn read(name: &str) -> Self {
                Self::ALL.iter().copied().find(|value| value.name() == name).unwrap_or_default()
            }
        }
    };
}

names_of! { View:
    Mine = "mine", "自分の担当";
    Overdue = "overdue", "期限切れ";
    Unattended = "unattended", "担当者がいない医師会";
    All = "all", "すべて";
}

names_of! { Sort:
    Doubtful = "doubtful", "確認が必要なものから";
    Oldest = "oldest", "古い順";
    Newest = "newest", "新しい順";
    Number = "number", "番号順";
}

/// One application in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The application.
    pub id: Uuid,
    /// Its number.
    pub number: String,
    /// Name exactly as registered.
    pub name: String,
    /// Reading.
    pub kana: String,
    /// 認定産業医 更新.
    pub procedure: String,
    /// State.
    pub state: State,
    /// Name of the association that has it; empty when none.
    pub desk: String,
    /// The association that the physician applied to.
    pub applied_to: String,
    /// Since when it lies there.
    pub since: Option<Day>,
    /// Until when it is due, where it lies on the actor's desk.
    pub due: Option<Day>,
    /// Whether that day has passed.
    pub overdue: bool,
    /// Whether the actor's office examines it now.
    pub to_examine: bool,
    /// What to look at first.
    pub doubt: Doubt,
    /// Whether the registration fee is in.
    pub fee_received: bool,
}

/// Whether an application needs a closer look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// Something was missing when it was submitted.
    Missing,
    /// It was enough only with paper that no office had seen, or it was never evaluated.
    Provisional,
    /// Enough.
    Clear,
}

impl Doubt {
    /// From the evaluation that is kept at the submission, and again whenever an office compares a paper line.
    pub fn of(evaluation: Option<&str>) -> Self {
        let known = |name: &str| {
            evaluation
                .and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok())
                .and_then(|value| value.get(name).and_then(serde_json::Value::as_bool))
        };
        match (known("eligible"), known("provisional")) {
            (Some(false), _) => Self::Missing,
            (Some(true), Some(false)) => Self::Clear,
            _ => Self::Provisional,
        }
    }

    /// The word in the list.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Missing => "不足あり",
            Self::Provisional => "原本の確認待ち",
            Self::Clear => "充足",
        }
    }

    /// The kind of its badge.
    pub const fn badge(self) -> &'static str {
        match self {
            Self::Missing => "error",
            Self::Provisional => "warning",
            Self::Clear => "success",
        }
    }
}

/// One page of applications and how many there are altogether.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn page(cx: &Cx, filter: &Filter, page: u64) -> Result<(Vec<Row>, u64)> {
    let offices = associations(&cx.actor, Duty::Certification);
    let calendar = rounds::calendar(cx, &offices).await?;
    let found = filtered(cx, filter, &calendar);
    let total = found.clone().count(cx.db()).await?;
    let rows =
        sorted(found, filter.sort).offset(page.saturating_sub(1) * PAGE).limit(PAGE).all(cx.db()).await?;
    Ok((dress(cx, rows, &calendar).await?, total))
}

/// The same for a file: all rows up to [`EXPORT`].
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn export(cx: &Cx, filter: &Filter) -> Result<Vec<Row>> {
    let offices = associations(&cx.actor, Duty::Certification);
    let calendar = rounds::calendar(cx, &offices).await?;
    let rows = sorted(filtered(cx, filter, &calendar), filter.sort).limit(EXPORT).all(cx.db()).await?;
    dress(cx, rows, &calendar).await
}

/// The applications that wait for the examination at the actor's desk, in the order of the work.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn to_examine(cx: &Cx, at: AssociationId, state: State) -> Result<Vec<Uuid>> {
    let waiting = application::Entity::find()
        .filter(application::Column::Desk.eq(Uuid::from(at)))
        .filter(application::Column::State.eq(state.name()));
    Ok(sorted(waiting, Sort::Doubtful)
        .select_only()
        .column(application::Column::Id)
        .limit(EXPORT)
        .into_tuple()
        .all(cx.db())
        .await?)
}

fn filtered(cx: &Cx, filter: &Filter, calendar: &Calendar) -> Select<application::Entity> {
    use application::Column as A;
    let offices = associations(&cx.actor, Duty::Certification);
    let mine = A::Desk.is_in(offices.iter().map(|at| Uuid::from(at.id)));
    let mut found = application::Entity::find()
        .filter(scope::applications(&access::application::visible_to(&cx.actor)))
        .filter(A::Kind.eq(access::application::Kind::Certification.name()));
    found = match filter.view {
        View::Mine => found.filter(mine),
        View::All => found,
        View::Unattended => found.filter(nobody_in_charge(&offices, Duty::Certification, cx.today())),
        View::Overdue => {
            let late = offices.iter().filter_map(|at| {
                let closed = calendar.last_overdue(at.id, cx.today())?;
                Some(A::Desk.eq(Uuid::from(at.id)).and(A::WaitingSince.lt(rounds::end_of(closed))))
            });
            found
                .filter(late.fold(Condition::any().add(Expr::val(1).eq(0)), Condition::add))
                .filter(A::State.is_in(EXAMINATIONS.map(State::name)))
        }
    };
    if let Some(state) = filter.state {
        found = found.filter(A::State.eq(state.name()));
    }
    if !filter.kind.is_empty() {
        found = found.filter(A::CertificationKind.eq(filter.kind.as_str()));
    }
    if !filter.text.is_empty() {
        found = found.filter(text(&filter.text));
    }
    found
}

/// Part of the number, or the physician.
fn text(text: &str) -> Condition {
    Condition::any()
        .add(application::Column::Number.contains(text.trim()))
        .add(application::Column::Physician.in_subquery(physicians::named(text)))
}

fn sorted(found: Select<application::Entity>, sort: Sort) -> Select<application::Entity> {
    use application::Column as A;
    let found = match sort {
        Sort::Doubtful => {
            let rank = Expr::case(A::Evaluation.contains("\"eligible\":false"), 0)
                .case(A::Evaluation.contains("\"provisional\":false"), 2)
                .finally(1);
            // What is to be examined comes before what waits for a meeting.
            let work = Expr::case(A::State.is_in(EXAMINATIONS.map(State::name)), 0).finally(1);
            found
                .order_by(Expr::Case(Box::new(work)), Order::Asc)
                .order_by(Expr::Case(Box::new(rank)), Order::Asc)
                .order_by_asc(A::WaitingSince)
        }
        Sort::Oldest => found.order_by_asc(A::WaitingSince),
        Sort::Newest => found.order_by_desc(A::WaitingSince),
        Sort::Number => found.order_by_asc(A::Number),
    };
    found.order_by_asc(A::Id)
}

/// The associations of the routes, first step first; districts only read along.
async fn applied_to(cx: &Cx, rows: &[application::Model]) -> Result<Vec<(Uuid, Uuid)>> {
    Ok(application_step::Entity::find()
        .select_only()
        .columns([application_step::Column::Application, application_step::Column::Association])
        .filter(application_step::Column::Application.is_in(rows.iter().map(|row| row.id)))
        .filter(application_step::Column::Tier.ne("district"))
        .order_by_asc(application_step::Column::Position)
        .into_tuple()
        .all(cx.db())
        .await?)
}

/// Adds names and days to rows: three questions for a page, not one for each row.
async fn dress(cx: &Cx, rows: Vec<application::Model>, calendar: &Calendar) -> Result<Vec<Row>> {
    let people: Vec<(Uuid, String, String, String, String)> = physician::Entity::find()
        .select_only()
        .columns([
            physician::Column::Id,
            physician::Column::FamilyName,
            physician::Column::GivenName,
            physician::Column::FamilyKana,
            physician::Column::GivenKana,
        ])
        .filter(physician::Column::Id.is_in(rows.iter().map(|row| row.physician)))
        .into_tuple()
        .all(cx.db())
        .await?;
    let first = applied_to(cx, &rows).await?;
    let bodies = rows.iter().filter_map(|row| row.desk).chain(first.iter().map(|(_, id)| *id));
    let bodies = names(cx.db(), bodies).await?;
    let mine = associations(&cx.actor, Duty::Certification);
    let name_of = |id: Option<Uuid>| id.and_then(|id| bodies.get(&id).cloned()).unwrap_or_default();
    rows.into_iter()
        .map(|row| {
            let person = people.iter().find(|person| person.0 == row.physician);
            let at = row.desk.map(AssociationId::from).filter(|desk| mine.iter().any(|at| at.id == *desk));
            let state: State = row.state.parse().map_err(Error::fault)?;
            let at = at.filter(|_| EXAMINATIONS.contains(&state));
            let due = at.and_then(|at| calendar.due(at, &row.scheme, row.waiting_since?));
            Ok(Row {
                id: row.id,
                number: row.number.unwrap_or_default(),
                name: person.map(|(_, family, given, _, _)| full_name(family, given)).unwrap_or_default(),
                kana: person.map(|(_, _, _, family, given)| full_name(family, given)).unwrap_or_default(),
                procedure: procedure(&row.scheme, &row.certification_kind),
                state,
                desk: name_of(row.desk),
                applied_to: name_of(first.iter().find(|(id, _)| *id == row.id).map(|(_, body)| *body)),
                since: row.waiting_since.map(Day::of),
                due,
                overdue: due.is_some_and(|due| due < cx.today()),
                to_examine: at.is_some(),
                doubt: Doubt::of(row.evaluation.as_deref()),
                fee_received: row.fee == 0 || row.fee_received_on.is_some(),
            })
        })
        .collect()
}
