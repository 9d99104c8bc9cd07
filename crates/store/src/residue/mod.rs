//! What is left of a referral in files when it was erased, searched for as an attacker would: the R-checks that can be made
//! of a store alone. Each check is first shown to notice a store that leaves something out.

mod fingerprint;
mod image;
mod keys;
mod place;
mod race;
mod restored;
mod revoke;
mod sample;
mod secret;
