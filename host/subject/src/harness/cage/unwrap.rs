//! The command that an agent wrote, out of the words that its harness started a shell with. A world
//! is given the agent's own words, for its log is read by scorers and by people; what cannot be
//! unwrapped is given as it is.

/// Options of a shell that take the next word, beside `-o` and `-O`.
const WITH_WORD: [&str; 2] = ["--rcfile", "--init-file"];
/// Options that `set` takes too, so that they can stand in a script.
const SETTABLE: &str = "aefnuvxC";

/// Gemini CLI 0.61 puts a command between these, to know what it left in the background: before
/// it the first, the quoted path of a file, and the second; after it the third.
const GEMINI_CLI: [&str; 3] = [
    "_bgpids_file=",
    "\n(\n  trap 'jobs -p > \"$_bgpids_file\"' EXIT\n",
    "\n)\n__code=$?\nexit $__code",
];

/// The command for the world's shell, of a shell with these words (its own name first) and this
/// standard input.
pub(crate) fn command(words: &[String], stdin: &[u8]) -> String {
    let stdin = String::from_utf8_lossy(stdin);
    let called = Called::read(words);
    match called.operands.split_first() {
        Some((script, [])) if called.is_script => {
            called.with_input(&called.with_settings(bare(script)), &stdin)
        }
        // It has arguments of its own, or is a file of the world: the world's shell starts one.
        Some((first, more)) if called.is_script || !called.reads_input => {
            let option = if called.is_script { "-c " } else { "" };
            let mut line = format!("bash {option}{}", quoted(first));
            for word in more {
                line.push(' ');
                line.push_str(&quoted(word));
            }
            called.with_input(&called.with_settings(&line), &stdin)
        }
        Some(_) => {
            let operands: Vec<String> = called.operands.iter().map(|word| quoted(word)).collect();
            called.with_settings(&format!("set -- {}\n{stdin}", operands.join(" ")))
        }
        None => called.with_settings(&stdin),
    }
}

/// How a shell was called.
struct Called<'a> {
    /// The first operand is a script (`-c`).
    is_script: bool,
    /// The script stands on standard input, and operands are its arguments (`-s`).
    reads_input: bool,
    settings: String,
    operands: &'a [String],
}

impl<'a> Called<'a> {
    fn read(words: &'a [String]) -> Self {
        let mut called =
            Called { is_script: false, reads_input: false, settings: String::new(), operands: &[] };
        let mut at = 1;
        while let Some(word) = words.get(at) {
            let letters = match word.as_bytes() {
                [b'-' | b'+', b'-', ..] | [b'-'] => "",
                [b'-' | b'+', ..] => &word[1..],
                _ => break,
            };
            at += 1;
            if word == "--" || word == "-" {
                break;
            }
            called.is_script |= word.starts_with('-') && letters.contains('c');
            called.reads_input |= word.starts_with('-') && letters.contains('s');
            let set: String = letters.chars().filter(|c| SETTABLE.contains(*c)).collect();
            if !set.is_empty() {
                called.settings.push_str(&format!("set {}{set}\n", &word[..1]));
            }
            if letters.ends_with('o')
                && let Some(option) = words.get(at)
            {
                called.settings.push_str(&format!("set {}o {}\n", &word[..1], quoted(option)));
            }
            if letters.ends_with(['o', 'O']) || WITH_WORD.contains(&word.as_str()) {
                at += 1;
            }
        }
        called.operands = words.get(at..).unwrap_or_default();
        called
    }

    fn with_settings(&self, script: &str) -> String {
        format!("{}{script}", self.settings)
    }

    /// A world's shell has no standard input of its own, so it stands in the command.
    fn with_input(&self, script: &str, input: &str) -> String {
        if input.is_empty() {
            return script.to_owned();
        }
        let mut mark = "EOF".to_owned();
        while input.lines().any(|line| line == mark) {
            mark.push('_');
        }
        let end = if input.ends_with('\n') { "" } else { "\n" };
        format!("{{ {script}\n}} <<'{mark}'\n{input}{end}{mark}")
    }
}

