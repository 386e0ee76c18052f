//! `/content/{path}`: images that articles show, and nothing else from the content folder.

use std::{
    fs::File,
    io::{self, Seek as _},
    path::{Component, Path, PathBuf},
};

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use futures::Stream;
use tokio::io::AsyncReadExt as _;

use super::{
    articles::reads_drafts,
    identity::Principal,
    pages::{ETAG_CHARS, named},
    params::{NoParams, Segments},
    problem::Problem,
    state::AppState,
};
use crate::{
    article,
    index::Catalog,
    percent,
    search::{browse, types::Audience},
};

/// Bytes of an image; larger ones are not for a page that is read during a call.
const MAX_IMAGE: u64 = 20 * 1024 * 1024;

/// Bytes that are read at once: an image is never whole in memory, however many people look at it.
const CHUNK: usize = 64 * 1024;

/// An SVG may hold scripts: opened by itself it must be as dead as in an `<img>`.
const IMAGE_CSP: HeaderValue =
    HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox");

/// Serves an image to those for whom an article that shows it exists.
pub(super) async fn get(
    State(face): State<AppState>,
    who: Principal,
    Segments(path): Segments<String>,
    _: NoParams,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let core = face.clone();
    let found = face.pool(&who).run(move || {
        let audience = &who.grant().audience;
        let kind = article::image_type(&path)?;
        // Whether the file is there is cheap to tell, whether an article shows it is not; its bytes come last.
        let file = find(&core.settings().content, &path)?;
        let shown = *audience == Audience::Unrestricted
            || is_shown(
                &core.service().catalog(),
                &path,
                audience,
                reads_drafts(&core, &who),
            );
        if !shown {
            return None;
        }
        let mut file = File::open(file).ok()?;
        let hash = blake3::Hasher::new().update_reader(&file).ok()?.finalize();
        let bytes = file.stream_position().ok()?;
        file.rewind().ok()?;
        Some((kind, hash, file, bytes))
    });
    let (kind, hash, file, bytes) = found
        .await?
        .ok_or_else(|| Problem::not_found("there is no such image"))?;
    let body = (
        [(header::CONTENT_LENGTH, bytes)],
        Body::from_stream(chunks(file, bytes)),
    );
    let mut response = named(&headers, kind, &hash.to_hex()[..ETAG_CHARS], body);
    let set = response.headers_mut();
    set.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-cache"),
    );
    set.insert(header::CONTENT_SECURITY_POLICY, IMAGE_CSP);
    set.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    Ok(response)
}

/// So many bytes of a file, read as they are sent.
fn chunks(file: File, bytes: u64) -> impl Stream<Item = io::Result<Bytes>> + Send {
    async_stream::try_stream! {
        let mut file = tokio::fs::File::from_std(file).take(bytes);
        loop {
            let mut chunk = Vec::with_capacity(CHUNK);
            if file.read_buf(&mut chunk).await? == 0 {
                break;
            }
            yield Bytes::from(chunk);
        }
    }
}

/// Whether an article that the audience can read shows the image. Its HTML decides; only articles whose text has
/// the file's name are rendered.
fn is_shown(catalog: &Catalog, path: &str, audience: &Audience, with_drafts: bool) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let address = article::under_base(&format!("/content/{}", percent::path(path)));
    let address = format!("\"{address}\"");
    let encoded = percent::segment(name);
    let readable = catalog.articles.iter();
    readable
        .filter(|article| browse::exists(article, audience, with_drafts))
        .filter(|article| article.source.contains(name) || article.source.contains(&encoded))
        .any(|article| article::html(article, &|_| None).contains(&address))
}

