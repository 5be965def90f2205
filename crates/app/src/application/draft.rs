//! What must be there before an application is sent: said while it is a draft, asked again at the
//! submission.

use super::lists::Found;
use super::lists::home::Home;
use crate::error::Problem;
use crate::my::standing::Standing;
use mamis_rules::base::Day;
use mamis_rules::credit::{Grace, Kind, Scheme, WaiverKind, rule_set};
use mamis_schema::{application, attachment};

/// The fields of a draft, as typed and read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// What the physician wants to say.
    pub remarks: String,
    /// How the fee is paid; none while not chosen.
    pub fee_method: Option<FeeMethod>,
    /// Why the application comes within the grace months.
    pub grace: Option<Grace>,
    /// What replaces the credits of an initial application.
    pub waiver: Option<WaiverKind>,
    /// When that was completed.
    pub waiver_on: Option<Day>,
}

impl Draft {
    /// Whether the row says the same already.
    pub(super) fn is_kept_in(&self, row: &application::Model) -> bool {
        self.remarks == row.remarks
            && self.fee_method.map_or("", FeeMethod::name) == row.fee_method
            && self.grace.map(Grace::name) == row.grace_reason.as_deref()
            && self.waiver.map(WaiverKind::name) == row.waiver.as_deref()
            && self.waiver_on.map(Day::date) == row.waiver_on
    }
}

/// How the registration fee reaches the office [seed].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeeMethod {
    /// Brought to the counter.
    Counter,
    /// Sent by registered mail.
    RegisteredMail,
    /// Transferred; the slip is uploaded.
    Transfer,
}

impl FeeMethod {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Counter, Self::RegisteredMail, Self::Transfer];

    /// The stored word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::RegisteredMail => "registered_mail",
            Self::Transfer => "transfer",
        }
    }

    /// The word on pages.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Counter => "窓口に持参する",
            Self::RegisteredMail => "現金書留で送る",
            Self::Transfer => "銀行に振り込む（振込の控えを添付）",
        }
    }

    /// From the stored word.
    pub fn read(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|method| method.name() == name)
    }
}

/// The kinds of uploads of an application: stored word, and the word on pages.
pub const PAPERS: &[(&str, &str)] = &[
    ("completion_certificate", "修了認定書"),
    ("licence", "医師免許証"),
    ("fee_slip", "振込の控え"),
    (ACTIVITY, "スポーツ医活動の証明"),
    ("other", "その他の書類"),
];

/// The proof of activity that the renewal of a sports physician asks for [pub].
pub const ACTIVITY: &str = "activity_proof";

/// Whether a proof of activity is asked for.
pub fn asks_activity(scheme: Scheme, kind: Kind) -> bool {
    scheme == Scheme::SportsPhysician && kind == Kind::Renewal
}

/// The word for a kind of upload.
pub fn paper_label(kind: &str) -> &str {
    PAPERS.iter().find(|(name, _)| *name == kind).map_or("書類", |(_, label)| label)
}

/// Whether letters reach the physician by mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Email {
    /// The address is proved.
    Verified,
    /// There is none, or it is not proved: letters go by post.
    Unverified,
}

/// What a check asks besides the draft itself.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// E-mail.
    pub email: Email,
    /// Other applications of the same scheme that still run.
    pub others: u64,
}

/// Whether a draft can be sent.
#[derive(Clone, Debug, Default)]
pub struct Readiness {
    /// What must be mended first, at the field where it is.
    pub problems: Vec<Problem>,
    /// What to know; nothing of it keeps the draft back.
    pub hints: Vec<String>,
}

/// Looks at everything the offices would otherwise return the application for.
pub fn check(
    found: &Found,
    home: &Home,
    papers: &[attachment::Model],
    standing: &Standing,
    facts: Facts,
) -> Readiness {
    let mut problems = Vec::new();
    let mut add = |field: &str, text: &str| problems.push(Problem::at(field, text));
    let has = |kind: &str| papers.iter().any(|paper| paper.kind == kind);
    let row = &found.row;
    for sentence in &standing.evaluation.missing {
        add("", &format!("{sentence}。"));
    }
    if found.kind == Kind::Renewal && standing.held.is_none() {
        add("", "更新する認定が見つかりません。はじめて申請するときは、新規の申請をしてください。");
    }
    if row.waiver.is_some() && row.waiver_on.is_none() {
        add("waiver_on", "修了した日を入力してください。");
    }
    if row.waiver.is_some() && !has("completion_certificate") {
        add("completion_certificate", "修了認定書の写真またはPDFを選んでください。");
    }
    if home.is_non_member() && !has("licence") {
        add("licence", "医師会に所属していない方は、医師免許証の写真またはPDFを選んでください。");
    }
    match FeeMethod::read(&row.fee_method) {
        // What the office holds already needs no proof, e.g. when an application comes back to be mended.
        _ if row.fee_received_on.is_some() => {}
        None => add("fee_method", "審査登録料の納め方を選んでください。"),
        Some(FeeMethod::Transfer) if !has("fee_slip") => {
            add("fee_slip", "振込の控えの写真またはPDFを選んでください。");
        }
        Some(_) => {}
    }
    if let Err(refusal) = super::lists::route_of(home) {
        add("", &refusal.to_string());
    }
    if facts.others > 0 {
        add("", "同じ制度の申請がすでに進んでいます。その申請が終わってから、あらためて申請してください。");
    }
    Readiness { problems, hints: hints(found, standing, facts) }
}

fn hints(found: &Found, standing: &Standing, facts: Facts) -> Vec<String> {
    let mut hints = Vec::new();
    if standing.evaluation.provisional {
        hints.push(
            "紙の単位を含めると足りています。手帳などの原本を事務局が確認すると確定します。原本を忘れずにお出しください。"
                .to_owned(),
        );
    }
    if facts.email == Email::Unverified {
        hints.push(
            "メールアドレスが確認できていないため、お知らせは郵便で届きます。登録情報からメールアドレスを確認できます。"
                .to_owned(),
        );
    }
    if found.row.fee_received_on.is_none() && found.state == mamis_rules::flow::certification::State::Draft {
        hints.push("申請したあと、手帳などの原本と審査登録料を窓口の医師会にお出しください。".to_owned());
    }
    hints
}

/// The waivers that a scheme knows for an initial application.
pub fn waivers(scheme: Scheme, today: Day) -> Vec<WaiverKind> {
    rule_set(scheme, Kind::Initial, today)
        .map(|rules| rules.waivers.iter().map(|waiver| waiver.kind).collect())
        .unwrap_or_default()
}
