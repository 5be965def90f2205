//! Rule sets: TOML files an office can read, and the types they are read into.
//!
//! The keys are explained in `schemes/README.md`. A file with an unknown key is refused, so a
//! misspelt rule cannot be silently ignored.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::facts::{Course, Credit, Kind, Scheme, WaiverKind};
use super::training_rules::TrainingRules;
use crate::base::{Credits, Day};

/// Why a rule file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRules {
    /// It is no TOML, lacks a key or has an unknown one.
    #[error("制度の規則を読み込めません: {0}")]
    Unreadable(String),
    /// Two versions begin on the same day, or there is none.
    #[error("制度の規則の版が正しくありません: {0}")]
    Versions(String),
}

/// Everything that is data about one scheme.
#[derive(Clone, Debug)]
pub struct SchemeRules {
    /// The scheme.
    pub scheme: Scheme,
    /// Its full name.
    pub name: String,
    /// How its trainings are approved and checked; `None` when it has none of its own.
    pub training: Option<TrainingRules>,
    /// Special measures of the scheme.
    pub special_measures: Vec<MeasureRule>,
    /// One rule set for each version and kind, oldest version first.
    pub rule_sets: Vec<RuleSet>,
}

/// The rules of one scheme and kind in one version.
#[derive(Clone, Debug)]
pub struct RuleSet {
    /// The scheme.
    pub scheme: Scheme,
    /// What is asked for.
    pub kind: Kind,
    /// The version, as it is shown with every result.
    pub version: String,
    /// The first day on which this version decides.
    pub from: Day,
    /// The last day a paper credit may carry.
    pub paper_until: Day,
    /// The name of the kind on pages.
    pub name: String,
    /// From when to when credits count.
    pub window: Window,
    /// Which credits belong here at all.
    pub accepts: Accepts,
    /// What takes credits out of the total.
    pub limits: Vec<Limit>,
    /// What is asked.
    pub requirements: Vec<RequirementRule>,
    /// What may replace the credits.
    pub waivers: Vec<WaiverRule>,
    /// Where the rules come from and how sure they are.
    pub source: String,
}

/// From when to when credits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
pub enum Window {
    /// No limit.
    Open {},
    /// The validity of the certificate, or the period of the scheme.
    Validity {
        /// Without a validity: that many years up to the day asked about.
        default_years: Option<i32>,
        /// By how many months grace moves the end.
        grace_months: i32,
    },
    /// Complete fiscal years.
    FiscalYears {
        /// How many.
        years: i32,
    },
}

/// What to do with a credit that does not say its course.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CourseUnsaid {
    /// It belongs here.
    #[default]
    Accept,
    /// It belongs here when its category exists in this course only.
    ByCategory,
}

/// Whether a credit carries an item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemRule {
    /// It may.
    #[default]
    Free,
    /// It must.
    Needed,
    /// One that does belongs elsewhere.
    None,
}

/// Which credits belong to a rule set.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepts {
    /// Schemes whose credits count; empty for the document's own.
    #[serde(default)]
    pub schemes: Vec<Scheme>,
    /// The course they must be of.
    pub course: Option<Course>,
    /// What a credit without a course means.
    #[serde(default)]
    pub course_unsaid: CourseUnsaid,
    /// The categories that tell the course.
    #[serde(default)]
    pub told_by: Vec<String>,
    /// The categories; empty for any.
    #[serde(default)]
    pub categories: Vec<String>,
    /// Other spellings of categories.
    #[serde(default)]
    pub also_written: BTreeMap<String, String>,
    /// Whether there is an item.
    #[serde(default)]
    pub item: ItemRule,
    /// The items; empty for any.
    #[serde(default)]
    pub items: Vec<String>,
    /// What a person reads when a credit does not belong here.
    pub otherwise: String,
}

impl Accepts {
    /// Whether the credit is of the course, category and item asked for.
    pub fn admits(&self, credit: &Credit) -> bool {
        let category = credit.category.as_deref().map(|name| self.category(name));
        let listed = |list: &[String], name: &str| list.iter().any(|known| known == name);
        let course = match (self.course, credit.course) {
            (None, _) => true,
            (Some(asked), Some(given)) => asked == given,
            (Some(_), None) => match self.course_unsaid {
                CourseUnsaid::Accept => true,
                CourseUnsaid::ByCategory => category.is_some_and(|name| listed(&self.told_by, name)),
            },
        };
        let known_category =
            self.categories.is_empty() || category.is_none_or(|name| listed(&self.categories, name));
        let item = match (&credit.item, self.item) {
            (None, ItemRule::Needed) | (Some(_), ItemRule::None) => false,
            (None, _) => true,
            (Some(name), _) => self.items.is_empty() || listed(&self.items, name),
        };
        course && known_category && item
    }

    /// The category under its usual name.
    pub fn category<'a>(&'a self, name: &'a str) -> &'a str {
        self.also_written.get(name).map_or(name, String::as_str)
    }
}

