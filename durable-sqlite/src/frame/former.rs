//! The format of frames before the present one. Nothing writes it any more.

use super::{FrameError, Schema, schema_of};

const MAGIC: [u8; 2] = *b"DF";
const FORMAT: u8 = 1;
const CODEC_BINCODE: u8 = 1;
const HEADER_LEN: usize = 17;

/// Checks the header of a frame, and returns what its body is, and the body.
pub(super) fn open(frame: &[u8]) -> Result<(Schema, &[u8]), FrameError> {
    let (header, body) = frame
        .split_first_chunk::<HEADER_LEN>()
        .ok_or(FrameError::Short(frame.len()))?;
    let &[
        m0,
        m1,
        format,
        codec,
        s0,
        s1,
        s2,
        s3,
        flags,
        l0,
        l1,
        l2,
        l3,
        c0,
        c1,
        c2,
        c3,
    ] = header;
    if [m0, m1] != MAGIC {
        return Err(FrameError::Magic);
    }
    let number = u32::from_le_bytes([s0, s1, s2, s3]);
    let schema = schema_of(number).filter(|_| (format, codec, flags) == (FORMAT, CODEC_BINCODE, 0));
    let schema = schema.ok_or(FrameError::Unreadable {
        format,
        schema: number,
    })?;
    let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
    if length != body.len() {
        return Err(FrameError::Length {
            expected: length,
            found: body.len(),
        });
    }
    let (expected, found) = (u32::from_le_bytes([c0, c1, c2, c3]), crc32fast::hash(body));
    if expected != found {
        return Err(FrameError::Checksum { expected, found });
    }
    Ok((schema, body))
}
