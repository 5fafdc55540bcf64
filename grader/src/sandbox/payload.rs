//! The last steps of a process before it becomes the program: its streams, limits, identity, filters.

use std::convert::Infallible;
use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::Mode;
use rustix::process::{
    Gid, Resource, Rlimit, Signal, Uid, getrlimit, set_parent_process_death_signal, setrlimit, setsid, umask,
};
use rustix::thread::{
    CapabilitiesSecureBits, CapabilitySet, CapabilitySets, configure_capability_in_ambient_set,
    remove_capability_from_bounding_set, set_capabilities, set_capabilities_secure_bits, set_no_new_privs,
    set_thread_groups, set_thread_res_gid, set_thread_res_uid,
};

use super::filters::Filters;
use super::landlock;
use super::system::{self, Broken, Step};
use super::wire::{Channel, Containment, Order, tell};

/// So many tasks more than may live the kernel lets through: the supervisor refuses before, and counts whom.
const MARGIN: u64 = 8;

/// Who the program is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Identity {
    /// Somebody that is nobody else, without any power.
    Stranger {
        /// Its number, where the program is.
        id: u32,
    },
    /// The same, but it may read what the file system would not let it: Landlock decides what it opens.
    Reader {
        /// Its number.
        id: u32,
    },
    /// The user of a namespace that it owns, without the powers over it.
    Powerless,
    /// Whoever runs the grader.
    Same,
}

/// Becomes the program. `up` hears of the filter's listener, and is closed when the program begins.
///
/// # Errors
/// [`Broken`] with the step. The process is of no use then.
pub(super) fn run(
    order: Order,
    streams: &[OwnedFd; 3],
    (identity, scratch): (Identity, &Path),
    filters: &Filters,
    up: &Channel,
) -> Result<Infallible, Broken> {
    setsid().step("begin a session")?;
    system::become_standard(streams).step("pass the streams on")?;
    system::default_signals();
    limit(&order, identity).step("set the limits")?;
    umask(Mode::from_raw_mode(0o022));
    assume(identity).step("change the identity")?;
    // After that: a change of identity clears it.
    set_parent_process_death_signal(Some(Signal::KILL)).step("tie the program to its supervisor")?;
    set_no_new_privs(true).step("give up what programs may gain")?;
    std::env::set_current_dir(&order.folder).step(format!("enter `{}`", order.folder.display()))?;
    if order.containment != Containment::None {
        landlock::restrict(&order, scratch).step("set up Landlock")?;
        let listener = system::install_listening_filter(filters.forks()).step("install the filter of forks")?;
        up.send(&[tell::FILTER], &[listener.as_fd()]).step("pass the filter on")?;
        drop(listener);
        let denials = filters.denials(order.containment);
        seccompiler::apply_filter(denials).map_err(io::Error::other).step("install the filter of calls")?;
    }
    let Order { program, arguments, environment, .. } = order;
    let name = program.clone();
    let arguments = std::iter::once(program.clone()).chain(arguments).collect();
    let mut pairs: Vec<OsString> = Vec::new();
    if !environment.iter().any(|(name, _)| name == "TMPDIR") {
        pairs.push(pair("TMPDIR".into(), scratch.as_os_str().to_owned()));
    }
    pairs.extend(environment.into_iter().map(|(name, value)| pair(name, value)));
    Err(system::execute(program, arguments, pairs)).step(format!("execute `{}`", name.display()))
}

fn pair(mut name: OsString, value: OsString) -> OsString {
    name.push("=");
    name.push(value);
    name
}

fn limit(order: &Order, identity: Identity) -> io::Result<()> {
    let limits = &order.limits;
    // A second more than the tree has together: the books decide, this is the net below them.
    let seconds = limits.cpu.as_secs() + 2;
    let mut wanted = vec![
        (Resource::Cpu, seconds),
        (Resource::Fsize, limits.file_size),
        (Resource::Nofile, limits.open_files),
        (Resource::Stack, 8 << 20),
        (Resource::Core, 0),
        (Resource::Memlock, 64 << 10),
        (Resource::Msgqueue, 0),
    ];
    // For the grader's own user it would count everything else that the user runs.
    if order.containment == Containment::Full || matches!(identity, Identity::Reader { .. }) {
        wanted.push((Resource::Nproc, limits.processes + MARGIN));
    }
    for (resource, wanted) in wanted {
        let most = getrlimit(resource).maximum;
        let at_most = |wanted: u64| Some(most.map_or(wanted, |most| most.min(wanted)));
        // At the first of two limits of CPU time the kernel says why it ends the process; at the second it just does.
        let beyond = u64::from(resource == Resource::Cpu);
        setrlimit(resource, Rlimit { current: at_most(wanted), maximum: at_most(wanted + beyond) })?;
    }
    Ok(())
}

fn assume(identity: Identity) -> io::Result<()> {
    match identity {
        Identity::Same => {}
        Identity::Stranger { id } => {
            switch(id)?;
        }
        Identity::Reader { id } => {
            // Without this, `access` would ask on behalf of somebody who may not read, and the linker believes it.
            set_capabilities_secure_bits(CapabilitiesSecureBits::NO_SETUID_FIXUP)?;
            switch(id)?;
            let read = CapabilitySet::DAC_READ_SEARCH;
            set_capabilities(None, CapabilitySets { effective: read, permitted: read, inheritable: read })?;
            configure_capability_in_ambient_set(read, true)?;
        }
        Identity::Powerless => {
            for capability in 0..64 {
                let capability = CapabilitySet::from_bits_retain(1 << capability);
                // Past the last one that this kernel has.
                if remove_capability_from_bounding_set(capability).is_err() {
                    break;
                }
            }
            let none = CapabilitySet::empty();
            set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })?;
        }
    }
    Ok(())
}

fn switch(id: u32) -> io::Result<()> {
    set_thread_groups(&[])?;
    let (user, group) = (Uid::from_raw(id), Gid::from_raw(id));
    set_thread_res_gid(group, group, group)?;
    set_thread_res_uid(user, user, user)?;
    Ok(())
}
