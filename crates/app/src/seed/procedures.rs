//! Procedures of membership at several stages, stepped through the real workflows.

use super::Seed;
use super::chance::at;
use super::names::Name;
use super::offices::At;
use super::people::{self, Draft, Email, FirstLogin, Person, Reach, reserved_registry};
use super::world::DemoAccount;
use crate::error::{Error, Result};
use mamis_rules::access::Duty;
use mamis_rules::access::application::Kind;
use mamis_rules::association::{Prefecture, Tier};
use mamis_rules::base::{Day, FiscalYear};
use mamis_rules::flow::any::{self, Facts};
use mamis_rules::flow::membership::{
    Above, Cause, Circumstances, Command, First, LeavingScope, Report, Standing, Undo,
};
use mamis_rules::flow::route::{self, Route, Side};
use mamis_rules::flow::{Desk, Effect, Who};
use mamis_schema::{application, application_step, decision, membership, membership_application};
use serde_json::json;
use uuid::Uuid;

/// One procedure and the person who began it.
struct Part {
    login_id: &'static str,
    name: &'static str,
    kana: &'static str,
    sex: &'static str,
    registered: i32,
    /// Code of the lowest association today; none for somebody who joins from nowhere.
    home: Option<&'static str>,
    prefecture: i32,
    category: &'static str,
    workplace: &'static str,
    kind: Kind,
    /// Code of the association entered.
    enters: Option<&'static str>,
    scope: Option<LeavingScope>,
    /// Days ago of the submission; each decision follows three days later.
    since: i64,
    /// What was done after the submission, in order; none at all for a draft.
    acts: Option<&'static [Command]>,
    role: &'static str,
    story: &'static str,
}

/// Table: the people.
#[rustfmt::skip]
const PARTS: &[Part] = &[
    Part { login_id: "shimizu", name: "清水 葵", kana: "シミズ アオイ", sex: "female", registered: 2024, home: None, prefecture: 14, category: "c",
        workplace: "藤沢みどり病院", kind: Kind::Joining, enters: Some("142051"), scope: None, since: 1, acts: None,
        role: "医師（これから入会する人）", story: "入会の下書きがあります。医師免許証を添えて送ると、藤沢市・神奈川県・日本医師会の順に進み、最後に日医会員IDが発行されます。" },
    Part { login_id: "hara", name: "原 健", kana: "ハラ ケン", sex: "male", registered: 2010, home: Some("142051"), prefecture: 14, category: "a2b",
        workplace: "湘南台総合病院", kind: Kind::Transfer, enters: Some("121002"), scope: None, since: 4, acts: Some(&[]),
        role: "医師（都道府県をまたいで異動する人）", story: "千葉市医師会への異動を送りました。いまは藤沢市医師会が転出を確認しています。" },
    Part { login_id: "m-nomura", name: "野村 進", kana: "ノムラ ススム", sex: "male", registered: 2008, home: None, prefecture: 14, category: "a2b",
        workplace: "辻堂駅前クリニック", kind: Kind::Joining, enters: Some("142051"), scope: None, since: 6, acts: Some(&[]), role: "", story: "" },
    Part { login_id: "m-uchida", name: "内田 咲", kana: "ウチダ サキ", sex: "female", registered: 2015, home: None, prefecture: 14, category: "b",
        workplace: "藤沢中央病院", kind: Kind::Joining, enters: Some("142051"), scope: None, since: 20, acts: Some(&[Command::Approve]), role: "", story: "" },
    Part { login_id: "m-hirano", name: "平野 修", kana: "ヒラノ オサム", sex: "male", registered: 2003, home: None, prefecture: 14, category: "a1",
        workplace: "平野医院", kind: Kind::Joining, enters: Some("142051"), scope: None, since: 30, acts: Some(&[Command::Approve, Command::Approve]), role: "", story: "" },
    Part { login_id: "m-miura", name: "三浦 望", kana: "ミウラ ノゾミ", sex: "female", registered: 2018, home: None, prefecture: 14, category: "b",
        workplace: "戸塚駅前内科", kind: Kind::Joining, enters: Some("141101"), scope: None, since: 3, acts: Some(&[]), role: "", story: "" },
    Part { login_id: "m-sugiyama", name: "杉山 直", kana: "スギヤマ ナオ", sex: "male", registered: 1999, home: Some("142051"), prefecture: 14, category: "a1",
        workplace: "杉山内科", kind: Kind::ChangeReport, enters: None, scope: None, since: 5, acts: Some(&[]), role: "", story: "" },
    Part { login_id: "m-kubo", name: "久保 学", kana: "クボ マナブ", sex: "male", registered: 1978, home: Some("142051"), prefecture: 14, category: "a1",
        workplace: "久保外科", kind: Kind::Leaving, enters: None, scope: Some(LeavingScope::Upper), since: 9, acts: Some(&[Command::Receive]), role: "", story: "" },
    Part { login_id: "m-ueda", name: "上田 澄", kana: "ウエダ スミ", sex: "female", registered: 1981, home: Some("142051"), prefecture: 14, category: "a2b",
        workplace: "藤沢健診センター", kind: Kind::Leaving, enters: None, scope: Some(LeavingScope::National), since: 15, acts: Some(&[Command::Receive, Command::PassOn]), role: "", story: "" },
    Part { login_id: "m-ono", name: "小野 静", kana: "オノ シズカ", sex: "female", registered: 1972, home: Some("142051"), prefecture: 14, category: "b",
        workplace: "小野診療所", kind: Kind::Leaving, enters: None, scope: Some(LeavingScope::Everything), since: 14, acts: Some(&[Command::Approve, Command::Confirm]), role: "", story: "" },
];

