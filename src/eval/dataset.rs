//! A data set on disk → questions and calls in memory.
//!
//! Owns the file formats and their errors, each with file and line. Leaves the articles to `source`, and what is measured
//! to `queries` and `calls`.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::EvalError;
use crate::{article::Role, search::types::Filter};

/// Article id → relevance grade; above 0 is relevant.
pub type Grades = BTreeMap<String, f64>;

/// A folder of articles with questions and calls.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// The folder's name.
    pub name: String,
    /// Where the articles are.
    pub articles: PathBuf,
    /// `queries.tsv`; None if there is no such file.
    pub questions: Option<Vec<Question>>,
    /// `queries.hans.tsv`: the same questions in simplified script.
    pub simplified: Option<Vec<Question>>,
    /// `calls.jsonl`, without calls without turns.
    pub calls: Option<Vec<Call>>,
    /// Questions of `qrels.tsv` that are in none of the others, in order.
    pub unknown_questions: Vec<String>,
}

/// A question with its relevant articles.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Question {
    /// Its id in the data set.
    pub id: String,
    /// Its text.
    pub text: String,
    /// BCP 47 tag, if given.
    pub lang: Option<String>,
    /// Filter on articles.
    pub filter: Filter,
    /// Relevant articles with grades above 0; may be empty.
    pub grades: Grades,
}

/// A recorded call with its expected cards.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
pub struct Call {
    /// Its id in the data set.
    pub id: String,
    /// What it is about, if given.
    #[serde(default)]
    pub title: Option<String>,
    /// BCP 47 tag, if given.
    #[serde(default)]
    pub lang: Option<String>,
    /// The account.
    #[serde(default)]
    pub account: serde_json::Map<String, serde_json::Value>,
    /// Its turns, oldest first.
    pub turns: Vec<Turn>,
    /// Relevant articles, and from which turn on.
    #[serde(default)]
    pub gold: Vec<Gold>,
    /// Turns at which no card is expected.
    #[serde(default)]
    pub no_push: Vec<usize>,
}

/// One utterance of a recorded call.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Turn {
    /// Who spoke.
    #[serde(alias = "role")]
    pub speaker: Role,
    /// What was said.
    pub text: String,
    /// Start in milliseconds of the call, if given.
    #[serde(default)]
    pub begin_ms: Option<u64>,
    /// End in milliseconds of the call, if given.
    #[serde(default)]
    pub end_ms: Option<u64>,
}

/// An article that is relevant at a turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gold {
    /// 0-based turn by which the need is clear.
    pub turn: usize,
    /// The article.
    pub article: String,
}

impl Dataset {
    /// Reads a data set. Every part but the articles may be missing; `questions_from` names another folder for the
    /// questions and calls.
    ///
    /// # Errors
    /// When there are no articles, a file cannot be read, or a line is malformed.
    pub fn read(folder: &Path, questions_from: Option<&Path>) -> Result<Self, EvalError> {
        let articles = folder.join("articles");
        if !articles.is_dir() {
            return Err(EvalError::NoArticles(folder.to_owned()));
        }
        let asked = questions_from.unwrap_or(folder);
        let real = std::fs::canonicalize(folder)
            .map_err(|error| EvalError::Unreadable(folder.to_owned(), error))?;
        let name = real
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let relevance = relevance(asked)?;
        let filters = filters(asked)?;
        let ask = |file: &str| questions(&asked.join(file), &relevance, &filters);
        let (questions, simplified) = (ask("queries.tsv")?, ask("queries.hans.tsv")?);
        let known = questions.iter().chain(&simplified).flatten();
        let known: BTreeSet<&str> = known.map(|question| question.id.as_str()).collect();
        let graded: BTreeSet<&str> = relevance.keys().map(String::as_str).collect();
        let unknown_questions = graded.difference(&known).copied().map(str::to_owned);
        Ok(Self {
            name,
            articles,
            unknown_questions: unknown_questions.collect(),
            questions,
            simplified,
            calls: calls(&asked.join("calls.jsonl"))?,
        })
    }

    /// Every article that a question or call marks as relevant.
    #[must_use]
    pub fn right_articles(&self) -> BTreeSet<&str> {
        let asked = self
            .questions
            .iter()
            .flatten()
            .flat_map(|question| question.grades.keys());
        let called = self
            .calls
            .iter()
            .flatten()
            .flat_map(|call| call.gold.iter().map(|gold| &gold.article));
        asked.chain(called).map(String::as_str).collect()
    }
}

/// A line of a file with its position, for errors.
struct Line<'a> {
    file: &'a Path,
    number: usize,
    text: &'a str,
}

