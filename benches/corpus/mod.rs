//! A corpus that looks like an operator's, made from a seed: the same on every machine.
//!
//! Owns the sentences, their Markdown and vectors for them. The vectors come from the texts' hashes and have no
//! meaning: embedding 50,000 passages takes the model half an hour, and an engine's speed does not depend on it.

#![allow(
    dead_code,
    missing_docs,
    clippy::missing_panics_doc,
    reason = "each bench takes what it needs"
)]

mod vocabulary;

use cuecard::index::embed::{EmbedError, Embedder, Text, Vector};
use vocabulary::{
    DOES, DOES_ZH, NAME_ZH, TOPIC, TOPIC_ZH, WHAT, WHAT_ZH, WHEN, WHEN_ZH, WHO, WHO_ZH,
};

/// Numbers in a vector, as in the real model's.
pub const DIMENSIONS: usize = 384;

/// Groups that the vectors fall into: topics of a knowledge base.
const TOPICS: u64 = 64;

/// Sections of an article; with the text before them each becomes a passage.
const SECTIONS: usize = 4;

/// xorshift64* (Vigna 2016).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn number(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.number() >> 33) as usize % end
    }

    /// Low places come more often, as words do.
    fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        let (one, other) = (self.below(list.len()), self.below(list.len()));
        list[one.min(other)]
    }

    /// One of 20,000 ranks by Zipf's law: the chance of each is as its inverse.
    fn rank(&mut self) -> usize {
        let share = (self.number() >> 11) as f64 / (1_u64 << 53) as f64;
        20_000_f64.powf(share) as usize - 1
    }

    fn signed(&mut self) -> f32 {
        (self.number() >> 40) as f32 / (1_u32 << 23) as f32 - 1.0
    }
}

/// A file of the corpus.
pub struct Document {
    pub path: String,
    pub markdown: String,
}

/// Of every corpus but the smallest: an article that is being written, and one that is kept for the record. As in any
/// knowledge base, and neither may cost a search anything.
const OUT_OF_USE: [(usize, &str); 2] = [(40, "draft"), (41, "archived")];

/// So many articles, every other one Chinese.
pub fn documents(seed: u64, count: usize) -> Vec<Document> {
    let mut random = Random::new(seed);
    (0..count)
        .map(|at| document(&mut random, at, at % 2 == 1))
        .collect()
}

/// One article, about five passages.
pub fn document(random: &mut Random, at: usize, chinese: bool) -> Document {
    let lang = if chinese { "zh" } else { "en" };
    let topic = random.pick(if chinese { TOPIC_ZH } else { TOPIC });
    let (title, asked) = (title(random, topic, chinese), question(random, chinese));
    let mut markdown = format!(
        "---\nid: article-{at}\ntitle: \"{title}\"\nlang: {lang}\ntags: [topic-{}]\nproducts: [fiber]\n",
        at % 40
    );
    let out_of_use = OUT_OF_USE.iter().find(|(place, _)| *place == at);
    markdown.extend(out_of_use.map(|(_, status)| format!("status: {status}\n")));
    markdown.push_str(&format!(
        "questions:\n  - \"{asked}\"\n---\n{}\n",
        paragraph(random, chinese)
    ));
    for section in 0..SECTIONS {
        let heading = random.pick(if chinese { WHAT_ZH } else { WHAT });
        markdown.push_str(&format!(
            "\n## {heading} {}\n\n{}\n",
            section + 1,
            paragraph(random, chinese)
        ));
        if section == 2 {
            for step in 1..=3 {
                markdown.push_str(&format!("{step}. {}\n", sentence(random, chinese)));
            }
        }
    }
    Document {
        path: format!("{lang}/article-{at:05}.md"),
        markdown,
    }
}

fn title(random: &mut Random, topic: &str, chinese: bool) -> String {
    match chinese {
        true => format!("{topic}：{}", random.pick(WHAT_ZH)),
        false => format!("{topic}: {}", random.pick(WHAT)),
    }
}

