//! Values of the contract laid out in a guest's memory, as the canonical ABI has them.

/// Where the values begin: null and small numbers are no pointers.
pub(crate) const BASE: u32 = 1024;

/// A piece of linear memory that starts at [`BASE`].
#[derive(Clone, Default)]
pub(crate) struct Image {
    pub(crate) bytes: Vec<u8>,
}

/// A string or list: its address and its length in items.
#[derive(Clone, Copy)]
pub(crate) struct Span(pub(crate) u32, pub(crate) u32);

impl Image {
    pub(crate) fn text(&mut self, text: &str) -> Span {
        let at = self.put(text.as_bytes());
        Span(at, u32::try_from(text.len()).unwrap())
    }

    /// A list of `count` items, whose cells are `words`.
    pub(crate) fn list(&mut self, count: usize, words: &[u32]) -> Span {
        let at = self.words(words);
        Span(at, u32::try_from(count).unwrap())
    }

    pub(crate) fn texts(&mut self, texts: &[&str]) -> Span {
        let spans: Vec<Span> = texts.iter().map(|text| self.text(text)).collect();
        self.list(texts.len(), &cells(&spans))
    }

    pub(crate) fn words(&mut self, words: &[u32]) -> u32 {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        self.put(&bytes)
    }

    fn put(&mut self, bytes: &[u8]) -> u32 {
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        let at = BASE + u32::try_from(self.bytes.len()).unwrap();
        self.bytes.extend_from_slice(bytes);
        at
    }
}

/// The cells of spans that stand one after the other.
pub(crate) fn cells(spans: &[Span]) -> Vec<u32> {
    spans.iter().flat_map(|span| [span.0, span.1]).collect()
}
