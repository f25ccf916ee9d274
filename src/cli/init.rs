//! `tmfctk init`: a configuration file that works.

mod import;

use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;
use serde_json::Value;

use self::import::Imported;
use super::exit::{Exit, Failure};
use super::style::Terminal;
use super::target::with_target;
use crate::config::{
    self, DEFAULT_FILE, DEFAULT_PACK, Draft, GivenAccess, Overrides, TargetSetting,
};
use crate::pack::Pack;
use crate::preflight::Preflight;
use crate::session::Session;

/// Write a configuration file that works, from the official kit's own or from a few answers
#[derive(Debug, ClapArgs)]
#[command(
    long_about = "Write a configuration file that works: with the target, whose base URL is tried \
        out and mended where one of the usual mistakes is in it, and with comments on what else \
        can be set. --from takes what the official kit's configuration says: its URL with the \
        blanks around it, headers, payload. Values of headers may be secrets: they are not written \
        down, the file names environment variables for them. What is not given is asked for where \
        there is a terminal.",
    after_help = "Examples:\n  \
        tmfctk init http://localhost:8080/tmf-api/partyInteraction/v4\n  \
        tmfctk init --from config.json --company \"Example Telecom\" --product \"Contact Hub\"\n  \
        tmfctk init --from CHANGE_ME.json --file staging.toml --offline"
)]
pub(super) struct Args {
    /// The target's base URL
    #[arg(value_name = "TARGET")]
    target: Option<String>,
    /// The official kit's configuration: config.json, or CHANGE_ME.json of a v5 kit
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// The file that is written
    #[arg(long, value_name = "FILE", default_value = DEFAULT_FILE)]
    file: PathBuf,
    /// The pack
    #[arg(long, value_name = "PACK", default_value = DEFAULT_PACK)]
    api: String,
    /// The company, for the report
    #[arg(long)]
    company: Option<String>,
    /// The product, for the report
    #[arg(long)]
    product: Option<String>,
    /// The product's release, for the report
    #[arg(long)]
    release: Option<String>,
    /// Ask the target nothing
    #[arg(long)]
    offline: bool,
    /// Write over files that are there
    #[arg(long)]
    force: bool,
}

/// Writes the file, and the payload beside it.
pub(super) fn run(mut args: Args, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let pack = Pack::embedded(&args.api).map_err(Failure::usage)?;
    let imported = match &args.from {
        Some(path) => imported(path, &pack.manifest.resource)?,
        None => Imported::default(),
    };
    if args.target.is_none() && imported.target.is_none() {
        if !std::io::stdin().is_terminal() {
            return Err(Failure::usage(
                "no target: give its base URL (tmfctk init http://host/tmf-api/…/v4), or --from \
                 with the official kit's configuration",
            ));
        }
        ask(
            &mut args,
            &mut std::io::stdin().lock(),
            &mut std::io::stderr(),
        )
        .map_err(Failure::internal)?;
    }
    let given = args.target.clone().or(imported.target).unwrap_or_default();
    let payload_file = args.file.with_file_name("payload.json");
    let payload = imported.payload.as_ref().map(|_| payload_file.as_path());
    for path in [Some(args.file.as_path()), payload].into_iter().flatten() {
        if path.exists() && !args.force {
            let path = path.display();
            let text = format!("{path} is there already: --force writes over it, --file another");
            return Err(Failure::usage(text));
        }
    }
    if let Some(body) = &imported.payload {
        write(&payload_file, &pretty(body)?)?;
    }
    let target = match settled(&args, &given, payload, &imported.headers, terminal) {
        Ok(target) => target,
        Err(failure) => {
            // Half a configuration is none; that it can't be removed would be no better news.
            let _ = payload.map(std::fs::remove_file);
            return Err(failure);
        }
    };
    if payload.is_some() {
        terminal.line(&format!("wrote {}", payload_file.display()));
    }
    let headers = imported.headers.into_keys();
    let draft = Draft {
        target,
        payload: payload.and_then(file_name),
        headers: headers
            .map(|name| (name.clone(), config::variable(&name)))
            .collect(),
        subject: [
            ("company", args.company),
            ("product", args.product),
            ("release", args.release),
        ]
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)))
        .collect(),
    };
    write(&args.file, &draft.text())?;
    terminal.line(&format!("wrote {}", args.file.display()));
    for (name, variable) in &draft.headers {
        terminal.line(&format!(
            "the value of {name} is not written down: set the environment variable {variable}"
        ));
    }
    for note in imported.notes {
        terminal.line(&format!("left out: {note}"));
    }
    let config = match args.file == Path::new(DEFAULT_FILE) {
        true => String::new(),
        false => format!(" --config {}", args.file.display()),
    };
    terminal.line(&format!(
        "next: tmfctk doctor{config}, then tmfctk run{config}"
    ));
    Ok(Exit::Conformant)
}

