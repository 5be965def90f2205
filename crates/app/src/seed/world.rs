//! The named world: the people one remembers, the offices around them, and what lies on their desks.

use super::Seed;
use super::accounts as logins;
use super::applications::{self, Case, Credits, certify};
use super::attendance;
use super::chance::{Chance, saturday};
use super::meetings::Batches;
use super::names::Name;
use super::offices::{self, At, totp_secret};
use super::paper::Ledger;
use super::people::{self, Draft, Email, FirstLogin, Person, Reach, reserved_registry};
use super::procedures;
use super::programmes::{LECTURE, PROGRAMMES, Programme, RENEWAL_AND_SPECIAL, WALK_THROUGH};
use super::reference::Bodies;
use super::residents;
use super::trainings::{self, Plan, usual_state};
use crate::error::{Error, Result};
use mamis_rules::access::Duty;
use mamis_rules::base::Day;
use mamis_rules::flow::certification::State as Stage;
use mamis_rules::flow::training_approval::State;
use std::collections::HashMap;

/// One row of the page that says whom to log in as.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct DemoAccount {
    /// What to type as login id.
    pub login_id: &'static str,
    /// The password; the same for everybody.
    pub password: &'static str,
    /// Who it is, in Japanese.
    pub role: &'static str,
    /// The person's name.
    pub name: &'static str,
    /// Base32 secret of the one-time codes; officers only.
    pub totp_secret: Option<String>,
    /// What to try with it, in Japanese.
    pub story: &'static str,
}

/// Where a named officer works.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    Code(&'static str),
    Organizer(usize),
}

impl Place {
    /// The index of the place.
    pub(super) fn resolve(self, bodies: &Bodies) -> Result<At> {
        match self {
            Self::Code(code) => bodies.at(code).map(At::Body),
            Self::Organizer(number) => Ok(At::Organizer(number)),
        }
    }
}

/// A named officer.
pub(super) struct OfficerPart {
    pub(super) login_id: &'static str,
    pub(super) name: &'static str,
    pub(super) kana: &'static str,
    pub(super) at: Place,
    pub(super) duties: &'static [Duty],
    role: &'static str,
    story: &'static str,
}

/// A named physician.
struct PhysicianPart {
    login_id: &'static str,
    name: &'static str,
    kana: &'static str,
    sex: &'static str,
    /// Code of the lowest association; none for the non-member.
    home: Option<&'static str>,
    prefecture: i32,
    category: &'static str,
    workplace: &'static str,
    registered: i32,
    /// Months from today to the end of the certificate; none for those without.
    months_left: Option<i32>,
    application: Option<Stage>,
    role: &'static str,
    story: &'static str,
}

const TRAINING: &[Duty] = &[Duty::Training];
const CERTIFICATION: &[Duty] = &[Duty::Certification];
const ADMINISTRATION: &[Duty] = &[Duty::Administration, Duty::Membership];

