//! The rounds of each check of exercise 2.
//!
//! Every check looks at its own property alone, in rounds where a mistake of another kind does not show: nothing fails
//! where the order is looked at, no body is too short but where short bodies are. Where it is no matter that others work
//! meanwhile, one worker does everything: what two do to each other would show there now and then, by luck.

use std::time::Duration;

use protocol::downloader::{Notes, Order, Panics, Present};
use site::{Body, Fault, Hold, Reply};

use super::evidence::{
    arrived, constant_memory, counts, files, gathered, in_flight, in_order, inside, nobody_waits, nothing_left,
    outcomes, pauses_enough, pauses_exactly, redirects, reports, retried, whole,
};
use super::listing::{as_listed, everything};
use super::orders::{Sketch, always, at_last, faulty, file, order, small};
use super::{Aspect, download};
use crate::judge::{Effort, Plan, Round, VirtualWork};
use crate::verdict::Lens;

/// How many schedules of a round are enough in a quick run: each makes, writes and removes real files.
const SCHEDULES: u64 = 600;

/// The rounds of a check under a lens.
pub(super) fn of(plan: &Plan<'_>) -> Vec<Round> {
    match plan.lens {
        Lens::Explore => explored(plan.check),
        Lens::Stress => stressed(plan),
        Lens::Chaos => chaotic(plan),
        Lens::Timing => timed(plan.check),
    }
}

fn explored(check: &str) -> Vec<Round> {
    let searched = |order: Order, aspects: &[Aspect]| download(order, aspects).at_most(SCHEDULES);
    match check {
        "results-in-job-order" => vec![searched(small(&["a", "b", "c"]), &[in_order])],
        "as-many-requests-as-workers" => vec![
            searched(small(&["a", "b", "c"]), &[in_flight]),
            searched(small(&["a", "b"]).held(Hold::InFlight(2)), &[in_flight]),
            searched(slow_beside(&["b", "c"]), &[in_flight]),
        ],
        "one-failure-stops-nothing-else" => vec![searched(bad_beside_good(), &[outcomes, arrived])],
        "the-pauses-double" => vec![download(failing_thrice(7, 100), &[retried, pauses_exactly]).undisturbed()],
        "a-pause-keeps-nobody-waiting" => {
            vec![download(pausing_beside(&["b", "c", "d"]), &[retried, nobody_waits]).undisturbed()]
        }
        "a-file-is-there-when-it-is-whole" => vec![
            searched(small(&["a", "b"]), &[whole, arrived]),
            searched(small(&["a", "a.part"]), &[whole, arrived]),
            searched(small(&["a", "a.tmp"]), &[whole, arrived]),
        ],
        "progress-adds-up" => vec![searched(small(&["a", "b"]), &[reports])],
        "a-panic-costs-its-own-job" => vec![
            searched(small(&["a", "b", "c"]).panics(open("/a")), &[outcomes, files]),
            searched(small(&["a", "b", "c"]).panics(Panics::Progress { job: 0, received: 1 }), &[outcomes, files]),
        ],
        _ => Vec::new(),
    }
}

