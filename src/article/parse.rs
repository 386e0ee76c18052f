//! From a file's bytes to an article and its diagnostics.
//!
//! An invalid field costs that field, not the article; only a file that cannot be read at all yields no article.

use super::{
    Article, BlockKind, Diagnostic, Section,
    blocks::Draft,
    fields,
    findings::{Findings, Position},
    front_matter::{self, Fault},
    hidden_text, html,
    lines::Lines,
    markdown::{self, Outline},
    passages,
    tables::{MAX_HEAD, MAX_HEADS},
    yaml,
};
use crate::text;

/// Largest file, in bytes.
pub const MAX_FILE_BYTES: usize = 8 << 20;

/// How a file begins that stands for one which Git LFS keeps elsewhere.
const LFS_POINTER: &str = "version https://git-lfs.github.com/spec/v1\n";

/// Longest title or heading, in characters: each passage carries those above it.
pub(super) const MAX_HEADING: usize = 300;

/// Most sections of an article: each carries the headings above it, and the headings behind them are text.
pub(super) const MAX_SECTIONS: usize = 10_000;

/// Cuts a title or heading that is too long; whether it was.
pub(super) fn cut_heading(text: &mut String) -> bool {
    let end = text.char_indices().nth(MAX_HEADING).map(|(byte, _)| byte);
    text.truncate(end.unwrap_or(text.len()));
    end.is_some()
}

