//! Markdown: from an article's body to its sections, blocks of plain text and links.
//!
//! Owns what counts as text. Leaves the size of passages to `passages`, and rendering the article to `html`.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::{
    BlockKind, Link, Section,
    blocks::{Draft, needs_space},
    findings::Position,
    lines::Lines,
    markup::{Markup, Piece},
    parse::{MAX_SECTIONS, cut_heading},
    slug::Slugs,
    tables::Table,
};

/// The Markdown that articles are written in: GitHub's, with `{#anchor}` behind headings.
pub(super) fn dialect() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_GFM
}

/// What a body is made of.
#[derive(Debug, Default)]
pub(super) struct Outline {
    pub(super) sections: Vec<Section>,
    pub(super) drafts: Vec<Draft>,
    pub(super) links: Vec<Link>,
    /// Line of the first heading that is one too many: it and those behind it are text.
    pub(super) beyond: Option<u32>,
    /// Lines of the tables whose rows do not repeat all of their header.
    pub(super) long_heads: Vec<u32>,
}

/// Reads the body of `source` that begins at byte `body_at`.
pub(super) fn read(source: &str, body_at: usize, lines: &Lines<'_>) -> Outline {
    let mut reader = Reader::new(lines);
    for (event, range) in Parser::new_ext(&source[body_at..], dialect()).into_offset_iter() {
        reader.take(event, range.start + body_at..range.end + body_at);
    }
    reader.finish()
}

/// A body being read.
struct Reader<'a> {
    lines: &'a Lines<'a>,
    outline: Outline,
    slugs: Slugs,
    /// Headings above the current place: level and text.
    path: Vec<(u8, String)>,
    draft: Option<Draft>,
    /// A soft line break waits for the next character to know whether it is a space.
    soft_break: bool,
    markup: Markup,
    in_html: bool,
    /// Open list items: whether they are steps, and whether nothing of them was read yet.
    items: Vec<(bool, bool)>,
    lists: Vec<bool>,
    /// Quotes and footnotes that are open.
    quotes: usize,
    group: u32,
    heading: Option<Heading>,
    table: Option<Table>,
    /// Where the last link stands.
    last_link: (usize, Position),
}

/// A heading being read.
struct Heading {
    level: u8,
    given: Option<String>,
    at: usize,
}

impl<'a> Reader<'a> {
    fn new(lines: &'a Lines<'a>) -> Self {
        Self {
            lines,
            outline: Outline::default(),
            slugs: Slugs::default(),
            path: Vec::new(),
            draft: None,
            soft_break: false,
            markup: Markup::default(),
            in_html: false,
            items: Vec::new(),
            lists: Vec::new(),
            quotes: 0,
            group: 0,
            heading: None,
            table: None,
            last_link: (0, Position::TOP),
        }
    }

