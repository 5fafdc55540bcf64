//! What the answers of a shared map may be.

use std::collections::{BTreeMap, BTreeSet};

use protocol::ipc_queue::{MapAnswer, MapCall, Observation, Order, Shared, Sharing};

use super::{lines, panicked, unasked};
use crate::judge::{Fault, Round};
use crate::verdict::Repeats;

/// A shared map with its clients.
pub(super) fn share(sharing: Sharing) -> Round {
    Round::new(&Order::Share(sharing.clone()), Repeats::Roughly, move |observation| match observation {
        Observation::Shared(shared) => judge(&sharing, &shared),
        other => Some(unasked(&other)),
    })
}

fn judge(sharing: &Sharing, shared: &Shared) -> Option<Fault> {
    every_call_answered(sharing, shared)
        .or_else(
            || if sharing.clients.len() == 1 { one_client(sharing, shared) } else { many_clients(sharing, shared) },
        )
        .or_else(|| without_owner(sharing, shared))
}

/// Every call of every client got an answer that is none of error or panic.
fn every_call_answered(sharing: &Sharing, shared: &Shared) -> Option<Fault> {
    let clients = sharing.clients.iter().zip(&shared.clients).enumerate();
    let clients = clients.map(|(client, (calls, answers))| (format!("client {client}"), calls, answers));
    let last = ("a client that came after the others".to_owned(), &sharing.after, &shared.after);
    for (who, calls, answers) in clients.chain([last]) {
        for (at, call) in calls.iter().take_while(|call| **call != MapCall::Die).enumerate() {
            match answers.get(at) {
                Some(MapAnswer::Panicked(panic)) => return Some(panicked(&call.to_string(), panic)),
                Some(MapAnswer::Failed(error)) => {
                    return Some(Fault::wrong(
                        format!("{who} called `{call}` and got an error: {error}"),
                        "the owner answers every call",
                    ));
                }
                Some(_) => {}
                None => {
                    return Some(Fault::wrong(
                        format!("{who} called `{call}` and never got an answer"),
                        "the owner answers every call",
                    ));
                }
            }
        }
    }
    None
}

/// One client after the other: every answer is known.
fn one_client(sharing: &Sharing, shared: &Shared) -> Option<Fault> {
    let mut map = BTreeMap::new();
    let calls = sharing.clients[0].iter().chain(&sharing.after);
    let answers = shared.clients[0].iter().chain(&shared.after);
    let mut told = Vec::new();
    for (call, answer) in calls.zip(answers) {
        let required = answer_of(&mut map, call);
        told.push(format!("{call} → {answer}"));
        if *answer != required {
            let fault = Fault::wrong(format!("`{call}` returned {answer}"), format!("`{call}` returns {required}"));
            return Some(fault.with_witness(lines(told)));
        }
    }
    None
}

/// What a call on a map returns, and does.
fn answer_of(map: &mut BTreeMap<String, i64>, call: &MapCall) -> MapAnswer {
    let mut add = |key: &String, amount: i64| {
        let value = map.entry(key.clone()).or_insert(0);
        *value = value.wrapping_add(amount);
        *value
    };
    match call {
        MapCall::Get(key) => MapAnswer::Maybe(map.get(key).copied()),
        MapCall::Insert(key, value) => MapAnswer::Maybe(map.insert(key.clone(), *value)),
        MapCall::Add(key, amount) => MapAnswer::Value(add(key, *amount)),
        MapCall::AddMany(key, amount, times) => MapAnswer::Values((0..*times).map(|_| add(key, *amount)).collect()),
        MapCall::Len | MapCall::Die => MapAnswer::Len(map.len()),
        MapCall::Snapshot => MapAnswer::Snapshot(map.clone()),
    }
}

/// Many clients at once. Each key is used by one kind of call only, so what its answers may be is known without their
/// order.
fn many_clients(sharing: &Sharing, shared: &Shared) -> Option<Fault> {
    let mut keys = Keys::default();
    for (calls, answers) in sharing.clients.iter().zip(&shared.clients) {
        for (call, answer) in calls.iter().zip(answers) {
            keys.note(call, answer);
        }
    }
    let last = sharing.after.iter().zip(&shared.after);
    let snapshot = last.clone().find_map(|(_, answer)| match answer {
        MapAnswer::Snapshot(map) => Some(map),
        _ => None,
    })?;
    keys.lost_updates(snapshot).or_else(|| keys.lost_inserts(snapshot)).or_else(|| keys.torn_snapshots()).or_else(
        || {
            last.clone().find_map(|(call, answer)| match (call, answer) {
                (MapCall::Len, MapAnswer::Len(len)) if *len != snapshot.len() => Some(Fault::wrong(
                    format!("`len()` returned {len}, and `snapshot()` has {} keys", snapshot.len()),
                    "the two agree when nobody else uses the map",
                )),
                (MapCall::Get(key), MapAnswer::Maybe(value)) if *value != snapshot.get(key).copied() => {
                    Some(Fault::wrong(
                        format!("`{call}` returned {value:?}, and `snapshot()` has {:?}", snapshot.get(key)),
                        "the two agree when nobody else uses the map",
                    ))
                }
                _ => None,
            })
        },
    )
}

