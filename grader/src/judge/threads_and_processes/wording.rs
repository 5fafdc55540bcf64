//! How the calls of exercise 6 are put into words.

use protocol::threads_and_processes::{Call, Happening, Mode, Samples};

use crate::judge::worker_faults;
use crate::verdict::Witness;

/// The call, as lines to read.
pub(super) fn witness(call: &Call) -> Witness {
    let Call { spec, work, launch } = call;
    let mut lines = vec![
        format!("workers: {}, warm_ups: {}, runs: {}, turn: {}", spec.workers, spec.warm_ups, spec.runs, spec.turn),
        format!("work: {} units", work.units),
    ];
    if let Some(event) = work.event {
        let mode = event.mode.map_or("every mode".to_owned(), |mode| format!("`{mode:?}`"));
        let what = match event.happening {
            Happening::Stalls(milliseconds) => format!("takes {milliseconds} ms longer"),
            Happening::Panics => "panics".to_owned(),
            Happening::Lies => "comes to another checksum than in the other modes".to_owned(),
        };
        lines.push(format!("in run {} of {mode}, warm-ups included, unit {} {what}", event.run + 1, event.unit));
    }
    lines.extend(launch.faults.iter().map(|(worker, fault)| {
        format!("worker process {worker}, counted from 0 over all runs, {}", worker_faults::say(*fault))
    }));
    lines.extend(launch.patience_ms.map(|patience| format!("`launcher.patience()` is {patience} ms")));
    Witness::Lines { lines }
}

/// Samples, as lines to read.
pub(super) fn samples(samples: &Samples) -> Witness {
    let lines = Mode::ALL.into_iter().zip(&samples.samples);
    Witness::Lines { lines: lines.map(|(mode, samples)| format!("samples of {mode}, in ns: {samples:?}")).collect() }
}

/// A time that is so many nanoseconds, in milliseconds.
#[expect(clippy::cast_precision_loss, reason = "nobody reads more than three decimals")]
pub(super) fn milliseconds(nanoseconds: u64) -> String {
    format!("{:.3} ms", nanoseconds as f64 / 1e6)
}
