//! The day of the training and what follows it.

use super::{PHYSICIAN, Story, TITLE};
use anyhow::{Context, Result};
use mamis_e2e::film;

/// In by the ticket held before the camera, out by its number while the network is down.
pub(super) async fn people_come_and_go(story: &mut Story) -> Result<()> {
    let training = story.training.clone();
    let browser = story.as_("sato").await?;
    browser.wait_until("2026-12-19T09:30").await?;
    browser.open("/my").await?;
    browser.see("本日の研修会").await?;
    browser.follow("受講票を開く").await?;
    browser.see("本日の受講票").await?;
    let number = browser.element(".ticket-number").await?.text().await?;
    let code = browser.element("svg.qr").await?.screenshot().await?;
    browser.hold_before_camera(&film(&code)?)?;
    let reception = format!("{training}/reception");
    let browser = story.look("fujisawa-training", &reception, "reception").await?;
    browser.press("カメラで読み取る").await?;
    browser.see("入室を記録しました").await.context("the code before the camera")?;
    browser.see(PHYSICIAN).await?;
    browser.screenshot("reception-scanned")?;
    browser.wait_until("2026-12-19T11:31").await?;
    browser.open(&reception).await?;
    browser.element("[data-queued='0']").await?;
    browser.choose("退室").await?;
    browser.network(false)?;
    browser.fill("受講票の番号、または医籍登録番号", &number).await?;
    browser.press("記録する").await?;
    browser.see("退室をこの端末に記録しました（未送信）").await?;
    browser.element("[data-queued='1']").await?;
    browser.screenshot("reception-offline")?;
    browser.network(true)?;
    browser.element("[data-queued='0']").await.context("sent when the network is back")?;
    browser.see("退室を記録しました").await
}

/// The host looks at who was there, gives the credits and reports.
pub(super) async fn credits_are_released_and_reported(story: &mut Story) -> Result<()> {
    let training = story.training.clone();
    let attendance = format!("{training}/attendance");
    let browser = story.look("fujisawa-training", &attendance, "attendance").await?;
    browser.see(PHYSICIAN).await?;
    browser.press_and_confirm("単位を登録する").await?;
    browser.see("単位登録済み").await?;
    browser.follow("開催報告").await?;
    browser.axe().await?;
    browser.screenshot("holding-report")?;
    browser.press_and_confirm("提出する").await?;
    browser.see("開催報告を提出しました。").await?;
    let browser = story.look("sato", "/my/credits", "credits-under-review").await?;
    browser.see_in(TITLE, "確認中").await
}

/// Prefectural, then national.
pub(super) async fn the_report_is_confirmed(story: &mut Story) -> Result<()> {
    let training = story.training.clone();
    for office in ["kanagawa-training", "national-training"] {
        let browser = story.look(office, &training, office).await?;
        browser.press_and_confirm("開催報告の確認").await?;
        browser.see("開催報告を確認済みにしました。").await?;
    }
    let browser = story.look("sato", "/my/credits", "credits-confirmed").await?;
    browser.see_in(TITLE, "確定").await
}
