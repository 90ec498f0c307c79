//! The expanded size of an LZ4 frame, found without expanding it.

/// Bytes that a compressed buffer of an Arrow message expands to.
///
/// A buffer starts with its claimed length in eight bytes; -1 means that the rest is not compressed. The decoder reserves the
/// claimed length and then expands the whole frame. Here the claim is compared with the frame: all blocks except the last
/// are full, so a frame that agrees with its claim expands to at most one block more.
pub(super) fn expanded(buffer: &[u8]) -> Result<usize, &'static str> {
    let Some((claim, frame)) = buffer.split_at_checked(8) else {
        return if buffer.is_empty() { Ok(0) } else { Err("a compressed buffer without its length") };
    };
    let claim = <[u8; 8]>::try_from(claim).map_or(0, i64::from_le_bytes);
    match claim {
        -1 => Ok(frame.len()),
        0 => Ok(0),
        _ => {
            let claim = usize::try_from(claim).map_err(|_| "a compressed buffer of negative length")?;
            let (full_blocks, largest_block) = blocks(frame).ok_or("a compressed buffer is no LZ4 frame")?;
            if full_blocks.saturating_mul(largest_block) > claim {
                return Err("a compressed buffer expands to more than it claims");
            }
            Ok(claim)
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
        assert_eq!(expanded(&buffer(100_000, &frame(2))), Ok(100_000));
        assert!(expanded(&buffer(100, &frame(3))).is_err(), "three blocks hold more than 100 bytes");
        assert!(expanded(&buffer(200_000, &[frame(1), frame(9_999)].concat())).is_err(), "two frames");
        assert!(expanded(&buffer(-2, &frame(1))).is_err());
        assert_eq!(expanded(&buffer(-1, b"abc")), Ok(3));
        assert_eq!(expanded(b""), Ok(0));
        assert!(expanded(b"abc").is_err());
        assert_eq!(expanded(&buffer(1 << 40, &frame(1))), Ok(1 << 40), "left to the limit");
    }
}
