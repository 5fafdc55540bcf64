//! The search against an interpreter that knows nothing of it: for small random programs, both see the same outcomes.
//!
//! The interpreter takes every step of every thread in every order. The search leaves out points at which nothing can
//! be told apart; here it has to show that it leaves out no outcome.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU8, Ordering::SeqCst};
use std::sync::{Mutex, RwLock};
use std::thread;

use crate::explorer::observations;

/// What a thread does. Sections nest with growing numbers, so that nothing deadlocks.
#[derive(Clone, Debug)]
enum Deed {
    Load(usize),
    Store(usize, u8),
    Add(usize),
    /// Adds with a load and a store.
    Copy(usize),
    Locked(usize, Vec<Deed>),
    Tried(usize, Vec<Deed>),
    Read(usize, Vec<Deed>),
    Written(usize, Vec<Deed>),
}

/// The smallest steps that the interpreter takes.
#[derive(Clone, Copy, Debug)]
enum Step {
    Load(usize),
    Store(usize, u8),
    Add(usize),
    /// Stores one more than what this thread loaded last.
    StoreNext(usize),
    Lock(usize),
    /// Takes the lock, or jumps over so many steps.
    TryLock(usize, usize),
    Unlock(usize),
    Read(usize),
    EndRead(usize),
    Write(usize),
    EndWrite(usize),
}

fn steps(deeds: &[Deed]) -> Vec<Step> {
    let section = |begin: Step, inside: &[Deed], end: Step| [vec![begin], steps(inside), vec![end]].concat();
    deeds
        .iter()
        .flat_map(|deed| match deed {
            Deed::Load(variable) => vec![Step::Load(*variable)],
            Deed::Store(variable, value) => vec![Step::Store(*variable, *value)],
            Deed::Add(variable) => vec![Step::Add(*variable)],
            Deed::Copy(variable) => vec![Step::Load(*variable), Step::StoreNext(*variable)],
            Deed::Locked(lock, inside) => section(Step::Lock(*lock), inside, Step::Unlock(*lock)),
            Deed::Tried(lock, inside) => {
                section(Step::TryLock(*lock, steps(inside).len() + 1), inside, Step::Unlock(*lock))
            }
            Deed::Read(lock, inside) => section(Step::Read(*lock), inside, Step::EndRead(*lock)),
            Deed::Written(lock, inside) => section(Step::Write(*lock), inside, Step::EndWrite(*lock)),
        })
        .collect()
}

/// Everything that can be told apart while a program runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    places: Vec<usize>,
    logs: Vec<Vec<u8>>,
    variables: [u8; 2],
    locks: [bool; 2],
    readers: [u8; 2],
    writers: [bool; 2],
}

impl State {
    /// Takes a thread's next step; false if it cannot.
    fn step(&mut self, thread: usize, step: Step) -> bool {
        let mut skip = 0;
        match step {
            Step::Load(variable) => self.logs[thread].push(self.variables[variable]),
            Step::Store(variable, value) => self.variables[variable] = value,
            Step::Add(variable) => {
                self.logs[thread].push(self.variables[variable]);
                self.variables[variable] += 1;
            }
            Step::StoreNext(variable) => self.variables[variable] = self.logs[thread].last().unwrap() + 1,
            Step::Lock(lock) if self.locks[lock] => return false,
            Step::TryLock(lock, inside) if self.locks[lock] => {
                self.logs[thread].push(100 + lock as u8);
                skip = inside;
            }
            Step::Lock(lock) | Step::TryLock(lock, _) => self.locks[lock] = true,
            Step::Unlock(lock) => self.locks[lock] = false,
            Step::Read(lock) if self.writers[lock] => return false,
            Step::Read(lock) => self.readers[lock] += 1,
            Step::EndRead(lock) => self.readers[lock] -= 1,
            Step::Write(lock) if self.writers[lock] || self.readers[lock] > 0 => return false,
            Step::Write(lock) => self.writers[lock] = true,
            Step::EndWrite(lock) => self.writers[lock] = false,
        }
        self.places[thread] += 1 + skip;
        true
    }
}

/// Every outcome, by trying every order.
fn interpreted(program: &[Vec<Deed>]) -> BTreeSet<Vec<u8>> {
    let threads: Vec<Vec<Step>> = program.iter().map(|deeds| steps(deeds)).collect();
    let start = State {
        places: vec![0; threads.len()],
        logs: vec![Vec::new(); threads.len()],
        variables: [0; 2],
        locks: [false; 2],
        readers: [0; 2],
        writers: [false; 2],
    };
    let (mut open, mut seen, mut outcomes) = (vec![start.clone()], BTreeSet::from([start]), BTreeSet::new());
    while let Some(state) = open.pop() {
        let mut ended = true;
        for (thread, steps) in threads.iter().enumerate() {
            let Some(&step) = steps.get(state.places[thread]) else { continue };
            ended = false;
            let mut next = state.clone();
            if next.step(thread, step) && seen.insert(next.clone()) {
                open.push(next);
            }
        }
        if ended {
            outcomes.insert(outcome(state.logs, state.variables));
        }
    }
    outcomes
}

