//! People and their logins: claimed, registered, sent by card; two records become one; a residency ends; a loss is
//! written down.

use super::story::{Story, begin_use, below};
use anyhow::{Context, Result, ensure};
use mamis_e2e::{Browser, photo};

#[tokio::test(flavor = "multi_thread")]
async fn people_and_their_logins() -> Result<()> {
    let mut story = Story::begin().await?;
    a_record_is_claimed(&mut story).await?;
    a_licence_is_compared(&mut story).await?;
    cards_open_the_door(&mut story).await?;
    two_records_become_one_and_two_again(&mut story).await?;
    a_resident_sends_what_was_prepared(&mut story).await?;
    a_death_is_written_down_and_undone(&mut story).await?;
    a_licence_is_lost(&mut story).await?;
    story.site.end().await
}

/// The name on the page of a physician.
async fn name_of(browser: &Browser) -> Result<String> {
    let title = browser.element("h1").await?.text().await?;
    Ok(title.trim_end_matches("さん").to_owned())
}

/// By number, kana and birthday, with the link of a mail; a wrong birthday gets a mail that says so.
async fn a_record_is_claimed(story: &mut Story) -> Result<()> {
    let browser = story.look("fujisawa-admin", "/physicians?not_logged_in=1").await?;
    browser.press_at("main tbody a").await?;
    browser.see("医籍登録番号").await?;
    browser.axe().await?;
    let (name, text) = (name_of(browser).await?, browser.text().await?);
    let named = below(&text, "氏名")?;
    let kana = named.split_once('（').context("kana")?.1.trim_end_matches('）');
    let (family, given) = kana.split_once(' ').context("two names")?;
    let born = below(&text, "生年月日")?.split('（').next().unwrap_or_default();
    let number = below(&text, "医籍登録番号")?;

    let browser = story.as_nobody().await?;
    for (birthday, address) in [("1970年1月2日", "wrong@example.jp"), (born, "claims@example.jp")] {
        browser.open("/claims/new").await?;
        browser.axe().await?;
        browser.fill("姓のカナ", family).await?;
        browser.fill("名のカナ", given).await?;
        browser.fill("生年月日", birthday).await?;
        browser.fill("医籍登録番号", number).await?;
        browser.fill("メールアドレス", address).await?;
        browser.press("確認のメールを送る").await?;
        browser.see(&format!("{address} に、メールを送りました。")).await?;
    }
    browser.follow_mail("wrong@example.jp", "/claims/new").await?;
    browser.follow_mail("claims@example.jp", "/registrations/").await?;
    browser.axe().await?;
    begin_use(browser, "利用を始める").await?;
    browser.see_in_header(&name).await
}

/// A login at once; the prefectural office compares the licence afterwards.
async fn a_licence_is_compared(story: &mut Story) -> Result<()> {
    let licence = story.file("licence.png", photo()?)?;
    let browser = story.as_nobody().await?;
    browser.open("/registrations/new").await?;
    browser.axe().await?;
    browser.press("確認のメールを送る").await?;
    browser.see("入力内容を確認してください").await?;
    browser.axe().await?;
    let typed = [
        ("family_name", "逗子"),
        ("given_name", "渚"),
        ("family_kana", "ズシ"),
        ("given_kana", "ナギサ"),
        ("birth_on", "昭和55年4月1日"),
        ("registry_number", "599123"),
        ("registry_on", "平成18年5月10日"),
        ("workplace", "逗子海岸診療所"),
        ("prefecture", "神奈川県"),
        ("address", "神奈川県逗子市新宿1-2-3"),
        ("email", "nagisa@example.jp"),
    ];
    for (name, value) in typed {
        browser.fill_named(name, value).await?;
    }
    browser.upload("医師免許証の写真、またはPDF", &licence).await?;
    browser.press("確認のメールを送る").await?;
    browser.see("nagisa@example.jp に、メールを送りました。").await?;
    browser.follow_mail("nagisa@example.jp", "/registrations/").await?;
    begin_use(browser, "利用を始める").await?;
    browser.see_in_header("逗子 渚").await?;
    browser.see("マイページ").await?;
    let browser = story.look("o14", "/registration-checks").await?;
    browser.follow("逗子 渚").await?;
    browser.see("医師免許証").await?;
    browser.axe().await?;
    browser.press("医師免許証を確認した").await?;
    browser.see("医師免許証の確認を記録し、本人に知らせました。").await
}

/// What follows a word on a line of a card.
fn on_card<'a>(card: &'a str, word: &str) -> Result<&'a str> {
    let mut values =
        card.lines().filter_map(|line| line.trim().strip_prefix(word)?.split_whitespace().next());
    values.find(|value| value.is_ascii()).with_context(|| format!("no {word} on\n{card}"))
}

/// Issued, printed, typed in by the first person, posted.
async fn cards_open_the_door(story: &mut Story) -> Result<()> {
    let browser = story.look("fujisawa-admin", "/credential-runs").await?;
    browser.press_and_confirm("発行する").await?;
    browser.see("発行を受け付けました。").await?;
    let run = browser.path().await?;
    story.until(&run, "印刷できます").await?;
    let browser = &story.browser;
    browser.axe().await?;
    let file = browser.links_saying("番目の束").await?.into_iter().next().context("a file to print")?;
    let cards = story.pdf(&file).await?;
    let (login_id, password) = (on_card(&cards, "仮ログインID")?, on_card(&cards, "仮パスワード")?);

    let browser = story.as_nobody().await?;
    browser.open("/login").await?;
    browser.fill("ログインID", login_id).await?;
    browser.fill("パスワード", password).await?;
    browser.press("ログイン").await?;
    browser.see("仮パスワードの代わりに使う、新しいパスワードを決めてください。").await?;
    browser.axe().await?;
    begin_use(browser, "利用を始める").await?;
    browser.see("マイページ").await?;

    let browser = story.as_("fujisawa-admin").await?;
    browser.open(&run).await?;
    let text = browser.text().await?;
    ensure!(below(&text, "この発行でログインした方")? == "1人", "one came in:\n{text}");
    browser.press_and_confirm("発送を記録して、印刷ファイルを消す").await?;
    browser.see("発送を記録しました。印刷ファイルは消しました。").await
}

