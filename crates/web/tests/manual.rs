//! The manual tells the truth: its pictures, links and words are those of the program.

use crate::client::{Browser, each_world};
use axum::http::StatusCode;
use mamis_web::routes::routes;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Pictures come with every download of the program: none heavier than this, and not more than this together.
const HEAVIEST: u64 = 100 * 1024;
const ALL_TOGETHER: u64 = 4 * 1024 * 1024;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Name without ending, and text, of each chapter.
fn chapters() -> BTreeMap<String, String> {
    let files = std::fs::read_dir(root().join("docs/manual")).expect("docs/manual");
    files
        .map(|file| file.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .map(|path| {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            (name, std::fs::read_to_string(&path).expect("text"))
        })
        .collect()
}

/// What stands between two marks, again and again.
fn between<'a>(text: &'a str, open: &str, close: char) -> Vec<&'a str> {
    text.split(open).skip(1).filter_map(|rest| rest.split_once(close).map(|(inside, _)| inside)).collect()
}

fn ids(text: &str) -> Vec<&str> {
    between(text, " {#", '}')
}

#[test]
fn every_picture_is_there_small_and_shown() {
    let folder = root().join("docs/manual/img");
    let mut there = BTreeMap::new();
    for file in std::fs::read_dir(&folder).expect("docs/manual/img") {
        let file = file.expect("a file");
        let size = file.metadata().expect("a size").len();
        there.insert(format!("img/{}", file.file_name().to_string_lossy()), size);
    }
    let chapters = chapters();
    let named: BTreeSet<String> = chapters
        .values()
        .flat_map(|text| between(text, "](", ')'))
        .filter(|target| target.starts_with("img/"))
        .map(str::to_owned)
        .collect();
    assert_eq!(there.keys().cloned().collect::<BTreeSet<_>>(), named, "bin/screenshots takes the pictures");
    for (name, size) in &there {
        assert!(*size <= HEAVIEST, "{name}: {size} bytes");
    }
    assert!(there.values().sum::<u64>() <= ALL_TOGETHER);
    for (name, text) in chapters.iter().filter(|(name, _)| *name != "questions") {
        let pictures = text.matches("![").count();
        assert!((6..=12).contains(&pictures), "{name}: {pictures} pictures");
    }
}

#[test]
fn every_link_leads_somewhere() {
    let chapters = chapters();
    let known: BTreeSet<&str> = routes().into_iter().map(|route| route.path).collect();
    let mut followed = 0;
    for (name, text) in &chapters {
        for target in between(text, "](", ')').into_iter().filter(|target| !target.starts_with("img/")) {
            followed += 1;
            let (path, id) = target.split_once('#').unwrap_or((target, ""));
            match path.strip_prefix("/manual/") {
                None => {
                    let path = path.split('?').next().unwrap_or(path);
                    assert!(id.is_empty() && known.contains(path), "{name}: {target}");
                }
                Some(chapter) => {
                    let other = chapters.get(chapter).unwrap_or_else(|| panic!("{name}: {target}"));
                    assert!(id.is_empty() || ids(other).contains(&id), "{name}: {target}");
                }
            }
        }
    }
    assert!(followed > 50, "only {followed} links");
}

#[test]
fn no_heading_has_the_id_of_another_in_the_whole_manual() {
    let chapters = chapters();
    let mut all: Vec<&str> = chapters.values().flat_map(|text| ids(text)).collect();
    all.extend(chapters.keys().map(String::as_str));
    let once: BTreeSet<&str> = all.iter().copied().collect();
    assert_eq!(all.len(), once.len(), "{all:?}");
    for (name, text) in &chapters {
        let bare = text.lines().find(|line| line.starts_with("## ") && !line.contains(" {#"));
        assert_eq!(bare, None, "{name}: a heading without an id");
    }
}

/// Texts in which words of the screen stand: the templates, and the Rust that names buttons, states and menus.
fn words_of_the_screen() -> String {
    let mut text = String::new();
    for folder in ["crates/web/templates", "crates/web/src", "crates/rules/src", "crates/app/src"] {
        gather(&root().join(folder), &mut text);
    }
    text
}

fn gather(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let is_seed = path.ends_with("crates/app/src/seed");
        if path.is_dir() && !is_seed {
            gather(&path, text);
        } else if path.extension().is_some_and(|ending| ending == "html" || ending == "rs") {
            text.push_str(&std::fs::read_to_string(&path).expect("text"));
        }
    }
}

/// Words said in 「」 outside the descriptions of pictures.
fn quoted(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.starts_with("![")).flat_map(|line| between(line, "「", '」')).collect()
}

#[test]
fn what_the_manual_says_stands_on_the_screen_does() {
    let screen = words_of_the_screen();
    let mut unknown = Vec::new();
    let mut checked = 0;
    for (name, text) in chapters() {
        for word in quoted(&text) {
            checked += 1;
            if !screen.contains(word) {
                unknown.push(format!("{name}: 「{word}」"));
            }
        }
    }
    assert!(unknown.is_empty(), "not on any screen: {unknown:#?}");
    assert!(checked > 100, "only {checked} words");
}

#[tokio::test]
async fn everybody_reads_the_manual_and_links_only_where_they_come_in() {
    each_world(|app| async move {
        let mut guest = Browser::new(&app);
        let list = guest.get("/manual").await;
        assert_eq!(list.status, StatusCode::OK);
        for name in chapters().keys() {
            assert!(list.body.contains(&format!("href=\"/manual/{name}\"")), "{name}");
            let page = guest.get(&format!("/manual/{name}")).await;
            assert_eq!(page.status, StatusCode::OK, "{name}");
            for source in between(&page.body, "<img class=\"manual-picture\" src=\"", '"') {
                let picture = guest.get(source).await;
                assert_eq!(picture.headers["content-type"], "image/webp", "{source}");
                assert!(page.body.contains(&format!("{source}\" alt=\"")), "{source}");
            }
        }
        let whole = guest.get("/manual/all").await.body;
        assert_eq!(whole.matches("<article").count(), chapters().len());
        assert_eq!(guest.get("/manual/nothing").await.status, StatusCode::NOT_FOUND);
        assert_eq!(guest.get("/manual/img/nothing.webp").await.status, StatusCode::NOT_FOUND);

        let open = "href=\"/my/looks\"";
        assert!(guest.get("/manual/questions").await.body.contains(open));
        let physician = crate::browser::Browser::of(&app, "sato").await;
        let page = physician.get("/manual/questions").await.body;
        assert!(page.contains(open) && !page.contains("href=\"/desk\""), "{page}");
        assert!(page.contains("<a href=\"/manual/physician\">手引き</a>"), "{page}");
        let officer = crate::browser::Browser::of(&app, "national-admin").await;
        let page = officer.get("/manual/questions").await.body;
        assert!(!page.contains(open) && page.contains("href=\"/desk\""), "{page}");
        assert!(page.contains("<a href=\"/manual/national\">手引き</a>"), "{page}");
    })
    .await;
}
