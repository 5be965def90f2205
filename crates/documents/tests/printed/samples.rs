//! Data for the tests. Names hold what breaks other programs: 𠮷 and 槗, which BIZ UD lacks, 髙 﨑 邉
//! 濵 and the compatibility 神, variants (IVS), and the characters that typst's markup gives a
//! meaning.

use mamis_documents::{
    Address, AttendanceCertificate, AttendedSession, Attendees, BoardPacket, CategoryCredits, Certificate,
    CoverLetter, CreditStatement, CreditsGiven, FeePaid, HoldingReport, NoticeLetter, NotifiedPhysician,
    PacketRow, PostLetter, ReportedSession, Seal, Signatory, StatementLine, Verification,
};
use mamis_rules::base::{Credits, Day, Period, Yen};
use mamis_rules::credit::Scheme;

/// 神 here is U+FA19, and 邉 bears a variation selector.
pub(crate) const NAMES: [(&str, &str); 10] = [
    ("𠮷田　髙志", "ヨシダ　タカシ"),
    ("山﨑　美咲", "ヤマサキ　ミサキ"),
    ("渡邉\u{E0102}　健太郎", "ワタナベ　ケンタロウ"),
    ("\u{FA19}谷　濵子", "カミヤ　ハマコ"),
    ("葛\u{E0100}城　翔", "カツラギ　ショウ"),
    ("槗本　龍之介", "ハシモト　リュウノスケ"),
    ("佐藤　一郎", "サトウ　イチロウ"),
    ("田中　実", "タナカ　ミノル"),
    ("鈴木　さくら", "スズキ　サクラ"),
    ("齋藤　隆", "サイトウ　タカシ"),
];

pub(crate) fn day(text: &str) -> Day {
    Day::parse(text).expect("an ISO day")
}

pub(crate) fn president() -> Signatory {
    Signatory {
        association: "公益社団法人日本医師会".into(),
        title: "会長".into(),
        name: "見本　太郎".into(),
    }
}

fn validity() -> Period {
    Period { from: day("2027-04-01"), until: day("2032-03-31") }
}

fn verification() -> Verification {
    Verification::Page {
        address: "https://mamis.example.jp/verifications/1234567".into(),
        shown: "https://mamis.example.jp/verifications".into(),
    }
}

pub(crate) fn certificate(name: &str) -> Certificate {
    Certificate {
        title: "認定証".into(),
        honour: "日本医師会認定産業医".into(),
        number: "1234567".into(),
        name: name.into(),
        birth: Some(day("1974-05-12")),
        statement: "あなたは日本医師会認定産業医制度規程に定める要件を満たしたので、日本医師会認定産業医として認定します。".into(),
        validity: validity(),
        issued: day("2027-04-01"),
        signatory: president(),
        seal: Seal::Stamped,
        verification: verification(),
    }
}

pub(crate) fn notice_letter(count: usize) -> NoticeLetter {
    NoticeLetter {
        document_number: "日医発第1234号（健一）".into(),
        date: day("2027-03-10"),
        addressee: "佐賀県医師会".into(),
        addressee_title: "会長".into(),
        signatory: president(),
        seal: Seal::Omitted,
        subject: "日本医師会認定産業医の認定について（通知）".into(),
        paragraphs: vec![
            "時下ますますご清祥のこととお慶び申し上げます。日頃より本会の産業保健活動にご理解とご協力を賜り、厚く御礼申し上げます。".into(),
            "さて、貴会より申請のありました日本医師会認定産業医の新規および更新につきまして、本会理事会において下記のとおり認定いたしましたので、通知いたします。認定証は別途お送りいたしますので、ご本人へのお渡しをお願い申し上げます。".into(),
        ],
        contact: vec!["日本医師会 健康医療第一課".into(), "電話 03-0000-0000".into()],
        physicians: (0..count)
            .map(|at| NotifiedPhysician {
                number: format!("{}", 1_200_001 + at),
                name: NAMES[at % NAMES.len()].0.into(),
                kana: NAMES[at % NAMES.len()].1.into(),
                kind: if at.is_multiple_of(3) { "新規" } else { "更新" }.into(),
                association: if at % 7 == 6 { "非会員" } else { "佐賀市医師会" }.into(),
                validity: validity(),
            })
            .collect(),
    }
}

