//! Whom the run trusts over TLS, and what it shows of itself.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;

use super::access::AccessError;

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

/// The table `[tls]` of the file, and what flags and environment say of the same.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GivenTls {
    /// Certificates of issuers, relative to the configuration file.
    pub ca: Option<PathBuf>,
    /// Trust no others.
    pub ca_only: Option<bool>,
    /// The client certificate, relative to the configuration file.
    pub client_cert: Option<PathBuf>,
    /// Its key, relative to the configuration file.
    pub client_key: Option<PathBuf>,
    /// Take any certificate.
    pub insecure: Option<bool>,
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
pub(super) fn resolve(options: &GivenTls, file: &GivenTls) -> Result<Tls, AccessError> {
    let ca = options.ca.as_ref().or(file.ca.as_ref()).cloned();
    let ca_only = options.ca_only.or(file.ca_only).unwrap_or(false);
    if ca_only && ca.is_none() {
        return Err(AccessError::Missing {
            key: "tls.ca",
            option: "--ca FILE",
        });
    }
    // A key of the file does not belong to a certificate of the options.
    let (certificate, key) = match &options.client_cert {
        Some(certificate) => (Some(certificate), options.client_key.as_ref()),
        None => {
            let key = options.client_key.as_ref().or(file.client_key.as_ref());
            (file.client_cert.as_ref(), key)
        }
    };
    let identity = match (certificate, key) {
        (Some(certificate), key) => Some(Identity {
            certificate: certificate.clone(),
            key: key.unwrap_or(certificate).clone(),
        }),
        (None, Some(_)) => {
            return Err(AccessError::Missing {
                key: "tls.client-cert",
                option: "--client-cert FILE",
            });
        }
        (None, None) => None,
    };
    Ok(Tls {
        ca,
        ca_only,
        identity,
        insecure: options.insecure.or(file.insecure).unwrap_or(false),
    })
}
