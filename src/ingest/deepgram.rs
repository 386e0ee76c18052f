//! Deepgram: results of a live stream. The address identifies the call; channel and speaker numbers are mapped to roles.

use super::{
    Collector, Pause, Segment, Stream, TranscriptUpdate, UtteranceKey, What, node::Node, tag,
};
use crate::{search::error::FieldError, text::row};

/// Reads one message of the stream.
pub(super) fn read(message: &Node, into: &mut Collector) -> Result<(), FieldError> {
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
        "UtteranceEnd" => utterance_end(message, into),
        // The stream's last message; a call that the address names may have others.
        "Metadata" | "CloseStream" => {
            let stream = request(message)?;
            let what = match into.hints.call_id {
                None => What::Ended,
                Some(_) => What::Paused(Pause {
                    stream: stream.clone(),
                    ..Pause::default()
                }),
            };
            into.happened(message, stream, what)
        }
        other => into.skipped(message, format!("message {other} changes nothing")),
    }
}

/// Says that words were the last ones for a while. It does not name its stream.
fn utterance_end(message: &Node, into: &mut Collector) -> Result<(), FieldError> {
    let call_id = request(message)?;
    if call_id.is_none() && into.hints.call_id.is_none() {
        return into.skipped(message, "does not name its call");
    }
    let end = message.get(&["last_word_end"]);
    if end.as_ref().is_some_and(|end| end.number().is_none()) {
        return into.skipped(message, "no word came before it");
    }
    let channel = message.get(&["channel"]);
    let channel = channel.and_then(|pair| usize::try_from(pair.value.get(0)?.as_u64()?).ok());
    let pause = Pause {
        stream: call_id.clone(),
        channel,
        until_ms: end.and_then(|end| end.seconds()),
    };
    into.happened(message, call_id, What::Paused(pause))
}

fn results(message: &Node, into: &mut Collector) -> Result<(), FieldError> {
    let call_id = request(message)?;
    let stream = call_id.clone().unwrap_or_default();
    let (channel, channels) = channel_of(message)?;
    let begin = message.need(&["start"])?;
    let begin_ms = begin
        .seconds()
        .ok_or_else(|| begin.flaw("must be a number of seconds"))?;
    let length = message.get(&["duration"]).and_then(|secs| secs.seconds());
    let alternatives = message.need(&["channel"])?.need(&["alternatives"])?;
    let Some(best) = alternatives.items()?.next() else {
        return into.skipped(message, "no words in it");
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
    let pauses = message.get(&["speech_final"]).map(|last| last.flag());
    let parts = match spoken.len() {
        0 => whole,
        // A partial is one utterance; its final may turn out to be several.
        1 => vec![(spoken[0].0, whole[0].1.clone())],
        _ if !is_final => vec![(spoken[0].0, whole[0].1.clone())],
        _ => spoken,
    };
    let last = parts.len().saturating_sub(1);
    for (at, (speaker, text)) in parts.into_iter().enumerate() {
        let name = if at == 0 {
            id.clone()
        } else {
            format!("{id}:{at}")
        };
        let id = match pauses {
            Some(pauses) => UtteranceKey::Segment(Segment {
                stream: stream.clone(),
                channel,
                speaker,
                name,
                is_last: pauses && at == last,
            }),
            // Who says nothing of pauses settles whole utterances.
            None => UtteranceKey::Numbered {
                track: name.clone(),
                event: name,
                number: None,
            },
        };
        let what = What::TranscriptUpdate(TranscriptUpdate {
            id,
            role: into.hints.role(speaker),
            text,
            is_final,
            begin_ms: Some(begin_ms),
            end_ms: length.map(|length| begin_ms.saturating_add(length)),
            lang: lang.clone(),
            stream: call_id.clone().map(Stream::named),
        });
        into.happened(message, call_id.clone(), what)?;
    }
    Ok(())
}

/// The stream's name: it stands for the call where the address names none.
fn request(message: &Node) -> Result<Option<String>, FieldError> {
    let named = message.get(&["request_id"]).or_else(|| {
        message
            .get(&["metadata"])
            .and_then(|metadata| metadata.get(&["request_id"]))
    });
    named.map(|id| id.id()).transpose()
}

/// `channel_index` is `[channel, channels]`.
fn channel_of(message: &Node) -> Result<(usize, usize), FieldError> {
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
    let mut runs: Vec<(usize, Vec<&str>)> = Vec::new();
    for word in words.into_iter().flatten() {
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
            Some((last, said)) if *last == speaker => said.push(text),
            _ => runs.push((speaker, vec![text])),
        }
    }
    runs.into_iter()
        .map(|(speaker, said)| (speaker, row(said.into_iter())))
        .collect()
}
