//! What an office sends to many, and changes for many.

use super::story::{Story, below};
use anyhow::{Context, Result};

#[tokio::test(flavor = "multi_thread")]
async fn one_office_and_many_people() -> Result<()> {
    let mut story = Story::begin().await?;
    a_file_changes_many_and_is_taken_back(&mut story).await?;
    a_notice_waits_for_its_hour(&mut story).await?;
    story.site.end().await
}

/// One line goes through, one names nobody, one cannot be read.
async fn a_file_changes_many_and_is_taken_back(story: &mut Story) -> Result<()> {
    let browser = story.look("fujisawa-admin", "/physicians?category=c").await?;
    browser.press_at("main tbody a").await?;
    browser.see("医籍登録番号").await?;
    let text = browser.text().await?;
    let (number, born) = (below(&text, "医籍登録番号")?, below(&text, "生年月日")?);
    let born = born.split('（').next().unwrap_or_default();
    let lines = format!(
        "医籍登録番号,生年月日,新会員区分,変更日\n{number},{born},B,2026/12/1\n599998,{born},B,2026/12/1\n\
         {number},{born},,2026/12/1\n"
    );
    let file = story.file("changes.csv", lines)?;
    let browser = story.look("fujisawa-admin", "/bulk-changes/new").await?;
    browser.press("確認する").await?;
    browser.see("何を変えるかを選んでください。").await?;
    browser.press_at("input[name='kind'][value='category']").await?;
    browser.upload("ファイル", &file).await?;
    browser.press("確認する").await?;
    browser.see("ファイルを確認しました。まだ何も変わっていません。").await?;
    browser.see("この医師会の会員に、この番号の方が見つかりません。").await?;
    browser.see("「新会員区分」を書いてください。").await?;
    browser.axe().await?;
    browser.press("1行を実行する").await?;
    browser.see("実行を始めました。").await?;
    let change = browser.path().await?;
    story.until(&change, "この一括変更を取り消す").await?;
    let browser = &story.browser;
    browser.see("実行済み 1行").await?;
    browser.axe().await?;
    browser.follow("この一括変更を取り消す").await?;
    browser.axe().await?;
    browser.fill("取り消す理由", "別の年度の名簿でした。").await?;
    browser.press("取り消す").await?;
    browser.see("取消しを始めました。").await?;
    story.until(&change, "取り消しました 1行").await?;
    let browser = &story.browser;
    browser.follow("開く").await?;
    browser.see("取り下げました。").await?;
    browser.see_in("届出の完了", "行いません").await.context("what never comes is not said to come")?;
    browser.axe().await
}

/// Written for those who were searched, previewed, tested, put off and sent by the clock.
async fn a_notice_waits_for_its_hour(story: &mut Story) -> Result<()> {
    let browser = story.look("fujisawa-admin", "/physicians?category=c").await?;
    browser.follow("この方たちにお知らせを書く").await?;
    browser.axe().await?;
    browser.fill("件名", "冬の講習会のご案内").await?;
    browser.fill_named("body", "{氏名} 先生 {存在しない}").await?;
    browser.press("下書きを保存する").await?;
    browser.see("「{存在しない}」という差し込みはありません。").await?;
    browser.axe().await?;
    browser.choose("検索した条件（会員区分：C）").await?;
    browser.fill_named("body", "{氏名} 先生\n\n12月20日に講習会を開きます。").await?;
    browser.press("下書きを保存する").await?;
    browser.see("下書きを作りました。").await?;
    browser.axe().await?;
    let notice = browser.path().await?;
    browser.follow("宛先の方で下見する").await?;
    browser.see("さんには、次の内容が").await?;
    browser.axe().await?;
    browser.open(&notice).await?;
    browser.press("自分に試し送りする").await?;
    browser.see("あなたのメールアドレスに、試し送りをしました。").await?;
    for (day, said) in [
        ("2026-11-20", "いまより後の日時を入力してください。"),
        ("2026-12-05", "2026年12月5日（令和8年） 09:00に送る予約をしました。"),
    ] {
        browser.fill("送る日", day).await?;
        browser.fill("時刻", "09:00").await?;
        browser.press("この日時に送る").await?;
        browser.see(said).await?;
        browser.axe().await?;
    }
    browser.press("予約を取り消して、下書きに戻す").await?;
    browser.see("予約を取り消して、下書きに戻しました。").await?;
    browser.fill("送る日", "2026-12-05").await?;
    browser.fill("時刻", "09:00").await?;
    browser.press("この日時に送る").await?;
    browser.see("送信の予約").await?;
    browser.wait_until("2026-12-05T09:05").await?;
    story.until(&notice, "送信済み").await?;
    let browser = &story.browser;
    browser.see("届いた数").await?;
    browser.axe().await?;
    browser.open("/demo/mails").await?;
    browser.see("冬の講習会のご案内").await.context("a mail went out")
}
