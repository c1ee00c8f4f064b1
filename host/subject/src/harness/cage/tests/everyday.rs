//! What a harness does all day.

use super::*;

fn output(stdout: &str, stderr: &str, status: i32) -> CommandOutput {
    CommandOutput { status, stderr: stderr.into(), stdout: stdout.into() }
}

#[tokio::test]
async fn a_program_runs_as_the_user_of_the_machine() {
    let script = "const os = require('os'); const fs = require('fs');
        console.log([os.hostname(), os.userInfo().username, process.cwd(), os.homedir(),
            new Date().toISOString().slice(0, 16), fs.readFileSync('a.txt', 'utf8'),
            fs.statSync('a.txt').mtime.toISOString(), process.pid > 2].join('|'))";
    let mut cage = begin(super::script(script)).await;
    let (said, status, odd) = outcome(&mut cage).await;
    assert_eq!(
        said,
        "otter-10|ops|/srv/work|/home/ops|2025-03-03T09:00|alpha|2025-03-03T08:59:00.000Z|true\n",
        "{odd:?}"
    );
    assert_eq!(status, 0);
    cage.stop().await;
}

#[tokio::test]
async fn commands_go_to_the_host_and_come_back() {
    let script = "const { spawnSync } = require('child_process');
        const run = (c, a, o) => { const r = spawnSync(c, a, o);
            console.log(String(r.stdout), String(r.stderr), r.status) };
        run('/bin/bash', ['-c', 'ls -l'], { stdio: ['ignore', 'pipe', 'pipe'] });
        run('sh', ['-c', 'cat'], { input: 'put in', cwd: '/var/log' });
        run('bash', [], { input: 'echo script' });";
    let mut cage = begin(super::script(script)).await;
    let mut seen = Vec::new();
    for answer in [output("out\n", "err", 3), output("", "", 0), output("x", "", 255)] {
        let happening = tokio::time::timeout(PATIENCE, cage.next()).await.unwrap();
        let Happening::Command { id, words, directory, stdin } = happening else {
            panic!("{happening:?}")
        };
        seen.push((words.join(" "), directory, String::from_utf8(stdin).unwrap()));
        // The harness waits for its command: files can be asked for and put meanwhile.
        assert_eq!(cage.changes().await.unwrap(), []);
        cage.put(&[file("/srv/work/new.txt", "n")], &[]).await.unwrap();
        cage.answer(id, answer).await;
    }
    let (said, status, odd) = outcome(&mut cage).await;
    let seen: Vec<_> = seen.iter().map(|(w, d, i)| (w.as_str(), d.as_str(), i.as_str())).collect();
    assert_eq!(
        seen,
        [
            ("/bin/bash -c ls -l", "/srv/work", ""),
            ("sh -c cat", "/var/log", "put in"),
            ("bash", "/srv/work", "echo script"),
        ]
    );
    assert_eq!((said.as_str(), status), ("out\n err 3\n  0\nx  255\n", 0), "{odd:?}");
    cage.stop().await;
}

#[tokio::test]
async fn changes_come_and_go() {
    let script = "const fs = require('fs'); const line = () => fs.readSync(0, Buffer.alloc(1));
        fs.writeFileSync('a.txt', 'ALPHA'); fs.mkdirSync('deep/er', { recursive: true });
        fs.writeFileSync('deep/er/new.txt', 'new', { mode: 0o600 });
        fs.unlinkSync('/var/log/b.log'); fs.writeFileSync('agent.json', 'own');
        fs.mkdirSync('/home/ops/.cache/x', { recursive: true });
        fs.writeFileSync('/home/ops/.cache/x/y', 'cached'); fs.writeFileSync('/tmp/t', 't');
        console.log('first'); line();
        console.log(fs.readFileSync('a.txt', 'utf8'), fs.existsSync('deep'),
            fs.readFileSync('/opt/w', 'utf8'), fs.statSync('/opt/w').mode.toString(8));
        const { mtime } = fs.statSync('/opt/w'); fs.writeFileSync('/opt/w', 'V');
        fs.utimesSync('/opt/w', mtime, mtime); fs.chmodSync('a.txt', 0o600);
        console.log('second'); line();";
    let mut cage = begin(super::script(script)).await;
    let mut stdio = cage.stdio();
    let mut buffer = [0; 1024];
    let length = stdio.read(&mut buffer).await.unwrap();
    assert_eq!(&buffer[..length], b"first\n");
    let changes = cage.changes().await.unwrap();
    let shown: Vec<String> = changes.iter().map(show).collect();
    assert_eq!(
        shown,
        [
            "/srv/work/a.txt 644 ALPHA",
            "/srv/work/deep/er/new.txt 600 new",
            "/tmp/t 644 t",
            "- /var/log/b.log"
        ]
    );
    for change in &changes {
        let Change::Wrote(file) = change else { continue };
        assert!((CLOCK..CLOCK + 60).contains(&file.modified), "{file:?}");
    }
    assert_eq!(cage.changes().await.unwrap(), []);
    let put = [file("/opt/w", "v"), file("/srv/work/a.txt", "of the world")];
    cage.put(&put, &["/srv/work/deep/er/new.txt".to_owned()]).await.unwrap();
    assert_eq!(cage.changes().await.unwrap(), []);
    stdio.write_all(b"\n").await.unwrap();
    let mut said = String::new();
    while !said.contains("second") {
        let length = stdio.read(&mut buffer).await.unwrap();
        said.push_str(std::str::from_utf8(&buffer[..length]).unwrap());
    }
    assert_eq!(said, "of the world false v 100644\nsecond\n");
    // Same size, same time: only the contents tell.
    let shown: Vec<String> = cage.changes().await.unwrap().iter().map(show).collect();
    assert_eq!(shown, ["/opt/w 644 V", "/srv/work/a.txt 600 of the world"]);
    cage.stop().await;
}