    fn take(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(tag) => self.end(tag, range),
            Event::Text(text) => self.text(&text, range),
            Event::Code(text) => self.text(&text, range),
            Event::SoftBreak => self.soft_break = true,
            Event::HardBreak => self.line_break(),
            Event::Html(html) | Event::InlineHtml(html) => self.html(&html, range),
            Event::Rule => self.close(),
            Event::FootnoteReference(_)
            | Event::TaskListMarker(_)
            | Event::InlineMath(_)
            | Event::DisplayMath(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>, range: Range<usize>) {
        match tag {
            Tag::Link { dest_url, .. } => self.link(&dest_url, range.start, false),
            Tag::Image { dest_url, .. } => self.link(&dest_url, range.start, true),
            Tag::Emphasis
            | Tag::Strong
            | Tag::Strikethrough
            | Tag::Superscript
            | Tag::Subscript => {}
            Tag::Heading { level, id, .. } => {
                self.close();
                if self.items.is_empty() && self.quotes == 0 && self.has_room(range.start) {
                    self.heading = Some(Heading {
                        level: level as u8,
                        given: id.map(|id| id.to_string()),
                        at: range.start,
                    });
                }
            }
            Tag::TableHead | Tag::TableRow | Tag::TableCell => self.draft = None,
            tag => {
                self.close();
                self.open(&tag);
            }
        }
    }

    /// Whether a heading there begins a section.
    fn has_room(&mut self, at: usize) -> bool {
        let has_room = self.outline.sections.len() < MAX_SECTIONS;
        if !has_room {
            let line = self.lines.line(at);
            self.outline.beyond.get_or_insert(line);
        }
        has_room
    }

    /// Enters a block that holds others.
    fn open(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::List(first) => {
                if self.lists.is_empty() {
                    self.group += 1;
                }
                self.lists.push(first.is_some());
            }
            Tag::Item => self
                .items
                .push((self.lists.last().copied().unwrap_or_default(), true)),
            Tag::BlockQuote(_) | Tag::FootnoteDefinition(_) => self.quotes += 1,
            Tag::Table(_) => {
                if self.lists.is_empty() {
                    self.group += 1;
                }
                self.table = Some(Table::default());
            }
            Tag::CodeBlock(_) => self.draft = Some(self.blank(BlockKind::Code)),
            Tag::HtmlBlock => self.in_html = true,
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd, range: Range<usize>) {
        match tag {
            TagEnd::Link
            | TagEnd::Image
            | TagEnd::Emphasis
            | TagEnd::Strong
            | TagEnd::Strikethrough
            | TagEnd::Superscript
            | TagEnd::Subscript => {}
            TagEnd::Heading(_) => self.end_heading(),
            TagEnd::TableCell => self.end_cell(),
            TagEnd::TableHead => {
                if !self.table.as_mut().is_none_or(Table::end_head) {
                    self.outline.long_heads.push(self.lines.line(range.start));
                }
            }
            TagEnd::TableRow => self.end_row(),
            TagEnd::Table => self.end_table(),
            TagEnd::HtmlBlock => {
                self.in_html = false;
                self.close();
            }
            TagEnd::List(_) => {
                self.close();
                self.lists.pop();
            }
            TagEnd::Item => {
                self.close();
                self.items.pop();
            }
            TagEnd::BlockQuote(_) | TagEnd::FootnoteDefinition => {
                self.close();
                self.quotes = self.quotes.saturating_sub(1);
            }
            _ => self.close(),
        }
    }

    fn blank(&self, kind: BlockKind) -> Draft {
        let group = if self.lists.is_empty() && self.table.is_none() {
            0
        } else {
            self.group
        };
        Draft::new(kind, self.outline.sections.len(), group)
    }

    /// The block that text goes to; opens one where none is open.
    fn block(&mut self) -> &mut Draft {
        let kind = match self.items.last_mut() {
            Some((steps, fresh)) if *fresh && self.draft.is_none() => {
                *fresh = false;
                if *steps {
                    BlockKind::Step
                } else {
                    BlockKind::Item
                }
            }
            _ => BlockKind::Paragraph,
        };
        let blank = self.blank(kind);
        self.draft.get_or_insert(blank)
    }

    fn text(&mut self, text: &str, range: Range<usize>) {
        if self.markup.is_silent() {
            return;
        }
        let spaced = std::mem::take(&mut self.soft_break);
        let draft = self.block();
        if spaced && needs_space(&draft.text, text) {
            draft.glue(" ");
        }
        draft.push(text, range.start, range.end);
    }

    fn line_break(&mut self) {
        let separator = if self.table.is_some() { " " } else { "\n" };
        if let Some(draft) = &mut self.draft {
            draft.glue(separator);
        }
    }

    fn html(&mut self, html: &str, range: Range<usize>) {
        for piece in self.markup.read(html, range.start) {
            match piece {
                Piece::Text(text, at) => {
                    let spaced = std::mem::take(&mut self.soft_break);
                    let draft = self.block();
                    if spaced && needs_space(&draft.text, &text) {
                        draft.glue(" ");
                    }
                    draft.push(&text, at, at + text.len());
                }
                Piece::Space => self.soft_break = true,
                Piece::LineBreak => self.line_break(),
                Piece::BlockBreak if self.table.is_some() || self.heading.is_some() => {
                    self.soft_break = true
                }
                Piece::BlockBreak => self.close(),
                Piece::Link(target, image, at) => self.link(&target, at, image),
            }
        }
    }

    fn link(&mut self, target: &str, at: usize, image: bool) {
        let place = self.lines.place_behind(self.last_link, at);
        self.last_link = (at, place);
        let Position { line, column } = place;
        self.outline.links.push(Link {
            target: target.to_owned(),
            image,
            line,
            column,
        });
    }

    /// Ends the open block.
    fn close(&mut self) {
        self.soft_break = false;
        if !self.in_html && !self.markup.outlives_block() {
            // Other tags that were opened within a block and not closed say nothing about the next one.
            self.markup = Markup::default();
        }
        let Some(mut draft) = self.draft.take().map(Draft::trimmed) else {
            return;
        };
        if draft.text.is_empty() {
            return;
        }
        self.enter_untitled(&draft);
        draft.section = self.outline.sections.len() - 1;
        self.outline.drafts.push(draft);
    }

    /// Opens the section before the first heading.
    fn enter_untitled(&mut self, first: &Draft) {
        if self.outline.sections.is_empty() {
            let [line, _] = first.lines(self.lines);
            self.outline.sections.push(Section {
                heading: Vec::new(),
                level: 0,
                anchor: String::new(),
                lines: [line, line],
            });
        }
    }

    fn end_heading(&mut self) {
        let Some(Heading { level, given, at }) = self.heading.take() else {
            return self.close();
        };
        self.soft_break = false;
        let mut text = self
            .draft
            .take()
            .map(Draft::trimmed)
            .map_or_else(String::new, |draft| draft.text);
        cut_heading(&mut text);
        let anchor = self.slugs.anchor(&text, given.as_deref());
        self.path.retain(|(above, _)| *above < level);
        self.path.push((level, text));
        let heading = self.path.iter().map(|(_, text)| text.clone()).collect();
        let line = self.lines.line(at);
        self.outline.sections.push(Section {
            heading,
            level,
            anchor,
            lines: [line, line],
        });
    }

    fn end_cell(&mut self) {
        self.soft_break = false;
        let cell = self
            .draft
            .take()
            .unwrap_or_else(|| self.blank(BlockKind::Row))
            .trimmed();
        if let Some(table) = &mut self.table {
            table.cell(cell);
        }
    }

    fn end_row(&mut self) {
        let blank = self.blank(BlockKind::Row);
        self.draft = self.table.as_mut().map(|table| table.end_row(blank));
        self.close();
    }

    fn end_table(&mut self) {
        let blank = self.blank(BlockKind::Row);
        self.draft = self.table.take().and_then(|table| table.end(blank));
        self.close();
    }

    /// Gives every section its last line.
    fn finish(mut self) -> Outline {
        self.close();
        let starts: Vec<u32> = self
            .outline
            .sections
            .iter()
            .map(|section| section.lines[0])
            .collect();
        let last = self.lines.last();
        for (at, section) in self.outline.sections.iter_mut().enumerate() {
            let end = starts
                .get(at + 1)
                .map_or(last, |next| next - 1)
                .max(section.lines[0]);
            section.lines[1] = self.lines.written(section.lines[0], end);
        }
        self.outline
    }
}

#[cfg(test)]
mod tests;
