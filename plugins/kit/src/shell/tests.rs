//! Command lines on a small machine.

use super::*;

#[derive(Debug, Default)]
struct Units {
    started: Vec<String>,
}

fn unit(call: &Invocation<'_>, files: &mut Vfs, units: &mut Units) -> Answer {
    match call.args {
        [verb, name] if verb == "start" => {
            units.started.push(name.clone());
            let _ = files.append("/var/log/unit.log", format!("{name}\n").as_bytes());
            run(vec!["bash".into(), format!("/opt/{name}.sh")])
        }
        [verb] if verb == "count" => ok(format!("{}\n", units.started.len())),
        _ => err("unit: usage\n", 2),
    }
}

struct Machine {
    shell: Shell<Units>,
    files: Vfs,
    units: Units,
}

impl Machine {
    fn new() -> Self {
        // 2025-03-03T09:00:00Z.
        let mut files = Vfs::new(1_740_992_400);
        files.place("/home/op/notes.txt", "b\na\n", 1_000_000_000, 0o640);
        files.place("/opt/job.sh", "echo job >> /var/log/job.log\necho ran\n", 0, 0o755);
        files.place("/var/log/unit.log", "", 0, 0o644);
        let login = Login { user: "op".into(), host: "core-01".into(), home: "/home/op".into() };
        let shell = Shell::new(login, &[4; 32]).command("unit", unit);
        Self { shell, files, units: Units::default() }
    }

    fn out(&mut self, line: &str) -> String {
        transcript(&self.shell.run(&mut self.files, &mut self.units, line))
    }
}

#[test]
fn the_shell_tells_the_worlds_time() {
    let mut machine = Machine::new();
    assert_eq!(machine.out("date -u +%FT%TZ"), "2025-03-03T09:00:02Z\n");
    machine.out("sleep 1m 58");
    assert_eq!(machine.out("date +%s"), format!("{}\n", 1_740_992_400 + 4 + 118 + 2));
    machine.out("echo x > new.txt; touch notes.txt");
    let now = machine.files.now();
    assert_eq!(machine.files.entry("/home/op/new.txt").unwrap().modified, now);
    assert_eq!(machine.files.entry("/home/op/notes.txt").unwrap().modified, now);
    machine.out("touch -d 2020-01-02 notes.txt");
    assert_eq!(machine.files.entry("/home/op/notes.txt").unwrap().modified, 1_577_923_200);
    assert_eq!(machine.out("stat -c %Y notes.txt"), "1577923200\n");
    let listed = machine.out("ls -l /home/op");
    assert!(listed.contains("2020-01-02 00:00 notes.txt"), "{listed}");
}

#[test]
fn files_are_the_worlds() {
    let mut machine = Machine::new();
    assert_eq!(machine.out("sort notes.txt | tr '\\n' ' '"), "a b ");
    machine.out("mkdir -p d/e && cp notes.txt d/e/ && sed -i s/a/z/ d/e/notes.txt && chmod 600 d/e/notes.txt");
    assert_eq!(machine.files.read("/home/op/d/e/notes.txt").unwrap(), b"b\nz\n");
    assert_eq!(machine.files.entry("/home/op/d/e/notes.txt").unwrap().mode, 0o600);
    machine.out("ln -s d/e/notes.txt l; cat l > m; rm -r d");
    assert_eq!(machine.files.read("/home/op/m").unwrap(), b"b\nz\n");
    assert!(!machine.files.exists("/home/op/d"));
    machine.out("echo gone > /dev/null");
    assert!(!machine.files.exists("/dev/null"));
    assert_eq!(
        machine.out("cat nothing"),
        "cat: nothing: No such file or directory\n[exit status 1]"
    );
    assert_eq!(machine.out("find / -name '*.sh'"), "/opt/job.sh\n");
}

