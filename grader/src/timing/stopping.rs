//! When enough pairs were run: the stopping rule.
//!
//! A pair is one run of the submission between two of the reference. A pair counts as *clean* if both of these took
//! about as long as the reference takes on this machine when it is quiet. The submission's own time never has a say in
//! that: whatever is selected by it would be biased.
//!
//! What costs points asks for more: that the machine was *steady*, the references of the clean pairs together as fast as
//! on a quiet machine. Where one with two threads is a quarter slower because the machine has less than two cores to
//! give, one with a single thread is not, and would gain what it never earned.

use serde::{Deserialize, Serialize};

use super::estimate::{Estimate, quantile_of};
use super::scale::Scale;

/// From so many clean pairs on the rule may end the measurement.
pub const ENOUGH: usize = 8;
/// So many at least are needed when the time is over, or when all of the interval gets every point: with fewer there is
/// none.
const FEWEST: usize = 6;
/// So many pairs are run at most. With as many clean ones a wide interval is how it is.
pub const MOST: usize = 40;
/// The submission is noisy by itself if the interval is so many times as wide as the one that the references give, taken
/// in the submission's place.
const ITS_OWN: f64 = 1.5;
/// So many pairs are enough for a submission that in each of them is this many times slower than where the points end: no
/// noise that leaves the reference alone comes near.
const HOPELESS: [(usize, f64); 2] = [(3, 1.5), (5, 1.15)];

/// One run of the submission between two of the reference, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// The reference before.
    pub before: f64,
    /// The submission.
    pub between: f64,
    /// The reference after.
    pub after: f64,
}

impl Pair {
    /// The logarithm of the ratio: the submission's time to the geometric mean of the reference's two.
    fn difference(&self) -> f64 {
        (self.between / self.beside()).ln()
    }

    /// The geometric mean of the reference's two.
    fn beside(&self) -> f64 {
        (self.before * self.after).sqrt()
    }
}

/// What the reference takes in a quiet run, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quiet {
    /// From the least to the most that counts as quiet for one run.
    pub one: (f64, f64),
    /// The same for the median of several, where points are at stake.
    pub median: (f64, f64),
}

/// How far from its usual time a quiet reference may be.
const TOLERANCE: f64 = 0.3;
/// How far from it the references of a measurement may be together, where points are at stake: so many times what the
/// interval may be wide.
const STEADY: f64 = 3.0;

impl Quiet {
    /// Within 30 % of the usual time on both sides for one run, within 12 % for several if the interval may be 0.04 of the
    /// points wide (`width`); wider where the quiet reference itself is: by its 5th and 95th percentile, and by its quartiles.
    pub fn around(usual: f64, quartiles: (f64, f64), tails: (f64, f64), width: f64) -> Self {
        let around = |tolerance: f64, (low, high): (f64, f64)| {
            ((usual * (1.0 - tolerance)).min(low), (usual * (1.0 + tolerance)).max(high))
        };
        Self { one: around(TOLERANCE, tails), median: around(STEADY * width, quartiles) }
    }
}

fn includes((least, most): (f64, f64), seconds: f64) -> bool {
    (least..=most).contains(&seconds)
}

/// How much time is left for a measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    /// Enough for another pair.
    Left,
    /// None.
    Over,
}

/// What to do after a pair.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Decision {
    /// Run another pair.
    More,
    /// The clean pairs agree; the estimate is in ratios.
    Settled(Estimate),
    /// Too few pairs were clean, or they agree too little. What all pairs together say, in ratios, if they say anything.
    Undecided(Option<Estimate>),
}

/// What a measurement is judged by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// From ratios to points.
    pub scale: Scale,
    /// What the reference takes.
    pub quiet: Quiet,
    /// How wide the interval may be, as a share of the points.
    pub width: f64,
}

/// The pairs so far.
#[derive(Clone, Debug)]
pub struct Tally {
    rule: Rule,
    pairs: Vec<Pair>,
}

