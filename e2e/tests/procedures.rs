//! The procedures of members, each from my page through every association that decides.

use anyhow::{Context, Result, ensure};
use mamis_e2e::{Browser, Scripts, Site, photo};
use std::process::Command;

/// A site and a browser on its way through a procedure.
struct Story {
    site: Site,
    browser: Browser,
}

/// Whose procedure it is.
#[derive(Clone, Copy)]
struct Applicant {
    login_id: &'static str,
    name: &'static str,
}

const JOINS: Applicant = Applicant { login_id: "shimizu", name: "清水 葵" };
const MEMBER: Applicant = Applicant { login_id: "sato", name: "佐藤 恵子" };
const MOVES: Applicant = Applicant { login_id: "hara", name: "原 健" };

#[tokio::test(flavor = "multi_thread")]
async fn procedures_of_members() -> Result<()> {
    let site = Site::start().await?;
    let browser = Browser::start(&site, Scripts::On).await?;
    let mut story = Story { site, browser };
    a_joining_is_sent(&mut story).await?;
    it_is_returned_mended_and_approved_by_three(&mut story).await?;
    the_new_member_has_a_letter(&mut story).await?;
    a_change_is_reported_and_received(&mut story).await?;
    a_transfer_crosses_prefectures(&mut story).await?;
    a_leaving_is_approved_and_taken_back(&mut story).await?;
    story.site.end().await
}

impl Story {
    async fn as_(&mut self, login_id: &str) -> Result<&Browser> {
        self.browser.login(&self.site, login_id).await?;
        Ok(&self.browser)
    }

    /// From "which procedure do I need?" to the form, on a phone.
    async fn begin(&mut self, applicant: Applicant, kind: &str) -> Result<&Browser> {
        let browser = self.as_(applicant.login_id).await?;
        browser.look_as(Browser::PHONE)?;
        browser.open("/my").await?;
        browser.follow("どの手続きが必要か").await?;
        browser.axe().await?;
        browser.follow(&format!("{kind}の手続きへ")).await?;
        browser.axe().await?;
        browser.press("手続きを始める").await?;
        browser.see(&format!("{kind}の手続き")).await?;
        browser.axe().await?;
        Ok(browser)
    }

    /// Opens somebody's procedure as an office does: from its list, by the name.
    async fn open(&mut self, office: &str, applicant: Applicant) -> Result<&Browser> {
        let browser = self.as_(office).await?;
        browser.look_as(Browser::DESK)?;
        browser.open("/membership-applications").await?;
        browser.fill("氏名・カナ・申請番号", applicant.name).await?;
        browser.press("さがす").await?;
        browser.axe().await?;
        browser.follow(applicant.name).await?;
        browser.axe().await?;
        browser.screenshot(&format!("procedure-{office}-{}", applicant.login_id))?;
        Ok(browser)
    }

    /// Each office in turn presses its button.
    async fn pass(&mut self, applicant: Applicant, acts: &[(&str, &str, &str)]) -> Result<()> {
        for (office, button, said) in acts {
            let browser = self.open(office, applicant).await.with_context(|| format!("{office} opens it"))?;
            browser.press(button).await.with_context(|| format!("{office}: {button}"))?;
            browser.see(said).await.with_context(|| format!("{office}: {button}"))?;
        }
        Ok(())
    }
}

async fn a_joining_is_sent(story: &mut Story) -> Result<()> {
    let licence = story.site.file("licence.png");
    std::fs::write(&licence, photo()?)?;
    let browser = story.begin(JOINS, "入会").await?;
    browser.press("送る").await?;
    browser.see("医師免許証").await.context("a first joining needs the licence")?;
    browser.upload("医師免許証", &licence).await?;
    browser.fill("入会を希望する日", "2026-12-01").await?;
    browser.choose("日本医師会まで").await?;
    browser.screenshot("joining-form")?;
    browser.press("送る").await?;
    browser.see("送りました。申請番号は").await?;
    browser.see("藤沢市医師会").await?;
    browser.axe().await
}

