//! Precision against coverage at other settings, from few cards to many.
//!
//! Owns the points. Each requires playing the whole set again, because earlier cards affect later ones.

use chrono::{DateTime, Utc};
use indicatif::ProgressBar;
use serde::Serialize;

use super::{CallFigures, figures, play};
use crate::{
    eval::dataset::Call,
    live::{CallRegistry, LiveError},
};

/// Leanings that are played, from silent to eager, in log-odds; 0 are the settings as they are.
pub const LEANINGS: [f64; 9] = [-3.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0];

/// The calls at one leaning.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Point {
    /// In log-odds: above 0 more is shown than the settings say, below 0 less.
    pub lean: f64,
    /// Turns of which an article came at or before them; None where no turn wants one.
    pub hit_by_turn: Option<f64>,
    /// Share of the cards whose article helps in their call; None without cards.
    pub precision: Option<f64>,
    /// Cards in one call.
    pub cards_per_call: f64,
    /// Share of the turns at which nothing should come and something did.
    pub false_push: Option<f64>,
}

impl Point {
    fn of(lean: f64, figures: &CallFigures) -> Self {
        Self {
            lean,
            hit_by_turn: figures.wanted.as_ref().map(|wanted| wanted.hit_by_turn),
            precision: figures.precision,
            cards_per_call: figures.cards_per_call,
            false_push: figures.false_push,
        }
    }
}

/// Plays every call at every leaning.
///
/// # Errors
/// When the call registry refuses a call.
pub fn curve(
    registry: &dyn Fn(f64) -> CallRegistry,
    calls: &[Call],
    now: DateTime<Utc>,
    bar: &ProgressBar,
) -> Result<Vec<Point>, LiveError> {
    let points = LEANINGS.iter().map(|&lean| {
        let played = play(&registry(lean), calls, now, bar)?;
        Ok(Point::of(lean, &figures(&played)))
    });
    points.collect()
}