/// Table: the named officers.
#[rustfmt::skip]
pub(super) const OFFICERS: &[OfficerPart] = &[
    OfficerPart { login_id: "fujisawa-training", name: "江口 里奈", kana: "エグチ リナ", at: Place::Code("142051"), duties: TRAINING,
        role: "藤沢市医師会 研修会担当", story: "差戻しになった研修会を直して再申請します。昨日の研修会は出席の確認と単位登録を、今日の講演会は受付を試せます。" },
    OfficerPart { login_id: "fujisawa-cert", name: "浜野 大地", kana: "ハマノ ダイチ", at: Place::Code("142051"), duties: CERTIFICATION,
        role: "藤沢市医師会 認定担当", story: "届いた更新申請を1件ずつ審査し、理事会用資料を作り、理事会の結果を記録して一括申請します。" },
    OfficerPart { login_id: "fujisawa-admin", name: "片瀬 由香", kana: "カタセ ユカ", at: Place::Code("142051"), duties: ADMINISTRATION,
        role: "藤沢市医師会 管理担当", story: "入会・異動・退会・届出事項変更を1件ずつ確認します。職員の職務と、医師会の設定も確認し、「医師」から、まだログインしていない会員に仮ログインIDのはがきを作れます。会員へのお知らせも書いて送れます。" },
    OfficerPart { login_id: "kanagawa-training", name: "相川 直人", kana: "アイカワ ナオト", at: Place::Code("14"), duties: TRAINING,
        role: "神奈川県医師会 研修会担当", story: "県内の研修会を承認するか、コメントを付けて差し戻します。開催報告も確認します。外部団体（しおさい産業保健セミナー）の登録の申込みも届いています。" },
    OfficerPart { login_id: "kanagawa-cert", name: "大磯 美和", kana: "オオイソ ミワ", at: Place::Code("14"), duties: CERTIFICATION,
        role: "神奈川県医師会 認定担当", story: "郡市区等医師会から一括申請された更新申請を審査し、日本医師会へ送ります。" },
    OfficerPart { login_id: "national-training", name: "本郷 誠司", kana: "ホンゴウ セイジ", at: Place::Code("00"), duties: TRAINING,
        role: "日本医師会 研修会担当", story: "都道府県医師会が承認した研修会を承認し、開催報告を確認して単位を確定します。" },
    OfficerPart { login_id: "national-cert", name: "駒込 理沙", kana: "コマゴメ リサ", at: Place::Code("00"), duties: CERTIFICATION,
        role: "日本医師会 認定担当", story: "運営委員会と理事会の結果を記録し、一括承認します。𠮷田 髙志さんの認定証を発行できます。" },
    OfficerPart { login_id: "national-admin", name: "千石 守", kana: "センゴク マモル", at: Place::Code("00"), duties: ADMINISTRATION,
        role: "日本医師会 管理担当", story: "入会を承認すると日医会員IDが発行されます。全体の設定、操作の記録、担当者のいない医師会も確認し、利用規約の新しい版を公開し、利用者登録（堀 由実さん）の医師免許証を見比べられます。自動で送るメールの文面も変えられます。医師会の合併（境港市は予定があります）や、一覧の取込みもできます。" },
    OfficerPart { login_id: "yokohama-training", name: "保土ヶ谷 健", kana: "ホドガヤ ケン", at: Place::Code("141003"), duties: TRAINING,
        role: "横浜市医師会 研修会担当", story: "四層構造の市です。地区医師会の研修会との見え方の違いを確かめます。職場巡視実地研修会は満席で、キャンセル待ちの順番と、空席の案内がどうなったかを見られます。" },
    OfficerPart { login_id: "yokohama-cert", name: "緑川 志保", kana: "ミドリカワ シホ", at: Place::Code("141003"), duties: CERTIFICATION,
        role: "横浜市医師会 認定担当", story: "戸塚区・金沢区の会員の申請を審査します。" },
    OfficerPart { login_id: "totsuka-training", name: "柏尾 涼", kana: "カシオ リョウ", at: Place::Code("141101"), duties: TRAINING,
        role: "戸塚区医師会（地区） 研修会担当", story: "地区医師会として研修会を申請します。" },
    OfficerPart { login_id: "tokyo-training", name: "千駄木 拓", kana: "センダギ タク", at: Place::Code("13"), duties: TRAINING,
        role: "東京都医師会 研修会担当", story: "都内の研修会と、外部団体の研修会を承認します。" },
    OfficerPart { login_id: "tokyo-cert", name: "神楽坂 薫", kana: "カグラザカ カオル", at: Place::Code("13"), duties: CERTIFICATION,
        role: "東京都医師会 認定担当", story: "会員でない医師の申請は、勤務先の都道府県医師会が窓口です。岡田さんの申請も審査できます。" },
    OfficerPart { login_id: "organizer", name: "空野 光", kana: "ソラノ ヒカル", at: Place::Organizer(0), duties: TRAINING,
        role: "外部団体 研修会担当", story: "医師会ではない団体として研修会を申請します。承認前に見えるのは自分の団体の研修会だけです。" },
];

