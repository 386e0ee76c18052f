//! `cuecard replay`: recorded calls as a timeline, for an editor who tries a trigger before merging it.
//!
//! Owns the pace and the text. Leaves playing the call to `eval::timeline`.

use std::{
    path::PathBuf,
    process::ExitCode,
    str::FromStr,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use clap::{Args, builder::BoolishValueParser};
use serde::Serialize;

use super::{Settings, commands::one_shot, print};
use crate::{
    app,
    eval::{
        calls::{CallFigures, Played, Wanted},
        dataset::Call,
        timeline::{self, Step, StreamEvent, Timeline},
    },
    live::{Card, NotShown, Summary},
    search::types::IndexInfo,
    text,
};

/// `cuecard replay`.
#[derive(Debug, Args)]
pub(super) struct Replay {
    /// File of recorded calls, one JSON object per line
    calls: PathBuf,
    /// Speed: 1 for real time, 10 for ten times as fast, or max
    #[arg(
        long,
        env = "CUECARD_SPEED",
        default_value = "max",
        value_name = "N|max"
    )]
    speed: Speed,
    /// Print everything as one JSON object
    #[arg(long, env = "CUECARD_JSON", value_parser = BoolishValueParser::new())]
    json: bool,
    #[command(flatten)]
    settings: Settings,
}

/// The speed at which calls are played.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Speed {
    /// Without pauses.
    Max,
    /// As a multiple of real time.
    Times(f64),
}

impl FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "max" {
            return Ok(Self::Max);
        }
        match text.trim_end_matches('x').parse::<f64>() {
            Ok(times) if times.is_finite() && times > 0.0 => Ok(Self::Times(times)),
            _ => Err("say max, or a number above 0: 1 plays as it was spoken".to_owned()),
        }
    }
}

/// The output of `--json`.
#[derive(Serialize)]
struct Report {
    index: IndexInfo,
    degraded: Vec<String>,
    calls: Vec<Timeline>,
    figures: Option<CallFigures>,
}