/// The image's file, if it lies in the folder: no way up, no hidden names, no symbolic link that leads out.
fn find(content: &Path, path: &str) -> Option<PathBuf> {
    let hidden = path
        .split('/')
        .any(|name| name.is_empty() || name.starts_with('.'));
    if hidden || path.contains(['\\', '\0']) {
        return None;
    }
    let relative = PathBuf::from(path);
    if !relative
        .components()
        .all(|part| matches!(part, Component::Normal(_)))
    {
        return None;
    }
    let root = content.canonicalize().ok()?;
    let file = root.join(relative).canonicalize().ok()?;
    let about = file.metadata().ok()?;
    let inside = file.starts_with(&root) && about.is_file() && about.len() <= MAX_IMAGE;
    // A link within the folder must not lead to something that is no image, or is hidden.
    let named = file
        .strip_prefix(&root)
        .ok()?
        .to_str()?
        .split('/')
        .all(|name| !name.starts_with('.'));
    let image = article::image_type(file.to_str()?).is_some();
    (inside && named && image).then_some(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{index::unit::Indexed, search::types::IndexInfo};

    #[test]
    fn only_images_within_the_folder_are_found() {
        let root = tempfile::tempdir().unwrap();
        let content = root.path().join("content");
        std::fs::create_dir_all(content.join("en/.git")).unwrap();
        for (path, text) in [
            ("content/en/a.png", "a"),
            ("content/en/b.md", "b"),
            ("content/en/.git/c.png", "c"),
            ("secret.png", "s"),
        ] {
            std::fs::write(root.path().join(path), text).unwrap();
        }
        #[cfg(unix)]
        for (link, target) in [
            ("out.png", "../../secret.png"),
            ("in.png", "a.png"),
            ("text.png", "b.md"),
            ("hidden.png", ".git/c.png"),
        ] {
            std::os::unix::fs::symlink(target, content.join("en").join(link)).unwrap();
        }
        let check = |path: &str, expected: Option<&str>| {
            let found = find(&content, path).map(|file| std::fs::read_to_string(file).unwrap());
            assert_eq!(found.as_deref(), expected, "{path}");
        };
        check("en/a.png", Some("a"));
        check("en/in.png", Some("a"));
        for path in [
            "en/b.md",
            "en/out.png",
            "en/text.png",
            "en/hidden.png",
            "en/.git/c.png",
        ] {
            check(path, None);
        }
        for path in [
            "../secret.png",
            "en/../../secret.png",
            "/etc/x.png",
            "en//a.png",
            "en\\a.png",
            "en",
            "",
            "en/none.png",
            "a\0.png",
        ] {
            check(path, None);
        }
    }

    #[test]
    fn an_image_is_shown_by_whatever_article_can_be_read() {
        let entry = |name: &str, front: &str| {
            let text = format!("---\naudience: [customer]\n{front}---\n# A\n\n![x]({name}.png)\n");
            let parsed = article::parse(&format!("{name}.md"), text.as_bytes());
            let article = std::sync::Arc::new(parsed.article.unwrap());
            std::sync::Arc::new(Indexed::new(article, "r".to_owned(), "none"))
        };
        let entries = vec![
            entry("archived", "status: archived\n"),
            entry("expired", "effective: {until: 2020-01-01}\n"),
            entry("draft", "status: draft\n"),
        ];
        let info = IndexInfo {
            revision: "r".to_owned(),
            generation: 1,
            pending: 0,
            updated_at: String::new(),
        };
        let catalog = Catalog::new(entries, info);
        let customer = Audience::Only(vec!["customer".to_owned()]);
        let agent = Audience::Only(vec!["agent".to_owned()]);
        let check = |path: &str, audience: &Audience, with_drafts: bool, expected: bool| {
            let shown = is_shown(&catalog, path, audience, with_drafts);
            assert_eq!(shown, expected, "{path} {audience:?}");
        };
        check("archived.png", &customer, false, true);
        check("expired.png", &customer, false, true);
        check("draft.png", &customer, false, false);
        check("draft.png", &customer, true, true);
        check("archived.png", &agent, true, false);
        check("none.png", &customer, true, false);
    }
}
