//! Who makes the choices of an execution: [`Chooser`].
//!
//! At every choice there are alternatives, number 0 being the default. [`Follow`] takes the deviations of a schedule and
//! the default elsewhere, and notes where else one could deviate; [`Random`] runs the thread with the highest of some
//! random priorities (PCT: Burckhardt, Kothari, Musuvathi and Nagarakatte, ASPLOS 2010). What an alternative means is
//! the scheduler's business.

use crate::schedule::Deviation;

/// Where a search could deviate from the execution that it has just run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Branch {
    pub(crate) position: u32,
    pub(crate) print: u32,
    /// Taking alternative `k` of these costs `k` delays.
    pub(crate) linear: u32,
    /// Each of these further alternatives costs one delay.
    pub(crate) flat: u32,
}

/// What a choice is about: how many alternatives there are, and a word that tells it from other choices.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choice {
    pub(crate) linear: u32,
    pub(crate) flat: u32,
    pub(crate) context: u32,
}

/// Numbers the choices of an execution and fingerprints them.
#[derive(Debug, Default)]
struct Trail {
    position: u32,
    print: u32,
}

impl Trail {
    fn step(&mut self, choice: Choice) -> (u32, u32) {
        let word = choice.context ^ choice.linear << 16 ^ choice.flat << 28;
        self.print = (self.print ^ word).wrapping_mul(0x9e37_79b1).rotate_left(13);
        self.position += 1;
        (self.position - 1, self.print)
    }
}

/// Follows a schedule.
#[derive(Debug, Default)]
pub(crate) struct Follow {
    trail: Trail,
    deviations: Vec<Deviation>,
    next: usize,
    /// How many delays are left after the deviations; without any, branches are not noted.
    spare: u32,
    /// Where one could deviate after the last deviation.
    pub(crate) branches: Vec<Branch>,
    /// Whether there was a choice after the last deviation.
    pub(crate) beyond: bool,
    /// The number of the deviation that did not fit the program.
    pub(crate) diverged: Option<usize>,
    /// The deviations as they were really taken.
    pub(crate) taken: Vec<Deviation>,
}

impl Follow {
    /// Starts an execution along `deviations`, keeping what was allocated for an earlier one.
    pub(crate) fn start(&mut self, deviations: &[Deviation], spare: u32) {
        self.trail = Trail::default();
        self.deviations.clear();
        self.deviations.extend_from_slice(deviations);
        self.taken.clear();
        self.branches.clear();
        (self.next, self.spare, self.beyond, self.diverged) = (0, spare, false, None);
    }

    /// The deviation that the program never came to, if it ended before.
    pub(crate) fn unreached(&self) -> Option<usize> {
        (self.next < self.deviations.len()).then_some(self.next)
    }

    fn choose(&mut self, choice: Choice) -> u32 {
        let (position, print) = self.trail.step(choice);
        let Some(deviation) = self.deviations.get(self.next) else {
            self.beyond = true;
            if self.spare > 0 {
                self.branches.push(Branch { position, print, linear: choice.linear, flat: choice.flat });
            }
            return 0;
        };
        if deviation.position != position {
            return 0;
        }
        let fits = deviation.pick < choice.linear + choice.flat;
        if (!fits || deviation.print != print) && self.diverged.is_none() {
            self.diverged = Some(self.next);
        }
        self.next += 1;
        if !fits {
            return 0;
        }
        self.taken.push(Deviation { position, pick: deviation.pick, print });
        deviation.pick
    }
}

/// Runs random priority schedules.
#[derive(Debug)]
pub(crate) struct Random {
    trail: Trail,
    generator: Generator,
    /// By thread: the higher runs first.
    priorities: Vec<u64>,
    /// The steps at which the running thread falls behind all others, latest first.
    drops: Vec<u32>,
    /// The next low priority to give; low ones fall, so that the last to fall runs last.
    low: u64,
    /// What was chosen, as deviations from the default.
    pub(crate) taken: Vec<Deviation>,
}

impl Random {
    /// A random schedule with `drops` priority changes somewhere in the first `length` steps.
    pub(crate) fn new(seed: u64, drops: usize, length: u32) -> Self {
        let mut generator = Generator(seed);
        let mut drops: Vec<u32> = (0..drops).map(|_| generator.below(length.max(1))).collect();
        drops.sort_unstable_by(|one, other| other.cmp(one));
        let (trail, priorities, taken) = (Trail::default(), Vec::new(), Vec::new());
        Self { trail, generator, priorities, drops, low: 1 << 32, taken }
    }

    /// Lets the running thread fall behind at its step, if the schedule says so.
    pub(crate) fn step(&mut self, steps: u32, thread: usize) {
        while self.drops.last().is_some_and(|&drop| drop < steps) {
            self.drops.pop();
            self.lower(thread);
        }
    }

