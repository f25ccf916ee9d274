use super::*;
use crate::config::{self, Overrides};

impl Session {
    /// The same with another pack, for all that is still to be read of it.
    pub(crate) fn with_pack(mut self, pack: &'static Pack) -> Self {
        self.context.pack = pack;
        self
    }
}

/// Of a pack's own features no run checks what its steps name: here it is shown that it is there.
#[test]
fn each_step_of_the_packs_own_features_can_be_carried_out() {
    for name in Pack::names() {
        let given = Overrides {
            api: Some(name),
            target: Some("http://localhost:1/".to_owned()),
            unconfigured: true,
            ..Overrides::default()
        };
        let base = Url::parse("http://localhost:1/").unwrap();
        let mut session = Session::prepare(config::resolve(given).unwrap(), base).unwrap();
        let plan = session.prepare_phases().unwrap();
        assert!(plan.scenarios.len() > 200, "{}", plan.scenarios.len());
        session.runner.lint(&plan, &session.context).unwrap();
        assert!(plan.replays(), "what is not left out reads the replay");
    }
}
