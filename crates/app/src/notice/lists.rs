//! Questions about notices, their readers and their letters.

use super::reader;
use crate::cx::{Cx, Who};
use crate::db::scope;
use crate::error::{Error, Result};
use crate::physician::lists::asked::Question;
use crate::physician::lists::people::{Person, people};
use crate::physician::lists::search::{behind, count};
use mamis_rules::access::notice::visible_to;
use mamis_rules::access::{Actor, Depth, Duty, DutyHeld, Office};
use mamis_rules::association::Prefecture;
use mamis_rules::base::{AccountId, NoticeId, OfficerId, full_name};
use mamis_rules::notice::{State, text};
use mamis_schema::{association, attachment, notice, outbox, physician};
use outbox::Column as O;
use sea_orm::sea_query::{Expr, Query, SimpleExpr};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};
use uuid::Uuid;

/// Notices or letters on a page.
pub const PAGE: u64 = 50;

/// Readers are counted up to here while a notice is written.
pub const COUNTED: u64 = 200_000;

/// A notice that the actor sees.
#[derive(Clone, Debug)]
pub struct Found {
    /// The row.
    pub row: notice::Model,
    /// How far it is.
    pub state: State,
    /// The office that writes.
    pub office: association::Model,
}

impl Found {
    /// Typed id.
    pub fn id(&self) -> NoticeId {
        NoticeId(self.row.id)
    }

    /// The question that says who reads it.
    pub fn question(&self) -> Question {
        Question::read(&self.row.query)
    }
}

/// One page of the notices of the actor's offices, the newest first, and how many there are.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn page(cx: &Cx, number: u64) -> Result<(Vec<notice::Model>, u64)> {
    let found = notice::Entity::find().filter(scope::notices(&visible_to(&cx.actor)));
    let total = found.clone().count(cx.db()).await?;
    let rows = found
        .order_by_desc(notice::Column::CreatedAt)
        .order_by_desc(notice::Column::Id)
        .offset(number.saturating_sub(1) * PAGE)
        .limit(PAGE)
        .all(cx.db())
        .await?;
    Ok((rows, total))
}

/// A notice that the actor sees.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn find(cx: &Cx, db: &impl ConnectionTrait, id: NoticeId) -> Result<Found> {
    let row = notice::Entity::find_by_id(Uuid::from(id))
        .filter(scope::notices(&visible_to(&cx.actor)))
        .one(db)
        .await?
        .ok_or(Error::NotFound)?;
    dress(db, row).await
}

pub(super) async fn dress(db: &impl ConnectionTrait, row: notice::Model) -> Result<Found> {
    let office = association::Entity::find_by_id(row.association).one(db).await?.ok_or(Error::NotFound)?;
    Ok(Found { state: row.state.parse().map_err(Error::fault)?, office, row })
}

/// The office itself as the one who looks for people: with the duties of whoever wrote the notice, at that office alone.
/// So the writer, the preview and the job find the same people, and nobody through another office of the writer's.
///
/// # Errors
/// [`Error::Fault`] for a duty that nobody knows.
pub(super) fn as_office(cx: &Cx, found: &Found) -> Result<Cx> {
    let prefecture = found.office.prefecture.and_then(Prefecture::stored);
    let tier = found.office.tier.parse().map_err(Error::fault)?;
    let at = Office::Association { id: found.office.id.into(), tier, prefecture };
    let duties = found.row.duties.split(',').filter(|name| !name.is_empty());
    let duties = duties.map(|name| name.parse::<Duty>().map(|duty| DutyHeld { duty, at }));
    let duties: std::result::Result<Vec<DutyHeld>, _> = duties.collect();
    let nobody = Uuid::nil();
    let actor = Actor::Officer {
        account: AccountId(nobody),
        officer: OfficerId(nobody),
        duties: duties.map_err(Error::fault)?,
    };
    Ok(Cx { actor, who: Who::default(), ..cx.clone() })
}

/// How many people it goes to today, counted up to [`COUNTED`].
///
/// # Errors
/// [`Error::Invalid`] for a question that no longer says who is meant.
#[crate::boxed]
pub async fn readers(cx: &Cx, found: &Found) -> Result<u64> {
    let office = as_office(cx, found)?;
    let filter = found.question().filter(&office).await?;
    count(&office, &filter, COUNTED).await
}

