//! A file as the checks see it: its text, and for Rust its code without comments and strings.

use std::path::Path;

use anyhow::Context;

/// A file of the repository.
pub(super) struct Source {
    /// Path from the root, with `/`.
    pub(super) path: String,
    /// The text as it stands.
    pub(super) text: String,
    /// Rust only: the text with comments and literals blanked, every line where it was.
    pub(super) code: String,
    /// Rust only: `code` with `#[cfg(test)]` items blanked too; empty for files of tests.
    pub(super) product: String,
}

impl Source {
    pub(super) fn new(path: &str, text: &str) -> Self {
        let rust = path.ends_with(".rs");
        let code = if rust { without_literals(text) } else { String::new() };
        let product = if is_test(path) { String::new() } else { without_tests(&code) };
        Source { path: path.to_owned(), text: text.to_owned(), code, product }
    }

    /// The path's folders and the file's stem: `crates/app/src/signup/lists.rs` ends in `signup`, `lists`.
    pub(super) fn parts(&self) -> impl Iterator<Item = &str> {
        self.path.strip_suffix(".rs").unwrap_or(&self.path).split('/')
    }

    /// Whether the first line says that the file is a table, which may be as long as its subject.
    pub(super) fn is_table(&self) -> bool {
        self.text.lines().next().is_some_and(|line| line.contains("Table:"))
    }
}

/// The 1-based line of a byte offset.
pub(super) fn line_of(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count() + 1
}

/// The offset of the bracket that closes the one at `open`, if the text has it.
pub(super) fn closing(text: &str, open: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let (left, right) = match bytes[open] {
        b'(' => (b'(', b')'),
        b'[' => (b'[', b']'),
        _ => (b'{', b'}'),
    };
    let mut depth = 0_usize;
    for (offset, byte) in bytes.iter().enumerate().skip(open) {
        if *byte == left {
            depth += 1;
        } else if *byte == right {
            depth -= 1;
            if depth == 0 {
                return Some(offset);
            }
        }
    }
    None
}

/// Every place where `word` stands alone, not as part of a longer name.
pub(super) fn words<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let part_of_name = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    text.match_indices(word).map(|(offset, _)| offset).filter(move |offset| {
        let bytes = text.as_bytes();
        let starts = !word.as_bytes()[0].is_ascii_alphanumeric()
            || *offset == 0
            || !part_of_name(bytes.get(offset - 1));
        let last = word.as_bytes()[word.len() - 1];
        let ends =
            !(last.is_ascii_alphanumeric() || last == b'_') || !part_of_name(bytes.get(offset + word.len()));
        starts && ends
    })
}

/// Folders of the root that are no source: built, downloaded or loaded.
const NO_SOURCE: &[&str] = &[".git", "data", "target", "tmp"];

/// All text files below the root. git is not asked: it refuses a checkout that belongs to somebody else.
pub(super) fn read_all(root: &Path) -> anyhow::Result<Vec<Source>> {
    let mut sources = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            let name = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
            if path.is_dir() && !NO_SOURCE.contains(&name.as_str()) {
                folders.push(path);
            } else if path.is_file() {
                // Fonts and pictures are no text.
                if let Ok(text) = String::from_utf8(std::fs::read(&path).with_context(|| name.clone())?) {
                    sources.push(Source::new(&name, &text));
                }
            }
        }
    }
    Ok(sources)
}

/// Tests, and what only tests use.
fn is_test(path: &str) -> bool {
    path.starts_with("e2e/")
        || path
            .split('/')
            .any(|part| part == "tests" || part == "tests.rs" || part == "testing.rs" || part == "benches")
}

/// Blanks every item under `#[cfg(test)]`.
fn without_tests(code: &str) -> String {
    let mut bytes = code.as_bytes().to_vec();
    for (offset, attribute) in code.match_indices("#[cfg(test)]") {
        let after = offset + attribute.len();
        let end = match code[after..].find(['{', ';']) {
            Some(found) if code.as_bytes()[after + found] == b'{' => closing(code, after + found),
            Some(found) => Some(after + found),
            None => None,
        };
        blank(&mut bytes, offset, end.map_or(code.len(), |end| end + 1));
    }
    String::from_utf8(bytes).expect("only ASCII was blanked, whole characters stay")
}

