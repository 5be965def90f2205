//! What a series of requests says: how many a second, and how long they took.

use std::ops::AddAssign;
use std::time::Duration;

/// Requests of one kind, measured in one or several rounds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Measured {
    /// One duration for each request, in no order.
    pub(crate) latencies: Vec<Duration>,
    /// How long the rounds took altogether.
    pub(crate) elapsed: Duration,
    /// Processor time the server, and its database where that is another process, spent.
    pub(crate) processor: Duration,
    /// Bytes of all bodies as they came over the line.
    pub(crate) bytes: u64,
}

impl AddAssign for Measured {
    fn add_assign(&mut self, other: Self) {
        self.latencies.extend(other.latencies);
        self.elapsed += other.elapsed;
        self.processor += other.processor;
        self.bytes += other.bytes;
    }
}

impl Measured {
    /// Requests a second; zero when nothing was measured.
    pub(crate) fn rate(&self) -> f64 {
        per_second(self.latencies.len(), self.elapsed)
    }

    /// The duration that `percent` of the requests did not exceed.
    pub(crate) fn percentile(&self, percent: f64) -> Duration {
        let mut sorted = self.latencies.clone();
        sorted.sort_unstable();
        percentile(&sorted, percent)
    }

    /// Processor time of one request.
    pub(crate) fn processor_each(&self) -> Duration {
        each(self.processor, self.latencies.len())
    }

    /// Size of one body.
    pub(crate) fn bytes_each(&self) -> u64 {
        self.bytes / (self.latencies.len().max(1) as u64)
    }
}

/// Things a second.
pub(crate) fn per_second(count: usize, elapsed: Duration) -> f64 {
    if elapsed.is_zero() { 0.0 } else { count as f64 / elapsed.as_secs_f64() }
}

fn each(whole: Duration, count: usize) -> Duration {
    u32::try_from(count).ok().and_then(|count| whole.checked_div(count)).unwrap_or_default()
}

/// The nearest rank: the smallest duration that at least `percent` of them do not exceed.
pub(crate) fn percentile(sorted: &[Duration], percent: f64) -> Duration {
    let rank = (percent / 100.0 * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.clamp(1, sorted.len().max(1)) - 1).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(value: u64) -> Duration {
        Duration::from_millis(value)
    }

    #[test]
    fn a_percentile_is_the_nearest_rank() {
        let hundred: Vec<Duration> = (1..=100).map(ms).collect();
        let check = |sorted: &[Duration], percent, wanted| {
            assert_eq!(percentile(sorted, percent), wanted, "{percent}")
        };
        check(&hundred, 50.0, ms(50));
        check(&hundred, 99.0, ms(99));
        check(&hundred, 99.5, ms(100));
        check(&hundred, 100.0, ms(100));
        check(&hundred, 0.0, ms(1));
        check(&[ms(1), ms(2), ms(30)], 50.0, ms(2));
        check(&[ms(1), ms(2), ms(30)], 99.0, ms(30));
        check(&[ms(7)], 99.0, ms(7));
        check(&[], 99.0, Duration::ZERO);
    }

    #[test]
    fn rounds_add_up() {
        let mut all =
            Measured { latencies: vec![ms(9), ms(1)], elapsed: ms(10), processor: ms(4), bytes: 300 };
        all += Measured { latencies: vec![ms(5), ms(3)], elapsed: ms(30), processor: ms(4), bytes: 100 };
        assert_eq!(all.rate(), 100.0);
        assert_eq!(all.percentile(50.0), ms(3));
        assert_eq!(all.processor_each(), ms(2));
        assert_eq!(all.bytes_each(), 100);
        let none = Measured::default();
        assert_eq!((none.rate(), none.processor_each(), none.bytes_each()), (0.0, Duration::ZERO, 0));
    }
}
