//! An office examines the application: evidence left, decision right.

use super::{PHYSICIAN, Story};
use anyhow::Result;
use mamis_e2e::Browser;

/// The points that every office ticks.
const POINTS: [&str; 5] = [
    "氏名・生年月日・医籍登録番号が書類と一致している",
    "必要な単位を満たしている",
    "申告された紙の単位を原本と照合した",
    "手帳などの原本を受け取った",
    "審査登録料を受け取った",
];

/// From the desk to the case, to the decision, to the next case.
pub(super) async fn one_by_one(story: &mut Story, office: &str, tier: &str) -> Result<()> {
    let waits = format!("{tier}で審査中");
    let first = tier == "郡市区等医師会";
    let browser = story.look(office, "/desk", &format!("desk-{office}")).await?;
    browser.follow(&waits).await?;
    browser.axe().await?;
    browser.screenshot(&format!("applications-{office}"))?;
    browser.fill("氏名・番号", PHYSICIAN).await?;
    browser.press("絞り込む").await?;
    browser.follow(PHYSICIAN).await?;
    browser.see("確認する内容").await?;
    browser.axe().await?;
    browser.screenshot(&format!("examination-{office}"))?;
    if first {
        originals_arrive(browser).await?;
    }
    for point in POINTS {
        browser.choose(point).await?;
    }
    let meeting = if office == "national-cert" { "運営委員会" } else { "理事会" };
    browser.fill(&format!("{meeting}への備考"), "紙の単位は原本と照合済み").await?;
    browser.press(&format!("適とする（次の{meeting}へ）")).await?;
    browser.see("「適」としました。").await
}

/// The municipal office compares the sticker with the handbook and takes the fee.
async fn originals_arrive(browser: &Browser) -> Result<()> {
    browser.see("14-2024-0815").await?;
    browser.press("原本と一致").await?;
    browser.see("紙の単位の照合を記録しました。").await?;
    browser.fill("受領日", "2026-12-19").await?;
    browser.fill("領収番号", "R-1021").await?;
    browser.press_at("form[action$='/fee-receipts'] button").await?;
    browser.see("審査登録料の受領を記録しました。").await?;
    browser.fill_named("handbook_on", "2026-12-19").await?;
    browser.press_at("form[action$='/handbook-movements'] button").await?;
    browser.see("原本の受け渡しを記録しました。").await
}
