//! Reads little-endian numbers from bytes that may be truncated or not in the expected format. Every read is checked
//! against the end, so its users ([`super::source`], [`super::runtime`]) cannot read past a file. It knows no format.

use thiserror::Error;

/// What is wrong with a weights file.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Damage {
    /// The file is something else: its first bytes are not those of the format, or its version is another one.
    #[error("it is not a weights file of the known format")]
    Foreign,
    /// The file ends inside the named part.
    #[error("it is cut short: it ends inside {0}")]
    Truncated(&'static str),
    /// A number that steers the reading is out of any sensible range.
    #[error("{what} is {found}, which cannot be right")]
    Implausible {
        /// The number's name.
        what: &'static str,
        /// Its value in the file.
        found: u64,
    },
    /// Text that must be UTF-8 is not.
    #[error("{0} is not UTF-8 text")]
    NotText(&'static str),
    /// A tensor the model needs is absent, of another size, or placed outside the file.
    #[error("the tensor {0} is missing or has an unexpected size")]
    Tensor(String),
}

/// A place in a byte slice; each read moves it on.
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The part being read, named in [`Damage::Truncated`].
    part: &'static str,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8], part: &'static str) -> Self {
        Self { bytes, at: 0, part }
    }

    /// Names the part that the next reads belong to.
    pub(super) fn enter(&mut self, part: &'static str) {
        self.part = part;
    }

    /// The next `count` bytes.
    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], Damage> {
        let end = self.at.checked_add(count);
        let taken = end.and_then(|end| self.bytes.get(self.at..end));
        let taken = taken.ok_or(Damage::Truncated(self.part))?;
        self.at += count;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Damage> {
        let part = self.part;
        let taken = self.take(N)?;
        taken.try_into().map_err(|_| Damage::Truncated(part))
    }

    pub(super) fn u8(&mut self) -> Result<u8, Damage> {
        self.array().map(u8::from_le_bytes)
    }

    pub(super) fn u16(&mut self) -> Result<u16, Damage> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Damage> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, Damage> {
        self.array().map(u64::from_le_bytes)
    }

    pub(super) fn f32(&mut self) -> Result<f32, Damage> {
        self.array().map(f32::from_le_bytes)
    }

    /// A 32-bit count or size that must lie in `range`; `what` names it in the error.
    pub(super) fn count(
        &mut self,
        what: &'static str,
        range: std::ops::RangeInclusive<u32>,
    ) -> Result<usize, Damage> {
        let found = self.u32()?;
        let implausible = Damage::Implausible {
            what,
            found: u64::from(found),
        };
        if !range.contains(&found) {
            return Err(implausible);
        }
        usize::try_from(found).map_err(|_| implausible)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_little_endian_in_order() {
        let mut cursor = Cursor::new(&[1, 2, 0, 3, 0, 0, 0, 0xff], "numbers");
        assert_eq!(cursor.u8(), Ok(1));
        assert_eq!(cursor.u16(), Ok(2));
        assert_eq!(cursor.u32(), Ok(3));
        assert_eq!(cursor.take(1), Ok(&[0xff][..]));
    }

    #[test]
    fn the_end_is_an_error_that_names_the_part() {
        let mut cursor = Cursor::new(&[1, 2, 3], "header");
        assert_eq!(cursor.u32(), Err(Damage::Truncated("header")));
        cursor.enter("pieces");
        assert_eq!(cursor.take(usize::MAX), Err(Damage::Truncated("pieces")));
        assert_eq!(cursor.take(3).map(<[u8]>::len), Ok(3));
    }

    #[test]
    fn a_count_out_of_range_is_refused() {
        let mut cursor = Cursor::new(&[9, 0, 0, 0], "header");
        let found = cursor.count("layers", 1..=4);
        let expected = Damage::Implausible {
            what: "layers",
            found: 9,
        };
        assert_eq!(found, Err(expected));
    }
}
