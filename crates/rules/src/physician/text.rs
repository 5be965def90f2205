//! What people are found by, and what somebody means who types into a search box.
//!
//! A text is a row of parts, each begun with [`MARK`]. Whatever is asked is then one question, "does the text hold
//! this?": a word of three or more characters may stand anywhere, a shorter one begins a part, and with the marks even
//! a single kanji makes the three characters that an index of trigrams needs.

use crate::access::Depth;
use crate::base::search_key;

/// Begins a part.
const MARK: &str = "^^";

/// Words that are read of what was typed; more only narrow what is found already.
const WORDS: usize = 6;

/// What is known of a person, as registered.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// Family and given name.
    pub name: [&'a str; 2],
    /// The reading of both.
    pub kana: [&'a str; 2],
    /// The name before a change; empty for none.
    pub former_name: &'a str,
    /// Mail address; empty for none.
    pub email: &'a str,
    /// Licence registry number; empty when unknown.
    pub registry_number: &'a str,
    /// Id of the national association; empty for none.
    pub national_member_id: &'a str,
}

/// The text of a person, by the depth that its parts belong to: nobody is found by what the reader may not see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// Name and reading.
    pub shown: String,
    /// Mail address.
    pub contact: String,
    /// Numbers.
    pub identity: String,
}

/// The text of a person.
pub fn of(known: &Known) -> Text {
    let mut shown = Vec::new();
    for words in [&known.name[..], &known.kana[..], &[known.former_name]] {
        let keys: Vec<String> = words.iter().flat_map(|word| word.split_whitespace()).map(key).collect();
        shown.push(keys.concat());
        shown.extend(keys);
    }
    let numbers = [known.registry_number, known.national_member_id].map(key);
    // People leave out the zeros in front.
    let bare = numbers[0].trim_start_matches('0').to_owned();
    Text {
        shown: parts(shown),
        contact: parts([key(known.email)]),
        identity: parts(numbers.into_iter().chain([bare])),
    }
}

fn parts(keys: impl IntoIterator<Item = String>) -> String {
    let mut kept: Vec<String> = Vec::new();
    for key in keys {
        if !key.is_empty() && !kept.contains(&key) {
            kept.push(key);
        }
    }
    kept.iter().map(|key| format!("{MARK}{key}")).collect::<Vec<_>>().join(" ")
}

fn key(word: &str) -> String {
    search_key(word).replace('^', "")
}

/// A typed word, as the pieces of a text of which one is enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    ways: Vec<String>,
}

impl Word {
    /// Each is enough; none is empty, and each has at least three characters.
    pub fn ways(&self) -> &[String] {
        &self.ways
    }
}

/// What somebody means: every word must be found. Empty when nothing was typed that can be looked for.
pub fn words(typed: &str) -> Vec<Word> {
    let mut words = Vec::new();
    for typed in typed.split_whitespace() {
        let key = key(typed);
        if key.is_empty() {
            continue;
        }
        let reading = kana_of_romaji(&key).map(|kana| self::key(&kana)).filter(|kana| !kana.is_empty());
        let mut ways: Vec<String> = std::iter::once(key).chain(reading).map(way).collect();
        ways.dedup();
        words.push(Word { ways });
    }
    words.truncate(WORDS);
    words
}

/// A single kana: people leaf through the list, and mean the part of it where the readings begin so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// What the folded reading begins with.
    pub kana: char,
    /// Readings that begin so stand behind this one,
    pub from: char,
    /// and before this one; none where they are the last. Whether サ and ザ follow each other or are mixed is up to the
    /// order of the database: both lie in between.
    pub before: Option<char>,
}

