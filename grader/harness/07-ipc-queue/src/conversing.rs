//! Two processes and their connection.

use std::io;
use std::time::Duration;

use course::Fault;
use muster::Muster;
use protocol::ipc_queue::{Conversation, Conversed, Dispatch, Observation, Receipt, Turn, TurnOutcome};
use protocol::workers::Roll;

use crate::processes::end_of;
use crate::role::{Role, die};
use crate::{Converses, Subject};

/// How long a worker waits for the driver to hear that it is there.
const PATIENCE: Duration = Duration::from_secs(5);

/// Calls `duplex`, and takes the caller's turns.
///
/// # Errors
/// If the machine has no socket, or the program cannot tell where it is.
pub(crate) fn converse(subject: &dyn Subject, conversation: &Conversation) -> io::Result<Observation> {
    let never_starts = conversation.there.contains(&Turn::NeverStart);
    let muster = Muster::call(usize::from(!never_starts), PATIENCE)?;
    let mut launcher = Role::Peer(conversation.there.clone()).launcher()?;
    if never_starts {
        launcher = launcher.with_fault(0, Fault::NeverStarts);
    }
    let launcher = muster.enlist(launcher);
    let unconnected = |refused| {
        muster::reap_leftovers();
        Ok(Observation::Unconnected(refused))
    };
    let (conn, mut child) = match driver::quietly(|| subject.duplex(&launcher)) {
        Ok(Ok(connected)) => connected,
        Ok(Err(error)) => return unconnected(Ok(error.to_string())),
        Err(panic) => return unconnected(Err(panic)),
    };
    let mut conn = Some(conn);
    let mut here = Vec::new();
    take_turns(&mut conn, &conversation.here, |outcome| here.push(outcome));
    // The worker ends before a connection that is still open is dropped: that may wait for the worker.
    let ending = end_of(&mut child);
    drop(conn);
    Ok(Observation::Conversed(Conversed { here, there: reports(&muster.dismiss()), ending }))
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
            // A process that is there has been started.
            Turn::NeverStart => None,
        };
        if let Some(outcome) = outcome {
            note(outcome);
        }
    }
}
