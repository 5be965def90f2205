//! A training from its draft to the approval.

use super::{Story, TITLE};
use anyhow::{Context, Result};
use mamis_e2e::{Browser, Key, photo};

/// The form speaks while it is filled in, and again when it is sent.
pub(super) async fn a_training_is_drafted_and_submitted(story: &mut Story) -> Result<()> {
    let flyer = story.site.file("flyer.png");
    std::fs::write(&flyer, photo()?)?;
    let browser = story.look("fujisawa-training", "/trainings/new", "training-new").await?;
    browser.fill("研修会の名称", TITLE).await?;
    browser.fill("おもな制度", "認定産業医").await?;
    browser.fill("開催日", "2026-12-19").await?;
    browser.fill("開始", "10:00").await?;
    browser.fill("終了", "11:30").await?;
    browser.press("下書きを作る").await?;
    browser.see("下書きを作りました。").await?;
    let path = browser.path().await?;
    let training = path.strip_suffix("/edit").context("the form of the draft")?.to_owned();
    fill_in(browser).await?;
    browser.upload("チラシ", &flyer).await?;
    browser.axe().await?;
    browser.screenshot("training-edit")?;
    // 60 minutes are one credit: three for one and a half hours is too much.
    browser.fill_named("sessions.0.credits.0.amount", "3").await?;
    browser.key(Key::Tab).await?;
    browser
        .element("[id='f-sessions.0.credits.0.amount-error']:not(:empty)")
        .await
        .context("while typing")?;
    // What comes back anyway is sent without a question.
    browser.press("保存して申請する").await?;
    browser.see("入力内容を確認してください").await?;
    browser.axe().await?;
    browser.screenshot("training-problems")?;
    browser.see("選んだファイル「flyer.png」は残っています").await?;
    browser.fill_named("sessions.0.credits.0.amount", "1.5").await?;
    browser.press_and_confirm("保存して申請する").await?;
    browser.see("申請しました。").await?;
    browser.see("都道府県医師会で確認中").await?;
    browser.see("チラシを開く").await?;
    browser.axe().await?;
    browser.screenshot("training-submitted")?;
    story.training = training;
    Ok(())
}

async fn fill_in(browser: &Browser) -> Result<()> {
    browser.fill("内容の紹介", "物流倉庫を巡視し、腰痛と転倒を防ぐ工夫をまとめます。").await?;
    browser.choose("会場").await?;
    browser.fill("会場の名称", "湘南ロジスティクスセンター").await?;
    browser.fill("開催地の都道府県", "神奈川県").await?;
    browser.fill("会場の所在地（市区町村から）", "藤沢市片瀬1-1-1").await?;
    browser.fill("対象", "認定産業医").await?;
    browser.fill_named("sessions.0.title", "物流倉庫における職場巡視の実際").await?;
    browser.fill_named("sessions.0.lecturer", "湘南労働衛生研究所 所長 平塚 一").await?;
    browser.fill_named("sessions.0.credits.0.line", "生涯研修 実地").await?;
    browser.fill("定員", "20").await?;
    browser.fill("募集の開始", "2026-11-26T09:00").await?;
    browser.fill("募集と取消しの終了", "2026-12-17T17:00").await?;
    browser.fill("受講料（会員）", "1000").await?;
    browser.fill("受講料（非会員）", "3000").await?;
    browser.fill("問い合わせ先", "藤沢市医師会 0466-00-0000").await
}

/// The prefectural office asks for a change.
pub(super) async fn it_is_returned_and_mended(story: &mut Story) -> Result<()> {
    let training = story.training.clone();
    let browser = story.look("kanagawa-training", "/desk", "desk-training").await?;
    browser.follow(TITLE).await?;
    browser.axe().await?;
    browser.press("差戻し").await?;
    browser.see("入力内容を確認してください").await.context("no return without a word")?;
    browser.fill("理由・コメント", "講師の肩書きを直してください。").await?;
    browser.press("差戻し").await?;
    browser.see("差し戻しました。").await?;
    let browser = story.look("fujisawa-training", &training, "training-returned").await?;
    browser.see("講師の肩書きを直してください。").await?;
    browser.follow("編集する").await?;
    browser.see("講師の肩書きを直してください。").await.context("where it is mended")?;
    browser.fill_named("sessions.0.lecturer", "湘南労働衛生研究所 顧問 平塚 一").await?;
    browser.press_and_confirm("保存して申請する").await?;
    browser.see("都道府県医師会で確認中").await
}

/// First the prefectural, then the national association.
pub(super) async fn both_tiers_approve(story: &mut Story) -> Result<()> {
    for (office, after) in [("kanagawa-training", "日本医師会で確認中"), ("national-training", "承認済み")]
    {
        let browser = story.as_(office).await?;
        browser.open("/trainings").await?;
        browser.fill("ことば・研修会番号", "湘南の倉庫").await?;
        browser.press("絞り込む").await?;
        browser.follow(TITLE).await?;
        browser.see("湘南労働衛生研究所 顧問 平塚 一").await?;
        browser.press_and_confirm("承認").await?;
        browser.see("承認しました。").await?;
        browser.see(after).await?;
    }
    Ok(())
}
