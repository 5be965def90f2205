//! Every document is printed and read back with poppler's `pdftotext`.

use std::fs;
use std::process::Command;
use std::sync::OnceLock;

use crate::samples::{
    attendance_certificate, board_packet, certificate, cover_letter, credit_statement, day, holding_report,
    notice_letter, post_letter,
};
use mamis_documents::{
    Address, AttendanceCertificate, CategoryCredits, CoverLetter, CreditStatement, DataSheet, DocumentError,
    FontFolder, Handover, LabelSheet, MyData, Postcard, PostcardRun, Printer, Sample,
};
use mamis_rules::base::Credits;
use mamis_rules::credit::Scheme;

fn printer() -> &'static Printer {
    static PRINTER: OnceLock<Printer> = OnceLock::new();
    PRINTER.get_or_init(|| Printer::new(&FontFolder::None, Sample::None).expect("embedded fonts"))
}

/// What a tool of poppler says about the PDF.
fn poppler(tool: &str, options: &[&str], pdf: &[u8]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("document.pdf");
    fs::write(&path, pdf).expect("the file is written");
    let output = Command::new(tool).arg(&path).args(options).output().expect("poppler-utils is installed");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The text of the PDF, pages separated by form feeds.
fn text_of(pdf: &[u8]) -> String {
    poppler("pdftotext", &["-", "-layout", "-enc", "UTF-8"], pdf)
}

/// The text without the spaces that the page's layout brings in.
fn dense(pdf: &[u8]) -> String {
    let text = text_of(pdf);
    text.chars().filter(|one| !one.is_whitespace()).collect()
}

fn assert_says(pdf: &[u8], words: &[&str]) {
    let text = dense(pdf);
    for word in words {
        assert!(text.contains(word), "{word} is missing in {text}");
    }
}

#[test]
fn a_certificate_bears_name_number_validity_and_president() {
    let pdf = printer().certificate(&certificate("𠮷田　髙志")).expect("printed");
    assert_says(
        &pdf,
        &[
            "認定証",
            "日本医師会認定産業医",
            "第1234567号",
            "𠮷田髙志",
            "昭和49年5月12日生",
            "令和9年4月1日から令和14年3月31日まで",
            "会長見本太郎",
            "https://mamis.example.jp/verifications",
        ],
    );
}

#[test]
fn every_name_of_the_samples_survives() {
    for (name, _) in crate::samples::NAMES {
        let pdf = printer().certificate(&certificate(name)).expect(name);
        assert_says(&pdf, &[&name.replace('　', "")]);
    }
}

#[test]
fn a_shape_that_only_the_stand_in_has_is_set_in_it() {
    // BIZ UD Mincho knows 邉 with U+E0100 but not with U+E0102, and would print the plain 邉.
    for (name, stand_in) in
        [("渡邉健", false), ("渡邉\u{E0100}健", false), ("渡邉\u{E0102}健", true), ("𠮷田", true)]
    {
        let pdf = printer().certificate(&certificate(name)).expect(name);
        let fonts = poppler("pdffonts", &[], &pdf);
        assert!(fonts.contains("BIZUDMincho"), "{fonts}");
        assert_eq!(fonts.contains("MamisRareKanji"), stand_in, "{name}: {fonts}");
    }
}

#[test]
fn a_decomposed_kana_finds_its_glyph() {
    let pdf = printer().certificate(&certificate("カ\u{3099}リレオ")).expect("printed");
    assert_eq!(dense(&pdf).matches("リレオ").count(), 1);
}

#[test]
fn many_certificates_are_one_file_with_a_page_each() {
    let all: Vec<_> = crate::samples::NAMES.iter().map(|(name, _)| certificate(name)).collect();
    let pdf = printer().certificates(day("2027-04-01"), &all).expect("printed");
    let text = text_of(&pdf);
    let pages: Vec<&str> = text.trim_end_matches('\u{c}').split('\u{c}').collect();
    assert_eq!(pages.len(), crate::samples::NAMES.len());
    assert!(pages[1].contains("山﨑") && !pages[1].contains("髙志"), "{}", pages[1]);
}

#[test]
fn a_notice_letter_lists_everybody() {
    let pdf = printer().notice_letter(&notice_letter(45)).expect("printed");
    assert_says(
        &pdf,
        &[
            "佐賀県医師会",
            "会長殿",
            "日医発第1234号",
            "（公印省略）",
            "認定者45名",
            "1200045",
            "ヨシダタカシ",
        ],
    );
}

#[test]
fn a_board_packet_of_five_hundred_numbers_its_pages() {
    let pdf = printer().board_packet(&board_packet(500, cover_letter())).expect("printed");
    let text = text_of(&pdf);
    let pages: Vec<&str> = text.trim_end_matches('\u{c}').split('\u{c}').collect();
    assert!(pages.len() > 10, "{} pages", pages.len());
    for (at, page) in pages.iter().enumerate() {
        let number = format!("{} / {}", at + 1, pages.len());
        assert!(page.trim_end().ends_with(&number), "page {number}: {page}");
    }
    let dense = dense(&pdf);
    for word in [
        "佐市医発第88号",
        "A-2026-00001",
        "A-2026-00500",
        "新規167",
        "更新333",
        "𠮷田髙志",
        "17.25",
        "4,000,000円",
        "1,000,000円",
    ] {
        assert!(dense.contains(word), "{word}");
    }
}

#[test]
fn the_cover_letter_can_be_left_out() {
    let pdf = printer().board_packet(&board_packet(3, CoverLetter::None)).expect("printed");
    let text = dense(&pdf);
    assert!(!text.contains("佐市医発第88号") && text.contains("理事会用資料"), "{text}");
}

#[test]
fn an_attendance_certificate_adds_up_each_scheme_alone() {
    let pdf = printer().attendance_certificate(&attendance_certificate()).expect("printed");
    assert_says(
        &pdf,
        &["受講証明書", "𠮷田髙志", "医籍登録番号第345678号", "認定産業医合計2", "日医生涯教育合計1"],
    );
}

#[test]
fn an_attendance_without_credit_names_the_talks_and_no_scheme() {
    let mut certificate = attendance_certificate();
    for session in &mut certificate.sessions {
        session.scheme.clear();
    }
    let pdf = printer().attendance_certificate(&certificate).expect("printed");
    assert_says(&pdf, &["下記の研修会を受講されたことを証明します。", "ストレスチェック後の職場環境改善"]);
    let text = dense(&pdf);
    assert!(!text.contains("合計") && !text.contains("単位"), "{text}");
}

#[test]
fn certificates_for_many_have_a_page_each_and_a_name_without_glyph_holds_up_no_other() {
    let of = |name: &str, number: usize| AttendanceCertificate {
        name: name.to_owned(),
        number: format!("J2026-{number:06}"),
        ..attendance_certificate()
    };
    let all = [of("𠮷田　髙志", 1), of("山田🦷太郎", 2), of("渡邉\u{E0110}健", 3), of("佐藤　恵子", 4)];
    let set = printer().attendance_certificates(&all).expect("the others are set");
    let left_out: Vec<usize> = set.left_out.iter().map(|(at, _)| *at).collect();
    assert_eq!(left_out, [1, 2]);
    assert!(set.left_out[0].1.contains("🦷"), "{:?}", set.left_out);
    let text = text_of(&set.pdf);
    let pages: Vec<&str> = text.trim_end_matches('\u{c}').split('\u{c}').collect();
    assert_eq!(pages.len(), 2, "{text}");
    assert!(pages[0].contains("J2026-000001") && pages[1].contains("J2026-000004"), "{text}");
    assert!(
        set.pdf == printer().attendance_certificates(&[all[0].clone(), all[3].clone()]).expect("set").pdf
    );
    let none = printer().attendance_certificates(&all[1..3]).expect("nothing is left to set");
    assert!(none.pdf.is_empty() && none.left_out.len() == 2);
    let title = AttendanceCertificate { training: "研修会🦷".to_owned(), ..of("佐藤　恵子", 5) };
    let all_of_it = printer().attendance_certificates(&[title.clone(), title]).expect("says of whom");
    assert!(all_of_it.pdf.is_empty() && all_of_it.left_out.len() == 2, "a title is on every page");
}

#[test]
fn a_credit_statement_says_the_year_the_sum_and_the_codes() {
    let pdf = printer().credit_statement(&credit_statement(3)).expect("printed");
    assert_says(
        &pdf,
        &[
            "学習単位取得証",
            "2025年度（令和7年度）",
            "𠮷田髙志",
            "3単位",
            "3コード",
            "（1、2、3）",
            "2025年5月2日",
        ],
    );
    assert!(!dense(&pdf).contains("年度の途中"), "the year is over");
    let running = CreditStatement { as_of: Some(day("2026-11-22")), ..credit_statement(60) };
    let pdf = printer().credit_statement(&running).expect("printed");
    assert_says(&pdf, &["年度の途中です。令和8年11月22日までに確定した単位", "60コード"]);
    let pages = text_of(&pdf).trim_end_matches('\u{c}').split('\u{c}').count();
    assert!(pages > 1, "sixty talks need more than a page");
}

#[test]
fn a_credit_statement_of_another_scheme_says_its_categories() {
    let mut statement = CreditStatement {
        scheme: Scheme::OccupationalPhysician,
        categories: vec![CategoryCredits {
            category: "生涯研修 実地".into(), credits: Credits::whole(2)
        }],
        codes: None,
        ..credit_statement(2)
    };
    for line in &mut statement.lines {
        line.category = "生涯研修 実地 (1)".into();
    }
    let pdf = printer().credit_statement(&statement).expect("printed");
    assert_says(
        &pdf,
        &["単位取得証明書", "認定産業医", "下記のとおり単位を取得", "内訳", "生涯研修実地2単位", "単位区分"],
    );
    assert!(!dense(&pdf).contains("カリキュラムコード") && !dense(&pdf).contains("学習単位取得証"));
}

#[test]
fn a_holding_report_counts_who_came() {
    let pdf = printer().holding_report(&holding_report()).expect("printed");
    assert_says(&pdf, &["開催報告書", "109名（会員92名、非会員17名）", "日医産第26-0456号", "途中退室2名"]);
}

#[test]
fn a_post_letter_bears_the_address() {
    let letters = [post_letter("𠮷田　髙志"), post_letter("山﨑　美咲")];
    let pdf = printer().post_letters(day("2026-11-22"), &letters).expect("printed");
    let text = text_of(&pdf);
    assert_eq!(text.trim_end_matches('\u{c}').split('\u{c}').count(), 2);
    assert_says(&pdf, &["〒840-0054", "𠮷田髙志様", "山﨑美咲様", "有効期限令和9年11月30日"]);
}

#[test]
fn labels_stand_twelve_and_twenty_four_on_a_sheet() {
    let one = post_letter("𠮷田　髙志").to;
    let names = |count: usize| (0..count).map(|at| Address { name: format!("宛名{at:02}"), ..one.clone() });
    for (sheet, first, count, sheets) in [
        (LabelSheet::Twelve, 1, 12, 1),
        (LabelSheet::Twelve, 2, 12, 2),
        (LabelSheet::TwentyFour, 1, 25, 2),
        (LabelSheet::TwentyFour, 24, 1, 1),
    ] {
        let addresses: Vec<_> = names(count).collect();
        let pdf = printer().labels(day("2026-11-22"), sheet, first, &addresses).expect("printed");
        let text = text_of(&pdf);
        assert_eq!(
            text.trim_end_matches('\u{c}').split('\u{c}').count(),
            sheets,
            "{sheet:?} {first} {count}"
        );
        for address in &addresses {
            assert!(dense(&pdf).contains(&format!("{}様", address.name)), "{address:?}: {text}");
        }
    }
    let whole = printer().labels(day("2026-11-22"), LabelSheet::TwentyFour, 1, &[one]).expect("printed");
    assert_says(&whole, &["〒840-0054", "𠮷田髙志様"]);
}

#[test]
fn what_is_kept_about_somebody_is_printed_over_as_many_pages_as_it_takes() {
    let rows = |count: usize| (0..count).map(|at| vec![format!("項目{at:03}"), "髙﨑".to_owned()]).collect();
    let head = || vec!["項目".to_owned(), "内容".to_owned()];
    let data = MyData {
        name: "𠮷田　髙志".to_owned(),
        made_on: day("2026-11-22"),
        facts: vec![("姓".to_owned(), "𠮷田".to_owned())],
        sheets: vec![
            DataSheet { title: "単位".to_owned(), head: head(), rows: rows(100) },
            DataSheet { title: "認定".to_owned(), head: head(), rows: rows(0) },
        ],
    };
    let pdf = printer().my_data(&data).expect("printed");
    assert_says(&pdf, &["𠮷田髙志様", "2026年11月22日", "項目000", "項目099", "登録はありません。"]);
    assert!(text_of(&pdf).trim_end_matches('\u{c}').split('\u{c}').count() > 1);
}

#[test]
fn a_hand_over_report_has_room_for_both_to_sign() {
    let head = || vec!["番号".to_owned(), "内容".to_owned(), "状態".to_owned()];
    let line = |at: usize| {
        let what = "日医認定産業医の認定の申請".to_owned();
        vec![format!("A2026-{at:06}"), what, "2026年11月1日（令和8年）から待っています".to_owned()]
    };
    let data = Handover {
        office: "藤沢市医師会".to_owned(),
        officer: "浜野　髙志".to_owned(),
        last_day: day("2026-12-31"),
        duties: "認定・研修会".to_owned(),
        successor: String::new(),
        made_on: day("2026-11-22"),
        made_by: "片瀬 由香（藤沢市医師会）".to_owned(),
        remarks: "更新の説明会は毎年1月です。\n講師の謝礼は未払いです。".to_owned(),
        sheets: vec![
            DataSheet {
                title: "事務局で処理を待っている申請（60件）".to_owned(),
                head: head(),
                rows: (0..60).map(line).collect(),
            },
            DataSheet { title: "理事会・一括申請（0件）".to_owned(), head: head(), rows: vec![] },
        ],
    };
    let pdf = printer().handover(&data).expect("printed");
    let said = [
        "引継書",
        "浜野髙志（最後の日：2026年12月31日（令和8年））",
        "まだ決まっていません",
        "講師の謝礼は未払いです。",
    ];
    assert_says(&pdf, &said);
    assert_says(&pdf, &["A2026-000059", "ありません。", "引き継ぎを受けた人"]);
}

#[test]
fn the_same_data_gives_the_same_bytes() {
    // Another printer and other documents in between: neither caches nor order may show.
    let first = printer().certificate(&certificate("𠮷田　髙志")).expect("printed");
    let packet = printer().board_packet(&board_packet(20, cover_letter())).expect("printed");
    let other = Printer::new(&FontFolder::None, Sample::None).expect("embedded fonts");
    assert!(packet == other.board_packet(&board_packet(20, cover_letter())).expect("printed"));
    assert!(first == other.certificate(&certificate("𠮷田　髙志")).expect("printed"));
    let sheet =
        |printer: &Printer| printer.board_packet_xlsx(&board_packet(20, CoverLetter::None)).expect("written");
    assert!(sheet(printer()) == sheet(&other));
}

#[test]
fn markup_in_names_is_printed_as_it_is() {
    let name = r##"#"*_$x$[a]`b`<c>@d\e/*f*/"##;
    let pdf = printer().certificate(&certificate(name)).expect("printed");
    assert_says(&pdf, &[name]);
}

#[test]
fn a_character_without_glyph_is_named() {
    for (name, character, codes) in [
        ("山田🦷太郎", "🦷", "U+1F9B7"),
        // A variant of the Moji_Joho collection, which only IPAmj Mincho has.
        ("渡邉\u{E0110}健", "邉\u{E0110}", "U+9089 U+E0110"),
        ("\u{E0100}田", "\u{E0100}", "U+E0100"),
    ] {
        let error = printer().certificate(&certificate(name)).expect_err(name);
        let DocumentError::MissingGlyph { character: found, codes: code_points, text } = &error else {
            panic!("{error}");
        };
        assert_eq!((found.as_str(), code_points.as_str()), (character, codes));
        assert_eq!(text, name);
        assert!(error.to_string().contains("印刷できる書体がありません"));
    }
}

#[test]
fn a_font_folder_is_read_or_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(Printer::new(&FontFolder::At(folder.path().into()), Sample::None).is_ok());
    fs::write(folder.path().join("broken.ttf"), b"no font").expect("written");
    let broken = Printer::new(&FontFolder::At(folder.path().into()), Sample::None);
    assert!(matches!(broken, Err(DocumentError::NotAFont { .. })));
    let nowhere = Printer::new(&FontFolder::At(folder.path().join("none")), Sample::None);
    assert!(matches!(nowhere, Err(DocumentError::FontFolder { .. })));
}

