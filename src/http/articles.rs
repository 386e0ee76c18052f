//! `/v1/articles/{id}` and `/v1/articles/{id}.md`: one article, current or as of a commit.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    health::Settled,
    identity::Principal,
    params::{Params, Segments},
    problem::Problem,
    reply::{Fresh, Json},
    state::AppState,
};
use crate::{
    article::{self, Article, Effective, Role, Status, Trigger},
    audit::{Shown, What},
    index::Catalog,
    search::{
        browse::{self, ArticleLink},
        types::Audience,
    },
    source::LastCommit,
};

/// Articles beside one: more than a reader follows is noise.
const MAX_RELATED: usize = 5;

/// Ending that asks for the Markdown.
const MARKDOWN_ENDING: &str = ".md";

/// Characters of a commit's name, abbreviated or whole (SHA-1 or blake3).
const REVISION_CHARS: std::ops::RangeInclusive<usize> = 4..=64;

/// One article.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ArticleView {
    /// Article id.
    article_id: String,
    /// Title.
    title: String,
    /// Language tag.
    lang: String,
    /// The Markdown below the front matter.
    markdown: String,
    /// Line of the file on which `markdown` starts, 1-based.
    markdown_line: usize,
    /// The Markdown as sanitised HTML; headings carry their anchors as ids.
    html: String,
    /// The front matter, unknown keys included.
    meta: Meta,
    /// Path of the file.
    path: String,
    /// Link to it on the web page.
    url: String,
    /// Last commit that changed the file, or the content hash; the requested revision if one was given.
    revision: String,
    /// The last commit that changed the file; null outside Git and for an earlier revision.
    commit: Option<CommitView>,
    /// Whether its review is overdue.
    review_overdue: bool,
    /// Translations of the article.
    translations: Vec<ArticleLink>,
    /// Related articles, best first.
    related: Vec<ArticleLink>,
}

/// A commit.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CommitView {
    /// Commit id.
    id: String,
    /// Author of the change; only for callers that may see articles for agents.
    author: Option<String>,
    /// Commit time, RFC 3339.
    date: Option<String>,
    /// First line of the commit message; only for callers that may see articles for agents.
    subject: Option<String>,
}

impl CommitView {
    pub(super) fn of(commit: LastCommit, audience: &Audience) -> Self {
        let date = chrono::DateTime::from_timestamp(commit.seconds, 0);
        let inside = audience.sees(&["agent".to_owned()]);
        Self {
            id: commit.id,
            author: Some(commit.author).filter(|_| inside),
            date: date.map(|date| date.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)),
            subject: Some(commit.subject).filter(|_| inside),
        }
    }
}

/// The parsed front matter.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Meta {
    /// One-line summary.
    summary: Option<String>,
    /// Topic tags.
    tags: Vec<String>,
    /// Products it applies to.
    products: Vec<String>,
    /// Audiences that may see it.
    audience: Vec<String>,
    /// Owning team.
    owner: Option<String>,
    /// Lifecycle status.
    status: Status,
    /// Date of the last review.
    reviewed: Option<NaiveDate>,
    /// Review interval, such as `90d`.
    review_every: Option<String>,
    /// First and last day of validity, as `from` and `until`, each if set.
    #[schema(value_type = Object)]
    effective: Effective,
    /// Id of the article it is a translation of.
    translation_of: Option<String>,
    /// Example questions that customers ask.
    questions: Vec<String>,
    /// Questions to ask the customer, in order.
    ask: Vec<String>,
    /// CEL condition on the account under which the article applies.
    when: Option<String>,
    /// Triggers that push it as a card in a call.
    triggers: Vec<TriggerView>,
    /// Unknown keys, unchanged.
    #[serde(flatten)]
    other: BTreeMap<String, serde_json::Value>,
}

