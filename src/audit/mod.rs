//! The audit log: who was shown which article, in which revision, when. One JSON line for every response, read, tool call
//! and card; none for queries that are still being typed, nor for cards that somebody reads again.
//!
//! Lines go into a bounded queue, and one thread writes them into a file per day (UTC) under `data/audit/`. Nothing ever
//! waits for it. A line contains no question and nothing that was said; names chosen by callers are redacted.

mod line;
mod settings;
mod writer;

pub use line::{Line, Shown, What, shown_in};
pub use settings::Settings;

use std::path::Path;

use chrono::NaiveDate;

use self::writer::Writer;
use crate::live::{CallActivity, CallFacts, CallObserver};

/// Folder in the data folder.
pub const FOLDER: &str = "audit";

/// Deletes the files of days that are longer ago than the settings keep them, where no log is kept any more.
pub fn tidy(data: &Path, settings: &Settings, today: NaiveDate) {
    writer::tidy(&data.join(FOLDER), settings.keep(), today);
}

/// The log. It ends, after everything is written, when it is dropped.
pub struct Audit {
    writer: Writer,
}

impl Audit {
    /// Begins to keep the log in that data folder.
    #[must_use]
    pub fn open(data: &Path, settings: &Settings) -> Self {
        Self {
            writer: Writer::start(data.join(FOLDER), settings),
        }
    }

    /// Keeps a line, or drops and counts it where too many wait.
    pub fn note(&self, line: Line) {
        self.writer.note(line);
    }

    /// Returns when everything noted so far is written, or after ten seconds. Blocking.
    pub fn flush(&self) {
        self.writer.flush();
    }
}

impl CallObserver for Audit {
    fn note(&self, call: &CallFacts, happening: &CallActivity) {
        let CallActivity::Card(card) = happening else {
            return;
        };
        let what = What::Card {
            call_id: call.call_id.to_owned(),
            card_id: card.card_id.clone(),
            agent_id: call.agent_id.map(str::to_owned),
        };
        Self::note(
            self,
            Line::new(call.owner, what, vec![card.as_ref().into()]),
        );
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use chrono::{DateTime, Utc};
    use serde_json::{Value, json};

    use super::*;

    fn line(at: &str, call_id: &str) -> Line {
        let what = What::Card {
            call_id: call_id.into(),
            card_id: "k1".into(),
            agent_id: None,
        };
        let shown = Shown {
            article_id: "refund".into(),
            revision: "f00d".into(),
            lines: Some([3, 18]),
        };
        Line {
            at: at.parse::<DateTime<Utc>>().unwrap(),
            ..Line::new("desk", what, vec![shown])
        }
    }

    fn lines(data: &Path, day: &str) -> Vec<Value> {
        let text = fs::read_to_string(data.join(FOLDER).join(format!("{day}.jsonl"))).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn every_day_has_its_file_and_old_ones_go() {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().join(FOLDER);
        fs::create_dir_all(&folder).unwrap();
        for name in ["2025-01-01.jsonl", "2026-05-01.jsonl", "notes.txt"] {
            fs::write(folder.join(name), "").unwrap();
        }
        let settings = Settings {
            keep_days: 30,
            ..Settings::default()
        };
        let audit = Audit::open(data.path(), &settings);
        audit.note(line("2026-05-20T23:59:59Z", "c1"));
        audit.note(line("2026-05-21T00:00:00Z", "c2"));
        audit.flush();
        assert_eq!(
            lines(data.path(), "2026-05-20"),
            [
                json!({"at": "2026-05-20T23:59:59.000Z", "event": "card", "who": "desk", "call_id": "c1", "card_id": "k1",
                    "articles": [{"article_id": "refund", "revision": "f00d", "lines": [3, 18]}]})
            ]
        );
        assert_eq!(lines(data.path(), "2026-05-21")[0]["call_id"], "c2");
        let mut left: Vec<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        left.sort();
        assert_eq!(
            left,
            [
                "2026-05-01.jsonl",
                "2026-05-20.jsonl",
                "2026-05-21.jsonl",
                "notes.txt"
            ]
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = folder
                .join("2026-05-21.jsonl")
                .metadata()
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_clock_that_is_set_ahead_deletes_nothing_on_its_first_day() {
        let data = tempfile::tempdir().unwrap();
        let audit = Audit::open(data.path(), &Settings::default());
        let has = |day: &str| {
            audit.flush();
            data.path()
                .join(FOLDER)
                .join(format!("{day}.jsonl"))
                .exists()
        };
        audit.note(line("2026-05-20T10:00:00Z", "c1"));
        audit.note(line("2036-01-01T10:00:00Z", "c2"));
        assert!(has("2026-05-20"));
        audit.note(line("2026-05-21T10:00:00Z", "c3"));
        assert!(has("2026-05-20"), "set right again");
        audit.note(line("2036-01-02T10:00:00Z", "c4"));
        assert!(!has("2026-05-20") && !has("2026-05-21"));
    }

    #[test]
    fn old_days_go_where_no_log_is_kept_any_more() {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().join(FOLDER);
        let settings = Settings {
            record: false,
            keep_days: 30,
            ..Settings::default()
        };
        let today = "2026-05-31".parse().unwrap();
        tidy(data.path(), &settings, today);
        assert!(!folder.exists());
        fs::create_dir_all(&folder).unwrap();
        let days = ["2026-04-30", "2026-05-01"];
        let file = |day: &str| folder.join(format!("{day}.jsonl"));
        for day in days {
            fs::write(file(day), "").unwrap();
        }
        tidy(data.path(), &settings, today);
        assert_eq!(days.map(|day| file(day).exists()), [false, true]);
    }

    #[test]
    fn what_callers_name_is_redacted() {
        let data = tempfile::tempdir().unwrap();
        let audit = Audit::open(data.path(), &Settings::default());
        audit.note(line("2026-05-20T10:00:00Z", "card 4111 1111 1111 1111"));
        audit.flush();
        let written = lines(data.path(), "2026-05-20")[0].to_string();
        assert!(!written.contains("1111"), "{written}");
    }

    #[test]
    fn a_line_that_was_cut_off_does_not_swallow_the_next() {
        let data = tempfile::tempdir().unwrap();
        let file = data.path().join(FOLDER).join("2026-05-20.jsonl");
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, "{\"at\": \"2026").unwrap();
        let audit = Audit::open(data.path(), &Settings::default());
        audit.note(line("2026-05-20T10:00:00Z", "c1"));
        audit.flush();
        let text = fs::read_to_string(file).unwrap();
        let written: Vec<&str> = text.lines().collect();
        assert_eq!(written.len(), 2);
        let last: Value = serde_json::from_str(written[1]).unwrap();
        assert_eq!(last["call_id"], "c1");
    }

    #[test]
    fn the_last_line_is_written_when_it_ends() {
        let data = tempfile::tempdir().unwrap();
        let audit = Audit::open(data.path(), &Settings::default());
        audit.note(line("2026-05-20T10:00:00Z", "c1"));
        drop(audit);
        assert_eq!(lines(data.path(), "2026-05-20").len(), 1);
    }
}
