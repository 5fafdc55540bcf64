//! What a program of the full level sees of the file system: a root of its own, made of read-only views and capped
//! scratch space.

use std::ffi::CString;
use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt, symlink};
use std::path::{Path, PathBuf};

use rustix::fs::CWD;
use rustix::mount::{
    MountFlags, MountPropagationFlags, MoveMountFlags, OpenTreeFlags, UnmountFlags, mount, mount_change, move_mount,
    open_tree, unmount,
};

use super::job::{Access, Mount};
use super::system::{Broken, Step, restrict_mount};
use super::wire::Order;

/// The scratch space.
pub(super) const SCRATCH: &str = "/tmp";

/// Where the new root is put together: any folder that every system has.
const STAGE: &str = "/tmp";

/// What every program needs: libraries, the linker and its neighbours, the names of users and of this machine.
const SYSTEM: [&str; 10] = [
    "/usr",
    "/nix/store",
    "/gnu/store",
    "/etc/alternatives",
    "/etc/ld.so.cache",
    "/etc/passwd",
    "/etc/group",
    "/etc/hosts",
    "/etc/nsswitch.conf",
    "/etc/localtime",
];
/// Links into `/usr` on most systems, folders on some.
const MERGED: [&str; 6] = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];
/// The harmless devices.
const DEVICES: [&str; 5] = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

const READ_ONLY: u64 = 1;
const NO_SETUID: u64 = 2;
const NO_DEVICES: u64 = 4;
const NO_EXECUTION: u64 = 8;

/// A file or folder, taken out of the old root to be put into the new one.
pub(super) struct Tree {
    mount: OwnedFd,
    is_folder: bool,
    target: PathBuf,
    attributes: u64,
}

/// Everything of the system that is there, as mounts, for every level.
pub(super) fn system() -> Vec<Mount> {
    let real = |path: &&&str| !Path::new(path).is_symlink() || !MERGED.contains(*path);
    let visible = |path: &&str, access| Mount { source: PathBuf::from(path), target: PathBuf::from(path), access };
    let files = SYSTEM.iter().chain(MERGED.iter()).filter(real).filter(|path| Path::new(path).exists());
    let devices = DEVICES.iter().filter(|path| Path::new(path).exists());
    let files = files.map(|path| visible(path, Access::ReadOnly));
    files.chain(devices.map(|path| visible(path, Access::ReadWrite))).collect()
}

/// Takes the trees of a program. Root has to do so before it gives up its powers over files, an ordinary user after it
/// got those of a namespace.
///
/// # Errors
/// If one of the program's own mounts is not there.
pub(super) fn take(mounts: &[Mount]) -> Result<Vec<Tree>, Broken> {
    let system = system();
    let take = |mount: &Mount| -> Result<Tree, Broken> {
        let Mount { source, target, access } = mount;
        let flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::AT_RECURSIVE | OpenTreeFlags::OPEN_TREE_CLOEXEC;
        let is_folder = fs::metadata(source).step(format!("see `{}`", source.display()))?.is_dir();
        let tree = open_tree(CWD, source, flags).step(format!("take `{}`", source.display()))?;
        let kind = if target.starts_with("/dev") { NO_EXECUTION } else { NO_DEVICES };
        let right = if *access == Access::ReadOnly { READ_ONLY } else { 0 };
        Ok(Tree { mount: tree, is_folder, target: target.clone(), attributes: NO_SETUID | kind | right })
    };
    system.iter().chain(mounts).map(take).collect()
}

/// Puts the new root together and moves into it. `owner` owns the scratch space, by its number inside.
///
/// # Errors
/// [`Broken`] with the step.
pub(super) fn enter(order: &Order, trees: Vec<Tree>, owner: Option<u32>) -> Result<(), Broken> {
    let plain = MountFlags::NOSUID | MountFlags::NODEV;
    mount_change("/", MountPropagationFlags::REC | MountPropagationFlags::PRIVATE).step("make the mounts private")?;
    mount("tmpfs", STAGE, "tmpfs", plain, &*text("size=4m,nr_inodes=4096,mode=755")).step("mount a new root")?;
    std::env::set_current_dir(STAGE).step("enter the new root")?;
    for link in MERGED {
        if let Ok(target) = fs::read_link(link) {
            symlink(target, inside(Path::new(link))).step(format!("make `{link}`"))?;
        }
    }
    let limits = &order.limits;
    let owner = owner.map_or_else(String::new, |owner| format!(",uid={owner},gid={owner}"));
    let options =
        format!("size={},nr_inodes={},mode=700{owner}", limits.scratch.max(4096), limits.scratch_files.max(16));
    folder(Path::new(SCRATCH)).step("make the scratch space")?;
    mount("tmpfs", inside(Path::new(SCRATCH)), "tmpfs", plain, &*text(&options)).step("mount the scratch space")?;
    for tree in trees {
        place(&tree).step(format!("show `{}`", tree.target.display()))?;
    }
    for (link, target) in [("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")] {
        symlink(format!("/proc/self/fd{target}"), format!("dev/{link}")).step("make `/dev`")?;
    }
    folder(Path::new("/proc")).step("make `/proc`")?;
    // Read-only, so that nobody writes to memory through it; only what belongs to this user's processes.
    let guarded = plain | MountFlags::NOEXEC | MountFlags::RDONLY;
    mount("proc", "proc", "proc", guarded, &*text("hidepid=2,subset=pid")).step("mount `/proc`")?;
    rustix::process::pivot_root(".", ".").step("change the root")?;
    unmount(".", UnmountFlags::DETACH).step("leave the old root")?;
    restrict_mount(CWD.as_raw_fd(), "/", false, READ_ONLY).step("make the root read-only")?;
    std::env::set_current_dir("/").step("enter the root")
}

fn place(tree: &Tree) -> io::Result<()> {
    let target = inside(&tree.target);
    if tree.is_folder {
        folder(&tree.target)?;
    } else {
        folder(tree.target.parent().unwrap_or(Path::new("/")))?;
        if !target.exists() {
            File::create(&target)?;
        }
    }
    restrict_mount(tree.mount.as_raw_fd(), "", true, tree.attributes)?;
    move_mount(&tree.mount, "", CWD, &target, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH)?;
    Ok(())
}

/// A path of the new root, seen from where it is put together.
fn inside(path: &Path) -> PathBuf {
    Path::new(".").join(path.strip_prefix("/").unwrap_or(path))
}

fn folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o755).create(inside(path))
}

fn text(options: &str) -> CString {
    CString::new(options).unwrap_or_default()
}
