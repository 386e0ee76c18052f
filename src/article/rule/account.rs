//! An account as a CEL value.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use cel::{Context, Env, Value};
use serde_json::Map;

/// An account, prepared for judging many rules.
pub struct Account {
    pub(super) context: Context<'static, 'static>,
    /// Values in it.
    pub(super) size: usize,
}

impl Account {
    /// Prepares an account.
    #[must_use]
    pub fn new(fields: &Map<String, serde_json::Value>) -> Self {
        static STANDARD: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));
        let mut context = Context::with_env(Arc::clone(&STANDARD));
        let mut size = 1;
        context.add_variable_from_value("account", object(fields, &mut size));
        Self { context, size }
    }
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account")
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

fn object(fields: &Map<String, serde_json::Value>, size: &mut usize) -> Value {
    let entries: HashMap<String, Value> = fields
        .iter()
        .map(|(key, value)| (key.clone(), judged(value, size)))
        .collect();
    entries.into()
}

/// A JSON value as CEL knows it; whole numbers are integers however they were written.
fn judged(value: &serde_json::Value, size: &mut usize) -> Value {
    *size += 1;
    match value {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(b) => Value::Bool(*b),
        serde_json::Value::Number(n) => match (n.as_i64(), n.as_u64(), n.as_f64()) {
            (Some(i), ..) => Value::Int(i),
            (None, Some(u), _) => Value::UInt(u),
            (None, None, f) => Value::Float(f.unwrap_or(f64::NAN)),
        },
        serde_json::Value::String(s) => s.as_str().into(),
        serde_json::Value::Array(items) => Value::List(Arc::new(
            items.iter().map(|item| judged(item, size)).collect(),
        )),
        serde_json::Value::Object(fields) => object(fields, size),
    }
}
