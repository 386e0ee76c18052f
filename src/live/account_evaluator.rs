//! The account against which rules are evaluated: prepared once per request, and only if a rule needs it.

use std::cell::OnceCell;

use super::Account;
use crate::article::{self, Rule};

/// An account, ready for many rules.
pub(super) struct AccountEvaluator<'a> {
    /// As it is kept.
    pub(super) account: &'a Account,
    prepared: OnceCell<article::Account>,
}

impl<'a> AccountEvaluator<'a> {
    /// Takes an account; nothing is prepared yet.
    pub(super) fn new(account: &'a Account) -> Self {
        Self {
            account,
            prepared: OnceCell::new(),
        }
    }

    /// Whether a rule holds; no rule always does.
    pub(super) fn holds(&self, rule: Option<&Rule>) -> bool {
        rule.is_none_or(|rule| {
            rule.holds_for(
                self.prepared
                    .get_or_init(|| article::Account::new(self.account)),
            )
        })
    }
}