/// What takes credits out of the total. What a credit proves by itself (a group visited, a
/// mandatory subject heard, a curriculum code) it proves even beyond a limit.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case", deny_unknown_fields)]
pub enum Limit {
    /// At most that much in all; what the requirements ask for is counted first.
    Cap {
        /// How much.
        amount: Credits,
        /// How sure it is.
        source: String,
    },
    /// At most that much in a fiscal year from these categories together.
    YearlyCap {
        /// Which.
        categories: Vec<String>,
        /// How much.
        amount: Credits,
        /// How sure it is.
        source: String,
    },
    /// The same title at most that often.
    SameTitle {
        /// How often.
        times: usize,
        /// How sure it is.
        source: String,
    },
}

/// How a requirement is measured.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case", deny_unknown_fields)]
pub enum Measure {
    /// The sum of credits: of a category, of an item in it, or of all.
    Credits {
        /// Only this category.
        category: Option<String>,
        /// Only this item.
        item: Option<String>,
        /// How much.
        need: Credits,
    },
    /// Every accepted item at least once.
    Subjects {
        /// How much of each.
        each: Credits,
    },
    /// How many credits carry the item, whatever their amount.
    Entries {
        /// The item.
        item: String,
        /// How many.
        need: usize,
    },
    /// Credits and distinct curriculum codes together.
    CreditsPlusCodes {
        /// How much; one code is one.
        need: Credits,
        /// Codes that are another one on old files.
        #[serde(default)]
        same_code: BTreeMap<String, u16>,
    },
    /// Activities inside the window.
    Activities {
        /// How many.
        need: usize,
    },
    /// A certificate of another scheme.
    Certificate {
        /// Which.
        scheme: Scheme,
    },
    /// Asked for before the window ends.
    WindowEnd {},
    /// Asked for within years after the last counted credit or the completion of a waiver.
    YearsAfterLastCredit {
        /// How many; the same day counts.
        years: i32,
    },
}

/// One requirement.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequirementRule {
    /// Its stable id.
    pub id: String,
    /// Its name on pages.
    pub name: String,
    /// How it is measured.
    pub measure: Measure,
    /// What a person reads when it is not met; `{lack}`, `{need}` and `{list}` are filled in.
    pub says: String,
    /// Asked only when the last day of the period lies in this fiscal year or later.
    pub from_renewal_year: Option<i32>,
    /// Where it comes from and how sure it is.
    pub source: String,
}

/// What replaces the credits of an initial application.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaiverRule {
    /// What it is.
    pub kind: WaiverKind,
    /// How many years after its date it holds, the same day included; `None` for ever.
    pub years: Option<i32>,
    /// Where it comes from.
    pub source: String,
}

/// A special measure of a scheme: whose certificates, until when, why.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeasureRule {
    /// Its stable id.
    pub id: String,
    /// Its name on pages.
    pub name: String,
    /// Certificates that expired on this day or later.
    pub expired_from: Day,
    /// Renewable until this day.
    pub until: Day,
    /// Where it comes from.
    pub source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    scheme: Scheme,
    name: String,
    training: Option<TrainingRules>,
    #[serde(default)]
    special_measure: Vec<MeasureRule>,
    version: Vec<FileVersion>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileVersion {
    id: String,
    from: Day,
    paper_until: Day,
    source: String,
    kind: Vec<FileKind>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileKind {
    kind: Kind,
    name: String,
    window: Window,
    source: String,
    accepts: Accepts,
    #[serde(default)]
    limit: Vec<Limit>,
    requirement: Vec<RequirementRule>,
    #[serde(default)]
    waiver: Vec<WaiverRule>,
}

impl SchemeRules {
    /// Reads a rule file. A changed file can be tried on everybody this way before it is released.
    ///
    /// # Errors
    /// [`BadRules`] with the place in the file.
    pub fn parse(text: &str) -> Result<Self, BadRules> {
        let mut file: File = toml::from_str(text).map_err(|error| BadRules::Unreadable(error.to_string()))?;
        let days: BTreeSet<Day> = file.version.iter().map(|version| version.from).collect();
        if days.is_empty() || days.len() != file.version.len() {
            return Err(BadRules::Versions(file.scheme.to_string()));
        }
        file.version.sort_by_key(|version| version.from);
        let scheme = file.scheme;
        let rule_sets = file.version.into_iter().flat_map(|version| version.rule_sets(scheme)).collect();
        Ok(Self {
            scheme,
            name: file.name,
            training: file.training,
            special_measures: file.special_measure,
            rule_sets,
        })
    }

    /// The version that decides on that day; before the first version, the first one.
    pub fn rule_set(&self, kind: Kind, on: Day) -> Option<&RuleSet> {
        let of_kind = || self.rule_sets.iter().filter(|rules| rules.kind == kind);
        of_kind().rfind(|rules| rules.from <= on).or_else(|| of_kind().next())
    }
}

impl FileVersion {
    fn rule_sets(self, scheme: Scheme) -> impl Iterator<Item = RuleSet> {
        let (id, from, paper_until, version_source) = (self.id, self.from, self.paper_until, self.source);
        self.kind.into_iter().map(move |kind| RuleSet {
            scheme,
            kind: kind.kind,
            version: id.clone(),
            from,
            paper_until,
            name: kind.name,
            window: kind.window,
            accepts: kind.accepts,
            limits: kind.limit,
            requirements: kind.requirement,
            waivers: kind.waiver,
            source: format!("{} ({version_source})", kind.source),
        })
    }
}

static SCHEMES: LazyLock<Vec<SchemeRules>> = LazyLock::new(|| {
    [
        include_str!("../../schemes/occupational_physician.toml"),
        include_str!("../../schemes/sports_physician.toml"),
        include_str!("../../schemes/cme.toml"),
        include_str!("../../schemes/kakaritsuke.toml"),
        include_str!("../../schemes/kakaritsuke_report.toml"),
        include_str!("../../schemes/specialist_common.toml"),
    ]
    .into_iter()
    .map(|text| SchemeRules::parse(text).expect("a test reads every file built in"))
    .collect()
});

/// The rules of a scheme as they are built in.
pub fn scheme_rules(scheme: Scheme) -> &'static SchemeRules {
    SCHEMES.iter().find(|rules| rules.scheme == scheme).expect("a test finds every scheme built in")
}

