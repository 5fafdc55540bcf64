//! The command line: what can be asked, and the one place where a failure of the grader is printed.

mod bless;
mod calibrate;
mod check;
mod doctor;
mod grade;
mod hint;
mod init;
mod list;
mod replay;
mod schema;
mod self_test;
mod terminal;
mod verify;

use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, ColorChoice, Parser, Subcommand, ValueEnum};

use crate::cause::with_causes;
use crate::exit::ExitStatus;
use crate::grading::GradeError;
use crate::interrupt;

pub use terminal::Terminal;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// Builds, explores, stresses and times solutions to the concurrency exercises.
#[derive(Debug, Parser)]
#[command(name = "grader", version, styles = STYLES, max_term_width = 100, arg_required_else_help = true)]
struct Arguments {
    /// When to colour what is printed.
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto, value_name = "WHEN")]
    color: Colour,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check a submission.
    ///
    /// Exit status: 0 no check failed, 1 a check failed or the code does not compile, 2 wrong use, 3 the grader's
    /// own fault, 4 the machine is too busy to time anything, 130 interrupted.
    Check(CheckArguments),
    /// List the exercises and their checks.
    List(ListArguments),
    /// Make a folder with the exercises to work in.
    Init(InitArguments),
    /// Show a failing interleaving again, step by step, also after an edit.
    Replay(ReplayArguments),
    /// Give the next hint for a check.
    Hint(HintArguments),
    /// Grade a folder of submissions, one folder or archive for each student.
    Grade(GradeArguments),
    /// Check the course itself: solutions get everything, stubs nothing, fixtures what they declare.
    Verify(VerifyArguments),
    /// Measure the references on this machine, and whether the thresholds of the timing checks hold here.
    ///
    /// Exit status: 0 they hold, 1 some do not, 4 the machine is too busy to say.
    Calibrate(CalibrateArguments),
    /// Print the JSON Schema of the reports that `check --format json` prints.
    Schema,
    /// Tell what this machine gives to the grader, what it lacks, and how to get that.
    ///
    /// Exit status: 0 submissions can be graded, at the full level or a lower one, 3 they cannot.
    Doctor(DoctorArguments),
    /// Run hostile submissions on this machine, and tell what was contained.
    ///
    /// Exit status: 0 each ended as it has to at this level, 1 one did not, 2 there is no sandbox to try, 3 the grader's
    /// own fault.
    SelfTest(SelfTestArguments),
    /// Make the stored snapshots of the course anew, in a checkout of its repository, and show what changed.
    ///
    /// They come from the oracles and the reference solutions of this very program: `cargo run -- bless` builds it from
    /// the checkout first.
    ///
    /// Exit status: 0 done, or nothing to do; 1 with --check, a snapshot differs; 2 this is no checkout, or an exercise
    /// has no snapshot; 3 a file cannot be read or written, or a reference solution fails.
    Bless(BlessArguments),
}

/// What to run, for every command that runs checks.
#[derive(Clone, Debug, Args)]
struct RunArguments {
    /// Where everything random comes from.
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// Fewer rounds and no timing: a verdict in a second or two.
    #[arg(long)]
    quick: bool,
    /// The sandbox to use. `auto` is the best that this machine gives; `grade` refuses less than `full` unless told.
    #[arg(long, value_enum, default_value_t = SandboxChoice::Auto, value_name = "LEVEL")]
    sandbox: SandboxChoice,
}

#[derive(Debug, Args)]
struct CheckArguments {
    /// Exercises by number or name; all of them if none is given.
    #[arg(value_name = "EXERCISE")]
    exercises: Vec<String>,
    /// The folder or archive with the submission's `src/lib.rs`, or, for several exercises, a folder with one for each.
    #[arg(long, value_name = "DIR")]
    path: Option<PathBuf>,
    /// Check the reference solution.
    #[arg(long, conflicts_with = "path")]
    solution: bool,
    /// Run this check only; may be given several times.
    #[arg(long, value_name = "CHECK")]
    only: Vec<String>,
    #[command(flatten)]
    run: RunArguments,
    /// The form of the report.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Replace what differs between two runs (times, chance) by placeholders, so that reports can be compared.
    #[arg(long)]
    redacted: bool,
}

