//! Prefectures by their JIS X 0401 code.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A prefecture, as its JIS X 0401 code from 1 (北海道) to 47 (沖縄県).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Prefecture(u8);

impl Prefecture {
    /// The prefecture with this code.
    ///
    /// # Errors
    /// [`UnknownPrefecture`] unless the code lies in 1..=47.
    pub const fn new(code: u8) -> Result<Self, UnknownPrefecture> {
        if code >= 1 && code <= 47 { Ok(Self(code)) } else { Err(UnknownPrefecture) }
    }

    /// The prefecture whose code a column holds; none for every other number.
    pub fn stored(code: i32) -> Option<Self> {
        Self::new(u8::try_from(code).ok()?).ok()
    }

    /// The name behind the code of a column; empty for every other number.
    pub fn name_of(code: i32) -> &'static str {
        Self::stored(code).map_or("", Self::name)
    }

    /// All prefectures, from north to south as JIS orders them.
    pub fn all() -> impl Iterator<Item = Self> {
        (1..=47).map(Self)
    }

    /// The prefecture of this name, written in full (「東京都」).
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|prefecture| prefecture.name() == name)
    }

    /// The code, 1..=47.
    pub const fn code(self) -> u8 {
        self.0
    }

    /// The name in full.
    pub const fn name(self) -> &'static str {
        NAMES[self.0 as usize - 1]
    }
}

impl fmt::Display for Prefecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl From<Prefecture> for u8 {
    fn from(prefecture: Prefecture) -> Self {
        prefecture.0
    }
}

impl TryFrom<u8> for Prefecture {
    type Error = UnknownPrefecture;

    fn try_from(code: u8) -> Result<Self, Self::Error> {
        Self::new(code)
    }
}

/// The code is not one of the 47.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("都道府県コードは1から47までです。")]
pub struct UnknownPrefecture;

// JIS X 0401.
const NAMES: [&str; 47] = [
    "北海道",
    "青森県",
    "岩手県",
    "宮城県",
    "秋田県",
    "山形県",
    "福島県",
    "茨城県",
    "栃木県",
    "群馬県",
    "埼玉県",
    "千葉県",
    "東京都",
    "神奈川県",
    "新潟県",
    "富山県",
    "石川県",
    "福井県",
    "山梨県",
    "長野県",
    "岐阜県",
    "静岡県",
    "愛知県",
    "三重県",
    "滋賀県",
    "京都府",
    "大阪府",
    "兵庫県",
    "奈良県",
    "和歌山県",
    "鳥取県",
    "島根県",
    "岡山県",
    "広島県",
    "山口県",
    "徳島県",
    "香川県",
    "愛媛県",
    "高知県",
    "福岡県",
    "佐賀県",
    "長崎県",
    "熊本県",
    "大分県",
    "宮崎県",
    "鹿児島県",
    "沖縄県",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_agree() {
        assert_eq!(Prefecture::new(1).map(Prefecture::name), Ok("北海道"));
        assert_eq!(Prefecture::new(13).map(Prefecture::name), Ok("東京都"));
        assert_eq!(Prefecture::new(41).map(Prefecture::name), Ok("佐賀県"));
        assert_eq!(Prefecture::new(47).map(Prefecture::name), Ok("沖縄県"));
        assert_eq!(Prefecture::new(0), Err(UnknownPrefecture));
        assert_eq!(Prefecture::new(48), Err(UnknownPrefecture));
        assert_eq!((Prefecture::name_of(14), Prefecture::name_of(0)), ("神奈川県", ""));
        assert_eq!((Prefecture::stored(-1), Prefecture::stored(256 + 14)), (None, None));
        for prefecture in Prefecture::all() {
            assert_eq!(Prefecture::named(prefecture.name()), Some(prefecture));
        }
        assert!(serde_json::from_str::<Prefecture>("48").is_err());
    }
}
