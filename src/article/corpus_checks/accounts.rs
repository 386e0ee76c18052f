//! Checks rules against the account schema: fields that no account has, and values that a field never takes.

use serde_json::Value;

use super::{
    super::{
        Diagnostic, Rule, Severity,
        findings::{advice, finding},
    },
    spot::{Spots, Step},
};

/// Most references that are followed from one place: they may lead in a circle.
const MAX_REFS: usize = 16;

/// Keys under which a schema describes more fields, or by their names' shape.
const ELSEWHERE: &[&str] = &["$ref", "allOf", "anyOf", "oneOf", "if", "patternProperties"];

/// Every field and value of an article's rules that the schema does not know.
pub(super) fn unknown(spots: &Spots<'_>, schema: &Value) -> Vec<Diagnostic> {
    let article = spots.article;
    let own = article
        .when
        .iter()
        .map(|rule| (vec![Step::Key("when")], rule));
    let pushed = article
        .triggers
        .iter()
        .enumerate()
        .filter_map(|(at, trigger)| {
            let steps = vec![Step::Key("triggers"), Step::Item(at), Step::Key("when")];
            Some((steps, trigger.when.as_ref()?))
        });
    own.chain(pushed)
        .flat_map(|(steps, source)| judge(spots, schema, &steps, source))
        .collect()
}

fn judge(spots: &Spots<'_>, schema: &Value, steps: &[Step<'_>], source: &str) -> Vec<Diagnostic> {
    // A rule that does not compile has its own finding.
    let Ok(rule) = Rule::compile(source) else {
        return Vec::new();
    };
    let article = spots.article;
    let place = |needle: &str| spots.within(spots.value(steps), needle);
    let mut findings = Vec::new();
    for field in rule.fields() {
        if let Err(Lost { name, known }) = look_up(schema, &field) {
            findings.push(finding(
                &article.path,
                place(&name),
                ("unknown-field", Severity::Warning),
                format!("no account has the field `{field}`; the rule never holds"),
                advice(
                    &name,
                    "the fields that _account.schema.json describes there are",
                    &known,
                ),
            ));
        }
    }
    for (field, value) in rule.compared() {
        let Ok(Some(Value::Array(allowed))) =
            look_up(schema, &field).map(|node| node.and_then(|node| values(schema, node)))
        else {
            continue;
        };
        let allowed: Vec<&str> = allowed.iter().filter_map(Value::as_str).collect();
        if allowed.is_empty() || allowed.contains(&value.as_str()) {
            continue;
        }
        findings.push(finding(
            &article.path,
            place(&value),
            ("unknown-value", Severity::Warning),
            format!("`{field}` is never `{value}`"),
            advice(&value, "it is one of", &allowed),
        ));
    }
    findings
}

/// The values that a field, or the items of a list, may have.
fn values<'a>(schema: &'a Value, node: &'a Value) -> Option<&'a Value> {
    let items = || resolved(schema, node.get("items")?).get("enum");
    node.get("enum").or_else(items)
}

/// A step that the schema does not know, and those that it does.
struct Lost<'a> {
    name: String,
    known: Vec<&'a str>,
}

/// What the schema says of `account.a.b`; None where it leaves the field open.
fn look_up<'a>(schema: &'a Value, field: &str) -> Result<Option<&'a Value>, Lost<'a>> {
    let mut here = resolved(schema, schema);
    for name in field.split('.').skip(1) {
        let Some(Value::Object(properties)) = here.get("properties") else {
            return Ok(None);
        };
        match properties.get(name) {
            Some(next) => here = resolved(schema, next),
            None if is_open(here) => return Ok(None),
            None => {
                return Err(Lost {
                    name: name.to_owned(),
                    known: properties.keys().map(String::as_str).collect(),
                });
            }
        }
    }
    Ok(Some(here))
}

/// Whether an object may have fields that are not listed. Without a word about it a list is taken for whole: else no slip
/// of the finger would be found.
fn is_open(node: &Value) -> bool {
    let allows = |value: &Value| *value != Value::Bool(false);
    node.get("additionalProperties").is_some_and(allows)
        || ELSEWHERE.iter().any(|key| node.get(key).is_some())
}

/// What a node that refers to another place of the schema stands for; itself where that place is not there.
fn resolved<'a>(schema: &'a Value, node: &'a Value) -> &'a Value {
    let next = |node: &&'a Value| {
        let place = node.get("$ref")?.as_str()?.strip_prefix('#')?;
        schema.pointer(place)
    };
    let chain = std::iter::successors(Some(node), next);
    chain.take(MAX_REFS).last().unwrap_or(node)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::super::parse, *};

    #[test]
    fn open_objects_and_references_are_followed() {
        let schema = json!({
            "properties": {
                "plan": {"$ref": "#/$defs/plan"},
                "extra": {"properties": {"a": {}}, "additionalProperties": true},
                "closed": {"$ref": "#/$defs/closed"},
                "circle": {"$ref": "#/properties/circle"}
            },
            "$defs": {
                "plan": {"enum": ["fiber", "dsl"]},
                "closed": {"properties": {"a": {"items": {"$ref": "#/$defs/plan"}}}}
            }
        });
        for (rule, expected) in [
            ("account.plan == \"fiber\"", None),
            ("account.plan == \"fibre\"", Some("unknown-value")),
            ("account.extra.b == 1", None),
            ("account.closed.a == 1", None),
            ("account.closed.b == 1", Some("unknown-field")),
            ("\"cable\" in account.closed.a", Some("unknown-value")),
            ("account.circle.a == 1", None),
            ("account.plans == 1", Some("unknown-field")),
        ] {
            let file = format!("---\nwhen: '{rule}'\n---\nx\n");
            let parsed = parse("a.md", file.as_bytes());
            let article = parsed.article.unwrap();
            let found = unknown(&Spots::of(&article), &schema);
            let told: Vec<&str> = found.iter().map(|one| one.rule.as_str()).collect();
            assert_eq!(told, Vec::from_iter(expected), "{rule}");
        }
    }
}
