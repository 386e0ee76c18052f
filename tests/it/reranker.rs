//! A second look at the first hits, by a cross-encoder of a few operations: it counts the words that a passage shares
//! with the question, as often as they stand there.

use std::{fs, path::Path, sync::Arc};

use chrono::NaiveDate;
use cuecard::{
    app,
    config::{Config, Overrides},
    index::{Manifest, Writer, embed::HashedEmbedder},
    search::{
        Core,
        types::{Audience, Level, Mode, SearchRequest, SearchResponse},
    },
    source::load_once,
};
use prost::Message as _;
use serde_json::{Value, json};

/// The messages of `onnx.proto` that it takes, by the field numbers there.
mod onnx {
    use prost::Message;

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct Model {
        #[prost(int64, tag = "1")]
        pub ir_version: i64,
        #[prost(message, optional, tag = "7")]
        pub graph: Option<Graph>,
        #[prost(message, repeated, tag = "8")]
        pub operators: Vec<Operators>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct Operators {
        #[prost(int64, tag = "2")]
        pub version: i64,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct Graph {
        #[prost(message, repeated, tag = "1")]
        pub nodes: Vec<Node>,
        #[prost(string, tag = "2")]
        pub name: String,
        #[prost(message, repeated, tag = "5")]
        pub constants: Vec<Constant>,
        #[prost(message, repeated, tag = "11")]
        pub inputs: Vec<Port>,
        #[prost(message, repeated, tag = "12")]
        pub outputs: Vec<Port>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct Node {
        #[prost(string, repeated, tag = "1")]
        pub inputs: Vec<String>,
        #[prost(string, repeated, tag = "2")]
        pub outputs: Vec<String>,
        #[prost(string, tag = "4")]
        pub operator: String,
        #[prost(message, repeated, tag = "5")]
        pub attributes: Vec<Attribute>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct Attribute {
        #[prost(string, tag = "1")]
        pub name: String,
        #[prost(int64, tag = "3")]
        pub number: i64,
        #[prost(int32, tag = "20")]
        pub kind: i32,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct Constant {
        #[prost(int64, repeated, tag = "1")]
        pub shape: Vec<i64>,
        #[prost(int32, tag = "2")]
        pub element: i32,
        #[prost(float, repeated, tag = "4")]
        pub floats: Vec<f32>,
        #[prost(int64, repeated, tag = "7")]
        pub integers: Vec<i64>,
        #[prost(string, tag = "8")]
        pub name: String,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct Port {
        #[prost(string, tag = "1")]
        pub name: String,
        #[prost(message, optional, tag = "2")]
        pub kind: Option<Kind>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct Kind {
        #[prost(message, optional, tag = "1")]
        pub tensor: Option<Tensor>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct Tensor {
        #[prost(int32, tag = "1")]
        pub element: i32,
    }
}

/// `TensorProto.DataType` and `AttributeProto.AttributeType`.
const FLOAT: i32 = 1;
const INT64: i32 = 7;
const INT: i32 = 2;

/// What an equal pair of words adds to the log-odds, and what they are without any.
const WORTH: f32 = 2.0;
const NOTHING: f32 = -6.0;

/// Sums, over known words of the question (type 0) and words of the passage (type 1), whether they are the same.
fn counter() -> Vec<u8> {
    let node = |operator: &str, inputs: &[&str], output: &str| onnx::Node {
        inputs: inputs.iter().map(|name| (*name).to_owned()).collect(),
        outputs: vec![output.to_owned()],
        operator: operator.to_owned(),
        attributes: match operator {
            "Cast" => vec![onnx::Attribute {
                name: "to".to_owned(),
                number: FLOAT.into(),
                kind: INT,
            }],
            _ => Vec::new(),
        },
    };
    let float = |name: &str, value: f32| onnx::Constant {
        element: FLOAT,
        floats: vec![value],
        name: name.to_owned(),
        ..onnx::Constant::default()
    };
    let axis = |name: &str, value: i64| onnx::Constant {
        shape: vec![1],
        element: INT64,
        integers: vec![value],
        name: name.to_owned(),
        ..onnx::Constant::default()
    };
    let port = |name: &str, element: i32| onnx::Port {
        name: name.to_owned(),
        kind: Some(onnx::Kind {
            tensor: Some(onnx::Tensor { element }),
        }),
    };
    let graph = onnx::Graph {
        name: "shared words".to_owned(),
        nodes: vec![
            node("Unsqueeze", &["input_ids", "last"], "down"),
            node("Unsqueeze", &["input_ids", "middle"], "across"),
            node("Equal", &["down", "across"], "is_equal"),
            node("Cast", &["is_equal"], "equal"),
            node("Cast", &["token_type_ids"], "of_passage"),
            node("Cast", &["attention_mask"], "said_at_all"),
            node("Sub", &["said_at_all", "of_passage"], "asked"),
            node("Greater", &["input_ids", "unknown"], "is_known"),
            node("Cast", &["is_known"], "known"),
            node("Mul", &["asked", "known"], "of_question"),
            node("Unsqueeze", &["of_question", "middle"], "row"),
            node("Unsqueeze", &["of_passage", "last"], "column"),
            node("MatMul", &["row", "equal"], "shared"),
            node("MatMul", &["shared", "column"], "count"),
            node("Squeeze", &["count", "last"], "counted"),
            node("Mul", &["counted", "worth"], "said"),
            node("Add", &["said", "nothing"], "logits"),
        ],
        constants: vec![
            axis("last", 2),
            axis("middle", 1),
            axis("unknown", 1),
            float("worth", WORTH),
            float("nothing", NOTHING),
        ],
        inputs: ["input_ids", "attention_mask", "token_type_ids"]
            .map(|name| port(name, INT64))
            .to_vec(),
        outputs: vec![port("logits", FLOAT)],
    };
    let model = onnx::Model {
        ir_version: 9,
        graph: Some(graph),
        operators: vec![onnx::Operators { version: 17 }],
    };
    model.encode_to_vec()
}

/// Whole words, as a tokenizer knows them; those of the passage are of type 1.
fn tokenizer() -> Value {
    let words = ["[PAD]", "[UNK]", "[SEP]", "lost", "card", "phone", "fee"];
    let vocabulary: serde_json::Map<String, Value> = (0..)
        .zip(words)
        .map(|(id, word)| (word.to_owned(), Value::from(id)))
        .collect();
    let of = |id: &str, kind: u8| json!({"Sequence": {"id": id, "type_id": kind}});
    let separator = json!({"SpecialToken": {"id": "[SEP]", "type_id": 0}});
    json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": [],
        "normalizer": {"type": "Lowercase"},
        "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [of("A", 0)],
            "pair": [of("A", 0), separator, of("B", 1)],
            "special_tokens": {"[SEP]": {"id": "[SEP]", "ids": [2], "tokens": ["[SEP]"]}},
        },
        "decoder": null,
        "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"},
    })
}

fn write_model(folder: &Path) {
    fs::create_dir_all(folder.join("onnx")).unwrap();
    fs::write(folder.join("onnx/model.onnx"), counter()).unwrap();
    let files = [
        ("tokenizer.json", tokenizer()),
        ("config.json", json!({"pad_token_id": 0})),
        ("special_tokens_map.json", json!({"pad_token": "[PAD]"})),
        (
            "tokenizer_config.json",
            json!({"model_max_length": 512, "pad_token": "[PAD]"}),
        ),
    ];
    for (name, text) in files {
        fs::write(folder.join(name), text.to_string()).unwrap();
    }
}

const ARTICLES: [(&str, &str); 3] = [
    (
        "lost",
        "# A card that is lost\n\nA lost card is blocked in the app.\n",
    ),
    (
        "often",
        "# Replacements\n\nWe send a card for a card: by post, within some days, as soon as the other card is blocked. Who has no other card gets \
         a card at the counter of any branch, and who needs a card at once gets a card for the phone.\n",
    ),
    ("other", "# Roaming\n\nThe phone works abroad.\n"),
];

/// A search over the articles, with what the folder of a cross-encoder has.
fn core(folder: &Path) -> Core {
    let articles = tempfile::tempdir().unwrap();
    for (name, text) in ARTICLES {
        fs::write(articles.path().join(format!("{name}.md")), text).unwrap();
    }
    let settings = articles.path().join("cuecard.toml");
    let text = format!(
        "[reranker]\nmodel = {:?}\nshare = 0.8\n",
        folder.display().to_string()
    );
    fs::write(&settings, text).unwrap();
    let overrides = Overrides {
        onnxruntime: std::env::var_os("CUECARD_ONNXRUNTIME").map(Into::into),
        ..Overrides::default()
    };
    let config = Config::read(Some(&settings), &overrides).unwrap();
    let mut writer = Writer::in_memory(Some(Arc::new(HashedEmbedder)), None).unwrap();
    load_once(
        articles.path(),
        &mut writer,
        &Manifest::in_memory().unwrap(),
    )
    .unwrap();
    Core::new(Arc::clone(writer.index())).looking_again(app::second_look(&config))
}

fn ask(core: &Core, mode: Mode, typing: bool, query: &str) -> SearchResponse {
    let request = SearchRequest {
        mode,
        typing,
        explain: true,
        ..SearchRequest::new(query)
    };
    let today = NaiveDate::from_ymd_opt(2026, 11, 26).unwrap();
    core.search(&request, &Audience::Unrestricted, today)
        .unwrap()
}

fn ids(answer: &SearchResponse) -> Vec<&str> {
    let hits = answer.hits.iter();
    hits.map(|hit| hit.article_id.as_str()).collect()
}

#[test]
fn a_cross_encoder_moves_what_it_finds_better_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    write_model(folder.path());
    let core = core(folder.path());
    let plain = ask(&core, Mode::Keyword, false, "lost card");
    assert_eq!(ids(&plain)[..2], ["lost", "often"]);
    let answer = ask(&core, Mode::Hybrid, false, "lost card");
    assert_eq!(answer.degraded, Vec::<String>::new());
    assert_eq!(ids(&answer)[..2], ["often", "lost"]);
    for hit in &answer.hits {
        let boosts = &hit.explain.as_ref().unwrap().boosts;
        assert_eq!(boosts[0].name, "reranker", "{hit:?}");
        assert!((0.0..=1.0).contains(&hit.score), "{hit:?}");
    }
    assert!(answer.hits.is_sorted_by(|a, b| a.score >= b.score));
    let by = |at: usize| answer.hits[at].explain.as_ref().unwrap().boosts[0].by;
    assert!(by(0) > 0.0 && by(1) < 0.0, "{answer:?}");
}

#[test]
fn what_a_cross_encoder_thinks_little_of_is_no_answer() {
    let folder = tempfile::tempdir().unwrap();
    write_model(folder.path());
    let core = core(folder.path());
    // It knows no word of this, the engines know all.
    let question = "works abroad";
    let sure = ask(&core, Mode::Hybrid, true, question).hits[0].confidence;
    let answer = ask(&core, Mode::Hybrid, false, question);
    assert_ne!(answer.hits[0].level, Level::High, "{answer:?}");
    assert!(answer.hits[0].confidence < sure, "{answer:?}");
    assert!(answer.answer.is_none());
    // And it knows this well.
    let answer = ask(&core, Mode::Hybrid, false, "lost card");
    assert_eq!(answer.hits[0].level, Level::High, "{answer:?}");
}

#[test]
fn a_question_that_is_being_typed_is_not_looked_at_again_and_not_remembered_for_later() {
    let folder = tempfile::tempdir().unwrap();
    write_model(folder.path());
    let core = core(folder.path());
    let typed = ask(&core, Mode::Hybrid, true, "lost card");
    assert_eq!(ids(&typed)[..2], ["lost", "often"]);
    let asked = ask(&core, Mode::Hybrid, false, "lost card");
    assert_eq!(ids(&asked)[..2], ["often", "lost"]);
    let typed = ask(&core, Mode::Hybrid, true, "lost card");
    assert_eq!(ids(&typed)[..2], ["lost", "often"]);
}

#[test]
fn without_the_cross_encoder_search_goes_on_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    write_model(folder.path());
    fs::remove_file(folder.path().join("config.json")).unwrap();
    let core = core(folder.path());
    let answer = ask(&core, Mode::Hybrid, false, "lost card");
    assert_eq!(answer.degraded, ["reranker_unavailable"]);
    assert_eq!(ids(&answer)[..2], ["lost", "often"]);
    assert_eq!(core.degraded(), ["reranker_unavailable"]);
    // By words alone none was wanted, but the service is not as it should be.
    let answer = ask(&core, Mode::Keyword, false, "lost card");
    assert_eq!(answer.degraded, ["reranker_unavailable"]);
}