fn stressed(plan: &Plan<'_>) -> Vec<Round> {
    let times = match plan.effort {
        Effort::Quick => 2,
        Effort::Full => 10,
    };
    match plan.check {
        "files-are-what-was-sent" => vec![download(everything().workers(1), &[as_listed])],
        "results-in-job-order" => vec![
            download(small(&[]), &[in_order]),
            download(small(&["a"]).workers(8), &[in_order]),
            download(latest_first(12, 4).workers(4).served(), &[in_order]),
        ],
        "as-many-requests-as-workers" => vec![
            download(many(4).held(Hold::InFlight(4)).workers(4).served(), &[in_flight, gathered]),
            download(many(12).held(Hold::InFlight(12)).workers(12).served(), &[in_flight, gathered]),
            download(slow_beside(&["b", "c", "d", "e", "f", "g"]).served(), &[in_flight, gathered]),
            download(latest_first(60, 2).workers(5).served(), &[in_flight]),
            download(refused_at_first().workers(1), &[in_flight]),
        ],
        "the-pauses-double" => (0..times).map(|_| download(failing_thrice(0, 5), &[retried, pauses_enough])).collect(),
        "a-file-is-there-when-it-is-whole" => vec![
            download(small(&CLASHES).held(Hold::InFlight(CLASHES.len())).workers(CLASHES.len()), &[whole, arrived]),
            download(replacing().served(), &[whole, arrived]),
            download(replacing(), &[whole, arrived]),
            download(too_long_for_the_disk().workers(1), &[arrived]),
        ],
        "names-are-looked-at-first" => vec![
            download(bad_names().workers(1), &[counts, inside, outcomes, arrived]),
            download(twins().workers(1), &[counts, outcomes, arrived]),
        ],
        "bodies-are-streamed" => {
            let mebibytes = match plan.effort {
                Effort::Quick => 96,
                Effort::Full => 512,
            };
            let bytes = mebibytes << 20;
            vec![download(huge(bytes), &[outcomes, arrived]).alone(constant_memory(bytes))]
        }
        "progress-adds-up" => vec![
            download(long_files().served(), &[reports]),
            download(long_files().workers(1), &[reports]),
            download(farther_each_time(), &[reports]),
            download(as_far_as_before(), &[reports]),
        ],
        _ => Vec::new(),
    }
}

fn chaotic(plan: &Plan<'_>) -> Vec<Round> {
    match plan.check {
        "one-failure-stops-nothing-else" => vec![
            download(bad_beside_good().workers(1), &[outcomes, arrived]),
            download(many_bad().workers(3).served(), &[outcomes, arrived]),
        ],
        "failures-are-tried-again" => {
            let alone = |order: Order, aspects: &[Aspect]| download(order.workers(1), aspects);
            let mut rounds = vec![
                alone(temporary(), &[outcomes, counts]),
                alone(temporary().attempts(1, 1), &[outcomes, counts]),
                alone(temporary().attempts(2, 1), &[outcomes, counts]),
                alone(lasting(), &[outcomes, counts]),
                alone(temporary_over_http(), &[outcomes, counts]),
                alone(looping(), &[outcomes, redirects]),
            ];
            if plan.effort == Effort::Full {
                rounds.push(silent_over_http());
            }
            rounds
        }
        "a-short-body-is-no-success" => {
            vec![download(short().workers(1), &[outcomes, counts, arrived])]
        }
        "a-failed-job-leaves-nothing" => vec![
            download(all_failing().workers(1), &[nothing_left]),
            download(all_failing().workers(1).attempts(1, 1), &[nothing_left]),
            download(breaking_over_http().workers(1), &[nothing_left]),
        ],
        "a-panic-costs-its-own-job" => vec![
            download(panicking().workers(1), &[outcomes, files]),
            download(panicking(), &[outcomes, files]),
            download(panicking().workers(12), &[outcomes, files]),
            download(panicking_once_requested().workers(1), &[counts]),
        ],
        _ => Vec::new(),
    }
}

fn timed(check: &str) -> Vec<Round> {
    match check {
        "waits-overlap" => vec![download(waits().0, &[outcomes])],
        "wall-time" => vec![download(waits_and_bytes(), &[outcomes])],
        _ => Vec::new(),
    }
}

/// The work of a timing check on the virtual clock, where its duration has no noise.
pub(super) fn virtual_work(check: &str) -> Option<VirtualWork> {
    let (order, optimum) = waits();
    (check == "waits-overlap").then(|| VirtualWork { round: download(order, &[outcomes]), optimum })
}

/// File names that others may use while a file called `a` is not whole yet.
const CLASHES: [&str; 8] = ["a", "a.part", "a.tmp", ".a.part", ".a.tmp", "a.partial", "a.download", "a.temp"];

fn open(path: &str) -> Panics {
    Panics::Open { path: path.to_owned() }
}

/// Two workers: while one has the first file, which is not answered before all others, the other has time for those.
fn slow_beside(others: &[&str]) -> Order {
    let slow = vec![file("slow").held(Hold::Answered(others.len()))];
    others.iter().fold(order().file("slow", slow), |order, name| order.file(name, vec![file(name)]))
}

