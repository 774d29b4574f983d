//! What bytes are, by their own word: the type, and the measures that platforms limit.

/// What the first bytes tell.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Sniffed {
    pub(crate) content_type: &'static str,
    /// Width and height of a picture, in pixels.
    pub(crate) pixels: Option<(u32, u32)>,
    /// How many pictures a GIF has.
    pub(crate) frames: Option<u32>,
    /// How long a video plays, in milliseconds, if its index comes first.
    pub(crate) plays_ms: Option<u64>,
}

/// Looks at the beginning of a file; `None` for what no platform takes.
pub(crate) fn sniff(bytes: &[u8]) -> Option<Sniffed> {
    let of = |content_type| Sniffed { content_type, ..Sniffed::default() };
    let picture = |content_type, pixels| Sniffed { content_type, pixels, ..Sniffed::default() };
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Some(picture("image/jpeg", jpeg_pixels(bytes))),
        [0x89, b'P', b'N', b'G', 13, 10, 26, 10, ..] => Some(picture("image/png", png_pixels(bytes))),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Sniffed {
            content_type: "image/gif",
            pixels: little(bytes, 6).zip(little(bytes, 8)),
            frames: gif_frames(bytes),
            plays_ms: None,
        }),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(of("image/webp")),
        [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => Some(of("image/bmp")),
        [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => Some(of("image/tiff")),
        [_, _, _, _, b'f', b't', b'y', b'p', b'q', b't', ..] => {
            Some(Sniffed { plays_ms: plays_ms(bytes), ..of("video/quicktime") })
        }
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => {
            Some(Sniffed { plays_ms: plays_ms(bytes), ..of("video/mp4") })
        }
        [0x1a, 0x45, 0xdf, 0xa3, ..] => Some(of("video/webm")),
        [0x47, ..] if bytes.get(188) == Some(&0x47) => Some(of("video/mp2t")),
        [b'%', b'P', b'D', b'F', b'-', ..] => Some(of("application/pdf")),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => Some(of("application/msword")),
        [b'P', b'K', 3, 4, ..] if contains(bytes, b"word/") => {
            Some(of("application/vnd.openxmlformats-officedocument.wordprocessingml.document"))
        }
        [b'P', b'K', 3, 4, ..] if contains(bytes, b"ppt/") => {
            Some(of("application/vnd.openxmlformats-officedocument.presentationml.presentation"))
        }
        _ => None,
    }
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

fn little(bytes: &[u8], at: usize) -> Option<u32> {
    let pair = bytes.get(at..at + 2)?;
    Some(u32::from(u16::from_le_bytes(pair.try_into().ok()?)))
}

fn big(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn png_pixels(bytes: &[u8]) -> Option<(u32, u32)> {
    big(bytes, 16).zip(big(bytes, 20))
}

/// Walks a JPEG's segments to the frame header.
fn jpeg_pixels(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        let (0xff, marker) = (*bytes.get(at)?, *bytes.get(at + 1)?) else { return None };
        let short = |at: usize| Some(u32::from(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?)));
        match marker {
            // Fill bytes and markers that stand alone.
            0xff => at += 1,
            0x01 | 0xd0..=0xd7 => at += 2,
            0xc4 | 0xc8 | 0xcc => at += 2 + usize::try_from(short(at + 2)?).ok()?,
            0xc0..=0xcf => return short(at + 7).zip(short(at + 5)),
            _ => at += 2 + usize::try_from(short(at + 2)?).ok()?,
        }
    }
}

/// Walks a GIF's blocks; `None` where it breaks off.
fn gif_frames(bytes: &[u8]) -> Option<u32> {
    let table = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) };
    let blocks = |mut at: usize| loop {
        match *bytes.get(at)? {
            0 => return Some(at + 1),
            length => at += 1 + usize::from(length),
        }
    };
    let mut at = 13 + table(*bytes.get(10)?);
    let mut frames = 0;
    loop {
        match *bytes.get(at)? {
            0x21 => at = blocks(at + 2)?,
            0x2c => {
                frames += 1;
                at = blocks(at + 11 + table(*bytes.get(at + 9)?))?;
            }
            0x3b => return Some(frames),
            _ => return None,
        }
    }
}

/// The duration in the movie header, version 0 or 1, where it stands in these bytes.
fn plays_ms(bytes: &[u8]) -> Option<u64> {
    let at = bytes.windows(4).position(|window| window == b"mvhd")? + 4;
    let (scale, duration) = match *bytes.get(at)? {
        0 => (big(bytes, at + 12)?, u64::from(big(bytes, at + 16)?)),
        1 => {
            (big(bytes, at + 20)?, (u64::from(big(bytes, at + 24)?) << 32) | u64::from(big(bytes, at + 28)?))
        }
        _ => return None,
    };
    duration.checked_mul(1000)?.checked_div(u64::from(scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_tell_their_size() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\0\0\0\x01\0";
        assert_eq!(sniff(png).unwrap().pixels, Some((512, 256)));
        let jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x0b\x08\x01\0\x02\0";
        assert_eq!(sniff(jpeg).unwrap().pixels, Some((512, 256)));
    }

    #[test]
    fn a_gif_tells_how_many_pictures_it_has() {
        let picture = b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0";
        let gif = [b"GIF89a\x01\0\x02\0\0\0\0".as_slice(), picture, picture, b";"].concat();
        let sniffed = sniff(&gif).unwrap();
        assert_eq!((sniffed.pixels, sniffed.frames), (Some((1, 2)), Some(2)));
        assert_eq!(sniff(&gif[..20]).unwrap().frames, None);
    }

    #[test]
    fn a_video_tells_how_long_it_plays() {
        let mut video = b"\0\0\0\x10ftypisom\0\0\0\0\0\0\0\x20mvhd\0\0\0\0".to_vec();
        for number in [0_u32, 0, 600, 1200] {
            video.extend(number.to_be_bytes());
        }
        let sniffed = sniff(&video).unwrap();
        assert_eq!((sniffed.content_type, sniffed.plays_ms), ("video/mp4", Some(2_000)));
    }

    #[test]
    fn what_nobody_takes_is_nothing() {
        for nothing in [b"".as_slice(), b"hello", b"PK\x03\x04plain", b"<svg>"] {
            assert_eq!(sniff(nothing), None);
        }
    }
}