#[test]
fn the_demonstration_marks_every_page() {
    let demo = Printer::new(&FontFolder::None, Sample::Watermark).expect("embedded fonts");
    let pdf = demo.board_packet(&board_packet(60, CoverLetter::None)).expect("printed");
    let text = text_of(&pdf);
    let pages: Vec<&str> = text.trim_end_matches('\u{c}').split('\u{c}').collect();
    assert!(pages.len() > 1);
    for page in pages {
        assert!(page.contains('見') && page.contains('本'), "{page}");
    }
    let real = printer().board_packet(&board_packet(1, CoverLetter::None)).expect("printed");
    assert!(!dense(&real).contains('見'));
}

#[test]
fn a_postcard_has_two_pages() {
    let run = PostcardRun {
        number: "C2026-0001".to_owned(),
        sender: vec!["藤沢市医師会".to_owned(), "〒251-0052　神奈川県藤沢市藤沢1-1".to_owned()],
        address: "https://mamis.example/login".to_owned(),
        until: day("2027-02-20"),
        date: day("2026-11-22"),
    };
    let card = |position: u32, name: &str| Postcard {
        to: Address { name: name.to_owned(), ..post_letter(name).to },
        position,
        login_id: format!("p20010{position}"),
        secret: "k7mq-2xwp-9hdr".to_owned(),
    };
    let cards = [card(1, "𠮷田　髙志"), card(2, "山﨑　美咲")];
    let pdf = printer().postcards(&run, &cards).expect("printed");
    let text = text_of(&pdf);
    assert_eq!(text.trim_end_matches('\u{c}').split('\u{c}').count(), 4, "{text}");
    assert_says(
        &pdf,
        &["〒840-0054", "𠮷田髙志様", "p200102", "k7mq-2xwp-9hdr", "2027年2月20日", "C2026-0001-00002"],
    );
    let pages: Vec<&str> = text.split('\u{c}').collect();
    assert!(!pages[0].contains("k7mq") && pages[1].contains("k7mq"), "the secret is inside: {text}");
}
