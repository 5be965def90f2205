//! Boards and committees decide over a packet, and what they decided goes up as a batch.

use super::{PHYSICIAN, Story, dense};
use anyhow::{Result, bail, ensure};
use mamis_e2e::Browser;

/// Packet, decision, batch.
pub(super) async fn meets_and_sends_up(
    story: &mut Story,
    office: &str,
    tier: &str,
    board: &str,
) -> Result<()> {
    story.same_tracker(&[office], &format!("確認が終わり、{tier}の理事会を待っています。")).await?;
    decided(story, office, "理事会", board).await?;
    story.same_tracker(&[office], &format!("{tier}の理事会で承認され")).await?;
    let browser = story.as_(office).await?;
    open_batch(browser, "理事会が終わりました。").await?;
    browser.press_and_confirm("一括申請する").await?;
    browser.see_in(PHYSICIAN, "審査中").await?;
    browser.axe().await
}

/// The committee first, then the board, then the approval of the batch.
pub(super) async fn national_committee_and_board_approve(story: &mut Story) -> Result<()> {
    let office = "national-cert";
    decided(story, office, "運営委員会", "2027-01-14T15:00").await?;
    decided(story, office, "理事会", "2027-01-19T15:00").await?;
    let browser = story.as_(office).await?;
    open_batch(browser, "理事会が終わりました。").await?;
    browser.press_and_confirm("一括承認する").await?;
    browser.see_in(PHYSICIAN, "認定").await?;
    browser.axe().await?;
    browser.screenshot("batch-approved")?;
    story.same_tracker(&["fujisawa-cert", "kanagawa-cert", office], "認定・認定証の発行\n済み").await
}

/// The meeting looks at its packet and approves what is in it.
async fn decided(story: &mut Story, office: &str, body: &str, moment: &str) -> Result<()> {
    let day = &moment[..10];
    let browser = story.as_(office).await?;
    browser.wait_until(moment).await?;
    open_batch(browser, &format!("{body}の資料を作り、結果を記録する")).await?;
    browser.axe().await?;
    browser.screenshot(&format!("batch-{office}-{}", day))?;
    let batch = browser.path().await?;
    let packet = story.pdf(office, &format!("{batch}/packet.pdf")).await?;
    ensure!(dense(&packet).contains(&dense(PHYSICIAN)), "the packet:\n{packet}");
    let session = story.browser.session_cookie().await?;
    let sheet = story.site.get(&format!("{batch}/packet.xlsx"), &session)?;
    ensure!(sheet.status == 200 && sheet.body.starts_with(b"PK"), "the sheet: {}", sheet.head);
    let browser = story.as_(office).await?;
    browser.fill("開催日", day).await?;
    browser.fill("議事録番号", &format!("第{}号", &day[5..7])).await?;
    browser.press_and_confirm("選んだ申請の結果を記録する").await?;
    browser.see_in(PHYSICIAN, &format!("{body}で承認")).await
}

/// From the desk to the batch that she is in: there may be one for each scheme.
async fn open_batch(browser: &Browser, task: &str) -> Result<()> {
    browser.open("/desk").await?;
    let mut texts = Vec::new();
    for batch in browser.links_saying(task).await? {
        browser.open(&batch).await?;
        let text = browser.text().await?;
        if dense(&text).contains(&dense(PHYSICIAN)) {
            return Ok(());
        }
        texts.push(text);
    }
    bail!("no batch of 「{task}」 has {PHYSICIAN}:\n{}", texts.join("\n----\n"))
}
