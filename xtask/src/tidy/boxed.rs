//! The futures of actions and lists end at the border of their crate (docs/decisions/0012-boxed-futures.md).

use super::Problem;
use super::source::{Source, line_of};

const FOLDER: &str = "crates/app/src/";
const BEGINS: &str = "pub async fn ";
/// How the line before says that the future is boxed.
const BOXED: &str = "#[crate::boxed]";

pub(super) fn open_futures(source: &Source) -> Vec<Problem> {
    if !source.path.starts_with(FOLDER) {
        return Vec::new();
    }
    let code = &source.product;
    let found =
        code.match_indices(BEGINS).filter(|(at, _)| !is_generic(&code[*at..]) && !is_boxed(&code[..*at]));
    let advice = "the crates above compile this future once more: write `#[crate::boxed]` over it";
    found.map(|(at, _)| Problem::new(&source.path, line_of(code, at), advice)).collect()
}

/// What is generic can only be compiled where it is called.
fn is_generic(code: &str) -> bool {
    let signature = code.split('{').next().unwrap_or_default();
    let name = signature.split('(').next().unwrap_or_default();
    let has_types = name
        .split_once('<')
        .is_some_and(|(_, given)| given.split(',').any(|one| !one.trim_start().starts_with('\'')));
    has_types || signature.contains("impl ")
}

fn is_boxed(before: &str) -> bool {
    before.trim_end().ends_with(BOXED)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, problems: usize) {
        assert_eq!(
            open_futures(&Source::new("crates/app/src/signup/actions.rs", text)).len(),
            problems,
            "{text}"
        );
    }

    #[test]
    fn public_futures_are_boxed_unless_they_are_generic() {
        check("pub async fn cancel(cx: &Cx) -> Result<()> {}", 1);
        check("#[crate::boxed]\npub async fn cancel(cx: &Cx) -> Result<()> {}", 0);
        check("pub async fn cancel<'a>(cx: &'a Cx, of: Of<'a>) -> Result<()> {}", 1);
        check("pub async fn find<const N: usize>(db: &Db) -> Result<()> {}", 0);
        check("pub async fn find(db: &impl ConnectionTrait) -> Result<()> {}", 0);
        check("pub(crate) async fn find(db: &Db) -> Result<()> {}", 0);
    }
}
