//! `get_article`: an article, one of its sections or a range of its lines, as much as the token budget allows.

use serde_json::{Map, Value, json};

use super::{MAX_ID_CHARS, Tool, ToolContext, gives, names::named, takes};
use crate::{
    article::{self, Article, Section},
    index::Catalog,
    keys::Scope,
    mcp::{
        args::Args,
        budget::{self, cost, cost_of_text, room},
        output::{body_lines, leave_out, lines_of, put_cautions, seen, standing, standing_schema},
        quote::{NOTICE, Origin, Quoter},
        refusal::{Refusal, brief, those},
    },
    search::browse,
};

/// Names for an article's id.
pub(super) const ID: &[&str] = &["article_id", "id", "article"];

/// Characters of a section's name.
const MAX_SECTION_CHARS: usize = 500;

/// Characters of a line: those of a whole file.
pub(super) const MAX_LINE_CHARS: usize = 100_000_000;

/// Share of the room that the list of sections may take, in percent: what was asked for is the text.
const SECTIONS_PERCENT: usize = 25;

pub(super) const ARTICLE: Tool = Tool {
    name: "get_article",
    description: "Read an article's Markdown: all of it, one section (its anchor or heading) or a line range. If it doesn't \
                  fit, go on with lines: next_lines and from_char: next_char.",
    scope: Some(Scope::Search),
    reads_only: true,
    input,
    output,
    run,
};

fn input() -> Value {
    takes(
        json!({
            "article_id": {"type": "string", "description": "or its path or URL"},
            "section": {"type": "string"},
            "lines": {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2, "description": "first and last"},
            "from_char": {"type": "integer", "minimum": 0, "description": "of the first line"},
            "max_tokens": budget::schema()
        }),
        &["article_id"],
    )
}

fn output() -> Value {
    let mut schema = gives(
        json!({
            "article_id": {"type": "string"},
            "title": {"type": "string"},
            "lang": {"type": "string"},
            "path": {"type": "string"},
            "lines": {"type": "array", "items": {"type": "integer"}, "description": "of the text that is here"},
            "url": {"type": "string"},
            "revision": {"type": "string"},
            "owner": {"type": ["string", "null"]},
            "markdown": {"type": "string", "description": "quoted from the article"},
            "sections": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "anchor": {"type": "string"},
                        "heading": {"type": "string"},
                        "lines": {"type": "array", "items": {"type": "integer"}}
                    }
                }
            },
            "translations": {
                "type": "array",
                "items": {"type": "object", "properties": {"article_id": {"type": "string"}, "lang": {"type": "string"}}}
            },
            "truncated": {"type": "boolean"},
            "next_lines": {"type": ["array", "null"], "items": {"type": "integer"}},
            "next_char": {"type": "integer", "description": "where the first of next_lines goes on"},
            "cautions": {"type": "array", "items": {"type": "string"}},
            "notice": {"type": "string"}
        }),
        &[
            "article_id",
            "title",
            "path",
            "lines",
            "revision",
            "markdown",
            "truncated",
        ],
    );
    if let (Some(fields), Value::Object(more)) =
        (schema["properties"].as_object_mut(), standing_schema())
    {
        fields.extend(more);
    }
    schema
}

fn run(ask: &ToolContext<'_>, mut args: Args) -> Result<Value, Refusal> {
    let id = args.needed(ID, MAX_ID_CHARS);
    let section = args.text(&["section", "anchor", "heading"], MAX_SECTION_CHARS);
    let lines = lines(&mut args);
    let from_char = args.whole(&["from_char", "next_char"], 0..=MAX_LINE_CHARS, 0);
    let max_tokens = args.max_tokens();
    if section.is_some() && lines.is_some() {
        args.flaw("lines", "name a section or lines, not both");
    }
    args.finish()?;
    ask.settled()?;
    let catalog = ask.catalog();
    let (article, anchor) =
        named(&catalog, &id, ask.audience()).ok_or_else(|| Refusal::unknown_article(&id))?;
    let section = section.or(anchor);
    let wanted = wanted(article, section.as_deref(), lines)?;
    let room = room(max_tokens);
    let mut fields = about(ask, &catalog, article);
    if section.is_none() && lines.is_none() {
        add_overview(ask, &catalog, article, &mut fields, room);
    }
    let said = (wanted, from_char);
    with_text(ask.quoter, article, fields, said, room).map(Value::Object)
}

