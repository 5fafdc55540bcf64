//! `grader calibrate`: do the thresholds of the timing checks hold on this machine?

use std::fmt::Write;

use super::check::{chosen, open, options};
use super::{CalibrateArguments, Outcome, Terminal};
use crate::calibrate::{Calibrated, LENGTH_MS, calibrate};
use crate::exit::ExitStatus;
use crate::lane::calibration::Calibration;

pub(super) fn run(arguments: &CalibrateArguments, terminal: &Terminal) -> Outcome {
    let grader = open(&arguments.run)?;
    let options = options(&arguments.run, &[], terminal);
    terminal.print(&format!("{}\n", grader.machine()));
    let mut status = ExitStatus::Passed;
    for exercise in chosen(grader.catalog(), &arguments.exercises)? {
        terminal.print(&format!("\n{}\n", exercise.folder()));
        for calibrated in
            calibrate(&grader, exercise, &options, terminal, |calibrated| terminal.print(&lines(calibrated)))?
        {
            if !calibrated.complaints.is_empty() {
                status = ExitStatus::Failed;
            } else if calibrated.undecided && status == ExitStatus::Passed {
                status = ExitStatus::TooBusy;
            }
        }
    }
    Ok(status)
}

fn lines(calibrated: &Calibrated) -> String {
    let mut text = String::new();
    let (glyph, word) = match calibrated {
        Calibrated { complaints, .. } if !complaints.is_empty() => ("✗", "refused"),
        Calibrated { undecided: true, .. } => ("?", "undecided"),
        Calibrated { .. } => ("✓", "holds"),
    };
    let _ = writeln!(text, "{glyph} {word:<10}{}", calibrated.check);
    if let Some(reference) = &calibrated.reference {
        let Calibration { usual, runs, .. } = reference;
        let milliseconds = usual * 1e3;
        let (least, most) = LENGTH_MS;
        let note = if (least..=most).contains(&milliseconds) {
            String::new()
        } else {
            format!("; {least:.0} to {most:.0} ms are intended")
        };
        let _ = writeln!(
            text,
            "    reference {milliseconds:.0} ms, the middle half within {:.1} %, {runs} quiet runs{note}",
            100.0 * reference.spread()
        );
    }
    for variant in &calibrated.variants {
        let ratio = variant.ratio.map_or("no ratio".to_owned(), |ratio| format!("{ratio:.2} times"));
        let percent =
            variant.percent.map_or("not decided".to_owned(), |percent| format!("{percent:.0} % of the points"));
        let [least, most] = variant.band;
        let _ = writeln!(text, "    {:<28}{ratio:<14}{percent} (declared: {least} to {most} %)", variant.name);
    }
    for complaint in &calibrated.complaints {
        let _ = writeln!(text, "    {complaint}");
    }
    text
}
