//! Passkeys: a physician goes without a password, an officer without the code. Chromium plays the device.

use anyhow::{Result, ensure};
use mamis_e2e::{Browser, Scripts, Site};

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_is_registered_and_opens_the_door() -> Result<()> {
    let site = Site::start().await?;
    let mut browser = Browser::start(&site, Scripts::On).await?;
    a_number_is_no_place_for_passkeys(&mut browser, &site).await?;
    browser.go_by_name();
    browser.hold_a_device()?;
    a_physician_needs_no_password(&mut browser, &site).await?;
    // Another person has another device.
    let mut browser = Browser::start(&site, Scripts::On).await?;
    browser.go_by_name();
    browser.hold_a_device()?;
    an_officer_needs_no_code(&mut browser, &site).await
}

async fn a_number_is_no_place_for_passkeys(browser: &mut Browser, site: &Site) -> Result<()> {
    browser.open("/login").await?;
    browser.see("パスキーは、番号だけのアドレスでは使えません。").await?;
    browser.see_no("パスキーでログイン").await?;
    browser.login(site, "sato").await?;
    browser.open("/my/account").await?;
    browser.see("パスキーは、番号だけのアドレスでは使えません。").await
}

async fn a_physician_needs_no_password(browser: &mut Browser, site: &Site) -> Result<()> {
    browser.login_anew(site, "sato").await?;
    browser.open("/my/account").await?;
    browser.see("登録されているパスキーは、ありません。").await?;
    browser.fill("パスキーの名前", "恵子のスマートフォン").await?;
    browser.fill_named("passkey_password", "wrong-password").await?;
    browser.press("パスキーを登録する").await?;
    browser.see("パスワードが違います。もう一度入力してください。").await?;
    browser.fill_named("passkey_password", &site.account("sato")?.password).await?;
    browser.press("パスキーを登録する").await?;
    browser.see("パスキー「恵子のスマートフォン」を登録しました。").await?;
    browser.axe().await?;
    browser.screenshot("passkey-account")?;

    browser.press("ログアウト").await?;
    browser.open("/login").await?;
    browser.axe().await?;
    browser.screenshot("passkey-login")?;
    browser.press("パスキーでログイン").await?;
    browser.see_in_header("佐藤 恵子").await?;
    ensure!(browser.path().await? == "/my", "{}", browser.path().await?);

    browser.open("/my/account").await?;
    browser.press_and_confirm("削除する：恵子のスマートフォン").await?;
    browser.see("パスキーを削除しました。").await?;
    browser.press("ログアウト").await?;
    browser.open("/login").await?;
    browser.press("パスキーでログイン").await?;
    browser.see("このパスキーではログインできませんでした。").await
}

async fn an_officer_needs_no_code(browser: &mut Browser, site: &Site) -> Result<()> {
    browser.login_anew(site, "fujisawa-cert").await?;
    browser.open("/my/account").await?;
    browser.fill("パスキーの名前", "事務局のパソコン").await?;
    browser.fill_named("passkey_password", &site.account("fujisawa-cert")?.password).await?;
    browser.press("パスキーを登録する").await?;
    browser.see("パスキー「事務局のパソコン」を登録しました。").await?;
    browser.press("ログアウト").await?;
    browser.open("/login?next=/desk").await?;
    browser.press("パスキーでログイン").await?;
    browser.see("担当中の案件").await
}
