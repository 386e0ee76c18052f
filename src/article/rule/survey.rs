//! Static analysis of a rule: the fields it reads, and how much work it is.

use super::super::findings::nearest;
use cel::{
    IdedExpr,
    common::ast::{ComprehensionExpr, EntryExpr, Expr, LiteralValue},
};

/// The most values that a list, or one in it, may have: so many, and so many times those of the account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Size {
    literals: usize,
    mentions: usize,
}

impl Size {
    /// Values, where the account has so many.
    pub(super) fn over(self, values: usize) -> usize {
        self.literals
            .saturating_add(self.mentions.saturating_mul(values))
    }

    fn and(self, other: Self) -> Self {
        Self {
            literals: self.literals.saturating_add(other.literals),
            mentions: self.mentions.saturating_add(other.mentions),
        }
    }
}

/// What an expression is made of.
#[derive(Default)]
pub(super) struct Survey {
    /// Paths of the account's fields.
    pub(super) fields: Vec<String>,
    /// Fields that are compared with a text, each with that text.
    pub(super) compared: Vec<(String, String)>,
    /// Names bound by loops, and what they may stand for.
    bound: Vec<(String, Size)>,
    /// The first name that nothing binds.
    pub(super) unknown: Option<String>,
    /// The first function that there is not, or that takes other arguments, and what is wrong with it.
    pub(super) misused: Option<String>,
    pub(super) steps: usize,
    /// For each loop what it and those around it go over, the outermost first.
    pub(super) loops: Vec<Vec<Size>>,
    /// The loops around what is visited.
    around: Vec<Size>,
}

impl Survey {
    pub(super) fn visit(&mut self, expression: &IdedExpr) {
        self.steps += 1;
        if let Some(field) = path(expression) {
            self.fields.push(field);
            return;
        }
        match &expression.expr {
            Expr::Unspecified | Expr::Literal(_) => {}
            Expr::Ident(name) => self.name(name),
            Expr::Select(select) => self.visit(&select.operand),
            Expr::Call(call) => {
                self.compare(&call.func_name, &call.args);
                let misused = misused(&call.func_name, call.target.is_some(), call.args.len());
                self.misused = self.misused.take().or(misused);
                call.target
                    .iter()
                    .map(AsRef::as_ref)
                    .chain(&call.args)
                    .for_each(|part| self.visit(part));
            }
            Expr::List(list) => list.elements.iter().for_each(|part| self.visit(part)),
            Expr::Map(map) => parts(map.entries.iter().map(|entry| &entry.expr))
                .into_iter()
                .for_each(|part| self.visit(part)),
            Expr::Struct(made) => parts(made.entries.iter().map(|entry| &entry.expr))
                .into_iter()
                .for_each(|part| self.visit(part)),
            Expr::Comprehension(each) => {
                self.visit(&each.iter_range);
                let range = self.size(&each.iter_range);
                self.around.push(range);
                self.loops.push(self.around.clone());
                let outer = self.bind(each, range);
                for part in [
                    &each.accu_init,
                    &each.loop_cond,
                    &each.loop_step,
                    &each.result,
                ] {
                    self.visit(part);
                }
                self.bound.truncate(outer);
                self.around.pop();
            }
        }
    }

    /// Binds a loop's names; returns how many were bound before.
    fn bind(&mut self, each: &ComprehensionExpr, range: Size) -> usize {
        let outer = self.bound.len();
        let vars = [&each.iter_var].into_iter().chain(&each.iter_var2);
        self.bound.extend(vars.map(|name| (name.clone(), range)));
        // What is gathered in it is counted where it is made.
        self.bound.push((each.accu_var.clone(), Size::default()));
        outer
    }

    /// The most values that an expression's list may have.
    fn size(&mut self, expression: &IdedExpr) -> Size {
        let (made, inside): (usize, Vec<&IdedExpr>) = match &expression.expr {
            Expr::Unspecified | Expr::Literal(_) => (0, Vec::new()),
            Expr::Ident(name) if name == "account" => {
                return Size {
                    literals: 0,
                    mentions: 1,
                };
            }
            Expr::Ident(name) => {
                let mut bound = self.bound.iter().rev();
                let known = bound.find(|(bound, _)| bound == name);
                return known.map_or_else(Size::default, |(_, size)| *size);
            }
            Expr::Select(select) => (0, vec![&select.operand]),
            Expr::Call(call) => {
                // A condition is no part of what is chosen.
                let chosen = usize::from(call.func_name == "_?_:_");
                let target = call.target.iter().map(AsRef::as_ref);
                (0, target.chain(&call.args[chosen..]).collect())
            }
            Expr::List(list) => (list.elements.len(), list.elements.iter().collect()),
            Expr::Map(map) => (
                map.entries.len(),
                parts(map.entries.iter().map(|entry| &entry.expr)),
            ),
            Expr::Struct(made) => (
                made.entries.len(),
                parts(made.entries.iter().map(|entry| &entry.expr)),
            ),
            Expr::Comprehension(each) => {
                let range = self.size(&each.iter_range);
                let outer = self.bind(each, range);
                let step = self.size(&each.loop_step);
                self.bound.truncate(outer);
                return range.and(step);
            }
        };
        let made = Size {
            literals: made,
            mentions: 0,
        };
        inside
            .into_iter()
            .fold(made, |sum, part| sum.and(self.size(part)))
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
            || self.bound.iter().any(|(bound, _)| bound == name);
        if !known && self.unknown.is_none() {
            self.unknown = Some(name.to_owned());
        }
    }
}

/// The expressions of a map's or a structure's entries.
fn parts<'a>(entries: impl Iterator<Item = &'a EntryExpr>) -> Vec<&'a IdedExpr> {
    let mut parts = Vec::new();
    for entry in entries {
        match entry {
            EntryExpr::StructField(field) => parts.push(&field.value),
            EntryExpr::MapEntry(entry) => parts.extend([&entry.key, &entry.value]),
        }
    }
    parts
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
