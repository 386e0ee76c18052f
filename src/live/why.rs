//! The reason for a card in one sentence, in English or Chinese.
//!
//! Owns the wording. Leaves which language is spoken to `call`.

use serde_json::Value;

use super::{Account, account::lookup, candidates::Source};
use crate::article::Role;

/// Account values told in one reason: more is no reason but a form.
const VALUES: usize = 4;

/// Characters of one value.
const VALUE_CHARS: usize = 60;

/// Words in common told in one reason.
const WORDS: usize = 5;

/// What a reason is made of.
pub(super) struct Grounds<'a> {
    /// Which source.
    pub(super) source: &'a Source,
    /// Name of the rule, where there is one.
    pub(super) rule: Option<&'a str>,
    /// Who spoke; None where nobody did.
    pub(super) speaker: Option<Role>,
    /// Account fields that the rule and the article look at.
    pub(super) fields: Vec<String>,
    /// The customer's account.
    pub(super) account: &'a Account,
    /// The article's title.
    pub(super) title: &'a str,
}

/// Account values used, as `plan is fiber`.
pub(super) fn values(grounds: &Grounds, is_chinese: bool) -> Vec<String> {
    let told = grounds.fields.iter().filter_map(|field| {
        let name = field.strip_prefix("account.").unwrap_or(field);
        let value = plain(lookup(grounds.account, name)?)?;
        Some(if is_chinese {
            format!("{name} 为 {value}")
        } else {
            format!("{name} is {value}")
        })
    });
    told.take(VALUES).collect()
}

/// The reason for a card.
pub(super) fn why(grounds: &Grounds, is_chinese: bool) -> String {
    let values = values(grounds, is_chinese);
    let joiner = if is_chinese { "，" } else { " and " };
    let account = values.join(joiner);
    let said = match grounds.source {
        Source::Account { .. } if account.is_empty() => {
            let rule = grounds.rule.unwrap_or_default();
            return if is_chinese {
                format!("账户符合规则 {rule}")
            } else {
                format!("the account fits rule {rule}")
            };
        }
        Source::Account { .. } => return account,
        Source::Keyword { said, .. } => spoke(grounds.speaker, said, is_chinese),
        Source::Semantic { found, .. } => meant(&found.matched, grounds.title, is_chinese),
    };
    match (account.is_empty(), is_chinese) {
        (true, _) => said,
        (false, true) => format!("{account}，且{said}"),
        (false, false) => format!("{account} and {said}"),
    }
}

fn spoke(speaker: Option<Role>, said: &str, is_chinese: bool) -> String {
    let who = match (speaker, is_chinese) {
        (Some(Role::Agent), true) => "坐席",
        (Some(Role::System), true) => "系统",
        (_, true) => "客户",
        (Some(Role::Agent), false) => "the agent",
        (Some(Role::System), false) => "the system",
        (_, false) => "the customer",
    };
    if is_chinese {
        format!("{who}说了“{said}”")
    } else {
        format!("{who} said “{said}”")
    }
}

fn meant(matched: &[String], title: &str, is_chinese: bool) -> String {
    let words: Vec<&str> = matched.iter().take(WORDS).map(String::as_str).collect();
    match (words.is_empty(), is_chinese) {
        (true, true) => format!("客户所说与“{title}”意思相符"),
        (true, false) => format!("what the customer said means “{title}”"),
        (false, true) => format!("客户谈到“{}”，与“{title}”相符", words.join("、")),
        (false, false) => format!(
            "the customer spoke of “{}”, which “{title}” is about",
            words.join(", ")
        ),
    }
}

/// A value as people say it; None for what says nothing.
fn plain(value: &Value) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        Value::Array(items) => items
            .iter()
            .filter_map(plain)
            .collect::<Vec<_>>()
            .join(", "),
        other => other.to_string(),
    };
    let mut cut: String = text.chars().take(VALUE_CHARS).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    Some(cut)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(source: &Source, fields: &[&str], is_chinese: bool, expected: &str) {
        let account = json!({"plan": "fiber", "invoice": {"overdue_days": 45}, "products": ["tv", "mobile"], "note": null});
        let account = account.as_object().cloned().unwrap_or_default();
        let grounds = Grounds {
            source,
            rule: Some("cancel-fee#0"),
            speaker: Some(Role::Customer),
            fields: fields.iter().map(|&field| field.to_owned()).collect(),
            account: &account,
            title: "Leaving early",
        };
        assert_eq!(why(&grounds, is_chinese), expected);
    }

    fn keyword(said: &str) -> Source {
        Source::Keyword {
            rule: 0,
            phrase: said.to_owned(),
            said: said.to_owned(),
        }
    }

    #[test]
    fn a_reason_names_the_values_and_the_words() {
        let plan = &["account.plan"][..];
        check(
            &keyword("cancel my contract"),
            plan,
            false,
            "plan is fiber and the customer said “cancel my contract”",
        );
        check(
            &keyword("解约"),
            plan,
            true,
            "plan 为 fiber，且客户说了“解约”",
        );
        check(&keyword("解约"), &[], true, "客户说了“解约”");
        check(
            &Source::Account { rule: 0 },
            &["account.invoice.overdue_days", "account.products"],
            false,
            "invoice.overdue_days is 45 and products is tv, mobile",
        );
        check(
            &Source::Account { rule: 0 },
            &["account.note", "account.none"],
            false,
            "the account fits rule cancel-fee#0",
        );
        check(
            &Source::Account { rule: 0 },
            &["account.plan", "account.invoice.overdue_days"],
            true,
            "plan 为 fiber，invoice.overdue_days 为 45",
        );
    }
}
