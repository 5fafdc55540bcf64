//! `std::time` on the virtual clock. `Duration` is the real one.

use ::std::fmt;
use ::std::ops::{Add, AddAssign, Sub, SubAssign};
use ::std::panic::Location;

pub use ::std::time::{Duration, SystemTimeError, TryFromFloatSecsError};

/// How long the machine has been up when an execution begins, so that moments before it exist.
const UP: Duration = Duration::from_hours(24 * 30);
/// The date at which every execution begins: the first of January 2026.
const DATE: Duration = Duration::from_hours(24 * 20_454);

/// A duration in nanoseconds; more than 584 years are as good as for ever.
pub(crate) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// `std::time::Instant`: a moment of virtual time.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(Duration);

impl Instant {
    /// The present moment.
    #[must_use]
    #[track_caller]
    pub fn now() -> Self {
        Self(UP + Duration::from_nanos(model::now(Location::caller())))
    }

    /// How long after `earlier`; nothing if it is later.
    #[must_use]
    pub fn duration_since(&self, earlier: Self) -> Duration {
        self.checked_duration_since(earlier).unwrap_or_default()
    }

    /// How long after `earlier`; `None` if it is later.
    #[must_use]
    pub fn checked_duration_since(&self, earlier: Self) -> Option<Duration> {
        self.0.checked_sub(earlier.0)
    }

    /// How long after `earlier`; nothing if it is later.
    #[must_use]
    pub fn saturating_duration_since(&self, earlier: Self) -> Duration {
        self.checked_duration_since(earlier).unwrap_or_default()
    }

    /// How long ago.
    #[must_use]
    #[track_caller]
    pub fn elapsed(&self) -> Duration {
        Self::now() - *self
    }

    /// So much later, if there is such a moment.
    #[must_use]
    pub fn checked_add(&self, duration: Duration) -> Option<Self> {
        self.0.checked_add(duration).map(Self)
    }

    /// So much earlier, if there is such a moment.
    #[must_use]
    pub fn checked_sub(&self, duration: Duration) -> Option<Self> {
        self.0.checked_sub(duration).map(Self)
    }
}

impl Sub<Instant> for Instant {
    type Output = Duration;

    fn sub(self, other: Self) -> Duration {
        self.duration_since(other)
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Instant")
            .field("tv_sec", &self.0.as_secs())
            .field("tv_nsec", &self.0.subsec_nanos())
            .finish()
    }
}

/// `std::time::SystemTime`: every execution begins at the same date.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SystemTime(::std::time::SystemTime);

/// The beginning of time.
pub const UNIX_EPOCH: SystemTime = SystemTime(::std::time::UNIX_EPOCH);

impl SystemTime {
    /// The beginning of time.
    pub const UNIX_EPOCH: Self = UNIX_EPOCH;

    /// The present moment.
    #[must_use]
    #[track_caller]
    pub fn now() -> Self {
        UNIX_EPOCH + (DATE + Duration::from_nanos(model::now(Location::caller())))
    }

    /// How long after `earlier`.
    ///
    /// # Errors
    /// If it is later.
    pub fn duration_since(&self, earlier: Self) -> Result<Duration, SystemTimeError> {
        self.0.duration_since(earlier.0)
    }

    /// How long ago.
    ///
    /// # Errors
    /// If it is in the future.
    #[track_caller]
    pub fn elapsed(&self) -> Result<Duration, SystemTimeError> {
        Self::now().duration_since(*self)
    }

    /// So much later, if there is such a moment.
    #[must_use]
    pub fn checked_add(&self, duration: Duration) -> Option<Self> {
        self.0.checked_add(duration).map(Self)
    }

    /// So much earlier, if there is such a moment.
    #[must_use]
    pub fn checked_sub(&self, duration: Duration) -> Option<Self> {
        self.0.checked_sub(duration).map(Self)
    }
}

impl fmt::Debug for SystemTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

macro_rules! moments {
    ($($moment:ident)*) => { $(
        impl Add<Duration> for $moment {
            type Output = Self;

            #[track_caller]
            fn add(self, duration: Duration) -> Self {
                self.checked_add(duration).expect("overflow when adding duration to instant")
            }
        }

        impl AddAssign<Duration> for $moment {
            #[track_caller]
            fn add_assign(&mut self, duration: Duration) {
                *self = *self + duration;
            }
        }

        impl Sub<Duration> for $moment {
            type Output = Self;

            #[track_caller]
            fn sub(self, duration: Duration) -> Self {
                self.checked_sub(duration).expect("overflow when subtracting duration from instant")
            }
        }

        impl SubAssign<Duration> for $moment {
            #[track_caller]
            fn sub_assign(&mut self, duration: Duration) {
                *self = *self - duration;
            }
        }
    )* };
}

moments!(Instant SystemTime);
