//! Landlock: which files a program may open, and, where no network namespace stands around it, which ports it may use.

use std::io;
use std::path::Path;

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, NetPort, PathBeneath, PathFd, Ruleset,
    RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetStatus, Scope,
};

use super::job::{Access, Network};
use super::root;
use super::wire::{Containment, Order};

/// The newest version that is asked for; an older kernel enforces what it can.
const NEWEST: ABI = ABI::V6;

/// Restricts this process, for good. At the full level a kernel without Landlock is put up with: the program's root has
/// nothing in it that it may not see, and Landlock is a second wall behind that one.
///
/// # Errors
/// If the kernel has no Landlock, and nothing else stands between the program and everybody's files.
pub(super) fn restrict(order: &Order, scratch: &Path) -> io::Result<()> {
    let ruleset = match order.containment {
        Containment::Full => inside(order, scratch),
        Containment::Reduced | Containment::None => outside(order, scratch),
    };
    let status = ruleset.and_then(RulesetCreated::restrict_self).map_err(io::Error::other)?;
    if status.ruleset == RulesetStatus::NotEnforced && order.containment != Containment::Full {
        return Err(io::Error::other("this kernel has no Landlock"));
    }
    Ok(())
}

fn everything() -> Result<Ruleset, landlock::RulesetError> {
    let ruleset = Ruleset::default().set_compatibility(CompatLevel::BestEffort);
    ruleset.handle_access(AccessFs::from_all(NEWEST))?.scope(Scope::from_all(NEWEST))
}

/// In a root of its own, everything there is to see may be seen.
fn inside(order: &Order, scratch: &Path) -> Result<RulesetCreated, landlock::RulesetError> {
    let mut rules = everything()?.create()?;
    rules = allow(rules, Path::new("/"), AccessFs::from_read(NEWEST))?;
    rules = allow(rules, Path::new("/dev"), AccessFs::from_all(NEWEST))?;
    rules = allow(rules, scratch, AccessFs::from_all(NEWEST))?;
    for mount in order.mounts.iter().filter(|mount| mount.access == Access::ReadWrite) {
        rules = allow(rules, &mount.target, AccessFs::from_all(NEWEST))?;
    }
    Ok(rules)
}

/// In everybody's root, only what is named.
fn outside(order: &Order, scratch: &Path) -> Result<RulesetCreated, landlock::RulesetError> {
    let mut rules = everything()?.handle_access(AccessNet::from_all(NEWEST))?.create()?;
    for mount in root::system().iter().chain(&order.mounts) {
        let access = match mount.access {
            Access::ReadOnly => AccessFs::from_read(NEWEST),
            Access::ReadWrite => AccessFs::from_all(NEWEST),
        };
        rules = allow(rules, &mount.source, access)?;
    }
    rules = allow(rules, scratch, AccessFs::from_all(NEWEST))?;
    rules = allow(rules, Path::new("/proc"), AccessFs::ReadFile | AccessFs::ReadDir)?;
    if let Network::Served { port } = order.network {
        rules = rules.add_rule(NetPort::new(port, AccessNet::ConnectTcp))?;
    }
    Ok(rules)
}

fn allow(
    rules: RulesetCreated,
    path: &Path,
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, landlock::RulesetError> {
    // What is not there needs no rule.
    let Ok(opened) = PathFd::new(path) else { return Ok(rules) };
    let access = if path.is_dir() { access } else { access & AccessFs::from_file(NEWEST) };
    rules.add_rule(PathBeneath::new(opened, access))
}
