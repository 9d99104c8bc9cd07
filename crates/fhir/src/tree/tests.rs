use super::{Kind, Position, Tree};

#[test]
fn a_removed_member_is_gone_and_its_siblings_stay_in_order() {
    let mut tree = Tree::resource("Patient");
    let root = tree.root_id();
    tree.add_str(root, "id", "a");
    let gender = tree.add_str(root, "gender", "other");
    tree.add_str(root, "birthDate", "2000");
    tree.remove(gender);
    let names: Vec<_> = tree.root().children().filter_map(super::Node::name).collect();
    assert_eq!(names, ["resourceType", "id", "birthDate"]);
}

#[test]
fn the_last_member_can_be_removed_and_another_added_after_it() {
    let mut tree = Tree::resource("Patient");
    let root = tree.root_id();
    let gender = tree.add_str(root, "gender", "other");
    tree.remove(gender);
    tree.add_bool(root, "active", true);
    assert_eq!(tree.root().get("active").and_then(super::Node::text), Some("true"));
    assert!(tree.root().get("gender").is_none());
}

#[test]
fn only_what_is_kept_is_left_and_more_can_be_added() {
    let mut tree = Tree::resource("Patient");
    let given = tree.add_array(tree.root_id(), "given");
    let items: Vec<_> = ["a", "b", "c", "d"].map(|text| tree.add_str(given, "", text)).into();
    tree.retain(given, |id| id != items[0] && id != items[3]);
    tree.add_str(given, "", "e");
    let left: Vec<_> = tree.node(given).children().filter_map(super::Node::text).collect();
    assert_eq!(left, ["b", "c", "e"]);
}

#[test]
fn a_wrapped_value_keeps_its_name_and_place() {
    let mut tree = Tree::resource("HumanName");
    let root = tree.root_id();
    let suffix = tree.add_str(root, "suffix", "JR");
    tree.add_str(root, "text", "x");
    tree.wrap_in_array(suffix);
    let suffix = tree.root().get("suffix").expect("it is still there");
    assert_eq!(suffix.kind(), Kind::Array);
    assert_eq!(suffix.children().next().map(super::Node::path), Some("HumanName.suffix[0]".to_owned()));
    assert_eq!(tree.root().str("text"), Some("x"));
}

#[test]
fn a_position_counts_characters_not_bytes() {
    assert_eq!(Position::of("a\nöb", 4), Position { line: 2, column: 2 });
}
