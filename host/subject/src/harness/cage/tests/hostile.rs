//! What a program in a machine may try: each attempt ends inside, and the host hears of it.

use super::*;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};

/// Tries each of these and says how each failed, or what it gave.
const TRY: &str = "const fs = require('fs'); const cp = require('child_process');
    const attempt = (name, f) => { let r; try { r = f() } catch (e) { r = e.code || e.message }
        console.log(name, r === undefined ? 'done' : r) };";

fn tries(attempts: &str) -> Furnishing {
    script(&format!("{TRY}{attempts}"))
}

/// With these programs of the host in the machine as well.
fn with(mut furnishing: Furnishing, programs: &[&str]) -> Furnishing {
    for program in programs {
        let path = format!("/usr/bin/{program}");
        assert!(Path::new(&path).is_file(), "{path} is missing: install util-linux and coreutils");
        furnishing.programs.push(path.clone().into());
        furnishing.readonly.push((path.clone().into(), path));
    }
    furnishing
}

#[tokio::test]
async fn files_of_the_host_are_not_there() {
    let here = env!("CARGO_MANIFEST_DIR");
    let attempts = format!(
        "for (const p of ['/etc/shadow', '/root', '{here}', '/home/ops/../../root/.ssh',
            '/proc/1/root/etc/shadow', '/proc/1/cwd/etc/shadow', '/usr/bin/bwrap', '/sys/kernel'])
            attempt('read', () => {{ fs.statSync(p); return p }});
        attempt('passwd', () => fs.readFileSync('/etc/passwd', 'utf8').split('\\n').length);
        attempt('root', () => fs.readdirSync('/').sort().join());
        attempt('memory', () => {{ fs.openSync('/dev/mem'); fs.openSync('/proc/kcore') }});"
    );
    let mut cage = begin(tries(&attempts)).await;
    let (said, ..) = outcome(&mut cage).await;
    let expected = format!(
        "{}passwd 3\nroot bin,dev,etc,home,lib,lib64,proc,run,srv,tmp,usr,var\nmemory ENOENT\n",
        "read ENOENT\n".repeat(8)
    );
    assert_eq!(said, expected);
    cage.stop().await;
}

#[tokio::test]
async fn what_is_shown_is_read_only_and_nothing_is_gained() {
    let attempts = "const w = p => attempt(p, () => fs.writeFileSync(p, 'x'));
        w('/usr/bin/node'); w('/usr/lib/libclock.so.1'); w('/proc/sys/kernel/hostname');
        w('/proc/sysrq-trigger'); w('/dev/x'); w('/proc/1/oom_score_adj');
        attempt('setuid', () => process.setuid(0));
        attempt('capabilities', () => fs.readFileSync('/proc/self/status', 'utf8')
            .split('\\n').filter(l => /^(CapEff|CapBnd|NoNewPrivs)/.test(l)).join(' ')
            .replace(/\\s+/g, ' '));
        const run = (c, a) => attempt(c, () => cp.spawnSync(c, a).status === 0);
        run('mount', ['-t', 'tmpfs', 'x', '/tmp']); run('mount', ['--bind', '/proc/1', '/tmp']);
        run('unshare', ['--user', 'true']); run('unshare', ['--net', 'true']);
        run('chroot', ['/tmp', 'true']); run('true', []);";
    // The last shows that a program of the host does run here.
    let programs = ["mount", "unshare", "true"];
    let mut furnishing = with(tries(attempts), &programs);
    furnishing.readonly.push(("/usr/sbin/chroot".into(), "/usr/bin/chroot".to_owned()));
    let before = std::fs::metadata(NODE).unwrap().modified().unwrap();
    let mut cage = begin(furnishing).await;
    let (said, _, odd) = outcome(&mut cage).await;
    let none = "0000000000000000";
    assert_eq!(
        said,
        format!(
            "/usr/bin/node EROFS\n/usr/lib/libclock.so.1 EROFS\n\
             /proc/sys/kernel/hostname EACCES\n/proc/sysrq-trigger ENOENT\n/dev/x EROFS\n\
             /proc/1/oom_score_adj EINVAL\nsetuid EINVAL\n\
             capabilities CapEff: {none} CapBnd: {none} NoNewPrivs: 1\n\
             mount false\nmount false\nunshare false\nunshare false\nchroot false\ntrue true\n"
        ),
        "{odd:?}"
    );
    assert_eq!(std::fs::metadata(NODE).unwrap().modified().unwrap(), before);
    cage.stop().await;
}

