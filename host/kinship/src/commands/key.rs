//! `kinship key`: the key that signs results.

use crate::ambient;
use crate::error::CliError;
use crate::suite::read_limited;
use clap::Subcommand;
use seal::key::{KeyError, PublicKey, SigningKey};
use std::path::{Path, PathBuf};

/// Make or show a signing key.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  kinship key new\n  kinship key new --out lab.pem\n  kinship key show lab.pem\n\n\
    An Ed25519 key made by OpenSSL works as well:\n  openssl genpkey -algorithm ed25519 -out lab.pem && chmod 600 lab.pem"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make an Ed25519 key pair: PKCS#8 PEM, readable by you alone, and the public SPKI PEM beside it.
    New {
        /// Where the private key goes; the public key goes to the same name with .pub.pem.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Print the key's id (SHA-256 of its SPKI) and its public half.
    Show {
        /// A private or a public key.
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
}

pub(crate) fn run(args: &Args, json: bool) -> Result<(), CliError> {
    match &args.command {
        Command::New { out } => new(out.as_deref(), json),
        Command::Show { file } => show(file.as_deref(), json),
    }
}

fn new(out: Option<&Path>, json: bool) -> Result<(), CliError> {
    let private = path_or_default(out)?;
    let key = create(&private)?;
    tell(&key.public(), Some(&private), json);
    if !json {
        ambient::err("Keep the private key to yourself; give the public one to anybody.");
    }
    Ok(())
}

/// Makes a key pair at `private` and beside it.
pub(crate) fn create(private: &Path) -> Result<SigningKey, CliError> {
    if let Some(folder) = private.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|error| CliError::file(folder, &error))?;
    }
    let key = SigningKey::generate(ambient::entropy()?);
    key.save(private).map_err(from_key)?;
    key.public().save(&public_path(private)).map_err(from_key)?;
    Ok(key)
}

fn show(file: Option<&Path>, json: bool) -> Result<(), CliError> {
    let path = path_or_default(file)?;
    let text = read_limited(&path, seal::key::KEY_BYTES_MAX as usize)?;
    let private = String::from_utf8_lossy(&text).contains("PRIVATE KEY");
    let public = if private {
        SigningKey::load(&path).map_err(from_key)?.public()
    } else {
        PublicKey::load(&path).map_err(from_key)?
    };
    tell(&public, None, json);
    Ok(())
}

fn tell(public: &PublicKey, private: Option<&Path>, json: bool) {
    let pem = public.to_pem();
    if json {
        let path = private.map(|path| path.display().to_string());
        let value = serde_json::json!({ "id": public.id(), "private": path, "public": pem });
        ambient::out(&value.to_string());
        return;
    }
    if let Some(path) = private {
        ambient::err(&format!("private  {}", path.display()));
        ambient::err(&format!("public   {}", public_path(path).display()));
    }
    ambient::out(&format!("key id   {}\n{}", public.id(), pem.trim_end()));
}

/// `lab.pem` has its public half in `lab.pub.pem`.
pub(crate) fn public_path(private: &Path) -> PathBuf {
    private.with_extension("pub.pem")
}

fn path_or_default(path: Option<&Path>) -> Result<PathBuf, CliError> {
    path.map(Path::to_owned).or_else(ambient::default_key).ok_or_else(|| {
        CliError::usage("no home folder for the key")
            .hint("name a file: kinship key new --out FILE")
    })
}

pub(crate) fn from_key(error: KeyError) -> CliError {
    CliError::usage(error.to_string())
}
