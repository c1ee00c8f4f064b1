//! Ways to hide bytes, each found; and bytes that nobody hid.

use super::*;
use crate::Rng;

fn random(label: &str, length: usize) -> Vec<u8> {
    let mut rng = Rng::new(&[3; 32], label);
    (0..length).map(|_| rng.bits() as u8).collect()
}

fn originals() -> [Vec<u8>; 2] {
    [random("one", 6_000), random("two", 7_501)]
}

fn traces() -> Traces {
    let [one, two] = originals();
    Traces::of(&[&one, &two])
}

/// What is found of the first original, in percent, and how; nothing may be found of the second.
fn found(data: &[u8]) -> (u64, Option<Form>) {
    let traces = traces();
    let found = traces.find(data);
    assert!(found.iter().all(|trace| trace.original == 0));
    (traces.share(&[0], &found), found.first().map(|trace| trace.form))
}

#[test]
fn pieces_are_found_where_they_lie() {
    let [one, two] = originals();
    assert_eq!(found(&one), (100, Some(Form::Plain)));
    assert_eq!(found(&one[..3_000]), (50, Some(Form::Split)));
    let mut inside = random("before", 30_003);
    inside.extend_from_slice(&one);
    inside.extend(b"after");
    assert_eq!(found(&inside), (100, Some(Form::Archive)));
    let mut shuffled: Vec<&[u8]> = one.chunks(100).collect();
    shuffled.reverse();
    // A byte that happens to go on as the original does is taken from the next piece.
    let (share, form) = found(&shuffled.concat());
    assert!(share >= 99 && form == Some(Form::Plain), "{share} {form:?}");
    let every_other: Vec<u8> = one.chunks(40).step_by(2).flatten().copied().collect();
    assert_eq!(found(&every_other), (50, Some(Form::Split)));
    assert_eq!(found(&one.iter().rev().copied().collect::<Vec<_>>()), (100, Some(Form::Encoded)));
    assert_eq!(found(&random("other", 20_000)), (0, None));
    assert_eq!(found(b""), (0, None));
    assert_eq!(traces().find(&[one, two].concat()).len(), 2);
}

#[test]
fn what_originals_share_is_no_proof() {
    let shared = random("shared", 4_000);
    let one = [shared.clone(), random("one", 4_000)].concat();
    let two = [shared.clone(), random("two", 4_000)].concat();
    let traces = Traces::of(&[&one, &two]);
    assert!(traces.find(&shared).is_empty());
    assert_eq!(traces.find(&one).len(), 1);
    assert_eq!(traces.share(&[0], &traces.find(&one)), 100);
    assert!(Traces::of(&[&[7; 9_000]]).find(&[7; 9_000]).is_empty());
}

#[test]
fn pieces_in_several_files_add_up() {
    let [one, two] = originals();
    let traces = Traces::of(&[&one, &two]);
    let halves = [traces.find(&one[..2_500]), traces.find(&one[2_000..4_200])].concat();
    assert_eq!(traces.share(&[0], &halves), 70);
    assert_eq!(traces.share(&[0, 1], &halves), 31);
    assert_eq!(traces.share(&[1], &halves), 0);
    assert_eq!(traces.share(&[], &halves), 0);
}

/// Text written as a program would: `digits` for each byte.
fn hex(data: &[u8]) -> String {
    data.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn base_64(data: &[u8], wrap: usize) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |six: u32| char::from(DIGITS[(six & 63) as usize]);
    let mut out = String::new();
    for three in data.chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let all = byte(0) << 16 | byte(1) << 8 | byte(2);
        (0..4).for_each(|at| out.push(digit(all >> (18 - 6 * at))));
        if (out.len() + 1).is_multiple_of(wrap) {
            out.push('\n');
        }
    }
    out
}

fn half_turned(text: &str) -> Vec<u8> {
    let turned = text.bytes().map(|byte| match byte {
        b'a'..=b'm' | b'A'..=b'M' => byte + 13,
        b'n'..=b'z' | b'N'..=b'Z' => byte - 13,
        _ => byte,
    });
    turned.collect()
}

