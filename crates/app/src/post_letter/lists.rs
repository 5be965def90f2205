//! Questions about the post list.

use crate::cx::Cx;
use crate::db::scope;
use crate::error::{Error, Result};
use crate::physician::lists as physicians;
use crate::physician::lists::people::workplaces;
use mamis_rules::access;
use mamis_rules::base::{Day, full_name};
use mamis_schema::{outbox, physician, workplace};
use sea_orm::sea_query::Condition;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

/// Letters on a page.
pub const PAGE: u64 = 50;

/// Letters in one print or one record: what an office puts into envelopes in a day.
pub const MOST: usize = 200;

/// Which of the letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// To be posted.
    #[default]
    Waiting,
    /// Posted.
    Posted,
    /// The office decided not to post them.
    Unneeded,
}

impl View {
    /// All of them, in the order of the tabs.
    pub const ALL: &'static [Self] = &[Self::Waiting, Self::Posted, Self::Unneeded];

    /// The word in the table and in the address.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Posted => "posted",
            Self::Unneeded => "unneeded",
        }
    }

    /// The word on the tab.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Waiting => "郵送を待っている",
            Self::Posted => "郵送した",
            Self::Unneeded => "送らないことにした",
        }
    }

    /// From the word in the address.
    pub fn read(name: &str) -> Self {
        Self::ALL.iter().copied().find(|view| view.name() == name).unwrap_or_default()
    }
}

/// A letter in the list.
#[derive(Clone, Debug)]
pub struct Line {
    /// The letter.
    pub row: outbox::Model,
    /// Whom it goes to.
    pub person: physician::Model,
    /// Postcode and lines of the mailing destination; none when the address is not known.
    pub destination: Option<Destination>,
}

/// Where somebody wants letters to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// Postcode, as registered.
    pub postcode: String,
    /// Address, and the name of the workplace where it goes there.
    pub lines: Vec<String>,
}

impl Line {
    /// Name exactly as registered.
    pub fn name(&self) -> String {
        full_name(&self.person.family_name, &self.person.given_name)
    }

    /// The day it was written.
    pub fn written_on(&self) -> Day {
        Day::of(self.row.created_at)
    }

    /// Whether a mail was tried first.
    pub fn is_failed_mail(&self) -> bool {
        self.row.attempts > 0
    }
}

/// One page of the letters of the actor's office and how many there are; those that wait the oldest first, the
/// others the newest first.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn page(cx: &Cx, view: View, text: &str, number: u64) -> Result<(Vec<Line>, u64)> {
    use outbox::Column as O;
    let mut found = visible(cx).filter(O::State.eq(view.name()));
    if !text.is_empty() {
        found = found.filter(matching(text));
    }
    let total = found.clone().count(cx.db()).await?;
    let found = match view {
        View::Waiting => found.order_by_asc(O::CreatedAt),
        View::Posted | View::Unneeded => found.order_by_desc(O::PostedOn).order_by_desc(O::CreatedAt),
    };
    let rows =
        found.order_by_asc(O::Id).offset(number.saturating_sub(1) * PAGE).limit(PAGE).all(cx.db()).await?;
    Ok((dress(cx, cx.db(), rows).await?, total))
}

/// How many letters wait at the actor's office.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn waiting(cx: &Cx) -> Result<u64> {
    Ok(visible(cx).filter(outbox::Column::State.eq(View::Waiting.name())).count(cx.db()).await?)
}

/// The letters that the actor sees.
fn visible(cx: &Cx) -> Select<outbox::Entity> {
    outbox::Entity::find()
        .filter(outbox::Column::Channel.eq("post"))
        .filter(scope::post_letters(&access::post_letter::visible_to(&cx.actor), cx.today()))
}

/// Letters by id that the actor sees, in the order of names, so that envelopes and sheets lie alike.
///
/// # Errors
/// [`Error::NotFound`] when the actor does not see one of them.
pub(crate) async fn chosen(cx: &Cx, db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<Line>> {
    if ids.is_empty() {
        return Err(Error::invalid("id", "案内を1件以上選んでください。"));
    }
    if ids.len() > MOST {
        return Err(Error::invalid("id", "一度に扱えるのは200件までです。分けて選んでください。"));
    }
    let rows = visible(cx).filter(outbox::Column::Id.is_in(ids.iter().copied())).all(db).await?;
    if rows.len() != ids.len() {
        return Err(Error::NotFound);
    }
    let mut lines = dress(cx, db, rows).await?;
    lines.sort_by(|a, b| (&a.person.kana_key, a.row.id).cmp(&(&b.person.kana_key, b.row.id)));
    Ok(lines)
}

fn matching(text: &str) -> Condition {
    Condition::any()
        .add(outbox::Column::Subject.contains(text))
        .add(outbox::Column::Physician.in_subquery(physicians::named(text)))
}

/// Adds people and workplaces: two questions, not one for each row.
pub(crate) async fn dress(cx: &Cx, db: &impl ConnectionTrait, rows: Vec<outbox::Model>) -> Result<Vec<Line>> {
    let ids: Vec<Uuid> = rows.iter().filter_map(|row| row.physician).collect();
    let people =
        physician::Entity::find().filter(physician::Column::Id.is_in(ids.iter().copied())).all(db).await?;
    let workplaces = workplaces(db, &ids, cx.today()).await?;
    rows.into_iter()
        .map(|row| {
            let person = people.iter().find(|person| Some(person.id) == row.physician);
            let person = person.cloned().ok_or(Error::NotFound)?;
            Ok(Line { destination: destination(&person, workplaces.get(&person.id)), row, person })
        })
        .collect()
}

/// The chosen destination; the other one where nothing is known of it.
pub(crate) fn destination(
    person: &physician::Model,
    workplace: Option<&workplace::Model>,
) -> Option<Destination> {
    let home = destination_of(&person.home_postal_code, &person.home_address, None);
    let work = workplace.and_then(|at| destination_of(&at.postal_code, &at.address, Some(&at.name)));
    if person.mailing_destination == "workplace" { work.or(home) } else { home.or(work) }
}

fn destination_of(
    postcode: &Option<String>,
    address: &Option<String>,
    name: Option<&String>,
) -> Option<Destination> {
    let address = address.as_ref().filter(|address| !address.is_empty())?;
    let lines = [Some(address), name].into_iter().flatten().cloned().collect();
    Some(Destination { postcode: written(postcode.as_deref().unwrap_or_default()), lines })
}

/// A postcode as it is written: 140-8522.
fn written(postcode: &str) -> String {
    match postcode.len() {
        7 if postcode.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("{}-{}", &postcode[..3], &postcode[3..])
        }
        _ => postcode.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::written;

    #[test]
    fn a_postcode_has_its_line() {
        for (stored, shown) in
            [("1408522", "140-8522"), ("140-8522", "140-8522"), ("", ""), ("１４０", "１４０")]
        {
            assert_eq!(written(stored), shown);
        }
    }
}
