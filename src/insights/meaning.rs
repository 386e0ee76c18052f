//! Vectors of gap questions: made in the background, so that a report does not wait for the model.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use crate::index::embed::{Embedder as _, HashedEmbedder, Vector};

/// Where a question's vector comes from; None where the model fails.
pub type Embed = Arc<dyn Fn(&str) -> Option<Arc<Vector>> + Send + Sync>;

/// Vectors kept: 1.6 kB each. All are made anew when there are more.
const KEPT: usize = 10_000;

/// The least mean cosine within a group, after the mean of all questions was taken out: of the model's vectors.
const SAME_MEANING: f32 = 0.48;

/// The same of vectors of words.
const SAME_WORDS: f32 = 0.5;

/// Questions of all sorts: their mean is what any question shares with any other.
const ALL_SORTS: [&str; 36] = [
    "how do I change my address",
    "where is the nearest shop",
    "what time do you open on sunday",
    "I want to cancel my order",
    "my password does not work",
    "how much does delivery cost",
    "can I speak to a person",
    "the screen stays black",
    "I was charged twice this month",
    "is there a discount for students",
    "how long does the repair take",
    "what documents do I need",
    "the app crashes when I open it",
    "I lost my key",
    "can I bring my dog",
    "how do I book a table",
    "please translate this sentence",
    "what is the weather tomorrow",
    "I need a copy of my invoice",
    "when does my contract end",
    "my flight was cancelled",
    "how do I reset the device",
    "tell me a joke",
    "who is my contact person",
    "我想修改我的地址",
    "怎么退款",
    "账户被锁了怎么办",
    "你们几点开门",
    "手机没有信号",
    "可以分期付款吗",
    "如何重置密码",
    "订单什么时候到",
    "这个多少钱",
    "我要投诉",
    "发票怎么开",
    "会员有什么优惠",
];

/// Vectors of questions.
pub(super) struct Meaning {
    embed: Option<Embed>,
    common: OnceLock<Vector>,
    known: Mutex<HashMap<String, Arc<Vector>>>,
}

impl Meaning {
    /// By a model; without one, by words.
    pub(super) fn new(embed: Option<Embed>) -> Self {
        Self {
            embed,
            common: OnceLock::new(),
            known: Mutex::default(),
        }
    }

    /// How alike the questions of a group must be.
    pub(super) fn threshold(&self) -> f32 {
        if self.embed.is_some() {
            SAME_MEANING
        } else {
            SAME_WORDS
        }
    }

    /// What all questions share; empty where vectors are of words, which share nothing.
    pub(super) fn common(&self) -> Vector {
        let Some(embed) = &self.embed else {
            return Vector::new();
        };
        if let Some(known) = self.common.get() {
            return known.clone();
        }
        let vectors: Vec<Arc<Vector>> = ALL_SORTS.iter().filter_map(|text| embed(text)).collect();
        let mut mean = vec![0.0; vectors.first().map_or(0, |vector| vector.len())];
        for vector in &vectors {
            for (sum, x) in mean.iter_mut().zip(vector.iter()) {
                *sum += x / vectors.len() as f32;
            }
        }
        // A model that fails may work the next time.
        if vectors.len() == ALL_SORTS.len() {
            self.common.get_or_init(|| mean.clone());
        }
        mean
    }

    /// The vector of a question.
    pub(super) fn vector(&self, text: &str) -> Option<Arc<Vector>> {
        if let Some(known) = self.known().get(text) {
            return Some(Arc::clone(known));
        }
        let vector = match &self.embed {
            Some(embed) => embed(text),
            None => HashedEmbedder.query(text).ok().map(Arc::new),
        };
        // A model that fails may work the next time.
        let vector = vector?;
        let mut known = self.known();
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(text.to_owned(), Arc::clone(&vector));
        Some(vector)
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Arc<Vector>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
