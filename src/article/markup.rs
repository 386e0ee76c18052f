//! Text in HTML: tags are removed, their content stays; scripts and styles are removed with their content.

/// Elements whose content is no text.
const SILENT: &[&str] = &["script", "style", "template"];

/// Elements that stand on lines of their own.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "caption",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "tbody",
    "tfoot",
    "thead",
    "tr",
    "ul",
];

/// What a stretch of HTML says.
#[derive(Debug, PartialEq)]
pub(super) enum Piece {
    /// Text, and the byte it stands at.
    Text(String, usize),
    /// White space.
    Space,
    /// The end of a line.
    LineBreak,
    /// The end of a block.
    BlockBreak,
    /// Where a tag leads, whether it is an image, and the byte the tag stands at.
    Link(String, bool, usize),
}

/// Where in HTML a stretch ended.
#[derive(Debug, Default, PartialEq)]
enum State {
    #[default]
    Text,
    Tag(Tag),
    Comment,
    /// In an element that says nothing.
    Silent(&'static str),
}

/// Reads HTML stretch by stretch.
#[derive(Debug, Default)]
pub(super) struct Markup {
    state: State,
}

impl Markup {
    /// Whether text behind the last stretch is content of a comment, script, style or template.
    pub(super) fn is_silent(&self) -> bool {
        matches!(self.state, State::Comment | State::Silent(_))
    }

    /// Whether a comment or template is open: blank lines do not end it, and nothing in it is shown.
    pub(super) fn outlives_block(&self) -> bool {
        matches!(self.state, State::Comment | State::Silent("template"))
    }

    /// Reads one stretch that stands at byte `at` of its source.
    pub(super) fn read(&mut self, html: &str, at: usize) -> Vec<Piece> {
        let (mut pieces, mut byte) = (Vec::new(), 0);
        while byte < html.len() {
            let rest = &html[byte..];
            byte += match &mut self.state {
                State::Text => self.text(rest, at + byte, &mut pieces),
                State::Comment => self.leave(rest, "-->"),
                State::Silent(name) => {
                    let closing = format!("</{name}");
                    self.leave_element(rest, &closing)
                }
                State::Tag(_) => self.tag(rest, &mut pieces),
            };
        }
        pieces
    }

    fn text(&mut self, rest: &str, at: usize, pieces: &mut Vec<Piece>) -> usize {
        if rest.starts_with("<!--") {
            self.state = State::Comment;
            // The shortest comment is `<!-->`.
            return 2;
        }
        let mut chars = rest.chars();
        let (first, second) = (
            chars.next().unwrap_or_default(),
            chars.next().unwrap_or_default(),
        );
        if first == '<' && (second.is_ascii_alphabetic() || matches!(second, '/' | '!' | '?')) {
            self.state = State::Tag(Tag {
                at,
                ..Tag::default()
            });
            return 1;
        }
        if first.is_whitespace() {
            pieces.push(Piece::Space);
            return rest.len() - rest.trim_start().len();
        }
        if let Some((character, length)) = entity(rest) {
            pieces.push(Piece::Text(character.to_string(), at));
            return length;
        }
        let stops = |c: char| c == '<' || c == '&' || c.is_whitespace();
        let length = rest
            .char_indices()
            .skip(1)
            .find(|&(_, c)| stops(c))
            .map_or(rest.len(), |(byte, _)| byte);
        pieces.push(Piece::Text(rest[..length].to_owned(), at));
        length
    }

    fn tag(&mut self, rest: &str, pieces: &mut Vec<Piece>) -> usize {
        let State::Tag(tag) = &mut self.state else {
            return rest.len();
        };
        for (byte, c) in rest.char_indices() {
            if !tag.ends_at(c) {
                continue;
            }
            let name = tag.name.to_ascii_lowercase();
            let link = match name.as_str() {
                "a" => attribute(&tag.text, "href"),
                "img" => attribute(&tag.text, "src"),
                _ => None,
            };
            pieces.extend(link.map(|target| Piece::Link(target, name == "img", tag.at)));
            pieces.extend(match name.as_str() {
                "br" => Some(Piece::LineBreak),
                "td" | "th" => Some(Piece::Space),
                name if BLOCKS.contains(&name) => Some(Piece::BlockBreak),
                _ => None,
            });
            let silent = SILENT
                .iter()
                .find(|silent| **silent == name && !tag.closing);
            self.state = silent.map_or(State::Text, |silent| State::Silent(silent));
            return byte + 1;
        }
        rest.len()
    }

    fn leave(&mut self, rest: &str, end: &str) -> usize {
        match rest.find(end) {
            Some(at) => {
                self.state = State::Text;
                at + end.len()
            }
            None => rest.len(),
        }
    }

