//! Every page that a link leads to, for each kind of people, before axe.

use anyhow::{Result, ensure};
use mamis_e2e::{Browser, Scripts, Site};
use std::collections::{BTreeSet, VecDeque};

/// One person of each kind; nobody is the public.
const PEOPLE: [Option<&str>; 6] = [
    None,
    Some("sato"),
    Some("fujisawa-training"),
    Some("fujisawa-cert"),
    Some("national-cert"),
    Some("national-admin"),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_page_passes_axe() -> Result<()> {
    let site = Site::start().await?;
    let mut browser = Browser::start(&site, Scripts::On).await?;
    let mut faults = Vec::new();
    let mut seen = 0;
    for login_id in PEOPLE {
        match login_id {
            None => browser.forget_session().await?,
            Some(login_id) => browser.login(&site, login_id).await?,
        }
        seen += walk(&browser, login_id.unwrap_or("public"), &mut faults).await?;
    }
    ensure!(faults.is_empty(), "{} of {seen} pages:\n{}", faults.len(), faults.join("\n"));
    ensure!(seen > 40, "only {seen} pages: do the links still lead anywhere?");
    Ok(())
}

/// Follows every link once for each kind of address, from the first page on.
async fn walk(browser: &Browser, who: &str, faults: &mut Vec<String>) -> Result<usize> {
    let mut queue = VecDeque::from(["/".to_owned()]);
    let mut known = BTreeSet::from(["/".to_owned()]);
    let mut seen = 0;
    while let Some(path) = queue.pop_front() {
        browser.open(&path).await?;
        seen += 1;
        let status = browser.status().await?;
        if status != 200 {
            faults.push(format!("{who}: {path}: status {status}"));
            continue;
        }
        if let Err(error) = browser.axe().await {
            faults.push(format!("{who}: {error:#}"));
        }
        browser.screenshot(&format!("page-{who}-{}", kind_of(&path).replace('/', "_")))?;
        for link in browser.links().await? {
            if is_page(&link) && known.insert(kind_of(&link)) {
                queue.push_back(link);
            }
        }
    }
    Ok(seen)
}

/// The address without what differs from row to row: ids and questions.
fn kind_of(path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let is_id = |part: &str| part.len() == 36 && part.bytes().filter(|byte| *byte == b'-').count() == 4;
    path.split('/').map(|part| if is_id(part) { "id" } else { part }).collect::<Vec<_>>().join("/")
}

/// Files are no pages, and the demo's own pages are the public's.
fn is_page(path: &str) -> bool {
    let file = kind_of(path);
    let files = ["/static/", "/attachments/", "/documents/", "/metrics", "/healthz", "/readyz"];
    let last = file.rsplit('/').next().unwrap_or_default();
    path.starts_with('/') && !files.iter().any(|files| file.starts_with(files)) && !last.contains('.')
}
