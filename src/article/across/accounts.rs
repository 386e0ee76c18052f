//! Rules against the account's schema: fields that no account has, and values that a field never takes.

use serde_json::Value;

use super::{
    super::{
        Diagnostic, Rule, Severity,
        findings::{finding, nearest},
    },
    spot::{Spots, Step},
};

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
            let help = match nearest(&name, &known) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!(
                    "the fields there are {}; new ones are described in _account.schema.json",
                    known.join(", ")
                ),
            };
            findings.push(finding(
                &article.path,
                place(&name),
                ("unknown-field", Severity::Warning),
                format!("no account has the field `{field}`; the rule never holds"),
                help,
            ));
        }
    }
    for (field, value) in rule.compared() {
        let Ok(Some(Value::Array(allowed))) =
            look_up(schema, &field).map(|node| node.and_then(values))
        else {
            continue;
        };
        let allowed: Vec<&str> = allowed.iter().filter_map(Value::as_str).collect();
        if allowed.is_empty() || allowed.contains(&value.as_str()) {
            continue;
        }
        let help = match nearest(&value, &allowed) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("it is one of {}", allowed.join(", ")),
        };
        findings.push(finding(
            &article.path,
            place(&value),
            ("unknown-value", Severity::Warning),
            format!("`{field}` is never `{value}`"),
            help,
        ));
    }
    findings
}

/// The values that a field, or the items of a list, may have.
fn values(node: &Value) -> Option<&Value> {
    node.get("enum")
        .or_else(|| node.get("items").and_then(|items| items.get("enum")))
}

/// A step that the schema does not know, and those that it does.
struct Lost<'a> {
    name: String,
    known: Vec<&'a str>,
}

/// What the schema says of `account.a.b`; None where it leaves the field open.
fn look_up<'a>(schema: &'a Value, field: &str) -> Result<Option<&'a Value>, Lost<'a>> {
    let mut here = schema;
    for name in field.split('.').skip(1) {
        let Some(Value::Object(properties)) = here.get("properties") else {
            return Ok(None);
        };
        match properties.get(name) {
            Some(next) => here = next,
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
