//! A whole run, from settled settings to the result: prepare, replay, run the phases, clean up,
//! judge.

mod base_url;
mod cleaning;
mod error;
mod events;
mod leftovers;
mod observer;
mod outages;
mod outcome;
mod payload;
mod provenance;
mod selection;
mod spec;
mod sweep;
#[cfg(test)]
mod tests;
mod waivers;
mod walks;

use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use serde_json::Value;
use url::Url;

pub use self::error::SetupError;
pub use self::leftovers::{Cleaned, LeftoversError, remove_leftovers};
pub use self::observer::{Observer, Unobserved};
use self::outcome::{Facts, reachable, result};
use crate::advice;
use crate::config::{Settings, TargetSetting};
use crate::evidence::{Log, Place, ScenarioRun};
use crate::http::{AuthError, Client, Outgoing};
use crate::journal::{self, Claim, Journal};
use crate::kit::{self, Description, Payload, Replay, Replayer};
use crate::pack::Pack;
use crate::plan::{Phase, Plan, Planned};
use crate::preflight::{self, CheckOutcome, Line, Preflight};
use crate::runner::{self, Runner};
use crate::schema::SchemaSet;
use crate::terms::{Level, Severity};
use crate::verdict::{self, RunResult, Waiver};
use crate::world::{self, Context};

/// Makes beforehand what a run needs behind the official kit's replay, in the order in which it
/// will: on another thread, this saves time.
pub fn warm_up(pack: &str, highest: Level) {
    // What is wrong with a pack is reported where it is needed.
    let Ok(pack) = Pack::embedded(pack) else {
        return;
    };
    pack.warm_up(highest);
    // The certification level takes no rules, and few of the steps, which are compiled sooner than
    // asked for.
    if highest > Level::Certification {
        world::warm_up(pack);
        runner::warm_up();
    }
}

/// A run that is sound and may begin.
#[derive(Debug)]
pub struct Session {
    context: Context,
    /// Made before the first request only where the user has a say in it; see
    /// [`Self::prepare_phases`].
    plan: Option<Plan>,
    official: Option<SchemaSet>,
    runner: Runner,
    kit: Option<Description>,
    payload: String,
    notes: Vec<String>,
    /// What earlier runs have left at their targets.
    left_before: Vec<String>,
    waivers: Vec<Waiver>,
    baseline: Option<RunResult>,
}

impl Session {
    /// Reads and checks everything that the user can have made a mistake in, without a request.
    pub fn prepare(settings: Settings, base: Url) -> Result<Self, SetupError> {
        let pack = Pack::embedded(&settings.pack)?;
        let waivers = waivers::of(&settings, pack)?;
        let foreign = settings.features.is_some();
        let plan = if foreign || !settings.selection.is_empty() {
            Some(plan(&settings, pack)?)
        } else {
            None
        };
        let kit = match &pack.manifest.official_kit {
            None => None,
            Some(file) => {
                Some(
                    Description::read(pack.file(file)?).map_err(|error| SetupError::Kit {
                        file: pack.file_name(file),
                        reason: error.to_string(),
                    })?,
                )
            }
        };
        let payload = match payload::configured(&settings, pack)? {
            Some(payload) => payload,
            None => kit
                .as_ref()
                .and_then(payload::default_payload)
                .unwrap_or_default(),
        };
        let log = Arc::new(Log::default());
        let client = Client::new(
            &settings.limits,
            &settings.headers,
            &settings.access,
            settings.keep_foreign_bodies,
            world::collection(&base, pack),
            log,
        )?
        .read_only(settings.existing.read_only);
        let configured = payload::attributes(&settings, pack, &payload)?;
        let mut notes: Vec<String> = provenance::note(&settings.access).into_iter().collect();
        let official = match settings.spec.as_deref() {
            Some(file) => Some(spec::official(file, pack, &mut notes)?),
            None => None,
        };
        let hub = events::hub(&settings, pack, &base)?;
        let context = Context::new(settings, pack, base, client, configured, hub)?;
        let runner = Runner::default();
        if let Some(plan) = plan.as_ref().filter(|_| foreign) {
            runner.lint(plan, &context)?;
        }
        Ok(Self {
            context,
            plan,
            official,
            runner,
            kit,
            payload,
            notes,
            left_before: Vec::new(),
            waivers,
            baseline: None,
        })
    }

