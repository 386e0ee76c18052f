//! What a rule is made of: the fields it names, and how much work it is.

use super::super::findings::nearest;
use cel::{
    IdedExpr,
    common::ast::{EntryExpr, Expr, LiteralValue},
};

/// What an expression is made of.
#[derive(Default)]
pub(super) struct Survey {
    /// Paths of the account's fields.
    pub(super) fields: Vec<String>,
    /// Fields that are compared with a text, each with that text.
    pub(super) compared: Vec<(String, String)>,
    /// Names bound by loops.
    bound: Vec<String>,
    /// The first name that nothing binds.
    pub(super) unknown: Option<String>,
    /// The first function that there is not, or that takes other arguments, and what is wrong with it.
    pub(super) misused: Option<String>,
    pub(super) steps: usize,
    pub(super) loops: usize,
    /// Deepest nesting of loops.
    pub(super) nesting: u32,
}

impl Survey {
    pub(super) fn visit(&mut self, expression: &IdedExpr, nesting: u32) {
        self.steps += 1;
        self.nesting = self.nesting.max(nesting);
        if let Some(field) = path(expression) {
            self.fields.push(field);
            return;
        }
        match &expression.expr {
            Expr::Unspecified | Expr::Literal(_) => {}
            Expr::Ident(name) => self.name(name),
            Expr::Select(select) => self.visit(&select.operand, nesting),
            Expr::Call(call) => {
                self.compare(&call.func_name, &call.args);
                let misused = misused(&call.func_name, call.target.is_some(), call.args.len());
                self.misused = self.misused.take().or(misused);
                call.target
                    .iter()
                    .map(AsRef::as_ref)
                    .chain(&call.args)
                    .for_each(|part| self.visit(part, nesting));
            }
            Expr::List(list) => list
                .elements
                .iter()
                .for_each(|part| self.visit(part, nesting)),
            Expr::Map(map) => self.entries(map.entries.iter().map(|entry| &entry.expr), nesting),
            Expr::Struct(made) => {
                self.entries(made.entries.iter().map(|entry| &entry.expr), nesting)
            }
            Expr::Comprehension(each) => {
                self.loops += 1;
                self.visit(&each.iter_range, nesting);
                let outer = self.bound.len();
                self.bound
                    .extend([each.iter_var.clone(), each.accu_var.clone()]);
                self.bound.extend(each.iter_var2.clone());
                for part in [
                    &each.accu_init,
                    &each.loop_cond,
                    &each.loop_step,
                    &each.result,
                ] {
                    self.visit(part, nesting + 1);
                }
                self.bound.truncate(outer);
            }
        }
    }

    /// Notes `account.plan == "fiber"`, `account.plan in ["fiber"]` and `"tv" in account.products`, either way round.
    fn compare(&mut self, function: &str, args: &[IdedExpr]) {
        let [left, right] = args else { return };
        if !matches!(function, "_==_" | "_!=_" | "@in") {
            return;
        }
        for (field, other) in [(left, right), (right, left)] {
            let Some(field) = path(field) else { continue };
            let texts = match &other.expr {
                Expr::List(list) => list.elements.iter().filter_map(text).collect(),
                _ => text(other).into_iter().collect::<Vec<_>>(),
            };
            self.compared
                .extend(texts.into_iter().map(|text| (field.clone(), text)));
        }
    }

    fn entries<'a>(&mut self, entries: impl Iterator<Item = &'a EntryExpr>, nesting: u32) {
        for entry in entries {
            match entry {
                EntryExpr::StructField(field) => self.visit(&field.value, nesting),
                EntryExpr::MapEntry(entry) => [&entry.key, &entry.value]
                    .into_iter()
                    .for_each(|part| self.visit(part, nesting)),
            }
        }
    }

    fn name(&mut self, name: &str) {
        // Types are names too: type(account.plan) == string.
        const TYPES: &[&str] = &[
            "bool",
            "int",
            "uint",
            "double",
            "string",
            "bytes",
            "list",
            "map",
            "null_type",
            "type",
        ];
        let known = name == "account"
            || TYPES.contains(&name)
            || self.bound.iter().any(|bound| bound == name);
        if !known && self.unknown.is_none() {
            self.unknown = Some(name.to_owned());
        }
    }
}

