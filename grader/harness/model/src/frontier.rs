//! The schedules that a search has yet to run: [`Frontier`].
//!
//! Each schedule is its parent plus one deviation after the parent's last one, so that every schedule is run once. They
//! are kept by their number of delays. It decides nothing about budgets beyond its own size.

use crate::choice::Branch;
use crate::schedule::Deviation;

#[derive(Clone, Copy, Debug)]
struct Node {
    parent: u32,
    deviation: Deviation,
}

/// Stands for the default schedule, which has no deviation.
const ROOT: u32 = u32::MAX;

/// Schedules to run, by delays.
#[derive(Debug)]
pub(crate) struct Frontier {
    nodes: Vec<Node>,
    /// As many as were needed so far.
    levels: Vec<Level>,
    /// The most delays of a schedule.
    delays: usize,
    /// The most schedules to keep on one level.
    most: usize,
    /// From this level on, schedules were dropped, or are descendants of dropped ones.
    incomplete_from: usize,
    /// Whether there are schedules with more delays.
    pub(crate) beyond: bool,
}

#[derive(Clone, Debug, Default)]
struct Level {
    waiting: Vec<u32>,
    next: usize,
}

impl Frontier {
    /// Holds the default schedule, and will hold at most `most` schedules with each number of delays up to `delays`.
    pub(crate) fn new(delays: u32, most: u64) -> Self {
        Self {
            nodes: Vec::new(),
            levels: vec![Level { waiting: vec![ROOT], next: 0 }],
            delays: delays as usize,
            most: usize::try_from(most).unwrap_or(usize::MAX),
            incomplete_from: usize::MAX,
            beyond: false,
        }
    }

    /// The next schedule with this number of delays, written to `deviations`; its number.
    pub(crate) fn take(&mut self, delays: usize, deviations: &mut Vec<Deviation>) -> Option<u32> {
        let level = self.levels.get_mut(delays)?;
        let number = *level.waiting.get(level.next)?;
        level.next += 1;
        deviations.clear();
        let mut ancestor = number;
        while let Some(node) = self.nodes.get(ancestor as usize) {
            deviations.push(node.deviation);
            ancestor = node.parent;
        }
        deviations.reverse();
        Some(number)
    }

    /// Adds the schedules that deviate once more from the given one, which has `delays` delays.
    pub(crate) fn extend(&mut self, parent: u32, delays: usize, branches: &[Branch]) {
        for branch in branches {
            let linear = (1..branch.linear).map(|pick| (pick, pick));
            let flat = (branch.linear..branch.linear + branch.flat).map(|pick| (pick, 1));
            for (pick, cost) in linear.chain(flat) {
                let deviation = Deviation { position: branch.position, pick, print: branch.print };
                self.add(Node { parent, deviation }, delays + cost as usize);
            }
        }
    }

    fn add(&mut self, node: Node, delays: usize) {
        if delays > self.delays {
            self.beyond = true;
            return;
        }
        if delays >= self.levels.len() {
            self.levels.resize_with(delays + 1, Level::default);
        }
        let level = &mut self.levels[delays];
        if level.waiting.len() >= self.most || self.nodes.len() >= ROOT as usize {
            self.incomplete_from = self.incomplete_from.min(delays);
        } else {
            level.waiting.push(self.nodes.len() as u32);
            self.nodes.push(node);
        }
    }

    /// Whether a level lost schedules because there were too many.
    pub(crate) fn incomplete(&self, delays: usize) -> bool {
        delays >= self.incomplete_from
    }

    /// Whether no schedule waits, on any level.
    pub(crate) fn is_empty(&self) -> bool {
        self.incomplete_from == usize::MAX && self.levels.iter().all(|level| level.next == level.waiting.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_come_by_their_delays() {
        let mut frontier = Frontier::new(2, 100);
        let mut deviations = Vec::new();
        let root = frontier.take(0, &mut deviations).unwrap();
        assert!(deviations.is_empty() && frontier.is_empty());
        frontier.extend(root, 0, &[Branch { position: 4, print: 9, linear: 3, flat: 1 }]);
        let first = frontier.take(1, &mut deviations).unwrap();
        assert_eq!(deviations, [Deviation { position: 4, pick: 1, print: 9 }]);
        frontier.extend(first, 1, &[Branch { position: 6, print: 1, linear: 3, flat: 0 }]);
        assert!(frontier.take(1, &mut deviations).is_some_and(|_| deviations[0].pick == 3), "the flat alternative");
        assert!(frontier.take(1, &mut deviations).is_none());
        assert!(frontier.take(2, &mut deviations).is_some_and(|_| deviations[0].pick == 2));
        assert!(frontier.take(2, &mut deviations).is_some_and(|_| deviations.len() == 2));
        assert!(frontier.beyond && frontier.is_empty(), "two delays more than one are three");
    }

    #[test]
    fn a_full_frontier_says_which_levels_it_lost() {
        let mut frontier = Frontier::new(2, 1);
        let root = frontier.take(0, &mut Vec::new()).unwrap();
        frontier.extend(root, 0, &[Branch { position: 0, print: 0, linear: 3, flat: 0 }]);
        frontier.extend(root, 0, &[Branch { position: 1, print: 0, linear: 2, flat: 0 }]);
        assert_eq!([0, 1, 2].map(|delays| frontier.incomplete(delays)), [false, true, true]);
        assert!(frontier.take(2, &mut Vec::new()).is_some(), "what was there before stays");
    }
}
