//! One process sends, another receives, over a real pipe.

use std::io;
use std::process::{ChildStdout, Command, Stdio};
use std::time::Duration;

use muster::Muster;
use protocol::ipc_queue::{Item, Observation, Receipt, Work, Worked};

use crate::Subject;
use crate::processes::{end_of, put_down};
use crate::role::Role;
use crate::streams::receipt;

/// How long a worker waits for the driver to hear that it is there.
const PATIENCE: Duration = Duration::from_secs(5);

/// Receives a few messages from a process that sends without end, and hangs up.
///
/// # Errors
/// If the machine cannot start a process.
pub(crate) fn hang_up(subject: &dyn Subject, after: usize) -> io::Result<Observation> {
    let muster = Muster::call(1, PATIENCE)?;
    let (mut child, output) = start(muster.enlist(Role::Talker.launcher()?).command())?;
    let received = {
        let mut receiver = subject.receiver(Box::new(output));
        (0..after).take_while(|_| matches!(receipt(&mut *receiver), Receipt::Message(_))).count()
    };
    let ending = end_of(&mut child);
    let roll = muster.dismiss();
    let told = roll.workers.iter().flat_map(|worker| &worker.reports).next();
    let sender = told.and_then(|report| serde_json::from_str(report.get()).ok());
    Ok(Observation::HungUp { received, sender, ending })
}

/// Receives everything that a process sends.
///
/// # Errors
/// If the machine cannot start a process.
pub(crate) fn work(subject: &dyn Subject, work: Work) -> io::Result<Worked> {
    let due = [0, 1].map(|seed| Receipt::Message(Item::Filler { length: work.length, seed }.got()));
    let (mut child, output) = start(Role::Source(work).launcher()?.command())?;
    let mut messages = 0;
    let last = {
        let mut receiver = subject.receiver(Box::new(output));
        loop {
            match receipt(&mut *receiver) {
                receipt if receipt == due[messages % 2] => messages += 1,
                receipt => break receipt,
            }
        }
    };
    put_down(&mut child);
    Ok(Worked { messages, last })
}

fn start(mut command: Command) -> io::Result<(std::process::Child, ChildStdout)> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let output = child.stdout.take().ok_or_else(|| io::Error::other("the worker has no pipe"))?;
    Ok((child, output))
}