    /// Reads what only the phases behind the replay need: the scenarios, and the rules that answers
    /// are held against. Of the pack's own, tests show that they are sound: so this need not be
    /// known before the first request, and [`warm_up`] does it while the replay waits for answers.
    fn prepare_phases(&mut self) -> Result<Plan, SetupError> {
        let plan = match self.plan.take() {
            Some(plan) => plan,
            None => plan(&self.context.settings, self.context.pack)?,
        };
        self.context.read_rules(self.official.take())?;
        Ok(plan)
    }

    /// Gets a token where the run needs one, before the first request to the target. A run that was
    /// not asked to gets it when it needs it.
    pub async fn authenticate(&self) -> Result<(), AuthError> {
        self.context.client.authenticate().await
    }

    /// What the run is about, for a heading.
    pub fn pack(&self) -> &Pack {
        self.context.pack
    }

    /// What the run will do, without a request.
    ///
    /// # Errors
    ///
    /// As [`Self::prepare`] has them, which has made the plan once where its user has a say in it.
    pub fn plan(&self) -> Result<Plan, SetupError> {
        plan(&self.context.settings, self.context.pack)
    }

    /// Looks at the way to the target before it is judged. Sends nothing that changes anything.
    pub async fn preflight(&self) -> Preflight {
        preflight::examine(self.subject(&self.context.collection())).await
    }

    /// What the target answers to a request for one record of the collection: status, media type and
    /// body. None where it does not answer.
    pub async fn sample(&self) -> Option<String> {
        let mut url = self.context.collection();
        url.query_pairs_mut().append_pair("limit", "1");
        let answer = self.context.client.send(Outgoing::new("GET", url)).await;
        let answer = answer.ok()?;
        let body = answer.body.whole().ok()?;
        Some(format!(
            "{} {:?} {}",
            answer.status,
            answer.header("content-type"),
            String::from_utf8_lossy(&body)
        ))
    }

    /// The same as far as no request is needed; what works but should be known is said in the
    /// report, too.
    pub async fn reach(&mut self) -> Vec<Line> {
        let lines = preflight::reach(self.subject(&self.context.collection())).await;
        for line in &lines {
            if let (CheckOutcome::Advice, Some(advice)) = (line.outcome, &line.advice) {
                self.note(format!("{}: {}: {advice}", line.what, line.result));
            }
        }
        lines
    }

    fn subject<'a>(&'a self, collection: &'a Url) -> preflight::Subject<'a> {
        let context = &self.context;
        preflight::Subject {
            settings: &context.settings,
            pack: context.pack,
            base: &context.base,
            collection,
            client: &context.client,
            listener: context.hub.listener(),
            payload: &self.payload,
        }
    }

    /// Keeps a journal of what the run creates in that folder, so that what a crash leaves can be
    /// removed.
    pub fn keep_journal(&mut self, folder: &Path) {
        for path in journal::find(folder).unwrap_or_default() {
            if journal::read(&path).is_ok_and(|left| !left.is_empty()) {
                self.left_before.push(format!(
                    "an earlier run has left records at its target: {} knows them, and tmfctk clean \
                     removes them",
                    path.display()
                ));
            }
        }
        let context = &self.context;
        let about = journal::About {
            target: context.base.to_string(),
            pack: context.pack.manifest.name.clone(),
            started_at: Timestamp::now().to_string(),
        };
        context.keep_journal(Journal::new(folder, &context.settings.seed, about));
    }

    /// Holds what the run will come to against an earlier result.
    pub fn hold_against(&mut self, baseline: RunResult) -> Result<(), SetupError> {
        let pack = &self.context.pack.manifest.name;
        verdict::comparable(&baseline, pack, verdict::SCHEMA_VERSION)?;
        self.baseline = Some(baseline);
        Ok(())
    }

