//! The first login, the forgotten password, the sessions.

use anyhow::{Context, Result};
use mamis_e2e::{Browser, Scripts, Site};

#[tokio::test(flavor = "multi_thread")]
async fn the_first_login_asks_for_consent_and_an_address() -> Result<()> {
    let site = Site::start().await?;
    let mut browser = Browser::start(&site, Scripts::On).await?;
    browser.open("/").await?;
    browser.axe().await?;
    browser.screenshot("top")?;
    browser.login(&site, "tanaka").await?;
    browser.see("利用規約を読んで、同意してください").await?;
    browser.axe().await?;
    browser.choose("利用規約を読み、同意します").await?;
    browser.press("利用を始める").await?;
    browser.see("利用規約への同意を記録しました。").await?;
    an_address_is_proved_by_a_link(&browser).await?;
    a_forgotten_password_is_set_anew(&browser).await
}

async fn an_address_is_proved_by_a_link(browser: &Browser) -> Result<()> {
    browser.open("/my/account").await?;
    browser.axe().await?;
    browser.screenshot("account")?;
    browser.fill("メールアドレス", "hina.tanaka@example.jp").await?;
    browser.press("確認のメールを送る").await?;
    browser.see("hina.tanaka@example.jp の確認が済んでいません。").await?;
    browser.follow_mail("hina.tanaka@example.jp", "/email-verifications/").await?;
    browser.axe().await?;
    browser.press("このメールアドレスを確認する").await?;
    browser.see("hina.tanaka@example.jp を確認しました。").await
}

async fn a_forgotten_password_is_set_anew(browser: &Browser) -> Result<()> {
    browser.press("ログアウト").await?;
    browser.open("/login").await?;
    browser.axe().await?;
    browser.follow("パスワードを忘れたとき").await?;
    browser.axe().await?;
    browser.fill("ログインIDまたはメールアドレス", "tanaka").await?;
    browser.press("メールを送る").await?;
    browser.see("登録済みのメールアドレスに案内をお送りしました。").await?;
    browser.follow_mail("hina.tanaka@example.jp", "/password-resets/").await?;
    browser.axe().await?;
    browser.fill("新しいパスワード", "green bicycle over the bay").await?;
    browser.fill("新しいパスワード（もう一度）", "green bicycle over the bay").await?;
    browser.press("パスワードを変更する").await?;
    browser.see("パスワードを変更しました。").await?;
    browser.fill("ログインID", "tanaka").await?;
    browser.fill("パスワード", "green bicycle over the bay").await?;
    browser.press("ログイン").await?;
    browser.see("認定産業医").await.context("my page after the login with the new password")
}
