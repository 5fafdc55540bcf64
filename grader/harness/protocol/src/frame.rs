//! Frames: a length of four bytes (little endian), then that many bytes of JSON.
//!
//! A frame is refused by its length before anything is allocated for it, since what arrives from a submission's process
//! may be forged.

use std::io::{self, Read, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The longest frame that either side accepts, in bytes.
pub const LONGEST: usize = 16 << 20;

/// Why no message could be had from a stream.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The peer closed the stream between two frames.
    #[error("the stream ended")]
    Ended,
    /// The peer closed the stream inside a frame.
    #[error("the stream ended inside a frame")]
    Truncated,
    /// The announced length is above [`LONGEST`].
    #[error("a frame of {length} bytes is above the limit of {LONGEST} bytes")]
    TooLong {
        /// The announced length in bytes.
        length: usize,
    },
    /// The bytes are not the message that was expected.
    #[error("a frame does not hold the expected message")]
    Malformed(#[source] serde_json::Error),
    /// The stream itself failed.
    #[error("the stream failed")]
    Stream(#[source] io::Error),
}

/// Writes one message as a frame.
///
/// # Errors
/// [`FrameError::Malformed`] if the message has no JSON form, [`FrameError::TooLong`] if that form is too long,
/// [`FrameError::Stream`] if the peer is gone.
pub fn write<M: Serialize>(stream: &mut impl Write, message: &M) -> Result<(), FrameError> {
    let mut bytes = vec![0; 4];
    serde_json::to_writer(&mut bytes, message).map_err(FrameError::Malformed)?;
    let length = bytes.len() - 4;
    let announced = u32::try_from(length).ok().filter(|_| length <= LONGEST).ok_or(FrameError::TooLong { length })?;
    bytes[..4].copy_from_slice(&announced.to_le_bytes());
    stream.write_all(&bytes).map_err(FrameError::Stream)
}

/// Reads one message.
///
/// # Errors
/// [`FrameError::Ended`] at the end of the stream; any other variant if the peer broke the protocol.
pub fn read<M: DeserializeOwned>(stream: &mut impl Read) -> Result<M, FrameError> {
    let mut announced = [0; 4];
    match read_fully(stream, &mut announced)? {
        0 => return Err(FrameError::Ended),
        4 => {}
        _ => return Err(FrameError::Truncated),
    }
    let length = u32::from_le_bytes(announced) as usize;
    if length > LONGEST {
        return Err(FrameError::TooLong { length });
    }
    let mut bytes = vec![0; length];
    if read_fully(stream, &mut bytes)? < length {
        return Err(FrameError::Truncated);
    }
    serde_json::from_slice(&bytes).map_err(FrameError::Malformed)
}

/// Fills `bytes` as far as the stream goes; returns how many bytes there were.
fn read_fully(stream: &mut impl Read, bytes: &mut [u8]) -> Result<usize, FrameError> {
    let mut filled = 0;
    while filled < bytes.len() {
        match stream.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(FrameError::Stream(error)),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_comes_back_as_it_was_sent() {
        let mut stream = Vec::new();
        write(&mut stream, &vec!["one", "two"]).unwrap();
        let message: Vec<String> = read(&mut stream.as_slice()).unwrap();
        assert_eq!(message, ["one", "two"]);
    }

    #[test]
    fn the_end_between_frames_differs_from_the_end_inside_one() {
        let mut stream = Vec::new();
        write(&mut stream, &1).unwrap();
        assert!(matches!(read::<u8>(&mut [].as_slice()), Err(FrameError::Ended)));
        for cut in 1..stream.len() {
            assert!(matches!(read::<u8>(&mut &stream[..cut]), Err(FrameError::Truncated)), "cut at {cut}");
        }
    }

    #[test]
    fn a_forged_length_is_refused_before_its_bytes_are_awaited() {
        let stream = u32::MAX.to_le_bytes();
        assert!(matches!(read::<u8>(&mut stream.as_slice()), Err(FrameError::TooLong { .. })));
    }
}