/// Table: the named physicians.
#[rustfmt::skip]
const PHYSICIANS: &[PhysicianPart] = &[
    PhysicianPart { login_id: "sato", name: "佐藤 恵子", kana: "サトウ ケイコ", sex: "female", home: Some("142051"), prefecture: 14, category: "a2b",
        workplace: "湘南みなと食品 健康管理室", registered: 1996, months_left: Some(4), application: None,
        role: "医師（藤沢市医師会の会員、認定産業医）",
        story: "認定証の期限まで4か月です。更新には実地の単位がありません。近くの実地研修会に申し込み、2024年度の紙の単位シール（専門 2.5単位）を申告すると、更新を申請できます。" },
    PhysicianPart { login_id: "yoshida", name: "𠮷田 髙志", kana: "ヨシダ タカシ", sex: "male", home: Some("141101"), prefecture: 14, category: "a1",
        workplace: "𠮷田内科クリニック", registered: 1985, months_left: Some(3), application: Some(Stage::NationalBoard),
        role: "医師（戸塚区医師会の会員、氏名に珍しい漢字）",
        story: "更新申請は日本医師会の理事会を待っています。承認されると、𠮷と髙が正しく印刷された認定証が届きます。" },
    PhysicianPart { login_id: "kobayashi", name: "小林 環", kana: "コバヤシ タマキ", sex: "female", home: None, prefecture: 13, category: "b",
        workplace: "大手町みらい健診センター", registered: 2004, months_left: Some(7), application: Some(Stage::Draft),
        role: "医師（非会員、勤務先は東京都）",
        story: "申請の下書きがあります。会員ではないため、窓口は勤務先のある東京都医師会です。" },
    PhysicianPart { login_id: "okada", name: "岡田 慧", kana: "オカダ ケイ", sex: "male", home: Some("139001"), prefecture: 13, category: "b",
        workplace: "大学医学部附属病院", registered: 2012, months_left: Some(6), application: Some(Stage::PrefecturalExamination),
        role: "医師（大学の医師会の会員）",
        story: "大学の医師会は郡市区等医師会と同じ扱いです。更新申請は東京都医師会で審査中です。" },
    PhysicianPart { login_id: "mori", name: "森 千鶴", kana: "モリ チヅル", sex: "female", home: Some("142042"), prefecture: 14, category: "a1",
        workplace: "森整形外科", registered: 1989, months_left: None, application: None,
        role: "医師（認定証の期限が特例の対象）",
        story: "認定証の期限は2021年9月30日でしたが、特例により2028年3月31日まで更新できます。期限のあとに受けた研修会の単位も数えます。" },
    PhysicianPart { login_id: "ishii", name: "石井 宏", kana: "イシイ ヒロシ", sex: "male", home: Some("142051"), prefecture: 14, category: "a1",
        workplace: "石井医院", registered: 1992, months_left: Some(5), application: Some(Stage::ReturnedByMunicipal),
        role: "医師（申請が差戻しになった人）",
        story: "更新申請が藤沢市医師会から差戻しになりました。コメントを読み、直して再申請します。" },
    PhysicianPart { login_id: "tanaka", name: "田中 陽菜", kana: "タナカ ヒナ", sex: "female", home: Some("142051"), prefecture: 14, category: "c",
        workplace: "藤沢みどり病院", registered: 2025, months_left: None, application: None,
        role: "医師（はじめてログインする人）",
        story: "はじめてのログインです。利用規約に同意し、メールアドレスの開通確認をします。はがきの仮パスワード k7mq-2xwp-9hdr でログインすると、自分のパスワードを決めるところから試せます。" },
    PhysicianPart { login_id: "yamane", name: "山根 砂子", kana: "ヤマネ サコ", sex: "female", home: Some("312011"), prefecture: 31, category: "a2b",
        workplace: "因幡製紙 健康管理室", registered: 1999, months_left: Some(6), application: Some(Stage::PrefecturalExamination),
        role: "医師（担当者のいない医師会で申請が待っている人）",
        story: "更新申請は鳥取県医師会にありますが、認定の担当者がいません。「担当者がいません」と表示され、日本医師会にも見えます。" },
];

/// Whom to log in as.
pub(super) fn accounts() -> Vec<DemoAccount> {
    let physicians = PHYSICIANS.iter().map(|part| (part.login_id, part.role, part.name, None, part.story));
    let officers = OFFICERS
        .iter()
        .map(|part| (part.login_id, part.role, part.name, Some(totp_secret(part.login_id)), part.story));
    physicians
        .chain(officers)
        .map(|(login_id, role, name, totp_secret, story)| DemoAccount {
            login_id,
            password: super::PASSWORD,
            role,
            name,
            totp_secret,
            story,
        })
        .chain(offices::accounts())
        .chain(procedures::accounts())
        .chain(residents::accounts())
        .collect()
}

/// Everybody, the named people first.
#[derive(Debug, Default)]
pub(super) struct People {
    pub(super) all: Vec<Person>,
    named: HashMap<&'static str, usize>,
}

impl People {
    /// The index of a named person.
    fn at(&self, login_id: &str) -> Result<usize> {
        self.named
            .get(login_id)
            .copied()
            .ok_or_else(|| Error::fault(format!("seed: nobody is called {login_id}")))
    }

    /// The named people themselves.
    pub(super) fn named(&self) -> usize {
        self.named.len()
    }
}

/// Fills in the named world without a crowd.
///
/// # Errors
/// A fault when the tables of this file contradict the reference data.
pub(super) fn fill(seed: &mut Seed) -> Result<()> {
    let mut people = named_people(seed)?;
    named_trainings(seed, &mut people)?;
    named_applications(seed, &people, &mut Batches::default())?;
    procedures::fill(seed)?;
    residents::fill(seed)?;
    logins::fill(seed)
}

