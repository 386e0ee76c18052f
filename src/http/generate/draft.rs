//! Drafts a text: finds passages for the caller, generates from them, and returns the text whole or sentence by sentence.
//!
//! Owns when nothing is generated (search abstains), and the extractive fallback when the endpoint fails. Retrieval runs
//! on the pool of questions, generation on a pool of its own, so questions never wait behind it.

use std::{sync::Arc, task::Poll};

use axum::response::{
    IntoResponse as _, Response,
    sse::{Event, KeepAlive},
};
use serde::Serialize;
use tokio::sync::mpsc;
use utoipa::ToSchema;

use super::super::{
    identity::Principal,
    problem::Problem,
    reply::{Fresh, Json, event_stream},
    state::AppState,
};
use crate::{
    audit::{Shown, What},
    generate::{Generator, Passage, Sentence, Task},
    search::{
        browse,
        types::{Level, SearchRequest},
    },
    text::{detect, is_tag, redact, row},
};

/// In `degraded` while the endpoint fails: the text is extractive.
const UNAVAILABLE: &str = "generation_unavailable";

/// In `degraded` when it failed, or time or its room ran out, before the end.
const CUT: &str = "generation_cut_short";

/// Turns of a call that are summed up: the newest.
const TURNS: usize = 80;

/// What is to be written.
pub(super) enum DraftRequest {
    /// From what a search finds.
    Search {
        search: Box<SearchRequest>,
        task: Task,
        lang: Option<String>,
        /// Where the request has the text that is searched for.
        pointer: &'static str,
    },
    /// From what was said in a call.
    Call {
        call_id: String,
        lang: Option<String>,
    },
}

impl DraftRequest {
    pub(super) fn of_search(
        search: SearchRequest,
        task: Task,
        lang: Option<String>,
        pointer: &'static str,
    ) -> Self {
        Self::Search {
            search: Box::new(search),
            task,
            lang,
            pointer,
        }
    }
}

/// Generated text and its sources.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub(in super::super) struct GeneratedText {
    /// Id of the search, for feedback; null for a call.
    query_id: Option<String>,
    /// The full text; null if there is none.
    text: Option<String>,
    /// The sentences, with the numbers of their sources.
    sentences: Vec<Sentence>,
    /// The sources available to the text.
    sources: Vec<Source>,
    /// Whether a language model wrote the text; must be disclosed wherever it is shown.
    ai_made: bool,
    /// Name of the model that wrote it.
    model: Option<String>,
    /// Whether the text is quoted from the sources, because the model was unavailable or none of its output was supported.
    extractive: bool,
    /// Why there is no text.
    refused: Option<Refusal>,
    /// Number of sentences discarded because no passage supports them.
    dropped: usize,
}

/// Why there is no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Refusal {
    /// Search found nothing that is good enough to say.
    NoAnswer,
    /// Nothing was said yet.
    NothingSaid,
}

/// A source of the text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
struct Source {
    /// Citation number.
    number: usize,
    /// Article id.
    #[serde(skip_serializing_if = "Option::is_none")]
    article_id: Option<String>,
    /// Title of the article, or the speaker.
    title: String,
    /// Path of the article's file.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    /// First and last line.
    #[serde(skip_serializing_if = "Option::is_none")]
    lines: Option<[u32; 2]>,
    /// Link to it on the web page.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// Revision of the article.
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<String>,
    /// Utterance id of the conversation turn.
    #[serde(skip_serializing_if = "Option::is_none")]
    utterance_id: Option<String>,
}

/// All that a text is written from.
struct DraftInputs {
    task: Task,
    lang: String,
    passages: Vec<Passage>,
    /// The same in their own words, should the endpoint fail.
    extract: Vec<Sentence>,
    /// What is told of it in any case.
    drafted: Fresh<GeneratedText>,
}

