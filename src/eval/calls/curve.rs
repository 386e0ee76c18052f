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

/// Offsets that are played, from few cards to many, in log-odds; 0 is the current settings.
pub const LEANINGS: [f64; 9] = [-3.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0];

/// The calls at one offset.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Point {
    /// Offset in log-odds: above 0 more cards are shown than with the current settings, below 0 fewer.
    pub lean: f64,
    /// Turns with an expected article at or before them; None without expected articles.
    pub hit_by_turn: Option<f64>,
    /// Precision; None without cards.
    pub precision: Option<f64>,
    /// Mean cards per call.
    pub cards_per_call: f64,
    /// Share of quiet turns with a card.
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

/// Plays every call at every offset.
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
