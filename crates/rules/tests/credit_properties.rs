//! What must hold for every scheme and every set of credits.

use std::collections::BTreeMap;

use mamis_rules::base::{Credits, Day, Period};
use mamis_rules::credit::{
    Course, Credit, Evaluation, Facts, Grace, Kind, RuleSet, Scheme, Source, Waiver, WaiverKind, evaluate,
    rule_set,
};
use proptest::prelude::*;
use proptest::sample::select;

fn day(text: &str) -> Day {
    Day::parse(text).expect("an ISO day")
}

fn rules() -> impl Strategy<Value = &'static RuleSet> {
    let pairs = Scheme::ALL.iter().flat_map(|scheme| {
        let kinds = Kind::ALL.iter();
        kinds.filter_map(|kind| rule_set(*scheme, *kind, day("2026-11-22")))
    });
    select(pairs.collect::<Vec<_>>())
}

/// Credits from so small a world that duplicates, limits and every requirement occur.
fn credit(rules: &'static RuleSet) -> impl Strategy<Value = Credit> {
    let mut categories: Vec<Option<String>> = vec![None, Some("災害医療".into())];
    let mut items: Vec<Option<String>> = vec![None];
    categories.extend(rules.accepts.categories.iter().cloned().map(Some));
    for requirement in &rules.requirements {
        if let Some((kind, name)) = requirement.id.split_once(':') {
            match kind {
                "mandatory" => categories.push(Some(name.into())),
                _ => items.push(Some(name.into())),
            }
        }
    }
    if rules.scheme == Scheme::Cme {
        categories.push(Some("論文執筆".into()));
    }
    items.extend(rules.accepts.items.iter().cloned().map(Some));
    let courses = vec![None, rules.accepts.course, rules.accepts.course, Some(Course::Basic)];
    (
        (0_i64..2000, select(vec![0_i64, 1, 2, 3, 4, 10, 40]), select(courses)),
        (select(categories), select(items), select(Source::ALL.to_vec())),
        proptest::collection::btree_set(0_u16..85, 0..3),
        (proptest::option::of(select(vec!["講義一", "講義二"])), any::<bool>()),
    )
        .prop_map(|((days, halves, course), (category, item, source), codes, (title, confirmed))| {
            Credit {
                id: String::new(),
                // Few days, most of them inside the window.
                date: day("2022-01-01").plus_days(days / 40 * 40),
                source,
                scheme: None,
                course,
                category,
                item,
                amount: Credits::from_hundredths(halves * 50),
                curriculum_codes: codes,
                title: title.map(str::to_owned),
                confirmed,
            }
        })
}

fn facts(rules: &'static RuleSet) -> impl Strategy<Value = Facts> {
    let credits = proptest::collection::vec(credit(rules), 0..12);
    let waivers = proptest::collection::vec(
        (select(WaiverKind::ALL.to_vec()), 0_i64..4000)
            .prop_map(|(kind, days)| Waiver { kind, date: Some(day("2018-01-01").plus_days(days)) }),
        0..2,
    );
    let grace = proptest::option::of(select(Grace::ALL.to_vec()));
    (credits, waivers, grace, any::<bool>()).prop_map(move |(mut credits, waivers, grace, rich)| {
        if rich {
            credits.extend(enough(rules));
        }
        for (at, credit) in credits.iter_mut().enumerate() {
            credit.id = format!("c{at}");
        }
        Facts {
            validity: Some(Period { from: day("2022-04-01"), until: day("2027-03-31") }),
            grace,
            waivers,
            holds: vec![Scheme::Cme],
            activities: ["学校医", "在宅医療"]
                .map(|kind| mamis_rules::credit::Activity { kind: kind.into(), date: day("2025-01-01") })
                .into(),
            credits,
            ..Facts::on(day("2026-11-22"))
        }
    })
}

/// Credits that satisfy the rules exactly, so that a loss of anything shows.
fn enough(rules: &RuleSet) -> Vec<Credit> {
    let give = |category: Option<&str>, item: Option<&str>, amount: i64| Credit {
        id: String::new(),
        date: day("2024-05-31"),
        source: Source::Training,
        scheme: None,
        course: rules.accepts.course,
        category: category.map(str::to_owned),
        item: item.map(str::to_owned),
        amount: Credits::from_hundredths(amount),
        curriculum_codes: Default::default(),
        title: Some("講義一".into()),
        confirmed: false,
    };
    let groups = ["①", "②", "③", "④", "⑤", "⑥"];
    match (rules.scheme, rules.kind) {
        (Scheme::OccupationalPhysician, Kind::Renewal) => {
            vec![give(Some("更新"), None, 1800), give(Some("実地"), None, 100), give(Some("専門"), None, 100)]
        }
        (Scheme::OccupationalPhysician, _) => {
            let items = rules.requirements.iter().filter_map(|rule| rule.id.strip_prefix("item:"));
            let mut credits: Vec<_> = items.map(|item| give(Some("前期"), Some(item), 200)).collect();
            credits.push(give(Some("実地"), None, 1000));
            credits.push(give(Some("後期"), None, 2600));
            credits
        }
        (Scheme::SportsPhysician, Kind::Initial) => {
            let items = rules.accepts.items.iter();
            items.map(|item| give(None, Some(item), 100)).collect()
        }
        (Scheme::SportsPhysician, _) => vec![give(None, None, 500)],
        (Scheme::Cme, _) => vec![
            Credit { curriculum_codes: (0..20).collect(), ..give(Some("論文執筆"), None, 500) },
            give(None, None, 3500),
        ],
        (Scheme::Kakaritsuke, _) => groups
            .iter()
            .enumerate()
            .map(|(at, item)| Credit {
                title: Some(format!("講義{}", at / 2)),
                ..give(None, Some(item), if at < 4 { 200 } else { 100 })
            })
            .collect(),
        (Scheme::KakaritsukeReport, _) => vec![give(None, None, 1000)],
        (Scheme::SpecialistCommon, _) => {
            let names = rules.requirements.iter().filter_map(|rule| rule.id.strip_prefix("mandatory:"));
            names.map(|name| give(Some(name), None, 100)).collect()
        }
    }
}

