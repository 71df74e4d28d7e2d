//! Whom a channel's TLS trusts: the roots that browsers trust, and those that the operator adds. Knows no other way:
//! nothing here can switch a check off.

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::limits;

/// TLS sessions that one channel may take up again.
const SESSIONS: usize = 32;

/// Why certificates of the operator's can't be used.
#[derive(Debug, thiserror::Error)]
pub enum EgressError {
    /// More than anyone has.
    #[error("the file that `certificates` names is larger than {most} bytes; leave in it only the roots that are missing", most = limits::CERTIFICATES_BYTES)]
    TooLarge,
    /// Not PEM.
    #[error("the file that `certificates` names is not in PEM format; it begins with `-----BEGIN CERTIFICATE-----`")]
    NotPem(#[source] rustls::pki_types::pem::Error),
    /// PEM without one.
    #[error("the file that `certificates` names holds no certificate; take the line out or name another file")]
    NoCertificate,
    /// No root of trust.
    #[error("certificate {number} in the file that `certificates` names can't be a root of trust; take it out")]
    NotARoot {
        /// Counted from 1.
        number: usize,
        /// What is wrong with it.
        #[source]
        source: rustls::Error,
    },
    /// The crypto library offers no protocol.
    #[error("TLS can't be set up; report this with the version of lockgate")]
    Tls(#[source] rustls::Error),
}

/// The usual roots and the operator's.
pub fn config(certificates: Option<&[u8]>) -> Result<ClientConfig, EgressError> {
    let mut roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    certificates.map_or(Ok(()), |pem| add(&mut roots, pem))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(EgressError::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// The same for one channel: a session that another channel began must not tell a server that both are one.
pub fn of_channel(config: &ClientConfig) -> Arc<ClientConfig> {
    let mut config = config.clone();
    config.resumption = Resumption::in_memory_sessions(SESSIONS);
    Arc::new(config)
}

fn add(roots: &mut RootCertStore, pem: &[u8]) -> Result<(), EgressError> {
    if pem.len() > limits::CERTIFICATES_BYTES {
        return Err(EgressError::TooLarge);
    }
    let mut number = 0;
    for certificate in CertificateDer::pem_slice_iter(pem) {
        number += 1;
        let certificate = certificate.map_err(EgressError::NotPem)?;
        let added = roots.add(certificate);
        added.map_err(|source| EgressError::NotARoot { number, source })?;
    }
    if number == 0 {
        return Err(EgressError::NoCertificate);
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_root_of_trust_is_told_from_what_is_too_much_and_from_nothing() {
        let check = |pem: &[u8], expected: &str| {
            let error = config(Some(pem)).err().unwrap().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check(b"", "holds no certificate");
        check(b"not PEM at all", "holds no certificate");
        check(
            b"-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n",
            "not in PEM format",
        );
        check(
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "certificate 1",
        );
        check(&vec![b'\n'; limits::CERTIFICATES_BYTES], "holds no certificate");
        check(&vec![b'\n'; limits::CERTIFICATES_BYTES + 1], "is larger than");
        config(None).unwrap();
    }
}
