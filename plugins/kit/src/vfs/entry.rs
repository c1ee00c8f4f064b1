//! What stands at a path.

/// One thing with a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub node: Node,
    /// Seconds since 1970.
    pub modified: u64,
    /// The nine permission bits.
    pub mode: u32,
}

/// What stands at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// Bytes.
    File(Vec<u8>),
    /// Names below.
    Directory,
    /// Another path, absolute or from the link's folder.
    Link(String),
}
