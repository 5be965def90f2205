//! Paper credits and the application.

use super::{Story, TITLE};
use anyhow::{Context, Result};
use mamis_e2e::photo;

/// One sticker of 2024, with a photo.
pub(super) async fn paper_credits_are_declared(story: &mut Story) -> Result<()> {
    let photo_file = story.site.file("sticker.png");
    std::fs::write(&photo_file, photo()?)?;
    let browser = story.look("sato", "/paper-credits/new", "paper-credits-new").await?;
    browser.fill_named("lines.0.kind", "生涯研修・専門").await?;
    browser.fill("受講した日", "令和7年4月6日").await?;
    browser.fill("研修会の名前", "産業医学専門研修会").await?;
    browser.fill("主催", "神奈川県医師会").await?;
    browser.fill("単位数", "2.5").await?;
    browser.fill("シール番号", "14-2024-0815").await?;
    browser.upload("シールの写真", &photo_file).await?;
    browser.press("入力する").await?;
    browser.see("入力内容を確認してください").await.context("the last day is 2025-03-31")?;
    browser.axe().await?;
    browser.see("選んだファイル「sticker.png」は残っています").await?;
    browser.fill("受講した日", "令和6年10月6日").await?;
    browser.press("入力する").await?;
    browser.see("紙の単位を1行入力しました。").await?;
    browser.see("2.5単位").await?;
    browser.axe().await?;
    browser.screenshot("paper-credits")
}

/// What is missing is said first; the draft is kept; then it goes.
pub(super) async fn the_application_is_sent(story: &mut Story) -> Result<()> {
    let slip = story.site.file("slip.png");
    std::fs::write(&slip, photo()?)?;
    let browser = story.look("sato", "/my", "my-page-complete").await?;
    browser.follow("更新を申請する").await?;
    browser.axe().await?;
    browser.press("申請書を作る").await?;
    browser.see("送る前に必要なこと").await?;
    browser.see("審査登録料の納め方を選んでください。").await?;
    browser.see("システムの単位19.5単位").await?;
    browser.see("紙の単位2.5単位").await?;
    browser.see("合計22単位").await?;
    browser.axe().await?;
    browser.screenshot("application-draft")?;
    browser.fill("事務局への連絡", "手帳は窓口に持って行きます。").await?;
    browser.choose("窓口に持参する").await?;
    browser.upload("その他の書類", &slip).await?;
    browser.press("下書きを保存する").await?;
    browser.see("下書きを保存しました。").await?;
    browser.see("slip.png").await?;
    browser.see_no("審査登録料の納め方を選んでください。").await?;
    browser.press("申請する").await?;
    browser.see("申請しました。申請番号は").await?;
    let path = browser.path().await?;
    browser.axe().await?;
    browser.screenshot("application-sent")?;
    browser.open("/my").await?;
    browser.see("申請の進みぐあい").await?;
    browser.see(TITLE).await?;
    story.application = path;
    story.same_tracker(&["fujisawa-cert"], "藤沢市医師会").await
}
