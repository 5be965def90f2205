//! My page, the search, the seat.

use super::{Story, TITLE};
use anyhow::{Context, Result, ensure};

/// The certificate, what it lacks, the deadline, trainings that help.
pub(super) async fn my_page_says_what_is_missing(story: &mut Story) -> Result<()> {
    let browser = story.look("sato", "/my", "my-page").await?;
    browser.see("認定産業医").await?;
    browser.see("2027年3月31日（令和9年）").await?;
    browser.see("更新まであと 実地 1単位・合計 2単位").await?;
    browser.see("藤沢市医師会へ更新を申請").await?;
    browser.see("締切までに足りない単位が取れる研修会").await?;
    browser.follow("足りない単位が取れる研修会をさがす").await?;
    browser.see("職場巡視実地研修会（食品工場）").await?;
    browser.axe().await?;
    browser.screenshot("search")
}

/// Not a minute before recruitment opens; then once, and only once.
pub(super) async fn a_seat_is_taken_when_recruitment_opens(story: &mut Story) -> Result<()> {
    let training = story.training.clone();
    let browser = story.as_("sato").await?;
    browser.open(&training).await?;
    browser.see("申込みは2026年11月26日（令和8年） 09時00分から受け付けます。").await?;
    browser.wait_until("2026-11-26T09:00").await?;
    browser.open("/trainings").await?;
    browser.fill("ことば（名称・会場・講師・番号）", "湘南の倉庫").await?;
    browser.press("さがす").await?;
    browser.follow(TITLE).await?;
    browser.axe().await?;
    browser.screenshot("training")?;
    browser.in_a_second_window(&training).await?;
    browser.press("この研修会に申し込む").await?;
    browser.see("申し込みました。確認のメールをお送りします。").await?;
    browser.see("受講票").await?;
    browser.axe().await?;
    ensure!(browser.text().await?.contains("印刷する"), "the ticket can be printed");
    browser.screenshot("ticket")?;
    browser.back_in_the_first_window().await?;
    browser.press("この研修会に申し込む").await.context("the page opened before the signup")?;
    browser.see("すでに申し込んでいます。受講票はこちらです。").await
}

/// She sits in a lecture at that hour.
pub(super) async fn an_overlap_is_refused(story: &mut Story) -> Result<()> {
    let browser = story.as_("sato").await?;
    browser.open("/trainings?q=食品工場&from=2026-12-12&until=2026-12-12").await?;
    browser.follow("職場巡視実地研修会（食品工場）").await?;
    browser.see("同じ時間に「神奈川県医師会 日医生涯教育講座」（2026年12月12日（令和8年））を申し込んでいます。どちらかを取り消してください。").await?;
    browser.axe().await
}
