//! The evidence for each article in a conversation → the probability that it is the one needed. Pure.
//!
//! A conditional logit: each article has a sum of weighted features, and the probabilities of all articles and of none of
//! them are the shares of their exponentials (McFadden 1974). "None" stands a step above the articles that merely happen
//! to be near. The weights were fitted on public sets of calls, each of which was left out in turn.

use std::borrow::Cow;

use super::fuse::{bystanders, moments};

/// Weight of the cosine of the best passage to the current turn.
const TURN: f64 = 75.0;

/// Weight of the cosine of the best passage to the whole view.
const VIEW: f64 = 22.0;

/// Weight of the cosine of the title to the whole view.
const TITLE: f64 = 15.0;

/// Weight of BM25 as a share of the ideal.
const WORDS: f64 = 4.3;

/// The same without vectors.
const WORDS_ALONE: f64 = 12.0;

/// Weight of the mentioned share of the title, squared: half a name is no name.
const NAMED: f64 = 5.0;

/// Weight of the account's fit, in log-odds.
const FITS: f64 = 2.0;

/// Bonus of an article whose card is in play, in log-odds: people stay with what they are talking about, and what is said
/// then is not about another article.
const SHOWN: f64 = 3.0;

/// The same if the turn asks something: people hardly ask for what is already on the screen.
const SHOWN_ASKED: f64 = 1.5;

/// Penalty of an article about a named thing while the name was not mentioned: what is said fits every such thing.
const UNNAMED: f64 = 8.0;

/// Penalty of an article in another script than the conversation's, in log-odds: who speaks Chinese is helped in Chinese
/// first.
const FAR: f64 = 2.0;

/// How far "none of them" stands above the bystanders.
const NONE: f64 = 4.0;

/// Sum of an article that has nothing to do with the conversation, by E5's cosines; it stands in where there are few
/// articles.
const STRANGER: f64 = 0.79 * (TURN + VIEW + TITLE);

/// Articles, strangers included, that it takes to tell who merely happens to be near.
const CROWD: usize = 15;

/// Rank among the nearest from which on vectors are no evidence.
const BACKGROUND: usize = 31;

/// The features of an article.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct ArticleFeatures {
    /// Cosine of its best passage or question to the turn.
    pub(super) turn: f64,
    /// Cosine of its best passage or question to the view.
    pub(super) view: f64,
    /// Cosine of its title to the view.
    pub(super) title: f64,
    /// BM25 of the view's words as a share of the ideal.
    pub(super) words: f64,
    /// Share of its title that was mentioned in the whole conversation, 0–1.
    pub(super) named: f64,
    /// The same, each word weighted by its freshness.
    pub(super) fresh: f64,
    /// How much the account speaks for it, in log-odds.
    pub(super) fits: f64,
    /// Whether its card is in play.
    pub(super) is_shown: bool,
    /// Whether the turn asks something.
    pub(super) is_asked: bool,
    /// How much the cards in play speak for it by its folder, in log-odds against other articles.
    pub(super) folder: f64,
    /// Whether it is about one named thing.
    pub(super) is_namesake: bool,
    /// Whether it is written in another script than what was said, and others are not.
    pub(super) is_far: bool,
}

impl ArticleFeatures {
    /// Sum of the weighted features; only differences between articles are meaningful.
    #[must_use]
    pub(super) fn sum(&self, has_vectors: bool) -> f64 {
        let words = if has_vectors { WORDS } else { WORDS_ALONE };
        self.near()
            + words * self.words
            + NAMED * self.fresh.powi(2)
            + FITS * self.fits
            + self.shown()
            - FAR * f64::from(self.is_far)
    }

    /// The bonus for its card in play.
    fn shown(&self) -> f64 {
        match (self.is_shown, self.is_asked) {
            (false, _) => 0.0,
            (true, false) => SHOWN,
            (true, true) => SHOWN_ASKED,
        }
    }