/// The last day of the month that many months from now.
fn month_end(today: Day, months: i32) -> Day {
    let first = Day::new(today.year(), today.month(), 1).expect("every month has a first day");
    first.plus_months(months + 1).plus_days(-1)
}

/// The named physicians with their certifications.
///
/// # Errors
/// A fault when a home does not exist.
pub(super) fn named_people(seed: &mut Seed) -> Result<People> {
    let mut people = People::default();
    for (number, part) in PHYSICIANS.iter().enumerate() {
        let registry_on = Day::new(part.registered, 5, 10).expect("May has a tenth day");
        let slot = usize::try_from((part.registered - 1965) * 2_900 / 61).unwrap_or_default() + number;
        let newcomer = part.login_id == "tanaka";
        let draft = Draft {
            name: Name::of(part.name, part.kana, part.sex),
            login_id: part.login_id.to_owned(),
            registry_number: reserved_registry(slot),
            registry_on,
            prefecture: part.prefecture,
            home: part.home.map(|code| seed.bodies.at(code)).transpose()?,
            reach: if part.home.is_some() { Reach::National } else { Reach::Nowhere },
            category: part.category,
            workplace: part.workplace.to_owned(),
            joined_on: registry_on.plus_days(330),
            email: if newcomer { Email::Unverified } else { Email::Verified },
            first_login: if newcomer { FirstLogin::Ahead } else { FirstLogin::Done },
        };
        let mut person = people::add(seed, &draft);
        let valid_until = match (part.login_id, part.months_left) {
            ("mori", _) => Day::new(2021, 9, 30),
            (_, months) => months.map(|months| month_end(seed.today, months)),
        };
        if let Some(until) = valid_until {
            let from = until.next().plus_years(-5);
            person.certified = Some(certify(seed, person.id, from, until, None, None));
        }
        people.named.insert(part.login_id, people.all.len());
        people.all.push(person);
    }
    Ok(people)
}

/// One training of the story.
struct Scene {
    at: Place,
    programme: &'static Programme,
    day: Day,
    start: (u32, u32),
    capacity: i32,
    state: State,
    who: &'static [&'static str],
    /// How many of the crowd come besides.
    crowd: usize,
}

/// The trainings that the named people have been to, will go to, or have on their desks.
///
/// # Errors
/// A fault when a state cannot be reached.
pub(super) fn named_trainings(seed: &mut Seed, people: &mut People) -> Result<()> {
    let mut chance = Chance::new(14);
    let near: Vec<usize> = (people.named()..people.all.len())
        .filter(|at| people.all[*at].prefecture == 14 && people.all[*at].certified.is_some())
        .collect();
    for scene in past(seed)?.into_iter().chain(coming(seed.today)) {
        let mut chosen = Vec::new();
        for login_id in scene.who {
            chosen.push(people.at(login_id)?);
        }
        let from = chance.below(near.len());
        chosen.extend(near.iter().cycle().skip(from).take(scene.crowd.min(near.len())));
        // What still waits was submitted twelve days ago.
        let waits = !matches!(scene.state, State::Approved | State::Draft);
        let ahead = seed.today.days_until(scene.day);
        let plan = Plan {
            at: scene.at.resolve(&seed.bodies)?,
            programme: scene.programme,
            day: scene.day,
            start: scene.start,
            capacity: scene.capacity,
            state: scene.state,
            lead: if waits && ahead > 0 { ahead + 12 } else { 60 },
        };
        let training = trainings::add(seed, &plan)?;
        attendance::fill(seed, &training, &mut people.all, &chosen, scene.who.len());
    }
    Ok(())
}

