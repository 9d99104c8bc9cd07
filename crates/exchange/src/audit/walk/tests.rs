//! T113 of the threats: whatever is done to the audit is found, and the first line that is wrong is named.

use super::{Flaw, Walk};
use crate::{
    audit::{
        AuditAction, AuditRecord, Audited, Edge, Entry, Errand, Hash, Leaf, Personal, Query, Redaction, Salt, Sealed,
        Visit,
    },
    id::{Home, MessageId, ReferralId},
    time::Timestamp,
};

/// How many lines there are, and after how many a checkpoint is signed.
const LINES: u64 = 12;
const SIGNED_EVERY: u64 = 4;
const MUTATIONS: u64 = 100_000;

fn record(number: u64) -> AuditRecord {
    let referral = ReferralId([number as u8; 16]);
    let what = match number % 2 {
        0 => Audited::Referral { action: AuditAction::Moved, referral },
        _ => Audited::Visit(Visit {
            errand: Errand::Read,
            status: 200,
            code: String::new(),
            resource_type: "Task".to_owned(),
            referrals: vec![referral],
        }),
    };
    AuditRecord {
        home: Home(1),
        at: Timestamp(number as i64),
        exchange: "ontario".into(),
        partner: Some("centre-e".into()),
        actor: crate::audit::Actor::default(),
        message: MessageId([number as u8; 16]),
        request_id: format!("r-{number}"),
        // some lines have one, and some of these the query itself
        query: number.is_multiple_of(3).then(|| query(number)),
        what,
    }
}

fn query(number: u64) -> Query {
    let sealed = number.is_multiple_of(2).then(|| Sealed(vec![number as u8; 40]));
    Query { shape: format!("GET Task?_count={number}"), sealed }
}

/// An audit as a store has it, and the checkpoints that somebody else has.
#[derive(Clone, Default)]
struct World {
    lines: Vec<(u64, AuditRecord)>,
    leaves: Vec<(u64, Leaf)>,
    signed: Vec<(u64, Hash)>,
}

impl World {
    fn new() -> World {
        let lines = (1..=LINES).map(|number| (number, record(number))).collect();
        let mut world = World { lines, ..World::default() };
        world.seal();
        world.signed = world.roots();
        world
    }

    /// Puts all lines into the tree again, as who owns the store can.
    fn seal(&mut self) {
        let mut link = Hash::default();
        self.leaves.clear();
        for (number, record) in &self.lines {
            let salt = Salt([*number as u8; 16]);
            let hash = Entry::of(*number, record).leaf(salt);
            link = Hash::link(link, hash);
            self.leaves.push((*number, Leaf { hash, link, personal: Personal::Kept(salt) }));
        }
    }

    fn roots(&self) -> Vec<(u64, Hash)> {
        let (mut edge, mut roots) = (Edge::default(), Vec::new());
        for (_, leaf) in &self.leaves {
            edge.add(leaf.hash);
            if edge.size().is_multiple_of(SIGNED_EVERY) {
                roots.push((edge.size(), edge.root()));
            }
        }
        roots
    }

    /// As `baton audit verify` goes through it.
    fn verify(&self) -> Result<(), Flaw> {
        let mut walk = Walk::default();
        let (mut lines, mut signed) = (self.lines.iter(), self.signed.iter().peekable());
        for leaf in &self.leaves {
            walk.step(lines.next(), Some(leaf))?;
            if let Some((_, root)) = signed.next_if(|(size, _)| *size == walk.size()) {
                walk.meet(*root)?;
            }
        }
        walk.end(self.signed.last().map_or(0, |(size, _)| *size))
    }

    fn renumber(&mut self) {
        (1..).zip(&mut self.lines).for_each(|(number, line)| line.0 = number);
        (1..).zip(&mut self.leaves).for_each(|(number, leaf)| leaf.0 = number);
    }
}

/// Chance that is the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }

    fn place(&mut self) -> usize {
        self.below(LINES) as usize
    }

    fn two_places(&mut self) -> (usize, usize) {
        let (one, other) = (self.place(), self.below(LINES - 1) as usize);
        let other = if other >= one { other + 1 } else { other };
        (one.min(other), one.max(other))
    }
}