/// Whom to log in as: those with a story.
pub(super) fn accounts() -> impl Iterator<Item = DemoAccount> {
    PARTS.iter().filter(|part| !part.role.is_empty()).map(|part| DemoAccount {
        login_id: part.login_id,
        password: super::PASSWORD,
        role: part.role,
        name: part.name,
        totp_secret: None,
        story: part.story,
    })
}

/// Writes the people and their procedures. Comes last: what was drawn before stays as it was.
///
/// # Errors
/// A fault when a workflow does not lead where the table says.
pub(super) fn fill(seed: &mut Seed) -> Result<()> {
    for (number, part) in PARTS.iter().enumerate() {
        let before = seed.rows.memberships.len();
        let person = person(seed, part, number)?;
        // Periods that an application ended are written after the applications.
        let held: Vec<membership::Model> = seed.rows.memberships.drain(before..).collect();
        procedure(seed, part, &person, held)?;
    }
    Ok(())
}

fn person(seed: &mut Seed, part: &Part, number: usize) -> Result<Person> {
    let registry_on = Day::new(part.registered, 5, 12).expect("May has a twelfth day");
    let slot = usize::try_from((part.registered - 1965) * 2_900 / 61).unwrap_or_default() + 20 + number;
    let draft = Draft {
        name: Name::of(part.name, part.kana, part.sex),
        login_id: part.login_id.to_owned(),
        registry_number: reserved_registry(slot),
        registry_on,
        prefecture: part.prefecture,
        home: part.home.map(|code| seed.bodies.at(code)).transpose()?,
        reach: if part.home.is_some() { Reach::National } else { Reach::Nowhere },
        category: part.category,
        workplace: part.workplace.to_owned(),
        joined_on: registry_on.plus_days(400),
        email: Email::Verified,
        first_login: FirstLogin::Done,
    };
    Ok(people::add(seed, &draft))
}

/// An association by its place in the list, with its tier.
type Stop = (usize, Tier);

struct Running<'a> {
    part: &'a Part,
    id: Uuid,
    person: &'a Person,
    route: Vec<(Stop, Side, &'static str)>,
    state: &'static str,
    decisions: Vec<decision::Model>,
    held: Vec<membership::Model>,
}

fn chain(seed: &Seed, code: &str) -> Result<Vec<Stop>> {
    let tier = |body: usize| Ok((body, seed.bodies.all[body].tier.parse().map_err(Error::fault)?));
    seed.bodies.upward(seed.bodies.at(code)?).into_iter().map(tier).collect()
}

fn route(seed: &Seed, part: &Part) -> Result<Vec<(Stop, Side, &'static str)>> {
    let home = part.home.map(|code| chain(seed, code)).transpose()?.unwrap_or_default();
    let entered = part.enters.map(|code| chain(seed, code)).transpose()?.unwrap_or_default();
    let bodies = |stops: &[Stop]| -> Vec<route::Body> {
        stops.iter().map(|(body, tier)| (seed.bodies.all[*body].id.into(), *tier)).collect()
    };
    let route: Route = match part.kind {
        Kind::Joining => route::admission(None, &bodies(&entered), Tier::National),
        Kind::Transfer => route::admission(bodies(&home).first().copied(), &bodies(&entered), Tier::National),
        Kind::Leaving => route::leaving(part.scope.unwrap_or(LeavingScope::Everything), &bodies(&home)),
        _ => route::change_report(Report::Plain, &bodies(&home)),
    };
    let stop = |step: &route::Step| {
        let all = home.iter().chain(&entered);
        let found =
            all.into_iter().find(|(body, _)| seed.bodies.all[*body].id == Uuid::from(step.association));
        let act = step.acts.first().map_or("", |act| act.name());
        found.map(|found| (*found, step.side, act)).ok_or_else(|| Error::fault("seed: an unknown stop"))
    };
    route.0.iter().map(stop).collect()
}

