//! The job that carries out what offices asked for.

use super::actions::run;
use super::lists;
use crate::cx::Cx;
use crate::error::Result;
use crate::jobs::Report;

/// Carries out every act that was asked for, the oldest first. One that fails does not hold up the others.
///
/// # Errors
/// The last fault; the rest of that act follows at the next run.
#[crate::boxed]
pub async fn carry_out(cx: &Cx) -> Result<Report> {
    let (mut done, mut failure) = (0, None);
    for asked in lists::open_runs(cx.db()).await? {
        match run::carry_out(cx, &asked).await {
            Ok(lines) => done += lines.max(1),
            Err(error) => {
                tracing::error!(run = %asked.id, %error, "a bulk change stopped");
                failure = Some(error);
            }
        }
        cx.app.stopping.check()?;
    }
    match failure {
        Some(error) => Err(error),
        None => Ok(Report { done, sentence: format!("{done} lines of bulk changes") }),
    }
}