fn tally<'a>(ids: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, usize> {
    let mut tally = BTreeMap::new();
    for id in ids {
        *tally.entry(id).or_default() += 1;
    }
    tally
}

fn accounted(evaluation: &Evaluation) -> BTreeMap<&str, usize> {
    let counted = evaluation.counted.iter().map(|credit| credit.0.as_str());
    let others = evaluation.not_counted.iter().map(|credit| credit.id.as_str());
    tally(counted.chain(others))
}

#[test]
fn what_is_enough_is_enough() {
    for scheme in Scheme::ALL {
        for kind in Kind::ALL {
            let Some(rules) = rule_set(*scheme, *kind, day("2026-11-22")) else {
                continue;
            };
            let mut world = Facts {
                validity: Some(Period { from: day("2022-04-01"), until: day("2027-03-31") }),
                holds: vec![Scheme::Cme],
                credits: enough(rules),
                ..Facts::on(day("2026-11-22"))
            };
            world.activities = vec![
                mamis_rules::credit::Activity { kind: "学校医".into(), date: day("2025-01-01") },
                mamis_rules::credit::Activity { kind: "在宅医療".into(), date: day("2025-01-01") },
            ];
            for (at, credit) in world.credits.iter_mut().enumerate() {
                credit.id = format!("c{at}");
            }
            let evaluation = evaluate(rules, &world);
            assert!(evaluation.eligible, "{scheme} {kind}: {:?}", evaluation.missing);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_further_credit_never_takes_anything_away(
        (rules, facts, more) in rules().prop_flat_map(|rules| (Just(rules), facts(rules), credit(rules))),
        twin in proptest::option::of(any::<prop::sample::Index>()),
        another_day in any::<bool>(),
    ) {
        let before = evaluate(rules, &facts);
        let mut facts = facts;
        // Often it tells the same talk as one that is there, with another amount,
        // source or day.
        let more = match twin {
            Some(twin) if !facts.credits.is_empty() => {
                let there = twin.get(&facts.credits).clone();
                let Credit { amount, source, confirmed, curriculum_codes, date, .. } = more;
                let date = if another_day { date } else { there.date };
                Credit { amount, source, confirmed, curriculum_codes, date, ..there }
            }
            _ => more,
        };
        facts.credits.push(Credit { id: "a new one".into(), ..more });
        let after = evaluate(rules, &facts);
        prop_assert!(!before.eligible || after.eligible, "{:?}", after.missing);
        prop_assert!(!before.eligible || before.provisional || !after.provisional);
        for (was, is) in before.requirements.iter().zip(&after.requirements) {
            prop_assert!(!was.met || is.met, "{}", was.id);
        }
    }

    #[test]
    fn the_order_of_the_credits_never_matters(
        (rules, facts, shuffled) in rules().prop_flat_map(|rules| facts(rules).prop_flat_map(move |facts| {
            let credits = Just(facts.credits.clone()).prop_shuffle();
            (Just(rules), Just(facts), credits)
        })),
    ) {
        let before = evaluate(rules, &facts);
        let after = evaluate(rules, &Facts { credits: shuffled, ..facts });
        prop_assert_eq!(before, after);
    }

    #[test]
    fn every_credit_is_accounted_for_exactly_once(
        (rules, facts) in rules().prop_flat_map(|rules| (Just(rules), facts(rules))),
        twins in 0_usize..3,
    ) {
        let mut facts = facts;
        let again: Vec<_> = facts.credits.iter().take(twins).cloned().collect();
        facts.credits.extend(again);
        let evaluation = evaluate(rules, &facts);
        let given = tally(facts.credits.iter().map(|credit| credit.id.as_str()));
        prop_assert_eq!(accounted(&evaluation), given);
        prop_assert_eq!(evaluation.eligible, evaluation.missing.is_empty());
        prop_assert_eq!(evaluation.eligible, evaluation.requirements.iter().all(|asked| asked.met));
        prop_assert!(evaluation.eligible || !evaluation.provisional);
    }
}
