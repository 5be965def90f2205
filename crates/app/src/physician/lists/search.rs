//! Finding people. However many there are in the country, a page looks at few of them: either the words say who, or
//! the office has few enough to go through them all, or the list is walked in its order until a page is full.

use super::{Line, dress};
use crate::cx::Cx;
use crate::db::{dialect, scope, search};
use crate::error::{Error, Result};
use mamis_rules::access::physician::{self as access, Fact};
use mamis_rules::access::{self as rules, Depth, Scope};
use mamis_rules::association::{MembershipCategory, Tier};
use mamis_rules::base::{AssociationId, Day};
use mamis_rules::credit::Scheme;
use mamis_rules::physician::text::Heading;
use mamis_rules::physician::{By, Standing, text};
use mamis_schema::{account, association, association_ancestor, certification, membership, physician};
use membership::Column as M;
use physician::Column as P;
use sea_orm::sea_query::{
    BinOper, CommonTableExpression, Expr, Func, IntoCondition, Query, SelectStatement, UnionType,
};
use sea_orm::{
    ColumnTrait, Condition, DatabaseBackend, EntityTrait, ExprTrait, FromQueryResult, Order, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Select,
};
use uuid::Uuid;

/// Physicians on a page.
pub const PAGE: u64 = 50;

/// People in a file.
pub const EXPORT: u64 = 20_000;

/// Where the ways to find people part. A test takes each of them in a small world.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// People found are counted up to here where all of them are looked at anyway.
    pub counted: u64,
    /// And up to here where the list is walked: two pages.
    pub walked: u64,
    /// Up to so many people, words say who they are; more people are asked for by the same words once more.
    pub named: u64,
    /// An office goes through its people where it has few: up to so many memberships, links and workplaces. A larger
    /// one walks the list of everybody, of whom it then sees many. 10,000 (a prefecture with 5,000 physicians) of
    /// 350,000 take as long either way, some 60 ms.
    pub reach: u64,
}

impl Limits {
    /// Those of the program.
    pub const USUAL: Self = Self { counted: 1_000, walked: 100, named: 1_000, reach: 10_000 };
}

/// What an office asks for; empty fields ask for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Words of name, reading, numbers or mail address.
    pub text: String,
    /// Belongs today to this association or to one below it.
    pub association: Option<AssociationId>,
    /// Belongs to it, or to any, in this category.
    pub category: Option<MembershipCategory>,
    /// Member of any association, or of none.
    pub standing: Option<Standing>,
    /// Holds, or held, a certification of this scheme.
    pub scheme: Option<Scheme>,
    /// Holds a certification that ends on this day or later,
    pub expires_from: Option<Day>,
    /// and on this day or earlier.
    pub expires_until: Option<Day>,
    /// Only those whom no mail reaches.
    pub without_email: bool,
    /// Only those with a login who have not used it yet.
    pub not_logged_in: bool,
    /// In which order.
    pub by: Option<By>,
}

impl Filter {
    fn asks_for_certifications(&self) -> bool {
        self.scheme.is_some() || self.expires_from.is_some() || self.expires_until.is_some()
    }
}

/// A page of people.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The people of the page.
    pub rows: Vec<Line>,
    /// How many there are altogether, as far as they were counted.
    pub total: u64,
    /// Whether there are more than were counted.
    pub more: bool,
    /// The page, from 1.
    pub page: u64,
    /// The order they are in: too many people are in the order of their readings.
    pub by: By,
}

/// One page of the physicians that the actor sees and the office asks for.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn page(cx: &Cx, filter: &Filter, number: u64) -> Result<Listed> {
    page_within(cx, filter, number, &Limits::USUAL).await
}

