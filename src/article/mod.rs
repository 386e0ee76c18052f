//! The article: what an editor wrote, as values. Pure: no I/O, no clock.
//!
//! Owns the meaning of a Markdown file with front matter: its fields, its sections and the passages that are searched.
//! Leaves finding files to `source`, and searching to `index` and `search`.

mod audience;
mod blocks;
mod compare;
mod corpus_checks;
mod fields;
mod findings;
mod front_matter;
mod hidden_text;
mod html;
mod lines;
mod links;
mod markdown;
mod markup;
mod nesting;
mod originals;
mod parse;
mod passages;
mod prompt_injection;
mod rule;
mod schema;
pub mod silence;
mod slug;
mod tables;
mod triggers;
mod values;
mod yaml;

pub use audience::Audience;
pub use compare::{Alike, Comparison};
pub use corpus_checks::{CheckContext, check_corpus};
pub use fields::default_id;
pub use hidden_text::{cautions, visible, without_unseen};
pub use html::html;
pub use links::{image_type, set_base_path, under_base, url};
pub use originals::original;
pub use parse::{MAX_FILE_BYTES, Parsed, is_article_path, is_private, parse};
pub use rule::{Account, MAX_RULE_CHARS, Rule, RuleError};
pub use schema::front_matter_schema;

use std::{borrow::Cow, collections::BTreeMap};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One article as it stands in one file.
#[derive(Debug, Clone, Default)]
pub struct Article {
    /// Unique name: from the front matter, else the path without `.md`.
    pub id: String,
    /// Path relative to the content folder, with `/` between names.
    pub path: String,
    /// Title: from the front matter, else the first heading, else the file's name.
    pub title: String,
    /// BCP 47 language tag, given or detected.
    pub lang: String,
    /// Id of the article that this one translates.
    pub translation_of: Option<String>,
    /// One line on what the article answers.
    pub summary: Option<String>,
    /// Topic tags.
    pub tags: Vec<String>,
    /// Products it is about.
    pub products: Vec<String>,
    /// Who may see it; never empty (default `agent`).
    pub audience: Vec<String>,
    /// Owning team.
    pub owner: Option<String>,
    /// Lifecycle status.
    pub status: Status,
    /// Date of the last review.
    pub reviewed: Option<NaiveDate>,
    /// Days after which a review is due again.
    pub review_every: Option<u32>,
    /// Days on which it is in force, inclusive.
    pub effective: Effective,
    /// How customers say it.
    pub questions: Vec<String>,
    /// Next best questions, in order.
    pub ask: Vec<String>,
    /// CEL over `account`: the article is relevant only where it holds. May be broken: see [`Rule::or_never`].
    pub when: Option<String>,
    /// When to push it during a call.
    pub triggers: Vec<Trigger>,
    /// Front matter keys that are not known, kept as they were.
    pub meta: BTreeMap<String, serde_json::Value>,
    /// The file's whole text, front matter included.
    pub source: String,
    /// The file begins with a byte order mark, which `source` leaves out.
    pub has_bom: bool,
    /// Byte offset in `source` where the body begins.
    pub body_at: usize,
    /// Headed parts in document order; the first may have no heading.
    pub sections: Vec<Section>,
    /// What is searched, in document order; never empty.
    pub passages: Vec<Passage>,
    /// Links and images of the body, in document order.
    pub links: Vec<Link>,
    /// blake3 of the file's bytes, hexadecimal.
    pub content_hash: String,
}

/// A link or an image in an article's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// As it was written: relative to the article's folder, a fragment, or an address.
    pub target: String,
    /// Whether it is an image.
    pub image: bool,
    /// 1-based line in the file.
    pub line: u32,
    /// 1-based column, in Unicode scalar values.
    pub column: u32,
}

/// Lifecycle status of an article.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Being written: invisible to search.
    Draft,
    /// In use.
    #[default]
    Published,
    /// Kept for history: invisible to search.
    Archived,
}

/// Days on which an article is in force; both ends are inclusive, a missing end is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Effective {
    /// First day.
    pub from: Option<NaiveDate>,
    /// Last day.
    pub until: Option<NaiveDate>,
}

impl Effective {
    /// Whether `today` lies within.
    #[must_use]
    pub fn covers(&self, today: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= today) && !self.is_past(today)
    }

    /// Whether its last day is over.
    #[must_use]
    pub fn is_past(&self, today: NaiveDate) -> bool {
        self.until.is_some_and(|until| until < today)
    }

    /// Whether there may be a day that lies within both.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        let is_before = |a: &Self, b: &Self| {
            a.until
                .zip(b.from)
                .is_some_and(|(until, from)| until < from)
        };
        !is_before(self, other) && !is_before(other, self)
    }
}

