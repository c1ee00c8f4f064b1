//! `split` and `tee`, which the shell's library would run through text: here they keep every byte.

use super::{Answer, Invocation, err};
use crate::vfs::{Vfs, VfsError, join};
use crate::{CommandOutput, tools};

/// Most files that one `split` makes: as many as two letters can name.
const PIECES_MAX: usize = 26 * 26;

/// `tee [-a] FILE...`.
pub(super) fn tee<S>(call: &Invocation<'_>, files: &mut Vfs, _: &mut S) -> Answer {
    let append = call.args.iter().any(|arg| arg == "-a" || arg == "--append");
    let mut stderr = String::new();
    for name in call.args.iter().filter(|arg| !arg.starts_with('-')) {
        let path = join(call.directory, name);
        let written = match path.as_str() {
            "/dev/null" => Ok(()),
            _ if append => files.append(&path, call.stdin),
            _ => files.write(&path, call.stdin),
        };
        if let Err(error) = written {
            stderr.push_str(&format!("tee: {error}\n"));
        }
    }
    let status = i32::from(!stderr.is_empty());
    let stdout = call.stdin.to_vec();
    Answer::Done(CommandOutput { stdout, stderr: stderr.into_bytes(), status })
}

/// Where `split` cuts.
enum Cut {
    Bytes(usize),
    Lines(usize),
    Pieces(usize),
}

/// What `split` was asked for.
struct Order {
    cut: Cut,
    numbers: bool,
    letters: usize,
    suffix: String,
    names: Vec<String>,
}

/// `split [-b SIZE | -l LINES | -n PIECES] [-d] [-a LENGTH] [FILE [PREFIX]]`.
pub(super) fn split<S>(call: &Invocation<'_>, files: &mut Vfs, _: &mut S) -> Answer {
    let order = match order(call.args) {
        Ok(order) => order,
        Err(problem) => return err(format!("split: {problem}\n"), 1),
    };
    let name = order.names.first().map_or("-", String::as_str);
    let read = |path: &str| files.read(path).map(<[u8]>::to_vec);
    let contents = match name {
        "-" => Ok(call.stdin.to_vec()),
        _ => read(&join(call.directory, name)),
    };
    let prefix = order.names.get(1).map_or("x", String::as_str);
    let made = contents.map_err(|error| said(&error)).and_then(|contents| {
        let pieces = order.cut.pieces(&contents);
        if pieces.len() > PIECES_MAX.min(26_usize.pow(order.letters.min(2) as u32)) {
            return Err("output file suffixes exhausted".to_owned());
        }
        for (number, piece) in pieces.into_iter().enumerate() {
            let path = format!("{prefix}{}{}", order.label(number), order.suffix);
            files.write(&join(call.directory, &path), piece).map_err(|error| said(&error))?;
        }
        Ok(())
    });
    match made {
        Ok(()) => super::ok(""),
        Err(problem) => err(format!("split: {problem}\n"), 1),
    }
}

fn said(error: &VfsError) -> String {
    tools::cut(error.to_string())
}

impl Cut {
    fn pieces<'a>(&self, contents: &'a [u8]) -> Vec<&'a [u8]> {
        match *self {
            Self::Bytes(size) => contents.chunks(size).collect(),
            Self::Pieces(count) => {
                let edge = |number: usize| contents.len() * number / count;
                (0..count).map(|number| &contents[edge(number)..edge(number + 1)]).collect()
            }
            Self::Lines(count) => {
                let lines: Vec<&[u8]> = contents.split_inclusive(|byte| *byte == b'\n').collect();
                let mut rest = contents;
                let lengths = lines.chunks(count).map(|lines| lines.iter().map(|l| l.len()).sum());
                lengths
                    .map(|length: usize| {
                        let (piece, left) = rest.split_at(length);
                        rest = left;
                        piece
                    })
                    .collect()
            }
        }
    }
}

impl Order {
    /// `aa`, `ab`, or `00`, `01`.
    fn label(&self, mut number: usize) -> String {
        let (base, first) = if self.numbers { (10, b'0') } else { (26, b'a') };
        let mut letters = vec![first; self.letters];
        for letter in letters.iter_mut().rev() {
            *letter = first + (number % base) as u8;
            number /= base;
        }
        letters.into_iter().map(char::from).collect()
    }
}

