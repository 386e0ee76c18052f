//! Conflicts: two statements that mean the same but give different numbers, dates or amounts.
//!
//! Two statements are compared if they use nearly the same words, or, in other words, if a meaning model takes them for
//! the same. They conflict if amounts of one kind differ: one of them if the wording is the same, otherwise all of them.

use std::collections::{HashMap, HashSet};

use super::{
    super::{
        Article, Diagnostic, Severity,
        findings::{Position, finding},
    },
    Alike, Compared, contrasts,
    statements::Statement,
};
use crate::text::one_line;

/// Share of the words that two statements must have in common to be the same by words alone.
const SAME_WORDS: f64 = 0.75;

/// Share of the words from which a judge of meaning is asked.
const LIKE_WORDS: f64 = 0.3;

/// Cosine from which two statements without their amounts mean the same.
const SAME_MEANING: f64 = 0.95;

/// Statements that a word may lead to: what more have says little.
const COMMON: usize = 60;

/// Pairs that a judge of meaning is asked about: each costs about 10 ms.
const MOST_ASKED: usize = 2_000;

/// A statement and the article it stands in.
#[derive(Clone, Copy)]
pub(super) struct ArticleStatement<'a> {
    /// Index of the article among those compared.
    pub(super) at: usize,
    pub(super) article: &'a Article,
    pub(super) statement: &'a Statement,
}