/// Somebody who reads it, for the preview.
#[derive(Clone, Debug)]
pub struct Reader {
    /// Who.
    pub id: Uuid,
    /// What the fields say.
    pub person: text::Person,
    /// Whether it goes by mail.
    pub by_mail: bool,
}

/// The next one who reads it, behind another; none at the end.
///
/// # Errors
/// As [`readers`].
#[crate::boxed]
pub async fn next_reader(cx: &Cx, found: &Found, last: Option<Uuid>) -> Result<Option<Reader>> {
    let office = as_office(cx, found)?;
    let filter = found.question().filter(&office).await?;
    let ids = behind(&office, &filter, last, 1).await?;
    let person = people(&office, &ids).await?.pop();
    Ok(person.map(|person| Reader {
        id: person.row.id,
        by_mail: person.row.email_verified_at.is_some(),
        person: reader(&person),
    }))
}

/// The next readers behind the one that was reached, with what the letters need; empty at the end.
pub(super) async fn batch(cx: &Cx, found: &Found, most: u64) -> Result<(Vec<Uuid>, Vec<Person>)> {
    let office = as_office(cx, found)?;
    let filter = found.question().filter(&office).await?;
    let ids = behind(&office, &filter, found.row.reached, most).await?;
    let people = people(&office, &ids).await?;
    Ok((ids, people))
}

/// The files that go with it.
///
/// # Errors
/// A fault of the database.
pub async fn files(db: &impl ConnectionTrait, id: NoticeId) -> Result<Vec<attachment::Model>> {
    Ok(attachment::Entity::find()
        .filter(attachment::Column::Notice.eq(Uuid::from(id)))
        .order_by_asc(attachment::Column::Id)
        .limit(super::FILES as u64)
        .all(db)
        .await?)
}

/// What became of the letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// By mail, not yet taken by a server.
    Waiting,
    /// A server took it, and nothing came back.
    Sent,
    /// Came back, or was refused.
    Bounced,
    /// By post, not yet posted.
    ToPost,
    /// Posted.
    Posted,
    /// Will not leave any more.
    Unneeded,
}

impl View {
    /// All of them, in the order of the tabs.
    pub const ALL: &'static [Self] =
        &[Self::Waiting, Self::Sent, Self::Bounced, Self::ToPost, Self::Posted, Self::Unneeded];

    /// The word in the address.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Bounced => "bounced",
            Self::ToPost => "to_post",
            Self::Posted => "posted",
            Self::Unneeded => "unneeded",
        }
    }

    /// The word on the tab.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Waiting => "送信を待っている",
            Self::Sent => "メールで送った",
            Self::Bounced => "メールが届かなかった",
            Self::ToPost => "郵送を待っている",
            Self::Posted => "郵送した",
            Self::Unneeded => "送らないことにした",
        }
    }

    /// From the word in the address.
    pub fn read(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|view| view.name() == name)
    }

    fn condition(self) -> Condition {
        let at = |channel: &str, states: &[&str]| {
            Condition::all().add(O::Channel.eq(channel)).add(O::State.is_in(states.iter().copied()))
        };
        match self {
            Self::Waiting => at("mail", &["waiting", "sending"]),
            Self::Sent => at("mail", &["sent"]).add(O::BouncedAt.is_null()),
            Self::Bounced => Condition::all().add(O::BouncedAt.is_not_null()),
            Self::ToPost => at("post", &["waiting"]),
            Self::Posted => at("post", &["posted"]),
            Self::Unneeded => Condition::all().add(O::State.eq("unneeded")),
        }
    }
}

/// Letters of a notice, the tests left out.
pub(super) fn letters_of(id: NoticeId) -> Select<outbox::Entity> {
    outbox::Entity::find().filter(O::Notice.eq(Uuid::from(id))).filter(O::Kind.eq("notice"))
}

