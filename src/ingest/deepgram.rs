//! Deepgram: results of a live stream. The address names the call; channels and speakers are roles by their number.

use super::{Collector, Said, SaidId, What, node::Node, tag};
use crate::search::error::Flaw;

/// Reads one message of the stream.
pub(super) fn read(message: &Node, into: &mut Collector) -> Result<(), Flaw> {
    let kind = match message.get(&["type"]) {
        Some(kind) => kind.text()?,
        // Callbacks of older versions name no type.
        None => {
            message.need(&["channel"])?;
            "Results"
        }
    };
    match kind {
        "Results" => results(message, into),
        // The stream's last message.
        "Metadata" | "CloseStream" => {
            let named = request(message)?;
            into.happened(message, named, What::Ended)
        }
        other => {
            into.passed(message, format!("message {other} changes nothing"));
            Ok(())
        }
    }
}

fn results(message: &Node, into: &mut Collector) -> Result<(), Flaw> {
    let call_id = request(message)?;
    let stream = call_id.clone().unwrap_or_default();
    let (channel, channels) = channel_of(message)?;
    let begin = message.need(&["start"])?;
    let begin_ms = begin
        .seconds()
        .ok_or_else(|| begin.flaw("must be a number of seconds"))?;
    let length = message.get(&["duration"]).and_then(|secs| secs.seconds());
    let alternatives = message.need(&["channel"])?.need(&["alternatives"])?;
    let Some(best) = alternatives.items()?.into_iter().next() else {
        into.passed(message, "no words in it");
        return Ok(());
    };
    let is_final = message
        .get(&["is_final"])
        .is_none_or(|is_final| is_final.flag());
    // Partials of a segment begin where it begins; the next one begins where it ended.
    let id = format!("{stream}:{channel}:{begin_ms}");
    let lang = best
        .get(&["languages"])
        .and_then(|list| tag(list.value.get(0)?.as_str()?));
    let spoken = if channels > 1 {
        Vec::new()
    } else {
        by_speaker(&best)
    };
    let whole = vec![(channel, best.need(&["transcript"])?.text()?.to_owned())];
    let parts = match spoken.len() {
        0 => whole,
        // A partial is one utterance; its final may turn out to be several.
        1 => vec![(spoken[0].0, whole[0].1.clone())],
        _ if !is_final => vec![(spoken[0].0, whole[0].1.clone())],
        _ => spoken,
    };
    for (at, (speaker, text)) in parts.into_iter().enumerate() {
        let event = if at == 0 {
            id.clone()
        } else {
            format!("{id}:{at}")
        };
        let what = What::Said(Said {
            id: SaidId::Numbered {
                track: event.clone(),
                event,
                number: None,
            },
            role: into.hints.role(speaker),
            text,
            is_final,
            begin_ms: Some(begin_ms),
            end_ms: length.map(|length| begin_ms.saturating_add(length)),
            lang: lang.clone(),
        });
        into.happened(message, call_id.clone(), what)?;
    }
    Ok(())
}

/// The stream's name: it stands for the call where the address names none.
fn request(message: &Node) -> Result<Option<String>, Flaw> {
    let named = message.get(&["request_id"]).or_else(|| {
        message
            .get(&["metadata"])
            .and_then(|metadata| metadata.get(&["request_id"]))
    });
    named.map(|id| id.id()).transpose()
}

/// `channel_index` is `[channel, channels]`.
fn channel_of(message: &Node) -> Result<(usize, usize), Flaw> {
    let Some(index) = message.get(&["channel_index"]) else {
        return Ok((0, 1));
    };
    let numbers: Option<Vec<usize>> = index.value.as_array().map(|list| {
        list.iter()
            .filter_map(|n| usize::try_from(n.as_u64()?).ok())
            .collect()
    });
    match numbers.as_deref() {
        Some([channel, channels, ..]) => Ok((*channel, *channels)),
        Some([channel]) => Ok((*channel, 1)),
        _ => Err(index.flaw("must be a list of the channel and the number of channels")),
    }
}

/// Runs of words by one speaker, where speakers are told.
fn by_speaker(best: &Node) -> Vec<(usize, String)> {
    let words = best.get(&["words"]).and_then(|words| words.items().ok());
    let mut runs: Vec<(usize, String)> = Vec::new();
    for word in words.unwrap_or_default() {
        let Some(speaker) = word
            .get(&["speaker"])
            .and_then(|n| usize::try_from(n.value.as_u64()?).ok())
        else {
            return Vec::new();
        };
        let text = word
            .get(&["punctuated_word", "word"])
            .and_then(|text| text.value.as_str())
            .unwrap_or_default();
        match runs.last_mut() {
            Some((last, said)) if *last == speaker => {
                said.push(' ');
                said.push_str(text);
            }
            _ => runs.push((speaker, text.to_owned())),
        }
    }
    runs
}
