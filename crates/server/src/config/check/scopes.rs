//! Checks of scopes that have a query: one that opens nothing, or that cannot be compared with what clients ask for, is a fault.

use baton_exchange::access::may_limit;
use baton_oauth::scope::{LIMIT_VALUES_MAX, Scope as Understood, limit_values};
use toml::Spanned;

use super::{Config, Fault, Id, fault};
use crate::config::Scope;

/// Scopes of somebody who may use these exchanges.
pub(super) fn fit(config: &Config, of: &Spanned<Id>, exchanges: &[Spanned<Id>], scopes: &[Scope]) -> Result<(), Fault> {
    let references = config.references(exchanges);
    for Scope(text) in scopes.iter().filter(|scope| is_limited(&scope.0)) {
        if let Err(why) = may_limit(text, references) {
            return Err(fault(of, format!("the scope `{text}` would open nothing: {why}")));
        }
        if text.parse::<Understood>().is_err() {
            let form =
                "\"system/Task.rs?status=requested,accepted\", with what is special in an address escaped (%23 for #)";
            return Err(fault(of, format!("the scope `{text}` is none that is understood: it has to be as in {form}")));
        }
    }
    let texts: Vec<String> = scopes.iter().map(|scope| scope.0.clone()).collect();
    let values = limit_values(&texts);
    if values > LIMIT_VALUES_MAX {
        let message = format!("its scopes with `?` compare with {values} values: {LIMIT_VALUES_MAX} is the most");
        return Err(fault(of, message));
    }
    Ok(())
}

/// Whether it is a scope of resources with a query. Those of somebody else may have one that means something to them.
fn is_limited(text: &str) -> bool {
    text.contains('?') && ["patient/", "user/", "system/"].iter().any(|level| text.starts_with(level))
}
