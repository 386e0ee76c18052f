//! Candidates for cards, which an utterance and an account bring up, from three sources.
//!
//! Owns their type, and turning phrases, search results and rules into candidates. Leaves judging them to `decide`.

use std::collections::BTreeMap;

use super::{
    SuppressionReason, TriggerKind,
    account_evaluator::AccountEvaluator,
    phrases::{PhraseMatch, Use},
    rulebook::RuleBook,
};
use crate::{article::Role, search::Found};

/// Confidence of an account rule: a fact, and the editor's word.
const ACCOUNT_CONFIDENCE: f64 = 1.0;

/// Confidence of a phrase: the editor's rule, applied to an uncertain transcript.
const PHRASE_CONFIDENCE: f64 = 0.95;

/// An article that some source brings up.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    /// Index into the catalog's articles.
    pub(super) article: u32,
    /// Which source.
    pub(super) source: Source,
    /// Chance that it is what the caller needs, 0–1.
    pub(super) confidence: f64,
    /// What the source itself has against it.
    pub(super) silence: Option<SuppressionReason>,
}

/// What brings an article up.
#[derive(Debug, Clone)]
pub(super) enum Source {
    /// A phrase was said.
    Keyword {
        /// Index of the rule.
        rule: usize,
        /// The phrase as written.
        phrase: String,
        /// The same as said.
        said: String,
    },
    /// The account fits.
    Account {
        /// Index of the rule.
        rule: usize,
    },
    /// The meaning fits.
    Semantic {
        /// What search found.
        found: Found,
        /// 0 for the best find of the turn that is not dealt with.
        rank: usize,
    },
}

impl Source {
    /// Its name in the contract.
    pub(super) fn kind(&self) -> TriggerKind {
        match self {
            Self::Keyword { .. } => TriggerKind::Keyword,
            Self::Account { .. } => TriggerKind::Account,
            Self::Semantic { .. } => TriggerKind::Semantic,
        }
    }

    /// Index of its rule, where it has one.
    pub(super) fn rule(&self) -> Option<usize> {
        match self {
            Self::Keyword { rule, .. } | Self::Account { rule } => Some(*rule),
            Self::Semantic { .. } => None,
        }
    }
}

/// What the phrases in an utterance bring up and keep away.
pub(super) struct Phrased {
    /// One a rule.
    pub(super) candidates: Vec<Candidate>,
    /// Articles that an editor keeps away from such words, by a rule's `not`.
    pub(super) denied: Vec<u32>,
    /// Whether a phrase silences the whole utterance.
    pub(super) is_silenced: bool,
}

/// Reads an utterance by its phrases.
pub(super) fn by_phrase(book: &RuleBook, text: &str, role: Role) -> Phrased {
    let said = book.phrases.scan(text);
    let is_silenced = said.iter().any(|said| said.used == Use::Excluded);
    let mut first: BTreeMap<usize, &PhraseMatch> = BTreeMap::new();
    for said in &said {
        if let Use::Any(rule) = said.used {
            first.entry(rule).or_insert(said);
        }
    }
    let heard = first
        .into_iter()
        .filter(|(rule, _)| book.rules[*rule].trigger.role == role);
    let candidates = heard.map(|(rule, hit)| Candidate {
        article: book.rules[rule].article,
        source: Source::Keyword {
            rule,
            phrase: hit.phrase.clone(),
            said: hit.said.clone(),
        },
        confidence: PHRASE_CONFIDENCE,
        silence: said
            .iter()
            .any(|other| other.used == Use::Not(rule))
            .then_some(SuppressionReason::ExcludedPhrase),
    });
    let denied = said.iter().filter_map(|said| match said.used {
        Use::Not(rule) if book.rules[rule].trigger.role == role => Some(book.rules[rule].article),
        _ => None,
    });
    Phrased {
        candidates: candidates.collect(),
        denied: denied.collect(),
        is_silenced,
    }
}

/// Candidates of what search found, best first.
pub(super) fn by_meaning(finds: Vec<Found>, silence: Option<SuppressionReason>) -> Vec<Candidate> {
    let candidates = finds
        .into_iter()
        .enumerate()
        .map(|(rank, found)| Candidate {
            article: found.article,
            confidence: found.confidence,
            source: Source::Semantic { found, rank },
            silence,
        });
    candidates.collect()
}

/// Rules that hold for the account alone, by index.
pub(super) fn account_rules(book: &RuleBook, account: &AccountEvaluator) -> Vec<usize> {
    let holds = |at: &usize| {
        let rule = &book.rules[*at];
        account.holds(rule.when.as_ref()) && account.holds(book.relevance(rule.article))
    };
    book.account_rules.iter().copied().filter(holds).collect()
}

/// Candidates of account rules.
pub(super) fn by_account(
    book: &RuleBook,
    rules: impl IntoIterator<Item = usize>,
) -> Vec<Candidate> {
    let candidates = rules.into_iter().map(|rule| Candidate {
        article: book.rules[rule].article,
        source: Source::Account { rule },
        confidence: ACCOUNT_CONFIDENCE,
        silence: None,
    });
    candidates.collect()
}
