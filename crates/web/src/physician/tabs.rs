//! The parts of a physician's page: each is a few facts and some tables.

use super::list::or;
use crate::ctx::Ctx;
use crate::error::WebError;
use crate::my::registration::ChangeView;
use mamis_app::address::hyphened;
use mamis_app::credit;
use mamis_app::decision::at;
use mamis_app::physician::lists::{Shown, tabs};
use mamis_rules::access::{self, Depth, Scope};
use mamis_rules::association::Prefecture;
use mamis_rules::base::Day;
use mamis_rules::credit::Scheme;
use mamis_rules::flow::certification::State;
use std::str::FromStr;

/// A part of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Identity,
    Contacts,
    Memberships,
    Credits,
    Certifications,
    Applications,
    Letters,
    History,
    Log,
}

impl Part {
    pub(super) const ALL: &'static [Self] = &[
        Self::Identity,
        Self::Contacts,
        Self::Memberships,
        Self::Credits,
        Self::Certifications,
        Self::Applications,
        Self::Letters,
        Self::History,
        Self::Log,
    ];

    /// The word in the address and in the log.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Identity => "",
            Self::Contacts => "contacts",
            Self::Memberships => "memberships",
            Self::Credits => "credits",
            Self::Certifications => "certifications",
            Self::Applications => "applications",
            Self::Letters => "letters",
            Self::History => "history",
            Self::Log => "log",
        }
    }

    /// The word on the tab.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Identity => "本人",
            Self::Contacts => "連絡先",
            Self::Memberships => "所属",
            Self::Credits => "研修・単位",
            Self::Certifications => "認定",
            Self::Applications => "申請",
            Self::Letters => "送ったもの",
            Self::History => "変更の履歴",
            Self::Log => "記録",
        }
    }

    /// From the word in the address.
    pub(super) fn read(name: &str) -> Self {
        Self::ALL.iter().copied().find(|part| part.name() == name).unwrap_or(Self::Identity)
    }

    /// Whether the reader has this part: a duty that reads nothing of it does not see its tab.
    pub(super) fn is_open(self, ctx: &Ctx, shown: &Shown) -> bool {
        let actor = &ctx.actor;
        match self {
            Self::Identity | Self::Memberships => true,
            _ if shown.asks_reason => false,
            Self::Contacts => shown.depth >= Depth::Contact,
            Self::Credits => {
                shown.depth == Depth::Full || access::attendance::visible_to(actor) != Scope::Nothing
            }
            Self::Certifications => access::certification::visible_to(actor) != Scope::Nothing,
            Self::Applications => access::application::visible_to(actor) != Scope::Nothing,
            Self::Letters | Self::History => shown.depth == Depth::Full,
            Self::Log => access::physician::may_see_log(actor, &shown.facts).is_ok(),
        }
    }
}

/// A cell; an empty address is no link.
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) href: String,
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { text, href: String::new() }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

fn link(text: &str, href: String) -> Cell {
    Cell { text: text.to_owned(), href }
}

/// A table; without rows the sentence stands there.
pub(super) struct Sheet {
    pub(super) title: &'static str,
    pub(super) head: &'static [&'static str],
    pub(super) rows: Vec<Vec<Cell>>,
    pub(super) none: &'static str,
}