fn imported(path: &Path, resource: &str) -> Result<Imported, Failure> {
    let wrong = |why: String| Failure::usage(format!("{}: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    import::read(&text, resource).map_err(wrong)
}

/// The base URL as it is written down: the right one, where the target shows it.
fn settled(
    args: &Args,
    given: &str,
    payload: Option<&Path>,
    headers: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<String, Failure> {
    let settings = config::resolve(Overrides {
        target: Some(given.to_owned()),
        api: Some(args.api.clone()),
        payload: payload.map(Path::to_owned),
        access: GivenAccess {
            headers: headers
                .iter()
                .map(|(name, value)| format!("{name}: {value}"))
                .collect(),
            ..GivenAccess::default()
        },
        unconfigured: true,
        ..Overrides::default()
    })
    .map_err(Failure::usage)?;
    let TargetSetting::Url { url, .. } = settings.target.clone() else {
        return Err(Failure::internal("a URL is not a target"));
    };
    if args.offline {
        return Ok(url.into());
    }
    let preflight: Preflight =
        with_target(settings, Default::default(), async |settings, base| {
            let session = Session::prepare(settings, base).map_err(Failure::usage)?;
            Ok(session.preflight().await)
        })?;
    for line in &preflight.lines {
        super::doctor::print(terminal, line);
    }
    Ok(match preflight.right {
        Some(right) => {
            terminal.line(&format!(
                "written down is {right}, which answers like the API"
            ));
            right
        }
        None => url.into(),
    })
}

/// Asks for what was not given.
fn ask(args: &mut Args, from: &mut dyn BufRead, to: &mut dyn Write) -> std::io::Result<()> {
    let mut answer = |question: &str| -> std::io::Result<Option<String>> {
        write!(to, "{question}: ")?;
        to.flush()?;
        let mut line = String::new();
        from.read_line(&mut line)?;
        let line = line.trim();
        Ok((!line.is_empty()).then(|| line.to_owned()))
    };
    args.target = answer("base URL of the target (http://host/tmf-api/.../v4)")?;
    for (value, question) in [
        (&mut args.company, "company (may be left empty)"),
        (&mut args.product, "product (may be left empty)"),
        (&mut args.release, "release (may be left empty)"),
    ] {
        if value.is_none() {
            *value = answer(question)?;
        }
    }
    Ok(())
}

fn file_name(path: &Path) -> Option<String> {
    Some(path.file_name()?.to_string_lossy().into_owned())
}

fn pretty(body: &Value) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(body).map_err(Failure::internal)?;
    Ok(text + "\n")
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let wrong = |error| Failure::usage(format!("{} can't be written: {error}", path.display()));
    std::fs::write(path, text).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        args: Args,
    }

    #[test]
    fn missing_values_are_asked_for() {
        let mut args = Command::parse_from(["init", "--product", "P"]).args;
        let mut asked = Vec::new();
        let answers = " http://h/x \nC\n\n";
        ask(&mut args, &mut answers.as_bytes(), &mut asked).unwrap();
        assert_eq!(args.target.as_deref(), Some("http://h/x"));
        assert_eq!(args.company.as_deref(), Some("C"));
        assert_eq!((args.product.as_deref(), args.release), (Some("P"), None));
        let asked = String::from_utf8(asked).unwrap();
        assert!(
            asked.contains("base URL") && !asked.contains("product"),
            "{asked}"
        );
    }
}
