//! Fields of the keyword index, and an article with its passages as documents.
//!
//! Passages and articles are two tantivy indexes: BM25 computes lengths and document frequencies over all documents of an
//! index, and whole articles among their own passages would distort both.

use tantivy::{
    TantivyDocument,
    schema::{
        FAST, Field, INDEXED, IndexRecordOption, STRING, Schema, TextFieldIndexing, TextOptions,
    },
};

use crate::{
    article::Article,
    index::{
        filter,
        unit::{Indexed, Unit, UnitKind},
    },
    text::{Language, words_in},
};

/// Texts reach tantivy as terms with spaces between them.
pub(super) const TOKENIZER: &str = "terms";

/// Which documents an index holds, and how much a word counts in each of their fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DocumentKind {
    /// Text and heading path of one passage.
    Passage,
    /// Title, topics and questions, and the whole text of an article.
    Article,
}

impl DocumentKind {
    /// Searched fields with their boosts.
    pub(super) const fn searched(self) -> &'static [(&'static str, f32)] {
        match self {
            Self::Passage => &[("body", 1.0), ("heading", 0.5)],
            Self::Article => &[("title", 0.5), ("about", 0.5), ("whole", 0.5)],
        }
    }

    /// Folder of the index.
    pub(super) const fn folder(self) -> &'static str {
        match self {
            Self::Passage => "passages",
            Self::Article => "articles",
        }
    }

    /// Whether its documents are units of that kind.
    pub(super) const fn holds(self, kind: UnitKind) -> bool {
        matches!(
            (self, kind),
            (Self::Passage, UnitKind::Passage(_)) | (Self::Article, UnitKind::Article)
        )
    }
}

/// Handles of all fields.
#[derive(Debug, Clone)]
pub(super) struct Fields {
    /// Unit key.
    pub(super) key: Field,
    /// With their boosts.
    pub(super) searched: Vec<(Field, f32)>,
    filters: [Field; filter::Field::ALL.len()],
}

impl Fields {
    pub(super) fn of(schema: &Schema, kind: DocumentKind) -> tantivy::Result<Self> {
        let searched = kind
            .searched()
            .iter()
            .map(|(name, boost)| Ok((schema.get_field(name)?, *boost)))
            .collect::<tantivy::Result<_>>()?;
        let mut filters = [Field::from_field_id(0); filter::Field::ALL.len()];
        for (field, name) in filters.iter_mut().zip(filter::Field::ALL) {
            *field = schema.get_field(name.name())?;
        }
        Ok(Self {
            key: schema.get_field("key")?,
            searched,
            filters,
        })
    }

    /// The fields that have every word of an article: those of its title stand in the whole text too.
    pub(super) fn but_title(&self) -> &[(Field, f32)] {
        &self.searched[1..]
    }

    /// The field with all words of an article.
    pub(super) fn whole(&self) -> Option<Field> {
        self.searched.last().map(|(field, _)| *field)
    }

    pub(super) fn filter(&self, field: filter::Field) -> Field {
        self.filters[field as usize]
    }
}

pub(super) fn schema(kind: DocumentKind) -> Schema {
    let mut builder = Schema::builder();
    builder.add_u64_field("key", FAST | INDEXED);
    let terms = TextFieldIndexing::default()
        .set_tokenizer(TOKENIZER)
        .set_index_option(IndexRecordOption::WithFreqs);
    for (name, _) in kind.searched() {
        builder.add_text_field(
            name,
            TextOptions::default().set_indexing_options(terms.clone()),
        );
    }
    for field in filter::Field::ALL {
        builder.add_text_field(field.name(), STRING);
    }
    builder.build()
}

/// The document of one unit; None where the kind has none for it.
pub(super) fn document(
    fields: &Fields,
    kind: DocumentKind,
    entry: &Indexed,
    unit: &Unit,
) -> Option<TantivyDocument> {
    let article = &entry.article;
    let language = Language::of(&article.lang);
    let terms = |text: &str| terms(text, language);
    let texts = match (kind, unit.kind) {
        (DocumentKind::Passage, UnitKind::Passage(at)) => {
            let passage = &article.passages[at as usize];
            vec![
                terms(&passage.text),
                terms(&article.heading(passage).join("\n")),
            ]
        }
        (DocumentKind::Article, UnitKind::Article) => vec![
            terms(&article.title),
            terms(&about(article)),
            terms(&whole(article)),
        ],
        _ => return None,
    };
    let mut document = TantivyDocument::new();
    document.add_u64(fields.key, unit.key);
    for ((field, _), text) in fields.searched.iter().zip(texts) {
        document.add_text(*field, text);
    }
    for field in filter::Field::ALL {
        for value in field.values(article) {
            document.add_text(fields.filter(field), value);
        }
    }
    Some(document)
}

/// What an editor says the article is about, outside its text.
fn about(article: &Article) -> String {
    let parts = article
        .questions
        .iter()
        .chain(&article.summary)
        .chain(&article.tags)
        .chain(&article.products);
    parts.map(String::as_str).collect::<Vec<_>>().join("\n")
}

pub(super) fn whole(article: &Article) -> String {
    let mut text = format!("{}\n{}\n", article.title, article.questions.join("\n"));
    let mut section = usize::MAX;
    for passage in &article.passages {
        if passage.section != section {
            section = passage.section;
            text.push_str(&article.heading(passage).join("\n"));
            text.push('\n');
        }
        text.push_str(&passage.text);
        text.push('\n');
    }
    text
}

fn terms(text: &str, language: Option<&Language>) -> String {
    let mut terms = String::with_capacity(text.len());
    for word in words_in(text, language) {
        if !terms.is_empty() {
            terms.push(' ');
        }
        terms.push_str(&word.term);
    }
    terms
}
