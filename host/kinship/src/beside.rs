//! Published figures, as `FILE` or `FILE#MODEL` names them.

use crate::error::CliError;
use crate::suite::read_limited;
use record::published::{Model, PUBLISHED_BYTES_MAX, Published};
use std::path::Path;

/// What measured rates are shown beside.
pub(crate) struct Beside {
    published: Published,
    model: Option<String>,
}

impl Beside {
    /// Reads them.
    ///
    /// # Errors
    /// When the file cannot be read, breaks a rule, or has no such model.
    pub(crate) fn read(named: &str) -> Result<Self, CliError> {
        let (path, model) = match named.rsplit_once('#') {
            Some((path, model)) => (path, Some(model.to_owned())),
            None => (named, None),
        };
        let text = read_limited(Path::new(path), PUBLISHED_BYTES_MAX)?;
        let published = Published::parse(&text)
            .map_err(|problems| CliError::bad(format!("{path}: {}", problems.join("\n"))))?;
        if let Some(name) = model.as_deref().filter(|name| published.model(name).is_none()) {
            let known: Vec<&str> = published.models().iter().map(|m| m.name.as_str()).collect();
            return Err(CliError::usage(format!("{path}: no model {name}"))
                .hint(format!("it has {}", known.join(", "))));
        }
        Ok(Self { published, model })
    }

    /// The figures, and the one model whose they are if one was named.
    pub(crate) fn figures(&self) -> (&Published, Option<&Model>) {
        let model = self.model.as_deref().and_then(|name| self.published.model(name));
        (&self.published, model)
    }
}