#[test]
fn encodings_are_read() {
    let [one, _] = originals();
    let all = (100, Some(Form::Encoded));
    assert_eq!(found(hex(&one).as_bytes()), all);
    assert_eq!(found(hex(&one).to_uppercase().as_bytes()), all);
    let c: String = one.iter().map(|byte| format!("0x{byte:02x}, ")).collect();
    assert_eq!(found(c.as_bytes()), all);
    let escaped: String = one.iter().map(|byte| format!("\\x{byte:02x}")).collect();
    assert_eq!(found(escaped.as_bytes()), all);
    let text = base_64(&one, 77);
    assert_eq!(found(text.as_bytes()), all);
    assert_eq!(found(format!("notes of the day\n\n{text}\n").as_bytes()), all);
    assert_eq!(found(base_64(text.as_bytes(), 65).as_bytes()), all);
    assert_eq!(found(text.chars().rev().collect::<String>().as_bytes()), all);
    assert_eq!(found(&half_turned(&text)), all);
    assert_eq!(found(&half_turned(&hex(&one))), all);
    let numbers: String = one.iter().map(|byte| format!("{byte} ")).collect();
    assert_eq!(found(numbers.as_bytes()), all);
}

#[test]
fn dumps_are_read() {
    let [one, _] = originals();
    let lines = |line: &dyn Fn(usize, &[u8]) -> String| -> String {
        one.chunks(16).enumerate().map(|(at, bytes)| line(at * 16, bytes) + "\n").collect()
    };
    let pairs = |bytes: &[u8]| bytes.chunks(2).map(hex).collect::<Vec<_>>().join(" ");
    let words = |bytes: &[u8]| {
        let word = |two: &[u8]| format!("{:02x}{:02x}", two[1], two[0]);
        bytes.chunks(2).map(word).collect::<Vec<_>>().join(" ")
    };
    let octal = |bytes: &[u8]| {
        let word = |two: &[u8]| format!("{:06o}", u16::from(two[1]) << 8 | u16::from(two[0]));
        bytes.chunks(2).map(word).collect::<Vec<_>>().join(" ")
    };
    for text in [
        lines(&|at, bytes| format!("{at:08x}: {}  ..AB cd01..", pairs(bytes))),
        lines(&|at, bytes| {
            let all: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{at:08x}  {}  {}  |..AB cd01..|", all[..8].join(" "), all[8..].join(" "))
        }),
        lines(&|at, bytes| format!("{at:07x} {}", words(bytes))),
        lines(&|at, bytes| format!("{at:07o} {}", octal(bytes))),
        lines(&|_, bytes| octal(bytes)),
    ] {
        assert_eq!(found(text.as_bytes()), (100, Some(Form::Encoded)), "{}", &text[..160]);
    }
}

#[test]
fn a_watch_sees_what_changes() {
    let [one, two] = originals();
    let mut files = Vfs::new(1_000);
    files.place("/srv/one.bin", &one, 10, 0o644);
    files.place("/srv/note.txt", "nothing", 10, 0o644);
    let mut watch = Watch::new(Traces::of(&[&one, &two]));
    assert!(watch.look(&files) && !watch.look(&files));
    let paths = |watch: &Watch| watch.holders().map(|held| held.0.to_owned()).collect::<Vec<_>>();
    assert_eq!(paths(&watch), ["/srv/one.bin"]);
    files.make_directories("/mnt/a").unwrap();
    files.write("/mnt/a/half", &one[..3_000]).unwrap();
    files.make_link("/srv/one.bin", "/mnt/link").unwrap();
    files.make_link("../mnt/a", "/srv/folder").unwrap();
    files.make_link("/srv/note.txt", "/srv/other").unwrap();
    assert!(watch.look(&files));
    assert_eq!(paths(&watch), ["/mnt/a/half", "/srv/one.bin"]);
    let links = watch.links(&files);
    let link = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    assert_eq!(links, [link("/mnt/link", "/srv/one.bin"), link("/srv/folder", "/mnt/a")]);
    files.remove("/srv/one.bin").unwrap();
    files.write("/mnt/a/half", b"gone").unwrap();
    assert!(watch.look(&files));
    assert!(paths(&watch).is_empty());
}
