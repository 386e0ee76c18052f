//! Read access to calls: cards, the data for the next agent, streams. Changes nothing.

use super::{CallRegistry, CallView, Caller, Card, LiveError, Watch};

impl CallRegistry {
    /// All cards of a call, newest first.
    ///
    /// # Errors
    /// The call is unknown.
    pub fn cards(&self, caller: &Caller, call_id: &str) -> Result<Vec<Card>, LiveError> {
        let seat = self.known(caller, call_id)?;
        let cards = seat.lock().cards(|shown| self.may_see(caller, shown));
        Ok(cards)
    }

    /// Everything the next agent needs.
    ///
    /// # Errors
    /// The call is unknown.
    pub fn get(&self, caller: &Caller, call_id: &str) -> Result<CallView, LiveError> {
        let seat = self.known(caller, call_id)?;
        let view = seat.lock().view(|shown| self.may_see(caller, shown));
        Ok(view)
    }

    /// Reads a call's stream. With an id, an unknown call is a stream that says `resync` and ends.
    ///
    /// # Errors
    /// The call is unknown, and no id was given.
    pub fn watch_call(
        &self,
        caller: &Caller,
        call_id: &str,
        last_event_id: Option<&str>,
    ) -> Result<Watch, LiveError> {
        match self.known(caller, call_id) {
            Ok(seat) => Ok(seat.stream.watch(last_event_id)),
            Err(_) if last_event_id.is_some() => Ok(Watch::lost()),
            Err(error) => Err(error),
        }
    }

    /// Reads the stream of all calls of an agent that are the caller's; an admin's, of all callers.
    pub fn watch_agent(
        &self,
        caller: &Caller,
        agent_id: &str,
        last_event_id: Option<&str>,
    ) -> Watch {
        self.agents
            .stream(agent_id, owner_of(caller))
            .watch(last_event_id)
    }
}

/// Whose streams of agents a caller reads; None is every admin's.
pub(super) fn owner_of(caller: &Caller) -> Option<&str> {
    (!caller.admin).then_some(caller.name.as_str())
}
