//! From verdicts to points.

use crate::verdict::Verdict;

/// The points of one check, in hundredths so that sums are exact.
pub fn centipoints(verdict: &Verdict, points: u32) -> u32 {
    match verdict {
        Verdict::Passed => points * 100,
        Verdict::Slower { share } | Verdict::Provisional { share, .. } => part(*share, points * 100),
        Verdict::Failed(_) | Verdict::NotRun { .. } | Verdict::Inconclusive { .. } => 0,
    }
}

/// The share of so many hundredths, in whole hundredths.
fn part(share: f64, centipoints: u32) -> u32 {
    let part = (share.clamp(0.0, 1.0) * f64::from(centipoints)).round();
    // Found instead of cast: what is no number has no points.
    (0..=centipoints).rev().find(|whole| f64::from(*whole) <= part).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_gives_its_part_of_the_points_in_whole_hundredths() {
        assert_eq!(centipoints(&Verdict::Slower { share: 0.681_7 }, 8), 545);
        assert_eq!(centipoints(&Verdict::Slower { share: f64::NAN }, 8), 0);
        let why = String::new();
        assert_eq!(centipoints(&Verdict::Provisional { share: 1.0, why }, 8), 800, "a busy machine costs nothing");
    }
}
