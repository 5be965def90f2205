//! What typst sees: the fonts, the templates of this crate, and one document's data. No files, no
//! network, no date.

use std::collections::HashMap;

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};

use crate::DocumentError;
use crate::fonts::{FontFolder, Fonts};

/// The templates by file name. `form.typ` is what they share.
static TEMPLATES: [(&str, &str); 13] = [
    ("form.typ", include_str!("../templates/form.typ")),
    ("attendance-certificate.typ", include_str!("../templates/attendance-certificate.typ")),
    ("board-packet.typ", include_str!("../templates/board-packet.typ")),
    ("certificate.typ", include_str!("../templates/certificate.typ")),
    ("credit-statement.typ", include_str!("../templates/credit-statement.typ")),
    ("handover.typ", include_str!("../templates/handover.typ")),
    ("holding-report.typ", include_str!("../templates/holding-report.typ")),
    ("labels.typ", include_str!("../templates/labels.typ")),
    ("postcard.typ", include_str!("../templates/postcard.typ")),
    ("joining-notice.typ", include_str!("../templates/joining-notice.typ")),
    ("my-data.typ", include_str!("../templates/my-data.typ")),
    ("notice-letter.typ", include_str!("../templates/notice-letter.typ")),
    ("post-letter.typ", include_str!("../templates/post-letter.typ")),
];

/// The frame around a certificate.
static FRAME: &str = include_str!("../templates/certificate-frame.svg");

/// What all documents share: made once, because parsing and hashing it costs more than a page.
pub(crate) struct Shared {
    library: LazyHash<Library>,
    pub(crate) fonts: Fonts,
    sources: HashMap<FileId, Source>,
    /// The certificates' frame, and the names of the stand-in fonts as JSON for `form.typ`.
    files: HashMap<FileId, Bytes>,
    data: FileId,
}

impl Shared {
    pub(crate) fn new(folder: &FontFolder) -> Result<Self, DocumentError> {
        let fonts = Fonts::load(folder)?;
        let stand_ins = serde_json::json!(fonts.stand_ins()).to_string();
        Ok(Self {
            library: LazyHash::new(<Library as LibraryExt>::default()),
            sources: TEMPLATES
                .iter()
                .map(|&(name, text)| (file(name), Source::new(file(name), text.to_owned())))
                .collect(),
            files: HashMap::from([
                (file("certificate-frame.svg"), Bytes::from_string(FRAME)),
                (file("stand-ins.json"), Bytes::from_string(stand_ins)),
            ]),
            data: file("data.json"),
            fonts,
        })
    }

    /// The world of one document.
    pub(crate) fn with(&self, template: &str, data: String) -> OneDocument<'_> {
        OneDocument { shared: self, main: file(template), data: Bytes::from_string(data) }
    }
}

fn file(name: &str) -> FileId {
    let path = VirtualPath::new(name).expect("the names are literals without `..`");
    RootedPath::new(VirtualRoot::Project, path).intern()
}

/// One document's data in front of what all share.
pub(crate) struct OneDocument<'a> {
    shared: &'a Shared,
    main: FileId,
    data: Bytes,
}

impl World for OneDocument<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.shared.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.shared.fonts.book
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        let unknown = || FileError::NotFound(id.vpath().get_without_slash().into());
        self.shared.sources.get(&id).cloned().ok_or_else(unknown)
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == self.shared.data {
            return Ok(self.data.clone());
        }
        match self.shared.files.get(&id) {
            Some(bytes) => Ok(bytes.clone()),
            None => self.source(id).map(Bytes::from_string),
        }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.shared.fonts.get(index)
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}