/// Table: the order of the kana that a reading may begin with, each with its voiced forms.
const ORDER: &[&str] = &[
    "ア",
    "イ",
    "ウヴ",
    "エ",
    "オ",
    "カガ",
    "キギ",
    "クグ",
    "ケゲ",
    "コゴ",
    "サザ",
    "シジ",
    "スズ",
    "セゼ",
    "ソゾ",
    "タダ",
    "チ",
    "ツ",
    "テデ",
    "トド",
    "ナ",
    "ニ",
    "ヌ",
    "ネ",
    "ノ",
    "ハバパ",
    "ヒビピ",
    "フブプ",
    "ヘベペ",
    "ホボポ",
    "マ",
    "ミ",
    "ム",
    "メ",
    "モ",
    "ヤ",
    "ユ",
    "ヨ",
    "ラ",
    "リ",
    "ル",
    "レ",
    "ロ",
    "ワ",
    "ヲ",
    "ン",
];

/// The heading that somebody means who typed nothing but one kana.
pub fn heading(typed: &str) -> Option<Heading> {
    let key = key(typed);
    let mut letters = key.chars();
    let (Some(kana), None) = (letters.next(), letters.next()) else { return None };
    let at = ORDER.iter().position(|forms| forms.contains(kana))?;
    let plain = |at: usize| ORDER.get(at).and_then(|forms| forms.chars().next());
    // By its number ヴ stands behind all others.
    let before = if kana == 'ヴ' { None } else { plain(at + 1) };
    Some(Heading { kana, from: plain(at)?, before })
}

fn way(key: String) -> String {
    if key.chars().count() < 3 { format!("{MARK}{key}") } else { key }
}

/// Whether the words find this person for somebody who sees so deep: the plain reading, beside the index.
pub fn finds(words: &[Word], text: &Text, depth: Depth) -> bool {
    let texts = readable(depth).iter().map(|field| field.of(text)).collect::<Vec<_>>();
    words.iter().all(|word| word.ways.iter().any(|way| texts.iter().any(|text| text.contains(way.as_str()))))
}

/// One of the texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Name and reading.
    Shown,
    /// Mail address.
    Contact,
    /// Numbers.
    Identity,
}

impl Field {
    fn of(self, text: &Text) -> &str {
        match self {
            Self::Shown => &text.shown,
            Self::Contact => &text.contact,
            Self::Identity => &text.identity,
        }
    }
}

/// The texts that somebody who sees so deep may search.
pub const fn readable(depth: Depth) -> &'static [Field] {
    match depth {
        Depth::List => &[Field::Shown],
        Depth::Contact => &[Field::Shown, Field::Contact],
        Depth::Full => &[Field::Shown, Field::Contact, Field::Identity],
    }
}

