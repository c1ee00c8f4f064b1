//! Writes a bundle: in flat memory, to a file beside it that takes its name only when it is whole.

use crate::bundle::{BLOCK_TRIALS, ZSTD_LEVEL};
use crate::container::{self, Entry, Name, io_fault, tampered};
use crate::count::{Claims, Count, Usage, line, plan_fault};
use record::canonical;
use record::digest::{Digest, DigestBuilder};
use record::event::{Blame, Event};
use record::plan::{PlanSpec, PlannedTrial};
use record::result::RunResult;
use record::statement::{EvalResult, EvidenceLevel, Statement};
use record::suite::Suite;
use record::verdict::TrialScore;
use seal::envelope::seal;
use seal::key::SigningKey;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, Write};
use std::path::Path;
use trial::port::Fault;
use trial::resolve::Plugins;
use zstd::stream::write::Encoder;

/// What a bundle holds beside its trials.
pub struct Contents<'a> {
    /// The manifest's bytes, as they were parsed.
    pub manifest: &'a [u8],
    /// The suite that they are.
    pub suite: &'a Suite,
    /// Its plugins.
    pub plugins: &'a Plugins,
    /// Their components by digest, in any order.
    pub components: &'a [(Digest, Vec<u8>)],
    /// From what the trials were derived.
    pub spec: PlanSpec,
    /// Who was tested, and who judged. The served models are taken from the logs.
    pub claims: Claims,
    /// Version of the host that ran them.
    pub host: &'a str,
}

/// Counts the trials, signs the result and writes the bundle to `path`, over what stood there.
/// `trials` are all of the plan's in plan order, each with the bytes of its event log. The same
/// contents and key give the same bytes.
///
/// # Errors
/// Those of `trials`; `Tampered` when a log is not the one that its score names; `Setup` when the
/// disk refuses. Then nothing stands at `path` that did not before.
pub fn write(
    path: &Path,
    key: &SigningKey,
    contents: &Contents<'_>,
    trials: impl IntoIterator<Item = Result<(TrialScore, Vec<u8>), Fault>>,
) -> Result<RunResult, Fault> {
    let disk = |error: io::Error| io_fault(path, &error);
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    assert_eq!(Digest::of(contents.manifest), contents.suite.sha256(), "one manifest");
    let plan = plan::plan(contents.suite, contents.spec.clone()).map_err(plan_fault)?;
    let mut count =
        Count::new(contents.suite, contents.plugins, &plan, contents.claims.clone(), contents.host);
    let mut spool = Spool::new(folder).map_err(disk)?;
    let mut planned = plan.trials.iter();
    for trial in trials {
        let (score, log) = trial?;
        let usage = check(planned.next(), &score, &log)?;
        count.add(&score, &usage)?;
        spool.add(&line(&score)?, &log).map_err(disk)?;
    }
    let result = count.finish()?;
    let spooled = spool.finish().map_err(disk)?;
    let small = small(contents, key, &result)?;
    let mut file = tempfile::Builder::new();
    let file = file.prefix(".bundle").suffix(".partial").tempfile_in(folder).map_err(disk)?;
    assemble(file.as_file(), small, contents, spooled).map_err(disk)?;
    publish(file, path).map_err(disk)?;
    Ok(result)
}

/// A log is checked before it is written, as it will be after it is read.
fn check(planned: Option<&PlannedTrial>, score: &TrialScore, log: &[u8]) -> Result<Usage, Fault> {
    let wrong = |problem: String| tampered(format!("trial {}: {problem}", score.trial));
    let found = Digest::of(log);
    if found != score.log {
        return Err(wrong(format!("its log has digest {found}, its score names {}", score.log)));
    }
    let lines = log.split_inclusive(|byte| *byte == b'\n');
    let events: Result<Vec<Event>, _> = lines.map(Event::from_line).collect();
    let events = events.map_err(|error| wrong(format!("its log: {error}")))?;
    match events.first() {
        Some(Event::Opened(opened)) if planned.is_some_and(|p| p.trial == opened.trial) => {
            Ok(Usage::of(&events))
        }
        _ => Err(wrong("its log is not that of the next planned trial".to_owned())),
    }
}

type SmallEntries = BTreeMap<Name, Vec<u8>>;

fn small(
    contents: &Contents<'_>,
    key: &SigningKey,
    result: &RunResult,
) -> Result<SmallEntries, Fault> {
    let bug = |error: &dyn ToString| Fault::new(Blame::Bug, error.to_string());
    let bytes = canonical::to_bytes(result).map_err(|error| bug(&error))?;
    let predicate = EvalResult {
        evidence: EvidenceLevel::Signed,
        format: result.format.clone(),
        host: result.host.clone(),
        suite: result.suite.sha256,
        verdicts: result.trials.verdicts,
    };
    let statement = Statement::eval_result(predicate, Digest::of(&bytes));
    Ok(BTreeMap::from([
        (Name::Envelope, seal(&statement, key).map_err(|error| bug(&error))?),
        (Name::Key, key.public().to_pem().into_bytes()),
        (Name::Result, bytes),
        (Name::Suite, contents.manifest.to_vec()),
    ]))
}

