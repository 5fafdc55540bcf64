//! Calls and answers as a student would write them.

use std::fmt;

use super::{Dispatch, Ended, Got, MapAnswer, MapCall, Receipt};

impl fmt::Display for Dispatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sent => f.write_str("Ok(())"),
            Self::Closed => f.write_str("Err(Closed)"),
            Self::TooLarge => f.write_str("Err(TooLarge)"),
            Self::Encode => f.write_str("Err(Encode)"),
            Self::Io => f.write_str("Err(Io)"),
            Self::Panicked(panic) => write!(f, "panic: {}", panic.message),
        }
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(got) => write!(f, "Ok(Some({got}))"),
            Self::End => f.write_str("Ok(None)"),
            Self::Truncated => f.write_str("Err(Truncated)"),
            Self::TooLarge { length } => write!(f, "Err(TooLarge {{ length: {length} }})"),
            Self::Malformed => f.write_str("Err(Malformed)"),
            Self::Io => f.write_str("Err(Io)"),
            Self::Panicked(panic) => write!(f, "panic: {}", panic.message),
        }
    }
}

impl fmt::Display for Got {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(message) => write!(f, "{message:?}"),
            Self::Long { length, .. } => write!(f, "a text of {length} bytes"),
        }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Well => "Ok(())",
            Self::Start => "Err(Start)",
            Self::Truncated => "Err(Receive(Truncated))",
            Self::TooLarge => "Err(Receive(TooLarge))",
            Self::Malformed => "Err(Receive(Malformed))",
            Self::Io => "Err(Receive(Io))",
            Self::Failed => "Err(Failed)",
            Self::Silent => "Err(Silent)",
        })
    }
}

impl fmt::Display for MapCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Get(key) => write!(f, "get({key:?})"),
            Self::Insert(key, value) => write!(f, "insert({key:?}, {value})"),
            Self::Add(key, amount) => write!(f, "update_add({key:?}, {amount})"),
            Self::AddMany(key, amount, times) => write!(f, "update_add({key:?}, {amount}), {times} times"),
            Self::Len => f.write_str("len()"),
            Self::Snapshot => f.write_str("snapshot()"),
            Self::Die => f.write_str("(killed)"),
        }
    }
}

impl fmt::Display for MapAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Maybe(value) => write!(f, "{value:?}"),
            Self::Value(value) => value.fmt(f),
            Self::Values(values) => write!(f, "{} values", values.len()),
            Self::Len(len) => len.fmt(f),
            Self::Snapshot(map) => write!(f, "{map:?}"),
            Self::Failed(error) => write!(f, "an error: {error}"),
            Self::Panicked(panic) => write!(f, "panic: {}", panic.message),
        }
    }
}
