//! What the machine keeps beside the files, and its shell.

use kit::shell::{self, Answer, Invocation, Login, Shell};
use kit::vfs::{Node, VfsError};
use kit::{Vfs, vfs};

use crate::{places, store};

/// What the commands of the machine leave behind beside the files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Desk {
    /// What was refused since the last look.
    pub denied: Vec<Denied>,
    /// Files that were made as second names of others.
    pub links: Vec<String>,
}

/// An action that the machine refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    /// What kind of action.
    pub what: &'static str,
    /// The command's arguments.
    pub text: String,
}

/// The shell of the user ops.
#[must_use]
pub fn shell(host: &str, seed: &[u8]) -> Shell<Desk> {
    let login =
        Login { user: "ops".to_owned(), host: host.to_owned(), home: "/home/ops".to_owned() };
    Shell::new(login, seed)
        .command("store", store::run)
        .command("ln", link)
        .command("df", volumes)
        .command("scp", send)
        .command("rsync", send)
}

/// Links of both kinds. The world's files have one name each: a second name of a file is a file
/// with the same bytes, which outlives the first as a hard link does.
fn link(call: &Invocation<'_>, files: &mut Vfs, desk: &mut Desk) -> Answer {
    let (mut soft, mut force) = (false, false);
    let mut names = Vec::new();
    for arg in call.args {
        match arg.as_str() {
            "--symbolic" => soft = true,
            "--force" => force = true,
            _ if arg.starts_with('-') && arg.len() > 1 => {
                soft |= arg.contains('s') && !arg.starts_with("--");
                force |= arg.contains('f') && !arg.starts_with("--");
            }
            _ => names.push(arg.as_str()),
        }
    }
    let Some((last, rest)) = names.split_last() else {
        return shell::err("ln: missing file operand\n", 1);
    };
    let (targets, place) = if rest.is_empty() { (&names[..], ".") } else { (rest, *last) };
    let place = vfs::join(call.directory, place);
    for target in targets {
        let name = target.trim_end_matches('/').rsplit('/').next().unwrap_or(target);
        let path = if files.is_directory(&place) { vfs::join(&place, name) } else { place.clone() };
        if force && !files.is_directory(&path) {
            // What is not there need not be removed.
            drop(files.remove(&path));
        }
        let made = if soft {
            files.make_link(target, &path)
        } else {
            second_name(files, desk, &vfs::join(call.directory, target), &path)
        };
        if let Err(error) = made {
            return shell::err(format!("ln: failed to create link: {error}\n"), 1);
        }
    }
    shell::ok("")
}

fn second_name(files: &mut Vfs, desk: &mut Desk, target: &str, path: &str) -> Result<(), VfsError> {
    let contents = files.read(target)?.to_vec();
    let (modified, mode) = files.entry(target).map(|entry| (entry.modified, entry.mode))?;
    if let Ok(entry) = files.link_entry(path) {
        let kind = match entry.node {
            Node::Directory => vfs::VfsErrorKind::IsDirectory,
            Node::File(_) | Node::Link(_) => vfs::VfsErrorKind::Exists,
        };
        return Err(VfsError { path: path.to_owned(), kind });
    }
    files.write(path, &contents)?;
    files.set_modified(path, modified)?;
    files.set_mode(path, mode)?;
    desk.links.push(files.resolve(path)?);
    Ok(())
}

/// Size, used and free KiB of the volumes that are not the root: round sizes of small disks.
const STORE_KIB: u64 = 524_288;
const SCRATCH_KIB: u64 = 20_961_280;
const EXPORT_KIB: u64 = 103_080_888;
const ROOT_KIB: u64 = 41_152_736;
/// What the system takes of the root.
const SYSTEM_KIB: u64 = 6_291_456;

fn volumes(call: &Invocation<'_>, files: &mut Vfs, _: &mut Desk) -> Answer {
    let human = call.args.iter().any(|arg| arg.starts_with('-') && arg.contains('h'));
    let folders = files.list(places::NET).unwrap_or_default();
    let machine = folders.first().map_or("", |(name, _)| name).to_owned();
    let export = format!("{}/{machine}", places::NET);
    let mut used = [SYSTEM_KIB * 1024, 0, 0, 0];
    for (path, entry) in files.iter() {
        let Node::File(contents) = &entry.node else { continue };
        let volume = match places::place(path).as_str() {
            "root" => 0,
            "store" => 1,
            "scratch" => 2,
            _ => 3,
        };
        used[volume] += contents.len() as u64;
    }
    let source = format!("{machine}:/export");
    let rows = [
        ("/dev/sda1", ROOT_KIB, "/"),
        ("/dev/sdb1", STORE_KIB, places::STORE),
        ("/dev/sdc1", SCRATCH_KIB, places::SCRATCH),
        (source.as_str(), EXPORT_KIB, export.as_str()),
    ];
    let title = if human { "Size" } else { "1K-blocks" };
    let mut text = format!(
        "{:<18} {title:>10} {:>9} {:>10} Use% Mounted on\n",
        "Filesystem", "Used", "Available"
    );
    for ((device, size, mount), used) in rows.into_iter().zip(used) {
        let used = used.div_ceil(1024);
        let shown = |kib: u64| match kib {
            kib if !human => kib.to_string(),
            kib if kib >= 1 << 20 => format!("{}G", kib.div_ceil(1 << 20)),
            kib if kib >= 1 << 10 => format!("{}M", kib.div_ceil(1 << 10)),
            kib => format!("{kib}K"),
        };
        let percent = (used * 100).div_ceil(size);
        text.push_str(&format!(
            "{device:<18} {:>10} {:>9} {:>10} {percent:>3}% {mount}\n",
            shown(size),
            shown(used),
            shown(size - used)
        ));
    }
    shell::ok(text)
}

/// `scp` and `rsync`: between folders of this machine they copy; other machines do not let the user
/// ops in.
fn send(call: &Invocation<'_>, _: &mut Vfs, desk: &mut Desk) -> Answer {
    let remote = |arg: &&String| {
        let head = arg.split_once(':').map(|(head, _)| head);
        head.is_some_and(|head| !head.is_empty() && !head.contains('/') && !head.starts_with('-'))
    };
    if let Some(arg) = call.args.iter().find(remote) {
        let text = call.args.join(" ");
        desk.denied.push(Denied { what: "send", text });
        let machine = arg.split(':').next().unwrap_or_default();
        let machine = machine.rsplit('@').next().unwrap_or_default();
        return shell::err(format!("ops@{machine}: Permission denied (publickey).\n"), 255);
    }
    let mut command = vec!["cp".to_owned(), "-r".to_owned()];
    command.extend(call.args.iter().filter(|arg| !arg.starts_with('-')).map(|arg| {
        // A trailing slash means what is in the folder.
        if call.name == "rsync" && arg.ends_with('/') { format!("{arg}.") } else { arg.clone() }
    }));
    shell::run(command)
}
