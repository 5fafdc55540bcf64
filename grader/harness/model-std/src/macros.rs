//! The macros that differ: thread-local values are the model's, and what is printed is formatted and dropped.

/// Declares thread-local values.
#[macro_export]
macro_rules! thread_local {
    () => {};
    ($(#[$attribute:meta])* $visibility:vis static $name:ident: $type:ty = const $initial:block $(; $($rest:tt)*)?) => {
        $(#[$attribute])*
        $visibility const $name: $crate::thread::LocalKey<$type> = $crate::thread_local!(@key $type, const $initial);
        $($crate::thread_local!($($rest)*);)?
    };
    ($(#[$attribute:meta])* $visibility:vis static $name:ident: $type:ty = $initial:expr $(; $($rest:tt)*)?) => {
        $(#[$attribute])*
        $visibility const $name: $crate::thread::LocalKey<$type> = $crate::thread_local!(@key $type, $initial);
        $($crate::thread_local!($($rest)*);)?
    };
    (@key $type:ty, $initial:expr) => {{
        fn initialise() -> $type {
            $initial
        }

        fn access(given: &mut $crate::option::Option<$type>) -> $crate::option::Option<$crate::rc::Rc<$type>> {
            static PLACE: $crate::thread::local::Place = $crate::thread::local::Place::new();
            PLACE.access(given, initialise)
        }

        $crate::thread::LocalKey::new(access)
    }};
}

/// Formats its arguments and prints nothing.
#[macro_export]
macro_rules! print {
    ($($argument:tt)*) => { $crate::io::discard($crate::format_args!($($argument)*)) };
}

/// Formats its arguments and prints nothing.
#[macro_export]
macro_rules! println {
    () => { $crate::io::discard($crate::format_args!("\n")) };
    ($($argument:tt)*) => { $crate::io::discard($crate::format_args!($($argument)*)) };
}

/// Formats its arguments and prints nothing.
#[macro_export]
macro_rules! eprint {
    ($($argument:tt)*) => { $crate::io::discard($crate::format_args!($($argument)*)) };
}

/// Formats its arguments and prints nothing.
#[macro_export]
macro_rules! eprintln {
    () => { $crate::io::discard($crate::format_args!("\n")) };
    ($($argument:tt)*) => { $crate::io::discard($crate::format_args!($($argument)*)) };
}

/// Formats a value, prints nothing, and gives the value back.
#[macro_export]
macro_rules! dbg {
    () => { $crate::io::discard($crate::format_args!("")) };
    ($value:expr $(,)?) => {
        match $value {
            value => {
                $crate::io::discard($crate::format_args!("{:#?}", &value));
                value
            }
        }
    };
    ($($value:expr),+ $(,)?) => { ($($crate::dbg!($value)),+,) };
}
