//! Where a server listens.

use std::net::SocketAddr;

use durable_server::ServeError;

use crate::error::Error;

/// Parses an address. Names are not looked up: where a name leads is not for the command line to find out.
pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        "write an address with its port: `127.0.0.1:7071`, `0.0.0.0:7071` for every address of this machine, `[::1]:7071`"
            .to_owned()
    })
}

/// Refuses what would let everybody do everything.
pub(super) fn guarded(address: SocketAddr, has_keys: bool) -> Result<(), Error> {
    if has_keys || address.ip().is_loopback() {
        return Ok(());
    }
    Err(open(address))
}

/// Says what to do where no server can be.
pub(super) fn unbound(error: &ServeError) -> Error {
    match error {
        ServeError::Open(address) => open(*address),
        ServeError::Bind { source, .. } => {
            let help = match source.kind() {
                std::io::ErrorKind::AddrInUse => {
                    "something listens there already: end it, or choose another port with `--listen`"
                }
                std::io::ErrorKind::AddrNotAvailable => {
                    "choose an address of this machine with `--listen`, such as `127.0.0.1:7071`"
                }
                std::io::ErrorKind::PermissionDenied => "choose a port above 1023 with `--listen`",
                // Whatever else the system says.
                _ => "choose another address with `--listen`",
            };
            Error::failed(error.to_string(), help)
        }
        // Reasons of later releases have their text.
        _ => Error::failed(error.to_string(), "choose another address with `--listen`"),
    }
}

fn open(address: SocketAddr) -> Error {
    Error::usage(
        format!(
            "{address} can be reached from other machines, and there is no key: everybody could do everything"
        ),
        "make a key with `durable keys add NAME --scope read,start,event,manage --keys FILE` and give `--keys FILE`, or \
         listen on 127.0.0.1",
    )
}
