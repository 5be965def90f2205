//! QR codes as one vector path, sharp at any size.

use std::fmt::Write;

use fast_qr::{ECL, QRBuilder};

use crate::DocumentError;

/// The free border a reader needs, in modules (ISO/IEC 18004 asks for four).
const QUIET: usize = 4;

/// An SVG of the address. Error correction M: a certificate hangs framed behind glass and is
/// rarely torn, while larger modules help old phones.
///
/// # Errors
/// [`DocumentError::AddressTooLong`].
pub(crate) fn svg(address: &str) -> Result<String, DocumentError> {
    let code = QRBuilder::new(address)
        .ecl(ECL::M)
        .build()
        .map_err(|_| DocumentError::AddressTooLong { length: address.len() })?;
    let side = code.size + 2 * QUIET;
    let mut svg = format!(r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}"><path d=""#);
    for row in 0..code.size {
        let modules = &code[row];
        let mut column = 0;
        while column < code.size {
            let run = modules[column..code.size].iter().take_while(|module| module.value()).count();
            if run > 0 {
                let (x, y) = (column + QUIET, row + QUIET);
                write!(svg, "M{x} {y}h{run}v1h-{run}z").expect("a String takes any text");
            }
            column += run + 1;
        }
    }
    svg.push_str(r#""/></svg>"#);
    Ok(svg)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_one_path_with_a_quiet_border() {
        let svg = svg("https://mamis.example/v/1234567").expect("short");
        assert_eq!(svg.matches("<path").count(), 1);
        // The finder pattern's upper edge: seven modules, four away from the border.
        assert!(svg.contains("M4 4h7v1h-7z"), "{svg}");
    }

    #[test]
    fn an_endless_address_is_refused() {
        assert!(matches!(svg(&"a".repeat(5000)), Err(DocumentError::AddressTooLong { length: 5000 })));
    }
}
