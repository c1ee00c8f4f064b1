//! A simulated shell over the world's files: a whole POSIX-like shell with the usual commands, and
//! what the world adds.
//!
//! The shell reads and writes the world's [`Vfs`] and nothing else, and tells the world's time.

mod binary;
mod machine;
mod storage;

use crate::tools::{self, Arguments};
use crate::{CommandOutput, Rng, Tool, ToolCall, ToolResult, Vfs, calendar, json};
use bashkit::{
    Bash, Builtin, BuiltinContext, ExecResult, ExecutionLimits, ExecutionPlan, PosixFs, ShellState,
    SubCommand, async_trait,
};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use storage::Storage;

/// Most bytes of the output of one command line, of each stream.
pub const OUTPUT_BYTES_MAX: usize = 64 << 10;
/// Longest command line in bytes.
pub const COMMAND_BYTES_MAX: usize = 64 << 10;
/// Simple commands that one command line may run: ends a loop that would go on for ever.
pub const COMMANDS_MAX: usize = 20_000;
/// Rounds of all loops of one command line.
pub const ROUNDS_MAX: usize = 50_000;
/// Seconds by which a command line moves the world's clock, if nothing in it sleeps.
pub const LINE_SECONDS: u64 = 2;
/// Longest sleep of one command: no more than a day, or the world would leave its own calendar.
pub const SLEEP_SECONDS_MAX: u64 = calendar::DAY;
/// Real time that a line may take: never reached in a guest, whose clock stands still and whose
/// fuel the host limits; natively the limits above end a line long before.
const LINE_TIMEOUT: Duration = Duration::from_secs(3600);

/// What one command of the world is called with.
#[derive(Debug)]
pub struct Invocation<'a> {
    /// The command's name.
    pub name: &'a str,
    /// Its arguments, expanded, without the name.
    pub args: &'a [String],
    /// What came through the pipe or a redirection; empty otherwise.
    pub stdin: &'a [u8],
    /// Working directory.
    pub directory: &'a str,
    /// Exported variables.
    pub environment: &'a BTreeMap<String, String>,
}

/// What a command of the world answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is done, with this output.
    Done(CommandOutput),
    /// The shell runs this command in its place: name and arguments.
    Run(Vec<String>),
}

/// A command that the world adds, such as `systemctl`: a function with access to the files (and
/// clock) and to the state that the scenario keeps beside them.
pub type Command<S> = fn(&Invocation<'_>, &mut Vfs, &mut S) -> Answer;

/// A command that worked.
#[must_use]
pub fn ok(stdout: impl Into<String>) -> Answer {
    Answer::Done(CommandOutput { stdout: stdout.into().into_bytes(), stderr: vec![], status: 0 })
}

/// A command that failed.
#[must_use]
pub fn err(stderr: impl Into<String>, status: i32) -> Answer {
    Answer::Done(CommandOutput { stdout: vec![], stderr: stderr.into().into_bytes(), status })
}

/// A command that runs another in its place.
#[must_use]
pub fn run(argv: Vec<String>) -> Answer {
    Answer::Run(argv)
}

/// Who is logged in, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// User name.
    pub user: String,
    /// Short name of the machine.
    pub host: String,
    /// Home directory, where the shell starts.
    pub home: String,
}

/// `run_command`.
#[must_use]
pub fn run_command_tool() -> Tool {
    tools::tool(
        "run_command",
        "Runs a command line in a shell on the machine. The working directory and variables last from one call to the next.",
        json!({"command": {"type": "string", "description": "The command line."}}),
        &["command"],
    )
}

/// A shell. Between command lines it holds only its working directory and variables.
pub struct Shell<S> {
    login: Login,
    commands: BTreeMap<&'static str, Command<S>>,
    session: Option<ShellState>,
    rng: Rng,
    commands_max: usize,
}

impl<S> fmt::Debug for Shell<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shell")
            .field("login", &self.login)
            .field("commands", &self.commands.keys())
            .finish_non_exhaustive()
    }
}

