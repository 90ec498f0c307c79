//! A file with a table of text, read while its rows are checked.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use peelian_core::engine::TextPieces;

/// Bytes of a piece. Two pieces are in memory: one is read from the file while the rows of the other are checked.
const PIECE: usize = 8 << 20;

/// A file with a table of text. It is read again for each use.
#[derive(Debug)]
pub(crate) struct TextFile {
    path: PathBuf,
    bytes: usize,
}

impl TextFile {
    pub(crate) fn new(path: PathBuf) -> io::Result<Self> {
        let bytes = usize::try_from(std::fs::metadata(&path)?.len()).unwrap_or(usize::MAX);
        Ok(Self { path, bytes })
    }

    /// All of the file.
    pub(crate) fn content(&self) -> io::Result<Vec<u8>> {
        std::fs::read(&self.path)
    }
}

impl TextPieces for TextFile {
    fn bytes(&self) -> usize {
        self.bytes
    }

    fn each(&self, take: &mut dyn FnMut(&[u8]) -> bool) -> Result<(), String> {
        let file = File::open(&self.path).map_err(|error| error.to_string())?;
        let (filled, pieces) = sync_channel(1);
        let (empty, emptied) = sync_channel(2);
        for _ in 0..2 {
            // The channel has room for both.
            _ = empty.send(vec![0; PIECE.min(self.bytes.max(1))]);
        }
        thread::scope(|scope| {
            thread::Builder::new()
                .spawn_scoped(scope, move || read_ahead(file, &emptied, &filled))
                .map_err(|error| error.to_string())?;
            for piece in pieces {
                let (room, bytes): (Vec<u8>, usize) = piece.map_err(|error: io::Error| error.to_string())?;
                if !take(room.get(..bytes).unwrap_or_default()) {
                    break;
                }
                // When the file is at its end, nobody takes it.
                _ = empty.send(room);
            }
            Ok(())
        })
    }
}

/// Fills the rooms with the next bytes, until the file or the need for it is at its end.
fn read_ahead(mut file: File, emptied: &Receiver<Vec<u8>>, filled: &SyncSender<io::Result<(Vec<u8>, usize)>>) {
    for mut room in emptied {
        let piece = fill(&mut file, &mut room).map(|bytes| (room, bytes));
        let (at_end, failed) = (matches!(piece, Ok((_, 0))), piece.is_err());
        if at_end || filled.send(piece).is_err() || failed {
            return;
        }
    }
}

/// Fills a room, except at the end of the file. Returns the number of bytes.
fn fill(file: &mut File, room: &mut [u8]) -> io::Result<usize> {
    let mut bytes = 0;
    while let Some(rest) = room.get_mut(bytes..).filter(|rest| !rest.is_empty()) {
        match file.read(rest) {
            Ok(0) => break,
            Ok(more) => bytes += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_bytes_come_in_their_order() {
        let path = std::env::temp_dir().join(format!("peelian-text-file-{}", std::process::id()));
        let content: Vec<u8> = (0..PIECE * 2 + 5).map(|at| u8::try_from(at % 251).unwrap_or(0)).collect();
        std::fs::write(&path, &content).unwrap();
        let file = TextFile::new(path.clone()).unwrap();
        let (mut read, mut pieces) = (Vec::new(), 0);
        let take = &mut |piece: &[u8]| {
            read.extend_from_slice(piece);
            pieces += 1;
            true
        };
        file.each(take).unwrap();
        assert!(read == content && pieces == 3);
        let mut first = 0;
        file.each(&mut |piece| {
            first += piece.len();
            false
        })
        .unwrap();
        assert_eq!(first, PIECE, "nothing is handed on after that");
        std::fs::remove_file(path).unwrap();
        assert!(file.each(&mut |_| true).is_err());
    }
}
