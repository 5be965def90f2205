//! The certificate, the letters, and the proof that it is genuine.

use super::{PHYSICIAN, Story, dense};
use anyhow::{Context, Result, bail, ensure};

/// On my page, as PDF; its number.
pub(super) async fn is_there(story: &mut Story) -> Result<String> {
    let browser = story.look("sato", "/my", "my-page-renewed").await?;
    browser.see("次の有効期間は2027年4月1日（令和9年）からです。").await?;
    browser.see("認定証を開く（PDF）").await?;
    let link = browser.element("a[href^='/documents/']").await?.attr("href").await?.context("an address")?;
    let text = story.pdf("sato", &link).await?;
    let certificate = dense(&text);
    for words in [&dense(PHYSICIAN), "日本医師会認定産業医", "令和9年4月1日", "令和14年3月31日"]
    {
        ensure!(certificate.contains(words), "no 「{words}」 on the certificate:\n{text}");
    }
    let number: String = certificate
        .split_once('第')
        .map(|(_, rest)| rest.chars().take_while(char::is_ascii_digit).collect())
        .context("a number")?;
    ensure!(!number.is_empty(), "which number?\n{text}");
    Ok(number)
}

/// To the physician by mail, to the prefectural association as a letter.
pub(super) async fn letters_went_out(story: &mut Story, number: &str) -> Result<()> {
    // Reminders of the night may have been written after it.
    let browser = story.look("sato", "/demo/mails?q=認定産業医（", "mails").await?;
    browser.see("【認定】認定産業医").await?;
    browser.see(number).await.context("the mail names the certificate")?;
    let browser = story.look("kanagawa-cert", "/documents", "documents").await?;
    browser.fill("種類", "承認通知書").await?;
    browser.press("絞り込む").await?;
    let mut read = Vec::new();
    for letter in browser.links_saying("日医認発").await? {
        let text = story.pdf("kanagawa-cert", &letter).await?;
        if dense(&text).contains(&dense(PHYSICIAN)) {
            ensure!(dense(&text).contains("神奈川県医師会"), "the notice letter:\n{text}");
            return Ok(());
        }
        read.push(text);
    }
    bail!("no notice letter names {PHYSICIAN}:\n{}", read.join("\n----\n"))
}

/// For everybody who has the certificate before them, once it is valid.
pub(super) async fn is_genuine(story: &mut Story, number: &str) -> Result<()> {
    let (year, month) = born(story).await?;
    let browser = &story.browser;
    browser.wait_until("2027-04-02T10:00").await?;
    browser.forget_session().await?;
    browser.open("/verify").await?;
    browser.axe().await?;
    browser.fill("認定証・証明書の番号", number).await?;
    browser.fill("生まれた年", "1901").await?;
    browser.fill("生まれた月", &month).await?;
    browser.press("確認する").await?;
    browser.see("この番号と生年月の組合せでは確認できませんでした。").await?;
    browser.fill("生まれた年", &year).await?;
    browser.press("確認する").await?;
    browser.see("この認定は、今日の時点で「有効」です。").await?;
    browser.axe().await?;
    browser.screenshot("verify")
}

/// Year and month of birth, which the office sees.
async fn born(story: &mut Story) -> Result<(String, String)> {
    let path = format!("{}/examination", story.application);
    let browser = story.as_("national-cert").await?;
    browser.open(&path).await?;
    let text = browser.text().await?;
    let (_, rest) = text.split_once("生年月日").context("a birth date")?;
    let (year, rest) = rest.trim_start().split_once('年').context("a year")?;
    let month = rest.split_once('月').map(|(before, _)| before).context("a month")?;
    // 1971年5月3日（昭和46年）
    Ok((year.to_owned(), month.to_owned()))
}