/// Files that are refused at first, and one that is not: whoever keeps what he need not read has a request too many.
fn refused_at_first() -> Order {
    let later = |name: &str| at_last(&[Reply::status(503)], file(name));
    order().file("a", later("a")).file("b", later("b")).file("c", vec![file("c")])
}

/// Many small files.
fn many(count: usize) -> Order {
    (0..count).fold(order(), |order, place| {
        let name = format!("{place}");
        let reply = Reply::ok(Body::pattern(place as u64, 100));
        order.file(&name, vec![reply])
    })
}

/// Many small files; of every few, the first takes longest.
fn latest_first(count: usize, few: usize) -> Order {
    (0..count).fold(order(), |order, place| {
        let reply = Reply::ok(Body::pattern(place as u64, 100)).after_ms(5 * (few - place % few) as u64);
        order.file(&format!("{place}"), vec![reply])
    })
}

/// A file that does not exist, and two that do.
fn bad_beside_good() -> Order {
    order().file("a", vec![Reply::not_found()]).file("b", vec![file("b")]).file("c", vec![file("c")])
}

/// More bad files than workers, one after the other, before the good ones.
fn many_bad() -> Order {
    [400, 401, 403, 404, 410, 451]
        .iter()
        .fold(order(), |order, status| order.file(&format!("{status}"), vec![Reply::status(*status)]))
        .file("x", vec![file("x")])
        .file("loop", vec![Reply::redirect(302, "/loop")])
        .file("y", vec![file("y")])
        .file("taken", vec![file("taken")])
        .present("taken", Present::Folder)
        .file("z", vec![file("z")])
}

/// One file that comes at the fourth request only.
fn failing_thrice(latency_ms: u64, back_off_ms: u64) -> Order {
    let bad = [
        Reply::status(503).after_ms(latency_ms),
        faulty("a", Fault::Reset).after_ms(latency_ms),
        faulty("a", Fault::ResetAfter(5)).after_ms(latency_ms),
    ];
    order().file("a", at_last(&bad, file("a"))).attempts(5, back_off_ms).notes(Notes::Times)
}

/// Two workers, of which one has a long pause to make.
fn pausing_beside(others: &[&str]) -> Order {
    let first = order().file("a", at_last(&[Reply::status(503)], file("a")));
    let all = others.iter().fold(first, |order, name| order.file(name, vec![file(name).after_ms(10)]));
    all.attempts(2, 1_000).notes(Notes::Times)
}

/// Files that replace others, slowly, and one that fails to.
fn replacing() -> Order {
    let drops = |name: &str| vec![Reply::ok(Body::Text(name.repeat(100))).dripping(50, 1)];
    order()
        .file("new", drops("new"))
        .file("old", drops("old"))
        .file("kept", vec![Reply::not_found()])
        .file("chunks", vec![Reply::ok(Body::Text("chunks".repeat(100))).chunked().dripping(200, 1)])
        .present("old", Present::File("what was here before".to_owned()))
        .present("kept", Present::File("what was here before".to_owned()))
        .present("bystander", Present::File("nobody's business".to_owned()))
}

/// Files that the disk has no room for, after one that it has. What is written last may still be on its way when
/// everything else is done: a file has its name too early if it got it before that.
fn too_long_for_the_disk() -> Order {
    let order = order()
        .file("short", vec![Reply::ok(Body::Text("short".to_owned()))])
        .file("new", vec![file("new")])
        .file("old", vec![file("old")])
        .present("old", Present::File("what was here before".to_owned()));
    Order { disk_full_after: Some(6), ..order }
}

/// Names that are none, or lead elsewhere, among good ones that look odd.
fn bad_names() -> Order {
    let bad = ["", ".", "..", "../outside", "/tmp/outside", "sub/file", "sub/../file", "./file", "file/"];
    let good = ["file", "..file", "a file", "文件.txt", "a\\b"];
    let all = bad.iter().chain(&good).enumerate();
    all.fold(order(), |order, (place, name)| order.named(&format!("/{place}"), name, vec![file("file")]))
        .present("sub", Present::Folder)
}

