//! The first sentence of my page in the words of a person: until when, what is missing, by when.

use mamis_app::application::lists::Line;
use mamis_app::my::lists::{Headline, MyPage};
use mamis_app::my::standing::{Bar, Held};
use mamis_rules::base::Day;
use mamis_rules::certification::Standing as Validity;
use mamis_rules::certification::deadline::{Deadline, Last};
use mamis_rules::credit::{Kind, Scheme};

/// A scheme on top of my page.
pub(super) struct View {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    /// Class that frames it, by urgency.
    pub(super) class: &'static str,
    /// The day that counts; empty without a certification.
    pub(super) until: String,
    /// What that day is.
    pub(super) until_what: String,
    pub(super) gap: String,
    /// Special measure, grace, next validity.
    pub(super) notes: Vec<String>,
    pub(super) bars: Vec<Bar>,
    /// Minimums inside a category, folded away.
    pub(super) items: Vec<Bar>,
    pub(super) deadline: Option<DeadlineView>,
    pub(super) action: Option<Action>,
    /// Where nothing has begun: how to.
    pub(super) begins: bool,
    pub(super) search: String,
    /// Number on the certificate; empty without one.
    pub(super) number: String,
    /// The certificate to download; empty while there is none.
    pub(super) certificate: String,
}

/// The one date.
pub(crate) struct DeadlineView {
    /// Empty when there is no day to name.
    pub(crate) day: String,
    pub(crate) what: String,
    pub(crate) left: String,
    pub(crate) badge: &'static str,
    pub(crate) sentence: String,
}

/// What to press.
pub(super) struct Action {
    pub(super) href: String,
    pub(super) label: &'static str,
}

/// Below that many days a date is marked.
const SOON: i64 = 60;

/// All schemes of a page.
pub(super) fn views(page: &MyPage, today: Day) -> Vec<View> {
    page.headlines.iter().map(|headline| view(page, headline, today)).collect()
}

fn view(page: &MyPage, headline: &Headline, today: Day) -> View {
    let standing = &headline.standing;
    let held = standing.held.as_ref().or(headline.lost.as_ref());
    let (until, until_what) = held.map_or_else(Default::default, |held| until(held, today));
    let (items, bars) = standing.bars.iter().cloned().partition(|bar| bar.id.starts_with("item:"));
    View {
        id: standing.scheme.name(),
        name: standing.scheme.label(),
        class: class(headline, today),
        until,
        until_what,
        gap: gap(headline),
        notes: notes(page, headline, today),
        bars: if headline.begins_on.is_some() { Vec::new() } else { bars },
        items: if headline.begins_on.is_some() { Vec::new() } else { items },
        deadline: deadline(page, headline, today),
        action: action(page, headline),
        begins: headline.standing.held.is_none(),
        search: search(headline),
        number: held.map(|held| held.number.clone()).unwrap_or_default(),
        certificate: held
            .filter(|held| held.on(today) != Validity::Revoked)
            .and_then(|held| held.certificate)
            .map(|id| format!("/documents/{id}.pdf"))
            .unwrap_or_default(),
    }
}

/// The day to apply by; what an office has already got can miss no deadline any more.
fn deadline(page: &MyPage, headline: &Headline, today: Day) -> Option<DeadlineView> {
    let asked = running(page, headline).is_none_or(Line::is_with_applicant);
    let deadline = headline.deadline.as_ref().filter(|_| asked && headline.begins_on.is_none());
    deadline.map(|deadline| date(deadline, desk(page, headline), today))
}

/// The application of the scheme that still moves.
fn running<'page>(page: &'page MyPage, headline: &Headline) -> Option<&'page Line> {
    let scheme = headline.standing.scheme.name();
    page.applications.iter().find(|line| line.is_running() && line.scheme == scheme)
}

fn desk<'page>(page: &'page MyPage, headline: &Headline) -> &'page str {
    let known = page.home.desk().and(headline.apply_to);
    known.map_or("窓口の医師会", |id| page.home.name(id))
}

fn until(held: &Held, today: Day) -> (String, String) {
    let what = match (held.on(today), held.expires_on() > held.validity.until) {
        (Validity::Revoked, _) => "に資格を失いました",
        (Validity::Expired, _) => "で有効期間が終わりました",
        (_, true) => "まで更新できます（特例）",
        (_, false) => "まで有効",
    };
    let day = match held.ended_on {
        Some(ended) if ended <= today => ended,
        Some(ended) => held.expires_on().min(ended.plus_days(-1)),
        None => held.expires_on(),
    };
    (day.japanese(), what.to_owned())
}

fn class(headline: &Headline, today: Day) -> &'static str {
    let Some(held) = headline.standing.held.as_ref().or(headline.lost.as_ref()) else { return "" };
    let near = today.days_until(held.expires_on()) < 183;
    match (held.on(today), headline.standing.evaluation.eligible) {
        (Validity::Expired | Validity::Revoked, _) => "headline-error",
        (_, false) if near => "headline-warning",
        _ => "",
    }
}

