//! Clustering of questions by meaning. Pure.
//!
//! Agglomerative clustering with average linkage, by the nearest-neighbour chain (Murtagh 1983; Müllner 2011): O(n²) in
//! time and space, the same clusters as merging the closest pair repeatedly.

use crate::index::embed::dot;

/// Distance added between two Chinese questions: their vectors are closer to each other whatever they
/// say. Measured on paraphrases of a payment service's questions.
const WIDE_DISTANCE: f32 = 1.3;

/// Maximum number of questions clustered by all pairs: 3,000 need 36 MB and a second. The rest joins the nearest cluster.
pub(super) const MAX_PAIRED: usize = 3_000;

/// A question to cluster.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point<'a> {
    /// Of unit length.
    pub(super) vector: &'a [f32],
    /// Whether it is written in Chinese, Japanese or Korean characters.
    pub(super) is_cjk: bool,
}

/// Similarity of two questions, at most 1.
fn likeness(cosine: f32, are_wide: bool) -> f32 {
    if are_wide {
        1.0 - (1.0 - cosine) * WIDE_DISTANCE
    } else {
        cosine
    }
}

/// Clusters questions so that the mean similarity between any two clusters is below `threshold`. Returns the cluster of each.
/// If there are more than [`MAX_PAIRED`], the heaviest must come first.
pub(super) fn cluster(points: &[Point], threshold: f32) -> Vec<usize> {
    let paired = points.len().min(MAX_PAIRED);
    let mut groups = linked(&points[..paired], threshold);
    let means = means(&points[..paired], &groups);
    let mut next = means.len();
    for point in &points[paired..] {
        let nearest = means
            .iter()
            .enumerate()
            .map(|(at, mean)| (at, likeness(dot(point.vector, mean), point.is_cjk)))
            .max_by(|a, b| a.1.total_cmp(&b.1));
        match nearest {
            Some((group, cosine)) if cosine >= threshold => groups.push(group),
            _ => {
                groups.push(next);
                next += 1;
            }
        }
    }
    groups
}

/// Weight of the common mean, in questions: the mean of a few questions on one topic must not remove their own
/// meaning.
const COMMON_WEIGHT: f32 = 50.0;

/// Subtracts the mean and normalises, x' = (x − m) / |x − m|, as in Mu and Viswanath (2018, "All-but-the-Top")
/// without its principal components: a model's cosines lie in a narrow band, and what all questions share says
/// nothing about which belong together. m = (50 · `common` + Σ x) / (50 + n) for the n `vectors`; `common` is the mean of
/// questions of all kinds, empty (0) if vectors share no direction.
pub(super) fn centred(vectors: &[&[f32]], common: &[f32]) -> Vec<Vec<f32>> {
    let Some(first) = vectors.first() else {
        return Vec::new();
    };
    let all = COMMON_WEIGHT + vectors.len() as f32;
    let mut mean = vec![0.0_f32; first.len()];
    for (sum, x) in mean.iter_mut().zip(common) {
        *sum = x * COMMON_WEIGHT / all;
    }
    for vector in vectors {
        for (sum, x) in mean.iter_mut().zip(*vector) {
            *sum += x / all;
        }
    }
    vectors
        .iter()
        .map(|vector| {
            let rest: Vec<f32> = vector.iter().zip(&mean).map(|(x, m)| x - m).collect();
            let length = dot(&rest, &rest).sqrt().max(f32::EPSILON);
            rest.into_iter().map(|x| x / length).collect()
        })
        .collect()
}

/// Mean cosines between clusters, updated as they merge.
struct Linkage {
    cosines: Vec<f32>,
    sizes: Vec<f32>,
    alive: Vec<bool>,
    count: usize,
}

impl Linkage {
    fn new(points: &[Point]) -> Self {
        let count = points.len();
        let mut cosines = vec![0.0; count * count];
        for (a, one) in points.iter().enumerate() {
            for (b, other) in points[..a].iter().enumerate() {
                let are_wide = one.is_cjk && other.is_cjk;
                let cosine = likeness(dot(one.vector, other.vector), are_wide);
                cosines[a * count + b] = cosine;
                cosines[b * count + a] = cosine;
            }
        }
        Self {
            cosines,
            sizes: vec![1.0; count],
            alive: vec![true; count],
            count,
        }
    }

    /// The cluster nearest to one; `preferred` wins ties, so that chains end.
    fn nearest(&self, group: usize, preferred: Option<usize>) -> Option<(usize, f32)> {
        let row = &self.cosines[group * self.count..][..self.count];
        let mut best = preferred.map(|other| (other, row[other]));
        for (other, cosine) in row.iter().enumerate() {
            let is_other = self.alive[other] && other != group;
            if is_other && best.is_none_or(|(_, known)| *cosine > known) {
                best = Some((other, *cosine));
            }
        }
        best
    }

    /// Merges the second cluster into the first.
    fn merge(&mut self, into: usize, from: usize) {
        let (a, b) = (self.sizes[into], self.sizes[from]);
        for other in (0..self.count).filter(|other| self.alive[*other]) {
            let mean = (a * self.cosines[into * self.count + other]
                + b * self.cosines[from * self.count + other])
                / (a + b);
            self.cosines[into * self.count + other] = mean;
            self.cosines[other * self.count + into] = mean;
        }
        self.sizes[into] += b;
        self.alive[from] = false;
    }
}

