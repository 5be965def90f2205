//! What must be there before a procedure is sent: said while it is a draft, asked again at the submission. The rules
//! of membership are asked with the same facts as at the last decision, so that nobody waits for a refusal.

use super::Workplace;
use super::lists::{Found, Person};
use crate::error::Problem;
use crate::membership::lists::{self as membership, Held};
use mamis_rules::access::application::Kind;
use mamis_rules::association::{MembershipCategory, Tier};
use mamis_rules::base::Day;
use mamis_rules::flow::membership::Report;
use mamis_rules::membership::{self as rules, Period, Refusal};
use mamis_schema::attachment;

/// Whether a procedure can be sent.
#[derive(Clone, Debug, Default)]
pub struct Readiness {
    /// What must be mended first, at the field where it is.
    pub problems: Vec<Problem>,
    /// What to know; nothing of it keeps the procedure back.
    pub hints: Vec<String>,
}

/// The tiers that a joining enters, from the lowest upward.
pub fn entered(found: &Found) -> Vec<Tier> {
    let Some(target) = found.details.target else { return Vec::new() };
    let wanted = |tier: &Tier| *tier == target || target.is_above(*tier);
    found.chain.iter().map(|body| body.tier).filter(wanted).collect()
}

/// Looks at everything the offices would otherwise return the procedure for.
pub fn check(
    found: &Found,
    person: &Person,
    papers: &[attachment::Model],
    others: Vec<Kind>,
    today: Day,
) -> Readiness {
    let mut problems = Vec::new();
    let mut add = |field: &str, text: &str| problems.push(Problem::at(field, text));
    if person.row.deceased_on.is_some() {
        add("", "亡くなった方の手続きはできません。");
    }
    for kind in others {
        add("", &format!("{}の手続きが進んでいます。終わってから、あらためて送ってください。", kind.label()));
    }
    match found.frame.kind {
        Kind::Joining => joining(found, papers, today, &mut add),
        Kind::Transfer => transfer(found, today, &mut add),
        Kind::Leaving => leaving(found, today, &mut add),
        _ => report(found, person, today, &mut add),
    }
    if let Some(workplace) = &found.details.workplace {
        if workplace.name.is_empty() {
            add("workplace_name", "勤務先の名称を入力してください。");
        }
        if workplace.prefecture == 0 {
            add("workplace_prefecture", "勤務先の都道府県を選んでください。");
        }
    }
    let mut hints = Vec::new();
    if person.row.email_verified_at.is_none() {
        hints.push("メールアドレスが確認できていないため、お知らせは郵便で届きます。".to_owned());
    }
    if found.frame.kind == Kind::Joining && person.row.registry_number.is_none() {
        hints.push("医籍登録番号が登録されていません。事務局が医師免許証で確認します。".to_owned());
    }
    Readiness { problems, hints }
}

/// The wanted day, when it can be entered at all.
fn day(found: &Found, today: Day, add: &mut impl FnMut(&str, &str)) -> Option<Day> {
    let Some(day) = found.details.effective_on else {
        add("effective_on", "日付を入力してください。");
        return None;
    };
    if let Err(refusal) = rules::check_day(day, today) {
        add("effective_on", &refusal.to_string());
        return None;
    }
    Some(day)
}

/// A chain that leaves the associations of today is a transfer, not a joining.
fn elsewhere<'a>(found: &Found, held: &'a [Held], today: Day) -> Option<&'a Held> {
    let running = |held: &&Held| held.period.contains(today);
    held.iter().filter(running).find(|held| {
        found.chain.iter().any(|body| body.tier == held.period.tier && body.id != held.period.association)
    })
}

fn joining(found: &Found, papers: &[attachment::Model], today: Day, add: &mut impl FnMut(&str, &str)) {
    let tiers = entered(found);
    if found.chain.is_empty() {
        add("association", "入会する医師会を選んでください。");
    }
    if found.details.target.is_none() {
        add("target", "どこまで入会するかを選んでください。");
    }
    if let Some(held) = elsewhere(found, &found.held, today) {
        let text = format!(
            "いまは{}に所属しています。別の医師会に移るときは、異動の手続きをしてください。",
            held.name
        );
        add("association", &text);
    }
    let periods = membership::periods(&found.held);
    if found
        .details
        .target
        .is_some_and(|target| rules::held(&periods, today).iter().any(|held| held.tier == target))
    {
        add("target", "すでに会員になっている医師会より上の医師会を選んでください。");
        return;
    }
    for tier in tiers.iter().filter(|tier| **tier != Tier::District) {
        if found.details.category(*tier).is_none() && !is_in(&periods, *tier, today) {
            add(&format!("category_{tier}"), &format!("{}の会員区分を選んでください。", tier.label()));
        }
    }
    let licence = papers.iter().any(|paper| paper.kind == "licence");
    if periods.is_empty() && !licence {
        add("licence", "医師免許証の写真またはPDFを選んでください。");
    }
    let Some(on) = day(found, today, add) else { return };
    if let Err(refusal) = admitted(found, &periods, &tiers, on) {
        add("effective_on", &refusal.to_string());
    }
}

