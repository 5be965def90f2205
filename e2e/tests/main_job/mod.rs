//! From a missing credit to the renewed certificate, through every office on the way.

mod apply;
mod board;
mod certificate;
mod drafting;
mod examine;
mod held;
mod seat;

use anyhow::{Context, Result, ensure};
use mamis_e2e::{Browser, Database, Scripts, Site};
use std::process::Command;

/// Whose renewal it is.
const PHYSICIAN: &str = "佐藤 恵子";
/// The training that gives the missing credit.
const TITLE: &str = "職場巡視実地研修会（湘南の倉庫）";

/// The site, the browser, and what the steps leave to one another.
struct Story {
    site: Site,
    browser: Browser,
    /// Path of the training.
    training: String,
    /// Path of the application.
    application: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn main_job() -> Result<()> {
    on(Database::Sqlite).await
}

#[tokio::test(flavor = "multi_thread")]
async fn main_job_on_postgres() -> Result<()> {
    if Database::Postgres.is_there()? { on(Database::Postgres).await } else { Ok(()) }
}

async fn on(database: Database) -> Result<()> {
    let site = Site::start_on(database).await?;
    let browser = Browser::start(&site, Scripts::On).await?;
    let mut story = Story { site, browser, training: String::new(), application: String::new() };
    story.browser.wait_until("2026-11-24T10:00").await?;
    seat::my_page_says_what_is_missing(&mut story).await?;
    drafting::a_training_is_drafted_and_submitted(&mut story).await?;
    drafting::it_is_returned_and_mended(&mut story).await?;
    drafting::both_tiers_approve(&mut story).await?;
    seat::a_seat_is_taken_when_recruitment_opens(&mut story).await?;
    seat::an_overlap_is_refused(&mut story).await?;
    held::people_come_and_go(&mut story).await?;
    held::credits_are_released_and_reported(&mut story).await?;
    held::the_report_is_confirmed(&mut story).await?;
    apply::paper_credits_are_declared(&mut story).await?;
    apply::the_application_is_sent(&mut story).await?;
    let offices = [
        ("fujisawa-cert", "郡市区等医師会", "2026-12-22T15:00"),
        ("kanagawa-cert", "都道府県医師会", "2026-12-25T15:00"),
    ];
    for (office, tier, board) in offices {
        examine::one_by_one(&mut story, office, tier).await?;
        board::meets_and_sends_up(&mut story, office, tier, board).await?;
    }
    examine::one_by_one(&mut story, "national-cert", "日本医師会").await?;
    board::national_committee_and_board_approve(&mut story).await?;
    let number = certificate::is_there(&mut story).await?;
    certificate::letters_went_out(&mut story, &number).await?;
    certificate::is_genuine(&mut story, &number).await?;
    story.site.end().await
}

impl Story {
    /// Goes on as somebody.
    async fn as_(&mut self, login_id: &str) -> Result<&Browser> {
        self.browser.login(&self.site, login_id).await?;
        Ok(&self.browser)
    }

    /// Opens a page as somebody, looks for accessibility faults, keeps a picture.
    async fn look(&mut self, login_id: &str, path: &str, picture: &str) -> Result<&Browser> {
        let browser = self.as_(login_id).await?;
        browser.open(path).await?;
        browser.axe().await?;
        browser.screenshot(picture)?;
        Ok(browser)
    }

    /// Makes sure that physician and offices read the same line about the application.
    async fn same_tracker(&mut self, offices: &[&str], words: &str) -> Result<()> {
        let path = self.application.clone();
        let own = self.tracker("sato", &path).await?;
        ensure!(own.contains(words), "the tracker should say 「{words}」:\n{own}");
        for office in offices {
            let theirs = self.tracker(office, &path).await?;
            ensure!(own == theirs, "the tracker of sato:\n{own}\nand of {office}:\n{theirs}");
        }
        Ok(())
    }

    async fn tracker(&mut self, login_id: &str, path: &str) -> Result<String> {
        let browser = self.as_(login_id).await?;
        browser.open(path).await?;
        Ok(browser.element(".tracker").await?.text().await?)
    }

    /// The text of a PDF that somebody may open.
    async fn pdf(&mut self, login_id: &str, path: &str) -> Result<String> {
        let browser = self.as_(login_id).await?;
        let session = browser.session_cookie().await?;
        let answer = self.site.get(path, &session)?;
        ensure!(answer.status == 200, "{path}: {}", answer.status);
        let file = self.site.file("print.pdf");
        std::fs::write(&file, &answer.body)?;
        let output =
            Command::new("pdftotext").args(["-layout"]).arg(&file).arg("-").output().context("pdftotext")?;
        ensure!(output.status.success(), "{path} is no PDF: {}", answer.head);
        Ok(String::from_utf8(output.stdout)?)
    }
}

/// A text without the spaces that a PDF's layout puts between characters.
fn dense(text: &str) -> String {
    text.split_whitespace().collect()
}