fn order(args: &[String]) -> Result<Order, String> {
    let mut order = Order {
        cut: Cut::Lines(1000),
        numbers: false,
        letters: 2,
        suffix: String::new(),
        names: Vec::new(),
    };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let (option, inline) = match arg.as_str() {
            long if long.starts_with("--") => match long.split_once('=') {
                Some((option, value)) => (option, Some(value.to_owned())),
                None => (long, None),
            },
            short if short.starts_with('-') && short.len() > 1 && short.is_char_boundary(2) => {
                let (option, value) = short.split_at(2);
                (option, Some(value.to_owned()).filter(|value| !value.is_empty()))
            }
            name => {
                order.names.push(name.to_owned());
                continue;
            }
        };
        let mut value = || {
            let given = inline.clone().or_else(|| args.next().cloned());
            given.ok_or_else(|| format!("option {option} requires an argument"))
        };
        match option {
            "-b" | "--bytes" => order.cut = Cut::Bytes(size(&value()?)?),
            "-l" | "--lines" => order.cut = Cut::Lines(size(&value()?)?),
            "-n" | "--number" => order.cut = Cut::Pieces(size(&value()?)?),
            "-a" | "--suffix-length" => order.letters = size(&value()?)?.min(8),
            "--additional-suffix" => order.suffix = value()?,
            "-d" | "--numeric-suffixes" => order.numbers = true,
            "--verbose" => {}
            _ => return Err(format!("unrecognized option '{option}'")),
        }
    }
    Ok(order)
}

/// `2000`, `4k`, `1M` or `10KB`; not 0.
fn size(text: &str) -> Result<usize, String> {
    let at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let unit: usize = match text[at..].to_ascii_uppercase().as_str() {
        "" | "B" => 1,
        "K" | "KIB" => 1 << 10,
        "M" | "MIB" => 1 << 20,
        "KB" => 1000,
        "MB" => 1_000_000,
        _ => 0,
    };
    let number = text[..at].parse::<usize>().ok().and_then(|number| number.checked_mul(unit));
    number.filter(|&number| number > 0).ok_or_else(|| format!("invalid number: '{text}'"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// Bytes that are no text.
    fn bytes() -> Vec<u8> {
        (0..1000_u32).map(|n| (n * 7 % 256) as u8).collect()
    }

    fn call(
        command: fn(&Invocation<'_>, &mut Vfs, &mut ()) -> Answer,
        files: &mut Vfs,
        args: &str,
    ) -> (i32, String) {
        let args: Vec<String> = args.split_whitespace().map(str::to_owned).collect();
        let stdin = bytes();
        let (name, environment) = ("command", BTreeMap::new());
        let invocation = Invocation {
            name,
            args: &args,
            stdin: &stdin,
            directory: "/t",
            environment: &environment,
        };
        match command(&invocation, files, &mut ()) {
            Answer::Done(output) => {
                (output.status, String::from_utf8_lossy(&output.stderr).into_owned())
            }
            Answer::Run(argv) => panic!("runs {argv:?}"),
        }
    }

    fn machine() -> Vfs {
        let mut files = Vfs::new(0);
        files.place("/t/in", bytes(), 0, 0o644);
        files
    }

    #[track_caller]
    fn pieces(args: &str, names: &[&str]) {
        let mut files = machine();
        assert_eq!(call(split, &mut files, args), (0, String::new()), "{args}");
        let joined: Vec<u8> = names
            .iter()
            .flat_map(|name| files.read(&format!("/t/{name}")).unwrap().to_vec())
            .collect();
        assert_eq!(joined, bytes(), "{args}");
        assert_eq!(files.list("/t").unwrap().len(), names.len() + 1, "{args}");
    }

    #[test]
    fn split_keeps_every_byte() {
        pieces("-b 400 in p-", &["p-aa", "p-ab", "p-ac"]);
        pieces("-b1k in", &["xaa"]);
        pieces("--bytes=400 -d - q", &["q00", "q01", "q02"]);
        pieces("-n 2 -a 1 --additional-suffix=.dat in y", &["ya.dat", "yb.dat"]);
        // Four of the thousand bytes end a line.
        pieces("-l 3 in", &["xaa", "xab"]);
    }

    #[test]
    fn split_says_what_is_wrong() {
        let wrong = |args: &str| call(split, &mut machine(), args);
        assert_eq!(wrong("nothing"), (1, "split: /t/nothing: No such file or directory\n".into()));
        assert_eq!(wrong("-b 0 in"), (1, "split: invalid number: '0'\n".into()));
        assert_eq!(wrong("-b"), (1, "split: option -b requires an argument\n".into()));
        assert_eq!(wrong("-b 1 in"), (1, "split: output file suffixes exhausted\n".into()));
    }

    #[test]
    fn tee_keeps_every_byte() {
        let mut files = machine();
        assert_eq!(call(tee, &mut files, "a b /dev/null"), (0, String::new()));
        assert_eq!(call(tee, &mut files, "-a b"), (0, String::new()));
        assert_eq!(files.read("/t/a").unwrap(), bytes());
        assert_eq!(files.read("/t/b").unwrap(), [bytes(), bytes()].concat());
        assert_eq!(call(tee, &mut files, "no/such/folder").0, 1);
    }
}
