//! Control groups of a program, of version 1 or 2, wherever this process may make them: true limits of memory and tasks,
//! and true books of both and of CPU time.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::job::Limits;
use super::wire::Books;

/// How often a group that is being emptied is tried again.
const PAUSE: Duration = Duration::from_micros(500);
/// How many times.
const TRIES: usize = 400;

/// Puts this process, which has one thread, into the groups behind `doors`. Whoever is put there by another waits for
/// all forks of the machine to pause, which takes milliseconds; a thread that moves itself does not, in version 1.
///
/// # Errors
/// If that is not allowed.
pub(super) fn enter(doors: Vec<File>) -> io::Result<()> {
    doors.into_iter().try_for_each(|mut door| door.write_all(b"0"))
}

/// Where groups can be made.
#[derive(Clone, Debug)]
pub(super) enum Places {
    /// A folder for each controller.
    One {
        /// Memory.
        memory: PathBuf,
        /// Tasks.
        pids: PathBuf,
        /// CPU time.
        cpuacct: PathBuf,
    },
    /// One folder for all.
    Two(PathBuf),
}

/// The groups of one program. They go when it is dropped, which has to be after the last process of them.
#[derive(Debug)]
pub(super) enum Groups {
    /// Version 1.
    One {
        /// Memory.
        memory: PathBuf,
        /// Tasks.
        pids: PathBuf,
        /// CPU time.
        cpuacct: PathBuf,
    },
    /// Version 2.
    Two(PathBuf),
}

/// After so long the groups of a helper that is gone are nobody's; before, it may be one that this process cannot see.
const AGE: Duration = Duration::from_mins(1);

impl Places {
    /// Where this process may make groups.
    ///
    /// # Errors
    /// Why it may not.
    pub(super) fn find() -> io::Result<Self> {
        let own = fs::read_to_string("/proc/self/cgroup")?;
        if let Some(path) = own.lines().find_map(|line| line.strip_prefix("0::")) {
            let place = below("/sys/fs/cgroup", path);
            let controllers = fs::read_to_string(place.join("cgroup.controllers")).unwrap_or_default();
            let has = |name| controllers.split_whitespace().any(|controller| controller == name);
            if has("memory") && has("pids") {
                fs::write(place.join("cgroup.subtree_control"), "+memory +pids")?;
                return Ok(Self::Two(place));
            }
        }
        let place = |controller: &str| {
            let line = own.lines().find_map(|line| {
                let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
                controllers.split(',').any(|name| name == controller).then_some(path)
            });
            let path = line.ok_or_else(|| io::Error::other(format!("this system has no controller `{controller}`")))?;
            let place = below(&format!("/sys/fs/cgroup/{controller}"), path);
            // In a container, the path may be that of the world outside.
            Ok::<_, io::Error>(if place.is_dir() {
                place
            } else {
                PathBuf::from(format!("/sys/fs/cgroup/{controller}"))
            })
        };
        Ok(Self::One { memory: place("memory")?, pids: place("pids")?, cpuacct: place("cpuacct")? })
    }

    /// Removes the groups of helpers that were killed: called as [`name`] says, and empty.
    pub(super) fn sweep(&self) {
        let places = match self {
            Self::One { memory, pids, cpuacct } => vec![memory, pids, cpuacct],
            Self::Two(place) => vec![place],
        };
        let groups = places.into_iter().filter_map(|place| fs::read_dir(place).ok()).flatten().filter_map(Result::ok);
        for group in groups {
            let name = group.file_name();
            let helper = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.split('-').next());
            let is_gone = helper.is_some_and(|helper| !Path::new("/proc").join(helper).exists());
            let age = group.metadata().and_then(|folder| folder.modified()).ok().and_then(|made| made.elapsed().ok());
            if is_gone && age.is_some_and(|age| age > AGE) {
                // One that is not empty stays: whoever is in it is to be found by it.
                let _ = fs::remove_dir(group.path());
            }
        }
    }
}

/// What the name of every group begins with.
const PREFIX: &str = "grader-";

/// The name of the groups of a helper's run.
pub(super) fn name(helper: u32, run: u64) -> String {
    format!("{PREFIX}{helper}-{run}")
}

fn below(root: &str, path: &str) -> PathBuf {
    Path::new(root).join(path.trim_start_matches('/'))
}

