//! Pictures as JPEGs, for platforms that take nothing else.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits, RgbImage};

/// A picture of more pixels than this in one direction is no picture for a platform, and could fill the memory.
const MAX_SIDE: u32 = 12_000;

/// Decoding may take this much memory: a picture of 36 million pixels with four bytes each, and room to work.
const MAX_DECODED_BYTES: u64 = 160 * 1024 * 1024;

/// Instagram scales wider pictures down itself. Source:
/// <https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media> (read 2026-11).
const MAX_WIDTH: u32 = 1_440;

/// Of 100; higher ones cost bytes that nobody sees.
const QUALITY: u8 = 90;

/// The picture that these bytes are, as a JPEG: upright, on white where it was transparent, the first one of several,
/// and no wider than 1,440 pixels. `None` when it cannot be read.
pub(crate) fn as_jpeg(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODED_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().ok()?;
    let orientation = decoder.orientation().ok()?;
    let mut picture = DynamicImage::from_decoder(decoder).ok()?;
    picture.apply_orientation(orientation);
    if picture.width() > MAX_WIDTH {
        let height = u64::from(picture.height()) * u64::from(MAX_WIDTH) / u64::from(picture.width());
        let height = u32::try_from(height).ok()?.max(1);
        picture = picture.resize_exact(MAX_WIDTH, height, image::imageops::FilterType::CatmullRom);
    }
    let mut jpeg = Vec::new();
    on_white(&picture).write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, QUALITY)).ok()?;
    Some(jpeg)
}

/// JPEG knows no transparency: what shows through is white, as on a page.
fn on_white(picture: &DynamicImage) -> RgbImage {
    let rgba = picture.to_rgba8();
    RgbImage::from_fn(rgba.width(), rgba.height(), |x, y| {
        let [red, green, blue, alpha] = rgba.get_pixel(x, y).0;
        let mix = |colour: u8| {
            let (colour, alpha) = (u32::from(colour), u32::from(alpha));
            // A mean of two bytes is a byte.
            u8::try_from((colour * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
        };
        image::Rgb([mix(red), mix(green), mix(blue)])
    })
}

#[cfg(test)]
mod tests {
    use image::{ImageFormat, Rgba, RgbaImage};

    use super::*;

    fn written(picture: RgbaImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn read(bytes: &[u8]) -> RgbImage {
        assert_eq!(image::guess_format(bytes).unwrap(), ImageFormat::Jpeg);
        image::load_from_memory(bytes).unwrap().to_rgb8()
    }

    #[test]
    fn what_is_transparent_becomes_white() {
        let glass = RgbaImage::from_pixel(8, 8, Rgba([255, 0, 0, 0]));
        for format in [ImageFormat::Png, ImageFormat::WebP] {
            let jpeg = as_jpeg(&written(glass.clone(), format)).unwrap();
            assert_eq!(read(&jpeg).get_pixel(4, 4).0, [255, 255, 255], "{format:?}");
        }
    }

    #[test]
    fn a_wide_picture_is_scaled_and_keeps_its_shape() {
        let wide = RgbaImage::from_pixel(2_880, 1_600, Rgba([0, 0, 255, 255]));
        let jpeg = read(&as_jpeg(&written(wide, ImageFormat::Png)).unwrap());
        assert_eq!(jpeg.dimensions(), (1_440, 800));
        assert!(jpeg.get_pixel(700, 400).0[2] > 250);
    }

    #[test]
    fn of_a_moving_picture_the_first_is_taken() {
        let gif = written(RgbaImage::from_pixel(8, 8, Rgba([0, 255, 0, 255])), ImageFormat::Gif);
        assert_eq!(read(&as_jpeg(&gif).unwrap()).dimensions(), (8, 8));
    }

    #[test]
    fn what_is_no_picture_or_says_that_it_is_enormous_is_not_read() {
        assert_eq!(as_jpeg(b""), None);
        assert_eq!(as_jpeg(b"\x89PNG\r\n\x1a\n bell"), None);
        let mut bomb = written(RgbaImage::new(1, 1), ImageFormat::Png);
        // Width and height stand behind the signature and the name of the first chunk.
        bomb[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
        assert_eq!(as_jpeg(&bomb), None);
    }
}