#[tokio::test]
async fn there_is_no_network() {
    let tcp = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = tcp.local_addr().unwrap().port();
    let name = format!("open-to-all-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).unwrap();
    let _listener = UnixListener::bind_addr(&address).unwrap();
    let attempts = format!(
        "const net = require('net'); const dns = require('dns').promises;
        const reach = o => new Promise(r => {{ const s = net.connect(o);
            s.on('connect', () => r('reached')); s.on('error', e => r(e.code)) }});
        (async () => {{
            console.log(await reach({{ host: '127.0.0.1', port: {port} }}));
            console.log(await reach({{ host: '1.1.1.1', port: 443 }}));
            console.log(await reach({{ host: '10.0.0.1', port: 80 }}));
            console.log(await reach({{ host: '::1', port: {port} }}));
            console.log(await reach({{ path: '\\0{name}' }}));
            console.log(await dns.lookup('example.com').then(() => 'found', e => e.code));
            const os = require('os'); console.log(Object.keys(os.networkInterfaces()).join());
            const u = require('dgram').createSocket('udp4');
            u.send('x', 53, '8.8.8.8', e => {{ console.log(e && e.code); u.close() }});
        }})()"
    );
    let mut cage = begin(tries(&attempts)).await;
    let (said, ..) = outcome(&mut cage).await;
    let expected = "ECONNREFUSED\nENETUNREACH\nENETUNREACH\nECONNREFUSED\nECONNREFUSED\n\
        ENOTFOUND\nlo\nENETUNREACH\n";
    assert_eq!(said, expected);
    cage.stop().await;
}

#[tokio::test]
async fn machines_do_not_see_each_other() {
    let first = tries(
        "require('net').createServer().listen(9000, '127.0.0.1', () => {
            require('net').createServer().listen('\\0shared', () => {
                fs.writeFileSync('/tmp/mine', ''); console.log('up') }) })",
    );
    let mut first = begin(first).await;
    let mut up = [0; 3];
    first.stdio().read_exact(&mut up).await.unwrap();
    let attempts = "const net = require('net'); attempt('file', () => fs.statSync('/tmp/mine'));
        attempt('processes', () => fs.readdirSync('/proc').filter(n => /^\\d+$/.test(n)
            && n != process.pid).map(n => fs.readFileSync('/proc/' + n + '/comm', 'utf8').trim())
            .join());
        for (const o of [{ host: '127.0.0.1', port: 9000 }, { path: '\\0shared' }])
            net.connect(o).on('error', e => console.log(e.code));";
    let mut second = begin(tries(attempts)).await;
    let (said, ..) = outcome(&mut second).await;
    let expected = "file ENOENT\nprocesses init,sessiond\nECONNREFUSED\nECONNREFUSED\n";
    assert_eq!(said, expected);
    second.stop().await;
    first.stop().await;
}

#[tokio::test]
async fn links_lead_nowhere() {
    let attempts = "fs.symlinkSync('/etc/passwd', 'passwd'); fs.symlinkSync('/', 'all');
        fs.mkdirSync('sub'); fs.writeFileSync('sub/f', 'inside');
        attempt('fifo', () => cp.spawnSync('mkfifo', ['pipe']).status);
        fs.linkSync('a.txt', 'hard'); console.log('ready'); fs.readSync(0, Buffer.alloc(1));
        fs.rmSync('sub', { recursive: true }); fs.symlinkSync('/home/ops', 'sub');
        fs.unlinkSync('a.txt'); fs.symlinkSync('/usr/bin/node', 'a.txt');
        fs.rmSync('hard'); fs.mkdirSync('hard'); fs.writeFileSync('hard/x', '');
        console.log('again'); fs.readSync(0, Buffer.alloc(1));
        attempt('in home', () => fs.readdirSync('/home/ops').join());
        attempt('sub', () => fs.lstatSync('sub').isDirectory() + fs.readFileSync('sub/f', 'utf8'));
        attempt('a', () => fs.lstatSync('a.txt').isFile());
        attempt('hard', () => fs.readFileSync('hard', 'utf8'));";
    let mut cage = begin(with(tries(attempts), &["mkfifo"])).await;
    let mut stdio = cage.stdio();
    wait_for(&mut stdio, "ready").await;
    let mut shown = paths(&cage.changes().await.unwrap());
    assert_eq!(shown, ["/srv/work/hard", "/srv/work/sub/f"]);
    assert_eq!(
        told(&mut cage, 3).await,
        [
            "/srv/work/all was made a link to /; it was removed",
            "/srv/work/passwd was made a link to /etc/passwd; it was removed",
            "/srv/work/pipe was made a pipe; it was removed",
        ]
    );
    stdio.write_all(b"\n").await.unwrap();
    wait_for(&mut stdio, "again").await;
    // Through a link that stands where the world has a folder or a file, nothing is written.
    let put = ["/srv/work/sub/f", "/srv/work/a.txt", "/srv/work/hard"].map(|path| file(path, "of"));
    cage.put(&put, &[]).await.unwrap();
    shown = paths(&cage.changes().await.unwrap());
    assert_eq!(shown, Vec::<String>::new());
    stdio.write_all(b"\n").await.unwrap();
    let said = wait_for(&mut stdio, "hard of").await;
    assert_eq!(said, "in home \nsub trueof\na true\nhard of\n");
    cage.stop().await;
}

