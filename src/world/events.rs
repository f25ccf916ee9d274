//! The registrations of the run at the target's hub, and the events that come of them.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use tokio::time::Instant;
use url::Url;

use super::heard::{EventSearch, ReceivedEvent, seek};
use super::hub::Subscription;
use super::reach::Reach;
use super::{Context, Reply, id_of};
use crate::evidence::{Stop, shortened};
use crate::http::{Failure, Outgoing};
use crate::pack::Notifications;

/// Bytes of a refusal that are shown.
const LONGEST_REASON: usize = 400;

/// Where callbacks go that nobody can reach: RFC 6761 keeps that name from ever existing.
const NOWHERE: &str = "http://tmfctk.invalid/";

/// What is said of an event that is not among those that were kept.
const TOO_MANY: &str = "more deliveries came to the listener than are kept: whether this one is \
                        among them can't be known";

impl Context {
    /// What the pack says of events.
    pub fn notifications(&self) -> Notifications {
        self.pack.manifest.events.clone().unwrap_or_default()
    }

    /// The URL where listeners are registered, or that of one registration.
    pub fn hub_url(&self, id: Option<&str>) -> Url {
        let path = self.notifications().hub;
        let mut url = self.base.join(&path).unwrap_or_else(|_| self.base.clone());
        if let (Some(id), Ok(mut segments)) = (id, url.path_segments_mut()) {
            segments.push(id);
        }
        url
    }

    /// All that has arrived so far and what it is.
    pub fn heard(&self) -> Vec<ReceivedEvent> {
        let Some(listener) = self.hub.listener() else {
            return Vec::new();
        };
        self.tell_apart(&listener.arrivals())
    }

    fn tell_apart(&self, arrivals: &[Arc<crate::listener::Arrival>]) -> Vec<ReceivedEvent> {
        let events = self.notifications();
        let subscriptions = self.hub.subscriptions();
        let owns = |id: &str| self.client.log().ownership.owns(id);
        let heard = arrivals.iter().enumerate().map(|(index, arrival)| {
            let key = arrival.key.as_deref();
            let mut known = subscriptions.iter();
            let name = known
                .find(|one| Some(one.key.as_str()) == key)
                .map(|one| one.name.clone());
            ReceivedEvent::new(index, arrival, name, &events, &owns, &self.run.marker())
        });
        heard.collect()
    }

    /// The events that can be judged: those of the run's own changes, and those at its callbacks
    /// that can't be known to be other people's. What should not have been reported at all is
    /// judged as that only, and a callback may be looked at before it is reported anything.
    pub fn judged_events(&self) -> Vec<ReceivedEvent> {
        let refused = self.hub.state().refused.clone();
        let mut heard = self.heard();
        heard.retain(|one| {
            let unknown = one.subscription.is_some() && one.record.is_none() && !one.is_foreign();
            (one.own || unknown)
                && !one.arrival.is_probe()
                && one.arrival.cut.is_none()
                && !refused.iter().any(|text| one.tells_of(text))
        });
        heard
    }

    /// Registers a listener of that name; `status` is what it answers to events.
    ///
    /// # Errors
    /// No answer came.
    pub async fn register(
        &self,
        name: &str,
        query: Option<&str>,
        status: Option<u16>,
    ) -> Result<Arc<Reply>, Failure> {
        let key = format!("{}-{:08x}", slug(name), fastrand::u32(..));
        let callback = self.callback(&key, status);
        self.register_at(name, key, callback, query).await
    }

    /// Registers a listener whose callback has a query.
    ///
    /// # Errors
    /// No answer came.
    pub async fn register_with_query(
        &self,
        name: &str,
        query: &str,
    ) -> Result<Arc<Reply>, Failure> {
        let key = format!("{}-{:08x}", slug(name), fastrand::u32(..));
        let callback = format!("{}?{query}", self.callback(&key, None));
        self.register_at(name, key, callback, None).await
    }

