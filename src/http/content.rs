//! `/v1/content/diagnostics`: diagnostics of the content files, for editors.

use std::collections::HashMap;

use aho_corasick::AhoCorasick;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    health::Settled,
    identity::Principal,
    params::NoParams,
    problem::Problem,
    reply::{Fresh, Json},
    state::AppState,
};
use crate::{article::Diagnostic, index::Catalog, search::types::Audience};

/// Findings about the content.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Diagnostics {
    /// All findings, ordered by path and line.
    diagnostics: Vec<DiagnosticView>,
}

/// A finding with its owner.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DiagnosticView {
    #[serde(flatten)]
    finding: Diagnostic,
    /// Team that owns the article; null if none.
    owner: Option<String>,
}

/// List content diagnostics
///
/// All findings of `cuecard check` for the current content. Callers with limited audiences get only findings about articles
/// visible to them, and only if the finding names no other article.
#[utoipa::path(
    get, path = "/v1/content/diagnostics", tag = "content", operation_id = "diagnostics",
    responses((status = 200, description = "All findings", body = Fresh<Diagnostics>)),
)]
pub(super) async fn diagnostics(
    State(face): State<AppState>,
    who: Principal,
    _: Settled,
    _: NoParams,
) -> Result<Json, Problem> {
    let core = face.clone();
    let answer = face.reports(&who).run(move || {
        let mut diagnostics = core.service().diagnostics();
        let audience = &who.grant().audience;
        let catalog = core.service().catalog();
        let discretion = Discretion::of(&catalog, audience);
        diagnostics.retain(|finding| discretion.may_tell(finding));
        let owner = |path: &str| catalog.at_path(path)?.owner.clone();
        let diagnostics = diagnostics
            .into_iter()
            .map(|finding| DiagnosticView {
                owner: owner(&finding.path),
                finding,
            })
            .collect();
        Json::of(&Fresh::of(&core, &catalog, Diagnostics { diagnostics }))
    });
    answer.await?
}

/// How many conflicts may be told to the audience, by path.
pub(super) fn conflicts(face: &AppState, audience: &Audience) -> HashMap<String, usize> {
    let catalog = face.service().catalog();
    let discretion = Discretion::of(&catalog, audience);
    let mut counts = HashMap::new();
    for finding in face.service().diagnostics() {
        if finding.rule == "conflict" && discretion.may_tell(&finding) {
            *counts.entry(finding.path).or_default() += 1;
        }
    }
    counts
}

/// What findings may tell an audience.
struct Discretion<'a> {
    catalog: &'a Catalog,
    audience: &'a Audience,
    /// Ids, paths and titles of the articles that do not exist for it; None where they are too many to look for.
    hidden: Option<AhoCorasick>,
}

impl<'a> Discretion<'a> {
    fn of(catalog: &'a Catalog, audience: &'a Audience) -> Self {
        let hidden = catalog
            .articles
            .iter()
            .filter(|article| !audience.sees(&article.audience));
        let names = hidden.flat_map(|article| [&article.path, &article.id, &article.title]);
        Self {
            hidden: AhoCorasick::new(names.filter(|name| !name.is_empty())).ok(),
            catalog,
            audience,
        }
    }

    /// Whether a finding is about an article that exists for the audience, and tells of no file or article that may not.
    fn may_tell(&self, finding: &Diagnostic) -> bool {
        if *self.audience == Audience::Unrestricted {
            return true;
        }
        let article = self.catalog.at_path(&finding.path);
        if !article.is_some_and(|article| self.audience.sees(&article.audience)) {
            return false;
        }
        let said = format!("{}\n{}", finding.message, finding.help);
        // Files that are no articles (broken, or of an id that is taken) have an audience that nobody knows.
        let names_a_file = said.replace(&finding.path, "").contains(".md");
        let hidden = self.hidden.as_ref();
        !names_a_file && hidden.is_some_and(|hidden| !hidden.is_match(&said))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        article::{Article, Severity},
        index::unit::Indexed,
        search::types::IndexInfo,
    };

    #[test]
    fn of_thousands_of_findings_those_are_told_that_name_nothing_hidden() {
        let article = |number: usize| Article {
            id: format!("article-{number}"),
            path: format!("kb/article-{number}.md"),
            title: format!("Title {number}"),
            audience: vec![["agent", "internal"][number % 2].to_owned()],
            ..Article::default()
        };
        let indexed = (0..4_000).map(|number| {
            let article = Arc::new(article(number));
            Arc::new(Indexed::new(article, "r".to_owned(), "none"))
        });
        let info = IndexInfo {
            revision: "r".to_owned(),
            generation: 1,
            pending: 0,
            updated_at: String::new(),
        };
        let catalog = Catalog::new(indexed.collect(), info);
        let audience = Audience::Only(vec!["agent".to_owned()]);
        let finding = |number: usize, message: &str| Diagnostic {
            path: format!("kb/article-{number}.md"),
            line: 1,
            column: 1,
            rule: "conflict".to_owned(),
            severity: Severity::Warning,
            message: message.to_owned(),
            help: "correct one of them".to_owned(),
        };
        let discretion = Discretion::of(&catalog, &audience);
        let all = (0..20_000).map(|number| finding(number % 4_000, "the number is another"));
        let told = all.filter(|finding| discretion.may_tell(finding)).count();
        assert_eq!(told, 10_000);
        for (number, message, may) in [
            (2, "as in article-4", true),
            (2, "as in Title 3", false),
            (2, "as in kb/article-4.md", false),
            (3, "anything", false),
            (4_001, "of no article", false),
        ] {
            assert_eq!(
                discretion.may_tell(&finding(number, message)),
                may,
                "{message}"
            );
        }
    }
}
