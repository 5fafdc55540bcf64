//! Uses a bit of everything, as any program may.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::fmt::{self, Display, Write as _};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, OnceLock, RwLock, mpsc};
use std::time::{Duration, Instant};
use std::{env, mem, ptr, thread};

thread_local! {
    static DEPTH: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
    static NAMES: std::cell::RefCell<Vec<String>> = std::cell::RefCell::new(Vec::new());
}

static STARTED: OnceLock<Instant> = OnceLock::new();

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Job {
    pub name: String,
    pub target: Option<PathBuf>,
}

#[derive(Debug)]
pub enum JobError {
    Io(io::Error),
    Poisoned,
}

impl Display for JobError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(formatter, "i/o: {error}"),
            Self::Poisoned => formatter.write_str("poisoned"),
        }
    }
}

impl std::error::Error for JobError {}

impl From<io::Error> for JobError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl<T> From<std::sync::PoisonError<T>> for JobError {
    fn from(_: std::sync::PoisonError<T>) -> Self {
        Self::Poisoned
    }
}

pub struct Pool {
    queue: Arc<(Mutex<VecDeque<Job>>, Condvar)>,
    seen: RwLock<HashSet<String>>,
}

impl Pool {
    pub fn push(&self, job: Job) -> Result<(), JobError> {
        STARTED.get_or_init(Instant::now);
        DEPTH.set(DEPTH.get() + 1);
        NAMES.with_borrow_mut(|names| names.push(job.name.clone()));
        self.seen.write()?.insert(job.name.clone());
        self.queue.0.lock()?.push_back(job);
        self.queue.1.notify_one();
        Ok(())
    }

    pub fn pop(&self, limit: Duration) -> Result<Option<Job>, JobError> {
        let (mut queue, _) = self.queue.1.wait_timeout_while(self.queue.0.lock()?, limit, |queue| queue.is_empty())?;
        Ok(queue.pop_front())
    }
}

pub fn count(path: &Path) -> Result<BTreeMap<String, usize>, JobError> {
    let mut counts = BTreeMap::new();
    for line in BufReader::new(File::open(path)?).lines() {
        for word in line?.split_whitespace() {
            *counts.entry(word.to_owned()).or_default() += 1;
        }
    }
    Ok(counts)
}

pub fn gather(workers: usize) -> HashMap<usize, String> {
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for number in 0..workers {
            let sender = sender.clone();
            scope.spawn(move || sender.send((number, format!("{number:>3}"))).unwrap());
        }
        drop(sender);
        receiver.into_iter().collect()
    })
}

pub fn macros(values: &[u8]) -> String {
    assert!(!values.is_empty(), "no values");
    assert_eq!(values.len(), values.iter().count());
    assert_ne!(values.len(), 0);
    debug_assert!(matches!(values, [_, ..]));
    let mut text = String::new();
    write!(text, "{}", vec![1, 2].len()).unwrap();
    writeln!(text, "{}{}{}", line!(), column!(), file!()).unwrap();
    println!("{values:?}");
    eprintln!("{}", concat!("a", 1));
    print!("{}", stringify!(a b));
    eprint!("{}", module_path!());
    let doubled = dbg!(values.len() * 2);
    if cfg!(test) || doubled > usize::MAX / 2 {
        unreachable!("{}", option_env!("NOTHING").unwrap_or("nothing"));
    }
    match values {
        [1] => todo!(),
        [2] => unimplemented!("{}", 2),
        [3] => panic!("{}", 3),
        _ => text,
    }
}

pub fn plain_data(address: &str) -> Option<(IpAddr, SocketAddr)> {
    Some((address.parse().ok()?, format!("{address}:80").parse().ok()?))
}

pub fn copy(mut input: impl Read, mut output: impl Write) -> io::Result<u64> {
    io::copy(&mut input, &mut output)
}

pub fn rest(mut value: Vec<u8>) -> (Vec<u8>, bool, Option<String>) {
    let taken = mem::take(&mut value);
    let same = ptr::eq(&value, &value);
    (taken, same, env::var("HOME").ok())
}

pub async fn later(value: u8) -> u8 {
    std::future::ready(value).await
}