/// A parsed trigger.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TriggerView {
    /// Phrases, any of which must be said; empty for an account trigger.
    any: Vec<String>,
    /// Phrases that must not occur in the same utterance.
    not: Vec<String>,
    /// Role of the speaker it applies to.
    role: Role,
    /// CEL condition on the account.
    when: Option<String>,
    /// Priority among the cards of one turn, −1000 to 1000.
    priority: i32,
    /// Minimum time before it can fire again, such as `120s`.
    cooldown: Option<String>,
    /// Whether it fires once per call; null uses the server's `calls.once`.
    once: Option<bool>,
}

impl From<&Trigger> for TriggerView {
    fn from(trigger: &Trigger) -> Self {
        Self {
            any: trigger.any.clone(),
            not: trigger.not.clone(),
            role: trigger.role,
            when: trigger.when.clone(),
            priority: trigger.priority,
            cooldown: trigger.cooldown_secs.map(|secs| format!("{secs}s")),
            once: trigger.once,
        }
    }
}

impl From<&Article> for Meta {
    fn from(article: &Article) -> Self {
        Self {
            summary: article.summary.clone(),
            tags: article.tags.clone(),
            products: article.products.clone(),
            audience: article.audience.clone(),
            owner: article.owner.clone(),
            status: article.status,
            reviewed: article.reviewed,
            review_every: article.review_every.map(|days| format!("{days}d")),
            effective: article.effective,
            translation_of: article.translation_of.clone(),
            questions: article.questions.clone(),
            ask: article.ask.clone(),
            when: article.when.clone(),
            triggers: article.triggers.iter().map(TriggerView::from).collect(),
            other: article.meta.clone(),
        }
    }
}

/// Get an article
///
/// The id must be percent-encoded. `{id}.md` returns the file's Markdown, front matter included, unless an article has
/// exactly that id. Drafts and articles for other audiences are treated as nonexistent; with `serve --preview`, admins can
/// read drafts.
#[utoipa::path(
    get, path = "/v1/articles/{*id}", tag = "articles", operation_id = "get_article",
    params(
        ("id" = String, Path, description = "Article id"),
        ("revision" = Option<String>, Query, description = "Commit id: returns the text as of that commit"),
    ),
    responses(
        (status = 200, description = "The article, or its Markdown", content(
            (Fresh<ArticleView> = "application/json"),
            (String = "text/markdown"),
        )),
    ),
)]
pub(super) async fn get(
    State(face): State<AppState>,
    who: Principal,
    _: Settled,
    Segments(asked): Segments<String>,
    mut params: Params,
) -> Result<Response, Problem> {
    let revision = params.text("revision");
    if revision
        .as_deref()
        .is_some_and(|revision| !names_a_revision(revision))
    {
        params.flaw(
            "revision",
            "must be a commit: 4 to 64 hexadecimal digits".to_owned(),
        );
    }
    params.finish()?;
    let core = face.clone();
    // The past takes a while: questions must not wait behind it.
    let pool = match revision {
        Some(_) => face.history(&who),
        None => face.pool(&who),
    };
    let answer = pool.run(move || {
        let audience = &who.grant().audience;
        let catalog = core.service().catalog();
        let (article, as_markdown) = resolve(&catalog, &asked, audience)
            .or_else(|| draft(&core, &catalog, &asked, &who))
            .ok_or_else(|| Problem::unknown_article(&asked))?;
        let shown = at(&core, &catalog, &article, revision, audience)?;
        let read = Shown {
            article_id: article.id.clone(),
            revision: shown.1.clone(),
            lines: None,
        };
        who.shown(&core, What::Read, [read]);
        if as_markdown {
            return Ok(markdown(&shown.0));
        }
        let view = view(&core, &catalog, &article, shown, &who);
        Ok(Json::of(&Fresh::of(&core, &catalog, view))?.into_response())
    });
    answer.await?
}