/// Names and values.
pub(super) type Facts = Vec<(&'static str, String)>;

/// What a part shows.
///
/// # Errors
/// A fault of the database.
pub(super) async fn of(ctx: &Ctx, shown: &Shown, part: Part) -> Result<(Facts, Vec<Sheet>), WebError> {
    let id = shown.facts.physician;
    Ok(match part {
        Part::Identity => (identity(shown), Vec::new()),
        Part::Contacts => (contacts(shown), vec![workplaces(shown)]),
        Part::Memberships => {
            (Vec::new(), vec![memberships(tabs::memberships(ctx, id, shown.depth).await?, ctx.today())])
        }
        Part::Credits => (Vec::new(), credits(ctx, shown).await?),
        Part::Certifications => (Vec::new(), vec![certifications(ctx, shown).await?]),
        Part::Applications => (Vec::new(), vec![applications(ctx, shown).await?]),
        Part::Letters => (Vec::new(), letters(ctx, shown).await?),
        Part::History => (Vec::new(), vec![history(ctx, shown).await?]),
        Part::Log => (Vec::new(), vec![log(ctx, shown).await?]),
    })
}

fn text(text: &Option<String>) -> String {
    or(text.as_deref().unwrap_or_default(), "–")
}

fn identity(shown: &Shown) -> Facts {
    let row = &shown.row;
    let kana = format!("{} {}", row.family_kana, row.given_kana);
    let mut facts = vec![
        ("氏名", format!("{}（{}）", shown.name(), kana.trim())),
        ("医師会（会員区分）", or(&shown.association, "非会員")),
    ];
    if shown.depth < Depth::Full {
        return facts;
    }
    let day = |day: Option<chrono::NaiveDate>| day.map_or("–".to_owned(), |day| Day::from(day).japanese());
    let sex = match row.sex.as_str() {
        "male" => "男性",
        "female" => "女性",
        _ => "–",
    };
    facts.extend([
        ("旧姓・旧名", text(&row.former_name)),
        ("生年月日", Day::from(row.birth_on).japanese()),
        ("性別", sex.to_owned()),
        ("医籍登録番号", text(&row.registry_number)),
        ("医籍登録年月日", day(row.registry_on)),
        ("日医会員ID", text(&row.national_member_id)),
        ("出身大学", text(&row.university)),
        ("卒業年月日", day(row.graduated_on)),
        ("大学院", text(&row.graduate_school)),
        ("診療科", text(&row.department)),
        ("臨床研修の施設", text(&row.trains_at)),
        ("臨床研修の期間", training(row)),
        ("ログイン", login(shown)),
    ]);
    facts.extend(row.deceased_on.map(|on| ("亡くなった日", Day::from(on).japanese())));
    facts
}

fn training(row: &mamis_schema::physician::Model) -> String {
    let day = |day: Option<chrono::NaiveDate>| day.map_or_else(String::new, |day| Day::from(day).japanese());
    match (row.trains_from, row.trains_until) {
        (None, None) => "–".to_owned(),
        (from, until) => format!("{}〜{}", day(from), day(until)),
    }
}

fn login(shown: &Shown) -> String {
    match (&shown.account, shown.has_logged_in) {
        (None, _) => "アカウントがありません".to_owned(),
        (Some(account), _) if account.state != "active" => "停止中".to_owned(),
        (Some(account), false) => format!("{}（まだログインしていません）", account.login_id),
        (Some(account), true) => format!("{}（ログイン中の端末 {}台）", account.login_id, shown.sessions),
    }
}

/// Postal code and address in one line.
fn place(code: &Option<String>, address: &Option<String>) -> String {
    let code = hyphened(code.as_deref().unwrap_or_default());
    format!("{code}　{}", address.as_deref().unwrap_or_default()).trim().to_owned()
}

fn contacts(shown: &Shown) -> Facts {
    let row = &shown.row;
    let verified = if row.email_verified_at.is_some() {
        "（確認済み）"
    } else {
        "（未確認。案内は郵送）"
    };
    let email = row.email.as_ref().map(|email| format!("{email}{verified}"));
    let home = place(&row.home_postal_code, &row.home_address);
    vec![
        ("メールアドレス", email.unwrap_or_else(|| "なし（案内は郵送）".to_owned())),
        ("電話番号", text(&row.phone)),
        ("送付先", if row.mailing_destination == "home" { "自宅" } else { "勤務先" }.to_owned()),
        ("自宅", or(&home, "–")),
    ]
}

fn workplaces(shown: &Shown) -> Sheet {
    let row = |at: &mamis_schema::workplace::Model| {
        vec![
            at.name.as_str().into(),
            if at.main { "主な勤務先" } else { "" }.into(),
            Prefecture::name_of(at.prefecture).into(),
            place(&at.postal_code, &at.address).into(),
        ]
    };
    Sheet {
        title: "勤務先",
        head: &["名称", "", "都道府県", "住所"],
        rows: shown.workplaces.iter().map(row).collect(),
        none: "勤務先は登録されていません。",
    }
}

fn memberships(periods: Vec<tabs::Period>, today: Day) -> Sheet {
    let row = |period: tabs::Period| {
        let running = period.from <= today && period.until.is_none_or(|until| until >= today);
        let standing = match (running, period.from > today) {
            (true, _) => "所属中",
            (false, true) => "これから",
            (false, false) => "終わり",
        };
        vec![
            period.association.into(),
            period.tier.into(),
            period.category.into(),
            period.from.japanese().into(),
            period.until.map_or_else(String::new, Day::japanese).into(),
            standing.into(),
        ]
    };
    Sheet {
        title: "会員である期間",
        head: &["医師会", "階層", "会員区分", "はじまり", "終わり", "状態"],
        rows: periods.into_iter().map(row).collect(),
        none: "どの医師会にも所属していません。",
    }
}

/// Lines of credits on the page; the rest is in the application or the ledger.
const CREDITS: usize = 100;

async fn credits(ctx: &Ctx, shown: &Shown) -> Result<Vec<Sheet>, WebError> {
    let id = shown.facts.physician;
    let attended = tabs::attendances(ctx, id).await?;
    let row = |one: tabs::Attended| {
        let time = |instant: Option<chrono::DateTime<chrono::Utc>>| instant.map_or_else(String::new, at);
        vec![
            Day::from(one.training.held_on).japanese().into(),
            link(&one.training.title, format!("/trainings/{}", one.training.id)),
            one.training.host_name.as_str().into(),
            time(one.attendance.in_at).into(),
            time(one.attendance.out_at).into(),
        ]
    };
    let mut sheets = vec![Sheet {
        title: "受講した研修会",
        head: &["開催日", "研修会", "主催", "入室", "退室"],
        rows: attended.into_iter().map(row).collect(),
        none: "あなたの職務で見られる受講の記録はありません。",
    }];
    if shown.depth == Depth::Full {
        let rows = credit::lists::all_of_physician(ctx, id).await?;
        let row = |row: &mamis_schema::credit::Model| {
            vec![
                Day::from(row.earned_on).japanese().into(),
                credit::lists::label(&row.scheme, &row.course, &row.category, &row.item, row.amount).into(),
                row.title.as_str().into(),
                row.host_name.as_str().into(),
            ]
        };
        sheets.push(Sheet {
            title: "単位（新しい順に100件まで）",
            head: &["取得日", "単位", "研修会", "主催"],
            rows: rows.iter().take(CREDITS).map(row).collect(),
            none: "単位の記録はありません。",
        });
    }
    Ok(sheets)
}

fn scheme(name: &str) -> String {
    Scheme::from_str(name).map_or_else(|_| name.to_owned(), |scheme| scheme.label().to_owned())
}

async fn certifications(ctx: &Ctx, shown: &Shown) -> Result<Sheet, WebError> {
    let today = ctx.today();
    let row = |row: mamis_schema::certification::Model| {
        let standing = match (row.ended_on, Day::from(row.valid_until) < today) {
            (Some(_), _) => "資格喪失",
            (None, true) => "期限切れ",
            (None, false) => "有効",
        };
        vec![
            scheme(&row.scheme).into(),
            link(&row.number, format!("/certifications/{}", row.id)),
            Day::from(row.valid_from).japanese().into(),
            Day::from(row.valid_until).japanese().into(),
            standing.into(),
        ]
    };
    let rows = tabs::certifications(ctx, shown.facts.physician).await?;
    Ok(Sheet {
        title: "認定",
        head: &["制度", "認定番号", "はじまり", "期限", "状態"],
        rows: rows.into_iter().map(row).collect(),
        none: "あなたの職務で見られる認定はありません。",
    })
}

async fn applications(ctx: &Ctx, shown: &Shown) -> Result<Sheet, WebError> {
    let row = |row: mamis_schema::application::Model| {
        let number = row.number.clone().unwrap_or_else(|| "（番号なし）".to_owned());
        let state = row.state.parse::<State>().map_or(row.state.clone(), |state| state.label().to_owned());
        vec![
            link(&number, format!("/applications/{}", row.id)),
            scheme(&row.scheme).into(),
            state.into(),
            row.submitted_at.map_or_else(|| "提出前".to_owned(), at).into(),
            row.decided_at.map_or_else(String::new, at).into(),
        ]
    };
    let rows = tabs::applications(ctx, shown.facts.physician).await?;
    Ok(Sheet {
        title: "申請",
        head: &["申請番号", "制度", "状態", "提出", "決定"],
        rows: rows.into_iter().map(row).collect(),
        none: "あなたの職務で見られる申請はありません。",
    })
}

async fn letters(ctx: &Ctx, shown: &Shown) -> Result<Vec<Sheet>, WebError> {
    let id = shown.facts.physician;
    let sent = |row: tabs::Sent| {
        let channel = match (row.channel.as_str(), row.came_back) {
            ("post", true) => "郵送（メールが届きませんでした）",
            ("post", false) => "郵送",
            (_, true) => "メール（届きませんでした）",
            _ => "メール",
        };
        let state = match row.state.as_str() {
            "sent" => "送った",
            "posted" => "郵送した",
            "unneeded" => "送らないことにした",
            "failed" => "届かなかった",
            _ => "これから送る",
        };
        vec![at(row.at).into(), row.subject.into(), channel.into(), state.into()]
    };
    let issued = |row: mamis_schema::document::Model| {
        let kind = row.kind.parse::<access::document::Kind>();
        vec![
            Day::from(row.issued_on).japanese().into(),
            kind.map_or_else(|_| row.kind.clone(), |kind| kind.label().to_owned()).into(),
            link(&row.number, format!("/documents/{}.pdf", row.id)),
            if row.revoked_at.is_some() { "再発行により差し替え済み" } else { "" }.into(),
        ]
    };
    Ok(vec![
        Sheet {
            title: "案内",
            head: &["できた日時", "件名", "方法", "状態"],
            rows: tabs::letters(ctx, id).await?.into_iter().map(sent).collect(),
            none: "案内はありません。",
        },
        Sheet {
            title: "発行した文書",
            head: &["発行日", "文書", "番号", ""],
            rows: tabs::documents(ctx, id).await?.into_iter().map(issued).collect(),
            none: "あなたの職務で見られる文書はありません。",
        },
    ])
}

async fn history(ctx: &Ctx, shown: &Shown) -> Result<Sheet, WebError> {
    let row = |line: ChangeView| {
        vec![
            line.at.into(),
            line.field.into(),
            line.before.into(),
            line.after.into(),
            line.by.into(),
            line.source.into(),
        ]
    };
    let rows = tabs::history(ctx, shown.facts.physician).await?;
    Ok(Sheet {
        title: "登録情報の変更の履歴（新しい順に100件まで）",
        head: &["日時", "項目", "変更前", "変更後", "だれが", "きっかけ"],
        rows: rows.into_iter().map(ChangeView::from).map(row).collect(),
        none: "変更はまだありません。",
    })
}

async fn log(ctx: &Ctx, shown: &Shown) -> Result<Sheet, WebError> {
    access::physician::may_see_log(&ctx.actor, &shown.facts)?;
    let row = |entry: mamis_schema::audit_entry::Model| {
        let detail: serde_json::Value = serde_json::from_str(&entry.detail).unwrap_or_default();
        let reason = detail.get("reason").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        vec![
            at(entry.at).into(),
            what(&entry.action).into(),
            entry.office.into(),
            entry.actor_name.into(),
            reason.into(),
        ]
    };
    let rows = tabs::log(ctx, shown.facts.physician).await?;
    Ok(Sheet {
        title: "操作の記録（新しい順に100件まで）",
        head: &["日時", "操作", "事務局", "だれが", "理由"],
        rows: rows.into_iter().map(row).collect(),
        none: "記録はありません。",
    })
}

/// What an entry of the log is about, in words.
fn what(action: &str) -> &'static str {
    match action {
        "physician.look" => "登録情報を見た",
        "physician.edit" | "workplace.write" | "physician.take_changes" => "登録情報を変えた",
        "physician.download" => "自分の情報を保存した",
        "consent.answer" => "共同利用への返事をした",
        "physician.reason" => "見る理由を入力した",
        "physician.send_login_link" => "ログインの再設定を送った",
        "physician.merge" => "重複する記録と統合した",
        "physician.unmerge" => "統合を元に戻した",
        "duplicate.refuse" => "重複ではないと判断した",
        "registration.check" => "医師免許証を確認した",
        "physician.set_access" => "ログインを止めた・再開した",
        _ if action.ends_with(".look") => "申請・認定・文書を見た",
        _ => match action.split('.').next().unwrap_or_default() {
            "application" => "申請の手続き",
            "certification" => "認定の手続き",
            "document" => "文書の発行",
            "membership" => "所属の変更",
            "signup" | "attendance" | "reception" => "研修会の申込み・受講",
            "credit" | "paper_credit" => "単位の記録",
            "account" | "session" | "credential" => "ログインに関する操作",
            "post_letter" => "案内の郵送",
            "registration" => "利用者登録",
            "provisional_credential" => "仮ログインIDの発行",
            "notice" | "unsubscription" => "お知らせ",
            "physician" => "登録情報の操作",
            _ => "そのほかの操作",
        },
    }
}