fn edit(record: &mut AuditRecord, chance: &mut Chance) {
    match chance.below(9) {
        6 => match &mut record.query {
            Some(query) => query.shape.push('&'),
            None => record.query = Some(query(1)),
        },
        // what is sealed is changed, dropped, or put where none was
        7 => match record.query.as_mut().and_then(|query| query.sealed.as_mut()) {
            Some(sealed) => sealed.0[chance.below(40) as usize] ^= 1 << chance.below(8),
            None => record.query = Some(query(2)),
        },
        8 => match &mut record.query {
            Some(query) if query.sealed.is_some() => query.sealed = None,
            Some(_) => record.query = None,
            None => record.query = Some(query(3)),
        },
        0 => record.at.0 += 1,
        1 => record.partner = None,
        2 => record.request_id.push('x'),
        3 => record.message.0[chance.below(16) as usize] ^= 1,
        4 => record.home.0 ^= 1 << chance.below(40),
        _ => record.what = Audited::Referral { action: AuditAction::Booked, referral: ReferralId([99; 16]) },
    }
}

fn flip(hash: &mut Hash, chance: &mut Chance) {
    hash.0[chance.below(32) as usize] ^= 1 << chance.below(8);
}

/// Does something to the audit. Gives the place of the first line that is wrong then.
fn mutate(world: &mut World, chance: &mut Chance) -> usize {
    let place = chance.place();
    match chance.below(10) {
        0 => edit(&mut world.lines[place].1, chance),
        1 => drop(world.lines.remove(place)),
        2 => world.lines.truncate(place),
        3 => {
            let (one, other) = chance.two_places();
            world.lines.swap(one, other);
            world.renumber();
            return one;
        }
        // with what is remembered of them
        4 => {
            let (one, other) = chance.two_places();
            world.lines.swap(one, other);
            world.leaves.swap(one, other);
            world.renumber();
            return one;
        }
        5 => {
            world.lines.remove(place);
            world.leaves.remove(place);
            world.renumber();
        }
        6 => {
            world.lines.truncate(place);
            world.leaves.truncate(place);
        }
        7 => {
            let line = (0, record(100 + chance.below(100)));
            world.lines.insert(place, line);
            world.renumber();
        }
        8 => flip(&mut world.leaves[place].1.hash, chance),
        _ => flip(&mut world.leaves[place].1.link, chance),
    }
    place
}

#[test]
fn an_audit_that_is_well_has_no_flaw() {
    assert_eq!(World::new().verify(), Ok(()));
}

/// Threat: T113
#[test]
fn each_of_a_hundred_thousand_changes_is_found_at_the_first_line_that_is_wrong() {
    let (well, mut chance) = (World::new(), Chance(0x9E37_79B9_7F4A_7C15));
    for round in 0..MUTATIONS {
        let mut world = well.clone();
        let place = mutate(&mut world, &mut chance);
        if world.lines == well.lines && world.leaves == well.leaves {
            continue;
        }
        let flaw = world.verify().expect_err("it was changed");
        assert_eq!(flaw.first(), place as u64 + 1, "{flaw:?} in round {round}");
    }
}

/// Who owns the store can make a tree of other lines, but not sign again what another has.
/// Threat: T113
#[test]
fn a_tree_that_was_made_anew_is_found_between_two_checkpoints() {
    let (well, mut chance) = (World::new(), Chance(42));
    for _ in 0..2_000 {
        let mut world = well.clone();
        let place = chance.place() as u64;
        match chance.below(3) {
            0 => edit(&mut world.lines[place as usize].1, &mut chance),
            1 => drop(world.lines.remove(place as usize)),
            _ => world.lines.insert(place as usize, (0, record(77))),
        }
        world.renumber();
        world.seal();
        let flaw = world.verify().expect_err("it was changed");
        let (first, last) = match flaw {
            Flaw::TreeChanged { first, last } => (first, last),
            Flaw::Truncated { sure, last, .. } => (sure + 1, last),
            other => panic!("{other:?}"),
        };
        assert!((first..=last).contains(&(place + 1)) && last < first + SIGNED_EVERY, "{first} {last} {place}");
    }
}

