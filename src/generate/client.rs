//! The client of the endpoint: one OpenAI chat completions request, read as it is streamed, within a time limit.

use std::{
    io::{BufRead as _, BufReader, Read},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use metrics::{counter, histogram};
use serde_json::{Value, json};
use ureq::{Agent, Error};

use super::{
    GenerateError, Passage, Sentence, Settings, Task, Written, citation_filter::CitationFilter,
    prompt::messages,
};
use crate::{breaker::Breaker, outbound};

/// Bytes of an answer that are read: what is asked for is a few sentences.
const MAX_ANSWER_BYTES: u64 = 1024 * 1024;

/// Tokens that an answer may have.
const MAX_TOKENS: u32 = 700;

/// Failures in a row after which the endpoint is left alone, so that nobody waits for its time-out.
pub(super) const FAILURES: u32 = 3;

/// How long it is left alone.
const PAUSE: Duration = Duration::from_secs(30);

/// Writes texts by an endpoint. Share it.
pub struct Generator {
    address: String,
    model: String,
    key: Option<String>,
    passages: usize,
    agent: Agent,
    breaker: Mutex<Breaker>,
}

/// The key is a secret: it is not shown.
impl std::fmt::Debug for Generator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Generator")
            .field("address", &self.address)
            .field("model", &self.model)
            .finish_non_exhaustive()
    }
}

impl Generator {
    /// By the endpoint of these settings; None where they name none. `secret` gives the value of an environment variable.
    #[must_use]
    pub fn new(settings: &Settings, secret: impl Fn(&str) -> Option<String>) -> Option<Self> {
        if !settings.is_on() {
            return None;
        }
        // Nobody but the endpoint that the operator named: no redirects, no proxy.
        let agent = outbound::client(Duration::from_secs(settings.timeout_secs))
            .proxy(None)
            .build()
            .new_agent();
        Some(Self {
            address: format!("{}/chat/completions", settings.url.trim_end_matches('/')),
            model: settings.model.clone(),
            key: secret(&settings.key_env).filter(|key| !key.is_empty()),
            passages: settings.passages,
            agent,
            breaker: Mutex::new(Breaker::new(FAILURES, PAUSE)),
        })
    }

    /// The model, as the endpoint names it.
    #[must_use]
    pub fn model(&self) -> &str {
        &self.model
    }

    /// Passages that a text may rest on.
    #[must_use]
    pub fn passages(&self) -> usize {
        self.passages
    }

    /// Writes a text in a language, from these passages alone. Blocking.
    ///
    /// `tell` is called with each sentence as soon as it is complete, and with None before the endpoint is asked and for
    /// each line that it sends. When it returns false, nobody listens any more: writing stops, and what there is so far is
    /// returned.
    ///
    /// # Errors
    /// When the endpoint gave nothing, or failed so often that it is left alone for now. A text that breaks off after its
    /// first sentence is returned with `is_cut` instead.
    pub fn write(
        &self,
        task: &Task,
        passages: &[Passage],
        lang: &str,
        tell: &mut dyn FnMut(Option<&Sentence>) -> bool,
    ) -> Result<Written, GenerateError> {
        let begun = Instant::now();
        let written = self.converse(task, passages, lang, tell);
        let outcome = match &written {
            Ok(written) if written.is_cut => "cut",
            Ok(written) if written.sentences.is_empty() => "nothing",
            Ok(_) => "written",
            Err(_) => "failed",
        };
        counter!("cuecard_generated_total", "outcome" => outcome).increment(1);
        histogram!("cuecard_generate_duration_seconds").record(begun.elapsed());
        written.inspect_err(|error| tracing::warn!(%error, "nothing was generated"))
    }

