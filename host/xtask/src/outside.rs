//! `cargo xtask outside`: what others will open, opened with their own programs, and formulas against
//! other people's.

pub(crate) mod packages;
mod programs;

use crate::demo::{self, Demo};
use crate::error::TaskError;
use crate::process;
use crate::slow;
use crate::workspace::Workspace;
use clap::Args;
use programs::Programs;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// Everything that is written lies here, from the root.
const FOLDER: &str = "target/outside";
/// The programs that open a report in a browser, from the root.
const BROWSER: &str = "host/report/browser";
/// Tables of other people's formulas, from the root.
const GOLDEN: &str = "host/stats/tests/golden";
/// The programs that read exports, from the root.
const READERS: &str = "host/export/tests/python";
/// Trials of each cell in the report whose filter is timed: ten thousand in fifteen cells.
const MANY: &str = "670";

/// What to add.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cargo xtask outside
  CHROMIUM=/opt/chrome/chrome cargo xtask outside     another browser than the one on the PATH
  cargo xtask outside --validator check_log.py        a second opinion on the log for Inspect

In order: formulas against SciPy, statsmodels and scikit-learn; the report in a browser, with axe and
golden pictures; tables, of a made-up run and of the demonstration, in pandas, pyarrow, DuckDB and
mlcroissant; the demonstration's log in Inspect, its viewer opened in the browser.
Needs Chromium, Node 20 and Python 3.11 with venv. What they need is installed below target/outside,
from the package registries, at the versions that the repository names.")]
pub(crate) struct Outside {
    /// A Python script that judges a log for Inspect as well: run with the log's path, in Inspect's
    /// environment
    #[arg(long, value_name = "FILE")]
    validator: Option<PathBuf>,
}

/// Runs every step, up to the first that fails.
///
/// # Errors
/// With the first failure.
pub(crate) fn run(asked: &Outside) -> Result<(), TaskError> {
    let root = Workspace::load()?.root;
    let began = Instant::now();
    // What is missing is said before minutes are spent.
    let programs = Programs::find()?;
    let folder = root.join(FOLDER);
    create(&folder)?;
    let here = Checks { root, folder, programs };
    type Step<'a> = (&'static str, &'a dyn Fn() -> Result<(), TaskError>);
    let steps: [Step<'_>; 5] = [
        ("formulas", &|| here.formulas()),
        ("report in a browser", &|| here.report()),
        ("tables of a made-up run", &|| here.sample()),
        ("tables of the demonstration", &|| here.tables()),
        ("log for Inspect", &|| here.inspect(asked.validator.as_deref())),
    ];
    let mut rows = Vec::new();
    for (name, step) in steps {
        let took = slow::timed(name, step)?;
        rows.push(format!("{name:<28} passed {:>7.1} s", took.as_secs_f64()));
    }
    println!("\n== summary");
    rows.iter().for_each(|row| println!("{row}"));
    println!("{:<28} passed {:>7.1} s", "all", began.elapsed().as_secs_f64());
    Ok(())
}

/// Where the checks run, and with what.
struct Checks {
    root: PathBuf,
    folder: PathBuf,
    programs: Programs,
}

impl Checks {
    fn formulas(&self) -> Result<(), TaskError> {
        let python = self.python("formulas", &format!("{GOLDEN}/requirements.txt"))?;
        let mut command = self.script(&python, &format!("{GOLDEN}/make.py"));
        process::run(command.arg("--check"), "refresh the files with make.py, or mend the formulas")
    }

    fn report(&self) -> Result<(), TaskError> {
        let page = self.page("page.html", &[])?;
        let many = self.page("many.html", &["--", MANY])?;
        let installed = self.browser()?;
        let pictures = fresh(self.folder.join("pictures"))?;
        let mut command = Command::new("node");
        command.current_dir(&self.root).env("CHROMIUM", &self.programs.chromium);
        command.arg(installed.join("check.mjs")).arg(page).arg("--many").arg(many);
        command.arg("--golden").arg(format!("{BROWSER}/golden")).arg("--out").arg(pictures);
        process::run(&mut command, "mend what is listed above; what differs was kept as a picture")
    }

    /// A report of the made-up run, as a file.
    fn page(&self, name: &str, arguments: &[&str]) -> Result<PathBuf, TaskError> {
        let mut command = process::cargo(&self.root);
        command.args(["run", "--locked", "--quiet", "--package", "report", "--example", "page"]);
        let text = process::output(command.args(arguments), "mend what is said above")?;
        let path = self.folder.join(name);
        fs::write(&path, text).map_err(TaskError::file(&path, "write"))?;
        Ok(path)
    }

    /// The browser's programs in a folder of their own with what they need: the work tree stays as
    /// it is.
    fn browser(&self) -> Result<PathBuf, TaskError> {
        let folder = self.folder.join("browser");
        create(&folder)?;
        let from = self.root.join(BROWSER);
        for entry in fs::read_dir(&from).map_err(TaskError::file(&from, "read"))? {
            let path = entry.map_err(TaskError::file(&from, "read"))?.path();
            if let (true, Some(name)) = (path.is_file(), path.file_name()) {
                fs::copy(&path, folder.join(name)).map_err(TaskError::file(&path, "copy"))?;
            }
        }
        packages::unless_installed(&from.join("package-lock.json"), &folder, || {
            let mut npm = Command::new("npm");
            npm.current_dir(&folder).args(["ci", "--no-audit", "--no-fund"]);
            process::run(&mut npm, "see what npm says above; it needs the npm registry")
        })?;
        Ok(folder)
    }

