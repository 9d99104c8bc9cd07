use super::{LIMIT_VALUES_MAX, Parameter, Scope, WiderScope, granted, is_scope, limit_values, narrowed};

#[track_caller]
fn check_not_in_grammar(texts: &[&str]) {
    for text in texts {
        assert!(text.parse::<Scope>().is_err(), "{text}");
    }
}

#[track_caller]
fn check_granted_of(registered: &[&str], asked: Option<&str>, expected: Option<&[&str]>) {
    let owned = |scopes: &[&str]| scopes.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(granted(&owned(registered), asked, &is_decided), expected.map(owned), "asked for {asked:?}");
}

#[track_caller]
fn check_granted(asked: Option<&str>, expected: Option<&[&str]>) {
    check_granted_of(&["system/Messaging.write", "system/*.read"], asked, expected);
}

#[track_caller]
fn check_within(registered: &[&str], asked: &str) {
    check_granted_of(registered, Some(asked), Some(&[asked]));
}

/// Of these queries it can be said whether a resource fits.
fn is_decided(scope: &str) -> bool {
    !scope.contains("unknown")
}

/// Threat: T31
#[test]
fn what_is_not_in_the_grammar_is_no_scope() {
    check_not_in_grammar(&["", " ", "launch ", "Launch", "LAUNCH/patient", "launch/", "launch/Patient", "launch/a/b"]);
    check_not_in_grammar(&["launch?role=x", "launch/patient?", "launch/patient?role=", "launch/patient?kind=x"]);
    check_not_in_grammar(&["openId", "fhiruser", "offline", "offline_access ", "online"]);
    check_not_in_grammar(&["tenant/Patient.read", "Patient.read", "/Patient.read", "System/Patient.read", "system"]);
    check_not_in_grammar(&["system/patient.read", "system/.read", "system/Pat-ient.read", "system/**.read"]);
    check_not_in_grammar(&["system/Patient", "system/Patient.", "system/Patient.Read", "system/Patient.read.write"]);
    check_not_in_grammar(&[
        "system/Patient.readwrite",
        "system/Patient.CRUDS",
        "system/Patient.r*",
        "system/Patient.x",
    ]);
    check_not_in_grammar(&[
        "system/Patient.rs?",
        "system/Patient.rs?a",
        "system/Patient.rs?=b",
        "system/Patient.rs?a=",
    ]);
    check_not_in_grammar(&["system/Patient.rs?a=b&", "system/Patient.rs?&a=b", "system/Patient.rs?a=b&&c=d"]);
    check_not_in_grammar(&[
        "patient/Patient.read system/*.read",
        "system/Patient\u{e9}.read",
        "system/Patient.rs?a=\"",
    ]);
}

/// Of all texts made of these letters, those are permissions whose letters stand in one order and once.
/// Threat: T31
#[test]
fn letters_of_permissions_stand_in_one_order() {
    let mut texts = vec![String::new()];
    for at in 0.. {
        let Some(text) = texts.get(at).cloned() else { break };
        if text.len() < 6 {
            texts.extend("crudsx".chars().map(|letter| format!("{text}{letter}")));
        }
        let mut left = "cruds".chars();
        let in_order = !text.is_empty() && text.chars().all(|letter| left.any(|one| one == letter));
        let scope = format!("system/Task.{text}").parse::<Scope>();
        assert_eq!(scope.is_ok(), in_order, "{text}");
    }
    assert_eq!(texts.len(), 55_987);
}

