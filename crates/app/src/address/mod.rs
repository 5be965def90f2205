//! Addresses by postal code, from the register of Japan Post (see make-postal-codes.py beside this file, which names
//! the month of the data).
//!
//! A proposal only: a code can name several towns, new towns have none yet, and what is typed is never refused for it.

use flate2::read::GzDecoder;
use mamis_rules::association::Prefecture;
use std::io::Read;
use std::sync::LazyLock;

static PACKED: &[u8] = include_bytes!("postal_codes.tsv.gz");

/// Places offered for one code at most: a few codes of the countryside name more than sixty hamlets.
const MOST: usize = 80;

/// A place of a postal code.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Place {
    /// JIS X 0401 code.
    pub prefecture: u8,
    /// Prefecture, city and town as an address begins; for a large addressee the whole address.
    pub address: String,
    /// Name of the large addressee that has the code for itself; empty for towns.
    pub name: String,
}

impl Place {
    /// Writes the place into an address, unless it stands at its beginning already: street and house stay then.
    pub fn put_into(&self, address: &mut String) {
        if !address.starts_with(&self.address) {
            address.clone_from(&self.address);
        }
    }
}

/// The register, unpacked once: some four megabytes.
struct Register {
    text: String,
    /// Code, where its line begins, and where that of its city begins.
    lines: Vec<(u32, u32, u32)>,
}

static REGISTER: LazyLock<Register> = LazyLock::new(|| {
    let mut text = String::new();
    GzDecoder::new(PACKED).read_to_string(&mut text).expect("a test unpacks it");
    let (mut lines, mut city, mut at) = (Vec::with_capacity(150_000), 0, 0);
    for line in text.lines() {
        let begins = u32::try_from(at).expect("the register is smaller than four gigabytes");
        match line.get(..7).and_then(|code| code.parse().ok()) {
            Some(code) => lines.push((code, begins, city)),
            None => city = begins,
        }
        at += line.len() + 1;
    }
    lines.sort_by_key(|(code, ..)| *code);
    Register { text, lines }
});

/// The seven digits of a postal code however it was typed: with 〒, a hyphen, in full width. None for anything else.
pub fn postal_code(typed: &str) -> Option<String> {
    let digit = |c: char| match c {
        '０'..='９' => char::from_u32(c as u32 - 0xfee0),
        c if c.is_ascii_digit() => Some(c),
        _ => None,
    };
    let is_mark = |c: char| c.is_whitespace() || matches!(c, '〒' | '-' | '－' | '−' | '‐' | 'ー' | '–');
    let mut digits = String::with_capacity(7);
    for c in typed.chars().filter(|c| !is_mark(*c)) {
        digits.push(digit(c)?);
    }
    (digits.len() == 7).then_some(digits)
}

/// 251-0052.
pub fn hyphened(code: &str) -> String {
    match (code.get(..3), code.get(3..)) {
        (Some(area), Some(rest)) if code.len() == 7 => format!("{area}-{rest}"),
        _ => code.to_owned(),
    }
}

/// The places of a postal code, towns first; none for a code that the register does not know.
pub fn look_up(typed: &str) -> Vec<Place> {
    let Some(code) = postal_code(typed).and_then(|digits| digits.parse::<u32>().ok()) else {
        return Vec::new();
    };
    let register = &*REGISTER;
    let from = register.lines.partition_point(|(other, ..)| *other < code);
    let of_code = register.lines[from..].iter().take_while(|(other, ..)| *other == code);
    of_code.take(MOST).filter_map(|(_, line, city)| place(&register.text, *line, *city)).collect()
}

fn place(text: &str, line: u32, city: u32) -> Option<Place> {
    let line_at = |begins: u32| text.get(begins as usize..)?.lines().next();
    let (prefecture, city) = line_at(city)?.strip_prefix('=')?.split_once('\t')?;
    let (town, name) = match line_at(line)?.get(7..)?.split_once('\t') {
        Some((town, name)) => (town, name),
        None => (line_at(line)?.get(7..)?, ""),
    };
    Some(Place {
        prefecture: Prefecture::named(prefecture)?.code(),
        address: format!("{prefecture}{city}{town}"),
        name: name.replace('\u{3000}', " "),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        for typed in ["2510052", "251-0052", "〒251-0052", "２５１－００５２", " 251 0052 ", "251ー0052"]
        {
            assert_eq!(postal_code(typed).as_deref(), Some("2510052"), "{typed}");
        }
        for typed in ["", "251", "25100520", "2510O52", "神奈川県"] {
            assert_eq!(postal_code(typed), None, "{typed}");
        }
    }

    #[test]
    fn the_register_knows_every_prefecture() {
        let found = look_up("251-0052");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].prefecture, found[0].address.as_str()), (14, "神奈川県藤沢市藤沢"));
        assert!(REGISTER.lines.len() > 140_000, "{}", REGISTER.lines.len());
        let prefectures: std::collections::BTreeSet<u8> = REGISTER
            .lines
            .iter()
            .step_by(7)
            .filter_map(|(_, line, city)| place(&REGISTER.text, *line, *city))
            .map(|place| place.prefecture)
            .collect();
        assert_eq!(prefectures.len(), 47);
    }

    #[test]
    fn a_code_can_name_several_towns_or_one_addressee() {
        assert!(look_up("6180000").iter().any(|place| place.prefecture == 26), "大山崎 lies in 京都府");
        assert!(look_up("4520961").len() > 60, "one code, many hamlets");
        let hospital = look_up("0608570");
        assert_eq!(hospital.len(), 1);
        assert!(hospital[0].name.ends_with("中村記念病院"), "{hospital:?}");
        assert_eq!(hospital[0].address, "北海道札幌市中央区南一条西14丁目");
    }

    #[test]
    fn an_unknown_code_names_nothing() {
        for typed in ["9999999", "0000000", "1234", "あ"] {
            assert_eq!(look_up(typed), [], "{typed}");
        }
    }
}
