//! Links that lead nowhere: to missing files, articles and headings.

use super::{
    super::{
        Article, Diagnostic, Link, Severity,
        findings::{Place, finding},
        links::{Target, resolve},
    },
    Shelf,
};

/// What is wrong with a link; None where it leads somewhere.
pub(super) fn broken_link(
    article: &Article,
    link: &Link,
    shelf: &Shelf<'_>,
    exists: &dyn Fn(&str) -> bool,
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
            None if exists(&path) => return None,
            None => (None, fragment, format!("there is no file {path}")),
        },
    };
    let (message, help) = match target {
        Some(target) if fragment.is_empty() || has_anchor(target, &fragment) => return None,
        Some(target) => (
            format!("{} has no heading #{fragment}", target.path),
            known_anchors(target),
        ),
        None => (missing, moved(link, shelf)),
    };
    let place = Place {
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

fn has_anchor(article: &Article, fragment: &str) -> bool {
    let named = |attribute: &str| {
        article
            .source
            .contains(&format!("{attribute}=\"{fragment}\""))
    };
    article
        .sections
        .iter()
        .any(|section| section.anchor == fragment)
        || named("id")
        || named("name")
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
fn moved(link: &Link, shelf: &Shelf<'_>) -> String {
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