/// What is known of an article, but for its text.
fn about(ask: &ToolContext<'_>, catalog: &Catalog, article: &Article) -> Map<String, Value> {
    let fields = json!({
        "article_id": article.id,
        "title": article.title,
        "lang": article.lang,
        "path": article.path,
        "lines": [0, 0],
        "url": format!("{}{}", ask.base, article::url(&article.id, "")),
        "revision": catalog.revision_of(article),
        "owner": article.owner,
        "markdown": "",
        "truncated": false,
        "next_lines": [0, 0],
        "next_char": 0,
        "notice": NOTICE,
    });
    let Value::Object(mut fields) = fields else {
        return Map::new();
    };
    fields.extend(standing(article, ask.service.today()));
    ask.fresh(catalog, fields)
}

/// Sections and translations, where they leave most of the room to the text.
fn add_overview(
    ask: &ToolContext<'_>,
    catalog: &Catalog,
    article: &Article,
    fields: &mut Map<String, Value>,
    room: usize,
) {
    let headed = article.sections.iter().filter(|section| section.level > 0);
    let sections: Value = headed
        .map(|section| {
            json!({
                "anchor": section.anchor,
                "heading": section.heading.last().unwrap_or(&article.title),
                "lines": section.lines,
            })
        })
        .collect();
    if cost(&sections) * 100 <= room * SECTIONS_PERCENT {
        fields.insert("sections".to_owned(), sections);
    }
    let others = browse::translations(catalog, article, ask.audience(), ask.service.today());
    if !others.is_empty() {
        let list = others
            .iter()
            .map(|other| json!({"article_id": other.id, "lang": other.lang}))
            .collect();
        fields.insert("translations".to_owned(), list);
    }
}

/// Puts as many of the wanted lines into the result as fit, the first one from a character on, and says where to go on.
pub(super) fn with_text(
    quoter: &Quoter,
    article: &Article,
    mut fields: Map<String, Value>,
    ([first, last], from_char): ([u32; 2], usize),
    room: usize,
) -> Result<Map<String, Value>, Refusal> {
    let written = lines_of(&article.source, [first, last]).join("\n");
    let when = article.when.as_deref().unwrap_or_default();
    put_cautions(&mut fields, &[&article.title, when, &written]);
    let seen = seen(article);
    let mut wanted = lines_of(&seen, [first, last]);
    if let Some(line) = wanted.first_mut() {
        *line = behind(line, from_char)?;
    }
    let spent = |fields: &Map<String, Value>| cost(&Value::Object(fields.clone()));
    if spent(&fields) * 2 > room {
        let dear = [
            "notice",
            "sections",
            "translations",
            "owner",
            "url",
            "lang",
            "status",
        ];
        leave_out(&mut fields, &dear);
    }
    let left = room.saturating_sub(spent(&fields));
    let revision = match fields.get("revision") {
        Some(Value::String(revision)) => revision.clone(),
        _ => String::new(),
    };
    let origin = |end: u32| Origin {
        path: &article.path,
        lines: [first, end],
        revision: &revision,
    };
    let quoted = |count: usize| {
        let end = first + u32::try_from(count).unwrap_or(u32::MAX).saturating_sub(1);
        (end, quoter.quote(&origin(end), &wanted[..count].join("\n")))
    };
    let counts: Vec<usize> = (1..=wanted.len()).collect();
    let fits = counts.partition_point(|count| cost_of_text(&quoted(*count).1) <= left);
    leave_out(&mut fields, &["next_lines", "next_char"]);
    let (end, markdown) = match (fits, wanted.first()) {
        // Not even one line: its beginning, and the rest next time.
        (0, Some(line)) => {
            let cut = quoter.quote_within(&origin(first), line, left);
            let (markdown, chars) = cut.ok_or_else(|| {
                Refusal::flaw(
                    "/max_tokens",
                    "max_tokens: too few for any text; ask for more",
                )
            })?;
            fields.insert("next_lines".to_owned(), json!([first, last]));
            fields.insert("next_char".to_owned(), json!(from_char + chars));
            (first, markdown)
        }
        _ => quoted(fits),
    };
    let is_cut = fields.contains_key("next_char");
    if end < last && !is_cut {
        fields.insert("next_lines".to_owned(), json!([end + 1, last]));
    }
    fields.insert("lines".to_owned(), json!([first, end]));
    fields.insert("markdown".to_owned(), Value::from(markdown));
    fields.insert("truncated".to_owned(), Value::from(end < last || is_cut));
    Ok(fields)
}

