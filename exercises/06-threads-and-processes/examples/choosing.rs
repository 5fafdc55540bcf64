//! 11.4.2, "advice": which of the two to take. In Python the answer hangs on the GIL; in Rust threads compute in parallel,
//! and what speaks for processes is that a crash in one of them stays there.

/// What work is like.
#[derive(Clone, Copy)]
struct Work {
    computes: bool,
    waits: bool,
    may_crash: bool,
}

fn in_python(work: Work) -> &'static str {
    match work {
        Work { computes: true, .. } => "processes",
        Work { waits: true, .. } => "threads",
        _ => "asyncio, perhaps",
    }
}

fn in_rust(work: Work) -> &'static str {
    match work {
        Work { may_crash: true, .. } => "processes",
        Work { computes: true, .. } | Work { waits: true, .. } => "threads",
        _ => "one thread",
    }
}

fn main() {
    let works = [
        ("convert images", Work { computes: true, waits: false, may_crash: false }),
        ("fetch pages", Work { computes: false, waits: true, may_crash: false }),
        ("run strangers' plug-ins", Work { computes: true, waits: false, may_crash: true }),
    ];
    for (what, work) in works {
        println!("{what}: {} in Python, {} in Rust", in_python(work), in_rust(work));
    }
}
