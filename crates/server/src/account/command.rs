//! `baton user`: the accounts of people who log in to launch apps.

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use baton_exchange::{
    access::{AccessChange, Account, AccountState, Elsewhere, Login},
    audit::{Deed, Operation},
    decision::{Batch, Change},
    id::{ExchangeId, Home},
};
use baton_store::{Committed, Store, StoreError};

use super::{ask::From, hashed};
use crate::{
    clock::{self, Clock, beside},
    config::{Config, ConfigError},
    failure::Failure,
    operator::{self, operated},
};

/// Arguments of `baton user`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  baton user add ada --partner clinic-a --name 'Dr. Ada Example' --fhir-user Practitioner/1 \
 --config baton.toml\n  baton user add tom --partner clinic-a --name Tom --oidc-subject 248289 --config baton.toml\n  \
 baton user list --config baton.toml\n  baton user disable ada --config baton.toml\n  \
 baton user password ada --password-file new.txt --config baton.toml\n  \
 baton user logout ada --config baton.toml\n\n\
 The server may run meanwhile. Who is disabled, gets another password, or is logged out \
 has their sessions ended and their apps refused within a second.\n\
 Each change has a line in the audit, which names the account as apps know it.\n\n\
Exit status: 0 done, 1 not possible, 2 unusable configuration or store."
)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Makes an account; its password is asked for
    Add(Add),
    /// Lists accounts: login, partner, whether it may be used, name, FHIR user, how the person logs in, what apps and the audit know
    /// them by
    List(At),
    /// Closes an account: nothing that was given in its name is good any more
    Disable(Whose),
    /// Ends all that goes on in a person's name: they are logged out, and their apps have to ask them again
    Logout(Whose),
    /// Opens an account again; what was ended when it was closed stays ended
    Enable(Whose),
    /// Gives an account another password, and ends all that goes on in the person's name; who logged in elsewhere does so here from
    /// now on
    Password(Password),
    /// Has the person of an account log in at the OpenID provider from now on, and without a password; ends all that goes on
    Link(Link),
}

#[derive(Debug, clap::Args)]
struct At {
    /// The configuration of the server, a TOML file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

#[derive(Debug, clap::Args)]
struct Whose {
    /// What the person types to log in
    login: String,
    #[command(flatten)]
    at: At,
}

#[derive(Debug, clap::Args)]
struct Add {
    #[command(flatten)]
    whose: Whose,
    /// The partner for whom the person acts
    #[arg(long, value_name = "ID")]
    partner: String,
    /// What the person is called on pages
    #[arg(long)]
    name: String,
    /// The FHIR resource that stands for the person, such as Practitioner/1 or an absolute address
    #[arg(long, value_name = "REFERENCE")]
    fhir_user: Option<String>,
    /// By what the OpenID provider of [login.oidc] knows the person: `sub`, or what `account_claim` names. Then there is no password
    #[arg(long, value_name = "VALUE", conflicts_with = "password_file")]
    oidc_subject: Option<String>,
    #[command(flatten)]
    from: From,
}

#[derive(Debug, clap::Args)]
struct Link {
    #[command(flatten)]
    whose: Whose,
    /// By what the OpenID provider of [login.oidc] knows the person: `sub`, or what `account_claim` names
    #[arg(long, value_name = "VALUE")]
    oidc_subject: String,
}

#[derive(Debug, clap::Args)]
struct Password {
    #[command(flatten)]
    whose: Whose,
    #[command(flatten)]
    from: From,
}

/// Why the command cannot do its work.
#[derive(Debug, thiserror::Error)]
enum Unable {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("cannot use the store")]
    Store(#[from] StoreError),
    #[error(transparent)]
    Failure(#[from] Failure),
}

/// Does what is asked for.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    operator::run("user", async {
        let done = match &args.command {
            Command::Add(args) => add(args).await?,
            Command::List(at) => list(at).await?,
            Command::Disable(whose) => {
                let end = |account| set(account, AccountState::Disabled).with_all_ended();
                changed(whose, Deed::AccountDisabled, end).await?
            }
            Command::Logout(whose) => changed(whose, Deed::LoggedOut, Account::with_all_ended).await?,
            Command::Enable(whose) => {
                changed(whose, Deed::AccountEnabled, |account| set(account, AccountState::Open)).await?
            }
            Command::Password(args) => match args.from.password() {
                Ok(password) => {
                    let hash = hashed(&password)?;
                    let change =
                        |account| Account { password: Some(hash), elsewhere: None, ..account }.with_all_ended();
                    changed(&args.whose, Deed::PasswordChanged, change).await?
                }
                Err(wrong) => Err(wrong),
            },
            Command::Link(args) => match elsewhere(&Config::load(&args.whose.at.config)?, &args.oidc_subject) {
                Ok(elsewhere) => {
                    let linked =
                        |account| Account { password: None, elsewhere: Some(elsewhere), ..account }.with_all_ended();
                    changed(&args.whose, Deed::Linked, linked).await?
                }
                Err(wrong) => Err(wrong),
            },
        };
        Ok::<_, Unable>(match done {
            Ok(said) => {
                println!("{said}");
                ExitCode::SUCCESS
            }
            Err(wrong) => {
                eprintln!("baton user: {wrong}");
                ExitCode::FAILURE
            }
        })
    })
}

/// What is said at the end, or why it is not possible.
type Done = Result<String, String>;