fn paragraph(random: &mut Random, chinese: bool) -> String {
    let sentences: Vec<String> = (0..5).map(|_| sentence(random, chinese)).collect();
    sentences.join(if chinese { "" } else { " " })
}

/// A sentence; one in eight carries a code or an amount of its own.
pub fn sentence(random: &mut Random, chinese: bool) -> String {
    let coded = random.below(8) == 0;
    let (code, amount) = (100 + random.below(900), random.below(400));
    match (chinese, coded) {
        (false, false) => format!(
            "{} {} {} of {} {}.",
            random.pick(WHO),
            random.pick(DOES),
            random.pick(WHAT),
            name(random),
            random.pick(WHEN)
        ),
        (false, true) => format!(
            "Error E{code} means that {} is {amount} units over its limit.",
            random.pick(WHAT)
        ),
        (true, false) => format!(
            "{}{}{}的{}，{}。",
            random.pick(WHO_ZH),
            random.pick(DOES_ZH),
            name_zh(random),
            random.pick(WHAT_ZH),
            random.pick(WHEN_ZH)
        ),
        (true, true) => format!(
            "错误代码E{code}表示{}超出上限{amount}个单位。",
            random.pick(WHAT_ZH)
        ),
    }
}

/// A name made of syllables; as in real text a few are everywhere and most are rare.
fn name(random: &mut Random) -> String {
    let mut rank = random.rank();
    let mut name = String::new();
    for _ in 0..3 {
        let (first, second) = (rank % 17, rank / 17 % 5);
        name.push(char::from(b"bcdfghjklmnprstvz"[first]));
        name.push(char::from(b"aeiou"[second]));
        rank /= 17 * 5;
    }
    name
}

fn name_zh(random: &mut Random) -> String {
    let rank = random.rank();
    let count = NAME_ZH.chars().count();
    let character = |at: usize| NAME_ZH.chars().nth(at % count).unwrap();
    [character(rank), character(rank / count)].iter().collect()
}

/// What somebody might ask.
pub fn question(random: &mut Random, chinese: bool) -> String {
    match chinese {
        true => format!(
            "{}的{}怎么办理，{}吗",
            name_zh(random),
            random.pick(WHAT_ZH),
            random.pick(WHEN_ZH)
        ),
        false => format!(
            "how do I get {} of {} {}",
            random.pick(WHAT),
            name(random),
            random.pick(WHEN)
        ),
    }
}

/// So many questions in both languages.
pub fn questions(seed: u64, count: usize) -> Vec<String> {
    let mut random = Random::new(seed);
    (0..count)
        .map(|at| question(&mut random, at % 2 == 1))
        .collect()
}

/// Vectors from hashes: near their topic's, as a model's are, but without meaning.
pub struct SeededEmbedder;

impl SeededEmbedder {
    pub fn vector(text: &str) -> Vector {
        // FNV-1a.
        let hash = text.bytes().fold(0xCBF2_9CE4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
        });
        let (mut topic, mut own) = (Random::new(hash % TOPICS + 1), Random::new(hash));
        let mut vector: Vector = (0..DIMENSIONS)
            .map(|_| 0.8 * topic.signed() + 0.6 * own.signed())
            .collect();
        let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
        vector.iter_mut().for_each(|x| *x /= length);
        vector
    }
}

impl Embedder for SeededEmbedder {
    fn id(&self) -> &str {
        "seeded-384"
    }

    fn dimensions(&self) -> usize {
        DIMENSIONS
    }

    fn query(&self, text: &str) -> Result<Vector, EmbedError> {
        Ok(Self::vector(text))
    }

    fn texts(&self, texts: &[Text]) -> Result<Vec<Vector>, EmbedError> {
        Ok(texts
            .iter()
            .map(|text| Self::vector(text.as_str()))
            .collect())
    }
}
