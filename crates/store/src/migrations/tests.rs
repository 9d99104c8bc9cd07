use rusqlite::Connection;

use super::{Applied, Migration, missing, postgres, sqlite};
use crate::StoreError;

const KNOWN: &[Migration] = &[Migration { number: 1, sql: "one" }, Migration { number: 2, sql: "two" }];

fn behind(steps: &[&Migration]) -> Vec<Applied> {
    steps.iter().map(|step| Applied { number: step.number, checksum: step.checksum() }).collect()
}

fn check_missing(applied: &[Applied], expected: &[i64]) {
    let numbers: Vec<i64> = missing(applied, KNOWN).unwrap().iter().map(|step| step.number).collect();
    assert_eq!(numbers, expected);
}

#[test]
fn a_database_of_a_newer_program_is_refused() {
    let newer = Migration { number: 3, sql: "three" };
    let applied = behind(&[&KNOWN[0], &KNOWN[1], &newer]);
    let error = missing(&applied, KNOWN).err().map(|error| error.to_string());
    let text = "the store is not available: the database has schema 3, this program knows schemas up to 2 only";
    assert_eq!(error.as_deref(), Some(text));
}

#[test]
fn a_database_made_by_another_migration_is_refused() {
    let other = Migration { number: 1, sql: "another one" };
    assert!(matches!(missing(&behind(&[&other]), KNOWN), Err(StoreError::Corrupt(_))));
}

#[test]
fn a_database_that_lacks_a_step_in_between_is_refused() {
    assert!(matches!(missing(&behind(&[&KNOWN[1]]), KNOWN), Err(StoreError::Corrupt(_))));
}

#[test]
fn an_empty_database_needs_all_steps() {
    check_missing(&[], &[1, 2]);
}

#[test]
fn an_older_database_needs_the_newer_steps() {
    check_missing(&behind(&[&KNOWN[0]]), &[2]);
}

#[test]
fn a_database_that_is_up_to_date_needs_nothing() {
    check_missing(&behind(&[&KNOWN[0], &KNOWN[1]]), &[]);
}

#[test]
fn both_databases_have_the_same_numbers_from_one_on() {
    let numbers = |steps: &[Migration]| steps.iter().map(|step| step.number).collect::<Vec<_>>();
    let expected: Vec<i64> = (1..=sqlite::MIGRATIONS.len() as i64).collect();
    assert_eq!((numbers(sqlite::MIGRATIONS), numbers(postgres::MIGRATIONS)), (expected.clone(), expected));
}

#[test]
fn sqlite_comes_to_the_newest_schema_from_every_old_one() {
    for behind in 0..=sqlite::MIGRATIONS.len() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch("CREATE TABLE migration (number INTEGER PRIMARY KEY, checksum BLOB NOT NULL)")
            .unwrap();
        for step in &sqlite::MIGRATIONS[..behind] {
            connection.execute_batch(step.sql).unwrap();
            let insert = "INSERT INTO migration VALUES (?1, ?2)";
            connection.execute(insert, rusqlite::params![step.number, step.checksum()]).unwrap();
        }
        sqlite::migrate(&mut connection).unwrap();
        let applied: i64 = connection.query_row("SELECT count(*) FROM migration", [], |row| row.get(0)).unwrap();
        assert_eq!(applied, sqlite::MIGRATIONS.len() as i64, "from {behind}");
    }
}
