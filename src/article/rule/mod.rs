//! Rules over a customer's account, written in CEL (<https://cel.dev>).
//!
//! Owns compiling, the limits that keep a rule cheap, and evaluating it on an account. A rule that cannot be evaluated (a
//! field is missing, types do not match) does not hold. Leaves the position of the rule to the front matter.

mod account;
mod survey;

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use cel::{IdedExpr, Value, parser::Parser};
use serde_json::Map;

use crate::panics::caught;
pub use account::Account;
use survey::{Size, Survey};

/// Longest rule, in characters: long ones nest deep, and nobody can review them.
pub const MAX_RULE_CHARS: usize = 1_000;

/// Most steps of a rule: operators, fields, values.
const MAX_STEPS: usize = 300;

/// Most loops (`exists`, `all`, `filter`, `map`) in a rule.
const MAX_LOOPS: usize = 4;

/// Most turns of its loops that a rule may need; beyond that it does not hold. About a tenth of a second.
const MAX_TURNS: usize = 250_000;

/// Rules that are remembered: parsing one takes about 0.3 ms, and articles share them. Beyond that all are forgotten.
const MAX_KNOWN: usize = 4_096;

/// Deepest nesting of brackets and operators.
const MAX_DEPTH: u16 = 32;

/// Why a text is no rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RuleError {
    /// What is wrong, in lower case.
    pub message: String,
    /// Where in the text, 1-based, in Unicode scalar values.
    pub column: u32,
}

/// A compiled rule. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Rule {
    compiled: Arc<Compiled>,
}

#[derive(Debug)]
struct Compiled {
    source: String,
    /// None for a rule that never holds.
    expression: Option<IdedExpr>,
    fields: Vec<String>,
    compared: Vec<(String, String)>,
    /// For each loop what it and those around it go over, the outermost first.
    loops: Vec<Vec<Size>>,
}

/// Turns that loops need over an account of that many values; None for more than can be counted.
fn turns(loops: &[Vec<Size>], values: usize) -> Option<usize> {
    loops.iter().try_fold(0, |sum: usize, chain| {
        let mut sizes = chain.iter().map(|size| size.over(values));
        sum.checked_add(sizes.try_fold(1, usize::checked_mul)?)
    })
}

impl Rule {
    /// Compiles an expression over the variable `account`; the same text compiles once.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn compile(source: &str) -> Result<Self, RuleError> {
        static COMPILED: LazyLock<Mutex<HashMap<String, Result<Rule, RuleError>>>> =
            LazyLock::new(Mutex::default);
        let known = || COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(compiled) = known().get(source) {
            return compiled.clone();
        }
        let compiled = Self::compile_anew(source);
        if source.len() <= 4 * MAX_RULE_CHARS {
            let mut known = known();
            if known.len() >= MAX_KNOWN {
                known.clear();
            }
            known.insert(source.to_owned(), compiled.clone());
        }
        compiled
    }

    fn compile_anew(source: &str) -> Result<Self, RuleError> {
        let refuse = |message: String| RuleError { message, column: 1 };
        if source.trim().is_empty() {
            return Err(refuse(
                "the rule is empty; write an expression such as account.plan == \"fiber\""
                    .to_owned(),
            ));
        }
        if source.chars().count() > MAX_RULE_CHARS {
            return Err(refuse(format!(
                "the rule is longer than {MAX_RULE_CHARS} characters; split it into several triggers"
            )));
        }
        let expression = parse(source)?;
        let mut survey = Survey::default();
        survey.visit(&expression);
        if survey.steps > MAX_STEPS || survey.loops.len() > MAX_LOOPS {
            return Err(refuse(format!(
                "the rule has more than {MAX_STEPS} steps or {MAX_LOOPS} loops; split it into several triggers"
            )));
        }
        if turns(&survey.loops, 1).is_none_or(|turns| turns > MAX_TURNS) {
            return Err(refuse(format!(
                "the rule's loops turn more than {MAX_TURNS} times; list fewer values, or nest fewer loops"
            )));
        }
        if let Some(name) = survey.unknown {
            return Err(refuse(format!(
                "the name `{name}` is not known; the account's fields begin with `account.`"
            )));
        }
        if let Some(misused) = survey.misused {
            return Err(refuse(misused));
        }
        survey.fields.sort();
        survey.fields.dedup();
        let compiled = Compiled {
            source: source.to_owned(),
            expression: Some(expression),
            fields: survey.fields,
            compared: survey.compared,
            loops: survey.loops,
        };
        Ok(Self {
            compiled: Arc::new(compiled),
        })
    }

    /// Compiles an expression; one that cannot be compiled never holds.
    #[must_use]
    pub fn or_never(source: &str) -> Self {
        Self::compile(source).unwrap_or_else(|_| {
            let compiled = Compiled {
                source: source.to_owned(),
                expression: None,
                fields: Vec::new(),
                compared: Vec::new(),
                loops: Vec::new(),
            };
            Self {
                compiled: Arc::new(compiled),
            }
        })
    }

    /// The rule as it was written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.compiled.source
    }

    /// Whether it holds for an account; false where it cannot be judged.
    #[must_use]
    pub fn holds(&self, account: &Map<String, serde_json::Value>) -> bool {
        self.holds_for(&Account::new(account))
    }

    /// [`Rule::holds`] for an account that is prepared once for many rules.
    #[must_use]
    pub fn holds_for(&self, account: &Account) -> bool {
        let Some(expression) = &self.compiled.expression else {
            return false;
        };
        if turns(&self.compiled.loops, account.size).is_none_or(|turns| turns > MAX_TURNS) {
            return false;
        }
        caught(|| {
            matches!(
                Value::resolve(expression, &account.context),
                Ok(Value::Bool(true))
            )
        })
        .unwrap_or(false)
    }

    /// The account's fields it names, such as `account.invoice.overdue_days`, in alphabetical order.
    #[must_use]
    pub fn fields(&self) -> Vec<String> {
        self.compiled.fields.clone()
    }

    /// Fields that it compares with a text, each with that text: `account.plan` and `fiber`.
    #[must_use]
    pub fn compared(&self) -> Vec<(String, String)> {
        self.compiled.compared.clone()
    }
}

