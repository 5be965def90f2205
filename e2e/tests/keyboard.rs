//! The physician's signup without a mouse.

use anyhow::Result;
use mamis_e2e::{Browser, Key, Scripts, Site};

#[tokio::test(flavor = "multi_thread")]
async fn keyboard_only() -> Result<()> {
    let site = Site::start().await?;
    let browser = Browser::start(&site, Scripts::On).await?;
    let account = site.account("sato")?;
    browser.open("/login").await?;
    browser.key(Key::Tab).await?;
    anyhow::ensure!(browser.focused().await? == "本文へ移動", "the first stop skips the menu");
    browser.tab_to("ログインID").await?;
    browser.write("sato").await?;
    browser.tab_to("パスワード").await?;
    browser.write(&account.password).await?;
    browser.key(Key::Enter).await?;
    browser.see("認定産業医").await?;
    browser.tab_to("足りない単位が取れる研修会をさがす").await?;
    browser.key(Key::Enter).await?;
    browser.see("この日から").await?;
    browser.tab_to("藤沢市医師会 職場巡視実地研修会（食品工場）").await?;
    browser.key(Key::Enter).await?;
    browser.see("残り").await?;
    browser.tab_to("この研修会に申し込む").await?;
    browser.key(Key::Enter).await?;
    browser.see("申し込みました。確認のメールをお送りします。").await?;
    browser.tab_to("研修会の内容").await?;
    browser.key(Key::Enter).await?;
    browser.see("申し込んでいます").await?;
    browser.tab_to("申込みを取り消す").await?;
    browser.key(Key::Enter).await?;
    // The question opens with the harmless answer under the finger, and Escape gives that answer too.
    browser.element("dialog[open]").await?;
    anyhow::ensure!(browser.focused().await? == "やめる", "{}", browser.focused().await?);
    browser.key(Key::Escape).await?;
    browser.tab_to("申込みを取り消す").await?;
    browser.key(Key::Enter).await?;
    browser.element("dialog[open]").await?;
    browser.tab_to("申込みを取り消す").await?;
    browser.key(Key::Enter).await?;
    browser.see("申込みを取り消しました。").await
}
