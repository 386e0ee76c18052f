//! The answer cache, for identical questions in a short time: during an outage, everybody asks the same question. A
//! request that comes while the answer is being computed waits for it.
//!
//! The key is the question and what the caller may see. As soon as anything that is searched changes, all answers are
//! dropped; an answer given while something was degraded that may soon be well again is not cached.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use arc_swap::ArcSwapOption;
use chrono::NaiveDate;
use metrics::counter;
use moka::sync::Cache;

use super::{
    feedback::Feedback,
    types::{Audience, SearchRequest, SearchResponse},
};
use crate::{index::Generation, text::Synonyms};

/// Hits kept of all answers, some 1.5 kB each.
const HITS: u64 = 10_000;

/// How long: vectors of old texts stay in their store a little longer than the texts, and may have taken a place.
const KEPT: Duration = Duration::from_secs(60);

/// What answers come from, besides the question.
#[derive(Clone)]
pub(super) struct SearchInputs {
    pub generation: Arc<Generation>,
    pub synonyms: Arc<Synonyms>,
    pub feedback: Arc<Feedback>,
    pub today: NaiveDate,
}

/// The answers of one ground. It is not kept alive for them.
pub(super) struct Answers {
    generation: Weak<Generation>,
    synonyms: Weak<Synonyms>,
    feedback: Weak<Feedback>,
    today: NaiveDate,
    given: Cache<[u8; 32], Arc<SearchResponse>>,
}

/// The answers of the newest ground.
#[derive(Default)]
pub(super) struct Recent(ArcSwapOption<Answers>);

/// Whether both are the same; what a weak reference names is never replaced by another in its place.
fn same<T>(known: &Weak<T>, now: &Arc<T>) -> bool {
    std::ptr::eq(known.as_ptr(), Arc::as_ptr(now))
}

impl Answers {
    fn new(ground: &SearchInputs) -> Self {
        Self {
            generation: Arc::downgrade(&ground.generation),
            synonyms: Arc::downgrade(&ground.synonyms),
            feedback: Arc::downgrade(&ground.feedback),
            today: ground.today,
            given: Cache::builder()
                .max_capacity(HITS)
                .weigher(|_, answer: &Arc<SearchResponse>| {
                    u32::try_from(1 + answer.hits.len()).unwrap_or(u32::MAX)
                })
                .time_to_live(KEPT)
                .build(),
        }
    }

    fn are_of(&self, ground: &SearchInputs) -> bool {
        same(&self.generation, &ground.generation)
            && same(&self.synonyms, &ground.synonyms)
            && same(&self.feedback, &ground.feedback)
            && self.today == ground.today
    }
}

impl Recent {
    /// Those of a ground; everybody's are the same.
    fn answers(&self, ground: &SearchInputs) -> Arc<Answers> {
        let known =
            |known: &Option<Arc<Answers>>| known.clone().filter(|known| known.are_of(ground));
        known(&self.0.load()).unwrap_or_else(|| {
            let none = Arc::new(Answers::new(ground));
            let before = self
                .0
                .rcu(|now| known(now).or_else(|| Some(Arc::clone(&none))));
            known(&before).unwrap_or(none)
        })
    }

    /// The answer that was given to the same question, or a new one, which is remembered where it may be (`keeps`). Accounts
    /// that the same articles are `inapplicable` for are answered the same.
    ///
    /// # Errors
    /// As finding a new one has them; they are not remembered.
    pub(super) fn or_find<E>(
        &self,
        request: &SearchRequest,
        audience: &Audience,
        inapplicable: &[u32],
        ground: &SearchInputs,
        find: impl Fn() -> Result<SearchResponse, E>,
        keeps: impl Fn(&SearchResponse) -> bool,
    ) -> Result<SearchResponse, E> {
        let answers = self.answers(ground);
        let Ok(key) = key(request, audience, inapplicable) else {
            return find();
        };
        let mut own = None;
        let given = answers
            .given
            .optionally_get_with(key, || match own.insert(find()) {
                Ok(found) if keeps(found) => Some(Arc::new(found.clone())),
                _ => None,
            });
        match (own, given) {
            (Some(found), _) => found,
            (None, Some(given)) => {
                counter!("cuecard_search_remembered_total").increment(1);
                Ok((*given).clone())
            }
            // Who was waited for has none to keep.
            (None, None) => find(),
        }
    }
}

