//! An upper bound on the work that an article's HTML makes for a parser: nested elements, and unclosed formatting.
//!
//! Never counts less than a browser's parser would build: only a closing tag that matches an open element at that place
//! closes it.

/// Most elements within each other.
const MAX_DEPTH: usize = 200;

/// Most elements that formatting which was left open makes: each block behind it begins with all of it anew.
const MAX_REOPENED: usize = 50_000;

/// Formatting within formatting that every text may have: of what is left open so much does no harm.
const FREE: usize = 3;

/// Elements without content, and those that are passed over within a body.
const VOID: &[&str] = &[
    "area", "base", "body", "br", "caption", "col", "colgroup", "embed", "frame", "frameset",
    "head", "hr", "html", "img", "input", "link", "meta", "param", "source", "track", "wbr",
];

/// Elements that blocks behind them begin with anew, until they are closed.
const FORMATTING: &[&str] = &[
    "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
];

/// What a table is made of, and what may be left open in it.
const PARTS: &[&str] = &["p", "td", "th", "tr", "tbody", "thead", "tfoot"];

/// What ends where an element begins: its closing tag may be left out. Of the parts of a table, within one alone.
const ENDED: &[(&str, &[&str])] = &[
    ("p", &["p"]),
    ("li", &["p", "li"]),
    ("dt", &["p", "dt", "dd"]),
    ("dd", &["p", "dt", "dd"]),
    ("td", &["p", "td", "th"]),
    ("th", &["p", "td", "th"]),
    ("tr", &["p", "td", "th", "tr"]),
    ("tbody", &["p", "td", "th", "tr", "tbody", "thead", "tfoot"]),
    ("tfoot", &["p", "td", "th", "tr", "tbody", "thead", "tfoot"]),
];

/// What ends where an element is closed. In others nothing does: a parser may pass over their closing tag then.
const CLOSED: &[(&str, &[&str])] = &[
    ("article", &["p"]),
    ("aside", &["p"]),
    ("blockquote", &["p"]),
    ("center", &["p"]),
    ("dd", &["p"]),
    ("details", &["p"]),
    ("div", &["p"]),
    ("dl", &["p", "dt", "dd"]),
    ("dt", &["p"]),
    ("figure", &["p"]),
    ("li", &["p"]),
    ("ol", &["p", "li"]),
    ("section", &["p"]),
    ("table", PARTS),
    ("ul", &["p", "li"]),
];

/// Whether HTML is beyond what is made safe within a moment: that takes the square of its depth, and more.
pub(super) fn is_beyond(html: &str) -> bool {
    let mut open = Open::default();
    let (mut reopened, mut at) = (0, 0);
    while let Some(found) = html[at..].find('<') {
        let rest = &html[at + found..];
        let (tag, length) = read(rest);
        at += found + length;
        match tag {
            Some(Tag::Begins(name)) => open.begin(name),
            Some(Tag::Closes(name)) => open.close(name),
            // In a drawing it begins text that may hold tags; nobody writes it in an article.
            None if rest.starts_with("<![CDATA[") => return true,
            None => {}
        }
        reopened += open.formatting.saturating_sub(FREE);
        if open.names.len() > MAX_DEPTH || reopened > MAX_REOPENED {
            return true;
        }
    }
    false
}

enum Tag<'a> {
    Begins(&'a str),
    Closes(&'a str),
}

/// Elements that are open, the innermost last.
#[derive(Default)]
struct Open<'a> {
    names: Vec<&'a str>,
    /// How many of them are formatting.
    formatting: usize,
}

impl<'a> Open<'a> {
    fn begin(&mut self, name: &'a str) {
        if is_in(VOID, name) {
            return;
        }
        let outer = self.names.iter().rfind(|one| !is_in(PARTS, one));
        let in_table = outer.is_some_and(|outer| outer.eq_ignore_ascii_case("table"));
        if in_table || name.eq_ignore_ascii_case("p") || !is_in(PARTS, name) {
            for ended in of(ENDED, name) {
                self.names.pop_if(|last| last.eq_ignore_ascii_case(ended));
            }
        }
        self.names.push(name);
        self.formatting += usize::from(is_in(FORMATTING, name));
    }

    fn close(&mut self, name: &str) {
        let place = self
            .names
            .iter()
            .rposition(|one| one.eq_ignore_ascii_case(name));
        let Some(place) = place else { return };
        let ended = of(CLOSED, name);
        let fits = self.names[place + 1..].iter().all(|one| is_in(ended, one));
        // A list of choices may have ended before, and what seems to stand in it outside.
        if fits && !name.eq_ignore_ascii_case("select") {
            self.names.truncate(place);
            self.formatting -= usize::from(is_in(FORMATTING, name));
        }
    }
}