fn category(name: &str, hundredths: i64) -> CategoryCredits {
    CategoryCredits { category: name.into(), credits: Credits::from_hundredths(hundredths) }
}

pub(crate) fn board_packet(count: usize, cover_letter: CoverLetter) -> BoardPacket {
    BoardPacket {
        title: "理事会用資料".into(),
        subject: "日本医師会認定産業医 新規・更新申請".into(),
        association: "佐賀市医師会".into(),
        meeting: "第5回理事会（令和8年12月10日）".into(),
        date: day("2026-11-22"),
        cover_letter,
        rows: (0..count).map(packet_row).collect(),
    }
}

fn packet_row(at: usize) -> PacketRow {
    let kind = if at.is_multiple_of(3) { "新規" } else { "更新" };
    PacketRow {
        number: format!("A-2026-{:05}", at + 1),
        name: NAMES[at % NAMES.len()].0.into(),
        kana: NAMES[at % NAMES.len()].1.into(),
        kind: kind.into(),
        association: String::new(),
        credits: if kind == "新規" {
            vec![category("前期", 1400), category("実地", 1050), category("後期", 2600)]
        } else {
            vec![category("更新", 150), category("実地", 200), category("専門", 1725)]
        },
        paper: Credits::from_hundredths(450),
        fee: match at % 5 {
            0 => FeePaid::Due(Yen(10_000)),
            _ => FeePaid::Received(Yen(10_000)),
        },
        remarks: if at % 4 == 1 {
            "紙単位は原本確認済み。勤務先変更の届出あり。"
        } else {
            ""
        }
        .into(),
    }
}

pub(crate) fn cover_letter() -> CoverLetter {
    CoverLetter::To {
        document_number: "佐市医発第88号".into(),
        addressee: "公益社団法人日本医師会".into(),
        addressee_title: "会長".into(),
        signatory: Signatory {
            association: "佐賀市医師会".into(),
            title: "会長".into(),
            name: "見本　花子".into(),
        },
        seal: Seal::Stamped,
        paragraphs: vec![
            "標記について、別紙の者より申請がありました。本会で審査し、理事会の承認を得ましたので、認定くださるようお願い申し上げます。".into(),
        ],
    }
}

pub(crate) fn attendance_certificate() -> AttendanceCertificate {
    let session = |time: &str, title: &str, scheme: &str, category: &str| AttendedSession {
        time: time.into(),
        title: title.into(),
        lecturer: "佐賀大学医学部 教授　山﨑 美咲".into(),
        scheme: scheme.into(),
        category: category.into(),
        credits: Credits::from_hundredths(100),
    };
    AttendanceCertificate {
        number: "T-2026-000123-0045".into(),
        name: "𠮷田　髙志".into(),
        registry_number: Some("345678".into()),
        training: "令和8年度 第2回 産業医研修会（生涯研修）".into(),
        hosts: "佐賀県医師会（共催 佐賀産業保健総合支援センター）".into(),
        days: vec![day("2026-11-15")],
        venue: "佐賀県医療センター 大会議室".into(),
        sessions: vec![
            session("13:00～14:00", "化学物質の自律的管理と産業医の役割", "認定産業医", "専門"),
            session("13:00～14:00", "化学物質の自律的管理と産業医の役割", "日医生涯教育", "CC 12"),
            session("14:10～15:10", "ストレスチェック後の職場環境改善", "認定産業医", "更新"),
        ],
        issued: day("2026-11-22"),
        signatory: Signatory {
            association: "一般社団法人佐賀県医師会".into(),
            title: "会長".into(),
            name: "見本　次郎".into(),
        },
        seal: Seal::Stamped,
        verification: verification(),
    }
}

