//! R2 and R5 on the raw image of a file system: blocks that were freed and files that were deleted count, too. It takes whoever may
//! mount; with `BATON_REQUIRE_MOUNT` it is a failure when that is nobody.

use std::{
    env,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use baton_testkit::residue::Scanner;
use tempfile::TempDir;

use super::{
    place::{Place, commit},
    revoke::fill,
    sample::{referral_id, revoke, scanner, submission},
};
use crate::seal::Care;

const IMAGE_BYTES: u64 = 16 << 20;

/// A file with an ext4 file system in it, mounted beside it.
struct Image {
    folder: TempDir,
    is_mounted: bool,
}

impl Image {
    /// Nothing, and a word why, where it cannot be.
    fn mounted() -> Option<Image> {
        let mut image = Image { folder: tempfile::tempdir().unwrap(), is_mounted: false };
        File::create(image.file()).and_then(|file| file.set_len(IMAGE_BYTES)).unwrap();
        fs::create_dir(image.root()).unwrap();
        let (file, root) = (image.file(), image.root());
        let made = run("mkfs.ext4", &["-q", "-F"], &[&file]);
        match made.and_then(|()| run("mount", &["-o", "loop"], &[&file, &root])) {
            Ok(()) => {
                image.is_mounted = true;
                Some(image)
            }
            Err(why) => {
                assert!(env::var_os("BATON_REQUIRE_MOUNT").is_none(), "no image can be mounted: {why}");
                println!("skipped: the raw image of a file system is not looked at, for none can be mounted: {why}");
                None
            }
        }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("image")
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    /// The image as it is when nobody uses it any more.
    fn unmounted(mut self) -> (Image, PathBuf) {
        run("umount", &[], &[&self.root()]).unwrap();
        self.is_mounted = false;
        let file = self.file();
        (self, file)
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        if self.is_mounted {
            // A test failed, and may have left the store open.
            let _ = run("umount", &["--lazy"], &[&self.root()]);
        }
    }
}

fn run(program: &str, options: &[&str], paths: &[&Path]) -> Result<(), String> {
    let output = Command::new(program).args(options).args(paths).output();
    let output = output.map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{program}: {}", String::from_utf8_lossy(&output.stderr).trim()))
}

/// A store that lived on an image until a referral was revoked, and the keys that this one had.
async fn revoked(care: Care) -> Option<(Image, PathBuf, Vec<Vec<u8>>)> {
    let image = Image::mounted()?;
    let place = Place::within(&image.root());
    let store = place.open(care).unwrap();
    fill(&store).await;
    commit(&store, submission(2)).await;
    let owners = [referral_id(1).into(), super::sample::early_id(1).into(), referral_id(2).into()];
    let keys = owners.into_iter().filter_map(|owner| place.key_of(owner)).collect();
    commit(&store, revoke(1, 6)).await;
    commit(&store, revoke(2, 2)).await;
    drop(store);
    let (image, file) = image.unmounted();
    Some((image, file, keys))
}

fn keys_in(file: &Path, keys: &[Vec<u8>]) -> usize {
    let has = |key: &&Vec<u8>| !Scanner::default().bytes("key", key).scan(file).unwrap().is_empty();
    keys.iter().filter(has).count()
}

#[tokio::test]
async fn after_a_revoke_nothing_is_in_the_image_and_no_key() {
    let Some((_image, file, keys)) = revoked(Care::Full).await else { return };
    assert_eq!(scanner().scan(&file).unwrap(), []);
    assert_eq!((keys.len(), keys_in(&file, &keys)), (3, 0));
}

#[tokio::test]
async fn the_image_of_a_store_without_seals_has_everything() {
    let Some((_image, file, _)) = revoked(Care::NoSeals).await else { return };
    assert_eq!(scanner().missing(&file).unwrap(), Vec::<&str>::new());
}

#[tokio::test]
async fn the_image_of_a_store_that_keeps_keys_has_them() {
    let Some((_image, file, keys)) = revoked(Care::NoDestroying).await else { return };
    assert_eq!((keys.len(), keys_in(&file, &keys)), (3, 3));
}
