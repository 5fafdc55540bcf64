//! How what goes wrong in a worker on purpose is put into words.

use protocol::workers::Fault as WorkerFault;

/// What a worker does, to be read after its name.
pub(super) fn say(fault: WorkerFault) -> String {
    match fault {
        WorkerFault::NeverStarts => "cannot be started".to_owned(),
        WorkerFault::FailsAtStart => "ends with status 1 before it reads anything".to_owned(),
        WorkerFault::DiesAtStart => "is killed before it reads anything".to_owned(),
        WorkerFault::DiesAfterReading(bytes) => format!("is killed when it has read {bytes} bytes"),
        WorkerFault::DiesAfterWriting(bytes) => format!("is killed when it has written {bytes} bytes"),
        WorkerFault::FailsAtEnd => "does all its work, then ends with status 1".to_owned(),
        WorkerFault::DiesAtEnd => "does all its work, then is killed".to_owned(),
        WorkerFault::Hangs => "reads nothing, writes nothing and never ends".to_owned(),
        WorkerFault::HangsAfterWriting(bytes) => format!("hangs when it has written {bytes} bytes"),
        WorkerFault::Garbage => "answers with bytes that mean nothing".to_owned(),
        WorkerFault::Nonsense => "answers with a line of words that mean nothing".to_owned(),
        WorkerFault::Silence => "ends with status 0 without a word".to_owned(),
        WorkerFault::ClosesAfterWriting(bytes) => {
            format!("ends with status 0, but only the first {bytes} bytes of its answer arrive")
        }
        WorkerFault::BeginsLate(milliseconds) => format!("begins after {milliseconds} ms"),
        WorkerFault::BeginsBusy(rounds) => format!("does {rounds} rounds of other work before it begins"),
        WorkerFault::Slow(milliseconds) => format!("waits {milliseconds} ms before each read"),
        WorkerFault::Floods => "writes without end".to_owned(),
        WorkerFault::FindsDiskFull(bytes) => format!("finds the disk full when its file has {bytes} bytes"),
        WorkerFault::DiesSaving(bytes) => format!("is killed when its file has {bytes} bytes"),
    }
}
