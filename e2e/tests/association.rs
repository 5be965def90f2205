//! Associations open, move and merge; lists come from files; settings take effect; organizers register.

use super::story::{Story, begin_use, below};
use anyhow::{Context, Result, ensure};
use mamis_e2e::Browser;

/// Where what was opened moves to.
const NEW_PARENT: &str = "茅ヶ崎市医師会";
/// An association with few members, and the one that takes them over.
const GOES: &str = "三浦市医師会";
const TAKES_OVER: &str = "横須賀市医師会";
/// Opened by the test.
const OPENED: &str = "湘南台地区医師会";
const ORGANIZER: &str = "一般社団法人 湘南産業衛生研修会";
const CONTACT: &str = "fumi@shonan-eisei.example.jp";

#[tokio::test(flavor = "multi_thread")]
async fn associations_and_organizers() -> Result<()> {
    let mut story = Story::begin().await?;
    one_opens_and_moves(&mut story).await?;
    a_merger_is_planned_and_withdrawn(&mut story).await?;
    a_list_is_checked_and_imported(&mut story).await?;
    own_categories_have_days(&mut story).await?;
    a_scheme_is_switched_off(&mut story).await?;
    an_organizer_registers(&mut story).await?;
    its_officer_drafts_a_training(&mut story).await?;
    what_was_planned_comes_on_its_day(&mut story).await?;
    story.site.end().await
}

/// Finds an association as everybody does.
async fn open_page(browser: &Browser, name: &str) -> Result<()> {
    browser.open("/associations").await?;
    browser.fill("名称・フリガナ・コード", name).await?;
    browser.press("絞り込む").await?;
    browser.follow(name).await?;
    browser.see("変更の履歴").await
}

async fn one_opens_and_moves(story: &mut Story) -> Result<()> {
    let browser = story.look("national-admin", "/associations").await?;
    open_page(browser, "藤沢市医師会").await?;
    browser.axe().await?;
    browser.follow("この下に医師会を作る").await?;
    browser.axe().await?;
    browser.fill("コード", "１４ 番").await?;
    browser.press("医師会を作る").await?;
    browser.see("コードを半角の英数字で入力してください。").await?;
    browser.see("理由を入力してください。変更の履歴に表示されます。").await?;
    browser.axe().await?;
    browser.fill("コード", "142901").await?;
    browser.fill("名称", OPENED).await?;
    browser.fill("フリガナ", "ショウナンダイチクイシカイ").await?;
    browser.fill("理由", "地区の医師会ができたため").await?;
    browser.press("医師会を作る").await?;
    browser.see("医師会を作りました。").await?;
    browser.follow("別の医師会の下に移す").await?;
    browser.axe().await?;
    browser.fill("新しい上位の医師会", NEW_PARENT).await?;
    browser.fill("変わる日", "2026-11-25").await?;
    browser.fill("理由", "区域の見直しのため").await?;
    browser.press("移すことを登録する").await?;
    browser.see("移すことを登録しました。").await?;
    browser.see_in("区域の見直しのため", "これから").await?;
    browser.axe().await
}

async fn plan_merger(browser: &Browser) -> Result<()> {
    open_page(browser, GOES).await?;
    browser.follow("合併する").await?;
    browser.axe().await?;
    browser.fill("引き継ぐ医師会", TAKES_OVER).await?;
    browser.fill("変わる日", "2026-12-01").await?;
    browser.fill("理由", "会員の減少のため").await?;
    browser.press("合併を登録する").await?;
    browser.see("合併を登録しました。").await?;
    browser.see("2026年12月1日（令和8年）に、合併の予定があります。").await
}

async fn a_merger_is_planned_and_withdrawn(story: &mut Story) -> Result<()> {
    let browser = story.as_("national-admin").await?;
    plan_merger(browser).await?;
    browser.axe().await?;
    browser.press("この予定を取り消す").await?;
    browser.see("変更の予定を取り消しました。").await?;
    browser.see_in("会員の減少のため", "取り消しました").await?;
    browser.see_no("合併の予定があります。").await
}

