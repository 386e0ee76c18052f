//! The result of a load test, as a page of Markdown.

use std::{path::Path, sync::Arc};

use super::{script::Script, times::Times};
use cuecard::{
    app,
    config::{Config, Overrides},
    index::embed::Embedder,
};

/// Texts that are embedded to time the model.
const EMBEDDED: usize = 200;

/// The result.
pub struct Report {
    pub calls: usize,
    pub rate: f64,
    pub seconds: u64,
    pub searches_a_second: f64,
    pub saves_a_second: f64,
    pub turns: usize,
    pub is_repeated: bool,
    pub sent: usize,
    pub failures: usize,
    pub pushed: usize,
    pub ended: usize,
    pub cards: Times,
    pub answers: Times,
    pub searches: Times,
    pub saves: Times,
    pub memory: Vec<u64>,
    pub embedding_ms: Option<f64>,
    pub load_before: String,
    pub load_after: String,
    pub server: Option<(u64, f64)>,
}

impl Report {
    pub fn markdown(&self) -> String {
        let texts = if self.is_repeated {
            "are as recorded (embedded once, then cached)"
        } else {
            "are made unique by a number, so that every customer utterance is embedded"
        };
        let lives = match self.turns {
            0 => String::new(),
            turns => {
                format!(" A call ends after {turns} utterances and a new one replaces it.")
            }
        };
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let mut page = format!(
            "# Load\n\n{} open calls, each with its stream; {} utterances/s for {} s; {} searches/s and {} saved articles/s meanwhile. Texts {texts}.{lives}\n\
             Machine: {cores} cores, generator on the same; load average before {}, after {}.\n\n",
            self.calls,
            self.rate,
            self.seconds,
            self.searches_a_second,
            self.saves_a_second,
            self.load_before,
            self.load_after
        );
        page.push_str("| ms, from the scheduled time | n | p50 | p90 | p95 | p99 | max |\n|---|---|---|---|---|---|---|\n");
        for (what, times) in [
            ("utterance → card on the stream", &self.cards),
            ("utterance → answer", &self.answers),
            ("search → answer", &self.searches),
            ("article saved → found by keyword search", &self.saves),
        ] {
            if times.count() > 0 {
                page.push_str(&format!(
                    "| {what} | {} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} |\n",
                    times.count(),
                    times.ms(0.5),
                    times.ms(0.9),
                    times.ms(0.95),
                    times.ms(0.99),
                    times.ms(1.0)
                ));
            }
        }
        page.push_str(&format!(
            "\n{} utterances, {} failures, {} cards in answers, {} on streams, {} calls ended.\n",
            self.sent,
            self.failures,
            self.pushed,
            self.cards.count(),
            self.ended
        ));
        if let Some(embedding) = self.embedding_ms {
            page.push_str(&format!(
                "Embedding one text before the load: p50 {embedding:.1} ms. Utterance → card p50 is {:.1} ×, p95 {:.1} × that.\n",
                self.cards.ms(0.5) / embedding,
                self.cards.ms(0.95) / embedding
            ));
        }
        if let Some((megabytes, seconds)) = self.server {
            page.push_str(&format!(
                "Server: {megabytes} MB resident, {seconds:.1} s of CPU time since its start.\n"
            ));
            let memory: Vec<String> = self.memory.iter().map(u64::to_string).collect();
            page.push_str(&format!(
                "Resident with all calls open, then after each tenth of the run: {} MB.\n",
                memory.join(", ")
            ));
        }
        page
    }
}

/// Median milliseconds to embed one text; None without a model.
pub fn embedding_ms(recorded: &Path) -> Option<f64> {
    let overrides = Overrides {
        model: std::env::var("CUECARD_MODEL").ok(),
        onnxruntime: std::env::var_os("CUECARD_ONNXRUNTIME").map(Into::into),
        ..Overrides::default()
    };
    let model: Arc<dyn Embedder> = app::embedder(&Config::read(None, &overrides).ok()?.model)?;
    let script = Script::read(recorded, false);
    let mut times: Vec<f64> = (0..EMBEDDED)
        .filter_map(|n| {
            let text = script.question(n);
            let begun = std::time::Instant::now();
            model.query(&text).ok()?;
            Some(begun.elapsed().as_secs_f64() * 1e3)
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied()
}

/// The machine's load over 1, 5 and 15 minutes.
pub fn load_average() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}
