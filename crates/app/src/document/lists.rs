//! Questions about documents.

pub mod attendance_certificate;
pub mod attendance_run;
pub mod own;

use super::actions::{Question, Subject};
use crate::association::lists::names;
use crate::certification::lists::{facts, measures, place};
use crate::cx::Cx;
use crate::db::scope;
use crate::error::{Error, Result};
use crate::physician::lists as physicians;
use mamis_rules::access;
use mamis_rules::access::document::Kind;
use mamis_rules::base::{Day, DocumentId, full_name};
use mamis_rules::certification::{CertificateNumber, Standing};
use mamis_schema::{certification, document, physician};
use sea_orm::sea_query::{Condition, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

/// Documents on a page.
pub const PAGE: u64 = 50;

/// What an office asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// One kind only.
    pub kind: Option<Kind>,
    /// Name, reading or number.
    pub text: String,
}

/// A document in the list.
#[derive(Clone, Debug)]
pub struct Line {
    /// The document.
    pub id: Uuid,
    /// Its kind.
    pub kind: Kind,
    /// Its number.
    pub number: String,
    /// The certification it certifies.
    pub certification: Option<Uuid>,
    /// Whom it is about; empty for letters about many.
    pub person: String,
    /// To which association; empty for those about one person.
    pub addressee: String,
    /// The date printed.
    pub issued_on: Day,
    /// Whether it stands in for an earlier one.
    pub is_duplicate: bool,
    /// Whether a duplicate has replaced it.
    pub is_replaced: bool,
}

/// A document that the actor sees.
///
/// # Errors
/// [`Error::NotFound`].
#[crate::boxed]
pub async fn find(cx: &Cx, id: DocumentId) -> Result<document::Model> {
    document::Entity::find_by_id(Uuid::from(id))
        .filter(scope::documents(&access::document::visible_to(&cx.actor), cx.today()))
        .one(cx.db())
        .await?
        .ok_or(Error::NotFound)
}

/// One page of the documents that the actor sees, newest first, and how many there are.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn page(cx: &Cx, filter: &Filter, number: u64) -> Result<(Vec<Line>, u64)> {
    use document::Column as D;
    let mut visible = document::Entity::find()
        .filter(scope::documents(&access::document::visible_to(&cx.actor), cx.today()));
    if let Some(kind) = filter.kind {
        visible = visible.filter(D::Kind.eq(kind.name()));
    }
    if !filter.text.is_empty() {
        visible = visible.filter(text(&filter.text));
    }
    let total = visible.clone().count(cx.db()).await?;
    let rows = visible
        .order_by_desc(D::CreatedAt)
        .order_by_desc(D::Id)
        .offset(number.saturating_sub(1) * PAGE)
        .limit(PAGE)
        .all(cx.db())
        .await?;
    Ok((dress(cx, rows).await?, total))
}

fn text(text: &str) -> Condition {
    let numbers = Query::select()
        .column(certification::Column::Id)
        .from(certification::Entity)
        .and_where(certification::Column::Number.contains(text.trim()))
        .to_owned();
    Condition::any()
        .add(document::Column::Number.contains(text.trim()))
        .add(document::Column::Physician.in_subquery(physicians::named(text)))
        .add(document::Column::Certification.in_subquery(numbers))
}

async fn dress(cx: &Cx, rows: Vec<document::Model>) -> Result<Vec<Line>> {
    let people: Vec<(Uuid, String, String)> = physician::Entity::find()
        .select_only()
        .columns([physician::Column::Id, physician::Column::FamilyName, physician::Column::GivenName])
        .filter(physician::Column::Id.is_in(rows.iter().filter_map(|row| row.physician)))
        .into_tuple()
        .all(cx.db())
        .await?;
    let bodies = names(cx.db(), rows.iter().filter_map(|row| row.association)).await?;
    rows.into_iter()
        .map(|row| {
            let person = people.iter().find(|(id, _, _)| Some(*id) == row.physician);
            let addressee = row.association.and_then(|id| bodies.get(&id).cloned());
            Ok(Line {
                id: row.id,
                kind: row.kind.parse().map_err(Error::fault)?,
                number: row.number,
                certification: row.certification,
                person: person.map(|(_, family, given)| full_name(family, given)).unwrap_or_default(),
                addressee: addressee.unwrap_or_default(),
                issued_on: row.issued_on.into(),
                is_duplicate: row.reissue_of.is_some(),
                is_replaced: row.revoked_at.is_some(),
            })
        })
        .collect()
}

/// Documents of an application's certification, newest first: for the tracker and my page.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn of_certification(cx: &Cx, id: Uuid) -> Result<Vec<document::Model>> {
    Ok(document::Entity::find()
        .filter(scope::documents(&access::document::visible_to(&cx.actor), cx.today()))
        .filter(document::Column::Certification.eq(id))
        .order_by_desc(document::Column::CreatedAt)
        .limit(20)
        .all(cx.db())
        .await?)
}

/// What the public page says of one document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What was asked about: a title with its certificate, or a document that stands for itself.
    pub kind: Kind,
    /// Whether it is good. A document that stands for itself is valid or revoked.
    pub standing: Standing,
}