impl<'a> Line<'a> {
    /// Its columns, at least `N`; further ones are ignored.
    fn columns<const N: usize>(&self, wanted: &str) -> Result<[&'a str; N], EvalError> {
        let columns: Vec<&str> = self.text.split('\t').collect();
        let first: Option<[&str; N]> = columns.get(..N).and_then(|first| first.try_into().ok());
        first
            .filter(|first| first.iter().all(|column| !column.trim().is_empty()))
            .ok_or_else(|| {
                self.flaw(format!(
                    "expected {wanted} with a tab between, found {} columns",
                    columns.len()
                ))
            })
    }

    fn flaw(&self, detail: impl Into<String>) -> EvalError {
        EvalError::Malformed {
            file: self.file.to_owned(),
            line: self.number,
            detail: detail.into(),
        }
    }
}

/// A file's text, without the byte order mark that some editors put before it; None where there is no such file.
fn text_of(file: &Path) -> Result<Option<String>, EvalError> {
    match std::fs::read_to_string(file) {
        Ok(text) => Ok(Some(match text.strip_prefix('\u{FEFF}') {
            Some(rest) => rest.to_owned(),
            None => text,
        })),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(EvalError::Unreadable(file.to_owned(), error)),
    }
}

/// Its lines that are not blank.
fn lines<'a>(file: &'a Path, text: &'a str) -> impl Iterator<Item = Line<'a>> {
    let numbered = (1..)
        .zip(text.lines())
        .filter(|(_, text)| !text.trim().is_empty());
    numbered.map(move |(number, text)| Line { file, number, text })
}

fn relevance(folder: &Path) -> Result<HashMap<String, Grades>, EvalError> {
    let file = folder.join("qrels.tsv");
    let mut relevance: HashMap<String, Grades> = HashMap::new();
    for line in lines(&file, &text_of(&file)?.unwrap_or_default()) {
        let [question, article, grade] = line.columns("question, article and grade")?;
        let grade: f64 = grade
            .trim()
            .parse()
            .map_err(|_| line.flaw(format!("grade {grade:?} is not a number")))?;
        if grade > 0.0 {
            relevance
                .entry(question.to_owned())
                .or_default()
                .insert(article.to_owned(), grade);
        }
    }
    Ok(relevance)
}

fn filters(folder: &Path) -> Result<HashMap<String, Filter>, EvalError> {
    let mut filters: HashMap<String, Filter> = HashMap::new();
    let file = folder.join("filters.tsv");
    for line in lines(&file, &text_of(&file)?.unwrap_or_default()) {
        let [question, condition] = line.columns("question and condition")?;
        let filter = filters.entry(question.to_owned()).or_default();
        let (field, value) = condition.split_once('=').unwrap_or((condition, ""));
        let list = match field {
            "lang" => &mut filter.lang,
            "product" | "products" => &mut filter.products,
            "tag" | "tags" => &mut filter.tags,
            _ => {
                return Err(line.flaw(format!(
                    "condition {condition:?} is none of lang=…, product=…, tag=…"
                )));
            }
        };
        list.push(value.to_owned());
    }
    let file = folder.join("candidates.tsv");
    for line in lines(&file, &text_of(&file)?.unwrap_or_default()) {
        let [question, article] = line.columns("question and allowed article")?;
        filters
            .entry(question.to_owned())
            .or_default()
            .article_ids
            .push(article.to_owned());
    }
    Ok(filters)
}

fn questions(
    file: &Path,
    relevance: &HashMap<String, Grades>,
    filters: &HashMap<String, Filter>,
) -> Result<Option<Vec<Question>>, EvalError> {
    let Some(text) = text_of(file)? else {
        return Ok(None);
    };
    let read = lines(file, &text).map(|line| {
        let [id, asked] = line.columns("question's id and question")?;
        Ok(Question {
            id: id.to_owned(),
            text: asked.to_owned(),
            lang: line.text.split('\t').nth(2).map(str::to_owned),
            filter: filters.get(id).cloned().unwrap_or_default(),
            grades: relevance.get(id).cloned().unwrap_or_default(),
        })
    });
    read.collect::<Result<_, _>>().map(Some)
}

pub(super) fn calls(file: &Path) -> Result<Option<Vec<Call>>, EvalError> {
    let Some(text) = text_of(file)? else {
        return Ok(None);
    };
    let read = lines(file, &text).map(|line| {
        let call: Call =
            serde_json::from_str(line.text).map_err(|error| line.flaw(error.to_string()))?;
        let last = call
            .gold
            .iter()
            .map(|gold| gold.turn)
            .chain(call.no_push.iter().copied())
            .max();
        match last {
            Some(turn) if turn >= call.turns.len() && !call.turns.is_empty() => {
                Err(line.flaw(format!(
                    "turn {turn} is named, but the call has {} (turns count from 0)",
                    call.turns.len()
                )))
            }
            _ => Ok(call),
        }
    });
    let read: Result<Vec<Call>, EvalError> = read.collect();
    Ok(Some(
        read?
            .into_iter()
            .filter(|call| !call.turns.is_empty())
            .collect(),
    ))
}

#[cfg(test)]
mod tests;
