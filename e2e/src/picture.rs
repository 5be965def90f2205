//! Pictures for uploads and for the camera.

use anyhow::{Context, Result, ensure};

/// Size of the camera's picture.
const WIDTH: usize = 640;
const HEIGHT: usize = 480;

/// A PNG in the middle of a white sheet, as a film of one frame in the format the browser's fake camera reads.
///
/// # Errors
/// When it is no PNG of eight bits, or larger than the sheet.
pub fn film(png: &[u8]) -> Result<Vec<u8>> {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info()?;
    let mut pixels = vec![0; reader.output_buffer_size().context("a picture of a known size")?];
    let info = reader.next_frame(&mut pixels)?;
    let (width, height) = (info.width as usize, info.height as usize);
    ensure!(info.bit_depth == png::BitDepth::Eight, "eight bits a channel");
    ensure!(width <= WIDTH && height <= HEIGHT, "{width} × {height} is too large");
    let step = info.color_type.samples();
    let mut sheet = vec![235_u8; WIDTH * HEIGHT];
    let (left, top) = ((WIDTH - width) / 2, (HEIGHT - height) / 2);
    for row in 0..height {
        for column in 0..width {
            let at = row * info.line_size + column * step;
            sheet[(top + row) * WIDTH + left + column] = pixels[at].clamp(16, 235);
        }
    }
    let mut film = format!("YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420\nFRAME\n").into_bytes();
    film.extend(sheet);
    // Grey: both colour planes in the middle.
    film.resize(film.len() + WIDTH * HEIGHT / 2, 128);
    Ok(film)
}

/// A small PNG, as a phone's photo of a handbook page stands in for one.
///
/// # Errors
/// Never for these sizes; the encoder says so by a result.
pub fn photo() -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 60, 40);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let pixels: Vec<u8> = (0..60 * 40_u32).map(|at| u8::try_from(at % 251).unwrap_or(0)).collect();
    encoder.write_header()?.write_image_data(&pixels)?;
    Ok(bytes)
}
