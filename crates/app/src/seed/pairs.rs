//! People who are registered twice, and two who only look like it.

use super::Seed;
use super::names::Name;
use super::people::{self, Draft, Email, FirstLogin, Reach};
use crate::error::Result;
use mamis_rules::base::Day;

/// One record of a pair.
struct Part {
    login_id: &'static str,
    name: &'static str,
    kana: &'static str,
    sex: &'static str,
    /// None where the office did not know it.
    registry_number: Option<&'static str>,
    registered: i32,
    birth: (i32, u32, u32),
    /// Code of the lowest association; none for non-members.
    home: Option<&'static str>,
    reach: Reach,
    category: &'static str,
    workplace: &'static str,
}

/// Table: the pairs. The first is one woman whom marriage and a missing number made two members, the second one man
/// who attended as a non-member before he joined, the third are twins at one hospital.
#[rustfmt::skip]
const PARTS: &[Part] = &[
    Part { login_id: "d-watanabe-1", name: "渡邉 由美子", kana: "ワタナベ ユミコ", sex: "female", registry_number: Some("134501"), registered: 1996, birth: (1970, 6, 18),
        home: Some("142051"), reach: Reach::National, category: "a2b", workplace: "藤沢中央病院" },
    Part { login_id: "d-watanabe-2", name: "渡辺 由美子", kana: "ワタナベ ユミコ", sex: "female", registry_number: None, registered: 1996, birth: (1970, 6, 18),
        home: Some("142051"), reach: Reach::Municipal, category: "a2b", workplace: "藤沢中央病院" },
    Part { login_id: "d-kondo-1", name: "近藤 光", kana: "コンドウ ヒカル", sex: "male", registry_number: Some("134777"), registered: 2012, birth: (1986, 11, 3),
        home: Some("142042"), reach: Reach::National, category: "b", workplace: "鎌倉みなと病院" },
    Part { login_id: "d-kondo-2", name: "近藤 光", kana: "コンドウ ヒカル", sex: "male", registry_number: None, registered: 2012, birth: (1986, 11, 3),
        home: None, reach: Reach::Nowhere, category: "b", workplace: "鎌倉みなと病院" },
    Part { login_id: "d-yamaguchi-1", name: "山口 健一", kana: "ヤマグチ ケンイチ", sex: "male", registry_number: None, registered: 2018, birth: (1992, 1, 20),
        home: Some("142051"), reach: Reach::National, category: "a2c", workplace: "湘南台総合病院" },
    Part { login_id: "d-yamaguchi-2", name: "山口 健二", kana: "ヤマグチ ケンジ", sex: "male", registry_number: None, registered: 2018, birth: (1992, 1, 20),
        home: Some("142051"), reach: Reach::National, category: "a2c", workplace: "湘南台総合病院" },
];

/// Fills in the pairs. The nightly job finds them.
///
/// # Errors
/// A fault when an association is missing.
pub(super) fn fill(seed: &mut Seed) -> Result<()> {
    for pair in PARTS.chunks(2) {
        let mut place = None;
        for part in pair {
            add(seed, part)?;
            // Who works at one place has its address.
            if let Some(workplace) = seed.rows.workplaces.last_mut() {
                let (code, address) =
                    place.get_or_insert((workplace.postal_code.clone(), workplace.address.clone()));
                workplace.postal_code.clone_from(code);
                workplace.address.clone_from(address);
            }
        }
    }
    Ok(())
}

fn add(seed: &mut Seed, part: &Part) -> Result<()> {
    let day = |(year, month, day)| Day::new(year, month, day).expect("the calendar has this day");
    let draft = Draft {
        name: Name::of(part.name, part.kana, part.sex),
        login_id: part.login_id.to_owned(),
        registry_number: part.registry_number.unwrap_or_default().to_owned(),
        registry_on: day((part.registered, 4, 20)),
        prefecture: 14,
        home: part.home.map(|code| seed.bodies.at(code)).transpose()?,
        reach: part.reach,
        category: part.category,
        workplace: part.workplace.to_owned(),
        joined_on: day((part.registered + 4, 4, 1)),
        email: Email::Missing,
        first_login: FirstLogin::Ahead,
    };
    people::add(seed, &draft);
    if let Some(row) = seed.rows.physicians.last_mut() {
        row.birth_on = day(part.birth).date();
        if part.registry_number.is_none() {
            (row.registry_number, row.registry_on) = (None, None);
        }
    }
    Ok(())
}
