//! One HTTP request, without a browser: for files, and for what WebDriver has no words for.

use anyhow::{Context, Result, ensure};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Header lines as sent, one a line.
    pub head: String,
    /// The content.
    pub body: Vec<u8>,
}

impl Answer {
    /// The content as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Speaks to a server that ends an answer by closing the connection, or says its length: so nothing of
/// chunks or connections kept needs reading.
fn exchange(port: u16, request: &str, body: &[u8]) -> Result<Answer> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).with_context(|| format!("port {port}"))?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    stream.write_all(request.as_bytes())?;
    stream.write_all(body)?;
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        ensure!(
            reader.read_line(&mut head).with_context(|| request.to_owned())? > 0,
            "half an answer: {head:?}"
        );
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let mut body = vec![0; length.unwrap_or_default()];
    match length {
        Some(_) => reader.read_exact(&mut body)?,
        None => drop(reader.read_to_end(&mut body)?),
    }
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).context("no status")?;
    Ok(Answer { status, head, body })
}

/// GET of a path, with a cookie header when it is not empty.
///
/// # Errors
/// When nobody answers.
pub(crate) fn get(port: u16, path: &str, cookie: &str) -> Result<Answer> {
    let cookie = if cookie.is_empty() { String::new() } else { format!("Cookie: {cookie}\r\n") };
    // 1.0, so that nothing comes in chunks.
    exchange(port, &format!("GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n{cookie}\r\n"), b"")
}

/// POST of JSON to a driver; the answer's `value`.
///
/// # Errors
/// When nobody answers, or the answer is an error.
pub(crate) fn command(port: u16, path: &str, body: &serde_json::Value) -> Result<serde_json::Value> {
    let body = body.to_string();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let answer = exchange(port, &request, body.as_bytes())?;
    ensure!(answer.status == 200, "{path}: {}", answer.text());
    let answer: serde_json::Value = serde_json::from_slice(&answer.body)?;
    Ok(answer["value"].clone())
}

/// Asks a driver to end, and its browsers with it.
///
/// # Errors
/// When it does not answer.
pub(crate) fn end_driver(port: u16) -> Result<()> {
    exchange(port, &format!("GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"), b"").map(drop)
}
