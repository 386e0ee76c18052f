//! The files of the web page, embedded in the binary. Plain HTML, CSS and JavaScript modules: nothing is built or
//! fetched.
//!
//! Owns which files there are and their types. Leaves serving them to `http`.

/// A file of the page.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    /// Its name under `/assets/`.
    pub name: &'static str,
    /// Its media type.
    pub kind: &'static str,
    /// Its content.
    pub bytes: &'static [u8],
}

macro_rules! assets {
    ($($name:literal),* $(,)?) => {
        &[$(Asset { name: $name, kind: kind($name), bytes: include_bytes!(concat!("assets/", $name)) }),*]
    };
}

/// Every file of the page, by name.
pub const ASSETS: &[Asset] = assets![
    "api.js",
    "app.js",
    "article.css",
    "article.js",
    "base.js",
    "callfacts.js",
    "callpanel.js",
    "calls.css",
    "calls.js",
    "callstart.js",
    "callstream.js",
    "card.js",
    "cards.js",
    "charts.js",
    "combobox.js",
    "content.js",
    "demo.js",
    "diff.js",
    "dom.js",
    "embed.js",
    "en.js",
    "favicon.svg",
    "feedback.js",
    "filters.js",
    "history.js",
    "hits.js",
    "i18n.js",
    "icons.js",
    "index.html",
    "insights.css",
    "insights.js",
    "keys.js",
    "login.js",
    "panelsearch.js",
    "passage.js",
    "preview.js",
    "router.js",
    "search.css",
    "search.js",
    "start.js",
    "store.js",
    "style.css",
    "text.js",
    "transcript.js",
    "types.js",
    "zh.js",
];

/// The shell: the one page that the scripts fill.
#[must_use]
pub fn index() -> &'static Asset {
    const INDEX: Asset = Asset {
        name: "index.html",
        kind: kind("index.html"),
        bytes: include_bytes!("assets/index.html"),
    };
    &INDEX
}

/// The file of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.name == name)
}

/// The media type that a name's ending stands for.
const fn kind(name: &str) -> &'static str {
    const KINDS: [(&str, &str); 7] = [
        (".html", "text/html; charset=utf-8"),
        (".js", "text/javascript; charset=utf-8"),
        (".css", "text/css; charset=utf-8"),
        (".svg", "image/svg+xml"),
        (".png", "image/png"),
        (".woff2", "font/woff2"),
        (".json", "application/json; charset=utf-8"),
    ];
    let mut at = 0;
    while at < KINDS.len() {
        if ends_with(name.as_bytes(), KINDS[at].0.as_bytes()) {
            return KINDS[at].1;
        }
        at += 1;
    }
    "application/octet-stream"
}

const fn ends_with(name: &[u8], ending: &[u8]) -> bool {
    if name.len() < ending.len() {
        return false;
    }
    let (mut at, start) = (0, name.len() - ending.len());
    while at < ending.len() {
        if name[start + at] != ending[at] {
            return false;
        }
        at += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    #[test]
    fn every_file_of_the_folder_is_carried() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ui/assets");
        let mut found: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        found.sort();
        let carried: Vec<&str> = ASSETS.iter().map(|asset| asset.name).collect();
        assert_eq!(carried, found, "list the folder's files in ASSETS, by name");
    }

    #[test]
    fn every_file_has_a_media_type() {
        for asset in ASSETS {
            assert_ne!(asset.kind, "application/octet-stream", "{}", asset.name);
        }
    }

    #[test]
    fn the_page_asks_only_for_files_that_are_carried() {
        for asset in ASSETS {
            let text = String::from_utf8_lossy(asset.bytes);
            let linked = text
                .split("\"/assets/")
                .skip(1)
                .filter_map(|rest| rest.split('"').next());
            let imported = text
                .split("from './")
                .skip(1)
                .filter_map(|rest| rest.split('\'').next());
            for name in linked.chain(imported) {
                assert!(find(name).is_some(), "{} asks for {name}", asset.name);
            }
        }
    }
}
