//! The server of a model, as flags and variables name it.

use crate::ambient;
use crate::error::CliError;
use crate::suite::read_limited;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use subject::model::{
    CarriedField, Dialect, Extra, Key, ModelSettings, OnRetry, Retries, TokensField,
};
use subject::spec::Provider;
use trial::port::Gate;

/// Largest key file that is read at all.
const KEY_BYTES_MAX: usize = 4 << 10;

/// The server of the model.
#[derive(clap::Args)]
pub(crate) struct ServerArgs {
    /// Address of the server, without the path of its protocol such as /chat/completions [default: OPENAI_BASE_URL for openai and openai-responses, if set; else the provider's own].
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// Environment variable that holds the API key [default: OPENAI_API_KEY, ANTHROPIC_API_KEY or GEMINI_API_KEY].
    #[arg(long, value_name = "NAME")]
    pub(crate) api_key_env: Option<String>,
    /// File that holds the API key, instead of a variable.
    #[arg(long, value_name = "FILE")]
    pub(crate) api_key_file: Option<PathBuf>,
    /// Most tokens of one reply.
    #[arg(long, value_name = "N", default_value_t = 4096)]
    pub(crate) max_output_tokens: u32,
    /// Sampling temperature; left to the server when left out.
    #[arg(long, value_name = "X")]
    pub(crate) temperature: Option<f64>,
    /// Send the limit as max_tokens, for servers that know only the older name.
    #[arg(long)]
    pub(crate) max_tokens_field: bool,
    /// How the model acts: native (tools of its protocol), text (JSON in its reply, for models without tools) or constrained-text (the server holds it to a schema).
    #[arg(long, value_name = "NAME", default_value = "native")]
    pub(crate) dialect: Dialect,
    /// A further field of every request, sent and recorded as typed, for example reasoning_effort='"high"'; may be repeated.
    #[arg(long = "field", value_name = "NAME=JSON")]
    pub(crate) fields: Vec<Extra>,
    /// Reasoning that a chat completions server wants back in the next request: reasoning, reasoning_content or reasoning_details.
    #[arg(long, value_name = "FIELD")]
    pub(crate) carry: Option<CarriedField>,
    /// Seconds that one call may take.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub(crate) request_timeout: u64,
    /// Seconds after which a failing call is given up and its trial becomes invalid.
    #[arg(long, value_name = "SECONDS", default_value_t = 900)]
    pub(crate) retry_deadline: u64,
}

/// What a model on that server is asked with; its calls pass `gate`.
pub(crate) fn server_settings(
    provider: Provider,
    server: &ServerArgs,
    gate: Arc<dyn Gate>,
    on_retry: OnRetry,
) -> Result<ModelSettings, CliError> {
    Ok(ModelSettings {
        base_url: server.base_url.clone().unwrap_or_else(|| base_url(provider)),
        carry: server.carry,
        dialect: server.dialect,
        extra: server.fields.clone(),
        gate,
        key: api_key(provider, server)?,
        key_name: key_name(provider, server).to_owned(),
        max_output_tokens: server.max_output_tokens,
        on_exchange: None,
        on_retry,
        proxy: None,
        request_timeout: Duration::from_secs(server.request_timeout),
        retries: Retries {
            // The deadline ends a hopeless call; this only bounds a server that answers at once.
            attempts_max: 100,
            deadline: Duration::from_secs(server.retry_deadline),
            first_wait: Duration::from_secs(1),
        },
        temperature: server.temperature,
        tokens_field: if server.max_tokens_field {
            TokensField::MaxTokens
        } else {
            TokensField::MaxCompletionTokens
        },
    })
}

/// The address where none is given.
pub(crate) fn base_url(provider: Provider) -> String {
    let variable = match provider {
        Provider::OpenAi | Provider::OpenAiResponses => ambient::variable("OPENAI_BASE_URL"),
        Provider::Anthropic | Provider::Google => None,
    };
    variable.unwrap_or_else(|| provider.base_url().to_owned())
}

/// The variable that holds the key.
fn key_name(provider: Provider, server: &ServerArgs) -> &str {
    server.api_key_env.as_deref().unwrap_or_else(|| provider.key_name())
}

/// A server on this machine may want no key; every other one does, and says so with a 401.
fn api_key(provider: Provider, server: &ServerArgs) -> Result<Option<Key>, CliError> {
    let Some(path) = &server.api_key_file else {
        return Ok(ambient::variable(key_name(provider, server)).map(Key::new));
    };
    let bytes = read_limited(path, KEY_BYTES_MAX)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| CliError::usage(format!("{}: not UTF-8", path.display())))?;
    Ok(Some(Key::new(text.trim().to_owned())))
}
