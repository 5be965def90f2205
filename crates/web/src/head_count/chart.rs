//! Numbers over the months as lines. The picture says nothing that the table beside it does not say: every line has
//! its name at its end and a pattern of its own, so that it is read without colours and on paper.

use mamis_rules::base::Day;
use mamis_rules::membership::head_count::Series;

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 420.0;
/// Room for the numbers on the left, the names on the right, the months below.
const LEFT: f64 = 84.0;
const RIGHT: f64 = 176.0;
const TOP: f64 = 20.0;
const BOTTOM: f64 = 44.0;
/// Height of a name.
const NAME: f64 = 22.0;

/// A picture of 960 × 420 units.
pub(super) struct Chart {
    /// Height and word of each line across.
    pub(super) levels: Vec<(String, String)>,
    /// Place and word of each month named.
    pub(super) months: Vec<(String, String)>,
    pub(super) lines: Vec<Line>,
}

pub(super) struct Line {
    /// Which pattern, from 0.
    pub(super) pattern: usize,
    pub(super) points: String,
    /// Where the line ends.
    pub(super) end: (String, String),
    pub(super) label: &'static str,
    /// Where the name stands: moved away from its neighbours.
    pub(super) label_at: String,
}

/// The picture of several series over the same days; none where there is nothing to draw a line through.
pub(super) fn chart(days: &[Day], series: &[Series]) -> Option<Chart> {
    if days.len() < 2 || series.is_empty() {
        return None;
    }
    let most = series.iter().flat_map(|one| &one.heads).copied().max().unwrap_or_default();
    let step = step(most);
    let top = (most.max(1) as u64).div_ceil(step) * step;
    let x = |at: usize| LEFT + (WIDTH - LEFT - RIGHT) * at as f64 / (days.len() - 1) as f64;
    let y = |heads: f64| HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * heads / top as f64;
    let levels = (0..=top / step).map(|level| level * step);
    // As many months as have room for their names.
    let every = days.len().div_ceil(7).max(1);
    let named = |at: &usize| (days.len() - 1 - at).is_multiple_of(every);
    let month = |at: usize| (unit(x(at)), format!("{}年{}月", days[at].year(), days[at].month()));
    let ends: Vec<f64> =
        series.iter().map(|one| y(one.heads.last().copied().unwrap_or_default() as f64)).collect();
    let names = apart(&ends);
    Some(Chart {
        levels: levels.map(|level| (unit(y(level as f64)), thousands(level as i64))).collect(),
        months: (0..days.len()).filter(named).map(month).collect(),
        lines: series
            .iter()
            .enumerate()
            .map(|(pattern, one)| {
                let point =
                    |(at, heads): (usize, &i64)| format!("{},{}", unit(x(at)), unit(y(*heads as f64)));
                Line {
                    pattern,
                    points: one.heads.iter().enumerate().map(point).collect::<Vec<_>>().join(" "),
                    end: (unit(x(days.len() - 1)), unit(ends[pattern])),
                    label: one.label,
                    label_at: unit(names[pattern]),
                }
            })
            .collect(),
    })
}

/// The distance of the lines across: 1, 2 or 5 of some power of ten, so that there are three to six of them.
fn step(most: i64) -> u64 {
    let most = most.max(1).unsigned_abs();
    let mut power = 1;
    loop {
        for digit in [1, 2, 5] {
            if power * digit * 5 >= most {
                return power * digit;
            }
        }
        power *= 10;
    }
}

/// The heights moved apart so that names do not lie on each other, within the picture.
fn apart(ends: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..ends.len()).collect();
    order.sort_by(|one, other| ends[*one].total_cmp(&ends[*other]));
    let mut places = ends.to_vec();
    for pair in order.windows(2) {
        places[pair[1]] = places[pair[1]].max(places[pair[0]] + NAME);
    }
    // What was pushed out below moves up again.
    let mut lowest = HEIGHT - BOTTOM;
    for at in order.into_iter().rev() {
        places[at] = places[at].min(lowest);
        lowest = places[at] - NAME;
    }
    places
}

fn unit(value: f64) -> String {
    format!("{value:.1}")
}

/// A number as people read it: 12,345.
pub(super) fn thousands(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut written = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            written.push(',');
        }
        written.push(digit);
    }
    if number < 0 { format!("−{written}") } else { written }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        for (number, written) in
            [(0, "0"), (999, "999"), (1_000, "1,000"), (-12_345, "−12,345"), (176_000, "176,000")]
        {
            assert_eq!(thousands(number), written);
        }
    }

    #[test]
    fn lines_across_are_round_and_few() {
        for (most, distance) in
            [(0, 1), (4, 1), (7, 2), (12, 5), (60, 20), (180_000, 50_000), (250_001, 100_000)]
        {
            assert_eq!(step(most), distance, "{most}");
        }
    }

    #[test]
    fn names_never_lie_on_each_other_nor_outside() {
        for ends in [vec![300.0, 301.0, 302.0], vec![376.0; 7], vec![20.0, 20.0], vec![200.0]] {
            let mut places = apart(&ends);
            places.sort_by(f64::total_cmp);
            assert!(places.windows(2).all(|pair| pair[1] - pair[0] >= NAME - 0.001), "{places:?}");
            assert!(places.iter().all(|place| (0.0..=HEIGHT - BOTTOM).contains(place)), "{places:?}");
        }
    }

    #[test]
    fn a_line_goes_through_its_numbers() {
        let days = ["2026-10-01", "2026-11-01"].map(|day| Day::parse(day).expect("a day"));
        let series = [Series { label: "A①", heads: vec![0, 5] }];
        let chart = chart(&days, &series).expect("two days");
        assert_eq!(chart.lines[0].points, "84.0,376.0 784.0,20.0");
        assert!(super::chart(&days[..1], &series).is_none() && super::chart(&days, &[]).is_none());
    }
}
