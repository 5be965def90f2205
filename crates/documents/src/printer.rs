//! The printing press: data and a template in, a PDF out.

use std::sync::atomic::{AtomicUsize, Ordering};

use mamis_rules::base::Day;
use serde_json::{Value, json};
use typst::comemo;
use typst::diag::SourceDiagnostic;
use typst::foundations::{Datetime, Smart};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, Timestamp};

use crate::fonts::FontFolder;
use crate::world::Shared;
use crate::{DocumentError, glyphs};

/// How many documents are printed before results that were not used again are dropped.
const DOCUMENTS_BETWEEN_SWEEPS: usize = 16;

/// How many sweeps a result survives without being used: what all documents of a kind share stays.
const SWEEPS_SURVIVED: usize = 2;

/// Japan is nine hours ahead of UTC.
const TOKYO_MINUTES: i32 = 9 * 60;

/// Whether 見本 (sample) is printed large and pale across every page. The demonstration prints it on
/// everything, so that nothing it makes can pass for a real document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sample {
    /// A real document.
    #[default]
    None,
    /// 見本 on every page.
    Watermark,
}

/// Fonts and templates, loaded once and shared by all threads.
pub struct Printer {
    shared: Shared,
    sample: Sample,
    printed: AtomicUsize,
}

/// What a template is given.
pub(crate) struct Page {
    /// The file name of the template.
    pub(crate) template: &'static str,
    /// The title in the PDF's properties.
    pub(crate) title: String,
    /// The day the document bears: the PDF's creation date, so that a reprint has the same bytes.
    pub(crate) day: Day,
    /// The texts.
    pub(crate) data: Value,
}

impl Printer {
    /// Loads the fonts, those of the folder included, and parses the templates.
    ///
    /// # Errors
    /// [`DocumentError::FontFolder`] or [`DocumentError::NotAFont`].
    pub fn new(folder: &FontFolder, sample: Sample) -> Result<Self, DocumentError> {
        Ok(Self { shared: Shared::new(folder)?, sample, printed: AtomicUsize::new(0) })
    }

    /// Whether this printer marks everything as a sample; lists in Excel need to know.
    pub fn sample(&self) -> Sample {
        self.sample
    }

    /// Sets one document.
    pub(crate) fn print(&self, page: Page) -> Result<Vec<u8>, DocumentError> {
        let variants: Vec<Value> = glyphs::variants(&page.data, &self.shared.fonts)?
            .into_iter()
            .map(|variant| json!({ "text": variant.text, "family": variant.family }))
            .collect();
        let input = json!({
            "title": page.title,
            "sample": self.sample == Sample::Watermark,
            "variants": variants,
            "body": page.data,
        })
        .to_string();

        let world = self.shared.with(page.template, input.clone());
        let fault = |diagnostics: &[SourceDiagnostic]| DocumentError::Template {
            template: page.template,
            messages: messages(diagnostics),
        };
        let document =
            typst::compile::<PagedDocument>(&world).output.map_err(|diagnostics| fault(&diagnostics))?;
        glyphs::check(&document)?;
        let options = PdfOptions {
            // Two documents of one kind differ in their data, and a reprint does not.
            ident: Smart::Custom(format!("{}\n{input}", page.template)),
            creator: Smart::Custom(Some("MAMIS".to_owned())),
            timestamp: timestamp(page.day),
            ..PdfOptions::default()
        };
        let pdf = typst_pdf::pdf(&document, &options).map_err(|diagnostics| fault(&diagnostics));
        self.sweep();
        pdf
    }

    /// Keeps the cache of layout results from growing with every document printed.
    fn sweep(&self) {
        let printed = self.printed.fetch_add(1, Ordering::Relaxed) + 1;
        if printed.is_multiple_of(DOCUMENTS_BETWEEN_SWEEPS) {
            comemo::evict(SWEEPS_SURVIVED);
        }
    }
}

fn messages(diagnostics: &[SourceDiagnostic]) -> String {
    let lines: Vec<String> = diagnostics
        .iter()
        .map(|diagnostic| {
            let hints: String = diagnostic.hints.iter().map(|hint| format!(" ({})", hint.v)).collect();
            format!("{}{hints}", diagnostic.message)
        })
        .collect();
    lines.join("; ")
}

fn timestamp(day: Day) -> Option<Timestamp> {
    let month = u8::try_from(day.month()).ok()?;
    let of_month = u8::try_from(day.day()).ok()?;
    let midnight = Datetime::from_ymd_hms(day.year(), month, of_month, 0, 0, 0)?;
    Timestamp::new_local(midnight, TOKYO_MINUTES)
}
