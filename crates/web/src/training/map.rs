//! Trainings that recruit on a map: a tile for each prefecture, drawn as SVG by the server.

use super::list::Asked;
use crate::ctx::Ctx;
use crate::error::WebError;
use mamis_app::training::overview;
use mamis_rules::association::Prefecture;

/// Side of a tile and the room between two, in units of the drawing.
const SIDE: u32 = 56;
const STEP: u32 = 60;

/// The map.
pub(super) struct Map {
    /// Width and height of the drawing.
    pub(super) width: u32,
    pub(super) height: u32,
    /// From north to south.
    pub(super) tiles: Vec<Tile>,
    pub(super) total: u64,
}

/// A prefecture.
pub(super) struct Tile {
    pub(super) name: &'static str,
    pub(super) short: &'static str,
    pub(super) count: u64,
    /// The list of its trainings; empty where there is none.
    pub(super) href: String,
    /// How dark it is, 0 to 3.
    pub(super) shade: u32,
    pub(super) x: u32,
    pub(super) y: u32,
    /// The middle, for the words.
    pub(super) middle: u32,
    pub(super) name_at: u32,
    pub(super) count_at: u32,
}

impl Map {
    /// Where the trainings that are asked for are held.
    pub(super) async fn of(ctx: &Ctx, asked: &Asked) -> Result<Self, WebError> {
        let found = overview::by_prefecture(ctx, &asked.wanted()).await?;
        let most = found.values().max().copied().unwrap_or(0);
        let tile = |prefecture: Prefecture| {
            let count = found.get(&prefecture).copied().unwrap_or(0);
            let code = prefecture.code().to_string();
            let href = match count {
                0 => String::new(),
                _ => asked.with(&[("view", ""), ("month", ""), ("prefecture", &code)]),
            };
            Tile::of(prefecture, (count, most), href)
        };
        Ok(Self {
            width: u32::from(Prefecture::TILE_COLUMNS) * STEP,
            height: u32::from(Prefecture::TILE_ROWS) * STEP,
            tiles: Prefecture::all().map(tile).collect(),
            total: found.values().sum(),
        })
    }
}

impl Tile {
    fn of(prefecture: Prefecture, (count, most): (u64, u64), href: String) -> Self {
        let (column, row) = prefecture.tile();
        let (x, y) = (u32::from(column) * STEP + 2, u32::from(row) * STEP + 2);
        Self {
            name: prefecture.name(),
            short: prefecture.short_name(),
            count,
            href,
            shade: shade(count, most),
            x,
            y,
            middle: x + SIDE / 2,
            name_at: y + 24,
            count_at: y + 45,
        }
    }
}

/// Thirds of the largest number; the number itself stands on the tile.
fn shade(count: u64, most: u64) -> u32 {
    match (count, most) {
        (0, _) => 0,
        _ if count * 3 > most * 2 => 3,
        _ if count * 3 > most => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shades_are_thirds_of_the_largest() {
        let found = [0, 1, 3, 4, 6, 7, 9].map(|count| shade(count, 9));
        assert_eq!(found, [0, 1, 1, 2, 2, 3, 3]);
        assert_eq!(shade(1, 1), 3);
    }

    #[test]
    fn words_stand_inside_their_tile() {
        for prefecture in Prefecture::all() {
            let tile = Tile::of(prefecture, (0, 0), String::new());
            assert!(tile.x + SIDE <= u32::from(Prefecture::TILE_COLUMNS) * STEP, "{prefecture}");
            assert!((tile.y..tile.y + SIDE).contains(&tile.name_at) && tile.count_at < tile.y + SIDE);
        }
    }
}
