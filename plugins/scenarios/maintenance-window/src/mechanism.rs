//! The parts of the world that a retirement depends on: where each stands, what it holds, and how
//! it is put into another copy of the world.

use kit::Vfs;
use kit::vfs::{Entry, Node};

use crate::places;

/// What a part holds: paths, what stands there, and modes where they matter.
pub type State = Vec<(String, Node, u32)>;

/// One part; the order is that of the chain, from the clock to the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The timer's unit file and its drop-ins.
    Timer,
    /// Whether the timer is enabled and active.
    TimerState,
    /// The unit that the timer starts, and its drop-ins.
    Unit,
    /// The environment file, without the line that the task changes.
    Environment,
    /// The line of the environment file that the task changes.
    Grace,
    /// The text of the script.
    Script,
    /// Whether the script can be executed.
    ScriptMode,
    /// The entry that the script looks up.
    Entry,
    /// The hold that the script looks for.
    Hold,
    /// The unit of the service that is shut down.
    Service,
    /// The jobs of the user.
    Crontab,
}

/// Every part.
pub const PARTS: [Part; 11] = [
    Part::Timer,
    Part::TimerState,
    Part::Unit,
    Part::Environment,
    Part::Grace,
    Part::Script,
    Part::ScriptMode,
    Part::Entry,
    Part::Hold,
    Part::Service,
    Part::Crontab,
];

/// What the line of [`Part::Grace`] begins with.
pub(crate) const GRACE: &str = "GRACE_SECONDS=";

impl Part {
    /// The id that facts use.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Timer => "timer",
            Self::TimerState => "timer-state",
            Self::Unit => "unit",
            Self::Environment => "environment",
            Self::Grace => "grace",
            Self::Script => "script",
            Self::ScriptMode => "script-mode",
            Self::Entry => "entry",
            Self::Hold => "hold",
            Self::Service => "service",
            Self::Crontab => "crontab",
        }
    }

    /// Where the part stands for a service's retirement: the place to show.
    #[must_use]
    pub fn path(self, service: &str) -> String {
        match self {
            Self::Timer => places::unit(&places::timer_unit(service)),
            Self::TimerState => places::wanted(&places::timer_unit(service)),
            Self::Unit => places::unit(&places::retire_unit(service)),
            Self::Environment | Self::Grace => places::environment(service),
            Self::Script | Self::ScriptMode => places::script(service),
            Self::Entry => places::entry(service),
            Self::Hold => places::hold(service),
            Self::Service => places::unit(&format!("{service}.service")),
            Self::Crontab => places::CRONTAB.to_owned(),
        }
    }

    /// Whether the task asks for an edit of this very place.
    #[must_use]
    pub fn is_requested(self) -> bool {
        self == Self::Grace
    }

    /// Everything that the part holds in `files`: to see whether it changed.
    #[must_use]
    pub fn state(self, files: &Vfs, service: &str) -> State {
        let path = self.path(service);
        let file = |node: Node, mode| vec![(path.clone(), node, mode)];
        let text = |lines: Option<String>| lines.map(String::into_bytes).map(Node::File);
        match self {
            Self::Environment => {
                text(without_grace(files, &path)).map_or_else(Vec::new, |node| file(node, 0))
            }
            Self::Grace => text(grace(files, &path)).map_or_else(Vec::new, |node| file(node, 0)),
            Self::ScriptMode => {
                entry(files, &path).map_or_else(Vec::new, |e| file(Node::Directory, e.mode))
            }
            Self::Script => entry(files, &path).map_or_else(Vec::new, |e| file(e.node.clone(), 0)),
            _ => self.paths(service).iter().flat_map(|path| below(files, path)).collect(),
        }
    }

    /// Puts this part of `from` into `to`, and nothing else.
    pub fn transplant(self, from: &Vfs, to: &mut Vfs, service: &str) {
        let path = self.path(service);
        match self {
            Self::Environment => match without_grace(from, &path) {
                Some(lines) => set(to, &path, lines + &grace(to, &path).unwrap_or_default()),
                None => drop(to.remove_all(&path)),
            },
            Self::Grace => {
                let lines = grace(from, &path).unwrap_or_default();
                // A file that is gone is the other part's matter.
                if from.exists(&path) {
                    set(to, &path, without_grace(to, &path).unwrap_or_default() + &lines);
                }
            }
            Self::ScriptMode => {
                if let Ok(found) = from.entry(&path) {
                    drop(to.set_mode(&path, found.mode));
                }
            }
            Self::Script => {
                let mode = to.entry(&path).map_or(0o755, |found| found.mode);
                copy(from, to, &path);
                drop(to.set_mode(&path, mode));
            }
            _ => self.paths(service).iter().for_each(|path| copy(from, to, path)),
        }
    }

    /// Files and folders that make up the part.
    fn paths(self, service: &str) -> Vec<String> {
        let timer = places::timer_unit(service);
        match self {
            Self::Timer => vec![self.path(service), places::drop_ins(&timer)],
            Self::TimerState => vec![places::wanted(&timer), places::active(&timer)],
            Self::Unit => vec![self.path(service), places::drop_ins(&places::retire_unit(service))],
            _ => vec![self.path(service)],
        }
    }
}

