//! The trait of what the HTTP interface needs beyond what HTTP and MCP share.

use std::sync::Arc;

use crate::{
    accounts::Accounts,
    article::{Article, Diagnostic},
    generate::Generator,
    index::Catalog,
    insights::Insights,
    search::{browse::Suggestion, types::Audience},
    service::Service,
    source::LastCommit,
};

/// The core behind the HTTP interface. Functions marked *blocking* are called on the pool; all others must be cheap.
pub trait Backend: Service {
    /// Completes what is being typed from the articles of a catalog, best first. Blocking.
    fn suggest(
        &self,
        catalog: &Catalog,
        prefix: &str,
        audience: &Audience,
        limit: usize,
    ) -> Vec<Suggestion>;

    /// Every finding about the content, ordered by path and line.
    fn diagnostics(&self) -> Vec<Diagnostic>;

    /// The last commit that touched a file; None outside git.
    fn last_commit(&self, _path: &str) -> Option<LastCommit> {
        None
    }

    /// Asks for a look at the content now; where a remote is followed, for a fetch.
    fn look(&self) {}

    /// An article's text at a commit; None where either is unknown. Blocking.
    fn article_at(&self, article: &Article, revision: &str) -> Option<String>;

    /// The commits that changed a file, the newest first, each with the text it left; empty outside git. Blocking.
    fn changes(&self, _path: &str, _limit: usize) -> Vec<(LastCommit, String)> {
        Vec::new()
    }

    /// Where accounts come from; None where calls bring all that is known. Its functions are blocking.
    fn accounts(&self) -> Option<Arc<Accounts>> {
        None
    }

    /// What was recorded, to erase from: also where nothing is recorded any more. Erasing is blocking.
    fn recorded(&self) -> Option<&Insights> {
        self.insights()
    }

    /// Who writes texts; None where the operator names no endpoint.
    fn generator(&self) -> Option<Arc<Generator>> {
        None
    }
}
