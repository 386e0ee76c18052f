//! A `when` as the prompter uses it: none, a rule, or one that cannot hold.

use super::Account;

/// Whether something is meant for an account.
#[derive(Debug, Default)]
pub(super) enum Condition {
    /// Nothing was asked for.
    #[default]
    Always,
    /// A rule over `account`.
    Rule(Rule),
    /// The rule does not compile, so it never holds; `check` tells the editor.
    Never,
}

impl Condition {
    /// Compiles a `when`.
    pub(super) fn new(when: Option<&str>) -> Self {
        match when.map(Rule::compile) {
            None => Self::Always,
            Some(Ok(rule)) => Self::Rule(rule),
            Some(Err(_)) => Self::Never,
        }
    }

    /// Whether it holds; a missing field or an error is no.
    pub(super) fn holds(&self, account: &Account) -> bool {
        match self {
            Self::Always => true,
            Self::Rule(rule) => rule.holds(account),
            Self::Never => false,
        }
    }

    /// Account fields that it looks at, such as `account.plan`.
    pub(super) fn fields(&self) -> Vec<String> {
        match self {
            Self::Rule(rule) => rule.fields(),
            Self::Always | Self::Never => Vec::new(),
        }
    }
}

/// Stands in until `article::Rule` is there: the same three functions.
#[derive(Debug)]
pub(super) struct Rule {
    program: cel::Program,
    source: String,
}

impl Rule {
    fn compile(source: &str) -> Result<Self, ()> {
        let program = cel::Program::compile(source).map_err(|_| ())?;
        Ok(Self { program, source: source.to_owned() })
    }

    fn holds(&self, account: &Account) -> bool {
        let mut context = cel::Context::default();
        let Ok(value) = cel::to_value(account) else { return false };
        context.add_variable_from_value("account", value);
        matches!(self.program.execute(&context), Ok(cel::Value::Bool(true)))
    }

    fn fields(&self) -> Vec<String> {
        let mut fields = Vec::new();
        for (at, _) in self.source.match_indices("account.") {
            let field: String =
                self.source[at..].chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '.')).collect();
            if !fields.contains(&field) {
                fields.push(field);
            }
        }
        fields
    }
}
