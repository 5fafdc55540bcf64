//! The set of threads that can run, in round-robin order: [`ReadySet`].
//!
//! One bit a thread, so that a handful of threads costs one word and thousands still cost little. It knows nothing of
//! why a thread is ready.

/// Which threads can run.
#[derive(Debug, Default)]
pub(crate) struct ReadySet {
    words: Vec<u64>,
    count: usize,
}

impl ReadySet {
    /// Forgets every thread.
    pub(crate) fn clear(&mut self) {
        self.words.fill(0);
        self.count = 0;
    }

    /// How many threads can run.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Says whether a thread can run.
    pub(crate) fn set(&mut self, thread: usize, ready: bool) {
        let (place, bit) = (thread / 64, 1 << (thread % 64));
        if place >= self.words.len() {
            self.words.resize(place + 1, 0);
        }
        let word = &mut self.words[place];
        if (*word & bit != 0) != ready {
            *word ^= bit;
            self.count = if ready { self.count + 1 } else { self.count - 1 };
        }
    }

    /// The `k`-th ready thread, from 0, counted round-robin from `start` on; `None` if there are not so many.
    pub(crate) fn nth_from(&self, start: usize, k: usize) -> Option<usize> {
        let mut left = k;
        for (place, word) in self.words_from(start) {
            let here = word.count_ones() as usize;
            if left < here {
                return Some(place * 64 + nth_bit(word, left));
            }
            left -= here;
        }
        None
    }

    /// The ready threads, round-robin from `start` on.
    pub(crate) fn iter_from(&self, start: usize) -> impl Iterator<Item = usize> + '_ {
        self.words_from(start).flat_map(|(place, word)| {
            let lowest = |&word: &u64| Some(word & word.wrapping_sub(1)).filter(|&rest| rest != 0);
            let words = std::iter::successors(Some(word).filter(|&word| word != 0), lowest);
            words.map(move |word| place * 64 + word.trailing_zeros() as usize)
        })
    }

    /// The words round-robin from that of `start` on, with their places. That one comes twice: its upper part first, its
    /// lower part after all others.
    fn words_from(&self, start: usize) -> impl Iterator<Item = (usize, u64)> + '_ {
        let count = self.words.len();
        let first = if start / 64 < count { start / 64 } else { 0 };
        let upper = if start / 64 < count { u64::MAX << (start % 64) } else { u64::MAX };
        (0..=count).filter(move |_| count > 0).map(move |turn| {
            let place = (first + turn) % count;
            let mask = match turn {
                0 => upper,
                turn if turn == count => !upper,
                _ => u64::MAX,
            };
            (place, self.words[place] & mask)
        })
    }
}

/// The place of the `n`-th set bit of a word that has so many.
fn nth_bit(mut word: u64, n: usize) -> usize {
    for _ in 0..n {
        word &= word - 1;
    }
    word.trailing_zeros() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(threads: &[usize]) -> ReadySet {
        let mut ready = ReadySet::default();
        for &thread in threads {
            ready.set(thread, true);
        }
        ready
    }

    /// All threads in order, asked for one by one and all at once.
    fn order(ready: &ReadySet, start: usize) -> Vec<usize> {
        let order: Vec<usize> = (0..ready.count()).map(|k| ready.nth_from(start, k).unwrap()).collect();
        assert_eq!(ready.iter_from(start).collect::<Vec<_>>(), order);
        order
    }

    #[test]
    fn order_is_round_robin_from_the_start() {
        let ready = set(&[0, 2, 5, 63]);
        let order = |start| order(&ready, start);
        assert_eq!(order(0), [0, 2, 5, 63]);
        assert_eq!(order(1), [2, 5, 63, 0]);
        assert_eq!(order(5), [5, 63, 0, 2]);
        assert_eq!(order(64), [0, 2, 5, 63]);
        assert_eq!(ready.nth_from(0, 4), None);
    }

    #[test]
    fn order_crosses_words() {
        let ready = set(&[1, 64, 70, 200]);
        let order = |start| order(&ready, start);
        assert_eq!(order(65), [70, 200, 1, 64]);
        assert_eq!(order(2), [64, 70, 200, 1]);
        assert_eq!(order(201), [1, 64, 70, 200]);
        assert_eq!(order(1000), [1, 64, 70, 200]);
    }

    #[test]
    fn setting_twice_counts_once() {
        let mut ready = set(&[3, 3, 9]);
        ready.set(9, false);
        ready.set(9, false);
        assert_eq!((ready.count(), ready.nth_from(0, 0)), (1, Some(3)));
        ready.clear();
        assert_eq!((ready.count(), ready.nth_from(0, 0)), (0, None));
    }
}
