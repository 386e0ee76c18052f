//! The record of insights, begun: vectors of questions come from what search keeps at hand.

use std::sync::Arc;

use crate::{
    audit::Audit,
    config::Config,
    insights::{Embed, Insights},
    live::Desk,
    search::Core,
};

/// Lets the witnesses of calls in: insights and the audit log, where they are kept.
pub(super) fn watched(
    mut desk: Desk,
    insights: Option<&Arc<Insights>>,
    audit: Option<&Arc<Audit>>,
) -> Desk {
    if let Some(insights) = insights {
        desk = desk.with_witness(Arc::clone(insights) as _);
    }
    match audit {
        Some(audit) => desk.with_witness(Arc::clone(audit) as _),
        None => desk,
    }
}

/// Begins to record; questions are compared by the vectors that search keeps at hand.
pub(super) fn record(core: &Arc<Core>, config: &Config) -> Arc<Insights> {
    let model = Arc::clone(core);
    let embed = core.index().embedder.is_some().then(|| {
        let embed: Embed = Arc::new(move |text| model.vector(text));
        embed
    });
    Arc::new(Insights::open(&config.data, config.insights.clone(), embed))
}
