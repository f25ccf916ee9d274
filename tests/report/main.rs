//! Is the report right? Each format from hand-made results.

mod fixture;
mod json;
mod junit;
