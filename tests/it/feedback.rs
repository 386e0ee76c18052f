//! What people do with answers moves later answers: it helps, and nobody can push or bury an article.
//!
//! Six days of a simulated contact centre on the project's own questions. People look at a hit the less the lower it
//! stands, and open it the more the better it fits; the ranking that they see is the one they have taught so far. Vectors
//! are of words, so that there is something to learn.

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    sync::Arc,
};

use chrono::{NaiveDate, TimeDelta, Utc};
use cuecard::{
    eval::{
        dataset::{Dataset, Question},
        metrics::rank_scores,
    },
    index::{Manifest, Writer, embed::HashedEmbedder},
    insights::{HitEngagement, Insights, Settings},
    live::Rating,
    search::{
        Core,
        feedback::BOUND,
        types::{Audience, SearchRequest, SearchResponse},
    },
    source::load_once,
};

use crate::random::Random;

/// Days that are simulated.
const DAYS: i64 = 6;

/// Questions that each person asks in a day.
const ASKED: usize = 60;

/// How people treat hits.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Habit {
    /// Looks at a hit with the chance of 1 / its place, and opens what fits, now and then what does not.
    Careful,
    /// Opens the first, whatever it is.
    Lazy,
    /// Rates what fits not helpful, and the last hit helpful.
    Malicious,
}

use Habit::{Careful, Lazy, Malicious};

struct Centre {
    core: Core,
    questions: Vec<Question>,
    today: NaiveDate,
}

impl Centre {
    fn open() -> Self {
        let set = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/relevance");
        let mut writer = Writer::in_memory(Some(Arc::new(HashedEmbedder)), None).unwrap();
        let manifest = Manifest::in_memory().unwrap();
        load_once(&set.join("articles"), &mut writer, &manifest).unwrap();
        let questions = Dataset::read(&set, None).unwrap().questions.unwrap();
        Self {
            core: Core::new(Arc::clone(writer.index())),
            questions: questions
                .into_iter()
                .filter(|question| !question.grades.is_empty())
                .collect(),
            today: "2026-11-22".parse().unwrap(),
        }
    }

    fn ask(&self, question: &Question) -> SearchResponse {
        let request = SearchRequest {
            explain: true,
            ..SearchRequest::new(&question.text)
        };
        self.core
            .search(&request, &Audience::Unrestricted, self.today)
            .unwrap()
    }

    fn answers(&self) -> Vec<SearchResponse> {
        self.questions
            .iter()
            .map(|question| self.ask(question))
            .collect()
    }

    /// nDCG@10 over all questions.
    fn quality(&self) -> f64 {
        let of = |(question, answer): (&Question, &SearchResponse)| {
            let ids: Vec<&str> = answer
                .hits
                .iter()
                .map(|hit| hit.article_id.as_str())
                .collect();
            rank_scores(&ids, &question.grades).ndcg10
        };
        let answers = self.answers();
        self.questions.iter().zip(&answers).map(of).sum::<f64>() / answers.len() as f64
    }

    /// Lets these people work for some days, and the ranking learn from each.
    fn work(&self, people: &[Habit]) {
        let folder = tempfile::tempdir().unwrap();
        let insights = Insights::open(folder.path(), Settings::default(), Some(self.embed()));
        let mut dice = Random(11);
        let end = Utc::now();
        for day in 0..DAYS {
            let at = end - TimeDelta::days(DAYS - day);
            let answers = self.answers();
            for (person, habit) in people.iter().enumerate() {
                let asked = if *habit == Malicious {
                    self.questions.len()
                } else {
                    ASKED
                };
                for n in 0..asked {
                    let which = match habit {
                        Malicious => n,
                        _ => (dice.chance() * self.questions.len() as f64) as usize,
                    };
                    let query_id = format!("{day}-{person}-{n}");
                    let answer = SearchResponse {
                        query_id: query_id.clone(),
                        ..answers[which].clone()
                    };
                    let question = &self.questions[which];
                    insights.searched(&SearchRequest::new(&question.text), &answer, at);
                    let name = format!("person {person}");
                    for done in acts(*habit, question, &answer, &mut dice) {
                        insights.engaged(
                            HitEngagement {
                                by: name.clone(),
                                query_id: query_id.clone(),
                                ..done
                            },
                            at,
                        );
                    }
                }
                // The queue takes some twenty thousand events.
                insights.flush().unwrap();
            }
            self.core.heed(insights.feedback(at).unwrap());
        }
    }

