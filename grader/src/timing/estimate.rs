//! A centre and an interval from a few noisy differences: Hodges–Lehmann with the exact Wilcoxon interval.
//!
//! Both rest on the *Walsh averages*, the means of every two differences (each with itself too). Their median is the
//! centre; as far from either end as the null distribution of Wilcoxon's signed-rank statistic says lies the interval
//! (Hollander, Wolfe and Chicken, *Nonparametric Statistical Methods*, 3.2 and 3.3). Nothing is assumed of the noise but
//! that it is about symmetric, and more than a quarter of the differences may be far off.

use super::real;

/// What the differences agree on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The Hodges–Lehmann estimate.
    pub centre: f64,
    /// The interval; without bounds where there are too few differences for one.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// How often the interval may miss the truth.
const MISSES: f64 = 0.05;

impl Estimate {
    /// The estimate of `differences`, with its 95 % interval; `None` without any difference.
    pub fn of(differences: &[f64]) -> Option<Self> {
        if differences.is_empty() {
            return None;
        }
        let averages = walsh_averages(differences);
        let (low, high) = match cut_off(differences.len(), MISSES) {
            Some(cut) => (averages[cut], averages[averages.len() - 1 - cut]),
            None => (f64::NEG_INFINITY, f64::INFINITY),
        };
        Some(Self { centre: quantile(&averages, 0.5), low, high })
    }
}

/// The means of every two values, each with itself too; sorted.
fn walsh_averages(values: &[f64]) -> Vec<f64> {
    let mut averages: Vec<f64> = Vec::with_capacity(values.len() * (values.len() + 1) / 2);
    for (at, one) in values.iter().enumerate() {
        averages.extend(values[at..].iter().map(|other| f64::midpoint(*one, *other)));
    }
    averages.sort_by(f64::total_cmp);
    averages
}

/// How many Walsh averages are left out at either end: the most that keep the misses at or below `misses`. `None` if
/// even the whole range misses more often.
///
/// The signed-rank statistic of `count` symmetric differences is the sum of a random subset of 1 to `count`, so its
/// distribution is a count of subsets by their sum.
fn cut_off(count: usize, misses: f64) -> Option<usize> {
    let sums = count * (count + 1) / 2;
    let mut subsets = vec![0.0; sums + 1];
    subsets[0] = 1.0;
    for rank in 1..=count {
        for sum in (rank..=sums).rev() {
            subsets[sum] += subsets[sum - rank];
        }
    }
    let all = 2.0_f64.powf(real(count));
    let mut below = 0.0;
    let beyond = subsets.iter().position(|ways| {
        below += ways;
        below / all > misses / 2.0
    });
    beyond.unwrap_or(0).checked_sub(1)
}

/// The quantile `share` of sorted values, interpolated between the two that it falls between.
///
/// # Panics
/// If there are no values.
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share.clamp(0.0, 1.0) * real(sorted.len() - 1);
    let below = sorted.iter().enumerate().rev().find(|(at, _)| real(*at) <= place).map_or(0, |(at, _)| at);
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (place - real(below)) * (sorted[above] - sorted[below])
}

/// The same of values in any order; `None` without values.
pub fn quantile_of(values: &[f64], share: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    (!sorted.is_empty()).then(|| quantile(&sorted, share))
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the numbers are exact in binary")]
mod tests {
    use super::*;

    #[test]
    fn the_centre_is_the_median_of_the_walsh_averages() {
        // 1, 2, 4, 9 and 1.5, 2.5, 5, 3, 5.5, 6.5: the two in the middle are 3 and 4.
        assert_eq!(walsh_averages(&[9.0, 1.0, 4.0, 2.0]), [1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 5.5, 6.5, 9.0]);
        assert_eq!(Estimate::of(&[9.0, 1.0, 4.0, 2.0]).unwrap().centre, 3.5);
        assert_eq!(Estimate::of(&[7.0]).unwrap().centre, 7.0);
        assert_eq!(Estimate::of(&[]), None);
    }

    #[test]
    fn fewer_than_six_differences_have_no_interval() {
        let five = Estimate::of(&[1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
        assert_eq!((five.low, five.high), (f64::NEG_INFINITY, f64::INFINITY));
        let six = Estimate::of(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).unwrap();
        assert_eq!((six.low, six.high), (1.0, 6.0));
    }

    /// Table A.4 of the book, and the critical values of every other table: P(W ≤ c) ≤ 0.025 for these largest c.
    #[test]
    fn the_cut_offs_are_the_critical_values_of_the_signed_rank_test() {
        let critical = [(6, 0), (7, 2), (8, 3), (9, 5), (10, 8), (12, 13), (15, 25), (20, 52), (25, 89), (40, 264)];
        for (count, largest) in critical {
            assert_eq!(cut_off(count, 0.05), Some(largest), "{count} differences");
        }
    }

    #[test]
    fn an_interval_of_eight_leaves_out_three_averages_at_either_end() {
        let values = [0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0];
        let averages = walsh_averages(&values);
        let estimate = Estimate::of(&values).unwrap();
        assert_eq!((estimate.low, estimate.high), (averages[3], averages[32]));
    }

    #[test]
    fn a_quarter_of_wild_differences_moves_the_centre_by_little() {
        let mut values = [1.00, 1.01, 0.99, 1.02, 0.98, 1.00, 1.01, 0.99, 1.0, 1.0, 1.0, 1.0];
        values[0] = 50.0;
        values[4] = 9.0;
        values[7] = 7.0;
        assert!((Estimate::of(&values).unwrap().centre - 1.0).abs() < 0.02);
    }

    #[test]
    fn quantiles_fall_between_values() {
        assert_eq!(quantile(&[1.0, 2.0, 3.0, 5.0], 0.5), 2.5);
        assert_eq!(quantile(&[1.0, 2.0, 3.0, 5.0], 1.0), 5.0);
        assert_eq!(quantile(&[1.0], 0.3), 1.0);
        assert_eq!(quantile_of(&[5.0, 1.0, 3.0], 0.25), Some(2.0));
        assert_eq!(quantile_of(&[], 0.25), None);
    }
}
