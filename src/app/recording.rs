//! Starts the insights recorder and connects it to search: vectors of questions come from search's cache, and search
//! applies the feedback.

use std::sync::Arc;

use chrono::Utc;

use crate::{
    audit::{self, Audit},
    config::Config,
    insights::{Embed, Insights},
    live::CallRegistry,
    search::Core,
};

/// Lets the witnesses of calls in: insights and the audit log, where they are kept.
pub(super) fn watched(
    mut registry: CallRegistry,
    insights: Option<&Arc<Insights>>,
    audit: Option<&Arc<Audit>>,
) -> CallRegistry {
    if let Some(insights) = insights.filter(|insights| insights.settings().record) {
        registry = registry.with_witness(Arc::clone(insights) as _);
    }
    match audit {
        Some(audit) => registry.with_witness(Arc::clone(audit) as _),
        None => registry,
    }
}

/// Begins to keep the audit log, where the operator wants one; what is too old goes in any case.
pub(super) fn audit(config: &Config) -> Option<Arc<Audit>> {
    let settings = &config.audit;
    if settings.record {
        return Some(Arc::new(Audit::open(&config.data, settings)));
    }
    audit::tidy(&config.data, settings, Utc::now().date_naive());
    None
}

/// Begins to record, and to teach search, where the operator wants that. What is there already ages, and can be erased,
/// in any case.
pub(super) fn record(core: &Arc<Core>, config: &Config) -> Arc<Insights> {
    let model = Arc::clone(core);
    let embed = core.index().embedder.is_some().then(|| {
        let embed: Embed = Arc::new(move |text| model.vector(text));
        embed
    });
    let settings = config.insights.clone();
    // Without a model nobody can tell which questions are alike.
    let teaches = settings.record && settings.feedback && embed.is_some();
    let mut insights = Insights::open(&config.data, settings, embed);
    if teaches {
        let learner = Arc::clone(core);
        insights = insights.teaching(Box::new(move |feedback| learner.heed(feedback)));
    }
    Arc::new(insights)
}