    fn leave_element(&mut self, rest: &str, closing: &str) -> usize {
        match rest
            .as_bytes()
            .windows(closing.len())
            .position(|part| part.eq_ignore_ascii_case(closing.as_bytes()))
        {
            Some(at) => {
                self.state = State::Text;
                at
            }
            None => rest.len(),
        }
    }
}

/// A tag as far as it was read.
#[derive(Debug, Default, PartialEq)]
struct Tag {
    /// The byte it stands at.
    at: usize,
    /// All of it so far.
    text: String,
    /// Its first letters.
    name: String,
    named: bool,
    closing: bool,
    /// The last character that is no white space.
    before: char,
    quote: Option<char>,
}

impl Tag {
    /// Takes the next character; whether it ends the tag.
    fn ends_at(&mut self, c: char) -> bool {
        self.text.push(c);
        match self.quote {
            Some(quote) if c == quote => self.quote = None,
            Some(_) => {}
            None if c == '>' => return true,
            None if matches!(c, '"' | '\'') && self.before == '=' => self.quote = Some(c),
            None if !self.named && c == '/' && self.name.is_empty() => self.closing = true,
            None if !self.named && c.is_ascii_alphanumeric() && self.name.len() < 16 => {
                self.name.push(c)
            }
            None => self.named = true,
        }
        if !c.is_whitespace() {
            self.before = c;
        }
        false
    }
}

/// The value of an attribute of a tag.
pub(super) fn attribute(tag: &str, name: &str) -> Option<String> {
    let mut rest = tag.trim_end_matches(['>', '/']);
    rest = &rest[rest.find(char::is_whitespace)?..];
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        let end = rest
            .find(|c: char| c.is_whitespace() || c == '=')
            .unwrap_or(rest.len());
        let (own, behind) = rest.split_at(end);
        if own.is_empty() && behind.is_empty() {
            return None;
        }
        let mut value = "";
        rest = behind.trim_start();
        if let Some(given) = rest.strip_prefix('=') {
            let given = given.trim_start();
            (value, rest) = match given.chars().next().filter(|c| matches!(c, '"' | '\'')) {
                Some(quote) => given[1..].split_once(quote)?,
                None => given.split_at(given.find(char::is_whitespace).unwrap_or(given.len())),
            };
        }
        if own.eq_ignore_ascii_case(name) {
            return Some(value.replace("&amp;", "&"));
        }
    }
}

/// The character that an entity at the beginning of a text stands for, and the entity's length in bytes.
fn entity(text: &str) -> Option<(char, usize)> {
    let body = text.strip_prefix('&')?;
    let end = body.bytes().take(10).position(|byte| byte == b';')?;
    let name = body.get(..end)?;
    let character = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        "mdash" => '—',
        "ndash" => '–',
        "hellip" => '…',
        "euro" => '€',
        "copy" => '©',
        "reg" => '®',
        "times" => '×',
        "rarr" => '→',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|c| *c != '\0')?
        }
    };
    Some((character, end + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(stretches: &[&str], expected: &str) {
        let mut markup = Markup::default();
        let said: String = stretches
            .iter()
            .flat_map(|html| markup.read(html, 0))
            .map(|piece| match piece {
                Piece::Text(text, _) => text,
                Piece::Space => " ".to_owned(),
                Piece::LineBreak => "/".to_owned(),
                Piece::BlockBreak => "|".to_owned(),
                Piece::Link(target, ..) => format!("→{target} "),
            })
            .collect();
        assert_eq!(said, expected);
    }

    #[test]
    fn tags_go_and_their_content_stays() {
        check(
            &["<div class=\"a>b\">One<br/>two &amp; &#x4e09;</div>\n"],
            "|One/two & 三| ",
        );
        check(&["a < b & c"], "a < b & c");
        check(&["<b\nid='x'", ">bold</b>"], "bold");
    }

    #[test]
    fn links_and_images_lead_somewhere() {
        check(
            &["<a title='<b href=x>' HREF=b.md?x&amp;y>b</a> <a name=x>"],
            "→b.md?x&y b ",
        );
        check(
            &["<img\n src = \"p", ".png\"/><!-- <a href=\"c.md\"> -->"],
            "→p.png ",
        );
        check(&["<a =x href", "><a href= >", "<a href=\"open>"], "→ → ");
    }

    #[test]
    fn scripts_styles_and_comments_say_nothing() {
        check(
            &["x<script>alert(\"<p>\")", "</script>y<STYLE>p{}</style>z"],
            "xyz",
        );
        check(&["a<!-- b > c\n", "d -->e<!-->f"], "aef");
    }

    #[test]
    fn places_are_bytes_of_the_source() {
        let pieces = Markup::default().read("<i>解</i>约", 10);
        assert_eq!(
            pieces,
            [
                Piece::Text("解".to_owned(), 13),
                Piece::Text("约".to_owned(), 20)
            ]
        );
    }
}
