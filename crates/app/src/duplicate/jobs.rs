//! Finding pairs every night.

use super::{actions, lists};
use crate::cx::Cx;
use crate::error::Result;
use crate::jobs::Report;
use mamis_rules::physician::duplicate::score;

/// Lays pairs before the offices that are alike enough. A pair that was judged different comes up again only when
/// more speaks for it than then.
///
/// # Errors
/// A fault of the database; what was laid before stays.
#[crate::boxed]
pub async fn find(cx: &Cx) -> Result<Report> {
    let threshold = cx.app.settings.people.duplicate_threshold;
    let (mut done, mut cut) = (0, "");
    for way in lists::candidates::WAYS {
        let pairs = lists::candidates::pairs(cx, way).await?;
        if pairs.len() as u64 == lists::candidates::MOST {
            cut = "; one of the ways stopped at its limit, the rest follows when these are judged";
        }
        for pairs in pairs.chunks(lists::candidates::CHUNK) {
            cx.app.stopping.check()?;
            let known = lists::candidates::known(cx, pairs).await?;
            let alike = pairs.iter().filter_map(|pair| {
                let score = score(known.get(&pair.first)?, known.get(&pair.second)?);
                (score.points >= threshold).then_some((*pair, score))
            });
            done += actions::lay(cx, alike.collect()).await?;
        }
    }
    Ok(Report { done, sentence: format!("{done} pairs laid before offices{cut}") })
}