/// The same where the ways part elsewhere.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn page_within(cx: &Cx, filter: &Filter, number: u64, limits: &Limits) -> Result<Listed> {
    let asked = ask(cx, filter, limits).await?;
    let number = number.clamp(1, 10_000);
    let mut found = asked.cut(cx, number).await?;
    // Beyond the last page: the list became shorter, or somebody typed the number.
    let is_beyond = found.is_empty() && number > 1;
    let number = if is_beyond { 1 } else { number };
    if is_beyond {
        found = asked.cut(cx, 1).await?;
    }
    let total = found.first().map_or(0, |row| row.total.unsigned_abs());
    let counted = std::cmp::max(asked.counted, number * PAGE);
    let ids: Vec<Uuid> = found.into_iter().map(|row| row.id).collect();
    Ok(Listed {
        rows: dress(cx, &ids).await?,
        total: std::cmp::min(total, counted),
        more: total > counted,
        page: number,
        by: asked.by,
    })
}

/// The ids of everybody found, in order, for a file.
///
/// # Errors
/// [`Error::Refused`] when there are more than `most`; a fault of the database.
#[crate::boxed]
pub async fn everybody(cx: &Cx, filter: &Filter, most: u64) -> Result<Vec<Uuid>> {
    let asked = ask(cx, filter, &Limits::USUAL).await?;
    let all = asked.ordered(most + 1);
    let rows = Id::find_by_statement(cx.db().get_database_backend().build(&all)).all(cx.db()).await?;
    if rows.len() as u64 > most {
        return Err(Error::refused(format!(
            "見つかった方が{most}人を超えています。条件を加えて、{most}人以内に絞り込んでください。"
        )));
    }
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// How many people are found, counted up to `most`; the dead are left out: nobody writes to them.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn count(cx: &Cx, filter: &Filter, most: u64) -> Result<u64> {
    let living = ask(cx, filter, &Limits::USUAL).await?.query.filter(P::DeceasedOn.is_null());
    let ids = living.select_only().column(P::Id).into_query();
    dialect::counted(cx.db(), ids, most).await
}

/// The next people found behind one, in the order of their ids: a job that goes through all of them keeps its place by
/// the last one. The dead are left out.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn behind(cx: &Cx, filter: &Filter, last: Option<Uuid>, most: u64) -> Result<Vec<Uuid>> {
    let mut living = ask(cx, filter, &Limits::USUAL).await?.query.filter(P::DeceasedOn.is_null());
    if let Some(last) = last {
        living = living.filter(P::Id.gt(last));
    }
    let ids = living.select_only().column(P::Id).order_by_asc(P::Id).limit(most);
    Ok(ids.into_tuple().all(cx.db()).await?)
}

#[derive(FromQueryResult)]
struct Id {
    id: Uuid,
}

/// A person of a page, with the count of all.
#[derive(FromQueryResult)]
struct Counted {
    id: Uuid,
    total: i64,
}

/// A question, as the database is asked.
struct Asked {
    query: Select<physician::Entity>,
    counted: u64,
    by: By,
    place: Option<Expr>,
}

impl Asked {
    /// The first so many ids, each with its place.
    fn ordered(&self, limit: u64) -> SelectStatement {
        let place = self.place.clone().unwrap_or_else(|| Expr::val(0));
        let mut query = self.query.clone().select_only().column(P::Id).into_query();
        query.expr_as(Expr::col((physician::Entity, P::KanaKey)), "reading").expr_as(place, "place");
        if self.place.is_some() {
            query.order_by("place", Order::Asc);
        }
        query.order_by((physician::Entity, P::KanaKey), Order::Asc);
        query.order_by((physician::Entity, P::Id), Order::Asc).limit(limit).to_owned()
    }

