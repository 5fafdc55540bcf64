//! The grader's end inside a submission's process: takes orders, returns observations.
//!
//! A driver program links this crate, the protocol and one submission. Its `main` calls [`serve`] with what carries out
//! one order, [`Rounds`]. Nothing here knows an oracle, a seed or a verdict.

mod connection;
mod exploring;
mod panics;

use std::fmt::{self, Debug, Display};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::OnceLock;

use protocol::frame::FrameError;
use protocol::{Body, Request};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::{RawValue, to_raw_value};

pub use connection::{Connection, ConnectionError};
pub use model::{acted, name, steps};
pub use panics::quietly;

/// The exit status of a driver that could not talk to a grader: somebody started it by hand, or the grader is gone.
const NOT_SERVED: u8 = 70;

/// Where the grader's server answers, once it has said so.
static ORIGIN: OnceLock<String> = OnceLock::new();

/// The origin at which the grader's server answers, such as `http://127.0.0.1:8080`.
///
/// # Panics
/// If the grader has not said so: the round was not ordered with a site.
pub fn origin() -> &'static str {
    ORIGIN.get().expect("a round that needs a server was ordered without one")
}

/// Carries out the orders of one exercise.
pub trait Rounds {
    /// What the grader asks for.
    type Order: DeserializeOwned;
    /// What comes of it.
    type Observation: Serialize;

    /// Carries out an order with real threads, processes, files and sockets.
    fn perform(&self, order: &Self::Order) -> Self::Observation;

    /// Carries out an order with modelled threads. It is called once for each schedule, and does the same whenever the
    /// same choices are made.
    ///
    /// # Panics
    /// If the exercise is not explored.
    fn model(&self, order: &Self::Order) -> Self::Observation {
        let _ = order;
        panic!("this exercise is not explored");
    }
}

/// Calls the submission from a modelled round: the story of the round shows the call as `label`, and its result in the
/// words of its `Display`.
pub fn call<R: Display>(label: impl Display, body: impl FnOnce() -> R) -> R {
    model::call(label, || Words(body())).0
}

/// Shows a value to those who ask for its `Debug` form in the words of its `Display`.
struct Words<T>(T);

impl<T: Display> Debug for Words<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Carries out the grader's orders until it asks to finish.
///
/// A panic in a round ends the round, not the driver.
pub fn serve(rounds: &impl Rounds) -> ExitCode {
    match Connection::open().and_then(|mut connection| converse(&mut connection, rounds)) {
        Ok(()) => ExitCode::SUCCESS,
        // Nobody listens, so the status is all that can be said.
        Err(_) => ExitCode::from(NOT_SERVED),
    }
}

fn converse<R: Rounds>(connection: &mut Connection, rounds: &R) -> Result<(), ConnectionError> {
    loop {
        let body = match connection.receive()? {
            Request::Perform { order } => {
                panics::listen();
                let order: R::Order = read(&order)?;
                match catch_unwind(AssertUnwindSafe(|| rounds.perform(&order))) {
                    Ok(observation) => {
                        Body::Observed { observation: to_raw_value(&observation).map_err(FrameError::Malformed)? }
                    }
                    Err(payload) => Body::Panicked(panics::describe(payload.as_ref())),
                }
            }
            Request::Explore { order, budget, leftover } => {
                let order: R::Order = read(&order)?;
                exploring::explore(connection, &budget, leftover, &|| observed(&rounds.model(&order)))?
            }
            Request::Replay { order, schedule, leftover } => {
                let order: R::Order = read(&order)?;
                exploring::replay(connection, &schedule, leftover, &|| observed(&rounds.model(&order)))?
            }
            Request::Measure { order } => {
                let order: R::Order = read(&order)?;
                exploring::measure(&|| observed(&rounds.model(&order)))
            }
            Request::Served { origin } => {
                // It is said once for each process.
                let _ = ORIGIN.set(origin);
                continue;
            }
            Request::Finish => return connection.send(Body::Done),
            Request::Begin { .. } | Request::Judged { .. } => return Err(ConnectionError::OutOfTurn),
        };
        connection.send(body)?;
    }
}

fn read<O: DeserializeOwned>(order: &RawValue) -> Result<O, FrameError> {
    serde_json::from_str(order.get()).map_err(FrameError::Malformed)
}

/// The observation as bytes of JSON.
fn observed(observation: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(observation).expect("an observation of the protocol has a JSON form")
}
