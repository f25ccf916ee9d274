//! The embedded reference implementation.
