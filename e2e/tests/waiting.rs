//! A training is full: somebody waits, goes first by the word of the office, and takes the seat that becomes free.

use super::story::Story;
use anyhow::Result;
use mamis_e2e::{Browser, Scripts, Site};

#[tokio::test(flavor = "multi_thread")]
async fn a_seat_that_becomes_free_is_offered_and_taken() -> Result<()> {
    // As the demo begins: an offer is open.
    let site = Site::start().await?;
    let browser = Browser::start(&site, Scripts::On).await?;
    let mut story = Story { site, browser };
    let training = somebody_waits(&mut story).await?;
    the_office_lets_her_go_first(&mut story, &training).await?;
    she_takes_the_seat(&mut story, &training).await?;
    story.site.end().await
}

async fn somebody_waits(story: &mut Story) -> Result<String> {
    let browser = story.as_("mori").await?;
    browser.open("/trainings?q=横浜市医師会 職場巡視").await?;
    browser.follow("横浜市医師会 職場巡視実地研修会（食品工場）").await?;
    browser.see("定員に達しました。キャンセル待ちに申し込めます。").await?;
    browser.axe().await?;
    browser.press("キャンセル待ちに申し込む").await?;
    browser.see("キャンセル待ちに申し込みました。").await?;
    browser.see("キャンセル待ちをしています（いま5番目）").await?;
    browser.axe().await?;
    browser.screenshot("waiting")?;
    browser.path().await
}

/// The one to whom the seat is offered cannot come; her offer goes to whoever is first then.
async fn the_office_lets_her_go_first(story: &mut Story, training: &str) -> Result<()> {
    let browser = story.as_("yokohama-training").await?;
    browser.open(training).await?;
    browser.follow("キャンセル待ち").await?;
    browser.see("席を案内中").await?;
    browser.axe().await?;
    browser.press_at("main tbody tr:last-child a[href$='/priorities/new']").await?;
    browser.see("森 千鶴").await?;
    browser.axe().await?;
    browser.press("優先にする").await?;
    browser.see("理由を入力してください。").await?;
    browser.axe().await?;
    browser.fill("理由", "認定証の期限まで2か月で、実地の単位が要るため").await?;
    browser.press("優先にする").await?;
    browser.see("順番を変えました。").await?;
    browser.screenshot("waiting-list")?;
    browser.press_at("main tbody tr:first-child a[href$='/acceptances/new']").await?;
    browser.see("電話番号").await?;
    browser.axe().await?;
    browser.follow("戻る").await?;
    browser.press_at("main tbody tr:first-child a[href$='/cancellations/new']").await?;
    browser.axe().await?;
    browser.fill("取り消す理由", "ご本人からお電話で、来られないとの連絡があったため").await?;
    browser.press("申込みを取り消す").await?;
    browser.see("キャンセル待ちを取り消し、本人に知らせました。").await?;
    browser.see_in("森 千鶴", "案内中").await
}

/// My page leads to the offer; whoever has its link answers, without a login.
async fn she_takes_the_seat(story: &mut Story, training: &str) -> Result<()> {
    let browser = story.look("mori", "/my").await?;
    browser.see("キャンセル待ちの研修会に、席が空きました").await?;
    browser.screenshot("seat-offered")?;
    browser.follow("案内を開いて答える").await?;
    browser.axe().await?;
    browser.screenshot("seat-offer")?;
    let link = browser.path().await?;
    let browser = story.as_nobody().await?;
    browser.open(&link).await?;
    browser.see("ログインは要りません。").await?;
    browser.press("席を受ける").await?;
    browser.see("席が決まりました。").await?;
    browser.axe().await?;
    let browser = story.look("mori", training).await?;
    browser.see("申し込んでいます").await?;
    browser.see("受講票").await
}
