//! What the user, the system or the process above sends to end a run.

use std::io::Read as _;
use std::thread;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// What ends a run. None is lost between two waits.
pub(super) struct Signals {
    interrupt: Option<Signal>,
    terminate: Option<Signal>,
    tie: Option<UnboundedReceiver<()>>,
}

impl Signals {
    /// The process's signals; where it is `tied` each byte on standard input, and its end, too.
    pub(super) fn new(tied: bool) -> Self {
        // Where they can't be had, the system's own way of ending a process is left.
        Self {
            interrupt: signal(SignalKind::interrupt()).ok(),
            terminate: signal(SignalKind::terminate()).ok(),
            tie: tied.then(tie),
        }
    }

    /// Ready when the next one has come.
    pub(super) async fn next(&mut self) {
        async fn of(signal: &mut Option<Signal>) {
            match signal {
                Some(signal) => drop(signal.recv().await),
                None => std::future::pending().await,
            }
        }
        let tie = async {
            match &mut self.tie {
                // After its end it has nothing more to say.
                Some(tie) => match tie.recv().await {
                    Some(()) => {}
                    None => std::future::pending().await,
                },
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = of(&mut self.interrupt) => {}
            () = of(&mut self.terminate) => {}
            () = tie => {}
        }
    }
}

/// Reads standard input on a thread of its own: nothing else can wait for it.
fn tie() -> UnboundedReceiver<()> {
    let (sender, receiver) = unbounded_channel();
    // Where no thread is to be had, the signals are left.
    let _ = thread::Builder::new().spawn(move || {
        let mut input = std::io::stdin().lock();
        let mut byte = [0];
        while matches!(input.read(&mut byte), Ok(1)) {
            if sender.send(()).is_err() {
                return;
            }
        }
        let _ = sender.send(());
    });
    receiver
}
