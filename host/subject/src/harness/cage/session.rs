//! One connection of a shell or a relay.

use super::{CommandId, Happening};
use bridge::request::{
    COMMAND, Command, PART_MAX, RELAY, REQUEST_MAX, STATUS, STDERR, STDOUT, part_head,
};
use record::event::CommandOutput;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::{mpsc, oneshot};

/// Commands that wait for their answers.
#[derive(Default)]
pub(super) struct Answers(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    last: u64,
    over: bool,
    commands: BTreeMap<CommandId, oneshot::Sender<CommandOutput>>,
}

impl Answers {
    pub(super) fn give(&self, id: CommandId, output: CommandOutput) {
        if let Some(command) = self.lock().commands.remove(&id) {
            // Its caller may be gone.
            let _gone = command.send(output);
        }
    }

    /// No answer will come any more.
    pub(super) fn clear(&self) {
        let mut waiting = self.lock();
        waiting.over = true;
        waiting.commands.clear();
    }

    fn wait(&self) -> Option<(CommandId, oneshot::Receiver<CommandOutput>)> {
        let mut waiting = self.lock();
        if waiting.over {
            return None;
        }
        waiting.last += 1;
        let (send, receive) = oneshot::channel();
        let id = CommandId(waiting.last);
        waiting.commands.insert(id, send);
        Some((id, receive))
    }

    fn forget(&self, id: CommandId) {
        self.lock().commands.remove(&id);
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves it until one side closes.
pub(super) async fn serve(
    mut stream: DuplexStream,
    say: mpsc::Sender<Happening>,
    answers: std::sync::Arc<Answers>,
) {
    match stream.read_u8().await {
        Ok(COMMAND) => {}
        Ok(RELAY) => {
            let _over = say.send(Happening::Mcp(stream)).await;
            return;
        }
        _ => return,
    }
    let Some(Command { words, directory, stdin }) = request(&mut stream).await else {
        let what = "a shell's request was no request, or too long".to_owned();
        let _full = say.try_send(Happening::Odd { what });
        return;
    };
    let Some((id, mut output)) = answers.wait() else { return };
    let text = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).into_owned();
    let words = words.iter().map(text).collect();
    let command = Happening::Command { id, words, directory: text(&directory), stdin };
    if say.send(command).await.is_err() {
        return;
    }
    // Nothing comes on the connection any more but its end: the shell was killed.
    let output = tokio::select! {
        output = &mut output => output.ok(),
        _ = stream.read_u8() => None,
    };
    answers.forget(id);
    if let Some(output) = output {
        // The shell may be killed at any moment.
        let _gone = write(&mut stream, &output).await;
    }
}

async fn write(stream: &mut DuplexStream, output: &CommandOutput) -> std::io::Result<()> {
    for (part, text) in [(STDOUT, &output.stdout), (STDERR, &output.stderr)] {
        for chunk in text.chunks(PART_MAX) {
            stream.write_all(&part_head(part, chunk.len())).await?;
            stream.write_all(chunk).await?;
        }
    }
    let status = output.status.to_le_bytes();
    stream.write_all(&part_head(STATUS, status.len())).await?;
    stream.write_all(&status).await?;
    stream.shutdown().await
}

async fn request(stream: &mut DuplexStream) -> Option<Command> {
    let length = stream.read_u32_le().await.ok()? as usize;
    if length > REQUEST_MAX {
        return None;
    }
    let mut body = Vec::new();
    let read = stream.take(length as u64).read_to_end(&mut body).await.ok()?;
    if read < length { None } else { Command::decode(&body).ok() }
}
