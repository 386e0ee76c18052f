//! Extracts the ONNX Runtime library from its wheel, and tells a complete library file from a truncated one. Leaves
//! loading it to `ort`.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::RepackError;
use super::cursor::{Cursor, Damage};
use super::staging::write_file;
use super::wheel::Wheel;

/// Where the wheel keeps the library.
const FOLDER: &str = "onnxruntime/capi/";

/// The library's file name on this platform: `libonnxruntime.so`, `libonnxruntime.dylib` or `onnxruntime.dll`.
#[must_use]
pub fn runtime_file_name() -> String {
    format!("{DLL_PREFIX}onnxruntime{DLL_SUFFIX}")
}

/// Writes the library out of an `onnxruntime` wheel to the folder `out`, under its plain name for the wheel's
/// platform, and returns its path. A file of that name is replaced at once; a failure leaves it as it was.
///
/// # Errors
/// [`RepackError`] when the wheel cannot be read, holds no library, or `out` cannot be written.
pub fn unpack_runtime(wheel: &Path, out: &Path) -> Result<PathBuf, RepackError> {
    let mut wheel = Wheel::open(wheel)?;
    let wanted = |name: &str| plain_name(name).is_some();
    let member = wheel.find("the ONNX Runtime library", wanted)?;
    let bytes = wheel.read(&member, &mut |_, _| {})?;
    let target = out.join(plain_name(&member).unwrap_or_default());
    write_file(&target, &bytes)?;
    Ok(target)
}

/// `onnxruntime/capi/libonnxruntime.so.1.31.1` → `libonnxruntime.so`; nothing for any other member.
fn plain_name(member: &str) -> Option<&'static str> {
    let name = member.strip_prefix(FOLDER)?;
    let versioned = |start: &str| {
        name.strip_prefix(start)
            .is_some_and(|rest| !rest.contains('_'))
    };
    if name == "onnxruntime.dll" {
        Some("onnxruntime.dll")
    } else if versioned("libonnxruntime.") && name.ends_with(".dylib") {
        Some("libonnxruntime.dylib")
    } else if versioned("libonnxruntime.so") {
        Some("libonnxruntime.so")
    } else {
        None
    }
}

/// Whether a library file reaches as far as its own header says. Loading one that does not (a copy that was cut off)
/// ends the whole process, so it is worth asking first. Only 64-bit ELF files are looked into; of any other the
/// answer is yes, and the loader judges.
///
/// # Errors
/// The file cannot be read.
pub fn looks_whole(library: &Path) -> io::Result<bool> {
    const ELF_64_LITTLE: &[u8] = b"\x7fELF\x02\x01";
    const HEADERS: u64 = 64 << 10;
    let mut file = File::open(library)?;
    let mut start = Vec::new();
    file.by_ref().take(HEADERS).read_to_end(&mut start)?;
    if !start.starts_with(ELF_64_LITTLE) {
        return Ok(true);
    }
    let length = file.seek(SeekFrom::End(0))?;
    Ok(elf_end(&start).is_ok_and(|end| end <= length))
}

/// The furthest byte that any part to be loaded needs, from the program headers (ELF-64, little-endian).
fn elf_end(start: &[u8]) -> Result<u64, Damage> {
    const LOAD: u32 = 1;
    let part = "the library's header";
    let mut header = Cursor::new(start, part);
    header.take(0x20)?;
    let table = header.u64()?;
    header.take(0x36 - 0x28)?;
    let (size, count) = (header.u16()?, header.u16()?);
    let mut table_start = Cursor::new(start, part);
    table_start.take(usize::try_from(table).unwrap_or(usize::MAX))?;
    let mut end = 0;
    for _ in 0..count {
        let mut entry = Cursor::new(table_start.take(usize::from(size))?, part);
        let kind = entry.u32()?;
        entry.take(4)?;
        let offset = entry.u64()?;
        entry.take(16)?;
        let length = entry.u64()?;
        if kind == LOAD {
            end = end.max(offset.saturating_add(length));
        }
    }
    Ok(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_platform_has_its_library() {
        let cases = [
            (
                "onnxruntime/capi/libonnxruntime.so.1.31.1",
                Some("libonnxruntime.so"),
            ),
            (
                "onnxruntime/capi/libonnxruntime.1.31.1.dylib",
                Some("libonnxruntime.dylib"),
            ),
            ("onnxruntime/capi/onnxruntime.dll", Some("onnxruntime.dll")),
            ("onnxruntime/capi/libonnxruntime_providers_shared.so", None),
            ("onnxruntime/capi/onnxruntime_providers_shared.dll", None),
            ("onnxruntime/libonnxruntime.so.1.31.1", None),
        ];
        for (member, expected) in cases {
            assert_eq!(plain_name(member), expected, "{member}");
        }
    }

    /// A header with one loaded part of `length` bytes from the start of the file.
    fn elf(length: u64) -> Vec<u8> {
        let mut bytes = vec![0; 0x40 + 0x38];
        bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
        bytes[0x20..0x28].copy_from_slice(&0x40u64.to_le_bytes());
        bytes[0x36..0x3a].copy_from_slice(&[0x38, 0, 1, 0]);
        bytes[0x40] = 1;
        bytes[0x60..0x68].copy_from_slice(&length.to_le_bytes());
        bytes
    }

    #[test]
    fn a_cut_library_is_told_from_a_whole_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("library");
        let cases = [
            (elf(0x78), true),
            (elf(0x79), false),
            (elf(0x78)[..0x50].to_vec(), false),
            (b"\x7fELF\x02\x01".to_vec(), false),
            (b"something else".to_vec(), true),
        ];
        for (bytes, expected) in cases {
            std::fs::write(&path, &bytes).unwrap();
            assert_eq!(
                looks_whole(&path).unwrap(),
                expected,
                "{} bytes",
                bytes.len()
            );
        }
    }
}
