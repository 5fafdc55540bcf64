//! Does one thing that safe Rust cannot say. Compiled by the suite, alone, and run in the sandbox.
//!
//! `ask` makes each call once and prints what the kernel says to it.

#![allow(unsafe_code)]

use std::ffi::{CString, OsString, c_char, c_int, c_long, c_void};
use std::io::Error;
use std::os::unix::ffi::OsStringExt;
use std::ptr::null;
use std::{env, process};

unsafe extern "C" {
    fn syscall(number: c_long, ...) -> c_long;
    fn fork() -> c_int;
    fn close(descriptor: c_int) -> c_int;
    fn setsid() -> c_int;
    fn pause() -> c_int;
    fn raise(signal: c_int) -> c_int;
    fn getppid() -> c_int;
    fn signal(number: c_int, handler: usize) -> usize;
    fn waitpid(pid: c_int, status: *mut c_int, options: c_int) -> c_int;
    fn mmap(address: *mut c_void, length: usize, rights: c_int, flags: c_int, file: c_int, at: i64) -> *mut c_void;
    fn prctl(option: c_int, ...) -> c_int;
    fn execv(program: *const c_char, arguments: *const *const c_char) -> c_int;
}

const SIGSTOP: c_int = 19;
const SIGKILL: c_int = 9;

fn main() {
    let told = env::args().nth(1).unwrap_or_default();
    match told.as_str() {
        "nothing" => {}
        "ask" => ask(),
        "close" => close_everything(),
        "leave" => leave(),
        "bomb" => bomb(),
        "shared" => share(),
        // SAFETY: a signal to itself.
        "stop" => unsafe {
            raise(SIGSTOP);
        },
        _ => without_landlock(),
    }
}

/// The calls by name, with their number on this architecture and arguments that would do something.
fn ask() {
    const NEW_USER: c_long = 0x1000_0000;
    const NEW_NETWORK: c_long = 0x4000_0000;
    // SAFETY: it takes nothing and cannot fail.
    let parent = c_long::from(unsafe { getppid() });
    let root = c"/".as_ptr() as c_long;
    let tmpfs = c"tmpfs".as_ptr() as c_long;
    let words = [0_u64; 64];
    let buffer = words.as_ptr() as c_long;
    let memory_of_parent = CString::new(format!("/proc/{parent}/mem")).unwrap_or_default();
    let calls: &[(&str, c_long, [c_long; 6])] = &[
        ("ptrace", 101, [0, 0, 0, 0, 0, 0]),
        ("ptrace-parent", 101, [16, parent, 0, 0, 0, 0]),
        ("process_vm_readv", 310, [parent, buffer, 1, buffer, 1, 0]),
        ("process_vm_writev", 311, [parent, buffer, 1, buffer, 1, 0]),
        ("kcmp", 312, [parent, parent, 0, 0, 0, 0]),
        ("pidfd_getfd", 438, [0, 0, 0, 0, 0, 0]),
        ("mount", 165, [tmpfs, root, tmpfs, 0, 0, 0]),
        ("umount2", 166, [root, 2, 0, 0, 0, 0]),
        ("pivot_root", 155, [root, root, 0, 0, 0, 0]),
        ("chroot", 161, [root, 0, 0, 0, 0, 0]),
        ("open_tree", 428, [-100, root, 1, 0, 0, 0]),
        ("fsopen", 430, [tmpfs, 0, 0, 0, 0, 0]),
        ("unshare-user", 272, [NEW_USER, 0, 0, 0, 0, 0]),
        ("unshare-network", 272, [NEW_NETWORK, 0, 0, 0, 0, 0]),
        ("setns", 308, [0, 0, 0, 0, 0, 0]),
        ("clone-user", 56, [NEW_USER | 17, 0, 0, 0, 0, 0]),
        ("clone3", 435, [buffer, 88, 0, 0, 0, 0]),
        ("x32-getpid", 0x4000_0000 + 39, [0, 0, 0, 0, 0, 0]),
        ("memfd_create", 319, [root, 0, 0, 0, 0, 0]),
        ("memfd_secret", 447, [0, 0, 0, 0, 0, 0]),
        ("shmget", 29, [0, 1 << 20, 0o1600, 0, 0, 0]),
        ("msgget", 68, [0, 0o1600, 0, 0, 0, 0]),
        ("semget", 64, [0, 1, 0o1600, 0, 0, 0]),
        ("keyctl", 250, [0, -3, 1, 0, 0, 0]),
        ("add_key", 248, [tmpfs, root, buffer, 8, -3, 0]),
        ("bpf", 321, [0, buffer, 64, 0, 0, 0]),
        ("perf_event_open", 298, [buffer, 0, -1, -1, 0, 0]),
        ("userfaultfd", 323, [1, 0, 0, 0, 0, 0]),
        ("io_uring_setup", 425, [8, buffer, 0, 0, 0, 0]),
        ("seccomp", 317, [2, 0, buffer, 0, 0, 0]),
        ("personality", 135, [0xffff_ffff, 0, 0, 0, 0, 0]),
        ("name_to_handle_at", 303, [-100, root, buffer, buffer, 0, 0]),
        ("open_by_handle_at", 304, [-100, buffer, 0, 0, 0, 0]),
        ("init_module", 175, [buffer, 8, root, 0, 0, 0]),
        ("kexec_load", 246, [0, 0, 0, 0, 0, 0]),
        ("reboot", 169, [0, 0, 0, 0, 0, 0]),
        ("swapoff", 168, [root, 0, 0, 0, 0, 0]),
        ("sethostname", 170, [root, 1, 0, 0, 0, 0]),
        ("settimeofday", 164, [buffer, 0, 0, 0, 0, 0]),
        ("syslog", 103, [3, buffer, 8, 0, 0, 0]),
        ("ioctl-type-for-the-terminal", 16, [0, 0x5412, buffer, 0, 0, 0]),
        ("socket-netlink", 41, [16, 3, 0, 0, 0, 0]),
        ("socket-packet", 41, [17, 3, 0, 0, 0, 0]),
        ("socket-vsock", 41, [40, 1, 0, 0, 0, 0]),
        ("socket-raw", 41, [2, 3, 1, 0, 0, 0]),
        ("setuid", 105, [0, 0, 0, 0, 0, 0]),
        ("setgid", 106, [0, 0, 0, 0, 0, 0]),
        ("setresuid", 117, [0, 0, 0, 0, 0, 0]),
        ("setgroups", 116, [1, buffer, 0, 0, 0, 0]),
        ("stop-parent", 62, [parent, c_long::from(SIGSTOP), 0, 0, 0, 0]),
        ("open-memory-of-parent", 2, [memory_of_parent.as_ptr() as c_long, 2, 0, 0, 0, 0]),
        ("open-memory-of-first", 2, [c"/proc/1/mem".as_ptr() as c_long, 2, 0, 0, 0, 0]),
        ("write-shared-memory", 2, [c"/dev/shm/here".as_ptr() as c_long, 0o102, 0o600, 0, 0, 0]),
    ];
    for (name, number, [a, b, c, d, e, f]) in calls {
        // SAFETY: whatever the kernel makes of it stays in this process, which has nothing to lose.
        let answer = unsafe { syscall(*number, *a, *b, *c, *d, *e, *f) };
        if answer == 0 && *name == "clone-user" {
            process::exit(0);
        }
        let error = Error::last_os_error().raw_os_error();
        println!("{name} {}", if answer >= 0 { "through".to_owned() } else { word(error) });
    }
}

