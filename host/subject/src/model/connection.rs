//! Where a server is and how bytes get there and back: TLS, the address, the key's header, and what
//! is read of an answer.

use crate::model::failure::root_cause;
use crate::model::protocol::Protocol;
use crate::model::{Key, ModelSettings};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, Proxy, RequestBuilder, Response, StatusCode, Url};

/// A way to a server; nothing is open yet.
pub(super) struct Connection {
    base: Url,
    client: Client,
    headers: &'static [(&'static str, &'static str)],
    key: Option<(HeaderName, HeaderValue)>,
    url: Url,
}

/// What came back of a request so far.
#[derive(Default)]
pub(super) struct Came {
    /// The id in the answer's body, without the key; empty where there is none.
    pub(super) answer_id: String,
    /// Of the body.
    pub(super) bytes: Vec<u8>,
    pub(super) headers: HeaderMap,
    pub(super) status: Option<StatusCode>,
    /// Whether that is all of the body.
    pub(super) whole: bool,
}

impl Connection {
    /// The way to that model; else what is wrong with a setting.
    pub(super) fn new(
        protocol: &dyn Protocol,
        model: &str,
        settings: &ModelSettings,
    ) -> Result<Self, String> {
        let facts = protocol.facts();
        let base = endpoint(&settings.base_url, Vec::new())?;
        let url = endpoint(&settings.base_url, (facts.path)(model))?;
        let key = settings.key.as_ref().map(|key| header(facts.key, key)).transpose();
        let key = key.map_err(|what| format!("{}: {what}", settings.key_name))?;
        let client = client(&url, settings)?;
        Ok(Self { base, client, headers: facts.headers, key, url })
    }

    /// The server's name.
    pub(super) fn address(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Name, and port where it is not the usual one.
    pub(super) fn host(&self) -> String {
        match self.url.port() {
            Some(port) => format!("{}:{port}", self.address()),
            None => self.address().to_owned(),
        }
    }

    /// The server's port.
    pub(super) fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or_default()
    }

    /// One call, not sent yet.
    pub(super) fn call(&self, body: &[u8]) -> RequestBuilder {
        let request = self.request(Method::POST, self.url.clone());
        request.header(CONTENT_TYPE, "application/json").body(body.to_vec())
    }

    /// The question which models there are, not sent yet; `limit` is the parameter of the longest
    /// page where there are pages.
    pub(super) fn list(&self, limit: Option<(&str, u32)>) -> RequestBuilder {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.push("models");
        }
        if let Some((name, count)) = limit {
            url.query_pairs_mut().append_pair(name, &count.to_string());
        }
        self.request(Method::GET, url)
    }

    fn request(&self, method: Method, url: Url) -> RequestBuilder {
        let mut request = self.client.request(method, url);
        for (name, value) in self.headers {
            request = request.header(*name, *value);
        }
        if let Some((name, value)) = &self.key {
            request = request.header(name, value.clone());
        }
        request
    }
}

impl Came {
    /// Sends a request and waits for the answer's head.
    ///
    /// # Errors
    /// The connection's.
    pub(super) async fn head(
        &mut self,
        request: RequestBuilder,
    ) -> Result<(StatusCode, Response), reqwest::Error> {
        let response = request.send().await?;
        let status = response.status();
        self.headers = response.headers().clone();
        self.status = Some(status);
        Ok((status, response))
    }

    /// Reads at most `limit` bytes of the body. What came before an error is kept.
    ///
    /// # Errors
    /// The connection's.
    pub(super) async fn body(
        &mut self,
        mut response: Response,
        limit: usize,
    ) -> Result<(), reqwest::Error> {
        while let Some(chunk) = response.chunk().await? {
            let room = limit - self.bytes.len();
            if chunk.len() > room {
                self.bytes.extend_from_slice(&chunk[..room]);
                return Ok(());
            }
            self.bytes.extend_from_slice(&chunk);
        }
        self.whole = true;
        Ok(())
    }

    /// A header field, if it is text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// The header field that holds the key.
fn header(
    (name, before): (&'static str, &'static str),
    key: &Key,
) -> Result<(HeaderName, HeaderValue), &'static str> {
    let mut value = HeaderValue::from_str(&format!("{before}{}", key.expose())).map_err(
        |_| "the key holds a line end or another character that no HTTP header can hold",
    )?;
    value.set_sensitive(true);
    Ok((HeaderName::from_static(name), value))
}

/// Chooses the process's implementation of TLS. Whoever comes first installs it; a second time
/// changes nothing.
pub fn install_tls() {
    let _already = rustls::crypto::ring::default_provider().install_default();
}

/// The client of a server; else what is wrong with a setting.
fn client(url: &Url, settings: &ModelSettings) -> Result<Client, String> {
    install_tls();
    let mut client = Client::builder()
        .user_agent(concat!("kinship/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .timeout(settings.request_timeout)
        .no_proxy();
    if url.scheme() == "http" && settings.proxy.is_none() {
        // A machine without certificates of its own can still ask a server beside it.
        client = client.tls_certs_only([]);
    }
    if let Some(proxy) = &settings.proxy {
        client = client.proxy(Proxy::all(proxy).map_err(|_| "proxy: not a URL")?);
    }
    client.build().map_err(|error| format!("cannot set TLS up: {}", root_cause(error)))
}

/// The URL of the endpoint below a base URL; else what is wrong with that.
fn endpoint(base_url: &str, path: Vec<String>) -> Result<Url, &'static str> {
    const EXPECTED: &str =
        "base URL: expected http:// or https:// and a host, for example https://models.example/v1";
    let mut url = Url::parse(base_url).map_err(|_| EXPECTED)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(EXPECTED);
    }
    // Not repeated: the password is a secret.
    if !url.username().is_empty() || url.password().is_some() {
        return Err("base URL: holds a user or a password; a key is given by itself");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("base URL: expected it to end with its path, found ? or #");
    }
    url.path_segments_mut().map_err(|()| EXPECTED)?.pop_if_empty().extend(path);
    Ok(url)
}