/// Table: what a consonant makes of a, i, u, e, o. Small kana may be large: the keys do not tell them apart.
const SYLLABLES: &[(&str, [&str; 5])] = &[
    ("", ["ア", "イ", "ウ", "エ", "オ"]),
    ("k", ["カ", "キ", "ク", "ケ", "コ"]),
    ("s", ["サ", "シ", "ス", "セ", "ソ"]),
    ("t", ["タ", "チ", "ツ", "テ", "ト"]),
    ("n", ["ナ", "ニ", "ヌ", "ネ", "ノ"]),
    ("h", ["ハ", "ヒ", "フ", "ヘ", "ホ"]),
    ("m", ["マ", "ミ", "ム", "メ", "モ"]),
    ("y", ["ヤ", "イ", "ユ", "エ", "ヨ"]),
    ("r", ["ラ", "リ", "ル", "レ", "ロ"]),
    ("w", ["ワ", "ウイ", "ウ", "ウエ", "ヲ"]),
    ("g", ["ガ", "ギ", "グ", "ゲ", "ゴ"]),
    ("z", ["ザ", "ジ", "ズ", "ゼ", "ゾ"]),
    ("d", ["ダ", "ジ", "ズ", "デ", "ド"]),
    ("b", ["バ", "ビ", "ブ", "ベ", "ボ"]),
    ("p", ["パ", "ピ", "プ", "ペ", "ポ"]),
    ("f", ["フア", "フイ", "フ", "フエ", "フオ"]),
    ("v", ["ヴア", "ヴイ", "ヴ", "ヴエ", "ヴオ"]),
    ("j", ["ジヤ", "ジ", "ジユ", "ジエ", "ジヨ"]),
    ("sh", ["シヤ", "シ", "シユ", "シエ", "シヨ"]),
    ("ch", ["チヤ", "チ", "チユ", "チエ", "チヨ"]),
    ("ts", ["ツア", "ツイ", "ツ", "ツエ", "ツオ"]),
    ("ky", ["キヤ", "キ", "キユ", "キエ", "キヨ"]),
    ("sy", ["シヤ", "シ", "シユ", "シエ", "シヨ"]),
    ("ty", ["チヤ", "チ", "チユ", "チエ", "チヨ"]),
    ("ny", ["ニヤ", "ニ", "ニユ", "ニエ", "ニヨ"]),
    ("hy", ["ヒヤ", "ヒ", "ヒユ", "ヒエ", "ヒヨ"]),
    ("my", ["ミヤ", "ミ", "ミユ", "ミエ", "ミヨ"]),
    ("ry", ["リヤ", "リ", "リユ", "リエ", "リヨ"]),
    ("gy", ["ギヤ", "ギ", "ギユ", "ギエ", "ギヨ"]),
    ("jy", ["ジヤ", "ジ", "ジユ", "ジエ", "ジヨ"]),
    ("zy", ["ジヤ", "ジ", "ジユ", "ジエ", "ジヨ"]),
    ("by", ["ビヤ", "ビ", "ビユ", "ビエ", "ビヨ"]),
    ("py", ["ピヤ", "ピ", "ピユ", "ピエ", "ピヨ"]),
];

/// The reading that letters stand for, in either of the usual spellings; none when they are no Japanese reading.
fn kana_of_romaji(letters: &str) -> Option<String> {
    let mut kana = String::new();
    let mut consonants = String::new();
    for letter in letters.chars() {
        if !letter.is_ascii_alphabetic() {
            return None;
        }
        let Some(vowel) = "aiueo".find(letter) else {
            consonants.push(letter);
            continue;
        };
        let (before, last) = before_syllable(&consonants)?;
        kana.push_str(&before);
        kana.push_str(SYLLABLES.iter().find(|(consonant, _)| *consonant == last)?.1[vowel]);
        consonants.clear();
    }
    match consonants.as_str() {
        // Satoh: the h only makes the vowel long.
        "" | "h" => Some(kana),
        "n" | "m" => Some(kana + "ン"),
        _ => None,
    }
}

