//! 藤沢市医師会's own words for its categories of members; made up.

use super::Seed;
use crate::error::Result;
use mamis_rules::association::MembershipCategory;
use mamis_rules::base::Day;
use mamis_schema::association_category;

const FUJISAWA: &str = "142051";

/// Table: what it calls the national categories.
const WORDS: [(&str, MembershipCategory); 4] = [
    ("正会員", MembershipCategory::A1),
    ("勤務医会員", MembershipCategory::A2b),
    ("準会員", MembershipCategory::B),
    ("研修医会員", MembershipCategory::C),
];

/// Writes them. Comes last: what was drawn before stays as it was.
///
/// # Errors
/// A fault when the data files have no such association.
pub(super) fn fill(seed: &mut Seed) -> Result<()> {
    let office = seed.bodies.at(FUJISAWA)?;
    for (name, national) in WORDS {
        let id = seed.ids.next();
        seed.rows.association_categories.push(association_category::Model {
            id,
            association: seed.bodies.all[office].id,
            name: name.to_owned(),
            national: national.name().to_owned(),
            valid_from: Day::new(2015, 4, 1).expect("the calendar has this day").date(),
            valid_until: None,
            created_at: super::chance::at(seed.today.plus_days(-200), 11, 5),
        });
    }
    Ok(())
}
