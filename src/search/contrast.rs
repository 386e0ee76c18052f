//! What a question asks, without what all questions ask.
//!
//! In a multilingual embedding some texts are near to every question, and those of its own language nearer than they
//! should be. So an article is judged by how much nearer it is to this question than to questions as such:
//! cos(q, d) − λ · mean cos(g, d) over general questions g. By the product's linearity that is one search, with
//! q − λ · mean(g). A correction for hubs, as CSLS is (Lample et al. 2018), with questions in place of neighbours.
//! Pure, but for the model.

use crate::index::{
    embed::{EmbedError, Embedder, Vector},
    vector::Nearest,
};

/// λ: of nine public sets more of it helps some further and hurts others.
const SHARE: f32 = 0.15;

/// What people ask of any company.
const ENGLISH: [&str; 20] = [
    "How do I change my address?",
    "I have a problem with my order, can you help me?",
    "Why is my bill higher than last month?",
    "What does it cost?",
    "Hello, I am calling because something does not work.",
    "How long does it take?",
    "I would like to cancel my contract.",
    "Can I get a refund?",
    "I cannot log in to my account.",
    "What do I have to do?",
    "Where can I find my invoice?",
    "Who is allowed to do that?",
    "When will it arrive?",
    "I received an error message, what does it mean?",
    "Is it possible to change this later?",
    "Could you please check that for me?",
    "My payment was declined.",
    "What happens if I am late?",
    "Which documents do I need?",
    "How can I speak to someone?",
];

/// The same in Chinese. In traditional characters, which serve questions in simplified ones as well; the other way round
/// it costs a little.
const CHINESE: [&str; 20] = [
    "怎麼修改我的地址？",
    "我的訂單有問題，可以幫我看看嗎？",
    "為什麼這個月的帳單比上個月高？",
    "這個要多少錢？",
    "你好，我打電話是因為有個東西用不了。",
    "需要多長時間？",
    "我想取消我的合同。",
    "可以退款嗎？",
    "我登錄不了我的帳號。",
    "我需要怎麼做？",
    "在哪裡可以找到我的發票？",
    "誰可以辦理？",
    "什麼時候能到？",
    "我收到一個錯誤提示，是什麼意思？",
    "以後還可以更改嗎？",
    "能幫我查一下嗎？",
    "我的付款被拒絕了。",
    "如果逾期會怎麼樣？",
    "需要哪些材料？",
    "怎麼聯繫人工客服？",
];

/// What questions have in common, in either script: means of unit vectors.
#[derive(Debug)]
pub(super) struct Contrast {
    narrow: Vector,
    wide: Vector,
}

/// Where to look for what a question alone asks.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Direction {
    unit: Vector,
    /// Length before it was brought to one.
    length: f32,
}

impl Contrast {
    /// Embeds the general questions.
    ///
    /// # Errors
    /// When the model cannot be run.
    pub(super) fn of(model: &dyn Embedder) -> Result<Self, EmbedError> {
        let mean = |texts: &[&str]| {
            let mut sum = vec![0.0_f32; model.dimensions()];
            for text in texts {
                let vector = model.query(text)?;
                sum.iter_mut().zip(vector).for_each(|(sum, x)| *sum += x);
            }
            sum.iter_mut().for_each(|x| *x /= texts.len() as f32);
            Ok(sum)
        };
        Ok(Self {
            narrow: mean(&ENGLISH)?,
            wide: mean(&CHINESE)?,
        })
    }

    /// The direction of what this question asks and others do not. `wide` tells whether it is written in Chinese,
    /// Japanese or Korean characters.
    pub(super) fn direction(&self, question: &[f32], wide: bool) -> Direction {
        let common = if wide { &self.wide } else { &self.narrow };
        let pairs = question.iter().zip(common);
        let mut unit: Vector = pairs.map(|(q, common)| q - SHARE * common).collect();
        let length = unit.iter().map(|x| x * x).sum::<f32>().sqrt();
        unit.iter_mut().for_each(|x| *x /= length);
        Direction { unit, length }
    }
}

impl Direction {
    /// A question as it is.
    pub(super) fn plain(question: &[f32]) -> Self {
        Self {
            unit: question.to_vec(),
            length: 1.0,
        }
    }

    /// What the store is asked for.
    pub(super) fn unit(&self) -> &[f32] {
        &self.unit
    }
}

/// What was found, as many results for each direction, from cosines to how much nearer it is to the question than to
/// questions as such.
pub(super) fn measured(mut found: Vec<Nearest>, directions: &[Direction]) -> Vec<Nearest> {
    let each = found.len() / directions.len().max(1);
    for (at, results) in found.iter_mut().enumerate() {
        let length = directions[at / each].length;
        results.iter_mut().for_each(|(_, score)| *score *= length);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::embed::{HashedEmbedder, dot};

    #[test]
    fn what_is_near_to_every_question_counts_less() {
        let model = HashedEmbedder;
        let contrast = Contrast::of(&model).unwrap();
        let asked = "How do I change my tariff?";
        let direction = contrast.direction(&model.query(asked).unwrap(), false);
        let nearer = |text: &str| {
            let text = model.query(text).unwrap();
            let score = dot(direction.unit(), &text);
            let found = measured(vec![vec![(1, score)]], std::slice::from_ref(&direction));
            f64::from(found[0][0].1) / f64::from(dot(&model.query(asked).unwrap(), &text))
        };
        assert!(nearer("tariff") > 0.99);
        assert!(nearer("How do I do it?") < 0.97);
    }

    #[test]
    fn scores_are_products_with_the_question_less_the_share() {
        let contrast = Contrast {
            narrow: vec![1.0, 0.0],
            wide: vec![0.0, 1.0],
        };
        let directions = [
            contrast.direction(&[0.6, 0.8], false),
            contrast.direction(&[0.6, 0.8], true),
            Direction::plain(&[0.6, 0.8]),
        ];
        let text = [1.0, 0.0];
        // Two sides each.
        let found = directions.iter().flat_map(|one| {
            let score = dot(one.unit(), &text);
            [vec![(1, score)], vec![(2, score), (3, 0.0)]]
        });
        let scores: Vec<f32> = measured(found.collect(), &directions)
            .into_iter()
            .map(|found| found[0].1)
            .collect();
        for (score, wanted) in scores.iter().zip([0.45, 0.45, 0.6, 0.6, 0.6, 0.6]) {
            assert!((score - wanted).abs() < 1e-6, "{scores:?}");
        }
        assert!(measured(Vec::new(), &[]).is_empty());
    }
}
