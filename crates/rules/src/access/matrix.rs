//! Prints `docs/access.md` from the functions and tables that decide.

use std::fmt::Display;

use uuid::Uuid;

use super::{
    Actor, Depth, Duty, DutyHeld, Noun, Office, Scope, application, association, attendance, batch,
    bulk_change, certification, commands, document, membership, notice, officer, organizer, physician,
    post_letter, provisional_credential, registration, saved_search, training,
};
use crate::association::{Host, Prefecture, Tier};
use crate::base::ids::{AccountId, AssociationId, OfficerId, OrganizerId, PhysicianId};
use crate::flow::training_approval::State;

/// The whole page, in Japanese markdown.
pub fn matrix() -> String {
    let mut page = String::from(
        "# だれが何を見られるか、何をできるか\n\n\
         このページは、プログラムが使う規則から自動で作られます（`cargo xtask docs`）。\n\n\
         見られないものは、その人にとって存在しません（ページは「見つかりません」になります）。\n\
         職務のない職員は、何も見られません。職務が複数ある職員は、それぞれの職務で見られるものをすべて見られます。\n\n",
    );
    page.push_str(&law());
    page.push_str(&views());
    page.push_str(&depths());
    page.push_str(&command_table());
    page
}

// The offices of the printed tables. The ids only have to differ.
const fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

const fn association_office(number: u128, tier: Tier, prefecture: Option<Prefecture>) -> Office {
    Office::Association { id: AssociationId(id(number)), tier, prefecture }
}

fn offices() -> [(&'static str, Office); 5] {
    let here = Prefecture::new(13).expect("13 lies in 1..=47");
    let organizer = Office::Organizer { id: OrganizerId(id(5)), prefecture: here };
    [
        ("外部団体", organizer),
        (Tier::District.label(), association_office(4, Tier::District, Some(here))),
        (Tier::Municipal.label(), association_office(3, Tier::Municipal, Some(here))),
        (Tier::Prefectural.label(), association_office(2, Tier::Prefectural, Some(here))),
        (Tier::National.label(), association_office(1, Tier::National, None)),
    ]
}

fn officer_with(duty: Duty, at: Office) -> Actor {
    Actor::Officer {
        account: AccountId(id(0)),
        officer: OfficerId(id(0)),
        duties: vec![DutyHeld { duty, at }],
    }
}

fn a_physician() -> Actor {
    Actor::Physician { account: AccountId(id(0)), physician: PhysicianId(id(0)) }
}

/// The three columns of the table that is law, found by asking the scopes about a training of the
/// viewer's own, one within the prefecture and one elsewhere.
fn law() -> String {
    let mut text = String::from(
        "## 受講者情報と研修会情報\n\n\
         | 区分 | 受講者情報（認定医情報の一部） | 研修会情報（日医承認前） | 研修会情報（日医承認後） |\n|---|---|---|---|\n",
    );
    for (label, office) in offices() {
        let actor = officer_with(Duty::Training, office);
        let attendees = reach(office, |host, prefecture| {
            let facts = attendance::Facts {
                host,
                host_prefecture: prefecture,
                physician: None,
                belongs_within: Vec::new(),
                works_within: Vec::new(),
            };
            attendance::sees(&actor, &facts)
        });
        let trainings = |state| {
            reach(office, |host, host_prefecture| {
                let facts =
                    training::Facts { state, host, host_prefecture, pending: None, signed_up: Vec::new() };
                training::sees(&actor, &facts)
            })
        };
        text.push_str(&format!(
            "| {label} | {attendees} | {} | {} |\n",
            trainings(State::NationalReview),
            trainings(State::Approved),
        ));
    }
    text.push('\n');
    text
}

fn reach(office: Office, sees: impl Fn(Host, Option<Prefecture>) -> bool) -> &'static str {
    let here = Prefecture::new(13).ok();
    let away = Prefecture::new(41).ok();
    let stranger = Host::Association(AssociationId(id(99)));
    if sees(stranger, away) {
        "すべて"
    } else if sees(stranger, here) {
        "都道府県内のもの"
    } else if sees(office.host(), here) {
        "自主催のもの"
    } else {
        "見られない"
    }
}