fn is_in(periods: &[Period], tier: Tier, day: Day) -> bool {
    rules::held(periods, day).iter().any(|held| held.tier == tier)
}

/// Tries all admissions on the wanted day.
fn admitted(found: &Found, periods: &[Period], tiers: &[Tier], on: Day) -> Result<(), Refusal> {
    let mut periods = periods.to_vec();
    for body in found.chain.iter().filter(|body| tiers.contains(&body.tier)) {
        let known = |held: &Period| held.association == body.id && held.until.is_none();
        if periods.iter().any(known) {
            continue;
        }
        let category = found.details.category(body.tier).unwrap_or(MembershipCategory::B);
        let writes = rules::admit(&periods, body.tier, body.id, category, on)?;
        periods = rules::applied(&periods, &writes);
    }
    Ok(())
}

fn transfer(found: &Found, today: Day, add: &mut impl FnMut(&str, &str)) {
    let municipal = found.chain.iter().find(|body| body.tier == Tier::Municipal);
    match municipal {
        None => add("association", "移る先の医師会を選んでください。"),
        Some(to)
            if found
                .held
                .iter()
                .any(|held| held.period.contains(today) && held.period.association == to.id) =>
        {
            add("association", "いまと同じ医師会です。移る先の医師会を選んでください。");
        }
        Some(_) => {}
    }
    let Some(on) = day(found, today, add) else { return };
    let chain: Vec<_> = found.chain.iter().map(|body| (body.id, body.tier)).collect();
    if let Err(refusal) = rules::transfer(&membership::periods(&found.held), &chain, on) {
        add("effective_on", &refusal.to_string());
    }
}

fn leaving(found: &Found, today: Day, add: &mut impl FnMut(&str, &str)) {
    let Some(scope) = found.details.scope else {
        add("scope", "どの医師会を退会するかを選んでください。");
        return;
    };
    let periods = membership::periods(&found.held);
    if !rules::held(&periods, today).iter().any(|held| scope.ends(held.tier)) {
        add("scope", "選んだ医師会には所属していません。");
        return;
    }
    let Some(on) = day(found, today, add) else { return };
    if let Err(refusal) = rules::leave(&periods, scope, on) {
        add("effective_on", &refusal.to_string());
    }
}

fn report(found: &Found, person: &Person, today: Day, add: &mut impl FnMut(&str, &str)) {
    let details = &found.details;
    // The form shows the workplace of today; sent along unchanged it reports nothing.
    let registered = person.workplace.as_ref().map(Workplace::from);
    let moves = details.workplace.is_some() && details.workplace != registered;
    if details.changes.is_empty() && details.categories.is_empty() && !moves {
        add("", "変わったところを入力してください。いまの登録と同じ内容です。");
    }
    let first = found.frame.route.first();
    let category_before =
        found.frame.route.iter().any(|stop| stop.act == mamis_rules::flow::route::Act::Approve);
    if first.is_some() && category_before != (details.report() == Report::Category) {
        add(
            "category",
            "会員区分の変更は、あとから加えたり外したりできません。この届出を取り下げて、新しく届け出てください。",
        );
    }
    let Some(on) = day(found, today, add) else { return };
    if details.report() == Report::Plain {
        return;
    }
    let periods = membership::periods(&found.held);
    let wanted = wanted(found, &periods, on);
    if let Err(refusal) = rules::change_category(&periods, &wanted, on) {
        add("effective_on", &refusal.to_string());
    }
}

/// The categories that a report asks for at the tiers held on the day.
pub(crate) fn wanted(found: &Found, periods: &[Period], on: Day) -> Vec<(Tier, MembershipCategory)> {
    let held = rules::held(periods, on);
    held.iter().filter_map(|held| Some((held.tier, found.details.category(held.tier)?))).collect()
}
