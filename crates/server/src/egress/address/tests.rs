use super::{PrivateAddresses, Standing, may_be_called, standing};

#[track_caller]
fn check(addresses: &[&str], expected: Standing) {
    for text in addresses {
        assert_eq!(standing(text.parse().expect(text)), expected, "{text}");
    }
}

/// Threat: T94
#[test]
fn private_addresses_are_known() {
    check(
        &[
            "10.0.0.0",
            "10.255.255.255",
            "100.64.0.0",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "172.16.0.0",
            "172.31.255.255",
            "192.168.0.0",
            "192.168.255.255",
            "::1",
            "fc00::",
            "fdff:ffff::1",
        ],
        Standing::Private,
    );
}

/// Threat: T94
#[test]
fn what_is_no_address_of_one_system_is_never_called() {
    check(
        &[
            "0.0.0.0",
            "0.255.255.255",
            "169.254.0.0",
            "169.254.169.254",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "ff02::1",
            "100::1",
            "2001:db8::1",
            "3fff::1",
        ],
        Standing::Never,
    );
}

/// Threat: T94
#[test]
fn an_address_in_disguise_is_never_called() {
    check(
        &[
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::127.0.0.1",
            "::7f00:1",
            "64:ff9b::7f00:1",
            "64:ff9b::808:808",
            "64:ff9b:1::a00:1",
            "2002:7f00:1::",
            "2002:808:808::1",
            "2001::1",
            "2001:0:7f00:1::1",
            "::ffff:0:7f00:1",
        ],
        Standing::Never,
    );
}

#[test]
fn what_lies_beside_a_block_is_public() {
    check(
        &[
            "1.0.0.0",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.0.3.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2000::1",
            "2001:200::1",
            "2001:db7::1",
            "2001:db9::1",
            "2003::1",
            "2606:4700::1",
            "3ffe::1",
            "3fff:1000::1",
        ],
        Standing::Public,
    );
}

#[test]
fn private_addresses_are_called_where_that_is_allowed() {
    for (text, refused, allowed) in [
        ("8.8.8.8", true, true),
        ("127.0.0.1", false, true),
        ("fd00::1", false, true),
        ("169.254.169.254", false, false),
        ("0.0.0.0", false, false),
        ("::ffff:127.0.0.1", false, false),
    ] {
        let address = text.parse().expect(text);
        assert_eq!(may_be_called(address, PrivateAddresses::Refused), refused, "{text}");
        assert_eq!(may_be_called(address, PrivateAddresses::Allowed), allowed, "{text}");
    }
}
