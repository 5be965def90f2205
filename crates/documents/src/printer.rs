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

/// How many pages are printed before results that were not used again are dropped. Pages and not documents: one file
/// can hold a thousand of them, and what is kept of each page costs as much as what is kept of a certificate.
const PAGES_BETWEEN_SWEEPS: usize = 16;

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
    /// Pages so far.
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
        self.sweep(document.pages().len());
        pdf
    }

    /// Keeps the cache of layout results from growing with every page printed.
    fn sweep(&self, pages: usize) {
        let before = self.printed.fetch_add(pages, Ordering::Relaxed);
        if let Some(survived) = sweeps_survived(before, pages) {
            comemo::evict(survived);
        }
    }
}

/// How old a result may be after a document of so many pages, as if each page had been swept for itself; none while
/// no sweep is due. A long document leaves nothing behind: it is the one before whose results would be of use.
fn sweeps_survived(before: usize, pages: usize) -> Option<usize> {
    let due = (before + pages) / PAGES_BETWEEN_SWEEPS - before / PAGES_BETWEEN_SWEEPS;
    (due > 0).then(|| (SWEEPS_SURVIVED + 1).saturating_sub(due))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_documents_are_swept_as_their_pages() {
        for (before, pages, survived) in [
            (0, 1, None),
            (14, 1, None),
            (15, 1, Some(SWEEPS_SURVIVED)),
            (16, 1, None),
            (0, 16, Some(SWEEPS_SURVIVED)),
            (10, 22, Some(1)),
            (0, 48, Some(0)),
            (7, 1_000, Some(0)),
        ] {
            assert_eq!(sweeps_survived(before, pages), survived, "{pages} pages after {before}");
        }
    }
}
