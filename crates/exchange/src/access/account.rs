//! People who log in, here or elsewhere, and act in a partner's name.

use crate::id::PartnerId;

/// A person's account in one of its versions.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// What the person types.
    pub login: Login,
    /// From 1. A version is written only on top of the one before.
    pub version: u32,
    /// What apps know the person by. It is chance, and another one when an account is made anew under the same name.
    pub subject: String,
    /// For whom the person acts.
    pub partner: PartnerId,
    /// What the person is called on pages.
    pub name: String,
    /// The FHIR resource that stands for the person, such as `Practitioner/1` or an absolute address.
    pub fhir_user: Option<String>,
    /// The password, hashed so that guessing is slow; nothing for who logs in elsewhere.
    pub password: Option<PasswordHash>,
    /// By what another login service knows the person, where that says who they are.
    pub elsewhere: Option<Elsewhere>,
    /// Whether it may be used.
    pub state: AccountState,
    /// How often all that went on in the person's name was ended. What began in another epoch is over.
    pub epoch: u32,
}

impl Account {
    /// The account with everything over that went on in the person's name: sessions, and what apps were given.
    #[must_use]
    pub fn with_all_ended(self) -> Account {
        Account { epoch: self.epoch.saturating_add(1), ..self }
    }
}

/// Prints nothing about the person.
impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Account(…, {:?}, version {})", self.state, self.version)
    }
}

/// Whether an account may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccountState {
    /// It may.
    Open,
    /// It may not, nor may anything that was given to apps while it was open.
    Disabled,
}

/// A password's hash with all that is needed to check it (PHC string format). Prints as `…`.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub String);

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// A person as an OpenID provider knows them: its issuer, the claim that was agreed upon, and its value. All three count, so that
/// nobody becomes somebody else because the operator changes one of them.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Elsewhere(String);

impl Elsewhere {
    /// How long the value of a claim may be. Source: OpenID Connect Core 1.0, section 2 (`sub`).
    pub const VALUE_CHARS_MAX: usize = 255;

    /// A person at a provider. Nothing for a value that names nobody: empty, too long, or with control characters. What is
    /// compared is compared letter by letter.
    ///
    /// ```
    /// use baton_exchange::access::Elsewhere;
    /// let ada = Elsewhere::new("https://id.example", "sub", "248289").expect("somebody");
    /// assert_eq!(ada.value(), "248289");
    /// assert!(Elsewhere::new("https://id.example", "sub", "").is_none());
    /// ```
    #[must_use]
    pub fn new(issuer: &str, claim: &str, value: &str) -> Option<Elsewhere> {
        let is_word = |text: &str| !text.is_empty() && !text.contains(char::is_whitespace);
        let is_value = (1..=Elsewhere::VALUE_CHARS_MAX).contains(&value.chars().count());
        let is_clean = value.trim() == value && !value.chars().any(char::is_control);
        (is_word(issuer) && is_word(claim) && is_value && is_clean)
            .then(|| Elsewhere(format!("{issuer} {claim} {value}")))
    }

    /// One that was kept.
    #[must_use]
    pub fn from_text(text: String) -> Elsewhere {
        Elsewhere(text)
    }

    /// As one text: neither an issuer nor the name of a claim has a space.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the provider calls the person.
    #[must_use]
    pub fn value(&self) -> &str {
        self.0.splitn(3, ' ').nth(2).unwrap_or_default()
    }
}

/// It may be somebody's address.
impl std::fmt::Debug for Elsewhere {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Elsewhere(…)")
    }
}

/// What a person types to log in: small letters, so that nobody has two accounts that differ in capitals.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Login(String);

/// How long it may be.
const LOGIN_CHARS_MAX: usize = 64;

impl Login {
    /// Reads what was typed; capitals count as small letters. Nothing for what no account can be called.
    ///
    /// ```
    /// use baton_exchange::access::Login;
    /// assert_eq!(Login::read(" Ada@Clinic.example ").expect("a login").as_str(), "ada@clinic.example");
    /// assert!(Login::read("a b").is_none());
    /// ```
    #[must_use]
    pub fn read(text: &str) -> Option<Login> {
        let login = text.trim().to_ascii_lowercase();
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-._@+".contains(c);
        ((1..=LOGIN_CHARS_MAX).contains(&login.len()) && login.chars().all(allowed)).then_some(Login(login))
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// It may be somebody's address.
impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Login(…)")
    }
}
