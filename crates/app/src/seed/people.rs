//! Physicians: the person, workplace, memberships and account, consistent with each other.

use super::Seed;
use super::chance::{Chance, at};
use super::names::Name;
use super::reference::Place;
use crate::account::TERMS_VERSION;
use chrono::{DateTime, Utc};
use mamis_rules::association::Prefecture;
use mamis_rules::base::{Day, search_key};
use mamis_schema::{account, membership, physician, terms_consent, workplace};
use uuid::Uuid;

/// A physician as the rest of the seed asks about one.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) id: Uuid,
    pub(super) account: Uuid,
    /// Shown beside decisions.
    pub(super) name: String,
    /// Of the main workplace.
    pub(super) prefecture: i32,
    /// The lowest body the person belongs to; none for non-members.
    pub(super) home: Option<usize>,
    /// When the person is already at a training.
    pub(super) busy: Vec<(DateTime<Utc>, DateTime<Utc>)>,
    /// The certification as occupational physician, if any.
    pub(super) certified: Option<Certified>,
}

impl Person {
    /// Whether the person is free then.
    pub(super) fn is_free(&self, starts_at: DateTime<Utc>, ends_at: DateTime<Utc>) -> bool {
        self.busy.iter().all(|(from, until)| ends_at <= *from || *until <= starts_at)
    }
}

/// A certification as the rest of the seed asks about it.
#[derive(Clone, Debug)]
pub(super) struct Certified {
    pub(super) id: Uuid,
    pub(super) number: String,
    pub(super) valid_from: Day,
    pub(super) valid_until: Day,
}

/// How far up somebody belongs; each tier needs the ones below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    Nowhere,
    Municipal,
    Prefectural,
    National,
}

/// The e-mail address of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Email {
    Verified,
    Unverified,
    Missing,
}

/// Whether somebody has logged in once and accepted the terms of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FirstLogin {
    Done,
    Ahead,
}

/// What decides a physician's rows.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) name: Name,
    pub(super) login_id: String,
    pub(super) registry_number: String,
    pub(super) registry_on: Day,
    pub(super) prefecture: i32,
    pub(super) home: Option<usize>,
    pub(super) reach: Reach,
    pub(super) category: &'static str,
    pub(super) workplace: String,
    pub(super) joined_on: Day,
    pub(super) email: Email,
    pub(super) first_login: FirstLogin,
}

/// Registry numbers that chance can give: 200000 and the following ones, by seniority.
const REGISTRY_FIRST: usize = 200_000;
const REGISTRY_SPAN: usize = 350_000;
/// Prefectures by their share of physicians, in JIS order; roughly by population [assumed].
pub(super) const SHARES: [u32; 47] = [
    52, 12, 12, 23, 9, 10, 18, 28, 19, 19, 73, 63, 140, 92, 22, 10, 11, 8, 8, 20, 19, 36, 75, 17, 14, 26, 88,
    54, 13, 9, 5, 7, 19, 28, 13, 7, 9, 13, 7, 51, 8, 13, 17, 11, 10, 16, 15,
];

/// A registry number that chance never gives: for named people. `slot` runs from 0 to 2,999.
pub(super) fn reserved_registry(slot: usize) -> String {
    format!("{}", REGISTRY_FIRST + slot * REGISTRY_SPAN / 3_000 + 105)
}

