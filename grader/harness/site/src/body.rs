//! Bodies: text, or a pattern of any length that is computed and never stored.

use std::io::{self, Read};

use serde::{Deserialize, Serialize};

use crate::ORIGIN;

/// The content of a reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    /// Text, in which [`ORIGIN`] stands for the site's origin.
    Text(String),
    /// Bytes that a seed determines.
    Pattern(Pattern),
}

/// Bytes that a seed determines: as long as one likes, and readable from any place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pattern {
    /// What determines them.
    pub seed: u64,
    /// How many there are.
    pub length: u64,
}

/// A digest of bytes, to tell a whole file from a damaged one. Whoever wants to can forge it.
#[derive(Clone, Copy, Debug)]
pub struct Digest {
    state: u64,
    /// Bytes that do not make up a word yet, the first of them lowest.
    rest: u64,
    length: u64,
}

impl Body {
    /// A pattern.
    pub fn pattern(seed: u64, length: u64) -> Self {
        Self::Pattern(Pattern { seed, length })
    }

    /// The length in bytes at this origin.
    pub fn length(&self, origin: &str) -> u64 {
        match self {
            Self::Text(text) => text.replace(ORIGIN, origin).len() as u64,
            Self::Pattern(pattern) => pattern.length,
        }
    }

    /// The bytes at this origin.
    pub fn reader(&self, origin: &str) -> Box<dyn Read + Send> {
        match self {
            Self::Text(text) => Box::new(io::Cursor::new(text.replace(ORIGIN, origin).into_bytes())),
            Self::Pattern(pattern) => Box::new(pattern.reader()),
        }
    }

    /// The digest of the bytes at this origin.
    pub fn digest(&self, origin: &str) -> u64 {
        let mut digest = Digest::default();
        let mut reader = self.reader(origin);
        let mut buffer = [0; 4096];
        // Neither a text nor a pattern fails to be read.
        while let Ok(count @ 1..) = reader.read(&mut buffer) {
            digest.add(&buffer[..count]);
        }
        digest.value()
    }
}

impl Pattern {
    /// The bytes from the first on.
    pub fn reader(self) -> impl Read + Send + use<> {
        PatternReader { pattern: self, at: 0 }
    }

    /// The eight bytes that begin at eight times `index`.
    fn word(self, index: u64) -> [u8; 8] {
        mixed(self.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(index)).to_le_bytes()
    }
}

struct PatternReader {
    pattern: Pattern,
    at: u64,
}

impl Read for PatternReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.pattern.length - self.at).unwrap_or(usize::MAX);
        let count = buffer.len().min(left);
        let mut rest = &mut buffer[..count];
        while !rest.is_empty() {
            let word = self.pattern.word(self.at / 8);
            let word = &word[(self.at % 8) as usize..];
            let taken = word.len().min(rest.len());
            rest[..taken].copy_from_slice(&word[..taken]);
            rest = &mut rest[taken..];
            self.at += taken as u64;
        }
        Ok(count)
    }
}

impl Default for Digest {
    fn default() -> Self {
        Self { state: 0x243F_6A88_85A3_08D3, rest: 0, length: 0 }
    }
}

impl Digest {
    /// Adds bytes; how they are divided between calls makes no difference.
    pub fn add(&mut self, mut bytes: &[u8]) {
        while !self.length.is_multiple_of(8) {
            let Some((first, others)) = bytes.split_first() else { return };
            self.add_byte(*first);
            bytes = others;
        }
        let (words, others) = bytes.as_chunks::<8>();
        for word in words {
            self.state = folded(self.state, u64::from_le_bytes(*word));
        }
        self.length += 8 * words.len() as u64;
        for byte in others {
            self.add_byte(*byte);
        }
    }

    /// The digest of everything added.
    pub fn value(self) -> u64 {
        folded(folded(self.state, self.rest), self.length)
    }

    fn add_byte(&mut self, byte: u8) {
        self.rest |= u64::from(byte) << (8 * (self.length % 8));
        self.length += 1;
        if self.length.is_multiple_of(8) {
            self.state = folded(self.state, std::mem::take(&mut self.rest));
        }
    }
}

fn folded(state: u64, word: u64) -> u64 {
    mixed(state ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ state.rotate_left(23)
}

/// The finaliser of `SplitMix64`.
pub(crate) fn mixed(word: u64) -> u64 {
    let word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_the_same_bytes_however_it_is_read() {
        let pattern = Pattern { seed: 5, length: 1_000 };
        let mut whole = Vec::new();
        pattern.reader().read_to_end(&mut whole).unwrap();
        assert_eq!(whole.len(), 1_000);
        for step in [1, 3, 7, 8, 9, 64] {
            let mut reader = pattern.reader();
            let mut pieces = Vec::new();
            let mut piece = vec![0; step];
            while let Ok(count @ 1..) = reader.read(&mut piece) {
                pieces.extend_from_slice(&piece[..count]);
            }
            assert_eq!(pieces, whole, "in steps of {step}");
        }
    }

    #[test]
    fn a_digest_does_not_depend_on_how_the_bytes_are_divided_and_notices_one_bit() {
        let bytes: Vec<u8> = (0..=255).collect();
        let of = |parts: &[&[u8]]| {
            let mut digest = Digest::default();
            for part in parts {
                digest.add(part);
            }
            digest.value()
        };
        let whole = of(&[&bytes]);
        for cut in 0..bytes.len() {
            assert_eq!(of(&[&bytes[..cut], &bytes[cut..]]), whole, "cut at {cut}");
            let mut damaged = bytes.clone();
            damaged[cut] ^= 1;
            assert_ne!(of(&[&damaged]), whole, "damaged at {cut}");
            assert_ne!(of(&[&bytes[..cut]]), whole, "ended at {cut}");
        }
    }

    #[test]
    fn a_text_names_the_origin_at_which_it_is_served() {
        let body = Body::Text("<a href=\"{origin}/a\">".to_owned());
        let mut text = String::new();
        body.reader("http://here").read_to_string(&mut text).unwrap();
        assert_eq!(text, "<a href=\"http://here/a\">");
        assert_eq!(body.length("http://here"), text.len() as u64);
    }
}
