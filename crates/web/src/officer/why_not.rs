//! Why can I not? The page explains a refused action by the officer's own duties, and says whom to ask. It looks at the
//! address alone, never at the thing behind it: whether that exists is not told here either.

use crate::ctx::Ctx;
use crate::error::WebError;
use crate::page::{Page, show};
use crate::routes::{Route, routes};
use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use mamis_app::duty::lists::{administrators, seat};
use mamis_rules::access::{Duty, DutyHeld, Grant, Noun, Standing, commands, explain};
use mamis_rules::association::Host;
use mamis_rules::base::OfficerId;
use serde::Deserialize;

/// What the address asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// The page that was refused.
    path: String,
}

#[derive(Template)]
#[template(path = "officer/why_not.html")]
struct WhyNotPage {
    page: Page,
    /// The duties of today, office by office.
    duties: Vec<String>,
    asked: bool,
    /// Who comes in at the address; empty when there is no such address.
    door: String,
    comes_in: bool,
    noun: &'static str,
    commands: Vec<CommandView>,
    /// Whom to ask: office and names.
    helpers: Vec<String>,
}

struct CommandView {
    label: &'static str,
    ways: Vec<WayView>,
}

struct WayView {
    who: String,
    badge: &'static str,
    state: &'static str,
    text: String,
}

/// The page.
pub async fn page(ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let offices = offices(&ctx).await?;
    let path = asked.path.split('?').next().unwrap_or_default();
    let route = routes().into_iter().find(|route| matches(route, path));
    let noun = noun_of(path);
    let own = |noun| commands().filter(move |command| command.noun == noun);
    show(&WhyNotPage {
        page: Page::new(&ctx, "なぜできないか"),
        duties: duties(&ctx, &offices),
        asked: !path.is_empty(),
        comes_in: route.as_ref().is_some_and(|route| route.gate.admits(&ctx.actor)),
        door: route.map(|route| route.gate.label()).unwrap_or_default(),
        noun: noun.map(Noun::label).unwrap_or_default(),
        commands: noun
            .map(|noun| own(noun).map(|one| view(&ctx, one, &offices)).collect())
            .unwrap_or_default(),
        helpers: helpers(&ctx, &offices).await?,
    })
}

type Offices = Vec<(Host, String)>;

/// The offices of the officer's duties with their names.
async fn offices(ctx: &Ctx) -> Result<Offices, WebError> {
    let mut found: Offices = Vec::new();
    for held in ctx.actor.duties() {
        let at = held.at.host();
        if found.iter().all(|(known, _)| *known != at) {
            found.push((at, seat(ctx.db(), at).await?.name));
        }
    }
    Ok(found)
}

fn duties(ctx: &Ctx, offices: &Offices) -> Vec<String> {
    let of = |(at, name): &(Host, String)| {
        let held = ctx.actor.duties().iter().filter(|held| held.at.host() == *at);
        let labels: Vec<&str> = held.map(|held| held.duty.label()).collect();
        format!("{name}：{}", labels.join("・"))
    };
    offices.iter().map(of).collect()
}

async fn helpers(ctx: &Ctx, offices: &Offices) -> Result<Vec<String>, WebError> {
    let mut found = Vec::new();
    for (at, name) in offices {
        let people: Vec<(OfficerId, String)> = administrators(ctx.db(), *at, ctx.today()).await?;
        let names: Vec<String> = people.into_iter().map(|(_, name)| name).collect();
        found.push(match names.is_empty() {
            true => format!("{name}：管理の担当者がいません。上位の医師会に頼んでください。"),
            false => format!("{name}：{}", names.join("、")),
        });
    }
    Ok(found)
}

/// Whether an address is one of this line: a variable part stands for anything.
fn matches(route: &Route, path: &str) -> bool {
    let (mut wanted, mut asked) = (route.path.split('/'), path.split('/'));
    loop {
        match (wanted.next(), asked.next()) {
            (None, None) => return true,
            (Some(part), Some(_)) if part.starts_with("{*") => return true,
            (Some(part), Some(text)) if part == text || part.starts_with('{') && !text.is_empty() => {}
            _ => return false,
        }
    }
}

