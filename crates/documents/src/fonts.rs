//! The fonts: four that are part of the program, and those of a folder the office may add.

use std::fs;
use std::path::{Path, PathBuf};

use typst::foundations::Bytes;
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;

use crate::DocumentError;

/// In the order in which they are tried. The first has the glyphs of CP932 and most variants of
/// names; the last one has what the first lacks of JIS X 0213 and Adobe-Japan1 (𠮷 among them).
/// Sources and licences: `fonts/OFL.txt`.
static EMBEDDED: [&[u8]; 4] = [
    include_bytes!("../fonts/BIZUDMincho-Regular.ttf"),
    include_bytes!("../fonts/BIZUDGothic-Regular.ttf"),
    include_bytes!("../fonts/BIZUDGothic-Bold.ttf"),
    RARE_KANJI,
];

/// The font of rare kanji (OpenType), for pages as well: few computers outside Japan can show 𠮷.
pub static RARE_KANJI: &[u8] = include_bytes!("../fonts/MamisRareKanji.otf");

/// How many of the embedded fonts, from the front, set ordinary text. All three have the same
/// characters and variants, so asking the first is enough.
const ORDINARY: usize = 3;

/// Where fonts for characters that the embedded ones lack are found, IPAmj Mincho for example.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum FontFolder {
    /// Only the embedded fonts.
    #[default]
    None,
    /// Also every `.ttf`, `.otf` and `.ttc` file directly in this folder, in the order of names.
    At(PathBuf),
}

/// Every font at hand.
pub(crate) struct Fonts {
    pub(crate) book: LazyHash<FontBook>,
    fonts: Vec<Font>,
}

impl Fonts {
    pub(crate) fn load(folder: &FontFolder) -> Result<Self, DocumentError> {
        let mut fonts: Vec<Font> = EMBEDDED.iter().flat_map(|&data| Font::iter(Bytes::new(data))).collect();
        if let FontFolder::At(path) = folder {
            for file in font_files(path)? {
                let data = fs::read(&file)
                    .map_err(|source| DocumentError::FontFolder { path: file.clone(), source })?;
                let before = fonts.len();
                fonts.extend(Font::iter(Bytes::new(data)));
                if fonts.len() == before {
                    return Err(DocumentError::NotAFont { path: file });
                }
            }
        }
        Ok(Self { book: LazyHash::new(FontBook::from_fonts(&fonts)), fonts })
    }

    pub(crate) fn get(&self, index: usize) -> Option<Font> {
        self.fonts.get(index).cloned()
    }

    /// The families that stand in for a character the ordinary ones lack, first choice first.
    pub(crate) fn stand_ins(&self) -> Vec<&str> {
        let mut families = Vec::new();
        for font in &self.fonts[ORDINARY..] {
            let family = font.info().family.as_str();
            if !families.contains(&family) {
                families.push(family);
            }
        }
        families
    }

    /// Who can show `character` in the shape that `selector` asks for.
    pub(crate) fn shape_of(&self, character: char, selector: char) -> Shape<'_> {
        let knows = |font: &Font| has_variant(font, character, selector);
        if knows(&self.fonts[0]) {
            return Shape::Ordinary;
        }
        match self.fonts[ORDINARY..].iter().find(|font| knows(font)) {
            Some(font) => Shape::StandIn(&font.info().family),
            None => Shape::Nowhere,
        }
    }
}

/// Where the shape of a variation sequence is found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Shape<'a> {
    /// In the fonts of ordinary text.
    Ordinary,
    /// In this family only; setting it in another would silently print another shape.
    StandIn(&'a str),
    /// In none.
    Nowhere,
}

fn has_variant(font: &Font, character: char, selector: char) -> bool {
    let instance = font.clone().instantiate(Default::default(), Default::default(), &Default::default());
    instance.ttf().glyph_variation_index(character, selector).is_some_and(|glyph| glyph.0 != 0)
}

fn font_files(folder: &Path) -> Result<Vec<PathBuf>, DocumentError> {
    let fault = |source| DocumentError::FontFolder { path: folder.to_owned(), source };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(fault)? {
        let path = entry.map_err(fault)?.path();
        let kind = path.extension().map(|kind| kind.to_ascii_lowercase().to_string_lossy().into_owned());
        if matches!(kind.as_deref(), Some("ttf" | "otf" | "ttc")) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
