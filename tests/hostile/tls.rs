//! Targets whose TLS is wrong.

use std::io::Write as _;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd,
};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::case::Case;
use crate::server::{Hostile, reset};
use crate::support::binary::Folder;

/// An authority of the test's own.
struct Authority {
    certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

fn authority() -> Authority {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params
        .distinguished_name
        .push(DnType::CommonName, "an authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = params.self_signed(&key).unwrap();
    Authority {
        certificate,
        issuer: Issuer::new(params, key),
    }
}

/// A server with a certificate for that name, by that authority or by itself.
fn serving(name: &str, expired: bool, by: Option<&Authority>) -> Hostile {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    if expired {
        params.not_before = date_time_ymd(2001, 1, 1);
        params.not_after = date_time_ymd(2002, 1, 1);
    }
    let certificate = match by {
        Some(authority) => params.signed_by(&key, &authority.issuer).unwrap(),
        None => params.self_signed(&key).unwrap(),
    };
    let _ = rustls::crypto::ring::default_provider().install_default();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder().with_no_client_auth();
    let config = Arc::new(
        config
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap(),
    );
    Hostile::before_reading(move |stream| {
        let connection =
            ServerConnection::new(Arc::clone(&config)).map_err(std::io::Error::other)?;
        let mut stream = StreamOwned::new(connection, stream.try_clone()?);
        let answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
        std::io::Read::read(&mut stream, &mut [0; 4096])?;
        stream.write_all(answer)?;
        stream.flush()
    })
}

fn https(server: &Hostile) -> String {
    server
        .url()
        .replace("http://127.0.0.1", "https://localhost")
}

#[test]
fn a_certificate_that_is_not_to_be_trusted_is_said_to_be_that() {
    let known = authority();
    let folder = Folder::default();
    let file = folder.write("ca.pem", &known.certificate.pem());
    let trusted = [("SSL_CERT_FILE", file.to_str().unwrap())];
    for (what, server, says) in [
        (
            "self-signed",
            serving("localhost", false, None),
            "an issuer that this system does not trust",
        ),
        (
            "by an authority that nobody knows",
            serving("localhost", false, Some(&authority())),
            "not signed by the issuer of that name",
        ),
        (
            "expired",
            serving("localhost", true, Some(&known)),
            "certificate expired at",
        ),
        (
            "of another host",
            serving("other.example", false, Some(&known)),
            "the server's certificate is for",
        ),
    ] {
        let case = Case {
            what,
            code: 3,
            says: &[says, "TLS trouble", "--insecure takes any certificate"],
            ..Case::default()
        };
        case.run(&https(&server), &trusted);
    }
    // One that is sound is not trouble: it is the certificates that are judged above.
    let case = Case {
        what: "sound",
        says: &["is refused with status 404"],
        ..Case::default()
    };
    case.run(&https(&serving("localhost", false, Some(&known))), &trusted);
}

#[test]
fn a_handshake_that_breaks_off_is_no_missing_server() {
    let closing = Hostile::before_reading(|stream| {
        // What has arrived is read, so that the end is an orderly one.
        std::io::Read::read(stream, &mut [0; 4096]).map(drop)
    });
    let resetting = Hostile::before_reading(|stream| reset(stream, b""));
    let plain = Hostile::before_reading(|stream| {
        std::io::Read::read(stream, &mut [0; 4096])?;
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    });
    for (what, server, says) in [
        (
            "closed",
            closing,
            "TLS trouble: the server ended the connection in the handshake",
        ),
        (
            "reset",
            resetting,
            "TLS trouble: the server ended the connection in the handshake",
        ),
        ("plain HTTP", plain, "TLS trouble"),
    ] {
        let case = Case {
            what,
            code: 3,
            says: &[says, "does the port speak https at all?"],
            ..Case::default()
        };
        case.run(&https(&server), &[]);
    }
}