    fn converse(
        &self,
        task: &Task,
        passages: &[Passage],
        lang: &str,
        tell: &mut dyn FnMut(Option<&Sentence>) -> bool,
    ) -> Result<Written, GenerateError> {
        if !tell(None) {
            return Ok(Written::default());
        }
        let breaker = || self.breaker.lock().unwrap_or_else(PoisonError::into_inner);
        if !breaker().lets_through(Instant::now()) {
            return Err(GenerateError::Paused);
        }
        let written = self.ask(task, passages, lang, tell);
        match &written {
            Err(GenerateError::Unreachable(_) | GenerateError::Refused(429 | 500..)) => {
                breaker().failed(Instant::now());
            }
            _ => breaker().answered(),
        }
        written
    }

    fn ask(
        &self,
        task: &Task,
        passages: &[Passage],
        lang: &str,
        tell: &mut dyn FnMut(Option<&Sentence>) -> bool,
    ) -> Result<Written, GenerateError> {
        let mark = &uuid::Uuid::new_v4().simple().to_string()[..8];
        let [rules, material] = messages(task, passages, lang, mark);
        let body = json!({
            "model": self.model,
            "stream": true,
            "temperature": 0,
            "max_tokens": MAX_TOKENS,
            "messages": [{"role": "system", "content": rules}, {"role": "user", "content": material}],
        });
        let mut request = self.agent.post(&self.address);
        if let Some(key) = &self.key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        let mut response = request
            .send_json(&body)
            .map_err(|error| unreachable(&error))?;
        if !response.status().is_success() {
            return Err(GenerateError::Refused(response.status().as_u16()));
        }
        let reader = response.body_mut().as_reader().take(MAX_ANSWER_BYTES);
        let mut filter = CitationFilter::new(passages);
        let is_cut = !read(reader, &mut |piece| {
            tell(None)
                && filter
                    .take(piece)
                    .iter()
                    .all(|sentence| tell(Some(sentence)))
        });
        let rest = filter.finish(is_cut);
        rest.iter().all(|sentence| tell(Some(sentence)));
        let written = Written {
            is_cut,
            ..filter.written
        };
        if is_cut && written.sentences.is_empty() {
            return Err(GenerateError::Unreachable(
                "the answer broke off".to_owned(),
            ));
        }
        Ok(written)
    }
}

/// Hands over the pieces of a streamed answer, or of one that came whole; whether it came to its end.
fn read(answer: impl Read, hear: &mut dyn FnMut(&str) -> bool) -> bool {
    let mut whole = String::new();
    let mut is_streamed = false;
    for line in BufReader::new(answer).lines() {
        let Ok(line) = line else { return false };
        let Some(data) = line.strip_prefix("data:") else {
            whole.push_str(&line);
            continue;
        };
        is_streamed = true;
        if data.trim() == "[DONE]" {
            return true;
        }
        let event: Value = serde_json::from_str(data).unwrap_or_default();
        let choice = &event["choices"][0];
        // A model that thinks says nothing for a while: whether somebody still listens is asked all the same.
        if !hear(choice["delta"]["content"].as_str().unwrap_or_default()) {
            return true;
        }
        if !event["error"].is_null() {
            return false;
        }
        if let Some(is_whole) = is_whole(choice) {
            return is_whole;
        }
    }
    let event: Value = serde_json::from_str(&whole).unwrap_or_default();
    let choice = &event["choices"][0];
    match choice["message"]["content"].as_str() {
        Some(text) if !is_streamed => {
            hear(text);
            is_whole(choice).unwrap_or(true)
        }
        // A stream without an end was cut, and whatever else it was is no answer.
        _ => false,
    }
}

/// Whether a text that ended came to its own end, not to a limit or a filter; None while it goes on.
fn is_whole(choice: &Value) -> Option<bool> {
    let reason = choice["finish_reason"].as_str();
    Some(reason.filter(|reason| !reason.is_empty())? == "stop")
}

fn unreachable(error: &Error) -> GenerateError {
    GenerateError::Unreachable(match error {
        Error::Timeout(_) => "it was not done in time".to_owned(),
        error => error.to_string(),
    })
}
