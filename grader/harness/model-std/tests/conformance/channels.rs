//! Channels.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

pub(super) fn messages_arrive_in_order() -> String {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || (0..4).for_each(|number| sender.send(number).unwrap()));
    format!("{:?}", receiver.iter().collect::<Vec<_>>())
}

pub(super) fn all_messages_of_all_senders_arrive() -> String {
    let (sender, receiver) = mpsc::sync_channel(1);
    for number in 0..3 {
        let sender = sender.clone();
        thread::spawn(move || (0..4).for_each(|count| sender.send(number * 4 + count).unwrap()));
    }
    drop(sender);
    receiver.into_iter().sum::<u32>().to_string()
}

pub(super) fn a_full_channel_refuses() -> String {
    let (sender, receiver) = mpsc::sync_channel(2);
    let results = [1, 2, 3].map(|number| sender.try_send(number));
    let refused = match results[2] {
        Err(mpsc::TrySendError::Full(number)) => format!("Full({number})"),
        other => format!("{other:?}"),
    };
    format!("{refused} {:?}", receiver.try_iter().collect::<Vec<_>>())
}

pub(super) fn a_channel_without_room_waits_for_the_receiver() -> String {
    let (sender, receiver) = mpsc::sync_channel(0);
    let thread = thread::spawn(move || (0..3).for_each(|number| sender.send(number).unwrap()));
    let received: Vec<i32> = receiver.iter().collect();
    thread.join().unwrap();
    format!("{received:?}")
}

pub(super) fn ends_that_are_gone_are_told() -> String {
    let (sender, receiver) = mpsc::channel();
    drop(receiver);
    let sent = sender.send(1).unwrap_err();
    let (sender, receiver) = mpsc::channel::<u8>();
    drop(sender);
    let (received, tried) = (receiver.recv().unwrap_err(), receiver.try_recv().unwrap_err());
    let (sender, receiver) = mpsc::sync_channel(1);
    drop(receiver);
    let refused = match sender.try_send(2) {
        Err(mpsc::TrySendError::Disconnected(number)) => format!("Disconnected({number})"),
        other => format!("{other:?}"),
    };
    format!("SendError({}) {received:?} {tried:?} {refused}", sent.0)
}

pub(super) fn a_receiver_waits_no_longer_than_told() -> String {
    let (sender, receiver) = mpsc::channel::<u8>();
    let timed = receiver.recv_timeout(Duration::from_millis(1)).unwrap_err();
    let tried = receiver.try_recv().unwrap_err();
    drop(sender);
    format!("{timed:?} {tried:?}")
}

pub(super) fn messages_outlive_their_sender() -> String {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || (1..3).for_each(|number| sender.send(number).unwrap())).join().unwrap();
    format!("{:?}", receiver.iter().collect::<Vec<_>>())
}

/// Counts how often it is dropped.
struct Counted<'a>(&'a AtomicUsize);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

pub(super) fn what_is_not_received_is_dropped() -> String {
    let dropped = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    for _ in 0..2 {
        assert!(sender.send(Counted(&dropped)).is_ok());
    }
    drop(receiver);
    dropped.load(SeqCst).to_string()
}
