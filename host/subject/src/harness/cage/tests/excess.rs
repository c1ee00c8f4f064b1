//! Too much of everything: none of it reaches the host's memory, disk or patience.

use super::*;

#[tokio::test]
async fn a_fork_bomb_is_a_small_bomb() {
    // Every process starts two of itself, again and again.
    let bomb = "const fs = require('fs'); const { spawn } = require('child_process');
        const go = () => { for (let i = 0; i < 2; i++) try {
            spawn(process.execPath, ['-e', process.argv[1] || SELF], { stdio: 'ignore' })
                .on('error', () => {}) } catch (e) { console.log(e.code) } };
        setInterval(go, 50); go();";
    let script = format!("const SELF = {bomb:?}; process.argv[1] = SELF; eval(SELF)");
    let mut cage = begin(super::script(&script)).await;
    let space = space(&cage);
    let mut odd = Vec::new();
    let mut most = 0;
    // A bomb that nothing holds has thousands by then, and the host is not to be used.
    let begun = tokio::time::Instant::now();
    while begun.elapsed() < Duration::from_secs(6) {
        tokio::time::sleep(Duration::from_millis(100)).await;
        most = most.max(threads(&space));
        assert_eq!(cage.changes().await.unwrap(), []);
        let happening = tokio::time::timeout(Duration::from_millis(1), cage.next()).await;
        if let Ok(Happening::Odd { what }) = happening {
            odd.push(what);
        }
    }
    // bubblewrap itself is one, and a process that ends may still be counted.
    assert!((200..=furnish::PROCESSES_MAX + 10).contains(&most), "{most} threads");
    assert!(odd.iter().any(|what| what.ends_with("processes and threads are running")), "{odd:?}");
    cage.put(&[file("/srv/work/after", "x")], &[]).await.unwrap();
    cage.stop().await;
    assert_eq!(members(&space), 0);
}

#[tokio::test]
async fn a_full_disk_is_full_inside() {
    let script = "const fs = require('fs'); const part = Buffer.alloc(1 << 20);
        const fill = p => { let n = 0; try { const f = fs.openSync(p, 'w');
            for (;;) n += fs.writeSync(f, part) } catch (e) { return e.code + ' ' + (n >> 20) } };
        console.log(fill('/tmp/1'), fill('/tmp/2'), fill('/dev/shm/3')); fs.readSync(0, part);
        fs.unlinkSync('/tmp/1'); console.log('free'); fs.readSync(0, part)";
    let mut cage = begin(super::script(script)).await;
    let mut stdio = cage.stdio();
    let said = wait_for(&mut stdio, "\n").await;
    let megabytes: Vec<u32> =
        said.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    assert_eq!(said.matches("ENOSPC").count(), 3, "{said}");
    assert!(megabytes[0] > 100 && megabytes.iter().sum::<u32>() <= 300, "{said}");
    // The world goes on; it is told that its file is not there, and that the other is no file of it.
    let large = file("/srv/work/new", &"n".repeat(100_000));
    cage.put(std::slice::from_ref(&large), &[]).await.unwrap();
    let told_first = told(&mut cage, 1).await;
    assert!(
        told_first[0].starts_with("/srv/work/new cannot be written: No space"),
        "{told_first:?}"
    );
    let changes = cage.changes().await.unwrap();
    assert_eq!(changes.len(), 1, "only the empty one of /tmp");
    let told_then = told(&mut cage, 1).await;
    assert!(told_then[0].starts_with("/tmp/1 holds "), "{told_then:?}");
    stdio.write_all(b"\n").await.unwrap();
    wait_for(&mut stdio, "free").await;
    cage.put(&[large], &[]).await.unwrap();
    assert_eq!(cage.changes().await.unwrap(), []);
    cage.stop().await;
}

