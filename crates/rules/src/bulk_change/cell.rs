//! What stands in one cell, however the office wrote it.

use crate::association::{MembershipCategory, Prefecture};
use crate::flow::membership::LeavingScope;

/// Letters, digits and brackets in half width, without spaces.
pub(crate) fn plain(text: &str) -> String {
    let half = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '①' => '1',
        '②' => '2',
        other => other,
    };
    text.chars().filter(|c| !c.is_whitespace()).map(half).collect()
}

/// The digits of a number; none where anything but digits and hyphens stands there.
pub(super) fn digits(text: &str) -> Option<String> {
    // Excel writes numbers that were dates or amounts with a fraction.
    let text = plain(text);
    let text = text.strip_suffix(".0").unwrap_or(&text);
    let digits: String = text.chars().filter(|c| *c != '-').collect();
    let all = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    all.then_some(digits)
}

/// 「A②(B)」, 「A2B」 and 「a2b」 are the same.
pub(super) fn category(text: &str) -> Option<MembershipCategory> {
    let key = |text: &str| plain(text).replace(['(', ')'], "").to_ascii_lowercase();
    MembershipCategory::ALL.iter().copied().find(|category| {
        let wanted = key(text);
        key(category.label()) == wanted || category.name() == wanted
    })
}

pub(super) fn scope(text: &str) -> Option<LeavingScope> {
    match plain(text).as_str() {
        "すべて" | "全て" => Some(LeavingScope::Everything),
        "都道府県・日医" | "都道府県と日医" | "都道府県医師会と日本医師会" => {
            Some(LeavingScope::Upper)
        }
        "日医のみ" | "日医だけ" | "日本医師会のみ" => Some(LeavingScope::National),
        _ => None,
    }
}

/// The prefecture written, else the one that the address begins with.
pub(super) fn prefecture(written: &str, address: &str) -> Option<Prefecture> {
    let written = plain(written);
    match written.is_empty() {
        true => Prefecture::all().find(|prefecture| address.starts_with(prefecture.name())),
        false => Prefecture::named(&written),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_read_as_offices_write_them() {
        for text in ["A②(B)", "A②（B）", "Ａ２Ｂ", "a2b", "A2(B)"] {
            assert_eq!(category(text), Some(MembershipCategory::A2b), "{text}");
        }
        assert_eq!(category("A①"), Some(MembershipCategory::A1));
        assert_eq!((category("D"), category("")), (None, None));
        assert_eq!(digits("０１２－３４５").as_deref(), Some("012345"));
        assert_eq!((digits("12a"), digits("")), (None, None));
        assert_eq!(digits("12345.0").as_deref(), Some("12345"));
        assert_eq!(digits("251-0052").as_deref(), Some("2510052"));
        assert_eq!(scope(" すべて "), Some(LeavingScope::Everything));
        assert_eq!(scope("一部"), None);
        let kanagawa = prefecture("", "神奈川県藤沢市本町1丁目");
        assert_eq!(kanagawa.map(Prefecture::code), Some(14));
        assert_eq!(prefecture("東京都", "神奈川県").map(Prefecture::code), Some(13));
        assert_eq!(prefecture("東京", ""), None);
    }
}