impl Replay {
    /// Plays every call of the file on an index in memory, so that it works next to a running server.
    pub(super) fn run(&self) -> anyhow::Result<ExitCode> {
        let calls = timeline::read(&self.calls)?;
        let config = Arc::new(self.settings.read()?);
        let core = one_shot(&config)?;
        let index = Arc::clone(core.index());
        let degraded = index.degraded();
        if !degraded.is_empty() && !self.json {
            print(&format!("degraded: {}", degraded.join(", ")))?;
        }
        let registry = app::registry(core, config);
        let (mut timelines, mut played) = (Vec::new(), Vec::new());
        for call in &calls {
            if !self.json {
                print(&head(call))?;
            }
            let begun = Instant::now();
            let mut broken = None;
            let (timeline, one) = timeline::play(
                &registry,
                call,
                chrono::Utc::now(),
                |at_ms| self.wait(begun, at_ms),
                |step| {
                    if !self.json && broken.is_none() {
                        broken = print(&told(step, call)).err();
                    }
                },
            )?;
            if let Some(error) = broken {
                return Err(error);
            }
            if !self.json {
                print(&foot(&timeline.summary, &one))?;
            }
            timelines.push(timeline);
            played.push(one);
        }
        let figures = timeline::judged(&calls, &played);
        if self.json {
            let report = Report {
                index: index.info(&index.generation().catalog),
                degraded,
                calls: timelines,
                figures,
            };
            print(&serde_json::to_string_pretty(&report)?)?;
        } else if let Some(figures) = &figures {
            print(&judgement(figures))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn wait(&self, begun: Instant, at_ms: u64) {
        if let Speed::Times(times) = self.speed {
            let due = Duration::from_secs_f64(at_ms as f64 / 1e3 / times);
            thread::sleep(due.saturating_sub(begun.elapsed()));
        }
    }
}

fn head(call: &Call) -> String {
    let mut out = format!("── {}", call.id);
    for part in [&call.title, &call.lang].into_iter().flatten() {
        out.push_str(" · ");
        out.push_str(part);
    }
    let account = serde_json::to_string(&call.account).unwrap_or_default();
    out.push_str(&format!("\n        account  {account}"));
    out
}

fn told(step: &Step, call: &Call) -> String {
    let mut lines = Vec::new();
    if let Some(speaker) = step.speaker {
        let secs = step.at_ms / 1_000;
        lines.push(format!(
            "{:>4}:{:02} {:<9}{}",
            secs / 60,
            secs % 60,
            speaker.name(),
            one_line(&step.text)
        ));
    }
    let quiet = usize::try_from(step.turn).is_ok_and(|turn| call.no_push.contains(&turn));
    for card in &step.cards {
        let verdict = if quiet {
            "  ✗ nothing should come here"
        } else if call.gold.is_empty() {
            ""
        } else if call.gold.iter().any(|gold| gold.article == card.article_id) {
            "  ✓"
        } else {
            "  ✗ not among the right ones"
        };
        lines.push(shown(card, verdict));
    }
    lines.extend(step.events.iter().filter_map(event));
    if !step.not_shown.is_empty() {
        let silent: Vec<String> = step.not_shown.iter().map(silence).collect();
        lines.push(format!("        · silent  {}", silent.join(", ")));
    }
    lines.join("\n")
}

fn shown(card: &Card, verdict: &str) -> String {
    let kind = serde_json::to_value(card.trigger.kind).unwrap_or_default();
    let rule = card
        .trigger
        .rule
        .as_deref()
        .map_or(String::new(), |rule| format!(" by {rule}"));
    format!(
        "        ▶ card    {} “{}”  {} {:.2}{rule}{verdict}\n                  {}:{}-{}\n                  because {}",
        card.article_id,
        card.title,
        kind.as_str().unwrap_or_default(),
        card.confidence,
        card.path,
        card.lines[0],
        card.lines[1],
        card.why
    )
}

fn event(event: &StreamEvent) -> Option<String> {
    let text = |name: &str| event.data[name].as_str();
    match event.event {
        "question" => {
            let covered = event.data["covered"].as_array();
            let covered = covered
                .into_iter()
                .flatten()
                .filter_map(|asked| asked.as_str());
            let mut lines: Vec<String> = covered
                .map(|asked| format!("        ☑ covered {asked}"))
                .collect();
            lines.extend(text("question").map(|next| format!("        ? ask     {next}")));
            (!lines.is_empty()).then(|| lines.join("\n"))
        }
        "card_state" => Some(format!(
            "        ◌ {}  {}",
            text("state").unwrap_or_default(),
            text("article_id").unwrap_or_default()
        )),
        _ => None,
    }
}

fn silence(silent: &NotShown) -> String {
    let reason = serde_json::to_value(silent.reason).unwrap_or_default();
    format!(
        "{} ({})",
        silent.article_id,
        reason.as_str().unwrap_or_default()
    )
}

fn foot(summary: &Summary, played: &Played) -> String {
    let mut lines = Vec::new();
    for gold in &played.gold {
        let came = match gold.came {
            Some(turn) if turn < 0 => "came when the call was opened".to_owned(),
            Some(turn) => format!("came at turn {turn}"),
            None => "never came".to_owned(),
        };
        let mark = if gold.came.is_some_and(|turn| turn <= gold.turn) {
            '✓'
        } else {
            '✗'
        };
        lines.push(format!(
            "      {mark} wanted  {} by turn {}: {came}",
            gold.article_id, gold.turn
        ));
    }
    for follow_up in &summary.follow_ups {
        lines.push(format!("      → promised {follow_up}"));
    }
    lines.push(String::new());
    lines.join("\n")
}

fn judgement(figures: &CallFigures) -> String {
    let told = |figure: Option<f64>| figure.map_or_else(|| "–".to_owned(), |f| format!("{f:.3}"));
    let wanted = |of: fn(&Wanted) -> f64| told(figures.wanted.as_ref().map(of));
    format!(
        "{}, {} with a right article\n\
         right article by its turn        {}\n\
         right article at its turn        {}\n\
         right articles that ever came    {}\n\
         cards that were right            {}\n\
         cards a call                     {:.2}\n\
         quiet turns with a card          {} of {}\n\
         an utterance takes               p50 {} ms, p95 {} ms",
        counted(figures.n_calls, "call"),
        counted(figures.n_turns, "turn"),
        wanted(|w| w.hit_by_turn),
        wanted(|w| w.hit_at_turn),
        wanted(|w| w.ever),
        told(figures.precision),
        figures.cards_per_call,
        told(figures.false_push),
        figures.n_quiet_turns,
        told(figures.ms_p50),
        told(figures.ms_p95),
    )
}

fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

/// Sanitises what was said, so that it cannot imitate lines of the output.
fn one_line(text: &str) -> String {
    text::one_line(text).replace(char::is_control, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speed_is_a_number_or_max() {
        let check = |text: &str, expected: Option<Speed>| {
            assert_eq!(text.parse::<Speed>().ok(), expected, "{text:?}");
        };
        check("max", Some(Speed::Max));
        check("1", Some(Speed::Times(1.0)));
        check("2.5x", Some(Speed::Times(2.5)));
        check("0", None);
        check("-1", None);
        check("inf", None);
        check("fast", None);
    }
}
