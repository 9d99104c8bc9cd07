//! A pointer, held against the profile. Whose it is, and what is known already, only a locator can say.

use baton_dialects::nrl::{
    Body, Directory, Displays, Locator, TokenTimes, TokenTrust, Values, Voice, Wording, prepare,
};
use baton_exchange::{
    audit::Interaction,
    id::{ExchangeId, MessageId},
};
use baton_fhir::{finding::Finding, format::Format};

use super::{Args, mode};
use crate::clock::Clock;

/// What is wrong with a pointer, and whether it would be refused.
pub(super) fn check(args: &Args, body: &[u8], format: Format) -> (Vec<Finding>, bool) {
    let locator = Locator {
        exchange: ExchangeId::from("check"),
        mode: mode(args),
        base: args.base.as_deref().unwrap_or_default().trim_end_matches('/').to_owned(),
        wording: Wording::First,
        spine_asid: String::new(),
        trust: TokenTrust::Signed,
        times: TokenTimes::Checked,
        ssp_hosts: Vec::new(),
        displays: Displays::Exact,
        values: Values::of_guide(),
        directory: Directory::default(),
    };
    match prepare(&locator, Body { bytes: body, format }, Clock::of_machine().now()) {
        Ok(ready) => (ready.warnings().to_vec(), false),
        Err(refused) => {
            let voice =
                Voice { wording: locator.wording, interaction: Interaction::Create, message: MessageId([0; 16]) };
            (voice.findings(&refused), true)
        }
    }
}
