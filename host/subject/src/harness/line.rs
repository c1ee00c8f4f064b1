//! JSON-RPC from a cage is a line a message, and libraries read lines whole: here no line is longer
//! than memory should be.

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex, split};

/// Most bytes of a line: a tool call that writes a large file is told of in one.
const LINE_BYTES_MAX: usize = 16 << 20;
/// Bytes that are under way at once in each direction.
const BUFFER_BYTES: usize = 64 << 10;

/// The same stream, which ends where a line of the other side grows too long.
pub(super) fn bounded(stream: DuplexStream) -> DuplexStream {
    let (ours, theirs) = duplex(BUFFER_BYTES);
    tokio::spawn(async move {
        let (mut from, mut to) = split(stream);
        let (mut back, mut out) = split(ours);
        let inward = async move {
            let (mut buffer, mut length) = (vec![0; BUFFER_BYTES], 0);
            loop {
                let count = from.read(&mut buffer).await.unwrap_or_default();
                let read = &buffer[..count];
                length = match read.iter().rposition(|byte| *byte == b'\n') {
                    Some(at) => count - at - 1,
                    None => length + count,
                };
                if count == 0 || length > LINE_BYTES_MAX || out.write_all(read).await.is_err() {
                    return;
                }
            }
        };
        let outward = async move {
            // An end that is gone is seen by whoever reads.
            let _gone = tokio::io::copy(&mut back, &mut to).await;
            let _gone = to.shutdown().await;
        };
        tokio::select! {
            () = inward => {}
            () = async { outward.await; std::future::pending::<()>().await } => {}
        }
    });
    theirs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_line_without_end_ends_the_stream() {
        let (cage, host) = duplex(BUFFER_BYTES);
        let mut host = bounded(host);
        let writer = tokio::spawn(async move {
            let mut cage = cage;
            cage.write_all(b"{}\n").await.unwrap();
            while cage.write_all(&[b'x'; 1 << 16]).await.is_ok() {}
        });
        let mut read = 0;
        let mut buffer = vec![0; 1 << 16];
        loop {
            let count = host.read(&mut buffer).await.unwrap();
            if count == 0 {
                break;
            }
            read += count;
        }
        writer.await.unwrap();
        assert!((LINE_BYTES_MAX..LINE_BYTES_MAX + 3 * BUFFER_BYTES).contains(&read), "{read}");
    }
}
