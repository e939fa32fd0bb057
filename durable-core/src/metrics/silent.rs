//! Without the feature `metrics`: nothing is recorded.

use super::{Metric, Values};

#[inline]
pub(super) fn add(_: &Metric, _: u64, _: Values<'_>) {}

#[inline]
pub(super) fn set(_: &Metric, _: u64, _: Values<'_>) {}

#[inline]
pub(super) fn raise(_: &Metric) {}

#[inline]
pub(super) fn lower(_: &Metric) {}

#[inline]
pub(super) fn observe(_: &Metric, _: f64, _: Values<'_>) {}

#[inline]
pub(super) fn describe(_: &Metric) {}