/// How many letters there are of each kind; a letter that came back and goes by post now counts for both.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn figures(cx: &Cx, id: NoticeId) -> Result<Vec<(View, u64)>> {
    #[derive(FromQueryResult)]
    struct Group {
        channel: String,
        state: String,
        letters: i64,
    }
    let groups: Vec<Group> = letters_of(id)
        .select_only()
        .columns([O::Channel, O::State])
        .expr_as(O::Id.count(), "letters")
        .group_by(O::Channel)
        .group_by(O::State)
        .into_model()
        .all(cx.db())
        .await?;
    let bounced = letters_of(id).filter(O::BouncedAt.is_not_null()).count(cx.db()).await?;
    let lost = letters_of(id).filter(View::Bounced.condition()).filter(O::Channel.eq("mail"));
    let lost = lost.filter(O::State.eq("sent")).count(cx.db()).await?;
    let of = |channel: &str, states: &[&str]| {
        let found = groups.iter().filter(|group| {
            (channel.is_empty() || group.channel == channel) && states.contains(&group.state.as_str())
        });
        found.map(|group| group.letters.unsigned_abs()).sum::<u64>()
    };
    let count = |view: &View| match view {
        View::Waiting => of("mail", &["waiting", "sending"]),
        View::Sent => of("mail", &["sent"]).saturating_sub(lost),
        View::Bounced => bounced,
        View::ToPost => of("post", &["waiting"]),
        View::Posted => of("post", &["posted"]),
        View::Unneeded => of("", &["unneeded"]),
    };
    Ok(View::ALL.iter().map(|view| (*view, count(view))).collect())
}

/// A letter in a list: no more of the person than every list shows.
#[derive(Clone, Debug)]
pub struct Line {
    /// The letter.
    pub row: outbox::Model,
    /// Name exactly as registered.
    pub name: String,
    /// The reading.
    pub kana: String,
    /// Whether letters go by post now, since the mailbox is gone and no other address was verified.
    pub goes_by_post: bool,
}

/// One page of the letters of a notice.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn letters(cx: &Cx, id: NoticeId, view: View, number: u64) -> Result<Vec<Line>> {
    let rows = letters_of(id)
        .filter(view.condition())
        .order_by_asc(O::Id)
        .offset(number.saturating_sub(1) * PAGE)
        .limit(PAGE)
        .all(cx.db())
        .await?;
    lines(cx, rows).await
}

/// One page of the letters that came back from people whom the actor sees in full, the newest first, and how many.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn bounced(cx: &Cx, number: u64) -> Result<(Vec<Line>, u64)> {
    use mamis_rules::access;
    let seen = access::physician::visible_at(&cx.actor, Depth::Full);
    let people = physician::Entity::find().select_only().column(physician::Column::Id);
    let people = people.filter(scope::physicians(&seen, cx.today())).into_query();
    let mut found = outbox::Entity::find()
        .filter(O::BouncedAt.is_not_null())
        .filter(O::Physician.is_not_null())
        .filter(O::Physician.in_subquery(people));
    if let Some(kinds) = access::post_letter::kinds_read_by(&cx.actor) {
        found = found.filter(O::Kind.is_in(kinds.iter().copied().chain(["notice"])));
    }
    let total = found.clone().count(cx.db()).await?;
    let rows = found
        .order_by_desc(O::BouncedAt)
        .order_by_desc(O::Id)
        .offset(number.saturating_sub(1) * PAGE)
        .limit(PAGE)
        .all(cx.db())
        .await?;
    Ok((lines(cx, rows).await?, total))
}

async fn lines(cx: &Cx, rows: Vec<outbox::Model>) -> Result<Vec<Line>> {
    use physician::Column as P;
    let ids: Vec<Uuid> = rows.iter().filter_map(|row| row.physician).collect();
    let people = physician::Entity::find().filter(P::Id.is_in(ids)).all(cx.db()).await?;
    let line = |row: outbox::Model| {
        let person = people.iter().find(|person| Some(person.id) == row.physician)?;
        let same = person.email.as_ref() == Some(&row.address);
        let since = person.email_verified_at <= row.bounced_at;
        Some(Line {
            name: full_name(&person.family_name, &person.given_name),
            kana: full_name(&person.family_kana, &person.given_kana),
            goes_by_post: row.address_dead && same && since,
            row,
        })
    };
    Ok(rows.into_iter().filter_map(line).collect())
}

/// The reading of whoever a letter goes to, to sort by.
pub(super) fn reading() -> SimpleExpr {
    use physician::{Column as P, Entity as Physician};
    let reading = Query::select()
        .column(P::KanaKey)
        .from(Physician)
        .and_where(Expr::col((Physician, P::Id)).equals((outbox::Entity, O::Physician)))
        .to_owned();
    SimpleExpr::SubQuery(None, Box::new(reading.into()))
}
