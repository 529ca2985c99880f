//! Whether somebody listens.

use tokio::net::TcpStream;

/// A connection that is made, and closed again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tcp {
    /// Host and port.
    pub address: String,
}

impl Tcp {
    /// # Errors
    /// It is no host with a port.
    pub fn to(address: &str) -> Result<Self, String> {
        let port = address.rsplit_once(':').filter(|(host, _)| !host.is_empty()).map(|(_, port)| port);
        match port.and_then(|port| port.parse::<u16>().ok()) {
            Some(1..) => Ok(Self { address: address.to_owned() }),
            _ => Err(format!("`{address}` is no address: write HOST:PORT, such as localhost:5432")),
        }
    }

    pub(super) async fn ask(&self) -> Result<(), String> {
        TcpStream::connect(&self.address).await.map(drop).map_err(|error| format!("no connection: {error}"))
    }
}
