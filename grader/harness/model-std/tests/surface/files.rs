//! `std::fs`.

use std::fs::{self, DirEntry, File, FileTimes, FileType, Metadata, OpenOptions, Permissions, ReadDir};
use std::io::Result;
use std::path::{Path, PathBuf};

use super::has;

pub(super) fn check() {
    for _ in [fs::create_dir as fn(&'static str) -> Result<()>, fs::create_dir_all, fs::remove_dir, fs::remove_dir_all]
    {
    }
    let _: fn(PathBuf) -> Result<()> = fs::remove_file;
    let _: fn(&'static Path) -> Result<bool> = fs::exists;
    for _ in [fs::metadata as fn(String) -> Result<Metadata>, fs::symlink_metadata] {}
    for _ in [fs::canonicalize as fn(String) -> Result<PathBuf>, fs::read_link] {}
    let _: fn(&'static str) -> Result<Vec<u8>> = fs::read;
    let _: fn(&'static str) -> Result<String> = fs::read_to_string;
    let _: fn(&'static str) -> Result<ReadDir> = fs::read_dir;
    let _: fn(&'static str, PathBuf) -> Result<u64> = fs::copy;
    for _ in [fs::rename as fn(&'static str, PathBuf) -> Result<()>, fs::hard_link, fs::soft_link] {}
    let _: fn(&'static str, Vec<u8>) -> Result<()> = fs::write;
    let _: fn(&'static str, Permissions) -> Result<()> = fs::set_permissions;
    let _: fn(&'static str) -> Result<File> = File::create_new;
    let _: fn() -> OpenOptions = File::options;
    has!(File: std::io::Read + std::io::Write + std::io::Seek + Send + Sync);
    has!(ReadDir: Iterator<Item = Result<DirEntry>>);
    has!(FileType: Copy);
    has!(FileTimes: Default);
}
