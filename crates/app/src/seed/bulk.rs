//! A file for the residents of 藤沢市, checked and ready to be carried out.

use super::Seed;
use super::chance::at;
use super::offices::At;
use crate::error::{Error, Result};
use mamis_rules::access::Duty;
use mamis_rules::association::MembershipCategory;
use mamis_rules::base::{Day, FiscalYear};
use mamis_rules::bulk_change::{Change, Kind, RowState, State};
use mamis_schema::{bulk_change, bulk_change_row, membership, physician};
use serde_json::json;
use uuid::Uuid;

/// The office.
const FUJISAWA: &str = "142051";

/// Residents in the file.
const RESIDENTS: usize = 12;

/// Writes it. Comes last: what was drawn before stays as it was.
///
/// # Errors
/// A fault when the office has no officer for its members.
pub(super) fn fill(seed: &mut Seed) -> Result<()> {
    let office = seed.bodies.at(FUJISAWA)?;
    let officer = seed.offices.of(At::Body(office), Duty::Membership).cloned();
    let officer = officer.ok_or_else(|| Error::fault("seed: nobody is in charge of members there"))?;
    let association = seed.bodies.all[office].id;
    let year = FiscalYear::of(seed.today).0;
    let id = seed.ids.next();
    seed.rows.bulk_changes.push(bulk_change::Model {
        id,
        number: format!("B{year}-0001"),
        association,
        kind: Kind::Category.name().to_owned(),
        file_name: "研修医_会員区分の変更.xlsx".to_owned(),
        sha256: "0".repeat(64),
        state: State::Checked.name().to_owned(),
        by_name: officer.name,
        account: officer.account,
        created_at: at(seed.today.plus_days(-1), 15, 20),
        version: 1,
    });
    let day = seed.today.plus_months(1);
    let on = Day::new(day.year(), day.month(), 1).expect("every month has a first day");
    let people = residents(seed, association);
    let change = Change::Category { category: MembershipCategory::B, on };
    let mut lines: Vec<bulk_change_row::Model> = Vec::new();
    for person in &people {
        let what = format!("{}（{}から）", tiers(seed, person.id, on).join("、"), on.japanese());
        lines.push(line(id, &lines, Some(person), on, (what, RowState::Ready, String::new(), &change))?);
    }
    let unknown = "この医師会の会員に、この番号の方が見つかりません。番号を確かめてください。".to_owned();
    lines.push(line(id, &lines, None, on, (String::new(), RowState::Problem, unknown, &change))?);
    seed.rows.bulk_change_rows.extend(lines);
    seed.counts.bulk_changes = (year, 1);
    Ok(())
}

type Outcome<'a> = (String, RowState, String, &'a Change);

fn line(
    id: Uuid,
    before: &[bulk_change_row::Model],
    person: Option<&physician::Model>,
    on: Day,
    (what, state, problem, change): Outcome<'_>,
) -> Result<bulk_change_row::Model> {
    let text = |of: fn(&physician::Model) -> String| person.map(of).unwrap_or_default();
    let number = person.and_then(|person| person.registry_number.clone());
    let cells = json!([
        ["医籍登録番号", number.unwrap_or_else(|| "999999".to_owned())],
        ["姓カナ", text(|person| person.family_kana.clone())],
        ["名カナ", text(|person| person.given_kana.clone())],
        ["新会員区分", "B"],
        ["変更日", on.to_string()],
    ]);
    Ok(bulk_change_row::Model {
        bulk_change: id,
        // The headers stand in the first line.
        line: i32::try_from(before.len() + 2).map_err(Error::fault)?,
        cells: cells.to_string(),
        physician: person.map(|person| person.id),
        change: serde_json::to_string(change)?,
        what,
        state: state.name().to_owned(),
        problem,
        before: String::new(),
        application: None,
        run: None,
    })
}

/// Members of category C with a registry number, in the order in which they were made.
fn residents(seed: &Seed, association: Uuid) -> Vec<physician::Model> {
    let is_resident = |row: &&membership::Model| {
        row.association == association && row.category == "c" && row.valid_until.is_none()
    };
    let ids = seed.rows.memberships.iter().filter(is_resident).map(|row| row.physician);
    let person = |id: Uuid| seed.rows.physicians.iter().find(|row| row.id == id);
    ids.filter_map(person).filter(|row| row.registry_number.is_some()).take(RESIDENTS).cloned().collect()
}

/// What changes at each of the associations that somebody belongs to.
fn tiers(seed: &Seed, person: Uuid, on: Day) -> Vec<String> {
    let running = |row: &&membership::Model| {
        row.physician == person
            && row.valid_from <= on.date()
            && row.valid_until.is_none_or(|until| until >= on.date())
    };
    let mut rows: Vec<&membership::Model> = seed.rows.memberships.iter().filter(running).collect();
    let level = |row: &membership::Model| {
        row.tier.parse::<mamis_rules::association::Tier>().map_or(0, |tier| tier.level())
    };
    rows.sort_by_key(|row| std::cmp::Reverse(level(row)));
    let sentence = |row: &membership::Model| {
        let body = seed.bodies.all.iter().find(|body| body.id == row.association)?;
        let category: MembershipCategory = row.category.parse().ok()?;
        Some(format!("{} {} → B", body.name, category.label()))
    };
    rows.into_iter().filter_map(sentence).collect()
}
