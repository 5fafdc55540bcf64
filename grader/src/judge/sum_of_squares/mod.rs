//! The oracle of exercise 1: the sum of squares.

mod evidence;
mod rounds;
mod wording;

use protocol::sum_of_squares::{Input, Layout, Numbers, Observation, Order, Outcome};
use protocol::workers::Fault as WorkerFault;

use crate::judge::{Fault, Judge, Plan, Round};
use crate::verdict::{Reason, Repeats};

/// The oracle of exercise 1.
pub(super) struct SumJudge;

impl Judge for SumJudge {
    fn rounds(&self, plan: &Plan<'_>) -> Vec<Round> {
        rounds::of(plan)
    }
}

/// Looks at more of an observation than its outcome.
type Evidence = fn(&Order, &Observation) -> Option<Fault>;

/// A call whose outcome must be the right one.
fn call(order: Order) -> Round {
    round(order, |order, observation| judge_outcome(order, &observation.outcome))
}

/// A call with several workers that go wrong, of which `first` does so long before the others.
fn call_with_first(order: Order, first: usize) -> Round {
    round(order, move |order, observation| judge_among(order, &observation.outcome, &[Outcome::Worker(first)]))
}

/// A call whose outcome must be the right one, and of which `evidence` is looked at as well.
fn call_with(order: Order, evidence: Evidence) -> Round {
    round(order, move |order, observation| {
        judge_outcome(order, &observation.outcome).or_else(|| evidence(order, observation))
    })
}

/// A call of which `evidence` is looked at, whatever it returned: whether that is right is the business of other checks.
fn watched_call(order: Order, evidence: Evidence) -> Round {
    round(order, move |order, observation| {
        panicked(order, &observation.outcome).or_else(|| evidence(order, observation))
    })
}

fn round(order: Order, judge: impl Fn(&Order, &Observation) -> Option<Fault> + Send + Sync + 'static) -> Round {
    let scene = wording::witness(&order);
    Round::new(&order.clone(), repeats(&order), move |observation: Observation| judge(&order, &observation))
        .shown_as(scene)
}

fn panicked(order: &Order, outcome: &Outcome) -> Option<Fault> {
    let Outcome::Panicked(panic) = outcome else { return None };
    Some(Fault::panicked(wording::function(&order.input), panic))
}

/// Whether another run gives the same observation: where several workers fail, any can be the first.
fn repeats(order: &Order) -> Repeats {
    if order.launch.faults.len() > 1 || order.launch.muster.is_some() || order.launch.patience_ms.is_some() {
        Repeats::Roughly
    } else {
        Repeats::Exactly
    }
}

fn judge_outcome(order: &Order, outcome: &Outcome) -> Option<Fault> {
    judge_among(order, outcome, &allowed(order))
}

fn judge_among(order: &Order, outcome: &Outcome, allowed: &[Outcome]) -> Option<Fault> {
    if let Some(fault) = panicked(order, outcome) {
        return Some(fault);
    }
    if allowed.contains(outcome) {
        return None;
    }
    let function = wording::function(&order.input);
    Some(Fault::wrong(
        format!("{function} returned {outcome}"),
        format!("{function} returns {}", wording::either(allowed)),
    ))
}

/// What a call may come to.
fn allowed(order: &Order) -> Vec<Outcome> {
    let mut allowed = Vec::new();
    let mut harmless = true;
    for (worker, fault) in &order.launch.faults {
        match fault {
            WorkerFault::Slow(_) | WorkerFault::BeginsBusy(_) => {}
            // A busy machine may need more time than there is.
            WorkerFault::BeginsLate(late) if order.launch.patience_ms.is_some_and(|patience| *late < patience) => {
                allowed.push(Outcome::Worker(*worker));
            }
            // What is cut off can be of no importance, or nothing at all.
            WorkerFault::ClosesAfterWriting(1..) => allowed.push(Outcome::Worker(*worker)),
            _ => {
                allowed.push(Outcome::Worker(*worker));
                harmless = false;
            }
        }
    }
    if harmless {
        allowed.insert(0, result(&order.input));
    }
    allowed
}

