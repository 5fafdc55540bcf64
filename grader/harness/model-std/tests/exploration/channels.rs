//! Channels: their order, their ends, their bounds.

use std::sync::mpsc::{self, RecvTimeoutError, TryRecvError, TrySendError};
use std::thread;
use std::time::Duration;

use protocol::explore::FailureKind;

use crate::explorer::{explore, fails_again, observations};

#[test]
fn messages_keep_the_order_of_each_sender() {
    let body = || {
        let (sender, receiver) = mpsc::channel();
        for number in 0..2 {
            let sender = sender.clone();
            thread::spawn(move || (0..2).for_each(|count| sender.send(number * 10 + count).unwrap()));
        }
        drop(sender);
        receiver.into_iter().collect()
    };
    // As many merges as there are interleavings of two and two.
    assert_eq!(observations(&body).len(), 6);
}

#[test]
fn a_bounded_channel_holds_its_senders() {
    let body = || {
        let (sender, receiver) = mpsc::sync_channel(1);
        let thread = thread::spawn(move || {
            sender.send(1).unwrap();
            let full = matches!(sender.try_send(2), Err(TrySendError::Full(2)));
            let _ = sender.send(3);
            u8::from(full)
        });
        let mut received: Vec<u8> = receiver.iter().collect();
        received.insert(0, thread.join().unwrap());
        received
    };
    assert_eq!(observations(&body), [vec![0, 1, 2, 3], vec![1, 1, 3]].into());
}

#[test]
fn a_channel_without_room_hands_over() {
    let body = || {
        let (sender, receiver) = mpsc::sync_channel(0);
        let other = sender.clone();
        let first = thread::spawn(move || sender.send(1).is_ok());
        let second = thread::spawn(move || other.send(2).is_ok());
        let received = receiver.recv().unwrap();
        drop(receiver);
        let sent = [first.join().unwrap(), second.join().unwrap()];
        assert!(sent[usize::from(received) - 1], "who was heard has sent");
        vec![received, sent.iter().filter(|sent| **sent).count() as u8]
    };
    assert_eq!(observations(&body), [vec![1, 1], vec![2, 1]].into());
}

#[test]
fn trying_to_hand_over_needs_a_receiver_that_waits() {
    let body = || {
        let (sender, receiver) = mpsc::sync_channel(0);
        let thread = thread::spawn(move || receiver.recv().is_ok());
        let sent = sender.try_send(1).is_ok();
        drop(sender);
        vec![u8::from(sent), u8::from(thread.join().unwrap())]
    };
    assert_eq!(observations(&body), [vec![0, 0], vec![1, 1]].into());
}

#[test]
fn ends_that_are_gone_are_errors() {
    let body = || {
        let (sender, receiver) = mpsc::channel::<u8>();
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
        drop(sender.clone());
        assert_eq!(receiver.recv_timeout(Duration::from_secs(1)), Err(RecvTimeoutError::Timeout));
        sender.send(1).unwrap();
        drop(sender);
        assert_eq!(receiver.recv(), Ok(1));
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
        let (sender, receiver) = mpsc::channel::<u8>();
        drop(receiver);
        vec![sender.send(7).unwrap_err().0]
    };
    assert_eq!(observations(&body), [vec![7]].into());
}

#[test]
fn waiting_for_oneself_is_a_deadlock() {
    let body = || {
        let (sender, receiver) = mpsc::channel::<u8>();
        let received = receiver.recv();
        drop(sender);
        vec![u8::from(received.is_ok())]
    };
    assert_eq!(fails_again(&body, |_| true), FailureKind::Deadlock);
}

#[test]
fn a_time_out_loses_no_message() {
    let body = || {
        let (sender, receiver) = mpsc::channel();
        let thread = thread::spawn(move || sender.send(1_u8));
        let mut received: Vec<u8> = receiver.recv_timeout(Duration::from_secs(1)).into_iter().collect();
        received.extend(receiver.iter());
        let _ = thread.join().unwrap();
        received
    };
    let exploration = explore(&body);
    assert_eq!((exploration.failure, exploration.reached.observations), (None, 1));
}
