//! One execution at a time: [`Engine`], its threads and its end.
//!
//! The engine belongs to one thread of the operating system. Code of the modelled program reaches it through [`with`],
//! which is `None` while no execution is under way. Which thread runs next is decided in `pass`, who waits for whom in
//! `waiting`; this module starts an execution, runs it and clears it away.
#![allow(unsafe_code, reason = "modelled code reaches the engine through a pointer that the running execution owns")]

use std::cell::{Cell, RefCell};
use std::mem;
use std::ptr::NonNull;
use std::sync::Arc;

use protocol::Panic;
use protocol::explore::Leftover;

use crate::choice::Chooser;
use crate::clock::{Clock, TimeMode};
use crate::fiber::{Body, Fiber, Resumed, Stacks, Switch};
use crate::hashing::Keys;
use crate::local::drop_locals;
use crate::object::Object;
use crate::panics;
use crate::pass::Leave;
use crate::ready::ReadySet;
use crate::schedule::Features;
use crate::statics::Statics;
use crate::story::Log;
use crate::thread_operations::end_point;
use crate::threads::{Handle, Thread};

/// The scheduler's state.
pub(crate) struct Engine {
    pub(crate) limits: Limits,
    pub(crate) chooser: Chooser,
    pub(crate) clock: Clock,
    /// All threads of the execution, by number.
    pub(crate) threads: Vec<Thread>,
    pub(crate) ready: ReadySet,
    /// The thread that runs.
    pub(crate) current: usize,
    /// How many threads have not ended.
    pub(crate) alive: usize,
    /// The threads that wait for something, in no order.
    pub(crate) waiting: Vec<usize>,
    /// The threads with a deadline ahead, in no order.
    pub(crate) timed: Vec<usize>,
    /// The mutexes that are held.
    pub(crate) held: Vec<usize>,
    /// How many waits there were.
    pub(crate) waits: u64,
    pub(crate) steps: u32,
    /// How many steps the running thread has taken in a row.
    pub(crate) burst: u32,
    /// Set when the execution is over.
    pub(crate) stop: Option<Stop>,
    /// What the main thread returned.
    pub(crate) observation: Option<Vec<u8>>,
    /// When it returned: the virtual time, and the steps of all threads.
    pub(crate) returned_at: Option<(u64, u32)>,
    /// The points that this execution has.
    pub(crate) features: Features,
    /// The points that it would need.
    pub(crate) needs: Features,
    /// Present when the execution is being told.
    pub(crate) log: Option<Box<Log>>,
    /// Present when the program has set a hook of its own.
    pub(crate) hook: Option<Arc<panics::Hook>>,
    /// Whether a panic hook runs, in which nobody may switch.
    pub(crate) in_hook: bool,
    /// Always there, except while the engine is dropped.
    pub(crate) kept: Kept,
}

/// What outlives an engine on its thread of the operating system.
#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) statics: Statics,
    keys: Keys,
    stacks: Stacks,
}

impl Kept {
    fn find() -> Self {
        Self { statics: Statics::new(), keys: Keys::find(), stacks: Stacks::default() }
    }
}

/// The bounds of an execution.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) steps: u32,
    pub(crate) threads: u32,
    /// Whether threads may go on after the main thread: then nothing that they do is worth a choice.
    pub(crate) leftover: Leftover,
}

/// Why an execution is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The main thread has returned, and nobody else will get any further. The numbers are of those who never end.
    Returned {
        left: Vec<u32>,
    },
    Deadlock,
    Livelock,
    Panicked(Panic),
    TooManyThreads {
        threads: u32,
    },
}

/// How an execution ended.
#[derive(Clone, Debug)]
pub(crate) struct Ending {
    pub(crate) stop: Stop,
    pub(crate) observation: Option<Vec<u8>>,
    pub(crate) steps: u32,
    /// The virtual time at which the main thread returned, or the execution ended.
    pub(crate) virtual_ns: u64,
    /// Points that the program needs and this execution did not have.
    pub(crate) needs: Features,
}

