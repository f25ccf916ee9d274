//! Whom the run trusts over TLS, and what it shows of itself.

use std::path::{Path, PathBuf};

use clap::builder::FalseyValueParser;
use schemars::JsonSchema;
use serde::Deserialize;

use super::error::AccessError;
use super::layer::Layer;

/// Whom the run trusts over TLS, and what it shows of itself.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Tls {
    /// Certificates (PEM) of issuers that are trusted besides the platform's.
    pub ca: Option<PathBuf>,
    /// Whether those of the platform are not.
    pub ca_only: bool,
    /// What is shown to a target that asks who the run is.
    pub identity: Option<Identity>,
    /// Whether any certificate will do.
    pub insecure: bool,
}

/// A client certificate with its key, both PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The file of the certificate and of those between it and its issuer.
    pub certificate: PathBuf,
    /// The file of the key; it may be the same.
    pub key: PathBuf,
}

/// Whom the run trusts over TLS, and what it shows of itself; in the file the table `[tls]`, with
/// paths relative to it.
#[derive(Debug, Default, Clone, PartialEq, Eq, clap::Args, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GivenTls {
    /// Certificates (PEM) of issuers to trust besides those of this system
    #[arg(long, value_name = "FILE", env = "TMFCTK_CA")]
    pub ca: Option<PathBuf>,
    /// Trust the issuers of --ca and no others
    #[arg(long, env = "TMFCTK_CA_ONLY", value_parser = FalseyValueParser::new())]
    #[serde(default)]
    pub ca_only: bool,
    /// The client certificate (PEM) that is shown to the target, for mutual TLS
    #[arg(long, value_name = "FILE", env = "TMFCTK_CLIENT_CERT")]
    pub client_cert: Option<PathBuf>,
    /// The key (PEM, not encrypted) of the client certificate [default: in the same file]
    #[arg(long, value_name = "FILE", env = "TMFCTK_CLIENT_KEY")]
    pub client_key: Option<PathBuf>,
    /// Take any certificate: anyone between could read and change everything, and the report says so
    #[arg(long, env = "TMFCTK_INSECURE", value_parser = FalseyValueParser::new())]
    #[serde(default)]
    pub insecure: bool,
}

impl Layer for GivenTls {
    fn over(self, below: Self) -> Self {
        Self {
            ca: self.ca.or(below.ca),
            ca_only: self.ca_only || below.ca_only,
            // A key from below does not belong to a certificate from here.
            client_key: match &self.client_cert {
                Some(_) => self.client_key,
                None => self.client_key.or(below.client_key),
            },
            client_cert: self.client_cert.or(below.client_cert),
            insecure: self.insecure || below.insecure,
        }
    }
}

impl GivenTls {
    /// Paths of the file are relative to it.
    pub(super) fn below(&mut self, folder: &Path) {
        let files = [&mut self.ca, &mut self.client_cert, &mut self.client_key];
        for file in files.into_iter().flatten() {
            *file = folder.join(&*file);
        }
    }
}

/// Settles what options and file say.
pub(super) fn resolve(given: &GivenTls) -> Result<Tls, AccessError> {
    let missing = |key, option| Err(AccessError::Missing { key, option });
    if given.ca_only && given.ca.is_none() {
        return missing("tls.ca", "--ca FILE");
    }
    let identity = match (&given.client_cert, &given.client_key) {
        (Some(certificate), key) => Some(Identity {
            certificate: certificate.clone(),
            key: key.as_ref().unwrap_or(certificate).clone(),
        }),
        (None, Some(_)) => return missing("tls.client-cert", "--client-cert FILE"),
        (None, None) => None,
    };
    Ok(Tls {
        ca: given.ca.clone(),
        ca_only: given.ca_only,
        identity,
        insecure: given.insecure,
    })
}
