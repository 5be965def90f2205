//! Files that are sent in place of a list, by their first bytes or the names of their parts.

/// What a file is that is neither CSV nor a workbook, as its sender calls it; none where only reading it can tell.
pub(super) fn other(content: &[u8]) -> Option<&'static str> {
    let text = content.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(content).trim_ascii_start();
    match content {
        [b'P', b'K', 3, 4, ..] => packed(content),
        [0xFF, 0xD8, 0xFF, ..] => Some("写真や画像（JPEG）"),
        [0x89, b'P', b'N', b'G', ..] => Some("画像（PNG）"),
        [b'G', b'I', b'F', b'8', ..] => Some("画像（GIF）"),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => Some("写真か動画（HEICなど）"),
        _ => STARTS.iter().find(|(start, _)| text.starts_with(start)).map(|(_, name)| *name),
    }
}

/// Table: how texts begin that are no lists.
const STARTS: [(&[u8], &str); 8] = [
    (b"%PDF-", "PDF"),
    (b"{\\rtf", "文書（RTF）"),
    (b"<!", "ウェブページ（HTML・XML）"),
    (b"<?xml", "ウェブページ（HTML・XML）"),
    (b"<html", "ウェブページ（HTML・XML）"),
    (b"<HTML", "ウェブページ（HTML・XML）"),
    (b"{", "データのファイル（JSON）"),
    (b"[{", "データのファイル（JSON）"),
];

/// Table: parts by which archives are known.
const PARTS: [(&[u8], &str); 4] = [
    (b"word/document", "Wordの文書"),
    (b"ppt/presentation", "PowerPointの資料"),
    (b"opendocument", "OpenDocumentの文書"),
    (b"Index/Document.iwa", "NumbersやPagesの文書"),
];

/// An archive that holds no workbook.
fn packed(content: &[u8]) -> Option<&'static str> {
    let has = |part: &[u8]| content.windows(part.len()).any(|bytes| bytes == part);
    if has(b"xl/workbook") {
        return None;
    }
    let known = PARTS.iter().find(|(part, _)| has(part)).map(|(_, name)| *name);
    // Whatever Office packs has this part: its reader says what is wrong with it.
    known.or_else(|| (!has(b"[Content_Types].xml")).then_some("圧縮したファイル（ZIP）"))
}

#[cfg(test)]
mod tests {
    use super::other;

    #[test]
    fn files_are_called_what_they_are() {
        for (content, name) in [
            (&b"%PDF-1.4"[..], Some("PDF")),
            (b"\xFF\xD8\xFF\xE0", Some("写真や画像（JPEG）")),
            (b"\x89PNG\r\n\x1a\n", Some("画像（PNG）")),
            (b"GIF89a", Some("画像（GIF）")),
            (b"\0\0\0\x18ftypheic", Some("写真か動画（HEICなど）")),
            (b"PK\x03\x04[Content_Types].xml word/document.xml", Some("Wordの文書")),
            (b"PK\x03\x04 photo.jpg", Some("圧縮したファイル（ZIP）")),
            (b"PK\x03\x04[Content_Types].xml xl/workbook.xml word/document", None),
            (b"\xEF\xBB\xBF\n<!doctype html>", Some("ウェブページ（HTML・XML）")),
            (b"{\\rtf1", Some("文書（RTF）")),
            (b" {\"a\": 1}", Some("データのファイル（JSON）")),
            (b"", None),
            ("氏名,カナ".as_bytes(), None),
            (b"[memo],x", None),
            ("<会員の一覧>,".as_bytes(), None),
        ] {
            assert_eq!(other(content), name, "{}", String::from_utf8_lossy(content));
        }
    }
}