/// What a call comes to with workers that do their work.
fn result(input: &Input) -> Outcome {
    match input {
        Input::Listed(numbers) => sum(numbers.iter().copied()),
        Input::Drawn(numbers) | Input::Long(numbers, Layout::Plain | Layout::Ragged) => sum(Numbers::iter(*numbers)),
        Input::Long(numbers, Layout::Repeated(times)) => sum((0..*times).flat_map(|_| numbers.iter())),
        Input::Text(text) => sum_of_text(text),
        Input::Missing => Outcome::File,
    }
}

fn sum(numbers: impl IntoIterator<Item = i64>) -> Outcome {
    let mut sum = 0_u128;
    for number in numbers {
        match sum.checked_add(u128::from(number.unsigned_abs()).pow(2)) {
            Some(more) => sum = more,
            None => return Outcome::Overflow,
        }
    }
    Outcome::Sum(sum)
}

fn sum_of_text(text: &str) -> Outcome {
    let mut numbers = Vec::new();
    for (line, content) in (1..).zip(text.split('\n')) {
        let content = content.strip_suffix('\r').unwrap_or(content);
        match content.parse() {
            _ if content.is_empty() => {}
            Ok(number) => numbers.push(number),
            Err(_) => return Outcome::BadLine(line),
        }
    }
    sum(numbers)
}

/// A process or thread that a call has left behind.
fn left(observed: String) -> Fault {
    Fault {
        reason: Reason::LeftRunning,
        ..Fault::wrong(observed, "when the call returns, every worker has ended and was waited for")
    }
}

#[cfg(test)]
mod tests {
    use protocol::workers::Launch;

    use super::*;

    #[test]
    fn sums_are_exact_up_to_the_last_number_that_fits() {
        assert_eq!(sum([]), Outcome::Sum(0));
        assert_eq!(sum([i64::MIN; 3]), Outcome::Sum(3 << 126));
        assert_eq!(sum([i64::MIN; 4]), Outcome::Overflow);
        let nearly = [i64::MIN, i64::MIN, i64::MIN, i64::MAX, (1 << 32) - 1];
        assert_eq!(sum(nearly), Outcome::Sum(u128::MAX - (1 << 33) + 3));
    }

    #[test]
    fn lines_of_a_text_are_counted_from_one_with_the_blank_ones() {
        assert_eq!(sum_of_text("1\r\n\n2"), Outcome::Sum(5));
        assert_eq!(sum_of_text(""), Outcome::Sum(0));
        assert_eq!(sum_of_text("1\n\nx\n"), Outcome::BadLine(3));
        assert_eq!(sum_of_text("9223372036854775808\n"), Outcome::BadLine(1));
    }

    #[test]
    fn a_worker_that_is_only_busy_is_never_to_blame() {
        let launch = |fault| Launch { faults: vec![(1, fault)], patience_ms: Some(60), ..Launch::default() };
        let order = |fault| Order { input: Input::Listed(vec![3]), workers: 2, launch: launch(fault) };
        assert_eq!(allowed(&order(WorkerFault::BeginsBusy(9))), [Outcome::Sum(9)]);
        assert_eq!(allowed(&order(WorkerFault::BeginsLate(60))), [Outcome::Worker(1)]);
    }

    #[test]
    fn drawn_numbers_are_the_same_in_a_file() {
        for layout in [Layout::Plain, Layout::Ragged, Layout::Repeated(1)] {
            let numbers = Numbers { seed: 7, count: 1000, bits: 40 };
            let mut text = Vec::new();
            numbers.write(layout, &mut text).unwrap();
            assert_eq!(sum_of_text(std::str::from_utf8(&text).unwrap()), sum(numbers.iter()));
        }
    }
}
