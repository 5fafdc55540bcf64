//! Rounds under the model's scheduler; the grader judges every observation while the search waits.

use model::{Judgement, Observer, Scenario};
use protocol::explore::{Budget, Leftover, Reached};
use protocol::{Body, Request};
use serde_json::value::RawValue;

use crate::{Connection, ConnectionError};

/// What a scenario does, once for each schedule.
type Round<'a> = dyn Fn() -> Vec<u8> + 'a;

/// Searches the schedules of a round.
pub(crate) fn explore(
    connection: &mut Connection,
    budget: &Budget,
    leftover: Leftover,
    round: &Round<'_>,
) -> Result<Body, ConnectionError> {
    let mut oracle = Oracle { connection, error: None };
    let exploration = model::explore(budget, &scenario(round, leftover), &mut oracle);
    oracle.error.map_or(Ok(Body::Explored(exploration)), Err)
}

/// Runs one schedule of a round again.
pub(crate) fn replay(
    connection: &mut Connection,
    schedule: &str,
    leftover: Leftover,
    round: &Round<'_>,
) -> Result<Body, ConnectionError> {
    let mut oracle = Oracle { connection, error: None };
    let replay = model::replay(schedule, &Budget::default(), &scenario(round, leftover), &mut oracle);
    oracle.error.map_or(Ok(Body::Replayed(replay.ok())), Err)
}

/// Runs a round on the virtual clock.
pub(crate) fn measure(round: &Round<'_>) -> Body {
    // What was observed is judged from the answer.
    let mut accept = |_: &[u8]| Judgement::Accepted;
    Body::Measured(model::makespan(&Budget::default(), &scenario(round, Leftover::Forbidden), &mut accept))
}

fn scenario<'a>(round: &'a Round<'_>, leftover: Leftover) -> Scenario<'a> {
    Scenario { leftover, ..Scenario::new(round) }
}

/// Asks the grader.
struct Oracle<'a> {
    connection: &'a mut Connection,
    /// Why the grader can no longer be asked. The search then ends at once, since everything is rejected.
    error: Option<ConnectionError>,
}

impl Oracle<'_> {
    fn ask(&mut self, observation: &[u8]) -> Result<bool, ConnectionError> {
        let text = String::from_utf8_lossy(observation).into_owned();
        let observation = RawValue::from_string(text).map_err(protocol::frame::FrameError::Malformed)?;
        self.connection.send(Body::Asked { observation })?;
        match self.connection.receive()? {
            Request::Judged { accepted } => Ok(accepted),
            _ => Err(ConnectionError::OutOfTurn),
        }
    }
}

impl Observer for Oracle<'_> {
    fn judge(&mut self, observation: &[u8]) -> Judgement {
        let accepted = match &self.error {
            None => self.ask(observation).unwrap_or_else(|error| {
                self.error = Some(error);
                false
            }),
            Some(_) => false,
        };
        if accepted { Judgement::Accepted } else { Judgement::Rejected }
    }

    fn reached(&mut self, reached: &Reached) {
        if self.error.is_none() {
            self.error = self.connection.send(Body::Reached(reached.clone())).err();
        }
    }
}
