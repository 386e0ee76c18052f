//! Articles in another script than the question's: their keyword scores, and their positions in the ranking. Pure.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::{
    confidence::{HIGH, SPREAD_FLOOR},
    fuse::{FusedArticle, descending, moments},
    query::QueryTerm,
};
use crate::text::is_cjk_text;

/// What an article in another script keeps of its score: who asks in Chinese reads Chinese first.
pub(super) const OTHER_SCRIPT: f64 = 0.85;

/// What words without a name in the other script are taken to say of its articles, as a share of what the vector says:
/// they cannot match, and their silence is no evidence.
const UNHEARD: f64 = 0.7;

/// Chance of the first hit below which the best two of the other script stand second and third at least.
const DOUBTFUL: f64 = 0.33;

/// Places of the bystanders of one script that tell its scale: not the answers, not the whole tail.
const SCRIPT_BYSTANDERS: Range<usize> = 5..35;

/// Articles of a script below which its scale cannot be told.
const SCRIPT_LEAST: usize = 10;

/// Brings similarities of the other script to the scale of the question's own: across scripts they are lower and closer
/// together for that alone. Both sides' bystanders get one mean and one spread.
#[derive(Debug)]
pub(super) struct Alignment {
    mean: f64,
    far_mean: f64,
    slope: f64,
}

impl Alignment {
    /// From the scores of articles, of which some are in the `other_script`; None where too few of either tell.
    pub(super) fn among(
        scores: &FxHashMap<u32, f64>,
        other_script: impl Fn(u32) -> bool,
    ) -> Option<Self> {
        let side = |other: bool| {
            let own = scores.iter();
            let own = own.filter(|(article, _)| other_script(**article) == other);
            let scores = descending(own.map(|(_, score)| score));
            let end = SCRIPT_BYSTANDERS.end.min(scores.len());
            (scores.len() >= SCRIPT_LEAST).then(|| moments(&scores[SCRIPT_BYSTANDERS.start..end]))
        };
        let ((mean, spread), (far_mean, far_spread)) = side(false).zip(side(true))?;
        Some(Self {
            mean,
            far_mean,
            slope: (spread + SPREAD_FLOOR) / (far_spread + SPREAD_FLOOR),
        })
    }

    /// Brings those that are `far`.
    pub(super) fn bring<Key>(&self, scores: &mut FxHashMap<Key, f64>, far: impl Fn(&Key) -> bool) {
        let far = scores.iter_mut().filter(|(key, _)| far(key));
        far.for_each(|(_, score)| *score = self.mean + (*score - self.far_mean) * self.slope);
    }
}

/// Share of what a query's content words are worth that has a name in the other script, 0–1.
pub(super) fn heard(terms: &[QueryTerm], worth: &[f64]) -> f64 {
    let content = || terms.iter().zip(worth).filter(|(term, _)| term.content);
    let is_named = |term: &QueryTerm| {
        let wide = is_cjk_text(&term.term);
        let mut others = term.others.iter();
        others.any(|other| is_cjk_text(&other.term) != wide)
    };
    let named = content().filter(|(term, _)| is_named(term));
    let all: f64 = content().map(|(_, worth)| worth).sum();
    named.map(|(_, worth)| worth).sum::<f64>() / all.max(f64::EPSILON)
}

/// What the words say of an article in the other script, 0–1. Those with a name there (`heard`) are held against the best
/// of that script (`of_script`), the others against the best of all (`of_all`), or believed to say what the vector does.
pub(super) fn words_say(of_script: f64, of_all: f64, vector: f64, heard: f64) -> f64 {
    heard * of_script + (1.0 - heard) * of_all.max(UNHEARD * vector)
}

/// Moves the best of the other script up where the first hit, by its chance, may not be the answer: across scripts scores
/// tell little, and what stands in the other language alone is found all the same. What was moved, with how much its score
/// grew.
pub(super) fn lift(
    found: &mut Vec<FusedArticle>,
    chance: f64,
    other_script: impl Fn(u32) -> bool,
) -> Vec<(u32, f64)> {
    let mut lifted = Vec::new();
    for (nth, place) in places(chance).enumerate() {
        let mut far = (0..found.len()).filter(|at| other_script(found[*at].article));
        let Some(at) = far.nth(nth).filter(|at| *at > place) else {
            continue;
        };
        let mut one = found.remove(at);
        let score = found[place - 1].score.midpoint(found[place].score);
        lifted.push((one.article, score - one.score));
        one.score = score;
        found.insert(place, one);
    }
    lifted
}

/// Indexes of the places that the best of the other script get.
fn places(chance: f64) -> Range<usize> {
    match chance {
        sure if sure >= HIGH => 0..0,
        likely if likely >= DOUBTFUL => 2..3,
        _ => 1..3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found() -> Vec<FusedArticle> {
        let one = |(article, score)| FusedArticle {
            article,
            passage: 0,
            keyword: None,
            vector: None,
            similarity: None,
            score,
            logit: None,
        };
        // 10 and above are written in the other script.
        [(1, 0.9), (2, 0.8), (3, 0.7), (10, 0.5), (4, 0.4), (11, 0.3)]
            .map(one)
            .to_vec()
    }

    fn lifted(chance: f64) -> Vec<u32> {
        let mut found = found();
        let moved = lift(&mut found, chance, |article| article >= 10);
        assert!(found.is_sorted_by(|a, b| a.score >= b.score), "{found:?}");
        assert!(
            moved
                .iter()
                .all(|(article, by)| *article >= 10 && *by > 0.0)
        );
        found.iter().map(|one| one.article).collect()
    }

    #[test]
    fn the_less_sure_the_first_is_the_higher_stands_the_other_script() {
        assert_eq!(lifted(HIGH), [1, 2, 3, 10, 4, 11]);
        assert_eq!(lifted(DOUBTFUL), [1, 2, 10, 3, 4, 11]);
        assert_eq!(lifted(0.0), [1, 10, 11, 2, 3, 4]);
    }

    #[test]
    fn nothing_moves_where_there_is_one_script_or_it_stands_there_already() {
        let mut found = found();
        assert!(lift(&mut found, 0.0, |_| false).is_empty());
        assert!(lift(&mut found, 0.0, |_| true).is_empty());
    }
}
