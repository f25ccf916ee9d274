//! Takes the body of an answer while it arrives, as far as the caps allow.

use std::io::Write as _;

use crate::evidence::{Body, BodyWriter};

/// A body on its way.
#[derive(Debug)]
pub(super) struct Intake {
    writer: BodyWriter,
    /// How much more of it is read.
    room: usize,
}

/// Why the rest of a body is not taken.
#[derive(Debug)]
pub(super) enum Stopped {
    /// It is longer than the cap.
    ByCap,
    /// It can't be written to a file.
    Unwritten(std::io::Error),
}

impl Intake {
    /// Takes at most `cap` bytes, of which `in_memory` are kept in memory; `expected` is how many
    /// the answer says that there are.
    pub(super) fn new(cap: usize, in_memory: usize, expected: u64) -> Self {
        Self {
            writer: BodyWriter::new(in_memory, expected),
            room: cap,
        }
    }

    /// Takes what came.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<(), Stopped> {
        let fits = bytes.len().min(self.room);
        let written = self.writer.write_all(&bytes[..fits]);
        written.map_err(Stopped::Unwritten)?;
        self.room -= fits;
        if fits < bytes.len() {
            return Err(Stopped::ByCap);
        }
        Ok(())
    }

    /// What was taken.
    pub(super) fn finish(self) -> Body {
        self.writer.finish()
    }
}