/// A scope is one when each of its parts is, and comes out as it went in.
/// Threat: T31
#[test]
fn a_scope_is_as_good_as_its_parts() {
    let levels =
        [("patient", true), ("user", true), ("system", true), ("", false), ("Patient", false), ("launch", false)];
    let subjects = [("*", true), ("Task", true), ("Messaging", true), ("task", false), ("", false), ("T-", false)];
    let permissions =
        [("read", true), ("*", true), ("cd", true), ("dc", false), ("", false), ("rread", false), ("r.s", false)];
    let queries = [("", true), ("?a=b", true), ("?a=b&c=d/e.f", true), ("?", false), ("?a", false), ("?a=b&", false)];
    for (level, is_level) in levels {
        for (subject, is_subject) in subjects {
            for (permission, is_permission) in permissions {
                for (query, is_query) in queries {
                    let text = format!("{level}/{subject}.{permission}{query}");
                    let scope = text.parse::<Scope>().ok().map(|scope| scope.to_string());
                    let is_query = is_query && (query.is_empty() || subject != "Messaging");
                    let expected = is_level && is_subject && is_permission && is_query;
                    assert_eq!(scope, expected.then(|| text.clone()), "{text}");
                }
            }
        }
    }
}

#[test]
fn what_is_read_is_printed_as_it_was() {
    for text in [
        "launch",
        "launch/patient",
        "launch/imagingstudy",
        "launch/questionnaire?role=http://example.org/role",
        "openid",
        "fhirUser",
        "profile",
        "offline_access",
        "online_access",
        "patient/*.*",
        "user/Observation.read",
        "system/*.write",
        "system/Messaging.write",
        "system/Task.cruds",
        "patient/*.rs",
        "user/Task.cu",
        "patient/Observation.rs?category=http://example.org/c|vital-signs&status=final",
    ] {
        assert_eq!(text.parse::<Scope>().expect(text).to_string(), text);
    }
}

#[test]
fn a_query_has_parameters() {
    let Ok(Scope::Resource(scope)) = "patient/Observation.rs?category=a|b&code:in=x=y".parse() else {
        panic!("a scope")
    };
    let query = scope.query.expect("a query");
    let parameter = |name: &str, values: &[&str]| Parameter {
        name: name.to_owned(),
        values: values.iter().map(ToString::to_string).collect(),
    };
    assert_eq!(
        query.parameters().collect::<Vec<_>>(),
        [parameter("category", &["a|b"]), parameter("code:in", &["x=y"])]
    );
    let Ok(Scope::Resource(scope)) = "user/Task.rs?st%61tus=a%2Cb,,c+d&status=%26%3D".parse() else {
        panic!("a scope")
    };
    let query = scope.query.expect("a query");
    let expected = [parameter("status", &["a", "b", "c d"]), parameter("status", &["&="])];
    assert_eq!(query.parameters().collect::<Vec<_>>(), expected);
}

/// Threat: T33
#[test]
fn a_query_that_could_be_read_in_two_ways_is_no_scope() {
    for query in [
        "a=%", "a=%4", "a=%zz", "a=%+1", "%=a", "a=%FF", "%C3=a", "a=b#c", "a=b#", "#a=b", "a=b%5C,c", "a%5C=b", "a=,",
        "a=%2C", "a=b&", "&a=b", "a=b&&c=d", "a", "=b", "a=",
    ] {
        check_not_in_grammar(&[&format!("user/Task.rs?{query}")]);
    }
    check_not_in_grammar(&["system/Messaging.write?a=b", "system/Messaging.*?status=a"]);
    for query in ["a=b%23c", "a=b?c", "a=%C3%A9", "a=b,c&a=c", "a=b;c", "a=b=c"] {
        let text = format!("user/Task.rs?{query}");
        assert_eq!(text.parse::<Scope>().expect("a scope").to_string(), text);
    }
}

/// Threat: T33
#[test]
fn a_query_is_within_another_that_asks_no_more() {
    let wide = ["user/Task.rs?status=a,b", "user/Task.rs?status=a,b&identifier=x"];
    for within in
        ["status=a", "status=b", "status=b,a", "status=%61", "_id=1&status=a", "status=c&status=a", "status=a,a"]
    {
        check_granted_of(
            &wide[..1],
            Some(&format!("user/Task.rs?{within}")),
            Some(&[&format!("user/Task.rs?{within}")]),
        );
    }
    for wider in
        ["status=a,c", "status=c", "_id=a", "Status=a", "status:not=a", "status=a%20", "status=A", "status=a%2Cc"]
    {
        check_granted_of(&wide[..1], Some(&format!("user/Task.rs?{wider}")), None);
    }
    check_granted_of(&wide[1..], Some("user/Task.rs?status=a"), None);
    check_within(&wide[1..], "user/Task.r?identifier=x&status=b");
    check_granted_of(&wide, Some("user/Task.rs user/*.rs user/Patient.rs?status=a user/Task.cud?status=a"), None);
    check_granted_of(&["user/Task.rs?status=a", "user/Task.rs?status=b"], Some("user/Task.rs?status=a,b"), None);
}