/// What code or number name, if the month of birth is the holder's.
///
/// # Errors
/// A fault of the database.
pub(super) async fn verdicts(cx: &Cx, question: &Question) -> Result<Vec<Verdict>> {
    let standings = standings(cx, question).await?;
    let mut verdicts: Vec<Verdict> =
        standings.into_iter().map(|standing| Verdict { kind: Kind::Certificate, standing }).collect();
    verdicts.extend(of_document(cx, question).await?);
    Ok(verdicts)
}

/// The kinds of documents that stand for themselves: no period decides about them, only whether they were revoked.
const STANDING_ALONE: [Kind; 2] = [Kind::AttendanceCertificate, Kind::CreditStatement];

async fn of_document(cx: &Cx, question: &Question) -> Result<Option<Verdict>> {
    use document::Column as D;
    let named = match &question.subject {
        Subject::Code(code) => D::VerificationCode.eq(code.as_str()),
        Subject::Number(typed) => D::Number.eq(plain(typed)),
    };
    let row = document::Entity::find()
        .filter(named)
        .filter(D::Kind.is_in(STANDING_ALONE.map(Kind::name)))
        .one(cx.db())
        .await?;
    let Some(row) = row else { return Ok(None) };
    let Some(physician) = row.physician else { return Ok(None) };
    if born(cx.db(), physician).await? != Some((question.year, question.month)) {
        return Ok(None);
    }
    let standing = if row.revoked_at.is_none() { Standing::Valid } else { Standing::Revoked };
    Ok(Some(Verdict { kind: row.kind.parse().map_err(Error::fault)?, standing }))
}

/// A number as it is stored, J2026-000001, however it was typed: with 第 and 号, in full width, in small letters.
fn plain(typed: &str) -> String {
    let narrow = |letter: char| match letter {
        '！'..='～' => char::from_u32(u32::from(letter) - 0xFEE0).unwrap_or(letter),
        'ー' | '−' | '―' | '‐' => '-',
        other => other,
    };
    let text: String = typed.chars().filter(|letter| !letter.is_whitespace()).map(narrow).collect();
    let text = text.strip_prefix('第').unwrap_or(&text);
    text.strip_suffix('号').unwrap_or(text).to_uppercase()
}

/// Year and month of birth.
async fn born(db: &impl ConnectionTrait, physician: Uuid) -> Result<Option<(i32, u32)>> {
    let born: Option<chrono::NaiveDate> = physician::Entity::find_by_id(physician)
        .select_only()
        .column(physician::Column::BirthOn)
        .into_tuple()
        .one(db)
        .await?;
    Ok(born.map(Day::from).map(|born| (born.year(), born.month())))
}

/// The standing today of the certifications that code or number name. A number is unique within its scheme, so two
/// schemes may answer.
async fn standings(cx: &Cx, question: &Question) -> Result<Vec<Standing>> {
    let mut rows: Vec<certification::Model> = named(cx.db(), &question.subject).await?;
    rows.sort_by_key(|row| (row.scheme.clone(), row.valid_from));
    let measures = measures(cx.db()).await?;
    let mut answers: Vec<(String, Standing)> = Vec::new();
    for row in &rows {
        if born(cx.db(), row.physician).await? != Some((question.year, question.month)) {
            continue;
        }
        let standing = facts(row, place(row, &rows), &measures).standing(cx.today());
        match answers.iter_mut().find(|(scheme, _)| *scheme == row.scheme) {
            // Of the periods of one number, one that is good today says more than one that was or will be.
            Some((_, known)) if *known == Standing::Valid => {}
            Some((_, known)) if standing != Standing::NotYet => *known = standing,
            Some(_) => {}
            None => answers.push((row.scheme.clone(), standing)),
        }
    }
    Ok(answers.into_iter().map(|(_, standing)| standing).collect())
}

async fn named(db: &impl ConnectionTrait, subject: &Subject) -> Result<Vec<certification::Model>> {
    let numbers: Vec<(String, String)> = match subject {
        Subject::Number(typed) => {
            let Ok(number) = typed.parse::<CertificateNumber>() else {
                return Ok(Vec::new());
            };
            return by_number(db, &number.to_string(), None).await;
        }
        Subject::Code(code) => {
            let found: Option<Option<Uuid>> = document::Entity::find()
                .select_only()
                .column(document::Column::Certification)
                .filter(document::Column::VerificationCode.eq(code.as_str()))
                .into_tuple()
                .one(db)
                .await?;
            let Some(id) = found.flatten() else {
                return Ok(Vec::new());
            };
            let row = certification::Entity::find_by_id(id).one(db).await?;
            row.into_iter().map(|row| (row.scheme, row.number)).collect()
        }
    };
    match numbers.into_iter().next() {
        None => Ok(Vec::new()),
        Some((scheme, number)) => by_number(db, &number, Some(&scheme)).await,
    }
}

async fn by_number(
    db: &impl ConnectionTrait,
    number: &str,
    scheme: Option<&str>,
) -> Result<Vec<certification::Model>> {
    let mut rows = certification::Entity::find().filter(certification::Column::Number.eq(number));
    if let Some(scheme) = scheme {
        rows = rows.filter(certification::Column::Scheme.eq(scheme));
    }
    Ok(rows.order_by_asc(certification::Column::ValidFrom).limit(50).all(db).await?)
}
