//! How the calls of exercise 1 are put into words.

use protocol::sum_of_squares::{Input, Layout, Order, Outcome};

use crate::judge::worker_faults;
use crate::verdict::Witness;

/// The function that an input is for.
pub(super) fn function(input: &Input) -> &'static str {
    match input {
        Input::Listed(_) | Input::Drawn(_) => "`sum_of_squares`",
        Input::Text(_) | Input::Long(..) | Input::Missing => "`sum_of_squares_in_file`",
    }
}

/// What is allowed, as a student would write it.
pub(super) fn either(allowed: &[Outcome]) -> String {
    let mut words: Vec<String> = allowed.iter().map(Outcome::to_string).collect();
    words.dedup();
    words.join(" or ")
}

/// The call, as lines to read.
pub(super) fn witness(order: &Order) -> Witness {
    let mut lines = vec![format!("input: {}", input(&order.input)), format!("workers: {}", order.workers)];
    lines.extend(
        order.launch.faults.iter().map(|(worker, fault)| format!("worker {worker} {}", worker_faults::say(*fault))),
    );
    lines.extend(order.launch.patience_ms.map(|patience| format!("`launcher.patience()` is {patience} ms")));
    Witness::Lines { lines }
}

fn input(input: &Input) -> String {
    match input {
        Input::Listed(numbers) => format!("the numbers {numbers:?}"),
        Input::Drawn(numbers) => format!("{} numbers of at most {} bits", numbers.count, numbers.bits),
        Input::Text(text) => format!("a file with the text {text:?}"),
        Input::Long(numbers, Layout::Plain) => format!("a file with {} numbers, one a line", numbers.count),
        Input::Long(numbers, Layout::Repeated(times)) => {
            format!("a file with {} numbers, one a line", numbers.count * times)
        }
        Input::Long(numbers, Layout::Ragged) => {
            format!("a file with {} numbers, blank lines and carriage returns among them", numbers.count)
        }
        Input::Missing => "a file that does not exist".to_owned(),
    }
}