/// Threat: T33
#[test]
fn a_query_that_is_not_decided_is_granted_to_nobody() {
    for registered in ["user/Task.rs", "user/*.*", "user/Task.rs?unknown=a"] {
        check_granted_of(&[registered], Some("user/Task.rs?unknown=a"), None);
        let granted = [registered.to_owned()];
        assert_eq!(narrowed(&granted, Some("user/Task.r?unknown=a"), &is_decided), Err(WiderScope), "{registered}");
    }
    check_granted_of(&["user/*.rs"], Some("user/Task.rs?unknown=a user/Task.r"), Some(&["user/Task.r"]));
}

#[test]
fn scopes_with_queries_compare_with_200_values_and_no_more() {
    let scopes = |values: usize| -> Vec<String> { (0..values).map(|at| format!("user/Task.rs?_id=a,{at}")).collect() };
    let all = ["user/*.rs".to_owned(), "openid".to_owned()];
    for (asked, given) in [(99, 99), (100, 100), (101, 100)] {
        let asked = [scopes(asked), vec!["openid".to_owned()]].concat();
        let granted = granted(&all, Some(&asked.join(" ")), &is_decided).expect("scopes");
        assert_eq!((granted.len(), limit_values(&granted)), (given + 1, 2 * given));
        let narrowed = narrowed(&all, Some(&asked.join(" ")), &is_decided);
        assert_eq!(narrowed.is_ok(), asked.len() == given + 1);
    }
    assert_eq!(LIMIT_VALUES_MAX, 200);
}

#[test]
fn nothing_is_granted_that_is_not_registered() {
    check_granted(Some("system/Patient.write"), None);
    check_granted(Some("system/messaging.write"), None);
    check_granted(Some("system/*.*"), None);
    check_granted(Some("system/Messaging.read"), None);
    check_granted(Some("system/Messaging.*"), None);
    check_granted(Some("system/Patient.sr"), None);
    check_granted(Some("user/Patient.read"), None);
    check_granted(Some("openid offline_access launch"), None);
}

#[test]
fn a_client_without_registered_scopes_gets_none() {
    assert_eq!(granted(&[], None, &is_decided), None);
    assert_eq!(granted(&[], Some("system/*.read"), &is_decided), None);
}

#[test]
fn a_wider_scope_than_the_registered_one_is_not_granted() {
    let registered = ["system/Task.rs", "patient/Observation.rs?category=a"];
    for wider in ["system/Task.crs", "system/Task.*", "system/*.rs", "patient/Observation.rs", "user/Task.rs"] {
        check_granted_of(&registered, Some(wider), None);
    }
    check_granted_of(&registered, Some("patient/Observation.rs?category=b"), None);
    check_granted_of(&["system/*.cruds"], Some("system/Messaging.write"), None);
    check_granted_of(&["system/Messaging.*"], Some("system/Task.read"), None);
}

#[test]
fn what_is_not_registered_is_left_out() {
    check_granted(Some("system/Patient.write system/*.read"), Some(&["system/*.read"]));
    check_granted(Some("system/*.read  system/*.read"), Some(&["system/*.read"]));
}

#[test]
fn without_a_wish_all_registered_scopes_are_granted() {
    check_granted(None, Some(&["system/Messaging.write", "system/*.read"]));
    check_granted(Some(" "), Some(&["system/Messaging.write", "system/*.read"]));
}