/// Jobs that have one name, far from each other, and others between them.
fn twins() -> Order {
    order()
        .named("/1", "twin", vec![file("1")])
        .file("a", vec![file("a")])
        .named("/2", "triplet", vec![file("2")])
        .named("/3", "triplet", vec![file("3")])
        .file("Twin", vec![file("Twin")])
        .named("/4", "triplet", vec![file("4")])
        .named("/5", "twin", vec![file("5")])
        .present("twin", Present::File("what was here before".to_owned()))
}

/// A file larger than scratch space and memory.
fn huge(bytes: u64) -> Order {
    order()
        .file("huge", vec![Reply::ok(Body::pattern(1, bytes))])
        .file("small", vec![file("small")])
        .served()
        .notes(Notes::Lengths)
}

/// Files of which there is much to report, little, and nothing.
fn long_files() -> Order {
    order()
        .file("long", vec![Reply::ok(Body::pattern(1, 3 << 20))])
        .file("empty", vec![Reply::ok(Body::pattern(2, 0))])
        .file("chunks", vec![Reply::ok(Body::pattern(3, 700_000)).chunked()])
        .file("missing", vec![Reply::not_found()])
        .file("drops", vec![Reply::ok(Body::pattern(4, 90)).dripping(30, 1)])
}

/// A file that breaks off, first late, then early, then comes.
fn farther_each_time() -> Order {
    let broken = |bytes| Reply::ok(Body::pattern(1, 600_000)).but(Fault::ResetAfter(bytes));
    let replies = at_last(&[broken(500_000), broken(100_000)], Reply::ok(Body::pattern(1, 600_000)));
    order().file("a", replies).file("b", vec![file("b")])
}

/// A file that breaks off where the next request comes by.
fn as_far_as_before() -> Order {
    let drops = || Reply::ok(Body::pattern(1, 90)).dripping(30, 0);
    order().file("a", at_last(&[drops().but(Fault::ResetAfter(60))], drops()))
}

/// What may go better the next time, in memory: it does at the third request.
fn temporary() -> Order {
    let late = file("late").after_ms(3);
    let twice = |name: &str, reply: Reply| at_last(&[reply.clone(), reply], file(name));
    Order { patience_ms: 2, ..order() }
        .file("busy", twice("busy", Reply::status(503)))
        .file("error", twice("error", Reply::status(500)))
        .file("odd", twice("odd", Reply::status(599)))
        .file("refused", twice("refused", faulty("refused", Fault::Reset)))
        .file("late", twice("late", late))
        .file("reset", twice("reset", faulty("reset", Fault::ResetAfter(5))))
        .file("silent", twice("silent", faulty("silent", Fault::SilentAfter(5))))
        .file("mixed", at_last(&[Reply::status(502), faulty("mixed", Fault::ResetAfter(0))], file("mixed")))
        .file("good", vec![file("good")])
}

/// What never gets better, and what is not worth a second try.
fn lasting() -> Order {
    const ATTEMPTS: u32 = 4;
    [304, 400, 404, 416, 429, 600]
        .iter()
        .fold(order(), |order, status| order.file(&format!("{status}"), vec![Reply::status(*status)]))
        .file("busy", always(&Reply::status(503), ATTEMPTS))
        .file("refused", always(&faulty("refused", Fault::Reset), ATTEMPTS))
        .file("reset", always(&faulty("reset", Fault::ResetAfter(5)), ATTEMPTS))
        .file("then-gone", vec![Reply::status(500), Reply::status(404), file("then-gone")])
        .attempts(ATTEMPTS, 1)
        .workers(4)
}

/// The same over real connections.
fn temporary_over_http() -> Order {
    let large = || Reply::ok(Body::pattern(1, 100_000));
    let once = |reply: Reply| at_last(&[reply], large());
    order()
        .file("busy", once(Reply::status(503)))
        .file("refused", once(large().but(Fault::Reset)))
        .file("reset", once(large().but(Fault::ResetAfter(50_000))))
        .file("ended", once(large().but(Fault::EndAfter(50_000))))
        .file("chunks", once(large().chunked().but(Fault::EndAfter(50_000))))
        .file("missing", vec![Reply::not_found()])
        .file("always", always(&Reply::status(500), 3))
        .workers(4)
        .served()
}

