//! The content of a card: the right passage of its article, and the reason.
//!
//! Owns the card's text. Leaves deciding to `decide` and states to `card_history`.

use chrono::{DateTime, Utc};

use super::{
    Account, Card, CardState, TriggerInfo,
    call_language::is_chinese,
    candidates::{Candidate, Source},
    rulebook::RuleBook,
    why::{Grounds, values, why},
};
use crate::{
    article::{self, Article, Role, Rule},
    search::confidence::level,
    text::fold,
};

/// Characters of a snippet that search did not make.
const SNIPPET_CHARS: usize = 240;

/// Passages in which a phrase is looked for: the first ones say what an article is about.
const PASSAGES: usize = 40;

/// Who needs the card, and where it came up.
pub(super) struct Occasion<'a> {
    /// Rules and articles.
    pub(super) book: &'a RuleBook,
    /// The customer's account.
    pub(super) account: &'a Account,
    /// The call.
    pub(super) call_id: &'a str,
    /// The utterance, where one brought it up.
    pub(super) utterance_id: Option<&'a str>,
    /// Who spoke it.
    pub(super) speaker: Option<Role>,
    /// Whether the call is in Chinese; the article's language counts where the call's is not known.
    pub(super) is_chinese: Option<bool>,
    /// Now.
    pub(super) now: DateTime<Utc>,
}

/// Makes a card. `others` are all candidates: what search says of the same article is shown, whatever brought it up.
pub(super) fn card(
    candidate: &Candidate,
    card_id: String,
    seq: u64,
    on: &Occasion,
    others: &[Candidate],
) -> Option<Card> {
    let article = on.book.article(candidate.article)?;
    let rule = on.book.rule_of(&candidate.source);
    let found = others.iter().find_map(|other| match &other.source {
        Source::Semantic { found, .. } if other.article == candidate.article => Some(found),
        _ => None,
    });
    let phrase = match &candidate.source {
        Source::Keyword { phrase, .. } => phrase.as_str(),
        _ => "",
    };
    let at = found.map_or_else(
        || passage_with(article, phrase),
        |found| found.passage as usize,
    );
    let passage = article
        .passages
        .get(at)
        .or_else(|| article.passages.first())?;
    let (snippet, highlights) = match found {
        Some(found) => {
            let excerpt = &found.excerpt;
            (excerpt.text.clone(), excerpt.highlights.clone())
        }
        None => snippet(article, &passage.text, phrase),
    };
    let anchor = article.anchor(passage).to_owned();
    let mut fields = rule
        .and_then(|rule| rule.when.as_ref())
        .map(Rule::fields)
        .unwrap_or_default();
    fields.extend(
        on.book
            .relevance(candidate.article)
            .map(Rule::fields)
            .unwrap_or_default(),
    );
    let mut seen = std::collections::HashSet::new();
    fields.retain(|field| seen.insert(field.clone()));
    let is_chinese = on.is_chinese.unwrap_or_else(|| is_chinese(&article.lang));
    let grounds = Grounds {
        source: &candidate.source,
        rule: rule.map(|rule| rule.name.as_str()),
        speaker: on.speaker,
        fields,
        account: on.account,
        title: &article.title,
    };
    Some(Card {
        card_id,
        call_id: on.call_id.to_owned(),
        seq,
        article_id: article.id.clone(),
        title: article.title.clone(),
        path: article.path.clone(),
        lines: passage.lines,
        url: article::url(&article.id, &anchor),
        anchor,
        lang: article.lang.clone(),
        revision: on.book.catalog.revision(candidate.article).to_owned(),
        snippet,
        highlights,
        confidence: candidate.confidence,
        level: level(candidate.confidence),
        state: CardState::Suggested,
        rating: None,
        trigger: TriggerInfo {
            kind: candidate.source.kind(),
            matched: matched(&candidate.source, &grounds),
            rule: grounds.rule.map(str::to_owned),
            utterance_id: on.utterance_id.map(str::to_owned),
        },
        why: why(&grounds, is_chinese),
        next_questions: Vec::new(),
        created_at: on.now,
    })
}

fn matched(source: &Source, grounds: &Grounds) -> String {
    match source {
        Source::Keyword { phrase, .. } => phrase.clone(),
        Source::Account { .. } => values(grounds, false).join(" and "),
        Source::Semantic { found, .. } => found.matched.join(" "),
    }
}

/// Index of the first passage that has the phrase, else of the first passage.
fn passage_with(article: &Article, phrase: &str) -> usize {
    let phrase = fold(phrase).text;
    if phrase.is_empty() {
        return 0;
    }
    let passages = article.passages.iter().take(PASSAGES);
    passages
        .map(|passage| fold(&passage.text).text)
        .position(|text| text.contains(&phrase))
        .unwrap_or(0)
}

/// The article's summary, or the passage's beginning, with the phrase marked.
fn snippet(article: &Article, passage: &str, phrase: &str) -> (String, Vec<[usize; 2]>) {
    let text = article
        .summary
        .as_deref()
        .filter(|summary| !summary.is_empty())
        .unwrap_or(passage);
    let mut snippet: String = text.chars().take(SNIPPET_CHARS).collect();
    if snippet.len() < text.len() {
        snippet.push('…');
    }
    let highlights = occurrences(&snippet, phrase);
    (snippet, highlights)
}

/// Where a text has a phrase, whatever its case and script.
fn occurrences(text: &str, phrase: &str) -> Vec<[usize; 2]> {
    let (folded, phrase) = (fold(text), fold(phrase).text);
    if phrase.is_empty() {
        return Vec::new();
    }
    let place = |byte: usize| folded.text[..byte].chars().count();
    let ranges = folded
        .text
        .match_indices(&phrase)
        .filter_map(|(byte, found)| {
            let first = place(byte);
            let last = first + found.chars().count() - 1;
            Some([*folded.at.get(first)?, folded.at.get(last)? + 1])
        });
    ranges.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_is_marked_in_its_snippet() {
        assert_eq!(
            occurrences("Cancel: to CANCEL, call", "cancel"),
            [[0, 6], [11, 17]]
        );
        assert_eq!(occurrences("如何解約", "解约"), [[2, 4]]);
        assert!(occurrences("anything", "").is_empty());
    }
}
