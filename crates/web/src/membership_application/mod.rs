//! The four procedures of membership: the physician's forms and progress, the office's list and review.

mod category;
pub mod forms;
pub mod list;
pub mod loss;
pub mod pages;
pub mod review;

use crate::ctx::Ctx;
use crate::error::WebError;
use mamis_app::application::lists::frame;
use mamis_rules::access::application::Kind;
use mamis_rules::base::ApplicationId;
use mamis_rules::flow::membership::workflow;

/// The procedure of membership that a word names; none for every other word.
pub fn procedure(word: &str) -> Option<Kind> {
    word.parse().ok().filter(|kind| workflow(*kind).is_some())
}

/// Whether an application that the actor sees is a procedure of membership.
///
/// # Errors
/// Not found when there is none or it is not theirs to see.
pub async fn is_one(ctx: &Ctx, id: ApplicationId) -> Result<bool, WebError> {
    Ok(workflow(frame(ctx, ctx.db(), id).await?.kind).is_some())
}

/// What a procedure is for, in a sentence.
pub const fn purpose(kind: Kind) -> &'static str {
    match kind {
        Kind::Joining => {
            "医師会に入会するとき、または、いまより上の医師会（都道府県医師会・日本医師会）にも入会するとき。"
        }
        Kind::Transfer => {
            "勤務先などが変わり、別の郡市区等医師会に移るとき。都道府県をまたぐときも、この手続きひとつで済みます。"
        }
        Kind::Leaving => "医師会を退会するとき。一部の医師会だけの退会もできます。",
        _ => "氏名・住所・勤務先・送付先・会員区分などが変わったとき（同じ医師会の中での変更）。",
    }
}
