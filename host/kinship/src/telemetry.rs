//! Spans of model calls for whoever wants them: as lines of a log, or for an OpenTelemetry
//! collector. Names, counts and times; never what was said, and never a key.

use crate::ambient;
use crate::error::CliError;
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Where spans go.
#[derive(clap::Args)]
pub(crate) struct TelemetryArgs {
    /// Write a line of JSON for every model call and every failed try to this file: names, counts and times, never what was said.
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// Send the same as spans to this OpenTelemetry collector (OTLP over HTTP, GenAI conventions), for example http://127.0.0.1:4318/v1/traces.
    #[arg(long, value_name = "URL")]
    otel: Option<String>,
}

/// Spans are written until this goes, which waits for the last of them.
pub(crate) struct Telemetry(Option<SdkTracerProvider>);

impl Telemetry {
    /// Begins to listen to what was asked for.
    ///
    /// # Errors
    /// When the file or the address cannot be used.
    pub(crate) fn start(args: &TelemetryArgs) -> Result<Self, CliError> {
        // Of other crates' spans nobody knows what they hold.
        let ours = || Targets::new().with_target("kinship", LevelFilter::INFO);
        let log = args.log.as_deref().map(open).transpose()?;
        let log = log.map(|file| {
            tracing_subscriber::fmt::layer()
                .json()
                .with_span_events(FmtSpan::CLOSE)
                .with_current_span(true)
                .with_span_list(false)
                .with_writer(Mutex::new(file))
                .with_filter(ours())
        });
        let provider = args.otel.as_deref().map(provider).transpose()?;
        let spans = provider.as_ref().map(|provider| {
            tracing_opentelemetry::layer()
                .with_tracer(provider.tracer("kinship"))
                .with_location(false)
                .with_threads(false)
                .with_filter(ours())
        });
        if log.is_some() || spans.is_some() {
            let listening = tracing_subscriber::registry().with(log).with(spans).try_init();
            listening.map_err(|error| CliError::ours(error.to_string()))?;
        }
        Ok(Self(provider))
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Some(provider) = &self.0
            && let Err(error) = provider.shutdown()
        {
            ambient::err(&format!("--otel: the last spans were not sent: {error}"));
        }
    }
}

fn open(path: &Path) -> Result<File, CliError> {
    let file = File::options().create(true).append(true).open(path);
    file.map_err(|error| CliError::file(path, &error))
}

fn provider(url: &str) -> Result<SdkTracerProvider, CliError> {
    let wrong = |problem: String| {
        CliError::usage(format!("--otel: {problem}"))
            .hint("give the collector's address with its path: http://127.0.0.1:4318/v1/traces")
    };
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return Err(wrong("expected http:// or https://".to_owned()));
    }
    // The exporter's client and the subjects' use one implementation; who comes first installs it.
    subject::model::install_tls();
    let exporter = SpanExporter::builder().with_http().with_endpoint(url).build();
    let exporter = exporter.map_err(|error| wrong(error.to_string()))?;
    let resource = Resource::builder_empty()
        .with_attribute(KeyValue::new("service.name", "kinship"))
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .build();
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(Telling { exporter, told: AtomicBool::new(false) })
        .with_resource(resource)
        .build())
}

/// An exporter that says once that a collector does not take its spans. The run goes on.
#[derive(Debug)]
struct Telling {
    exporter: SpanExporter,
    told: AtomicBool,
}

impl opentelemetry_sdk::trace::SpanExporter for Telling {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let sent = self.exporter.export(batch).await;
        if let Err(error) = &sent
            && !self.told.swap(true, Ordering::Relaxed)
        {
            ambient::err(&format!("--otel: spans are lost: {error}"));
        }
        sent
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}