/// One line changes, one is new, one must be mended: it alone stays out.
async fn a_list_is_checked_and_imported(story: &mut Story) -> Result<()> {
    let list = "コード,階層,上位コード,名称,カナ,電話番号\n\
        142051,郡市区等医師会,14,藤沢市医師会,フジサワシイシカイ,0466-99-0000\n\
        142902,地区医師会,142051,藤沢北地区医師会,フジサワキタチクイシカイ,\n\
        142903,郡市区等医師会,14,,ナマエナシ,\n";
    let file = story.file("associations.csv", list)?;
    let browser = story.look("national-admin", "/association-imports").await?;
    browser.press("確認する").await?;
    browser.see("CSV か Excel（.xlsx）のファイルを選んでください。").await?;
    browser.upload("ファイル", &file).await?;
    browser.press("確認する").await?;
    browser.see("ファイルを確認しました。まだ何も変わっていません。").await?;
    browser.see_in("藤沢北地区医師会", "新しく作ります").await?;
    browser.axe().await?;
    browser.follow("直すところがある行").await?;
    browser.see("「名称」を書いてください。").await?;
    browser.axe().await?;
    browser.press("2行を取り込む").await?;
    browser.see("2行を取り込みました。").await?;
    open_page(browser, "藤沢市医師会").await?;
    browser.see("0466-99-0000").await?;
    browser.see("藤沢北地区医師会").await?;
    browser
        .see("医師会の一覧の取込み（associations.csv）")
        .await
        .context("the history says where it came from")
}

async fn own_categories_have_days(story: &mut Story) -> Result<()> {
    let browser = story.as_("fujisawa-admin").await?;
    open_page(browser, "藤沢市医師会").await?;
    browser.follow("設定").await?;
    browser.axe().await?;
    browser.follow("会員区分を変える").await?;
    browser.axe().await?;
    for said in ["会員区分を登録しました。", "同じ名称の会員区分が、その期間にもあります。"]
    {
        browser.fill_named("category_name", "名誉会員").await?;
        browser.fill_named("category_national", "B").await?;
        browser.press("会員区分を登録する").await?;
        browser.see(said).await?;
    }
    let day = "tr:has([aria-label^='名誉会員']) [name='until']";
    browser.element(day).await?.clear().await?;
    browser.press_in("名誉会員", "この日で終わらせる").await?;
    browser.see_in("名誉会員", "最後の日を入力してください。").await?;
    browser.axe().await?;
    browser.press_in("名誉会員", "この日で終わらせる").await?;
    browser.see("会員区分の最後の日を登録しました。").await
}

/// Off for the host, a new training of the scheme is refused where it is typed; on again, it is drafted.
async fn a_scheme_is_switched_off(story: &mut Story) -> Result<()> {
    switch(story, "「しない」に変える").await?;
    let browser = story.look("fujisawa-training", "/trainings/new").await?;
    browser.fill("研修会の名称", "産業医学研修会").await?;
    browser.fill("おもな制度", "認定産業医").await?;
    browser.fill("開催日", "2027-01-20").await?;
    browser.fill("開始", "13:00").await?;
    browser.fill("終了", "15:00").await?;
    browser.press("下書きを作る").await?;
    browser.see("藤沢市医師会は、いま「認定産業医」の研修会を開いていません。").await?;
    browser.axe().await?;
    switch(story, "「する」に変える").await?;
    let browser = story.as_("fujisawa-training").await?;
    browser.open("/trainings/new").await?;
    draft(browser).await
}

async fn switch(story: &mut Story, button: &str) -> Result<()> {
    let browser = story.as_("fujisawa-admin").await?;
    open_page(browser, "藤沢市医師会").await?;
    browser.follow("設定").await?;
    browser.press_in("認定産業医の研修会を開く", button).await?;
    browser.see("設定を登録しました。").await
}

async fn draft(browser: &Browser) -> Result<()> {
    browser.fill("研修会の名称", "産業医学研修会").await?;
    browser.fill("おもな制度", "認定産業医").await?;
    browser.fill("開催日", "2027-01-20").await?;
    browser.fill("開始", "13:00").await?;
    browser.fill("終了", "15:00").await?;
    browser.press("下書きを作る").await?;
    browser.see("下書きを作りました。続けて入力してください。").await
}