    /// The evidence of the vectors.
    fn near(&self) -> f64 {
        TURN * self.turn + VIEW * self.view + TITLE * self.title
    }

    /// The penalty if the article is about a named thing that was not mentioned.
    fn unnamed(&self) -> f64 {
        if self.is_namesake {
            UNNAMED * (1.0 - self.named.powi(2))
        } else {
            0.0
        }
    }
}

/// The same articles, where words cannot match those in another script: their silence is no evidence, so they are taken
/// to say of them what they say of the best in the script that is spoken, as far as the vectors do. Without vectors nothing
/// speaks for them.
fn heard_across(articles: &[ArticleFeatures], has_vectors: bool) -> Cow<'_, [ArticleFeatures]> {
    if !has_vectors || !articles.iter().any(|one| one.is_far) {
        return Cow::Borrowed(articles);
    }
    let mut near: Vec<f64> = articles.iter().map(ArticleFeatures::near).collect();
    near.sort_by(|a, b| b.total_cmp(a));
    let best = near.first().copied().unwrap_or_default();
    let background = near[..near.len().min(BACKGROUND)].last().copied();
    let span = (best - background.unwrap_or_default()).max(f64::EPSILON);
    let spoken = articles.iter().filter(|one| !one.is_far);
    let words = spoken.map(|one| one.words).fold(0.0, f64::max);
    let heard = |one: &ArticleFeatures| match one.is_far {
        true => {
            let share = (1.0 - (best - one.near()) / span).max(0.0);
            one.words.max(share * words)
        }
        false => one.words,
    };
    let all = articles.iter();
    let all = all.map(|one| ArticleFeatures {
        words: heard(one),
        ..*one
    });
    Cow::Owned(all.collect())
}

/// The probability of each article, 0–1; the remainder to 1 is the probability that none is right.
#[must_use]
pub(super) fn chances(articles: &[ArticleFeatures], has_vectors: bool) -> Vec<f64> {
    let articles = heard_across(articles, has_vectors);
    let mut order: Vec<f64> = articles.iter().map(|one| one.sum(has_vectors)).collect();
    let sums: Vec<f64> = order
        .iter()
        .zip(articles.iter())
        .map(|(sum, one)| sum - one.unnamed())
        .collect();
    let stranger = if has_vectors { STRANGER } else { 0.0 };
    let strangers = CROWD.saturating_sub(order.len());
    order.extend(std::iter::repeat_n(stranger, strangers));
    order.sort_by(|a, b| b.total_cmp(a));
    let (near, _) = moments(bystanders(&order));
    let none = near + NONE;
    let top = sums.iter().copied().fold(none, f64::max);
    let whole = sums.iter().map(|sum| (sum - top).exp()).sum::<f64>() + (none - top).exp();
    let chances: Vec<f64> = sums.iter().map(|sum| (sum - top).exp() / whole).collect();
    by_folder(&articles, chances)
}

