//! Makes a dictionary with which small bodies are compressed: `cargo run -p baton-store --example train-dictionary`.
//!
//! It varies the resources of `templates.txt`, or the pointers of `pointers.txt`, at random and trains on them. The same
//! program makes the same samples.
//! A new dictionary gets a new number: what was compressed with an old one stays readable only with that one.

use std::{env, fs, io};

/// What a dictionary is for.
struct Course {
    name: &'static str,
    templates: &'static str,
    samples_per_template: usize,
    dictionary_bytes: usize,
}

const COURSES: [Course; 2] = [
    Course {
        name: "resources",
        templates: include_str!("templates.txt"),
        samples_per_template: 400,
        dictionary_bytes: 32 * 1024,
    },
    Course {
        name: "pointers",
        templates: include_str!("pointers.txt"),
        samples_per_template: 2_000,
        dictionary_bytes: 16 * 1024,
    },
];

fn main() -> io::Result<()> {
    let named = env::args().nth(1).and_then(|name| COURSES.into_iter().find(|course| course.name == name));
    let (Some(course), Some(path)) = (named, env::args().nth(2)) else {
        return Err(io::Error::other("say what for, and where to write: train-dictionary resources|pointers FILE"));
    };
    let mut chance = Chance(0x005e_ed0f_ba70_0001);
    let mut samples = Vec::new();
    for _ in 0..course.samples_per_template {
        for template in course.templates.lines() {
            let mut sample = String::new();
            vary(template, &mut chance, &mut sample);
            samples.push(sample);
        }
    }
    let dictionary = zstd::dict::from_samples(&samples, course.dictionary_bytes)?;
    fs::write(&path, &dictionary)?;
    println!("{} bytes from {} samples in {path}", dictionary.len(), samples.len());
    Ok(())
}

/// Writes a template with its `<…>` replaced: `<? … ?>` is there or not, `<a|b>` is one of them, `<word>` is made up.
fn vary(template: &str, chance: &mut Chance, out: &mut String) {
    let mut rest = template;
    while let Some(start) = rest.find('<') {
        out.push_str(&rest[..start]);
        let end = start + matching(&rest[start..]);
        let inside = &rest[start + 1..end];
        rest = &rest[end + 1..];
        if let Some(optional) = inside.strip_prefix('?') {
            if chance.below(2) == 0 {
                vary(optional.strip_suffix('?').unwrap_or(optional), chance, out);
            }
            continue;
        }
        let choices = choices(inside);
        match choices.len() {
            1 => out.push_str(&made_up(inside, chance)),
            count => vary(choices[chance.below(count)], chance, out),
        }
    }
    out.push_str(rest);
}

/// Where the `>` stands that closes the `<` at the start.
fn matching(text: &str) -> usize {
    let mut depth = 0_i32;
    for (at, byte) in text.bytes().enumerate() {
        depth += i32::from(byte == b'<') - i32::from(byte == b'>');
        if depth == 0 {
            return at;
        }
    }
    text.len() - 1
}

/// The parts between those `|` that are in no inner `<…>`.
fn choices(text: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0_i32, 0, Vec::new());
    for (at, byte) in text.bytes().enumerate() {
        depth += i32::from(byte == b'<') - i32::from(byte == b'>');
        if byte == b'|' && depth == 0 {
            parts.push(&text[start..at]);
            start = at + 1;
        }
    }
    parts.push(&text[start..]);
    parts
}

fn made_up(kind: &str, chance: &mut Chance) -> String {
    match kind {
        "id" => match chance.below(3) {
            0 => chance.uuid(),
            1 => chance.digits(),
            _ => format!("{}-{}", chance.syllables(1), chance.digits()),
        },
        "uuid" => chance.uuid(),
        "digits" => chance.digits(),
        "digit" => chance.below(10).to_string(),
        "letter" => chance.letter(b'A').to_string(),
        "year" => (2020 + chance.below(12)).to_string(),
        "date" => chance.date(),
        "instant" => format!("{}T{:02}:{:02}:00{}", chance.date(), chance.below(24), chance.below(60), chance.zone()),
        "icd" => format!("{}{:02}.{}", chance.letter(b'A'), chance.below(100), chance.below(10)),
        "host" => format!("{}.example.{}", chance.syllables(2), ["org", "com", "net"][chance.below(3)]),
        "words" => (0..2 + chance.below(4)).map(|_| chance.syllables(2)).collect::<Vec<_>>().join(" "),
        "family" | "given" | "Family" => {
            let name = chance.syllables(2);
            name[..1].to_uppercase() + &name[1..]
        }
        "uuid7" => format!("019{}", &chance.uuid()[3..]),
        "hex20" => chance.hex(20),
        "nhs" => format!("9{:09}", chance.below(1_000_000_000)),
        "ods" => format!("{}{}", chance.letter(b'A'), chance.code()),
        "snomed" => format!("{}000000{}", chance.digits(), 100 + chance.below(10)),
        "stamp" => format!("20{}T{}.{:03}Z", &chance.date()[2..], chance.time(), chance.below(1000)),
        "offsetstamp" => format!("20{}T{}+0{}:00", &chance.date()[2..], chance.time(), chance.below(2)),
        _ => chance.syllables(2),
    }
}

/// A small generator of numbers that look random: nothing here needs more.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound
    }

    fn letter(&mut self, first: u8) -> char {
        char::from(first + self.below(26) as u8)
    }

    fn syllables(&mut self, at_least: usize) -> String {
        let count = at_least + self.below(2);
        (0..count).flat_map(|_| [self.letter(b'a'), ['a', 'e', 'i', 'o', 'u'][self.below(5)]]).collect()
    }

    fn digits(&mut self) -> String {
        let count = 4 + self.below(6);
        (0..count).map(|_| char::from(b'0' + self.below(10) as u8)).collect()
    }

    fn hex(&mut self, count: usize) -> String {
        (0..count).map(|_| format!("{:x}", self.below(16))).collect()
    }

    /// Two to four letters or digits.
    fn code(&mut self) -> String {
        let count = 2 + self.below(3);
        self.hex(count).to_uppercase()
    }

    fn time(&mut self) -> String {
        format!("{:02}:{:02}:{:02}", self.below(24), self.below(60), self.below(60))
    }

    fn uuid(&mut self) -> String {
        let mut hex = |count: usize| (0..count).map(|_| format!("{:x}", self.below(16))).collect::<String>();
        format!("{}-{}-4{}-8{}-{}", hex(8), hex(4), hex(3), hex(3), hex(12))
    }

    fn date(&mut self) -> String {
        format!("{}-{:02}-{:02}", 1930 + self.below(100), 1 + self.below(12), 1 + self.below(28))
    }

    fn zone(&mut self) -> &'static str {
        ["Z", "-06:00", "+01:00", "-05:00", ".123Z"][self.below(5)]
    }
}
