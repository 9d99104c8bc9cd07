//! Who acted in a partner's name, where it was not the partner's own system.

/// The person and the app behind a line; nobody when a partner's system acted for itself, or nobody was known.
///
/// A person is named as apps know them: by chance, which leads to nobody but for who keeps the accounts. So it may stay when what is
/// personal goes. Source: IHE BALP 1.1, agents of the OAuth patterns; spec of security, 7.1 and 7.2.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Actor {
    /// The subject of the account.
    pub account: Option<String>,
    /// The client id of the app.
    pub app: Option<String>,
}

impl Actor {
    /// An app, with a person or before one is known.
    #[must_use]
    pub fn app(client_id: &str) -> Actor {
        Actor { account: None, app: Some(client_id.to_owned()) }
    }

    /// A person at our own pages.
    #[must_use]
    pub fn person(subject: &str) -> Actor {
        Actor { account: Some(subject.to_owned()), app: None }
    }

    /// The same with an app, if there is one.
    #[must_use]
    pub fn through(self, client_id: Option<&str>) -> Actor {
        Actor { app: client_id.map(str::to_owned), ..self }
    }

    /// Whether there is neither a person nor an app.
    #[must_use]
    pub fn is_nobody(&self) -> bool {
        self.account.is_none() && self.app.is_none()
    }
}

/// Prints no person, not even by chance.
impl std::fmt::Debug for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let account = if self.account.is_some() { "…" } else { "nobody" };
        write!(f, "Actor({account}, {})", self.app.as_deref().unwrap_or("no app"))
    }
}
