//! The standard library of a submission that is explored.
//!
//! The submission's compiler is told that this crate is its `std` and its `core`. What blocks, shares or schedules goes
//! to the scheduler in `model`; everything else is the real thing; what would block behind the scheduler's back is left
//! out, so that a use of it is a compile error and not a wrong answer. `alloc` needs no stand-in: nothing in it blocks,
//! shares or schedules but `Arc`, and that is the real one. Outside of an execution, operations that need not wait work,
//! and those that would have to wait panic.
//!
//! | | what |
//! |---|---|
//! | modelled | `sync::{Barrier, Condvar, LazyLock, Mutex, Once, OnceLock, RwLock}` with their guards and results, all of `sync::atomic` and `sync::mpsc`, all of `thread` with `thread_local!`, `time::{Instant, SystemTime}`, `hint::spin_loop`, the functions of `fs`, `panic::{catch_unwind, resume_unwind, set_hook, take_hook}`, `any::{type_name, type_name_of_val}` |
//! | silent | `print!`, `println!`, `eprint!`, `eprintln!`, `dbg!` format their arguments and print nothing |
//! | real | `Arc`, `PoisonError` and the other errors, `time::Duration`, `collections` (hash maps iterate alike in every execution), the types of `fs`, `io` without pipes, `env`, `fmt`, `future`, `task`, and all the rest that computes |
//! | left out | `net`'s sockets, `os::unix::{net, process, thread}`, `io::{pipe, PipeReader, PipeWriter}`, `process`'s children |
//! | not seen | weak memory orders, the counters of `Arc`, the opening of files, file locks, standard input, a loop without an operation of the standard library |

#![allow(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::return_self_not_must_use,
    reason = "errors, panics and attributes are those of the standard library, which documents them"
)]

mod macros;

pub mod any;
pub mod fs;
pub mod hint;
pub mod io;
pub mod net;
pub mod os;
pub mod panic;
pub mod prelude;
pub mod process;
pub mod sync;
pub mod thread;
pub mod time;

pub use ::std::{
    alloc, arch, array, ascii, backtrace, borrow, boxed, cell, char, clone, cmp, collections, convert, default, env,
    error, f32, f64, ffi, fmt, future, hash, iter, marker, mem, num, ops, option, path, pin, primitive, ptr, range, rc,
    result, slice, str, string, task, vec,
};

#[allow(deprecated, deprecated_in_future, clippy::legacy_numeric_constants, reason = "they are still there")]
pub use ::std::{i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize};

pub use ::std::{
    assert, assert_eq, assert_ne, cfg, cfg_select, column, compile_error, concat, debug_assert, debug_assert_eq,
    debug_assert_ne, file, format, format_args, include, include_bytes, include_str, line, matches, module_path,
    option_env, stringify, todo, unimplemented, unreachable, write, writeln,
};
// The macro alone; the module of this name is ours.
pub use ::std::prelude::v1::panic;

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
pub use ::std::is_x86_feature_detected;
#[allow(deprecated, reason = "it is still there")]
pub use ::std::r#try;
