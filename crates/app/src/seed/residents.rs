//! A resident whose training ends soon: the change of category lies ready, and the registration has a history.

use super::Seed;
use super::chance::at;
use super::names::Name;
use super::people::{self, Draft, Email, FirstLogin, Person, Reach, reserved_registry};
use super::procedures::draft;
use super::world::DemoAccount;
use crate::error::{Error, Result};
use crate::membership_application::actions::proposal::proposed;
use crate::my::JOINT_USE_VERSION;
use crate::my::actions::JointUse;
use mamis_rules::access::application::Kind;
use mamis_rules::association::{MembershipCategory, Tier};
use mamis_rules::base::Day;
use mamis_rules::physician::{Field, Source};
use mamis_schema::{consent, physician_change, workplace};

const LOGIN: &str = "hoshino";
const NAME: &str = "星野 優";
const PRACTICE: &str = "湘南ひかり診療所";

/// Whom to log in as.
pub(super) fn accounts() -> impl Iterator<Item = DemoAccount> {
    std::iter::once(DemoAccount {
        login_id: LOGIN,
        password: super::PASSWORD,
        role: "医師（臨床研修をまもなく修了する人）",
        name: NAME,
        totp_secret: None,
        story: "研修の修了にともなう会員区分の変更（C → B）の届出が用意されています。マイページで内容を確かめて、ひと押しで送れます。登録情報では、連絡先や勤務先を変え、変更の履歴を見られます。",
    })
}

/// Writes the resident. Comes after everything else: what was drawn before stays as it was.
///
/// # Errors
/// A fault when the home does not exist.
pub(super) fn fill(seed: &mut Seed) -> Result<()> {
    let registry_on = Day::new(2024, 4, 18).expect("April has an eighteenth day");
    let person = people::add(
        seed,
        &Draft {
            name: Name::of(NAME, "ホシノ ユウ", "female"),
            login_id: LOGIN.to_owned(),
            registry_number: reserved_registry(2_880),
            registry_on,
            prefecture: 14,
            home: Some(seed.bodies.at("142051")?),
            reach: Reach::National,
            category: MembershipCategory::C.name(),
            workplace: "藤沢みどり病院".to_owned(),
            joined_on: registry_on.plus_days(40),
            email: Email::Verified,
            first_login: FirstLogin::Done,
        },
    );
    let month = Day::new(seed.today.year(), seed.today.month(), 1).expect("every month has a first day");
    let trains_until = month.plus_months(2).plus_days(-1);
    let row = seed.rows.physicians.last_mut().ok_or_else(|| Error::fault("seed: nobody was added"))?;
    row.trains_at = Some("藤沢みどり病院".to_owned());
    // With a leave in between: longer than the usual two years.
    row.trains_from = Day::new(2024, 5, 1).map(Day::date);
    row.trains_until = Some(trains_until.date());
    row.department = Some("内科".to_owned());
    second_workplace(seed, &person);
    history(seed, &person, trains_until);
    let id = seed.ids.next();
    let upward = [Tier::Municipal, Tier::Prefectural, Tier::National];
    let categories = upward.iter().map(|tier| (tier.name().to_owned(), MembershipCategory::B)).collect();
    let begun_at = at(seed.today.plus_days(-3), 7, 0);
    seed.rows.applications.push(draft(id, Kind::ChangeReport, &person, begun_at));
    seed.rows.membership_applications.push(proposed(id.into(), &categories, trains_until)?);
    Ok(())
}

fn second_workplace(seed: &mut Seed, person: &Person) {
    seed.rows.workplaces.push(workplace::Model {
        id: seed.ids.next(),
        physician: person.id,
        name: PRACTICE.to_owned(),
        postal_code: Some("2510052".to_owned()),
        address: Some("神奈川県藤沢市藤沢1丁目2番3号".to_owned()),
        prefecture: 14,
        main: false,
        valid_from: seed.today.plus_days(-60).date(),
        valid_until: None,
        created_at: at(seed.today.plus_days(-60), 21, 10),
    });
}

fn history(seed: &mut Seed, person: &Person, trains_until: Day) {
    let since = seed.today.plus_days(-60).japanese();
    for (days, field, before, after) in [
        (200, Field::JointUse, String::new(), JointUse::Given.in_words(JOINT_USE_VERSION)),
        (90, Field::Department, String::new(), "内科".to_owned()),
        (90, Field::TrainsUntil, String::new(), trains_until.japanese()),
        (
            60,
            Field::Workplace,
            String::new(),
            format!("{PRACTICE}　〒251-0052　神奈川県藤沢市藤沢1丁目2番3号（{since}から）"),
        ),
    ] {
        seed.rows.physician_changes.push(physician_change::Model {
            id: seed.ids.next(),
            physician: person.id,
            field: field.name().to_owned(),
            before,
            after,
            source: Source::Own.name().to_owned(),
            application: None,
            by_name: person.name.clone(),
            changed_at: at(seed.today.plus_days(-days), 21, 10),
        });
    }
    seed.rows.joint_uses.push(consent::Model {
        id: seed.ids.next(),
        physician: person.id,
        kind: Field::JointUse.name().to_owned(),
        given: true,
        text_version: JOINT_USE_VERSION.to_owned(),
        by_name: person.name.clone(),
        created_at: at(seed.today.plus_days(-200), 21, 10),
    });
}
