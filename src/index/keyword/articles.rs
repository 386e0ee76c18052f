//! Words → all articles that contain them, without scores.

use tantivy::schema::IndexRecordOption;

use super::{KeywordError, KeywordView, WeightedTerm, query::variants};

/// Which article each document of the article index is, segment by segment; None for one that is gone.
#[derive(Debug)]
pub struct Articles(Vec<Vec<Option<u32>>>);

impl KeywordView {
    /// Looks each document's article up by its key, once and for all.
    ///
    /// # Errors
    /// When tantivy cannot read the index.
    pub fn articles(&self, place: impl Fn(u64) -> Option<u32>) -> Result<Articles, KeywordError> {
        let segments = self.articles.searcher.segment_readers().iter();
        let tables = segments.zip(&*self.articles.keys).map(|(segment, column)| {
            let mut table = vec![None; segment.max_doc() as usize];
            for document in segment.doc_ids_alive() {
                table[document as usize] = column.first(document).and_then(&place);
            }
            table
        });
        Ok(Articles(tables.collect()))
    }

    /// Tells each article that has some of the terms, once for every term and field, until one is enough; whether one was.
    ///
    /// # Errors
    /// When tantivy cannot read the index.
    pub fn any_having(
        &self,
        terms: &[WeightedTerm],
        articles: &Articles,
        mut is_enough: impl FnMut(u32) -> bool,
    ) -> Result<bool, KeywordError> {
        let variants = variants(terms, self.articles.fields.but_title());
        let segments = self.articles.searcher.segment_readers().iter();
        for (segment, table) in segments.zip(&articles.0) {
            for (term, _) in variants
                .iter()
                .flatten()
                .filter(|(_, factor)| *factor > 0.0)
            {
                let postings = segment.inverted_index(term.field())?;
                let blocks = postings.read_block_postings(term, IndexRecordOption::Basic)?;
                let Some(mut blocks) = blocks else { continue };
                while !blocks.docs().is_empty() {
                    let told = blocks.docs().iter();
                    let mut told = told.filter_map(|document| table[*document as usize]);
                    if told.any(&mut is_enough) {
                        return Ok(true);
                    }
                    blocks.advance();
                }
            }
        }
        Ok(false)
    }
}
