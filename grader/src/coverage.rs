//! How much a lens has looked at: plain data, and its words.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much a lens has looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Covered {
    /// Rounds with real threads, processes, files and sockets.
    Rounds {
        /// How many were run.
        rounds: usize,
    },
    /// Interleavings under the scheduler.
    Interleavings {
        /// Of how many rounds.
        rounds: usize,
        /// How many schedules, in all rounds together.
        schedules: u64,
        /// What has been exhausted in every round.
        exhausted: Exhausted,
        /// What ended the search of some round before its time.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        halted: Option<Halt>,
    },
}

/// What has been exhausted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Exhausted {
    /// Not even the schedules without a delay.
    Nothing,
    /// Every schedule with at most so many delays.
    Delays(usize),
    /// Every schedule there is.
    Everything,
}

/// What ended a search before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Halt {
    /// The budget of schedules.
    Budget,
    /// The safety net: wall time.
    Clock,
    /// The submission did not do the same under the same choices.
    NotDeterministic,
}

impl Covered {
    /// Both together. `None` if they are of different kinds.
    pub fn and(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Rounds { rounds }, Self::Rounds { rounds: more }) => Some(Self::Rounds { rounds: rounds + more }),
            (
                Self::Interleavings { rounds, schedules, exhausted, halted },
                Self::Interleavings { rounds: more_rounds, schedules: more, exhausted: also, halted: also_halted },
            ) => Some(Self::Interleavings {
                rounds: rounds + more_rounds,
                schedules: schedules + more,
                exhausted: exhausted.min(also),
                halted: halted.max(also_halted),
            }),
            _ => None,
        }
    }
}

impl fmt::Display for Covered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Rounds { rounds } => write!(f, "{}", counted(rounds as u64, "round")),
            Self::Interleavings { rounds, schedules, exhausted, halted } => {
                write!(f, "{} of {}", counted(schedules, "schedule"), counted(rounds as u64, "round"))?;
                match exhausted {
                    Exhausted::Everything => f.write_str(": all there are")?,
                    Exhausted::Delays(0) => f.write_str(": all without a delay")?,
                    Exhausted::Delays(1) => f.write_str(": all with at most 1 delay")?,
                    Exhausted::Delays(delays) => write!(f, ": all with at most {delays} delays")?,
                    Exhausted::Nothing => f.write_str(": some")?,
                }
                match halted {
                    Some(Halt::Clock) => f.write_str("; stopped by the clock"),
                    Some(Halt::NotDeterministic) => f.write_str("; not deterministic, so nothing is exhausted"),
                    Some(Halt::Budget) | None => Ok(()),
                }
            }
        }
    }
}

/// A number with commas between groups of three digits, and what it counts.
fn counted(number: u64, noun: &str) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{grouped} {noun}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEEP: Covered =
        Covered::Interleavings { rounds: 3, schedules: 1_234_567, exhausted: Exhausted::Delays(3), halted: None };

    #[test]
    fn reads_as_a_sentence() {
        assert_eq!(DEEP.to_string(), "1,234,567 schedules of 3 rounds: all with at most 3 delays");
        assert_eq!(Covered::Rounds { rounds: 1 }.to_string(), "1 round");
        let all = Covered::Interleavings { rounds: 1, schedules: 1, exhausted: Exhausted::Everything, halted: None };
        assert_eq!(all.to_string(), "1 schedule of 1 round: all there are");
    }

    #[test]
    fn together_only_what_both_exhausted_is_exhausted() {
        let shallow = Covered::Interleavings {
            rounds: 1,
            schedules: 10,
            exhausted: Exhausted::Delays(1),
            halted: Some(Halt::Budget),
        };
        let both = Covered::Interleavings {
            rounds: 4,
            schedules: 1_234_577,
            exhausted: Exhausted::Delays(1),
            halted: Some(Halt::Budget),
        };
        assert_eq!(DEEP.and(shallow), Some(both));
        assert_eq!(DEEP.and(Covered::Rounds { rounds: 1 }), None);
    }
}