/// What became of each key.
#[derive(Default)]
struct Keys {
    /// The values that additions of one returned.
    added: BTreeMap<String, Vec<i64>>,
    /// What was inserted, and what that replaced.
    inserted: BTreeMap<String, (BTreeSet<i64>, Vec<Option<i64>>)>,
    /// Snapshots, while others used the map.
    snapshots: Vec<BTreeMap<String, i64>>,
}

impl Keys {
    fn note(&mut self, call: &MapCall, answer: &MapAnswer) {
        match (call, answer) {
            (MapCall::Add(key, 1), MapAnswer::Value(value)) => self.added.entry(key.clone()).or_default().push(*value),
            (MapCall::AddMany(key, 1, _), MapAnswer::Values(values)) => {
                self.added.entry(key.clone()).or_default().extend(values);
            }
            (MapCall::Insert(key, value), MapAnswer::Maybe(before)) => {
                let (inserted, replaced) = self.inserted.entry(key.clone()).or_default();
                inserted.insert(*value);
                replaced.push(*before);
            }
            (MapCall::Snapshot, MapAnswer::Snapshot(map)) => self.snapshots.push(map.clone()),
            _ => {}
        }
    }

    /// Additions of one return 1, 2, 3 and so on, each once.
    fn lost_updates(&self, last: &BTreeMap<String, i64>) -> Option<Fault> {
        self.added.iter().find_map(|(key, values)| {
            let count = values.len();
            let distinct: BTreeSet<i64> = values.iter().copied().collect();
            if distinct.len() < count {
                return Some(Fault::wrong(
                    format!("{count} calls of `update_add({key:?}, 1)` returned {} different values", distinct.len()),
                    "each of them returns a value of its own",
                ));
            }
            let value = last.get(key).copied().unwrap_or(0);
            (usize::try_from(value) != Ok(count) || distinct.last() != Some(&value)).then(|| {
                Fault::wrong(
                    format!("{count} calls of `update_add({key:?}, 1)` left {value}"),
                    format!("they leave {count}"),
                )
            })
        })
    }

    /// What an insertion replaces was there, and is replaced once.
    fn lost_inserts(&self, last: &BTreeMap<String, i64>) -> Option<Fault> {
        self.inserted.iter().find_map(|(key, (inserted, replaced))| {
            let mut left: BTreeSet<Option<i64>> = inserted.iter().copied().map(Some).collect();
            left.insert(None);
            let explained = replaced.iter().all(|value| left.remove(value));
            let value = last.get(key).copied();
            (!explained || left.len() != 1 || !left.contains(&value)).then(|| {
                Fault::wrong(
                    format!("what the calls of `insert({key:?}, …)` replaced is not what they had stored"),
                    "each stored value is replaced once, but for the last",
                )
            })
        })
    }

    /// One client adds to `first`, then to `second`, and so on: `first` is never behind, and at most one ahead.
    fn torn_snapshots(&self) -> Option<Fault> {
        self.snapshots.iter().find_map(|map| {
            let value = |key| map.get(key).copied().unwrap_or(0);
            let (first, second) = (value("first"), value("second"));
            (first != second && first != second + 1).then(|| {
                Fault::wrong(
                    format!("a snapshot has {first} for \"first\" and {second} for \"second\""),
                    "one client adds to the two in turn, so at every moment they differ by at most one",
                )
            })
        })
    }
}

fn without_owner(sharing: &Sharing, shared: &Shared) -> Option<Fault> {
    if !sharing.owner_dies {
        return None;
    }
    match shared.without_owner.as_ref()? {
        MapAnswer::Failed(_) => None,
        MapAnswer::Panicked(panic) => Some(panicked("len()", panic)),
        answer => Some(Fault::wrong(
            format!("the owner had been killed, and `len()` returned {answer}"),
            "without its owner a call on the map is an error",
        )),
    }
}
