//! Claims → scopes and audiences, by the operator's rules. Pure.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    keys::{Scope, parse_audiences},
    search::types::Audience,
};

/// Claims whose text is a list with spaces between (RFC 8693, section 4.2); any other text is one value.
const LISTS: [&str; 2] = ["scope", "scp"];

/// Whoever has a claim with a value gets this.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Name of the claim, or a JSON pointer to it where it begins with `/` (`/realm_access/roles`).
    pub claim: String,
    /// The value, or one of its values.
    pub value: String,
    /// Groups of endpoints that it opens.
    pub scopes: Vec<Scope>,
    /// Articles that exist for it; as for keys where nothing is said.
    #[serde(default)]
    pub audiences: Vec<String>,
}

impl Rule {
    /// Whether its value is an OAuth scope.
    pub(super) fn is_scope(&self) -> bool {
        LISTS.contains(&self.claim.as_str())
    }

    fn fits(&self, claims: &Map<String, Value>) -> bool {
        let found = match self.claim.strip_prefix('/') {
            Some(path) => pointed(claims, path),
            None => claims.get(&self.claim),
        };
        let is_it = |text: &str| text == self.value;
        match found {
            Some(Value::String(text)) if self.is_scope() => text.split_whitespace().any(is_it),
            Some(Value::String(text)) => is_it(text),
            Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).any(is_it),
            Some(Value::Bool(truth)) => is_it(if *truth { "true" } else { "false" }),
            _ => false,
        }
    }
}

/// A value within the claims, by the rest of a JSON pointer (RFC 6901).
fn pointed<'a>(claims: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    let mut names = path
        .split('/')
        .map(|name| name.replace("~1", "/").replace("~0", "~"));
    let first = claims.get(&names.next()?)?;
    names.try_fold(first, |value, name| value.get(name))
}

/// What all rules that fit give together; None where none does.
pub(super) fn rights(
    rules: &[Rule],
    claims: &Map<String, Value>,
) -> Option<(Vec<Scope>, Audience)> {
    let mut scopes = Vec::new();
    let mut names = Vec::new();
    let mut is_everyone = false;
    for rule in rules.iter().filter(|rule| rule.fits(claims)) {
        scopes.extend(&rule.scopes);
        match parse_audiences(&rule.audiences, &rule.scopes) {
            Audience::Unrestricted => is_everyone = true,
            Audience::Only(more) => names.extend(more),
        }
    }
    scopes.sort();
    scopes.dedup();
    names.sort();
    names.dedup();
    let audience = if is_everyone {
        Audience::Unrestricted
    } else {
        Audience::Only(names)
    };
    (!scopes.is_empty()).then_some((scopes, audience))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn claims_stand_for_rights() {
        let rule = |claim: &str, value: &str, scopes: &[Scope], audiences: &[&str]| Rule {
            claim: claim.into(),
            value: value.into(),
            scopes: scopes.to_vec(),
            audiences: audiences.iter().map(|a| (*a).to_owned()).collect(),
        };
        let rules = [
            rule("groups", "agents", &[Scope::Search, Scope::Calls], &[]),
            rule("scope", "kb.read", &[Scope::Search], &["customer"]),
            rule("/realm_access/roles", "kb-admin", &[Scope::Admin], &[]),
            rule(
                "https://kb.example/lead",
                "true",
                &[Scope::Insights],
                &["agent", "internal"],
            ),
        ];
        let only = |names: &[&str]| Audience::Only(names.iter().map(|a| (*a).to_owned()).collect());
        let check = |claims: Value, expected: Option<(&[Scope], Audience)>| {
            let got = rights(&rules, claims.as_object().unwrap());
            let expected = expected.map(|(scopes, audience)| (scopes.to_vec(), audience));
            assert_eq!(got, expected, "{claims}");
        };
        check(json!({}), None);
        check(
            json!({"groups": "agents"}),
            Some((&[Scope::Search, Scope::Calls], only(&["agent"]))),
        );
        check(
            json!({"groups": ["x", "agents"]}),
            Some((&[Scope::Search, Scope::Calls], only(&["agent"]))),
        );
        // A name with spaces is one name: nobody gets in by a group that merely mentions another.
        check(json!({"groups": "not agents"}), None);
        check(json!({"groups": {"agents": true}}), None);
        check(json!({"groups": ["AGENTS"]}), None);
        check(
            json!({"scope": "openid kb.read"}),
            Some((&[Scope::Search], only(&["customer"]))),
        );
        check(json!({"scope": "kb.readers"}), None);
        check(
            json!({"realm_access": {"roles": ["kb-admin"]}}),
            Some((&[Scope::Admin], Audience::Unrestricted)),
        );
        check(
            json!({"scope": ["kb.read"], "https://kb.example/lead": true}),
            Some((
                &[Scope::Search, Scope::Insights],
                only(&["agent", "customer", "internal"]),
            )),
        );
    }
}