    /// One page and the count, in one statement: both come from the same first rows of the list.
    async fn cut(&self, cx: &Cx, number: u64) -> Result<Vec<Counted>> {
        let counted = std::cmp::max(self.counted, number * PAGE);
        let count = Query::select().expr(Func::count(Expr::val(1))).from("found").to_owned();
        let mut rows = Query::select();
        rows.column("id").from("found").expr_as(count, "total");
        for column in ["place", "reading", "id"] {
            rows.order_by(column, Order::Asc);
        }
        rows.limit(PAGE).offset((number - 1) * PAGE);
        let found =
            CommonTableExpression::new().query(self.ordered(counted + 1)).table_name("found").to_owned();
        let statement = cx.db().get_database_backend().build(&rows.with_cte(found).to_owned());
        Ok(Counted::find_by_statement(statement).all(cx.db()).await?)
    }
}

/// The question as the database answers it soonest.
async fn ask(cx: &Cx, filter: &Filter, limits: &Limits) -> Result<Asked> {
    let today = cx.today();
    let sees = access::visible_to(&cx.actor);
    let mut query =
        physician::Entity::find().filter(P::MergedInto.is_null()).filter(conditions(cx, filter, &sees));
    let heading = text::heading(&filter.text);
    query = query.filter(heading.as_ref().map_or_else(Condition::all, under));
    let words = if heading.is_some() { Vec::new() } else { text::words(&filter.text) };
    let named =
        if words.is_empty() { None } else { Some(named(cx, &words, &filter.text, limits.named).await?) };
    let narrow = named.is_some() || filter.association.is_some() || filter.asks_for_certifications();
    let few = matches!(named, Some(Named::Few(_)));
    query = match named {
        Some(Named::Few(ids)) => query.filter(dialect::among(cx.db().get_database_backend(), P::Id, ids)),
        Some(Named::Many(found)) => query.filter(P::Id.in_subquery(found)),
        None => query,
    };
    // Few people are looked at one by one; an office of few people is gone through.
    // SQLite looks for the login of everybody it walks by, and one in six waits for the first use.
    let slow_walk = filter.not_logged_in && cx.db().get_database_backend() == DatabaseBackend::Sqlite;
    let most = if slow_walk { limits.reach * 5 / 2 } else { limits.reach };
    let reach = if few { None } else { reach(cx, &sees, today, most).await? };
    let by_reach = reach.is_some();
    query = match reach {
        Some(ids) => query.filter(P::Id.in_subquery(ids)),
        None => query.filter(scope::physicians_singly(&sees, today)),
    };
    let narrow = narrow || by_reach;
    let by = match filter.by.unwrap_or(By::Kana) {
        By::Registry | By::Association | By::Expiry if !narrow => By::Kana,
        by => by,
    };
    Ok(Asked {
        query,
        counted: if narrow { limits.counted } else { limits.walked },
        place: place(cx, filter, by),
        by,
    })
}

/// The people of the actor's offices as a list of ids, where they are few.
async fn reach(cx: &Cx, sees: &Scope<Fact>, today: Day, most: u64) -> Result<Option<SelectStatement>> {
    let Some(ids) = scope::physician_ids(sees, today) else { return Ok(None) };
    let counted = dialect::counted(cx.db(), ids.clone(), most + 1).await?;
    Ok((counted <= most).then_some(ids))
}

/// Whose readings stand under a heading: a piece of the list, walked in its order.
fn under(heading: &Heading) -> Condition {
    let reading = || Expr::col((physician::Entity, P::KanaKey));
    let mut all = Condition::all()
        .add(reading().gte(heading.from.to_string()))
        .add(reading().like(format!("{}%", heading.kana)));
    if let Some(before) = heading.before {
        all = all.add(reading().lt(before.to_string()));
    }
    all
}

/// Whom the words mean.
enum Named {
    /// These.
    Few(Vec<Uuid>),
    /// More than can be named one by one.
    Many(SelectStatement),
}

async fn named(cx: &Cx, words: &[text::Word], typed: &str, most: u64) -> Result<Named> {
    let found = texts(cx, words, typed);
    let first = Query::select().column("id").from_subquery(found.clone(), "named").limit(most + 1).to_owned();
    let rows = Id::find_by_statement(cx.db().get_database_backend().build(&first)).all(cx.db()).await?;
    let few = rows.len() as u64 <= most;
    Ok(if few { Named::Few(rows.into_iter().map(|row| row.id).collect()) } else { Named::Many(found) })
}

