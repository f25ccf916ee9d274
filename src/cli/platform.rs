//! What each operating system has in its own way: groups of processes, files for one user, signals.

use std::fs::OpenOptions;
use std::process::Command;

/// A process of its own group: the terminal's Ctrl-C comes to this process, which hands it on.
pub(super) fn in_own_group(command: &mut Command) -> &mut Command {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    #[cfg(windows)]
    {
        // CREATE_NEW_PROCESS_GROUP of the Windows API.
        const NEW_GROUP: u32 = 0x0000_0200;
        std::os::windows::process::CommandExt::creation_flags(command, NEW_GROUP);
    }
    command
}

/// A new file that its owner alone may read, where the system knows rights of that kind; what a file
/// is to have otherwise in `mode`.
pub(super) fn with_mode(options: &mut OpenOptions, mode: u32) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    options
}

/// A signal that ends a process.
#[cfg(unix)]
pub(super) struct EndSignal(tokio::signal::unix::Signal);

#[cfg(unix)]
impl EndSignal {
    /// Those that there are: where they can't be had, the system's own way of ending a process is
    /// left.
    pub(super) fn all() -> Vec<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let kinds = [SignalKind::interrupt(), SignalKind::terminate()];
        let signals = kinds.into_iter().filter_map(|kind| signal(kind).ok());
        signals.map(Self).collect()
    }

    /// Ready when the next one has come.
    pub(super) async fn next(&mut self) {
        self.0.recv().await;
    }
}

/// A signal that ends a process: Ctrl-C.
#[cfg(windows)]
pub(super) struct EndSignal(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl EndSignal {
    /// Those that there are.
    pub(super) fn all() -> Vec<Self> {
        tokio::signal::windows::ctrl_c()
            .ok()
            .map(Self)
            .into_iter()
            .collect()
    }

    /// Ready when the next one has come.
    pub(super) async fn next(&mut self) {
        self.0.recv().await;
    }
}