impl<S: Default + Send + 'static> Shell<S> {
    /// A shell with the usual commands. The seed decides what `$RANDOM` gives.
    #[must_use]
    pub fn new(login: Login, seed: &[u8]) -> Self {
        let rng = Rng::new(seed, "kit/shell");
        Self { login, commands: BTreeMap::new(), session: None, rng, commands_max: COMMANDS_MAX }
    }

    /// Adds a command, or takes the place of a usual one.
    #[must_use]
    pub fn command(mut self, name: &'static str, command: Command<S>) -> Self {
        self.commands.insert(name, command);
        self
    }

    /// Allows fewer simple commands to a line than [`COMMANDS_MAX`]: for lines that a scenario
    /// runs on its own account, many of them in one call of the host.
    #[must_use]
    pub fn commands_max(mut self, count: usize) -> Self {
        self.commands_max = count.min(COMMANDS_MAX);
        self
    }

    /// Runs a command line; its working directory and variables last for the next one.
    pub fn run(&mut self, files: &mut Vfs, state: &mut S, line: &str) -> CommandOutput {
        let session = self.session.take();
        let home = self.login.home.clone();
        let (output, session) = self.line(files, state, line, &home, session);
        self.session = session;
        output
    }

    /// Runs a command line in a directory, with nothing left from earlier ones.
    pub fn run_in(
        &mut self,
        files: &mut Vfs,
        state: &mut S,
        line: &str,
        directory: &str,
    ) -> CommandOutput {
        self.line(files, state, line, directory, None).0
    }

    /// Answers a call of [`run_command_tool`]; none when it is of another tool. A command that
    /// fails is an ordinary result that ends with its exit status.
    pub fn call(&mut self, files: &mut Vfs, state: &mut S, call: &ToolCall) -> Option<ToolResult> {
        (call.name == "run_command").then(|| {
            let answer = Arguments::of(call, &["command"]).and_then(|arguments| {
                let output = self.run(files, state, arguments.text("command")?);
                Ok(transcript(&output))
            });
            tools::result(call, answer)
        })
    }

    fn line(
        &mut self,
        files: &mut Vfs,
        state: &mut S,
        line: &str,
        directory: &str,
        session: Option<ShellState>,
    ) -> (CommandOutput, Option<ShellState>) {
        if line.len() > COMMAND_BYTES_MAX {
            let stderr =
                format!("bash: the command line is longer than {COMMAND_BYTES_MAX} bytes\n");
            return (failure(stderr, 126), session);
        }
        files.advance(LINE_SECONDS);
        let world = World { files: std::mem::take(files), state: std::mem::take(state) };
        let world = Arc::new(Mutex::new(world));
        let mut bash = self.bash(&world, directory);
        if let Some(session) = &session {
            bash.restore_shell_state(session);
        }
        let random = self.rng.range(0, 1 << 15);
        let result = block_on(async {
            // An assignment is how a shell's generator is seeded.
            bash.exec(&format!("RANDOM={random}")).await?;
            bash.exec(line).await
        });
        let session = bash.shell_state();
        drop(bash);
        {
            let mut world = lock(&world);
            *files = std::mem::take(&mut world.files);
            *state = std::mem::take(&mut world.state);
        }
        (output(result), Some(session))
    }

    fn bash(&self, world: &Arc<Mutex<World<S>>>, directory: &str) -> Bash {
        let limits = ExecutionLimits::new()
            .max_commands(self.commands_max)
            .max_total_loop_iterations(ROUNDS_MAX)
            .max_loop_iterations(ROUNDS_MAX)
            .max_input_bytes(COMMAND_BYTES_MAX)
            .max_stdout_bytes(OUTPUT_BYTES_MAX)
            .max_stderr_bytes(OUTPUT_BYTES_MAX)
            .max_history_entries(0)
            .timeout(LINE_TIMEOUT);
        let now = i64::try_from(lock(world).files.now()).unwrap_or(i64::MAX);
        let mut builder = Bash::builder()
            .fs(Arc::new(PosixFs::new(Storage::new(Arc::clone(world)))))
            .rootfs(false)
            .concurrent_jobs(false)
            .username(&self.login.user)
            .hostname(&self.login.host)
            .env("HOME", &self.login.home)
            .env("USER", &self.login.user)
            .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            .cwd(directory)
            .env("HOSTNAME", &self.login.host)
            .fixed_epoch(now)
            .limits(limits);
        for (name, command) in machine::commands() {
            let adapter = Adapter::new(name, command, Arc::clone(world));
            builder = builder.builtin(name, Box::new(adapter));
        }
        for (name, command) in &self.commands {
            let adapter = Adapter::new(name, *command, Arc::clone(world));
            builder = builder.builtin(*name, Box::new(adapter));
        }
        builder.build()
    }
}

