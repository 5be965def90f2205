//! The chapters and how their Markdown becomes a page.

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};
use rust_embed::RustEmbed;

/// The pictures, taken by `bin/screenshots`.
#[derive(RustEmbed)]
#[folder = "../../docs/manual/img/"]
struct Pictures;

/// A chapter.
pub(super) struct Chapter {
    /// Last part of its address.
    pub(super) slug: &'static str,
    /// What it is called.
    pub(super) title: &'static str,
    /// For whom it is, in a sentence.
    pub(super) about: &'static str,
    /// Its text: Markdown without HTML; headings of the second level carry an id.
    text: &'static str,
}

/// Table: the chapters in their order.
pub(super) const CHAPTERS: &[Chapter] = &[
    Chapter {
        slug: "questions",
        title: "こんなときは",
        about: "したいことから、手続きと画面をさがします。医師の方にも、事務局の方にも。",
        text: include_str!("../../../../docs/manual/questions.md"),
    },
    Chapter {
        slug: "physician",
        title: "医師の方の手引き",
        about: "はじめてのログインから、研修会、単位、認定証、入会・異動・退会まで。",
        text: include_str!("../../../../docs/manual/physician.md"),
    },
    Chapter {
        slug: "municipal",
        title: "郡市区等医師会の手引き",
        about: "会員の手続き、認定の審査と理事会、研修会と受付。どの事務局にも共通の使い方も、この章にあります。",
        text: include_str!("../../../../docs/manual/municipal.md"),
    },
    Chapter {
        slug: "prefectural",
        title: "都道府県医師会の手引き",
        about: "郡市区等医師会から届いた申請と手続きの確認、研修会の承認、日本医師会への送り方。",
        text: include_str!("../../../../docs/manual/prefectural.md"),
    },
    Chapter {
        slug: "national",
        title: "日本医師会の手引き",
        about: "運営委員会と理事会、一括承認、認定証、全国の医師と職員。",
        text: include_str!("../../../../docs/manual/national.md"),
    },
];

/// A heading of a chapter that can be led to.
pub(super) struct Heading {
    /// Its id on the page.
    pub(super) id: String,
    /// What it says.
    pub(super) text: String,
}

/// A chapter as a page shows it.
pub(super) struct Shown {
    /// The headings of the second level.
    pub(super) headings: Vec<Heading>,
    /// HTML.
    pub(super) html: String,
}

impl Chapter {
    /// The chapter for a reader: a link that `may_open` says no to stands there as words.
    pub(super) fn show(&self, may_open: impl Fn(&str) -> bool) -> Shown {
        let options = Options::ENABLE_HEADING_ATTRIBUTES | Options::ENABLE_TABLES;
        let mut events = Vec::new();
        let mut headings: Vec<Heading> = Vec::new();
        let (mut is_heading, mut drops) = (false, false);
        let mut picture: Option<(String, String)> = None;
        for event in Parser::new_ext(self.text, options) {
            match (event, &mut picture) {
                (Event::Start(Tag::Image { dest_url, .. }), _) => {
                    picture = Some((dest_url.into_string(), String::new()));
                }
                (Event::End(TagEnd::Image), Some((file, words))) => {
                    events.push(Event::InlineHtml(image(file, words).into()));
                    picture = None;
                }
                (Event::Text(text), Some((_, words))) => words.push_str(&text),
                (Event::Start(Tag::Link { dest_url, .. }), _) if !may_open(&dest_url) => drops = true,
                (Event::End(TagEnd::Link), _) if drops => drops = false,
                // Chapters are text: what looks like HTML is shown, not obeyed.
                (Event::Html(text) | Event::InlineHtml(text), _) => events.push(Event::Text(text)),
                (event, _) => {
                    note_heading(&event, &mut headings, &mut is_heading);
                    events.push(event);
                }
            }
        }
        let mut html = String::with_capacity(self.text.len() * 2);
        html::push_html(&mut html, events.into_iter());
        Shown { headings, html }
    }
}

