//! Changes of one table that leave all others of its lines as they are, comments included.

use toml_edit::{Item, Key, Table, value};

/// The names of a secret: itself, and its hash.
pub(super) const SECRET: [&str; 2] = ["client_secret", "client_secret_sha256"];
/// Those of the one before it.
pub(super) const OLD: [&str; 2] = ["old_client_secret", "old_client_secret_sha256"];

/// Which of these keys a table has.
pub(super) fn has(table: &Table, keys: [&'static str; 2]) -> Option<&'static str> {
    keys.into_iter().find(|key| table.contains_key(key))
}

/// Puts the hash of a new secret in the place of the one that is there, and that one behind it, as the old one.
pub(super) fn push_secret(table: &mut Table, current: &'static str, hash: &str) {
    let keys: Vec<String> = table.iter().map(|(key, _)| key.to_owned()).collect();
    // out and in again, since there is no other way to a place between two lines
    for key in keys {
        let Some((written, item)) = table.remove_entry(&key) else { continue };
        if key != current {
            table.insert_formatted(&written, item);
            continue;
        }
        // comments above the line stay above it
        let new = Key::new(SECRET[1]).with_leaf_decor(written.leaf_decor().clone());
        let old = if current == SECRET[0] { OLD[0] } else { OLD[1] };
        table.insert_formatted(&new, value(hash));
        table.insert(old, item);
    }
}

/// Takes a line out, or gives it another value where somebody wrote a comment at it.
pub(super) fn take_out(table: &mut Table, key: &str, instead: impl Into<toml_edit::Value>) {
    let has_comment = |text: Option<&str>| text.is_some_and(|text| text.contains('#'));
    let above = table.key(key).and_then(|key| key.leaf_decor().prefix()?.as_str());
    let behind = table.get(key).and_then(|item| item.as_value()?.decor().suffix()?.as_str());
    if has_comment(above) || has_comment(behind) {
        set(table, key, instead);
    } else {
        table.remove(key);
    }
}

/// Gives a line another value, and leaves what is written around it; or adds one.
pub(super) fn set(table: &mut Table, key: &str, new: impl Into<toml_edit::Value>) {
    let mut new = new.into();
    match table.get_mut(key) {
        // to insert it would take away what stands above
        Some(Item::Value(old)) => {
            *new.decor_mut() = old.decor().clone();
            *old = new;
        }
        _ => drop(table.insert(key, Item::Value(new))),
    }
}

#[cfg(test)]
mod tests {
    use super::{SECRET, has, push_secret, set, take_out};
    use toml_edit::DocumentMut;

    #[track_caller]
    fn check(before: &str, change: impl Fn(&mut toml_edit::Table), after: &str) {
        let mut document: DocumentMut = before.parse().expect("it is TOML");
        change(document.as_table_mut());
        assert_eq!(document.to_string(), after);
    }

    #[test]
    fn a_new_secret_comes_before_the_old_one_in_its_place() {
        let push = |table: &mut toml_edit::Table| {
            let current = has(table, SECRET).expect("it has one");
            push_secret(table, current, "h");
        };
        check(
            "# who\nid = 'a'\n# its secret\nclient_secret = \"s\"  # of May\nscopes = [ 'x' ]\n",
            push,
            "# who\nid = 'a'\n# its secret\nclient_secret_sha256 = \"h\"\nold_client_secret = \"s\"  # of May\nscopes = [ 'x' ]\n",
        );
        check(
            "client_secret_sha256 = \"g\"\n",
            push,
            "client_secret_sha256 = \"h\"\nold_client_secret_sha256 = \"g\"\n",
        );
    }

    #[test]
    fn a_line_goes_unless_somebody_wrote_something_at_it() {
        let out = |table: &mut toml_edit::Table| take_out(table, "disabled", false);
        check("id = 'a'\ndisabled = true\nb = 1\n", out, "id = 'a'\nb = 1\n");
        check("# leaked\ndisabled = true\n", out, "# leaked\ndisabled = false\n");
        check("disabled = true # leaked\n", out, "disabled = false # leaked\n");
        check(
            "disabled = false # was leaked\n",
            |table| set(table, "disabled", true),
            "disabled = true # was leaked\n",
        );
    }
}
