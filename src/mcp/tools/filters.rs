//! Filters that no article matches: reported to the caller, since a misspelt topic must not look like "no results".

use super::ToolContext;
use crate::{
    mcp::refusal::{Refusal, brief, those},
    search::{
        browse::{self, Listing},
        error::FieldError,
        types::Filter,
    },
};

/// Refuses languages, tags and products of which the caller's articles have none, with those that they have.
pub(super) fn known(ask: &ToolContext<'_>, filter: &Filter) -> Result<(), Refusal> {
    if *filter == Filter::default() {
        return Ok(());
    }
    ask.settled()?;
    let (catalog, audience, today) = (ask.catalog(), ask.audience(), ask.service.today());
    let by = |lang: &[String], tags: &[String], products: &[String]| Listing {
        lang: lang.to_vec(),
        tags: tags.to_vec(),
        products: products.to_vec(),
    };
    let fields = [
        ("lang", &filter.lang, by(&filter.lang, &[], &[])),
        ("tags", &filter.tags, by(&[], &filter.tags, &[])),
        ("products", &filter.products, by(&[], &[], &filter.products)),
    ];
    let unmet = |listing: &Listing| browse::list(&catalog, listing, audience, today).is_empty();
    let flaws = fields
        .iter()
        .filter(|(_, values, listing)| !values.is_empty() && unmet(listing))
        .map(|(name, values, _)| {
            let topics = browse::topics(&catalog, audience, today);
            let there = match *name {
                "lang" => those(topics.languages.iter().map(|one| one.lang.as_str())),
                "tags" => those(topics.topics.iter().map(|one| one.tag.as_str())),
                _ => those(topics.products.iter().map(|one| one.product.as_str())),
            };
            let values = brief(&values.join(", "));
            FieldError::new(
                format!("/{name}"),
                format!("{name}: no article has {values:?}; {there}"),
            )
        });
    match flaws.collect::<Vec<_>>() {
        flaws if flaws.is_empty() => Ok(()),
        flaws => Err(Refusal::flawed(flaws)),
    }
}
