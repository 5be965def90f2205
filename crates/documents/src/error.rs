//! Why a document could not be made.

use std::path::PathBuf;

/// Why a document could not be made.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// No font at hand has a glyph for this character, or for this character with this variation
    /// selector. The sentence is for the office.
    #[error(
        "「{character}」（{codes}）を印刷できる書体がありません（文中の箇所：「{text}」）。この文字を含む書体を追加の書体フォルダーに入れてください。"
    )]
    MissingGlyph {
        /// The character as it stands in the data, with its variation selector if it has one.
        character: String,
        /// Its code points, `U+20BB7` or `U+845B U+E0103`.
        codes: String,
        /// The text it stands in, so that the office finds the record.
        text: String,
    },
    /// A font folder was set but cannot be read.
    #[error("書体フォルダー {path} を読めません: {source}")]
    FontFolder {
        /// The folder or file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A file in the font folder is no font.
    #[error("{path} は書体ファイルとして読めません")]
    NotAFont {
        /// The file.
        path: PathBuf,
    },
    /// The verification address does not fit into a QR code.
    #[error("確認用アドレスが長すぎて二次元コードにできません（{length}文字）")]
    AddressTooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// A template and the data do not fit together: a fault in this crate, for the log.
    #[error("template {template}: {messages}")]
    Template {
        /// The template's file name.
        template: &'static str,
        /// What typst said.
        messages: String,
    },
    /// The workbook could not be written.
    #[error("workbook: {0}")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
    /// The CSV file could not be written.
    #[error("csv: {0}")]
    Csv(#[from] ::csv::Error),
}

impl DocumentError {
    pub(crate) fn missing(character: &str, text: &str) -> Self {
        let codes: Vec<String> = character.chars().map(|one| format!("U+{:04X}", u32::from(one))).collect();
        Self::MissingGlyph { character: character.to_owned(), codes: codes.join(" "), text: text.to_owned() }
    }
}