fn procedure(seed: &mut Seed, part: &Part, person: &Person, held: Vec<membership::Model>) -> Result<()> {
    let id = seed.ids.next();
    let route = route(seed, part)?;
    let mut running = Running { part, id, person, route, state: "draft", decisions: Vec::new(), held };
    if let Some(acts) = part.acts {
        step(seed, &mut running, Command::Submit, part.since)?;
        for (number, command) in (1..).zip(acts) {
            step(seed, &mut running, *command, part.since - 3 * number)?;
        }
    }
    write(seed, running)
}

/// Where the procedure lies.
fn pending<'a>(running: &'a Running<'_>) -> Option<&'a (Stop, Side, &'static str)> {
    let desk = any::desk(running.part.kind, running.state);
    running.route.iter().find(|((_, tier), side, act)| {
        *act != "inform"
            && match desk {
                Desk::Tier(of) => *side == Side::Current && of == *tier,
                Desk::Former => *side == Side::Former,
                Desk::Applicant | Desk::Host | Desk::Nobody => false,
            }
    })
}

/// Who acts, and what the conditions ask.
fn asked(running: &Running<'_>) -> (Who, Facts) {
    let stop = pending(running).copied();
    let who = match stop {
        None => Who::Applicant,
        Some((_, Side::Former, _)) => Who::Former,
        Some(((_, tier), Side::Current, _)) => Who::Office(tier),
    };
    let deciding: Vec<Tier> = running
        .route
        .iter()
        .filter(|(_, side, act)| *side == Side::Current && *act != "inform")
        .map(|((_, tier), _, _)| *tier)
        .collect();
    let above = match stop {
        Some(((_, tier), Side::Current, _)) => deciding.iter().any(|other| other.is_above(tier)),
        _ => true,
    };
    let facts = Circumstances {
        first: if deciding.first() == Some(&Tier::District) { First::District } else { First::Municipal },
        above: if above { Above::Continues } else { Above::Ends },
        standing: Standing::NotYetIn,
        leaving: running.part.scope,
        report: Report::Plain,
        cause: Cause::Own,
        undo: Undo::Open,
    };
    (who, Facts::Membership(facts))
}

fn step(seed: &mut Seed, running: &mut Running<'_>, command: Command, ago: i64) -> Result<()> {
    let part = running.part;
    let (who, facts) = asked(running);
    let taken = any::take(part.kind, running.state, command.name(), who, facts).map_err(Error::fault)?;
    let when = at(seed.today.plus_days(-ago), 11, 5);
    let mut made = decision::Model {
        id: seed.ids.next(),
        application: Some(running.id),
        training: None,
        command: command.name().to_owned(),
        from_state: taken.from.to_owned(),
        to_state: taken.to.to_owned(),
        association: None,
        account: Some(running.person.account),
        by_name: running.person.name.clone(),
        comment: String::new(),
        batch: None,
        decided_at: when,
    };
    if let Some(((body, tier), _, _)) = pending(running).copied() {
        let officer = seed.offices.of(At::Body(body), Duty::Membership).cloned();
        let officer = officer.ok_or_else(|| Error::fault("seed: nobody is in charge of members there"))?;
        made.association = Some(seed.bodies.all[body].id);
        made.account = Some(officer.account);
        made.by_name = officer.name;
        if taken.effects.contains(&Effect::Admit) {
            let row = admitted(seed, running, body, tier, Day::of(when));
            running.held.push(row);
        }
    }
    if taken.effects.contains(&Effect::EndMemberships) {
        end(seed, running)?;
    }
    running.decisions.push(made);
    running.state = taken.to;
    Ok(())
}

fn end(seed: &Seed, running: &mut Running<'_>) -> Result<()> {
    let scope = running.part.scope.unwrap_or(LeavingScope::Everything);
    let until = effective(seed, running.part).date();
    for row in &mut running.held {
        if scope.ends(row.tier.parse().map_err(Error::fault)?) {
            row.valid_until = Some(until);
            row.closed_by = Some(running.id);
        }
    }
    Ok(())
}

fn admitted(seed: &mut Seed, running: &Running<'_>, body: usize, tier: Tier, on: Day) -> membership::Model {
    membership::Model {
        id: seed.ids.next(),
        physician: running.person.id,
        association: seed.bodies.all[body].id,
        tier: tier.name().to_owned(),
        category: running.part.category.to_owned(),
        valid_from: effective(seed, running.part).date(),
        valid_until: None,
        created_at: at(on, 11, 5),
        cause: "joining".to_owned(),
        opened_by: Some(running.id),
        closed_by: None,
    }
}

