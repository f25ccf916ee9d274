//! `tmfctk completions`: what a shell completes.

use clap::{Args as ClapArgs, Command};
use clap_complete::Shell;

use super::exit::Exit;
use super::style::Terminal;

/// Print what a shell needs to complete commands and options
#[derive(Debug, ClapArgs)]
#[command(
    long_about = "Print what a shell needs to complete the commands and options of tmfctk.",
    after_help = "Examples:\n  \
        tmfctk completions bash > ~/.local/share/bash-completion/completions/tmfctk\n  \
        tmfctk completions zsh > ~/.zfunc/_tmfctk\n  \
        tmfctk completions fish > ~/.config/fish/completions/tmfctk.fish"
)]
pub(super) struct Args {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Prints the shell's script.
pub(super) fn run(args: &Args, mut command: Command, terminal: &mut Terminal) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "tmfctk", &mut script);
    terminal.product(String::from_utf8_lossy(&script).trim_end());
    Exit::Conformant
}