/// Six trainings gave 佐藤 恵子 18 credits, half 更新 and half 専門, but no 実地.
fn past(seed: &Seed) -> Result<Vec<Scene>> {
    const FUJISAWA: Place = Place::Code("142051");
    const KANAGAWA: Place = Place::Code("14");
    const CIRCLE: &[&str] = &["sato", "mori", "okada"];
    let chemicals = programme("産業医学専門研修会 化学物質の自律的管理")?;
    let history: [(i64, Place, &'static Programme, &'static [&'static str]); 8] = [
        (540, FUJISAWA, RENEWAL_AND_SPECIAL, CIRCLE),
        (420, KANAGAWA, RENEWAL_AND_SPECIAL, CIRCLE),
        (300, Place::Code("141003"), RENEWAL_AND_SPECIAL, &["sato", "mori", "yoshida"]),
        (180, FUJISAWA, RENEWAL_AND_SPECIAL, CIRCLE),
        (75, Place::Organizer(1), RENEWAL_AND_SPECIAL, &["sato", "mori", "kobayashi"]),
        (15, KANAGAWA, RENEWAL_AND_SPECIAL, &["sato", "mori", "kobayashi"]),
        (250, FUJISAWA, WALK_THROUGH, &["mori", "ishii", "yoshida", "okada"]),
        (120, KANAGAWA, chemicals, &["mori", "ishii", "kobayashi"]),
    ];
    let mut scenes = Vec::new();
    for (days, at, programme, who) in history {
        let day = saturday(seed.today.plus_days(-days));
        let state = usual_state(seed, at.resolve(&seed.bodies)?, day, programme);
        scenes.push(Scene { at, programme, day, start: (14, 0), capacity: 60, state, who, crowd: 30 });
    }
    Ok(scenes)
}

fn programme(title: &str) -> Result<&'static Programme> {
    PROGRAMMES
        .iter()
        .find(|programme| programme.title == title)
        .copied()
        .ok_or_else(|| Error::fault(format!("seed: no programme {title}")))
}

/// Table: what is open, and what waits at the offices of the story.
fn coming(today: Day) -> Vec<Scene> {
    const FUJISAWA: Place = Place::Code("142051");
    const KANAGAWA: Place = Place::Code("14");
    let in_days = |days: i64| saturday(today.plus_days(days));
    let scene = |at, programme, day, start, capacity, state, who, crowd| Scene {
        at,
        programme,
        day,
        start,
        capacity,
        state,
        who,
        crowd,
    };
    let busy = in_days(17);
    vec![
        // The seat that 佐藤 恵子 needs.
        scene(FUJISAWA, WALK_THROUGH, in_days(10), (14, 0), 20, State::Approved, &[], 12),
        // Her signup, and a training at the same hour that must be refused with the reason.
        scene(KANAGAWA, LECTURE, busy, (14, 0), 100, State::Approved, &["sato", "ishii"], 20),
        scene(KANAGAWA, WALK_THROUGH, busy, (14, 30), 24, State::Approved, &[], 10),
        // No seat left.
        scene(Place::Code("141003"), WALK_THROUGH, in_days(24), (13, 30), 15, State::Approved, &[], 40),
        // Today's ticket, for the reception.
        scene(FUJISAWA, LECTURE, today, (18, 30), 50, State::Approved, &["sato", "ishii"], 18),
        // Held yesterday: attendance to check, credits to release.
        scene(
            FUJISAWA,
            RENEWAL_AND_SPECIAL,
            today.plus_days(-1),
            (14, 0),
            40,
            State::Approved,
            &["ishii"],
            20,
        ),
        scene(FUJISAWA, WALK_THROUGH, in_days(90), (14, 0), 20, State::Draft, &[], 0),
        scene(FUJISAWA, RENEWAL_AND_SPECIAL, in_days(80), (14, 0), 60, State::Returned, &[], 0),
        scene(
            Place::Organizer(1),
            RENEWAL_AND_SPECIAL,
            in_days(85),
            (13, 0),
            80,
            State::PrefecturalReview,
            &[],
            0,
        ),
        scene(Place::Organizer(0), WALK_THROUGH, in_days(66), (10, 0), 20, State::NationalReview, &[], 0),
        scene(
            Place::Organizer(0),
            RENEWAL_AND_SPECIAL,
            in_days(31),
            (10, 0),
            80,
            State::Approved,
            &["kobayashi"],
            8,
        ),
        scene(
            Place::Code("141101"),
            RENEWAL_AND_SPECIAL,
            in_days(73),
            (15, 0),
            30,
            State::PrefecturalReview,
            &[],
            0,
        ),
    ]
}

/// The applications of the named people.
///
/// # Errors
/// A fault when a state cannot be reached.
pub(super) fn named_applications(seed: &mut Seed, people: &People, batches: &mut Batches) -> Result<()> {
    let ledger = Ledger::of(&seed.rows.credits);
    for part in PHYSICIANS {
        let Some(stage) = part.application else { continue };
        let person = &people.all[people.at(part.login_id)?];
        let credits = if stage == Stage::Draft { Credits::AsTheyAre } else { Credits::Enough };
        let remarks =
            if stage == Stage::Draft { "勤務先は来年1月に変わる予定です。" } else { "" };
        let case = Case { remarks, credits, ..Case::in_state(stage) };
        applications::add(seed, batches, &ledger, person, &case)?;
    }
    Ok(())
}
