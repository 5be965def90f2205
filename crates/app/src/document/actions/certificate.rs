//! What is printed on a certificate.

use super::{CODE, issued, page};
use crate::cx::{Cx, Tx};
use crate::db::number;
use crate::error::{Error, Result};
use crate::{certification, secret};
use mamis_documents::{Certificate, Seal, Signatory};
use mamis_rules::access::document::Kind;
use mamis_rules::base::{AssociationId, DocumentId, FiscalYear, full_name};
use mamis_rules::credit::Scheme;
use mamis_schema::{association, certification as table, document, physician};
use sea_orm::{ActiveModelTrait, EntityTrait};
use uuid::Uuid;

/// Whether a certificate is the first of its period or stands in for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Issue {
    /// The first.
    First,
    /// A duplicate of this one.
    Again(DocumentId),
}

/// Writes the row of a certificate; the file is made later.
pub(crate) async fn write(
    cx: &Cx,
    tx: &mut Tx<'_>,
    row: &table::Model,
    issuer: AssociationId,
    issue: Issue,
) -> Result<()> {
    let person = physician::Entity::find_by_id(row.physician).one(tx.db()).await?.ok_or(Error::NotFound)?;
    let code = secret::random_code(CODE);
    let year = FiscalYear::of(cx.today()).0;
    let count = number::next(tx.db(), &format!("document/certificate/{year}")).await?;
    let printed = Certificate {
        title: "認定証".to_owned(),
        honour: honour(&row.scheme)?.to_owned(),
        number: row.number.clone(),
        name: full_name(&person.family_name, &person.given_name),
        birth: None,
        statement: statement(&row.scheme)?.to_owned(),
        validity: certification::actions::issue::period(row),
        issued: cx.today(),
        signatory: signatory(cx, tx, issuer).await?,
        seal: Seal::Stamped,
        verification: page(cx, &code),
    };
    let issued = issued(cx, Kind::Certificate, (format!("C{year}-{count:06}"), issuer), &printed)?;
    let issued = document::Model {
        physician: Some(row.physician),
        certification: Some(row.id),
        verification_code: Some(code),
        reissue_of: match issue {
            Issue::First => None,
            Issue::Again(id) => Some(id.into()),
        },
        ..issued
    };
    document::ActiveModel::from(issued).reset_all().insert(tx.db()).await?;
    Ok(())
}

/// Who signs for an association.
pub(crate) async fn signatory(cx: &Cx, tx: &Tx<'_>, id: AssociationId) -> Result<Signatory> {
    let row = association::Entity::find_by_id(Uuid::from(id)).one(tx.db()).await?.ok_or(Error::NotFound)?;
    let name = row.president.unwrap_or_else(|| cx.app.settings.documents.president.clone());
    Ok(Signatory { association: row.name, title: "会長".to_owned(), name })
}

/// What the holder may call himself.
fn honour(scheme: &str) -> Result<&'static str> {
    match scheme.parse().map_err(Error::fault)? {
        Scheme::OccupationalPhysician => Ok("日本医師会認定産業医"),
        Scheme::SportsPhysician => Ok("日本医師会認定健康スポーツ医"),
        other => Err(Error::fault(format!("{other} has no certification by application"))),
    }
}

/// The sentence that certifies; its wording is \[assumed\].
fn statement(scheme: &str) -> Result<&'static str> {
    match scheme.parse().map_err(Error::fault)? {
        Scheme::OccupationalPhysician => {
            Ok("日本医師会認定産業医制度規程により、日本医師会認定産業医として認定します。")
        }
        Scheme::SportsPhysician => {
            Ok("日本医師会認定健康スポーツ医制度規程により、日本医師会認定健康スポーツ医として認定します。")
        }
        other => Err(Error::fault(format!("{other} has no certification by application"))),
    }
}
