//! `std::sync::mpsc`: channels whose ends wait on the scheduler. The error types are the real ones.

mod channel;

use ::std::cell::Cell;
use ::std::fmt;
use ::std::marker::PhantomData;
use ::std::panic::{Location, RefUnwindSafe, UnwindSafe};
use ::std::sync::Arc;
use ::std::time::Duration;

pub use ::std::sync::mpsc::{RecvError, RecvTimeoutError, SendError, TryRecvError, TrySendError};

use crate::time::nanoseconds;
use channel::Channel;

/// A channel's end: the channel, and a word that gives it the size that it has in the standard library.
struct End<T> {
    channel: Arc<Channel<T>>,
    _size: usize,
}

impl<T> End<T> {
    fn new(channel: &Arc<Channel<T>>) -> Self {
        Self { channel: Arc::clone(channel), _size: 0 }
    }
}

/// `std::sync::mpsc::Sender`.
pub struct Sender<T> {
    end: End<T>,
}

/// `std::sync::mpsc::SyncSender`.
pub struct SyncSender<T> {
    end: End<T>,
}

/// `std::sync::mpsc::Receiver`.
pub struct Receiver<T> {
    end: End<T>,
    /// Only one thread at a time may receive.
    not_sync: PhantomData<Cell<()>>,
}

/// A channel without a bound.
#[must_use]
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let channel = Arc::new(Channel::new(None));
    (Sender { end: End::new(&channel) }, Receiver { end: End::new(&channel), not_sync: PhantomData })
}

/// A channel with room for so many messages.
#[must_use]
pub fn sync_channel<T>(bound: usize) -> (SyncSender<T>, Receiver<T>) {
    let channel = Arc::new(Channel::new(Some(bound)));
    (SyncSender { end: End::new(&channel) }, Receiver { end: End::new(&channel), not_sync: PhantomData })
}

impl<T> Sender<T> {
    /// Sends a message. Never waits.
    ///
    /// # Errors
    /// If the receiver is gone.
    #[track_caller]
    pub fn send(&self, message: T) -> Result<(), SendError<T>> {
        self.end.channel.send(message, Location::caller())
    }
}

impl<T> SyncSender<T> {
    /// Sends a message, and waits for room.
    ///
    /// # Errors
    /// If the receiver is gone.
    #[track_caller]
    pub fn send(&self, message: T) -> Result<(), SendError<T>> {
        self.end.channel.send(message, Location::caller())
    }

    /// Sends a message if there is room.
    ///
    /// # Errors
    /// If there is none, or the receiver is gone.
    #[track_caller]
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        self.end.channel.try_send(message, Location::caller())
    }
}

macro_rules! senders {
    ($($sender:ident $word:literal)*) => { $(
        impl<T> Clone for $sender<T> {
            fn clone(&self) -> Self {
                self.end.channel.add_sender();
                Self { end: End::new(&self.end.channel) }
            }
        }

        impl<T> Drop for $sender<T> {
            #[track_caller]
            fn drop(&mut self) {
                self.end.channel.remove_sender(Location::caller());
            }
        }

        impl<T> fmt::Debug for $sender<T> {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.debug_struct($word).finish_non_exhaustive()
            }
        }

        impl<T> UnwindSafe for $sender<T> {}
        impl<T> RefUnwindSafe for $sender<T> {}
    )* };
}

senders!(Sender "Sender" SyncSender "SyncSender");

impl<T> Receiver<T> {
    /// A message, if there is one.
    ///
    /// # Errors
    /// If there is none, or will never be.
    #[track_caller]
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        self.end.channel.try_receive(Location::caller())
    }

    /// Waits for a message.
    ///
    /// # Errors
    /// If all senders are gone.
    #[track_caller]
    pub fn recv(&self) -> Result<T, RecvError> {
        self.end.channel.receive(None, Location::caller()).map_err(|_| RecvError)
    }

    /// Waits for a message for at most so long.
    ///
    /// # Errors
    /// If the time is over, or all senders are gone.
    #[track_caller]
    pub fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        self.end.channel.receive(Some(nanoseconds(timeout)), Location::caller())
    }

    /// All messages, waiting for each.
    pub fn iter(&self) -> Iter<'_, T> {
        Iter { receiver: self }
    }

    /// The messages that are there.
    pub fn try_iter(&self) -> TryIter<'_, T> {
        TryIter { receiver: self }
    }
}

impl<T> Drop for Receiver<T> {
    #[track_caller]
    fn drop(&mut self) {
        self.end.channel.remove_receiver(Location::caller());
    }
}

impl<T> UnwindSafe for Receiver<T> {}
impl<T> RefUnwindSafe for Receiver<T> {}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Receiver").finish_non_exhaustive()
    }
}

/// `std::sync::mpsc::Iter`.
#[derive(Debug)]
pub struct Iter<'a, T: 'a> {
    receiver: &'a Receiver<T>,
}

/// `std::sync::mpsc::TryIter`.
#[derive(Debug)]
pub struct TryIter<'a, T: 'a> {
    receiver: &'a Receiver<T>,
}

/// `std::sync::mpsc::IntoIter`.
#[derive(Debug)]
pub struct IntoIter<T> {
    receiver: Receiver<T>,
}

impl<T> Iterator for Iter<'_, T> {
    type Item = T;

    #[track_caller]
    fn next(&mut self) -> Option<T> {
        self.receiver.recv().ok()
    }
}

impl<T> Iterator for TryIter<'_, T> {
    type Item = T;

    #[track_caller]
    fn next(&mut self) -> Option<T> {
        self.receiver.try_recv().ok()
    }
}

impl<T> Iterator for IntoIter<T> {
    type Item = T;

    #[track_caller]
    fn next(&mut self) -> Option<T> {
        self.receiver.recv().ok()
    }
}

impl<'a, T> IntoIterator for &'a Receiver<T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<T> IntoIterator for Receiver<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    fn into_iter(self) -> IntoIter<T> {
        IntoIter { receiver: self }
    }
}
