use super::{House, TABLE, check, table, tags, tests, written};

const ROW: &str = "[[threat]]\nid = \"T67\"\nname = \"a host of the sender's choice\"\n";
const TEST: &str = "/// Threat: T67\n#[test]\nfn links_stay() {}\n";

#[track_caller]
fn check_said(table: &str, code: &str, expected: &[&str]) {
    let house = House::of([(TABLE, table), ("crates/a/tests/b.rs", code)]);
    let said: Vec<String> = check(&house).iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), expected.len(), "{said:?}");
    for (said, expected) in said.iter().zip(expected) {
        assert!(said.contains(expected), "{expected} in {said}");
    }
}

#[test]
fn a_threat_has_a_test_or_a_reason_and_not_both() {
    let reason = format!("{ROW}untested = \"there are no links yet\"\n");
    check_said(ROW, "", &["T67 has neither a test nor a reason"]);
    check_said(ROW, TEST, &[]);
    check_said(&reason, "", &[]);
    check_said(&reason, TEST, &["T67 has tests and a reason"]);
}

#[test]
fn a_tag_names_a_threat_and_stands_at_a_test() {
    check_said(
        ROW,
        &format!("{TEST}/// Threat: T99\n#[tokio::test(start_paused = true)]\nasync fn a() {{}}\n"),
        &["b.rs:4: T99 is no row"],
    );
    check_said(
        ROW,
        &format!("{TEST}/// Threat: T67\nfn helper() {{}}\n#[test]\nfn other() {{}}\n"),
        &["stands at no test"],
    );
    check_said(ROW, "/// Why.\n/// Threat: T67\n#[test]\n#[cfg(unix)]\nfn a() {}\n", &[]);
    check_said(&format!("{ROW}{}", ROW.replace("67", "68")), "/// Threat: T67, T68\n#[test]\nfn a() {}\n", &[]);
}

#[test]
fn a_test_that_the_table_names_is_there() {
    let naming = |name: &str| format!("{ROW}tests = [\"crates/a/tests/b.rs::{name}\"]\n");
    check_said(&naming("links_stay"), "#[test]\nfn links_stay() {}\n", &[]);
    check_said(
        &naming("links_go"),
        "#[test]\nfn links_stay() {}\n",
        &["there is no test crates/a/tests/b.rs::links_go"],
    );
}

#[test]
fn the_table_says_what_it_has_to_and_nothing_else() {
    check_said("[[threat]]\nid = \"67\"\nname = \"n\"\nuntested = \"r\"\n", "", &["as in T67"]);
    check_said("[[threat]]\nid = \"T67\"\nuntested = \"r\"\n", "", &["a threat has a name"]);
    check_said(&format!("{ROW}reason = \"r\"\nuntested = \"r\"\n"), "", &["and nothing else"]);
    check_said(&format!("{ROW}{ROW}"), TEST, &["T67 stands twice"]);
    check_said(&format!("{ROW}untested = \" \"\n"), "", &["is text"]);
    check_said("[[threat]", "", &["it is not TOML"]);
}

#[test]
fn a_page_names_tests_that_there_are() {
    let page = ("docs/limits.md", "| a | `crates/a/tests/b.rs::links_stay` | `crates/a/tests/b.rs::gone` |");
    let house = House::of([(TABLE, ROW), page, ("crates/a/tests/b.rs", TEST)]);
    let said: Vec<String> = check(&house).iter().map(ToString::to_string).collect();
    assert_eq!(said, ["docs/limits.md:1: there is no test crates/a/tests/b.rs::gone [threats]"]);
}

#[test]
fn the_list_shows_tests_and_reasons() {
    let rows =
        format!("{ROW}note = \"a few hosts\"\n[[threat]]\nid = \"T01\"\nname = \"codes\"\nuntested = \"none yet\"\n");
    let house = House::of([(TABLE, rows.as_str()), ("crates/a/tests/b.rs", TEST)]);
    let (threats, _) = table::read(&house);
    let tags = tags::all(&house);
    let list = "T67  a host of the sender's choice\n     (a few hosts)\n     crates/a/tests/b.rs::links_stay\n\n\
                Without a test: 1 of 2\n\nT01  codes: none yet\n";
    assert_eq!(written(&threats, &tests(&threats, &tags)), list);
}