    fn embed(&self) -> cuecard::insights::Embed {
        let model = Core::new(Arc::clone(self.core.index()));
        Arc::new(move |text| model.vector(text))
    }
}

fn did(article_id: &str, kind: &'static str, rating: Option<Rating>) -> HitEngagement {
    HitEngagement {
        query_id: String::new(),
        article_id: article_id.into(),
        kind,
        rating,
        reason: None,
        comment: None,
        by: String::new(),
    }
}

fn acts(
    habit: Habit,
    question: &Question,
    answer: &SearchResponse,
    dice: &mut Random,
) -> Vec<HitEngagement> {
    let fits = |id: &str| question.grades.get(id).is_some_and(|grade| *grade > 0.0);
    let opened = |id: &str| did(id, "opened", None);
    let ids = answer.hits.iter().map(|hit| hit.article_id.as_str());
    match habit {
        Careful => ids
            .enumerate()
            .filter(|(at, id)| {
                let opens = if fits(id) { 0.8 } else { 0.15 };
                dice.chance() * (*at as f64 + 1.0) < opens
            })
            .map(|(_, id)| opened(id))
            .collect(),
        Lazy => ids.take(1).map(opened).collect(),
        Malicious => {
            let last = ids
                .clone()
                .next_back()
                .map(|id| did(id, "rated", Some(Rating::Helpful)));
            let right = ids
                .filter(|id| fits(id))
                .map(|id| did(id, "rated", Some(Rating::NotHelpful)));
            last.into_iter().chain(right).collect()
        }
    }
}

#[test]
fn it_helps_and_a_lazy_or_malicious_few_cannot_undo_that() {
    let centre = Centre::open();
    let before = centre.quality();
    let mut qualities = BTreeMap::new();
    for (name, people) in [
        ("careful", vec![Careful; 10]),
        ("one", vec![Careful]),
        ("lazy", vec![Lazy; 10]),
        (
            "mixed",
            [vec![Careful; 10], vec![Lazy; 10], vec![Malicious]].concat(),
        ),
    ] {
        centre.work(&people);
        qualities.insert(name, centre.quality());
        centre.core.heed(Default::default());
        assert_eq!(
            centre.quality(),
            before,
            "without feedback everything is as it was"
        );
    }
    eprintln!("nDCG@10 {before:.4} before; after {qualities:.4?}");
    assert!(
        qualities["careful"] > before + 0.02,
        "{before} {qualities:?}"
    );
    assert!(qualities["one"] > before, "{before} {qualities:?}");
    assert!(qualities["lazy"] > before - 0.003, "{before} {qualities:?}");
    assert!(qualities["mixed"] > before + 0.01, "{before} {qualities:?}");
}

#[test]
fn whoever_works_against_an_article_alone_moves_it_past_close_hits_only() {
    let centre = Centre::open();
    let (before, quality) = (centre.answers(), centre.quality());
    centre.work(&[Malicious]);
    let fell = quality - centre.quality();
    eprintln!("one malicious person takes {fell:.4} of nDCG@10");
    assert!(fell < 0.03, "{fell}");
    let mut moved = 0;
    for (old, new) in before.iter().zip(&centre.answers()) {
        let scores: HashMap<&str, f64> = old
            .hits
            .iter()
            .map(|hit| (hit.article_id.as_str(), hit.score))
            .collect();
        for hit in &new.hits {
            let boosts = hit.explain.as_ref().unwrap().boosts.iter();
            for boost in boosts.filter(|boost| boost.name == "feedback") {
                moved += 1;
                assert!(boost.by.abs() <= BOUND * 0.34, "{boost:?}");
            }
        }
        // Whoever stands above another now stood above before, or close below.
        for pair in new.hits.windows(2) {
            let (Some(upper), Some(lower)) = (
                scores.get(pair[0].article_id.as_str()),
                scores.get(pair[1].article_id.as_str()),
            ) else {
                continue;
            };
            assert!(
                lower - upper < BOUND * 0.68,
                "{} {upper} {lower}",
                old.query
            );
        }
    }
    assert!(moved > 50, "the test says nothing: {moved}");
}
