//! How machines begin and end.

use super::*;
use std::process::{Command, Stdio};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// In the environment of a test that plays a host which is killed, or which has a key.
const ROLE: &str = "CAGE_TEST_ROLE";
/// Looks like a key, and is none.
const KEY: &str = "sk-not-a-key-5f2c81d0";

/// This test program again, with one test of it, in that role.
fn again(test: &str, role: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", &format!("harness::cage::tests::life::{test}"), "--nocapture"]);
    command.env(ROLE, role).env("OPENAI_API_KEY", KEY);
    command
}

#[allow(clippy::disallowed_methods, reason = "a test that runs itself again must know that it did")]
fn role() -> Option<String> {
    std::env::var(ROLE).ok()
}

#[test]
fn the_bridge_is_static_and_tells_nothing() {
    let bridge = confine::BRIDGE;
    let has = |word: &str| {
        let lower = bridge.to_ascii_lowercase();
        memchr::memmem::find(&lower, word.to_lowercase().as_bytes()).is_some()
    };
    assert!(bridge.starts_with(b"\x7fELF"));
    for word in ["kinship", env!("CARGO_MANIFEST_DIR"), env!("OUT_DIR"), "/root/", "/home/"] {
        assert!(!has(word), "{word}");
    }
    assert!(has("sessiond"));
    assert!(bridge.len() < 2 << 20, "{} bytes", bridge.len());
    // ELF-64: no program header names an interpreter, so that nothing is loaded at its start.
    const INTERPRETER: u32 = 3;
    let number = |at: usize, bytes: usize| {
        bridge[at..at + bytes]
            .iter()
            .rev()
            .fold(0_usize, |number, byte| number << 8 | usize::from(*byte))
    };
    let (table, size, count) = (number(32, 8), number(54, 2), number(56, 2));
    let kinds = (0..count).map(|entry| number(table + entry * size, 4));
    assert!(count > 0 && kinds.into_iter().all(|kind| kind != INTERPRETER as usize));
}

#[test]
fn a_key_of_the_host_is_found_nowhere() {
    if role().is_none() {
        let output = again("a_key_of_the_host_is_found_nowhere", "key").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        return;
    }
    let host = std::fs::read("/proc/self/environ").unwrap();
    assert!(memchr::memmem::find(&host, KEY.as_bytes()).is_some());
    // Everything that can be read, in files and of processes, on standard output.
    let script = "const fs = require('fs'); let out = JSON.stringify(process.env) + process.argv;
        const walk = d => { for (const n of fs.readdirSync(d || '/')) { const p = d + '/' + n;
            if (/^\\/(usr|lib|lib64|dev)$/.test(p) || /task|net|fd|attr|map_files/.test(n)) continue;
            let s; try { s = fs.lstatSync(p) } catch (e) { continue }
            if (s.isDirectory()) try { walk(p) } catch (e) {}
            if (s.isSymbolicLink()) try { out += p + fs.readlinkSync(p) } catch (e) {}
            if (s.isFile() && !/kmsg|kpage|kcore|pagemap|mem$|clear_refs/.test(n))
                try { out += fs.readFileSync(p, 'latin1') } catch (e) {} } };
        walk(''); process.stdout.write(out)";
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let mut cage = begin(super::script(script)).await;
        let (said, ..) = outcome(&mut cage).await;
        // It did read what it can.
        for word in ["FAKETIME", "sessiond", "alpha", "otter-10", "libclock"] {
            assert!(said.contains(word), "{word} in {} bytes", said.len());
        }
        for word in [KEY, "kinship", env!("CARGO_MANIFEST_DIR"), "CAGE_TEST_ROLE", "bwrap"] {
            let at = said.find(word);
            let around = at.map(|at| &said[at.saturating_sub(200)..(at + 100).min(said.len())]);
            assert_eq!(around, None, "{word}");
        }
        cage.stop().await;
    });
}

