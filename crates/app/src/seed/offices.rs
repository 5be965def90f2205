//! Officers: named ones for the demo's story, one for every other association, and one gap.

use super::Seed;
use super::names::Name;
use super::people::{agreed_at, consent};
use super::world::{self, DemoAccount, OfficerPart};
use crate::error::Result;
use crate::secret::sha256_hex;
use mamis_rules::access::Duty;
use mamis_schema::{account, credential, duty, officer};
use std::collections::HashMap;
use uuid::Uuid;

/// The prefecture where nobody holds the certification duty: 鳥取県. Items wait there visibly.
pub(super) const NOBODY_IN_CHARGE: i32 = 31;

/// Where an officer works or a training is held: an association or an external organizer, by index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum At {
    Body(usize),
    Organizer(usize),
}

/// Somebody who decides.
#[derive(Clone, Debug)]
pub(super) struct Officer {
    pub(super) account: Uuid,
    pub(super) name: String,
}

/// Who holds which duty where.
#[derive(Clone, Debug, Default)]
pub(super) struct Offices(HashMap<(At, Duty), Officer>);

impl Offices {
    /// The officer with the duty, if there is one.
    pub(super) fn of(&self, at: At, duty: Duty) -> Option<&Officer> {
        self.0.get(&(at, duty))
    }
}

/// An officer who holds every duty of an office that nobody else of the named world holds.
struct Colleague {
    /// `o` and the code of the association.
    login_id: &'static str,
    name: &'static str,
    kana: &'static str,
    role: &'static str,
    story: &'static str,
}

/// Table: those whom the procedures of members need on their way.
#[rustfmt::skip]
const COLLEAGUES: &[Colleague] = &[
    Colleague { login_id: "o14", name: "葉山 直美", kana: "ハヤマ ナオミ", role: "神奈川県医師会 会員担当",
        story: "郡市区等医師会から届いた入会・退会・会員区分の変更を承認し、日本医師会へ進めます。" },
    Colleague { login_id: "o121002", name: "稲毛 透", kana: "イナゲ トオル", role: "千葉市医師会 会員担当",
        story: "原 健さんの異動は、藤沢市医師会が転出を確認すると届きます。" },
    Colleague { login_id: "o12", name: "幕張 弓子", kana: "マクハリ ユミコ", role: "千葉県医師会 会員担当",
        story: "千葉市医師会が承認した異動を承認し、日本医師会へ進めます。" },
];

/// Whom to log in as.
pub(super) fn accounts() -> impl Iterator<Item = DemoAccount> {
    COLLEAGUES.iter().map(|colleague| DemoAccount {
        login_id: colleague.login_id,
        password: super::PASSWORD,
        role: colleague.role,
        name: colleague.name,
        totp_secret: Some(totp_secret(colleague.login_id)),
        story: colleague.story,
    })
}

/// Fills in officers with duties, accounts and second factors.
///
/// # Errors
/// A fault when a named office does not exist.
pub(super) fn fill(seed: &mut Seed) -> Result<()> {
    for part in world::OFFICERS {
        let at = part.at.resolve(&seed.bodies)?;
        add(seed, part, at);
    }
    let all = [Duty::Membership, Duty::Training, Duty::Certification, Duty::Dues, Duty::Administration];
    for body in 0..seed.bodies.all.len() {
        let at = At::Body(body);
        let facts = &seed.bodies.all[body];
        let gap = facts.tier == "prefectural" && facts.prefecture == Some(NOBODY_IN_CHARGE);
        let missing: Vec<Duty> = all
            .into_iter()
            .filter(|duty| seed.offices.of(at, *duty).is_none())
            .filter(|duty| !(gap && *duty == Duty::Certification))
            .filter(|duty| !(facts.tier == "district" && *duty == Duty::Certification))
            .collect();
        let login_id = format!("o{}", facts.code);
        let drawn = Name::by(&mut seed.chance);
        let known = COLLEAGUES.iter().find(|colleague| colleague.login_id == login_id);
        let (name, kana) = known.map_or_else(
            || (drawn.full(), drawn.kana()),
            |colleague| (colleague.name.to_owned(), colleague.kana.to_owned()),
        );
        if !missing.is_empty() {
            write(seed, &login_id, &name, &kana, at, &missing);
        }
    }
    let name = Name::by(&mut seed.chance);
    write(seed, "o-organizer-2", &name.full(), &name.kana(), At::Organizer(1), &[Duty::Training]);
    Ok(())
}

fn add(seed: &mut Seed, part: &OfficerPart, at: At) {
    write(seed, part.login_id, part.name, part.kana, at, part.duties);
}

fn write(seed: &mut Seed, login_id: &str, name: &str, kana: &str, at: At, duties: &[Duty]) {
    let (officer_id, account_id) = (seed.ids.next(), seed.ids.next());
    seed.rows.officers.push(officer::Model {
        id: officer_id,
        name: name.to_owned(),
        kana: kana.to_owned(),
        email: format!("{login_id}@ishikai.example.jp"),
        created_at: seed.began,
    });
    let valid_from = mamis_rules::base::Day::new(2024, 10, 1).expect("the calendar has this day");
    let (association, organizer) = match at {
        At::Body(body) => (Some(seed.bodies.all[body].id), None),
        At::Organizer(number) => (None, Some(seed.bodies.organizers[number].id)),
    };
    for kind in duties {
        seed.rows.duties.push(duty::Model {
            id: seed.ids.next(),
            officer: officer_id,
            association,
            organizer,
            kind: kind.name().to_owned(),
            valid_from: valid_from.date(),
            valid_until: None,
            created_at: seed.began,
            deputy_of: None,
            appointed_by: String::new(),
            ended_by: String::new(),
            version: 1,
        });
        let officer = Officer { account: account_id, name: name.to_owned() };
        seed.offices.0.entry((at, *kind)).or_insert(officer);
    }
    seed.rows.accounts.push(account::Model {
        id: account_id,
        login_id: login_id.to_owned(),
        password_hash: seed.password_hash.clone(),
        physician: None,
        officer: Some(officer_id),
        state: "active".to_owned(),
        first_used_at: Some(agreed_at(seed.today)),
        created_at: seed.began,
        version: 1,
    });
    seed.rows.credentials.push(credential::Model {
        id: seed.ids.next(),
        account: account_id,
        kind: "totp".to_owned(),
        secret: totp_secret(login_id),
        confirmed_at: Some(seed.began),
        last_step: None,
        created_at: seed.began,
    });
    consent(seed, account_id);
}

/// The second factor of a demo officer: 160 bits that follow from the login id, in base32.
pub(super) fn totp_secret(login_id: &str) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let hash = sha256_hex(format!("demo second factor of {login_id}").as_bytes());
    let digits = hash.bytes().zip(hash.bytes().skip(32));
    let five_bits = |(a, b): (u8, u8)| usize::from(a.wrapping_mul(7).wrapping_add(b)) % 32;
    digits.map(|pair| char::from(ALPHABET[five_bits(pair)])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_demo_secret_is_160_bits_and_its_own() {
        assert_eq!(totp_secret("fujisawa-cert").len(), 32);
        assert_ne!(totp_secret("fujisawa-cert"), totp_secret("fujisawa-training"));
    }
}