#[tokio::test]
async fn the_first_process_cannot_be_killed_and_the_second_ends_everything() {
    let attempts = "for (const s of ['SIGKILL', 'SIGTERM', 'SIGSEGV', 'SIGSTOP'])
            attempt(s, () => process.kill(1, s));
        setTimeout(() => console.log('still here'), 200);
        process.stdin.on('data', () => { process.kill(process.ppid, 'SIGKILL');
            setTimeout(() => console.log('too late'), 10000) });";
    let mut cage = begin(tries(attempts)).await;
    let space = space(&cage);
    let mut stdio = cage.stdio();
    let said = wait_for(&mut stdio, "still here").await;
    assert_eq!(said, "SIGKILL true\nSIGTERM true\nSIGSEGV true\nSIGSTOP true\nstill here\n");
    stdio.write_all(b"now").await.unwrap();
    let happening = tokio::time::timeout(PATIENCE, cage.next()).await.unwrap();
    let Happening::Exited { status, stderr } = happening else { panic!("{happening:?}") };
    assert_eq!((status, stderr.as_slice()), (137, &b"the machine ended"[..]));
    assert_eq!(stdio.read(&mut [0; 16]).await.unwrap(), 0);
    assert!(cage.changes().await.is_err());
    assert!(matches!(cage.next().await, Happening::Exited { status: 137, .. }));
    assert_eq!(members(&space), 0);
    cage.stop().await;
}

#[tokio::test]
async fn the_hosts_door_stands_garbage() {
    let attempts = "const net = require('net'); const open = [];
        const say = b => new Promise(r => { const s = net.connect('/run/session/tty');
            s.on('close', r); s.on('error', r); s.on('data', () => {}); s.write(b) });
        (async () => {
            await say(Buffer.from('GET / HTTP/1.1\\r\\n\\r\\n'));
            await say(Buffer.from([99, 255, 255, 255, 255]));
            await say(Buffer.from([99, 4, 0, 0, 0, 255, 255, 255, 255]));
            for (let i = 0; i < 100; i++) { const s = net.connect('/run/session/tty');
                s.on('error', () => {}); open.push(s) }
            setTimeout(() => { console.log('many'); open.forEach(s => s.destroy());
                setTimeout(() => { const r = cp.spawnSync('sh', ['-c', 'ls']);
                    console.log(r.status, String(r.stdout)); process.exit() }, 300) }, 300);
        })();";
    let mut cage = begin(tries(attempts)).await;
    let mut stdio = cage.stdio();
    let mut odd = Vec::new();
    loop {
        match tokio::time::timeout(PATIENCE, cage.next()).await.unwrap() {
            Happening::Odd { what } => odd.push(what),
            Happening::Command { id, words, .. } => {
                assert_eq!(words, ["sh", "-c", "ls"]);
                let stdout = b"fine".to_vec();
                cage.answer(id, CommandOutput { status: 4, stderr: vec![], stdout }).await;
            }
            Happening::Exited { status, .. } => {
                assert_eq!(status, 0);
                break;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(wait_for(&mut stdio, "fine").await, "many\n4 fine\n");
    let count = |what: &str| odd.iter().filter(|odd| odd.contains(what)).count();
    assert_eq!(count("no request, or too long"), 2, "{odd:?}");
    assert!(count("too many are open") >= 36, "{odd:?}");
    cage.stop().await;
}

fn paths(changes: &[Change]) -> Vec<String> {
    let path = |change: &Change| match change {
        Change::Wrote(file) => file.path.clone(),
        Change::Removed(path) => format!("- {path}"),
    };
    changes.iter().map(path).collect()
}