fn note_heading(event: &Event<'_>, headings: &mut Vec<Heading>, is_heading: &mut bool) {
    match event {
        Event::Start(Tag::Heading { id: Some(id), .. }) => {
            headings.push(Heading { id: id.to_string(), text: String::new() });
            *is_heading = true;
        }
        Event::End(TagEnd::Heading(_)) => *is_heading = false,
        Event::Text(text) if *is_heading => {
            if let Some(heading) = headings.last_mut() {
                heading.text.push_str(text);
            }
        }
        _ => {}
    }
}

/// A picture of a chapter: file name in, bytes out.
pub(super) fn picture(name: &str) -> Option<rust_embed::EmbeddedFile> {
    Pictures::get(name)
}

/// The widest picture of a phone, in pixels: those are taken at twice their size, to be sharp on paper.
const PHONE: u32 = 800;

fn image(file: &str, words: &str) -> String {
    let name = file.rsplit('/').next().unwrap_or(file);
    let size = picture(name).and_then(|picture| size(&picture.data));
    let size = size.map(|(width, height)| {
        let (width, height) = if width <= PHONE { (width / 2, height / 2) } else { (width, height) };
        format!(" width=\"{width}\" height=\"{height}\"")
    });
    let mut alt = String::new();
    html::push_html(&mut alt, std::iter::once(Event::Text(CowStr::Borrowed(words))));
    let alt = alt.replace('"', "&quot;");
    format!(
        "<img class=\"manual-picture\" src=\"/manual/img/{name}\" alt=\"{alt}\"{}>",
        size.unwrap_or_default()
    )
}

/// Width and height of a WebP picture, so that the page does not jump while pictures load.
/// Layout of the header: RFC 9649, 2.5 to 2.7.
fn size(bytes: &[u8]) -> Option<(u32, u32)> {
    let two = |at: usize| Some(u32::from(u16::from_le_bytes([*bytes.get(at)?, *bytes.get(at + 1)?])));
    match bytes.get(12..16)? {
        b"VP8 " => Some((two(26)? & 0x3fff, two(28)? & 0x3fff)),
        b"VP8L" => {
            let bits = two(21)? | two(23)? << 16;
            Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
        }
        b"VP8X" => Some((two(24)? + 1, two(27)? + 1)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &'static str) -> Shown {
        let chapter = Chapter { slug: "", title: "", about: "", text };
        chapter.show(|path| path != "/closed")
    }

    #[test]
    fn html_in_a_chapter_is_shown_as_text() {
        let page = shown("前 <script>alert(1)</script> 後\n\n<img src=x onerror=y>\n");
        assert!(!page.html.contains("<script") && !page.html.contains("<img"), "{}", page.html);
        assert!(page.html.contains("&lt;script&gt;"), "{}", page.html);
    }

    #[test]
    fn a_page_the_reader_cannot_open_is_named_without_a_link() {
        let page = shown("[開く](/open)と[閉じる](/closed)");
        assert_eq!(page.html, "<p><a href=\"/open\">開く</a>と閉じる</p>\n");
    }

    #[test]
    fn headings_with_an_id_are_listed() {
        let page = shown("## はじめて {#first}\n\n### 小さい見出し\n\n## 「単位」 {#credits}\n");
        let listed: Vec<_> =
            page.headings.iter().map(|line| (line.id.as_str(), line.text.as_str())).collect();
        assert_eq!(listed, [("first", "はじめて"), ("credits", "「単位」")]);
        assert!(page.html.contains("<h2 id=\"first\">"), "{}", page.html);
    }

    #[test]
    fn pictures_say_what_they_show_and_how_large_they_are() {
        let page = shown("![「更新」の画面](img/nothing.webp)");
        assert!(
            page.html.contains("src=\"/manual/img/nothing.webp\" alt=\"「更新」の画面\">"),
            "{}",
            page.html
        );
        let header = |kind: &[u8; 4], rest: &[u8]| [b"RIFF\0\0\0\0WEBP", kind.as_slice(), rest].concat();
        let lossy = header(b"VP8 ", &[0, 0, 0, 0, 0, 0, 0, 0x9d, 0x01, 0x2a, 0x86, 0x01, 0x20, 0x03]);
        assert_eq!(size(&lossy), Some((390, 800)));
        let large = header(b"VP8X", &[0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0x04, 0, 0x1f, 0x03, 0]);
        assert_eq!(size(&large), Some((1280, 800)));
        assert_eq!(size(b"no picture"), None);
    }
}
