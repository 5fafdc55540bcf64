//! From a ratio to a share of the points.

/// The two thresholds of a timing check.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// Up to this ratio to the reference, all points.
    pub full: f64,
    /// From this ratio, none.
    pub none: f64,
}

impl Scale {
    /// The share of the points for a ratio, from 0 to 1: even steps of points for even factors of time.
    pub fn share(&self, ratio: f64) -> f64 {
        (1.0 - (ratio / self.full).ln() / (self.none / self.full).ln()).clamp(0.0, 1.0)
    }

    /// The share of the points for the time `taken` where `optimum` is the least that there can be.
    pub fn share_of_makespan(&self, taken: f64, optimum: f64) -> f64 {
        self.share(taken / optimum)
    }

    /// By how much the share differs between the ends of an interval of ratios: zero inside a flat band.
    pub fn width(&self, low: f64, high: f64) -> f64 {
        self.share(low) - self.share(high)
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "both ends of the scale are exact")]
mod tests {
    use super::*;

    const COMMON: Scale = Scale { full: 1.25, none: 4.0 };

    #[test]
    fn the_ends_of_the_scale_are_flat() {
        for ratio in [0.0, 0.5, 1.0, 1.25] {
            assert_eq!(COMMON.share(ratio), 1.0, "{ratio}");
        }
        for ratio in [4.0, 4.1, 100.0, f64::INFINITY] {
            assert_eq!(COMMON.share(ratio), 0.0, "{ratio}");
        }
        assert_eq!(COMMON.width(0.7, 1.2), 0.0);
        assert_eq!(COMMON.width(4.0, f64::INFINITY), 0.0);
        assert_eq!(COMMON.width(0.0, f64::INFINITY), 1.0);
    }

    #[test]
    fn between_the_ends_even_factors_cost_even_points() {
        let middle = (1.25_f64 * 4.0).sqrt();
        assert!((COMMON.share(middle) - 0.5).abs() < 1e-12);
        assert!((COMMON.share(1.81) - 0.681_7).abs() < 5e-4, "a serial solution on two cores");
        assert!((COMMON.width(1.5, 1.5 * 3.2_f64.powf(0.1)) - 0.1).abs() < 1e-12);
    }

    #[test]
    fn a_makespan_is_scored_by_its_ratio_to_the_optimum() {
        assert_eq!(COMMON.share_of_makespan(1.2, 1.0), 1.0);
        assert_eq!(COMMON.share_of_makespan(8.0, 2.0), 0.0);
    }
}