/// Functions of the language: how many arguments they take, and how many behind a value: `size(x)`, `x.size()`.
const FUNCTIONS: &[(&str, &[usize], &[usize])] = &[
    ("bool", &[1], &[]),
    ("bytes", &[1], &[]),
    ("double", &[1], &[]),
    ("duration", &[1], &[]),
    ("dyn", &[1], &[]),
    ("int", &[1], &[]),
    ("string", &[1], &[]),
    ("timestamp", &[1], &[]),
    ("type", &[1], &[]),
    ("uint", &[1], &[]),
    ("size", &[1], &[0]),
    ("matches", &[2], &[1]),
    ("contains", &[], &[1]),
    ("endsWith", &[], &[1]),
    ("startsWith", &[], &[1]),
    ("getDate", &[], &[0, 1]),
    ("getDayOfMonth", &[], &[0, 1]),
    ("getDayOfWeek", &[], &[0, 1]),
    ("getDayOfYear", &[], &[0, 1]),
    ("getFullYear", &[], &[0, 1]),
    ("getHours", &[], &[0, 1]),
    ("getMilliseconds", &[], &[0, 1]),
    ("getMinutes", &[], &[0, 1]),
    ("getMonth", &[], &[0, 1]),
    ("getSeconds", &[], &[0, 1]),
];

/// Functions that become loops where their arguments fit.
const LOOPS: &[&str] = &["all", "exists", "exists_one", "filter", "has", "map"];

/// What is wrong with a call; None where there is such a function. Operators are functions whose names are no words.
fn misused(name: &str, behind: bool, arguments: usize) -> Option<String> {
    if !name.starts_with(|c: char| c.is_alphabetic()) {
        return None;
    }
    match FUNCTIONS.iter().find(|(known, ..)| *known == name) {
        Some((_, alone, after)) => {
            let takes = if behind { after } else { alone };
            (!takes.contains(&arguments)).then(|| {
                format!("`{name}` takes other arguments; write size(x), x.size(), x.startsWith(y) and the like")
            })
        }
        None if LOOPS.contains(&name) => Some(format!(
            "`{name}` takes other arguments; write x.exists(y, y == 1) and the like, or has(x.y)"
        )),
        None => {
            let names = FUNCTIONS.iter().map(|(name, ..)| *name);
            let names: Vec<&str> = names.chain(LOOPS.iter().copied()).collect();
            let advice = nearest(name, &names);
            let advice = advice.map_or(String::new(), |meant| format!("; did you mean `{meant}`?"));
            Some(format!("there is no function `{name}`{advice}"))
        }
    }
}

/// The path of a field, `account.a.b` or `account["a"].b`; None for other expressions and for the account itself.
fn path(expression: &IdedExpr) -> Option<String> {
    let (operand, field) = match &expression.expr {
        Expr::Select(select) => (select.operand.as_ref(), select.field.clone()),
        Expr::Call(call) if call.func_name == "_[_]" => match call.args.as_slice() {
            [
                operand,
                IdedExpr {
                    expr: Expr::Literal(LiteralValue::String(key)),
                    ..
                },
            ] => (operand, key.inner().to_owned()),
            _ => return None,
        },
        _ => return None,
    };
    match &operand.expr {
        Expr::Ident(name) if name == "account" => Some(format!("account.{field}")),
        _ => path(operand).map(|before| format!("{before}.{field}")),
    }
}

fn text(expression: &IdedExpr) -> Option<String> {
    match &expression.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner().to_owned()),
        _ => None,
    }
}
