//! Fields of the keyword index, and an article's passages as its documents.

use tantivy::{
    TantivyDocument,
    schema::{FAST, Field, INDEXED, IndexRecordOption, STRING, Schema, TextFieldIndexing, TextOptions},
};

use crate::{
    index::{
        filter,
        unit::{Indexed, Unit, UnitKind},
    },
    text::words,
};

/// Texts reach tantivy as terms with spaces between them.
pub(super) const TOKENIZER: &str = "terms";

/// Searched fields, with how much a word counts in each.
pub(super) const SEARCHED: [(&str, f32); 4] = [("title", 2.0), ("heading", 1.5), ("questions", 1.5), ("body", 1.0)];

/// Handles of all fields.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields {
    /// Unit key.
    pub key: Field,
    /// In the order of [`SEARCHED`].
    pub searched: [Field; SEARCHED.len()],
    /// In the order of [`filter::Field::ALL`].
    pub filters: [Field; filter::Field::ALL.len()],
}

impl Fields {
    pub fn of(schema: &Schema) -> tantivy::Result<Self> {
        let mut searched = [Field::from_field_id(0); SEARCHED.len()];
        for (field, (name, _)) in searched.iter_mut().zip(SEARCHED) {
            *field = schema.get_field(name)?;
        }
        let mut filters = [Field::from_field_id(0); filter::Field::ALL.len()];
        for (field, name) in filters.iter_mut().zip(filter::Field::ALL) {
            *field = schema.get_field(name.name())?;
        }
        Ok(Self { key: schema.get_field("key")?, searched, filters })
    }

    pub fn filter(&self, field: filter::Field) -> Field {
        self.filters[field as usize]
    }
}

pub(super) fn schema() -> Schema {
    let mut builder = Schema::builder();
    builder.add_u64_field("key", FAST | INDEXED);
    let terms = TextFieldIndexing::default().set_tokenizer(TOKENIZER).set_index_option(IndexRecordOption::WithFreqs);
    for (name, _) in SEARCHED {
        builder.add_text_field(name, TextOptions::default().set_indexing_options(terms.clone()));
    }
    for field in filter::Field::ALL {
        builder.add_text_field(field.name(), STRING);
    }
    builder.build()
}

/// Documents of an article's passages; questions are words of their passage's field, not documents.
pub(super) fn documents<'a>(fields: &'a Fields, entry: &'a Indexed, units: &'a [Unit]) -> impl Iterator<Item = TantivyDocument> + 'a {
    let article = &entry.article;
    units.iter().filter_map(move |unit| {
        let UnitKind::Passage(at) = unit.kind else { return None };
        let passage = &article.passages[at as usize];
        let mut document = TantivyDocument::new();
        document.add_u64(fields.key, unit.key);
        let questions = if at == 0 {
            let mut questions = article.questions.join("\n");
            for more in article.summary.iter().chain(&article.tags) {
                questions.push('\n');
                questions.push_str(more);
            }
            questions
        } else {
            String::new()
        };
        let texts = [article.title.as_str(), &article.heading(passage).join("\n"), &questions, &passage.text];
        for (field, text) in fields.searched.iter().zip(texts) {
            document.add_text(*field, terms(text));
        }
        for field in filter::Field::ALL {
            for value in field.values(article) {
                document.add_text(fields.filter(field), value);
            }
        }
        Some(document)
    })
}

fn terms(text: &str) -> String {
    let mut terms = String::with_capacity(text.len());
    for word in words(text) {
        if !terms.is_empty() {
            terms.push(' ');
        }
        terms.push_str(&word.term);
    }
    terms
}
