//! Plan and runs in, result out; pure.

mod result;

pub use result::*;
