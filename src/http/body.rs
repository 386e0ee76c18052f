//! JSON request bodies, parsed strictly: at most 1 MiB and a limited number of values; every error names its position.

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, Request},
    http::{HeaderMap, header, request::Parts},
};
use futures::StreamExt as _;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_path_to_error::Segment;
use tokio::time::timeout;

use super::{params::pointer, problem::Problem};
use crate::json::{self, values};

/// Bytes of a body; the contract's 1 MiB.
pub(super) const MAX_BODY: usize = 1024 * 1024;

/// Values of a JSON body: real ones have a few hundred, the longest account ten thousand; 1 MiB has room for half a million, which
/// take fifty times as much in memory.
pub(super) const MAX_VALUES: usize = 20_000;

/// Bytes that are read and thrown away after a body proved too large, so that a client that is still sending gets to
/// read the refusal instead of a reset connection.
const MAX_DRAIN: usize = 64 * 1024 * 1024;

/// How long a body may take to arrive; a client that sends it byte by byte must not keep its place.
const PATIENCE: Duration = Duration::from_secs(20);

/// A body that must be there.
pub(super) struct JsonBody<T>(pub(super) T);

/// A body that may be missing: then everything has its default.
pub(super) struct OptionalBody<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let (head, bytes) = read(request).await?;
        if bytes.is_empty() {
            return Err(Problem::flaw("", "the body is empty; send a JSON object"));
        }
        check_media_type(&head.headers)?;
        parse(&bytes).map(Self)
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Default> FromRequest<S> for OptionalBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let (head, bytes) = read(request).await?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        check_media_type(&head.headers)?;
        parse(&bytes).map(Self)
    }
}

/// A body as it came, whatever it is.
pub(super) struct RawBody(pub(super) Bytes);

impl<S: Send + Sync> FromRequest<S> for RawBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        Ok(Self(read(request).await?.1))
    }
}

/// A request with a body that somebody else may read as JSON.
///
/// # Errors
/// As those of [`read`], and 400 for too many values.
pub(super) async fn bounded(request: Request) -> Result<Request, Problem> {
    let (head, bytes) = read(request).await?;
    check_values(&bytes, MAX_VALUES)?;
    Ok(Request::from_parts(head, Body::from(bytes)))
}

/// The whole body with the request's head.
///
/// # Errors
/// 413 for more than 1 MiB, 400 for one that breaks off, 408 for one that does not arrive.
pub(super) async fn read(request: Request) -> Result<(Parts, Bytes), Problem> {
    let (parts, body) = request.into_parts();
    let announced: Option<usize> = parts
        .headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse().ok());
    // Whoever asks before sending (`Expect: 100-continue`) is told at once.
    if announced.is_some_and(|length| length > MAX_BODY)
        && parts.headers.contains_key(header::EXPECT)
    {
        return Err(Problem::too_large(MAX_BODY));
    }
    let collected = timeout(PATIENCE, collect(body, announced)).await;
    let (bytes, seen) = collected.map_err(|_| Problem::slow_body(PATIENCE.as_secs()))??;
    if seen > MAX_BODY {
        Err(Problem::too_large(MAX_BODY))
    } else {
        Ok((parts, bytes.into()))
    }
}

/// A body's bytes, as far as they may be used, and how many came.
async fn collect(body: Body, announced: Option<usize>) -> Result<(Vec<u8>, usize), Problem> {
    let mut chunks = body.into_data_stream();
    let mut bytes = Vec::with_capacity(announced.unwrap_or(0).min(MAX_BODY));
    let mut seen: usize = 0;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Problem::flaw("", "the body ended early; send all of it"))?;
        seen += chunk.len();
        if seen <= MAX_BODY {
            bytes.extend_from_slice(&chunk);
        } else if seen > MAX_DRAIN {
            break;
        }
    }
    Ok((bytes, seen))
}

/// JSON may come without a media type, but not under another one.
fn check_media_type(headers: &HeaderMap) -> Result<(), Problem> {
    let Some(given) = headers.get(header::CONTENT_TYPE) else {
        return Ok(());
    };
    let given = given.to_str().unwrap_or_default();
    let essence = given
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    if essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
    {
        return Ok(());
    }
    Err(Problem::flaw(
        "",
        format!("the body must be sent as application/json, not as {given:?}"),
    ))
}

/// Refuses JSON with more values than that, before it is read.
pub(super) fn check_values(json: &[u8], limit: usize) -> Result<(), Problem> {
    if values(json) <= limit {
        return Ok(());
    }
    let detail = format!("the body has more than {limit} values; send less at once");
    Err(Problem::flaw("", detail))
}

/// Reads a value, and turns what serde says into a flaw with a JSON pointer.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    check_values(bytes, MAX_VALUES)?;
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader)
        .map(|Object(value)| value)
        .map_err(|error| {
            let inner = error.inner().to_string();
            let detail = match without_position(&inner) {
                "recursion limit exceeded" => "is nested deeper than 127 levels",
                _ if matches!(error.inner().classify(), Category::Syntax | Category::Eof) => {
                    return Problem::flaw("", format!("the body is not valid JSON: {inner}"));
                }
                detail => detail,
            };
            let mut names: Vec<String> = error.path().iter().filter_map(segment).collect();
            // For a field that is unknown or missing the path ends at the object around it.
            if let Some(field) = named_field(detail).filter(|field| names.last() != Some(field)) {
                names.push(field);
            }
            Problem::flaw(pointer(names.iter().map(String::as_str)), detail)
        })?;
    match reader.end() {
        Ok(()) => Ok(value),
        Err(error) => Err(Problem::flaw(
            "",
            format!("the body is not valid JSON: {error}"),
        )),
    }
}