/// The `at`-th of `count` physicians by seniority. The prefecture and the home are the caller's.
pub(super) fn drawn(chance: &mut Chance, at: usize, count: usize, prefecture: i32) -> Draft {
    let step = (REGISTRY_SPAN / count).max(1);
    let registry = REGISTRY_FIRST + at * REGISTRY_SPAN / count + chance.below(step.min(100));
    let year = 1965 + i32::try_from(at * 61 / count).unwrap_or_default();
    let registry_on = Day::new(year, 4, 1 + chance.below(28) as u32).expect("April has 28 days");
    let name = Name::by(chance);
    let owner = year < 2008 && chance.percent(60);
    let category = match (owner, year) {
        (true, _) => "a1",
        (false, 2024..) => ["a2c", "c"][chance.below(2)],
        (false, _) => ["a2b", "b"][chance.weighted(&[52, 48])],
    };
    let reach = [Reach::National, Reach::Prefectural, Reach::Municipal, Reach::Nowhere]
        [chance.weighted(&[76, 8, 8, 8])];
    let joined_on = registry_on.plus_days(chance.between(400, 4_000));
    let last = Day::new(2026, 3, 1).expect("the calendar has this day");
    Draft {
        workplace: workplace_name(chance, &name, owner),
        login_id: format!("p{registry}"),
        registry_number: registry.to_string(),
        registry_on,
        prefecture,
        home: None,
        reach,
        category,
        joined_on: joined_on.min(last),
        email: [Email::Verified, Email::Unverified, Email::Missing][chance.weighted(&[84, 8, 8])],
        first_login: if chance.percent(85) { FirstLogin::Done } else { FirstLogin::Ahead },
        name,
    }
}

fn workplace_name(chance: &mut Chance, name: &Name, owner: bool) -> String {
    const PRACTICES: &[&str] =
        &["内科クリニック", "医院", "整形外科", "こどもクリニック", "ファミリークリニック", "皮膚科"];
    const EMPLOYERS: &[&str] = &[
        "中央病院",
        "総合病院",
        "みどり健診センター",
        "さくら病院",
        "海浜製作所 健康管理室",
        "北斗精機 産業保健センター",
        "青葉化学工業 診療所",
        "こもれび在宅クリニック",
    ];
    if owner {
        format!("{}{}", name.family, chance.pick(PRACTICES))
    } else {
        (*chance.pick(EMPLOYERS)).to_owned()
    }
}

/// Gives somebody without a home one in their prefecture, as far as the reach asks for one.
pub(super) fn settle(seed: &Seed, chance: &mut Chance, draft: &mut Draft) {
    if draft.reach == Reach::Nowhere || draft.home.is_some() {
        return;
    }
    let universities = seed.bodies.universities(draft.prefecture);
    let list = if !universities.is_empty() && draft.category != "a1" && chance.percent(20) {
        universities
    } else {
        seed.bodies.municipal(draft.prefecture)
    };
    draft.home = Some(seed.bodies.below(*chance.pick(list), chance));
}

/// Writes a physician with everything that belongs to one.
pub(super) fn add(seed: &mut Seed, draft: &Draft) -> Person {
    let (id, account_id) = (seed.ids.next(), seed.ids.next());
    let serial = seed.counts.physicians;
    seed.counts.physicians += 1;
    let works = place(seed, draft, serial);
    physician_row(seed, draft, id, serial);
    seed.rows.workplaces.push(workplace::Model {
        id: seed.ids.next(),
        physician: id,
        name: draft.workplace.clone(),
        postal_code: works.map(|place| place.postal_code.to_owned()),
        address: Some(address(draft, works, serial)),
        prefecture: draft.prefecture,
        main: true,
        valid_from: draft.joined_on.date(),
        valid_until: None,
        created_at: seed.began,
    });
    memberships(seed, draft, id);
    seed.rows.accounts.push(account::Model {
        id: account_id,
        login_id: draft.login_id.clone(),
        password_hash: seed.password_hash.clone(),
        physician: Some(id),
        officer: None,
        state: "active".to_owned(),
        first_used_at: (draft.first_login == FirstLogin::Done).then(|| agreed_at(seed.today)),
        created_at: seed.began,
        version: 1,
    });
    if draft.first_login == FirstLogin::Done {
        consent(seed, account_id);
    }
    Person {
        id,
        account: account_id,
        name: draft.name.full(),
        prefecture: draft.prefecture,
        home: draft.home,
        busy: Vec::new(),
        certified: None,
    }
}

