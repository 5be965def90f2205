//! The pictures of the manual, taken anew by `bin/screenshots`.

use anyhow::{Context, Result, ensure};
use mamis_e2e::{Browser, Scripts, Site};
use std::path::{Path, PathBuf};

/// Bytes; a picture that is larger comes down with every reading of its chapter.
const HEAVIEST: usize = 100 * 1024;

/// How to reach a page: its address, then the links to follow.
struct Shot {
    /// File name without ending: chapter, then what it shows.
    name: &'static str,
    /// Login id; empty for nobody.
    who: &'static str,
    /// Where to begin.
    open: &'static str,
    /// What to do there, in order.
    steps: &'static [Step],
    /// Where the picture begins.
    from: &'static str,
    /// Longest height in points.
    height: f64,
}

/// One thing a person does on the way.
enum Step {
    Follow(&'static str),
    Press(&'static str),
    FollowFirst(&'static str),
}
use Step::{Follow, FollowFirst, Press};

const fn shot(
    name: &'static str,
    who: &'static str,
    open: &'static str,
    steps: &'static [Step],
    from: &'static str,
    height: f64,
) -> Shot {
    Shot { name, who, open, steps, from, height }
}

/// Table: the pictures, in the order of the chapters. Who changes something comes after those who show it.
#[rustfmt::skip]
const SHOTS: &[Shot] = &[
    shot("physician-login", "", "/login", &[], "header", 620.0),
    shot("physician-my", "sato", "/my", &[], ".headline", 760.0),
    shot("physician-trainings", "sato", "/trainings", &[], "#results", 760.0),
    shot("physician-ticket", "sato", "/my", &[Follow("受講票を開く")], ".ticket", 700.0),
    shot("physician-credits", "sato", "/my/credits", &[], "h1", 820.0),
    shot("physician-paper", "sato", "/paper-credits/new", &[], "h1", 820.0),
    shot("physician-procedures", "sato", "/procedures", &[], "h1", 760.0),
    shot("physician-progress", "yoshida", "/applications", &[Follow("認定産業医 更新")], "h1", 820.0),
    shot("physician-application", "sato", "/applications", &[Follow("認定産業医 更新の申請"), Press("申請書を作る")], "h1", 900.0),
    shot("municipal-desk", "fujisawa-cert", "/desk", &[], "header", 760.0),
    shot("municipal-procedures", "fujisawa-admin", "/membership-applications", &[], "header", 760.0),
    shot("municipal-review", "fujisawa-admin", "/membership-applications", &[FollowFirst("main tbody a")], "h1", 820.0),
    shot("municipal-examination", "fujisawa-cert", "/applications", &[Follow("先頭から審査する")], "h1", 860.0),
    shot("municipal-batch", "fujisawa-cert", "/batches", &[FollowFirst("main tbody a")], "h1", 860.0),
    shot("municipal-training", "fujisawa-training", "/trainings?tab=own&state=returned", &[FollowFirst("main tbody a"), Follow("編集する")], "#sessions", 760.0),
    shot("municipal-attendance", "fujisawa-training", "/desk", &[Follow("出席を確認して単位を登録する"), Follow("産業医学生涯研修会"), Follow("申込者と出席")], "h1", 820.0),
    shot("municipal-people", "fujisawa-admin", "/physicians?q=さとう", &[], "h1", 760.0),
    shot("municipal-head-counts", "fujisawa-admin", "/head-counts", &[], "h1", 860.0),
    shot("prefectural-procedures", "o14", "/membership-applications", &[], "header", 760.0),
    shot("prefectural-examination", "kanagawa-cert", "/applications", &[Follow("先頭から審査する")], "h1", 860.0),
    shot("prefectural-batches", "kanagawa-cert", "/batches", &[], "header", 620.0),
    shot("prefectural-decide", "kanagawa-training", "/trainings?tab=decide", &[], "header", 520.0),
    shot("prefectural-training", "kanagawa-training", "/trainings?tab=decide", &[FollowFirst("main tbody a")], "h1", 860.0),
    shot("prefectural-people", "kanagawa-cert", "/physicians?scheme=occupational_physician&from=2027-04-01&until=2028-03-31", &[], "h1", 800.0),
    shot("prefectural-certifications", "kanagawa-cert", "/certifications", &[], "header", 620.0),
    shot("national-desk", "national-cert", "/desk", &[], "header", 820.0),
    shot("national-batch", "national-cert", "/batches", &[FollowFirst("main tbody a")], "h1", 860.0),
    shot("national-certifications", "national-cert", "/certifications", &[], "header", 620.0),
    shot("national-procedures", "national-admin", "/membership-applications", &[], "header", 760.0),
    shot("national-reason", "national-admin", "/physicians?q=さとうけいこ", &[FollowFirst("main tbody a")], "h1", 620.0),
    shot("national-officers", "national-admin", "/officers", &[], "header", 620.0),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/manual/img")
}

#[tokio::main]
async fn main() -> Result<()> {
    let site = Site::start().await?;
    let mut browser = Browser::start(&site, Scripts::On).await?;
    // As people see it in earnest: with passkeys.
    browser.go_by_name();
    let mut taken = Vec::new();
    for shot in SHOTS {
        let bytes = take(&mut browser, &site, shot).await.with_context(|| shot.name.to_owned())?;
        ensure!(bytes.len() <= HEAVIEST, "{}: {} bytes", shot.name, bytes.len());
        std::fs::write(folder().join(format!("{}.webp", shot.name)), &bytes)?;
        taken.push(format!("{}.webp", shot.name));
    }
    for file in std::fs::read_dir(folder())? {
        let file = file?;
        if !taken.iter().any(|name| *name == file.file_name().to_string_lossy()) {
            std::fs::remove_file(file.path())?;
        }
    }
    Ok(())
}

async fn take(browser: &mut Browser, site: &Site, shot: &Shot) -> Result<Vec<u8>> {
    match shot.who {
        "" => browser.forget_session().await?,
        who => browser.login(site, who).await?,
    }
    browser.open(shot.open).await?;
    for step in shot.steps {
        match step {
            Follow(text) => browser.follow(text).await?,
            Press(text) => browser.press(text).await?,
            FollowFirst(css) => browser.press_at(css).await?,
        }
    }
    browser.element(shot.from).await?;
    let size = if shot.name.starts_with("physician-") { Browser::PHONE } else { Browser::DESK };
    browser.picture(size, shot.from, shot.height).await
}