    /// Lets a thread fall behind all others: it has nothing to do but to ask again.
    pub(crate) fn lower(&mut self, thread: usize) {
        self.low -= 1;
        self.ensure(thread);
        self.priorities[thread] = self.low;
    }

    /// Of `candidates`, given as pairs of alternative and thread, the alternative with the highest priority.
    fn highest(&mut self, candidates: impl Iterator<Item = (u32, usize)>) -> u32 {
        let mut best = (0, 0);
        for (alternative, thread) in candidates {
            self.ensure(thread);
            if self.priorities[thread] > best.1 {
                best = (alternative, self.priorities[thread]);
            }
        }
        best.0
    }

    fn ensure(&mut self, thread: usize) {
        while self.priorities.len() <= thread {
            let priority = self.generator.next() | 1 << 63;
            self.priorities.push(priority);
        }
    }

    fn take(&mut self, choice: Choice, pick: u32) -> u32 {
        let (position, print) = self.trail.step(choice);
        if pick > 0 {
            self.taken.push(Deviation { position, pick, print });
        }
        pick
    }
}

/// Makes the choices of one execution.
#[derive(Debug)]
pub(crate) enum Chooser {
    /// Along a schedule.
    Follow(Follow),
    /// At random.
    Random(Random),
}

impl Chooser {
    /// Chooses among threads, then the clock (the flat alternatives). `threads` lists the alternatives' threads.
    pub(crate) fn thread(&mut self, choice: Choice, threads: impl Iterator<Item = usize>) -> u32 {
        match self {
            Self::Follow(follow) => follow.choose(choice),
            Self::Random(random) => {
                let clock = choice.flat > 0 && random.generator.below(16) == 0;
                let pick = if clock { choice.linear } else { random.highest((0..).zip(threads)) };
                random.take(choice, pick)
            }
        }
    }

    /// Chooses among things that are not threads, each alternative `k` costing `k` delays.
    pub(crate) fn thing(&mut self, choice: Choice) -> u32 {
        match self {
            Self::Follow(follow) => follow.choose(choice),
            Self::Random(random) => {
                let usual = random.generator.below(4) > 0;
                let pick = if usual { 0 } else { random.generator.below(choice.linear) };
                random.take(choice, pick)
            }
        }
    }

    /// The schedule that was run.
    pub(crate) fn taken(&self) -> &[Deviation] {
        match self {
            Self::Follow(follow) => &follow.taken,
            Self::Random(random) => &random.taken,
        }
    }
}

/// A small generator of random numbers (`SplitMix64`: Steele, Lea and Flood, OOPSLA 2014).
#[derive(Debug)]
pub(crate) struct Generator(pub(crate) u64);

impl Generator {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ word >> 31
    }

    /// A number below `limit`, which is not 0.
    pub(crate) fn below(&mut self, limit: u32) -> u32 {
        let scaled = (u64::from(self.next() as u32) * u64::from(limit)) >> 32;
        scaled as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: Choice = Choice { linear: 2, flat: 0, context: 7 };

    #[test]
    fn a_deviation_is_taken_where_it_fits() {
        let mut first = Follow::default();
        first.start(&[], 1);
        assert_eq!([first.choose(TWO), first.choose(TWO)], [0, 0]);
        let branch = first.branches[1];
        let mut second = Follow::default();
        second.start(&[Deviation { position: branch.position, pick: 1, print: branch.print }], 0);
        assert_eq!([second.choose(TWO), second.choose(TWO), second.choose(TWO)], [0, 1, 0]);
        assert_eq!((second.diverged, second.unreached(), second.branches.len()), (None, None, 0));
        assert!(second.beyond);
    }

    #[test]
    fn a_program_that_went_another_way_is_noticed() {
        let mut follow = Follow::default();
        follow.start(&[Deviation { position: 0, pick: 1, print: 1 }, Deviation { position: 1, pick: 5, print: 1 }], 0);
        assert_eq!([follow.choose(TWO), follow.choose(TWO)], [1, 0]);
        assert_eq!(follow.diverged, Some(0));
        follow.start(&[Deviation { position: 4, pick: 1, print: 1 }], 0);
        assert_eq!((follow.choose(TWO), follow.unreached()), (0, Some(0)));
    }

    #[test]
    fn random_schedules_are_the_same_for_a_seed() {
        let run = |seed| {
            let mut chooser = Chooser::Random(Random::new(seed, 2, 20));
            let choice = Choice { linear: 3, flat: 1, context: 0 };
            (0..20).map(|_| chooser.thread(choice, [2, 0, 1].into_iter())).collect::<Vec<_>>()
        };
        assert_eq!(run(5), run(5));
        assert!((0..20).any(|seed| run(seed) != run(5)));
    }
}