/// Redirects without end.
fn looping() -> Order {
    order().file("loop", vec![Reply::redirect(302, "/loop")]).file("a", vec![file("a")]).served()
}

/// A server that falls silent. A machine that is busy can make further requests late, so there are many to spare, and
/// only the outcome is looked at.
fn silent_over_http() -> Round {
    let silent = Reply::ok(Body::pattern(1, 1_000)).but(Fault::SilentAfter(500));
    let order = order().file("silent", at_last(&[silent], file("silent"))).attempts(6, 1).served();
    download(Order { patience_ms: 1_000, ..order }, &[arrived])
}

/// Bodies that just end.
fn short() -> Order {
    let short = |name: &str, bytes| faulty(name, Fault::EndAfter(bytes));
    order()
        .file("always", always(&short("always", 5), 3))
        .file("nothing", always(&short("nothing", 0), 3))
        .file("once", at_last(&[short("once", 7)], file("once")))
        .file("good", vec![file("good")])
}

/// Every way to fail with something begun, and a file that was there before.
fn all_failing() -> Order {
    order()
        .file("reset", always(&faulty("reset", Fault::ResetAfter(5)), 3))
        .file("at-once", always(&faulty("at-once", Fault::ResetAfter(0)), 3))
        .file("busy", always(&Reply::status(503), 3))
        .file("missing", vec![Reply::not_found()])
        .file("refused", always(&faulty("refused", Fault::Reset), 3))
        .file("kept", always(&faulty("kept", Fault::ResetAfter(5)), 3))
        .file("taken", vec![file("taken")])
        .present("kept", Present::File("what was here before".to_owned()))
        .present("taken", Present::Folder)
}

/// The same over real connections, with bodies that have filled buffers before they break.
fn breaking_over_http() -> Order {
    let broken = Reply::ok(Body::pattern(1, 400_000)).but(Fault::ResetAfter(300_000));
    order()
        .file("broken", always(&broken, 2))
        .file("late", at_last(&[broken], Reply::ok(Body::pattern(1, 400_000))))
        .attempts(2, 1)
        .served()
}

/// More panics than workers, of every kind, and good files behind them.
fn panicking() -> Order {
    let body = |path: &str, after| Panics::Body { path: path.to_owned(), after };
    small(&["open", "first-read", "later-read", "begin", "report", "whole", "open-too", "a", "b", "c"])
        .panics(open("/open"))
        .panics(body("/first-read", 0))
        .panics(body("/later-read", 4))
        .panics(Panics::Progress { job: 3, received: 0 })
        .panics(Panics::Progress { job: 4, received: 1 })
        // At the report of all of its eight bytes.
        .panics(Panics::Progress { job: 5, received: 8 })
        .panics(open("/open-too"))
}

/// Panics of jobs that have been requested: they are not tried again.
fn panicking_once_requested() -> Order {
    small(&["open", "later-read", "report", "a"])
        .panics(open("/open"))
        .panics(Panics::Body { path: "/later-read".to_owned(), after: 4 })
        .panics(Panics::Progress { job: 2, received: 1 })
}

/// One file that takes as long as all others together for three of four workers, with the least time that they take.
fn waits() -> (Order, Duration) {
    const WORKERS: usize = 4;
    let (slow, quick, quicks) = (105, 7, 45);
    let answered = |after| Reply::ok(Body::pattern(1, 64)).after_ms(after);
    let order = (0..quicks).fold(order().file("slow", vec![answered(slow)]), |order, place| {
        order.file(&format!("{place}"), vec![answered(quick)])
    });
    (order.workers(WORKERS), Duration::from_millis(slow))
}

/// Files that take their time, and have some length.
fn waits_and_bytes() -> Order {
    let files = (0..20).fold(order(), |order, place| {
        let reply = Reply::ok(Body::pattern(place, 500_000)).after_ms(14);
        order.file(&format!("{place}"), vec![reply])
    });
    files.workers(4).served()
}
