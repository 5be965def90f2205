//! Browsers by the dozen: connections that are kept, each asking again as soon as it has its answer.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use http_body_util::{BodyExt, Empty};
use hyper::body::{Body, Bytes};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::http::request::Builder;
use hyper::{Method, Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::{JoinSet, LocalSet};

use super::measure::Measured;

/// One request to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    /// GET or POST, the latter with an empty form.
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) path: String,
    /// Value of the session cookie; empty for a guest.
    pub(crate) session: String,
}

/// What the bodies may be packed with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Encoding {
    /// As every browser asks.
    #[default]
    Gzip,
    /// As behind a proxy that packs them itself.
    Plain,
}

/// Where to and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Road {
    /// The server.
    pub(crate) address: SocketAddr,
    /// Connections at once.
    pub(crate) connections: usize,
    /// What the bodies may be packed with.
    pub(crate) encoding: Encoding,
}

/// An answer that counts, and what it was.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// Its status.
    pub(crate) status: StatusCode,
    /// Its `Location`, where it has one.
    pub(crate) location: String,
}

/// How long the answers took, and each with the number of its request.
type Answers = (Measured, Vec<(usize, Answer)>);

/// Sends so many requests, all of which must be answered with the status wanted.
///
/// # Errors
/// A connection that breaks, or the first answer with another status.
pub(crate) async fn drive(
    road: Road,
    count: usize,
    wanted: StatusCode,
    ask: impl Fn(usize) -> Ask + Clone + 'static,
) -> Result<Measured> {
    let (measured, answers) = answers(road, count, ask.clone()).await?;
    let mut others: BTreeMap<String, usize> = BTreeMap::new();
    for (number, answer) in &answers {
        if answer.status != wanted {
            *others.entry(format!("{} {}", answer.status, ask(*number).path)).or_default() += 1;
        }
    }
    if let Some((what, times)) = others.iter().next() {
        bail!(
            "{times} of {count} requests were not answered with {wanted}: {what}, and {} others",
            others.len() - 1
        );
    }
    Ok(measured)
}

/// Sends so many requests and keeps what came back, each with the number of its request.
///
/// # Errors
/// A connection that breaks.
pub(crate) async fn answers(
    road: Road,
    count: usize,
    ask: impl Fn(usize) -> Ask + Clone + 'static,
) -> Result<Answers> {
    LocalSet::new()
        .run_until(async move {
            let mut senders = Vec::new();
            for _ in 0..road.connections {
                senders.push(connect(road.address).await?);
            }
            let next = Rc::new(Cell::new(0));
            let mut tasks = JoinSet::new();
            let began = Instant::now();
            for sender in senders {
                tasks.spawn_local(ask_on(sender, road, next.clone(), count, ask.clone()));
            }
            let (mut measured, all) = gather(tasks).await?;
            measured.elapsed = began.elapsed();
            Ok((measured, all))
        })
        .await
}

async fn gather(mut tasks: JoinSet<Result<Answers>>) -> Result<Answers> {
    let (mut measured, mut all) = (Measured::default(), Vec::new());
    while let Some(done) = tasks.join_next().await {
        let (part, answers) = done.context("a connection of the bench")??;
        measured += part;
        all.extend(answers);
    }
    Ok((measured, all))
}

/// One connection, until all requests are taken.
async fn ask_on(
    mut sender: SendRequest<Empty<Bytes>>,
    road: Road,
    next: Rc<Cell<usize>>,
    count: usize,
    ask: impl Fn(usize) -> Ask,
) -> Result<Answers> {
    let (mut measured, mut answers) = (Measured::default(), Vec::new());
    loop {
        let number = next.get();
        if number >= count {
            return Ok((measured, answers));
        }
        next.set(number + 1);
        let began = Instant::now();
        let (answer, bytes) = send(&mut sender, request(road, &ask(number))?).await?;
        measured.latencies.push(began.elapsed());
        measured.bytes += bytes;
        answers.push((number, answer));
    }
}

async fn send(
    sender: &mut SendRequest<Empty<Bytes>>,
    request: Request<Empty<Bytes>>,
) -> Result<(Answer, u64)> {
    sender.ready().await?;
    let (head, body) = sender.send_request(request).await?.into_parts();
    let body = body.collect().await?.to_bytes();
    let location = head.headers.get(header::LOCATION).and_then(|value| value.to_str().ok());
    let answer = Answer { status: head.status, location: location.unwrap_or("").to_owned() };
    Ok((answer, body.len() as u64))
}

