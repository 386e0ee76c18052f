//! The parts of a message that are repeated in its request's headers. Pure.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

/// What a message says about the revision that it follows.
const VERSION_IN_META: &str = "/params/_meta/io.modelcontextprotocol~1protocolVersion";

/// What the protocol wants to know of a message before its body is read.
pub(super) fn headers(message: &Value, agreed: Option<&str>) -> Vec<(&'static str, String)> {
    let mut headers = Vec::new();
    let own = message.pointer(VERSION_IN_META).and_then(Value::as_str);
    if message["method"] != "initialize"
        && let Some(version) = own.or(agreed)
    {
        headers.push(("mcp-protocol-version", version.to_owned()));
    }
    let Some(method) = message["method"].as_str().filter(|_| own.is_some()) else {
        return headers;
    };
    headers.push(("mcp-method", method.to_owned()));
    let name = match method {
        "tools/call" | "prompts/get" => &message["params"]["name"],
        "resources/read" => &message["params"]["uri"],
        _ => return headers,
    };
    headers.extend(name.as_str().map(|name| ("mcp-name", header_text(name))));
    headers
}

/// A text that a header can carry: as it is, or in base64 between the marks that the protocol has for it.
fn header_text(text: &str) -> String {
    let plain = text.bytes().all(|byte| (0x20..=0x7e).contains(&byte)) && text.trim() == text;
    if plain {
        return text.to_owned();
    }
    format!("=?base64?{}?=", STANDARD.encode(text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn headers_repeat_what_the_newest_revision_wants_repeated() {
        let check = |message: Value, agreed: Option<&str>, expected: &[(&str, &str)]| {
            let headers = headers(&message, agreed);
            let headers: Vec<_> = headers
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            assert_eq!(headers, expected, "{message}");
        };
        check(json!({"method": "initialize"}), None, &[]);
        check(
            json!({"method": "tools/list"}),
            Some("2025-06-18"),
            &[("mcp-protocol-version", "2025-06-18")],
        );
        let meta = json!({"io.modelcontextprotocol/protocolVersion": "2026-07-28"});
        check(
            json!({"method": "tools/call", "params": {"name": "fetch", "_meta": meta}}),
            None,
            &[
                ("mcp-protocol-version", "2026-07-28"),
                ("mcp-method", "tools/call"),
                ("mcp-name", "fetch"),
            ],
        );
    }

    #[test]
    fn header_texts_are_ascii() {
        let check = |text: &str, expected: &str| assert_eq!(header_text(text), expected);
        check("get_article", "get_article");
        check("退", "=?base64?6YCA?=");
        check("é", "=?base64?w6k=?=");
        check(" a", "=?base64?IGE=?=");
    }
}
