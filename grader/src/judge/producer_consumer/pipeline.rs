//! What a pipeline must leave behind.

use std::collections::BTreeMap;

use protocol::producer_consumer::{Meeting, Piped, Pipeline, Then, producer_panic, result_of, work_panic};

use crate::judge::Fault;

/// What is wrong with what a pipeline left, or `None`.
pub(super) fn judge(pipeline: &Pipeline, piped: &Piped) -> Option<Fault> {
    if let Some(panic) = &piped.panic {
        return Some(Fault::panicked("`run_pipeline`", panic));
    }
    items(pipeline, piped)
        .or_else(|| report(pipeline, piped))
        .or_else(|| bounds(pipeline, piped))
        .or_else(|| finished_at_join(piped))
}

/// Every item is worked on once, or was given back by a closed queue.
fn items(pipeline: &Pipeline, piped: &Piped) -> Option<Fault> {
    let mut due: Vec<u32> = pipeline.producers.iter().flat_map(|producer| producer.items.iter().copied()).collect();
    due.sort_unstable();
    let mut seen = [piped.worked.as_slice(), &piped.refused].concat();
    seen.sort_unstable();
    if let Some([twice, ..]) = seen.windows(2).find(|pair| pair[0] == pair[1]) {
        return Some(Fault::wrong(format!("the item {twice} was worked on twice"), "every item is worked on once"));
    }
    if let Some(lost) = due.iter().find(|item| !seen.contains(item)) {
        return Some(Fault::wrong(
            format!("the item {lost} was pushed, and never worked on"),
            "every item that is pushed is worked on",
        ));
    }
    let may_close = pipeline.producers.iter().any(|producer| producer.then == Then::Closes);
    if let Some(refused) = piped.refused.first().filter(|_| !may_close) {
        return Some(Fault::wrong(
            format!("the push of {refused} was refused while its producer was still running"),
            "the queue stays open until every producer has ended",
        ));
    }
    (seen != due).then(|| Fault::wrong("work was called with an item that nobody pushed", "only pushed items"))
}

/// The report says what happened.
fn report(pipeline: &Pipeline, piped: &Piped) -> Option<Fault> {
    let (failed, fine): (Vec<u32>, Vec<u32>) = piped.worked.iter().partition(|item| pipeline.panicking.contains(item));
    let mut results: Vec<u32> = fine.into_iter().map(result_of).collect();
    results.sort_unstable();
    if piped.results != results {
        return Some(Fault::wrong(
            format!("the report has the results {:?}", piped.results),
            format!("it has {results:?}: one for each item whose work returned"),
        ));
    }
    let mut messages: Vec<String> = failed.into_iter().map(work_panic).collect();
    messages.sort_unstable();
    if piped.failed_items != messages {
        return Some(Fault::wrong(
            format!("the report has the failed items {:?}", piped.failed_items),
            format!("it has {messages:?}: the message of each panic of `work`"),
        ));
    }
    let panics = pipeline.producers.iter().enumerate().filter(|(_, producer)| producer.then == Then::Panics);
    let producers: BTreeMap<usize, String> = panics.map(|(place, _)| (place, producer_panic(place))).collect();
    (piped.failed_producers != producers).then(|| {
        Fault::wrong(
            format!("the report has the failed producers {:?}", piped.failed_producers),
            format!("it has {producers:?}"),
        )
    })
}

/// No more consumers and no longer a queue than asked for; and as many, where they waited for each other.
fn bounds(pipeline: &Pipeline, piped: &Piped) -> Option<Fault> {
    let Pipeline { consumers, capacity, meeting, .. } = pipeline;
    if piped.most_at_once > *consumers {
        return Some(Fault::wrong(
            format!("{} items were worked on at the same time", piped.most_at_once),
            format!("{consumers} consumers work on at most {consumers} items at a time"),
        ));
    }
    if *meeting == Meeting::Workers && piped.most_at_once < *consumers {
        return Some(Fault::wrong(
            format!("no more than {} items were worked on at the same time", piped.most_at_once),
            format!("{consumers} consumers work on {consumers} items at a time"),
        ));
    }
    (*meeting == Meeting::FullQueue && piped.most_queued > *capacity).then(|| {
        Fault::wrong(
            format!("{} items were in the queue at the same time", piped.most_queued),
            format!("the queue of the pipeline has the capacity {capacity}"),
        )
    })
}

fn finished_at_join(piped: &Piped) -> Option<Fault> {
    (piped.unfinished_at_join > 0).then(|| {
        Fault::wrong(
            format!(
                "a producer's `join` returned while the work on {} of its items was not over",
                piped.unfinished_at_join
            ),
            "an item is reported done after its work, not before",
        )
    })
}
