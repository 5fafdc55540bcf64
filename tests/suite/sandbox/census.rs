//! What a machine holds that a run could leave behind.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

/// A look at the machine.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Census {
    /// Processes of a submission's: those that sleep for a thousand seconds, or run a program from a scratch folder.
    processes: BTreeSet<String>,
    /// What is mounted.
    mounts: BTreeSet<String>,
    /// Control groups.
    groups: BTreeSet<PathBuf>,
    /// What stands in the folder for temporary files.
    temporary: BTreeSet<PathBuf>,
    /// Sockets that wait for connections, on the host's own network.
    listeners: BTreeSet<String>,
}

impl Census {
    /// Takes it. `temporary` is the folder for temporary files.
    pub(crate) fn take(temporary: &Path) -> Self {
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        let mut groups = BTreeSet::new();
        add_groups(Path::new("/sys/fs/cgroup"), 0, &mut groups);
        Self {
            processes: processes(),
            mounts: mounts.lines().map(str::to_owned).collect(),
            groups,
            temporary: entries(temporary).collect(),
            listeners: listeners(),
        }
    }

    /// Compares with an earlier one.
    pub(crate) fn must_be(&self, before: &Self) {
        assert_eq!(self.mounts, before.mounts);
        assert_eq!(self.temporary, before.temporary);
        // Other graders of the machine have such processes, groups and sockets, too; theirs go by themselves.
        for process in self.processes.difference(&before.processes) {
            assert!(ends(|| !Path::new(process).exists()), "{process} is left");
        }
        for group in self.groups.difference(&before.groups) {
            assert!(ends(|| !group.exists()), "{} is left", group.display());
        }
        for listener in self.listeners.difference(&before.listeners) {
            assert!(ends(|| !listeners().contains(listener)), "somebody still listens: {listener}");
        }
    }
}

/// Whether this is so within the time limit of any check.
fn ends(gone: impl Fn() -> bool) -> bool {
    (0..1_200).any(|_| {
        let gone = gone();
        if !gone {
            thread::sleep(Duration::from_millis(100));
        }
        gone
    })
}

/// The open descriptors of this process.
pub(crate) fn descriptors() -> usize {
    entries(Path::new("/proc/self/fd")).count()
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()))
}

fn processes() -> BTreeSet<String> {
    let processes = entries(Path::new("/proc")).filter(|process| {
        let line = fs::read(process.join("cmdline")).unwrap_or_default();
        let sleeper = line.ends_with(b"sleep\x001000\x00");
        let driver = fs::read_link(process.join("exe")).is_ok_and(|exe| exe.ends_with("compiled/real/driver"));
        sleeper || driver
    });
    processes.map(|process| process.to_string_lossy().into_owned()).collect()
}

/// The address and inode of every TCP socket in state `LISTEN` (0A), as in `proc_pid_net(5)`.
fn listeners() -> BTreeSet<String> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|table| fs::read_to_string(table).unwrap_or_default());
    let lines = tables.iter().flat_map(|table| table.lines().skip(1));
    let columns = lines.map(|line| line.split_whitespace().collect::<Vec<_>>());
    columns.filter(|at| at.get(3) == Some(&"0A")).map(|at| format!("{} inode {}", at[1], at[9])).collect()
}

/// Groups called `grader-HELPER-RUN`.
fn add_groups(folder: &Path, depth: u32, found: &mut BTreeSet<PathBuf>) {
    for path in entries(folder).filter(|path| path.is_dir() && !path.is_symlink()) {
        if path.file_name().unwrap_or_default().to_string_lossy().starts_with("grader-") {
            found.insert(path);
        } else if depth < 4 {
            add_groups(&path, depth + 1, found);
        }
    }
}