fn linked(points: &[Point], threshold: f32) -> Vec<usize> {
    let mut linkage = Linkage::new(points);
    let mut parent: Vec<usize> = (0..points.len()).collect();
    let mut chain: Vec<usize> = Vec::new();
    // Clusters without a close neighbour are final: average linkage only increases distances.
    while let Some(start) = chain
        .last()
        .copied()
        .or_else(|| linkage.alive.iter().position(|alive| *alive))
    {
        if chain.is_empty() {
            chain.push(start);
        }
        let before = chain.len().checked_sub(2).map(|at| chain[at]);
        match linkage.nearest(start, before) {
            Some((other, cosine)) if cosine >= threshold => {
                if Some(other) == before {
                    chain.truncate(chain.len() - 2);
                    linkage.merge(other, start);
                    parent[start] = other;
                } else {
                    chain.push(other);
                }
            }
            _ => {
                linkage.alive[start] = false;
                chain.pop();
            }
        }
    }
    numbered(&parent)
}

/// Numbers clusters from 0 in the order of their first members.
fn numbered(parent: &[usize]) -> Vec<usize> {
    let root = |mut at: usize| {
        while parent[at] != at {
            at = parent[at];
        }
        at
    };
    let mut numbers = std::collections::HashMap::new();
    (0..parent.len())
        .map(|at| {
            let next = numbers.len();
            *numbers.entry(root(at)).or_insert(next)
        })
        .collect()
}

fn means(points: &[Point], groups: &[usize]) -> Vec<Vec<f32>> {
    let count = groups.iter().max().map_or(0, |last| last + 1);
    let mut means = vec![vec![0.0_f32; points.first().map_or(0, |one| one.vector.len())]; count];
    for (point, group) in points.iter().zip(groups) {
        for (sum, x) in means[*group].iter_mut().zip(point.vector) {
            *sum += x;
        }
    }
    for mean in &mut means {
        let length = dot(mean, mean).sqrt().max(f32::EPSILON);
        mean.iter_mut().for_each(|x| *x /= length);
    }
    means
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn unit(angle: f32) -> Vec<f32> {
        vec![angle.cos(), angle.sin()]
    }

    fn point(vector: &[f32], is_cjk: bool) -> Point<'_> {
        Point { vector, is_cjk }
    }

    fn groups(angles: &[f32], threshold: f32) -> Vec<usize> {
        let vectors: Vec<Vec<f32>> = angles.iter().map(|angle| unit(*angle)).collect();
        let points: Vec<Point> = vectors.iter().map(|vector| point(vector, false)).collect();
        cluster(&points, threshold)
    }

    /// Reference implementation: merges the closest pair until none is close enough.
    fn plain(angles: &[f32], threshold: f32) -> Vec<usize> {
        let vectors: Vec<Vec<f32>> = angles.iter().map(|angle| unit(*angle)).collect();
        let mut groups: Vec<Vec<usize>> = (0..angles.len()).map(|at| vec![at]).collect();
        let mean = |a: &[usize], b: &[usize]| {
            let sum: f32 = a
                .iter()
                .flat_map(|x| b.iter().map(|y| dot(&vectors[*x], &vectors[*y])))
                .sum();
            sum / (a.len() * b.len()) as f32
        };
        loop {
            let mut best = (threshold, None);
            for (a, one) in groups.iter().enumerate() {
                for (b, other) in groups[..a].iter().enumerate() {
                    let cosine = mean(one, other);
                    if cosine >= best.0 {
                        best = (cosine, Some((b, a)));
                    }
                }
            }
            let Some((b, a)) = best.1 else { break };
            let merged = groups.remove(a);
            groups[b].extend(merged);
        }
        let mut of = vec![0; angles.len()];
        for (at, group) in groups.iter().enumerate() {
            group.iter().for_each(|member| of[*member] = at);
        }
        of
    }

    #[test]
    fn what_is_close_is_together() {
        assert_eq!(groups(&[0.0, 1.5, 0.1, 1.6, 3.0], 0.9), [0, 1, 0, 1, 2]);
        assert_eq!(groups(&[], 0.9), Vec::<usize>::new());
        assert_eq!(groups(&[0.0, 0.0], 1.1), [0, 1]);
    }

    #[test]
    fn chinese_questions_must_be_closer() {
        let (one, other) = (unit(0.0), unit(0.5));
        let together = |a, b| cluster(&[point(&one, a), point(&other, b)], 0.86) == [0, 0];
        assert!(together(false, false) && together(true, false) && !together(true, true));
    }

    proptest! {
        #[test]
        fn the_chain_finds_what_the_plain_way_finds(angles in prop::collection::vec(0.0_f32..6.2, 0..14), threshold in 0.3_f32..0.99) {
            let (fast, slow) = (groups(&angles, threshold), plain(&angles, threshold));
            let pairs = |groups: &[usize]| -> Vec<bool> {
                groups.iter().flat_map(|a| groups.iter().map(move |b| a == b)).collect()
            };
            prop_assert_eq!(pairs(&fast), pairs(&slow), "{:?} {:?}", fast, slow);
        }
    }
}