impl Groups {
    /// Makes groups with `limits`, called `name`.
    ///
    /// # Errors
    /// If a folder cannot be made or a limit cannot be set.
    pub(super) fn make(places: &Places, name: &str, limits: &Limits) -> io::Result<Self> {
        let memory_limit = limits.memory.to_string();
        // The supervisor is one task more.
        let tasks_limit = (limits.processes + 1).to_string();
        match places {
            Places::Two(place) => {
                let group = Self::Two(place.join(name));
                let Self::Two(folder) = &group else { return Ok(group) };
                fs::create_dir(folder)?;
                fs::write(folder.join("memory.max"), &memory_limit)?;
                // Without swap accounting there is no such file.
                let _ = fs::write(folder.join("memory.swap.max"), "0");
                fs::write(folder.join("pids.max"), &tasks_limit)?;
                Ok(group)
            }
            Places::One { memory, pids, cpuacct } => {
                let (memory, pids, cpuacct) = (memory.join(name), pids.join(name), cpuacct.join(name));
                for folder in [&memory, &pids, &cpuacct] {
                    fs::create_dir(folder)?;
                }
                fs::write(memory.join("memory.limit_in_bytes"), &memory_limit)?;
                let _ = fs::write(memory.join("memory.memsw.limit_in_bytes"), &memory_limit);
                fs::write(pids.join("pids.max"), &tasks_limit)?;
                Ok(Self::One { memory, pids, cpuacct })
            }
        }
    }

    fn folders(&self) -> Vec<&PathBuf> {
        match self {
            Self::One { memory, pids, cpuacct } => vec![memory, pids, cpuacct],
            Self::Two(folder) => vec![folder],
        }
    }

    /// The files through which a process with one thread enters by itself, see [`enter`].
    ///
    /// # Errors
    /// If that is not allowed.
    pub(super) fn doors(&self) -> io::Result<Vec<File>> {
        let door = |folder: &Path, name| File::options().write(true).open(folder.join(name));
        match self {
            Self::One { memory, pids, cpuacct } => {
                [memory, pids, cpuacct].into_iter().map(|folder| door(folder, "tasks")).collect()
            }
            Self::Two(folder) => Ok(vec![door(folder, "cgroup.procs")?]),
        }
    }

    /// CPU time so far.
    pub(super) fn cpu(&self) -> Option<Duration> {
        match self {
            Self::One { cpuacct, .. } => number(&cpuacct.join("cpuacct.usage")).map(Duration::from_nanos),
            Self::Two(folder) => field(&folder.join("cpu.stat"), "usage_usec").map(Duration::from_micros),
        }
    }

    /// Everything that they say.
    pub(super) fn books(&self) -> Books {
        let without_supervisor = |tasks: u64| tasks.saturating_sub(1);
        match self {
            Self::One { memory, pids, .. } => Books {
                cpu: self.cpu(),
                memory: number(&memory.join("memory.max_usage_in_bytes")),
                tasks: number(&pids.join("pids.peak")).map(without_supervisor),
                starved: field(&memory.join("memory.oom_control"), "oom_kill").unwrap_or(0),
                refused: field(&pids.join("pids.events"), "max").unwrap_or(0),
            },
            Self::Two(folder) => Books {
                cpu: self.cpu(),
                memory: number(&folder.join("memory.peak")),
                tasks: number(&folder.join("pids.peak")).map(without_supervisor),
                starved: field(&folder.join("memory.events"), "oom_kill").unwrap_or(0),
                refused: field(&folder.join("pids.events"), "max").unwrap_or(0),
            },
        }
    }
}

impl Drop for Groups {
    fn drop(&mut self) {
        for folder in self.folders() {
            // A process that has just been waited for may still be leaving.
            let removed = |_: &usize| {
                let busy = fs::remove_dir(folder).is_err_and(|error| error.kind() == io::ErrorKind::ResourceBusy);
                if busy {
                    thread::sleep(PAUSE);
                }
                !busy
            };
            (0..TRIES).find(removed);
        }
    }
}

fn number(file: &Path) -> Option<u64> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}

/// The number after `name` in a file of such lines.
fn field(file: &Path, name: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line?.trim().parse().ok()
}
