//! What physicians change about themselves. A field of their own is in force at once and leaves its history; what an
//! association must act on becomes a change report.

pub mod workplace;

use super::JOINT_USE_VERSION;
use crate::address::postal_code;
use crate::audit::Entry;
use crate::cx::{Cx, Tx};
use crate::db::dialect;
use crate::error::{Error, Problem, Result};
use crate::membership::lists as membership;
use crate::membership_application::Draft;
use crate::membership_application::actions::{file_report, prefill_report};
use crate::physician::actions::record::{self, Line, Origin};
use crate::physician::lists as physicians;
use mamis_rules::access::{self, Depth};
use mamis_rules::base::{ApplicationId, Day, PhysicianId};
use mamis_rules::membership::Field as Reported;
use mamis_rules::physician::{Field, Owner, kana};
use mamis_schema::{consent, physician};
use sea_orm::ActiveModelTrait;
use serde_json::json;
use uuid::Uuid;

/// Letters of one line at most.
const LINE: usize = 100;

/// Letters of an address at most.
const ADDRESS: usize = 200;

/// What became of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saved {
    /// It was that before.
    Same,
    /// In force.
    InForce,
    /// In force, and the association was told of it.
    Told,
    /// A change report lies ready to be looked at and sent.
    LaidReady(ApplicationId),
}

/// The person whose registration it is, if the actor may change it.
///
/// # Errors
/// [`Error::NotFound`] for anybody but the physician or an officer who stands in.
async fn own(cx: &Cx, tx: &Tx<'_>) -> Result<physician::Model> {
    let id = cx.actor.physician().ok_or(Error::NotFound)?;
    dialect::lock_physician(tx.db(), id.into()).await?;
    let row = physicians::find(cx, tx.db(), id, Depth::Full).await?;
    access::physician::may_edit(&cx.actor, &physicians::facts(cx, tx.db(), id).await?)?;
    Ok(row)
}

/// Whether somebody belongs to an association that receives reports.
async fn is_member(cx: &Cx, tx: &Tx<'_>, person: Uuid) -> Result<bool> {
    let held = membership::of_physician(tx.db(), person).await?;
    Ok(!membership::bodies(&held, cx.today()).is_empty())
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn too_long(problems: &mut Vec<Problem>, field: Field, text: &str, most: usize) {
    if text.chars().count() > most {
        problems.push(Problem::at(
            field.name(),
            &format!("{}は{most}文字以内で入力してください。", field.label()),
        ));
    }
}

/// How to reach somebody, as typed.
#[derive(Clone, Debug, Default)]
pub struct Contacts {
    /// Phone.
    pub phone: String,
    /// Postal code in any way of writing.
    pub home_postal_code: String,
    /// Home address.
    pub home_address: String,
    /// home or workplace.
    pub mailing_destination: String,
}

/// Changes phone, home address and mailing destination at once. The municipal association of a member is told of the
/// address and the destination with a change report that nobody has to wait for.
///
/// # Errors
/// [`Error::Invalid`], [`Error::NotFound`], [`Error::Stale`].
#[crate::boxed]
pub async fn save_contacts(cx: &Cx, typed: &Contacts) -> Result<Saved> {
    let code = check_contacts(typed)?;
    let mut tx = cx.begin().await?;
    let before = own(cx, &tx).await?;
    let after = physician::Model {
        phone: some(&typed.phone),
        home_postal_code: code,
        home_address: some(&typed.home_address),
        mailing_destination: typed.mailing_destination.clone(),
        ..before.clone()
    };
    if after == before {
        return Ok(Saved::Same);
    }
    let told = [
        (Reported::HomePostalCode, before.home_postal_code != after.home_postal_code),
        (Reported::HomeAddress, before.home_address != after.home_address),
        (Reported::MailingDestination, before.mailing_destination != after.mailing_destination),
    ];
    let changes: Vec<(Reported, String)> = told
        .into_iter()
        .filter(|(_, differs)| *differs)
        .map(|(field, _)| (field, crate::membership_application::actions::registered(&after, field)))
        .collect();
    let tells = !changes.is_empty() && is_member(cx, &tx, before.id).await?;
    if tells {
        let draft = Draft { effective_on: Some(cx.today()), changes, ..Draft::default() };
        file_report(cx, &mut tx, before.id.into(), draft).await?;
    }
    save(cx, tx, &before, after).await?;
    Ok(if tells { Saved::Told } else { Saved::InForce })
}

/// The postal code in seven digits; none for none.
fn check_contacts(typed: &Contacts) -> Result<Option<String>> {
    let mut problems = Vec::new();
    let code = postal_code(&typed.home_postal_code);
    if code.is_none() && !typed.home_postal_code.is_empty() {
        problems.push(Problem::at(
            "home_postal_code",
            "郵便番号を、251-0052のように7けたの数字で入力してください。",
        ));
    }
    too_long(&mut problems, Field::HomeAddress, &typed.home_address, ADDRESS);
    let is_phone = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '(' | ')' | ' ');
    let digits = typed.phone.chars().filter(char::is_ascii_digit).count();
    if !typed.phone.is_empty() && (!typed.phone.chars().all(is_phone) || !(9..=15).contains(&digits)) {
        problems
            .push(Problem::at("phone", "電話番号を、090-1234-5678のように半角の数字で入力してください。"));
    }
    match typed.mailing_destination.as_str() {
        "home" if typed.home_address.is_empty() => problems.push(Problem::at(
            "home_address",
            "郵便物を自宅で受け取るときは、自宅の住所を入力してください。",
        )),
        "home" | "workplace" => {}
        _ => problems.push(Problem::at("mailing_destination", "郵便物の送付先を選んでください。")),
    }
    Problem::none_of(problems)?;
    Ok(code)
}