/// Whether the environment file reads as the requested edit gone wrong: the requested value is
/// there, but the file's other lines went with it, or run into it. A target that was renamed or
/// commented out is no such thing.
#[must_use]
pub fn is_by_product(part: Part, service: &str, files: &Vfs, requested_grace: u64) -> bool {
    if part != Part::Environment {
        return false;
    }
    let Ok(text) = files.read_text(&part.path(service)) else { return false };
    let keeps = |key: &str| text.lines().any(|line| line.trim_start().starts_with(key));
    let target = text.lines().find_map(|line| line.trim().strip_prefix("TARGET="));
    let requested = format!("{GRACE}{requested_grace}");
    let commented =
        text.lines().any(|line| line.trim_start().starts_with('#') && line.contains("TARGET"));
    let lost = target.is_none() && !(keeps("TICKET=") && keeps("ARCHIVE_DIR="));
    let joined = target.is_some_and(|value| value.starts_with(service) && value.contains(GRACE));
    text.contains(&requested) && !commented && (lost || joined)
}

fn entry<'a>(files: &'a Vfs, path: &str) -> Option<&'a Entry> {
    files.link_entry(path).ok()
}

fn below(files: &Vfs, path: &str) -> Vec<(String, Node, u32)> {
    let inside = format!("{path}/");
    files
        .iter()
        .filter(|(at, _)| *at == path || at.starts_with(&inside))
        .map(|(at, entry)| (at.to_owned(), entry.node.clone(), entry.mode))
        .collect()
}

fn copy(from: &Vfs, to: &mut Vfs, path: &str) {
    drop(to.remove_all(path));
    for (at, node, mode) in below(from, path) {
        drop(to.make_directories(kit::vfs::parent(&at)));
        match node {
            Node::Directory => drop(to.make_directories(&at)),
            Node::Link(target) => drop(to.make_link(&target, &at)),
            Node::File(contents) => {
                drop(to.write(&at, &contents));
                drop(to.set_mode(&at, mode));
            }
        }
    }
}

fn set(files: &mut Vfs, path: &str, text: String) {
    drop(files.write(path, text.as_bytes()));
}

fn grace(files: &Vfs, path: &str) -> Option<String> {
    lines(files, path, |line| line.trim_start().starts_with(GRACE))
}

fn without_grace(files: &Vfs, path: &str) -> Option<String> {
    lines(files, path, |line| !line.trim_start().starts_with(GRACE))
}

fn lines(files: &Vfs, path: &str, keep: impl Fn(&str) -> bool) -> Option<String> {
    let text = files.read_text(path).ok()?;
    let kept = text.lines().filter(|line| keep(line));
    Some(kept.map(|line| format!("{line}\n")).collect())
}