fn show(change: &Change) -> String {
    match change {
        Change::Wrote(File { contents, mode, path, .. }) => {
            format!("{path} {mode:o} {}", String::from_utf8_lossy(contents))
        }
        Change::Removed(path) => format!("- {path}"),
    }
}

#[tokio::test]
async fn connections_and_relays_are_streams() {
    let script = "const net = require('net'); const { spawn } = require('child_process');
        const c = net.connect(8080, '127.0.0.1'); c.write('GET'); c.setEncoding('utf8');
        let got = ''; c.on('data', d => got += d);
        c.on('end', () => { c.end(); console.log(got.length, got.slice(-3));
            const m = spawn('/usr/bin/mcp-server', [], { stdio: ['pipe', 'pipe', 'inherit'] });
            m.stdin.write('ask\\n'); m.stdout.on('data', d => { console.log(String(d));
                m.stdin.end() }); m.on('exit', s => console.log('exit', s)) });";
    let mut cage = begin(super::script(script)).await;
    let happening = tokio::time::timeout(PATIENCE, cage.next()).await.unwrap();
    let Happening::Connection(mut stream) = happening else { panic!("{happening:?}") };
    let mut asked = [0; 3];
    stream.read_exact(&mut asked).await.unwrap();
    // Far more than a window.
    stream.write_all(&vec![b'x'; 3_000_000]).await.unwrap();
    stream.write_all(b"end").await.unwrap();
    drop(stream);
    let happening = tokio::time::timeout(PATIENCE, cage.next()).await.unwrap();
    let Happening::Mcp(mut stream) = happening else { panic!("{happening:?}") };
    let mut asked = [0; 4];
    stream.read_exact(&mut asked).await.unwrap();
    assert_eq!(&asked, b"ask\n");
    stream.write_all(b"answer").await.unwrap();
    assert_eq!(stream.read(&mut asked).await.unwrap(), 0);
    drop(stream);
    let (said, status, odd) = outcome(&mut cage).await;
    assert_eq!((said.as_str(), status), ("3000003 end\nanswer\nexit 0\n", 0), "{odd:?}");
    cage.stop().await;
}

#[tokio::test]
async fn an_end_is_told_with_the_last_words() {
    for (script, status, last) in [
        ("console.error('why'); process.exit(7)", 7, "why\n"),
        ("process.kill(process.pid, 'SIGKILL')", 137, ""),
    ] {
        let mut cage = begin(super::script(script)).await;
        let (_, ended, odd) = outcome(&mut cage).await;
        assert_eq!((ended, odd), (status, vec![last.to_owned()]));
        // What it wrote before can still be had.
        assert_eq!(cage.changes().await.unwrap(), []);
        cage.stop().await;
    }
    let mut furnishing = script("");
    furnishing.command = vec!["/usr/bin/no-such".to_owned()];
    let mut cage = begin(furnishing).await;
    let (_, status, odd) = outcome(&mut cage).await;
    assert_eq!(status, 127);
    assert!(odd[0].contains("/usr/bin/no-such"), "{odd:?}");
}