fn gap(headline: &Headline) -> String {
    let standing = &headline.standing;
    if let Some(from) = headline.begins_on {
        return format!("次の更新の単位は、{}からの受講を数えます", from.japanese());
    }
    let goal = if standing.kind == Kind::Renewal { "更新" } else { "新規の申請" };
    let gap = standing.gap();
    if !gap.is_empty() {
        return format!("{goal}まであと {gap}");
    }
    if standing.evaluation.provisional {
        return format!("紙の単位が確認されると、{goal}に必要な単位がそろいます");
    }
    let so_far = if headline.unconfirmed { "（確認中の単位を含みます）" } else { "" };
    format!("{goal}に必要な単位はそろっています{so_far}")
}

fn notes(page: &MyPage, headline: &Headline, today: Day) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(line) = running(page, headline).filter(|line| !line.is_with_applicant()) {
        notes.push(format!("申請済みです。{}", line.sentence()));
    }
    if !page.signups.is_empty() && headline.begins_on.is_none() && !headline.standing.gap().is_empty() {
        notes.push("申し込んだ研修会の単位は、受講して登録されるまで「あと」の数に入りません。".to_owned());
    }
    let Some(held) = headline.standing.held.as_ref().or(headline.lost.as_ref()) else { return notes };
    if let Some(ended) = held.ended_on {
        let from = if ended > today { "から資格を失います" } else { "に資格を失いました" };
        notes.push(format!(
            "{}{from}（{}）。お心当たりがないときは、窓口の医師会へご連絡ください。",
            ended.japanese(),
            held.loss
        ));
    }
    if let Some(until) = held.until_then.filter(|_| held.ended_on.is_none()) {
        notes.push(format!(
            "更新が済んでいます。いまの認定証は{}まで、次の有効期間は{}からです。",
            until.japanese(),
            held.validity.from.japanese()
        ));
    }
    for measure in held.measures.iter().filter(|_| held.on(today) != Validity::Revoked) {
        notes.push(format!(
            "認定証に印字された有効期限は{}です。特例により{}まで更新を申請できます。{}",
            held.validity.until.japanese(),
            measure.until.japanese(),
            measure.reason
        ));
    }
    if let Some(until) = headline.grace_until {
        notes.push(format!(
            "病気や海外勤務のために更新できなかった方は、{}まで申請できます。申請のときに理由を選んでください。",
            until.japanese()
        ));
    } else if held.on(today) == Validity::Expired {
        notes.push("更新を申請できる期間が過ぎています。窓口の医師会にご相談ください。".to_owned());
    }
    notes
}

pub(crate) fn date(deadline: &Deadline, desk: &str, today: Day) -> DeadlineView {
    let days = deadline.apply_by().map(|day| today.days_until(day));
    let (what, sentence) = match deadline.last {
        Last::Known(chance) => {
            let expected = chance.certificate_expected_on();
            let expected = expected
                .map(|day| format!("この締切までに申請すると、認定は{}ごろの予定です。", day.japanese()));
            (format!("までに{desk}へ更新を申請"), expected.unwrap_or_default())
        }
        Last::NoExpiry => (format!("{desk}の次の締切"), String::new()),
        Last::NotPublished => {
            (format!("{desk}の次の締切"), "有効期限までの日程は、まだすべては公開されていません。".to_owned())
        }
        Last::Passed => (
            format!("{desk}の次の締切"),
            "有効期限までに認定が間に合う受付は終わりました。窓口の医師会にご相談ください。".to_owned(),
        ),
    };
    DeadlineView {
        day: deadline.apply_by().map(Day::japanese).unwrap_or_default(),
        what,
        left: match days {
            Some(0) => "今日まで".to_owned(),
            Some(days) => format!("あと{days}日"),
            None => String::new(),
        },
        badge: if days.is_some_and(|days| days < SOON) { "warning" } else { "neutral" },
        sentence,
    }
}

/// What to press next: the running application, the renewal, or the search for trainings.
fn action(page: &MyPage, headline: &Headline) -> Option<Action> {
    let standing = &headline.standing;
    let scheme = standing.scheme.name();
    if let Some(line) = running(page, headline) {
        let (tail, label) = match (line.is_with_applicant(), line.submitted_at) {
            (true, None) => ("/edit", "申請の下書きを続ける"),
            (true, Some(_)) => ("/edit", "差し戻された申請を直す"),
            (false, _) => ("", "申請の進みぐあいを見る"),
        };
        return Some(Action { href: format!("/applications/{}{tail}", line.id), label });
    }
    if standing.evaluation.eligible && headline.begins_on.is_none() {
        let label =
            if standing.kind == Kind::Renewal { "更新を申請する" } else { "新規の申請をする" };
        return Some(Action {
            href: format!("/applications/new?scheme={scheme}&kind={}", standing.kind),
            label,
        });
    }
    let open = headline.begins_on.is_none() && standing.bars.iter().any(|bar| !bar.met);
    open.then(|| Action {
        href: search(headline), label: "足りない単位が取れる研修会をさがす"
    })
}

fn search(headline: &Headline) -> String {
    let standing = &headline.standing;
    let course = match (standing.scheme, standing.kind) {
        (Scheme::OccupationalPhysician, Kind::Initial) => "basic",
        _ => "lifelong",
    };
    let category =
        standing.missing_categories().first().map(|category| format!("/{category}")).unwrap_or_default();
    format!("/trainings?offer={}/{course}{category}", standing.scheme)
}