async fn two_records_become_one_and_two_again(story: &mut Story) -> Result<()> {
    story.as_("fujisawa-admin").await?;
    story.until("/duplicates", "渡邉 由美子").await?;
    let browser = &story.browser;
    browser.axe().await?;
    browser.follow("渡邉 由美子").await?;
    browser.see("2つの記録を見比べる").await?;
    browser.axe().await?;
    browser.press_and_confirm("統合する").await?;
    browser.see("理由を500文字以内で入力してください。").await?;
    browser.fill("同じ人と判断した理由", "本人に電話で確認しました。").await?;
    browser.press_and_confirm("統合する").await?;
    browser.see("2つの記録を統合しました。").await?;
    browser.axe().await?;
    browser.fill("元に戻す理由", "別の人とわかりました。").await?;
    browser.press_and_confirm("統合を元に戻す").await?;
    browser.see("統合を元に戻しました。").await?;
    browser.axe().await?;
    browser.open("/duplicates").await?;
    browser.see("渡邉 由美子").await.context("the pair is asked about again")
}

/// Opens somebody's procedure as an office does and presses the button of its step.
async fn decide(story: &mut Story, office: &str, name: &str, button: &str, said: &str) -> Result<()> {
    let browser = story.as_(office).await?;
    browser.open("/membership-applications").await?;
    browser.fill("氏名・カナ・申請番号", name).await?;
    browser.press("さがす").await?;
    browser.follow(name).await?;
    browser.axe().await?;
    browser.press(button).await?;
    browser.see(said).await
}

/// The residency ends with the year: from C to B through three associations, with one press.
async fn a_resident_sends_what_was_prepared(story: &mut Story) -> Result<()> {
    let browser = story.as_("hoshino").await?;
    browser.look_as(Browser::PHONE)?;
    browser.open("/my").await?;
    browser.see("臨床研修の修了にともなう届出の用意ができています").await?;
    browser.axe().await?;
    browser.press("この内容で送る").await?;
    browser.see("送りました。申請番号は").await?;
    browser.axe().await?;
    browser.look_as(Browser::DESK)?;
    for office in ["fujisawa-admin", "o14", "national-admin"] {
        decide(story, office, "星野 優", "承認する", "承認しました。").await.context(office)?;
    }
    let browser = story.as_("hoshino").await?;
    browser.open("/applications").await?;
    browser.follow("届出事項変更").await?;
    browser.see("2027年1月1日（令和9年）から").await?;
    browser.see("からの内容として登録されています。").await
}

/// Writes down a loss for the member in a row of the list; answers with the name.
async fn write_down(story: &mut Story, row: u32, cause: &str) -> Result<String> {
    let browser = story.as_("fujisawa-admin").await?;
    browser.open("/physicians?category=b").await?;
    browser.press_at(&format!("main tbody tr:nth-child({row}) a")).await?;
    browser.see("医籍登録番号").await?;
    let name = name_of(browser).await?;
    browser.follow("死亡・免許の喪失を記録する").await?;
    browser.axe().await?;
    browser.press("記録する").await?;
    browser.see("入力内容を確認してください").await?;
    browser.axe().await?;
    browser.choose(cause).await?;
    browser.fill("その日", "2026-11-20").await?;
    browser.fill("どのように確認しましたか", "ご家族からの電話と、書類の写し").await?;
    browser.press("記録する").await?;
    browser.see("記録しました。本人のログインを止めました。").await?;
    browser.axe().await?;
    decide(story, "o14", &name, "確認する", "確認しました。").await?;
    Ok(name)
}

async fn a_death_is_written_down_and_undone(story: &mut Story) -> Result<()> {
    let name = write_down(story, 1, "死亡").await?;
    let browser = story.as_("fujisawa-admin").await?;
    browser.open("/membership-applications?view=all&kind=leaving").await?;
    browser.fill("氏名・カナ・申請番号", &name).await?;
    browser.press("さがす").await?;
    browser.follow(&name).await?;
    browser.follow("退会を取り消す").await?;
    browser.axe().await?;
    browser.fill("取り消す理由", "別の方の届出でした。").await?;
    browser.press("退会を取り消す").await?;
    browser.see("退会を取り消しました。").await?;
    member_again(story, &name, true).await
}

async fn a_licence_is_lost(story: &mut Story) -> Result<()> {
    let name = write_down(story, 2, "免許の喪失").await?;
    member_again(story, &name, false).await
}

/// Whether somebody is in the list of the members of that category.
async fn member_again(story: &mut Story, name: &str, is_member: bool) -> Result<()> {
    let browser = story.as_("fujisawa-admin").await?;
    browser.open("/physicians?category=b").await?;
    browser.see("全").await?;
    if is_member { browser.see(name).await } else { browser.see_no(name).await }
}