/// A rule that pushes its article during a call.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Trigger {
    /// Phrases of which one must be said; empty makes it an account trigger, which always has a `when`.
    pub any: Vec<String>,
    /// Phrases that silence it within the same utterance.
    pub not: Vec<String>,
    /// Whose words count.
    pub role: Role,
    /// CEL over `account` that must hold. May be broken: see [`Rule::or_never`].
    pub when: Option<String>,
    /// −1000…1000; higher goes first.
    pub priority: i32,
    /// Seconds of silence after it fired.
    pub cooldown_secs: Option<u64>,
    /// At most once in a call (per article).
    pub once: Option<bool>,
}

impl Trigger {
    /// Its `when`, compiled; None where it has none.
    #[must_use]
    pub fn rule(&self) -> Option<Rule> {
        self.when.as_deref().map(Rule::or_never)
    }
}

/// Role of the speaker.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The caller.
    #[default]
    Customer,
    /// The one who answers the call.
    Agent,
    /// A machine: announcements, IVR.
    System,
}

impl Role {
    /// The word of the contract.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Agent => "agent",
            Self::System => "system",
        }
    }
}

/// A headed part of an article.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// Headings from the outermost to this one; empty before the first heading.
    pub heading: Vec<String>,
    /// 1–6; 0 before the first heading.
    pub level: u8,
    /// Fragment that links to it, unique within the article; empty before the first heading.
    pub anchor: String,
    /// First and last line in the file, 1-based, inclusive.
    pub lines: [u32; 2],
}

/// The unit of search: at most about 900 characters of one section.
#[derive(Debug, Clone, PartialEq)]
pub struct Passage {
    /// Index into the article's sections.
    pub section: usize,
    /// First and last line in the file, 1-based, inclusive.
    pub lines: [u32; 2],
    /// Plain text: the blocks' texts joined with one line feed.
    pub text: String,
    /// What `text` is made of, in order.
    pub blocks: Vec<Block>,
}

/// A paragraph, list item, table row or code block within a passage.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// Place in the passage's text: Unicode scalar values, end exclusive.
    pub range: [usize; 2],
    /// First and last line in the file, 1-based, inclusive.
    pub lines: [u32; 2],
    /// Which of the article's outermost lists and tables it stands in, however deep; 0 for none.
    pub group: u32,
}

/// What a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockKind {
    /// Running text.
    Paragraph,
    /// An item of a bulleted list.
    Item,
    /// A step: an item of a numbered list.
    Step,
    /// A table row that can be read alone: `Header: cell; Header: cell`.
    Row,
    /// Preformatted text.
    Code,
}

impl Article {
    /// Heading path of a passage.
    #[must_use]
    pub fn heading(&self, passage: &Passage) -> &[String] {
        &self.sections[passage.section].heading
    }

    /// Anchor of a passage's section; empty before the first heading.
    #[must_use]
    pub fn anchor(&self, passage: &Passage) -> &str {
        &self.sections[passage.section].anchor
    }

    /// Its `when`, compiled; None where it has none.
    #[must_use]
    pub fn rule(&self) -> Option<Rule> {
        self.when.as_deref().map(Rule::or_never)
    }

    /// The file's text to the last byte.
    #[must_use]
    pub fn file(&self) -> Cow<'_, str> {
        match self.has_bom {
            true => format!("\u{feff}{}", self.source).into(),
            false => self.source.as_str().into(),
        }
    }

    /// Whether it may be found at all on that day.
    #[must_use]
    pub fn live(&self, today: NaiveDate) -> bool {
        self.is_published() && self.effective.covers(today)
    }

    /// Whether it may be found on some day: it is neither a draft nor archived.
    #[must_use]
    pub fn is_published(&self) -> bool {
        self.status == Status::Published
    }

    /// Whether it neither speaks to machines nor hides something: only then its words are said as an answer.
    #[must_use]
    pub fn is_honest(&self) -> bool {
        cautions(&self.source).is_empty()
    }

    /// Whether it may hold for the same reader on the same day as another: what one says can contradict the other.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        let apart = |a: &[String], b: &[String]| {
            !a.is_empty() && !b.is_empty() && !a.iter().any(|one| b.contains(one))
        };
        !apart(&self.products, &other.products)
            && !apart(&self.audience, &other.audience)
            && self.when == other.when
            && self.effective.meets(&other.effective)
    }

    /// Whether its review is due on that day.
    #[must_use]
    pub fn review_overdue(&self, today: NaiveDate) -> bool {
        match (self.reviewed, self.review_every) {
            // A review after the end of the calendar is never due.
            (Some(on), Some(days)) => on
                .checked_add_days(chrono::Days::new(days.into()))
                .is_some_and(|due| due < today),
            _ => false,
        }
    }
}

/// A finding about a content file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct Diagnostic {
    /// Path relative to the content folder.
    pub path: String,
    /// 1-based line.
    pub line: u32,
    /// 1-based column, in Unicode scalar values.
    pub column: u32,
    /// Stable rule name, such as `front-matter`.
    pub rule: String,
    /// Severity of the finding.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// How to fix it.
    pub help: String,
}

/// Severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The article cannot be used as it is.
    Error,
    /// The article is used, but probably not as meant.
    Warning,
    /// Worth knowing.
    Info,
}