fn parse(source: &str) -> Result<IdedExpr, RuleError> {
    let parsed = caught(|| {
        Parser::default()
            .max_recursion_depth(MAX_DEPTH)
            .parse(source)
    });
    let broken = |message: &str, column: isize| RuleError {
        message: format!("the rule is no CEL expression: {}", message.trim()),
        column: u32::try_from(column).unwrap_or(1).max(1),
    };
    match parsed {
        Ok(Ok(expression)) => Ok(expression),
        Ok(Err(errors)) => match errors.errors.first() {
            Some(error) => Err(broken(&error.msg, error.pos.1)),
            None => Err(broken("it cannot be read", 1)),
        },
        Err(_) => Err(broken("it cannot be read", 1)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn account() -> Map<String, serde_json::Value> {
        let value = json!({
            "plan": "fiber", "region": "EU", "business": true, "score": 7.5, "devices": ["router", "TV-11"], "visits": 9_007_199_254_740_993u64,
            "invoice": {"overdue_days": 45, "amount": 30.0}, "orders": [{"late": false}, {"late": true}], "note": null,
        });
        value.as_object().cloned().unwrap_or_default()
    }

    fn check(rule: &str, expected: bool) {
        assert_eq!(
            Rule::compile(rule).expect(rule).holds(&account()),
            expected,
            "{rule}"
        );
    }

    #[test]
    fn rules_are_judged_on_the_account() {
        check("account.plan in [\"fiber\", \"dsl\"]", true);
        check("account.region == 'EU' && account.business", true);
        check("account.invoice.overdue_days > 30", true);
        check("account.invoice.amount >= 30", true);
        check("account.invoice.amount == 30.0 && account.score > 7", true);
        check("account.invoice.overdue_days < 30.5", false);
        check("has(account.plan) && !has(account.contract)", true);
        check("account.plan.startsWith('fib')", true);
        check(
            "'router' in account.devices && size(account.devices) == 2",
            true,
        );
        check("account.orders.exists(o, o.late)", true);
        check("account[\"invoice\"][\"overdue_days\"] == 45", true);
        check("account.note == null", true);
        check("account.visits > 1", true);
    }

    #[test]
    fn every_function_of_the_language_is_known() {
        for rule in [
            "bool('true') && string(bytes('a')) == 'a' && double('1.5') == 1.5 && int('2') + 1 == 3 && uint(2) == 2u",
            "size('ab') == 2 && 'ab'.size() == 2 && matches('ab', 'a.') && 'ab'.matches('a.') && type(1) == int",
            "'abc'.contains('b') && 'abc'.startsWith('a') && 'abc'.endsWith('c') && dyn(1) == 1",
            "duration('90s').getSeconds() == 90 && duration('2h').getHours() == 2 && duration('2h').getMinutes() == 120",
            "timestamp('2026-05-01T10:20:30Z').getFullYear() == 2026 && timestamp('2026-05-01T10:20:30Z').getMonth() == 4",
            "timestamp('2026-05-01T23:20:30Z').getDate('+01:00') == 2 && timestamp('2026-05-01T10:20:30Z').getDate() == 1",
            "timestamp('2026-05-01T10:20:30Z').getDayOfMonth() == 0 && timestamp('2026-05-01T10:20:30Z').getDayOfWeek() == 5",
            "timestamp('2026-05-01T10:20:30Z').getDayOfYear() == 120 && timestamp('2026-05-01T10:20:30Z').getMilliseconds() == 0",
            "[1, 2].all(x, x > 0) && [1, 2].exists_one(x, x > 1) && [1].map(x, x + 1) == [2] && [1, 2].filter(x, x > 1) == [2]",
        ] {
            check(rule, true);
        }
    }

    #[test]
    fn what_cannot_be_judged_does_not_hold() {
        check("account.contract.months > 3", false);
        check("!(account.contract.months > 3)", false);
        check("account.plan > 3", false);
        check("account.plan", false);
        check("1 / 0 == 1", false);
        check("account.missing > 3 || account.plan == 'fiber'", true);
        assert!(
            !Rule::compile("account.x == 1")
                .expect("compiles")
                .holds(&Map::new())
        );
    }

    #[test]
    fn broken_rules_are_refused_with_a_place() {
        for (rule, column) in [
            ("account.plan ==", 16),
            ("account.plan = 'x'", 14),
            ("", 1),
            ("(account.a", 11),
            ("plan == 'fiber'", 1),
            ("account.plan.startWith('x')", 1),
            ("account.plan.startsWith('x', 'y')", 1),
            ("startsWith(account.plan, 'x')", 1),
            ("size(account.devices, 2) == 2", 1),
            ("account.orders.exists(late)", 1),
        ] {
            let error = Rule::compile(rule).expect_err(rule);
            assert_eq!(error.column, column, "{rule}: {}", error.message);
            assert!(!Rule::or_never(rule).holds(&account()));
        }
    }

    #[test]
    fn costly_rules_are_refused() {
        let deep = [
            "(".repeat(400) + &")".repeat(400),
            "1+".repeat(450) + "1",
            "a".repeat(5000),
            "[".repeat(999),
            "-".repeat(900),
        ];
        for rule in deep {
            assert!(Rule::compile(&rule).is_err(), "{rule}");
        }
        assert!(Rule::or_never(&("!".repeat(900) + "true")).holds(&account()));
        let long: Vec<u32> = (0..5_000).collect();
        let account = json!({"a": long}).as_object().cloned().unwrap_or_default();
        let nested =
            Rule::compile("account.a.all(x, account.a.all(y, x + y >= 0))").expect("compiles");
        assert!(!nested.holds(&account));
        let listed = "1,".repeat(57) + "1";
        let rule =
            format!("[{listed}].all(a,[{listed}].all(b,[{listed}].all(c,[{listed}].all(d,true))))");
        let error = Rule::compile(&rule).expect_err("11 million turns");
        assert!(error.message.contains("turn more than"), "{error}");
        let some = json!({"a": (0..30).collect::<Vec<u32>>()});
        let some = some.as_object().cloned().unwrap_or_default();
        for (range, expected) in [
            ("account.a", true),
            ("(account.a + account.a + account.a + account.a)", false),
        ] {
            let rule = format!("{range}.all(x, {range}.all(y, {range}.all(z, true)))");
            assert_eq!(
                Rule::compile(&rule).expect("compiles").holds(&some),
                expected,
                "{range}"
            );
        }
        let inherited = "[account.a + account.a + account.a].all(x, (x + x).all(y, (x + x).all(z, (x + x).all(v, true))))";
        assert!(!Rule::compile(inherited).expect("compiles").holds(&some));
        assert!(
            Rule::compile("account.a.all(x, x >= 0)")
                .expect("compiles")
                .holds(&account)
        );
    }

    #[test]
    fn fields_are_named() {
        let rule = "account.plan in ['a'] && account.invoice.overdue_days > 30 && account['region'] == 'EU' && has(account.x) \
                    && account.orders.exists(o, o.late) && account.plan.startsWith('b')";
        let fields = Rule::compile(rule).expect("compiles").fields();
        assert_eq!(
            fields,
            [
                "account.invoice.overdue_days",
                "account.orders",
                "account.plan",
                "account.region",
                "account.x"
            ]
        );
    }

    proptest! {
        #[test]
        fn any_text_compiles_or_is_refused(text in "[a-c.\\[\\](){}!&|=<>'\"0-9+?:, ]{0,60}|\\PC{0,60}") {
            let _ = Rule::or_never(&text).holds(&account());
        }
    }
}
