//! A TLS server in front of a plain one, with certificates that the test makes.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

/// An issuer of certificates that no system trusts.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// A certificate and its key, both as PEM.
pub struct Certificate {
    pub certificate: String,
    pub key: String,
}

/// What is wrong with a server's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    None,
    Expired,
    NotYet,
    OtherHost,
}

impl Default for Authority {
    fn default() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().expect("a key");
        // Issuers are distinguished from each other by their names.
        let name = format!("Example Issuer {}", fastrand::u64(..));
        params.distinguished_name.push(DnType::CommonName, name);
        let pem = params.self_signed(&key).expect("signed").pem();
        Self {
            issuer: Issuer::new(params, key),
            pem,
        }
    }
}

impl Authority {
    /// Writes the issuer's own certificate.
    pub fn write(&self, file: &Path) -> PathBuf {
        fs::write(file, &self.pem).expect("writable");
        file.to_owned()
    }

    /// A certificate for a server on loopback.
    pub fn server(&self, flaw: Flaw) -> Certificate {
        let name = match flaw {
            Flaw::OtherHost => "other.example",
            _ => "127.0.0.1",
        };
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        match flaw {
            Flaw::Expired => params.not_after = date_time_ymd(2020, 2, 29),
            Flaw::NotYet => params.not_before = date_time_ymd(2999, 1, 1),
            Flaw::None | Flaw::OtherHost => {}
        }
        self.issue(params)
    }

    /// A certificate for a client.
    pub fn client(&self) -> Certificate {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let name = "A Client";
        params.distinguished_name.push(DnType::CommonName, name);
        self.issue(params)
    }

    fn issue(&self, params: CertificateParams) -> Certificate {
        let key = KeyPair::generate().expect("a key");
        let signed = params.signed_by(&key, &self.issuer).expect("signed");
        Certificate {
            certificate: signed.pem(),
            key: key.serialize_pem(),
        }
    }
}

impl Certificate {
    /// One with an extension that nobody knows and everybody has to (RFC 5280, section 4.2).
    pub fn with_unknown_critical_extension() -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("a name");
        let mut extension = CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 99], vec![5, 0]);
        extension.set_criticality(true);
        params.custom_extensions.push(extension);
        Self {
            certificate: params.self_signed(&key).expect("signed").pem(),
            key: key.serialize_pem(),
        }
    }

    /// One that nobody issued but itself.
    pub fn self_signed() -> Self {
        let names = vec!["127.0.0.1".to_owned()];
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(names).expect("a name");
        Self {
            certificate: params.self_signed(&key).expect("signed").pem(),
            key: key.serialize_pem(),
        }
    }
}

/// Speaks TLS on a free port of loopback for as long as the test's process lives, and hands what it
/// hears to the plain server at `port`. With `clients` it demands a certificate of that issuer. The
/// port that it listens at is returned.
pub fn in_front_of(port: u16, server: &Certificate, clients: Option<&Authority>) -> u16 {
    let config = config(server, clients);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.set_nonblocking(true).expect("it can be");
    let own = listener.local_addr().expect("bound").port();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("listens");
            let acceptor = TlsAcceptor::from(Arc::new(config));
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    // A client that is refused, or goes away, ends its connection and nothing else.
                    let Ok(mut secured) = acceptor.accept(stream).await else {
                        return;
                    };
                    if let Ok(mut plain) = TcpStream::connect(("127.0.0.1", port)).await {
                        let _ = tokio::io::copy_bidirectional(&mut secured, &mut plain).await;
                    }
                });
            }
        });
    });
    own
}

fn config(server: &Certificate, clients: Option<&Authority>) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .expect("the usual versions");
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(parsed(&authority.pem)).expect("an issuer");
            let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
            builder.with_client_cert_verifier(verifier.build().expect("a verifier"))
        }
    };
    let key = PrivateKeyDer::from_pem_slice(server.key.as_bytes()).expect("a key");
    let chain = vec![parsed(&server.certificate)];
    // Not `with_single_cert`, which reads the certificate: some are such that it can't.
    let key = rustls::crypto::ring::sign::any_supported_type(&key).expect("a key that signs");
    let certified = rustls::sign::CertifiedKey::new(chain, key);
    builder.with_cert_resolver(Arc::new(rustls::sign::SingleCertAndKey::from(certified)))
}

fn parsed(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).expect("a certificate")
}
