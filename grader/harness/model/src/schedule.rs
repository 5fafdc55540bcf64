//! A schedule as data: [`Schedule`], the list of places where it leaves the default one.
//!
//! The default schedule lets a thread run until it blocks, then takes the next one round-robin. Everything else is a
//! [`Deviation`] from it. The text form is what a person copies into a replay; this module neither runs nor searches.

use std::fmt;
use std::str::FromStr;

/// One choice that differs from the default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Deviation {
    /// The number of the choice in its execution, from 0; points with one alternative are no choices.
    pub(crate) position: u32,
    /// The alternative taken; 0 is the default.
    pub(crate) pick: u32,
    /// A fingerprint of all choices up to and with this one, to notice a program that went another way.
    pub(crate) print: u32,
}

/// Extra scheduling points that a program needs because of what it looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Features {
    /// It looks whether a lock is held or a thread has ended: so letting go and ending are points, too.
    pub(crate) tries: bool,
    /// It reads the clock: so time may pass also for a thread that was woken before its deadline.
    pub(crate) clock: bool,
}

impl Features {
    /// What either of the two needs.
    pub(crate) fn or(self, other: Self) -> Self {
        Self { tries: self.tries | other.tries, clock: self.clock | other.clock }
    }
}

/// A schedule of some program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Schedule {
    pub(crate) features: Features,
    /// In order of their positions.
    pub(crate) deviations: Vec<Deviation>,
}

/// Why a text is no schedule.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{part}` is not part of a schedule: it reads `x`, perhaps `t` and `c`, then parts like `-12.1.9f3a`")]
pub struct ScheduleError {
    /// What could not be understood.
    pub part: String,
}

impl fmt::Display for Schedule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("x")?;
        formatter.write_str(if self.features.tries { "t" } else { "" })?;
        formatter.write_str(if self.features.clock { "c" } else { "" })?;
        self.deviations.iter().try_for_each(|deviation| {
            write!(formatter, "-{}.{}.{:x}", deviation.position, deviation.pick, deviation.print)
        })
    }
}

impl FromStr for Schedule {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let mut parts = text.trim().split('-');
        let features = match parts.next() {
            Some("x") => Features::default(),
            Some("xt") => Features { tries: true, clock: false },
            Some("xc") => Features { tries: false, clock: true },
            Some("xtc") => Features { tries: true, clock: true },
            other => return Err(ScheduleError { part: other.unwrap_or_default().to_owned() }),
        };
        let mut deviations: Vec<Deviation> = Vec::new();
        for part in parts {
            let deviation = deviation(part).filter(|new| deviations.last().is_none_or(|d| d.position < new.position));
            deviations.push(deviation.ok_or_else(|| ScheduleError { part: part.to_owned() })?);
        }
        Ok(Self { features, deviations })
    }
}

fn deviation(part: &str) -> Option<Deviation> {
    let mut numbers = part.split('.');
    let (position, pick, print) = (numbers.next()?, numbers.next()?, numbers.next()?);
    let deviation = Deviation {
        position: position.parse().ok()?,
        pick: pick.parse().ok()?,
        print: u32::from_str_radix(print, 16).ok()?,
    };
    numbers.next().is_none().then_some(deviation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_survives_its_text() {
        let deviations =
            vec![Deviation { position: 0, pick: 1, print: 0 }, Deviation { position: 17, pick: 3, print: 0xffff_ffff }];
        for features in [Features::default(), Features { tries: true, clock: true }] {
            for deviations in [Vec::new(), deviations.clone()] {
                let schedule = Schedule { features, deviations };
                assert_eq!(schedule.to_string().parse(), Ok(schedule));
            }
        }
    }

    #[test]
    fn nonsense_is_named() {
        for (text, part) in
            [("", ""), ("y", "y"), ("x-", ""), ("x-1.2", "1.2"), ("x-1.1.0-1.1.0", "1.1.0"), ("x-1.1.0.0", "1.1.0.0")]
        {
            assert_eq!(text.parse::<Schedule>(), Err(ScheduleError { part: part.to_owned() }), "{text}");
        }
    }
}
