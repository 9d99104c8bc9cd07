//! Patients in words, so that who chooses one can tell them apart, and is told no more than that takes.

use std::collections::HashMap;

use crate::rest::{PatientSeen, PatientsSeen};

/// The patients by id, each in words. Two who share a name and a birth date differ by the end of a number, and where it is one person
/// in several referrals, by when that came. Of a list of which there is more, nobody knows who else is on it, so that the numbers
/// are on all of its lines.
pub(super) fn told_apart(seen: &PatientsSeen) -> Vec<(&str, String)> {
    let patients = &seen.patients;
    let mut words: Vec<String> = patients.iter().map(named).collect();
    let alike = counted(&words);
    for (words, patient) in words.iter_mut().zip(patients) {
        if let Some(end) = patient.line.number_end.as_deref().filter(|_| seen.next.is_some() || alike[words] > 1) {
            words.push_str(&format!(", number ending in {end}"));
        }
    }
    let alike = counted(&words);
    for (words, patient) in words.iter_mut().zip(patients) {
        if alike[words] > 1 {
            words.push_str(&format!(", received {}", moment(patient)));
        }
    }
    patients.iter().map(|patient| patient.id.as_str()).zip(words).collect()
}

fn named(patient: &PatientSeen) -> String {
    let name = if patient.line.name.is_empty() { "(no name)" } else { &patient.line.name };
    match &patient.line.born {
        Some(born) => format!("{name}, born {born}"),
        None => name.to_owned(),
    }
}

/// How often each stands there.
fn counted(words: &[String]) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for words in words {
        *counts.entry(words.clone()).or_default() += 1;
    }
    counts
}

/// When a patient was accepted, to the second.
fn moment(patient: &PatientSeen) -> String {
    let text = patient.accepted.to_string();
    match text.get(..19) {
        Some(seconds) => format!("{} UTC", seconds.replace('T', " ")),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use baton_exchange::time::Timestamp;
    use baton_fhir::patient::PatientLine;

    use super::{PatientSeen, PatientsSeen, told_apart};

    fn patient(name: &str, end: Option<&str>, secs: i64) -> PatientSeen {
        let born = Some("1970-01-31".to_owned());
        let line = PatientLine { name: name.to_owned(), born, number_end: end.map(str::to_owned) };
        PatientSeen { id: format!("{name}-{secs}"), line, accepted: Timestamp(0).plus_secs(secs) }
    }

    #[track_caller]
    fn check(patients: Vec<PatientSeen>, next: Option<i64>, expected: &[&str]) {
        let seen = PatientsSeen { patients, next, ..PatientsSeen::default() };
        let words: Vec<String> = told_apart(&seen).into_iter().map(|(_, words)| words).collect();
        assert_eq!(words, expected);
    }

    #[test]
    fn who_is_alone_with_a_name_and_a_birth_date_is_named_by_them() {
        let patients = vec![patient("A", Some("1234"), 0), patient("", None, 1)];
        check(patients, None, &["A, born 1970-01-31", "(no name), born 1970-01-31"]);
    }

    #[test]
    fn two_of_one_name_and_birth_date_differ_by_the_end_of_a_number() {
        let patients = vec![patient("A", Some("1234"), 0), patient("B", Some("9"), 1), patient("A", Some("5678"), 2)];
        let [first, other] = ["1234", "5678"].map(|end| format!("A, born 1970-01-31, number ending in {end}"));
        check(patients, None, &[&first, "B, born 1970-01-31", &other]);
    }

    #[test]
    fn one_person_of_two_referrals_is_told_apart_by_when_they_came() {
        let patients = vec![patient("A", Some("1234"), 0), patient("A", Some("1234"), 90_061)];
        let words = "A, born 1970-01-31, number ending in 1234, received";
        let [first, other] = ["1970-01-01 00:00:00 UTC", "1970-01-02 01:01:01 UTC"].map(|at| format!("{words} {at}"));
        check(patients, None, &[&first, &other]);
        let patients = vec![patient("A", None, 0), patient("A", None, 1)];
        let [first, other] = ["0", "1"].map(|at| format!("A, born 1970-01-31, received 1970-01-01 00:00:0{at} UTC"));
        check(patients, None, &[&first, &other]);
    }

    #[test]
    fn of_a_part_of_a_list_each_line_has_its_number() {
        check(vec![patient("A", Some("1234"), 0)], Some(7), &["A, born 1970-01-31, number ending in 1234"]);
    }
}
