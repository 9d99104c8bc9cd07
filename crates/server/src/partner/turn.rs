//! Keeps a partner out, and lets it in again.

use super::{Unable, Which, file::ConfigFile, table};

const KEY: &str = "disabled";

pub(super) fn disable(which: &Which) -> Result<(), Unable> {
    let mut file = open(which, false)?;
    table::set(file.partner(&which.id)?, KEY, true);
    file.save()?;
    which.change.done(&format!("{} is disabled", which.id))
}

pub(super) fn enable(which: &Which) -> Result<(), Unable> {
    let mut file = open(which, true)?;
    table::take_out(file.partner(&which.id)?, KEY, false);
    file.save()?;
    which.change.done(&format!("{} is enabled", which.id))
}

/// The file, if the partner is in that state.
fn open(which: &Which, is_disabled: bool) -> Result<ConfigFile, Unable> {
    let file = which.change.open()?;
    let found = file.config.partners.iter().find(|partner| partner.id.get_ref().0 == which.id);
    if found.is_some_and(|partner| partner.disabled != is_disabled) {
        let state = if is_disabled { "enabled" } else { "disabled" };
        return Err(Unable::Refused(format!("{} is {state} already", which.id)));
    }
    Ok(file)
}
