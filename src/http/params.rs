//! Query parameters and path segments, parsed strictly: every error is named, and unknown parameters are refused.

use std::{collections::HashSet, ops::RangeInclusive};

use axum::{
    extract::{FromRequestParts, Path, Query},
    http::request::Parts,
};
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;

use super::problem::Problem;
use crate::search::error::FieldError;

/// Mistakes that one refusal names.
const MAX_FLAWS: usize = 20;

/// The query parameters of a request: taken one by one, then [`Params::finish`] names what is wrong or left over.
#[derive(Debug, Default)]
pub(super) struct Params {
    pairs: Vec<(String, String)>,
    flaws: Vec<FieldError>,
    asked: Vec<&'static str>,
}

impl Params {
    /// The value of a parameter that may be given once; the empty text counts as not given.
    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        let mut values = self.given(name);
        if values.len() > 1 {
            self.flaw(name, "is given more than once".to_owned());
        }
        values.pop().filter(|value| !value.is_empty())
    }

    /// Every value of a parameter that may be given several times, each once; empty texts count as not given.
    pub(super) fn texts(&mut self, name: &'static str) -> Vec<String> {
        each_once(self.given(name))
    }

    /// Every value as it was given.
    fn given(&mut self, name: &'static str) -> Vec<String> {
        self.asked.push(name);
        let (taken, left) = std::mem::take(&mut self.pairs)
            .into_iter()
            .partition(|(key, _)| key == name);
        self.pairs = left;
        let taken: Vec<(String, String)> = taken;
        taken.into_iter().map(|(_, value)| value).collect()
    }

    /// The same, and each value may name several with commas between them.
    pub(super) fn list(&mut self, name: &'static str) -> Vec<String> {
        let values = self.given(name);
        let parts = values.iter().flat_map(|value| value.split(','));
        each_once(parts.map(|part| part.trim().to_owned()).collect())
    }

    /// A whole number within bounds.
    pub(super) fn whole(
        &mut self,
        name: &'static str,
        bounds: RangeInclusive<usize>,
        default: usize,
    ) -> usize {
        let Some(text) = self.text(name) else {
            return default;
        };
        match text.parse() {
            Ok(value) if bounds.contains(&value) => value,
            _ => {
                self.flaw(
                    name,
                    format!(
                        "must be a whole number from {} to {}, not {text:?}",
                        bounds.start(),
                        bounds.end()
                    ),
                );
                default
            }
        }
    }

    /// A switch: `true` or `false`, `1` or `0`; the name alone switches it on.
    pub(super) fn flag(&mut self, name: &'static str) -> bool {
        let mut values = self.given(name);
        if values.len() > 1 {
            self.flaw(name, "is given more than once".to_owned());
        }
        match values.pop().as_deref() {
            None | Some("false" | "0") => false,
            Some("true" | "1" | "") => true,
            Some(other) => {
                self.flaw(name, format!("must be true or false, not {other:?}"));
                false
            }
        }
    }

    /// One of a few words.
    pub(super) fn choice<T: DeserializeOwned + Default>(
        &mut self,
        name: &'static str,
        words: &str,
    ) -> T {
        let Some(text) = self.text(name) else {
            return T::default();
        };
        serde_json::from_value(serde_json::Value::String(text.clone())).unwrap_or_else(|_| {
            self.flaw(name, format!("must be one of {words}, not {text:?}"));
            T::default()
        })
    }

    /// Takes note of a mistake in a parameter; so many are told, the rest would say no more.
    pub(super) fn flaw(&mut self, name: &str, detail: String) {
        if self.flaws.len() < MAX_FLAWS {
            self.flaws.push(FieldError::new(pointer([name]), detail));
        }
    }

    /// The end of reading.
    ///
    /// # Errors
    /// 400 that names every mistake, and every parameter that was not asked for, up to [`MAX_FLAWS`].
    pub(super) fn finish(mut self) -> Result<(), Problem> {
        for (name, _) in std::mem::take(&mut self.pairs) {
            let known = if self.asked.is_empty() {
                "none".to_owned()
            } else {
                self.asked.join(", ")
            };
            self.flaw(
                &name,
                format!("unknown parameter {name:?}; this endpoint takes {known}"),
            );
        }
        if self.flaws.is_empty() {
            Ok(())
        } else {
            Err(Problem::flawed(self.flaws))
        }
    }
}

/// The first parameter whose percent-encoding does not stand for UTF-8.
fn garbled(query: &str) -> Option<String> {
    let is_text = |part: &str| percent_decode_str(part).decode_utf8().is_ok();
    let pair = query.split('&').find(|pair| !is_text(pair))?;
    let name = pair.split('=').next().unwrap_or_default();
    Some(percent_decode_str(name).decode_utf8_lossy().into_owned())
}

/// The values that are not empty, in their order, none twice.
fn each_once(mut values: Vec<String>) -> Vec<String> {
    let mut seen = HashSet::new();
    values.retain(|value| !value.is_empty() && seen.insert(value.clone()));
    values
}

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = Query::<Vec<(String, String)>>::from_request_parts(parts, state).await;
        let Query(pairs) = query.map_err(|error| Problem::flaw("", error.body_text()))?;
        if let Some(name) = parts.uri.query().and_then(garbled) {
            return Err(Problem::flaw(
                pointer([name.as_str()]),
                format!("{name:?} is no UTF-8 once its percent-encoding is taken off"),
            ));
        }
        Ok(Self {
            pairs,
            ..Self::default()
        })
    }
}

/// For endpoints that take no query parameters at all.
pub(super) struct NoParams;

impl<S: Send + Sync> FromRequestParts<S> for NoParams {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Params::from_request_parts(parts, state)
            .await?
            .finish()
            .map(|()| Self)
    }
}

/// What stands in the path, percent-decoded.
pub(super) struct Segments<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Segments<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(segments)) => Ok(Self(segments)),
            Err(error) => Err(Problem::flaw(
                "",
                format!("the path cannot be read: {}", error.body_text()),
            )),
        }
    }
}

/// A JSON pointer (RFC 6901) of these names.
pub(super) fn pointer<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names
        .into_iter()
        .map(|name| format!("/{}", name.replace('~', "~0").replace('/', "~1")))
        .collect()
}
