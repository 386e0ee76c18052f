//! The files that describe the tokenizer and the model to the `tokenizers` crate and to fastembed: the Unigram pieces of
//! the source with the same special tokens, white space rules and template as XLM-RoBERTa.

use serde_json::{Value, json};

use super::source::{Shape, Vocabulary};

/// The special tokens' texts; their ids come from the source.
const BEGIN: &str = "<s>";
const PAD: &str = "<pad>";
const END: &str = "</s>";
const UNKNOWN: &str = "<unk>";
const MASK: &str = "<mask>";

/// NFKC would turn a full-width tilde (`100～200`) into `~`; the model has a piece of its own for it. It is carried
/// across as a character for private use.
const TILDE: &str = "\u{ff5e}";
const CARRIED_TILDE: &str = "\u{e05e}";

/// `tokenizer.json`.
pub(super) fn tokenizer(vocabulary: &Vocabulary<'_>) -> Value {
    let pieces: Vec<Value> = vocabulary
        .pieces
        .iter()
        .map(|(text, score)| json!([text, score]))
        .collect();
    json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": added_tokens(vocabulary),
        "normalizer": normalizer(vocabulary),
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [{ "type": "WhitespaceSplit" }, metaspace()],
        },
        "post_processor": template(vocabulary),
        "decoder": metaspace(),
        "model": {
            "type": "Unigram",
            "unk_id": vocabulary.unknown,
            "vocab": pieces,
            "byte_fallback": false,
        },
    })
}

/// `config.json`: only what fastembed reads.
pub(super) fn config(shape: &Shape, vocabulary: &Vocabulary<'_>) -> Value {
    json!({
        "model_type": "bert",
        "hidden_size": shape.hidden,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "max_position_embeddings": shape.positions,
        "pad_token_id": vocabulary.pad,
    })
}

/// `special_tokens_map.json`. The mask is left out: it is in `tokenizer.json` and takes the space before it along,
/// which adding it once more by its text alone would undo.
pub(super) fn special_tokens_map() -> Value {
    json!({
        "bos_token": BEGIN,
        "eos_token": END,
        "unk_token": UNKNOWN,
        "sep_token": END,
        "pad_token": PAD,
        "cls_token": BEGIN,
    })
}

/// `tokenizer_config.json`.
pub(super) fn tokenizer_config(shape: &Shape) -> Value {
    json!({
        "tokenizer_class": "XLMRobertaTokenizer",
        "model_max_length": shape.positions,
        "pad_token": PAD,
    })
}

fn added_tokens(vocabulary: &Vocabulary<'_>) -> Vec<Value> {
    let mask = vocabulary.pieces.len() - 1;
    let mut tokens = [
        (vocabulary.begin, BEGIN),
        (vocabulary.pad, PAD),
        (vocabulary.end, END),
        (vocabulary.unknown, UNKNOWN),
        (mask, MASK),
    ];
    tokens.sort_unstable();
    let token = |(id, content): (usize, &str)| {
        json!({
            "id": id,
            "content": content,
            "single_word": false,
            "lstrip": content == MASK,
            "rstrip": false,
            "normalized": false,
            "special": true,
        })
    };
    tokens.map(token).to_vec()
}

/// The model's own character rules: some are dropped, some become a space, the rest is NFKC. Line ends are among
/// those that become a space, so a passage of several lines reads as one.
fn normalizer(vocabulary: &Vocabulary<'_>) -> Value {
    let replace = |pattern: Value, content: &str| json!({ "type": "Replace", "pattern": pattern, "content": content });
    let text = |text: &str| json!({ "String": text });
    let mut steps = Vec::new();
    for (characters, content) in [(&vocabulary.dropped, ""), (&vocabulary.spaces, " ")] {
        if !characters.is_empty() {
            steps.push(replace(json!({ "Regex": class(characters) }), content));
        }
    }
    steps.push(replace(text(TILDE), CARRIED_TILDE));
    steps.push(json!({ "type": "NFKC" }));
    steps.push(replace(text(CARRIED_TILDE), TILDE));
    json!({ "type": "Sequence", "normalizers": steps })
}

/// A regular expression for any one of `characters`, as code points.
fn class(characters: &[char]) -> String {
    let points: String = characters
        .iter()
        .map(|character| format!("\\x{{{:X}}}", u32::from(*character)))
        .collect();
    format!("[{points}]")
}

/// Each word begins with a `▁`.
fn metaspace() -> Value {
    json!({ "type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true })
}

/// `<s> text </s>`, and `<s> text </s></s> text </s>` for a pair.
fn template(vocabulary: &Vocabulary<'_>) -> Value {
    let special = |id: &str| json!({ "SpecialToken": { "id": id, "type_id": 0 } });
    let text = |id: &str| json!({ "Sequence": { "id": id, "type_id": 0 } });
    let known =
        |id: usize, content: &str| json!({ "id": content, "ids": [id], "tokens": [content] });
    json!({
        "type": "TemplateProcessing",
        "single": [special(BEGIN), text("A"), special(END)],
        "pair": [special(BEGIN), text("A"), special(END), special(END), text("B"), special(END)],
        "special_tokens": {
            BEGIN: known(vocabulary.begin, BEGIN),
            END: known(vocabulary.end, END),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary() -> Vocabulary<'static> {
        let texts = [BEGIN, PAD, END, UNKNOWN, "▁", "a", MASK];
        Vocabulary {
            pieces: texts.map(|text| (text, -1.5)).to_vec(),
            begin: 0,
            pad: 1,
            end: 2,
            unknown: 3,
            dropped: vec!['\u{1}'],
            spaces: vec!['\n', '\u{200b}'],
        }
    }

    #[test]
    fn special_tokens_keep_their_ids() {
        let written = tokenizer(&vocabulary());
        let tokens = written["added_tokens"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let found: Vec<_> = tokens
            .iter()
            .map(|t| (t["id"].as_u64(), t["content"].as_str()))
            .collect();
        let expected = [(0, BEGIN), (1, PAD), (2, END), (3, UNKNOWN), (6, MASK)];
        assert_eq!(found, expected.map(|(id, text)| (Some(id), Some(text))));
        assert!(tokens.iter().all(|token| token["special"] == true));
        assert_eq!(written["model"]["unk_id"], 3);
        assert_eq!(written["model"]["vocab"][5], json!(["a", -1.5]));
    }

    #[test]
    fn character_rules_become_classes_of_code_points() {
        let written = tokenizer(&vocabulary());
        let steps = &written["normalizer"]["normalizers"];
        assert_eq!(steps[0]["pattern"]["Regex"], r"[\x{1}]");
        assert_eq!(steps[0]["content"], "");
        assert_eq!(steps[1]["pattern"]["Regex"], r"[\x{A}\x{200B}]");
        assert_eq!(steps[1]["content"], " ");
    }

    #[test]
    fn a_vocabulary_without_rules_has_no_empty_class() {
        let plain = Vocabulary {
            dropped: Vec::new(),
            spaces: Vec::new(),
            ..vocabulary()
        };
        let steps = tokenizer(&plain)["normalizer"]["normalizers"].clone();
        assert_eq!(steps.as_array().map(Vec::len), Some(3));
    }
}