/// What stands before a syllable (ン, ッ), and the consonant of the syllable itself.
fn before_syllable(consonants: &str) -> Option<(String, &str)> {
    let known = |consonant: &str| SYLLABLES.iter().any(|(known, _)| *known == consonant);
    let mut before = String::new();
    let mut rest = consonants;
    while !known(rest) {
        let first = rest.chars().next()?;
        let then = rest.get(1..).filter(|then| !then.is_empty())?;
        match first {
            'n' | 'm' => before.push('ン'),
            'h' => {}
            _ if then.starts_with(first) || rest.starts_with("tch") => before.push('ツ'),
            _ => return None,
        }
        rest = then;
    }
    Some((before, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn person() -> Text {
        of(&Known {
            name: ["髙橋", "惠子"],
            kana: ["タカハシ", "ジュンコ"],
            former_name: "𠮷田",
            email: "Taka.Hashi@example.jp",
            registry_number: "012345",
            national_member_id: "3000000017",
        })
    }

    #[test]
    fn every_way_of_writing_finds_the_person() {
        for typed in [
            "髙橋",
            "高橋",
            "高 恵",
            "高橋恵子",
            "髙橋　惠子",
            "恵子",
            "橋恵子",
            "たかはし",
            "ﾀｶﾊｼ ｼﾞｭﾝｺ",
            "ジユンコ",
            "takahashi",
            "TAKAHASI",
            "junko",
            "takahashi junko",
            "吉田",
            "012345",
            "12345",
            "０１２３４５",
            "3000000017",
            "taka.hashi@example.jp",
            "TAKA.HASHI",
            "hashi@",
            "高橋 12345",
            "^高橋",
            "子 高橋 恵子",
        ] {
            let found = finds(&words(typed), &person(), Depth::Full);
            // The last one begins no part with 子.
            assert_eq!(found, typed != "子 高橋 恵子", "{typed}");
        }
    }

    #[test]
    fn nobody_is_found_by_what_the_reader_may_not_see() {
        for (typed, depth) in [
            ("高橋", Depth::List),
            ("12345", Depth::Full),
            ("3000000017", Depth::Full),
            ("taka.hashi@example.jp", Depth::Contact),
        ] {
            for reader in Depth::ALL {
                assert_eq!(finds(&words(typed), &person(), *reader), *reader >= depth, "{typed} {reader:?}");
            }
        }
    }

    #[test]
    fn letters_are_read_in_either_spelling() {
        for (letters, kana) in [
            ("satou", "サトウ"),
            ("satoh", "サト"),
            ("suzuki", "スズキ"),
            ("shimizu", "シミズ"),
            ("simizu", "シミズ"),
            ("kenichi", "ケニチ"),
            ("shimbashi", "シンバシ"),
            ("hattori", "ハツトリ"),
            ("kyoko", "キヨコ"),
            ("honda", "ホンダ"),
            ("kitcho", "キツチヨ"),
        ] {
            assert_eq!(kana_of_romaji(letters).as_deref(), Some(kana), "{letters}");
        }
        for letters in ["smith", "taka.hashi", "12", "xavier"] {
            assert_eq!(kana_of_romaji(letters), None, "{letters}");
        }
    }

    #[test]
    fn one_kana_is_a_heading() {
        for (typed, kana, from, before) in [
            ("サ", 'サ', 'サ', Some('シ')),
            ("ざ", 'ザ', 'サ', Some('シ')),
            ("ｶﾞ ", 'ガ', 'カ', Some('キ')),
            ("ヅ", 'ズ', 'ス', Some('セ')),
            ("ぁ", 'ア', 'ア', Some('イ')),
            ("ヴ", 'ヴ', 'ウ', None),
            ("ん", 'ン', 'ン', None),
        ] {
            assert_eq!(heading(typed), Some(Heading { kana, from, before }), "{typed}");
        }
        for typed in ["", "サト", "佐", "s", "ー", "サ ト"] {
            assert_eq!(heading(typed), None, "{typed}");
        }
    }

    #[test]
    fn nothing_typed_asks_for_nothing() {
        for typed in ["", "  ", "^", "\u{fe0f}"] {
            assert_eq!(words(typed), [], "{typed:?}");
        }
    }

    proptest! {
        #[test]
        fn a_folded_text_finds_its_own_name(
            family in "[一-龯髙﨑𠮷邉濵A-Za-zァ-ヶ]{1,4}",
            given in "[一-龯ぁ-ん]{1,3}( [A-Za-z]{1,4})?",
            number in "[0-9]{6}",
        ) {
            let known = Known { name: [&family, &given], registry_number: &number, ..Known::default() };
            let text = of(&known);
            let whole = format!("{family}{}", given.replace(' ', ""));
            for typed in [&family, &given, &format!("{given} {family}"), &whole, &number] {
                prop_assert!(finds(&words(typed), &text, Depth::Full), "{typed} in {text:?}");
            }
            for word in words(&format!("{family} {given} {number}")) {
                prop_assert!(word.ways().iter().all(|way| way.chars().count() >= 3));
            }
        }
    }
}
