//! Reading forms: the fields as they were typed, uploads checked by content.

use crate::error::WebError;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{StatusCode, header};
use mamis_app::{App, Error, Problem};
use mamis_rules::base::AttachmentId;
use std::sync::{Arc, OnceLock};

/// A submitted form: every field as typed, so that it can be shown again, and the uploads.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    values: Vec<(String, String)>,
    /// Files, in the order of the form; empty file fields are left out.
    uploads: Vec<Upload>,
    /// Files that were not taken, each with the reason.
    untaken: Vec<Problem>,
    /// Those of them that a reader of lists may judge: field, name on the sender's device, bytes.
    sheets: Vec<(String, String, Vec<u8>)>,
}

/// An uploaded file, already known to be of a kind we take.
#[derive(Clone, Debug)]
pub struct Upload {
    /// Field of the form.
    pub field: String,
    /// Name on the sender's device.
    pub file_name: String,
    /// By content.
    pub media_type: &'static str,
    /// The bytes.
    pub content: Vec<u8>,
}

impl Fields {
    /// The trimmed value of a field; empty when it was not sent.
    pub fn text(&self, name: &str) -> &str {
        self.values.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value.trim())
    }

    /// The value exactly as typed, for names, which are never changed.
    pub fn raw(&self, name: &str) -> &str {
        self.values.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }

    /// All values of a field, e.g. ticked boxes.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.values.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// Every field as typed.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// A field that must not be empty.
    pub fn required(&self, name: &str, sentence: &str, problems: &mut Vec<Problem>) -> String {
        let value = self.text(name);
        if value.is_empty() {
            problems.push(Problem::at(name, sentence));
        }
        value.to_owned()
    }

    /// The numbers of repeated rows: `lines.0.title`, `lines.3.title` → 0, 3.
    pub fn rows(&self, list: &str) -> Vec<usize> {
        let mut rows: Vec<usize> = self
            .values
            .iter()
            .filter_map(|(name, _)| {
                name.strip_prefix(list)?.strip_prefix('.')?.split('.').next()?.parse().ok()
            })
            .collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    /// The files, and what was wrong with those that cannot be taken: the form says it beside the field and
    /// keeps everything else.
    pub fn take_uploads(&mut self) -> (Vec<Upload>, Vec<Problem>) {
        (std::mem::take(&mut self.uploads), std::mem::take(&mut self.untaken))
    }

    /// The list chosen in a field, CSV or workbook, with its name on the sender's device. Whether it is one, its reader
    /// finds out; a form that asks for none never takes it.
    pub fn take_sheet(&mut self, field: &str) -> Option<(String, Vec<u8>)> {
        if let Some(at) = self.uploads.iter().position(|upload| upload.field == field) {
            let upload = self.uploads.swap_remove(at);
            return Some((upload.file_name, upload.content));
        }
        let at = self.sheets.iter().position(|(name, ..)| name == field)?;
        self.untaken.retain(|problem| problem.field != field);
        let (_, file_name, content) = self.sheets.swap_remove(at);
        Some((file_name, content))
    }

    /// Notes that a file of a field is held on the server, so that the form shown again carries it along.
    pub fn note_held(&mut self, field: &str, file_name: &str, id: AttachmentId) {
        for (name, value) in [("held", id.to_string()), ("held_name", file_name.to_owned())] {
            let name = format!("{field}.{name}");
            self.values.retain(|(field, _)| *field != name);
            self.values.push((name, value));
        }
    }

    /// The file held for a field.
    pub fn held(&self, field: &str) -> Option<AttachmentId> {
        self.text(&format!("{field}.held")).parse().ok()
    }

    /// For tests and for forms kept elsewhere.
    pub fn from_pairs(values: Vec<(String, String)>) -> Self {
        Self { values, ..Self::default() }
    }
}

impl FromRequest<Arc<App>> for Fields {
    type Rejection = WebError;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, WebError> {
        let typed = request.extensions().get::<Typed>().cloned();
        let fields = Self::read(request, app).await?;
        if let Some(typed) = typed {
            typed.keep(&fields);
        }
        Ok(fields)
    }
}

impl Fields {
    async fn read(request: Request, app: &Arc<App>) -> Result<Self, WebError> {
        let is_multipart = request
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/form-data"));
        if is_multipart {
            let multipart = Multipart::from_request(request, app).await.map_err(unreadable)?;
            return read_multipart(multipart, app.settings.upload.max_mib).await;
        }
        let body = axum::body::Bytes::from_request(request, app).await.map_err(unreadable)?;
        let values = form_urlencoded::parse(&body).into_owned().collect();
        Ok(Self::from_pairs(values))
    }
}

/// The fields in which people write sentences, and the words over them when they are given back. Everything else is
/// chosen again in a moment, or is a secret and must not be shown.
const WRITTEN: &[(&str, &str)] = &[
    ("comment", "コメント・理由"),
    ("reason", "理由"),
    ("remarks", "備考・連絡"),
    ("summary", "内容の紹介"),
    ("note_to_approver", "連絡事項"),
];

/// A sentence as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// Field of the form.
    pub(crate) name: String,
    /// The word over it.
    pub(crate) label: &'static str,
    /// What was typed.
    pub(crate) text: String,
}

