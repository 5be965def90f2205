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

    /// The name without 都, 府 or 県, where there is little room: 神奈川, 京都. 北海道 stays whole.
    pub fn short_name(self) -> &'static str {
        self.name().strip_suffix(['都', '府', '県']).unwrap_or(self.name())
    }

    /// Where it lies on a map of equal tiles: column from the west, row from the north, both from 0. Neighbours lie
    /// beside each other as far as a grid allows \[assumed: there is no official one\].
    pub const fn tile(self) -> (u8, u8) {
        TILES[self.0 as usize - 1]
    }

    /// Columns and rows of that map.
    pub const TILE_COLUMNS: u8 = 13;
    /// See [`Self::TILE_COLUMNS`].
    pub const TILE_ROWS: u8 = 12;
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

// By JIS code, four or so a line: 北海道 and 東北, 関東, 中部, 近畿, 中国, 四国, 九州.
#[rustfmt::skip]
const TILES: [(u8, u8); 47] = [
    (12, 0), (11, 1), (11, 2), (11, 3), (10, 2), (10, 3), (11, 4),
    (12, 5), (11, 5), (10, 5), (11, 6), (12, 7), (11, 7), (11, 8),
    (10, 4), (9, 4), (8, 4), (7, 5), (10, 6), (9, 5), (8, 5), (10, 7), (9, 6),
    (9, 7), (8, 6), (7, 6), (7, 7), (6, 6), (8, 7), (8, 8),
    (5, 6), (4, 6), (5, 7), (4, 7), (3, 7),
    (6, 9), (6, 8), (5, 8), (5, 9),
    (2, 8), (1, 8), (0, 8), (2, 9), (3, 8), (3, 9), (2, 10),
    (0, 11),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

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

    #[test]
    fn tiles_lie_apart_and_as_on_a_map() {
        let tiles: BTreeMap<(u8, u8), Prefecture> = Prefecture::all().map(|one| (one.tile(), one)).collect();
        assert_eq!(tiles.len(), 47, "each has its own");
        for (x, y) in tiles.keys() {
            assert!(*x < Prefecture::TILE_COLUMNS && *y < Prefecture::TILE_ROWS, "({x}, {y})");
        }
        let at = |name: &str| Prefecture::named(name).expect("a prefecture").tile();
        for (west, east) in
            [("福岡県", "大分県"), ("京都府", "滋賀県"), ("東京都", "千葉県"), ("富山県", "新潟県")]
        {
            assert_eq!((at(west).0 + 1, at(west).1), at(east), "{west} beside {east}");
        }
        for (north, south) in [("青森県", "岩手県"), ("埼玉県", "東京都"), ("東京都", "神奈川県")]
        {
            assert_eq!((at(north).0, at(north).1 + 1), at(south), "{north} above {south}");
        }
        assert_eq!(Prefecture::named("京都府").map(Prefecture::short_name), Some("京都"));
        assert_eq!(Prefecture::named("北海道").map(Prefecture::short_name), Some("北海道"));
    }
}