/// A line without so many of its characters.
fn behind(line: &str, skipped: usize) -> Result<&str, Refusal> {
    let chars = line.chars().count();
    if skipped > chars {
        let detail = format!("from_char: the line has {chars} characters");
        return Err(Refusal::flaw("/from_char", detail));
    }
    let at = line.char_indices().nth(skipped);
    Ok(at.map_or("", |(byte, _)| &line[byte..]))
}

/// Lines as a list of two, or as `12-30`.
pub(super) fn lines(args: &mut Args) -> Option<[u32; 2]> {
    let value = args.take(&["lines", "line_range", "range"])?;
    let number = |value: &Value| {
        let number = match value {
            Value::String(text) => text.trim().parse().ok(),
            value => value.as_u64(),
        };
        number.and_then(|number| u32::try_from(number).ok())
    };
    let lines = match &value {
        Value::Array(two) if two.len() == 2 => number(&two[0]).zip(number(&two[1])),
        Value::String(text) => text
            .split_once(['-', '–', ':'])
            .and_then(|(first, last)| number(&first.into()).zip(number(&last.into()))),
        _ => None,
    };
    match lines {
        Some((first, last)) if 1 <= first && first <= last => Some([first, last]),
        _ => {
            args.flaw(
                "lines",
                "must be the first and the last line, such as [12, 30]",
            );
            None
        }
    }
}

/// What of an article is asked for: lines, a section, or all of its text.
pub(super) fn wanted(
    article: &Article,
    section: Option<&str>,
    lines: Option<[u32; 2]>,
) -> Result<[u32; 2], Refusal> {
    match (lines, section) {
        (Some(lines), _) => range(article, lines),
        (None, Some(name)) => part(article, name),
        (None, None) => Ok(body_lines(article)),
    }
}

/// The asked lines, as far as the file has them.
fn range(article: &Article, [first, last]: [u32; 2]) -> Result<[u32; 2], Refusal> {
    let [_, end] = body_lines(article);
    if first > end {
        return Err(Refusal::flaw(
            "/lines",
            format!("lines: the article ends at line {end}"),
        ));
    }
    Ok([first, last.min(end)])
}

/// Lines of a section with the sections within it, by its anchor or its heading.
fn part(article: &Article, name: &str) -> Result<[u32; 2], Refusal> {
    let name = name.trim().trim_start_matches('#').trim();
    let headed = |section: &Section| {
        section
            .heading
            .last()
            .is_some_and(|heading| heading.trim().to_lowercase() == name.to_lowercase())
    };
    let sections = &article.sections;
    let found = sections
        .iter()
        .position(|section| section.level > 0 && section.anchor == name)
        .or_else(|| sections.iter().position(headed));
    let Some(at) = found else {
        let headed = sections.iter().filter(|section| section.level > 0);
        let there = those(headed.map(|section| section.anchor.as_str()));
        let detail = format!("the article has no section {:?}; {there}", brief(name));
        return Err(Refusal::new("unknown_section", detail));
    };
    let own = &sections[at];
    let within = sections[at + 1..]
        .iter()
        .take_while(|section| section.level > own.level);
    let last = within
        .last()
        .map_or(own.lines[1], |section| section.lines[1].max(own.lines[1]));
    Ok([own.lines[0], last])
}
