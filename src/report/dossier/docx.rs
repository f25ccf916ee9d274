//! The certification document as a file of Word (Office Open XML, ISO/IEC 29500): a zip archive of
//! XML files, rendered by templates like the other forms of the document.

use std::io::{Cursor, Write as _};

use serde::Serialize;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::picture::Picture;
use crate::report::ReportError;
use crate::report::html::{DOCX, HtmlError, PageKind};

/// The unit of drawings (EMU): that many make a pixel at 96 per inch, and a centimetre.
const PER_PIXEL: u64 = 9_525;
const PER_CENTIMETRE: u64 = 360_000;
/// The largest picture on a page of A4.
const WIDEST: u64 = 17 * PER_CENTIMETRE;
const HIGHEST: u64 = 20 * PER_CENTIMETRE;

/// The size of the picture in the document, in English Metric Units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Drawing {
    width: u64,
    height: u64,
}

impl Drawing {
    /// How large a picture is drawn: as large as its pixels make it, and no larger than the page.
    /// None where the document can't hold it: an SVG, and what has no size.
    pub(super) fn of(picture: &Picture) -> Option<Self> {
        let size = imagesize::blob_size(&picture.bytes).ok()?;
        let (width, height) = (size.width as u64, size.height as u64);
        if width == 0 || height == 0 {
            return None;
        }
        let (wide, high) = (width * PER_PIXEL, height * PER_PIXEL);
        let (wide, high) = if wide > WIDEST {
            (WIDEST, WIDEST * height / width)
        } else {
            (wide, high)
        };
        let (width, height) = if high > HIGHEST {
            (HIGHEST * width / height, HIGHEST)
        } else {
            (wide, high)
        };
        Some(Self { width, height })
    }
}

/// The bytes of the file; `page` renders one of its parts.
pub(super) fn render(
    page: &impl Fn(PageKind) -> Result<String, HtmlError>,
    picture: Option<&Picture>,
) -> Result<Vec<u8>, ReportError> {
    // No time of writing: the same result makes the same bytes. Pictures are compressed as they are,
    // and the rest is small.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default());
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, kind) in DOCX {
        let part = page(kind)?;
        archive.start_file(name, options)?;
        archive
            .write_all(part.as_bytes())
            .map_err(zip::result::ZipError::Io)?;
    }
    if let Some(picture) = picture.filter(|picture| Drawing::of(picture).is_some()) {
        archive.start_file(format!("word/media/{}", picture.name), options)?;
        archive
            .write_all(&picture.bytes)
            .map_err(zip::result::ZipError::Io)?;
    }
    Ok(archive.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Picture {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes.extend([8, 2, 0, 0, 0]);
        Picture::new(bytes).unwrap()
    }

    #[test]
    fn a_picture_keeps_its_shape_and_stays_on_the_page() {
        let drawing = |width, height| Drawing::of(&png(width, height));
        let size = |width, height| Some(Drawing { width, height });
        assert_eq!(drawing(100, 50), size(100 * PER_PIXEL, 50 * PER_PIXEL));
        assert_eq!(drawing(10_000, 5_000), size(WIDEST, WIDEST / 2));
        assert_eq!(drawing(1_000, 20_000), size(HIGHEST / 20, HIGHEST));
        assert_eq!(drawing(0, 5), None);
        let svg = Picture::new(b"<svg width='5' height='5'/>".to_vec()).unwrap();
        assert_eq!(Drawing::of(&svg), None);
    }
}
