//! A machine whose own programs were taken over: what it may send, and where it is cut off.

use super::*;
use bridge::frame::{CHANNELS_MAX, LOCAL, NETWORK, STDIO, WINDOW};
use tokio::net::UnixStream;

/// Sends these frames as a machine would, and says what the host makes of it: what happened, and
/// whether the machine was cut off.
async fn sent(frames: Vec<Frame>) -> (Vec<String>, bool) {
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let (mut link, _stdio) = Link::new(ours);
    for frame in frames {
        // Once cut off, nothing more is taken.
        if theirs.write_all(&frame.encode()).await.is_err() {
            break;
        }
    }
    // A machine that was cut off has no connection to close.
    let _cut = theirs.shutdown().await;
    let mut happened = Vec::new();
    while let Some(happening) = tokio::time::timeout(PATIENCE, link.next()).await.unwrap() {
        happened.push(match happening {
            Happening::Odd { what } => what,
            Happening::Connection(_) => "connection".to_owned(),
            other => format!("{other:?}"),
        });
    }
    let cut = happened.iter().any(|what| what.contains("broke the rules"));
    (happened, cut)
}

fn frame(kind: Kind, number: u32, payload: &[u8]) -> Frame {
    Frame::new(kind, number, payload)
}

#[tokio::test]
async fn what_breaks_the_rules_is_cut_off() {
    let over_the_window =
        vec![frame(Kind::Data, STDIO, &[0; PAYLOAD_MAX]); WINDOW * 2 / PAYLOAD_MAX];
    let opens = |count: u32| (1..=count).map(|n| frame(Kind::Open, n, &[NETWORK])).collect();
    let head = FileHead { path: "/a".to_owned(), mode: 0, modified: 0, size: 1, own: false };
    let cases: Vec<(&str, Vec<Frame>)> = vec![
        ("more than was granted", over_the_window),
        ("a channel that is not open", vec![frame(Kind::Data, 9, b"x")]),
        ("standard output again", vec![frame(Kind::Open, STDIO, &[LOCAL])]),
        ("a channel twice", vec![frame(Kind::Open, 1, &[LOCAL]), frame(Kind::Open, 1, &[LOCAL])]),
        ("too many channels", opens(u32::try_from(CHANNELS_MAX).unwrap() + 1)),
        ("credit without end", vec![frame(Kind::Credit, STDIO, &u32::MAX.to_le_bytes())]),
        ("changes that nobody asked for", vec![frame(Kind::File, 0, &head.encode())]),
        ("contents of no file", vec![frame(Kind::Bytes, 0, b"x")]),
        ("what was not asked is done", vec![frame(Kind::Done, 1, b"")]),
        ("orders to the host", vec![frame(Kind::Launch, 0, b"")]),
        ("an end without a status", vec![frame(Kind::Exited, 0, b"")]),
    ];
    for (what, frames) in cases {
        assert!(sent(frames).await.1, "{what}");
    }
}

#[tokio::test]
async fn what_keeps_the_rules_is_taken() {
    let reports = (0..1000).map(|n| frame(Kind::Odd, 0, format!("{n}\x1b[2J\n").as_bytes()));
    let (happened, cut) = sent(reports.collect()).await;
    // Not all of them are kept while nobody takes them, and none can clear a terminal.
    assert!(!cut && happened.len() < 500, "{}", happened.len());
    assert_eq!(happened[0], "0 [2J ");
    let (happened, cut) = sent(vec![
        frame(Kind::Open, 5, &[NETWORK]),
        frame(Kind::Data, 5, b"GET"),
        frame(Kind::End, 5, b""),
        frame(Kind::Credit, 77, &1_u32.to_le_bytes()),
        frame(Kind::Data, STDIO, b""),
        frame(Kind::Exited, 0, &[7, 0, 0, 0, b'x']),
    ])
    .await;
    assert!(!cut);
    assert!(happened.contains(&"connection".to_owned()), "{happened:?}");
    assert!(happened.iter().any(|what| what.starts_with("Exited { status: 7")), "{happened:?}");
}
