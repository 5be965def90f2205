//! What a credit is worth: the rules of each scheme as data, and the evaluation that explains
//! itself.
//!
//! [`rule_set`] finds the rules, [`evaluate`] applies them to [`Facts`]; my page, the offices and
//! [`evaluate_document`] all decide with these two.

mod contract;
mod count;
mod evaluate;
mod explain;
mod facts;
mod learned;
mod reader;
mod require;
mod rules;
mod training_rules;

pub use contract::{Malformed, evaluate_document};
pub use evaluate::evaluate;
pub use explain::{CreditRef, Evaluation, NotCounted, Reason, Requirement};
pub use facts::{
    Activity, Course, Credit, Facts, Grace, Kind, Scheme, Source, SpecialMeasure, Waiver, WaiverKind,
};
pub use learned::{Learned, learned};
pub use rules::{
    Accepts, BadRules, CourseUnsaid, ItemRule, Limit, Measure, MeasureRule, RequirementRule, RuleSet,
    SchemeRules, WaiverRule, Window, rule_set, scheme_rules,
};
pub use training_rules::{CodesOfATalk, HoldingReport, LineRule, TrainingRules, item_label};
