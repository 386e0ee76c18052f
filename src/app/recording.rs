//! The record of insights, begun: vectors of questions come from what search keeps at hand, and search heeds what was
//! learnt.

use std::sync::Arc;

use crate::{
    config::Config,
    insights::{Embed, Insights},
    search::Core,
};

/// Begins to record, and to teach search where the operator wants that.
pub(super) fn record(core: &Arc<Core>, config: &Config) -> Arc<Insights> {
    let model = Arc::clone(core);
    let embed = core.index().embedder.is_some().then(|| {
        let embed: Embed = Arc::new(move |text| model.vector(text));
        embed
    });
    let settings = config.insights.clone();
    // Without a model nobody can tell which questions are alike.
    let teaches = settings.feedback && embed.is_some();
    let mut insights = Insights::open(&config.data, settings, embed);
    if teaches {
        let learner = Arc::clone(core);
        insights = insights.teaching(Box::new(move |feedback| learner.heed(feedback)));
    }
    Arc::new(insights)
}
