//! The commands of the page on partners, as an operator types them.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
};

use crate::served::Served;

/// A file of the how-to pages.
fn how_to(name: &str) -> String {
    let path = format!("{}/../../docs/how-to/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What stands in fences that are marked as commands to be typed.
fn blocks(page: &str) -> Vec<&str> {
    page.split("\n```sh\n").skip(1).filter_map(|rest| rest.split("\n```").next()).collect()
}

/// What a line is said to print, in the order of the lines.
fn expected(blocks: &[&str]) -> Vec<String> {
    let says = |line: &&str| line.rsplit_once(" # ").map(|(_, says)| says.trim().to_owned());
    let is_plain = |says: &String| says.parse::<u16>().is_ok() || says.starts_with("system/") || says == "searchset";
    blocks.iter().flat_map(|block| block.lines()).filter_map(|line| says(&line)).filter(is_plain).collect()
}

fn has(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}

/// Types blocks into one shell. After each the server has taken in what it was told to read.
fn type_in(blocks: &[&str], folder: &Path, served: &Served) -> String {
    let programs = Path::new(env!("CARGO_BIN_EXE_baton")).parent().expect("it is in a folder");
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap_or_default());
    let mut shell = Command::new("sh");
    shell.arg("-e").current_dir(folder).env("PATH", path).env("BASE", &served.url).env("PID", served.pid());
    let mut shell = shell.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a system with sh");
    let mut typed = shell.stdin.take().expect("it is piped");
    let mut printed = BufReader::new(shell.stdout.take().expect("it is piped")).lines().map_while(Result::ok);
    let mut all = String::new();
    for block in blocks {
        writeln!(typed, "{block}\necho the end of a block").expect("the shell reads");
        loop {
            match printed.next() {
                Some(line) if line == "the end of a block" => break,
                Some(line) => all.push_str(&format!("{line}\n")),
                None => panic!("this ended the shell:\n{block}\nafter\n{all}"),
            }
        }
        for _ in block.matches("--reload") {
            served.logs("the configuration was read again");
        }
    }
    drop(typed);
    assert!(shell.wait().expect("it ends").success());
    all
}

#[test]
fn the_commands_of_the_page_on_partners_do_what_it_says() {
    let is_required = std::env::var_os("BATON_REQUIRE_TOOLS").is_some();
    if !has("curl") || !has("jq") {
        assert!(!is_required, "curl and jq are needed for this test: install them");
        eprintln!("not tried: there is no curl or no jq");
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = how_to("baton.toml").replace("127.0.0.1:8080", "127.0.0.1:0");
    std::fs::write(folder.path().join("baton.toml"), config).expect("the folder is ours");
    let page = how_to("partners.md");
    let blocks = blocks(&page);
    assert!(blocks.len() >= 9, "{blocks:?}");
    let printed = type_in(&blocks, folder.path(), &Served::at(folder.path()));
    let (mut lines, expected) = (printed.lines(), expected(&blocks));
    assert!(expected.len() >= 8, "{expected:?}");
    for line in expected {
        assert!(lines.any(|printed| printed == line), "{line} is missing in its place:\n{printed}");
    }
    assert!(
        printed
            .contains("valley  Valley Clinic  netsmart  -  -  system/Messaging.write,system/*.read  secret  disabled")
    );
    let written = std::fs::read_to_string(folder.path().join("baton.toml")).expect("it is there");
    assert!(written.contains("# Change the secret before anybody else can reach it."), "{written}");
}
