//! The list of associations as a file, as a table.

use mamis_rules::association::Tier;
use mamis_rules::association::import::{Header, Known, Line, Outcome, judge, read};
use mamis_rules::base::Day;
use std::collections::HashMap;

const HEADER: &str = "備考,コード,階層,上位コード,名称,カナ,設立日,廃止日,電話番号";

fn cells(line: &str) -> Vec<String> {
    line.split(',').map(str::to_owned).collect()
}

fn line(text: &str) -> Result<Line, Vec<String>> {
    read(&Header::read(&cells(HEADER)).expect("enough columns"), &cells(text))
}

fn known(tier: Tier, parent: &str, name: &str) -> Known {
    Known {
        tier,
        parent: parent.to_owned(),
        name: name.to_owned(),
        kana: "カナ".to_owned(),
        closed: None,
        details: vec![("電話番号".to_owned(), "0466-00-0000".to_owned())],
        may_change: true,
        may_open: true,
    }
}

fn tree() -> HashMap<String, Known> {
    let closed =
        Known { closed: Day::parse("2020-03-31").ok(), ..known(Tier::Municipal, "14", "旧医師会") };
    let foreign =
        Known { may_change: false, may_open: false, ..known(Tier::Municipal, "13", "港区医師会") };
    [
        ("14", known(Tier::Prefectural, "00", "神奈川県医師会")),
        ("142051", known(Tier::Municipal, "14", "藤沢市医師会")),
        ("142052", closed),
        ("131032", foreign),
        ("011002", known(Tier::Municipal, "01", "札幌市医師会")),
    ]
    .into_iter()
    .map(|(code, known)| (code.to_owned(), known))
    .collect()
}

#[test]
fn headers_stand_in_any_order_and_what_is_missing_is_named() {
    assert_eq!(Header::read(&cells("コード,名称")), Err(vec!["階層", "上位コード", "カナ"]));
    let line = line("x, １４２０５１ ,郡市区等,14,藤沢市医師会,カナ,昭和22年11月1日,,").expect("reads");
    assert_eq!((line.code.as_str(), line.tier, line.parent.as_str()), ("142051", Tier::Municipal, "14"));
    assert_eq!((line.opened, line.closed), (Day::parse("1947-11-01").ok(), None));
    assert!(line.details.is_empty(), "an empty cell changes nothing");
    let line = self::line(",11002,municipal,1,札幌市医師会,カナ,,,").expect("reads");
    assert_eq!((line.code.as_str(), line.parent.as_str()), ("011002", "01"), "Excel took the zeros");
    let wrong = self::line(",藤沢,村,14,,カナ,きのう,,").expect_err("much is wrong");
    for column in ["コード", "階層", "名称", "設立日"] {
        assert!(wrong.iter().any(|text| text.contains(column)), "{column}: {wrong:?}");
    }
}

#[test]
fn what_each_line_would_do() {
    let table = [
        (",142051,郡市区等医師会,14,藤沢市医師会,カナ,,,", ""),
        (",142051,郡市区等医師会,14,藤沢市医師会,カナ,,,0466-00-0000", ""),
        (",142051,郡市区等医師会,14,湘南医師会,カナ,,,0466-99-9999", "名称 電話番号"),
        (",142051,地区医師会,14,藤沢市医師会,カナ,,,", "階層"),
        (",142051,郡市区等医師会,13,藤沢市医師会,カナ,,,", "別の医師会の下に移す"),
        (",142051,郡市区等医師会,14,藤沢市医師会,カナ,,2020-03-31,", "閉じる"),
        (",142052,郡市区等医師会,14,旧医師会,カナ,,2020-03-31,", ""),
        (",142052,郡市区等医師会,14,新医師会,カナ,,2020-03-31,", "閉じています"),
        (",131032,郡市区等医師会,13,港区医師会,カナ,,,", ""),
        (",131032,郡市区等医師会,13,みなと医師会,カナ,,,", "上位の医師会の管理"),
        (",1420511,地区医師会,142051,辻堂地区医師会,カナ,,,", "new"),
        (",1420511,地区医師会,14,辻堂地区医師会,カナ,,,", "作れません"),
        (",1420511,地区医師会,142052,辻堂地区医師会,カナ,,,", "閉じています"),
        (",1420511,地区医師会,999999,辻堂地区医師会,カナ,,,", "ありません"),
        (",1310321,地区医師会,131032,芝地区医師会,カナ,,,", "上位の医師会の管理"),
        (",1420511,地区医師会,142051,辻堂地区医師会,カナ,2999-01-01,,", "この下に医師会を作る"),
        (",1420511,地区医師会,142051,辻堂地区医師会,カナ,,2020-01-01,", "廃止日"),
        (",48,都道府県医師会,00,海外医師会,カナ,,,", "増やせません"),
    ];
    let today = Day::parse("2026-12-01").expect("a day");
    for (text, expected) in table {
        let outcome = judge(&[line(text)], &tree(), today).swap_remove(0);
        let said = match &outcome {
            Outcome::New => "new".to_owned(),
            Outcome::Same => String::new(),
            Outcome::Change(differences) => {
                differences.iter().map(|one| one.column.as_str()).collect::<Vec<_>>().join(" ")
            }
            Outcome::Problem(problems) => problems.join(""),
        };
        assert!(
            if expected.is_empty() { said.is_empty() } else { said.contains(expected) },
            "{text}: {outcome:?}"
        );
    }
}

#[test]
fn parents_stand_before_or_after_and_a_code_stands_once() {
    let today = Day::parse("2026-12-01").expect("a day");
    let lines: Vec<_> = [
        ",1429991,地区医師会,142999,一区医師会,カナ,,,",
        ",142999,郡市区等医師会,14,新市医師会,カナ,,,",
        ",142999,郡市区等医師会,14,新市医師会,カナ,,,",
        ",1429981,地区医師会,142998,二区医師会,カナ,,,",
    ]
    .into_iter()
    .map(line)
    .collect();
    let outcomes = judge(&lines, &tree(), today);
    assert_eq!(outcomes[..2], [Outcome::New, Outcome::New]);
    assert!(outcomes[2..].iter().all(|outcome| matches!(outcome, Outcome::Problem(_))), "{outcomes:?}");
}
