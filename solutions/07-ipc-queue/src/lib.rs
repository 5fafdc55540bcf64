//! Exercise 7: a queue between processes.
//!
//! A message travels as a frame: its length in four bytes, little endian, then that many bytes of JSON. On top of that
//! stand a queue from many processes to one, a connection of two, and a map that one process owns for all.

mod conn;
mod framing;
mod gather;
mod map;

pub use conn::{Conn, duplex};
pub use framing::{LONGEST, Receiver, RecvError, SendError, Sender};
pub use gather::{ProducerError, gather};
pub use map::{MapError, SharedMap, serve_shared_map};
