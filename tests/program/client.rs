//! A small HTTP client: one connection a request, and it knows how far it came when the server dies.

use crate::process::text;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;

/// Somebody with cookies.
#[derive(Clone, Debug, Default)]
pub(crate) struct Client {
    address: String,
    /// By name.
    pub(crate) cookies: BTreeMap<String, String>,
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

/// Why nothing came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// Nobody listens: nothing was asked.
    NotAsked,
    /// Asked, and left without a whole answer.
    NotAnswered,
}

impl Answer {
    /// Reads an answer that ended with its connection.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let whole = text(bytes);
        let (head, body) = whole.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some(Self { status, head: head.to_owned(), body: body.to_owned() })
    }

    /// The values of a header.
    pub(crate) fn headers(&self, name: &str) -> Vec<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).collect()
    }

    /// The value of a header that must be there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers(name).first().unwrap_or_else(|| panic!("no {name} in {}", self.head))
    }
}

impl Client {
    /// Somebody who is not logged in.
    pub(crate) fn new(address: &str) -> Self {
        Self { address: address.to_owned(), cookies: BTreeMap::new() }
    }

    /// Somebody with a session.
    pub(crate) fn with_session(address: &str, session: &str) -> Self {
        let mut client = Self::new(address);
        client.cookies.insert("mamis_session".to_owned(), session.to_owned());
        client
    }

    pub(crate) fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", path, &[], "").expect("answers")
    }

    pub(crate) fn get_with(&mut self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.ask("GET", path, headers, "").expect("answers")
    }

    pub(crate) fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.try_post(path, fields).expect("answers")
    }

    /// Sends a form of one of our own pages.
    pub(crate) fn try_post(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<Answer, Broken> {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields);
        let headers =
            [("Sec-Fetch-Site", "same-origin"), ("Content-Type", "application/x-www-form-urlencoded")];
        self.ask("POST", path, &headers, &body.finish())
    }

    /// Sends a form with a small PDF in this field.
    pub(crate) fn upload(&mut self, path: &str, fields: &[(&str, &str)], file: &str) -> Answer {
        const BOUNDARY: &str = "----mamis-test";
        let part = |head: String, value: &str| {
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n{value}\r\n")
        };
        let mut body: String =
            fields.iter().map(|(name, value)| part(format!("name=\"{name}\""), value)).collect();
        let head = format!("name=\"{file}\"; filename=\"a.pdf\"\r\nContent-Type: application/pdf");
        body.push_str(&part(head, "%PDF-1.7"));
        body.push_str(&format!("--{BOUNDARY}--\r\n"));
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let headers = [("Sec-Fetch-Site", "same-origin"), ("Content-Type", kind.as_str())];
        self.ask("POST", path, &headers, &body).expect("answers")
    }

    fn ask(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Answer, Broken> {
        let mut stream = TcpStream::connect(&self.address).map_err(|_| Broken::NotAsked)?;
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n{}", self.address, self.cookie());
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str(&format!("Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()));
        let mut bytes = Vec::new();
        stream
            .write_all(request.as_bytes())
            .and_then(|()| stream.read_to_end(&mut bytes))
            .map_err(|_| Broken::NotAnswered)?;
        let answer = Answer::read(&bytes).ok_or(Broken::NotAnswered)?;
        self.keep(&answer);
        Ok(answer)
    }

    /// The line with the cookies; empty without any.
    pub(crate) fn cookie(&self) -> String {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if cookies.is_empty() { String::new() } else { format!("Cookie: {}\r\n", cookies.join("; ")) }
    }

    fn keep(&mut self, answer: &Answer) {
        for cookie in answer.headers("set-cookie") {
            let (pair, attributes) = cookie.split_once(';').expect("attributes");
            let (name, value) = pair.split_once('=').expect("a value");
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}