/// What a running line and the world's commands share.
struct World<S> {
    files: Vfs,
    state: S,
}

fn lock<S>(world: &Mutex<World<S>>) -> MutexGuard<'_, World<S>> {
    // Nothing here leaves a half-made change behind: a poisoned lock is as good as any.
    world.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A command of the world as the shell's library wants it.
struct Adapter<S> {
    name: &'static str,
    command: Command<S>,
    world: Arc<Mutex<World<S>>>,
    /// What the command answered when the shell asked for its plan.
    answered: Mutex<Option<CommandOutput>>,
}

impl<S> Adapter<S> {
    fn new(name: &'static str, command: Command<S>, world: Arc<Mutex<World<S>>>) -> Self {
        Self { name, command, world, answered: Mutex::new(None) }
    }

    fn ask(&self, ctx: &BuiltinContext<'_>) -> Answer {
        let environment = ctx.env.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
        let invocation = Invocation {
            name: self.name,
            args: ctx.args,
            stdin: ctx.stdin_bytes().unwrap_or_default(),
            directory: &ctx.cwd.to_string_lossy(),
            environment: &environment,
        };
        let mut world = lock(&self.world);
        let World { files, state } = &mut *world;
        (self.command)(&invocation, files, state)
    }

    fn answered(&self) -> MutexGuard<'_, Option<CommandOutput>> {
        self.answered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl<S: Send + 'static> Builtin for Adapter<S> {
    async fn execution_plan(
        &self,
        ctx: &BuiltinContext<'_>,
    ) -> bashkit::Result<Option<ExecutionPlan>> {
        match self.ask(ctx) {
            Answer::Done(output) => {
                *self.answered() = Some(output);
                Ok(None)
            }
            Answer::Run(argv) => {
                let mut argv = argv.into_iter();
                let name = argv.next().unwrap_or_else(|| "true".to_owned());
                let stdin = ctx.stdin.cloned();
                let command =
                    SubCommand { name, args: argv.collect(), stdin, assignments: Vec::new() };
                Ok(Some(ExecutionPlan::Batch { commands: vec![command] }))
            }
        }
    }

    async fn execute(&self, ctx: BuiltinContext<'_>) -> bashkit::Result<ExecResult> {
        let early = self.answered().take();
        let output = match early.map_or_else(|| self.ask(&ctx), Answer::Done) {
            Answer::Done(output) => output,
            Answer::Run(argv) => {
                failure(format!("{}: cannot run {} here\n", self.name, argv.join(" ")), 126)
            }
        };
        Ok(ExecResult {
            stdout: output.stdout.into(),
            stderr: output.stderr.into(),
            exit_code: output.status,
            ..ExecResult::default()
        })
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime of one thread needs nothing from the machine")
        .block_on(future)
}

fn output(result: bashkit::Result<ExecResult>) -> CommandOutput {
    match result {
        Ok(result) => CommandOutput {
            stdout: machine::plain(cut(result.stdout.into_bytes())),
            stderr: machine::plain(cut(result.stderr.into_bytes())),
            status: result.exit_code,
        },
        Err(error) => failure(format!("bash: {error}\n"), 2),
    }
}

fn failure(stderr: String, status: i32) -> CommandOutput {
    CommandOutput { stdout: Vec::new(), stderr: stderr.into_bytes(), status }
}

fn cut(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(OUTPUT_BYTES_MAX);
    bytes
}

/// Both streams and, where it is not 0, the status: what a subject reads.
fn transcript(output: &CommandOutput) -> String {
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    let stderr = String::from_utf8_lossy(&output.stderr);
    if !text.is_empty() && !text.ends_with('\n') && !stderr.is_empty() {
        text.push('\n');
    }
    text.push_str(&stderr);
    if output.status != 0 {
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(&format!("[exit status {}]", output.status));
    }
    if text.is_empty() { "(no output)".to_owned() } else { text }
}

#[cfg(test)]
mod tests;
