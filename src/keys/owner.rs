//! Ownership of files in the data folder: commands are often run by root, servers by another user.

use std::path::Path;

/// Gives a file to whom the data folder belongs, where whoever runs this may do so: else a server could not read what root
/// has made for it.
pub fn give_to_owner(file: &Path, data: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, lchown};
        if let Ok(owner) = data.metadata() {
            // Of a link only the link itself: the server's user could make one that leads to a file of root's.
            let _ = lchown(file, Some(owner.uid()), Some(owner.gid()));
        }
    }
    #[cfg(not(unix))]
    let _ = (file, data);
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{MetadataExt as _, chown};

    use chrono::Utc;

    use crate::keys::{FILE_NAME, first_admin};

    #[test]
    fn the_first_key_that_root_makes_belongs_to_the_servers_user() {
        const NOBODY: u32 = 65_534;
        let data = tempfile::tempdir().unwrap();
        // Only root gives files away.
        let is_root = chown(data.path(), Some(NOBODY), Some(NOBODY)).is_ok();
        first_admin(data.path(), None, Utc::now()).unwrap();
        let owner = |path: &std::path::Path| path.metadata().unwrap().uid();
        let file = data.path().join(FILE_NAME);
        assert_eq!(owner(&file), owner(data.path()));
        if is_root {
            assert_eq!(owner(&file), NOBODY);
        }
    }
}
