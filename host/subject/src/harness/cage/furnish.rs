//! What a machine is made of, as bubblewrap and its own first process are told it.

use super::prerequisites::Prerequisites;
use super::{Furnishing, RELAY, setup};
use bridge::frame::{Launch, Settings};
use bridge::{INIT, SHELLS, WORKER};
use record::event::File;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use trial::port::Fault;

/// Bytes of the machine's file system, which lies in memory: 24 for each of a harness's caches,
/// logs and database, with the world's files. Twenty full ones are under 4 GiB.
const DISK_BYTES: u64 = 192 * 1024 * 1024;
/// Processes and threads. Node has 15 threads, Bun 40, and each connection of the worker two; a
/// fork bomb ends here.
pub(super) const PROCESSES_MAX: u64 = 400;
/// Bytes of one file.
const FILE_BYTES_MAX: u64 = DISK_BYTES;
/// Open files of one process.
const FILES_MAX: u64 = 1024;
/// Where the bridge lies. Machines that have one program for many names call it so.
const BRIDGE: &str = "/usr/bin/busybox";
/// Where libfaketime lies.
const CLOCK: &str = "/usr/lib/libclock.so.1";
const PRLIMIT: &str = "/usr/bin/prlimit";
const ENV: &str = "/usr/bin/env";

/// bubblewrap's arguments, up to the first process's.
pub(super) async fn arguments(
    prerequisites: &Prerequisites,
    furnishing: &Furnishing,
    files: &[File],
) -> Result<Vec<OsString>, Fault> {
    let mut arguments = vec![prerequisites.bwrap.clone().into_os_string()];
    arguments.extend(walls(prerequisites, &furnishing.host_name, ids(&furnishing.user, files)));
    arguments.extend(tools(prerequisites).await?);
    arguments.extend(shown(&libraries(&furnishing.programs).await?));
    arguments.extend(shown(&furnishing.readonly));
    // Standard output is the bridge: it is read before anything runs.
    arguments.extend(words(&["--perms", "0755", "--file", "1", BRIDGE]));
    for name in SHELLS {
        arguments.extend(words(&["--symlink", BRIDGE, &format!("/usr/bin/{name}")]));
        arguments.extend(words(&["--symlink", BRIDGE, &format!("/bin/{name}")]));
    }
    arguments.extend(words(&["--symlink", BRIDGE, RELAY]));
    for name in [INIT, WORKER] {
        arguments.extend(words(&["--symlink", BRIDGE, &format!("/usr/sbin/{name}")]));
    }
    arguments.extend(limits());
    arguments.push(format!("/usr/sbin/{INIT}").into());
    Ok(arguments)
}

