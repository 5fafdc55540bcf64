//! The rounds of each check of exercise 7.

mod streams;

use protocol::ipc_queue::{
    Act, Consumer, Conversation, Gathering, Item, MapCall, Piece, Producer, Sharing, Turn, Work,
};

use self::streams::{
    any_items, awkward, ends, failing_streams, forged_lengths, garbage, left_early, no_waiting, number, split_messages,
    text, whole_messages,
};
use super::gathering::{Looks, gather, within};
use super::pairs::{abandoned, converse, hang_up};
use super::sharing::share;
use super::work;
use crate::judge::{Effort, Plan, Round};
use crate::verdict::Lens;

/// The patience with producers that do nothing wrong, in milliseconds: whatever else the machine does.
const PATIENT: u64 = 10_000;

/// The patience with producers that fall silent.
const IMPATIENT: u64 = 250;

/// The patience with producers that are made to wait, and for how long they are made to.
const MADE_TO_WAIT: (u64, u64) = (500, 650);

/// A text that is longer than any pipe.
const LONG: usize = 256 << 10;

/// The rounds of a check under a lens.
pub(super) fn of(plan: &Plan<'_>) -> Vec<Round> {
    let mut rng = fastrand::Rng::with_seed(plan.seed);
    let rng = &mut rng;
    let quick = plan.effort == Effort::Quick;
    let many = if quick { 40 } else { 400 };
    let few = if quick { 1 } else { 5 };
    match (plan.check, plan.lens) {
        ("a-message-arrives-as-it-was-sent", Lens::Stress) => whole_messages(rng, plan.effort, many),
        ("boundaries-survive-any-split", Lens::Chaos) => split_messages(rng, many),
        ("the-end-is-none-only-between-messages", Lens::Chaos) => ends(rng, many),
        ("a-forged-length-takes-no-memory", Lens::Chaos) => forged_lengths(rng, plan.effort),
        ("garbage-is-an-error", Lens::Chaos) => garbage(rng, many),
        ("a-failing-stream-is-an-error", Lens::Chaos) => failing_streams(rng, many),
        ("a-sent-message-is-on-its-way", Lens::Chaos) => no_waiting(),
        ("the-receivers-end-reaches-the-sender", Lens::Stress) => hang_ups(),
        ("each-producers-order-is-kept", Lens::Stress) => (0..few).flat_map(|_| orders(rng)).collect(),
        ("one-producers-fault-is-its-own", Lens::Chaos) => (0..few).flat_map(|_| faults(rng)).collect(),
        ("a-slow-consumer-slows-everybody", Lens::Stress) => pressure(plan.effort),
        ("nothing-is-left-running", Lens::Stress) => vec![left(well_behaved(3), Consumer::Takes)],
        ("nothing-is-left-running", Lens::Chaos) => leftovers(),
        ("both-ends-may-send-first", Lens::Stress) => {
            (0..few).flat_map(|_| conversations()).chain(left_early()).collect()
        }
        ("no-update-of-the-map-is-lost", Lens::Stress) => (0..few).flat_map(|_| shared_maps()).collect(),
        ("the-map-serves-all-at-once", Lens::Chaos) => (0..few).flat_map(|_| disturbed_maps()).collect(),
        ("many-small-messages", Lens::Timing) => vec![work(Work { messages: 150_000, length: 64 })],
        ("a-few-huge-messages", Lens::Timing) => vec![work(Work { messages: 3, length: 6 << 20 })],
        _ => Vec::new(),
    }
}

fn hang_ups() -> Vec<Round> {
    let mut rounds = Vec::from([0, 3, 500].map(hang_up));
    let mut here: Vec<_> = (0..8).map(|seed| Turn::Send(Item::Filler { length: LONG, seed })).collect();
    here.extend([Turn::Receive, Turn::Close]);
    rounds.push(abandoned(Conversation { here, there: vec![Turn::Die] }));
    rounds
}

fn producer(acts: Vec<Act>) -> Producer {
    Producer { acts, patience_ms: PATIENT }
}

fn silent(mut acts: Vec<Act>) -> Producer {
    acts.push(Act::Hang);
    Producer { acts, patience_ms: IMPATIENT }
}

fn deliver(producers: Vec<Producer>, capacity: usize) -> Round {
    gather(Gathering { producers, capacity, consumer: Consumer::Takes }, Looks::Deliveries)
}

/// Producers that send twenty numbers each, and end.
fn well_behaved(count: i64) -> Vec<Producer> {
    (0..count).map(|index| producer((0..20).map(|at| Act::Send(number(100 * index + at))).collect())).collect()
}

