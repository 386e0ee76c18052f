//! The last good text of a file that cannot be used now: from git history, or as the manifest kept it.

use std::sync::Arc;

use super::git::Repository;
use crate::{
    article::{self, Article},
    index::Manifest,
};

/// The last good text of an article's file, of those committed and the one that was kept.
pub(super) fn last_good(
    kept: Option<Arc<Article>>,
    git: Option<&Repository>,
    path: &str,
) -> Option<Arc<Article>> {
    let Some(git) = git else { return kept };
    let text = kept.as_ref().map(|kept| kept.file().into_owned().into());
    let newest = git.newest(path, text, |bytes| read(path, bytes).is_some())?;
    let newest = read(path, &newest)?;
    let is_kept = |kept: &Arc<Article>| kept.content_hash == newest.content_hash;
    kept.filter(is_kept).or_else(|| Some(Arc::new(newest)))
}

/// The last good text of an article's file that the manifest kept.
pub(super) fn kept_good(manifest: &Manifest, path: &str) -> Option<Arc<Article>> {
    read(path, kept_text(manifest, path)?.as_bytes()).map(Arc::new)
}

/// The text of a file that the manifest kept.
pub(super) fn kept_text(manifest: &Manifest, path: &str) -> Option<String> {
    let kept = manifest
        .good(path)
        .inspect_err(|error| tracing::warn!(%error, path, "no last good text"));
    kept.ok()?
}

pub(super) fn read(path: &str, bytes: &[u8]) -> Option<Article> {
    article::parse(path, bytes).article
}
