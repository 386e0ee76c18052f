//! Resolves links: from what an editor wrote to a file of the content, an article, or an external address.

use std::sync::OnceLock;

use crate::percent;

/// What a link points at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// An address with a scheme or a host.
    Elsewhere,
    /// A fragment of the same article.
    Here { fragment: String },
    /// A file, by its path relative to the content folder.
    File { path: String, fragment: String },
    /// An article by its id: `/articles/{id}`.
    Article { id: String, fragment: String },
    /// Above the content folder.
    Outside,
}

/// What `link` points at when it stands in the file `from`.
pub(super) fn resolve(from: &str, link: &str) -> Target {
    let link = link.trim();
    if has_scheme(link) || link.starts_with("//") {
        return Target::Elsewhere;
    }
    let (path, fragment) = link.split_once('#').unwrap_or((link, ""));
    let path = percent::meant(path.split('?').next().unwrap_or_default());
    let fragment = percent::meant(fragment);
    if path.is_empty() {
        return Target::Here { fragment };
    }
    if let Some(id) = path.strip_prefix("/articles/") {
        return Target::Article {
            id: id.to_owned(),
            fragment,
        };
    }
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let (base, relative) = match path
        .strip_prefix("/content/")
        .or_else(|| path.strip_prefix('/'))
    {
        Some(absolute) => ("", absolute),
        None => (folder, path.as_str()),
    };
    let mut names: Vec<&str> = base.split('/').filter(|name| !name.is_empty()).collect();
    for name in relative.split('/') {
        match name {
            "" | "." => {}
            ".." if names.pop().is_none() => return Target::Outside,
            ".." => {}
            name => names.push(name),
        }
    }
    Target::File {
        path: names.join("/"),
        fragment,
    }
}

/// Endings of the images that articles may show, with their media types.
const IMAGES: [(&str, &str); 7] = [
    ("avif", "image/avif"),
    ("gif", "image/gif"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("webp", "image/webp"),
];

/// The media type of an image, by its path's ending; of the content's files that are no articles, only images are served.
#[must_use]
pub fn image_type(path: &str) -> Option<&'static str> {
    let ending = path.rsplit_once('.')?.1.to_ascii_lowercase();
    let known = IMAGES.iter().find(|(known, _)| *known == ending);
    known.map(|(_, kind)| *kind)
}

/// What every address of ours begins with: the server's base path. Configuration that a process has once, like its name:
/// links are made in every stage, and not one of them decides by it.
static BASE: OnceLock<String> = OnceLock::new();

/// Sets the base path, such as `/cuecard`, before the first link is made; a second time changes nothing.
pub fn set_base_path(base: String) {
    let _ = BASE.set(base);
}

/// A path of the server as a browser knows it, under the base path.
#[must_use]
pub fn under_base(path: &str) -> String {
    let base = BASE.get().map_or("", String::as_str);
    format!("{base}{path}")
}

/// Where the web page shows an article: `/articles/{id}#{anchor}`, the id percent-encoded.
#[must_use]
pub fn url(id: &str, anchor: &str) -> String {
    let mut url = under_base("/articles/");
    url.push_str(&percent::segment(id));
    if !anchor.is_empty() {
        url.push('#');
        url.push_str(anchor);
    }
    url
}

fn has_scheme(link: &str) -> bool {
    let Some((scheme, _)) = link.split_once(':') else {
        return false;
    };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, fragment: &str) -> Target {
        Target::File {
            path: path.to_owned(),
            fragment: fragment.to_owned(),
        }
    }

    #[test]
    fn links_are_relative_to_their_folder() {
        let from = "en/billing/fee.md";
        for (link, target) in [
            ("term.md", file("en/billing/term.md", "")),
            ("../moving.md#cost", file("en/moving.md", "cost")),
            ("./a/./b%20c.png?x=1", file("en/billing/a/b c.png", "")),
            ("/zh/违约金.md", file("zh/违约金.md", "")),
            ("/content/img/x.png", file("img/x.png", "")),
            (
                "#%E8%B4%B9",
                Target::Here {
                    fragment: "费".to_owned(),
                },
            ),
            (
                "/articles/a%2Fb#c",
                Target::Article {
                    id: "a/b".to_owned(),
                    fragment: "c".to_owned(),
                },
            ),
            ("../../../x.md", Target::Outside),
            ("https://example.com/x.md", Target::Elsewhere),
            ("mailto:a@example.com", Target::Elsewhere),
            ("//example.com/x", Target::Elsewhere),
            ("100%.md", file("en/billing/100%.md", "")),
        ] {
            assert_eq!(resolve(from, link), target, "{link}");
        }
    }

    #[test]
    fn ids_are_percent_encoded_in_urls() {
        assert_eq!(url("cancel-fee", ""), "/articles/cancel-fee");
        assert_eq!(url("a/b", "late"), "/articles/a%2Fb#late");
        assert_eq!(url("hotel:8", "费"), "/articles/hotel%3A8#费");
    }
}
