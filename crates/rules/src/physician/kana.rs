//! Readings: what is katakana already, and a proposal for what was typed in hiragana, half width or Latin letters.
//!
//! A proposal is only ever offered; the reading that counts is the one that the person confirms. Kanji are not guessed.

/// Table: syllables in Latin letters, Hepburn and Kunrei, with their katakana; three letters are tried before two.
#[rustfmt::skip]
const SYLLABLES: &[(&str, &str)] = &[
    ("kya", "キャ"), ("kyu", "キュ"), ("kyo", "キョ"), ("sha", "シャ"), ("shu", "シュ"), ("sho", "ショ"), ("she", "シェ"),
    ("sya", "シャ"), ("syu", "シュ"), ("syo", "ショ"), ("cha", "チャ"), ("chu", "チュ"), ("cho", "チョ"), ("che", "チェ"),
    ("tya", "チャ"), ("tyu", "チュ"), ("tyo", "チョ"), ("nya", "ニャ"), ("nyu", "ニュ"), ("nyo", "ニョ"), ("hya", "ヒャ"),
    ("hyu", "ヒュ"), ("hyo", "ヒョ"), ("mya", "ミャ"), ("myu", "ミュ"), ("myo", "ミョ"), ("rya", "リャ"), ("ryu", "リュ"),
    ("ryo", "リョ"), ("gya", "ギャ"), ("gyu", "ギュ"), ("gyo", "ギョ"), ("zya", "ジャ"), ("zyu", "ジュ"), ("zyo", "ジョ"),
    ("jya", "ジャ"), ("jyu", "ジュ"), ("jyo", "ジョ"), ("bya", "ビャ"), ("byu", "ビュ"), ("byo", "ビョ"), ("pya", "ピャ"),
    ("pyu", "ピュ"), ("pyo", "ピョ"), ("shi", "シ"), ("chi", "チ"), ("tsu", "ツ"), ("ja", "ジャ"), ("ju", "ジュ"),
    ("jo", "ジョ"), ("je", "ジェ"), ("ji", "ジ"), ("fa", "ファ"), ("fi", "フィ"), ("fe", "フェ"), ("fo", "フォ"), ("fu", "フ"),
    ("ka", "カ"), ("ki", "キ"), ("ku", "ク"), ("ke", "ケ"), ("ko", "コ"), ("sa", "サ"), ("si", "シ"), ("su", "ス"),
    ("se", "セ"), ("so", "ソ"), ("ta", "タ"), ("ti", "チ"), ("tu", "ツ"), ("te", "テ"), ("to", "ト"), ("na", "ナ"),
    ("ni", "ニ"), ("nu", "ヌ"), ("ne", "ネ"), ("no", "ノ"), ("ha", "ハ"), ("hi", "ヒ"), ("hu", "フ"), ("he", "ヘ"),
    ("ho", "ホ"), ("ma", "マ"), ("mi", "ミ"), ("mu", "ム"), ("me", "メ"), ("mo", "モ"), ("ya", "ヤ"), ("yu", "ユ"),
    ("yo", "ヨ"), ("ra", "ラ"), ("ri", "リ"), ("ru", "ル"), ("re", "レ"), ("ro", "ロ"), ("wa", "ワ"), ("wo", "ヲ"),
    ("ga", "ガ"), ("gi", "ギ"), ("gu", "グ"), ("ge", "ゲ"), ("go", "ゴ"), ("za", "ザ"), ("zi", "ジ"), ("zu", "ズ"),
    ("ze", "ゼ"), ("zo", "ゾ"), ("da", "ダ"), ("di", "ヂ"), ("du", "ヅ"), ("de", "デ"), ("do", "ド"), ("ba", "バ"),
    ("bi", "ビ"), ("bu", "ブ"), ("be", "ベ"), ("bo", "ボ"), ("pa", "パ"), ("pi", "ピ"), ("pu", "プ"), ("pe", "ペ"),
    ("po", "ポ"), ("va", "ヴァ"), ("vi", "ヴィ"), ("vu", "ヴ"), ("ve", "ヴェ"), ("vo", "ヴォ"), ("a", "ア"), ("i", "イ"),
    ("u", "ウ"), ("e", "エ"), ("o", "オ"),
];

const HALF_WIDTH: &str = "ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン";
const PLAIN: &str = "ウカキクケコサシスセソタチツテトハヒフヘホ";
const VOICED: &str = "ヴガギグゲゴザジズゼゾダヂヅデドバビブベボ";
const HALF_PLAIN: &str = "ハヒフヘホ";
const HALF_VOICED: &str = "パピプペポ";

/// Whether a reading is as it is kept: katakana in full width, with ・ and spaces inside.
pub fn is_katakana(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().all(|c| is_kana(c) || matches!(c, '・' | ' ' | '\u{3000}'))
}

fn is_kana(c: char) -> bool {
    matches!(c, 'ァ'..='ヺ' | 'ー' | 'ヽ' | 'ヾ')
}

/// Katakana for what was typed in hiragana, half width, full-width or plain Latin letters, or a mixture. None where a
/// character has no certain reading, and where the text is katakana already.
///
/// Long vowels stay as they are spelt: `ou` is オウ, a macron is the vowel that Japanese names spell (ō is オウ, ū is ウウ).
/// `oh` of passports can be オオ or オウ, so nothing is proposed.
pub fn propose(text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() || is_katakana(text) {
        return None;
    }
    let mut kana = String::with_capacity(text.len());
    let mut letters = String::new();
    for c in text.chars() {
        let c = full_width_letter(c).to_ascii_lowercase();
        match c {
            'a'..='z' => letters.push(c),
            '\'' | '’' => {
                flush(&mut letters, &mut kana)?;
            }
            'ō' | 'Ō' | 'ô' | 'Ô' => letters.push_str("ou"),
            'ū' | 'Ū' | 'û' | 'Û' => letters.push_str("uu"),
            other => {
                flush(&mut letters, &mut kana)?;
                push(&mut kana, other)?;
            }
        }
    }
    flush(&mut letters, &mut kana)?;
    is_katakana(&kana).then_some(kana)
}

