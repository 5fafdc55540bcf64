//! The log of one execution: [`Log`], which becomes a [`Story`].
//!
//! It is kept only when an execution is told, never while a search runs. Lines outside the submission are not written
//! down: neither the scenario's own threads nor the standard library belong in the story. Rendering is done elsewhere.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;

use protocol::Panic;
use protocol::explore::{self, Action, Awaited, Event, Hold, Place, Story, ThreadPanic};

use crate::choice::Chooser;
use crate::engine::Engine;
use crate::object::{Kind, Object};
use crate::threads::Line;
use crate::trail::Trail;

/// The most events that are kept; the latest matter.
const MOST_EVENTS: usize = 2_000;
/// Of how many events it is looked up from where they were called; the latest matter, and each takes a while.
const MOST_TRAILS: usize = 100;

/// An object that an event spoke of.
struct Known {
    object: Object,
    first: Line,
    /// Whether it still is what lies at its address.
    alive: bool,
    /// The name it was given, and its place in it.
    named: Option<String>,
}

struct Held {
    thread: u32,
    object: u32,
    line: Line,
    trail: Trail,
}

/// Everything that happened in an execution.
pub(crate) struct Log {
    /// The files of the submission begin like this.
    sources: String,
    known: Vec<Known>,
    names: Vec<(Range<usize>, String)>,
    held: Vec<Held>,
    story: Story,
    events: VecDeque<Event>,
    /// The stacks of the latest events that have a line; the first number counts events from the execution's beginning.
    trails: VecDeque<(u64, Line, Trail)>,
    /// The stack on which each thread began its latest wait.
    waiting: HashMap<u32, Trail>,
    /// The thread and the line at which the program left the schedule.
    lost: Option<(String, Option<Place>)>,
}

impl Log {
    pub(crate) fn new(sources: &str) -> Box<Self> {
        Box::new(Self {
            sources: sources.to_owned(),
            known: Vec::new(),
            names: Vec::new(),
            held: Vec::new(),
            story: Story::default(),
            events: VecDeque::new(),
            trails: VecDeque::new(),
            waiting: HashMap::new(),
            lost: None,
        })
    }

    /// Gives a range of addresses a name.
    pub(crate) fn name(&mut self, range: Range<usize>, name: String) {
        self.names.push((range, name));
    }

    /// What lies at this address is gone.
    pub(crate) fn forget(&mut self, address: usize) {
        for known in self.known.iter_mut().filter(|known| known.object.address == address) {
            known.alive = false;
        }
    }

    pub(crate) fn panicked(&mut self, thread: u32, panic: Panic) {
        self.story.panics.push(ThreadPanic { thread, panic });
    }

    /// A line, if it belongs to the submission.
    fn place(&self, line: Line) -> Option<Place> {
        let ours = line.file().starts_with(&self.sources);
        ours.then(|| Place { file: line.file().to_owned(), line: line.line(), from: None })
    }

    /// A line, if it belongs to the submission, with the line that called the function around it.
    fn place_on(&self, line: Line, trail: &Trail) -> Option<Place> {
        let from = || trail.caller(line, &self.sources).map(Box::new);
        self.place(line).map(|place| Place { from: from(), ..place })
    }

    /// The number of an object, which is new if nothing alive lies at its address.
    fn number(&mut self, object: Object, line: Line) -> u32 {
        let same =
            |known: &Known| known.alive && known.object.address == object.address && known.object.kind == object.kind;
        let number = self.known.iter().position(same).unwrap_or_else(|| {
            let name = self.names.iter().rfind(|(range, _)| range.contains(&object.address));
            let named = name.map(|(_, name)| name.clone());
            self.known.push(Known { object, first: line, alive: true, named });
            self.known.len() - 1
        });
        number as u32
    }

    fn push(&mut self, event: Event) {
        if self.events.len() == MOST_EVENTS {
            self.events.pop_front();
            self.story.skipped += 1;
        }
        self.events.push_back(event);
    }

    fn operation(&mut self, thread: u32, object: Object, what: &str, line: Line, outcome: String) {
        let Some(place) = self.place(line) else { return };
        if self.trails.len() == MOST_TRAILS {
            self.trails.pop_front();
        }
        self.trails.push_back((self.story.skipped + self.events.len() as u64, line, Trail::here()));
        let object = (object.kind != Kind::Nothing).then(|| self.number(object, line));
        let action = Action::Operation { what: what.to_owned(), object, outcome };
        self.push(Event { thread, action, place: Some(place) });
    }

    /// Writes down how things stand when the execution ends.
    pub(crate) fn finish(&mut self, engine: &Engine) {
        self.story.virtual_ns = engine.clock.now;
        for (number, line, trail) in std::mem::take(&mut self.trails) {
            let place = self.place_on(line, &trail);
            if let Some(event) = number.checked_sub(self.story.skipped).and_then(|at| self.events.get_mut(at as usize))
            {
                event.place = place;
            }
        }
        self.story.events = std::mem::take(&mut self.events).into();
        for (number, thread) in (0..).zip(&engine.threads) {
            self.story.threads.push(explore::Thread { name: thread.handle.label(), ended: thread.ended });
            if !thread.ended {
                let wait = self.wait(number, thread);
                self.story.waits.push(wait);
            }
        }
        for held in &self.held {
            let place = self.place_on(held.line, &held.trail);
            self.story.holds.push(Hold { thread: held.thread, object: held.object, place });
        }
        self.story.objects = self.objects();
    }

