//! A site and a browser on their way through several people's work.

use anyhow::{Context, Result, ensure};
use mamis_e2e::{Browser, Scripts, Site};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

/// Longer than a job in the background takes here, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The site, the browser, and who looks at it.
pub(super) struct Story {
    pub(super) site: Site,
    pub(super) browser: Browser,
}

impl Story {
    /// On a Tuesday morning of the demo's world.
    pub(super) async fn begin() -> Result<Self> {
        let site = Site::start().await?;
        let browser = Browser::start(&site, Scripts::On).await?;
        browser.wait_until("2026-11-24T10:00").await?;
        Ok(Self { site, browser })
    }

    /// Goes on as somebody.
    pub(super) async fn as_(&mut self, login_id: &str) -> Result<&Browser> {
        self.browser.login(&self.site, login_id).await?;
        Ok(&self.browser)
    }

    /// Goes on as nobody.
    pub(super) async fn as_nobody(&self) -> Result<&Browser> {
        self.browser.forget_session().await?;
        Ok(&self.browser)
    }

    /// Opens a page as somebody and looks for accessibility faults.
    pub(super) async fn look(&mut self, login_id: &str, path: &str) -> Result<&Browser> {
        let browser = self.as_(login_id).await?;
        browser.open(path).await?;
        browser.axe().await?;
        Ok(browser)
    }

    /// Looks at a page again until it says what a job in the background brings about.
    pub(super) async fn until(&self, path: &str, text: &str) -> Result<()> {
        let end = Instant::now() + PATIENCE;
        loop {
            self.browser.open(path).await?;
            let says = self.browser.text().await?;
            if says.contains(text) {
                return Ok(());
            }
            ensure!(Instant::now() < end, "「{text}」 does not come on {path}, which says:\n{says}");
        }
    }

    /// A file to upload.
    pub(super) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> Result<PathBuf> {
        let path = self.site.file(name);
        std::fs::write(&path, content)?;
        Ok(path)
    }

    /// The text of a PDF that whoever is logged in may open.
    pub(super) async fn pdf(&self, path: &str) -> Result<String> {
        let answer = self.site.get(path, &self.browser.session_cookie().await?)?;
        ensure!(answer.status == 200, "{path}: {}", answer.status);
        let file = self.file("print.pdf", &answer.body)?;
        let output =
            Command::new("pdftotext").arg("-layout").arg(file).arg("-").output().context("pdftotext")?;
        ensure!(output.status.success(), "{path} is no PDF: {}", answer.head);
        Ok(String::from_utf8(output.stdout)?)
    }
}

/// What a page says below a word, as in a list of facts.
pub(super) fn below<'a>(text: &'a str, word: &str) -> Result<&'a str> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.find(|line| *line == word);
    lines.next().with_context(|| format!("nothing below 「{word}」:\n{text}"))
}

/// Sets a password, agrees and begins.
pub(super) async fn begin_use(browser: &Browser, button: &str) -> Result<()> {
    browser.fill_named("new_password", "green bicycle over the bay").await?;
    browser.fill_named("new_password_again", "green bicycle over the bay").await?;
    browser.choose("利用規約を読み、同意します").await?;
    browser.press(button).await
}
