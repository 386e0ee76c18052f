//! The names of all keys that a configuration file may contain.

use figment::{
    Figment,
    providers::{Format, Toml},
};
use serde_json::{Map, Value};

use super::DEFAULT;

/// Every key, with dots between: `listen`, `calls.view.turns`.
#[must_use]
pub fn names() -> Vec<String> {
    let written: Map<String, Value> = Figment::from(Toml::string(DEFAULT))
        .extract()
        .unwrap_or_default();
    let mut names = Vec::new();
    add(&mut names, "", &written);
    names
}

fn add(names: &mut Vec<String>, above: &str, fields: &Map<String, Value>) {
    for (name, value) in fields {
        let name = format!("{above}{name}");
        match value {
            Value::Object(fields) => add(names, &format!("{name}."), fields),
            _ => names.push(name),
        }
    }
}
