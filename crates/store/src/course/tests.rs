use baton_exchange::{
    id::ReferralId,
    referral::{Course, Links, PaperKey, Papers, Part, Party, Realm, Stage, Stamp, Stamps},
    resource::IndexKey,
    time::Timestamp,
};
use proptest::{collection::vec, option, prelude::*, sample::select};

use super::{pack, unpack};

fn any_moment() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(Timestamp)
}

fn any_link() -> impl Strategy<Value = Option<ReferralId>> {
    option::of(any::<[u8; 16]>().prop_map(ReferralId))
}

fn any_party() -> impl Strategy<Value = Party> {
    let parts = select(vec![Part::Source, Part::Target, Part::FormerTarget, Part::ThirdParty]);
    (".{0,20}", parts).prop_map(|(name, part)| Party { partner: name.as_str().into(), part })
}

fn any_stamp() -> impl Strategy<Value = Stamp> {
    let members = vec((".{0,20}", any_moment()), 0..3);
    (".{0,200}", any_moment(), members).prop_map(|(what, whole, members)| Stamp { what, whole, members })
}

fn any_papers() -> impl Strategy<Value = Papers> {
    let keys = vec(any::<[u8; 16]>().prop_map(PaperKey), 0..3);
    vec((".{0,20}".prop_map(|name| name.as_str().into()), keys), 0..3).prop_map(Papers::of)
}

fn any_course() -> impl Strategy<Value = Course> {
    let group = option::of(any::<[u8; 16]>().prop_map(IndexKey));
    let links = (any_link(), any_link(), any_link(), group);
    let links = links.prop_map(|(replaces, replaced_by, based_on, requisition)| Links {
        replaces,
        replaced_by,
        based_on,
        requisition,
    });
    let realm = select(vec![Realm::Live, Realm::Test]);
    let stage = select(Stage::ALL.to_vec());
    (vec(any_party(), 0..4), stage, realm, links, vec(any_stamp(), 0..4), any_moment(), any_papers()).prop_map(
        |(parties, stage, realm, links, stamps, stated, papers)| Course {
            parties,
            stage,
            realm,
            links,
            stamps: Stamps::of(stamps),
            stated,
            papers,
        },
    )
}

fn course() -> Course {
    let mut stamps = Stamps::default();
    stamps.put_whole("ServiceRequest/1", Timestamp(5));
    stamps.put_member("ServiceRequest/1", "priority", Timestamp(6));
    Course {
        parties: vec![Party { partner: "clinic-a".into(), part: Part::Source }],
        stage: Stage::Requested,
        realm: Realm::Live,
        links: Links { replaces: Some(ReferralId([3; 16])), ..Links::default() },
        stamps,
        stated: Timestamp(7),
        papers: Papers::of(vec![("clinic-a".into(), vec![PaperKey([4; 16])])]),
    }
}

proptest! {
    #[test]
    fn what_was_packed_comes_back(course in any_course()) {
        prop_assert_eq!(unpack(&pack(&course)).unwrap(), course);
    }

    #[test]
    fn bytes_of_any_kind_are_a_course_or_damage(bytes in vec(any::<u8>(), 0..100)) {
        let _ = unpack(&bytes);
    }
}

#[test]
fn a_course_that_is_cut_or_goes_on_is_damage() {
    let packed = pack(&course());
    for length in 0..packed.len() {
        assert!(unpack(&packed[..length]).is_err(), "{length}");
    }
    assert!(unpack(&[packed, vec![0]].concat()).is_err());
}

#[test]
fn a_course_of_another_form_is_damage() {
    let mut packed = pack(&course());
    packed[0] = 3;
    assert!(unpack(&packed).is_err());
}

#[test]
fn a_course_of_the_form_before_has_no_papers() {
    let before = Course { papers: Papers::default(), ..course() };
    let mut packed = pack(&before);
    packed[0] = 1;
    packed.pop();
    assert_eq!(unpack(&packed).unwrap(), before);
}