/// What came of a file.
#[derive(Debug, Clone, Default)]
pub struct Parsed {
    /// None where the file cannot be read.
    pub article: Option<Article>,
    /// Ordered by line and column.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads the file at `path`, relative to the content folder. Never fails: what is wrong is a diagnostic.
#[must_use]
pub fn parse(path: &str, bytes: &[u8]) -> Parsed {
    let mut findings = Findings::new(path);
    let article =
        source(bytes, &mut findings).and_then(|source| article(path, source, &mut findings));
    let article = article.map(|article| Article {
        content_hash: blake3::hash(bytes).to_hex().to_string(),
        has_bom: bytes.starts_with("\u{feff}".as_bytes()),
        ..article
    });
    Parsed {
        article,
        diagnostics: findings.into_sorted(),
    }
}

/// The file as text, if it is one.
fn source<'a>(bytes: &'a [u8], findings: &mut Findings<'_>) -> Option<&'a str> {
    if bytes.len() > MAX_FILE_BYTES {
        let message = format!(
            "the file has more than the {} MiB that an article may have",
            MAX_FILE_BYTES >> 20
        );
        let help = "split it at its main headings into one file each, and link them; search returns parts of articles anyway";
        findings.error(Position::TOP, "too-large", message, help);
        return None;
    }
    let (text, broken_at) = match std::str::from_utf8(bytes) {
        Ok(text) => (text, text.find('\0')),
        Err(error) => (
            std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
            Some(error.valid_up_to()),
        ),
    };
    if let Some(at) = broken_at {
        let place = Lines::of(text).place(at.min(text.len()));
        let help = "save it as UTF-8 text; rename it if it is no article";
        findings.error(place, "not-text", "the file is not UTF-8 text", help);
        return None;
    }
    if text.starts_with(LFS_POINTER) {
        let help = "fetch it with `git lfs pull`, or take articles out of .gitattributes: a commit that is served has the pointer alone";
        findings.error(
            Position::TOP,
            "not-text",
            "the file is a pointer of Git LFS, not the text",
            help,
        );
        return None;
    }
    Some(text.strip_prefix('\u{feff}').unwrap_or(text))
}

fn article(path: &str, source: &str, findings: &mut Findings<'_>) -> Option<Article> {
    let mut article = Article {
        path: path.to_owned(),
        source: source.to_owned(),
        ..Article::default()
    };
    match front_matter::split(source) {
        Ok(None) => fields::apply(&[], &mut article, findings),
        Ok(Some(split)) => {
            article.body_at = split.body_at;
            match yaml::read(&source[split.yaml], split.first_line) {
                Ok(entries) => fields::apply(&entries, &mut article, findings),
                Err(broken) => {
                    let help = broken.help.unwrap_or("correct the YAML between the two lines of hyphens; quote values that hold : # [ or {, and put one that begins with a quote in single quotes as a whole: when: '\"tv\" in account.products'");
                    findings.error(broken.place, "front-matter", broken.message, help);
                    return None;
                }
            }
        }
        Err(front_matter::Unusable { line, fault }) => {
            let (message, help) = match fault {
                Fault::Open => (
                    "the front matter has no end",
                    "add a line of three hyphens between the keys and the text",
                ),
                Fault::Fence => (
                    "the front matter does not begin with a line of three hyphens",
                    "write three hyphens alone on this line and on one behind the keys, which are YAML",
                ),
                Fault::LineEnds => (
                    "the lines of the front matter end with carriage returns alone",
                    "save the file with line feeds (LF, or CR and LF) as line ends",
                ),
            };
            let place = Position { line, column: 1 };
            findings.error(place, "front-matter", message, help);
            return None;
        }
    }
    let (beyond, long_heads) = body(&mut article);
    if let Some(line) = beyond {
        findings.warning(
            Position { line, column: 1 },
            "many-sections",
            format!("the article has more than {MAX_SECTIONS} sections; this heading and those behind it are text"),
            "split the file into one for each topic",
        );
    }
    for line in long_heads {
        findings.warning(
            Position { line, column: 1 },
            "long-table-header",
            format!("each row is searched with its headers, up to {MAX_HEAD} characters of each, or without where they have more than {MAX_HEADS} in all"),
            "write short headers, and the rest above the table",
        );
    }
    if html::is_shown_as_text(&article) {
        findings.warning(
            Position::TOP,
            "deep-html",
            "the article's HTML is too deep, or leaves too much open: its tags are shown as they were written",
            "close what is opened, or write it in Markdown",
        );
    }
    let is_long = |text: &String| text.chars().nth(MAX_HEADING - 1).is_some();
    let ends = article.sections.iter();
    for section in ends.filter(|section| section.heading.last().is_some_and(is_long)) {
        let place = Position {
            line: section.lines[0],
            column: 1,
        };
        findings.warning(
            place,
            "long-heading",
            format!("the heading is cut at {MAX_HEADING} characters; what follows is not searched"),
            "write a short heading, and the rest below it",
        );
    }
    hidden_text::report(source, article.body_at, findings);
    Some(article)
}

/// Reads the body, and what the front matter left open; gives the lines of the first heading that is one too many, and
/// of tables with long headers.
fn body(article: &mut Article) -> (Option<u32>, Vec<u32>) {
    let lines = Lines::of(&article.source);
    let Outline {
        mut sections,
        mut drafts,
        links,
        beyond,
        long_heads,
    } = markdown::read(&article.source, article.body_at, &lines);
    article.links = links;
    if article.title.is_empty() {
        let heading = sections
            .iter()
            .find_map(|section| section.heading.last().filter(|text| !text.is_empty()));
        article.title = heading.map_or_else(|| stem(&article.path).to_owned(), Clone::clone);
    }
    drop_own_title(&mut sections, &article.title);
    if drafts.is_empty() {
        drafts = stand_ins(article, &sections);
    }
    if sections.is_empty() {
        sections.push(Section {
            heading: Vec::new(),
            level: 0,
            anchor: String::new(),
            lines: [1, lines.last()],
        });
    }
    article.sections = sections;
    article.passages = passages::pack(drafts, &lines);
    if article.lang.is_empty() {
        article.lang = language(article).to_owned();
    }
    (beyond, long_heads)
}

/// Takes the heading that repeats the title out of the paths below it.
fn drop_own_title(sections: &mut [Section], title: &str) {
    let Some(own) = sections.iter().position(|section| section.level > 0) else {
        return;
    };
    if sections[own]
        .heading
        .last()
        .is_none_or(|heading| heading.trim() != title.trim())
    {
        return;
    }
    let level = sections[own].level;
    for (at, section) in sections[own..].iter_mut().enumerate() {
        if at > 0 && section.level <= level {
            break;
        }
        section.heading.remove(0);
    }
}

/// What is searched where there is no text: title, headings, summary and questions.
fn stand_ins(article: &Article, sections: &[Section]) -> Vec<Draft> {
    let headings = sections.iter().filter_map(|section| section.heading.last());
    let texts = std::iter::once(&article.title)
        .chain(headings)
        .chain(&article.summary)
        .chain(&article.questions);
    texts
        .map(|text| {
            let mut draft = Draft::new(BlockKind::Paragraph, 0, 0);
            draft.push(text, 0, article.source.trim_end().len());
            draft
        })
        .collect()
}

/// Language of title and text.
fn language(article: &Article) -> &'static str {
    let texts = article
        .passages
        .iter()
        .take(3)
        .map(|passage| passage.text.as_str());
    let sample: Vec<&str> = std::iter::once(article.title.as_str())
        .chain(texts)
        .collect();
    text::detect(&sample.join("\n"))
}

/// The file's name without its ending.
fn stem(path: &str) -> &str {
    without_ending(path.rsplit('/').next().unwrap_or(path))
}

/// A path without `.md`.
pub(super) fn without_ending(path: &str) -> &str {
    let parts = path
        .len()
        .checked_sub(3)
        .and_then(|at| path.split_at_checked(at));
    let cut = parts.filter(|(_, end)| end.eq_ignore_ascii_case(".md"));
    cut.map_or(path, |(name, _)| name)
}

/// Whether a path relative to the content folder is an article's: `README.md` and what lies behind private names is none.
#[must_use]
pub fn is_article_path(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    !path.split('/').any(is_private)
        && !name.eq_ignore_ascii_case("README.md")
        && name.to_ascii_lowercase().ends_with(".md")
}

/// Whether a file or folder of that name holds no articles.
#[must_use]
pub fn is_private(name: &str) -> bool {
    name.starts_with(['.', '_'])
}

#[cfg(test)]
mod tests;