fn is_in(names: &[&str], name: &str) -> bool {
    names.iter().any(|one| one.eq_ignore_ascii_case(name))
}

fn of(table: &[(&str, &'static [&'static str])], name: &str) -> &'static [&'static str] {
    let found = table.iter().find(|(one, _)| one.eq_ignore_ascii_case(name));
    found.map_or(&[], |(_, names)| names)
}

/// The tag at the beginning of a text, and its bytes; comments and the like are none.
fn read(rest: &str) -> (Option<Tag<'_>>, usize) {
    let behind = |end: &str| rest.find(end).map_or(rest.len(), |at| at + end.len());
    if let Some(comment) = rest.strip_prefix("<!--") {
        let early = [">", "->"].into_iter().find(|end| comment.starts_with(end));
        let usual = || {
            let length = behind("-->");
            let other = rest[..length].find("--!>");
            other.map_or(length, |at| at + "--!>".len())
        };
        return (None, early.map_or_else(usual, |end| 4 + end.len()));
    }
    let closing = rest[1..].starts_with('/');
    let name = &rest[1 + usize::from(closing)..];
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        let bogus = closing || rest[1..].starts_with(['!', '?']);
        return (None, if bogus { behind(">") } else { 1 });
    }
    let end = name
        .find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>'))
        .unwrap_or(name.len());
    let start = rest.len() - name.len() + end;
    let named = &name[..end];
    let tag = if closing {
        Tag::Closes(named)
    } else {
        Tag::Begins(named)
    };
    (Some(tag), start + attributes(&rest[start..]))
}

/// Bytes of a tag's attributes, `>` included.
fn attributes(rest: &str) -> usize {
    // What may come next: a name, more of a name, a value, more of one without quotes, more of one in quotes.
    #[derive(Clone, Copy)]
    enum Next {
        Name,
        InName,
        Value,
        InBare,
        InQuotes(u8),
    }
    let mut next = Next::Name;
    for (at, byte) in rest.bytes().enumerate() {
        let space = byte.is_ascii_whitespace();
        next = match (next, byte) {
            (Next::InQuotes(quote), _) if byte == quote => Next::Name,
            (Next::InQuotes(quote), _) => Next::InQuotes(quote),
            (_, b'>') => return at + 1,
            (Next::Value, b'"' | b'\'') => Next::InQuotes(byte),
            (Next::Value, _) if space => Next::Value,
            (Next::InBare, _) if space => Next::Name,
            (Next::Value | Next::InBare, _) => Next::InBare,
            (Next::InName, b'=') => Next::Value,
            (Next::InName, b'/') => Next::Name,
            // White space may stand before the sign.
            (Next::InName, _) if space => Next::InName,
            (Next::Name, _) if space || byte == b'/' => Next::Name,
            (Next::Name | Next::InName, _) => Next::InName,
        };
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(html: &str, expected: bool) {
        let (start, _) = html.split_at(html.len().min(60));
        assert_eq!(is_beyond(html), expected, "{start}");
    }

    #[test]
    fn what_articles_are_made_of_is_within_bounds() {
        check(&"<p>one <b>two</b>\n".repeat(20_000), false);
        check(&"<p><a>one <code>two</code></a></p>".repeat(90_000), false);
        check(&format!("<ul>{}</ul>", "<li>a<p>b".repeat(20_000)), false);
        check(
            &format!("<table>{}</table>", "<tr><td>a<td>b".repeat(9_000)),
            false,
        );
        check(
            &"<div><section>a<br>b</section></DIV>\n".repeat(9_000),
            false,
        );
        check(&"<b>left open\n".repeat(90), false);
        check("a < b, x <3 </> <!-- <div> --> <a title=\"<div>\">", false);
    }

    #[test]
    fn what_is_open_cannot_be_hidden() {
        check(&"<div>".repeat(201), true);
        check(&"<font color=\"1\"><p>word".repeat(201), true);
        check(
            &(r#"<font color="1">"#.repeat(100) + &"<p>word".repeat(600)),
            true,
        );
        // To a parser each of these leaves something open, whatever seems to close it.
        for hidden in [
            "<div><textarea></div></textarea>",
            "<div><table></div></table>",
            "<div><!-- </div> -->",
            "<!--><div>",
            "<a b=c=\"></a><div>",
            "<a =\"></a><div>",
            "<div x='</div>'>",
            "<td><li></td><td><dd></td>",
            "<svg><g><li></g></svg><svg><g><dd></g></svg>",
            "<svg><desc><p><td></td></desc></svg>",
            "<math><mi><p></mi></math>",
            "<select><ul><input><li></ul></select><select><ul><input><dd></ul></select>",
            "<svg><option>",
        ] {
            check(&hidden.repeat(900), true);
        }
        check("<svg><![CDATA[<div>]]></svg>", true);
    }
}
