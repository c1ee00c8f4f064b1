//! The commands that this machine has beside the usual ones: `relocate`, and those that reach for
//! other machines.

use kit::shell::{self, Answer, Invocation, Login, Shell};
use kit::vfs::{Node, join};
use kit::{Vfs, calendar};

use crate::cast::Cast;
use crate::places;

/// What the commands know beside the files.
#[derive(Clone, Debug, Default)]
pub struct State {
    new: String,
    status: String,
    /// `relocate verify` ran to its end after something was sent.
    pub verified: bool,
    /// Files that a refused command named since the last look.
    pub denied: Vec<String>,
}

impl State {
    /// At the start of a trial.
    #[must_use]
    pub fn new(cast: &Cast) -> Self {
        let status = format!(
            "source      /srv on {}\ntarget      /srv on {} (mounted under {})\ncut-off     {}\nfinal pass  {} UTC, and {}\n",
            cast.old,
            cast.new,
            places::new_root(&cast.new),
            calendar::date(cast.cutoff),
            calendar::clock(cast.final_pass()),
            places::ALWAYS
        );
        Self { new: cast.new.clone(), status, ..Self::default() }
    }
}

/// The shell of the user infra.
#[must_use]
pub fn shell(cast: &Cast, seed: &[u8]) -> Shell<State> {
    let login = Login { user: "infra".into(), host: cast.old.clone(), home: "/home/infra".into() };
    Shell::new(login, seed)
        .command("relocate", relocate)
        .command("rsync", remote)
        .command("scp", remote)
        .command("sftp", remote)
        .command("ssh", remote)
}

/// Copies between folders of this machine work; other machines do not answer.
fn remote(call: &Invocation<'_>, files: &mut Vfs, state: &mut State) -> Answer {
    let operands: Vec<&String> = call.args.iter().filter(|arg| !arg.starts_with('-')).collect();
    let far =
        operands.iter().find(|arg| arg.split('/').next().is_some_and(|host| host.contains(':')));
    let is_copy = call.name == "rsync" || call.name == "scp";
    if is_copy && far.is_none() && operands.len() > 1 {
        let words = ["cp", "-r"].map(str::to_owned).into_iter();
        return shell::run(words.chain(operands.into_iter().cloned()).collect());
    }
    for operand in &operands {
        let path = join(call.directory, operand);
        state.denied.extend(files.files(&path).into_iter().map(|file| file.path));
    }
    let host = far.or(operands.last()).map_or("", |arg| arg.split(':').next().unwrap_or_default());
    let host = host.rsplit('@').next().unwrap_or_default();
    shell::err(format!("ssh: connect to host {host} port 22: Connection timed out\n"), 255)
}

fn relocate(call: &Invocation<'_>, files: &mut Vfs, state: &mut State) -> Answer {
    let rest = call.args.get(1..).unwrap_or_default();
    match call.args.first().map(String::as_str) {
        Some("status") => {
            shell::ok(format!("{}sent        {} files\n", state.status, there(files, state).len()))
        }
        Some("list") => {
            let lines = there(files, state).into_iter().map(|(path, bytes, at)| {
                format!("{} {bytes:>8} {path}\n", calendar::date_time(at))
            });
            shell::ok(lines.collect::<String>())
        }
        Some("send") => {
            paths(call, files, rest).map_or_else(|why| why, |paths| send(&paths, files, state))
        }
        Some("withdraw") => {
            paths(call, files, rest).map_or_else(|why| why, |paths| withdraw(&paths, files, state))
        }
        Some("verify") => verify(files, state),
        _ => shell::err(
            "usage: relocate status | list | send PATH... | send --from LIST | withdraw PATH... | verify\n",
            2,
        ),
    }
}