/// The day wanted: for a leaving the last one.
fn effective(seed: &Seed, part: &Part) -> Day {
    match part.kind {
        Kind::Joining => seed.today.plus_days(-part.since + 1),
        Kind::Leaving => seed.today.plus_days(-part.since + 4),
        Kind::Transfer => seed.today.plus_days(30),
        _ => seed.today.plus_days(-part.since),
    }
}

fn write(seed: &mut Seed, running: Running<'_>) -> Result<()> {
    let part = running.part;
    let submitted_at = running.decisions.first().map(|decision| decision.decided_at);
    let number = submitted_at.map(|when| {
        seed.counts.applications += 1;
        format!("A{}-{:06}", FiscalYear::of(Day::of(when)).0, seed.counts.applications)
    });
    let desk = pending(&running).map(|((body, _), _, _)| seed.bodies.all[*body].id);
    let offices = running.decisions.iter().rev().find(|decision| decision.association.is_some());
    let last = running.decisions.last().map(|decision| decision.decided_at);
    let begun_at = submitted_at.unwrap_or_else(|| at(seed.today.plus_days(-part.since), 9, 40));
    seed.rows.applications.push(application::Model {
        number,
        state: running.state.to_owned(),
        desk,
        waiting_since: last.filter(|_| desk.is_some()),
        submitted_at,
        decided_at: offices.map(|decision| decision.decided_at),
        version: 1 + i64::try_from(running.decisions.len()).unwrap_or_default(),
        ..draft(running.id, part.kind, running.person, begun_at)
    });
    details(seed, &running)?;
    if submitted_at.is_some() {
        for (position, ((body, tier), side, act)) in (0..).zip(&running.route) {
            let at = (seed.bodies.all[*body].id, *tier);
            seed.rows.steps.push(row(running.id, position, at, (*side, act)));
        }
    }
    seed.rows.decisions.extend(running.decisions);
    seed.rows.late_memberships.extend(running.held);
    Ok(())
}

/// A draft that nobody has sent.
pub(super) fn draft(
    id: Uuid,
    kind: Kind,
    person: &Person,
    created_at: chrono::DateTime<chrono::Utc>,
) -> application::Model {
    application::Model {
        id,
        number: None,
        kind: kind.name().to_owned(),
        scheme: String::new(),
        certification_kind: String::new(),
        physician: person.id,
        applicant: person.account,
        on_behalf_reason: None,
        state: "draft".to_owned(),
        desk: None,
        waiting_since: None,
        round: None,
        expected_on: None,
        certification: None,
        waiver: None,
        waiver_on: None,
        grace_reason: None,
        remarks: String::new(),
        fee_method: String::new(),
        fee: 0,
        fee_received_on: None,
        fee_receipt: None,
        handbook_received_on: None,
        handbook_returned_on: None,
        evaluation: None,
        submitted_at: None,
        decided_at: None,
        created_at,
        version: 1,
    }
}

/// A step of a route.
pub(super) fn row(
    application: Uuid,
    position: i32,
    (association, tier): (Uuid, Tier),
    (side, act): (Side, &str),
) -> application_step::Model {
    application_step::Model {
        application,
        position,
        association,
        tier: tier.name().to_owned(),
        act: act.to_owned(),
        side: side.name().to_owned(),
    }
}

fn details(seed: &mut Seed, running: &Running<'_>) -> Result<()> {
    let part = running.part;
    let joins = part.kind == Kind::Joining;
    let categories = match joins {
        true => json!({"municipal": part.category, "prefectural": part.category, "national": part.category}),
        false => json!({}),
    };
    let place = |prefecture: i32, name: &str| {
        let code = u8::try_from(prefecture).unwrap_or_default();
        let address = Prefecture::new(code).map_or("", Prefecture::name);
        json!({"name": name, "postal_code": "", "address": format!("{address}中央1丁目1番1号"), "prefecture": prefecture})
    };
    let workplace = match part.kind {
        Kind::Transfer => place(12, "幕張海浜病院").to_string(),
        Kind::ChangeReport => place(14, "杉山内科・皮膚科（移転）").to_string(),
        _ => String::new(),
    };
    seed.rows.membership_applications.push(membership_application::Model {
        application: running.id,
        target_tier: if joins { "national" } else { "" }.to_owned(),
        association: part
            .enters
            .map(|code| seed.bodies.at(code))
            .transpose()?
            .map(|body| seed.bodies.all[body].id),
        leaving_scope: part.scope.map_or("", |scope| scope.name()).to_owned(),
        cause: Cause::Own.name().to_owned(),
        categories: categories.to_string(),
        effective_on: Some(effective(seed, part).date()),
        workplace,
        changes: "{}".to_owned(),
        proposed_until: None,
    });
    Ok(())
}
