pub fn looks_whole(_: &std::path::Path) -> std::io::Result<bool> { Ok(true) }