fn set(account: Account, state: AccountState) -> Account {
    Account { state, ..account }
}

async fn open(at: &At) -> Result<(Config, Arc<dyn Store>), Unable> {
    let config = Config::load(&at.config)?;
    let store = config.store.open().await?;
    Ok((config, store))
}

async fn add(args: &Add) -> Result<Done, Unable> {
    let (config, store) = open(&args.whose.at).await?;
    let Some(login) = Login::read(&args.whose.login) else {
        return Ok(Err("a login has 1 to 64 letters, digits and -._@+".to_owned()));
    };
    if !config.partners.iter().any(|partner| partner.id.get_ref().0 == args.partner) {
        return Ok(Err(format!("no partner is called `{}`", args.partner)));
    }
    if args.fhir_user.as_deref().is_some_and(|reference| !is_fhir_user(reference)) {
        let right = "such as Practitioner/1, or an absolute address with https";
        return Ok(Err(format!("--fhir-user is the resource that stands for the person: {right}")));
    }
    let (password, elsewhere) = match &args.oidc_subject {
        Some(value) => match elsewhere(&config, value) {
            Ok(elsewhere) => (None, Some(elsewhere)),
            Err(wrong) => return Ok(Err(wrong)),
        },
        None => match args.from.password() {
            Ok(password) => (Some(hashed(&password)?), None),
            Err(wrong) => return Ok(Err(wrong)),
        },
    };
    let account = Account {
        login,
        version: 1,
        subject: clock::random_id(),
        partner: args.partner.as_str().into(),
        name: args.name.clone(),
        fhir_user: args.fhir_user.clone(),
        password,
        elsewhere,
        state: AccountState::Open,
        epoch: 0,
    };
    put(
        &*store,
        account,
        Deed::AccountAdded,
        "there is such an account already, or one for that person of the provider",
    )
    .await
}

/// What apps are told is an address, so nothing else is kept. Source: FHIR R4, `Reference.reference` and `id`.
fn is_fhir_user(reference: &str) -> bool {
    if let Ok(url) = url::Url::parse(reference) {
        return url.scheme() == "https"
            && url.host().is_some()
            && url.username().is_empty()
            && url.password().is_none();
    }
    let is_id = |id: &str| {
        (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
    };
    let is_type = |name: &str| {
        name.starts_with(|first: char| first.is_ascii_uppercase())
            && name.bytes().all(|byte| byte.is_ascii_alphabetic())
    };
    reference.split_once('/').is_some_and(|(name, id)| is_type(name) && is_id(id))
}

async fn changed(whose: &Whose, deed: Deed, change: impl FnOnce(Account) -> Account) -> Result<Done, Unable> {
    let (_, store) = open(&whose.at).await?;
    let Some(account) = (match Login::read(&whose.login) {
        Some(login) => store.account(login).await?,
        None => None,
    }) else {
        return Ok(Err("there is no such account".to_owned()));
    };
    let version = account.version + 1;
    put(
        &*store,
        Account { version, ..change(account) },
        deed,
        "it was changed meanwhile, or another account is that person's at the provider",
    )
    .await
}

/// A person as the configured provider knows them.
fn elsewhere(config: &Config, value: &str) -> Result<Elsewhere, String> {
    let oidc = config.login.oidc.as_ref();
    let oidc =
        oidc.ok_or("there is no [login.oidc] in the configuration, so there is no provider that knows people")?;
    let wrong = || {
        let max = Elsewhere::VALUE_CHARS_MAX;
        format!(
            "a person at a provider is known by 1 to {max} characters, with no spaces around and no control characters"
        )
    };
    Elsewhere::new(&oidc.issuer.get_ref().0, &oidc.account_claim, value).ok_or_else(wrong)
}

/// Writes an account, and with it the line that an operator did so.
async fn put(store: &dyn Store, account: Account, deed: Deed, otherwise: &str) -> Result<Done, Unable> {
    let said = line(&account);
    let (partner, subject) = (Some(account.partner.clone()), Some(account.subject.clone()));
    let operation = Operation { partner, account: subject, ..Operation::of(deed) };
    let server = ExchangeId::from("");
    let now = beside(store, Clock::of_machine()).await?.now();
    let line = operated(Home::of(&server, &account.partner), &server, now, operation);
    let changes = vec![Change::Access(AccessChange::PutAccount(account)), Change::PutAudit(line)];
    Ok(match store.commit(Batch { asserts: Vec::new(), changes }).await? {
        Committed::Done => Ok(said),
        Committed::Outdated => Err(otherwise.to_owned()),
    })
}

async fn list(at: &At) -> Result<Done, Unable> {
    let (_, store) = open(at).await?;
    let listed = |account: &Account| format!("{}\t{}", line(account), account.subject);
    let lines: Vec<String> = store.accounts().await?.iter().map(listed).collect();
    Ok(Ok(lines.join("\n")))
}

fn line(account: &Account) -> String {
    let state = match account.state {
        AccountState::Open => "open",
        AccountState::Disabled => "disabled",
    };
    let fhir_user = account.fhir_user.as_deref().unwrap_or("-");
    let how = match &account.elsewhere {
        Some(elsewhere) => format!("oidc {}", elsewhere.value()),
        None => "password".to_owned(),
    };
    let (login, partner) = (account.login.as_str(), account.partner.as_str());
    format!("{login}\t{partner}\t{state}\t{}\t{fhir_user}\t{how}", account.name)
}