#[test]
fn commands_of_the_world_reach_its_state() {
    let mut machine = Machine::new();
    assert_eq!(machine.out("sudo unit start job && unit count"), "ran\n1\n");
    assert_eq!(machine.units.started, ["job"]);
    assert_eq!(machine.files.read("/var/log/job.log").unwrap(), b"job\n");
    assert_eq!(machine.files.read("/var/log/unit.log").unwrap(), b"job\n");
    assert_eq!(machine.out("unit x"), "unit: usage\n[exit status 2]");
    assert_eq!(machine.out("no-such-command 2>/dev/null; echo $?"), "127\n");
}

#[test]
fn directory_and_variables_last() {
    let mut machine = Machine::new();
    machine.out("cd /opt; export X=5; y=6");
    assert_eq!(machine.out("pwd; echo $X $y; whoami; hostname"), "/opt\n5 6\nop\ncore-01\n");
    let fresh =
        machine.shell.run_in(&mut machine.files, &mut machine.units, "pwd; echo $X", "/var");
    assert_eq!(fresh.stdout, b"/var\n\n");
    assert_eq!(machine.out("pwd"), "/opt\n");
}

#[test]
fn a_line_cannot_go_on_for_ever() {
    let mut machine = Machine::new();
    let output = machine.out("while true; do echo x; done");
    assert!(output.len() < 2 * OUTPUT_BYTES_MAX + 1000, "{}", output.len());
    assert_eq!(machine.out("echo still here"), "still here\n");
    let long = format!("echo {}", "x".repeat(COMMAND_BYTES_MAX));
    assert!(machine.out(&long).contains("longer than 65536 bytes"));
    assert!(machine.out("echo 'never closed").contains("[exit status"));
}

#[test]
fn a_scenario_may_allow_fewer_commands() {
    let mut machine = Machine::new();
    machine.shell = machine.shell.commands_max(10);
    assert_eq!(machine.out("echo one; echo two"), "one\ntwo\n");
    assert!(machine.out("for n in $(seq 50); do echo $n; done").contains("[exit status"));
    machine.shell = machine.shell.commands_max(usize::MAX);
    assert!(machine.out("while true; do :; done").contains("[exit status"));
}

#[test]
fn two_runs_are_the_same() {
    let play = || {
        let mut machine = Machine::new();
        let lines = [
            "echo $RANDOM $RANDOM",
            "env | sort",
            "ls -la /",
            "sleep 3; date",
            "declare -p | head -40",
        ];
        let all: Vec<String> = lines.map(|line| machine.out(line)).into();
        (all, machine.files)
    };
    assert_eq!(play(), play());
}

#[test]
fn calls_that_are_malformed_are_answered() {
    let mut machine = Machine::new();
    let call = ToolCall { id: "1".into(), name: "run_command".into(), arguments: "{}".into() };
    let result = machine.shell.call(&mut machine.files, &mut machine.units, &call).unwrap();
    assert_eq!(
        (result.is_error, result.content.as_str()),
        (true, "The argument \"command\" is missing.")
    );
}

#[test]
fn nothing_tells_what_the_shell_is_made_of() {
    let mut machine = Machine::new();
    for line in [
        "uname -a",
        "df -h",
        "systemctl status",
        "docker ps 2>&1",
        "vi x",
        "su",
        "history",
        "ls --version",
        "touch --version",
        "python3 -c 'print(1)'",
        "uptime",
        "id",
        "ps aux",
        "env",
        "cat /proc/version",
        "man ls",
        "help | head -3",
        "apt-get install x",
        "pip install x",
        "ssh x",
        "curl http://x/",
        "git status",
        "nano x",
        "top",
        "journalctl",
        "mount",
        "set | head -50",
    ] {
        let out = machine.out(line).to_lowercase();
        for word in ["sandbox", "bashkit", "virtual", "vfs", "simulat", "random="] {
            assert!(!out.contains(word), "{line}: {out}");
        }
    }
    assert_eq!(
        machine.out("systemctl status"),
        "bash: line 1: systemctl: command not found\n[exit status 127]"
    );
    assert_eq!(machine.out("uname -sn"), "Linux core-01\n");
}
