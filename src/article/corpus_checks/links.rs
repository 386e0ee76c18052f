//! Broken links: to missing files, articles and headings, or to articles that some of the readers may not see.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use super::{
    super::{
        Article, Diagnostic, Link, Severity, Status,
        findings::{Position, finding},
        is_article_path,
        links::{Target, image_type, resolve},
        markup::attribute,
    },
    ArticleLookup,
};

/// What links can lead to within the articles that they lead to, by path: gathered once for each.
#[derive(Default)]
pub(super) struct Anchors<'a> {
    known: HashMap<&'a str, HashSet<Cow<'a, str>>>,
}

impl<'a> Anchors<'a> {
    fn has(&mut self, article: &'a Article, fragment: &str) -> bool {
        let known = self.known.entry(&article.path);
        known.or_insert_with(|| anchors(article)).contains(fragment)
    }
}

/// Anchors of an article's headings, also of those that are HTML: nothing else keeps its name on the page.
fn anchors(article: &Article) -> HashSet<Cow<'_, str>> {
    let sections = article.sections.iter();
    let sections = sections.map(|section| Cow::Borrowed(&*section.anchor));
    let tags = article.source.split("<h").skip(1);
    let headings = tags.filter(|tag| tag.starts_with(|c: char| ('1'..='6').contains(&c)));
    let named = headings.filter_map(|tag| attribute(tag.split('>').next()?, "id"));
    sections.chain(named.map(Cow::Owned)).collect()
}

/// The links of an article that lead nowhere.
pub(super) fn broken<'a>(
    article: &'a Article,
    shelf: &ArticleLookup<'a>,
    exists: &dyn Fn(&str) -> bool,
    anchors: &mut Anchors<'a>,
) -> Vec<Diagnostic> {
    let links = article.links.iter();
    let broken = links.filter_map(|link| broken_link(article, link, shelf, exists, anchors));
    broken.collect()
}

/// What is wrong with a link; None where it leads somewhere.
fn broken_link<'a>(
    article: &'a Article,
    link: &Link,
    shelf: &ArticleLookup<'a>,
    exists: &dyn Fn(&str) -> bool,
    anchors: &mut Anchors<'a>,
) -> Option<Diagnostic> {
    let (target, fragment, missing) = match resolve(&article.path, &link.target) {
        Target::Elsewhere => return None,
        Target::Outside => (
            None,
            String::new(),
            "it leads out of the content folder".to_owned(),
        ),
        Target::Here { fragment } => (Some(article), fragment, String::new()),
        Target::Article { id, fragment } => (
            shelf.by_id.get(id.as_str()).copied(),
            fragment,
            format!("there is no article `{id}`"),
        ),
        Target::File { path, fragment } => match shelf.by_path.get(path.as_str()) {
            Some(found) => (Some(*found), fragment, String::new()),
            None if exists(&path) && image_type(&path).is_some() => return None,
            None if exists(&path) => return Some(unserved(article, link, &path)),
            None => (None, fragment, format!("there is no file {path}")),
        },
    };
    let unseen = target.and_then(|target| unseen(article, target, shelf));
    let (message, help) = match target {
        Some(_) if let Some((message, help)) = unseen => (message, help.to_owned()),
        Some(target) if fragment.is_empty() || anchors.has(target, &fragment) => {
            return narrower(article, target, link);
        }
        Some(target) => (
            format!("{} has no heading #{fragment}", target.path),
            known_anchors(target),
        ),
        None => (missing, moved(link, shelf)),
    };
    let place = Position {
        line: link.line,
        column: link.column,
    };
    Some(finding(
        &article.path,
        place,
        ("broken-link", Severity::Warning),
        format!("the link leads nowhere: {message}"),
        help,
    ))
}

/// Why nobody is shown an article that a published one leads to, and what to do.
fn unseen(
    from: &Article,
    to: &Article,
    shelf: &ArticleLookup<'_>,
) -> Option<(String, &'static str)> {
    let first = shelf.by_id.get(to.id.as_str())?;
    if first.path != to.path && from.path != to.path {
        let message = format!(
            "the id of {} belongs to {}, which comes first",
            to.path, first.path
        );
        return Some((
            message,
            "give that file an id of its own, or link to the other",
        ));
    }
    let state = match to.status {
        Status::Published => return None,
        Status::Draft => "a draft",
        Status::Archived => "archived",
    };
    let message = format!("{} is {state}", to.path);
    let help = "publish that article, or remove the link";
    (from.status == Status::Published).then_some((message, help))
}

/// A link between published articles that some readers of the first cannot follow.
fn narrower(from: &Article, to: &Article, link: &Link) -> Option<Diagnostic> {
    let both = from.status == Status::Published && to.status == Status::Published;
    let mut shut_out = from
        .audience
        .iter()
        .filter(|one| !to.audience.contains(one));
    let reader = shut_out.next().filter(|_| both)?;
    let place = Position {
        line: link.line,
        column: link.column,
    };
    Some(finding(
        &from.path,
        place,
        ("narrower-link", Severity::Info),
        format!(
            "the link leads nowhere for the audience `{reader}`: {} is for {}",
            to.path,
            to.audience.join(", ")
        ),
        "leave the link out, or widen the `audience` of that article",
    ))
}

/// A link to a file that is there, but that nobody is shown.
fn unserved(article: &Article, link: &Link, path: &str) -> Diagnostic {
    let place = Position {
        line: link.line,
        column: link.column,
    };
    let (why, help) = if is_article_path(path) {
        (
            "cannot be used as it is",
            "correct that file: it has findings of its own",
        )
    } else {
        let help = "put the file where people can load it, and link to that address";
        ("is no article and no image", help)
    };
    finding(
        &article.path,
        place,
        ("broken-link", Severity::Info),
        format!("the link leads nowhere on the page: {path} {why}"),
        help,
    )
}

fn known_anchors(article: &Article) -> String {
    let anchors: Vec<String> = article
        .sections
        .iter()
        .filter(|section| !section.anchor.is_empty())
        .take(12)
        .map(|section| format!("#{}", section.anchor))
        .collect();
    if anchors.is_empty() {
        "link to the file without #".to_owned()
    } else {
        format!("its headings are {}", anchors.join(" "))
    }
}

/// Advice for a link to a missing file: where a file of that name is.
fn moved(link: &Link, shelf: &ArticleLookup<'_>) -> String {
    let name = link
        .target
        .split(['#', '?'])
        .next()
        .and_then(|path| path.rsplit('/').next())
        .unwrap_or_default();
    let found = shelf.by_name.get(name);
    found.map_or_else(
        || "correct the path, or remove the link".to_owned(),
        |path| format!("there is {path}"),
    )
}
