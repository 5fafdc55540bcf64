//! `grader self-test`: hostile submissions on the user's own machine, and what became of each.

use textwrap::{Options as Wrapping, fill};

use super::check::{open, options};
use super::verify::in_words;
use super::{Failure, Outcome, SelfTestArguments, Terminal};
use crate::abreast::{abreast, cores};
use crate::attacks::{Attack, attacks, differences};
use crate::exit::ExitStatus;
use crate::grading::{GradeError, Grader, Options};
use crate::interrupt;
use crate::verify::VerifyError;

/// How far what is said of an attack is moved in.
const INDENT: &str = "      ";

pub(super) fn run(arguments: &SelfTestArguments, terminal: &Terminal) -> Outcome {
    let grader = open(&arguments.run)?;
    let level = contained(&grader)?;
    let options = options(&arguments.run, &[], terminal);
    let texts = &arguments.attacks;
    let named = |attack: &Attack| texts.is_empty() || texts.iter().any(|text| attack.name.contains(text.as_str()));
    let chosen: Vec<Attack> = attacks(grader.course().root())?.into_iter().filter(named).collect();
    terminal.print(&format!("{} hostile submissions, in the sandbox at level {level}\n", chosen.len()));
    let attempt = |attack: &Attack| {
        let only = if arguments.all_checks { None } else { attack.check.clone().map(|check| vec![check]) };
        let options = Options { only, colour: false, ..options.clone() };
        (attack.clone(), differences(&grader, attack, (&options, arguments.runs), terminal))
    };
    let mut tally = Tally::default();
    abreast(&chosen, cores(), attempt, |(attack, found)| tally.tell(&attack, found, level, terminal));
    if let Some(error) = tally.broken {
        return Err(error.into());
    }
    if interrupt::requested() {
        return Err(VerifyError::from(GradeError::Interrupted).into());
    }
    let Tally { contained, open, otherwise, .. } = tally;
    terminal
        .print(&format!("\n{contained} contained, {open} known to get through at this level, {otherwise} otherwise\n"));
    Ok(if otherwise == 0 { ExitStatus::Passed } else { ExitStatus::Failed })
}

/// The level in force, which has to contain something: without a sandbox the corpus would hit the machine.
pub(super) fn contained(grader: &Grader) -> Result<&'static str, Failure> {
    match grader.level() {
        "none" => Err(Failure::Use {
            message: "hostile submissions are not run without a sandbox".to_owned(),
            hint: "`grader doctor` says what this machine lacks, and how to get it".to_owned(),
        }),
        level => Ok(level),
    }
}

/// What has been told so far.
#[derive(Default)]
struct Tally {
    contained: usize,
    open: usize,
    otherwise: usize,
    told: Option<crate::attacks::Group>,
    broken: Option<VerifyError>,
}

impl Tally {
    fn tell(
        &mut self,
        attack: &Attack,
        found: Result<Vec<Vec<String>>, VerifyError>,
        level: &str,
        terminal: &Terminal,
    ) {
        let found = match found {
            Ok(found) => found,
            Err(error) => {
                self.broken.get_or_insert(error);
                return;
            }
        };
        let width = terminal.columns().clamp(40, 120);
        let wrapped = |text: &str| fill(text, Wrapping::new(width).initial_indent(INDENT).subsequent_indent(INDENT));
        if self.told != Some(attack.group) {
            self.told = Some(attack.group);
            terminal.print(&format!("\n{}\n", fill(&attack.group.to_string(), width)));
        }
        let open = attack.outcome(level).open.as_deref();
        let (count, word) = match (found.iter().all(Vec::is_empty), open) {
            (true, None) => (&mut self.contained, "✓ contained"),
            (true, Some(_)) => (&mut self.open, "○ gets through"),
            (false, _) => (&mut self.otherwise, "✗ otherwise"),
        };
        *count += 1;
        terminal.print(&format!("  {word}  {}\n{}\n", attack.name, wrapped(&attack.about)));
        if let Some(open) = open {
            terminal.print(&format!("{}\n", wrapped(&format!("At this level {open}."))));
        }
        terminal.print(&in_words(&found));
    }
}
