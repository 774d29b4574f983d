//! What a file is, by its first bytes, and how large a JPEG is.

/// A kind of picture.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Format {
    Jpeg,
    Png,
    Gif,
    Webp,
    Tiff,
    Bmp,
}

/// The size of a JPEG.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Jpeg {
    pub(crate) width: u16,
    pub(crate) height: u16,
    /// Whether several pictures are in the file (MPO), as some cameras make them.
    pub(crate) several: bool,
}

/// The kind of picture these bytes begin as.
pub(crate) fn format_of(bytes: &[u8]) -> Option<Format> {
    let begins = |with: &[u8]| bytes.starts_with(with);
    if begins(&[0xff, 0xd8, 0xff]) {
        Some(Format::Jpeg)
    } else if begins(b"\x89PNG\r\n\x1a\n") {
        Some(Format::Png)
    } else if begins(b"GIF87a") || begins(b"GIF89a") {
        Some(Format::Gif)
    } else if begins(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        Some(Format::Webp)
    } else if begins(b"II*\0") || begins(b"MM\0*") {
        Some(Format::Tiff)
    } else if begins(b"BM") {
        Some(Format::Bmp)
    } else {
        None
    }
}

/// Whether these bytes begin as MP4 or QuickTime.
pub(crate) fn is_video(bytes: &[u8]) -> bool {
    bytes.get(4..8) == Some(b"ftyp")
}

impl Jpeg {
    /// Reads the frame header; `None` if these bytes are no JPEG or break off before it.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        if format_of(bytes) != Some(Format::Jpeg) {
            return None;
        }
        let (mut at, mut several) = (2, false);
        loop {
            // Any number of fill bytes may stand before a marker.
            while *bytes.get(at)? == 0xff && *bytes.get(at + 1)? == 0xff {
                at += 1;
            }
            if *bytes.get(at)? != 0xff {
                return None;
            }
            let marker = *bytes.get(at + 1)?;
            let pair = |at: usize| Some(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
            let length = usize::from(pair(at + 2)?);
            match marker {
                // Every start of a frame except DHT (c4), JPG (c8) and DAC (cc), which share the range.
                0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                    let (height, width) = (pair(at + 5)?, pair(at + 7)?);
                    return (height > 0 && width > 0).then_some(Self { width, height, several });
                }
                0xe2 if bytes.get(at + 4..at + 8) == Some(b"MPF\0") => several = true,
                _ => {}
            }
            at += 2 + length.max(2);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_stands_in_the_frame_header_wherever_it_is() {
        let mut bytes = vec![0xff, 0xd8, 0xff, 0xe0, 0, 4, 9, 9, 0xff, 0xff, 0xc4, 0, 2];
        bytes.extend([0xff, 0xc2, 0, 11, 8, 0x04, 0x38, 0x07, 0x80]);
        assert_eq!(Jpeg::read(&bytes), Some(Jpeg { width: 1920, height: 1080, several: false }));
        assert_eq!(Jpeg::read(&bytes[..15]), None, "it breaks off");
        assert_eq!(Jpeg::read(b"\x89PNG\r\n\x1a\n"), None);
    }

    #[test]
    fn an_mpo_is_told_from_a_jpeg() {
        let mut bytes = vec![0xff, 0xd8, 0xff, 0xe2, 0, 6, b'M', b'P', b'F', 0];
        bytes.extend([0xff, 0xc0, 0, 11, 8, 0, 10, 0, 10]);
        assert!(Jpeg::read(&bytes).unwrap().several);
    }
}