    fn wait(&mut self, number: u32, thread: &crate::threads::Thread) -> explore::Wait {
        let Some(wait) = thread.wait else {
            let place = thread.line.and_then(|line| self.place(line));
            return explore::Wait { thread: number, awaited: Awaited::Turn, object: None, other: None, place };
        };
        let (mut object, mut other) = (None, None);
        match wait.awaited {
            Awaited::End => other = Some(wait.address as u32),
            Awaited::Scope | Awaited::Time | Awaited::Unpark | Awaited::Turn => {}
            awaited => {
                let kind = kind_awaited(awaited);
                object = Some(self.number(Object { address: wait.address, size: 0, kind }, wait.line));
            }
        }
        let place = match self.waiting.get(&number) {
            Some(trail) => self.place_on(wait.line, trail),
            None => self.place(wait.line),
        };
        explore::Wait { thread: number, awaited: wait.awaited, object, other, place }
    }

    /// All objects with their names: lock in `a`, or lock #1 in the order of first use.
    fn objects(&self) -> Vec<explore::Object> {
        let peers = |known: &Known| {
            let same = move |other: &&Known| other.object.kind == known.object.kind && other.named == known.named;
            let before = self.known.iter().filter(same).position(|other| std::ptr::eq(other, known)).unwrap_or(0);
            (before + 1, self.known.iter().filter(same).count())
        };
        let name = |known: &Known| {
            let (word, (number, of)) = (known.object.kind.word(), peers(known));
            match &known.named {
                Some(name) if of == 1 => format!("{word} in `{name}`"),
                Some(name) => format!("{word} {number} in `{name}`"),
                None => format!("{word} #{number}"),
            }
        };
        self.known.iter().map(|known| explore::Object { name: name(known), first: self.place(known.first) }).collect()
    }

    /// The finished story of a schedule, and where the program left that schedule.
    pub(crate) fn into_story(mut self, schedule: String) -> (Story, Option<(String, Option<Place>)>) {
        self.story.schedule = schedule;
        (self.story, self.lost)
    }
}

fn kind_awaited(awaited: Awaited) -> Kind {
    match awaited {
        Awaited::Lock | Awaited::Read => Kind::Lock,
        Awaited::Notification => Kind::Condvar,
        Awaited::Message | Awaited::Room => Kind::Channel,
        Awaited::Barrier => Kind::Barrier,
        Awaited::Initialised => Kind::Once,
        Awaited::End | Awaited::Scope | Awaited::Unpark | Awaited::Time | Awaited::Turn => Kind::Nothing,
    }
}

impl Engine {
    /// Writes down an operation of the running thread, if the execution is being told.
    #[inline]
    pub(crate) fn note(&mut self, object: Object, what: &str, line: Line, outcome: impl FnOnce() -> String) {
        let thread = self.current as u32;
        if let Some(log) = self.log.as_mut() {
            log.operation(thread, object, what, line, outcome());
        }
    }

    /// Writes down an operation that is about another thread.
    pub(crate) fn note_thread(&mut self, what: &str, other: usize, line: Line) {
        let threads = &self.threads;
        if let Some(log) = self.log.as_mut() {
            let label = threads.get(other).map(|thread| thread.handle.label()).unwrap_or_default();
            let object = Object { address: 0, size: 0, kind: Kind::Nothing };
            log.operation(self.current as u32, object, what, line, label);
        }
    }

    /// Writes down whom a notification wakes.
    pub(crate) fn note_call(&mut self, object: Object, what: &str, line: Line, woken: &[usize]) {
        if let Some(log) = self.log.as_mut() {
            let names: Vec<String> = woken.iter().map(|&number| self.threads[number].handle.label()).collect();
            let outcome =
                if names.is_empty() { "nobody waits".to_owned() } else { format!("wakes {}", names.join(", ")) };
            log.operation(self.current as u32, object, what, line, outcome);
        }
    }

    /// Writes down that the running thread begins to wait.
    pub(crate) fn note_wait(&mut self) {
        let thread = self.current as u32;
        if let Some(log) = self.log.as_mut() {
            log.waiting.insert(thread, Trail::here());
        }
    }

    /// Writes down that the running thread holds a lock.
    pub(crate) fn note_hold(&mut self, object: Object, line: Line) {
        let thread = self.current as u32;
        if let Some(log) = self.log.as_mut() {
            let object = log.number(object, line);
            log.held.push(Held { thread, object, line, trail: Trail::here() });
        }
    }

    /// Writes down that the running thread no longer holds a lock.
    pub(crate) fn note_release(&mut self, object: Object) {
        let thread = self.current as u32;
        if let Some(log) = self.log.as_mut() {
            let known = &log.known;
            let same = |held: &Held| known[held.object as usize].object.address == object.address;
            let mine = log.held.iter().rposition(|held| held.thread == thread && same(held));
            if let Some(place) = mine.or_else(|| log.held.iter().rposition(same)) {
                log.held.remove(place);
            }
        }
    }

    /// Writes down where the program leaves the schedule that it is told along.
    pub(crate) fn note_lost(&mut self) {
        if let (Some(log), Chooser::Follow(follow)) = (self.log.as_mut(), &self.chooser)
            && follow.diverged.is_some()
            && log.lost.is_none()
        {
            let thread = &self.threads[self.current];
            let place = thread.line.and_then(|line| log.place(line));
            log.lost = Some((thread.handle.label(), place));
        }
    }

    /// Writes down something that the scenario itself did.
    pub(crate) fn note_scenario(&mut self, action: impl FnOnce() -> Action) {
        let thread = self.current as u32;
        if let Some(log) = self.log.as_mut() {
            log.push(Event { thread, action: action(), place: None });
        }
    }
}
