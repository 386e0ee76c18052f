//! The figures as a page of Markdown: what was measured, and the aims.

use std::time::Duration;

use super::{
    saves::{Commit, Saves},
    times::Times,
};

/// The page so far.
pub struct Page(String);

/// The aim for repeated questions, from the cache and past it.
const REPEATED: &str = "p50 ≤ 3 ms, 1,500/s";

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// An aim, and whether it is reached.
fn aim(is_reached: bool, text: &str) -> String {
    format!("{text} {}", if is_reached { "✓" } else { "**missed**" })
}

/// Date, processor and load average.
pub fn machine() -> String {
    let processor = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processor
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("unknown processor", |name| {
            name.trim_start_matches(['\t', ' ', ':'])
        });
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: Vec<_> = load.split(' ').take(3).collect();
    format!(
        "{}. {cores} cores of {processor}; load average {} at the start.",
        chrono::Utc::now().format("%-d %B %Y"),
        load.join(" ")
    )
}

impl Page {
    pub fn new(articles: usize) -> Self {
        Self(format!(
            "# Figures\n\n{} {articles} articles with five passages each. The load generator runs on the same machine. [README.md](README.md) discusses these figures.\n\n\
             | what | measured | aim |\n|---|---|---|\n",
            machine()
        ))
    }

    pub fn text(&self) -> &str {
        &self.0
    }

    fn line(&mut self, what: &str, measured: &str, aim: &str) {
        eprintln!("{what}: {measured}");
        self.0
            .push_str(&format!("| {what} | {measured} | {aim} |\n"));
    }

    /// A duration, with the aim in milliseconds if there is one.
    pub fn row(&mut self, what: &str, time: Duration, most: Option<f64>) {
        let aim = most.map_or_else(String::new, |most| {
            aim(ms(time) <= most, &format!("≤ {:.0} s", most / 1e3))
        });
        self.line(what, &format!("{:.1} s", time.as_secs_f64()), &aim);
    }

    pub fn fresh(&mut self, over_http: &Times, alone: &Times) {
        let ratio = over_http.ms(0.5) / alone.ms(0.5);
        let measured = format!(
            "p50 {:.1} ms, embedding alone {:.1} ms: {ratio:.2} ×",
            over_http.ms(0.5),
            alone.ms(0.5)
        );
        self.line(
            "new question, hybrid, one client",
            &measured,
            &aim(ratio <= 1.3, "≤ 1.3 ×"),
        );
        let p95 = over_http.ms(0.95);
        let measured = format!("p95 {p95:.1} ms");
        self.line("the same", &measured, &aim(p95 <= 25.0, "≤ 25 ms"));
        let share = alone.mean_ms() / over_http.mean_ms();
        let measured = format!(
            "{:.0}/s, embedding alone {:.0}/s: {share:.2}",
            1e3 / over_http.mean_ms(),
            1e3 / alone.mean_ms()
        );
        self.line(
            "the same, throughput",
            &measured,
            &aim(share >= 0.85, "≥ 0.85"),
        );
    }

    pub fn new_together(&mut self, rate: f64, alone: f64) {
        let measured = format!(
            "{rate:.0}/s, embedding alone {alone:.0}/s: {:.2}",
            rate / alone
        );
        self.line("new questions, hybrid, four clients", &measured, "");
    }

    pub fn remembered(&mut self, times: &Times, rate: f64) {
        let (p50, p95) = (times.ms(0.5), times.ms(0.95));
        let measured = format!("p50 {p50:.1} ms, p95 {p95:.1} ms, four clients {rate:.0}/s");
        let reached = p50 <= 3.0 && rate >= 1_500.0;
        self.line(
            "repeated question, answered from the cache",
            &measured,
            &aim(reached, REPEATED),
        );
    }

    pub fn stages(&mut self, stages: &[(&str, f64)]) {
        let told: Vec<_> = stages
            .iter()
            .map(|(stage, mean)| format!("{stage} {mean:.1} ms"))
            .collect();
        let what = "its stages, mean; keyword and vector retrieval run in parallel";
        self.line(what, &told.join(", "), "");
    }

    pub fn repeated(&mut self, mode: &str, times: &Times, rate: f64) {
        let (p50, p95) = (times.ms(0.5), times.ms(0.95));
        let measured = format!("p50 {p50:.1} ms, p95 {p95:.1} ms, four clients {rate:.0}/s");
        if mode == "keyword" {
            self.line(
                "repeated question, keyword only, cache bypassed",
                &measured,
                &aim(p95 <= 3.0, "p95 ≤ 3 ms"),
            );
        } else {
            let reached = p50 <= 3.0 && rate >= 1_500.0;
            self.line(
                "repeated question, cache bypassed",
                &measured,
                &aim(reached, REPEATED),
            );
        }
    }

    pub fn memory(&mut self, megabytes: u64) {
        let measured = format!("{megabytes} MB resident");
        self.line(
            "memory, model loaded",
            &measured,
            &aim(megabytes <= 1_200, "≤ 1,200 MB"),
        );
    }

    pub fn saves(&mut self, saves: &Saves) {
        for (what, times) in [("keyword", &saves.words), ("vector", &saves.meaning)] {
            let p95 = times.ms(0.95);
            let measured = format!("p50 {:.0} ms, p95 {p95:.0} ms", times.ms(0.5));
            let what = format!(
                "file saved → found by {what} search, {} saves",
                times.count()
            );
            self.line(&what, &measured, &aim(p95 <= 1_000.0, "p95 ≤ 1 s"));
        }
        let measured = format!("{} of {}", saves.failed, saves.searches);
        self.line(
            "failed searches meanwhile, 20/s",
            &measured,
            &aim(saves.failed == 0, "0"),
        );
    }

    pub fn commit(&mut self, commit: &Commit) {
        let measured = format!("{:.1} s", commit.words.as_secs_f64());
        let what = format!(
            "{} files at once → the last found by keyword search",
            commit.files
        );
        self.line(&what, &measured, "");
        let per_second = |time: Duration| commit.texts as f64 / time.as_secs_f64();
        let share = per_second(commit.vectors) / per_second(commit.alone);
        let measured = format!(
            "{:.0} texts/s, the model alone {:.0}/s: {share:.2}",
            per_second(commit.vectors),
            per_second(commit.alone)
        );
        self.line(
            "the same → all have vectors",
            &measured,
            &aim(share >= 0.9, "≥ 0.9"),
        );
    }
}
