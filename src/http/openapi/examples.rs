//! An example of each request and of the main responses, by operation id, for `/docs`.

use std::{collections::HashMap, sync::LazyLock};

use serde::Deserialize;
use serde_json::Value;
use utoipa::openapi::{RefOr, path::Operation};

const JSON: &str = "application/json";

#[derive(Deserialize)]
struct Example {
    request: Option<Value>,
    response: Option<Value>,
}

static EXAMPLES: LazyLock<HashMap<String, Example>> = LazyLock::new(|| {
    // Read by the tests; without it there are no examples.
    serde_json::from_str(include_str!("examples.json")).unwrap_or_default()
});

/// Puts the operation's examples beside its schemas.
pub(super) fn show(operation: &mut Operation) {
    let id = operation.operation_id.as_deref().unwrap_or_default();
    let Some(example) = EXAMPLES.get(id) else {
        return;
    };
    if let Some(RefOr::T(body)) = &mut operation.request_body
        && let Some(RefOr::T(content)) = body.content.get_mut(JSON)
    {
        content.example.clone_from(&example.request);
    }
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && status.starts_with('2')
            && let Some(RefOr::T(content)) = response.content.get_mut(JSON)
        {
            content.example.clone_from(&example.response);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_body_has_an_example() {
        let contract: Value = serde_json::from_str(&super::super::openapi()).unwrap();
        let mut shown = 0;
        for item in contract["paths"].as_object().unwrap().values() {
            for operation in item.as_object().unwrap().values() {
                let id = operation["operationId"].as_str().unwrap();
                let body = &operation["requestBody"]["content"][JSON];
                assert!(
                    body.is_null() || !body["example"].is_null(),
                    "the body of {id} has no example"
                );
                shown += usize::from(EXAMPLES.contains_key(id));
            }
        }
        assert_eq!(shown, EXAMPLES.len(), "an example is of no operation");
    }
}