thread_local! {
    static CURRENT: Cell<Option<NonNull<RefCell<Engine>>>> = const { Cell::new(None) };
    /// Here while no engine exists.
    static KEPT: RefCell<Option<Kept>> = const { RefCell::new(None) };
}

/// Keeps the bytes of a static that is used while no execution is under way.
#[cold]
pub(crate) fn notice_outside(object: Object) {
    KEPT.with_borrow_mut(|kept| kept.get_or_insert_with(Kept::find).statics.notice(object));
}

/// Speaks with the engine of the execution under way; `None` if there is none. `speak` must not run modelled code.
#[inline]
pub(crate) fn with<R>(speak: impl FnOnce(&mut Engine) -> R) -> Option<R> {
    let engine = CURRENT.get()?;
    // SAFETY: `run` sets the pointer, and takes it back before its borrow of the engine ends.
    let engine = unsafe { engine.as_ref() };
    Some(speak(&mut engine.borrow_mut()))
}

/// Like [`with`], and `None` also if the engine itself is at work.
pub(crate) fn try_with<R>(speak: impl FnOnce(&mut Engine) -> R) -> Option<R> {
    let engine = CURRENT.get()?;
    // SAFETY: as in `with`.
    let engine = unsafe { engine.as_ref() };
    Some(speak(&mut *engine.try_borrow_mut().ok()?))
}

/// Whether an execution is under way on this thread.
#[must_use]
pub fn running() -> bool {
    CURRENT.get().is_some()
}

impl Engine {
    pub(crate) fn new(limits: Limits, chooser: Chooser) -> Self {
        Self {
            limits,
            chooser,
            clock: Clock::new(TimeMode::Search),
            threads: Vec::new(),
            ready: ReadySet::default(),
            current: 0,
            alive: 0,
            waiting: Vec::new(),
            timed: Vec::new(),
            held: Vec::new(),
            waits: 0,
            steps: 0,
            burst: 0,
            stop: None,
            observation: None,
            returned_at: None,
            features: Features::default(),
            needs: Features::default(),
            log: None,
            hook: None,
            in_hook: false,
            kept: KEPT.take().unwrap_or_else(Kept::find),
        }
    }

    /// Makes everything ready for an execution.
    fn begin(&mut self, mode: TimeMode) {
        self.kept.statics.restore();
        self.kept.keys.restore();
        self.clock = Clock::new(mode);
        self.ready.clear();
        self.held.clear();
        self.waiting.clear();
        self.timed.clear();
        (self.current, self.alive, self.waits, self.steps, self.burst) = (0, 0, 0, 0, 0);
        (self.stop, self.observation, self.returned_at, self.hook) = (None, None, None, None);
        self.needs = Features::default();
    }

    /// Adds a thread that will run `body`; `None` if there are too many already.
    ///
    /// # Safety
    /// What `body` borrows must outlive the execution, or the thread must end before it.
    pub(crate) unsafe fn add_thread(
        &mut self,
        name: Option<String>,
        body: Box<dyn FnOnce() + '_>,
    ) -> Option<Arc<Handle>> {
        let number = self.threads.len();
        let stack = self.kept.stacks.take().filter(|_| number < self.limits.threads as usize)?;
        let fiber_body: Body<'_> = Box::new(move |switch| live(switch, body));
        // SAFETY: a fiber is resumed only in its execution, so the caller's promise is enough.
        let fiber = unsafe { Fiber::new(stack, fiber_body) };
        let handle = Handle::new(number, name);
        self.threads.push(Thread::new(Arc::clone(&handle), fiber));
        self.ready.set(number, true);
        self.alive += 1;
        self.clock.progress();
        Some(handle)
    }

    /// The thread that runs.
    pub(crate) fn thread(&mut self) -> &mut Thread {
        &mut self.threads[self.current]
    }

    /// Takes the running thread's fiber to resume it.
    fn take_fiber(&mut self) -> Option<Fiber> {
        self.threads.get_mut(self.current).filter(|_| self.stop.is_none()).and_then(|thread| thread.fiber.take())
    }

