//! Calibration: whether a confidence equals the observed frequency. Pure.
//!
//! Owns the expected calibration error with its curve, and precision and coverage at thresholds. Leaves the confidences to
//! `queries` and `calls`.

use serde::Serialize;

use super::metrics::{mean, ratio, rounded};

/// Bins of the curve, of equal width.
const BINS: usize = 10;

/// Steps of a threshold between 0 and 1.
const STEPS: usize = 20;

/// A confidence and its outcome.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoredOutcome {
    /// The confidence, 0–1.
    pub confidence: f64,
    /// Whether it was right.
    pub right: bool,
}

/// Calibration of confidences.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reliability {
    /// Number of confidences.
    pub n: usize,
    /// Expected calibration error: mean distance of confidence and accuracy over ten bins, weighted by their counts
    /// (Naeini et al. 2015); 0 is perfect.
    pub ece: f64,
    /// Mean confidence.
    pub confidence: f64,
    /// Share that was right.
    pub right: f64,
    /// The curve, without empty bins.
    pub curve: Vec<Bin>,
}

/// One bin of the curve.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bin {
    /// From, inclusive.
    pub from: f64,
    /// To, exclusive but for the last.
    pub to: f64,
    /// Number of confidences in it.
    pub n: usize,
    /// Their mean.
    pub confidence: f64,
    /// Share that was right.
    pub right: f64,
}

/// Computes the calibration; None without confidences.
#[must_use]
pub fn reliability(judged: &[ScoredOutcome]) -> Option<Reliability> {
    let accuracy = |of: &[ScoredOutcome]| mean(of.iter().map(|one| f64::from(u8::from(one.right))));
    let mut bins: Vec<Vec<ScoredOutcome>> = vec![Vec::new(); BINS];
    for one in judged {
        bins[((one.confidence * BINS as f64) as usize).min(BINS - 1)].push(*one);
    }
    let width = 1.0 / BINS as f64;
    let curve: Vec<Bin> = (0..)
        .zip(&bins)
        .filter_map(|(at, bin)| {
            let from = f64::from(at) * width;
            Some(Bin {
                from: rounded(from, 2),
                to: rounded(from + width, 2),
                n: bin.len(),
                confidence: mean(bin.iter().map(|one| one.confidence))?,
                right: accuracy(bin)?,
            })
        })
        .collect();
    let distance =
        |bin: &Bin| (bin.confidence - bin.right).abs() * bin.n as f64 / judged.len() as f64;
    Some(Reliability {
        n: judged.len(),
        ece: rounded(curve.iter().map(distance).sum(), 4),
        confidence: mean(judged.iter().map(|one| one.confidence))?,
        right: accuracy(judged)?,
        curve,
    })
}

/// Precision and coverage at one threshold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// The threshold, inclusive.
    pub threshold: f64,
    /// Number accepted.
    pub shown: usize,
    /// Share of them that is right; None if nothing is accepted.
    pub precision: Option<f64>,
    /// Share of the expected results that is accepted; None if nothing is expected.
    pub coverage: Option<f64>,
}

/// Precision and coverage at thresholds. `best_right` has the best confidence of each expected result, None if it
/// was not found. Steps at which nothing changes are left out.
#[must_use]
pub fn thresholds(judged: &[ScoredOutcome], best_right: &[Option<f64>]) -> Vec<Step> {
    let step = |at: usize| {
        let threshold = at as f64 / STEPS as f64;
        let shown = judged
            .iter()
            .filter(|one| one.confidence >= threshold)
            .count();
        let right = judged
            .iter()
            .filter(|one| one.right && one.confidence >= threshold)
            .count();
        let covered = best_right
            .iter()
            .flatten()
            .filter(|best| **best >= threshold)
            .count();
        Step {
            threshold: rounded(threshold, 2),
            shown,
            precision: ratio(right, shown),
            coverage: ratio(covered, best_right.len()),
        }
    };
    let mut steps: Vec<Step> = (0..=STEPS).map(step).collect();
    // Of steps that accept the same, the highest is kept.
    steps.reverse();
    steps.dedup_by_key(|step| (step.shown, step.coverage.map(f64::to_bits)));
    steps.reverse();
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(of: &[(f64, bool)]) -> Vec<ScoredOutcome> {
        of.iter()
            .map(|(confidence, right)| ScoredOutcome {
                confidence: *confidence,
                right: *right,
            })
            .collect()
    }

    #[test]
    fn the_error_is_the_distance_of_promise_and_truth() {
        let check = |of: &[(f64, bool)], expected: f64| {
            assert_eq!(reliability(&judged(of)).unwrap().ece, expected)
        };
        check(
            &[(0.75, true), (0.75, true), (0.75, true), (0.75, false)],
            0.0,
        );
        check(&[(1.0, true), (0.0, false)], 0.0);
        check(&[(1.0, false), (0.0, true)], 1.0);
        check(
            &[(0.95, true), (0.95, false), (0.15, false), (0.15, false)],
            0.3,
        );
        assert_eq!(reliability(&[]), None);
    }

    #[test]
    fn the_curve_has_a_bin_for_each_width_with_something_in_it() {
        let found = reliability(&judged(&[(0.1, false), (0.19, true), (1.0, true)])).unwrap();
        let bins: Vec<_> = found
            .curve
            .iter()
            .map(|bin| (bin.from, bin.n, bin.confidence, bin.right))
            .collect();
        assert_eq!(bins, [(0.1, 2, 0.145, 0.5), (0.9, 1, 1.0, 1.0)]);
    }

    #[test]
    fn a_higher_threshold_shows_less() {
        let steps = thresholds(&judged(&[(0.9, true), (0.6, false)]), &[Some(0.9), None]);
        let told: Vec<_> = steps
            .iter()
            .map(|step| (step.threshold, step.shown, step.precision, step.coverage))
            .collect();
        assert_eq!(
            told,
            [
                (0.6, 2, Some(0.5), Some(0.5)),
                (0.9, 1, Some(1.0), Some(0.5)),
                (1.0, 0, None, Some(0.0))
            ]
        );
    }
}
