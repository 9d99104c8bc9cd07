//! Folders of the benchmark's own, and how much fits in there.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::BenchError;

/// A folder that is removed, with all that is in it, when this is dropped.
pub struct Folder(PathBuf);

impl Folder {
    /// Makes one among the system's temporary files.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn make(name: &str) -> Result<Folder, BenchError> {
        let path = std::env::temp_dir().join(format!("baton-bench-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).map_err(|source| BenchError::Outside { what: "could not make a folder", source })?;
        Ok(Folder(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Where the one database in it is.
    pub fn database(&self) -> PathBuf {
        self.0.join(DATABASE)
    }
}

/// The name of a side's database.
pub const DATABASE: &str = "side.db";

impl Drop for Folder {
    fn drop(&mut self) {
        // nothing of it stays; if something does, the system's own cleaning gets it
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// How many bytes are free among the system's temporary files. Nothing where the system does not say: the standard
/// library cannot ask, so `df` does.
pub fn free_bytes() -> Option<u64> {
    let output = Command::new("df").arg("-Pk").arg(std::env::temp_dir()).output().ok()?;
    available(&String::from_utf8_lossy(&output.stdout))
}

/// The fourth column of the last line, in KiB. Source: POSIX, "df -P".
fn available(table: &str) -> Option<u64> {
    let kilobytes: u64 = table.lines().last()?.split_whitespace().nth(3)?.parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::available;

    #[test]
    fn free_space_is_what_the_table_says() {
        let table =
            "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/vda 263938240 25000 70000 27% /tmp\n";
        assert_eq!(available(table), Some(70_000 * 1024));
        assert_eq!(available("df: no such folder"), None);
    }
}