/// A statement of a year with so many talks.
pub(crate) fn credit_statement(talks: u16) -> CreditStatement {
    let line = |at: u16| StatementLine {
        day: day("2025-05-01").plus_days(i64::from(at)),
        title: format!("第{at}回 かかりつけ医のための糖尿病診療の実際「治療の個別化とチーム医療」"),
        host: "藤沢市医師会".into(),
        category: (at % 80).to_string(),
        credits: Credits::from_hundredths(100),
    };
    CreditStatement {
        number: "U2026-000012".into(),
        name: "𠮷田　髙志".into(),
        registry_number: Some("345678".into()),
        member_id: Some("3012345678".into()),
        scheme: Scheme::Cme,
        fiscal_year: 2025,
        as_of: None,
        lines: (1..=talks).map(line).collect(),
        credits: Credits::whole(i64::from(talks)),
        categories: Vec::new(),
        codes: Some((1..=talks).map(|at| at % 80).collect()),
        issued: day("2026-11-22"),
        signatory: president(),
        seal: Seal::Omitted,
        verification: verification(),
    }
}

pub(crate) fn holding_report() -> HoldingReport {
    let attended = attendance_certificate();
    HoldingReport {
        document_number: "佐医発第321号".into(),
        date: day("2026-11-22"),
        addressee: "公益社団法人日本医師会".into(),
        addressee_title: "会長".into(),
        signatory: attended.signatory,
        seal: Seal::Omitted,
        training: attended.training,
        kind: "認定産業医制度 生涯研修会".into(),
        approval_number: "日医産第26-0456号".into(),
        hosts: attended.hosts,
        days: attended.days,
        venue: attended.venue,
        attendees: Attendees { capacity: 120, signed_up: 118, members: 92, non_members: 17 },
        sessions: attended
            .sessions
            .into_iter()
            .map(|session| ReportedSession {
                time: session.time,
                title: session.title,
                lecturer: session.lecturer,
                category: session.category,
                credits: session.credits,
                attended: 109,
            })
            .collect(),
        credits: vec![
            CreditsGiven {
                scheme: "認定産業医".into(),
                category: "専門".into(),
                persons: 109,
                credits: Credits::whole(109),
            },
            CreditsGiven {
                scheme: "認定産業医".into(),
                category: "更新".into(),
                persons: 107,
                credits: Credits::whole(107),
            },
        ],
        notes: "途中退室2名には、退室後の演題の単位を付与していません。".into(),
    }
}

pub(crate) fn post_letter(name: &str) -> PostLetter {
    PostLetter {
        to: Address {
            postcode: "840-0054".into(),
            lines: vec!["佐賀県佐賀市水ヶ江1丁目12番10号".into(), "さくらマンション 305号".into()],
            name: name.into(),
        },
        sender: vec![
            "公益社団法人日本医師会".into(),
            "〒113-8621 東京都文京区本駒込2-28-16".into(),
            "電話 03-0000-0000".into(),
        ],
        date: day("2026-11-22"),
        reference: "整理番号 N-2026-00012".into(),
        subject: "日本医師会認定産業医の有効期限のお知らせ".into(),
        paragraphs: vec![
            "日頃より産業保健活動にご尽力いただき、ありがとうございます。".into(),
            "先生の認定は、下記の期限で終了します。更新には、期限までに生涯研修20単位以上（更新・実地・専門を各1単位以上）の取得と申請が必要です。".into(),
            "メールアドレスを登録していただくと、お知らせをメールでお届けできます。マイページで登録をお願いします。".into(),
        ],
        facts: vec![
            ("認定番号".into(), "第1234567号".into()),
            ("有効期限".into(), "令和9年11月30日".into()),
            ("現在の単位".into(), "14.5単位（あと5.5単位）".into()),
        ],
        contact: vec!["日本医師会 健康医療第一課".into(), "電話 03-0000-0000（平日10時～18時）".into()],
    }
}