#[test]
fn nothing_is_left_when_the_host_is_killed() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if role().is_some() {
        runtime.block_on(async {
            let script = "require('fs').writeFileSync('/tmp/x', ''); setInterval(() => {}, 1e6);
                process.on('SIGTERM', () => {}); console.log('up')";
            let mut cage = begin(super::script(script)).await;
            wait_for(&mut cage.stdio(), "up").await;
            let space = space(&cage);
            // For whoever kills this process.
            let told = format!("space {}\n", space.display());
            std::io::Write::write_all(&mut std::io::stderr(), told.as_bytes()).unwrap();
            std::future::pending::<()>().await;
        });
    }
    let before = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
    let mut host = again("nothing_is_left_when_the_host_is_killed", "host");
    let mut host = host.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let stderr = std::io::BufReader::new(host.stderr.take().unwrap());
    let mut lines = std::io::BufRead::lines(stderr).map_while(Result::ok);
    let space = lines.find_map(|line| line.strip_prefix("space ").map(PathBuf::from));
    let space = space.expect("the host had a machine");
    let inside = members(&space);
    assert!(inside >= 3, "{inside}");
    let folder = std::env::temp_dir();
    let files = std::fs::read_dir(&folder).unwrap().count();
    let killed = Instant::now();
    host.kill().unwrap();
    host.wait().unwrap();
    while members(&space) > 0 {
        assert!(killed.elapsed() < Duration::from_secs(2), "{} are left", members(&space));
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(std::fs::read_to_string("/proc/self/mountinfo").unwrap(), before);
    assert!(std::fs::read_dir(&folder).unwrap().count() <= files);
}

#[test]
fn a_machine_outlives_the_thread_that_asked_for_it() {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.enable_all().thread_keep_alive(Duration::from_millis(1)).build().unwrap();
    let handle = runtime.handle().clone();
    let script = "setInterval(() => {}, 1e6)";
    let asked = std::thread::spawn(move || handle.block_on(begin(super::script(script))));
    let cage = asked.join().unwrap();
    runtime.block_on(async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(cage.changes().await.unwrap(), []);
        let space = space(&cage);
        assert_eq!(members(&space), 3);
        // Dropped, not stopped: it ends all the same.
        drop(cage);
        let dropped = Instant::now();
        while members(&space) > 0 {
            assert!(dropped.elapsed() < Duration::from_secs(2));
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
}

#[tokio::test]
async fn orphans_are_buried() {
    let script = "const { spawnSync } = require('child_process'); const fs = require('fs');
        for (let i = 0; i < 5; i++) spawnSync('node', ['-e', `require('child_process').spawn('node',
            ['-e', ''], { detached: true, stdio: 'ignore' }).unref()`]);
        setTimeout(() => console.log(fs.readdirSync('/proc').filter(n => /^\\d+$/.test(n)).length),
            1500)";
    let mut cage = begin(super::script(script)).await;
    let (said, ..) = outcome(&mut cage).await;
    assert_eq!(said, "3\n");
    cage.stop().await;
}

#[tokio::test]
async fn what_cannot_be_shown_is_said() {
    let mut furnishing = script("");
    furnishing.readonly.push(("/no/such/package".into(), "/usr/lib/package".to_owned()));
    let Err(fault) = start(furnishing, &[]).await else { panic!("a machine of nothing") };
    assert_eq!(fault.blame, Blame::Setup);
    assert!(fault.message.contains("/no/such/package"), "{fault}");
}

#[tokio::test]
async fn twenty_machines_work_at_once() {
    let script = "require('fs').writeFileSync('/tmp/x', ''); console.log('up');
        setInterval(() => {}, 1e6)";
    let mut many = JoinSet::new();
    for _ in 0..20 {
        many.spawn(async {
            let mut cage = begin(super::script(script)).await;
            wait_for(&mut cage.stdio(), "up").await;
            assert_eq!(cage.changes().await.unwrap().len(), 1);
            cage
        });
    }
    for cage in many.join_all().await {
        let space = space(&cage);
        cage.stop().await;
        assert_eq!(members(&space), 0);
    }
}
