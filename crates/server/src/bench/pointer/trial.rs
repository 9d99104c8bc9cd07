//! Each operation once, on both sides, to see how many rows it writes; and one creation, to see what Baton keeps.

use super::{
    mould::Mould,
    operation::Operation,
    registry::Registry,
    requests::{EXCHANGE_ID, PointerRequests},
};
use crate::{
    bench::{
        BenchError,
        folder::Folder,
        load::{Request, Requests},
        side::{Side, SideName, Task},
    },
    client::{Answer, Client},
};
use baton_fhir::format::Format;

/// A registry of nothing: the first pointer that is created has number 0.
fn empty() -> Registry {
    Registry::new(0, &EXCHANGE_ID.into())
}

/// Creates a pointer and takes what Baton keeps of it.
pub async fn mould() -> Result<Mould, BenchError> {
    let side = Side::start(SideName::Baton, Task::Pointers, Folder::make("mould")?, 0)?;
    ask(&side, Operation::Create, None).await?;
    let folder = side.stop();
    let store = baton_store::open(&format!("sqlite:{}", folder.database().display())).await?;
    Mould::take(&*store, &empty().traits(0)).await
}

/// How many rows a side writes for each operation, in the order of [`Operation::ALL`].
pub async fn rows(name: SideName) -> Result<[u64; 4], BenchError> {
    let side = Side::start(name, Task::Pointers, Folder::make("trial")?, 0)?;
    let mut rows = [0; 4];
    let mut before = side.measure()?.rows;
    let mut location = None;
    for operation in [Operation::Create, Operation::Read, Operation::Search, Operation::Patch] {
        let answer = ask(&side, operation, location.as_deref()).await?;
        location = location.or(answer.location);
        let after = side.measure()?.rows;
        rows[operation as usize] = after - before;
        before = after;
    }
    Ok(rows)
}

/// Does an operation once; a pointer is read where it was created.
async fn ask(side: &Side, operation: Operation, location: Option<&str>) -> Result<Answer, BenchError> {
    let requests = PointerRequests::new(operation, empty(), Format::Json);
    let mut clients = [Client::connect(side.address()).await?];
    requests.authorize(&mut clients).await?;
    let Request { method, path, content_type, body, status } = requests.request(0);
    let path = match (operation, location) {
        (Operation::Read, Some(location)) => path_of(location),
        _ => path,
    };
    let answer = clients[0].send(method, &path, content_type, body).await?;
    match answer.status == status {
        true => Ok(answer),
        false => Err(BenchError::Side(format!("{} was answered with {}", operation.name(), answer.status))),
    }
}

/// The path of an address.
fn path_of(location: &str) -> String {
    let path = location.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| rest[at..].to_owned()));
    path.unwrap_or_else(|| location.to_owned())
}
