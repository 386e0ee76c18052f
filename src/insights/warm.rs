//! Computes vectors of new gap questions in the background, as they are recorded.

use std::{path::PathBuf, sync::Arc};

use chrono::{TimeDelta, Utc};

use super::{
    background::Background,
    meaning::{KEPT, Meaning},
    read::Reader,
    writer::Shared,
};

/// Days covered at start: the default report and the previous period.
const DAYS: i64 = 56;

/// Starts the background work.
pub(super) fn warm(file: PathBuf, meaning: Arc<Meaning>, writer: Arc<Shared>) -> Background {
    let mut seen = [0; 3];
    // The change number that was read.
    let mut last = None;
    Background::start("insights-warm", move |ended| {
        let changes = writer.changes();
        if last == Some(changes) {
            return;
        }
        meaning.common();
        let texts = Reader::open(&file).and_then(|reader| {
            let since = (Utc::now() - TimeDelta::days(DAYS)).timestamp_millis();
            reader.map_or(Ok(Vec::new()), |reader| {
                reader.gap_texts(&mut seen, since, KEPT)
            })
        });
        // A failed read is retried, also when a report is requested.
        let Ok(texts) = texts else { return };
        last = Some(changes);
        for text in texts {
            if ended.is_now() {
                return;
            }
            meaning.vector(&text);
        }
    })
}