    /// Takes back what the replay predicts where it did not meet the target as the official kit
    /// would: the target stopped serving, or the replay waited for it.
    fn settle_prediction(&mut self) {
        let client = &self.context.client;
        let (outages, busy) = (client.outages(), client.refused_as_busy());
        let Some(replay) = &mut self.context.replay else {
            return;
        };
        outages::take_back_prediction(replay, &outages);
        if busy > 0 && outages.is_empty() {
            replay.withdraw(
                "It can't be predicted whether the target passes the official kit: it limited the \
                 requests of the replay (429, or 503 with Retry-After). The replay waited, which the \
                 kit does not."
                    .to_owned(),
            );
        }
    }

    /// Adds a sentence for the reader of the report.
    pub fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// Runs until all is done or `stop` is ready; created records are cleaned up in both cases.
    ///
    /// `stop` waits for the next wish to end the run; one more than the first ends the cleaning up,
    /// too. Fails never: whatever the target does ends in the result.
    pub async fn run(self, observer: &dyn Observer, stop: impl AsyncFnMut()) -> RunResult {
        let mut waiting = self.context.client.waiting();
        let watched = async {
            while waiting.changed().await.is_ok() {
                let reason = waiting.borrow_and_update().clone();
                observer.waiting(reason.as_deref());
            }
            std::future::pending().await
        };
        tokio::select! {
            result = self.run_unwatched(observer, stop) => result,
            never = watched => never,
        }
    }

    async fn run_unwatched(
        mut self,
        observer: &dyn Observer,
        mut stop: impl AsyncFnMut(),
    ) -> RunResult {
        let started_at = Timestamp::now();
        let started = Instant::now();
        let mut interrupted = false;
        let creates = !self.context.settings.existing.read_only;
        // Where nothing is left out, the certification level reads it.
        let replays = self.plan.as_ref().is_none_or(Plan::replays);
        let replays = replays && creates && self.kit.is_some();
        if !(replays && base_url::is_as_published(&self.context)) {
            tokio::select! {
                _ = base_url::ends_the_run(&self.context) => {}
                () = stop() => interrupted = true,
            }
        }
        let goes_on = !interrupted && self.context.client.halted().is_none();
        if let Some(kit) = self.kit.take_if(|_| replays && goes_on) {
            observer.phase("replaying the official kit", kit.requests.len());
            let (replay, broken_off) =
                replay(&self.context, &kit, &self.payload, observer, &mut stop).await;
            interrupted = broken_off;
            self.context.replay = replay;
            if !interrupted {
                tokio::select! {
                    () = self.context.client.see_whether_it_serves() => {}
                    () = stop() => interrupted = true,
                }
            }
            self.settle_prediction();
        }
        let (mut plan, defect) = match self.prepare_phases() {
            Ok(plan) => (plan, None),
            Err(error) => (Plan::default(), Some(error.to_string())),
        };
        let context = Arc::new(self.context);
        let mut notes = self.notes;
        events::listen(&context, &mut notes);
        let shortest = RefCell::default();
        // Where nothing of the API is found, nothing is judged either.
        let elsewhere = context.replay.is_none() && context.client.halted().is_some();
        if !(interrupted || elsewhere) {
            let phases = run_phases(&context, &plan, &self.runner, &shortest, observer);
            let phases = async {
                phases.await;
                context.client.see_whether_it_serves().await;
                context.see_whether_it_takes_changes(true).await;
            };
            tokio::select! {
                () = phases => {}
                () = stop() => interrupted = true,
            }
        }
        if reachable(&context) {
            notes.extend(self.left_before);
        }
        notes.extend(context.run.note());
        notes.extend(context.not_stood_in());
        let (asked, used) = (context.settings.limits.concurrency, context.concurrency());
        if used < asked {
            notes.push(format!(
                "the collection is large: scenarios ran {used} at a time, not {asked}"
            ));
        }
        if !interrupted {
            tokio::select! {
                advice = advice::after_the_run(&context) => notes.extend(advice),
                () = stop() => interrupted = true,
            }
        }
        cleaning::settle(&context, &mut interrupted, &mut stop).await;
        let halted = context.client.halted();
        // That a target is not there needs no second sentence; that a limit acted does.
        let told = reachable(&context) || context.client.limited();
        if let Some(reason) = halted.as_ref().filter(|_| told) {
            notes.push(format!("the run ended early: {reason}"));
        }
        let outages = context.client.outages();
        let passing = outages.iter().filter(|outage| outage.until.is_some());
        notes.extend(passing.map(|outage| outage.reason.clone()));
        context.client.clean_up();
        cleaning::leave_hub(&context, &mut interrupted, &mut stop).await;
        notes.extend(context.client.limits_that_acted());
        notes.extend(context.client.note_on_codings());
        notes.extend(context.client.note_on_pace());
        notes.extend(context.client.note_on_connections());
        notes.extend(context.client.note_on_cache());
        notes.extend(context.client.notes_on_credentials());
        notes.extend(events::notes(&context));
        let left = cleaning::clean_up(&context, observer, &mut interrupted, &mut stop).await;
        notes.extend(left.notes);
        if let Some(journal) = context.journal() {
            if let Some(path) = journal.close(left.to_stay) {
                notes.push(format!(
                    "what the run may have left at the target stands in {}: tmfctk clean removes it",
                    path.display()
                ));
            }
            notes.extend(journal.trouble());
        }
        let mut runs = self.runner.take_runs();
        walks::finish(
            &mut plan,
            &mut runs,
            shortest.into_inner(),
            &walks::rests_on(&context.settings, context.pack),
            halted.is_some(),
        );
        outages::take_back(&mut runs, &outages);
        let facts = Facts {
            started_at,
            started,
            interrupted,
            halted,
            outages,
            defect,
            created: left.records,
            notes,
            waivers: self.waivers,
            baseline: self.baseline,
        };
        result(&context, &plan, &runs, facts)
    }
}

