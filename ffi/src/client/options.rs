//! How a client connects: whom it trusts, and how it says who it is.

use peelian::client::Credentials;

use crate::error::{Error, Outcome, Status};
use crate::guard::{attempt, make};
use crate::pointer::{InOut, Out, Owned, Text};

/// How to connect to an exchange: the authority that is trusted, a certificate, a token. Free it with
/// peelian_client_options_free(). One thread at a time may change it. Any number of threads may connect with it at the same
/// time.
#[derive(Debug, Default)]
pub struct ClientOptions(Credentials);

impl ClientOptions {
    /// The credentials of the client.
    pub(super) fn credentials(&self) -> Credentials {
        self.0.clone()
    }
}

/// Changes options by a text.
fn change(
    options: InOut<'_, ClientOptions>,
    text: (Text<'_>, &'static str),
    error: Out<'_, *mut Error>,
    change: impl FnOnce(Credentials, &str) -> Credentials,
) -> Status {
    attempt(error, || {
        let options = options.get("options")?;
        let text = filled(text.0.get(text.1)?, text.1)?;
        options.0 = change(std::mem::take(&mut options.0), text);
        Ok(())
    })
}

/// A text that is not empty.
fn filled<'t>(text: &'t str, name: &str) -> Outcome<&'t str> {
    if text.is_empty() { Err(Error::argument(format!("{name} is empty"))) } else { Ok(text) }
}

/// Makes options that trust the authorities of this machine and say nothing of the caller.
///
/// The files that options name are read when a connection is made, and the file of a token for every call. A key or a token
/// that other users can read is refused.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_client_options_new(out: Out<'_, *mut ClientOptions>, error: Out<'_, *mut Error>) -> Status {
    make(out, error, || Ok(ClientOptions::default()))
}

/// Trusts only the authorities of a file, in PEM. The connection is encrypted.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_client_options_set_ca(
    options: InOut<'_, ClientOptions>,
    file: Text<'_>,
    error: Out<'_, *mut Error>,
) -> Status {
    change(options, (file, "file"), error, |credentials, file| credentials.with_ca(file))
}

/// Shows a certificate, by the files of the certificate and of its private key, both in PEM. The connection is encrypted.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_client_options_set_certificate(
    options: InOut<'_, ClientOptions>,
    certificate_file: Text<'_>,
    key_file: Text<'_>,
    error: Out<'_, *mut Error>,
) -> Status {
    attempt(error, || {
        let options = options.get("options")?;
        let certificate = filled(certificate_file.get("certificate_file")?, "certificate_file")?;
        let key = filled(key_file.get("key_file")?, "key_file")?;
        options.0 = std::mem::take(&mut options.0).with_certificate(certificate, key);
        Ok(())
    })
}

/// Sends the token in a file with each call. A token is sent over an encrypted connection, or within this machine.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_client_options_set_token_file(
    options: InOut<'_, ClientOptions>,
    file: Text<'_>,
    error: Out<'_, *mut Error>,
) -> Status {
    change(options, (file, "file"), error, |credentials, file| credentials.with_token_file(file))
}

/// Sends a token with each call. The library wipes its copy when it is freed; the caller wipes their own.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_client_options_set_token(
    options: InOut<'_, ClientOptions>,
    token: Text<'_>,
    error: Out<'_, *mut Error>,
) -> Status {
    change(options, (token, "token"), error, |credentials, token| credentials.with_token(token))
}

/// Frees options. Clients that connected with them keep what they need. Does nothing for NULL.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_client_options_free(options: Owned<ClientOptions>) {
    options.free();
}
