//! The letters that go out with a step.

use crate::application::advance::lists::{OFFICERS, officers};
use crate::application::advance::{Moved, Stop, procedure, title};
use crate::cx::{Cx, Tx};
use crate::error::{Error, Result};
use crate::mail::{self, Letter, Recipient};
use crate::membership_application::letters;
use mamis_rules::access::application::Kind;
use mamis_rules::association::Tier;
use mamis_rules::base::{AssociationId, Day, full_name};
use mamis_rules::credit::Scheme;
use mamis_rules::flow::{Who, any};
use mamis_schema::{association, batch, certification, outbox, physician};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use serde_json::{Value, json};
use uuid::Uuid;

/// Tells the applicant what happened; by post where no address is verified.
pub(super) async fn applicant(cx: &Cx, tx: &mut Tx<'_>, moved: &Moved<'_>) -> Result<()> {
    if moved.kind != Kind::Certification {
        return letters::applicant(cx, tx, moved).await;
    }
    let row = moved.after;
    let person = physician::Entity::find_by_id(row.physician).one(tx.db()).await?.ok_or(Error::NotFound)?;
    let mut data = json!({
        "name": full_name(&person.family_name, &person.given_name),
        "procedure": procedure(&row.scheme, &row.certification_kind),
        "number": row.number.clone().unwrap_or_default(),
        "link": format!("{}/applications/{}", cx.app.settings.public_url, row.id),
    });
    let office = office_name(tx, moved.step.association).await?;
    let next = office_name(tx, row.desk.map(Into::into)).await?;
    let kind = match moved.step.command {
        "submit" | "resubmit" => {
            data["office"] = next.into();
            data["applied_on"] = cx.today().japanese().into();
            "application_received"
        }
        "return" => {
            data["office"] = office.into();
            data["comment"] = moved.step.comment.into();
            "application_returned"
        }
        "reject" => {
            data["office"] = office.into();
            data["reason"] = moved.step.comment.into();
            "application_rejected"
        }
        "approve_batch" => {
            certified(tx, moved, &mut data).await?;
            "certification_approved"
        }
        _ => {
            data["from_office"] = office.into();
            data["to_office"] = next.into();
            "application_forwarded"
        }
    };
    mail::queue(cx, tx, Letter::new(kind, Recipient::Physician(row.physician.into()), &data)?).await
}

async fn certified(tx: &Tx<'_>, moved: &Moved<'_>, data: &mut Value) -> Result<()> {
    let granted = certification::Entity::find()
        .filter(certification::Column::Application.eq(moved.after.id))
        .one(tx.db())
        .await?
        .ok_or_else(|| Error::fault("an approved application without its certification"))?;
    let scheme: Scheme = granted.scheme.parse().map_err(Error::fault)?;
    data["scheme"] = scheme.label().into();
    data["certificate_number"] = granted.number.into();
    data["valid_from"] = Day::from(granted.valid_from).japanese().into();
    data["valid_until"] = Day::from(granted.valid_until).japanese().into();
    Ok(())
}

/// Tells the office that has the application now. With a batch it hears once, not once an application. Where
/// nobody is in charge, the tier above hears it, and the item stays visible.
pub(super) async fn next_office(cx: &Cx, tx: &mut Tx<'_>, moved: &Moved<'_>) -> Result<()> {
    let Some(desk) = moved.after.desk.map(AssociationId::from) else {
        return Ok(());
    };
    if letters::are_told_together(tx, moved).await? {
        return Ok(());
    }
    let office = office_name(tx, Some(desk)).await?;
    let from = match moved.step.association {
        Some(_) => office_name(tx, moved.step.association).await?,
        None => "申請者".to_owned(),
    };
    let what = subject_of(tx, moved).await?;
    let duty = moved.kind.duty();
    let in_charge = officers(tx.db(), duty, cx.today(), desk).await?;
    if !in_charge.is_empty() {
        return tell(cx, tx, moved, &in_charge, &[&office, &from, &what, &link(cx, moved)]).await;
    }
    let Some(above) = above(tx, desk).await? else {
        return Ok(());
    };
    let what = format!("{what}（{office}に{}の担当者がいません）", duty.label());
    let theirs = officers(tx.db(), duty, cx.today(), above).await?;
    // Whoever is not on the route does not see the application itself, but its number on the desk.
    let on_route = moved.route.iter().any(|stop| stop.association == above);
    let desk = format!("{}/desk", cx.app.settings.public_url);
    let link = if on_route { link(cx, moved) } else { desk };
    tell(cx, tx, moved, &theirs, &[&office, &from, &what, &link]).await
}

/// Tells the offices of the route how it went on.
pub(super) async fn route(cx: &Cx, tx: &mut Tx<'_>, moved: &Moved<'_>) -> Result<()> {
    if letters::are_told_together(tx, moved).await? {
        return Ok(());
    }
    let from = match moved.step.association {
        Some(_) => office_name(tx, moved.step.association).await?,
        None => "申請者".to_owned(),
    };
    let state = any::state_label(moved.kind, &moved.after.state);
    let what = format!("{}：{state}", subject_of(tx, moved).await?);
    let told = match moved.kind {
        Kind::Certification => passed(moved),
        _ => letters::offices(moved),
    };
    for stop in told {
        let office = office_name(tx, Some(stop.association)).await?;
        let in_charge = officers(tx.db(), moved.kind.duty(), cx.today(), stop.association).await?;
        let link = link(cx, moved);
        for (id, name) in unheard(tx, "application_outcome", &what, &in_charge, moved).await? {
            let data = json!({
                "name": name, "office": office, "what": what, "from": from, "link": link,
                "comment": moved.step.comment, "number": shown_number(tx, moved).await?,
            });
            mail::queue(cx, tx, Letter::new("application_outcome", Recipient::Officer(id.into()), &data)?)
                .await?;
        }
    }
    Ok(())
}

