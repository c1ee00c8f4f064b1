//! Machines with programs in them, ordinary and hostile ones. They need what a machine needs, and
//! Node.js to play the harness; what is missing fails them with the command to get it.

mod everyday;
mod excess;
mod hostile;
mod life;
mod rules;

use super::*;
use std::path::Path;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// 2025-03-03 09:00:00 UTC.
const CLOCK: u64 = 1_740_992_400;
const NODE: &str = "/usr/bin/node";
/// Longest wait for anything that a test expects.
const PATIENCE: Duration = Duration::from_secs(30);

fn file(path: &str, contents: &str) -> File {
    File { contents: contents.into(), mode: 0o644, modified: CLOCK - 60, path: path.to_owned() }
}

/// A machine whose harness is this script.
fn script(script: &str) -> Furnishing {
    assert!(Path::new(NODE).is_file(), "install Node.js 20 (`apt-get install nodejs`)");
    Furnishing {
        host_name: "otter-10".to_owned(),
        user: "ops".to_owned(),
        home: "/home/ops".to_owned(),
        clock: CLOCK,
        readonly: vec![(NODE.into(), NODE.to_owned())],
        programs: vec![NODE.into()],
        environment: vec![],
        command: ["node", "-e", script].map(str::to_owned).to_vec(),
        directory: "/srv/work".to_owned(),
        port: 8080,
        own: vec![file("/srv/work/agent.json", "{}")],
        ignored: vec!["/home/ops/.cache".to_owned()],
    }
}

async fn begin(furnishing: Furnishing) -> Cage {
    let files = [file("/srv/work/a.txt", "alpha"), file("/var/log/b.log", "beta")];
    match tokio::time::timeout(PATIENCE, start(furnishing, &files)).await {
        Ok(Ok(cage)) => cage,
        Ok(Err(fault)) => panic!("{fault}"),
        Err(_) => panic!("no machine within {PATIENCE:?}"),
    }
}

/// What the harness said on standard output until its end, how it ended, and what was told in
/// words meanwhile.
async fn outcome(cage: &mut Cage) -> (String, i32, Vec<String>) {
    let mut stdout = cage.stdio();
    let reading = tokio::spawn(async move {
        let mut said = Vec::new();
        let _cut = stdout.read_to_end(&mut said).await;
        String::from_utf8_lossy(&said).into_owned()
    });
    let mut odd = Vec::new();
    loop {
        let happening = tokio::time::timeout(PATIENCE, cage.next()).await;
        match happening.expect("the harness ends in time") {
            Happening::Exited { status, stderr } => {
                odd.push(String::from_utf8_lossy(&stderr).into_owned());
                return (reading.await.unwrap(), status, odd);
            }
            Happening::Odd { what } => odd.push(what),
            other => odd.push(format!("{other:?}")),
        }
    }
}

/// What comes on that stream until that word has come and its line has ended.
async fn wait_for(stream: &mut DuplexStream, word: &str) -> String {
    let mut said = String::new();
    let mut buffer = [0; 4096];
    while !(said.contains(word) && said.ends_with('\n')) {
        let read = tokio::time::timeout(PATIENCE, stream.read(&mut buffer)).await;
        let length = read.expect("it comes in time").unwrap();
        assert!(length > 0, "it ended with {said:?}");
        said.push_str(&String::from_utf8_lossy(&buffer[..length]));
    }
    said
}

/// So many reports in words, in their order.
async fn told(cage: &mut Cage, count: usize) -> Vec<String> {
    let mut all = Vec::new();
    while all.len() < count {
        match tokio::time::timeout(PATIENCE, cage.next()).await {
            Ok(Happening::Odd { what }) => all.push(what),
            other => panic!("{other:?} after {all:?}"),
        }
    }
    all
}

/// The machine's space of processes, as the host's kernel names it.
fn space(cage: &Cage) -> PathBuf {
    let first = children(cage.confined.id()).into_iter().next().expect("bubblewrap has a child");
    std::fs::read_link(format!("/proc/{first}/ns/pid")).unwrap()
}

fn children(process: u32) -> Vec<u32> {
    let listed = std::fs::read_to_string(format!("/proc/{process}/task/{process}/children"));
    listed.unwrap().split_whitespace().map(|number| number.parse().unwrap()).collect()
}

/// How many processes are in that space.
fn members(space: &Path) -> usize {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let inside = |path: PathBuf| std::fs::read_link(path.join("ns/pid")).is_ok_and(|s| s == space);
    processes.filter(|entry| inside(entry.path())).count()
}
