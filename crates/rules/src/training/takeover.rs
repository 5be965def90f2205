//! Which way a training goes that was approved or held around the start of the system.

use crate::base::FiscalYear;
use crate::named::named;

/// The first fiscal year in which trainings are approved and held in the system [seed].
const FIRST_YEAR: FiscalYear = FiscalYear(2025);

named! {
    /// What happens to a training, by the years of its approval and of its holding [seed].
    Case {
        AllOnPaper = "all_on_paper", "すべて紙で行います。単位シールを配布し、システムには入力しません。";
        PaperThenSystem = "paper_then_system", "申請は紙またはPDFで済んでいます。単位シールは配布できません。単位はシステムに入力します。";
        AllInSystem = "all_in_system", "申請から報告まで、すべてシステムで行います。";
    }
}

/// The case of a training: ① [`Case::AllOnPaper`], ② [`Case::PaperThenSystem`],
/// ③ [`Case::AllInSystem`]. `None` when it would have been held in a year before its approval and
/// before the system, which is a mistake in the data.
pub fn case_of(approved: FiscalYear, held: FiscalYear) -> Option<Case> {
    match (approved >= FIRST_YEAR, held >= FIRST_YEAR) {
        (false, false) => Some(Case::AllOnPaper),
        (false, true) => Some(Case::PaperThenSystem),
        (true, true) => Some(Case::AllInSystem),
        (true, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_years_of_approval_and_holding_decide() {
        for (approved, held, expected) in [
            (2024, 2024, Some(Case::AllOnPaper)),
            (2024, 2025, Some(Case::PaperThenSystem)),
            (2025, 2025, Some(Case::AllInSystem)),
            (2026, 2027, Some(Case::AllInSystem)),
            (2023, 2026, Some(Case::PaperThenSystem)),
            (2025, 2024, None),
        ] {
            let case = case_of(FiscalYear(approved), FiscalYear(held));
            assert_eq!(case, expected, "{approved} {held}");
        }
    }
}
