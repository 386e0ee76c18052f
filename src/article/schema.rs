//! The front matter as a JSON Schema, for editors with completion and validation.

use schemars::{JsonSchema, schema_for};

/// JSON Schema (2020-12) of the front matter.
#[must_use]
pub fn front_matter_schema() -> serde_json::Value {
    schema_for!(FrontMatter).into()
}

/// Front matter of a Cuecard article. Keys that are not listed are kept under `meta`.
#[derive(JsonSchema)]
#[schemars(title = "Cuecard article", extend("additionalProperties" = true))]
#[allow(dead_code, reason = "only its shape is used")]
struct FrontMatter {
    /// Unique name without white space. Default: the path without `.md`.
    id: Option<Scalar>,
    /// Title. Default: the first heading, else the file's name.
    title: Option<Scalar>,
    /// BCP 47 tag such as en, zh-Hans or pt-BR. Default: detected from the text.
    lang: Option<String>,
    /// Id of the article that this one translates; ties languages together.
    translation_of: Option<Scalar>,
    /// One line on what the article answers.
    summary: Option<Scalar>,
    /// Topics.
    tags: Option<OneOrMany>,
    /// A single topic.
    tag: Option<OneOrMany>,
    /// Products it is about.
    products: Option<OneOrMany>,
    /// A single product.
    product: Option<OneOrMany>,
    /// Who may see it, such as agent or customer. Default: agent.
    audience: Option<OneOrMany>,
    /// Team that answers for it.
    owner: Option<Scalar>,
    /// Where it is in its life. Default: published.
    status: Option<super::Status>,
    /// Day of the last review.
    #[schemars(extend("format" = "date"))]
    reviewed: Option<String>,
    /// Time after which a review is due again, such as 90d or 12w.
    review_every: Option<Duration>,
    /// Days on which it is in force.
    effective: Option<Effective>,
    /// How customers say it.
    questions: Option<OneOrMany>,
    /// Next best questions to ask the customer, in order.
    ask: Option<OneOrMany>,
    /// CEL over `account`: the article exists only for accounts for which it holds.
    when: Option<Expression>,
    /// When to push the article during a call.
    triggers: Option<Vec<Trigger>>,
}

/// A rule that pushes the article during a call: `any`, or `when`, or both.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "only its shape is used")]
struct Trigger {
    /// Phrases of which one must be said. Without any, the trigger fires when the account makes `when` true.
    any: Option<OneOrMany>,
    /// Phrases that silence it within the same utterance.
    not: Option<OneOrMany>,
    /// Whose words count. Default: customer.
    role: Option<super::Role>,
    /// CEL over `account` that must hold.
    when: Option<Expression>,
    /// Higher goes first. Default: 0.
    #[schemars(range(min = -1000, max = 1000))]
    priority: Option<i32>,
    /// Silence after it fired, such as 120s or 5m.
    cooldown: Option<Duration>,
    /// At most once in a call: so it is unless a `cooldown` is given.
    once: Option<bool>,
}

/// Days, inclusive; a missing end is open.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "only its shape is used")]
struct Effective {
    /// First day.
    #[schemars(extend("format" = "date"))]
    from: Option<String>,
    /// Last day.
    #[schemars(extend("format" = "date"))]
    until: Option<String>,
}

/// Text; numbers and booleans are taken as they are written.
#[derive(JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "only its shape is used")]
enum Scalar {
    Text(String),
    Number(f64),
    Bool(bool),
}

/// A list; one value is a list of one.
#[derive(JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "only its shape is used")]
enum OneOrMany {
    Many(Vec<Scalar>),
    One(Scalar),
}

/// A number and a unit: s, m, h, d, w, mo or y.
#[derive(JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "only its shape is used")]
enum Duration {
    Text(#[schemars(regex(pattern = r"^[0-9]+ ?[A-Za-z]*$"))] String),
    Number(u64),
}

/// A CEL expression over `account`, such as `account.plan in ["fiber", "dsl"]`.
#[derive(JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "only its shape is used")]
enum Expression {
    Text(String),
    Bool(bool),
}

#[cfg(test)]
mod tests {
    use super::{
        super::{fields, triggers},
        *,
    };

    fn keys(schema: &serde_json::Value) -> Vec<&str> {
        let mut keys: Vec<&str> = schema["properties"]
            .as_object()
            .into_iter()
            .flat_map(|p| p.keys().map(String::as_str))
            .collect();
        keys.sort_unstable();
        keys
    }

    fn sorted<'a>(keys: &[&'a str]) -> Vec<&'a str> {
        let mut keys = keys.to_vec();
        keys.sort_unstable();
        keys
    }

    #[test]
    fn the_schema_has_the_keys_that_are_read() {
        let schema = front_matter_schema();
        assert_eq!(keys(&schema), sorted(fields::KEYS));
        assert_eq!(keys(&schema["$defs"]["Trigger"]), sorted(triggers::KEYS));
        assert_eq!(schema["additionalProperties"], true);
        let described = |properties: &serde_json::Value| {
            properties
                .as_object()
                .is_some_and(|p| p.values().all(|v| v["description"].is_string()))
        };
        assert!(
            described(&schema["properties"])
                && described(&schema["$defs"]["Trigger"]["properties"])
        );
    }
}