#[test]
fn without_a_saved_checkpoint_nobody_sees_that_the_end_is_gone() {
    let mut world = World::new();
    world.lines.truncate(5);
    world.leaves.truncate(5);
    let saved = std::mem::take(&mut world.signed);
    world.signed = world.roots();
    assert_eq!(world.verify(), Ok(()));
    world.signed = saved;
    assert_eq!(world.verify(), Err(Flaw::Truncated { sure: 4, first: 6, last: LINES }));
}

/// Drops what is personal in a line, as the store does.
fn redact(world: &mut World, number: u64) {
    let place = number as usize - 1;
    let (line, leaf) = (&mut world.lines[place].1, &mut world.leaves[place].1);
    let redacted = Redaction::Before(Timestamp(i64::MAX)).of(number, line, leaf).unwrap().expect("there is something");
    leaf.personal = Personal::Dropped(redacted.withheld);
    line.drop_personal();
}

/// Threat: T113
#[test]
fn a_redacted_line_is_proven_and_what_is_done_to_it_is_found() {
    let mut world = World::new();
    redact(&mut world, 3);
    assert_eq!(world.verify(), Ok(()));
    assert!(!world.lines[2].1.has_personal());
    let changed = |change: &dyn Fn(&mut World)| {
        let mut changed = world.clone();
        change(&mut changed);
        changed.verify()
    };
    let wrong = Err(Flaw::LineChanged { number: 3 });
    assert_eq!(changed(&|world| world.lines[2].1.at.0 += 1), wrong);
    assert_eq!(changed(&|world| world.lines[2].1.partner = None), wrong);
    assert_eq!(changed(&|world| world.lines[2].1.request_id = "r-3".to_owned()), wrong, "what was dropped comes back");
    assert_eq!(changed(&|world| world.lines[2].1.request_id = "r-4".to_owned()), wrong);
    assert_eq!(changed(&|world| world.leaves[2].1.personal = Personal::Dropped(Hash([1; 32]))), wrong);
    assert_eq!(changed(&|world| world.leaves[2].1.personal = Personal::Kept(Salt([3; 16]))), wrong);
    assert_eq!(changed(&|world| drop(world.lines.remove(2))), Err(Flaw::LineMissing { number: 3 }));
}

/// Threat: T113
#[test]
fn a_query_that_was_dropped_leaves_its_shape_and_cannot_come_back() {
    let mut world = World::new();
    let before = world.lines[5].1.clone();
    assert!(before.query.as_ref().is_some_and(|query| query.sealed.is_some()));
    redact(&mut world, 6);
    assert_eq!(world.verify(), Ok(()));
    let wrong = Err(Flaw::LineChanged { number: 6 });
    let now = |change: &dyn Fn(&mut Query)| {
        let mut world = world.clone();
        change(world.lines[5].1.query.as_mut().expect("its shape stays"));
        world.verify()
    };
    assert_eq!(now(&|query| assert_eq!(query.shape, "GET Task?_count=6")), Ok(()));
    assert_eq!(now(&|own| *own = query(6)), wrong);
    assert_eq!(now(&|own| own.shape.clear()), wrong);
    world.lines[5].1.query = None;
    assert_eq!(world.verify(), wrong);
}

#[test]
fn only_what_is_meant_and_what_was_signed_is_redacted() {
    let world = World::new();
    let ask = |redaction: Redaction, place: usize, record: &AuditRecord| {
        redaction.of(world.lines[place].0, record, &world.leaves[place].1).map(|found| found.is_some())
    };
    let line = |place: usize| &world.lines[place].1;
    let third = Redaction::Of(ReferralId([3; 16]));
    assert_eq!((ask(third, 2, line(2)), ask(third, 3, line(3))), (Ok(true), Ok(false)));
    let early = Redaction::Before(Timestamp(3));
    assert_eq!((ask(early, 1, line(1)), ask(early, 2, line(2))), (Ok(true), Ok(false)));
    let changed = AuditRecord { partner: None, ..line(2).clone() };
    assert_eq!(ask(third, 2, &changed), Err(Flaw::LineChanged { number: 3 }));
    let empty = AuditRecord { request_id: String::new(), ..line(2).clone() };
    assert_eq!(ask(third, 2, &empty), Ok(false));
}