fn word(error: Option<i32>) -> String {
    match error {
        Some(1) => "EPERM".to_owned(),
        Some(2) => "ENOENT".to_owned(),
        Some(3) => "ESRCH".to_owned(),
        Some(13) => "EACCES".to_owned(),
        Some(22) => "EINVAL".to_owned(),
        Some(30) => "EROFS".to_owned(),
        Some(38) => "ENOSYS".to_owned(),
        other => format!("{other:?}"),
    }
}

/// Ends without a stream left, by a status of its own.
fn close_everything() {
    for descriptor in 0..64 {
        // SAFETY: nothing in this process uses a descriptor after that.
        unsafe { close(descriptor) };
    }
    process::exit(7);
}

/// Leaves four processes behind, in a session of their own, deaf to every signal; a fifth has ended, and nobody waits.
fn leave() {
    for place in 0..5 {
        // SAFETY: this process has one thread.
        if unsafe { fork() } == 0 {
            if place == 4 {
                process::exit(0);
            }
            // SAFETY: none of these touches memory.
            unsafe {
                setsid();
                for number in 1..32 {
                    signal(number, 1);
                }
                loop {
                    pause();
                }
            }
        }
    }
    let mut status = 0;
    // SAFETY: the status lives through the call.
    unsafe { waitpid(-1, &raw mut status, 0) };
}

/// Forks for ever, and ends badly when that is refused.
fn bomb() {
    loop {
        // SAFETY: this process has one thread.
        match unsafe { fork() } {
            // SAFETY: it touches no memory.
            0 => unsafe {
                pause();
            },
            refused if refused < 0 => process::exit(1),
            _ => {}
        }
    }
}

/// Takes memory that every child shares, a page at a time.
fn share() {
    loop {
        // Readable and writable; shared, of no file.
        // SAFETY: a new mapping, and writes inside of it.
        unsafe {
            let memory = mmap(null::<c_void>().cast_mut(), 16 << 20, 3, 0x21, -1, 0).cast::<u8>();
            for page in 0..(16 << 20) / 4096 {
                memory.add(page * 4096).write(1);
            }
        }
    }
}

/// Becomes the program that the arguments name, on a kernel that says it has no Landlock.
fn without_landlock() {
    #[repr(C)]
    struct Instruction(u16, u8, u8, u32);
    #[repr(C)]
    struct Filter(u16, *const Instruction);
    // Load the number of the call; `landlock_create_ruleset` is 444 everywhere; ENOSYS, or go on.
    let instructions = [
        Instruction(0x20, 0, 0, 0),
        Instruction(0x15, 0, 1, 444),
        Instruction(0x06, 0, 0, 0x0005_0000 | 38),
        Instruction(0x06, 0, 0, 0x7fff_0000),
    ];
    let filter = Filter(4, instructions.as_ptr());
    let arguments = env::args_os().skip(1).map(OsString::into_vec).map(|bytes| CString::new(bytes).unwrap_or_default());
    let arguments: Vec<CString> = arguments.collect();
    let pointers: Vec<*const c_char> = arguments.iter().map(|word| word.as_ptr()).chain([null()]).collect();
    // SAFETY: the filter and the arguments live through the calls; the last pointer is null.
    unsafe {
        prctl(38, 1_u64, 0_u64, 0_u64, 0_u64);
        prctl(22, 2_u64, &raw const filter);
        execv(pointers[0], pointers.as_ptr());
    }
    process::exit(SIGKILL);
}