/// All that an answer depends on in a request; of the account that is what it makes `inapplicable`.
fn key(
    request: &SearchRequest,
    audience: &Audience,
    inapplicable: &[u32],
) -> serde_json::Result<[u8; 32]> {
    let SearchRequest {
        query,
        limit,
        offset,
        mode,
        explain,
        typing: _,
        filter,
        prefer_lang,
        account: _,
        anew: _,
    } = request;
    let audience = match audience {
        Audience::Unrestricted => None,
        Audience::Only(own) => Some(own),
    };
    let asked = (
        query,
        limit,
        offset,
        mode,
        explain,
        filter,
        prefer_lang,
        audience,
    );
    let mut text = serde_json::to_vec(&asked)?;
    text.extend(
        inapplicable
            .iter()
            .flat_map(|article| article.to_le_bytes()),
    );
    Ok(*blake3::hash(&text).as_bytes())
}

#[cfg(test)]
mod tests {
    use std::{
        cell::Cell,
        sync::{
            Barrier,
            atomic::{AtomicUsize, Ordering},
        },
    };

    use serde_json::json;

    use super::*;
    use crate::index::Writer;

    struct AnswerKey {
        recent: Recent,
        found: Cell<usize>,
    }

    impl AnswerKey {
        fn new() -> Self {
            Self {
                recent: Recent::default(),
                found: Cell::new(0),
            }
        }

        /// Asks, and tells how often something was looked for so far; the answer tells the same as its total.
        fn ask(
            &self,
            request: &SearchRequest,
            audience: &Audience,
            ground: &SearchInputs,
        ) -> usize {
            self.ask_with(request, audience, ground, &[], &[])
        }

        fn ask_with(
            &self,
            request: &SearchRequest,
            audience: &Audience,
            ground: &SearchInputs,
            inapplicable: &[u32],
            degraded: &[&str],
        ) -> usize {
            let find = || {
                self.found.set(self.found.get() + 1);
                Ok::<_, ()>(answer(request, ground, degraded, self.found.get()))
            };
            self.recent
                .or_find(request, audience, inapplicable, ground, find, is_whole)
                .unwrap()
                .total
        }
    }

    fn answer(
        request: &SearchRequest,
        ground: &SearchInputs,
        degraded: &[&str],
        total: usize,
    ) -> SearchResponse {
        SearchResponse {
            query_id: String::new(),
            query: request.query.clone(),
            took_ms: 0.0,
            mode: request.mode,
            index: ground.generation.catalog.info.clone(),
            degraded: degraded.iter().map(ToString::to_string).collect(),
            total,
            answer: None,
            hits: Vec::new(),
        }
    }

    fn ground() -> SearchInputs {
        let writer = Writer::in_memory(None, None).unwrap();
        SearchInputs {
            generation: writer.index().generation(),
            synonyms: Arc::default(),
            feedback: Arc::default(),
            today: "2026-11-29".parse().unwrap(),
        }
    }

    fn is_whole(answer: &SearchResponse) -> bool {
        answer.degraded.is_empty()
    }

    const ALL: Audience = Audience::Unrestricted;

    #[test]
    fn the_same_question_is_looked_for_once_also_while_it_is_typed() {
        let (asked, ground) = (AnswerKey::new(), ground());
        let request = SearchRequest::new("refund");
        let typing = SearchRequest {
            typing: true,
            ..request.clone()
        };
        assert_eq!(asked.ask(&typing, &ALL, &ground), 1);
        assert_eq!(asked.ask(&request, &ALL, &ground), 1);
        assert_eq!(asked.ask(&request, &ALL, &ground), 1);
    }

