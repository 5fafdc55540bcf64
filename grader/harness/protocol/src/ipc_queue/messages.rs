//! Messages of the tests, and the frames that carry them.

use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use super::AROUND_TEXT;

/// Texts that are longer than this are told by length and digest.
const TOLD: usize = 200;

/// A message of the tests.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Message {
    /// As empty as a message can be.
    Nothing,
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
    /// Something with parts.
    Pair {
        /// One part.
        left: String,
        /// The other.
        right: Vec<i64>,
    },
}

/// A message, or how to make it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Item {
    /// This one.
    Exactly(Message),
    /// A text of this many bytes.
    Filler {
        /// The bytes of the text, all of them ASCII.
        length: usize,
        /// Where the text comes from.
        seed: u64,
    },
}

/// A message as it is told to the grader.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Got {
    /// A short one.
    Message(Message),
    /// A long text.
    Long {
        /// Its bytes.
        length: usize,
        /// A digest of them.
        digest: u64,
    },
}

/// A piece of a stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Piece {
    /// A whole frame.
    Frame(Item),
    /// The beginning of a frame.
    Beginning(Item, usize),
    /// The length of a frame.
    Length(u32),
    /// A frame of these bytes, whatever they are.
    Body(Vec<u8>),
    /// These bytes.
    Bytes(Vec<u8>),
}

/// A part of what a writer took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Found {
    /// A frame with a message.
    Frame(Got),
    /// A frame with something else.
    Other {
        /// Its length.
        length: usize,
    },
    /// Fewer bytes than make a frame.
    Rest {
        /// How many.
        bytes: usize,
    },
}

impl Item {
    /// The message.
    pub fn message(&self) -> Message {
        match self {
            Self::Exactly(message) => message.clone(),
            Self::Filler { length, seed } => Message::Text(filler(*length, *seed)),
        }
    }

    /// The JSON of the message, made here.
    pub fn json(&self) -> Box<RawValue> {
        // A message of the tests has a JSON form.
        to_raw_value(&self.message()).unwrap_or_default()
    }

    /// The message as it is told to the grader.
    pub fn got(&self) -> Got {
        self.message().into()
    }

    /// How many bytes its JSON has.
    pub fn json_length(&self) -> usize {
        match self {
            // A text without anything to escape, and `{"Text":""}` around it.
            Self::Filler { length, .. } => length + AROUND_TEXT,
            Self::Exactly(_) => self.frame().len() - 4,
        }
    }

    /// Its frame.
    pub fn frame(&self) -> Vec<u8> {
        // A message of the tests has a JSON form.
        Piece::Body(serde_json::to_vec(&self.message()).unwrap_or_default()).bytes()
    }
}

impl Piece {
    /// The bytes.
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Frame(item) => item.frame(),
            Self::Beginning(item, length) => {
                let mut bytes = item.frame();
                bytes.truncate(*length);
                bytes
            }
            Self::Length(length) => length.to_le_bytes().to_vec(),
            Self::Body(body) => {
                let mut bytes = u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes().to_vec();
                bytes.extend(body);
                bytes
            }
            Self::Bytes(bytes) => bytes.clone(),
        }
    }
}

impl From<Message> for Got {
    fn from(message: Message) -> Self {
        match message {
            Message::Text(text) if text.len() > TOLD => {
                Self::Long { length: text.len(), digest: digest(text.as_bytes()) }
            }
            message => Self::Message(message),
        }
    }
}

/// Takes apart what a writer took.
pub fn take_apart(mut bytes: &[u8]) -> Vec<Found> {
    let mut found = Vec::new();
    while let Some((announced, rest)) = bytes.split_first_chunk::<4>() {
        let length = u32::from_le_bytes(*announced) as usize;
        let Some((body, after)) = rest.split_at_checked(length) else { break };
        found.push(match serde_json::from_slice::<Message>(body) {
            Ok(message) => Found::Frame(message.into()),
            Err(_) => Found::Other { length },
        });
        bytes = after;
    }
    if !bytes.is_empty() {
        found.push(Found::Rest { bytes: bytes.len() });
    }
    found
}

/// How many whole frames stand at the beginning of `bytes`.
pub fn whole_frames(mut bytes: &[u8]) -> usize {
    let mut count = 0;
    while let Some((announced, rest)) = bytes.split_first_chunk::<4>() {
        let Some(after) = rest.get(u32::from_le_bytes(*announced) as usize..) else { break };
        bytes = after;
        count += 1;
    }
    count
}

/// Printable ASCII without anything that JSON has to escape, and no two seeds alike.
fn filler(length: usize, seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut text = Vec::with_capacity(length + 8);
    while text.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        text.extend_from_slice(&state.to_le_bytes().map(|byte| b'a' + byte % 26));
    }
    text.truncate(length);
    // Letters are UTF-8.
    String::from_utf8(text).unwrap_or_default()
}

/// FNV-1a over words of eight bytes.
fn digest(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let step = |digest: u64, word: u64| (digest ^ word).wrapping_mul(0x0100_0000_01b3);
    let whole = words.iter().fold(0xcbf2_9ce4_8422_2325, |digest, word| step(digest, u64::from_be_bytes(*word)));
    step(whole, rest.iter().fold(0_u64, |word, byte| word << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_framed_can_be_taken_apart() {
        let items = [Item::Exactly(Message::Number(7)), Item::Filler { length: 1_000, seed: 3 }];
        let mut bytes: Vec<u8> = items.iter().flat_map(Item::frame).collect();
        bytes.extend([2, 0, 0, 0, b'"', b'"', 9]);
        let expected = [
            Found::Frame(items[0].got()),
            Found::Frame(items[1].got()),
            Found::Other { length: 2 },
            Found::Rest { bytes: 1 },
        ];
        assert_eq!(take_apart(&bytes), expected);
        assert_eq!(whole_frames(&bytes), 3);
    }

    #[test]
    fn the_length_of_json_is_known_without_making_it() {
        let long = Item::Filler { length: 1_000, seed: 3 };
        assert_eq!(long.json_length(), long.frame().len() - 4);
        assert_eq!(Item::Exactly(Message::Text("\n".to_owned())).json_length(), AROUND_TEXT + 2);
    }

    #[test]
    fn fillers_of_different_seeds_differ() {
        let got = |seed| Item::Filler { length: 64, seed }.got();
        let distinct: std::collections::BTreeSet<String> = (0..1_000).map(|seed| format!("{:?}", got(seed))).collect();
        assert_eq!(distinct.len(), 1_000);
    }
}
