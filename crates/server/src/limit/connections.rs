//! How many connections there are from each address.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use super::addresses::origin;

/// Connections by address. It holds no more addresses than there are connections.
pub struct Connections {
    of_address_max: u32,
    open: Mutex<HashMap<IpAddr, u32>>,
}

/// A connection, as long as this lives.
pub struct ConnectionPlace {
    from: IpAddr,
    connections: Arc<Connections>,
}

impl Connections {
    /// With so many for each address.
    #[must_use]
    pub fn new(of_address_max: u32) -> Arc<Connections> {
        Arc::new(Connections { of_address_max, open: Mutex::default() })
    }

    /// Counts a connection; nothing when its address has as many as it may.
    #[must_use]
    pub fn place(self: &Arc<Connections>, from: IpAddr) -> Option<ConnectionPlace> {
        let from = origin(from);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let number = open.entry(from).or_default();
        if *number >= self.of_address_max {
            return None;
        }
        *number += 1;
        Some(ConnectionPlace { from, connections: self.clone() })
    }
}

impl Drop for ConnectionPlace {
    fn drop(&mut self) {
        let mut open = self.connections.open.lock().unwrap_or_else(PoisonError::into_inner);
        match open.get_mut(&self.from) {
            Some(number) if *number > 1 => *number -= 1,
            _ => drop(open.remove(&self.from)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Connections, IpAddr};

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    #[test]
    fn an_address_has_as_many_connections_as_it_may_and_no_more() {
        let connections = Connections::new(2);
        let (first, second) = (connections.place(HERE), connections.place(HERE));
        assert!(first.is_some() && second.is_some() && connections.place(HERE).is_none());
        assert!(connections.place(THERE).is_some());
        drop(first);
        assert!(connections.place(HERE).is_some());
    }

    #[test]
    fn an_address_without_connections_is_forgotten() {
        let connections = Connections::new(2);
        drop((connections.place(HERE), connections.place(HERE)));
        assert!(connections.open.lock().unwrap().is_empty());
    }
}
