//! Where somebody is led after a login: to a page of ours, wherever the link came from.

/// The path to go on to; the first page for anything that could lead elsewhere. Browsers read `//host`,
/// `/\host` and a path with a tab or line break in it as another site.
pub fn local_path(next: &str) -> &str {
    let mut bytes = next.bytes();
    let is_local = bytes.next() == Some(b'/')
        && !matches!(bytes.next(), Some(b'/' | b'\\'))
        && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_local { next } else { "/" }
}

/// A path as the value of a query.
pub fn encoded(path: &str) -> String {
    form_urlencoded::byte_serialize(path.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_are_led_to() {
        for own in ["/", "/my", "/trainings?q=%E5%AE%9F&page=2", "/applications/7/decisions"] {
            assert_eq!(local_path(own), own);
        }
        for elsewhere in [
            "",
            "my",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example/",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/my\r\nSet-Cookie: a=b",
            "/a\\b",
            "/研修",
        ] {
            assert_eq!(local_path(elsewhere), "/", "{elsewhere:?}");
        }
    }

    #[test]
    fn a_path_travels_in_a_query() {
        assert_eq!(encoded("/trainings?q=a&page=2"), "%2Ftrainings%3Fq%3Da%26page%3D2");
    }
}