    /// A callback with that key, which answers events with that status.
    fn callback(&self, key: &str, status: Option<u16>) -> String {
        let listener = self.hub.listener();
        match listener.filter(|_| self.hub.reach != Reach::Never) {
            Some(listener) => listener.callback(key, status),
            None => format!("{NOWHERE}{key}"),
        }
    }

    /// Why a refused registration says nothing of the hub: the callback of this run may be one that
    /// the target does not take, as long as it has taken none.
    pub fn refused_callback(&self, reply: &Reply) -> Option<Stop> {
        let status = reply.answer.status;
        let taken = !self.hub.subscriptions().is_empty();
        if taken || !self.hub.may_be_refused(status) {
            return None;
        }
        let said = reply.json().ok().map(ToString::to_string);
        let said = said.map(|text| shortened(text, LONGEST_REASON));
        let why = format!(
            "{}: the hub does not take the callback of this run ({}); give one that it takes, https \
             or a public host, say, with --listener-url",
            reply.answer.line(),
            said.as_deref().unwrap_or("it does not say why")
        );
        let stop = Stop::blocked(why, Some(reply.answer.index));
        self.hub.state().refusal.get_or_insert(stop.clone());
        Some(stop)
    }

    /// Registers the callback of an earlier subscription once more, under another name.
    ///
    /// # Errors
    /// No answer came.
    pub async fn register_again(
        &self,
        name: &str,
        earlier: &Subscription,
    ) -> Result<Arc<Reply>, Failure> {
        let key = format!("{}, again", earlier.key);
        self.register_at(name, key, earlier.callback.clone(), None)
            .await
    }

    async fn register_at(
        &self,
        name: &str,
        key: String,
        callback: String,
        query: Option<&str>,
    ) -> Result<Arc<Reply>, Failure> {
        let mut body = Map::new();
        body.insert("callback".to_owned(), json!(callback));
        if let Some(query) = query {
            body.insert("query".to_owned(), json!(query));
        }
        let since = Instant::now();
        let request = Outgoing::new("POST", self.hub_url(None))
            .body("application/json", Value::Object(body).to_string());
        let reply = self.exchange(request, false).await?;
        if (200..300).contains(&reply.answer.status) {
            // Where it gives an id that is not read, that is a limit of ours.
            let (id, cut) = (subscription_id(&reply), reply.answer.cut.as_ref());
            self.note_subscription(Subscription {
                name: name.to_owned(),
                key,
                callback,
                query: query.map(str::to_owned),
                reason: cut
                    .filter(|_| id.is_none())
                    .map(|cut| cut.text().to_owned()),
                id,
                exchange: reply.answer.index,
                since,
                removed: None,
            });
        }
        Ok(reply)
    }

    /// Notes a registration, so that it is removed at the end.
    pub fn note_subscription(&self, subscription: Subscription) {
        self.hub.state().subscriptions.push(subscription);
    }

    /// Removes a subscription; what the target answers is the caller's to judge.
    ///
    /// # Errors
    /// No answer came.
    pub async fn unregister(&self, id: &str) -> Result<Arc<Reply>, Failure> {
        let request = Outgoing::new("DELETE", self.hub_url(Some(id)));
        let sent = self.exchange(request, false).await;
        let status = match &sent {
            Ok(reply) => reply.answer.status,
            Err(failure) if self.client.found_gone(failure) => {
                self.ledger().unregistered(id);
                404
            }
            Err(_) => return sent,
        };
        let mut state = self.hub.state();
        let standing = |one: &&mut Subscription| one.id.as_deref() == Some(id);
        for subscription in state.subscriptions.iter_mut().filter(standing) {
            if status < 300 || status == 404 || status == 410 {
                subscription.removed.get_or_insert_with(Instant::now);
                subscription.reason = None;
            } else {
                subscription.reason = Some(format!("DELETE answers {status}"));
            }
        }
        drop(state);
        sent
    }

