//! A server behind what ends TLS, with a certificate of an authority that only the tests trust (`tls/`).

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::shell::Shop;

const AUTHORITY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/durable/tls/authority.pem");

/// The certificate of `localhost`, and its key.
const OWN: &[u8] = include_bytes!("tls/localhost.pem");

fn acceptor() -> TlsAcceptor {
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(OWN).map(Result::unwrap).collect();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(certificates, PrivateKeyDer::from_pem_slice(OWN).unwrap());
    TlsAcceptor::from(Arc::new(config.unwrap()))
}

/// Ends TLS before an address, until the runtime is dropped. Returns the port.
fn end_tls(runtime: &tokio::runtime::Runtime, behind: SocketAddr) -> u16 {
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let port = listener.local_addr().unwrap().port();
    let acceptor = acceptor();
    runtime.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // Who does not trust the certificate goes away.
                if let Ok(mut secure) = acceptor.accept(stream).await {
                    let mut plain = TcpStream::connect(behind).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut secure, &mut plain).await;
                }
            });
        }
    });
    port
}

#[test]
fn https_is_what_the_machine_trusts_and_nothing_else() {
    let served = Shop::new().served();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let behind = served.server().url.strip_prefix("http://").unwrap();
    let port = end_tls(&runtime, behind.parse().unwrap());
    let run = |host: &str, roots: Option<&str>| {
        let mut command = served.command(env!("CARGO_BIN_EXE_durable"));
        command.args(["list", "--hub", &format!("https://{host}:{port}")]);
        command.env_remove("SSL_CERT_FILE").env_remove("SSL_CERT_DIR");
        if let Some(roots) = roots {
            command.env("SSL_CERT_FILE", roots);
        }
        served.ran(&command.output().unwrap())
    };
    let trusted = run("localhost", Some(AUTHORITY));
    assert_eq!(trusted, served.durable(&["list"]), "as over http");
    assert_eq!(trusted.code, 0);
    // The machine's own roots, and a name that the certificate does not have.
    for (host, roots) in [("localhost", None), ("127.0.0.1", Some(AUTHORITY))] {
        let refused = run(host, roots);
        assert_eq!((refused.code, refused.out.as_str()), (3, ""), "{host}");
        assert!(refused.err.contains("certificate"), "{host}: {}", refused.err);
    }
    // What speaks no TLS gets nothing.
    let mut plain = served.command(env!("CARGO_BIN_EXE_durable"));
    plain.args(["list", "--hub", &format!("https://{behind}")]);
    let plain = served.ran(&plain.env("SSL_CERT_FILE", AUTHORITY).output().unwrap());
    assert_eq!((plain.code, plain.out.as_str()), (3, ""), "{}", plain.err);
    assert!(!plain.err.contains(&served.server().key), "{}", plain.err);
}