    /// Clears the execution away. What unfinished threads hold is leaked.
    fn clear(&mut self) {
        for mut thread in self.threads.drain(..) {
            if let Some(fiber) = thread.fiber.take() {
                self.kept.stacks.give_back(fiber.into_stack());
            }
            mem::forget(mem::take(&mut thread.locals));
        }
        mem::forget(self.hook.take());
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let mut kept = mem::take(&mut self.kept);
        kept.statics.restore();
        KEPT.set(Some(kept));
    }
}

/// The life of a modelled thread on its fiber.
fn live(switch: Switch, body: Box<dyn FnOnce() + '_>) {
    with(|engine| engine.thread().switch = Some(switch));
    body();
    let payload = drop_locals();
    end_point();
    with(|engine| {
        // The standard library ends the process here.
        if let Some(payload) = payload.filter(|_| engine.stop.is_none()) {
            let panic = engine.thread().panic.clone().unwrap_or_else(|| panics::unseen(&*payload));
            mem::forget(payload);
            engine.stop = Some(Stop::Panicked(panic));
        }
        engine.end_thread();
    });
}

/// Runs one execution of `body` along the chooser that the engine has.
pub(crate) fn run(engine: &RefCell<Engine>, mode: TimeMode, body: &dyn Fn() -> Vec<u8>) -> Ending {
    assert!(!running(), "an exploration cannot run inside another one");
    panics::install_hook();
    {
        let mut engine = engine.borrow_mut();
        engine.begin(mode);
        // SAFETY: `body` is borrowed for longer than this function runs, and all fibers are gone when it returns.
        let main = unsafe { engine.add_thread(Some("main".to_owned()), Box::new(move || main_thread(body))) };
        if main.is_none() {
            engine.stop = Some(Stop::TooManyThreads { threads: 1 });
        }
    }
    let entered = Entered::new(engine);
    loop {
        let Some((fiber, number)) = take_next(engine) else { break };
        let mut fiber = fiber;
        let resumed = fiber.resume();
        let mut engine = engine.borrow_mut();
        match resumed {
            Resumed::Suspended => engine.threads[number].fiber = Some(fiber),
            Resumed::Ended => engine.kept.stacks.give_back(fiber.into_stack()),
        }
    }
    drop(entered);
    let mut engine = engine.borrow_mut();
    let stop = engine.stop.clone().unwrap_or(Stop::Deadlock);
    if let Some(mut log) = engine.log.take() {
        log.finish(&engine);
        engine.log = Some(log);
    }
    engine.clear();
    let virtual_ns = engine.returned_at.map_or(engine.clock.now, |(now, _)| now);
    Ending { stop, observation: engine.observation.take(), steps: engine.steps, virtual_ns, needs: engine.needs }
}

fn take_next(engine: &RefCell<Engine>) -> Option<(Fiber, usize)> {
    let mut engine = engine.borrow_mut();
    let fiber = engine.take_fiber()?;
    Some((fiber, engine.current))
}

/// The body of the main thread.
fn main_thread(body: &dyn Fn() -> Vec<u8>) {
    let result = panics::catch(body);
    with(|engine| match result {
        Ok(observation) => {
            engine.observation = Some(observation);
            engine.returned_at = Some((engine.clock.now, engine.steps));
        }
        Err(payload) => {
            let panic = engine.thread().panic.clone().unwrap_or_else(|| panics::unseen(&*payload));
            mem::forget(payload);
            engine.stop = Some(Stop::Panicked(panic));
        }
    });
}

/// While it lives, modelled code can reach the engine.
struct Entered;

impl Entered {
    fn new(engine: &RefCell<Engine>) -> Self {
        CURRENT.set(Some(NonNull::from(engine)));
        Self
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(None);
    }
}

/// Leaves the running fiber if another thread was chosen.
#[inline]
pub(crate) fn leave(leave: Leave) {
    if let Some(switch) = leave {
        switch.leave();
    }
}
