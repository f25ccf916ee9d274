//! Is the report right? Each format from hand-made results.

mod code;
mod compare;
mod fixture;
mod har;
mod html;
mod index;
mod json;
mod junit;
mod markdown;
mod redaction;