/// Everybody in whose texts the words are found, each text as far as the actor sees it: for most duties all texts of
/// everybody in reach, which is one question. Somebody may be found twice: telling them apart would read all of them
/// where a few more than can be named are enough.
fn texts(cx: &Cx, words: &[text::Word], typed: &str) -> SelectStatement {
    let backend = cx.db().get_database_backend();
    let widest = access::visible_to(&cx.actor);
    let sees = |depth| access::visible_at(&cx.actor, depth);
    let everywhere = Depth::ALL.iter().rev().find(|depth| sees(**depth) == widest);
    let everywhere = everywhere.copied().unwrap_or(Depth::List);
    let mut found = with_id(search::matching(backend, words, everywhere));
    for depth in Depth::ALL.iter().filter(|depth| **depth > everywhere && sees(**depth) != Scope::Nothing) {
        let ids = search::matching(backend, words, *depth);
        found.union(UnionType::All, with_id(within(cx, ids, &sees(*depth))));
    }
    if words.len() == 1 {
        let login = Query::select()
            .column(account::Column::Physician)
            .from(account::Entity)
            .and_where(account::Column::LoginId.eq(crate::account::login_id(typed)))
            .and_where(account::Column::Physician.is_not_null())
            .to_owned();
        found.union(UnionType::All, with_id(within(cx, login, &sees(Depth::Full))));
    }
    found
}

/// The same ids in a column `id`.
fn with_id(ids: SelectStatement) -> SelectStatement {
    Query::select().expr_as(Expr::col(("named", "physician")), "id").from_subquery(ids, "named").to_owned()
}

/// Those of the ids that lie in a scope, in a column `physician` as well.
fn within(cx: &Cx, ids: SelectStatement, sees: &Scope<Fact>) -> SelectStatement {
    physician::Entity::find()
        .select_only()
        .column_as(P::Id, "physician")
        .filter(P::Id.in_subquery(ids))
        .filter(scope::physicians(sees, cx.today()))
        .into_query()
}

/// The conditions of the form, besides the words, what is soonest answered first.
fn conditions(cx: &Cx, filter: &Filter, sees: &Scope<Fact>) -> Condition {
    let (today, backend) = (cx.today(), cx.db().get_database_backend());
    let person = || Expr::col((physician::Entity, P::Id));
    let mut all = Condition::all();
    if filter.without_email {
        all = all.add(P::EmailVerifiedAt.is_null()).add(P::DeceasedOn.is_null());
    }
    if filter.not_logged_in {
        all = all.add(dialect::row_by_row(backend, Expr::exists(unused_logins(person()))));
        // Whether somebody has logged in belongs to the depth that shows the login.
        let full = access::visible_at(&cx.actor, Depth::Full);
        if full != *sees {
            all = all.add(scope::physicians(&full, today));
        }
    }
    if let Some(id) = filter.association {
        all = all.add(P::Id.in_subquery(members(id, filter.category, today)));
    } else if let Some(category) = filter.category {
        let running =
            scope::memberships(today, person()).and_where(M::Category.eq(category.name())).to_owned();
        all = all.add(Expr::exists(running));
    }
    let member = || Expr::exists(scope::memberships(today, person()));
    match filter.standing {
        Some(Standing::Member) => all = all.add(member()),
        Some(Standing::NonMember) => all = all.add(member().not()),
        None => {}
    }
    if filter.asks_for_certifications() {
        all = all.add(P::Id.in_subquery(holders(cx, filter)));
    }
    all.into_condition()
}

