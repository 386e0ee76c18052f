//! The account of a call, and how a patch changes it.

use serde_json::Value;

use super::{Account, LiveError, policy::MemoryLimits};
use crate::json::values;

/// Values of an account: one of 256 KiB has less in practice, and in memory each takes a hundred bytes beside its text.
pub const ACCOUNT_VALUES: usize = 10_000;

/// Merges a patch (RFC 7396): objects merge, null removes, everything else replaces.
///
/// # Errors
/// The patch is no object, or the account would be too large; the account is then as it was.
pub(super) fn merge(
    account: &Account,
    patch: &Value,
    bounds: &MemoryLimits,
) -> Result<Account, LiveError> {
    let Value::Object(patch) = patch else {
        let detail = "a patch of the account must be a json object".to_owned();
        return Err(LiveError::BadInput {
            pointer: "",
            detail,
        });
    };
    let mut merged = account.clone();
    merge_into(&mut merged, patch);
    check_size(&merged, "", bounds)?;
    Ok(merged)
}

/// Whether an account is small enough to be kept.
pub(super) fn check_size(
    account: &Account,
    pointer: &'static str,
    bounds: &MemoryLimits,
) -> Result<(), LiveError> {
    match excess(account, bounds.account_bytes) {
        None => Ok(()),
        Some(detail) => Err(LiveError::BadInput { pointer, detail }),
    }
}

/// What an account has too much of, where so many bytes of JSON are kept; None where it fits.
#[must_use]
pub fn excess(account: &Account, bytes: usize) -> Option<String> {
    let json = serde_json::to_vec(account).unwrap_or_default();
    let counts = [
        (json.len(), bytes, "bytes"),
        (values(&json), ACCOUNT_VALUES, "values"),
    ];
    let (has, kept, unit) = counts.into_iter().find(|(has, kept, _)| has > kept)?;
    Some(format!(
        "the account has {has} {unit}, {kept} are kept; send only what rules and agents need"
    ))
}

/// The value at a dotted path.
#[must_use]
pub fn lookup<'a>(account: &'a Account, path: &str) -> Option<&'a Value> {
    let mut names = path.split('.');
    let first = account.get(names.next()?);
    names.fold(first, |value, name| value?.get(name))
}

/// Adds to an account what it lacks of another. A null is nothing that is known.
pub fn fill(account: &mut Account, more: &Account) {
    for (name, value) in more {
        match account.get_mut(name) {
            Some(Value::Object(known)) => {
                if let Value::Object(more) = value {
                    fill(known, more);
                }
            }
            None | Some(Value::Null) => {
                account.insert(name.clone(), value.clone());
            }
            Some(_) => {}
        }
    }
}

/// Merges one object into another (RFC 7396).
fn merge_into(target: &mut Account, patch: &Account) {
    for (name, value) in patch {
        match value {
            Value::Null => {
                target.shift_remove(name);
            }
            Value::Object(inner) => {
                let slot = target.entry(name.clone()).or_insert(Value::Null);
                if !slot.is_object() {
                    *slot = Value::Object(Account::new());
                }
                if let Value::Object(slot) = slot {
                    merge_into(slot, inner);
                }
            }
            other => {
                target.insert(name.clone(), other.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(account: Value, patch: Value, expected: Value) {
        let account = account.as_object().cloned().unwrap_or_default();
        let merged = merge(&account, &patch, &MemoryLimits::default()).map(Value::Object);
        assert_eq!(merged, Ok(expected), "{patch}");
    }

    #[test]
    fn patches_merge_as_the_rfc_has_it() {
        check(json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"}));
        check(
            json!({"a": "b"}),
            json!({"b": "c"}),
            json!({"a": "b", "b": "c"}),
        );
        check(
            json!({"a": "b", "b": "c"}),
            json!({"a": null}),
            json!({"b": "c"}),
        );
        check(json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"}));
        check(
            json!({"a": {"b": "c"}}),
            json!({"a": {"b": "d", "c": null}}),
            json!({"a": {"b": "d"}}),
        );
        check(
            json!({"a": [{"b": "c"}]}),
            json!({"a": [1]}),
            json!({"a": [1]}),
        );
        check(
            json!({"e": null}),
            json!({"a": 1}),
            json!({"e": null, "a": 1}),
        );
        check(
            json!({}),
            json!({"a": {"bb": {"ccc": null}}}),
            json!({"a": {"bb": {}}}),
        );
        check(
            json!({"a": "foo"}),
            json!({"a": {"b": 1}}),
            json!({"a": {"b": 1}}),
        );
    }

    #[test]
    fn what_is_known_stays_and_what_is_not_is_added() {
        let check = |known: Value, more: Value, expected: Value| {
            let of = |value: Value| value.as_object().cloned().unwrap();
            let mut account = of(known);
            fill(&mut account, &of(more));
            assert_eq!(Value::Object(account), expected);
        };
        check(
            json!({"a": 1}),
            json!({"a": 2, "b": 3}),
            json!({"a": 1, "b": 3}),
        );
        check(
            json!({"a": {"b": 1}}),
            json!({"a": {"b": 2, "c": 3}}),
            json!({"a": {"b": 1, "c": 3}}),
        );
        check(json!({"a": 1}), json!({"a": null}), json!({"a": 1}));
        check(json!({"a": null}), json!({"a": 1}), json!({"a": 1}));
        check(json!({"a": 1}), json!({"a": {"b": 2}}), json!({"a": 1}));
    }

    #[test]
    fn what_is_no_object_or_too_large_is_refused() {
        let account = Account::new();
        assert!(merge(&account, &json!(["c"]), &MemoryLimits::default()).is_err());
        let tight = MemoryLimits {
            account_bytes: 10,
            ..MemoryLimits::default()
        };
        assert!(merge(&account, &json!({"a": "0123456789"}), &tight).is_err());
        let lists = |count: usize| json!({"a": vec![json!([0]); count]});
        assert!(merge(&account, &lists(4_000), &MemoryLimits::default()).is_ok());
        let refused = merge(&account, &lists(6_000), &MemoryLimits::default());
        let told =
            "the account has 12002 values, 10000 are kept; send only what rules and agents need";
        assert_eq!(refused.unwrap_err().to_string(), told);
    }
}
