//! The text of a mail, with its links to this site made clickable.

/// A piece of a mail's text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// As it is.
    Text(String),
    /// An address of ours, as a path: it works whatever name this machine was called by.
    Link {
        /// Where it leads.
        path: String,
        /// What the mail says.
        text: String,
    },
}

/// Cuts a text at the addresses that begin with ours. Addresses of others stay text.
pub(super) fn pieces(text: &str, public_url: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text;
    let begin = format!("{public_url}/");
    while let Some(at) = rest.find(&begin) {
        let (before, from) = rest.split_at(at);
        let end = from.find(|c: char| !c.is_ascii_graphic() || "<>\"'".contains(c)).unwrap_or(from.len());
        let (address, after) = from.split_at(end);
        if !before.is_empty() {
            pieces.push(Piece::Text(before.to_owned()));
        }
        pieces.push(Piece::Link { path: address[public_url.len()..].to_owned(), text: address.to_owned() });
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_addresses_become_links() {
        let text = "前 http://127.0.0.1:8080/my\n後 https://evil.example/http: http://127.0.0.1:80801/x";
        let link = Piece::Link { path: "/my".to_owned(), text: "http://127.0.0.1:8080/my".to_owned() };
        let after = "\n後 https://evil.example/http: http://127.0.0.1:80801/x";
        assert_eq!(
            pieces(text, "http://127.0.0.1:8080"),
            [Piece::Text("前 ".to_owned()), link, Piece::Text(after.to_owned())]
        );
        assert!(pieces("", "http://127.0.0.1:8080").is_empty());
    }
}
