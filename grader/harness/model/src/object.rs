//! What an operation works on: [`Object`], known by its address.

/// A shared object of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Object {
    /// Where it is.
    pub address: usize,
    /// How long it is, in bytes.
    pub size: usize,
    /// What it is.
    pub kind: Kind,
}

impl Object {
    /// The object behind a reference.
    pub fn of<T: ?Sized>(object: &T, kind: Kind) -> Self {
        Self { address: std::ptr::from_ref(object).addr(), size: size_of_val(object), kind }
    }
}

/// The kinds of object that people tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A mutex or a `RwLock`.
    Lock,
    /// A condition variable.
    Condvar,
    /// An atomic variable.
    Atomic,
    /// A channel.
    Channel,
    /// A `Once`, `OnceLock` or `LazyLock`.
    Once,
    /// A barrier.
    Barrier,
    /// A thread, a scope, the clock: nothing with a name of its own.
    Nothing,
}

impl Kind {
    /// The word for it in a name such as `lock #1`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Lock => "lock",
            Self::Condvar => "condvar",
            Self::Atomic => "atomic",
            Self::Channel => "channel",
            Self::Once => "once",
            Self::Barrier => "barrier",
            Self::Nothing => "object",
        }
    }
}
