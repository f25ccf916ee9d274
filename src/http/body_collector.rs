//! Takes the body of an answer while it arrives, as far as the caps allow.

use crate::evidence::{Body, BodyWriter};

/// A body on its way.
#[derive(Debug)]
pub(super) struct BodyCollector {
    writer: BodyWriter,
    /// How much more of it is read.
    room: usize,
}

/// The body is longer than the cap: its rest is not taken.
#[derive(Debug)]
pub(super) struct TooLarge;

impl BodyCollector {
    /// Takes at most `cap` bytes, which lie there as they come up to `most_plain`; `expected` is how
    /// many the answer says that there are.
    pub(super) fn new(cap: usize, most_plain: usize, expected: u64) -> Self {
        Self {
            writer: BodyWriter::new(most_plain, expected),
            room: cap,
        }
    }

    /// Takes what came.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<(), TooLarge> {
        let fits = bytes.len().min(self.room);
        self.writer.take(&bytes[..fits]);
        self.room -= fits;
        if fits < bytes.len() {
            return Err(TooLarge);
        }
        Ok(())
    }

    /// What was taken.
    pub(super) fn finish(self) -> Body {
        self.writer.finish()
    }
}