    fn sample(&self) -> Result<(), TaskError> {
        let folder = fresh(self.folder.join("sample"))?;
        let mut command = process::cargo(&self.root);
        command.args(["run", "--locked", "--quiet", "--package", "export"]);
        command.args(["--example", "sample_tables", "--"]).arg(&folder);
        process::run(&mut command, "mend what is said above")?;
        self.read(&folder)
    }

    fn tables(&self) -> Result<(), TaskError> {
        let run = self.demonstration()?;
        let folder = fresh(self.folder.join("tables"))?;
        for view in ["own", "public"] {
            for (format, ending) in
                [("json", ".jsonl"), ("csv", ".csv"), ("parquet", ".parquet"), ("dataset", "")]
            {
                let out = folder.join(format!("{view}{ending}"));
                let more = ["--format", format, "--view", view, "--transcripts"];
                self.export(&run, &more, &out)?;
            }
        }
        self.read(&folder)
    }

    /// A verified bundle of a run of the smoke suite.
    fn demonstration(&self) -> Result<PathBuf, TaskError> {
        let out = fresh(self.folder.join("demonstration"))?;
        demo::run(&Demo { out: out.clone(), more: Vec::new() })?;
        Ok(out.join("smoke.kinship"))
    }

    fn export(&self, run: &Path, arguments: &[&str], out: &Path) -> Result<(), TaskError> {
        let mut command = process::kinship(&self.root);
        command.arg("export").arg(run).args(arguments).arg("--out").arg(out);
        process::run(&mut command, "see what `kinship export` says above")
    }

    /// Compares every cell of the tables in `folder`.
    fn read(&self, folder: &Path) -> Result<(), TaskError> {
        let python = self.python("tables", &format!("{READERS}/requirements.txt"))?;
        let mut command = self.script(&python, &format!("{READERS}/check.py"));
        process::run(command.arg(folder), "mend the export, or the program that misreads it")
    }

    fn inspect(&self, validator: Option<&Path>) -> Result<(), TaskError> {
        // The step before has made it.
        let run = self.folder.join("demonstration/smoke.kinship");
        let logs = fresh(self.folder.join("logs"))?;
        self.export(&run, &["--format", "inspect"], &logs)?;
        let log = only_file(&logs)?;
        let python = self.python("inspect", &format!("{READERS}/inspect-requirements.txt"))?;
        let mut command = self.script(&python, &format!("{READERS}/inspect_check.py"));
        command.arg(log).arg("--browser").arg(&self.programs.chromium);
        match validator {
            Some(script) => {
                command.arg("--validator").arg(given(script)?);
            }
            None => println!("no --validator was given: Inspect's own reading stands alone"),
        }
        process::run(&mut command, "mend the export, or the program that misreads it")
    }

    fn python(&self, name: &str, requirements: &str) -> Result<PathBuf, TaskError> {
        let folder = self.folder.join("python").join(name);
        packages::environment(&folder, &self.root.join(requirements), &[])
    }

    fn script(&self, python: &Path, script: &str) -> Command {
        let mut command = packages::command(python);
        command.current_dir(&self.root).arg(script);
        command
    }
}

/// A path that holds in another folder too.
fn given(file: &Path) -> Result<PathBuf, TaskError> {
    fs::canonicalize(file).map_err(TaskError::file(file, "read"))
}

fn create(folder: &Path) -> Result<(), TaskError> {
    fs::create_dir_all(folder).map_err(TaskError::file(folder, "create"))
}

/// The folder, empty.
fn fresh(folder: PathBuf) -> Result<PathBuf, TaskError> {
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(TaskError::file(&folder, "empty"))?;
    }
    create(&folder)?;
    Ok(folder)
}

fn only_file(folder: &Path) -> Result<PathBuf, TaskError> {
    let read = || fs::read_dir(folder)?.map(|e| Ok(e?.path())).collect::<std::io::Result<Vec<_>>>();
    let mut found = read().map_err(TaskError::file(folder, "read"))?;
    match (found.pop(), found.len()) {
        (Some(file), 0) => Ok(file),
        (_, more) => Err(TaskError::Refused {
            message: format!("{}: expected one log, found {more} more", folder.display()),
            fix: "mend `kinship export --format inspect`".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_folder_holds_nothing_of_the_last_run() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("logs");
        fs::create_dir(&inner).unwrap();
        fs::write(inner.join("old.eval"), "").unwrap();
        let inner = fresh(inner).unwrap();
        assert_eq!(fs::read_dir(&inner).unwrap().count(), 0);
    }

    #[test]
    fn one_log_is_wanted_no_more_and_no_less() {
        let folder = tempfile::tempdir().unwrap();
        only_file(folder.path()).unwrap_err();
        fs::write(folder.path().join("a.eval"), "").unwrap();
        assert_eq!(only_file(folder.path()).unwrap(), folder.path().join("a.eval"));
        fs::write(folder.path().join("b.eval"), "").unwrap();
        only_file(folder.path()).unwrap_err();
    }
}
