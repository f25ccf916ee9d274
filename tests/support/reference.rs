//! The reference implementation on a thread of its own, for tests that drive the binary.

use std::sync::mpsc;
use std::thread;

use tmfctk::reference::{self, Options};
use tokio::sync::oneshot;

/// A reference implementation that runs until it is dropped.
pub struct Reference {
    base_url: String,
    stop: Option<oneshot::Sender<()>>,
}

impl Reference {
    pub fn start(options: Options) -> Self {
        let (started, starting) = mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async {
                let server = reference::start(options).await.expect("a free port");
                let _ = started.send(server.base_url().to_owned());
                let _ = stopped.await;
            });
        });
        Self {
            base_url: starting.recv().expect("a server that starts"),
            stop: Some(stop),
        }
    }

    /// One that conforms and starts empty.
    pub fn clean() -> Self {
        Self::start(Options::default())
    }

    /// One with a fault.
    pub fn with_fault(name: &str) -> Self {
        Self::start(Options {
            faults: vec![name.parse().expect("a fault")],
            ..Options::default()
        })
    }

    /// Its base URL, with the last slash.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        drop(self.stop.take());
    }
}
