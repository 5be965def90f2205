//! A merger that lies ahead: 境港市 goes into 米子市 on the next first of April.

use super::Seed;
use super::chance::at;
use crate::error::Result;
use mamis_rules::association::change::Fate;
use mamis_rules::base::{Day, FiscalYear};
use mamis_schema::association_change;
use serde_json::json;

/// Who goes, and who goes on.
const FROM: &str = "312045";
const TO: &str = "312029";

/// Writes it. Comes last: what was drawn before stays as it was.
///
/// # Errors
/// A fault when the data files have no such association.
pub(super) fn fill(seed: &mut Seed) -> Result<()> {
    let (from, to) = (seed.bodies.at(FROM)?, seed.bodies.at(TO)?);
    let april = Day::new(FiscalYear::of(seed.today).0 + 1, 4, 1).expect("every year has it");
    let heir = &seed.bodies.all[to];
    seed.rows.association_changes.push(association_change::Model {
        id: seed.ids.next(),
        association: seed.bodies.all[from].id,
        kind: Fate::Merge.name().to_owned(),
        effective_on: april.date(),
        before: json!({}).to_string(),
        after: json!({"引き継ぐ医師会": heir.name}).to_string(),
        reason: "会員数の減少のため（デモ用の架空の予定です）".to_owned(),
        by_name: "千石 守（日本医師会）".to_owned(),
        account: None,
        applied_at: None,
        target: Some(heir.id),
        former: None,
        obstacle: String::new(),
        withdrawn_at: None,
        withdrawn_by: String::new(),
        created_at: at(seed.today.plus_days(-20), 9, 40),
    });
    Ok(())
}
