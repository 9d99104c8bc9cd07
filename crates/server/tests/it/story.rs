//! The two programs that show what Baton does: the demo and the benchmark.

use std::process::{Command, Output, Stdio};

fn baton(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_baton"))
        .args(arguments)
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .output()
        .expect("the binary was built for this test")
}

#[test]
fn the_demo_tells_its_whole_story_and_ends_well() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path().to_str().expect("a name of plain characters");
    let output = baton(&["demo", "--once", "--folder", folder]);
    let (told, complaints) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{told}\n{complaints}");
    for part in [
        "is active, urgent, version 1",
        "is active, asap, version 2",
        "byte for byte",
        "ref-dangling",
        "201, RESOURCE_CREATED",
        "finds 1 pointer",
        "200, RESOURCE_UPDATED",
        "finds 0 pointers",
        "its Task is requested",
        "the practice reads accepted",
        "finds 1 visit",
        "gives 410, and 0 visits",
        "Try next",
    ] {
        assert!(told.contains(part), "{part} is missing in\n{told}");
    }
    assert!(told.lines().count() <= 72, "it can be read at a glance\n{told}");
}

#[test]
fn the_benchmark_measures_both_sides_and_draws_them() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let plot = folder.path().join("plot.svg");
    let plot = plot.to_str().expect("a name of plain characters");
    let arguments = ["bench", "--json", "--connections", "4", "--slices", "2", "--slice-millis", "60", "--plot", plot];
    let output = baton(&arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("--json prints JSON");
    for side in ["baton", "bare"] {
        assert!(report[side]["messages"].as_u64() > Some(0), "{report}");
    }
    assert!(report["settings"]["rows_per_message"].as_u64() > Some(20), "{report}");
    assert!(std::fs::read_to_string(plot).expect("the plot is there").starts_with("<svg "));
}

#[test]
fn the_benchmark_of_pointers_measures_all_operations_at_all_sizes_and_draws_them() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let plot = folder.path().join("plot.svg");
    let plot = plot.to_str().expect("a name of plain characters");
    let brief = ["--connections", "4", "--slices", "2", "--slice-millis", "40"];
    let arguments = [&["bench", "pointers", "--sizes", "100,300", "--json", "--plot", plot], &brief[..]].concat();
    let output = baton(&arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("--json prints JSON");
    let results = report["results"].as_array().expect("there are results");
    assert_eq!(results.len(), 8, "{report}");
    for result in results {
        let (baton, bare) = (&result["baton"], &result["bare"]);
        assert_eq!(baton["rows"], bare["rows"], "both sides do the same: {result}");
        for figure in ["per_second", "latency_p50_micros", "latency_p99_micros", "time_growth", "requests"] {
            assert!(baton[figure].is_number() && bare[figure].is_number(), "{figure}: {result}");
        }
        // processor time comes in ticks, and on a busy machine so short a trial may get none: there is nothing to grow from
        let smallest = results.iter().find(|first| first["operation"] == result["operation"]).expect("itself at least");
        for side in ["baton", "bare"] {
            let has_time = smallest[side]["processor_micros"].as_f64() > Some(0.0);
            assert_eq!(result[side]["processor_growth"].is_number(), has_time, "{side}: {result} after {smallest}");
        }
        assert!(baton["requests"].as_u64() > Some(0) && result["ratio"]["rate"].is_number(), "{result}");
    }
    assert_eq!(report["registries"][1]["patients"], 30, "{report}");
    assert!(report["registries"][1]["baton"]["bytes_per_pointer"].is_number(), "{report}");
    assert_eq!(report["left_out"].as_array().map(Vec::len), Some(0), "{report}");
    assert!(std::fs::read_to_string(plot).expect("the plot is there").contains(">search<"));
}

/// A file of the how-to pages.
fn how_to(name: &str) -> String {
    format!("{}/../../docs/how-to/{name}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_message_that_the_readme_sends_is_a_good_one() {
    for mode in ["compat", "strict"] {
        let output = baton(&["check", &how_to("submit.json"), "--dialect", "netsmart", "--mode", mode]);
        assert!(output.status.success(), "{mode}: {}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn the_configuration_that_the_readme_starts_with_is_a_good_one() {
    let config = baton_server::config::Config::load(std::path::Path::new(&how_to("baton.toml")));
    assert_eq!(config.map(|config| config.exchanges.len()).map_err(|error| error.to_string()), Ok(2));
}