fn orders(rng: &mut fastrand::Rng) -> Vec<Round> {
    let mut uneven = well_behaved(2);
    uneven.push(producer(Vec::new()));
    uneven.push(producer(awkward().into_iter().chain(any_items(rng, 30)).map(Act::Send).collect()));
    let long = |count| producer(vec![Act::SendMany { count, length: LONG }]);
    vec![
        deliver(well_behaved(1), 4),
        deliver(well_behaved(4), 4),
        deliver(uneven, 1),
        deliver(vec![long(6), producer(vec![Act::SendMany { count: 3_000, length: 30 }]), long(6)], 3),
        deliver(Vec::new(), 1),
    ]
}

/// Producers that send some numbers, and the rest when the producer `other` has ended, whatever became of it.
fn undisturbed(count: i64, other: usize) -> Vec<Producer> {
    let mut producers = well_behaved(count);
    for producer in &mut producers {
        producer.acts.insert(10, Act::AwaitEnd(other));
    }
    producers
}

fn faults(rng: &mut fastrand::Rng) -> Vec<Round> {
    let some = || vec![Act::Send(number(1)), Act::Send(text("two"))];
    let then = |act: Act| {
        let mut acts = some();
        acts.push(act);
        acts
    };
    let with = |faulty: Producer| {
        let mut producers = undisturbed(2, 1);
        producers.insert(1, faulty);
        deliver(producers, 2)
    };
    let cut = |length| Piece::Beginning(Item::Filler { length: LONG, seed: 3 }, length);
    let mut rounds = vec![
        with(producer(then(Act::Exit(3)))),
        with(producer(then(Act::Die))),
        with(producer(vec![Act::Die])),
        deliver([vec![producer(vec![Act::NeverStart])], well_behaved(2)].concat(), 2),
        with(producer(then(Act::Write(Piece::Length(1 << 27))))),
        with(producer(then(Act::Write(Piece::Body(b"{\"Text\":".to_vec()))))),
    ];
    for length in [2, 4, 70_000, rng.usize(5..LONG)] {
        let mut acts = then(Act::Write(cut(length)));
        acts.push(if rng.bool() { Act::Die } else { Act::Exit(0) });
        rounds.push(with(producer(acts)));
    }
    // Wrong frames from one that would go on for ever.
    let mut liar = then(Act::Write(Piece::Body(b"?".to_vec())));
    liar.push(Act::SendMany { count: 50_000, length: 100 });
    liar.push(Act::Hang);
    rounds.push(with(producer(liar)));
    // Silent ones, all at once: each takes its launcher's patience. The consumer is busy until they are given up, and there
    // is room for all that they have sent: it must be there afterwards.
    let mut quiet = vec![silent(some()), silent(Vec::new()), silent(then(Act::Close))];
    quiet.extend(undisturbed(1, 0));
    let busy = Consumer::Dawdles(IMPATIENT + 50);
    rounds.push(gather(Gathering { producers: quiet, capacity: 40, consumer: busy }, Looks::Deliveries));
    // Everything at once.
    let mut mixed = undisturbed(1, 2);
    mixed.push(producer(then(Act::Die)));
    mixed.push(producer(then(Act::Exit(3))));
    mixed.push(producer(then(Act::Write(cut(9)))));
    mixed.extend(undisturbed(1, 3));
    rounds.push(deliver(mixed, 1));
    rounds
}

fn pressure(effort: Effort) -> Vec<Round> {
    let length = match effort {
        Effort::Quick => LONG,
        Effort::Full => 2 * LONG,
    };
    let flood = |count| producer(vec![Act::SendMany { count, length }]);
    let stalled = |count, producers| {
        let producers = (0..producers).map(|_| flood(count)).collect();
        gather(Gathering { producers, capacity: 2, consumer: Consumer::Stalls }, Looks::Pressure)
    };
    let (patience_ms, dawdling) = MADE_TO_WAIT;
    // Several of them fit into a pipe: when the consumer goes on, there is something to receive at once, and a busy machine
    // makes nobody silent.
    let trickle = Act::SendMany { count: 150, length: 2_000 };
    let waiting = vec![Producer { acts: vec![trickle], patience_ms }; 2];
    let dawdling = Gathering { producers: waiting, capacity: 2, consumer: Consumer::Dawdles(dawdling) };
    let mut rounds = vec![stalled(24, 3), gather(dawdling, Looks::Blame)];
    if effort == Effort::Full {
        rounds.extend([stalled(60, 1), within(96 << 20, stalled(120, 2))]);
    }
    rounds
}

fn left(producers: Vec<Producer>, consumer: Consumer) -> Round {
    gather(Gathering { producers, capacity: 2, consumer }, Looks::Leftovers)
}

fn leftovers() -> Vec<Round> {
    let endless = || producer(vec![Act::SendMany { count: 10_000_000, length: 100 }]);
    let mut faulty = well_behaved(1);
    faulty.push(silent(vec![Act::Send(number(1))]));
    // Killed at once, and not when it has been silent for long.
    faulty.push(producer(vec![Act::Write(Piece::Body(b"?".to_vec())), Act::Linger]));
    faulty.push(producer(vec![Act::Exit(1)]));
    let mut waiting = vec![endless(), endless()];
    waiting.push(producer(vec![Act::Linger]));
    vec![left(faulty, Consumer::Takes), left(well_behaved(3), Consumer::Panics(0)), left(waiting, Consumer::Panics(5))]
}