impl Tally {
    /// Begins with the pairs of an earlier measurement of the same submission, which was not decided.
    pub fn new(rule: Rule, earlier: Vec<Pair>) -> Self {
        let mut tally = Self { rule, pairs: earlier };
        // The reference may have been calibrated anew since.
        tally.pairs = tally.clean();
        tally
    }

    /// Adds a pair.
    pub fn add(&mut self, pair: Pair) {
        self.pairs.push(pair);
    }

    /// All pairs.
    pub fn pairs(&self) -> &[Pair] {
        &self.pairs
    }

    /// The pairs that count.
    pub fn clean(&self) -> Vec<Pair> {
        self.pairs.iter().filter(|pair| self.is_clean(pair)).copied().collect()
    }

    fn is_clean(&self, pair: &Pair) -> bool {
        includes(self.rule.quiet.one, pair.before) && includes(self.rule.quiet.one, pair.after)
    }

    /// The pairs that the next measurement may go on from: none from a machine that was not steady, which would keep it from
    /// deciding on one that is.
    pub fn lasting(&self) -> Vec<Pair> {
        let pairs = self.clean();
        if self.is_steady(&pairs) { pairs } else { Vec::new() }
    }

    /// What the clean pairs say, in ratios; `None` unless there are enough of them, on a steady machine.
    pub fn agreed(&self) -> Option<Estimate> {
        let pairs = self.clean();
        (pairs.len() >= ENOUGH && self.is_steady(&pairs)).then(|| ratios(&differences(&pairs))).flatten()
    }

    /// Whether the references of these pairs took as long as on a quiet machine.
    fn is_steady(&self, pairs: &[Pair]) -> bool {
        let beside: Vec<f64> = pairs.iter().map(Pair::beside).collect();
        quantile_of(&beside, 0.5).is_some_and(|median| includes(self.rule.quiet.median, median))
    }

    /// Whether to go on.
    pub fn decide(&self, time: Time) -> Decision {
        let Rule { scale, width, .. } = self.rule;
        let pairs = self.clean();
        let clean = differences(&pairs);
        let hopeless = HOPELESS.iter().any(|(few, far)| {
            let far = (scale.none * far).ln();
            clean.len() >= *few && clean.iter().all(|difference| *difference >= far)
        });
        let estimate = ratios(&clean);
        let narrow = |estimate: &Estimate| scale.width(estimate.low, estimate.high) <= width;
        // Where neither is so, the machine has a share in it, and more pairs are asked for.
        let conclusive = |estimate: &Estimate| clean.len() >= MOST || is_noisy_by_itself(estimate, &pairs);
        let over = time == Time::Over || self.pairs.len() >= MOST;
        match estimate {
            Some(estimate) if hopeless => Decision::Settled(estimate),
            // What costs points is looked at for longer, and on a steady machine only.
            Some(estimate) if clean.len() >= FEWEST && estimate.high <= scale.full => Decision::Settled(estimate),
            Some(estimate)
                if self.is_steady(&pairs)
                    && (narrow(&estimate) && clean.len() >= if over { FEWEST } else { ENOUGH }
                        || over && clean.len() >= ENOUGH && conclusive(&estimate)) =>
            {
                Decision::Settled(estimate)
            }
            _ if over => Decision::Undecided(ratios(&differences(&self.pairs))),
            _ => Decision::More,
        }
    }
}

/// Whether an interval, in ratios, is far wider than the references alone explain: each one in the submission's place
/// between its two neighbours.
fn is_noisy_by_itself(estimate: &Estimate, pairs: &[Pair]) -> bool {
    let neighbours = pairs.windows(2).filter(|pair| pair[0].after.total_cmp(&pair[1].before).is_eq());
    let alone = neighbours.map(|pair| (pair[0].after / (pair[0].before * pair[1].after).sqrt()).ln());
    let alone = Estimate::of(&alone.collect::<Vec<_>>());
    alone.is_some_and(|alone| (estimate.high / estimate.low).ln() > ITS_OWN * (alone.high - alone.low))
}

