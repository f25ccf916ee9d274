//! What the user, the system or the process above sends to end a run.

use std::io::Read as _;
use std::thread;

use futures_util::future::select_all;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::platform::EndSignal;

/// What ends a run. None is lost between two waits.
pub(super) struct Signals {
    system: Vec<EndSignal>,
    tie: Option<UnboundedReceiver<()>>,
}

impl Signals {
    /// The process's signals; where it is `tied` each byte on standard input, and its end, too.
    pub(super) fn new(tied: bool) -> Self {
        Self {
            system: EndSignal::all(),
            tie: tied.then(tie),
        }
    }

    /// Ready when the next one has come.
    pub(super) async fn next(&mut self) {
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
        let system = self.system.iter_mut().map(|one| Box::pin(one.next()));
        let system: Vec<_> = system.collect();
        if system.is_empty() {
            return tie.await;
        }
        tokio::select! {
            _ = select_all(system) => {}
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