/// What was written in the form of a request, for the page that says why it was not taken.
#[derive(Clone, Debug, Default)]
pub(crate) struct Typed(Arc<OnceLock<Vec<Written>>>);

impl Typed {
    fn keep(&self, fields: &Fields) {
        // `comment.<id>` is the comment on one row.
        let written = |(name, text): (&str, &str)| {
            let word = name.split('.').next()?;
            let (_, label) = WRITTEN.iter().find(|(known, _)| *known == word)?;
            let text = text.trim();
            (!text.is_empty()).then(|| Written {
                name: format!("typed-{name}"),
                label,
                text: text.to_owned(),
            })
        };
        // Only the first form of a request counts, and there is but one.
        let _ = self.0.set(fields.iter().filter_map(written).collect());
    }

    /// The sentences, in the order of the form; none when there was no form.
    pub(crate) fn written(&self) -> &[Written] {
        self.0.get().map_or(&[], Vec::as_slice)
    }
}

async fn read_multipart(mut multipart: Multipart, max_mib: usize) -> Result<Fields, WebError> {
    let mut fields = Fields::default();
    while let Some(part) = multipart.next_field().await.map_err(unreadable)? {
        let name = part.name().unwrap_or_default().to_owned();
        let Some(file_name) = part.file_name().map(str::to_owned) else {
            fields.values.push((name, part.text().await.map_err(unreadable)?));
            continue;
        };
        let content = part.bytes().await.map_err(unreadable)?.to_vec();
        if content.is_empty() {
            // A browser sends a field without a name where nothing was chosen.
            if !file_name.is_empty() {
                let text = format!("「{file_name}」には何も入っていません。ファイルを選び直してください。");
                fields.untaken.push(Problem::at(&name, &text));
                fields.sheets.push((name, file_name, content));
            }
            continue;
        }
        if content.len() > max_mib * 1024 * 1024 {
            let text =
                format!("「{file_name}」は大きすぎます。{max_mib}MBまでのファイルを選び直してください。");
            fields.untaken.push(Problem::at(&name, &text));
            continue;
        }
        match media_type(&content) {
            Some(media_type) => fields.uploads.push(Upload { field: name, file_name, media_type, content }),
            None => {
                fields.untaken.push(Problem::at(&name, &format!(
                    "「{file_name}」の中身を確認できませんでした。PDF、JPEG、PNG、HEICのどれかのファイルを選び直してください。"
                )));
                fields.sheets.push((name, file_name, content));
            }
        }
    }
    Ok(fields)
}

/// The kind of a file by its first bytes; what the sender calls it does not count.
fn media_type(content: &[u8]) -> Option<&'static str> {
    const HEIC_BRANDS: [&[u8]; 4] = [b"heic", b"heix", b"mif1", b"msf1"];
    match content {
        [b'%', b'P', b'D', b'F', b'-', ..] => Some("application/pdf"),
        [0xFF, 0xD8, 0xFF, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => Some("image/png"),
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..]
            if HEIC_BRANDS.iter().any(|b| brand.starts_with(b)) =>
        {
            Some("image/heic")
        }
        _ => None,
    }
}

fn unreadable(error: impl std::fmt::Display) -> WebError {
    tracing::info!(%error, "a form could not be read");
    Error::invalid(
        "",
        "送信された内容を読み取れませんでした。ファイルが大きすぎないか確認して、もう一度送信してください。",
    )
    .into()
}

/// Problems beside their fields, for templates.
#[derive(Clone, Debug, Default)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// The sentence beside a field; empty when there is none.
    pub fn of(&self, field: &str) -> &str {
        self.0.iter().find(|problem| problem.field == field).map_or("", |problem| &problem.text)
    }

    /// With which status a form is shown: 422 when something must be mended.
    pub fn status(&self) -> StatusCode {
        if self.0.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
    }

    /// What could not be read in a form, and what the action says of the other fields.
    pub fn read_and_told(mut read: Vec<Problem>, told: Vec<Problem>) -> Self {
        let told = told.into_iter().filter(|one| read.iter().all(|unread| unread.field != one.field));
        let told: Vec<Problem> = told.collect();
        read.extend(told);
        Self(read)
    }
}

impl std::ops::Deref for Problems {
    type Target = Vec<Problem>;

    fn deref(&self) -> &Vec<Problem> {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_content() {
        let check = |content: &[u8]| media_type(content);
        assert_eq!(check(b"%PDF-1.7 ..."), Some("application/pdf"));
        assert_eq!(check(&[0xFF, 0xD8, 0xFF, 0xE0]), Some("image/jpeg"));
        assert_eq!(check(b"\0\0\0\x18ftypheic...."), Some("image/heic"));
        assert_eq!(check(b"<html><script>"), None);
        assert_eq!(check(b"MZ..."), None);
        assert_eq!(check(b"<svg onload="), None);
    }

    #[test]
    fn repeated_rows_keep_their_numbers() {
        let pairs =
            [("lines.3.title", "b"), ("lines.0.title", "a"), ("lines.0.host", "h"), ("linesx.9.t", "")];
        let fields = Fields::from_pairs(pairs.map(|(n, v)| (n.to_owned(), v.to_owned())).to_vec());
        assert_eq!(fields.rows("lines"), [0, 3]);
    }
}