fn physician_row(seed: &mut Seed, draft: &Draft, id: Uuid, serial: usize) {
    let (name, lives) = (&draft.name, place(seed, draft, serial + 7));
    let birth_on = draft.registry_on.plus_years(-25).plus_days(-(serial as i64 * 37 % 700));
    let address = (draft.email != Email::Missing).then(|| format!("{}@example.jp", draft.login_id));
    let verified = (draft.email == Email::Verified).then(|| at(seed.today.plus_days(-200), 9, 0));
    // Ids of new members begin with 3 [seed]; the older form is made up [assumed].
    let opening = Day::new(2024, 10, 30).expect("the calendar has this day");
    let member_id =
        if draft.joined_on < opening { 1_000_000_000 } else { 3_000_000_000_u64 } + serial as u64 + 1;
    seed.rows.physicians.push(physician::Model {
        id,
        registry_number: Some(draft.registry_number.clone()),
        registry_on: Some(draft.registry_on.date()),
        family_name: name.family.to_owned(),
        given_name: name.given.to_owned(),
        family_kana: name.family_kana.to_owned(),
        given_kana: name.given_kana.to_owned(),
        former_name: None,
        name_key: search_key(&name.full()),
        kana_key: search_key(&name.kana()),
        birth_on: birth_on.date(),
        sex: name.sex.to_owned(),
        email: address,
        email_verified_at: verified,
        phone: Some(format!("090-0000-{:04}", serial % 10_000)),
        mailing_destination: if serial.is_multiple_of(3) { "home" } else { "workplace" }.to_owned(),
        home_postal_code: lives.map(|place| place.postal_code.to_owned()),
        home_address: Some(self::address(draft, lives, serial + 7)),
        university: Some(seed.bodies.school(serial * 7).to_owned()),
        graduated_on: Some(draft.registry_on.plus_days(-20).date()),
        graduate_school: None,
        department: None,
        trains_at: None,
        trains_from: None,
        trains_until: None,
        national_member_id: (draft.reach == Reach::National).then(|| member_id.to_string()),
        deceased_on: None,
        merged_into: None,
        created_at: seed.began,
        version: 1,
    });
}

fn memberships(seed: &mut Seed, draft: &Draft, physician: Uuid) {
    let Some(home) = draft.home else { return };
    for body in seed.bodies.upward(home) {
        let facts = &seed.bodies.all[body];
        let reached = match facts.tier.as_str() {
            "national" => draft.reach == Reach::National,
            "prefectural" => matches!(draft.reach, Reach::National | Reach::Prefectural),
            _ => true,
        };
        if reached {
            seed.rows.memberships.push(membership::Model {
                cause: String::new(),
                opened_by: None,
                closed_by: None,
                id: seed.ids.next(),
                physician,
                association: facts.id,
                tier: facts.tier.clone(),
                category: draft.category.to_owned(),
                valid_from: draft.joined_on.date(),
                valid_until: None,
                created_at: seed.began,
            });
        }
    }
}

/// When everybody of the demo world who uses the login began to.
pub(super) fn agreed_at(today: Day) -> DateTime<Utc> {
    at(today.plus_days(-200), 9, 0)
}

/// The consent to the terms of use in force.
pub(super) fn consent(seed: &mut Seed, account: Uuid) {
    seed.rows.consents.push(terms_consent::Model {
        id: seed.ids.next(),
        account,
        terms_version: TERMS_VERSION.to_owned(),
        agreed_at: agreed_at(seed.today),
    });
}

/// A town where the association is; for those of schools and of no association somewhere in the prefecture.
fn place(seed: &Seed, draft: &Draft, serial: usize) -> Option<Place> {
    let body = draft.home.filter(|at| !seed.bodies.all[*at].university).or_else(|| {
        let list = seed.bodies.municipal(draft.prefecture);
        list.get(serial % list.len().max(1)).copied()
    })?;
    let places = &seed.bodies.all[body].places;
    places.get(serial % places.len().max(1)).copied()
}

fn address(draft: &Draft, place: Option<Place>, serial: usize) -> String {
    let code = u8::try_from(draft.prefecture).unwrap_or_default();
    let prefecture = Prefecture::new(code).map_or("", Prefecture::name);
    let town = place.map_or("", |place| place.place);
    format!("{prefecture}{town}{}丁目{}番{}号", serial % 6 + 1, serial % 23 + 1, serial % 17 + 1)
}
