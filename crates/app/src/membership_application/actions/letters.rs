//! The letters of a procedure to the applicant, and which offices hear how it went on.

use crate::application::advance::{Moved, Stop, desk_of, office_name};
use crate::cx::{Cx, Tx};
use crate::error::{Error, Result};
use crate::mail::{self, Letter, Recipient};
use crate::membership::lists as membership;
use crate::membership_application::lists;
use mamis_rules::access::application::Kind;
use mamis_rules::base::{AssociationId, Day, full_name};
use mamis_rules::flow::membership::{self as flow, Cause, State};
use mamis_schema::physician;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

/// Tells the applicant what happened; by post where no address is verified. The dead get no letters.
pub(crate) async fn applicant(cx: &Cx, tx: &mut Tx<'_>, moved: &Moved<'_>) -> Result<()> {
    let row = moved.after;
    let person = physician::Entity::find_by_id(row.physician).one(tx.db()).await?.ok_or(Error::NotFound)?;
    if person.deceased_on.is_some() {
        return Ok(());
    }
    let mut data = json!({
        "name": full_name(&person.family_name, &person.given_name),
        "procedure": moved.kind.label(),
        "number": row.number.clone().unwrap_or_default(),
        "link": format!("{}/applications/{}", cx.app.settings.public_url, row.id),
    });
    let office = office_name(tx, moved.step.association).await?;
    let next = office_name(tx, row.desk.map(Into::into)).await?;
    let kind = match (moved.step.command, row.state.as_str()) {
        ("submit" | "resubmit", _) => {
            data["office"] = next.into();
            data["applied_on"] = cx.today().japanese().into();
            "membership_received"
        }
        ("return", _) => {
            data["office"] = office.into();
            data["comment"] = moved.step.comment.into();
            "membership_returned"
        }
        ("reject", _) => {
            data["office"] = office.into();
            data["reason"] = moved.step.comment.into();
            data["standing"] = standing(cx, tx, moved).await?.into();
            "membership_rejected"
        }
        ("undo", _) if moved.kind == Kind::ChangeReport => {
            data["office"] = office.into();
            data["reason"] = moved.step.comment.into();
            "change_undone"
        }
        ("undo", _) => {
            data["office"] = office.into();
            data["reason"] = moved.step.comment.into();
            "leaving_undone"
        }
        (_, "approved") => done(tx, moved, &person, &mut data).await?,
        _ => {
            data["from_office"] = office.into();
            data["to_office"] = next.into();
            "membership_forwarded"
        }
    };
    mail::queue(cx, tx, Letter::new(kind, Recipient::Physician(row.physician.into()), &data)?).await
}

/// Where the person belongs from now on, in a sentence.
async fn standing(cx: &Cx, tx: &Tx<'_>, moved: &Moved<'_>) -> Result<String> {
    let held = membership::of_physician(tx.db(), moved.after.physician).await?;
    let today = cx.today();
    let names: Vec<&str> = held
        .iter()
        .filter(|held| !held.period.is_void() && held.period.until.is_none_or(|until| until >= today))
        .map(|held| held.name.as_str())
        .collect();
    Ok(match names.as_slice() {
        [] => "所属している医師会はありません。".to_owned(),
        names => format!("{}の会員です。この所属は変わりません。", names.join("、")),
    })
}

async fn done(
    tx: &Tx<'_>,
    moved: &Moved<'_>,
    person: &physician::Model,
    data: &mut Value,
) -> Result<&'static str> {
    let details = lists::details(tx.db(), moved.after.id).await?;
    let day = details.effective_on.map(Day::japanese).unwrap_or_default();
    if moved.kind == Kind::Joining {
        let held = membership::of_physician(tx.db(), moved.after.physician).await?;
        let names: Vec<String> = held
            .iter()
            .filter(|held| held.period.until.is_none())
            .map(|held| {
                format!(
                    "{}（{}、{}から）",
                    held.name,
                    held.period.category.label(),
                    held.period.from.japanese()
                )
            })
            .collect();
        data["associations"] = names.join("\n").into();
        let id = person
            .national_member_id
            .clone()
            .unwrap_or_else(|| "なし（日本医師会に入会したときに発行します）".to_owned());
        data["national_member_id"] = id.into();
        return Ok("joining_approved");
    }
    let what = match moved.kind {
        Kind::Transfer => format!("{day}から、新しい医師会の所属になります。"),
        Kind::Leaving => {
            let scope = details.scope.map_or("退会", |scope| scope.label());
            format!("{scope}手続きです。{day}まで会員です。")
        }
        _ => "届け出た内容を登録に反映しました。".to_owned(),
    };
    data["what"] = what.into();
    Ok("membership_done")
}

/// Whether the offices hear of this procedure with the bulk change that it came with: one letter, not one each.
pub(crate) async fn are_told_together(tx: &Tx<'_>, moved: &Moved<'_>) -> Result<bool> {
    if moved.kind == Kind::Certification {
        return Ok(false);
    }
    Ok(lists::details(tx.db(), moved.after.id).await?.cause == Cause::Bulk)
}

/// The offices that hear of a step: all of them when it is done or undone, else those that have acted already.
/// The office that acts itself does not hear of it.
pub(crate) fn offices<'a>(moved: &Moved<'a>) -> Vec<&'a Stop> {
    let others = |stop: &&Stop| Some(stop.association) != moved.step.association;
    if matches!(moved.after.state.as_str(), "approved" | "undone") {
        return moved.route.iter().filter(others).collect();
    }
    let before: Option<State> = moved.before.state.parse().ok();
    let returned = before.and_then(flow::returned_by);
    let desk = match returned {
        Some(desk) => desk_of(moved.route, desk),
        None => moved.before.desk.map(AssociationId::from),
    };
    let Some(at) = desk.and_then(|desk| moved.route.iter().position(|stop| stop.association == desk)) else {
        return Vec::new();
    };
    moved.route[..=at].iter().filter(|stop| stop.decides()).filter(others).collect()
}