/// Every contradiction, told to both sides.
pub(super) fn find(
    compared: &[Compared<'_>],
    alike: Option<Alike<'_>>,
    goes_on: impl Fn() -> bool,
) -> Vec<Diagnostic> {
    let said: Vec<ArticleStatement<'_>> = compared
        .iter()
        .enumerate()
        .flat_map(|(at, one)| {
            one.prepared
                .statements
                .iter()
                .map(move |statement| ArticleStatement {
                    at,
                    article: one.article,
                    statement,
                })
        })
        .collect();
    let mut asked = 0;
    let mut findings = Vec::new();
    let mut told: HashSet<(usize, usize, [u32; 2], [u32; 2])> = HashSet::new();
    for (a, b) in candidates(&said).into_iter().take_while(|_| goes_on()) {
        let (a, b) = (said[a as usize], said[b as usize]);
        let Some(differ) = differ(a.statement, b.statement) else {
            continue;
        };
        if !a.may_contradict(&b) {
            continue;
        }
        let same = match overlap(a.statement, b.statement) {
            share if share >= SAME_WORDS && !substituted(a.statement, b.statement) => true,
            // Rows that differ in a word are rows about different things; what has amounts in common and is said in other
            // words may be as well.
            share
                if share >= LIKE_WORDS
                    && differ.is_whole
                    && !(a.statement.row || b.statement.row)
                    && !contrasts::tells_apart(&a.statement.words, &b.statement.words) =>
            {
                alike.is_some_and(|alike| {
                    asked += 1;
                    asked <= MOST_ASKED
                        && alike(&a.statement.gapped, &b.statement.gapped)
                            .is_some_and(|cosine| cosine >= SAME_MEANING)
                })
            }
            _ => false,
        };
        if same && told.insert((a.at, b.at, a.statement.lines, b.statement.lines)) {
            findings.push(a.finding(differ.own, &b, differ.its));
            findings.push(b.finding(differ.its, &a, differ.own));
        }
    }
    findings
}

/// Pairs of statements of one language that share a word that not everybody uses, in order.
fn candidates(said: &[ArticleStatement<'_>]) -> Vec<(u32, u32)> {
    let mut holders: HashMap<(&str, &str), Vec<u32>> = HashMap::new();
    for (at, one) in (0..).zip(said) {
        for word in &one.statement.words {
            holders
                .entry((one.statement.lang.as_str(), word.as_str()))
                .or_default()
                .push(at);
        }
    }
    let mut pairs = Vec::new();
    for (own, one) in (0..).zip(said) {
        let one = one.statement;
        // The rarest words of a statement find all that share most of its words.
        let mut lists: Vec<&Vec<u32>> = one
            .words
            .iter()
            .filter_map(|word| holders.get(&(one.lang.as_str(), word.as_str())))
            .filter(|list| list.len() > 1 && list.len() <= COMMON)
            .collect();
        lists.sort_by_key(|list| list.len());
        let needed = one.words.len() - one.words.len() / 4;
        let others = lists.into_iter().take(needed).flatten().copied();
        let mut others: Vec<u32> = others.filter(|other| *other != own).collect();
        others.sort_unstable();
        others.dedup();
        pairs.extend(others.iter().map(|&other| (own.min(other), own.max(other))));
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// Share of the words of either that both have.
fn overlap(a: &Statement, b: &Statement) -> f64 {
    let both = a
        .words
        .iter()
        .filter(|word| b.words.binary_search(word).is_ok())
        .count();
    both as f64 / (a.words.len() + b.words.len() - both).max(1) as f64
}

/// Whether each has a word that the other lacks: then they speak of different things, in like words.
fn substituted(a: &Statement, b: &Statement) -> bool {
    let lacks = |a: &Statement, b: &Statement| {
        a.words
            .iter()
            .any(|word| b.words.binary_search(word).is_err())
    };
    lacks(a, b) && lacks(b, a)
}

/// Amounts of one kind in which two statements differ, as they were written.
struct Difference<'a> {
    own: &'a str,
    its: &'a str,
    /// Whether all amounts of the kind differ.
    is_whole: bool,
}

/// How two statements of the same shape differ.
fn differ<'a>(a: &'a Statement, b: &'a Statement) -> Option<Difference<'a>> {
    if a.codes != b.codes || a.amounts.len() != b.amounts.len() {
        return None;
    }
    let kinds = |one: &Statement| {
        let mut kinds: Vec<_> = one
            .amounts
            .iter()
            .map(|amount| amount.kind.clone())
            .collect();
        kinds.sort();
        kinds
    };
    if kinds(a) != kinds(b) {
        return None;
    }
    // Amounts of one kind are held against each other in their order. One that stands elsewhere in the other statement
    // says that the order alone differs, or that these are neighbouring steps of a scale.
    let mut differences = a.amounts.iter().filter_map(|amount| {
        let of_kind = |one: &'a Statement| {
            let amounts = one.amounts.iter();
            amounts.filter(|other| other.kind == amount.kind)
        };
        let pairs = of_kind(a).zip(of_kind(b));
        let apart = pairs.clone().filter(|(own, its)| own.value != its.value);
        let is_moved = apart
            .clone()
            .any(|(own, _)| apart.clone().any(|(_, its)| own.value == its.value));
        let (own, its) = apart.clone().next().filter(|_| !is_moved)?;
        Some(Difference {
            own: &own.written,
            its: &its.written,
            is_whole: apart.count() == pairs.count(),
        })
    });
    let whole = differences.clone().find(|one| one.is_whole);
    whole.or_else(|| differences.next())
}

impl ArticleStatement<'_> {
    fn may_contradict(&self, other: &Self) -> bool {
        if self.article.path == other.article.path {
            if self.statement.row && other.statement.row {
                return false;
            }
            // Neighbours within one block are a list of cases, not a contradiction.
            return self.statement.lines != other.statement.lines
                && overlap(self.statement, other.statement) >= 1.0;
        }
        self.article.meets(other.article)
    }

    /// What one side is told: `own` and `its` are the amounts as they were written.
    pub(super) fn finding(&self, own: &str, other: &ArticleStatement<'_>, its: &str) -> Diagnostic {
        let message = format!(
            "here it is {own}, in {}:{} it is {its}: “{}”",
            other.article.path,
            other.place(its).line,
            short(&other.statement.text)
        );
        finding(
            &self.article.path,
            self.place(own),
            ("conflict", Severity::Warning),
            message,
            "find out which one holds, correct the other, or keep the number in one article and link it",
        )
    }

    /// Where the amount stands in the file.
    fn place(&self, amount: &str) -> Position {
        let [first, last] = self.statement.lines;
        let lines = self.article.source.lines().enumerate();
        let found = lines
            .skip(first as usize - 1)
            .take((last - first + 1) as usize)
            .find_map(|(at, line)| {
                let byte = line.find(amount)?;
                let column = line[..byte].chars().count() + 1;
                Some(Position {
                    line: u32::try_from(at + 1).unwrap_or(u32::MAX),
                    column: u32::try_from(column).unwrap_or(u32::MAX),
                })
            });
        found.unwrap_or(Position {
            line: first,
            column: 1,
        })
    }
}

/// A statement short enough for a message.
fn short(text: &str) -> String {
    const MOST: usize = 120;
    let text = one_line(text);
    if text.chars().count() <= MOST {
        return text;
    }
    let cut: String = text.chars().take(MOST).collect();
    format!("{cut}…")
}