fn views() -> String {
    let mut text = String::from("## 見られるもの\n\n");
    view(&mut text, Noun::Training.label(), training::visible_to);
    view(&mut text, Noun::Attendance.label(), attendance::visible_to);
    view(&mut text, Noun::Physician.label(), physician::visible_to);
    view(&mut text, "会員台帳", membership::visible_to);
    view(&mut text, "会員数", membership::counts_visible_to);
    view(&mut text, Noun::SavedSearch.label(), saved_search::visible_to);
    view(&mut text, Noun::Registration.label(), registration::visible_to);
    view(&mut text, "仮ログインIDの発行", provisional_credential::visible_to);
    view(&mut text, Noun::Application.label(), application::visible_to);
    view(&mut text, Noun::Batch.label(), batch::visible_to);
    view(&mut text, Noun::Certification.label(), certification::visible_to);
    view(&mut text, Noun::Document.label(), document::visible_to);
    view(&mut text, Noun::Notice.label(), notice::visible_to);
    view(&mut text, Noun::BulkChange.label(), bulk_change::visible_to);
    view(&mut text, Noun::PostLetter.label(), post_letter::visible_to);
    view(&mut text, "医師会の名簿", association::visible_to);
    view(&mut text, "医師会の設定", association::settings_visible_to);
    view(&mut text, "外部団体の登録の申込み", organizer::visible_to);
    view(&mut text, Noun::Officer.label(), officer::visible_to);
    text
}

fn view<F: Display>(text: &mut String, title: &str, visible_to: fn(&Actor) -> Scope<F>) {
    text.push_str(&format!("### {title}\n\n| 見る人 | 職務 | 見られるもの |\n|---|---|---|\n"));
    text.push_str(&format!("| ログインしていない人 | – | {} |\n", visible_to(&Actor::Guest)));
    text.push_str(&format!("| 医師 | – | {} |\n", visible_to(&a_physician())));
    // Offices that see the same share their lines.
    let mut groups: Vec<(Vec<Line>, Vec<&str>)> = Vec::new();
    for (label, office) in offices() {
        let lines = lines_of(office, visible_to);
        match groups.iter_mut().find(|(known, _)| *known == lines) {
            Some((_, labels)) => labels.push(label),
            None => groups.push((lines, vec![label])),
        }
    }
    for (lines, labels) in groups {
        for line in lines {
            text.push_str(&format!("| {} | {} | {} |\n", labels.join("・"), line.duties, line.scope));
        }
    }
    text.push('\n');
}

#[derive(PartialEq)]
struct Line {
    duties: String,
    scope: String,
}

// The scopes of an office, duty by duty; duties that see the same share a line.
fn lines_of<F: Display>(office: Office, visible_to: fn(&Actor) -> Scope<F>) -> Vec<Line> {
    let mut lines: Vec<(String, Vec<&str>)> = Vec::new();
    for duty in Duty::ALL {
        let scope = visible_to(&officer_with(*duty, office)).to_string();
        match lines.iter_mut().find(|(known, _)| *known == scope) {
            Some((_, duties)) => duties.push(duty.label()),
            None => lines.push((scope, vec![duty.label()])),
        }
    }
    lines
        .into_iter()
        .map(|(scope, duties)| {
            let all = duties.len() == Duty::ALL.len();
            Line { duties: if all { "すべて".to_owned() } else { duties.join("・") }, scope }
        })
        .collect()
}

fn depths() -> String {
    let mut text = String::from("## 医師の情報の深さ\n\n| 職務 | 深さ |\n|---|---|\n");
    for duty in Duty::ALL {
        let depth = physician::depth_of(*duty).map_or("見られない", Depth::label);
        text.push_str(&format!("| {} | {depth} |\n", duty.label()));
    }
    text.push('\n');
    text
}

fn command_table() -> String {
    let mut text = String::from(
        "## できること\n\n\
         見られるものについてだけ、次の操作ができます。\n\n\
         | 対象 | 操作 | できる人 | 規則の名前 |\n|---|---|---|---|\n",
    );
    for command in commands() {
        text.push_str(&format!(
            "| {} | {} | {} | `{}` |\n",
            command.noun.label(),
            command.label,
            command.who(),
            command.name,
        ));
    }
    text
}
