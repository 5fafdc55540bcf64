//! Files: other threads run between one look at a folder and the next.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::thread;

use crate::explorer::observations;

/// Whether two threads, which each make a file `part` in `folder`, can give it a name of their own.
fn both_arrive(folder: &Path) -> Vec<u8> {
    for name in ["part", "0", "1"] {
        let _ = fs::remove_file(folder.join(name));
    }
    let (part, numbered) = (folder.join("part"), |number: u8| folder.join(number.to_string()));
    let arrives = thread::scope(|scope| {
        let threads = [0, 1].map(|number| {
            let (part, target) = (&part, numbered(number));
            scope.spawn(move || {
                fs::write(part, [number]).unwrap();
                fs::rename(part, target).is_ok()
            })
        });
        threads.map(|thread| thread.join().unwrap())
    });
    arrives.map(u8::from).to_vec()
}

#[test]
fn a_file_of_one_name_for_two_threads_is_lost_between_its_making_and_its_renaming() {
    let folder = tempfile::tempdir().unwrap();
    let seen = observations(&|| both_arrive(folder.path()));
    assert_eq!(seen, BTreeSet::from([vec![1, 1], vec![0, 1], vec![1, 0]]));
}

#[test]
fn a_file_that_another_thread_has_made_since_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let seen = observations(&|| {
        let (first, second) = (folder.path().join("first"), folder.path().join("second"));
        fs::write(&first, "").unwrap();
        let kept = thread::scope(|scope| {
            let tidier = scope.spawn(|| {
                fs::rename(&first, &second).unwrap();
                let _ = fs::remove_file(&first);
            });
            let maker = scope.spawn(|| fs::write(&first, "another's").unwrap());
            tidier.join().unwrap();
            maker.join().unwrap();
            fs::exists(&first).unwrap()
        });
        vec![u8::from(kept)]
    });
    assert_eq!(seen, BTreeSet::from([vec![0], vec![1]]));
}
