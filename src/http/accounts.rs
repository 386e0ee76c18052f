//! Fetches the customer's account from the configured sources when a call is opened, before anything is decided.

use std::sync::Arc;

use chrono::Utc;
use tokio::task::spawn_blocking;

use super::{identity::Principal, problem::Problem, state::AppState};
use crate::{
    accounts::Fetched,
    live::{OpenCall, fill_account, is_id},
};

/// What an answer's `degraded` says when a part of the account is missing.
pub(super) const INCOMPLETE: &str = "account_incomplete";

/// Adds what the sources know of the customer; what the request says itself wins. A source that fails is told in
/// `account_gaps`, and holds up the call for its time-out at most; an open call asks again after a minute, not before.
pub(super) async fn complete(
    face: &AppState,
    who: &Principal,
    mut request: OpenCall,
) -> Result<OpenCall, Problem> {
    let Some(accounts) = face.service().accounts() else {
        return Ok(request);
    };
    // Others are refused when the call is opened.
    let Some(customer_id) = request.customer_id.clone().filter(|id| is_id(id)) else {
        return Ok(request);
    };
    if let Some(call_id) = request.call_id.clone() {
        let (core, caller) = (face.clone(), who.caller());
        let is_wanted = face.pool(who).run(move || {
            core.service()
                .registry()
                .wants_account(&caller, &call_id, Utc::now())
        });
        if !is_wanted.await? {
            return Ok(request);
        }
    }
    // Waiting for others takes no place of the pool.
    let given = request.account.clone();
    let sources = Arc::clone(&accounts);
    let fetched = spawn_blocking(move || sources.fetch(&customer_id, &given)).await;
    let Fetched { account, gaps } = fetched.unwrap_or_else(|error| {
        tracing::error!(%error, "no account was fetched");
        accounts.nothing()
    });
    fill_account(&mut request.account, &account);
    request.account_gaps = Some(gaps);
    Ok(request)
}
