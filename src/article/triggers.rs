//! Triggers: when an article is pushed during a call.

use super::{
    Role, Trigger,
    fields::Fields,
    findings::Place,
    front_matter::{Entry, Node, Value},
};

pub(super) const KEYS: &[&str] = &["any", "not", "role", "when", "priority", "cooldown", "once"];

const PRIORITIES: std::ops::RangeInclusive<i64> = -1_000..=1_000;

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
    match &node.value {
        Value::Map(entries) => entries
            .iter()
            .for_each(|entry| take(fields, entry, &mut trigger)),
        // One phrase alone says enough.
        Value::Text(_) | Value::Number(..) | Value::Bool(..) => trigger.any.extend(node.text()),
        Value::List(_) | Value::Null => {}
    }
    trigger
        .any
        .retain(|phrase| phrase.chars().any(char::is_alphanumeric));
    if trigger.any.is_empty() && trigger.when.is_none() {
        let help =
            "add `any` with phrases that customers say, or `when` with a rule over the account";
        fields.findings.warning(
            node.place,
            "empty-trigger",
            "the trigger never fires: it has neither `any` nor `when`",
            help,
        );
        trigger.when = Some("false".to_owned());
    }
    trigger
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
        _ => fields.unknown(entry, KEYS),
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

fn complain(fields: &mut Fields<'_, '_>, place: Place, message: &str, help: &str) {
    fields.findings.error(place, "invalid-value", message, help);
}
