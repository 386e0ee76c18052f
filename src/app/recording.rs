//! The record of insights, begun: vectors of questions come from what search keeps at hand.

use std::sync::Arc;

use crate::{
    config::Config,
    insights::{Embed, Insights},
    search::Core,
};

/// Begins to record; questions are compared by the vectors that search keeps at hand.
pub(super) fn record(core: &Arc<Core>, config: &Config) -> Arc<Insights> {
    let model = Arc::clone(core);
    let embed = core.index().embedder.is_some().then(|| {
        let embed: Embed = Arc::new(move |text| model.vector(text));
        embed
    });
    Arc::new(Insights::open(&config.data, config.insights.clone(), embed))
}
