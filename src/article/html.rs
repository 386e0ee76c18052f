//! Renders an article as safe HTML: no scripts, styles, frames, forms or images from other sites.
//!
//! Headings carry the anchors of the article's sections; links between files become links between articles.

use std::{borrow::Cow, collections::HashSet};

use ammonia::{Builder, UrlRelative, UrlRelativeEvaluate};
use pulldown_cmark::{CowStr, Event, Parser, Tag, TagEnd};

use super::{
    Article,
    links::{Target, image_type, resolve, under_base, url},
    markdown::dialect,
    nesting::is_beyond,
};
use crate::percent;

/// Footnotes get ids of their own, so that they meet no id of the page.
const FOOTNOTE: &str = "fn-";

/// Renders the body; `article_at` tells the id of the article at a path of the content folder.
///
/// Local images are shown from `/content/{path}`; links to other files that are no articles lead nowhere, since they are not served.
#[must_use]
pub fn html(article: &Article, article_at: &(dyn Fn(&str) -> Option<String> + Sync)) -> String {
    let mut raw = unsafe_html(article, false);
    if is_beyond(&raw) {
        raw = unsafe_html(article, true);
    }
    if is_beyond(&raw) {
        // Its Markdown alone is too deep.
        return format!("<pre>{}</pre>", ammonia::clean_text(body(article)));
    }
    sanitiser(article, article_at).clean(&raw).to_string()
}

/// Whether the article's own HTML is shown as it was written, because it is too much to be made safe.
pub(super) fn is_shown_as_text(article: &Article) -> bool {
    body(article).contains('<') && is_beyond(&unsafe_html(article, false))
}

fn body(article: &Article) -> &str {
    article.source.get(article.body_at..).unwrap_or_default()
}

/// The body as HTML, with what it holds of HTML itself; or with that as text.
fn unsafe_html(article: &Article, as_text: bool) -> String {
    let mut anchors = Anchors::of(article);
    let events = Parser::new_ext(body(article), dialect()).map(|event| match event {
        Event::Html(html) | Event::InlineHtml(html) if as_text => Event::Text(html),
        event => anchors.place(event),
    });
    let mut raw = String::with_capacity(body(article).len() * 3 / 2);
    pulldown_cmark::html::push_html(&mut raw, events);
    raw
}

/// Gives headings the anchors of their sections.
struct Anchors<'a> {
    rest: Box<dyn Iterator<Item = &'a str> + 'a>,
    /// Lists, quotes and footnotes that are open: headings within them are no sections.
    nested: usize,
}

impl<'a> Anchors<'a> {
    fn of(article: &'a Article) -> Self {
        let anchors = article
            .sections
            .iter()
            .filter(|section| section.level > 0)
            .map(|section| section.anchor.as_str());
        Self {
            rest: Box::new(anchors),
            nested: 0,
        }
    }

    fn place(&mut self, event: Event<'a>) -> Event<'a> {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                let id = if self.nested == 0 {
                    self.rest.next().map(CowStr::Borrowed)
                } else {
                    None
                };
                Event::Start(Tag::Heading {
                    level,
                    id,
                    classes: Vec::new(),
                    attrs: Vec::new(),
                })
            }
            Event::Start(Tag::FootnoteDefinition(label)) => {
                self.nested += 1;
                Event::Start(Tag::FootnoteDefinition(format!("{FOOTNOTE}{label}").into()))
            }
            Event::FootnoteReference(label) => {
                Event::FootnoteReference(format!("{FOOTNOTE}{label}").into())
            }
            // Boxes are form fields, which do not pass.
            Event::TaskListMarker(done) => {
                Event::Text(CowStr::Borrowed(if done { "☑ " } else { "☐ " }))
            }
            Event::Start(Tag::BlockQuote(_) | Tag::Item) => {
                self.nested += 1;
                event
            }
            Event::End(TagEnd::BlockQuote(_) | TagEnd::Item | TagEnd::FootnoteDefinition) => {
                self.nested = self.nested.saturating_sub(1);
                event
            }
            event => event,
        }
    }
}

fn sanitiser<'a>(
    article: &'a Article,
    article_at: &'a (dyn Fn(&str) -> Option<String> + Sync),
) -> Builder<'a> {
    let mut builder = Builder::default();
    for heading in ["h1", "h2", "h3", "h4", "h5", "h6"] {
        builder.add_tag_attributes(heading, ["id"]);
    }
    let alerts = [
        "markdown-alert-note",
        "markdown-alert-tip",
        "markdown-alert-important",
        "markdown-alert-warning",
        "markdown-alert-caution",
    ];
    builder
        .add_tag_attributes("div", ["id"])
        .add_allowed_classes("div", ["footnote-definition"])
        .add_allowed_classes("sup", ["footnote-reference", "footnote-definition-label"])
        .add_allowed_classes("blockquote", alerts)
        .rm_tags(["map", "area"])
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel", "sms"]))
        .link_rel(Some("noopener nofollow"))
        .attribute_filter(filter)
        .url_relative(UrlRelative::Custom(Box::new(Relative {
            article,
            article_at,
        })));
    builder
}

/// Drops images from elsewhere, and ids that could meet those of the page.
fn filter<'v>(element: &str, attribute: &str, value: &'v str) -> Option<Cow<'v, str>> {
    let keep = match (element, attribute) {
        // Control characters are dropped when the address is read: what looks local may lead elsewhere.
        ("img", "src") => {
            resolve("", value) != Target::Elsewhere && !value.chars().any(char::is_control)
        }
        ("div", "id") => value.starts_with(FOOTNOTE),
        _ => true,
    };
    keep.then_some(Cow::Borrowed(value))
}

