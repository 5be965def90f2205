//! Whatever a page offers to its reader can be opened: every link is followed, some of each kind.

use crate::browser::{Browser, each_world};
use axum::http::StatusCode;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Pages of one kind that are opened, and of all kinds: a list leads to hundreds like each other.
const OF_A_KIND: usize = 3;
const PAGES: usize = 100;

/// Where the links of a page lead within the program; what belongs to the demo and to the programs outside is left out.
fn links(body: &str) -> impl Iterator<Item = String> {
    body.split("href=\"").skip(1).filter_map(|rest| {
        let link = rest.split('"').next()?.split('#').next()?.replace("&amp;", "&").replace("&#38;", "&");
        let outside = ["/static/", "/demo", "//"];
        (link.starts_with('/') && !outside.iter().any(|start| link.starts_with(start))).then_some(link)
    })
}

/// The kind of an address: without what names one thing, and without what was asked for.
fn kind(link: &str) -> String {
    let (path, question) = link.split_once('?').unwrap_or((link, ""));
    let is_id = |part: &str| part.len() >= 32 || part.chars().any(|c| c.is_ascii_digit());
    let parts: Vec<&str> = path.split('/').map(|part| if is_id(part) { "{id}" } else { part }).collect();
    let names: Vec<&str> = question.split('&').filter_map(|pair| pair.split('=').next()).collect();
    format!("{}?{}", parts.join("/"), names.join("&"))
}

/// Follows the links from a page; what could not be opened, and from where.
async fn crawl(browser: &Browser, start: &str) -> (usize, Vec<String>) {
    let mut waiting = VecDeque::from([(start.to_owned(), String::new())]);
    let (mut seen, mut kinds): (BTreeSet<String>, BTreeMap<String, usize>) = Default::default();
    let mut dead = Vec::new();
    while let Some((link, from)) = waiting.pop_front() {
        let of_kind = kinds.entry(kind(&link)).or_default();
        if *of_kind >= OF_A_KIND || seen.len() >= PAGES || !seen.insert(link.clone()) {
            continue;
        }
        *of_kind += 1;
        let answer = browser.get(&link).await;
        match answer.status {
            StatusCode::OK => waiting.extend(links(&answer.body).map(|next| (next, link.clone()))),
            status if status.is_redirection() => waiting.push_back((answer.location, link)),
            // A file that asks for a reason first says so.
            StatusCode::UNPROCESSABLE_ENTITY => {}
            status => dead.push(format!("{link} on {from}: {status}")),
        }
    }
    (seen.len(), dead)
}

#[tokio::test]
async fn no_link_leads_its_reader_to_a_closed_door() {
    each_world(|app| async move {
        for login in ["national-admin", "o14", "fujisawa-admin"] {
            let browser = Browser::of(&app, login).await;
            let (opened, dead) = crawl(&browser, "/desk").await;
            assert!(opened > 30, "{login} opened {opened}");
            assert_eq!(dead, Vec::<String>::new(), "{login}");
        }
    })
    .await;
}
