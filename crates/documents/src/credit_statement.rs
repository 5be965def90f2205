//! 学習単位取得証 and 単位取得証明書: the credits of one scheme in one fiscal year.

use mamis_rules::base::{Credits, Day, FiscalYear};
use mamis_rules::credit::Scheme;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::printer::Page;
use crate::{CategoryCredits, DocumentError, Printer, Seal, Signatory, Verification};

/// A credit statement: A4 portrait, as many pages as the year needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditStatement {
    /// The statement's number.
    pub number: String,
    /// The name exactly as registered.
    pub name: String,
    /// The registry number; printed when given.
    pub registry_number: Option<String>,
    /// The number of a member of the national association; printed when given.
    pub member_id: Option<String>,
    /// The scheme; it decides the title.
    pub scheme: Scheme,
    /// The fiscal year.
    pub fiscal_year: i32,
    /// The last day that is counted, where the year is not over yet.
    pub as_of: Option<Day>,
    /// The credits, the earliest first.
    pub lines: Vec<StatementLine>,
    /// What counts in all.
    pub credits: Credits,
    /// The sums by category; empty where the scheme has none.
    pub categories: Vec<CategoryCredits>,
    /// The curriculum codes, each once; none where the scheme has none.
    pub codes: Option<Vec<u16>>,
    /// The day of issue.
    pub issued: Day,
    /// Who signs.
    pub signatory: Signatory,
    /// Whether room is left for a stamped seal.
    pub seal: Seal,
    /// How a reader makes sure that it is genuine.
    pub verification: Verification,
}

/// One credit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementLine {
    /// The day it was earned.
    pub day: Day,
    /// What it was earned with.
    pub title: String,
    /// Who held it.
    pub host: String,
    /// The curriculum code or the category: 12, 生涯研修 専門; empty for what has none.
    pub category: String,
    /// How much of it counts.
    pub credits: Credits,
}

impl Printer {
    /// The credit statement.
    ///
    /// # Errors
    /// [`DocumentError::MissingGlyph`], [`DocumentError::AddressTooLong`].
    pub fn credit_statement(&self, statement: &CreditStatement) -> Result<Vec<u8>, DocumentError> {
        let line = |line: &StatementLine| -> Value {
            json!({
                "day": format!("{}年{}月{}日", line.day.year(), line.day.month(), line.day.day()),
                "title": line.title,
                "host": line.host,
                "category": line.category,
                "credits": line.credits.to_string(),
            })
        };
        let category =
            |sum: &CategoryCredits| json!({ "category": sum.category, "credits": sum.credits.to_string() });
        let title = statement.title();
        self.print(Page {
            template: "credit-statement.typ",
            title: format!("{title} {}年度", statement.fiscal_year),
            day: statement.issued,
            data: json!({
                "number": statement.number,
                "name": statement.name,
                "registry_number": statement.registry_number,
                "member_id": statement.member_id,
                "title": title,
                "scheme": statement.scheme.label(),
                "year": era_year(statement.fiscal_year),
                "as_of": statement.as_of.map(Day::era),
                "lines": statement.lines.iter().map(line).collect::<Vec<_>>(),
                "credits": statement.credits.to_string(),
                "categories": statement.categories.iter().map(category).collect::<Vec<_>>(),
                "codes": statement.codes,
                "issued": statement.issued.era(),
                "signatory": statement.signatory,
                "seal": statement.seal,
                "verification": statement.verification.mark()?,
            }),
        })
    }
}

impl CreditStatement {
    /// The word for a year of 日医生涯教育 is its own \[seed\]; statements of other schemes are called plainly
    /// \[assumed\].
    fn title(&self) -> &'static str {
        match self.scheme {
            Scheme::Cme => "学習単位取得証",
            _ => "単位取得証明書",
        }
    }
}

/// 2025年度（令和7年度）.
fn era_year(year: i32) -> String {
    let first = FiscalYear(year).first().era();
    let era = first.split('年').next().unwrap_or_default();
    format!("{year}年度（{era}年度）")
}