    /// Notes the registrations whose answer nobody waited for any more, because the run was
    /// interrupted: they are in the log alone.
    pub fn adopt_registrations(&self) {
        let hub = self.hub_url(None);
        let known = self.hub.subscriptions();
        for exchange in self.client.log().all() {
            let answered = exchange.response.as_ref();
            let Some(response) = answered.filter(|one| (200..300).contains(&one.status)) else {
                continue;
            };
            let request = &exchange.request;
            let index = exchange.index;
            if request.method != "POST"
                || request.url != hub.as_str()
                || known.iter().any(|one| one.exchange == index)
            {
                continue;
            }
            let body = response.message.body.as_deref().unwrap_or_default();
            let body: Value = serde_json::from_str(body).unwrap_or_default();
            // What a scenario has removed already needs no second look, which may take long.
            let is_removed = |id: String| !self.ledger().callbacks_removed(&id).is_empty();
            if id_of(&body).is_some_and(is_removed) {
                continue;
            }
            self.note_subscription(Subscription {
                name: format!("of exchange {index}"),
                key: format!("exchange-{index}"),
                callback: String::new(),
                query: None,
                id: id_of(&body),
                exchange: index,
                since: Instant::now(),
                removed: None,
                reason: None,
            });
        }
    }

    /// Removes all subscriptions that are left.
    pub async fn leave_hub(&self) {
        for subscription in self.hub.subscriptions() {
            let tried = subscription.removed.is_some() || subscription.reason.is_some();
            let reason = match &subscription.id {
                _ if tried => continue,
                None => Some("the target has given no id for it".to_owned()),
                Some(id) => self
                    .unregister(id)
                    .await
                    .err()
                    .filter(|failure| !self.client.found_gone(failure))
                    .map(|failure| failure.message),
            };
            let mut state = self.hub.state();
            let key = &subscription.key;
            let known = state.subscriptions.iter_mut().find(|one| one.key == *key);
            if let (Some(known), Some(_)) = (known, &reason) {
                known.reason = reason;
            }
        }
    }

    /// A subscription that scenarios share: it is registered when it is first asked for, and
    /// others that ask at the same time wait for it.
    ///
    /// # Errors
    /// A blocked scenario where it can't be had, a scenario that is not applicable where events are
    /// left out or the target takes no second listener.
    pub async fn shared_subscription(&self, name: &str) -> Result<(), Stop> {
        if let Some(stop) = self.hub.reach.why_unreachable(true) {
            return Err(stop);
        }
        let cell = {
            let mut state = self.hub.state();
            Arc::clone(state.shared.entry(name.to_owned()).or_default())
        };
        cell.get_or_init(|| Box::pin(self.share(name)))
            .await
            .clone()
    }

    async fn share(&self, name: &str) -> Result<(), Stop> {
        let others = self.hub.subscriptions();
        let others = others.iter().any(|one| one.removed.is_none());
        let reply = self.register(name, None, None).await.map_err(|failure| {
            let why = format!("no listener could be registered: {}", failure.message);
            Stop::blocked(why, failure.exchange)
        })?;
        let line = reply.answer.line();
        match reply.answer.status {
            200..300 => Ok(()),
            409 if others => Err(Stop::NotApplicable(format!(
                "the target supports only one listener: {line}"
            ))),
            _ => Err(self.refused_callback(&reply).unwrap_or_else(|| {
                let why = format!("no listener could be registered: {line}");
                Stop::blocked(why, Some(reply.answer.index))
            })),
        }
    }

