//! What the shell's library says of itself, said as the world's machine would.

use super::{Answer, Command, Invocation, SLEEP_SECONDS_MAX, binary, err, ok};
use crate::{Vfs, calendar};

/// The kernel of every machine: Debian 12's.
const RELEASE: &str = "6.1.0-28-amd64";
const VERSION: &str = "#1 SMP PREEMPT_DYNAMIC Debian 6.1.119-1 (2024-11-22)";
/// Size of every machine's disk in KiB: 40 GB, a common size of a small server.
const DISK_KIB: u64 = 41_152_736;
/// What the system itself takes of it, in KiB: about what a small server has.
const SYSTEM_KIB: u64 = 6_291_456;

/// Commands that take the place of the library's in every world.
pub(super) fn commands<S>() -> [(&'static str, Command<S>); 5] {
    [("sleep", sleep), ("uname", uname), ("df", df), ("split", binary::split), ("tee", binary::tee)]
}

/// Output without the library's own remarks: hints after `command not found`, and its name where
/// a program states its version.
pub(super) fn plain(bytes: Vec<u8>) -> Vec<u8> {
    const MISSING: &str = ": command not found";
    const BUILD: &str = "[5]=\"virtual\"";
    let Ok(text) = std::str::from_utf8(&bytes) else { return bytes };
    if !text.contains(MISSING) && !text.contains("ashkit") && !text.contains(BUILD) {
        return bytes;
    }
    let line = |line: &str| match line.find(MISSING) {
        Some(at) if line.starts_with("bash: ") => {
            let end = if line.ends_with('\n') { "\n" } else { "" };
            format!("{}{end}", &line[..at + MISSING.len()])
        }
        _ => line
            .replace("(bashkit) 0.1", "(GNU coreutils) 9.1")
            .replace("Bashkit builtin commands", "Shell builtin commands")
            .replace(BUILD, "[5]=\"x86_64-pc-linux-gnu\""),
    };
    text.split_inclusive('\n').map(line).collect::<String>().into_bytes()
}

fn uname<S>(invocation: &Invocation<'_>, _: &mut Vfs, _: &mut S) -> Answer {
    let host = invocation.environment.get("HOSTNAME").map_or("localhost", String::as_str);
    let parts = [
        ('s', "Linux"),
        ('n', host),
        ('r', RELEASE),
        ('v', VERSION),
        ('m', "x86_64"),
        ('o', "GNU/Linux"),
    ];
    let mut asked = String::new();
    for arg in invocation.args {
        match arg.strip_prefix('-') {
            Some(letters) if letters.chars().all(|c| "asnrvmo".contains(c)) => {
                asked.push_str(letters);
            }
            _ => return err(format!("uname: extra operand \u{2018}{arg}\u{2019}\n"), 1),
        }
    }
    if asked.is_empty() {
        asked.push('s');
    }
    let all = asked.contains('a');
    let shown = parts.iter().filter(|(letter, _)| all || asked.contains(*letter));
    let shown: Vec<&str> = shown.map(|(_, part)| *part).collect();
    ok(format!("{}\n", shown.join(" ")))
}

fn df<S>(invocation: &Invocation<'_>, files: &mut Vfs, _: &mut S) -> Answer {
    let used = SYSTEM_KIB + files.bytes() as u64 / 1024;
    let free = DISK_KIB - used;
    let percent = (used * 100).div_ceil(DISK_KIB);
    if invocation.args.iter().any(|arg| arg.starts_with('-') && arg.contains('h')) {
        let gib = |kib: u64| format!("{}G", kib.div_ceil(1 << 20));
        let (size, used, free) = (gib(DISK_KIB), gib(used), gib(free));
        return ok(format!(
            "Filesystem      Size  Used Avail Use% Mounted on\n\
             /dev/sda1        {size}  {used:>4}   {free}  {percent}% /\n"
        ));
    }
    ok(format!(
        "Filesystem     1K-blocks    Used Available Use% Mounted on\n\
         /dev/sda1       {DISK_KIB} {used:>7}  {free}  {percent}% /\n"
    ))
}

/// Sleeping is a matter of the world's clock: no time passes outside.
fn sleep<S>(invocation: &Invocation<'_>, files: &mut Vfs, _: &mut S) -> Answer {
    let mut total = 0u64;
    if invocation.args.is_empty() {
        return err("sleep: missing operand\n", 1);
    }
    for arg in invocation.args {
        let (number, unit) = match arg.find(|c: char| c.is_ascii_alphabetic()) {
            Some(at) => arg.split_at(at),
            None => (arg.as_str(), "s"),
        };
        let unit = match unit {
            "s" => 1,
            "m" => calendar::MINUTE,
            "h" => calendar::HOUR,
            "d" => calendar::DAY,
            _ => return err(format!("sleep: invalid time interval \u{2018}{arg}\u{2019}\n"), 1),
        };
        // Parts of a second are too short for this clock.
        let whole = number.split('.').next().unwrap_or_default();
        match (number.parse::<f64>(), if whole.is_empty() { Ok(0) } else { whole.parse::<u64>() }) {
            (Ok(_), Ok(whole)) => total = total.saturating_add(whole.saturating_mul(unit)),
            _ => {
                return err(format!("sleep: invalid time interval \u{2018}{arg}\u{2019}\n"), 1);
            }
        }
    }
    files.advance(total.min(SLEEP_SECONDS_MAX));
    ok("")
}