async fn an_organizer_registers(story: &mut Story) -> Result<()> {
    let browser = story.as_nobody().await?;
    browser.open("/organizers/new").await?;
    browser.axe().await?;
    browser.press("確認のメールを受け取る").await?;
    browser.see("団体の名称を入力してください。").await?;
    browser.axe().await?;
    browser.fill("団体の名称", ORGANIZER).await?;
    browser.fill_named("kana", "しょうなんさんぎょうえいせいけんしゅうかい").await?;
    browser.fill("所在地の都道府県", "神奈川県").await?;
    browser.fill_named("address", "藤沢市鵠沼1-2-3").await?;
    browser.fill("電話番号", "0466-00-1111").await?;
    browser.fill("開きたい研修会", "認定産業医の生涯研修（年2回）").await?;
    browser.fill("氏名", "鎌倉 文").await?;
    browser.fill_named("contact_kana", "カマクラ フミ").await?;
    browser.fill("メールアドレス", CONTACT).await?;
    browser.press("確認のメールを受け取る").await?;
    browser.see("まだ申込みは届いていません。").await?;
    browser.follow_mail(CONTACT, "/organizer-verifications/").await?;
    browser.axe().await?;
    browser.press("申込みを送る").await?;
    browser.see("申込みを、神奈川県医師会に送りました。").await?;
    let browser = story.look("kanagawa-training", "/desk").await?;
    browser.follow("外部団体の登録の申込み").await?;
    browser.axe().await?;
    browser.follow(ORGANIZER).await?;
    browser.axe().await?;
    browser.see("ショウナンサンギョウエイセイケンシュウカイ").await?;
    browser.press("承認しない").await?;
    browser.see("承認しない理由を入力してください。").await.context("no refusal without a word")?;
    browser.press("承認する").await?;
    browser.see("承認しました。担当者に、登録の案内をメールで送りました。").await
}

async fn its_officer_drafts_a_training(story: &mut Story) -> Result<()> {
    let browser = story.as_nobody().await?;
    browser.follow_mail(CONTACT, "/invitation-acceptances/").await?;
    browser.axe().await?;
    browser.fill("ログインID", "shonan-fumi").await?;
    begin_use(browser, "登録して、認証アプリへ進む").await?;
    browser.see("二要素認証の登録").await?;
    let text = browser.text().await?;
    let (_, code) = text.split_once("この確認コードを入力してください：").context("the demo's code")?;
    browser.fill("確認コード", &code.chars().take(6).collect::<String>()).await?;
    browser.press("登録する").await?;
    browser.see("予備コードの控え").await?;
    browser.follow("控えました").await?;
    browser.see_in_header(ORGANIZER).await?;
    // Whatever the menu names is there.
    for path in browser.links().await? {
        if path.starts_with("/logout") || path.starts_with("/demo") {
            continue;
        }
        browser.open(&path).await?;
        ensure!(browser.status().await? == 200, "{path}: {}", browser.status().await?);
    }
    browser.open("/trainings").await?;
    browser.axe().await?;
    browser.follow("研修会を登録する").await?;
    browser.axe().await?;
    draft(browser).await?;
    browser.axe().await
}

/// How many members an association has today, as the form of its closing says.
async fn members(browser: &Browser, name: &str) -> Result<u32> {
    open_page(browser, name).await?;
    browser.follow("閉じる").await?;
    browser.see("いまの会員").await?;
    let text = browser.text().await?;
    Ok(below(&text, "いまの会員")?.trim_end_matches('人').replace(',', "").parse()?)
}

async fn what_was_planned_comes_on_its_day(story: &mut Story) -> Result<()> {
    let browser = story.as_("national-admin").await?;
    let before = members(browser, TAKES_OVER).await?;
    let come = members(browser, GOES).await?;
    ensure!(come > 0, "nobody would move");
    plan_merger(browser).await?;
    let path = browser.path().await?;
    browser.wait_until("2026-12-01T08:00").await?;
    story.until(&path, "会員と手続きは、").await?;
    let browser = &story.browser;
    browser.axe().await?;
    browser.follow(TAKES_OVER).await?;
    browser.see("変更の履歴").await?;
    browser.axe().await?;
    let after = members(browser, TAKES_OVER).await?;
    ensure!(after == before + come, "{before} and {come} members became {after}");
    open_page(browser, NEW_PARENT).await?;
    browser.see(OPENED).await.context("below its new parent")
}