/// Whoever belongs today to an association or to one below it.
fn members(at: AssociationId, category: Option<MembershipCategory>, today: Day) -> SelectStatement {
    use association_ancestor::{Column as X, Entity as Ancestor};
    let mut members = Query::select();
    members
        .column((membership::Entity, M::Physician))
        .from(membership::Entity)
        .inner_join(
            Ancestor,
            Expr::col((Ancestor, X::Association)).equals((membership::Entity, M::Association)),
        )
        .and_where(X::Ancestor.eq(Uuid::from(at)))
        .and_where(M::ValidFrom.lte(today.date()))
        .and_where(M::ValidUntil.is_null().or(M::ValidUntil.gte(today.date())));
    if let Some(category) = category {
        members.and_where(M::Category.eq(category.name()));
    }
    members
}

/// Whoever holds a certification that ends between two days and was not lost before, among those the actor sees.
fn holders(cx: &Cx, filter: &Filter) -> SelectStatement {
    use certification::Column as C;
    let sees = rules::certification::visible_to(&cx.actor);
    let mut holders = certification::Entity::find()
        .select_only()
        .column(C::Physician)
        .filter(scope::certifications(&sees, cx.today()))
        .filter(C::EndedOn.is_null());
    if let Some(scheme) = filter.scheme {
        holders = holders.filter(C::Scheme.eq(scheme.name()));
    }
    // Without days, whoever is certified today.
    if filter.expires_from.is_none() && filter.expires_until.is_none() {
        holders = holders.filter(C::ValidUntil.gte(cx.today().date()));
    }
    if let Some(from) = filter.expires_from {
        holders = holders.filter(C::ValidUntil.gte(from.date()));
    }
    if let Some(until) = filter.expires_until {
        holders = holders.filter(C::ValidUntil.lte(until.date()));
    }
    holders.into_query()
}

/// The login of a person who never used it.
fn unused_logins(person: Expr) -> SelectStatement {
    use account::{Column as A, Entity as Account};
    Query::select()
        .expr(Expr::val(1))
        .from(Account)
        .and_where(Expr::col((Account, A::Physician)).eq(person))
        .and_where(A::State.is_in(["active", "suspended"]))
        .and_where(A::FirstUsedAt.is_null())
        .to_owned()
}

/// What the list is sorted by before the reading; people without it come last.
fn place(cx: &Cx, filter: &Filter, by: By) -> Option<Expr> {
    let person = Expr::col((physician::Entity, P::Id));
    match by {
        By::Kana => None,
        By::Registry => Some(Func::coalesce([P::RegistryNumber.into_expr(), Expr::val("~")]).into()),
        By::Association => {
            use association::{Column as A, Entity as Association};
            let code = |tier: Tier, without: &str| -> Expr {
                let code = scope::memberships(cx.today(), person.clone())
                    .clear_selects()
                    .expr(Func::min(Expr::col((Association, A::Code))))
                    .inner_join(
                        Association,
                        Expr::col((Association, A::Id)).equals((membership::Entity, M::Association)),
                    )
                    .and_where(Expr::col((membership::Entity, M::Tier)).eq(tier.name()))
                    .to_owned();
                Func::coalesce([Expr::SubQuery(None, Box::new(code.into())), Expr::val(without)]).into()
            };
            // The districts of a municipal association stand together, behind those who belong to none of them.
            Some(code(Tier::Municipal, "~").binary(BinOper::Custom("||"), code(Tier::District, "")))
        }
        By::Expiry => {
            use certification::Column as C;
            let never = Day::new(9999, 12, 31).map(Day::date);
            let mut end = QuerySelect::query(&mut certification::Entity::find()).clone();
            end.clear_selects()
                .expr(Func::max(C::ValidUntil.into_expr()))
                .and_where(C::Physician.into_expr().eq(person))
                .and_where(C::EndedOn.is_null());
            if let Some(scheme) = filter.scheme {
                end.and_where(C::Scheme.eq(scheme.name()));
            }
            Some(Func::coalesce([Expr::SubQuery(None, Box::new(end.into())), Expr::val(never)]).into())
        }
    }
}