    #[test]
    fn accounts_are_told_apart_by_the_articles_that_are_not_for_them() {
        let (asked, ground) = (AnswerKey::new(), ground());
        let of = |name: &str| SearchRequest {
            account: json!({ "name": name }).as_object().cloned(),
            ..SearchRequest::new("refund")
        };
        let ask = |name: &str, inapplicable: &[u32]| {
            asked.ask_with(&of(name), &ALL, &ground, inapplicable, &[])
        };
        assert_eq!(ask("Eva", &[3]), 1);
        assert_eq!(ask("Ana", &[3]), 1);
        assert_eq!(ask("Eva", &[]), 2);
        assert_eq!(ask("Eva", &[3, 4]), 3);
    }

    /// Four who ask one question at once: how often something was looked for, and what each was told.
    fn together(degraded: &[&str], fails: bool) -> (usize, Vec<Result<usize, ()>>) {
        let (recent, ground) = (Recent::default(), ground());
        let (found, all) = (AtomicUsize::new(0), Barrier::new(4));
        let request = SearchRequest::new("refund");
        let ask = || {
            all.wait();
            let find = || {
                std::thread::sleep(Duration::from_millis(200));
                let total = found.fetch_add(1, Ordering::SeqCst);
                match fails {
                    true => Err(()),
                    false => Ok(answer(&request, &ground, degraded, total)),
                }
            };
            let answer = recent.or_find(&request, &ALL, &[], &ground, find, is_whole);
            answer.map(|answer| answer.degraded.len())
        };
        let told = std::thread::scope(|scope| {
            let asking: Vec<_> = (0..4).map(|_| scope.spawn(ask)).collect();
            asking.into_iter().map(|one| one.join().unwrap()).collect()
        });
        (found.into_inner(), told)
    }

    #[test]
    fn who_asks_the_same_meanwhile_waits_for_the_one_answer() {
        assert_eq!(together(&[], false), (1, vec![Ok(0); 4]));
    }

    #[test]
    fn an_error_and_a_degraded_answer_are_each_ones_own() {
        assert_eq!(together(&[], true), (4, vec![Err(()); 4]));
        assert_eq!(together(&["away"], false), (4, vec![Ok(1); 4]));
    }

    #[test]
    fn whatever_else_is_asked_or_may_be_shown_is_looked_for() {
        let (asked, ground) = (AnswerKey::new(), ground());
        let request = SearchRequest::new("refund");
        let others = [
            SearchRequest::new("refunds"),
            SearchRequest {
                limit: 9,
                ..request.clone()
            },
            SearchRequest {
                offset: 1,
                ..request.clone()
            },
            SearchRequest {
                explain: true,
                ..request.clone()
            },
            SearchRequest {
                prefer_lang: Some("zh".to_owned()),
                ..request.clone()
            },
            request.clone(),
        ];
        for (before, other) in others.iter().enumerate() {
            assert_eq!(asked.ask(other, &ALL, &ground), before + 1, "{other:?}");
        }
        let agents = Audience::Only(vec!["agent".to_owned()]);
        assert_eq!(asked.ask(&request, &agents, &ground), others.len() + 1);
        let nobody = Audience::Only(Vec::new());
        assert_eq!(asked.ask(&request, &nobody, &ground), others.len() + 2);
    }

    #[test]
    fn another_ground_forgets_and_a_degraded_answer_is_not_kept() {
        let (asked, first) = (AnswerKey::new(), ground());
        let request = SearchRequest::new("refund");
        let degraded = asked.ask_with(&request, &ALL, &first, &[], &["vectors_unavailable"]);
        assert_eq!(degraded, 1);
        assert_eq!(asked.ask(&request, &ALL, &first), 2);
        let others = [
            SearchInputs {
                generation: ground().generation,
                ..first.clone()
            },
            SearchInputs {
                synonyms: Arc::default(),
                ..first.clone()
            },
            SearchInputs {
                feedback: Arc::default(),
                ..first.clone()
            },
            SearchInputs {
                today: "2026-11-30".parse().unwrap(),
                ..first.clone()
            },
            first,
        ];
        for (before, other) in others.iter().enumerate() {
            assert_eq!(asked.ask(&request, &ALL, other), before + 3);
            assert_eq!(asked.ask(&request, &ALL, other), before + 3);
        }
    }
}
