//! What a contained program may not ask of the kernel: two seccomp filters, and the count of forks that one of them makes.

use std::collections::BTreeMap;
use std::io;

use libc::{BPF_ABS, BPF_JEQ, BPF_JGE, BPF_JMP, BPF_JSET, BPF_K, BPF_LD, BPF_RET, BPF_W, sock_filter};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};

use super::wire::Containment;

/// Calls that no graded program needs, and whose kernel code is no stranger's business.
const DENIED: &[libc::c_long] = &[
    // Other processes, and what they hold.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_kcmp,
    libc::SYS_pidfd_getfd,
    // Keys.
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    // Large parts of the kernel.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_seccomp,
    libc::SYS_personality,
    // Mounts and namespaces.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_fanotify_init,
    libc::SYS_quotactl,
    // The machine.
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_syslog,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_adjtimex,
    libc::SYS_clock_adjtime,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_vhangup,
    libc::SYS_move_pages,
    libc::SYS_mbind,
    libc::SYS_set_mempolicy,
    libc::SYS_migrate_pages,
    // Memory that belongs to no process, and outlives one.
    libc::SYS_memfd_create,
    libc::SYS_memfd_secret,
    libc::SYS_shmget,
    libc::SYS_msgget,
    libc::SYS_semget,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_iopl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ioperm,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_modify_ldt,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_kexec_file_load,
];

/// Requests that put words into a terminal's mouth: `TIOCSTI` and `TIOCLINUX`.
const TERMINAL: [u64; 2] = [libc::TIOCSTI, 0x541c];

/// Every kind of socket but a stream: datagrams, raw, reliable datagrams, sequenced packets, DCCP, packets.
const OTHER_SOCKETS: [u64; 6] = [2, 3, 4, 5, 6, 10];

/// The filters, compiled once for every program that a helper runs.
pub(super) struct Filters {
    full: BpfProgram,
    reduced: BpfProgram,
    forks: Vec<sock_filter>,
}

impl Filters {
    /// Compiles them.
    ///
    /// # Errors
    /// On a processor that the library does not know.
    pub(super) fn new() -> io::Result<Self> {
        let compile = |containment| denials(containment).map_err(io::Error::other);
        Ok(Self { full: compile(Containment::Full)?, reduced: compile(Containment::Reduced)?, forks: forks() })
    }

    /// What is denied.
    pub(super) fn denials(&self, containment: Containment) -> &BpfProgram {
        if containment == Containment::Full { &self.full } else { &self.reduced }
    }

    /// What asks about every fork.
    pub(super) fn forks(&self) -> &[sock_filter] {
        &self.forks
    }
}

fn denials(containment: Containment) -> Result<BpfProgram, seccompiler::BackendError> {
    use SeccompCmpArgLen::Dword;
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = DENIED.iter().map(|call| (*call, Vec::new())).collect();
    for request in TERMINAL {
        let rule = SeccompRule::new(vec![SeccompCondition::new(1, Dword, SeccompCmpOp::Eq, request)?])?;
        rules.entry(libc::SYS_ioctl).or_default().push(rule);
    }
    let family =
        |operator, family: libc::c_int| SeccompCondition::new(0, Dword, operator, u64::from(family.cast_unsigned()));
    let neither = [libc::AF_UNIX, libc::AF_INET, libc::AF_INET6].map(|known| family(SeccompCmpOp::Ne, known));
    let mut sockets = vec![SeccompRule::new(neither.into_iter().collect::<Result<_, _>>()?)?];
    if containment == Containment::Reduced {
        // Landlock guards TCP alone, and no network namespace stands around it.
        for inet in [libc::AF_INET, libc::AF_INET6] {
            for other in OTHER_SOCKETS {
                let kind = SeccompCondition::new(1, Dword, SeccompCmpOp::MaskedEq(0xf), other)?;
                sockets.push(SeccompRule::new(vec![family(SeccompCmpOp::Eq, inet)?, kind])?);
            }
        }
    }
    rules.insert(libc::SYS_socket, sockets);
    let denied = SeccompAction::Errno(libc::EPERM.cast_unsigned());
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, denied, std::env::consts::ARCH.try_into()?)?;
    filter.try_into()
}

/// Namespaces, by the flags of `clone`.
const NAMESPACES: libc::c_int = libc::CLONE_NEWNS
    | libc::CLONE_NEWCGROUP
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUSER
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET;

#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: u32 = 0xc000_00b7;

/// `clone3` does not exist (the C library then uses `clone`, whose flags a filter can see); new namespaces are refused;
/// new threads are free; every other new process is asked about.
fn forks() -> Vec<sock_filter> {
    // The offsets of `struct seccomp_data`.
    const NUMBER: u32 = 0;
    const ARCHITECTURE_AT: u32 = 4;
    const FIRST_ARGUMENT: u32 = 16;
    let error = |error: libc::c_int| libc::SECCOMP_RET_ERRNO | error.cast_unsigned();
    let call = |call: libc::c_long| u32::try_from(call).unwrap_or(u32::MAX);
    let mut filter = vec![
        load(ARCHITECTURE_AT),
        jump(BPF_JEQ, ARCHITECTURE, 1, 0),
        give(libc::SECCOMP_RET_KILL_PROCESS),
        load(NUMBER),
    ];
    #[cfg(target_arch = "x86_64")]
    filter.extend([jump(BPF_JGE, 0x4000_0000, 0, 1), give(error(libc::ENOSYS))]);
    filter.extend([jump(BPF_JEQ, call(libc::SYS_clone3), 0, 1), give(error(libc::ENOSYS))]);
    #[cfg(target_arch = "x86_64")]
    for number in [libc::SYS_fork, libc::SYS_vfork] {
        filter.extend([jump(BPF_JEQ, call(number), 0, 1), give(libc::SECCOMP_RET_USER_NOTIF)]);
    }
    filter.extend([
        jump(BPF_JEQ, call(libc::SYS_clone), 1, 0),
        give(libc::SECCOMP_RET_ALLOW),
        load(FIRST_ARGUMENT),
        jump(BPF_JSET, NAMESPACES.cast_unsigned(), 0, 1),
        give(error(libc::EPERM)),
        jump(BPF_JSET, libc::CLONE_THREAD.cast_unsigned(), 0, 1),
        give(libc::SECCOMP_RET_ALLOW),
        give(libc::SECCOMP_RET_USER_NOTIF),
    ]);
    filter
}

fn load(offset: u32) -> sock_filter {
    instruction(BPF_LD | BPF_W | BPF_ABS, offset, 0, 0)
}

fn jump(comparison: u32, value: u32, equal: u8, other: u8) -> sock_filter {
    instruction(BPF_JMP | comparison | BPF_K, value, equal, other)
}

fn give(action: u32) -> sock_filter {
    instruction(BPF_RET | BPF_K, action, 0, 0)
}

fn instruction(code: u32, k: u32, jt: u8, jf: u8) -> sock_filter {
    sock_filter { code: u16::try_from(code).unwrap_or(u16::MAX), jt, jf, k }
}
