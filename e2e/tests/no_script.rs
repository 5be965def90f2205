//! The same pages where scripts are forbidden.

use anyhow::{Context, Result};
use mamis_e2e::{Browser, Scripts, Site};

#[tokio::test(flavor = "multi_thread")]
async fn works_without_javascript() -> Result<()> {
    let site = Site::start().await?;
    let mut browser = Browser::start(&site, Scripts::Off).await?;
    browser.login(&site, "sato").await?;
    a_seat_is_found_and_taken(&browser).await?;
    an_application_is_drafted(&browser).await?;
    browser.login(&site, "kanagawa-training").await?;
    a_training_is_approved(&browser).await
}

async fn a_seat_is_found_and_taken(browser: &Browser) -> Result<()> {
    browser.open("/trainings").await?;
    browser.element("html:not(.htmx)").await?;
    browser.fill("ことば（名称・会場・講師・番号）", "藤沢市").await?;
    browser.fill("都道府県", "神奈川県").await?;
    browser.press("さがす").await?;
    browser.follow("職場巡視実地研修会（食品工場）").await?;
    browser.press("この研修会に申し込む").await?;
    browser.see("申し込みました。確認のメールをお送りします。").await?;
    browser.element("svg.qr").await?;
    browser.follow("研修会の内容").await?;
    browser.press_and_confirm("申込みを取り消す").await?;
    browser.see("申込みを取り消しました。").await
}

async fn an_application_is_drafted(browser: &Browser) -> Result<()> {
    browser.open("/applications").await?;
    browser.follow("認定産業医 更新の申請").await?;
    browser.press("申請書を作る").await?;
    browser.see("送る前に必要なこと").await?;
    browser.fill("事務局への連絡", "来週、窓口にうかがいます。").await?;
    browser.choose("窓口に持参する").await?;
    browser.press("下書きを保存する").await?;
    browser.see("下書きを保存しました。").await?;
    browser.press("申請する").await?;
    browser.see("入力内容を確認してください").await.context("a credit is missing")?;
    browser.open("/paper-credits/new").await?;
    browser.press("もう1枚追加する").await?;
    browser.element("[name='lines.1.title']").await.map(drop)
}

async fn a_training_is_approved(browser: &Browser) -> Result<()> {
    browser.open("/desk").await?;
    browser.follow("産業医学生涯研修会").await?;
    browser.see("都道府県医師会で確認中").await?;
    browser.press_and_confirm("承認").await?;
    browser.see("承認しました。").await?;
    browser.see("日本医師会で確認中").await
}