fn outcome(logs: Vec<Vec<u8>>, variables: [u8; 2]) -> Vec<u8> {
    logs.into_iter().flat_map(|log| [log, vec![255]].concat()).chain(variables).collect()
}

/// What the threads of the real program share.
#[derive(Default)]
struct Shared {
    variables: [AtomicU8; 2],
    locks: [Mutex<()>; 2],
    read_write_locks: [RwLock<()>; 2],
}

impl Shared {
    fn run(&self, deeds: &[Deed], log: &mut Vec<u8>) {
        for deed in deeds {
            match deed {
                Deed::Load(variable) => log.push(self.variables[*variable].load(SeqCst)),
                Deed::Store(variable, value) => self.variables[*variable].store(*value, SeqCst),
                Deed::Add(variable) => log.push(self.variables[*variable].fetch_add(1, SeqCst)),
                Deed::Copy(variable) => {
                    let value = self.variables[*variable].load(SeqCst);
                    log.push(value);
                    self.variables[*variable].store(value + 1, SeqCst);
                }
                Deed::Locked(lock, inside) => {
                    let _guard = self.locks[*lock].lock().unwrap();
                    self.run(inside, log);
                }
                Deed::Tried(lock, inside) => match self.locks[*lock].try_lock() {
                    Ok(_guard) => self.run(inside, log),
                    Err(_) => log.push(100 + *lock as u8),
                },
                Deed::Read(lock, inside) => {
                    let _guard = self.read_write_locks[*lock].read().unwrap();
                    self.run(inside, log);
                }
                Deed::Written(lock, inside) => {
                    let _guard = self.read_write_locks[*lock].write().unwrap();
                    self.run(inside, log);
                }
            }
        }
    }
}

fn explored(program: &[Vec<Deed>]) -> BTreeSet<Vec<u8>> {
    let body = || {
        let shared = Shared::default();
        let logs = thread::scope(|scope| {
            let threads: Vec<_> = program
                .iter()
                .map(|deeds| {
                    let shared = &shared;
                    scope.spawn(move || {
                        let mut log = Vec::new();
                        shared.run(deeds, &mut log);
                        log
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        outcome(logs, shared.variables.map(AtomicU8::into_inner))
    };
    observations(&body)
}

/// A small generator of programs.
struct Dice(u32);

impl Dice {
    fn roll(&mut self, sides: u32) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((self.0 >> 16) % sides) as usize
    }

    /// `count` deeds; sections only with locks from `lowest` on, which keeps them from deadlocking.
    fn deeds(&mut self, count: usize, lowest: usize) -> Vec<Deed> {
        (0..count).map(|_| self.deed(lowest)).collect()
    }

    fn deed(&mut self, lowest: usize) -> Deed {
        let variable = self.roll(2);
        if lowest > 1 || self.roll(2) == 0 {
            return match self.roll(4) {
                0 => Deed::Load(variable),
                1 => Deed::Store(variable, 50),
                2 => Deed::Add(variable),
                _ => Deed::Copy(variable),
            };
        }
        let lock = lowest + self.roll(2 - lowest as u32);
        let count = self.roll(2) + usize::from(lowest > 0);
        let inside = self.deeds(count, lock + 1);
        match self.roll(4) {
            0 => Deed::Locked(lock, inside),
            1 => Deed::Tried(lock, inside),
            2 => Deed::Read(lock, inside),
            _ => Deed::Written(lock, inside),
        }
    }
}

/// Asserts that programs of so many deeds for each thread have the same outcomes for the interpreter and for the search.
/// Programs of more steps than `most` are left out: they have too many orders to try all of them.
fn agree(seed: u32, programs: usize, deeds: &[usize], most: usize) {
    let mut dice = Dice(seed);
    let mut left = programs;
    while left > 0 {
        let program: Vec<_> = deeds.iter().map(|&count| dice.deeds(count, 0)).collect();
        if program.iter().map(|deeds| steps(deeds).len()).sum::<usize>() <= most {
            left -= 1;
            assert_eq!(explored(&program), interpreted(&program), "{program:#?}");
        }
    }
}

#[test]
fn two_threads_have_all_outcomes_and_no_other() {
    agree(1, 120, &[3, 3], 14);
}

#[test]
fn three_threads_have_all_outcomes_and_no_other() {
    agree(2, 25, &[2, 1, 2], 9);
}
