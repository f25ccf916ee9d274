//! Whether a host can be reached at all: its addresses, and whether something listens there.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use url::Url;

/// An address of a host, and how long a connection to it took, or why there is none.
#[derive(Debug, Clone)]
pub struct Reached {
    /// The address.
    pub address: SocketAddr,
    /// Until the connection stood, or why it does not.
    pub connected: Result<Duration, String>,
}

/// The addresses of a URL's host, in the order in which the system names them.
///
/// # Errors
/// Where the name does not resolve in time; one fragment.
pub async fn addresses(url: &Url, patience: Duration) -> Result<Vec<SocketAddr>, String> {
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
        return Err("it has no host and port".to_owned());
    };
    // The brackets of an IPv6 address belong to the URL.
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let found = timeout(patience, lookup_host((host, port))).await;
    let found = found.map_err(|_| format!("no answer within {} s", patience.as_secs_f64()))?;
    let mut known = Vec::new();
    for address in found.map_err(|error| error.to_string())? {
        if !known.contains(&address) {
            known.push(address);
        }
    }
    Ok(known)
}

/// Opens a connection to each address and closes it again.
pub async fn connect(addresses: &[SocketAddr], patience: Duration) -> Vec<Reached> {
    let mut all = Vec::with_capacity(addresses.len());
    for address in addresses {
        let began = Instant::now();
        let connected = match timeout(patience, TcpStream::connect(address)).await {
            Ok(Ok(_)) => Ok(began.elapsed()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("no answer within {} s", patience.as_secs_f64())),
        };
        all.push(Reached {
            address: *address,
            connected,
        });
    }
    all
}
