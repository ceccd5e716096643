use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use ::store::{Rows as _, Table};
use embedded::{Folder, OpenError, Store};

#[test]
fn a_second_opener_is_refused_and_told_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let refused = Store::open(folder.path()).err().unwrap();
    assert!(matches!(refused, OpenError::InUse(_)), "{refused}");
    assert!(refused.to_string().contains(&folder.path().display().to_string()));
    drop(store);
    Store::open(folder.path()).unwrap();
}

#[test]
fn a_folder_outlives_the_store_that_works_in_it() {
    let path = tempfile::tempdir().unwrap();
    let folder = std::sync::Arc::new(Folder::lock(path.path()).unwrap());
    drop(Store::open_in(folder.clone()).unwrap());
    assert!(Store::open(path.path()).is_err());
    drop(folder);
    Store::open(path.path()).unwrap();
}

#[test]
fn what_it_makes_is_for_its_owner_alone() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("one/two");
    let _store = Store::open(&folder).unwrap();
    assert_eq!(mode(&folder), Some(0o700));
    let names: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(names.len() >= 5, "{names:?}");
    for name in names {
        assert_eq!(mode(&folder.join(&name)), Some(0o600), "{name:?}");
    }
}

#[test]
fn a_file_of_a_newer_version_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    drop(Store::open(folder.path()).unwrap());
    let connection = rusqlite::Connection::open(folder.path().join("objects.db")).unwrap();
    connection.execute("UPDATE schema SET version = 99", []).unwrap();
    drop(connection);
    let refused = Store::open(folder.path()).err().unwrap();
    assert!(matches!(refused, OpenError::Newer { found: 99, known: 2, .. }), "{refused}");
    assert!(refused.to_string().contains("start a newer daypass"));
}

#[tokio::test]
async fn objects_of_the_first_schema_are_brought_forward() {
    let folder = tempfile::tempdir().unwrap();
    drop(Store::open(folder.path()).unwrap());
    let connection = rusqlite::Connection::open(folder.path().join("objects.db")).unwrap();
    connection.execute_batch("DROP TABLE object_version; UPDATE schema SET version = 1").unwrap();
    let insert = "INSERT INTO object (key, version, value) VALUES (x'6b', zeroblob(16), x'6b657074')";
    connection.execute(insert, []).unwrap();
    drop(connection);
    let store = Store::open(folder.path()).unwrap();
    assert_eq!(store.get(Table::Object, b"k").await.unwrap().unwrap().value, b"kept");
    assert_eq!(store.get(Table::ObjectVersion, b"k").await.unwrap(), None);
}

#[test]
fn a_file_that_is_no_database_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("store.db"), "not a database, but long enough to have a header".repeat(99))
        .unwrap();
    let refused = Store::open(folder.path()).err().unwrap();
    assert!(matches!(refused, OpenError::Database { .. }), "{refused}");
    assert!(refused.to_string().contains("store.db"));
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error() {
    let refused = Store::open("/proc/daypass").err().unwrap();
    assert!(matches!(refused, OpenError::Io { .. }), "{refused}");
}

fn mode(path: &Path) -> Option<u32> {
    std::fs::metadata(path).ok().map(|data| data.permissions().mode() & 0o777)
}
