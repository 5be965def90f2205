//! 学習単位取得証 and 単位取得証明書: the credits of a scheme in a fiscal year, on paper that can be checked. For
//! download only \[seed\].

use super::attendance_certificate::replace;
use super::certificate::signatory;
use super::{CODE, issued, page};
use crate::audit::Entry;
use crate::cx::Cx;
use crate::db::{dialect, number};
use crate::document::lists::own::{Line, Subject, Year, statements, year};
use crate::error::{Error, Result};
use crate::physician::lists as physicians;
use crate::secret;
use mamis_documents::{CategoryCredits, CreditStatement, Seal, Signatory, StatementLine, Verification};
use mamis_rules::access::Depth;
use mamis_rules::access::document::Kind;
use mamis_rules::association::Tier;
use mamis_rules::base::{AssociationId, Credits, DocumentId, FiscalYear, full_name};
use mamis_schema::{association, document, physician};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde_json::json;

/// The statement of the physician who asks for a scheme and fiscal year: the one that is good, or a new one where there
/// is none or what it says has changed since. A year that is not over has one as well, which says so \[assumed\]. The
/// national association issues all of them, since it keeps the credits \[assumed\].
///
/// # Errors
/// [`Error::NotFound`] for anybody but a physician; [`Error::Refused`] for a year without a confirmed credit.
#[crate::boxed]
pub async fn issue(cx: &Cx, asked: Subject) -> Result<DocumentId> {
    let physician = cx.actor.physician().ok_or(Error::NotFound)?;
    let mut tx = cx.begin().await?;
    dialect::lock_physician(tx.db(), physician.into()).await?;
    let person = physicians::find(cx, tx.db(), physician, Depth::Full).await?;
    let learned = year(cx, tx.db(), physician, asked).await?;
    if learned.lines.is_empty() {
        return Err(Error::refused(format!(
            "{}年度には、確定した{}の単位がありません。「確認中」の単位は、確定すると記載されます。",
            asked.year.0,
            asked.scheme.label()
        )));
    }
    let good = statements(tx.db(), person.id).await?;
    let good: Vec<document::Model> =
        good.into_iter().filter(|(of, _)| *of == asked).map(|(_, row)| row).collect();
    let national = national(tx.db()).await?;
    let wanted = wanted(cx, &person, &learned, signatory(cx, &tx, national).await?);
    if let Some(row) = good.iter().find(|row| still_says(row, &wanted)) {
        return Ok(row.id.into());
    }
    let series = FiscalYear::of(cx.today()).0;
    let count = number::next(tx.db(), &format!("document/credit_statement/{series}")).await?;
    let (number, code) = (format!("U{series}-{count:06}"), secret::random_code(CODE));
    let printed = CreditStatement { number: number.clone(), verification: page(cx, &code), ..wanted };
    let row = document::Model {
        physician: Some(person.id),
        verification_code: Some(code),
        reissue_of: good.first().map(|row| row.id),
        ..issued(cx, Kind::CreditStatement, (number, national), &printed)?
    };
    let id = row.id;
    replace(cx, &tx, &good).await?;
    let entry = Entry::new("document.issue", "document", id).about(physician);
    tx.audit(entry.with(json!({
        "kind": row.kind, "number": row.number, "scheme": asked.scheme, "fiscal_year": asked.year.0,
    })));
    document::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    tx.commit().await?;
    Ok(id.into())
}

async fn national(db: &impl ConnectionTrait) -> Result<AssociationId> {
    let row = association::Entity::find()
        .filter(association::Column::Tier.eq(Tier::National.name()))
        .one(db)
        .await?
        .ok_or_else(|| Error::fault("there is no national association"))?;
    Ok(row.id.into())
}

/// What would be printed now; number and code are given when it is issued.
fn wanted(cx: &Cx, person: &physician::Model, learned: &Year, signatory: Signatory) -> CreditStatement {
    let today = cx.today();
    let (scheme, fiscal_year) = (learned.subject.scheme, learned.subject.year);
    let line = |line: &Line| StatementLine {
        day: line.entry.earned_on,
        title: line.entry.title.clone(),
        host: line.entry.host_name.clone(),
        category: match learned.codes {
            Some(_) => line.entry.curriculum_code.map(|code| code.to_string()).unwrap_or_default(),
            None => line.subject(),
        },
        credits: line.allowed,
    };
    let category = |(category, credits): &(String, Credits)| CategoryCredits {
        category: category.clone(),
        credits: *credits,
    };
    CreditStatement {
        number: String::new(),
        name: full_name(&person.family_name, &person.given_name),
        registry_number: person.registry_number.clone(),
        member_id: person.national_member_id.clone(),
        scheme,
        fiscal_year: fiscal_year.0,
        as_of: (today <= fiscal_year.last()).then_some(today),
        lines: learned.lines.iter().map(line).collect(),
        credits: learned.total,
        categories: learned.categories.iter().map(category).collect(),
        codes: learned.codes.as_ref().map(|codes| codes.iter().copied().collect()),
        issued: today,
        signatory,
        seal: Seal::Omitted,
        verification: Verification::None,
    }
}

/// Whether a statement says what would be printed now. Of a running year the day it was asked for makes no other one.
fn still_says(row: &document::Model, wanted: &CreditStatement) -> bool {
    let Ok(printed) = serde_json::from_str::<CreditStatement>(&row.data) else { return false };
    let bare = CreditStatement {
        number: String::new(),
        issued: wanted.issued,
        as_of: if printed.as_of.is_some() && wanted.as_of.is_some() { wanted.as_of } else { printed.as_of },
        signatory: wanted.signatory.clone(),
        verification: Verification::None,
        ..printed
    };
    bare == *wanted
}

/// What a statement is about.
pub(crate) fn subject_of(row: &document::Model) -> Option<Subject> {
    let printed: CreditStatement = serde_json::from_str(&row.data).ok()?;
    Some(Subject { scheme: printed.scheme, year: FiscalYear(printed.fiscal_year) })
}
