//! Lists as CSV, in the two encodings that offices open.

use encoding_rs::{EncoderResult, SHIFT_JIS};

use crate::DocumentError;
use crate::glyphs::is_variation_selector;
use crate::workbook::{Cell, Column};

/// What stands in for a character that CP932 does not have: the geta mark of Japanese printers.
const GETA: char = '〓';

/// The encoding of a CSV file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8 with a byte order mark, which Excel needs to recognise it. Holds every name.
    Utf8WithMark,
    /// CP932 (Windows Shift_JIS), for programs that read nothing else. Lacks many names.
    Cp932,
}

/// A CSV file and what it could not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvFile {
    /// The file. Rows end with CR LF.
    pub bytes: Vec<u8>,
    /// Every character that the encoding does not have, in the order of the file.
    pub lost: Vec<LostCharacter>,
}

/// A character that the encoding does not have. In the file stands 〓, or, for a variant (IVS), its
/// base character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostCharacter {
    /// The row, counted from 1; 0 is the header.
    pub row: usize,
    /// The header of the column.
    pub column: String,
    /// The text as it was.
    pub text: String,
    /// The character, with its variation selector if it has one.
    pub character: String,
}

/// Writes the list.
///
/// A text that begins with `=`, `+`, `-`, `@`, tab or CR gets an apostrophe in front, because Excel
/// would run it as a formula (OWASP, "CSV Injection"); names never begin so.
///
/// # Errors
/// [`DocumentError::Csv`], which memory does not give rise to.
pub fn csv(columns: &[Column], rows: &[Vec<Cell>], encoding: Encoding) -> Result<CsvFile, DocumentError> {
    let mut lost = Vec::new();
    let mut writer = ::csv::WriterBuilder::new()
        .terminator(::csv::Terminator::CRLF)
        .flexible(true)
        .from_writer(match encoding {
            Encoding::Utf8WithMark => vec![0xEF, 0xBB, 0xBF],
            Encoding::Cp932 => Vec::new(),
        });
    let header = columns.iter().map(|column| Cell::Text(column.header.clone())).collect();
    for (row, cells) in std::iter::once(&header).chain(rows).enumerate() {
        for (at, cell) in cells.iter().enumerate() {
            let text = harmless(cell);
            match encoding {
                Encoding::Utf8WithMark => writer.write_field(&text)?,
                Encoding::Cp932 => {
                    let (bytes, characters) = to_cp932(&text);
                    lost.extend(characters.into_iter().map(|character| LostCharacter {
                        row,
                        column: columns.get(at).map_or_else(String::new, |c| c.header.clone()),
                        text: text.clone(),
                        character,
                    }));
                    writer.write_field(bytes)?;
                }
            }
        }
        writer.write_record(None::<&[u8]>)?;
    }
    let bytes = writer.into_inner().map_err(|error| ::csv::Error::from(error.into_error()))?;
    Ok(CsvFile { bytes, lost })
}

fn harmless(cell: &Cell) -> String {
    let text = cell.plain();
    match cell {
        Cell::Text(_) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => format!("'{text}"),
        _ => text,
    }
}

/// The text in CP932 and the characters it could not hold.
fn to_cp932(text: &str) -> (Vec<u8>, Vec<String>) {
    let mut bytes = Vec::new();
    let mut lost = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        let written = push_cp932(&mut bytes, same_looking(character));
        let selector = rest.next_if(|&next| is_variation_selector(next));
        if !written {
            push_cp932(&mut bytes, GETA);
        }
        if !written || selector.is_some() {
            lost.push(std::iter::once(character).chain(selector).collect());
        }
    }
    (bytes, lost)
}

fn push_cp932(bytes: &mut Vec<u8>, character: char) -> bool {
    let mut source = [0; 4];
    let mut target = [0; 8];
    let mut encoder = SHIFT_JIS.new_encoder();
    let (result, _, written) =
        encoder.encode_from_utf8_without_replacement(character.encode_utf8(&mut source), &mut target, true);
    if let EncoderResult::InputEmpty = result {
        bytes.extend_from_slice(&target[..written]);
        true
    } else {
        false
    }
}

/// Characters that JIS and Microsoft map to different code points of Unicode, and that look the same.
fn same_looking(character: char) -> char {
    match character {
        '\u{301C}' => '\u{FF5E}',
        '\u{2014}' => '\u{2015}',
        '\u{2016}' => '\u{2225}',
        '\u{2212}' => '\u{FF0D}',
        '\u{00A2}' => '\u{FFE0}',
        '\u{00A3}' => '\u{FFE1}',
        '\u{00AC}' => '\u{FFE2}',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str, encoding: Encoding) -> CsvFile {
        let columns = [Column::text("氏名")];
        csv(&columns, &[vec![Cell::Text(text.into())]], encoding).expect("memory takes it")
    }

    #[test]
    fn utf8_holds_every_name_behind_its_mark() {
        let csv = file("𠮷田 葛\u{E0100}", Encoding::Utf8WithMark);
        assert_eq!(csv.bytes, "\u{FEFF}氏名\r\n𠮷田 葛\u{E0100}\r\n".as_bytes());
        assert_eq!(csv.lost, []);
    }

    #[test]
    fn cp932_holds_the_ibm_kanji() {
        let csv = file("髙﨑～〜－", Encoding::Cp932);
        let (text, _, broken) = SHIFT_JIS.decode(&csv.bytes);
        assert_eq!((text.as_ref(), broken), ("氏名\r\n髙﨑～～－\r\n", false));
        assert_eq!(csv.lost, []);
    }

    #[test]
    fn cp932_names_what_it_cannot_hold() {
        let csv = file("𠮷田 葛\u{E0100}子", Encoding::Cp932);
        let (text, _, _) = SHIFT_JIS.decode(&csv.bytes);
        assert_eq!(text, "氏名\r\n〓田 葛子\r\n");
        let lost: Vec<_> = csv.lost.iter().map(|one| one.character.as_str()).collect();
        assert_eq!(lost, ["𠮷", "葛\u{E0100}"]);
        assert_eq!((csv.lost[0].row, csv.lost[0].column.as_str()), (1, "氏名"));
        assert_eq!(csv.lost[0].text, "𠮷田 葛\u{E0100}子");
    }

    #[test]
    fn a_text_cannot_become_a_formula() {
        let csv = file("=HYPERLINK(\"x\")", Encoding::Utf8WithMark);
        let text = String::from_utf8(csv.bytes).expect("UTF-8");
        assert!(text.ends_with("\"'=HYPERLINK(\"\"x\"\")\"\r\n"), "{text}");
    }
}