/// Sends so many requests over several servers, each at its own moment whether or not those before are answered, as
/// people do who do not know of each other. A duration counts from that moment: a request that has to wait for its
/// connection was waiting for the server.
///
/// # Errors
/// A connection that breaks.
pub(crate) async fn on_time(
    roads: Vec<Road>,
    count: usize,
    every: Duration,
    ask: impl Fn(usize) -> Ask + Clone + 'static,
) -> Result<Answers> {
    LocalSet::new()
        .run_until(async move {
            let mut senders = Vec::new();
            for _ in 0..roads.first().map_or(0, |road| road.connections) {
                for road in &roads {
                    senders.push((connect(road.address).await?, *road));
                }
            }
            let lanes = senders.len();
            let mut tasks = JoinSet::new();
            let began = tokio::time::Instant::now();
            for (lane, (mut sender, road)) in senders.into_iter().enumerate() {
                let ask = ask.clone();
                tasks.spawn_local(async move {
                    let (mut measured, mut answers) = (Measured::default(), Vec::new());
                    for number in (lane..count).step_by(lanes) {
                        let due = began + every * u32::try_from(number)?;
                        tokio::time::sleep_until(due).await;
                        let (answer, bytes) = send(&mut sender, request(road, &ask(number))?).await?;
                        measured.latencies.push(due.elapsed());
                        measured.bytes += bytes;
                        answers.push((number, answer));
                    }
                    anyhow::Ok((measured, answers))
                });
            }
            let (mut measured, all) = gather(tasks).await?;
            measured.elapsed = began.elapsed();
            Ok((measured, all))
        })
        .await
}

/// A connection that is kept.
///
/// # Errors
/// Nobody listens there.
pub(super) async fn connect<B>(address: SocketAddr) -> Result<SendRequest<B>>
where
    B: Body<Data = Bytes, Error = Infallible> + Send + 'static,
{
    let stream = TcpStream::connect(address).await.with_context(|| address.to_string())?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    // It ends with its sender; a failure shows there, as a request without an answer.
    tokio::spawn(connection);
    Ok(sender)
}

/// The head of a request as a browser writes it.
pub(super) fn head(road: Road, ask: &Ask) -> Builder {
    let mut request = Request::builder()
        .method(ask.method.clone())
        .uri(&ask.path)
        .header(header::HOST, road.address.to_string())
        .header(header::ACCEPT, "text/html,*/*;q=0.8");
    if road.encoding == Encoding::Gzip {
        request = request.header(header::ACCEPT_ENCODING, "gzip, deflate");
    }
    if !ask.session.is_empty() {
        request = request.header(header::COOKIE, format!("mamis_session={}", ask.session));
    }
    if ask.method != Method::GET {
        request = request.header("sec-fetch-site", "same-origin");
    }
    request
}

fn request(road: Road, ask: &Ask) -> Result<Request<Empty<Bytes>>> {
    let mut request = head(road, ask);
    if ask.method != Method::GET {
        request = request
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::CONTENT_LENGTH, "0");
    }
    Ok(request.body(Empty::new())?)
}

/// The first moment the server answers this path with 200, asked again every millisecond.
///
/// # Errors
/// When it does not within the time given.
pub(crate) async fn ready(address: SocketAddr, path: &str, within: Duration) -> Result<()> {
    let ask = Ask { method: Method::GET, path: path.to_owned(), session: String::new() };
    let road = Road { address, connections: 1, encoding: Encoding::Plain };
    let mut clock = tokio::time::interval(Duration::from_millis(1));
    let answered = async {
        loop {
            clock.tick().await;
            let ask = ask.clone();
            let asked = answers(road, 1, move |_| ask.clone()).await;
            if asked
                .is_ok_and(|(_, answers)| answers.iter().all(|(_, answer)| answer.status == StatusCode::OK))
            {
                return;
            }
        }
    };
    tokio::time::timeout(within, answered)
        .await
        .with_context(|| format!("{path} was not answered in {within:?}"))
}
