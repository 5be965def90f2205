//! The letter that tells a prefectural association which of its physicians a batch has certified.

use super::{certificate, issued};
use crate::application::advance::Moved;
use crate::batch::actions::items::hold;
use crate::certification::actions::issue::period;
use crate::cx::{Cx, Tx};
use crate::db::number;
use crate::error::{Error, Result};
use mamis_documents::{NoticeLetter, NotifiedPhysician, Seal};
use mamis_rules::access::document::Kind;
use mamis_rules::association::Tier;
use mamis_rules::base::{AssociationId, BatchId, FiscalYear, full_name};
use mamis_rules::credit::{Kind as CreditKind, Scheme};
use mamis_schema::{application, association, certification, document, physician};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

/// Adds the physician to the letter of the batch for the prefectural association; the first one opens it. A
/// letter whose file exists has gone out and is left alone: a later physician gets a further letter.
pub(crate) async fn note(cx: &Cx, tx: &mut Tx<'_>, moved: &Moved<'_>) -> Result<()> {
    let (Some(batch), Some(issuer)) = (moved.step.batch, moved.step.association) else {
        return Err(Error::fault("a notice letter belongs to a batch"));
    };
    let Some(to) = moved.route.iter().find(|stop| stop.tier == Tier::Prefectural) else {
        return Ok(());
    };
    let line = line(tx, moved).await?;
    hold(tx, to.association).await?;
    let open = document::Entity::find()
        .filter(document::Column::Batch.eq(Uuid::from(batch)))
        .filter(document::Column::Association.eq(Uuid::from(to.association)))
        .filter(document::Column::Kind.eq(Kind::NoticeLetter.name()))
        .filter(document::Column::FileKey.is_null())
        .one(tx.db())
        .await?;
    match open {
        None => open_letter(cx, tx, (batch, issuer, to.association), moved.after, line).await,
        Some(row) => {
            let mut letter: NoticeLetter = serde_json::from_str(&row.data)?;
            letter.physicians.push(line);
            document::Entity::update_many()
                .col_expr(document::Column::Data, Expr::value(serde_json::to_string(&letter)?))
                .filter(document::Column::Id.eq(row.id))
                .exec(tx.db())
                .await?;
            Ok(())
        }
    }
}

/// The physician's line on the letter.
async fn line(tx: &Tx<'_>, moved: &Moved<'_>) -> Result<NotifiedPhysician> {
    let application = moved.after;
    let person =
        physician::Entity::find_by_id(application.physician).one(tx.db()).await?.ok_or(Error::NotFound)?;
    let given = certification::Entity::find()
        .filter(certification::Column::Application.eq(application.id))
        .one(tx.db())
        .await?
        .ok_or_else(|| Error::fault("a notice letter before the certification"))?;
    // The route begins where the physician belongs: the district, where there is one, as on the board packet.
    let home = match moved.route.first().filter(|stop| stop.tier != Tier::Prefectural) {
        None => "非会員".to_owned(),
        Some(stop) => {
            let row = association::Entity::find_by_id(Uuid::from(stop.association)).one(tx.db()).await?;
            row.map(|row| row.name).unwrap_or_default()
        }
    };
    Ok(NotifiedPhysician {
        number: given.number.clone(),
        name: full_name(&person.family_name, &person.given_name),
        kana: full_name(&person.family_kana, &person.given_kana),
        kind: application.certification_kind.parse::<CreditKind>().map_err(Error::fault)?.label().to_owned(),
        association: home,
        validity: period(&given),
    })
}

async fn open_letter(
    cx: &Cx,
    tx: &Tx<'_>,
    (batch, issuer, to): (BatchId, AssociationId, AssociationId),
    application: &application::Model,
    line: NotifiedPhysician,
) -> Result<()> {
    let year = FiscalYear::of(cx.today()).0;
    let count = number::next(tx.db(), &format!("document/notice_letter/{year}")).await?;
    let number = format!("日医認発{year}第{count}号");
    let addressee =
        association::Entity::find_by_id(Uuid::from(to)).one(tx.db()).await?.ok_or(Error::NotFound)?;
    let signatory = certificate::signatory(cx, tx, issuer).await?;
    let scheme: Scheme = application.scheme.parse().map_err(Error::fault)?;
    let letter = NoticeLetter {
        document_number: number.clone(),
        date: cx.today(),
        addressee: addressee.name,
        addressee_title: "会長".to_owned(),
        subject: format!("日本医師会{}の認定について（通知）", scheme.label()),
        paragraphs: vec![
            "平素より本会の事業にご協力いただき、厚くお礼申し上げます。".to_owned(),
            format!("貴会を経由して申請のありました日本医師会{}について、本会理事会の承認により、別紙のとおり認定しましたので通知します。", scheme.label()),
            "認定証は別にお送りします。ご本人への送付をお願いします。ご本人は、マイページからも認定証を受け取れます。".to_owned(),
        ],
        contact: vec![format!("{}　認定担当", signatory.association)],
        signatory,
        seal: Seal::Omitted,
        physicians: vec![line],
    };
    let row = issued(cx, Kind::NoticeLetter, (number, issuer), &letter)?;
    let row = document::Model { association: Some(to.into()), batch: Some(batch.into()), ..row };
    document::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    Ok(())
}
