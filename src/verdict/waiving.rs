//! Accepted deviations: which findings a waiver covers, and what becomes of the waivers themselves.
//!
//! A waiver excuses a violation that was seen, until a day. It never turns what was not decided into
//! something that was: that stays inconclusive.

use std::collections::HashSet;

use jiff::civil::Date;

use super::{Finding, Waiver, WaiverMark, WaiverState};
use crate::pack::Catalogue;
use crate::terms::{Level, Severity};

impl Finding {
    /// Whether a waiver accepts it: then it decides nothing.
    pub fn is_waived(&self) -> bool {
        self.waiver.as_ref().is_some_and(|mark| !mark.expired)
    }

    /// Whether it is a defect that no waiver accepts.
    pub fn counts(&self) -> bool {
        self.severity > Severity::Info && !self.is_waived()
    }
}

impl Waiver {
    /// Whether its last day is over.
    fn is_over(&self, today: Date) -> bool {
        self.expires < today
    }

    /// Whether it covers every violation of its requirement.
    pub(super) fn is_whole(&self) -> bool {
        self.pointer.is_none() && self.fingerprint.is_none()
    }

    fn covers(&self, finding: &Finding) -> bool {
        // Information is not a defect: there is nothing to accept.
        finding.severity > Severity::Info
            && finding.requirement == self.requirement
            && self
                .fingerprint
                .as_ref()
                .is_none_or(|own| *own == finding.fingerprint)
            && self
                .pointer
                .as_deref()
                .is_none_or(|own| same_place(own, finding.pointer.as_deref().unwrap_or_default()))
    }

    fn mark(&self, today: Date) -> WaiverMark {
        WaiverMark {
            expired: self.is_over(today),
            reason: self.reason.clone(),
            owner: self.owner.clone(),
            expires: self.expires,
        }
    }
}

/// Whether two pointers lead to the same attribute. Places in a list differ from run to run: any
/// number stands for any other, and `*` for any attribute as well.
fn same_place(own: &str, found: &str) -> bool {
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let (mut own, mut found) = (own.split('/'), found.split('/'));
    loop {
        match (own.next(), found.next()) {
            (None, None) => return true,
            (Some(own), Some(found))
                if own == "*" || own == found || number(own) && number(found) => {}
            _ => return false,
        }
    }
}

/// Puts whole ids in the place of the ends that people write, and gives what is wrong with the
/// waivers, one sentence each; the catalogue knows what can be waived.
pub fn check_waivers(waivers: &mut [Waiver], catalogue: &Catalogue) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut known = HashSet::new();
    for waiver in waivers {
        match catalogue.find(&waiver.requirement) {
            Err(unknown) => wrong.push(unknown.to_string()),
            Ok(requirement) => {
                waiver.requirement.clone_from(&requirement.id);
                if requirement.level == Level::Certification {
                    wrong.push(format!(
                        "{} is of the level certification, which can't be waived: it says what \
                         the official kit would say",
                        requirement.id
                    ));
                }
            }
        }
        let waiver = &*waiver;
        if !known.insert((&waiver.requirement, &waiver.pointer, &waiver.fingerprint)) {
            wrong.push(format!(
                "the same violation of {} is waived twice: keep one waiver",
                waiver.requirement
            ));
        }
    }
    wrong
}

/// Marks what the waivers cover, and puts what they accept last; gives the waivers with what became
/// of them, as far as the findings show.
pub(super) fn apply(findings: &mut [Finding], waivers: &[Waiver], today: Date) -> Vec<Waiver> {
    let mut applied = waivers.to_vec();
    for waiver in &mut applied {
        let expired = waiver.is_over(today);
        let mut covered = 0;
        for finding in findings.iter_mut().filter(|finding| waiver.covers(finding)) {
            covered += 1;
            // One that still counts wins over one that does not.
            if !finding.is_waived() {
                finding.waiver = Some(waiver.mark(today));
            }
        }
        waiver.findings = covered;
        waiver.state = match (covered, expired) {
            (0, _) => WaiverState::Unused,
            (_, true) => WaiverState::Expired,
            (_, false) => WaiverState::Applied,
        };
    }
    findings.sort_by_key(Finding::is_waived);
    applied
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const TODAY: Date = jiff::civil::date(2026, 11, 26);

    fn finding(severity: Severity, pointer: Option<&str>, fingerprint: &str) -> Finding {
        Finding {
            requirement: "R-1".into(),
            level: Level::Profile,
            severity,
            message: "m".into(),
            expected: Value::Null,
            actual: Value::Null,
            pointer: pointer.map(str::to_owned),
            exchange: None,
            kit_induced: false,
            advice: None,
            waiver: None,
            fingerprint: fingerprint.into(),
            count: 1,
            scenarios: vec![],
            blocked: vec![],
        }
    }

    fn waiver(expires: Date) -> Waiver {
        Waiver {
            requirement: "R-1".into(),
            reason: "why".into(),
            owner: "who".into(),
            expires,
            pointer: None,
            fingerprint: None,
            state: WaiverState::Undecided,
            findings: 0,
        }
    }

    #[test]
    fn a_waiver_counts_on_its_last_day_and_not_on_the_next() {
        for (expires, state, waived) in [
            (TODAY, WaiverState::Applied, true),
            (TODAY.yesterday().unwrap(), WaiverState::Expired, false),
        ] {
            let mut findings = [finding(Severity::Fail, None, "a")];
            let applied = apply(&mut findings, &[waiver(expires)], TODAY);
            assert_eq!((applied[0].state, applied[0].findings), (state, 1));
            assert_eq!(findings[0].is_waived(), waived);
            assert_eq!(findings[0].counts(), !waived);
            assert!(findings[0].waiver.is_some(), "the output says which it was");
        }
    }

    #[test]
    fn one_that_still_counts_wins_whatever_their_order() {
        let over = waiver(TODAY.yesterday().unwrap());
        let good = waiver(TODAY);
        for pair in [[over.clone(), good.clone()], [good, over]] {
            let mut findings = [finding(Severity::Fail, None, "a")];
            apply(&mut findings, &pair, TODAY);
            assert!(findings[0].is_waived());
        }
    }

    #[test]
    fn pointer_and_fingerprint_narrow_it_and_information_needs_none() {
        let mut findings = [
            finding(Severity::Fail, Some("/0/channel/3/id"), "a"),
            finding(Severity::Warn, Some("/reason"), "b"),
            finding(Severity::Info, Some("/reason"), "c"),
        ];
        let narrow = |pointer: Option<&str>, fingerprint: Option<&str>| Waiver {
            pointer: pointer.map(str::to_owned),
            fingerprint: fingerprint.map(str::to_owned),
            ..waiver(TODAY)
        };
        let count = |findings: &[Finding], waiver: Waiver| {
            apply(&mut findings.to_vec(), &[waiver], TODAY)[0].findings
        };
        assert_eq!(count(&findings, narrow(None, None)), 2);
        assert_eq!(count(&findings, narrow(Some("/*/channel/*/id"), None)), 1);
        assert_eq!(count(&findings, narrow(Some("/7/channel/0/id"), None)), 1);
        assert_eq!(count(&findings, narrow(Some("/channel/0/id"), None)), 0);
        assert_eq!(count(&findings, narrow(None, Some("b"))), 1);
        assert_eq!(count(&findings, narrow(Some("/reason"), Some("a"))), 0);
        // What is accepted comes last.
        apply(&mut findings, &[narrow(None, Some("a"))], TODAY);
        let order: Vec<&str> = findings.iter().map(|it| it.fingerprint.as_str()).collect();
        assert_eq!(order, ["b", "c", "a"]);
    }
}
