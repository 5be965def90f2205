//! Turns plain data into what an office prints, posts or opens in Excel.
//!
//! [`Printer`] sets PDFs from the readable templates in `templates/*.typ`; [`workbook`] and
//! [`csv`] make lists. Nothing here asks a database, a network or a clock: the dates that are
//! printed are in the data, and the same data gives the same bytes.
//!
//! A character that no font can show is an error that names it ([`DocumentError::MissingGlyph`]),
//! never an empty box on a certificate.

mod attendance_certificate;
mod board_packet;
mod certificate;
mod credit_statement;
mod credit_table;
pub mod csv;
mod error;
mod fonts;
mod glyphs;
mod handover;
mod holding_report;
mod joining_notice;
mod labels;
mod my_data;
mod notice_letter;
mod people;
mod post_letter;
mod postcard;
mod printer;
mod qr;
pub mod table;
mod verification;
pub mod workbook;
mod world;

pub use attendance_certificate::{AttendanceCertificate, AttendedSession, SetTogether};
pub use board_packet::{BoardPacket, CoverLetter, FeePaid, PacketRow};
pub use certificate::Certificate;
pub use credit_statement::{CreditStatement, StatementLine};
pub use credit_table::CategoryCredits;
pub use error::DocumentError;
pub use fonts::{FontFolder, RARE_KANJI};
pub use handover::Handover;
pub use holding_report::{Attendees, CreditsGiven, HoldingReport, ReportedSession};
pub use joining_notice::{JoiningNotice, NewMembership};
pub use labels::LabelSheet;
pub use my_data::{DataSheet, MyData};
pub use notice_letter::{NoticeLetter, NotifiedPhysician};
pub use people::{Seal, Signatory};
pub use post_letter::{Address, PostLetter};
pub use postcard::{Postcard, PostcardRun};
pub use printer::{Printer, Sample};
pub use verification::Verification;