/// Finds, writes and tells.
pub(super) async fn respond(
    face: AppState,
    who: Principal,
    ask: DraftRequest,
    is_streamed: bool,
) -> Result<Response, Problem> {
    let generator = face.service().generator().ok_or_else(|| {
        Problem::not_found(
            "generative help is off: name an endpoint with `generate.url` and `generate.model` in the configuration",
        )
    })?;
    let (DraftRequest::Search { lang, .. } | DraftRequest::Call { lang, .. }) = &ask;
    // It stands among the rules that the model is told.
    if !lang.as_deref().is_none_or(is_tag) {
        let detail = "a language is a bcp 47 tag, such as en or zh-Hans";
        return Err(Problem::flaw("/lang", detail));
    }
    let (core, passages) = (face.clone(), generator.passages());
    let drafts = face.drafts(&who);
    let ground = face
        .pool(&who)
        .run(move || ground(&core, &who, ask, passages));
    let ground = ground.await??;
    if !is_streamed {
        let work = move || Json::of(&write(&generator, ground, &mut |_| true));
        return Ok(drafts.run(work).await??.into_response());
    }
    let (tell, mut told) = mpsc::channel::<Event>(16);
    let last = tell.clone();
    let work = move || {
        let done = write(&generator, ground, &mut |sentence| {
            let Some(sentence) = sentence else {
                return !tell.is_closed();
            };
            let event = Event::default().event("sentence").json_data(sentence);
            event.is_ok_and(|event| tell.blocking_send(event).is_ok())
        });
        let done = Event::default().event("done").json_data(&done);
        done.map_err(|_| Problem::unwritten())
    };
    let mut written = Box::pin(async move { drafts.run(work).await.flatten() });
    // Whether there is a place is known at once: who gets none is refused before the answer begins.
    if let Poll::Ready(Err(refused)) = futures::poll!(&mut written) {
        return Err(refused);
    }
    tokio::spawn(async move {
        let done = tokio::select! {
            done = written => done,
            // Its place in the queue is somebody else's.
            () = last.closed() => return,
        };
        let problem = |problem: Problem| Event::default().event("error").data(problem.to_json());
        let _ = last.send(done.unwrap_or_else(problem)).await;
    });
    let events = async_stream::stream! {
        while let Some(event) = told.recv().await {
            yield event;
        }
    };
    Ok(event_stream(events, KeepAlive::default()))
}

/// Writes from a ground. Blocking, as long as the endpoint takes.
fn write(
    generator: &Arc<Generator>,
    ground: DraftInputs,
    tell: &mut dyn FnMut(Option<&Sentence>) -> bool,
) -> Fresh<GeneratedText> {
    let mut fresh = ground.drafted;
    let drafted = &mut fresh.body;
    let mut degraded = None;
    if drafted.refused.is_none() {
        match generator.write(&ground.task, &ground.passages, &ground.lang, tell) {
            Ok(written) => {
                drafted.dropped = written.dropped;
                drafted.sentences = written.sentences;
                degraded = written.is_cut.then_some(CUT);
            }
            Err(_) => degraded = Some(UNAVAILABLE),
        }
        drafted.ai_made = !drafted.sentences.is_empty();
        drafted.model = drafted.ai_made.then(|| generator.model().to_owned());
        if !drafted.ai_made {
            drafted.extractive = true;
            drafted.sentences = ground.extract;
            drafted
                .sentences
                .iter()
                .all(|sentence| tell(Some(sentence)));
        }
        drafted.text = (!drafted.sentences.is_empty())
            .then(|| row(drafted.sentences.iter().map(|one| one.text.as_str())));
    }
    fresh.degraded.extend(degraded.map(str::to_owned));
    fresh
}

fn ground(
    face: &AppState,
    who: &Principal,
    ask: DraftRequest,
    passages: usize,
) -> Result<DraftInputs, Problem> {
    match ask {
        DraftRequest::Search {
            search,
            task,
            lang,
            pointer,
        } => {
            let search = SearchRequest {
                limit: passages,
                ..*search
            };
            found(face, who, search, task, lang, pointer)
        }
        DraftRequest::Call { call_id, lang } => said(face, who, &call_id, lang),
    }
}

