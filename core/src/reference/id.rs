//! The number of an area.

/// An area as a dense number, for use as an index into columns of [`Areas::len`](super::Areas::len) cells.
///
/// The number is stable only for one version of the seeds. Stored and sent data have the code of the area.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AreaId(pub(super) u16);

impl AreaId {
    /// The number.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }

    /// The number as an index.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}
