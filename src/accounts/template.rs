//! Templates: addresses with `{customer_id}`, headers with `${SECRET}`.

use super::settings::AccountsError;
use crate::percent;

/// The placeholder in an address.
pub(super) const CUSTOMER: &str = "{customer_id}";

/// The address for a customer; the id is encoded as one path segment or query value. None if the id would be a relative path segment.
pub(super) fn address(template: &str, customer_id: &str) -> Option<String> {
    let encoded = percent::segment(customer_id);
    let is_way = matches!(customer_id, "." | "..") || encoded.is_empty();
    (!is_way).then(|| template.replace(CUSTOMER, &encoded))
}

/// A header's value with its secrets inserted.
///
/// # Errors
/// A secret is not set, or a placeholder is not closed.
pub(super) fn with_secrets(
    source: &str,
    template: &str,
    secret: impl Fn(&str) -> Option<String>,
) -> Result<String, AccountsError> {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            return Err(AccountsError::invalid(
                source,
                "has a header with `${` and no `}`",
            ));
        };
        let value = secret(name).filter(|value| !value.is_empty());
        out.push_str(&value.ok_or_else(|| AccountsError::Secret {
            source_name: source.to_owned(),
            variable: name.to_owned(),
        })?);
        rest = tail;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_never_leaves_its_place() {
        let check = |id: &str, expected: Option<&str>| {
            assert_eq!(
                address("https://crm/c/{customer_id}/x?c={customer_id}", id).as_deref(),
                expected,
                "{id:?}"
            );
        };
        check("42", Some("https://crm/c/42/x?c=42"));
        check(
            "a/../b?c#d",
            Some("https://crm/c/a%2F..%2Fb%3Fc%23d/x?c=a%2F..%2Fb%3Fc%23d"),
        );
        check("客", Some("https://crm/c/%E5%AE%A2/x?c=%E5%AE%A2"));
        check("..", None);
        check("", None);
    }

    #[test]
    fn secrets_come_from_outside_or_the_lack_is_told() {
        let secret = |name: &str| (name == "CRM").then(|| "s3".to_owned());
        assert_eq!(
            with_secrets("crm", "Bearer ${CRM}!", secret),
            Ok("Bearer s3!".to_owned())
        );
        let missing = with_secrets("crm", "${OTHER}", secret)
            .unwrap_err()
            .to_string();
        assert!(missing.contains("OTHER"), "{missing}");
        assert!(with_secrets("crm", "${CRM", secret).is_err());
    }
}
