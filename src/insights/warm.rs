//! Computes vectors of new gap questions in the background, as they are recorded.

use std::{path::PathBuf, sync::Arc};

use chrono::{TimeDelta, Utc};

use super::{
    background::Background,
    meaning::{KEPT, Meaning},
    read::Reader,
    writer::Shared,
};

/// Days looked back at a start: the default report and the period before it.
const DAYS: i64 = 56;

/// Begins to make them.
pub(super) fn warm(file: PathBuf, meaning: Arc<Meaning>, writer: Arc<Shared>) -> Background {
    let mut seen = [0; 3];
    // The number of the changes that were read.
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
        // What cannot be read now is tried again, and read when a report is asked for.
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
