//! Who follows the progress of a run.

/// Follows the progress of a run.
pub trait Observer {
    /// A part of the run begins: its name, and how many steps it has.
    fn phase(&self, name: &str, steps: usize);
    /// One step of the part is done.
    fn step(&self);
    /// A scenario has seen a failure of a requirement. Nothing that the target answered is in the
    /// words, and it can still turn out that the target was away.
    fn failed(&self, requirement: &str, scenario: &str);
    /// The run waits for the target, for this reason; `None` where it goes on.
    fn waiting(&self, reason: Option<&str>);
}

/// An observer that does nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unobserved;

impl Observer for Unobserved {
    fn phase(&self, _: &str, _: usize) {}
    fn step(&self) {}
    fn failed(&self, _: &str, _: &str) {}
    fn waiting(&self, _: Option<&str>) {}
}
