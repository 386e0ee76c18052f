//! Turns a ranking into a response: hits with their snippets, and the answer. Pure.

use chrono::NaiveDate;

use super::{
    Ranking, confidence,
    fuse::FusedArticle,
    snippet::{self, wanted_terms},
    types::{Answer, Branch, Explain, Hit, Level, SearchRequest},
};
use crate::article;

pub(super) fn hit(
    ranking: &Ranking,
    evidence: &FusedArticle,
    rank: usize,
    terms: &[u32],
    explain: bool,
    today: NaiveDate,
) -> Hit {
    let catalog = &ranking.generation.catalog;
    let article = &catalog.articles[evidence.article as usize];
    let passage = &article.passages[evidence.passage as usize];
    let excerpt = snippet::snippet(passage, ranking.words(evidence), terms);
    let (confidence, features) = ranking.judge(evidence);
    let anchor = article.anchor(passage).to_owned();
    let mut heading = vec![article.title.clone()];
    heading.extend(
        article
            .heading(passage)
            .iter()
            .filter(|h| **h != article.title)
            .cloned(),
    );
    Hit {
        rank,
        article_id: article.id.clone(),
        title: article.title.clone(),
        path: article.path.clone(),
        lines: passage.lines,
        passage: evidence.passage as usize,
        url: article::url(&article.id, &anchor),
        anchor,
        lang: article.lang.clone(),
        heading,
        snippet: excerpt.text,
        highlights: excerpt.highlights,
        score: evidence.score,
        confidence,
        level: confidence::level(confidence),
        status: article.status,
        reviewed: article.reviewed,
        review_overdue: article.review_overdue(today),
        revision: catalog.revision(evidence.article).to_owned(),
        explain: explain.then(|| Explain {
            keyword: evidence.keyword.map(|standing| Branch {
                rank: standing.rank,
                score: standing.score,
            }),
            vector: evidence.vector.map(|standing| Branch {
                rank: standing.rank,
                score: standing.score,
            }),
            matched: ranking.matched(evidence),
            boosts: ranking.boosts(evidence.article).to_vec(),
            features: features.named(),
        }),
    }
}

/// The words that answer, from the best hit of the first page; None when it is not good enough to say.
pub(super) fn answer(ranking: &Ranking, request: &SearchRequest, hits: &[Hit]) -> Option<Answer> {
    let best = hits
        .first()
        .filter(|hit| request.offset == 0 && hit.level == Level::High)?;
    let evidence = ranking.found.first()?;
    let article = &ranking.generation.catalog.articles[evidence.article as usize];
    let (text, lines) = snippet::answer(
        article,
        evidence.passage as usize,
        ranking.words(evidence),
        &wanted_terms(&ranking.terms),
    );
    Some(Answer {
        text,
        article_id: best.article_id.clone(),
        anchor: best.anchor.clone(),
        lines,
        confidence: best.confidence,
    })
}
