//! `tmfctk serve`: the embedded reference implementation.

use std::net::IpAddr;

use clap::{Args as ClapArgs, ValueEnum};
use serde_json::json;

use super::exit::{Exit, Failure};
use super::style::Terminal;
use crate::config::numbers;
use crate::reference::{self, Fault, Options, Variant};

/// Run the embedded reference implementation, to be checked
#[derive(Debug, ClapArgs)]
#[command(
    long_about = "Run the embedded reference implementation, in memory, on loopback.\n\n\
        It conforms, unless it is asked to break something: each fault breaks one requirement, each \
        variant is conformant in a way of its own. Its first line on standard output is the base \
        URL, printed once it listens.",
    after_help = "Examples:\n  \
        tmfctk serve --port 8080\n  \
        tmfctk serve --port 0 --fault post-200\n  \
        tmfctk serve --list-faults --format json"
)]
pub(super) struct Args {
    /// The port, 0 for a free one
    #[arg(
        long,
        value_name = "N",
        default_value_t = 8080,
        value_parser = numbers::read::<u16>("a port from 0 to 65535")
    )]
    port: u16,
    /// The address to listen at; 0.0.0.0 for all, so that other machines can reach it
    #[arg(
        long,
        value_name = "ADDRESS",
        default_value = "127.0.0.1",
        value_parser = numbers::read::<IpAddr>("an IP address, such as 127.0.0.1 or 0.0.0.0")
    )]
    bind: IpAddr,
    /// Break a requirement (--list-faults has the names), repeatable
    #[arg(long, value_name = "NAME")]
    fault: Vec<Fault>,
    /// Conform in a way of its own (--list-variants has the names), repeatable
    #[arg(long, value_name = "NAME")]
    variant: Vec<Variant>,
    /// Start with that many records
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        value_parser = numbers::read::<usize>("a number of records, such as 100")
    )]
    preload: usize,
    /// List the faults instead of serving
    #[arg(long)]
    list_faults: bool,
    /// List the variants instead of serving
    #[arg(long, conflicts_with = "list_faults")]
    list_variants: bool,
    /// How to print a list
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    format: ListFormat,
}

/// How lists are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ListFormat {
    /// For people.
    Table,
    /// For programs.
    Json,
}

/// Serves until it is stopped, or prints a list.
pub(super) fn run(args: Args, terminal: &mut Terminal) -> Result<Exit, Failure> {
    if args.list_faults {
        list_faults(args.format, terminal);
        return Ok(Exit::Conformant);
    }
    if args.list_variants {
        list_variants(args.format, terminal);
        return Ok(Exit::Conformant);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::internal)?;
    runtime.block_on(async {
        let options = Options {
            bind: args.bind,
            port: args.port,
            faults: args.fault,
            variants: args.variant,
            preload: args.preload,
            ..Options::default()
        };
        let server = reference::start(options).await.map_err(|error| Failure {
            exit: Exit::Usage,
            message: format!("{error:#}: {}", source(&error)),
        })?;
        terminal.product(server.base_url());
        server.join().await;
        Ok(Exit::Conformant)
    })
}

fn source(error: &dyn std::error::Error) -> String {
    error.source().map(ToString::to_string).unwrap_or_default()
}

fn list_faults(format: ListFormat, terminal: &mut Terminal) {
    let faults = reference::faults();
    if format == ListFormat::Json {
        let list: Vec<_> = faults
            .iter()
            .map(|fault| {
                json!({
                    "name": fault.name,
                    "requirement": fault.requirement,
                    "level": fault.level(),
                    "description": fault.description,
                })
            })
            .collect();
        terminal.product(&format!("{:#}", json!(list)));
        return;
    }
    let width = faults
        .iter()
        .map(|fault| fault.name.len())
        .max()
        .unwrap_or_default();
    for fault in faults {
        terminal.product(&format!(
            "{:<width$}  {:<17} {}",
            fault.name, fault.requirement, fault.description
        ));
    }
}

fn list_variants(format: ListFormat, terminal: &mut Terminal) {
    let variants = reference::variants();
    if format == ListFormat::Json {
        let list: Vec<_> = variants
            .iter()
            .map(|variant| json!({ "name": variant.name, "description": variant.description }))
            .collect();
        terminal.product(&format!("{:#}", json!(list)));
        return;
    }
    let width = variants
        .iter()
        .map(|variant| variant.name.len())
        .max()
        .unwrap_or_default();
    for variant in variants {
        terminal.product(&format!(
            "{:<width$}  {}",
            variant.name, variant.description
        ));
    }
}
