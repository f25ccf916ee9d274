//! What the run trusts and shows over TLS, as the TLS library wants it.
//!
//! There are two of it: the client certificate is for the target alone, and never shown to another
//! origin.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{self, CryptoProvider};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};

use super::ClientError;
use crate::config::{self, Identity};

/// What was read from the files, before anything is sent.
#[derive(Debug)]
pub(super) struct Material {
    roots: Vec<CertificateDer<'static>>,
    identity: Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>,
    only: bool,
    insecure: bool,
}

/// What the run trusts and shows.
#[derive(Debug, Clone)]
pub(super) struct Tls {
    /// To the target.
    pub(super) home: Arc<ClientConfig>,
    /// To everyone else.
    pub(super) abroad: Arc<ClientConfig>,
    /// Whether the target asked for a certificate and got none.
    asked: Arc<AtomicBool>,
}

impl Material {
    pub(super) fn read(tls: &config::Tls) -> Result<Self, ClientError> {
        let roots = match &tls.ca {
            Some(file) => certificates("tls.ca", file)?,
            None => Vec::new(),
        };
        let mut store = RootCertStore::empty();
        for root in &roots {
            let file = tls.ca.as_deref().unwrap_or(Path::new(""));
            let wrong = |error: rustls::Error| unusable("tls.ca", file, &error.to_string());
            store.add(root.clone()).map_err(wrong)?;
        }
        Ok(Self {
            roots,
            identity: tls.identity.as_ref().map(identity).transpose()?,
            only: tls.ca_only,
            insecure: tls.insecure,
        })
    }

    /// Reads the system's certificates, which takes its time: only where TLS is spoken.
    pub(super) fn build(&self) -> Result<Tls, ClientError> {
        let build = |error: rustls::Error| ClientError::Build(error.to_string());
        let provider = Arc::new(crypto::ring::default_provider());
        let verifier = self.verifier(&provider).map_err(build)?;
        let asked = Arc::new(AtomicBool::new(false));
        let configured = || {
            let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
                .with_safe_default_protocol_versions();
            builder.map(|builder| {
                builder
                    .dangerous()
                    .with_custom_certificate_verifier(Arc::clone(&verifier))
            })
        };
        let home = configured().map_err(build)?;
        let home = match &self.identity {
            Some((chain, key)) => home
                .with_client_auth_cert(chain.clone(), key.clone_key())
                .map_err(build)?,
            None => home.with_client_cert_resolver(Arc::new(Nothing(Arc::clone(&asked)))),
        };
        let abroad = configured().map_err(build)?.with_no_client_auth();
        Ok(Tls {
            home: Arc::new(home),
            abroad: Arc::new(abroad),
            asked,
        })
    }

    fn verifier(
        &self,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Arc<dyn ServerCertVerifier>, rustls::Error> {
        let provider = Arc::clone(provider);
        if self.insecure {
            return Ok(Arc::new(AnyCertificate(provider)));
        }
        let inner = self.by_issuers(provider)?;
        Ok(Arc::new(Given {
            inner,
            certificates: self.roots.clone(),
        }))
    }

    /// What trusts the issuers of the system, where they are wanted, and the given ones.
    fn by_issuers(
        &self,
        provider: Arc<CryptoProvider>,
    ) -> Result<Arc<dyn ServerCertVerifier>, rustls::Error> {
        if !self.only {
            let roots = self.roots.iter().cloned();
            let verifier =
                rustls_platform_verifier::Verifier::new_with_extra_roots(roots, provider)?;
            return Ok(Arc::new(verifier));
        }
        let mut store = RootCertStore::empty();
        for root in &self.roots {
            store.add(root.clone())?;
        }
        let built = WebPkiServerVerifier::builder_with_provider(store.into(), provider).build();
        built
            .map(|verifier| verifier as _)
            .map_err(|error| rustls::Error::General(error.to_string()))
    }
}

impl Tls {
    /// Whether the target asked for a client certificate where the run has none.
    pub(super) fn lacks_identity(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }
}

fn unusable(key: &'static str, file: &Path, reason: &str) -> ClientError {
    ClientError::Pem {
        key,
        file: file.to_owned(),
        reason: reason.to_owned(),
    }
}

fn certificates(
    key: &'static str,
    file: &Path,
) -> Result<Vec<CertificateDer<'static>>, ClientError> {
    let wrong = |error: rustls::pki_types::pem::Error| unusable(key, file, &reason(error));
    let all = CertificateDer::pem_file_iter(file).map_err(wrong)?;
    let all: Vec<_> = all.collect::<Result<_, _>>().map_err(wrong)?;
    if all.is_empty() {
        let reason = "it holds no certificate in PEM (-----BEGIN CERTIFICATE-----)";
        return Err(unusable(key, file, reason));
    }
    Ok(all)
}

fn reason(error: rustls::pki_types::pem::Error) -> String {
    match error {
        rustls::pki_types::pem::Error::Io(error) => error.to_string(),
        rustls::pki_types::pem::Error::NoItemsFound => "it holds nothing of the kind".to_owned(),
        other => format!("it is not PEM: {other}"),
    }
}

type Chain = Vec<CertificateDer<'static>>;

fn identity(identity: &Identity) -> Result<(Chain, PrivateKeyDer<'static>), ClientError> {
    let chain = certificates("tls.client-cert", &identity.certificate)?;
    let wrong = |reason: &str| unusable("tls.client-key", &identity.key, reason);
    let key = PrivateKeyDer::from_pem_file(&identity.key).map_err(|error| match error {
        rustls::pki_types::pem::Error::NoItemsFound => {
            wrong("it holds no private key in PEM that is not encrypted (openssl pkey writes one)")
        }
        other => wrong(&reason(other)),
    })?;
    // Says early what would fail in the first handshake.
    match CertifiedKey::from_der(
        chain.clone(),
        key.clone_key(),
        &crypto::ring::default_provider(),
    ) {
        Ok(_) => Ok((chain, key)),
        Err(rustls::Error::InconsistentKeys(_)) => {
            Err(wrong("it is the key of another certificate"))
        }
        Err(error) => Err(wrong(&error.to_string())),
    }
}

/// No client certificate; notes that one was asked for.
#[derive(Debug)]
struct Nothing(Arc<AtomicBool>);

impl ResolvesClientCert for Nothing {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.store(true, Ordering::Relaxed);
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}

/// Trusts a server's certificate, too, that is itself among the given ones: a self-signed one has no
/// other issuer. Its dates and its name are looked at all the same.
#[derive(Debug)]
struct Given {
    inner: Arc<dyn ServerCertVerifier>,
    certificates: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for Given {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        use CertificateError as Why;
        let verified = self
            .inner
            .verify_server_cert(certificate, intermediates, name, ocsp, now);
        let Err(rustls::Error::InvalidCertificate(why)) = &verified else {
            return verified;
        };
        let sound = !matches!(
            why,
            Why::Expired
                | Why::ExpiredContext { .. }
                | Why::NotValidYet
                | Why::NotValidYetContext { .. }
                | Why::Revoked
                | Why::BadEncoding
        );
        if !sound || !self.certificates.iter().any(|given| given == certificate) {
            return verified;
        }
        verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

/// Takes any certificate, whatever it looks like: of version 1, with a short key, with extensions
/// that nobody knows. Whether the other side has its key is not asked, since that means to read it.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let mut schemes = self.0.signature_verification_algorithms.supported_schemes();
        // What old servers sign with.
        schemes.extend([
            SignatureScheme::RSA_PKCS1_SHA1,
            SignatureScheme::ECDSA_SHA1_Legacy,
        ]);
        schemes
    }
}