#[tokio::test]
async fn many_files_and_large_ones_come_in_portions() {
    let script = "const fs = require('fs'); const mb = Buffer.alloc(4 << 20, 'x');
        for (let i = 0; i < 10; i++) fs.writeFileSync('/tmp/' + i, mb);
        fs.writeFileSync('/tmp/huge', Buffer.concat([mb, mb]));
        let deep = '/tmp'; for (let i = 0; i < 80; i++) fs.mkdirSync(deep += '/d');
        fs.writeFileSync(deep + '/f', ''); fs.mkdirSync('/tmp/locked');
        fs.writeFileSync('/tmp/locked/f', ''); fs.writeFileSync('/tmp/shut', '');
        fs.chmodSync('/tmp/shut', 0); fs.chmodSync('/tmp/locked', 0);
        console.log('written'); fs.readSync(0, Buffer.alloc(1)); fs.mkdirSync('/tmp/many');
        for (let i = 0; i < 21000; i++) fs.writeFileSync('/tmp/many/' + i, '');
        console.log('more'); fs.readSync(0, Buffer.alloc(1));";
    let mut cage = begin(super::script(script)).await;
    let mut stdio = cage.stdio();
    wait_for(&mut stdio, "written").await;
    let sizes = |changes: &[Change]| -> Vec<usize> {
        let size = |change: &Change| match change {
            Change::Wrote(file) => Some(file.contents.len()),
            Change::Removed(_) => None,
        };
        changes.iter().filter_map(size).collect()
    };
    let first = cage.changes().await.unwrap();
    let second = cage.changes().await.unwrap();
    assert_eq!(cage.changes().await.unwrap(), []);
    assert_eq!(sizes(&first), [vec![4 << 20; 8], vec![0, 0]].concat());
    assert_eq!(sizes(&second), vec![4 << 20; 2]);
    let modes: Vec<u32> = first[8..]
        .iter()
        .map(|change| match change {
            Change::Wrote(file) => file.mode,
            Change::Removed(path) => panic!("{path} was not removed"),
        })
        .collect();
    assert_eq!(modes, [0o644, 0]);
    let odd = told(&mut cage, 4).await.join("\n");
    for what in ["deeper than 64", "/tmp/huge holds 8388608", "/tmp/8 changed beyond"] {
        assert!(odd.contains(what), "{odd}");
    }
    stdio.write_all(b"\n").await.unwrap();
    wait_for(&mut stdio, "more").await;
    let many = cage.changes().await.unwrap();
    assert!(many.len() < 20_000, "{}", many.len());
    assert!(!many.iter().any(|change| matches!(change, Change::Removed(_))));
    cage.stop().await;
}

#[tokio::test]
async fn a_gigabyte_on_standard_output_is_held_by_nobody() {
    let script = "const part = Buffer.alloc(1 << 20, 'x'); let n = 1024;
        const go = () => { while (n-- > 0) if (!process.stdout.write(part))
            return process.stdout.once('drain', go) }; go();";
    let mut cage = begin(super::script(script)).await;
    let mut stdio = cage.stdio();
    // Nobody reads: the harness waits, and everything else goes on.
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(cage.changes().await.unwrap(), []);
    }
    assert!(resident() < 100, "{} MiB", resident());
    let mut total = 0_u64;
    let mut buffer = vec![0; 1 << 16];
    loop {
        match stdio.read(&mut buffer).await.unwrap() {
            0 => break,
            length => total += length as u64,
        }
    }
    assert_eq!(total, 1 << 30);
    assert!(resident() < 100, "{} MiB", resident());
    let happening = tokio::time::timeout(PATIENCE, cage.next()).await.unwrap();
    assert!(matches!(happening, Happening::Exited { status: 0, .. }), "{happening:?}");
    cage.stop().await;
}

#[tokio::test]
async fn a_gigabyte_on_standard_error_leaves_its_end() {
    let script = "const fs = require('fs'); const part = Buffer.alloc(1 << 20, 'x');
        for (let n = 0; n < 1024; n++) fs.writeSync(2, part); fs.writeSync(2, 'last words')";
    let mut cage = begin(super::script(script)).await;
    let (_, status, odd) = outcome(&mut cage).await;
    assert_eq!(status, 0);
    assert!(odd[0].contains("standard error"), "{}", odd[0]);
    assert!(odd[1].ends_with("xlast words") && odd[1].len() == 60 * 1024);
    assert!(resident() < 100, "{} MiB", resident());
    cage.stop().await;
}

#[tokio::test]
async fn a_commands_long_output_arrives_whole_or_not_at_all() {
    let script = "const { spawn } = require('child_process'); let n = 0;
        const c = spawn('bash', ['-c', 'yes'], { stdio: ['ignore', 'pipe', 'ignore'] });
        c.stdout.on('data', d => n += d.length);
        c.on('close', s => { console.log(n, s);
            const k = spawn('bash', ['-c', 'yes'], { stdio: ['ignore', 'pipe', 'ignore'] });
            k.on('close', (s, g) => console.log(g)); setTimeout(() => k.kill('SIGKILL'), 300) });";
    let mut cage = begin(super::script(script)).await;
    for _ in 0..2 {
        let happening = tokio::time::timeout(PATIENCE, cage.next()).await.unwrap();
        let Happening::Command { id, .. } = happening else { panic!("{happening:?}") };
        let stdout = vec![b'y'; 64 << 20];
        cage.answer(id, CommandOutput { status: 1, stderr: vec![], stdout }).await;
    }
    let (said, _, odd) = outcome(&mut cage).await;
    assert_eq!(said, "67108864 1\nSIGKILL\n", "{odd:?}");
    cage.stop().await;
}

/// Threads of all processes in that space.
fn threads(space: &Path) -> u64 {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let inside = |path: &PathBuf| std::fs::read_link(path.join("ns/pid")).is_ok_and(|s| s == space);
    let count = |path: PathBuf| std::fs::read_dir(path.join("task")).map_or(0, Iterator::count);
    processes.map(|entry| entry.path()).filter(inside).map(|path| count(path) as u64).sum()
}

/// Resident memory of this process in MiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<u64>().unwrap() / 1024
}
