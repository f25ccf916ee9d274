//! The picture of the architecture.

/// A picture that stands in the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    pub(super) name: &'static str,
    pub(super) media_type: &'static str,
    pub(super) bytes: Vec<u8>,
}

impl Picture {
    /// A picture from the bytes of its file, known by how they begin.
    ///
    /// # Errors
    ///
    /// Where they are none of PNG, JPEG and SVG.
    pub fn new(bytes: Vec<u8>) -> Result<Self, UnknownPicture> {
        let start = &bytes[..bytes.len().min(1024)];
        let (name, media_type) = if start.starts_with(b"\x89PNG\r\n\x1a\n") {
            ("architecture.png", "image/png")
        } else if start.starts_with(b"\xff\xd8\xff") {
            ("architecture.jpg", "image/jpeg")
        } else if start.windows(4).any(|window| window == b"<svg") {
            ("architecture.svg", "image/svg+xml")
        } else {
            return Err(UnknownPicture);
        };
        Ok(Self {
            name,
            media_type,
            bytes,
        })
    }
}

/// A file that is not a picture that a document can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is not a PNG, JPEG or SVG")]
pub struct UnknownPicture;
