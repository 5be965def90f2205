//! One person at a browser: a connection that is kept, one request after the other, each led on by the page before.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::SendRequest;
use hyper::{Method, StatusCode, header};

use super::drive::{Ask, Encoding, Road, connect, head};
use super::measure::Measured;
use super::server::Server;

/// Between the parts of an upload; no file of a bench holds it.
const BOUNDARY: &str = "----mamis-bench";

/// Somebody who is logged in.
pub(crate) struct Visitor {
    road: Road,
    session: String,
    sender: SendRequest<Full<Bytes>>,
    /// Everything asked so far.
    pub(crate) measured: Measured,
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    /// Its status.
    pub(crate) status: StatusCode,
    /// Where it leads on to; empty for a page.
    pub(crate) location: String,
    /// The page.
    pub(crate) body: String,
}

impl Page {
    /// The value of a hidden field.
    ///
    /// # Errors
    /// A page without it.
    pub(crate) fn hidden(&self, name: &str) -> Result<&str> {
        let mark = format!("name=\"{name}\" value=\"");
        let (_, rest) = self.body.split_once(&mark).with_context(|| format!("no field {name}"))?;
        Ok(rest.split('"').next().unwrap_or_default())
    }
}

impl Visitor {
    /// Somebody with this session.
    ///
    /// # Errors
    /// The server does not listen.
    pub(crate) async fn of(server: &Server, session: &str) -> Result<Self> {
        // Pages are read here, so they come as they are.
        let road = Road { address: server.address, connections: 1, encoding: Encoding::Plain };
        let sender = connect(road.address).await?;
        Ok(Self { road, session: session.to_owned(), sender, measured: Measured::default() })
    }

    /// Opens a page.
    ///
    /// # Errors
    /// It is not shown.
    pub(crate) async fn get(&mut self, path: &str) -> Result<Page> {
        let page = self.send(Method::GET, path, "", Bytes::new()).await?;
        ensure!(page.status == StatusCode::OK, "GET {path}: {}", page.status);
        Ok(page)
    }

    /// Sends a form; where the server leads on to.
    ///
    /// # Errors
    /// It is not taken.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<String> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        let body = Bytes::from(form.finish());
        let page = self.send(Method::POST, path, "application/x-www-form-urlencoded", body).await?;
        taken(path, page)
    }

    /// Sends a form with a file: its field, its name and type, its content.
    ///
    /// # Errors
    /// It is not taken.
    pub(crate) async fn upload(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        (field, name, media_type, content): (&str, &str, &str, &[u8]),
    ) -> Result<String> {
        let mut body = Vec::with_capacity(content.len() + 2_000);
        for (field, value) in fields {
            let part = format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n"
            );
            body.extend(part.into_bytes());
        }
        let part = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
             Content-Type: {media_type}\r\n\r\n"
        );
        body.extend(part.into_bytes());
        body.extend(content);
        body.extend(format!("\r\n--{BOUNDARY}--\r\n").into_bytes());
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let page = self.send(Method::POST, path, &kind, body.into()).await?;
        taken(path, page)
    }

    async fn send(&mut self, method: Method, path: &str, kind: &str, body: Bytes) -> Result<Page> {
        let ask = Ask { method, path: path.to_owned(), session: self.session.clone() };
        let mut request = head(self.road, &ask);
        if !kind.is_empty() {
            request = request.header(header::CONTENT_TYPE, kind).header(header::CONTENT_LENGTH, body.len());
        }
        let request = request.body(Full::new(body))?;
        let began = Instant::now();
        self.sender.ready().await?;
        let (head, body) = self.sender.send_request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        self.measured.latencies.push(began.elapsed());
        self.measured.elapsed += began.elapsed();
        self.measured.bytes += body.len() as u64;
        let location = head.headers.get(header::LOCATION).and_then(|value| value.to_str().ok());
        Ok(Page {
            status: head.status,
            location: location.unwrap_or_default().to_owned(),
            body: String::from_utf8_lossy(&body).into_owned(),
        })
    }
}

fn taken(path: &str, page: Page) -> Result<String> {
    let said: Vec<&str> = page
        .body
        .split("class=\"error-summary")
        .nth(1)
        .iter()
        .flat_map(|text| text.lines())
        .take(12)
        .collect();
    ensure!(page.status == StatusCode::SEE_OTHER, "POST {path}: {} {}", page.status, said.join(" "));
    Ok(page.location)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hidden_field_is_read_and_a_form_that_came_back_is_no_success() {
        let page = |status, body: &str| Page { status, location: "/next".to_owned(), body: body.to_owned() };
        let form = "<input type=\"hidden\" name=\"version\" value=\"7\">";
        assert_eq!(page(StatusCode::OK, form).hidden("version").expect("is there"), "7");
        assert!(page(StatusCode::OK, form).hidden("id").is_err());
        assert_eq!(taken("/x", page(StatusCode::SEE_OTHER, "")).expect("taken"), "/next");
        assert!(taken("/x", page(StatusCode::UNPROCESSABLE_ENTITY, form)).is_err());
    }
}
