//! Triggers: when an article is pushed during a call.

use super::{
    Role, Trigger,
    fields::Fields,
    findings::Position,
    front_matter::{Entry, Node, Value},
};

pub(super) const KEYS: &[&str] = &["any", "not", "role", "when", "priority", "cooldown", "once"];

const PRIORITIES: std::ops::RangeInclusive<i64> = -1_000..=1_000;

/// The rule of a trigger that must not fire, because it was not understood.
pub(super) const NEVER: &str = "!true";

/// Reads `triggers`. Their order is kept, since a trigger is named by its place: `cancel-fee#0`.
pub(super) fn read(fields: &mut Fields<'_, '_>, entry: &Entry) -> Vec<Trigger> {
    match &entry.node.value {
        Value::List(items) => items.iter().map(|item| trigger(fields, item)).collect(),
        Value::Null => Vec::new(),
        _ => vec![trigger(fields, &entry.node)],
    }
}

fn trigger(fields: &mut Fields<'_, '_>, node: &Node) -> Trigger {
    let mut trigger = Trigger::default();
    let mut entries: &[Entry] = &[];
    match &node.value {
        Value::Map(given) => {
            entries = given;
            for entry in fields.firsts(given, &[]) {
                take(fields, entry, &mut trigger);
            }
        }
        // One phrase alone says enough.
        Value::Text(_) | Value::Number(..) | Value::Bool(..) => trigger.any.extend(node.text()),
        Value::List(_) | Value::Null => {}
    }
    trigger.any.retain(|phrase| says_something(phrase));
    let of = |key: &'static str| entries.iter().filter(move |entry| entry.key == key);
    let reason = if trigger.any.is_empty() && of("any").any(|entry| !entry.node.is_empty()) {
        "no phrase under `any` can be read"
    } else if of("not").count() > 1 || of("not").any(loses_a_phrase) {
        "not every phrase under `not` can be read"
    } else if trigger.any.is_empty() && trigger.when.is_none() {
        "it has neither `any` nor `when`"
    } else {
        return trigger;
    };
    fields.findings.warning(
        node.place,
        "empty-trigger",
        format!("the trigger never fires: {reason}"),
        "give `any` and `not` phrases that customers say, in quotes where they hold a colon, or `when` a rule over the account",
    );
    trigger.when = Some(NEVER.to_owned());
    trigger
}

fn says_something(phrase: &str) -> bool {
    phrase.chars().any(char::is_alphanumeric)
}

/// Whether something of a list of phrases is no phrase.
fn loses_a_phrase(entry: &Entry) -> bool {
    let is_lost = |node: &Node| match node.text() {
        Some(text) => !says_something(&text),
        None => !node.is_empty(),
    };
    match &entry.node.value {
        Value::List(items) => items.iter().any(is_lost),
        _ => is_lost(&entry.node),
    }
}

fn take(fields: &mut Fields<'_, '_>, entry: &Entry, trigger: &mut Trigger) {
    match entry.key.as_str() {
        "any" => trigger.any = fields.list(entry),
        "not" => trigger.not = fields.list(entry),
        "role" => trigger.role = role(fields, entry),
        "when" => trigger.when = fields.rule(entry),
        "priority" => trigger.priority = priority(fields, entry),
        "cooldown" => trigger.cooldown_secs = fields.duration(entry, 1, "120s or 5m"),
        "once" => trigger.once = once(fields, entry),
        _ => fields.unknown(entry, KEYS, " in a trigger"),
    }
}

fn role(fields: &mut Fields<'_, '_>, entry: &Entry) -> Role {
    let text = entry.node.text().unwrap_or_default();
    match text.to_lowercase().as_str() {
        "" | "customer" => Role::Customer,
        "agent" => Role::Agent,
        "system" => Role::System,
        _ => {
            complain(
                fields,
                entry.place,
                &format!("`{text}` is no role; customer is taken"),
                "write customer, agent or system",
            );
            Role::Customer
        }
    }
}

fn priority(fields: &mut Fields<'_, '_>, entry: &Entry) -> i32 {
    let number = match &entry.node.value {
        Value::Null => Some(0),
        // A number beyond 64 bits still has a sign.
        Value::Number(number, _) => number
            .as_i64()
            .or_else(|| number.as_f64().map(|n| n as i64)),
        _ => entry.node.text().and_then(|text| text.parse().ok()),
    };
    let Some(number) = number else {
        complain(
            fields,
            entry.place,
            "`priority` is no number; 0 is taken",
            "write a number from -1000 to 1000",
        );
        return 0;
    };
    let clamped = number.clamp(*PRIORITIES.start(), *PRIORITIES.end());
    if clamped != number {
        complain(
            fields,
            entry.place,
            &format!("the priority {number} is out of range; {clamped} is taken"),
            "write a number from -1000 to 1000",
        );
    }
    i32::try_from(clamped).unwrap_or_default()
}

fn once(fields: &mut Fields<'_, '_>, entry: &Entry) -> Option<bool> {
    match &entry.node.value {
        Value::Bool(once, _) => Some(*once),
        Value::Null => None,
        _ => {
            complain(
                fields,
                entry.place,
                "`once` is neither true nor false; it counts as not given",
                "write true or false",
            );
            None
        }
    }
}

fn complain(fields: &mut Fields<'_, '_>, place: Position, message: &str, help: &str) {
    fields.findings.error(place, "invalid-value", message, help);
}
