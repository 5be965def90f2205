//! 入会登録完了のお知らせ: the letter that welcomes a new member.

use super::{certificate, issued};
use crate::application::advance::{Moved, office_name};
use crate::cx::{Cx, Tx};
use crate::db::number;
use crate::error::{Error, Result};
use crate::membership::lists as membership;
use mamis_documents::{JoiningNotice, NewMembership};
use mamis_rules::access::document::Kind;
use mamis_rules::base::{FiscalYear, full_name};
use mamis_schema::{document, physician};
use sea_orm::{ActiveModelTrait, EntityTrait};

/// Writes the letter of the association that decided last. The file is made when somebody asks for it.
pub(crate) async fn write(cx: &Cx, tx: &mut Tx<'_>, moved: &Moved<'_>) -> Result<()> {
    let application = moved.after;
    let issuer = moved.step.association.ok_or_else(|| Error::fault("an association welcomes a member"))?;
    let person =
        physician::Entity::find_by_id(application.physician).one(tx.db()).await?.ok_or(Error::NotFound)?;
    let held = membership::of_physician(tx.db(), person.id).await?;
    let year = FiscalYear::of(cx.today()).0;
    let count = number::next(tx.db(), &format!("document/joining_notice/{year}")).await?;
    let number = format!("入会{year}第{count}号");
    let letter = JoiningNotice {
        document_number: number.clone(),
        date: cx.today(),
        name: full_name(&person.family_name, &person.given_name),
        signatory: certificate::signatory(cx, tx, issuer).await?,
        memberships: held
            .iter()
            .filter(|held| held.period.until.is_none())
            .rev()
            .map(|held| NewMembership {
                association: held.name.clone(),
                category: held.period.category.label().to_owned(),
                from: held.period.from,
            })
            .collect(),
        national_member_id: person.national_member_id,
        contact: vec![format!("{}　会員担当", office_name(tx, Some(issuer)).await?)],
    };
    let row = issued(cx, Kind::JoiningNotice, (number, issuer), &letter)?;
    let row = document::Model { physician: Some(application.physician), ..row };
    document::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    Ok(())
}