/// The scenarios that run.
fn plan(settings: &Settings, pack: &Pack) -> Result<Plan, SetupError> {
    let mut features = pack.features(settings.level, settings.features.as_deref())?;
    features.extend(walks::features(settings, pack)?);
    let mut plan = Plan::new(settings.level, &features);
    plan.select(&settings.selection, pack.catalogue()?, settings.level)?;
    Ok(plan)
}

/// Replays the kit, request by request; what was done before `stop` stays.
async fn replay(
    context: &Context,
    kit: &Description,
    payload: &str,
    observer: &dyn Observer,
    stop: &mut impl AsyncFnMut(),
) -> (Option<Replay>, bool) {
    let settings = kit::Settings {
        base: kit_base(context),
        payload: payload.to_owned(),
        decoded_limit: context.settings.limits.answer.inflate_bytes,
        most_plain: context.settings.limits.most_plain,
    };
    // The base was an http or https URL when the settings were resolved.
    let Ok(mut replayer) = Replayer::new(kit, &settings) else {
        return (None, false);
    };
    let (mut broken_off, mut created) = (false, 0);
    while !broken_off {
        let next = replayer.next().filter(|next| next.method == "POST");
        let creates = next.is_some();
        let sent = next.and_then(|next| next.payload.as_ref());
        let sent = sent.map(|sent| match sent {
            Payload::Configured => payload,
            Payload::BuiltIn(text) => text,
        });
        let number = creates.then(|| context.begin_create(None));
        let before = context.client.sent();
        // Answered, or never sent: what got no answer may have been stored all the same.
        let is_settled = || {
            let last = context.client.log().all().pop();
            context.client.sent() == before || last.is_some_and(|last| last.response.is_some())
        };
        let more = {
            let mut step = std::pin::pin!(replayer.step(&*context.client));
            tokio::select! {
                outcome = &mut step => outcome.is_some(),
                () = stop() => {
                    broken_off = true;
                    // What is being created has to be known to be cleaned up.
                    if creates {
                        tokio::select! {
                            _ = &mut step => {}
                            () = tokio::time::sleep(cleaning::PATIENCE) => {}
                            () = stop() => {}
                        }
                    }
                    false
                }
            }
        };
        for id in replayer.created().skip(created) {
            created += 1;
            match id {
                Ok(id) => {
                    let claim = replayed(context, sent.unwrap_or_default());
                    context.note_record(number.unwrap_or_default(), &id, claim);
                    context.note_taken(sent.unwrap_or_default().to_owned().into());
                }
                Err(shown) => context.note_unreachable(shown),
            }
        }
        if let Some(number) = number {
            context.end_create(number, is_settled());
        }
        if !more {
            break;
        }
        let first = replayer.last().filter(|first| first.number == 1);
        if first.is_some_and(base_url::is_suspect) && base_url::ends_the_run(context).await {
            // Nothing of it is the target's.
            return (None, false);
        }
        tokio::select! {
            () = replayer.ask_again_if_late(&*context.client) => {}
            () = stop() => broken_off = true,
        }
        observer.step();
        // What was not sent is not an answer of the target's: the replay is not whole.
        if context.client.halted().is_some() {
            break;
        }
    }
    if !broken_off {
        replayer.examine(&*context.client).await;
    }
    (Some(replayer.finish()), broken_off)
}

