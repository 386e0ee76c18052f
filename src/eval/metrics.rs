//! Retrieval metrics: values in, figures out. Pure.
//!
//! Owns nDCG, recall, reciprocal rank, means and percentiles. Leaves what is ranked to `queries` and `calls`.

use serde::Serialize;

use super::dataset::Grades;
use crate::insights::nearest_rank;

/// Results that count per question.
pub const DEPTH: usize = 10;

/// Metrics of one ranking.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RankScores {
    /// Discounted gain of the first ten over the best possible; gain = grade, discount = log2(rank + 1)
    /// (Järvelin and Kekäläinen 2002).
    pub ndcg10: f64,
    /// 1 / rank of the first relevant article among the first ten, else 0.
    pub mrr10: f64,
    /// Recall at 1.
    pub r1: f64,
    /// Recall at 5.
    pub r5: f64,
    /// Recall at 10.
    pub r10: f64,
    /// 1 if the first article is relevant.
    pub hit1: f64,
}

/// Scores a ranking, best first; `grades` has at least one relevant article.
#[must_use]
pub fn rank_scores(ranked: &[&str], grades: &Grades) -> RankScores {
    let discount = |at: usize| (at as f64 + 2.0).log2();
    let gain = |article: &&str| grades.get(*article).copied().unwrap_or(0.0);
    let first = &ranked[..ranked.len().min(DEPTH)];
    let gained: f64 = first
        .iter()
        .enumerate()
        .map(|(at, article)| gain(article) / discount(at))
        .sum();
    let mut best: Vec<f64> = grades.values().copied().collect();
    best.sort_by(|a, b| b.total_cmp(a));
    let ideal: f64 = best
        .iter()
        .take(DEPTH)
        .enumerate()
        .map(|(at, grade)| grade / discount(at))
        .sum();
    let recall = |depth: usize| {
        let found = ranked
            .iter()
            .take(depth)
            .filter(|article| gain(article) > 0.0)
            .count();
        found as f64 / grades.len().max(1) as f64
    };
    let first_right = first.iter().position(|article| gain(article) > 0.0);
    RankScores {
        ndcg10: if ideal > 0.0 { gained / ideal } else { 0.0 },
        mrr10: first_right.map_or(0.0, |at| 1.0 / (at as f64 + 1.0)),
        r1: recall(1),
        r5: recall(5),
        r10: recall(10),
        hit1: share(first_right == Some(0)),
    }
}

/// 1 for true.
#[must_use]
pub fn share(of: bool) -> f64 {
    f64::from(u8::from(of))
}

/// Mean to four decimals; None without values.
#[must_use]
pub fn mean(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let (mut count, mut sum) = (0_u32, 0.0);
    for value in values {
        count += 1;
        sum += value;
    }
    (count > 0).then(|| rounded(sum / f64::from(count), 4))
}

/// `part / whole` to four decimals; None if `whole` is 0.
#[must_use]
pub fn ratio(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| rounded(part as f64 / whole as f64, 4))
}

/// The percentile of a share, 0–1, by nearest rank, to two decimals; None without values.
#[must_use]
pub fn percentile(values: &[f64], share: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    nearest_rank(&sorted, share).map(|value| rounded(value, 2))
}

/// A value to so many decimals.
#[must_use]
pub fn rounded(value: f64, decimals: i32) -> f64 {
    let scale = 10_f64.powi(decimals);
    (value * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grades(of: &[(&str, f64)]) -> Grades {
        of.iter()
            .map(|(article, grade)| ((*article).to_owned(), *grade))
            .collect()
    }

    fn check(ranked: &[&str], of: &[(&str, f64)], expected: [f64; 6]) {
        let scores = rank_scores(ranked, &grades(of));
        let found = [
            scores.ndcg10,
            scores.mrr10,
            scores.r1,
            scores.r5,
            scores.r10,
            scores.hit1,
        ]
        .map(|x| rounded(x, 4));
        assert_eq!(found, expected, "{ranked:?}");
    }

    #[test]
    fn rankings_score_as_the_formulas_say() {
        check(&["a", "b"], &[("a", 1.0)], [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]);
        check(
            &["b", "a"],
            &[("a", 1.0)],
            [0.6309, 0.5, 0.0, 1.0, 1.0, 0.0],
        );
        check(
            &["b", "a"],
            &[("a", 2.0), ("b", 1.0)],
            [0.8597, 1.0, 0.5, 1.0, 1.0, 1.0],
        );
        check(&[], &[("a", 1.0)], [0.0; 6]);
        check(&["x"; 3], &[("a", 1.0)], [0.0; 6]);
        let late: Vec<&str> = "bcdefghijka"
            .split("")
            .filter(|one| !one.is_empty())
            .collect();
        check(&late, &[("a", 1.0)], [0.0; 6]);
        check(&late[1..], &[("a", 1.0)], [0.2891, 0.1, 0.0, 0.0, 1.0, 0.0]);
    }

    #[test]
    fn the_best_possible_counts_ten_articles_at_most() {
        let many: Vec<String> = (10..30).map(|n| n.to_string()).collect();
        let right: Vec<(&str, f64)> = many.iter().map(|id| (id.as_str(), 1.0)).collect();
        let ranked: Vec<&str> = many.iter().map(String::as_str).take(10).collect();
        check(&ranked, &right, [1.0, 1.0, 0.05, 0.25, 0.5, 1.0]);
    }

    #[test]
    fn percentiles_take_the_value_at_the_place() {
        let values: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert_eq!(percentile(&values, 0.5), Some(50.0));
        assert_eq!(percentile(&values, 0.95), Some(95.0));
        assert_eq!(percentile(&values, 1.0), Some(100.0));
        assert_eq!(percentile(&[], 0.5), None);
    }

    #[test]
    fn nothing_has_no_mean() {
        assert_eq!(mean([]), None);
        assert_eq!(mean([1.0, 0.0, 0.0]), Some(0.3333));
        assert_eq!((ratio(0, 0), ratio(1, 4)), (None, Some(0.25)));
    }
}