/// Blanks comments, strings and characters, so that a search finds code only.
fn without_literals(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at] {
            b'/' if bytes.get(at + 1) == Some(&b'/') => line_end(bytes, at),
            b'/' if bytes.get(at + 1) == Some(&b'*') => block_comment_end(bytes, at),
            b'"' => string_end(bytes, at),
            b'r' if !follows_name(bytes, at) => raw_string_end(bytes, at).unwrap_or(at),
            b'b' if !follows_name(bytes, at) && bytes.get(at + 1) == Some(&b'r') => {
                raw_string_end(bytes, at + 1).unwrap_or(at)
            }
            b'\'' => character_end(text, at).unwrap_or(at),
            _ => at,
        };
        if end > at {
            blank(&mut code, at, end);
            at = end;
        } else {
            at += 1;
        }
    }
    String::from_utf8(code).expect("literals and comments were blanked as whole characters")
}

fn blank(bytes: &mut [u8], from: usize, to: usize) {
    for byte in &mut bytes[from..to] {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
}

fn follows_name(bytes: &[u8], at: usize) -> bool {
    at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_' || bytes[at - 1] == b'b')
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |found| at + found)
}

fn block_comment_end(bytes: &[u8], mut at: usize) -> usize {
    let mut depth = 0_usize;
    while at < bytes.len() {
        match &bytes[at..bytes.len().min(at + 2)] {
            b"/*" => {
                depth += 1;
                at += 2;
            }
            b"*/" => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    bytes.len()
}

fn string_end(bytes: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// The end of `r"…"` or `r#"…"#` beginning at `at`; nothing if no raw string begins there.
fn raw_string_end(bytes: &[u8], at: usize) -> Option<usize> {
    let hashes = bytes[at + 1..].iter().take_while(|byte| **byte == b'#').count();
    let quote = at + 1 + hashes;
    if bytes.get(quote) != Some(&b'"') {
        return None;
    }
    let mut end = Vec::with_capacity(hashes + 1);
    end.push(b'"');
    end.resize(hashes + 1, b'#');
    let body = &bytes[quote + 1..];
    let found = body.windows(end.len()).position(|window| window == end);
    Some(found.map_or(bytes.len(), |found| quote + 1 + found + end.len()))
}

/// The end of a character literal; nothing for a lifetime.
fn character_end(text: &str, at: usize) -> Option<usize> {
    let rest = &text[at + 1..];
    if let Some(escaped) = rest.strip_prefix('\\') {
        let skipped = escaped.chars().next()?.len_utf8();
        return escaped[skipped..].find('\'').map(|found| at + 1 + 1 + skipped + found + 1);
    }
    let character = rest.chars().next()?;
    rest[character.len_utf8()..].starts_with('\'').then(|| at + 1 + character.len_utf8() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blanked_and_lines_stay() {
        let check = |text: &str, code: &str| assert_eq!(without_literals(text), code, "{text}");
        check("a // now()\nb", "a         \nb");
        check("a /* x /* y */ z */ b", "a                   b");
    }

    #[test]
    fn a_quote_in_a_character_or_a_lifetime_opens_no_string() {
        for text in ["match c { '\"' => now() }", "fn f<'a>(x: &'a str) { now() }", r"let q = '\''; now()"] {
            assert!(without_literals(text).contains("now()"), "{text}");
        }
    }

    #[test]
    fn strings_of_every_kind_are_blanked() {
        for text in [r#""now()""#, r##"r"now()""##, r###"r#"a " now()"#"###, r#"b"now()""#, r#""\" now()""#] {
            assert!(!without_literals(text).contains("now()"), "{text}");
        }
    }

    #[test]
    fn multibyte_text_keeps_its_place() {
        let code = without_literals("let a = \"実地\"; let b = '髙'; // 更新\nnow()");
        assert_eq!(line_of(&code, code.find("now()").unwrap()), 2);
    }

    #[test]
    fn tests_are_no_product() {
        let text = "fn a() { one() }\n#[cfg(test)]\nmod tests { fn b() { two() } }\nfn c() { three() }";
        let source = Source::new("crates/app/src/a.rs", text);
        assert!(source.product.contains("one()") && source.product.contains("three()"));
        assert!(!source.product.contains("two()"));
        assert!(Source::new("crates/app/tests/a.rs", text).product.is_empty());
    }

    #[test]
    fn a_word_is_no_part_of_another() {
        assert_eq!(words("now() renow() now_v7() x.now()", "now(").count(), 2);
        assert_eq!(words(".unwrap() .unwrap_or()", ".unwrap()").count(), 1);
    }
}
