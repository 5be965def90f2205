//! Which officers looked at one's data, and what officers can see at all.

use crate::ctx::Ctx;
use crate::error::WebError;
use crate::page::{Page, show};
use askama::Template;
use axum::response::Response;
use mamis_app::account::lists;
use mamis_app::decision::at;
use mamis_rules::access::Duty;
use mamis_rules::access::physician::{Depth, depth_of};

#[derive(Template)]
#[template(path = "account/looks.html")]
struct LooksPage {
    page: Page,
    looks: Vec<Line>,
    depths: Vec<(&'static str, &'static str)>,
}

struct Line {
    at: String,
    office: String,
    officer: String,
    what: &'static str,
}

/// The page.
pub async fn looks(ctx: Ctx) -> Result<Response, WebError> {
    let line = |look: lists::Look| Line {
        at: at(look.at),
        what: what(&look.what),
        office: look.office,
        officer: look.officer,
    };
    let looks = lists::looks(&ctx).await?.into_iter().map(line).collect();
    let depth = |duty: &Duty| (duty.label(), depth_of(*duty).map_or("見られません", Depth::label));
    let depths = Duty::ALL.iter().map(depth).collect();
    show(&LooksPage { page: Page::new(&ctx, "あなたの情報を見た人"), looks, depths })
}

fn what(noun: &str) -> &'static str {
    match noun {
        "physician" => "登録情報のすべて",
        "application" => "申請・手続きと、その書類",
        "attachment" => "提出した書類",
        "post_letter" => "郵送する案内と送付先",
        "certification" => "認定の記録",
        "signup" => "キャンセル待ちの連絡先",
        "document" => "発行した文書",
        "registration" => "利用者登録と医師免許証",
        "batch" => "理事会・運営委員会の資料に載った申請の内容",
        _ => "個人情報",
    }
}
