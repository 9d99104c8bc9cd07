//! stub
use std::sync::Arc;
use baton_store::Store;
pub struct Server;
impl Server { pub async fn fresh_store(&self) -> Arc<dyn Store> { unreachable!() } pub fn stop(self) {} }
pub async fn find() -> Option<Server> { None }
pub async fn own_cases(_: &Server) -> Vec<&'static str> { vec![] }