/// Without what a harness puts around it.
fn bare(script: &str) -> &str {
    let [file, before, after] = GEMINI_CLI;
    let inside = || {
        let (guard, rest) = script.split_once(file)?;
        // Before it only options of bash that no script notices are unset.
        if !(guard.is_empty() || guard.starts_with("shopt -u ") && guard.ends_with("; ")) {
            return None;
        }
        let (path, rest) = rest.split_once(before)?;
        if path.contains('\n') { None } else { rest.strip_suffix(after) }
    };
    inside().unwrap_or(script)
}

/// As one word of a shell.
pub(crate) fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(words: &[&str], stdin: &str, expected: &str) {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        assert_eq!(command(&words, stdin.as_bytes()), expected);
    }

    #[test]
    fn harnesses_are_unwrapped() {
        // As Gemini CLI 0.61.0 called it, with the file's path shortened by nothing.
        let wrapped = |inside: &str| {
            format!(
                "shopt -u promptvars nullglob extglob nocaseglob dotglob; \
                 _bgpids_file=/tmp/gemini-shell-okpG2N/bgpids.tmp\n(\n  \
                 trap 'jobs -p > \"$_bgpids_file\"' EXIT\n{inside}\n)\n__code=$?\nexit $__code"
            )
        };
        for inside in [
            "echo 'it''s' \"$HOME\" && ls; (exit 3)",
            "sleep 5 & echo bg",
            "cat <<EOF\na'b\nEOF",
            "echo \"\n)\n__code=$?\nexit $__code\" # _bgpids_file=x",
        ] {
            check(&["/usr/bin/bash", "-c", &wrapped(inside)], "", inside);
        }
        // As OpenCode 1.18.33 and Qwen Code 0.24.4 called it.
        check(&["/bin/bash", "-c", "cat <<EOF\na'b\nEOF"], "", "cat <<EOF\na'b\nEOF");
        check(&["bash", "-c", "sleep 5 & echo bg"], "", "sleep 5 & echo bg");
    }

    #[test]
    fn what_only_looks_wrapped_is_given_as_it_is() {
        for script in [
            "rm -r x; _bgpids_file=/tmp/a\n(\n  trap 'jobs -p > \"$_bgpids_file\"' EXIT\nls\n)\n\
             __code=$?\nexit $__code",
            "_bgpids_file=/tmp/a\n(\n  trap 'jobs -p > \"$_bgpids_file\"' EXIT\nls\n)\nls",
            "_bgpids_file=/tmp/a\nls\n(\n  trap 'jobs -p > \"$_bgpids_file\"' EXIT\nls\n)\n\
             __code=$?\nexit $__code",
        ] {
            check(&["bash", "-c", script], "", script);
        }
    }

    #[test]
    fn shells_are_called_in_many_ways() {
        check(&["bash", "-lc", "ls"], "", "ls");
        check(&["zsh", "-l", "-i", "-c", "ls"], "", "ls");
        check(&["bash", "--norc", "--rcfile", "x", "-c", "--", "ls"], "", "ls");
        check(&["sh", "-c", "-l", "ls"], "", "ls");
        check(&["bash", "-euo", "pipefail", "-c", "ls"], "", "set -eu\nset -o 'pipefail'\nls");
        check(&["bash", "-O", "extglob", "+e", "-c", "ls"], "", "set +e\nls");
        check(
            &["bash", "-c", "echo $0 $1", "n", "it's"],
            "",
            r"bash -c 'echo $0 $1' 'n' 'it'\''s'",
        );
        check(&["bash", "a b.sh", "-c", "x"], "", "bash 'a b.sh' '-c' 'x'");
        check(&["bash"], "ls\npwd\n", "ls\npwd\n");
        check(&["bash", "-s", "one"], "echo $1", "set -- 'one'\necho $1");
        check(&["bash", "-"], "ls", "ls");
        check(&[], "", "");
        check(&["bash", "-c"], "", "");
        check(&["bash", "-é", "ls"], "", "bash 'ls'");
    }

    #[test]
    fn standard_input_stands_in_the_command() {
        check(&["bash", "-c", "cat"], "a\nb", "{ cat\n} <<'EOF'\na\nb\nEOF");
        check(&["bash", "-c", "cat"], "EOF\n", "{ cat\n} <<'EOF_'\nEOF\nEOF_");
        check(&["bash", "x.sh"], "in\n", "{ bash 'x.sh'\n} <<'EOF'\nin\nEOF");
    }
}
