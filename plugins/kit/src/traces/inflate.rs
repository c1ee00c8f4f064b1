//! Compressed streams: DEFLATE (RFC 1951), which gzip, zlib and zip files hold, and bzip2.

use std::io::Read;

/// What comes out of DEFLATE, up to `limit` bytes; of a stream that breaks off, what came before.
pub(super) fn inflate(data: &[u8], limit: usize) -> Vec<u8> {
    drain(flate2::read::DeflateDecoder::new(data), limit)
}

/// The same of bzip2.
pub(super) fn bunzip(data: &[u8], limit: usize) -> Vec<u8> {
    drain(bzip2::read::BzDecoder::new(data), limit)
}

fn drain(mut stream: impl Read, limit: usize) -> Vec<u8> {
    /// Bytes asked for at a time: what a broken stream gave before is kept to within one of them.
    const PIECE: usize = 4 << 10;
    let mut out = Vec::new();
    let mut piece = [0; PIECE];
    while out.len() < limit {
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => break,
            Ok(count) => out.extend_from_slice(&piece[..count.min(limit - out.len())]),
        }
    }
    out
}
