//! API keys, their scopes and their audiences.
//!
//! Owns `keys.sqlite` in the data folder: creating, listing and revoking keys, and looking one up while serving. Leaves
//! reading a key from a request, and what each scope allows, to `http`.

mod grant;
mod mark;
mod owner;
mod rate;
mod ring;
mod store;
mod token;

pub use grant::{Grant, LOCAL_NAME, Scope, audience_names, parse_audiences, parse_expiry};
pub use owner::give_to_owner;
pub use rate::Rate;
pub use ring::{Denied, Keyring};
pub use store::{KeyRecord, NewKey, add, add_given, first_admin, list, revoke};
pub use token::{KeyHash, random_token};

use std::path::PathBuf;

/// Name of the database in the data folder.
pub const FILE_NAME: &str = "keys.sqlite";

/// Why a key could not be made, listed or revoked.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The name is in use by a key that was not revoked.
    #[error("a key named {0:?} is in use; revoke it first, or choose another name")]
    NameTaken(String),
    /// No key in use has that name.
    #[error("no key named {0:?} is in use; `cuecard keys list` names them")]
    UnknownName(String),
    /// The name is empty, too long, or has characters that make a log hard to read.
    #[error("a key's name has 1 to 64 letters, digits, dots, dashes or underscores")]
    BadName,
    /// Not a scope.
    #[error("unknown scope {0:?}; choose from search, calls, insights, metrics, admin")]
    UnknownScope(String),
    /// A key must be good for something.
    #[error("a key needs at least one scope; choose from search, calls, insights, metrics, admin")]
    NoScopes,
    /// Not a span of time.
    #[error("{0:?} is not a span of time; write 90d, 12h, or a day such as 2027-01-31")]
    BadExpiry(String),
    /// A day that is over.
    #[error(
        "a key that ends on {0} opens nothing; give a day that is not over, or a span such as 90d"
    )]
    PastExpiry(String),
    /// Not a rate.
    #[error("{0:?} is not a rate; write 10/s, 600/m or 5000/h")]
    BadRate(String),
    /// A given key can be guessed, or not be sent in a header.
    #[error(
        "the given key is too short, or has characters other than letters, digits and signs; use at least {0} of these, such as the \
         output of `openssl rand -hex 32`"
    )]
    WeakKey(usize),
    /// A given key is a key already.
    #[error(
        "the given key is known here already, in use or revoked (`cuecard keys list`); give another"
    )]
    KnownKey,
    /// A key given by the environment is another key already.
    #[error("the given admin key is in use as {name:?} {flaw}; give another as CUECARD_ADMIN_KEY")]
    GivenInUse {
        /// Who it is for.
        name: String,
        /// Why it is no admin key.
        flaw: &'static str,
    },
    /// The data folder could not be made or read.
    #[error("could not use {path}: {source}; check that the data folder exists and can be written")]
    Folder {
        /// What was touched.
        path: String,
        /// Why it failed.
        source: std::io::Error,
    },
    /// Keys are there that nobody can read: whoever goes on without them opens the server.
    #[error(
        "{path} is there and cannot be read: {source}; give it to the user that runs the server (`chown`), or restore it from a backup"
    )]
    Unreadable {
        /// The file.
        path: String,
        /// Why it failed.
        source: std::io::Error,
    },
    /// Changes of the keys could not be followed.
    #[error("no thread can follow the keys: {0}; see the limits of the system")]
    Thread(std::io::Error),
    /// There were keys, and their file is gone.
    #[error(
        "keys were in use, and {0} is gone: without it everybody would get in; put it back (`cuecard restore`), make new keys \
         (`cuecard keys add`), or delete {1} to do without"
    )]
    Lost(PathBuf, PathBuf),
    /// The database refused.
    #[error("could not use keys.sqlite: {0}; if the file is damaged, restore it from a backup")]
    Database(#[from] rusqlite::Error),
}
