//! What people and apps may do changes with the configuration while the server runs.

use super::{Asking, Browser, PASSWORD, World, values};
use crate::harness::Ask;

const PRACTICE: &str = "client_secret = \"secret-of-practice-d\"\n";

#[test]
fn people_of_a_partner_that_is_disabled_are_out_and_so_are_their_apps() {
    let mut world = World::new();
    let token = world.granted("ada", "user/*.rs", None).member("access_token");
    assert_eq!(world.read(&token, "Task").status, 200);
    let disabled = world.config.replace(PRACTICE, &format!("{PRACTICE}disabled = true\n"));
    world.server.reconfigure(&disabled);
    world.read(&token, "Task").check_refusal(401, "security");
    let browser = Browser::new(&world);
    let page = browser.get(&Asking::of("viewer", "user/*.rs").path());
    assert_eq!(browser.log_in(&page, "ada", PASSWORD).status, 403);
    assert_eq!(browser.log_in(&page, "tom", PASSWORD).status, 200);
}

#[test]
fn an_app_that_is_taken_out_is_unknown_and_its_tokens_are_refused() {
    let mut world = World::new();
    let token = world.granted("ada", "user/*.rs", None).member("access_token");
    let (before, after) = world.config.split_once("[[app]]").expect("an app");
    let (_, forms) = after.split_once("[[app]]").expect("two apps");
    let without = format!("{before}[[app]]{forms}");
    world.server.reconfigure(&without);
    world.read(&token, "Task").check_refusal(401, "security");
    assert_eq!(Ask::get(&Asking::of("viewer", "user/*.rs").path()).send(&world.server).status, 400);
}

#[test]
fn what_an_app_may_ask_for_is_read_again_and_so_are_its_pages() {
    let mut world = World::new();
    let config =
        world.config.replace("\"user/*.cruds\", ", "").replace("https://viewer.example\"]", "https://new.example\"]");
    world.server.reconfigure(&config);
    let browser = Browser::new(&world);
    let page = browser.get(&Asking::of("viewer", "openid user/*.rs patient/*.rs").path());
    let page = browser.log_in(&page, "ada", PASSWORD);
    assert_eq!(values(&page, "scope"), ["patient/*.rs"]);
    for (origin, expected) in [("https://viewer.example", None), ("https://new.example", Some("https://new.example"))] {
        let answer = Ask::new("OPTIONS", "/oauth/token").header("Origin", origin).send(&world.server);
        assert_eq!(answer.header("access-control-allow-origin"), expected);
    }
}
