//! Triggers that interfere with each other, that never fire, or that fire too often.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use serde_json::Map;

use super::{
    super::{
        Article, Diagnostic, Role, Rule, Severity, Status, Trigger,
        findings::{Position, finding},
        triggers::NEVER,
    },
    ArticleLookup,
    spot::{Spots, Step},
};
use crate::text::{WordKind, fold, is_cjk, is_function_word, words};

/// What is wrong with an article's triggers, each taken alone.
pub(super) fn alone(spots: &Spots<'_>) -> Vec<Diagnostic> {
    spots
        .article
        .triggers
        .iter()
        .enumerate()
        .flat_map(|(at, trigger)| {
            let mut found = silenced(spots, at, trigger);
            found.extend(constant(spots, at, trigger));
            found.extend(broad(spots, at, trigger));
            found
        })
        .collect()
}

fn at_phrase(spots: &Spots<'_>, at: usize, phrase: &str) -> Position {
    let steps = [
        Step::Key("triggers"),
        Step::Item(at),
        Step::Key("any"),
        Step::Text(phrase),
    ];
    spots.value(&steps)
}

/// Phrases that hold one of the phrases which silence them.
fn silenced(spots: &Spots<'_>, at: usize, trigger: &Trigger) -> Vec<Diagnostic> {
    let not: Vec<String> = trigger.not.iter().map(|text| spoken(text)).collect();
    let silent = |phrase: &&String| {
        let phrase = format!(" {} ", spoken(phrase));
        not.iter().any(|text| {
            !text.is_empty()
                && (phrase.contains(&format!(" {text} "))
                    || (text.chars().any(is_cjk) && phrase.contains(text)))
        })
    };
    trigger
        .any
        .iter()
        .filter(silent)
        .map(|phrase| {
            finding(
                &spots.article.path,
                at_phrase(spots, at, phrase),
                ("trigger-never-fires", Severity::Warning),
                format!("`{phrase}` never fires: a phrase under `not` is part of it"),
                "shorten the phrase under `not`, or remove one of the two",
            )
        })
        .collect()
}

/// Rules that are the same for every account.
fn constant(spots: &Spots<'_>, at: usize, trigger: &Trigger) -> Option<Diagnostic> {
    let when = trigger.when.as_deref()?;
    // What was not understood never fires either; that is told where it was read.
    if when.contains("account") || when == NEVER {
        return None;
    }
    let rule = Rule::compile(when).ok()?;
    let (name, message, help) = match (rule.holds(&Map::new()), trigger.any.is_empty()) {
        (false, _) => (
            "trigger-never-fires",
            "the rule never holds, whatever the account",
            "write a rule over `account`, or remove the trigger",
        ),
        (true, true) => (
            "broad-trigger",
            "the card comes up in every call: the rule holds for every account",
            "write a rule over `account`, or phrases under `any`",
        ),
        (true, false) => return None,
    };
    let steps = [Step::Key("triggers"), Step::Item(at), Step::Key("when")];
    Some(finding(
        &spots.article.path,
        spots.value(&steps),
        (name, Severity::Warning),
        message,
        help,
    ))
}

/// Phrases that come up in every second call.
fn broad(spots: &Spots<'_>, at: usize, trigger: &Trigger) -> Vec<Diagnostic> {
    let told = |phrase: &String| {
        let severity = breadth(phrase)?;
        Some(finding(
            &spots.article.path,
            at_phrase(spots, at, phrase),
            ("broad-trigger", severity),
            format!("`{phrase}` is said in calls about anything"),
            "take two words or more, four Chinese characters or more, or an error code",
        ))
    };
    trigger.any.iter().filter_map(told).collect()
}

/// A warning for what says nothing, a note for a single plain word.
fn breadth(phrase: &str) -> Option<Severity> {
    let mut found = words(phrase);
    found.retain(|word| word.kind != WordKind::Bigram);
    let letters = phrase.chars().filter(|c| c.is_alphanumeric()).count();
    if found.is_empty() || letters < 2 || found.iter().all(|word| is_function_word(&word.term)) {
        return Some(Severity::Warning);
    }
    let plain = phrase
        .trim()
        .chars()
        .all(|c| c.is_lowercase() && !is_cjk(c))
        || phrase
            .trim()
            .chars()
            .skip(1)
            .all(|c| c.is_lowercase() && !is_cjk(c));
    let short = phrase.chars().all(is_cjk) && letters < 3;
    ((plain && found.len() == 1) || short).then_some(Severity::Info)
}

/// A phrase as it is listened for: folded, its words apart.
fn spoken(text: &str) -> String {
    let folded = fold(text).text;
    let words: Vec<&str> = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ")
}

/// Phrases that bring up two articles at once on a day or later, with nothing that tells which goes first.
pub(super) fn collisions(shelf: &ArticleLookup<'_>, today: NaiveDate) -> Vec<Diagnostic> {
    let mut claims: BTreeMap<(String, Role), Vec<Claim<'_>>> = BTreeMap::new();
    let mut articles: Vec<&Article> = shelf.by_id.values().copied().collect();
    articles.sort_by(|a, b| a.path.as_bytes().cmp(b.path.as_bytes()));
    for article in articles
        .into_iter()
        .filter(|a| a.status == Status::Published && !a.effective.is_past(today))
    {
        for (at, trigger) in article.triggers.iter().enumerate() {
            for phrase in &trigger.any {
                let claim = Claim {
                    article,
                    at,
                    trigger,
                    phrase,
                };
                claims
                    .entry((spoken(phrase), trigger.role))
                    .or_default()
                    .push(claim);
            }
        }
    }
    let mut findings = Vec::new();
    let mut spots: HashMap<&str, Spots<'_>> = HashMap::new();
    for claims in claims.values() {
        for (later, claim) in claims.iter().enumerate() {
            if let Some(first) = claims[..later]
                .iter()
                .find(|first| first.meets(claim, shelf))
            {
                let article = claim.article;
                let spots = spots
                    .entry(&article.path)
                    .or_insert_with(|| Spots::of(article));
                findings.push(claim.finding(first, spots));
            }
        }
    }
    findings
}

/// A phrase of a trigger of an article.
struct Claim<'a> {
    article: &'a Article,
    at: usize,
    trigger: &'a Trigger,
    phrase: &'a str,
}

impl Claim<'_> {
    /// Whether both come up for the same words of the same caller.
    fn meets(&self, other: &Self, shelf: &ArticleLookup<'_>) -> bool {
        let (a, b) = (self.article, other.article);
        if a.path == b.path {
            // Other spellings of a phrase within one trigger are meant.
            return fold(self.phrase).text == fold(other.phrase).text
                && self.trigger.when == other.trigger.when;
        }
        let apart = shelf.original(a).id == shelf.original(b).id
            || !a.audience.iter().any(|one| b.audience.contains(one))
            || a.when != b.when
            || !a.effective.meets(&b.effective);
        !apart
            && self.trigger.priority == other.trigger.priority
            && self.trigger.when == other.trigger.when
            && self.trigger.not == other.trigger.not
    }

    fn finding(&self, first: &Self, spots: &Spots<'_>) -> Diagnostic {
        let message = if self.article.path == first.article.path {
            format!("`{}` stands in the article's triggers twice", self.phrase)
        } else {
            format!(
                "`{}` brings up {} too, with the same priority",
                self.phrase, first.article.path
            )
        };
        finding(
            &self.article.path,
            at_phrase(spots, self.at, self.phrase),
            ("trigger-collision", Severity::Warning),
            message,
            "lengthen one of the phrases, give one a higher `priority`, or tell them apart with `when` or `not`",
        )
    }
}
