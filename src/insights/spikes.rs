//! Spikes: topics with unusually high demand, and since when. Pure.

/// A change in daily counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spike {
    /// The day it began, counted from the first.
    pub(super) at: usize,
    /// Questions since then.
    pub(super) count: u64,
    /// Questions expected from the preceding days.
    pub(super) expected: f64,
}

impl Spike {
    /// Ratio of the two; None if none were expected.
    pub(super) fn factor(&self) -> Option<f64> {
        (self.expected > 0.0).then(|| self.count as f64 / self.expected)
    }
}

/// Minimum days before a spike, as a baseline.
const USUAL_DAYS: usize = 7;

/// Maximum days of a spike: after that it is the new baseline.
const RECENT_DAYS: usize = 14;

/// Minimum questions of a spike.
const FEW: u64 = 8;

/// Minimum ratio of a spike to the expected number.
const FACTOR: f64 = 2.0;

/// Standard deviations above what is expected: z = (count − expected) / √max(expected, 1), since the variance of a Poisson
/// count is its mean. At 4, one in thirty thousand by chance where a count is large enough to be nearly normal.
const DEVIATIONS: f64 = 4.0;

/// The most significant spike among those that last to the last day.
pub(super) fn spike(days: &[u64]) -> Option<Spike> {
    let first = days.len().saturating_sub(RECENT_DAYS).max(USUAL_DAYS);
    (first..days.len())
        .filter_map(|at| {
            let usual = days[..at].iter().sum::<u64>() as f64 / at as f64;
            let count: u64 = days[at..].iter().sum();
            let expected = usual * (days.len() - at) as f64;
            let deviations = (count as f64 - expected) / expected.max(1.0).sqrt();
            let is_spike =
                count >= FEW && count as f64 >= FACTOR * expected && deviations >= DEVIATIONS;
            // It begins on a day that is itself above the baseline.
            let begins = days[at] as f64 >= FACTOR * usual && days[at] > 0;
            (is_spike && begins).then_some((
                deviations,
                Spike {
                    at,
                    count,
                    expected,
                },
            ))
        })
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, spike)| spike)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(days: &[u64], expected: Option<(usize, u64)>) {
        assert_eq!(
            spike(days).map(|one| (one.at, one.count)),
            expected,
            "{days:?}"
        );
    }

    #[test]
    fn a_spike_is_told_with_the_day_it_began() {
        check(&[3, 2, 4, 3, 2, 3, 4, 3, 3, 12, 13, 11], Some((9, 36)));
        check(&[0; 20], None);
        check(&[3; 20], None);
        check(&[3, 2, 4, 3, 2, 3, 4, 3, 3, 5, 4, 5], None);
        check(&[0, 0, 0, 0, 0, 0, 0, 0, 9], Some((8, 9)));
        check(&[1, 9], None);
        check(&[20, 20, 20, 20, 20, 20, 20, 2, 2, 2], None);
    }
}
