//! What a message says: views of its header and of its request, and the answer to it.

mod answer;
mod header;
mod request;
mod said;

pub use answer::{Answer, OwnHeader, answer, shorten};
pub use header::{Destination, Event, Focus, Header};
pub use request::Request;
pub use said::{ResponseCode, Said};

#[cfg(test)]
mod tests;