/// Every body of the contract is an object.
#[derive(serde::Deserialize)]
#[serde(transparent, bound = "T: DeserializeOwned")]
struct Object<T>(#[serde(deserialize_with = "json::object")] T);

fn segment(segment: &Segment) -> Option<String> {
    match segment {
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Map { key } => Some(key.clone()),
        Segment::Enum { variant } => Some(variant.clone()),
        Segment::Unknown => None,
    }
}

/// Lines and columns of a one-line body tell nobody anything.
fn without_position(message: &str) -> &str {
    message
        .rfind(" at line ")
        .map_or(message, |at| &message[..at])
}

/// The field that serde's message is about.
fn named_field(message: &str) -> Option<String> {
    let about = ["unknown field `", "missing field `", "duplicate field `"];
    let rest = about.iter().find_map(|start| message.strip_prefix(start))?;
    rest.split('`').next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse as _;
    use serde_json::{Value, json};

    use super::*;
    use crate::search::types::SearchRequest;

    fn problem(error: Problem) -> Value {
        let body = error.into_response().into_body();
        let bytes = futures::executor::block_on(axum::body::to_bytes(body, usize::MAX)).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    #[test]
    fn every_mistake_is_named_by_its_place() {
        let check = |body: Value, place: &str, word: &str| {
            let Err(error) = parse::<SearchRequest>(body.to_string().as_bytes()) else {
                panic!("{body} was taken")
            };
            let problem = problem(error);
            assert_eq!(problem["errors"][0]["pointer"], place, "{body}");
            assert!(
                problem["detail"].as_str().unwrap().contains(word),
                "{problem}"
            );
            assert_eq!(problem["status"], 400);
        };
        check(json!({}), "/query", "missing");
        check(json!({"query": 3}), "/query", "string");
        check(json!({"query": "q", "limt": 3}), "/limt", "limt");
        check(json!({"query": "q", "limit": -1}), "/limit", "-1");
        check(json!({"query": "q", "limit": "ten"}), "/limit", "string");
        check(
            json!({"query": "q", "filter": {"langs": []}}),
            "/filter/langs",
            "langs",
        );
        check(
            json!({"query": "q", "filter": {"lang": "en"}}),
            "/filter/lang",
            "sequence",
        );
        check(
            json!({"query": "q", "filter": {"tags": ["a", 5]}}),
            "/filter/tags/1",
            "5",
        );
        check(json!({"query": "q", "mode": "fuzzy"}), "/mode", "fuzzy");
        for mode in [json!(1), json!(null), json!([]), json!({"hybrid": null})] {
            check(json!({"query": "q", "mode": mode}), "/mode", "string");
        }
        check(json!({"query": "q", "a/b~c": 1}), "/a~1b~0c", "a/b~c");
        check(
            json!({"query": "q", "filter": [["en"], [], [], []]}),
            "/filter",
            "object",
        );
        check(json!(["q"]), "", "object");
        check(json!("q"), "", "object");
    }

    #[test]
    fn what_is_no_json_is_told_apart() {
        for body in [
            "{",
            "{\"query\": \"q\"} x",
            "{'query': 'q'}",
            "\u{feff}{}",
            "{\"query\": \"\\ud800\"}",
            "nul",
        ] {
            let Err(error) = parse::<SearchRequest>(body.as_bytes()) else {
                panic!("{body} was taken")
            };
            let problem = problem(error);
            assert_eq!(problem["code"], "bad_request");
            assert!(
                problem["detail"]
                    .as_str()
                    .unwrap()
                    .contains("not valid JSON"),
                "{problem}"
            );
        }
    }

    #[test]
    fn a_body_has_only_so_many_values() {
        let check = |items: usize, expected: &str| {
            let list = vec!["[0]"; items].join(",");
            let body = format!("{{\"query\":\"q\",\"account\":{{\"a\":[{list}]}}}}");
            let read = parse::<SearchRequest>(body.as_bytes());
            let detail = read.map_err(|error| problem(error)["detail"].to_string());
            assert_eq!(detail.err().unwrap_or_default(), expected, "{items}");
        };
        check(9_990, "");
        let refusal = "\"the body has more than 20000 values; send less at once\"";
        check(10_000, refusal);
        check(250_000, refusal);
    }

    #[test]
    fn deep_nesting_ends_in_a_refusal() {
        let body = format!(
            "{{\"query\":\"q\",\"account\":{}{}}}",
            "{\"a\":".repeat(100_000),
            "1"
        );
        assert!(parse::<SearchRequest>(body.as_bytes()).is_err());
        let body = format!(
            "{{\"query\":\"q\",\"account\":{}1{}}}",
            "{\"a\":".repeat(200),
            "}".repeat(200)
        );
        let Err(error) = parse::<SearchRequest>(body.as_bytes()) else {
            panic!("200 levels were taken")
        };
        let problem = problem(error);
        assert!(
            problem["detail"].as_str().unwrap().contains("deeper"),
            "{problem}"
        );
    }
}
