//! The API description in OpenAPI 3.1, generated from the routes.
//!
//! Owns what the macros cannot express: which scope each operation needs, the errors that all operations have, and the
//! names of paths that contain a `/`. Leaves which handlers there are to `routes`.

mod events;
mod examples;
mod shapes;

#[cfg(test)]
pub(super) use events::StreamEvent;

use std::sync::LazyLock;

use utoipa::{
    OpenApi as _, PartialSchema as _, ToSchema as _,
    openapi::{
        Content, OpenApi, Ref, RefOr,
        path::{Operation, ParameterIn, PathItem},
        response::{Response, ResponseBuilder},
        security::{
            ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
        },
    },
};

use super::{
    problem::{MEDIA_TYPE, ProblemBody},
    routes,
};
use crate::keys::Scope;

const BEARER: &str = "key";
const COOKIE: &str = "session";

/// Refusals that any operation may answer with, besides those of its scope.
const COMMON: [(&str, &str); 8] = [
    ("400", "The input is not valid: `errors` says where"),
    (
        "403",
        "The request names a host, or comes from an origin, that is not let in",
    ),
    ("404", "It is not here, or not for this key"),
    ("408", "The body did not arrive in time; send it at once"),
    ("413", "The body is larger than 1 MiB"),
    (
        "429",
        "Too much at once, or in too short a time; `Retry-After` says when to ask again",
    ),
    (
        "500",
        "The server failed; the log has more under the request's id",
    ),
    (
        "503",
        "Not ready, overloaded, or without an embedding model; ask again",
    ),
];

/// Refusals of operations that need a key.
const OF_SCOPE: [(&str, &str); 2] = [
    ("401", "No key, or one that is not good"),
    (
        "403",
        "The key lacks the scope, or the host or the origin is not let in",
    ),
];

/// WebSockets that have a second address: beside the call or the agent itself.
const ALSO_AT: [(&str, &str); 2] = [
    ("/v1/calls/{id}/events/ws", "/v1/calls/{id}/ws"),
    (
        "/v1/agents/{agent_id}/events/ws",
        "/v1/agents/{agent_id}/ws",
    ),
];

/// What the document says of itself.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Cuecard",
        description = "Retriever base search for contact centres with live agent assistance. Refusals are RFC 9457 \
                       problem details with a stable `code`. Offsets count Unicode scalar values, begin inclusive, end \
                       exclusive; lines are 1-based and inclusive; times are RFC 3339 in UTC.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    components(schemas(events::StreamEvent)),
    tags(
        (name = "search", description = "Ask"),
        (name = "articles", description = "Read and browse"),
        (name = "calls", description = "Say what happens on a call, and get cards"),
        (name = "generate", description = "Texts by a language model, from passages alone"),
        (name = "content", description = "The content's health"),
        (name = "insights", description = "What callers ask, what is missing, what helps"),
        (name = "identity", description = "Keys and sessions"),
        (name = "operation", description = "For operators and orchestrators"),
    ),
)]
struct About;

/// An empty document with a title.
pub(super) fn about() -> OpenApi {
    About::openapi()
}

/// The whole contract as indented JSON: what `/openapi.json` serves and `cuecard openapi` prints.
#[must_use]
pub fn openapi() -> String {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let (_, api) = routes::api().split_for_parts();
        // Made of strings and numbers alone: nothing in it can refuse to be written.
        let text = finish(api).to_pretty_json().unwrap_or_default();
        shapes::plainly_named(&text)
    });
    TEXT.clone()
}

/// Says of every operation of a group that it needs a key with a scope.
pub(super) fn mark(api: &mut OpenApi, scope: Scope) {
    for operation in api.paths.paths.values_mut().flat_map(operations) {
        let needs = |scheme: &str| SecurityRequirement::new(scheme, [scope.name()]);
        operation.security = Some(vec![needs(BEARER), needs(COOKIE)]);
        refuse(operation, &OF_SCOPE);
    }
}

fn finish(mut api: OpenApi) -> OpenApi {
    let paths = std::mem::take(&mut api.paths.paths);
    for (path, mut item) in paths {
        operations(&mut item).for_each(|operation| refuse(operation, &COMMON));
        operations(&mut item).for_each(examples::show);
        api.paths.paths.insert(path.replace("{*", "{"), item);
    }
    for (first, second) in ALSO_AT {
        if let Some(mut item) = api.paths.paths.get(first).cloned() {
            for operation in operations(&mut item) {
                let id = operation.operation_id.take().unwrap_or_default();
                operation.operation_id = Some(format!("{id}_short"));
                operation.description = Some(format!("The same as `{first}`."));
            }
            api.paths.paths.insert(second.to_owned(), item);
        }
    }
    // Of the package, which names nobody.
    api.info.contact = None;
    let components = api.components.get_or_insert_default();
    let mut schemas = vec![(ProblemBody::name().into_owned(), ProblemBody::schema())];
    ProblemBody::schemas(&mut schemas);
    components.schemas.extend(schemas);
    components.schemas.values_mut().for_each(shapes::pairs);
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some(
            "A key of `cuecard keys add`. A server on loopback without keys needs none.",
        ))
        .build();
    let cookie = ApiKeyValue::with_description("cuecard_session", "Set by POST /v1/session.");
    components
        .security_schemes
        .insert(BEARER.to_owned(), RefOr::T(SecurityScheme::Http(bearer)));
    components.security_schemes.insert(
        COOKIE.to_owned(),
        RefOr::T(SecurityScheme::ApiKey(ApiKey::Cookie(cookie))),
    );
    api
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.delete,
        &mut item.patch,
    ]
    .into_iter()
    .flatten()
}

/// Adds refusals that the operation does not describe itself, where they can happen.
fn refuse(operation: &mut Operation, refusals: &[(&str, &str)]) {
    let names_something = operation
        .parameters
        .iter()
        .flatten()
        .any(|parameter| match parameter {
            RefOr::T(parameter) => parameter.parameter_in == ParameterIn::Path,
            RefOr::Ref(_) => false,
        });
    // There are none where nothing is recorded.
    let is_report = operation.tags.iter().flatten().any(|tag| tag == "insights");
    let has_body = operation.request_body.is_some();
    for (status, meaning) in refusals {
        let can_happen = match *status {
            "404" => names_something || is_report,
            "408" | "413" => has_body,
            _ => true,
        };
        if can_happen {
            let described = operation.responses.responses.entry((*status).to_owned());
            described.or_insert_with(|| RefOr::T(problem_response(meaning)));
        }
    }
    // Handlers name a refusal by its status and meaning alone; its shape is always the same.
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && response.content.is_empty()
            && status.starts_with(['4', '5'])
        {
            *response = problem_response(&response.description);
        }
    }
}

fn problem_response(meaning: &str) -> Response {
    let schema = Ref::from_schema_name(ProblemBody::name());
    ResponseBuilder::new()
        .description(meaning)
        .content(MEDIA_TYPE, Content::new(Some(schema)))
        .build()
}
