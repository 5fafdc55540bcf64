//! Two processes and their connection.

use std::io;
use std::time::Duration;

use muster::Muster;
use protocol::ipc_queue::{Conversation, Conversed, Dispatch, Receipt, Turn, TurnOutcome};
use protocol::workers::Roll;

use crate::processes::end_of;
use crate::role::{Role, die};
use crate::{Converses, Subject};

/// How long a worker waits for the driver to hear that it is there.
const PATIENCE: Duration = Duration::from_secs(5);

/// Calls `duplex`, and takes the caller's turns.
///
/// # Errors
/// If the submission, or the machine, cannot start a worker.
pub(crate) fn converse(subject: &dyn Subject, conversation: &Conversation) -> io::Result<Conversed> {
    let muster = Muster::call(1, PATIENCE)?;
    let launcher = muster.enlist(Role::Peer(conversation.there.clone()).launcher()?);
    let (conn, mut child) = subject.duplex(&launcher)?;
    let mut conn = Some(conn);
    let mut here = Vec::new();
    take_turns(&mut conn, &conversation.here, |outcome| here.push(outcome));
    // The worker ends before a connection that is still open is dropped: that may wait for the worker.
    let ending = end_of(&mut child);
    drop(conn);
    Ok(Conversed { here, there: reports(&muster.dismiss()), ending })
}

/// What the only worker of a muster told.
fn reports(roll: &Roll) -> Vec<TurnOutcome> {
    let reports = roll.workers.iter().flat_map(|worker| &worker.reports);
    reports.filter_map(|report| serde_json::from_str(report.get()).ok()).collect()
}

/// Takes turns until there are none, or one has panicked.
pub(crate) fn take_turns(conn: &mut Option<Box<dyn Converses>>, turns: &[Turn], mut note: impl FnMut(TurnOutcome)) {
    for turn in turns {
        let outcome = match turn {
            Turn::Send(item) => conn.as_mut().map(|conn| {
                let dispatch = driver::quietly(|| conn.send(&item.message()));
                TurnOutcome::Dispatch(dispatch.unwrap_or_else(Dispatch::Panicked))
            }),
            Turn::Receive => conn
                .as_mut()
                .map(|conn| TurnOutcome::Receipt(driver::quietly(|| conn.receive()).unwrap_or_else(Receipt::Panicked))),
            Turn::Close => conn.take().map(|conn| {
                let dispatch = driver::quietly(|| conn.close());
                TurnOutcome::Dispatch(dispatch.unwrap_or_else(Dispatch::Panicked))
            }),
            Turn::Drop => {
                drop(conn.take());
                Some(TurnOutcome::Dropped)
            }
            Turn::Die => die(),
        };
        if let Some(outcome) = outcome {
            note(outcome);
        }
    }
}