fn differences(pairs: &[Pair]) -> Vec<f64> {
    pairs.iter().map(Pair::difference).collect()
}

/// The estimate of differences of logarithms, as ratios.
fn ratios(differences: &[f64]) -> Option<Estimate> {
    let Estimate { centre, low, high } = Estimate::of(differences)?;
    Some(Estimate { centre: centre.exp(), low: low.exp(), high: high.exp() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Rule = Rule {
        scale: Scale { full: 1.25, none: 4.0 },
        quiet: Quiet { one: (0.07, 0.13), median: (0.088, 0.112) },
        width: 0.04,
    };

    fn tally(pairs: impl IntoIterator<Item = (f64, f64, f64)>) -> Tally {
        let mut tally = Tally::new(RULE, Vec::new());
        for (before, between, after) in pairs {
            tally.add(Pair { before, between, after });
        }
        tally
    }

    fn alike(count: usize, between: f64) -> Tally {
        tally((0..count).map(|_| (0.1, between, 0.1)))
    }

    #[test]
    fn eight_clean_pairs_that_agree_are_enough() {
        assert_eq!(alike(7, 0.15).decide(Time::Left), Decision::More);
        let Decision::Settled(estimate) = alike(8, 0.15).decide(Time::Left) else { panic!("not settled") };
        assert!((estimate.centre - 1.5).abs() < 1e-9);
    }

    #[test]
    fn six_are_enough_where_all_of_them_get_every_point() {
        assert_eq!(alike(5, 0.11).decide(Time::Left), Decision::More);
        assert!(matches!(alike(6, 0.11).decide(Time::Left), Decision::Settled(estimate) if estimate.centre < 1.25));
        let one_is_slow = tally((0..6).map(|at| (0.1, if at == 3 { 0.13 } else { 0.11 }, 0.1)));
        assert_eq!(one_is_slow.decide(Time::Left), Decision::More);
    }

    #[test]
    fn disagreement_inside_a_flat_band_does_not_matter() {
        let full = tally((0..8).map(|at| (0.1, if at % 2 == 0 { 0.05 } else { 0.12 }, 0.1)));
        assert!(matches!(full.decide(Time::Left), Decision::Settled(_)));
        let between = tally((0..8).map(|at| (0.1, if at % 2 == 0 { 0.15 } else { 0.22 }, 0.1)));
        assert_eq!(between.decide(Time::Left), Decision::More);
    }

    #[test]
    fn a_pair_beside_a_disturbed_reference_does_not_count() {
        let mut pairs = alike(7, 0.15);
        pairs.add(Pair { before: 0.1, between: 0.15, after: 0.2 });
        pairs.add(Pair { before: 0.05, between: 0.15, after: 0.1 });
        assert_eq!((pairs.clean().len(), pairs.decide(Time::Left)), (7, Decision::More));
    }

    #[test]
    fn beside_slower_references_a_submission_gets_all_points_or_none_and_nothing_in_between() {
        let beside = |reference, between| tally((0..24).map(|_| (reference, between, reference)));
        assert!(matches!(beside(0.125, 0.13).decide(Time::Left), Decision::Settled(_)), "all");
        assert!(matches!(beside(0.125, 1.0).decide(Time::Left), Decision::Settled(_)), "none");
        assert_eq!(beside(0.125, 0.21).decide(Time::Left), Decision::More);
        assert!(matches!(beside(0.125, 0.21).decide(Time::Over), Decision::Undecided(Some(_))));
        assert!(matches!(beside(0.085, 0.21).decide(Time::Over), Decision::Undecided(Some(_))));
        assert!(matches!(beside(0.11, 0.21).decide(Time::Left), Decision::Settled(_)));
    }

    #[test]
    fn a_slow_submission_is_as_clean_as_its_reference() {
        assert_eq!(alike(3, 9.0).clean().len(), 3);
    }

    #[test]
    fn few_pairs_are_enough_far_beyond_the_last_point() {
        assert_eq!(alike(3, 0.5).decide(Time::Left), Decision::More);
        assert!(matches!(alike(5, 0.5).decide(Time::Left), Decision::Settled(estimate) if estimate.centre > 4.0));
        assert_eq!(alike(7, 0.42).decide(Time::Left), Decision::More);
        assert_eq!(alike(2, 0.9).decide(Time::Left), Decision::More);
        assert!(matches!(alike(3, 0.9).decide(Time::Left), Decision::Settled(estimate) if estimate.centre > 8.0));
    }

    #[test]
    fn the_end_of_the_time_settles_six_pairs_that_agree_and_no_fewer() {
        assert!(matches!(alike(6, 0.15).decide(Time::Over), Decision::Settled(_)));
        assert!(matches!(alike(5, 0.15).decide(Time::Over), Decision::Undecided(Some(_))));
        assert_eq!(alike(0, 0.15).decide(Time::Over), Decision::Undecided(None));
    }

    #[test]
    fn a_submission_that_is_noisy_by_itself_gets_what_its_pairs_say_in_the_end() {
        let noisy = tally((0..9).map(|at| (0.1, 0.15 + 0.05 * f64::from(at), 0.1)));
        assert!(noisy.agreed().is_some_and(|estimate| estimate.high > 1.5 * estimate.low));
        assert_eq!(noisy.decide(Time::Left), Decision::More);
        assert!(matches!(noisy.decide(Time::Over), Decision::Settled(_)));
    }

    #[test]
    fn where_the_machine_is_as_noisy_more_pairs_are_asked_for_and_earlier_ones_count() {
        let mut rng = fastrand::Rng::with_seed(3);
        let mut around = move |seconds: f64| seconds * (0.85 + 0.3 * rng.f64());
        let mut before = around(0.1);
        let mut noisy = |earlier, count| {
            let mut tally = Tally::new(RULE, earlier);
            for _ in 0..count {
                let (between, after) = (around(0.2), around(0.1));
                tally.add(Pair { before, between, after });
                before = after;
            }
            tally
        };
        let first = noisy(Vec::new(), 12);
        assert!(first.agreed().is_some());
        assert!(matches!(first.decide(Time::Over), Decision::Undecided(Some(_))));
        let last = noisy(first.lasting(), MOST);
        assert_eq!(last.pairs().len(), MOST + 12);
        assert!(matches!(last.decide(Time::Left), Decision::Settled(_)), "forty clean pairs say what can be said");
    }

    #[test]
    fn what_a_slower_machine_gave_does_not_stand_in_the_way_of_the_next_try() {
        let slower = tally((0..MOST).map(|_| (0.125, 0.21, 0.125)));
        assert_eq!(slower.clean().len(), MOST);
        assert!(matches!(slower.decide(Time::Left), Decision::Undecided(Some(_))));
        assert_eq!(slower.lasting(), []);
        assert_eq!(alike(5, 0.15).lasting().len(), 5);
        let elsewhere = Tally::new(RULE, vec![Pair { before: 0.2, between: 0.3, after: 0.2 }; MOST]);
        assert_eq!((elsewhere.pairs().len(), elsewhere.decide(Time::Left)), (0, Decision::More));
    }

    #[test]
    fn a_machine_that_is_never_quiet_leaves_it_undecided_after_forty_pairs() {
        let busy = tally((0..MOST).map(|_| (0.2, 0.2, 0.2)));
        assert!(matches!(busy.decide(Time::Left), Decision::Undecided(Some(_))));
    }

    #[test]
    fn quiet_is_within_thirty_percent_or_wider_where_the_reference_is() {
        let Quiet { one, median } = Quiet::around(0.1, (0.08, 0.105), (0.06, 0.11), 0.04);
        let near = |one: (f64, f64), other: (f64, f64)| (one.0 - other.0).abs() + (one.1 - other.1).abs() < 1e-12;
        assert!(near(one, (0.06, 0.13)) && near(median, (0.08, 0.112)), "{one:?} {median:?}");
    }
}
