//! The expanded size of a compressed buffer, found without expanding it.

/// Bytes that a buffer of an Arrow message expands to that is compressed with LZ4.
///
/// The decoder reserves the claimed length and then expands the whole frame. Here the claim is compared with the frame: all blocks
/// except the last are full, so a frame that agrees with its claim expands to at most one block more.
pub(super) fn lz4(buffer: &[u8]) -> Result<usize, &'static str> {
    let Compressed { claim, frame } = match Claimed::read(buffer)? {
        Claimed::Plain(bytes) => return Ok(bytes),
        Claimed::Compressed(compressed) => compressed,
    };
    let (full_blocks, largest_block) = blocks(frame).ok_or("a compressed buffer is no LZ4 frame")?;
    if full_blocks.saturating_mul(largest_block) > claim {
        return Err("a compressed buffer expands to more than it claims");
    }
    Ok(claim)
}

/// Bytes that a buffer of an Arrow message expands to that is compressed with ZSTD.
///
/// The decoder expands into the claimed length and no further: `decompress` of `zstd::bulk` has it as its capacity.
pub(super) fn zstd(buffer: &[u8]) -> Result<usize, &'static str> {
    Ok(match Claimed::read(buffer)? {
        Claimed::Plain(bytes) => bytes,
        Claimed::Compressed(Compressed { claim, .. }) => claim,
    })
}

/// What a buffer of a compressed message claims. It starts with its length in eight bytes; -1 means that the rest is not
/// compressed.
enum Claimed<'b> {
    /// So many bytes, as they are.
    Plain(usize),
    Compressed(Compressed<'b>),
}

/// A frame, and the bytes that it claims to expand to.
struct Compressed<'b> {
    claim: usize,
    frame: &'b [u8],
}

impl<'b> Claimed<'b> {
    fn read(buffer: &'b [u8]) -> Result<Self, &'static str> {
        let Some((claim, frame)) = buffer.split_at_checked(8) else {
            let empty = buffer.is_empty();
            return if empty { Ok(Self::Plain(0)) } else { Err("a compressed buffer without its length") };
        };
        match <[u8; 8]>::try_from(claim).map_or(0, i64::from_le_bytes) {
            -1 => Ok(Self::Plain(frame.len())),
            0 => Ok(Self::Plain(0)),
            claim => {
                let claim = usize::try_from(claim).map_err(|_| "a compressed buffer of negative length")?;
                Ok(Self::Compressed(Compressed { claim, frame }))
            }
        }
    }
}

/// The number of blocks before the last and the size of a full block: LZ4 frame format description, version 1.6.
fn blocks(frame: &[u8]) -> Option<(usize, usize)> {
    const MAGIC: [u8; 4] = 0x184D_2204_u32.to_le_bytes();
    const UNCOMPRESSED: u32 = 1 << 31;
    let rest = frame.strip_prefix(&MAGIC)?;
    let (&[flags, block], _) = rest.split_first_chunk::<2>()?;
    let has = |bit: u8| usize::from(flags >> bit & 1);
    // Content size, dictionary identifier, and the checksum byte of the header.
    let mut at = 2 + 8 * has(3) + 4 * has(0) + 1;
    let block_checksum = 4 * has(4);
    let largest_block = match block >> 4 & 7 {
        4 => 64 << 10,
        5 => 256 << 10,
        6 => 1 << 20,
        7 => 4 << 20,
        _ => return None,
    };
    let mut blocks = 0_usize;
    loop {
        let size = rest.get(at..at.checked_add(4)?)?.first_chunk::<4>()?;
        let size = u32::from_le_bytes(*size);
        at += 4;
        if size == 0 {
            break;
        }
        let stored = usize::try_from(size & !UNCOMPRESSED).ok()?;
        at = at.checked_add(stored)?.checked_add(block_checksum)?;
        blocks += 1;
    }
    // Only the checksum of the content may follow: a second frame would be expanded too.
    let end = at + 4 * has(2);
    (rest.len() == end).then_some((blocks.saturating_sub(1), largest_block))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame of blocks of 64 KiB, each a run of one byte, as `blocks` sizes.
    fn frame(blocks: usize) -> Vec<u8> {
        let mut frame = vec![0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82];
        for _ in 0..blocks {
            frame.extend_from_slice(&[3, 0, 0, 0, 0x1f, b'a', 0]);
        }
        frame.extend_from_slice(&[0; 4]);
        frame
    }

    fn buffer(claim: i64, frame: &[u8]) -> Vec<u8> {
        [&claim.to_le_bytes(), frame].concat()
    }

    #[test]
    fn a_frame_is_held_to_its_claim() {
        assert_eq!(lz4(&buffer(100_000, &frame(2))), Ok(100_000));
        assert!(lz4(&buffer(100, &frame(3))).is_err(), "three blocks hold more than 100 bytes");
        assert!(lz4(&buffer(200_000, &[frame(1), frame(9_999)].concat())).is_err(), "two frames");
        assert!(lz4(&buffer(-2, &frame(1))).is_err());
        assert_eq!(lz4(&buffer(-1, b"abc")), Ok(3));
        assert_eq!(lz4(b""), Ok(0));
        assert!(lz4(b"abc").is_err());
        assert_eq!((zstd(&buffer(100, b"abc")), zstd(&buffer(-1, b"abc")), zstd(b"")), (Ok(100), Ok(3), Ok(0)));
        assert!(zstd(&buffer(-2, b"abc")).is_err());
        assert_eq!(lz4(&buffer(1 << 40, &frame(1))), Ok(1 << 40), "left to the limit");
    }
}
