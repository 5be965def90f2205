//! QR codes, drawn as one path: the page needs no picture and prints sharp.

use crate::error::WebError;
use fast_qr::{ECL, QRBuilder};
use mamis_app::Error;
use std::fmt::Write;

/// The free border that a reader needs, in modules (ISO/IEC 18004).
const QUIET: usize = 4;

/// A QR code as the outline of one path.
#[derive(Debug)]
pub(crate) struct Qr {
    /// Side in modules, border included.
    pub(crate) side: usize,
    /// The dark modules, for the `d` of a path.
    pub(crate) path: String,
}

impl Qr {
    /// The code of a text.
    ///
    /// # Errors
    /// A fault when the text is too long for any code.
    pub(crate) fn of(text: &str) -> Result<Self, WebError> {
        let code = QRBuilder::new(text)
            .ecl(ECL::M)
            .build()
            .map_err(|error| Error::fault(format!("QR code: {error:?}")))?;
        let mut path = String::new();
        for y in 0..code.size {
            for x in (0..code.size).filter(|x| code[y][*x].value()) {
                write!(path, "M{} {}h1v1h-1z", x + QUIET, y + QUIET).map_err(Error::fault)?;
            }
        }
        Ok(Self { side: code.size + 2 * QUIET, path })
    }
}