fn names_a_revision(text: &str) -> bool {
    REVISION_CHARS.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The article that is meant, and whether its Markdown is: an exact id wins, else the ending is cut.
fn resolve(catalog: &Catalog, asked: &str, audience: &Audience) -> Option<(Arc<Article>, bool)> {
    if let Some(article) = browse::find(catalog, asked, audience) {
        return Some((Arc::clone(article), false));
    }
    let id = asked.strip_suffix(MARKDOWN_ENDING)?;
    browse::find(catalog, id, audience).map(|article| (Arc::clone(article), true))
}

/// Whether drafts exist for somebody: for admins, where a preview is shown.
pub(super) fn reads_drafts(face: &AppState, who: &Principal) -> bool {
    face.settings().preview && who.grant().is_admin()
}

/// Any article for the asker's audience, drafts too.
fn draft(
    face: &AppState,
    catalog: &Catalog,
    asked: &str,
    who: &Principal,
) -> Option<(Arc<Article>, bool)> {
    if !reads_drafts(face, who) {
        return None;
    }
    let audience = &who.grant().audience;
    let find = |id: &str| {
        let article = catalog.get(id)?;
        audience
            .sees(&article.audience)
            .then(|| Arc::clone(article))
    };
    if let Some(article) = find(asked) {
        return Some((article, false));
    }
    find(asked.strip_suffix(MARKDOWN_ENDING)?).map(|article| (article, true))
}

/// The article as it was at a revision. An earlier text may have been for others: its own audience counts too.
fn at(
    face: &AppState,
    catalog: &Catalog,
    article: &Arc<Article>,
    revision: Option<String>,
    audience: &Audience,
) -> Result<(Arc<Article>, String), Problem> {
    let current = catalog.revision_of(article);
    let Some(asked) = revision.filter(|asked| *asked != current) else {
        return Ok((Arc::clone(article), current.to_owned()));
    };
    let text = face.service().article_at(article, &asked);
    match text.and_then(|text| readable(&article.path, &text, audience)) {
        Some(then) => Ok((Arc::new(then), asked)),
        None => Err(Problem::not_found(format!(
            "there is no text of {:?} at revision {asked}; `git log {}` lists its commits",
            article.id, article.path
        ))),
    }
}

/// An earlier text as the article that it was, for those whom it was for.
pub(super) fn readable(path: &str, text: &str, audience: &Audience) -> Option<Article> {
    let then = article::parse(path, text.as_bytes()).article?;
    (audience.sees(&then.audience) && then.status != Status::Draft).then_some(then)
}

fn markdown(article: &Article) -> Response {
    let mut response = article.source.clone().into_response();
    let kind = HeaderValue::from_static("text/markdown; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

fn view(
    face: &AppState,
    catalog: &Catalog,
    article: &Article,
    (shown, revision): (Arc<Article>, String),
    who: &Principal,
) -> ArticleView {
    let (audience, today) = (&who.grant().audience, face.service().today());
    let with_drafts = reads_drafts(face, who);
    let links = |found: Vec<&Arc<Article>>| {
        found
            .iter()
            .map(|other| ArticleLink::of(other, today))
            .collect()
    };
    let (front, body) = shown
        .source
        .split_at_checked(shown.body_at)
        .unwrap_or(("", &shown.source));
    ArticleView {
        article_id: article.id.clone(),
        title: shown.title.clone(),
        lang: shown.lang.clone(),
        markdown: body.to_owned(),
        markdown_line: front.matches('\n').count() + 1,
        html: article::html(&shown, &|path| {
            let other = catalog.at_path(path)?;
            let exists = browse::exists(other, audience, with_drafts);
            exists.then(|| other.id.clone())
        }),
        meta: Meta::from(&*shown),
        path: article.path.clone(),
        url: article::url(&article.id, ""),
        commit: face
            .service()
            .last_commit(&article.path)
            .filter(|_| catalog.revision_of(article).starts_with(&revision))
            .map(|commit| CommitView::of(commit, audience)),
        revision,
        review_overdue: shown.review_overdue(today),
        translations: links(browse::translations(catalog, article, audience, today)),
        related: links(browse::related(
            catalog,
            article,
            audience,
            today,
            MAX_RELATED,
        )),
    }
}