    /// Waits until a subscription is notified of the last change of a record by an event of that type:
    /// as soon as it is there, at most as long as an event may take.
    ///
    /// Once an event of a type has not come in time, only scenarios that are judged by it wait for
    /// that type again: for the others, what is there is looked at once.
    ///
    /// # Errors
    /// A blocked scenario where nothing was changed, where nothing can be heard, or where an event
    /// was not waited for; it comes with the exchange of the change whose event was missed first.
    pub async fn await_event(
        &self,
        name: &str,
        kind: &str,
        record: &str,
        judges: bool,
    ) -> Result<(EventSearch, usize), Stop> {
        let (Some(listener), Some(subscription)) =
            (self.hub.listener(), self.hub.subscription(name))
        else {
            let why = format!("no listener \"{name}\" is registered");
            return Err(self
                .hub
                .why_unreachable()
                .unwrap_or(Stop::blocked(why, None)));
        };
        let types = self.notifications().types;
        let follows = types.iter().find(|one| one.name == kind);
        let method = follows.map_or("POST", |one| one.follows.as_str());
        let Some(change) = self.hub.change(record, method, Instant::now()) else {
            let why = format!("nothing was done that a {kind} would report");
            return Err(Stop::blocked(why, None));
        };
        let since = change.at;
        let lost = [
            (None, kind.to_owned()),
            (Some(name.to_owned()), kind.to_owned()),
        ];
        // Where nobody has ever come to the listener, one type stands for all.
        let unreachable = self.hub.why_unreachable().is_some();
        let (known, any) = {
            let state = self.hub.state();
            let known = lost.iter().find_map(|key| state.missing.get(key).copied());
            (known, state.missing.values().min().copied())
        };
        let given_up = known.filter(|_| !judges).or(any.filter(|_| unreachable));
        let timeout = self.settings.events.timeout;
        let in_time = since.max(subscription.since) + timeout;
        let look = |arrivals: &[Arc<crate::listener::Arrival>]| {
            let all = self.tell_apart(arrivals);
            match seek(&all, name, kind, record, since) {
                EventSearch::Found(found) => Some(found),
                _ => None,
            }
        };
        let deadline = given_up.map_or(in_time, |_| Instant::now());
        let mut found = listener.wait_for(deadline, look).await;
        let is_missing = || {
            let sought = seek(&self.heard(), name, kind, record, since);
            matches!(sought, EventSearch::Missing)
        };
        if found.is_none() && known.or(given_up).is_none() && is_missing() {
            // One that comes late is distinguished from one that never comes.
            found = listener.wait_for(in_time + timeout, look).await;
        }
        if let Some(found) = found {
            let arrived = found.arrival.instant;
            let sought = match arrived > in_time {
                true => EventSearch::Late(found, arrived.duration_since(since)),
                false => EventSearch::Found(found),
            };
            return Ok((sought, change.exchange));
        }
        if listener.dropped() > 0 {
            // It may be among those that were not kept.
            return Err(Stop::blocked(TOO_MANY, Some(change.exchange)));
        }
        let all = self.heard();
        // A query may keep events away: that says nothing of the type.
        let mut cause = change.exchange;
        if subscription.query.is_none() {
            let told = all
                .iter()
                .any(|one| one.own && one.kind.as_deref() == Some(kind));
            let key = lost[usize::from(told)].clone();
            let mut state = self.hub.state();
            cause = given_up.unwrap_or(cause);
            state.missing.entry(key).or_insert(cause);
        }
        if let Some(stop) = self.hub.why_unreachable() {
            return Err(stop);
        }
        if given_up.is_some() {
            let why = format!(
                "no {kind} had come; it was not waited for, since an earlier one did not come in \
                 time"
            );
            return Err(Stop::blocked(why, Some(cause)));
        }
        Ok((seek(&all, name, kind, record, since), cause))
    }

    /// Waits until it has been quiet long enough to say that nothing came: one window for the whole
    /// run, which begins with the end of the scenarios that wait for events.
    pub async fn quiet(&self) {
        let from = self.hub.state().quiet_from;
        if let Some(from) = from {
            tokio::time::sleep_until(from + self.settings.events.quiet).await;
        }
    }
}

/// The id of a subscription: the text in the body, else what the Location leads to, else what
/// stands in the body in place of a text.
pub fn subscription_id(reply: &Reply) -> Option<String> {
    let body = reply.json().ok();
    let text = body
        .and_then(|body| body.get("id")?.as_str())
        .filter(|id| !id.trim().is_empty());
    text.map(str::to_owned)
        .or_else(|| reply.located_id())
        .or_else(|| body.and_then(super::id_of))
}

fn slug(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    name.chars().map(plain).collect()
}