/// Shifts the chances among articles to those in the folders that are talked about; that of none of them stays.
fn by_folder(articles: &[ArticleFeatures], chances: Vec<f64>) -> Vec<f64> {
    let before: f64 = chances.iter().sum();
    let shifted = chances.iter().zip(articles);
    let mut shifted: Vec<f64> = shifted
        .map(|(chance, one)| chance * one.folder.exp())
        .collect();
    let after: f64 = shifted.iter().sum();
    if after > 0.0 {
        shifted
            .iter_mut()
            .for_each(|chance| *chance *= before / after);
    }
    shifted
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A crowd in which the first articles stand out by so much.
    fn crowd(outstanding: &[ArticleFeatures]) -> Vec<ArticleFeatures> {
        let stranger = ArticleFeatures {
            turn: 0.78,
            view: 0.78,
            title: 0.78,
            ..ArticleFeatures::default()
        };
        let strangers = std::iter::repeat_n(stranger, 30);
        outstanding.iter().copied().chain(strangers).collect()
    }

    fn near(cosine: f64) -> ArticleFeatures {
        ArticleFeatures {
            turn: cosine,
            view: cosine,
            title: cosine,
            ..ArticleFeatures::default()
        }
    }

    #[test]
    fn who_stands_out_has_the_chance_and_the_crowd_has_none() {
        let one = chances(&crowd(&[near(0.88)]), true);
        assert!(one[0] > 0.95 && one[1] < 0.001, "{one:?}");
        let none = chances(&crowd(&[]), true);
        assert!(none.iter().all(|chance| *chance < 0.02));
        assert!(chances(&[], true).is_empty());
        let two = chances(&crowd(&[near(0.88), near(0.88)]), true);
        assert!((two[0] - two[1]).abs() < 1e-12 && two[0] > 0.45);
    }

    #[test]
    fn few_articles_are_judged_against_strangers() {
        assert!(chances(&[near(0.88)], true)[0] > 0.95);
        assert!(chances(&[near(0.78)], true)[0] < 0.1);
    }

    #[test]
    fn a_named_thing_waits_for_its_name() {
        let thing = |named| ArticleFeatures {
            is_namesake: true,
            named,
            fresh: named,
            ..near(0.85)
        };
        let chance = |named| chances(&crowd(&[thing(named)]), true)[0];
        assert!(chance(0.0) < 0.05 && chance(1.0) > 0.9);
    }

    #[test]
    fn what_is_shown_already_stands_against_what_fits_as_well() {
        let shown = |is_shown| ArticleFeatures {
            is_shown,
            ..near(0.85)
        };
        let chance = |is_shown| chances(&crowd(&[near(0.85), shown(is_shown)]), true)[0];
        assert!(chance(true) < 0.2 && chance(false) > 0.4);
        let asked = ArticleFeatures {
            is_asked: true,
            ..shown(true)
        };
        let asked = chances(&crowd(&[near(0.85), asked]), true)[0];
        assert!(asked > chance(true) && asked < chance(false), "{asked}");
    }

    #[test]
    fn of_like_articles_the_one_in_the_folder_that_is_talked_about_is_preferred() {
        let article = |folder| ArticleFeatures {
            folder,
            ..near(0.82)
        };
        let of = |folder| chances(&crowd(&[article(folder), article(0.0)]), true);
        let (alike, told) = (of(0.0), of(10_f64.ln()));
        assert!((told[0] / told[1] - 10.0).abs() < 1e-9);
        let sum = |chances: &[f64]| chances.iter().sum::<f64>();
        assert!(
            (sum(&alike) - sum(&told)).abs() < 1e-12,
            "none is as likely"
        );
    }

    #[test]
    fn what_words_cannot_match_is_judged_by_its_meaning() {
        let spoken = ArticleFeatures {
            words: 0.5,
            ..near(0.84)
        };
        let far = ArticleFeatures {
            is_far: true,
            ..near(0.88)
        };
        let among = |articles: &[ArticleFeatures]| chances(&crowd(articles), true);
        let both = among(&[spoken, far]);
        assert!(both[1] > 0.7 && both[0] < 0.3, "{both:?}");
        let alike = among(&[near(0.88), far]);
        assert!(alike[0] > 3.0 * alike[1], "{alike:?}");
    }

    #[test]
    fn without_vectors_the_words_of_one_article_do_not_speak_for_others() {
        let article = |words, is_far| ArticleFeatures {
            words,
            is_far,
            ..ArticleFeatures::default()
        };
        let far = std::iter::repeat_n(article(0.1, true), 10);
        let articles: Vec<ArticleFeatures> = [article(0.8, false)].into_iter().chain(far).collect();
        let chances = chances(&articles, false);
        assert!(chances[0] > 0.9 && chances[1] < 0.01, "{chances:?}");
    }

    #[test]
    fn huge_sums_stay_finite() {
        let far = [near(1e6), near(-1e6)];
        assert!(chances(&far, true).iter().all(|chance| chance.is_finite()));
    }
}