fn conversations() -> Vec<Round> {
    let burst = |count: usize, seed: u64| {
        (0..count).map(move |at| Turn::Send(Item::Filler { length: LONG, seed: seed + at as u64 }))
    };
    let listen = |count: usize| (0..count).map(|_| Turn::Receive);
    let questions: Vec<_> = (0..5).flat_map(|at| [Turn::Send(number(at)), Turn::Receive]).collect();
    let answers: Vec<_> = (0..5).flat_map(|at| [Turn::Receive, Turn::Send(number(10 * at))]).collect();
    let close = |mut turns: Vec<Turn>, last: Turn| {
        turns.push(last);
        turns
    };
    vec![
        converse(Conversation { here: questions, there: answers }),
        // Both first, then both listen to all of it and to the end.
        converse(Conversation {
            here: burst(8, 0).chain(listen(9)).collect(),
            there: close(burst(8, 100).chain(listen(8)).collect(), Turn::Close),
        }),
        // Closed at once: what was sent still arrives.
        converse(Conversation { here: close(burst(8, 0).collect(), Turn::Close), there: listen(9).collect() }),
        converse(Conversation { here: close(burst(8, 0).collect(), Turn::Drop), there: listen(9).collect() }),
        converse(Conversation { here: listen(9).collect(), there: close(burst(8, 0).collect(), Turn::Drop) }),
        converse(Conversation {
            here: vec![Turn::Send(number(1)), Turn::Receive],
            there: vec![Turn::Receive, Turn::Die],
        }),
        converse(Conversation { here: Vec::new(), there: vec![Turn::NeverStart] }),
    ]
}

fn key(name: &str) -> String {
    name.to_owned()
}

fn last_look() -> Vec<MapCall> {
    vec![MapCall::Snapshot, MapCall::Len, MapCall::Get(key("count")), MapCall::Get(key("missing"))]
}

fn among_themselves(clients: Vec<Vec<MapCall>>) -> Sharing {
    Sharing { clients, strangers: Vec::new(), after: last_look(), owner_dies: false }
}

fn shared_maps() -> Vec<Round> {
    let alone = vec![
        MapCall::Get(key("a")),
        MapCall::Len,
        MapCall::Snapshot,
        MapCall::Insert(key("a"), 5),
        MapCall::Insert(key("a"), -6),
        MapCall::Add(key("a"), 10),
        MapCall::Add(key("b"), 7),
        MapCall::Get(key("a")),
        MapCall::Insert(key(""), i64::MAX),
        MapCall::Add(key(""), 1),
        MapCall::Get(key("two\nlines")),
        MapCall::Len,
        MapCall::Snapshot,
    ];
    let times = 1_000;
    let adding = || vec![MapCall::AddMany(key("count"), 1, times)];
    let inserting = |client: i64| (0..50).map(|at| MapCall::Insert(key("latest"), 100 * client + at)).collect();
    let in_turn =
        (0..times / 2).flat_map(|_| [MapCall::Add(key("first"), 1), MapCall::Add(key("second"), 1)]).collect();
    let watching = || vec![MapCall::Snapshot; times / 4];
    vec![
        share(among_themselves(vec![alone])),
        share(among_themselves(vec![adding(), adding(), adding()])),
        share(among_themselves(vec![inserting(1), inserting(2), inserting(3)])),
        share(among_themselves(vec![in_turn, watching(), watching()])),
    ]
}

fn disturbed_maps() -> Vec<Round> {
    // Each client has a key of its own: whether updates of one key are lost is not looked at here.
    let adding = |client: u32| vec![MapCall::AddMany(format!("count {client}"), 1, 50)];
    let two = || among_themselves(vec![adding(1), adding(2)]);
    let disturbed = |strangers: Vec<Vec<Piece>>| share(Sharing { strangers, ..two() });
    let mut dying = adding(0);
    dying.push(MapCall::Die);
    vec![
        share(Sharing { owner_dies: true, ..two() }),
        disturbed(vec![Vec::new()]),
        disturbed(vec![vec![Piece::Bytes(b"\x09\0\0\0\"hal".to_vec())], vec![Piece::Bytes(vec![3])]]),
        disturbed(vec![vec![Piece::Length(u32::MAX)], vec![Piece::Bytes(vec![0xff; 300])]]),
        disturbed(vec![vec![Piece::Body(b"?".to_vec())], vec![Piece::Body(Vec::new())], vec![Piece::Frame(number(1))]]),
        share(among_themselves(vec![dying, adding(1), adding(2)])),
    ]
}