async fn it_is_returned_mended_and_approved_by_three(story: &mut Story) -> Result<()> {
    let browser = story.open("fujisawa-admin", JOINS).await?;
    browser.fill("申請者への連絡", "勤務先の住所を番地まで入力してください。").await?;
    browser.press_and_confirm("差し戻す").await?;
    browser.see("差し戻しました。申請者に知らせました。").await?;
    let browser = story.as_(JOINS.login_id).await?;
    browser.look_as(Browser::PHONE)?;
    browser.open("/my").await?;
    browser.follow("入会").await?;
    browser.see("勤務先の住所を番地まで入力してください。").await?;
    browser.follow("内容を直して送る").await?;
    browser.fill_named("workplace_address", "藤沢市鵠沼東1-2-3").await?;
    browser.press("直してもう一度送る").await?;
    browser.see("送りました。").await?;
    let acts = [
        ("fujisawa-admin", "承認する", "承認しました。"),
        ("o14", "承認する", "承認しました。"),
        ("national-admin", "承認する", "承認しました。"),
    ];
    story.pass(JOINS, &acts).await
}

/// The letter names the new number and all three associations.
async fn the_new_member_has_a_letter(story: &mut Story) -> Result<()> {
    let browser = story.as_(JOINS.login_id).await?;
    browser.look_as(Browser::PHONE)?;
    browser.open("/applications").await?;
    browser.follow("入会").await?;
    browser.see("手続きが終わりました。").await?;
    browser.axe().await?;
    browser.screenshot("joining-approved")?;
    let links = browser.links_saying("入会登録完了のお知らせを開く").await?;
    let letter = links.first().context("a link to the letter")?.clone();
    let session = browser.session_cookie().await?;
    let answer = story.site.get(&letter, &session)?;
    ensure!(answer.status == 200, "{letter}: {}", answer.status);
    let file = story.site.file("letter.pdf");
    std::fs::write(&file, &answer.body)?;
    let output = Command::new("pdftotext").arg(&file).arg("-").output().context("pdftotext")?;
    let text: String = String::from_utf8(output.stdout)?.split_whitespace().collect();
    for word in ["清水葵", "藤沢市医師会", "神奈川県医師会", "日本医師会", "3000"] {
        ensure!(text.contains(word), "the letter should say {word}: {text}");
    }
    Ok(())
}

async fn a_change_is_reported_and_received(story: &mut Story) -> Result<()> {
    let browser = story.begin(MEMBER, "届出事項変更").await?;
    browser.fill_named("workplace_name", "湘南みなと食品 本社健康管理室").await?;
    browser.fill("変わった日", "2026-11-24").await?;
    browser.press("送る").await?;
    browser.see("送りました。申請番号は").await?;
    story.pass(MEMBER, &[("fujisawa-admin", "受け付ける", "受け付けました。")]).await?;
    let browser = story.as_(MEMBER.login_id).await?;
    browser.open("/my/account").await?;
    Ok(())
}

/// The draft lies with the association that is left; then the new ones, from the bottom up.
async fn a_transfer_crosses_prefectures(story: &mut Story) -> Result<()> {
    let acts = [
        ("fujisawa-admin", "確認する", "確認しました。"),
        ("o121002", "承認する", "承認しました。"),
        ("o12", "承認する", "承認しました。"),
        ("national-admin", "承認する", "承認しました。"),
    ];
    story.pass(MOVES, &acts).await?;
    let browser = story.as_(MOVES.login_id).await?;
    browser.look_as(Browser::PHONE)?;
    browser.open("/applications").await?;
    browser.follow("異動").await?;
    browser.see("手続きが終わりました。").await?;
    browser.see("千葉市医師会").await?;
    browser.axe().await
}

async fn a_leaving_is_approved_and_taken_back(story: &mut Story) -> Result<()> {
    let browser = story.begin(MEMBER, "退会").await?;
    browser.choose("都道府県医師会と日本医師会を退会する").await?;
    browser.fill("退会する日", "2026-11-30").await?;
    browser.press("送る").await?;
    browser.see("送りました。申請番号は").await?;
    let acts = [("fujisawa-admin", "受け付ける", "受け付けました。"), ("o14", "承認する", "承認しました。")];
    story.pass(MEMBER, &acts).await?;
    let browser = story.as_("o14").await?;
    browser.open("/membership-applications?view=all&kind=leaving").await?;
    browser.fill("氏名・カナ・申請番号", MEMBER.name).await?;
    browser.press("さがす").await?;
    browser.follow(MEMBER.name).await?;
    browser.follow("退会を取り消す").await?;
    browser.axe().await?;
    browser.fill("取り消す理由", "本人が続けることにしました。").await?;
    browser.press("退会を取り消す").await?;
    browser.see("退会を取り消しました。").await?;
    let browser = story.as_(MEMBER.login_id).await?;
    browser.look_as(Browser::PHONE)?;
    browser.open("/applications").await?;
    browser.follow("退会").await?;
    browser.see("取り消しました。手続きの前の登録に戻っています。").await
}
