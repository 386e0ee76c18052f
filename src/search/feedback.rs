//! Engagement with earlier answers → how far an article moves for a similar question. Pure.
//!
//! Owns which remembered questions apply to a new one, and the bounds: nobody promotes or demotes an article alone, and
//! all together change the order only among close hits. Leaves the weight of a vote to where the record is kept.

use std::{collections::HashMap, sync::Arc};

use crate::index::embed::{Vector, dot};

/// The most that a hit's score moves, up or down: hits that are further apart than twice this never change places.
pub const BOUND: f64 = 0.08;

/// Voices, less those against, that move a hit by half of the bound.
const HALF: f64 = 3.0;

/// The most that one person's voice weighs for an article and a meaning, however often they say so.
pub const LOUDEST: f64 = 1.5;

/// Cosines from which a remembered question begins to speak, and from which it speaks in full: E5's live in this band.
/// Measured on paraphrases: at the first about a third of the pairs ask the same, at the second nearly all.
const ALIKE: (f64, f64) = (0.91, 0.96);

/// The same for two questions in Chinese, Japanese or Korean characters, whose vectors lie closer together.
const ALIKE_WIDE: (f64, f64) = (0.945, 0.98);

/// What one person has to say of an article, for one question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Voice {
    /// Number of the article's id.
    pub article: u32,
    /// Number of the person.
    pub by: u32,
    /// For it or against it, within ±[`LOUDEST`].
    pub weight: f64,
}

/// A question that somebody asked, and what was done with its answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Remembered {
    /// Of unit length, as questions are embedded.
    pub vector: Arc<Vector>,
    /// Whether it is written in Chinese, Japanese or Korean characters.
    pub is_cjk: bool,
    /// One a person and article.
    pub voices: Vec<Voice>,
}

/// All that is remembered, as it stood at one moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Feedback {
    /// Article ids by their numbers.
    pub articles: Vec<String>,
    /// At most a few thousand: each is compared with every new question.
    pub questions: Vec<Remembered>,
}

impl Feedback {
    /// How far each article moves for a question, by article id: within ±[`BOUND`].
    #[must_use]
    pub fn moves(&self, vector: &[f32], is_cjk: bool) -> HashMap<&str, f64> {
        let near: Vec<(f64, &Remembered)> = self
            .questions
            .iter()
            .map(|question| {
                let cosine = f64::from(dot(vector, &question.vector));
                (alikeness(cosine, is_cjk && question.is_cjk), question)
            })
            .filter(|(alike, _)| *alike > 0.0)
            .collect();
        let mut heard: Vec<(u32, u32, f64, f64)> = near
            .iter()
            .flat_map(|(alike, question)| {
                let voices = question.voices.iter();
                voices.map(|voice| (voice.article, voice.by, *alike, voice.weight))
            })
            .collect();
        heard.sort_by_key(|(article, by, ..)| (*article, *by));
        let mut sums: HashMap<u32, f64> = HashMap::new();
        // Whoever asks one thing in many words has one voice still: the mean of what they said, as near as the nearest.
        for said in heard.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let nearest = said
                .iter()
                .map(|(_, _, alike, _)| *alike)
                .fold(0.0, f64::max);
            let all: f64 = said.iter().map(|(_, _, alike, _)| alike).sum();
            let mean = said
                .iter()
                .map(|(_, _, alike, weight)| alike * weight)
                .sum::<f64>()
                / all;
            *sums.entry(said[0].0).or_default() += nearest * mean.clamp(-LOUDEST, LOUDEST);
        }
        sums.into_iter()
            .filter_map(|(article, sum)| {
                let id = self.articles.get(article as usize)?;
                Some((id.as_str(), BOUND * sum / (HALF + sum.abs())))
            })
            .collect()
    }
}

/// How much two questions are one, 0–1.
fn alikeness(cosine: f64, are_wide: bool) -> f64 {
    let (from, full) = if are_wide { ALIKE_WIDE } else { ALIKE };
    ((cosine - from) / (full - from)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(angle: f32) -> Vec<f32> {
        vec![angle.cos(), angle.sin()]
    }

    /// Feedback on article `a`: (angle of the question, person, weight).
    fn feedback(said: &[(f32, u32, f64)]) -> Feedback {
        let remembered = |(angle, by, weight): &(f32, u32, f64)| Remembered {
            vector: Arc::new(at(*angle)),
            is_cjk: false,
            voices: vec![Voice {
                article: 0,
                by: *by,
                weight: *weight,
            }],
        };
        Feedback {
            articles: vec!["a".into()],
            questions: said.iter().map(remembered).collect(),
        }
    }

    fn moved(said: &[(f32, u32, f64)]) -> f64 {
        let feedback = feedback(said);
        let moves = feedback.moves(&at(0.0), false);
        moves.get("a").copied().unwrap_or_default()
    }

    #[test]
    fn like_questions_speak_and_others_do_not() {
        assert_eq!(moved(&[]), 0.0);
        let (same, like, other) = (
            moved(&[(0.0, 1, 1.0)]),
            moved(&[(0.35, 1, 1.0)]),
            moved(&[(0.6, 1, 1.0)]),
        );
        assert!(
            same > like && like > 0.0 && other == 0.0,
            "{same} {like} {other}"
        );
        assert_eq!(moved(&[(0.0, 1, -1.0)]), -same);
        let wide = feedback(&[(0.35, 1, 1.0)]);
        let wide = Feedback {
            questions: wide
                .questions
                .into_iter()
                .map(|question| Remembered {
                    is_cjk: true,
                    ..question
                })
                .collect(),
            ..wide
        };
        assert!(wide.moves(&at(0.0), true).is_empty());
        assert_eq!(wide.moves(&at(0.0), false).len(), 1);
    }

    #[test]
    fn nobody_moves_an_article_far_and_one_alone_not_half_as_far() {
        let many: Vec<_> = (0..1_000).map(|by| (0.0, by, -LOUDEST)).collect();
        let all = moved(&many);
        assert!(all < -0.8 * BOUND && all > -BOUND, "{all}");
        // Many paraphrases of one person are one voice.
        let one: Vec<_> = (0..1_000).map(|n| (n as f32 * 1e-4, 1, -LOUDEST)).collect();
        assert_eq!(moved(&one), moved(&[(0.0, 1, -LOUDEST)]));
        assert!(moved(&one) > -0.34 * BOUND);
        // Whoever contradicts them is as loud.
        let both: Vec<_> = one.into_iter().chain([(0.0, 2, LOUDEST)]).collect();
        assert!(moved(&both).abs() < 0.01 * BOUND);
    }
}
