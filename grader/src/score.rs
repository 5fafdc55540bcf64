//! From verdicts to points.

use crate::verdict::Verdict;

/// The points of one check, in hundredths so that sums are exact.
pub fn centipoints(verdict: &Verdict, points: u32) -> u32 {
    match verdict {
        Verdict::Passed => points * 100,
        Verdict::Failed(_) | Verdict::NotRun { .. } | Verdict::Inconclusive { .. } => 0,
    }
}