/// The offices that an application for certification has passed, but the one that acts.
fn passed<'a>(moved: &Moved<'a>) -> Vec<&'a Stop> {
    let acting = match moved.step.who {
        Who::Office(tier) => tier.level(),
        Who::Applicant | Who::Host | Who::Former => 0,
    };
    let reached = reached_level(moved);
    let behind = |stop: &&Stop| stop.tier.level() > acting && stop.tier.level() >= reached;
    let others =
        |stop: &&Stop| Some(stop.association) != moved.step.association && stop.tier != Tier::District;
    moved.route.iter().filter(behind).filter(others).collect()
}

/// The level of the highest desk the application has come to: offices above it have never seen it.
fn reached_level(moved: &Moved<'_>) -> u8 {
    let desk = moved.before.desk.map(AssociationId::from);
    moved.route.iter().find(|stop| Some(stop.association) == desk).map_or(1, |stop| stop.tier.level())
}

async fn tell(
    cx: &Cx,
    tx: &mut Tx<'_>,
    moved: &Moved<'_>,
    to: &[(Uuid, String)],
    [office, from, what, link]: &[&str; 4],
) -> Result<()> {
    let number = shown_number(tx, moved).await?;
    for (id, name) in unheard(tx, "office_waiting", what, to, moved).await? {
        let data = json!({
            "name": name, "office": office, "what": what, "number": number,
            "since": cx.today().japanese(), "from": from, "link": link,
        });
        mail::queue(cx, tx, Letter::new("office_waiting", Recipient::Officer(id.into()), &data)?).await?;
    }
    Ok(())
}

/// Those of the officers who have not had this letter with the same batch yet.
async fn unheard(
    tx: &Tx<'_>,
    kind: &str,
    what: &str,
    to: &[(Uuid, String)],
    moved: &Moved<'_>,
) -> Result<Vec<(Uuid, String)>> {
    if moved.step.batch.is_none() {
        return Ok(to.to_vec());
    }
    let had: Vec<Option<Uuid>> = outbox::Entity::find()
        .select_only()
        .column(outbox::Column::Officer)
        .filter(outbox::Column::Kind.eq(kind))
        .filter(outbox::Column::Subject.contains(what))
        .filter(outbox::Column::Officer.is_in(to.iter().map(|(id, _)| *id)))
        .limit(OFFICERS)
        .into_tuple()
        .all(tx.db())
        .await?;
    Ok(to.iter().filter(|(id, _)| !had.contains(&Some(*id))).cloned().collect())
}

/// What a letter to an office is about: the batch where there is one, else the one application.
async fn subject_of(tx: &Tx<'_>, moved: &Moved<'_>) -> Result<String> {
    let row = moved.after;
    let procedure = title(&row.kind, &row.scheme, &row.certification_kind);
    match moved.step.batch {
        None => Ok(format!("{procedure}の申請（{}）", moved.after.number.as_deref().unwrap_or_default())),
        Some(_) => {
            let scheme: Scheme = moved.after.scheme.parse().map_err(Error::fault)?;
            Ok(format!("{}の申請（一括 {}）", scheme.label(), shown_number(tx, moved).await?))
        }
    }
}

async fn shown_number(tx: &Tx<'_>, moved: &Moved<'_>) -> Result<String> {
    match moved.step.batch {
        None => Ok(moved.after.number.clone().unwrap_or_default()),
        Some(id) => {
            let row = batch::Entity::find_by_id(Uuid::from(id)).one(tx.db()).await?;
            Ok(row.map(|row| row.number).unwrap_or_default())
        }
    }
}

fn link(cx: &Cx, moved: &Moved<'_>) -> String {
    let site = &cx.app.settings.public_url;
    match moved.step.batch {
        None => format!("{site}/applications/{}", moved.after.id),
        Some(_) => format!("{site}/applications"),
    }
}

/// The association above, which is told when nobody is in charge at the desk.
async fn above(tx: &Tx<'_>, desk: AssociationId) -> Result<Option<AssociationId>> {
    let row = association::Entity::find_by_id(Uuid::from(desk)).one(tx.db()).await?;
    Ok(row.and_then(|row| row.parent).map(Into::into))
}

pub(crate) async fn office_name(tx: &Tx<'_>, id: Option<AssociationId>) -> Result<String> {
    let Some(id) = id else {
        return Ok(String::new());
    };
    if let Some(name) = tx.known_name(id.into()) {
        return Ok(name);
    }
    let row = association::Entity::find_by_id(Uuid::from(id)).one(tx.db()).await?;
    let name = row.map(|row| row.name).unwrap_or_default();
    tx.keep_name(id.into(), &name);
    Ok(name)
}