/// The rules that decide on that day; `None` when the scheme has no such kind.
pub fn rule_set(scheme: Scheme, kind: Kind, on: Day) -> Option<&'static RuleSet> {
    scheme_rules(scheme).rule_set(kind, on)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).expect("an ISO day")
    }

    #[test]
    fn every_scheme_is_built_in_and_offers_its_kinds() {
        for (scheme, kinds) in [
            (Scheme::OccupationalPhysician, vec![Kind::Initial, Kind::Renewal]),
            (Scheme::SportsPhysician, vec![Kind::Initial, Kind::Renewal]),
            (Scheme::Cme, vec![Kind::Certificate]),
            (Scheme::Kakaritsuke, vec![Kind::Certificate]),
            (Scheme::KakaritsukeReport, vec![Kind::Certificate]),
            (Scheme::SpecialistCommon, vec![Kind::Record]),
        ] {
            for kind in Kind::ALL {
                let found = rule_set(scheme, *kind, day("2026-11-22"));
                assert_eq!(found.is_some(), kinds.contains(kind), "{scheme} {kind}");
            }
        }
        assert_eq!(SCHEMES.len(), Scheme::ALL.len());
    }

    #[test]
    fn every_requirement_says_where_it_comes_from() {
        let sourced = |text: &str| ["[pub]", "[seed]", "[assumed]"].iter().any(|mark| text.contains(mark));
        for rules in SCHEMES.iter().flat_map(|scheme| &scheme.rule_sets) {
            assert!(sourced(&rules.source), "{}", rules.version);
            let mut ids = BTreeSet::new();
            for requirement in &rules.requirements {
                assert!(sourced(&requirement.source), "{}", requirement.id);
                assert!(ids.insert(&requirement.id), "{} twice", requirement.id);
            }
        }
    }

    #[test]
    fn the_sports_course_has_25_subjects() {
        let rules = rule_set(Scheme::SportsPhysician, Kind::Initial, day("2026-11-22"));
        let items = &rules.expect("the scheme has an initial course").accepts.items;
        assert_eq!(items.iter().collect::<BTreeSet<_>>().len(), 25);
        let training = scheme_rules(Scheme::SportsPhysician).training.as_ref().expect("it has trainings");
        assert!(training.item_names.keys().eq(items.iter().collect::<BTreeSet<_>>()), "each has its name");
        assert_eq!(training.item_label("前期11"), "前期11 メンタルヘルスと運動");
        assert_eq!(training.item_label("総論"), "総論");
    }

    #[test]
    fn the_version_is_chosen_by_the_day() {
        let old = include_str!("../../schemes/cme.toml");
        let (head, version) = old.split_at(old.find("[[version]]").expect("a version"));
        let coming = version.replace("2025-04-01", "2028-04-01").replace("\"60\"", "\"70\"");
        let rules = SchemeRules::parse(&format!("{head}{coming}{version}")).expect("two versions");
        let on = |text| {
            let found = rules.rule_set(Kind::Certificate, day(text));
            found.expect("the scheme has a certificate").version.clone()
        };
        assert_eq!(on("2028-03-31"), "cme-2025-04-01");
        assert_eq!(on("2028-04-01"), "cme-2028-04-01");
        assert_eq!(on("2001-01-01"), "cme-2025-04-01", "before the first, the first");
    }

    #[test]
    fn a_misspelt_key_and_a_doubled_version_are_refused() {
        let file = include_str!("../../schemes/cme.toml");
        let misspelt = file.replace("says =", "sais =");
        assert!(matches!(SchemeRules::parse(&misspelt), Err(BadRules::Unreadable(_))));
        let version = &file[file.find("[[version]]").expect("a version")..];
        let doubled = format!("{file}\n{version}");
        assert!(matches!(SchemeRules::parse(&doubled), Err(BadRules::Versions(_))));
    }
}