/// Everything that separates it from the host.
pub(super) fn walls(
    prerequisites: &Prerequisites,
    host_name: &str,
    (uid, gid): (u32, u32),
) -> Vec<OsString> {
    let (uid, gid, size) = (uid.to_string(), gid.to_string(), DISK_BYTES.to_string());
    let mut all = words(&["--unshare-user", "--uid", &uid, "--gid", &gid, "--disable-userns"]);
    all.extend(words(&["--unshare-net", "--unshare-ipc", "--unshare-pid", "--unshare-uts"]));
    all.extend(words(&["--unshare-cgroup", "--hostname", host_name, "--as-pid-1"]));
    all.extend(words(&["--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]));
    all.extend(words(&["--size", &size, "--perms", "0755", "--tmpfs", "/"]));
    all.extend(words(&["--proc", "/proc", "--dev", "/dev"]));
    // A file system of its own without a limit: nothing is to be written there.
    all.extend(words(&["--size", "1048576", "--perms", "1777", "--tmpfs", "/dev/shm"]));
    all.extend(words(&["--remount-ro", "/dev", "--perms", "1777", "--dir", "/tmp"]));
    all.extend(words(&["--chdir", "/"]));
    let faketime = (prerequisites.faketime.clone(), CLOCK.to_owned());
    all.extend(shown(&[faketime]));
    all
}

/// The programs that the first process is started by, and what every program here loads.
pub(super) async fn tools(prerequisites: &Prerequisites) -> Result<Vec<OsString>, Fault> {
    let Prerequisites { prlimit, env, faketime, .. } = prerequisites;
    let libraries = libraries(&[prlimit.clone(), env.clone(), faketime.clone()]).await?;
    let mut all = shown(&libraries);
    all.extend(shown(&[(prlimit.clone(), PRLIMIT.to_owned()), (env.clone(), ENV.to_owned())]));
    Ok(all)
}

/// Limits of every process in it, and the first one's signals.
pub(super) fn limits() -> Vec<OsString> {
    let mut all = words(&[PRLIMIT, "--core=0"]);
    all.push(format!("--nproc={PROCESSES_MAX}").into());
    all.push(format!("--fsize={FILE_BYTES_MAX}").into());
    all.push(format!("--nofile={FILES_MAX}").into());
    // Orphans come to the first process; with this signal ignored the kernel buries them.
    all.extend(words(&[ENV, "--ignore-signal=CHLD"]));
    all
}

/// Paths of the host that are there read-only.
pub(super) fn shown(paths: &[(PathBuf, String)]) -> Vec<OsString> {
    let bind = |(host, inside): &(PathBuf, String)| {
        ["--ro-bind".into(), host.clone().into_os_string(), inside.into()]
    };
    paths.iter().flat_map(bind).collect()
}

/// What the first process is told of it.
pub(super) fn settings(furnishing: &Furnishing) -> Settings {
    let folders = [&furnishing.home, &furnishing.directory];
    Settings {
        clock: furnishing.clock,
        port: furnishing.port,
        folders: folders.into_iter().cloned().collect(),
        ignored: furnishing.ignored.clone(),
    }
}

/// How the harness is started. Later variables win.
pub(super) fn launch(furnishing: &Furnishing) -> Launch {
    let login = [
        ("HOME", furnishing.home.as_str()),
        ("LANG", "C.UTF-8"),
        ("LOGNAME", &furnishing.user),
        ("PATH", "/usr/local/bin:/usr/bin:/bin"),
        ("SHELL", "/bin/bash"),
        ("TZ", "UTC"),
        ("USER", &furnishing.user),
        ("LD_PRELOAD", CLOCK),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
    ];
    let mut environment: BTreeMap<&str, &str> = login.into_iter().collect();
    environment.extend(furnishing.environment.iter().map(|(n, v)| (n.as_str(), v.as_str())));
    Launch {
        command: furnishing.command.clone(),
        directory: furnishing.directory.clone(),
        environment: environment
            .into_iter()
            .flat_map(|(name, value)| [name.to_owned(), value.to_owned()])
            .collect(),
    }
}

/// The harness's own files, and those that programs ask for who they are, where the world has none.
pub(super) fn own(furnishing: &Furnishing, files: &[File]) -> Vec<File> {
    let Furnishing { user, home, host_name, clock, .. } = furnishing;
    let root = if user == "root" { "" } else { "root:x:0:0:root:/root:/bin/bash\n" };
    let group = if user == "root" { "" } else { "root:x:0:\n" };
    let machine = [
        ("/etc/group", format!("{group}{user}:x:1000:\n")),
        ("/etc/hosts", format!("127.0.0.1 localhost\n127.0.1.1 {host_name}\n")),
        ("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n".to_owned()),
        ("/etc/passwd", format!("{root}{user}:x:1000:1000:{user}:{home}:/bin/bash\n")),
    ];
    let has = |path: &str| files.iter().chain(&furnishing.own).any(|file| file.path == path);
    let machine = machine.into_iter().filter(|(path, _)| !has(path)).map(|(path, text)| File {
        contents: text.into_bytes(),
        mode: 0o644,
        modified: *clock,
        path: path.to_owned(),
    });
    furnishing.own.iter().cloned().chain(machine).collect()
}

/// The numbers of that user in the world's own list, so that a program that asks is told the name.
fn ids(user: &str, files: &[File]) -> (u32, u32) {
    let passwd = files.iter().find(|file| file.path == "/etc/passwd");
    let text = passwd.map(|file| String::from_utf8_lossy(&file.contents)).unwrap_or_default();
    let found = text.lines().find_map(|line| {
        let mut fields = line.split(':');
        let same = fields.next() == Some(user);
        let mut number = || fields.nth(1).and_then(|field| field.parse().ok());
        let uid = number().filter(|_| same)?;
        Some((uid, fields.next()?.parse().ok()?))
    });
    found.unwrap_or((1000, 1000))
}

/// The shared libraries of programs, each at the path where the program looks for it.
async fn libraries(programs: &[PathBuf]) -> Result<Vec<(PathBuf, String)>, Fault> {
    static KNOWN: Mutex<BTreeMap<PathBuf, Vec<String>>> = Mutex::new(BTreeMap::new());
    let mut all = BTreeSet::new();
    for program in programs {
        let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner).get(program).cloned();
        let libraries = match known {
            Some(libraries) => libraries,
            None => {
                let asked = program.clone();
                let found = tokio::task::spawn_blocking(move || ldd(&asked)).await;
                let found = found.map_err(setup)??;
                let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
                known.entry(program.clone()).or_insert(found).clone()
            }
        };
        all.extend(libraries);
    }
    Ok(all.into_iter().map(|path| (PathBuf::from(&path), path)).collect())
}

fn ldd(program: &Path) -> Result<Vec<String>, Fault> {
    let told = |what: String| setup(format!("ldd {}: {what}", program.display()));
    let output = Command::new("ldd").arg(program).env("LC_ALL", "C").output();
    let output = output.map_err(|error| told(format!("{error}; install the C library's tools")))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let whole = format!("{said}{}", String::from_utf8_lossy(&output.stderr));
    // A static program and a script have none.
    if whole.contains("not a dynamic executable") || whole.contains("statically linked") {
        return Ok(Vec::new());
    }
    if !output.status.success() || said.contains("not found") {
        return Err(told(whole.trim().replace('\n', "; ")));
    }
    Ok(listed(&said))
}

/// `name => path (address)`, or `path (address)` for the loader.
fn listed(said: &str) -> Vec<String> {
    let path = |line: &str| {
        let right = line.rsplit("=>").next()?;
        let path = right.split_whitespace().next()?;
        path.starts_with('/').then(|| path.to_owned())
    };
    said.lines().filter_map(path).collect()
}

fn words(words: &[&str]) -> Vec<OsString> {
    words.iter().map(OsString::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_ldd_says() {
        let said = "\tlinux-vdso.so.1 (0x00007f)\n\tlibc.so.6 => /lib/x/libc.so.6 (0x00)\n\
            \t/lib64/ld-linux-x86-64.so.2 (0x0)\n";
        assert_eq!(listed(said), ["/lib/x/libc.so.6", "/lib64/ld-linux-x86-64.so.2"]);
    }

    #[test]
    fn a_user_has_the_worlds_numbers() {
        let passwd = |text: &str| {
            let contents = text.as_bytes().to_vec();
            [File { contents, mode: 0, modified: 0, path: "/etc/passwd".to_owned() }]
        };
        let text = "root:x:0:0::/root:/bin/sh\nops:x:1001:1002::/home/ops:/bin/sh\nbad\n";
        assert_eq!(ids("ops", &passwd(text)), (1001, 1002));
        assert_eq!(ids("root", &passwd(text)), (0, 0));
        assert_eq!(ids("bad", &passwd(text)), (1000, 1000));
        assert_eq!(ids("ops", &[]), (1000, 1000));
    }
}