/// Writes the row, its history and the audit entry.
async fn save(cx: &Cx, mut tx: Tx<'_>, before: &physician::Model, after: physician::Model) -> Result<()> {
    let fields = record::write(cx, &tx, before, after, Origin::of(cx)).await?;
    let names: Vec<&str> = fields.iter().map(|field| field.name()).collect();
    let entry = Entry::new("physician.edit", "physician", before.id).about(before.id.into());
    tx.audit(entry.with(json!({"fields": names})));
    tx.commit().await
}

/// Schools, department and training, as typed and read.
#[derive(Clone, Debug, Default)]
pub struct Career {
    /// Name before a change, exactly as typed.
    pub former_name: String,
    /// University of graduation.
    pub university: String,
    /// Graduation.
    pub graduated_on: Option<Day>,
    /// Graduate school.
    pub graduate_school: String,
    /// Department.
    pub department: String,
    /// Where the clinical training is done.
    pub trains_at: String,
    /// Its first day.
    pub trains_from: Option<Day>,
    /// Its last day.
    pub trains_until: Option<Day>,
}

/// Changes schools, department and training at once.
///
/// # Errors
/// [`Error::Invalid`], [`Error::NotFound`], [`Error::Stale`].
#[crate::boxed]
pub async fn save_career(cx: &Cx, typed: &Career) -> Result<Saved> {
    check_career(typed, cx.today())?;
    let tx = cx.begin().await?;
    let before = own(cx, &tx).await?;
    let date = |day: Option<Day>| day.map(Day::date);
    let after = physician::Model {
        former_name: some(&typed.former_name),
        university: some(&typed.university),
        graduated_on: date(typed.graduated_on),
        graduate_school: some(&typed.graduate_school),
        department: some(&typed.department),
        trains_at: some(&typed.trains_at),
        trains_from: date(typed.trains_from),
        trains_until: date(typed.trains_until),
        ..before.clone()
    };
    if after == before {
        return Ok(Saved::Same);
    }
    save(cx, tx, &before, after).await?;
    Ok(Saved::InForce)
}

fn check_career(typed: &Career, today: Day) -> Result<()> {
    let mut problems = Vec::new();
    for (field, text) in [
        (Field::FormerName, &typed.former_name),
        (Field::University, &typed.university),
        (Field::GraduateSchool, &typed.graduate_school),
        (Field::Department, &typed.department),
        (Field::TrainsAt, &typed.trains_at),
    ] {
        too_long(&mut problems, field, text, LINE);
    }
    if typed.graduated_on.is_some_and(|day| day > today) {
        problems.push(Problem::at("graduated_on", "卒業年月日は、今日までの日を入力してください。"));
    }
    match (typed.trains_from, typed.trains_until) {
        (Some(from), Some(until)) if until <= from => problems.push(Problem::at(
            "trains_until",
            "臨床研修の修了（予定）日は、開始日より後の日を入力してください。",
        )),
        (None, Some(_)) => {
            problems.push(Problem::at("trains_from", "臨床研修の開始日を入力してください。"));
        }
        _ => {}
    }
    Problem::none_of(problems)
}

/// A name, exactly as typed.
#[derive(Clone, Debug, Default)]
pub struct Name {
    /// Family name.
    pub family_name: String,
    /// Given name.
    pub given_name: String,
    /// Its reading.
    pub family_kana: String,
    /// Its reading.
    pub given_kana: String,
    /// Since when.
    pub since: Option<Day>,
}