/// Relative links, as the web page knows them.
struct Relative<'a> {
    article: &'a Article,
    article_at: &'a (dyn Fn(&str) -> Option<String> + Sync),
}

impl<'a> UrlRelativeEvaluate<'a> for Relative<'a> {
    /// None where the link leads nowhere.
    fn evaluate<'url>(&self, link: &'url str) -> Option<Cow<'url, str>> {
        // Browsers take backslashes for slashes and drop tabs: such links may lead elsewhere.
        if link.contains('\\') || link.chars().any(char::is_control) {
            return None;
        }
        let link = match resolve(&self.article.path, link) {
            Target::Elsewhere | Target::Outside => return None,
            Target::Here { fragment } => format!("#{fragment}"),
            Target::Article { id, fragment } => url(&id, &fragment),
            Target::File { path, fragment } => match (self.article_at)(&path) {
                Some(id) => url(&id, &fragment),
                None => {
                    image_type(&path)?;
                    under_base(&format!("/content/{}", percent::path(&path)))
                }
            },
        };
        Some(Cow::Owned(link))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::parse;
    use super::*;

    fn render(markdown: &str) -> String {
        let article = parse("en/a.md", markdown.as_bytes())
            .article
            .expect(markdown);
        html(&article, &|path| {
            (path == "en/b c.md").then(|| "x/y".to_owned())
        })
    }

    fn check(markdown: &str, expected: &str) {
        assert_eq!(render(markdown).trim(), expected);
    }

    #[test]
    fn headings_carry_the_anchors_of_sections() {
        check(
            "---\ntitle: T\n---\n# Fee\n> # Quoted\n\n## Fee {#own}\n",
            "<h1 id=\"fee\">Fee</h1>\n<blockquote>\n<h1>Quoted</h1>\n</blockquote>\n<h2 id=\"own\">Fee</h2>",
        );
    }

    #[test]
    fn links_lead_to_articles_and_files() {
        let rel = "rel=\"noopener nofollow\"";
        check(
            "[b](b%20c.md#late)",
            &format!("<p><a href=\"/articles/x%2Fy#late\" {rel}>b</a></p>"),
        );
        check(
            "[h](#a) [e](https://e.com/)",
            &format!("<p><a href=\"#a\" {rel}>h</a> <a href=\"https://e.com/\" {rel}>e</a></p>"),
        );
        check(
            "![b](../img/b x.png) ![b](<../img/b x.png>)",
            "<p>![b](../img/b x.png) <img src=\"/content/img/b%20x.png\" alt=\"b\"></p>",
        );
        check(
            "[plan](p.PNG) [form](form.pdf) [gone](gone.md)",
            &format!(
                "<p><a href=\"/content/en/p.PNG\" {rel}>plan</a> <a {rel}>form</a> <a {rel}>gone</a></p>"
            ),
        );
        check(
            "<img src=\"p.png\" onerror=\"x()\">",
            "<img src=\"/content/en/p.png\">",
        );
    }

    #[test]
    fn nothing_dangerous_passes() {
        for markdown in [
            "<script>alert(1)</script>",
            "<iframe src=\"https://e.com\"></iframe>",
            "<form action=\"/x\"><input name=\"a\"></form>",
            "<style>p{}</style>",
            "<p style=\"position:fixed\" onclick=\"x()\">a</p>",
            "[a](javascript:alert(1))",
            "[a](data:text/html,x)",
            "![a](https://e.com/p.png)",
            "![a](//e.com/p.png)",
            "<img src=\"/\\e.com/p.png\">",
            "<img src=\"ht&#9;tps://e.com/p.png\">",
            "<img src=\"&#1;https://e.com/p.png\">",
            "<a href=\"/&#9;/e.com\">a</a>",
            "<a href=\"\\\\e.com\">a</a>",
            "[a](../../../etc/passwd)",
            "<div id=\"results\"></div>",
            "<svg onload=\"x()\"></svg>",
        ] {
            let html = render(markdown);
            for bad in [
                "script", "iframe", "form", "input", "style", "onclick", "onerror", "onload",
                "data:", "e.com", "passwd", "results", "svg",
            ] {
                assert!(!html.contains(bad), "{markdown} gives {html}");
            }
        }
    }

    #[test]
    fn html_that_is_too_deep_is_shown_as_it_was_written() {
        let loose: String = (0..3_000)
            .map(|n| format!("<font color=\"{n}\"><p>word\n"))
            .collect();
        for markdown in [loose, "<div>\n".repeat(20_000) + "end"] {
            let html = render(&markdown);
            assert!(
                html.trim_start_matches("<p>").starts_with("&lt;") && html.contains("&gt;"),
                "{html:.90}"
            );
            let found = parse("a.md", markdown.as_bytes()).diagnostics;
            assert!(found.iter().any(|found| found.rule == "deep-html"));
        }
        let deep = ">".repeat(5_000) + " <b>deep</b>";
        assert!(render(&deep).starts_with("<pre>&gt;"));
    }

    #[test]
    fn tables_tasks_and_footnotes_are_shown() {
        check(
            "- [x] a\n- [ ] b",
            "<ul>\n<li>☑ a</li>\n<li>☐ b</li>\n</ul>",
        );
        assert!(render("| a |\n|---|\n| b |\n").contains("<td>b</td>"));
        let html = render("a[^1]\n\n[^1]: note\n");
        assert!(
            html.contains("href=\"#fn-1\"") && html.contains("id=\"fn-1\""),
            "{html}"
        );
    }

    proptest! {
        #[test]
        fn any_text_renders_without_scripts(text in "[<>a-z\"'=/ script:()&#;\\[\\]!\n]{0,120}") {
            let html = render(&text);
            prop_assert!(!html.contains("<script") && !html.contains("href=\"javascript"));
        }
    }
}
