//! What scopes cover. Source: SMART App Launch 2.2, "Scopes for requesting FHIR resources".

use super::{Letter, Level, Query, ResourceScope, Scope, Subject};

/// What is done to resources, in FHIR's own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Interaction {
    /// A new resource, or the operation that takes a message.
    Create,
    /// The current version.
    Read,
    /// An older version.
    Vread,
    /// All versions of one resource.
    InstanceHistory,
    /// Another version.
    Update,
    /// Another version, by saying what is different.
    Patch,
    /// It goes away.
    Delete,
    /// A search in one type, or in all.
    Search,
    /// All versions in one type.
    TypeHistory,
    /// All versions in all types.
    SystemHistory,
}

impl Interaction {
    /// The letter that permits it.
    #[must_use]
    pub fn letter(self) -> Letter {
        match self {
            Interaction::Create => Letter::Create,
            Interaction::Read | Interaction::Vread | Interaction::InstanceHistory => Letter::Read,
            Interaction::Update | Interaction::Patch => Letter::Update,
            Interaction::Delete => Letter::Delete,
            Interaction::Search | Interaction::TypeHistory | Interaction::SystemHistory => Letter::Search,
        }
    }
}

/// What an interaction touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Touched<'t> {
    /// Resources of one type.
    Type(&'t str),
    /// Resources of all types at once: only a scope for all types covers it.
    AllTypes,
    /// Messages, which are no resources: `Interaction::Create` sends one.
    Messages,
}

/// One scope by which something is allowed, and how far: only for resources of the launch's patient where the level is
/// `patient`, and only for those that fit the query where there is one, before and after a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance<'s> {
    /// For whose resources.
    pub level: Level,
    /// Which of them.
    pub query: Option<&'s Query>,
}

/// The ways in which scopes allow an interaction. It is allowed for a resource that one of them allows it for;
/// where there are none, it is not allowed at all.
#[must_use]
pub fn covers<'s>(granted: &'s [Scope], interaction: Interaction, touched: Touched<'_>) -> Vec<Allowance<'s>> {
    let mut ways = Vec::new();
    for scope in granted {
        match scope {
            Scope::Resource(scope) if allows(scope, interaction, touched) => {
                ways.push(Allowance { level: scope.level, query: scope.query.as_ref() });
            }
            Scope::Resource(_) | Scope::Launch(_) | Scope::Identity(_) | Scope::Lasting(_) => {}
        }
    }
    ways
}

fn allows(scope: &ResourceScope, interaction: Interaction, touched: Touched<'_>) -> bool {
    let is_about = match (&scope.subject, touched) {
        (Subject::EveryType, Touched::Type(_) | Touched::AllTypes) => true,
        (Subject::Type(name), Touched::Type(touched)) => name == touched,
        (Subject::Messaging, Touched::Messages) => interaction == Interaction::Create && scope.query.is_none(),
        (Subject::EveryType, Touched::Messages)
        | (Subject::Type(_), Touched::AllTypes | Touched::Messages)
        | (Subject::Messaging, Touched::Type(_) | Touched::AllTypes) => false,
    };
    is_about && scope.permissions.letters().has(interaction.letter())
}
