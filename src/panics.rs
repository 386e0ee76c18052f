//! Panics turned into errors: a failed job must not end the thread that runs the next ones.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// Does some work; what it leaves half done is for the caller to put right.
///
/// # Errors
/// What the panic said.
pub fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| said(&*panic))
}

/// What a panic said.
#[must_use]
pub fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("no words").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_told_in_its_own_words() {
        assert_eq!(caught(|| 1), Ok(1));
        let beyond = caught(|| panic!("{} is beyond", 7));
        assert_eq!(beyond, Err::<(), _>("7 is beyond".to_owned()));
    }
}