fn assemble(
    file: &File,
    mut entries: SmallEntries,
    contents: &Contents<'_>,
    mut spooled: Spooled,
) -> io::Result<()> {
    for (digest, component) in contents.components {
        assert_eq!(Digest::of(component), *digest, "components go by their digest");
        let mut encoder = encoder(Vec::new())?;
        encoder.write_all(component)?;
        entries.insert(Name::Plugin(*digest), encoder.finish()?);
    }
    let mut out = BufWriter::with_capacity(1 << 16, file);
    let mut listed = Vec::new();
    for (name, bytes) in &entries {
        let size = bytes.len() as u64;
        container::append(&mut out, *name, size, &mut bytes.as_slice())?;
        listed.push(Entry { name: *name, offset: 0, size, sha256: Digest::of(bytes) });
    }
    spooled.logs.rewind()?;
    spooled.verdicts.rewind()?;
    for part in spooled.parts {
        let source = match part.name {
            Name::Verdicts => &mut spooled.verdicts,
            _ => &mut spooled.logs,
        };
        container::append(&mut out, part.name, part.size, &mut source.take(part.size))?;
        listed.push(part);
    }
    let sums = container::sums(&listed);
    container::append(&mut out, Name::Sums, sums.len() as u64, &mut sums.as_bytes())?;
    container::finish(&mut out)?;
    out.flush()?;
    file.sync_all()
}

/// Gives the finished file its name. It is meant to be handed on, so others may read it.
fn publish(file: tempfile::NamedTempFile, path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
    }
    file.persist(path).map_err(|error| error.error).map(drop)
}

fn encoder<W: Write>(out: W) -> io::Result<Encoder<'static, W>> {
    let mut encoder = Encoder::new(out, ZSTD_LEVEL)?;
    encoder.include_checksum(true)?;
    Ok(encoder)
}

/// Counts and digests what goes through.
struct Measured {
    out: BufWriter<File>,
    size: u64,
    digest: DigestBuilder,
}

impl Measured {
    fn new(file: File) -> Self {
        Self { out: BufWriter::new(file), size: 0, digest: DigestBuilder::default() }
    }

    /// What went through since the last time, as an entry.
    fn entry(&mut self, name: Name) -> Entry {
        let sha256 = std::mem::take(&mut self.digest).finish();
        Entry { name, offset: 0, size: std::mem::take(&mut self.size), sha256 }
    }
}

impl Write for Measured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.size += written as u64;
        self.digest.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Trials, compressed into nameless files: the entries before them in the file depend on them.
struct Spool {
    /// None between two blocks.
    block: Option<Encoder<'static, Measured>>,
    idle: Option<Measured>,
    begun: usize,
    parts: Vec<Entry>,
    verdicts: Encoder<'static, Measured>,
}

struct Spooled {
    logs: File,
    verdicts: File,
    parts: Vec<Entry>,
}

impl Spool {
    fn new(folder: &Path) -> io::Result<Self> {
        let file = || tempfile::tempfile_in(folder).map(Measured::new);
        let (idle, verdicts) = (Some(file()?), encoder(file()?)?);
        Ok(Self { block: None, idle, begun: 0, parts: Vec::new(), verdicts })
    }

    fn add(&mut self, verdict: &[u8], log: &[u8]) -> io::Result<()> {
        if self.begun == BLOCK_TRIALS {
            self.end_block()?;
        }
        if let Some(idle) = self.idle.take() {
            self.block = Some(encoder(idle)?);
        }
        if let Some(block) = &mut self.block {
            block.write_all(log)?;
        }
        self.begun += 1;
        self.verdicts.write_all(verdict)?;
        self.verdicts.write_all(b"\n")
    }

    fn end_block(&mut self) -> io::Result<()> {
        if let Some(block) = self.block.take() {
            let mut idle = block.finish()?;
            let number = u32::try_from(self.parts.len()).map_err(io::Error::other)?;
            self.parts.push(idle.entry(Name::Log(number)));
            self.idle = Some(idle);
        }
        self.begun = 0;
        Ok(())
    }

    fn finish(mut self) -> io::Result<Spooled> {
        self.end_block()?;
        let logs = self.idle.ok_or_else(|| io::Error::other("no block is open after its end"))?;
        let mut verdicts = self.verdicts.finish()?;
        self.parts.push(verdicts.entry(Name::Verdicts));
        let file = |measured: Measured| measured.out.into_inner().map_err(|e| e.into_error());
        Ok(Spooled { logs: file(logs)?, verdicts: file(verdicts)?, parts: self.parts })
    }
}