/// Changes the name: of a non-member at once; of a member as a change report, laid ready with what was typed.
///
/// # Errors
/// [`Error::Invalid`], with a proposal where a reading is not in katakana; [`Error::NotFound`], [`Error::Stale`].
#[crate::boxed]
pub async fn change_name(cx: &Cx, typed: &Name) -> Result<Saved> {
    check_name(typed)?;
    let tx = cx.begin().await?;
    let before = own(cx, &tx).await?;
    let after = physician::Model {
        family_name: typed.family_name.clone(),
        given_name: typed.given_name.clone(),
        family_kana: typed.family_kana.clone(),
        given_kana: typed.given_kana.clone(),
        ..before.clone()
    };
    if after == before {
        return Ok(Saved::Same);
    }
    if !is_member(cx, &tx, before.id).await? {
        save(cx, tx, &before, after).await?;
        return Ok(Saved::InForce);
    }
    // Nothing was written: the report has a transaction of its own.
    drop(tx);
    let reported = |field: &Field| field.owner() == Owner::Association && *field != Field::MainWorkplace;
    let changes = Field::ALL
        .iter()
        .filter(|field| reported(field))
        .filter_map(|field| Some((field.name().parse::<Reported>().ok()?, record::shown(&after, *field))));
    let draft = Draft { effective_on: typed.since, changes: changes.collect(), ..Draft::default() };
    Ok(Saved::LaidReady(prefill_report(cx, draft).await?))
}

fn check_name(typed: &Name) -> Result<()> {
    let mut problems = Vec::new();
    for (field, text) in [(Field::FamilyName, &typed.family_name), (Field::GivenName, &typed.given_name)] {
        too_long(&mut problems, field, text, LINE);
    }
    if typed.family_name.trim().is_empty() {
        problems.push(Problem::at("family_name", "姓を入力してください。"));
    }
    for (field, text) in [(Field::FamilyKana, &typed.family_kana), (Field::GivenKana, &typed.given_kana)] {
        too_long(&mut problems, field, text, LINE);
        // Somebody without a given name has none to read.
        let may_miss = field == Field::GivenKana && typed.given_name.trim().is_empty();
        if kana::is_katakana(text) || (may_miss && text.is_empty()) {
            continue;
        }
        let label = field.label();
        problems.push(Problem::at(
            field.name(),
            &match kana::propose(text) {
                Some(proposed) => {
                    format!("{label}をカタカナにしました。「{proposed}」でよければ、もう一度押してください。")
                }
                None => format!("{label}を全角のカタカナで入力してください。"),
            },
        ));
    }
    Problem::none_of(problems)
}

/// Whether somebody agrees that the associations use the data jointly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JointUse {
    /// Agrees.
    Given,
    /// Takes the consent back.
    TakenBack,
}

impl JointUse {
    /// The answer in the history, with the text that was shown: 「同意する（2026年4月1日の文）」.
    pub fn in_words(self, version: &str) -> String {
        let answer = match self {
            Self::Given => "同意する",
            Self::TakenBack => "同意しない",
        };
        let version = Day::parse(version).map_or_else(|_| version.to_owned(), Day::japanese);
        format!("{answer}（{version}の文）")
    }
}

/// Writes down the consent to the joint use, or that it is taken back. Every answer stays, with the version of the text.
///
/// # Errors
/// [`Error::NotFound`] for anybody but the physician; [`Error::Refused`] on behalf: the answer is a person's own.
#[crate::boxed]
pub async fn answer_joint_use(cx: &Cx, answer: JointUse) -> Result<()> {
    if cx.on_behalf().is_some() {
        return Err(Error::refused("共同利用への同意は、本人だけが変えられます。"));
    }
    let mut tx = cx.begin().await?;
    let person = own(cx, &tx).await?;
    let before = super::lists::registration::joint_use(tx.db(), person.id).await?;
    let row = consent::Model {
        id: Uuid::now_v7(),
        physician: person.id,
        kind: Field::JointUse.name().to_owned(),
        given: answer == JointUse::Given,
        text_version: JOINT_USE_VERSION.to_owned(),
        by_name: cx.who.name.clone(),
        created_at: cx.now,
    };
    consent::ActiveModel::from(row).reset_all().insert(tx.db()).await?;
    let words = |row: consent::Model| {
        let answer = if row.given { JointUse::Given } else { JointUse::TakenBack };
        answer.in_words(&row.text_version)
    };
    let line = Line {
        field: Field::JointUse,
        before: before.map(words).unwrap_or_default(),
        after: answer.in_words(JOINT_USE_VERSION),
        origin: Origin::of(cx),
    };
    record::note(cx, &tx, person.id, line).await?;
    let entry = Entry::new("consent.answer", "physician", person.id).about(PhysicianId::from(person.id));
    tx.audit(entry.with(
        json!({"kind": "joint_use", "given": answer == JointUse::Given, "version": JOINT_USE_VERSION}),
    ));
    tx.commit().await
}

/// Leaves a trace of a physician's own data that leaves the system as a file.
///
/// # Errors
/// A fault of the database.
#[crate::boxed]
pub async fn note_download(cx: &Cx, kind: &str) -> Result<()> {
    let id = cx.actor.physician().ok_or(Error::NotFound)?;
    let mut tx = cx.begin().await?;
    tx.audit(Entry::new("physician.download", "physician", id).about(id).with(json!({"kind": kind})));
    tx.commit().await
}
