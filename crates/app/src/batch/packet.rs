//! The board packet of a batch: what the meeting is given to decide.

use super::ItemResult;
use super::lists::{Item, Page, Sums};
use crate::cx::Cx;
use crate::document::print::told;
use crate::error::{Error, Result};
use mamis_documents::{BoardPacket, CategoryCredits, CoverLetter, FeePaid, PacketRow, Seal, Signatory};
use mamis_rules::association::Tier;
use mamis_rules::base::{Day, Yen};
use uuid::Uuid;

/// Whether a letter to the president stands in front.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cover {
    /// "Applying here counts as applying to the president" [seed].
    Without,
    /// A letter on its own page.
    With,
}

/// What the meeting decides, and what it has decided for: list and letter speak of the same applications, before the
/// meeting and after the batch has gone up. One that was put off or has left is in another packet.
pub(super) fn shown(page: &Page) -> impl Iterator<Item = &Item> {
    page.items.iter().filter(|item| item.is_open() || item.result == ItemResult::Submitted)
}

/// The packet as data.
pub fn packet(cx: &Cx, page: &Page, sums: &[(Uuid, Sums)], cover: Cover, to: &str) -> BoardPacket {
    BoardPacket {
        title: format!("{}用資料", page.body.label()),
        subject: format!("日本医師会{} 新規・更新申請", page.scheme.label()),
        association: page.association.name.clone(),
        meeting: match page.row.held_on {
            Some(day) => format!("{}（{}）", page.body.label(), Day::from(day).era()),
            None => String::new(),
        },
        date: cx.today(),
        cover_letter: match cover {
            Cover::Without => CoverLetter::None,
            Cover::With => letter(page, to),
        },
        rows: shown(page).map(|item| row(page, item, sums)).collect(),
    }
}

fn row(page: &Page, item: &Item, sums: &[(Uuid, Sums)]) -> PacketRow {
    let found =
        sums.iter().find(|(id, _)| *id == item.application).map(|(_, sums)| sums.clone()).unwrap_or_default();
    PacketRow {
        number: item.number.clone(),
        name: item.name.clone(),
        kana: item.kana.clone(),
        kind: item.kind.clone(),
        association: if page.tier == Tier::Municipal { String::new() } else { item.home.clone() },
        credits: found
            .categories
            .into_iter()
            .map(|(category, credits)| CategoryCredits { category, credits })
            .collect(),
        paper: found.paper,
        fee: match (item.fee, item.fee_received_on) {
            (Yen(0), _) => FeePaid::NotAsked,
            (fee, Some(_)) => FeePaid::Received(fee),
            (fee, None) => FeePaid::Due(fee),
        },
        remarks: item.remarks.clone(),
    }
}

fn letter(page: &Page, to: &str) -> CoverLetter {
    let count = shown(page).count();
    CoverLetter::To {
        document_number: page.row.number.clone(),
        addressee: to.to_owned(),
        addressee_title: "会長".to_owned(),
        signatory: Signatory {
            association: page.association.name.clone(),
            title: "会長".to_owned(),
            // Nobody is entered: room to sign is left, since any other name would be a wrong one.
            name: page.association.president.clone().unwrap_or_default(),
        },
        seal: Seal::Stamped,
        paragraphs: vec![format!(
            "日本医師会{}の新規・更新の申請{count}件について、本会で審査しましたので、別紙のとおり申請します。",
            page.scheme.label(),
        )],
    }
}

/// The packet as PDF.
///
/// # Errors
/// [`Error::Refused`] when a name has a character that no font shows.
#[crate::boxed]
pub async fn pdf(cx: &Cx, packet: BoardPacket) -> Result<Vec<u8>> {
    let app = cx.app.clone();
    tokio::task::spawn_blocking(move || app.printer.board_packet(&packet).map_err(told))
        .await
        .map_err(Error::fault)?
}

/// The packet's list as an Excel workbook.
///
/// # Errors
/// A fault when a text is too long for a cell.
#[crate::boxed]
pub async fn workbook(cx: &Cx, packet: BoardPacket) -> Result<Vec<u8>> {
    let app = cx.app.clone();
    tokio::task::spawn_blocking(move || app.printer.board_packet_xlsx(&packet).map_err(told))
        .await
        .map_err(Error::fault)?
}