/// What identifies the record that the last create of the replay made: it holds no marker.
fn replayed(context: &Context, sent: &str) -> Claim {
    let answer = context.client.log().all().pop();
    let answer = answer.as_ref().and_then(|last| last.response.as_ref());
    let shown = answer.and_then(|answer| answer.message.body.as_deref());
    let shown: Option<Value> = shown.and_then(|body| serde_json::from_str(body).ok());
    let shown = shown.as_ref().map(|body| body.get(0).unwrap_or(body));
    Claim::created(None, &serde_json::from_str(sent).unwrap_or_default(), shown)
}

/// The base URL as the user wrote it: whether its last slash is missing matters to the kit.
fn kit_base(context: &Context) -> String {
    let base = context.base.as_str();
    match &context.settings.target {
        TargetSetting::Url {
            slash_added: true, ..
        } => base.trim_end_matches('/').to_owned(),
        _ => base.to_owned(),
    }
}

async fn run_phases(
    context: &Arc<Context>,
    plan: &Plan,
    runner: &Runner,
    shortest: &RefCell<Vec<Planned>>,
    observer: &dyn Observer,
) {
    let reachable = reachable(context);
    if plan.looks_beyond_the_replay() && reachable {
        context.audit_existing().await;
        let mut names = context.fixture_names();
        names.retain(|name| plan.mentions(name));
        let phase = match context.settings.existing.read_only {
            true => "looking for records that exist",
            false => "creating own records",
        };
        observer.phase(phase, names.len());
        stream::iter(names)
            .for_each_concurrent(context.concurrency(), |name| async move {
                // A record that can't be made blocks the scenarios that need it, each with the cause.
                let _ = context.record(&name).await;
                observer.step();
            })
            .await;
    }
    for phase in Phase::ALL {
        let scenarios = plan
            .scenarios
            .iter()
            .filter(|planned| planned.phase == phase)
            .count();
        // Where nothing answers nothing can be said, and asking on would only take time.
        if scenarios == 0 || !(reachable || phase == Phase::Replay) {
            continue;
        }
        observer.phase(phase.name(), scenarios);
        let progress = |place: &Place, run: &ScenarioRun| {
            observer.step();
            let mut seen = run.evidence.observations.iter();
            let Some(failure) = seen.find(|seen| seen.severity == Severity::Fail) else {
                return;
            };
            let is_it = |one: &&Planned| (&one.path, one.spec.line) == (&place.0, place.1);
            if let Some(planned) = plan.scenarios.iter().find(is_it) {
                observer.failed(&failure.requirement, &planned.spec.name);
            }
        };
        runner.run(context, plan, phase, &progress).await;
        match phase {
            Phase::Walk => walks::shorten(context, plan, runner, shortest).await,
            // A target may have only one listener, and the events need it.
            Phase::Exclusive => context.leave_hub().await,
            Phase::Events => context.hub.expect_quiet(),
            _ => {}
        }
    }
}