#[derive(Debug, Args)]
struct ListArguments {
    /// The form of the list.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Args)]
struct InitArguments {
    /// The new folder.
    folder: PathBuf,
}

#[derive(Debug, Args)]
struct ReplayArguments {
    /// The name that the failed check gave, such as `3-7f3a09`.
    id: String,
    /// The folder of the submission, if it has moved.
    #[arg(long, value_name = "DIR")]
    path: Option<PathBuf>,
    /// The sandbox to insist on; `auto` takes the best that this machine gives.
    #[arg(long, value_enum, default_value_t = SandboxChoice::Auto, value_name = "LEVEL")]
    sandbox: SandboxChoice,
}

#[derive(Debug, Args)]
struct HintArguments {
    /// The exercise, by number or name.
    exercise: String,
    /// The check.
    check: String,
    /// How many hints to show, from the first observation to a sketch.
    #[arg(long, default_value_t = 1, value_name = "N")]
    level: usize,
}

#[derive(Debug, Args)]
struct GradeArguments {
    /// The folder with one folder or archive (.zip, .tar, .tar.gz) for each student.
    folder: PathBuf,
    /// Where the reports go: `grades.csv`, `grades.json` and one report for each student.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// The exercise that the submissions are for, by number or name.
    #[arg(long)]
    exercise: String,
    #[command(flatten)]
    run: RunArguments,
}

#[derive(Debug, Args)]
struct VerifyArguments {
    /// Exercises by number or name, or `hostile` for the hostile fixtures; all of them if none is given.
    #[arg(value_name = "EXERCISE")]
    exercises: Vec<String>,
    /// How many times each fixture is run, each time with the next seed; its verdicts must be the declared ones every
    /// time.
    #[arg(long, default_value_t = 1, value_name = "N")]
    runs: u32,
    /// Only fixtures whose name contains this.
    #[arg(long, value_name = "TEXT")]
    fixture: Option<String>,
    #[command(flatten)]
    run: RunArguments,
}

#[derive(Debug, Args)]
struct CalibrateArguments {
    /// Exercises by number or name; all of them if none is given.
    #[arg(value_name = "EXERCISE")]
    exercises: Vec<String>,
    #[command(flatten)]
    run: RunArguments,
}

#[derive(Debug, Args)]
struct DoctorArguments {
    /// The form of what is told.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Args)]
struct SelfTestArguments {
    /// Only attacks whose name contains this, or one of these.
    #[arg(value_name = "TEXT")]
    attacks: Vec<String>,
    /// How many times each attack is run.
    #[arg(long, default_value_t = 1, value_name = "N")]
    runs: u32,
    /// Run every check of each submission, not only the one in whose course it attacks.
    #[arg(long)]
    all_checks: bool,
    #[command(flatten)]
    run: RunArguments,
}

#[derive(Debug, Args)]
struct BlessArguments {
    /// Exercises by number or name; all that have stored snapshots if none is given.
    #[arg(value_name = "EXERCISE")]
    exercises: Vec<String>,
    /// Only say what differs, and write nothing.
    #[arg(long)]
    check: bool,
    /// The sandbox that reference solutions run in; `auto` takes the best that this machine gives.
    #[arg(long, value_enum, default_value_t = SandboxChoice::Auto, value_name = "LEVEL")]
    sandbox: SandboxChoice,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Colour {
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum SandboxChoice {
    Auto,
    Full,
    Reduced,
    None,
}

/// A command's own end, or why it could not come to one.
type Outcome = Result<ExitStatus, Failure>;

/// Why a command could not do what was asked.
#[derive(Debug)]
enum Failure {
    /// It was asked for something that is not there.
    Use { message: String, hint: String },
    /// The grader, the course or the machine failed.
    Fault { message: String, hint: String },
}

impl From<GradeError> for Failure {
    fn from(error: GradeError) -> Self {
        Self::Fault { message: with_causes(&error), hint: error.hint().to_owned() }
    }
}

/// Runs the program.
pub fn run() -> ExitStatus {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Nothing can be done about a closed terminal.
            let _ = error.print();
            return if error.use_stderr() { ExitStatus::WrongUse } else { ExitStatus::Passed };
        }
    };
    let terminal = Terminal::new(match arguments.color {
        Colour::Auto => ColorChoice::Auto,
        Colour::Always => ColorChoice::Always,
        Colour::Never => ColorChoice::Never,
    });
    let outcome = match arguments.command {
        Command::Check(arguments) => check::run(&arguments, &terminal),
        Command::List(arguments) => list::run(&arguments, &terminal),
        Command::Init(arguments) => init::run(&arguments, &terminal),
        Command::Replay(arguments) => replay::run(&arguments, &terminal),
        Command::Hint(arguments) => hint::run(&arguments, &terminal),
        Command::Grade(arguments) => grade::run(&arguments, &terminal),
        Command::Verify(arguments) => verify::run(&arguments, &terminal),
        Command::Calibrate(arguments) => calibrate::run(&arguments, &terminal),
        Command::Schema => Ok(schema::run(&terminal)),
        Command::Doctor(arguments) => doctor::run(&arguments, &terminal),
        Command::SelfTest(arguments) => self_test::run(&arguments, &terminal),
        Command::Bless(arguments) => bless::run(&arguments, &terminal),
    };
    outcome.unwrap_or_else(|failure| explain(&failure, &terminal))
}

/// Says why a command could not do what was asked; returns the status that goes with it.
fn explain(failure: &Failure, terminal: &Terminal) -> ExitStatus {
    match failure {
        Failure::Use { message, hint } => {
            terminal.complain(message, hint);
            ExitStatus::WrongUse
        }
        Failure::Fault { .. } if interrupt::requested() => {
            terminal.complain("interrupted", "run the command again");
            ExitStatus::Interrupted
        }
        Failure::Fault { message, hint } => {
            terminal.complain(message, hint);
            ExitStatus::GraderFault
        }
    }
}