/// What a search found: the passages that may be right, and its own answer.
fn found(
    face: &AppState,
    who: &Principal,
    search: SearchRequest,
    task: Task,
    lang: Option<String>,
    pointer: &'static str,
) -> Result<DraftInputs, Problem> {
    let mut flaws = search.flaws();
    for flaw in flaws.iter_mut().filter(|flaw| flaw.pointer == "/query") {
        flaw.pointer = pointer.to_owned();
    }
    if !flaws.is_empty() {
        return Err(Problem::flawed(flaws));
    }
    let lang = lang.unwrap_or_else(|| detect(&search.query).to_owned());
    let response = face.service().search(search, &who.grant().audience)?;
    let catalog = face.service().catalog();
    let query_id = response.query_id;
    let mut ground = DraftInputs {
        task,
        lang,
        passages: Vec::new(),
        extract: Vec::new(),
        drafted: Fresh {
            body: GeneratedText {
                query_id: Some(query_id.clone()),
                ..GeneratedText::default()
            },
            index: response.index,
            degraded: response.degraded,
        },
    };
    // Nothing is written from an article that speaks to machines, or hides something.
    let honest = |id: &str| catalog.get(id).is_none_or(|article| article.is_honest());
    let Some(answer) = response.answer.filter(|answer| honest(&answer.article_id)) else {
        ground.drafted.body.refused = Some(Refusal::NoAnswer);
        return Ok(ground);
    };
    let mut shown = Vec::new();
    for hit in response
        .hits
        .into_iter()
        .filter(|hit| hit.level != Level::Low && honest(&hit.article_id))
    {
        // An article that changed since has its snippet still.
        let text = browse::passage(&catalog, &hit)
            .map_or_else(|| hit.snippet.clone(), |passage| passage.text.clone());
        ground.passages.push(Passage {
            name: hit.heading.join(" › "),
            text,
        });
        shown.push(Shown {
            article_id: hit.article_id.clone(),
            revision: hit.revision.clone(),
            lines: Some(hit.lines),
        });
        ground.drafted.body.sources.push(Source {
            number: ground.passages.len(),
            article_id: Some(hit.article_id),
            title: hit.title,
            path: Some(hit.path),
            lines: Some(hit.lines),
            url: Some(hit.url),
            revision: Some(hit.revision),
            ..Source::default()
        });
    }
    who.shown(face, What::Answer { query_id }, shown);
    // The answer is the best hit's.
    ground.extract = vec![Sentence {
        text: answer.text,
        cites: vec![1],
    }];
    Ok(ground)
}

/// What was said in a call.
fn said(
    face: &AppState,
    who: &Principal,
    call_id: &str,
    lang: Option<String>,
) -> Result<DraftInputs, Problem> {
    let call = face.service().registry().get(&who.caller(), call_id)?;
    let mut ground = DraftInputs {
        task: Task::Summary,
        lang: lang.or(call.lang).unwrap_or_else(|| "en".to_owned()),
        passages: Vec::new(),
        extract: Vec::new(),
        drafted: Fresh::of(face, &face.service().catalog(), GeneratedText::default()),
    };
    let finals: Vec<_> = call
        .turns
        .into_iter()
        .filter(|turn| turn.is_final)
        .collect();
    let from = finals.len().saturating_sub(TURNS);
    for turn in &finals[from..] {
        let speaker = turn.role.name().to_owned();
        ground.passages.push(Passage {
            name: speaker.clone(),
            text: turn.text.clone(),
        });
        ground.drafted.body.sources.push(Source {
            number: ground.passages.len(),
            title: speaker,
            utterance_id: Some(turn.utterance_id.clone()),
            ..Source::default()
        });
    }
    if ground.passages.is_empty() {
        ground.drafted.body.refused = Some(Refusal::NothingSaid);
    }
    ground.extract = call
        .wanted
        .iter()
        .chain(&call.follow_ups)
        .map(|words| Sentence {
            text: redact(words).into_owned(),
            cites: Vec::new(),
        })
        .collect();
    Ok(ground)
}
