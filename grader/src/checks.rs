//! Runs the checks of one submission, a few at a time; those of timing alone, after all others.

use std::time::Instant;

use crate::abreast::{abreast, cores};
use crate::catalog::Check;
use crate::clock;
use crate::compile::{Built, Modelled};
use crate::coverage::Covered;
use crate::grading::GradeError;
use crate::interrupt;
use crate::judge::Effort;
use crate::lenses::timing::Timed;
use crate::lenses::{Subject, explore, rounds};
use crate::report::Looked;
use crate::timing::measured::Measured;
use crate::verdict::{Cause, Lens, Verdict};

/// What came of one check.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The verdict.
    pub verdict: Verdict,
    /// What each lens saw.
    pub looked: Vec<Looked>,
    /// The round that failed under the explore lens, as its place among the rounds of the check.
    pub round: usize,
    /// What was measured under the timing lens.
    pub measured: Option<Measured>,
}

impl Finding {
    /// A verdict that no lens had to look for.
    pub fn of(verdict: Verdict) -> Self {
        Self { verdict, looked: Vec::new(), round: 0, measured: None }
    }
}

/// Runs the checks; the findings are in their order. `time` runs those of timing, one after the other when nothing else
/// runs, and only if no other has failed.
///
/// # Errors
/// [`GradeError`], of the first check by order that the grader failed at.
pub fn look_all(
    subject: &Subject<'_>,
    built: &Built,
    checks: &[&Check],
    time: &dyn Fn(&Check) -> Result<Timed, GradeError>,
) -> Result<Vec<Finding>, GradeError> {
    let behaviours: Vec<&Check> = checks.iter().copied().filter(|check| check.timing.is_none()).collect();
    let mut found = look_side_by_side(subject, built, &behaviours)?.into_iter();
    let sound = found.as_slice().iter().all(|finding| !matches!(finding.verdict, Verdict::Failed(_)));
    let mut findings = Vec::new();
    for check in checks {
        findings.push(if check.timing.is_none() {
            found.next().ok_or(GradeError::Interrupted)?
        } else if subject.effort == Effort::Quick {
            Finding::of(Verdict::NotRun { cause: Cause::Quick })
        } else if !sound {
            Finding::of(Verdict::NotRun { cause: Cause::ChecksFailed })
        } else if interrupt::requested() {
            return Err(GradeError::Interrupted);
        } else {
            let Timed { verdict, measured } = time(check)?;
            Finding { measured, ..Finding::of(verdict) }
        });
    }
    Ok(findings)
}

/// The findings of checks that are looked at side by side, in their order.
fn look_side_by_side(subject: &Subject<'_>, built: &Built, checks: &[&Check]) -> Result<Vec<Finding>, GradeError> {
    // Checks with faults in them wait the longest, for what hangs and falls silent. They go first, so that none of them is
    // waited for alone, and there is one more lane than cores, so that no core waits with them.
    let mut turns: Vec<usize> = (0..checks.len()).collect();
    turns.sort_by_key(|&at| !checks[at].lenses.contains(&Lens::Chaos));
    let mut findings = Vec::with_capacity(checks.len());
    let lanes = cores().saturating_add(1);
    abreast(&turns, lanes, |&at| (at, look(subject, built, checks[at])), |finding| findings.push(finding));
    if findings.len() < checks.len() {
        return Err(GradeError::Interrupted);
    }
    findings.sort_by_key(|(at, _)| *at);
    findings.into_iter().map(|(_, finding)| finding).collect()
}

/// Looks at one property through its lenses, in order, until one finds a failure.
fn look(subject: &Subject<'_>, built: &Built, check: &Check) -> Result<Finding, GradeError> {
    let mut finding = Finding::of(Verdict::Passed);
    for lens in &check.lenses {
        let began = clock::now();
        let failure = match lens {
            Lens::Stress | Lens::Chaos => {
                let (covered, failure) = rounds::look(subject, &built.driver, &check.name, *lens)?;
                finding.looked.push(looked(*lens, covered, began));
                failure
            }
            Lens::Explore => {
                let Modelled::Driver(driver) = &built.modelled else { continue };
                let explored = explore::look(subject, driver, &check.name)?;
                finding.looked.extend(explored.covered.map(|covered| looked(*lens, covered, began)));
                finding.round = explored.round;
                explored.failure
            }
            // A check of timing has thresholds, and is not run here.
            Lens::Timing => continue,
        };
        if let Some(failure) = failure {
            return Ok(Finding { verdict: Verdict::Failed(Box::new(failure)), ..finding });
        }
    }
    Ok(finding)
}

fn looked(lens: Lens, covered: Covered, began: Instant) -> Looked {
    Looked { lens, covered, took_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX) }
}
