//! Words, scripts and sentences, the same for indexing, queries, highlighting and live calls. Pure.
//!
//! Owns folding (case, width, script), word splitting, inflection, lengths, sentence splitting, language detection,
//! numerals and redaction. Leaves weighting of words to `search`, and the engines' own token types to `index`. Every
//! offset counts Unicode scalar values of the original text; ends are exclusive.

mod accents;
mod compared;
mod fold;
mod function_words;
mod han;
mod inflection;
mod language;
mod length;
mod line;
mod misspelling;
pub mod numerals;
mod readings;
mod redact;
mod script;
mod sentences;
mod spelling;
mod synonyms;
mod tag;
mod words;
mod yaml;

pub use accents::plain;
pub use compared::{compared, completion_key};
pub use fold::{Folded, composed, fold};
pub use function_words::is_function_word;
pub use han::{dictionary, set_terms};
pub use inflection::{Inflected, Language, Languages, stem};
pub use language::{detect, is_cjk_text};
pub use length::{letters, tail};
pub use line::{markdown_escaped, one_line, quoted};
pub use misspelling::{MISSPELT_FROM, edits, may_be_misspelt};
pub use redact::{Secret, redact};
pub use script::{Class, is_cjk, is_cjk_lang, is_han, is_spaced_letter, row};
pub use sentences::{sentence_texts, sentences};
pub use synonyms::{Named, Synonyms, SynonymsError};
pub use tag::{is_known_tag, is_tag, macro_tag, primary, subtags};
pub use words::{Word, WordKind, telling, words, words_in, words_once};
pub use yaml::yaml_fault;

#[cfg(test)]
pub use han::alone;
