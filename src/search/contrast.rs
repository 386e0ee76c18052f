//! The query vector less what all questions have in common.
//!
//! In a multilingual embedding some texts are close to every question, and those of its own language closer than they
//! should be. So an article is judged by how much closer it is to this question than to questions in general: cos(q, d) −
//! λ · mean cos(g, d) over general questions g. Because the product is linear, that is one search with q − λ · mean(g). A
//! correction for hubs, as CSLS is (Lample et al. 2018), with questions in place of neighbours. Pure.

use std::sync::Arc;

use crate::index::{
    embed::{Vector, to_unit},
    vector::Nearest,
};

/// λ: of ten public sets more of it helps some further and hurts others.
const SHARE: f32 = 0.12;

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

/// The mean vector of questions of all sorts; None where one cannot be embedded.
pub fn common(embed: impl Fn(&str) -> Option<Arc<Vector>>) -> Option<Vector> {
    let mut sum = Vector::new();
    for text in ALL_SORTS {
        let vector = embed(text)?;
        sum.resize(vector.len(), 0.0);
        sum.iter_mut().zip(&*vector).for_each(|(sum, x)| *sum += x);
    }
    sum.iter_mut().for_each(|x| *x /= ALL_SORTS.len() as f32);
    Some(sum)
}

/// Where to look for what a question alone asks.
#[derive(Debug)]
pub(super) struct Direction {
    /// Unit length.
    pub(super) unit: Vector,
    /// Length before it was brought to one.
    length: f32,
}

impl Direction {
    /// From the vectors of a question and of what all questions share.
    pub(super) fn of(question: &[f32], common: &[f32]) -> Self {
        let pairs = question.iter().zip(common);
        let mut unit: Vector = pairs.map(|(q, common)| q - SHARE * common).collect();
        let length = to_unit(&mut unit);
        Self { unit, length }
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
    use crate::index::embed::dot;

    #[test]
    fn what_is_near_to_every_question_counts_less() {
        let asked = [0.6, 0.8];
        let direction = Direction::of(&asked, &[1.0, 0.0]);
        let near = |text: &[f32]| dot(&direction.unit, text) * direction.length / dot(&asked, text);
        assert!(near(&[1.0, 0.0]) < 0.81 && near(&[0.0, 1.0]) > 0.99);
    }

    #[test]
    fn scores_are_products_with_the_question_less_the_share_whatever_the_parts_and_sides() {
        let directions = [[0.6, 0.8], [1.0, 0.0]].map(|asked| Direction::of(&asked, &[1.0, 0.0]));
        let text = [1.0, 0.0];
        // Two sides each.
        let found = directions.iter().flat_map(|one| {
            let score = dot(&one.unit, &text);
            [vec![(1, score)], vec![(2, score), (3, 0.0)]]
        });
        let measured = measured(found.collect(), &directions);
        let scores: Vec<f32> = measured.iter().map(|found| found[0].1).collect();
        for (score, wanted) in scores.iter().zip([0.48, 0.48, 0.88, 0.88]) {
            assert!((score - wanted).abs() < 1e-6, "{scores:?}");
        }
        assert_eq!(measured[1].len(), 2);
    }

    #[test]
    fn the_mean_needs_all_of_its_questions() {
        let of = |text: &str| Some(Arc::new(vec![text.len() as f32, 1.0]));
        let mean = common(of).unwrap();
        assert!(mean[0] > 10.0 && (mean[1] - 1.0).abs() < 1e-6);
        assert!(common(|text| of(text).filter(|_| text != ALL_SORTS[35])).is_none());
    }
}
