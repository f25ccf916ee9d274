//! Is the report right? Each format from hand-made results.

mod fixture;
mod html;
mod json;
mod junit;