/// What an address is about.
fn noun_of(path: &str) -> Option<Noun> {
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    Some(match parts.as_slice() {
        [
            "trainings",
            _,
            "attendance.csv"
            | "attendance"
            | "attendances"
            | "attendance-certificates"
            | "reception"
            | "credit-releases",
            ..,
        ]
        | ["document-runs" | "reception", ..] => Noun::Attendance,
        ["trainings" | "signups", ..] => Noun::Training,
        [
            "applications"
            | "applications.csv"
            | "applications.xlsx"
            | "membership-applications"
            | "attachments",
            ..,
        ] => Noun::Application,
        ["batches", ..] => Noun::Batch,
        ["bulk-changes", ..] => Noun::BulkChange,
        ["certifications" | "certifications.csv", ..] => Noun::Certification,
        ["documents", ..] => Noun::Document,
        [
            "duplicates" | "merges" | "memberships" | "memberships.csv" | "head-counts" | "head-counts.csv"
            | "physicians" | "physicians.csv" | "physicians.xlsx" | "saved-searches" | "on-behalf"
            | "paper-credits",
            ..,
        ] => Noun::Physician,
        ["officers" | "invitations" | "duties" | "handovers", ..] => Noun::Officer,
        ["associations" | "association-openings" | "association-imports" | "organizers", ..] => {
            Noun::Association
        }
        ["post-letters", ..] => Noun::PostLetter,
        ["registration-checks", ..] => Noun::Registration,
        ["credential-runs", ..] => Noun::ProvisionalCredential,
        ["terms", ..] => Noun::Terms,
        ["notices" | "bounces", ..] => Noun::Notice,
        ["mail-texts", ..] => Noun::MailText,
        _ => return None,
    })
}

fn view(ctx: &Ctx, command: &mamis_rules::access::Command, offices: &Offices) -> CommandView {
    let way = |(grant, standing): (Grant, Standing)| way(grant, &standing, offices);
    CommandView { label: command.label, ways: explain(&ctx.actor, command).into_iter().map(way).collect() }
}

fn way(grant: Grant, standing: &Standing, offices: &Offices) -> WayView {
    let name = |held: &DutyHeld| {
        let office = offices.iter().find(|(at, _)| *at == held.at.host());
        office.map(|(_, name)| name.as_str()).unwrap_or_default()
    };
    let (badge, state, text) = match standing {
        Standing::Open => ("success", "できます", String::new()),
        Standing::Where(held) => {
            let mut names: Vec<&str> = held.iter().map(name).collect();
            names.dedup();
            let (names, place) = (names.join("・"), place(grant));
            let text = match grant {
                Grant::DutyOfKind(_) => format!(
                    "{names}が、その案件の「{place}」に当たり、その種類の職務（認定の申請なら「認定」）があなたにあるときにできます。"
                ),
                _ => format!("{names}が、その案件の「{place}」に当たるときにできます。"),
            };
            ("info", "案件によります", text)
        }
        Standing::Lacks(duty) => ("warning", "できません", lacks(*duty)),
        Standing::OnlyThePhysician => ("neutral", "本人だけです", String::new()),
    };
    WayView { who: grant.to_string(), badge, state, text }
}

fn lacks(duty: Duty) -> String {
    format!("この立場の「{}」の職務を持っていません。", duty.label())
}

fn place(grant: Grant) -> &'static str {
    match grant {
        Grant::Duty(_, place) | Grant::DutyOfKind(place) => place.label(),
        Grant::Anyone | Grant::Own | Grant::Tier(..) => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found_in_the_list() {
        let id = "0193-7";
        for (path, line) in [
            (format!("/trainings/{id}/decisions"), "/trainings/{id}/decisions"),
            (format!("/on-behalf/{id}/applications/new"), "/on-behalf/{physician}/{*rest}"),
            ("/batches".to_owned(), "/batches"),
        ] {
            let found = routes().into_iter().find(|route| matches(route, &path));
            assert_eq!(found.map(|route| route.path), Some(line), "{path}");
        }
        assert!(!routes().iter().any(|route| matches(route, "/nowhere/at/all")));
    }

    #[test]
    fn every_noun_with_pages_for_offices_is_known_by_its_address() {
        use mamis_rules::access::gate::Gate;
        for route in routes() {
            let office = matches!(route.gate, Gate::Duty(_));
            assert!(!office || noun_of(route.path).is_some(), "{}: which noun is it about?", route.path);
        }
    }
}
