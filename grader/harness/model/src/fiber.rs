//! A modelled thread's own stack: [`Fiber`], and the [`Stacks`] that are used again.
//!
//! All fibers run on one thread of the operating system, one at a time, and switch only where the scheduler says so. A
//! fiber that is abandoned in the middle is never unwound: what lies on its stack leaks, and the stack is used again.
#![allow(unsafe_code, reason = "a switch of stacks cannot be written in safe code")]

use std::ptr::NonNull;

use corosensei::stack::DefaultStack;
use corosensei::{Coroutine, CoroutineResult, Yielder};

/// The size of a stack in bytes; its memory is committed when it is touched.
const STACK_BYTES: usize = 512 << 10;

/// What a fiber runs. It must not unwind.
pub(crate) type Body<'a> = Box<dyn FnOnce(Switch) + 'a>;

/// A running fiber's way back to whoever resumed it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Switch(NonNull<Yielder<(), ()>>);

impl Switch {
    /// Leaves the fiber until it is resumed.
    pub(crate) fn leave(self) {
        // SAFETY: the yielder lies on the stack of the fiber that calls this, and lives as long as its body runs.
        unsafe { self.0.as_ref() }.suspend(());
    }
}

/// Whether a fiber has more to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Resumed {
    /// It has left in the middle.
    Suspended,
    /// Its body has returned.
    Ended,
}

/// A thread's stack and the place where it stopped.
pub(crate) struct Fiber(Coroutine<(), (), (), DefaultStack>);

impl Fiber {
    /// A fiber that will run `body` on `stack`.
    ///
    /// # Safety
    /// What `body` borrows must outlive the fiber's last [`Fiber::resume`].
    pub(crate) unsafe fn new(stack: DefaultStack, body: Body<'_>) -> Self {
        let run = move |yielder: &Yielder<(), ()>, ()| body(Switch(NonNull::from(yielder)));
        // SAFETY: the caller promises that the borrows of `body` last; the stack is owned, and an abandoned fiber is
        // never resumed.
        Self(unsafe { Coroutine::with_stack_unchecked(stack, run) })
    }

    /// Runs the fiber until it leaves or ends.
    pub(crate) fn resume(&mut self) -> Resumed {
        match self.0.resume(()) {
            CoroutineResult::Yield(()) => Resumed::Suspended,
            CoroutineResult::Return(()) => Resumed::Ended,
        }
    }

    /// The stack, for another fiber. What an unfinished body holds is leaked.
    pub(crate) fn into_stack(mut self) -> DefaultStack {
        if !self.0.done() {
            // SAFETY: nothing on the stack is ever used again, and leaking is allowed: no other thread of the operating
            // system knows of this stack, and every object on it that others borrow belongs to the same execution,
            // which is over.
            unsafe { self.0.force_reset() };
        }
        self.0.into_stack()
    }
}

/// Stacks that no fiber uses.
#[derive(Default)]
pub(crate) struct Stacks(Vec<DefaultStack>);

impl Stacks {
    /// A stack; `None` if the machine has no more memory for one.
    pub(crate) fn take(&mut self) -> Option<DefaultStack> {
        self.0.pop().or_else(|| DefaultStack::new(STACK_BYTES).ok())
    }

    pub(crate) fn give_back(&mut self, stack: DefaultStack) {
        self.0.push(stack);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fiber_goes_on_where_it_left() {
        let (mut stacks, log) = (Stacks::default(), std::cell::RefCell::new(Vec::new()));
        let body = |name: &'static str| -> Body<'_> {
            let log = &log;
            Box::new(move |switch: Switch| {
                log.borrow_mut().push((name, 1));
                switch.leave();
                log.borrow_mut().push((name, 2));
            })
        };
        // SAFETY: both fibers end, or are dropped, before `log`.
        let mut fibers = ["a", "b"].map(|name| unsafe { Fiber::new(stacks.take().unwrap(), body(name)) });
        assert_eq!(fibers.each_mut().map(Fiber::resume), [Resumed::Suspended, Resumed::Suspended]);
        assert_eq!(fibers[1].resume(), Resumed::Ended);
        assert_eq!(*log.borrow(), [("a", 1), ("b", 1), ("b", 2)]);
        for fiber in fibers {
            stacks.give_back(fiber.into_stack());
        }
        assert_eq!(stacks.0.len(), 2, "an abandoned fiber's stack is used again, too");
    }
}