fn full_width_letter(c: char) -> char {
    match c {
        '\u{ff21}'..='\u{ff3a}' | '\u{ff41}'..='\u{ff5a}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        other => other,
    }
}

/// One character that is no letter.
fn push(kana: &mut String, c: char) -> Option<()> {
    match c {
        'ぁ'..='ゖ' | 'ゝ' | 'ゞ' => kana.push(char::from_u32(c as u32 + 0x60)?),
        '\u{ff66}'..='\u{ff9d}' => kana.push(HALF_WIDTH.chars().nth((c as u32 - 0xff66) as usize)?),
        '\u{ff9e}' | '\u{3099}' | '゛' => voice(kana, PLAIN, VOICED)?,
        '\u{ff9f}' | '\u{309a}' | '゜' => voice(kana, HALF_PLAIN, HALF_VOICED)?,
        '\u{ff65}' | '・' => kana.push('・'),
        '-' | '－' | '‐' if !kana.is_empty() => kana.push('ー'),
        ' ' | '\u{3000}' => kana.push(c),
        c if is_kana(c) => kana.push(c),
        _ => return None,
    }
    Some(())
}

fn voice(kana: &mut String, plain: &str, voiced: &str) -> Option<()> {
    let last = kana.pop()?;
    let (_, marked) = plain.chars().zip(voiced.chars()).find(|(from, _)| *from == last)?;
    kana.push(marked);
    Some(())
}

/// The letters gathered so far, as syllables.
fn flush(letters: &mut String, kana: &mut String) -> Option<()> {
    let taken = std::mem::take(letters);
    let mut rest = taken.as_str();
    while !rest.is_empty() {
        let mut next = rest.chars();
        let (first, second) = (next.next()?, next.next());
        if let Some((syllable, read)) = SYLLABLES.iter().find(|(syllable, _)| rest.starts_with(syllable)) {
            kana.push_str(read);
            rest = &rest[syllable.len()..];
            continue;
        }
        match (first, second) {
            // Honda, Sannomiya; `m` before b, m, p as in Namba and Hamma.
            ('n', _) | ('m', Some('b' | 'm' | 'p')) => kana.push('ン'),
            // Hattori, Kitchi as Hepburn writes it.
            ('t', Some('c')) => kana.push('ッ'),
            (consonant, Some(same)) if consonant == same && !"aiueo".contains(consonant) => kana.push('ッ'),
            // Itoh, Ohno as passports write them: the vowel before is long, and which one Japanese spells is not certain.
            _ => return None,
        }
        rest = &rest[first.len_utf8()..];
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_is_proposed() {
        for (typed, proposed) in [
            ("さとう", "サトウ"),
            ("けいこ", "ケイコ"),
            ("しゅんぺい", "シュンペイ"),
            ("ｻﾄｳ", "サトウ"),
            ("ﾀﾞｲｺﾞ", "ダイゴ"),
            ("ﾋﾟｱｽ", "ピアス"),
            ("Satou", "サトウ"),
            ("SATOU", "サトウ"),
            ("ｓａｔｏｕ", "サトウ"),
            ("Satō", "サトウ"),
            ("Yūko", "ユウコ"),
            ("Shinichi", "シニチ"),
            ("Shin'ichi", "シンイチ"),
            ("Junko", "ジュンコ"),
            ("Zyunko", "ジュンコ"),
            ("Hattori", "ハットリ"),
            ("Kitchi", "キッチ"),
            ("Namba", "ナンバ"),
            ("Honma", "ホンマ"),
            ("Sannomiya", "サンノミヤ"),
            ("Tsuchiya", "ツチヤ"),
            ("Tutiya", "ツチヤ"),
            ("Fujiwara", "フジワラ"),
            ("Huziwara", "フジワラ"),
            ("Ryo", "リョ"),
            ("Chiaki", "チアキ"),
            ("Kyouko", "キョウコ"),
            ("Jirou", "ジロウ"),
            ("satou けいこ", "サトウ ケイコ"),
            ("すみす-", "スミスー"),
            ("か゛く", "ガク"),
            ("ヤマダ たろう", "ヤマダ タロウ"),
            ("ｼﾞｮﾝ･ｽﾐｽ", "ジョン・スミス"),
            ("Wataru", "ワタル"),
            ("Eiji", "エイジ"),
            ("Ken", "ケン"),
        ] {
            assert_eq!(propose(typed).as_deref(), Some(proposed), "{typed}");
        }
    }

    #[test]
    fn what_is_not_certain_is_not_proposed() {
        for typed in ["", "  ", "佐藤", "サトウ", "Itoh", "Smith", "さとう1", "x", "<b>"] {
            assert_eq!(propose(typed), None, "{typed}");
        }
    }

    #[test]
    fn a_proposal_is_katakana() {
        for typed in ["さとう", "Satō", "ｻﾄｳ"] {
            assert!(is_katakana(&propose(typed).expect("proposed")), "{typed}");
        }
        for not in ["さとう", "ｻﾄｳ", "sato", "", "サトウ1"] {
            assert!(!is_katakana(not), "{not}");
        }
        assert!(is_katakana("ジョン・スミス"));
    }
}
