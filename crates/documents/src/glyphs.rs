//! Nothing is printed that the reader cannot see: every character must have found its glyph.

use serde_json::Value;
use typst::layout::{Frame, FrameItem};
use typst::text::TextItem;
use typst_layout::PagedDocument;

use crate::DocumentError;
use crate::fonts::{Fonts, Shape};

/// A character with its variation selector that only a stand-in font can show.
pub(crate) struct Variant {
    pub(crate) text: String,
    pub(crate) family: String,
}

/// Finds the variation sequences in all texts of `data` that ordinary fonts do not know.
///
/// Shaping cannot report these: a font that lacks the sequence quietly shows the base character,
/// and 葛󠄀 comes out as 葛.
///
/// # Errors
/// [`DocumentError::MissingGlyph`] when no font has the shape.
pub(crate) fn variants(data: &Value, fonts: &Fonts) -> Result<Vec<Variant>, DocumentError> {
    let mut found = Vec::new();
    collect_variants(data, fonts, &mut found)?;
    Ok(found)
}

fn collect_variants(data: &Value, fonts: &Fonts, found: &mut Vec<Variant>) -> Result<(), DocumentError> {
    match data {
        Value::String(text) => variants_of_text(text, fonts, found),
        Value::Array(items) => items.iter().try_for_each(|item| collect_variants(item, fonts, found)),
        Value::Object(fields) => fields.values().try_for_each(|field| collect_variants(field, fonts, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

fn variants_of_text(text: &str, fonts: &Fonts, found: &mut Vec<Variant>) -> Result<(), DocumentError> {
    let mut before = None;
    for character in text.chars() {
        if !is_variation_selector(character) {
            before = Some(character);
            continue;
        }
        let sequence: String = before.into_iter().chain([character]).collect();
        let Some(base) = before else {
            return Err(DocumentError::missing(&sequence, text));
        };
        match fonts.shape_of(base, character) {
            Shape::Ordinary => {}
            Shape::Nowhere => return Err(DocumentError::missing(&sequence, text)),
            Shape::StandIn(family) => {
                if found.iter().all(|known| known.text != sequence) {
                    found.push(Variant { text: sequence, family: family.to_owned() });
                }
            }
        }
    }
    Ok(())
}

/// The standardised and the ideographic selectors (Unicode, "Variation Selectors").
pub(crate) fn is_variation_selector(character: char) -> bool {
    matches!(character, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

/// Looks at every glyph that was set.
///
/// # Errors
/// [`DocumentError::MissingGlyph`] for the first character that became glyph 0, the empty box.
pub(crate) fn check(document: &PagedDocument) -> Result<(), DocumentError> {
    document.pages().iter().try_for_each(|page| check_frame(&page.frame))
}

fn check_frame(frame: &Frame) -> Result<(), DocumentError> {
    for (_, item) in frame.items() {
        match item {
            FrameItem::Group(group) => check_frame(&group.frame)?,
            FrameItem::Text(text) => check_text(text)?,
            FrameItem::Shape(..) | FrameItem::Image(..) | FrameItem::Link(..) | FrameItem::Tag(_) => {}
        }
    }
    Ok(())
}

fn check_text(item: &TextItem) -> Result<(), DocumentError> {
    match item.glyphs.iter().find(|glyph| glyph.id == 0) {
        None => Ok(()),
        Some(glyph) => Err(DocumentError::missing(&item.text[glyph.range()], &item.text)),
    }
}