#[test]
fn a_finer_scope_is_granted_in_the_words_that_asked_for_it() {
    for asked in ["system/Task.read", "system/Task.rs", "system/Task.r", "system/*.s", "system/Task.rs?status=ready"] {
        check_within(&["system/*.read"], asked);
    }
    check_within(&["system/Task.rs"], "system/Task.read");
    check_within(&["system/Task.read", "system/*.write"], "system/Task.cruds");
    check_within(&["system/Task.read", "system/Task.write"], "system/Task.*");
    check_within(&["patient/Observation.rs?category=a"], "patient/Observation.r?status=final&category=a");
    check_within(&["system/Messaging.write"], "system/Messaging.c");
}

#[test]
fn scopes_that_are_not_ours_are_granted_in_the_same_words_only() {
    check_within(&["tenant/Thing.do"], "tenant/Thing.do");
    check_granted_of(&["tenant/Thing.do"], Some("tenant/Thing.d"), None);
    check_granted_of(&["launch/patient"], Some("launch/patient?role=x"), None);
}

/// Threat: T19
#[test]
fn a_token_that_follows_another_holds_no_more() {
    let granted = ["patient/*.rs", "offline_access", "launch/patient"].map(str::to_owned);
    for wider in ["patient/*.cruds", "user/Task.rs", "openid", "patient/*.rs patient/Task.c", "patient/*.sr"] {
        assert_eq!(narrowed(&granted, Some(wider), &is_decided), Err(WiderScope), "{wider}");
    }
    assert_eq!(narrowed(&granted, Some("patient/Task.rs"), &is_decided), Ok(vec!["patient/Task.rs".to_owned()]));
    assert_eq!(narrowed(&granted, None, &is_decided), Ok(granted.to_vec()));
    assert_eq!(narrowed(&granted, Some(""), &is_decided), Ok(granted.to_vec()));
}

#[test]
fn a_scope_has_no_spaces_quotes_or_letters_beyond_ascii() {
    assert!(is_scope("system/*.read?category=a|b"));
    for text in ["", "a b", "a\"b", "a\\b", "é"] {
        assert!(!is_scope(text), "{text}");
    }
}

/// What a set of scopes lets somebody do, thing by thing: level, type, letter. A star is all types, one of them unknown here.
fn reached(scopes: &[String]) -> std::collections::BTreeSet<(String, String, char)> {
    let mut reached = std::collections::BTreeSet::new();
    for scope in scopes {
        let (level, rest) = scope.split_once('/').expect("a level");
        let (name, letters) = rest.split_once('.').expect("letters");
        let names = if name == "*" { vec!["Task", "Patient", "Other"] } else { vec![name] };
        for name in names {
            reached.extend(letters.chars().map(|letter| (level.to_owned(), name.to_owned(), letter)));
        }
    }
    reached
}

/// Threat: T19
#[test]
fn of_thousands_of_sets_of_scopes_none_gives_more_than_another_that_it_follows() {
    let mut seed: u64 = 0x2545_f491_4f6c_dd1d;
    let mut draw = |most: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed % most
    };
    let mut set = || -> Vec<String> {
        let one = |_| {
            let level = ["patient", "user"][draw(2) as usize];
            let name = ["Task", "Patient", "*"][draw(3) as usize];
            let bits = 1 + draw(31);
            let letters: String =
                "cruds".chars().enumerate().filter(|(at, _)| bits >> at & 1 == 1).map(|it| it.1).collect();
            format!("{level}/{name}.{letters}")
        };
        (0..3).map(one).collect()
    };
    let (mut given, mut refused) = (0, 0);
    for _ in 0..5_000 {
        let (granted, asked) = (set(), set());
        let fits = reached(&asked).is_subset(&reached(&granted));
        match narrowed(&granted, Some(&asked.join(" ")), &is_decided) {
            Ok(gets) => {
                assert!(fits && reached(&gets).is_subset(&reached(&granted)), "{granted:?} {asked:?} {gets:?}");
                given += 1;
            }
            Err(WiderScope) => refused += 1,
        }
        assert_eq!(
            narrowed(&granted, Some(&granted.join(" ")), &is_decided).map(|gets| reached(&gets)),
            Ok(reached(&granted))
        );
    }
    assert!(given > 10 && refused > 10, "{given} {refused}");
}
