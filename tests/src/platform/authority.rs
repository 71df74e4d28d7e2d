//! A certificate authority that exists for one test.

use std::sync::Arc;

use anyhow::{Context, Result};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;

/// One that signs whatever it is asked for.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    /// A new one.
    ///
    /// # Errors
    /// If there is no key.
    pub fn new() -> Result<Authority> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        Ok(Authority { issuer })
    }

    /// Its own certificate, as an operator would have it in a file.
    #[must_use]
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// What a server for this host speaks TLS with.
    ///
    /// # Errors
    /// If the host can't stand in a certificate.
    pub fn server(&self, host: &str) -> Result<Arc<ServerConfig>> {
        self.certify(CertificateParams::new(vec![host.to_owned()])?)
    }

    /// The same with a certificate that has run out.
    ///
    /// # Errors
    /// As [`Authority::server`].
    pub fn expired(&self, host: &str) -> Result<Arc<ServerConfig>> {
        let mut params = CertificateParams::new(vec![host.to_owned()])?;
        params.not_after = date_time_ymd(2020, 1, 1);
        self.certify(params)
    }

    fn certify(&self, params: CertificateParams) -> Result<Arc<ServerConfig>> {
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let private = PrivateKeyDer::try_from(key.serialize_der())
            .ok()
            .context("read the key")?;
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private)?;
        Ok(Arc::new(config))
    }
}