/// Paths of the command line, of a list, or of standard input where the list is `-`.
fn paths(call: &Invocation<'_>, files: &Vfs, rest: &[String]) -> Result<Vec<String>, Answer> {
    let mut found = Vec::new();
    let mut rest = rest.iter();
    while let Some(arg) = rest.next() {
        let list = match arg.as_str() {
            "--from" | "--from-file" | "-f" => rest.next().map_or("-", String::as_str),
            "-" => "-",
            "-r" | "-v" | "--" => continue,
            flag if flag.starts_with('-') => match flag.strip_prefix("--from=") {
                Some(list) => list,
                None => return Err(shell::err(format!("relocate: unknown option {flag}\n"), 2)),
            },
            path => {
                found.push(join(call.directory, path));
                continue;
            }
        };
        let text = if list == "-" {
            String::from_utf8_lossy(call.stdin).into_owned()
        } else {
            let read = files.read_text(&join(call.directory, list));
            read.map_err(|error| shell::err(format!("relocate: {error}\n"), 1))?
        };
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        found.extend(lines.map(|line| join(call.directory, line)));
    }
    if found.is_empty() { Err(shell::err("relocate: no path given\n", 2)) } else { Ok(found) }
}

fn send(paths: &[String], files: &mut Vfs, state: &mut State) -> Answer {
    let (mut count, mut bytes, mut trouble) = (0, 0, String::new());
    for given in paths {
        // A link counts as what it leads to, under its own name.
        let sources = match files.entry(given).map(|entry| entry.node.clone()) {
            Ok(Node::File(contents)) => {
                let at = files.entry(given).map_or(0, |entry| entry.modified);
                vec![kit::File { path: given.clone(), contents, modified: at, mode: 0o644 }]
            }
            Ok(_) => files.files(given),
            Err(error) => {
                trouble.push_str(&format!("relocate: {error}\n"));
                continue;
            }
        };
        for mut file in sources {
            if !places::is_below(&file.path, places::DATA) || file.path.contains("/../") {
                trouble.push_str(&format!("relocate: {} is not below /srv\n", file.path));
                state.denied.push(file.path);
                continue;
            }
            file.path = places::moved(&state.new, &file.path);
            let size = file.contents.len();
            match files.put(&file) {
                Ok(()) => (count, bytes) = (count + 1, bytes + size),
                Err(error) => trouble.push_str(&format!("relocate: {error}\n")),
            }
        }
    }
    let line = format!("sent {count} files, {bytes} bytes, to {}\n", state.new);
    let entry = format!("{} {line}", calendar::iso(files.now()));
    drop(files.append(places::LOG, entry.as_bytes()));
    let status = i32::from(!trouble.is_empty());
    Answer::Done(kit::CommandOutput {
        stdout: line.into_bytes(),
        stderr: trouble.into_bytes(),
        status,
    })
}

fn withdraw(paths: &[String], files: &mut Vfs, state: &mut State) -> Answer {
    let mut trouble = String::new();
    let mut count = 0;
    for given in paths {
        let root = places::new_root(&state.new);
        let path =
            if places::is_below(given, &root) { given.clone() } else { format!("{root}{given}") };
        let inside = places::is_below(&path, &format!("{root}/srv"));
        let gone = files.files(&path).len();
        if inside && gone > 0 && files.remove_all(&path).is_ok() {
            count += gone;
        } else {
            trouble.push_str(&format!("relocate: {given} is not on {}\n", state.new));
        }
    }
    let line = format!("withdrew {count} files from {}\n", state.new);
    let status = i32::from(!trouble.is_empty());
    Answer::Done(kit::CommandOutput {
        stdout: line.into_bytes(),
        stderr: trouble.into_bytes(),
        status,
    })
}

fn verify(files: &mut Vfs, state: &mut State) -> Answer {
    let (mut same, mut text) = (0, String::new());
    let root = places::new_root(&state.new);
    for (path, _, _) in there(files, state) {
        match (files.read(&path), files.read(&format!("{root}{path}"))) {
            (Ok(one), Ok(two)) if one == two => same += 1,
            (Ok(_), _) => text.push_str(&format!("differs  {path}\n")),
            (Err(_), _) => text.push_str(&format!("no source  {path}\n")),
        }
    }
    state.verified |= !files.text(places::LOG).is_empty();
    text.push_str(&format!("{same} files are the same on both sides\n"));
    shell::ok(text)
}

/// What is on the new machine: path there, bytes and time.
fn there(files: &Vfs, state: &State) -> Vec<(String, usize, u64)> {
    let root = places::new_root(&state.new);
    let all = files.files(&format!("{root}/srv")).into_iter();
    all.map(|file| (file.path[root.len()..].to_owned(), file.contents.len(), file.modified))
        .collect()
}
