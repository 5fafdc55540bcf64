//! The driver of exercise 4: the rounds, linked with one submission.

use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use batch_converter::{ConvertError, Converted, ProcessPool, Task, convert_batch, worker_main};
use batch_converter_driver::{Job, Pool, Subject, Wait, drive};
use course::Launcher;
use course::worker::{Input, Output};
use protocol::batch_converter::{Change, Conversion, Format, Outcome};

fn main() -> ExitCode {
    drive(&Submission)
}

struct Submission;

impl Subject for Submission {
    fn pool(&self, workers: NonZeroUsize, launcher: &Launcher) -> io::Result<Box<dyn Pool>> {
        Ok(Box::new(TheirPool(ProcessPool::new(workers, launcher)?)))
    }

    fn work(&self, input: Input, output: Output) -> io::Result<()> {
        worker_main(input, output)
    }
}

struct TheirPool(ProcessPool);

impl Pool for TheirPool {
    fn convert_batch(&self, inputs: &[PathBuf], folder: &Path, conversion: Conversion) -> Vec<Outcome> {
        convert_batch(inputs, folder, &theirs(conversion), &self.0).into_iter().map(outcome).collect()
    }

    fn map(&self, jobs: Vec<Job>) -> Vec<Outcome> {
        self.0.map(jobs.into_iter().map(task).collect()).into_iter().map(outcome).collect()
    }

    fn submit(&self, job: Job) -> Wait {
        let handle = self.0.submit(task(job));
        Box::new(move || outcome(handle.wait()))
    }

    fn submit_with(
        &self,
        job: Job,
        on_success: Box<dyn FnOnce(Outcome) + Send>,
        on_error: Box<dyn FnOnce(Outcome) + Send>,
    ) {
        let on_success = move |converted| on_success(outcome(Ok(converted)));
        self.0.submit_with(task(job), on_success, move |error| on_error(outcome(Err(error))));
    }

    fn close(&self) {
        self.0.close();
    }

    fn join(self: Box<Self>) -> io::Result<()> {
        self.0.join()
    }
}

fn task(job: Job) -> Task {
    Task { input: job.input, output: job.output, conversion: theirs(job.conversion) }
}

fn theirs(conversion: Conversion) -> batch_converter::Conversion {
    let change = match conversion.change {
        Change::Keep => batch_converter::Change::Keep,
        Change::Greyscale => batch_converter::Change::Greyscale,
        Change::Thumbnail(longest) => batch_converter::Change::Thumbnail(longest),
        Change::Rotate => batch_converter::Change::Rotate,
    };
    let format = match conversion.format {
        Format::Png => batch_converter::Format::Png,
        Format::Ppm => batch_converter::Format::Ppm,
        Format::Bmp => batch_converter::Format::Bmp,
    };
    batch_converter::Conversion { change, format }
}

fn outcome(result: Result<Converted, ConvertError>) -> Outcome {
    match result {
        Ok(Converted { path, width, height }) => {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            Outcome::Converted { name, width, height }
        }
        Err(ConvertError::Image(_)) => Outcome::Image,
        Err(ConvertError::Output(_)) => Outcome::Output,
        Err(ConvertError::Worker(_)) => Outcome::Worker,
        Err(ConvertError::Closed) => Outcome::Closed,
    }
}
