//! Takes every secret out of a result before anything is written.

use super::RunResult;
use crate::evidence::Redactor;

/// Redacts all texts of a result that a target or a user can have filled.
pub fn redact(result: &mut RunResult, redactor: &Redactor) {
    for exchange in &mut result.exchanges {
        redactor.exchange(exchange);
    }
    for delivery in &mut result.deliveries {
        redactor.delivery(delivery);
    }
    for subscription in &mut result.subscriptions {
        subscription.id = subscription.id.as_deref().map(|id| redactor.text(id));
        subscription.reason = subscription
            .reason
            .as_deref()
            .map(|text| redactor.text(text));
    }
    for finding in &mut result.findings {
        finding.message = redactor.text(&finding.message);
        redactor.value(&mut finding.expected);
        redactor.value(&mut finding.actual);
        if let Some(pointer) = &mut finding.pointer {
            *pointer = redactor.text(pointer);
        }
        if let Some(mark) = &mut finding.waiver {
            mark.reason = redactor.text(&mark.reason);
            mark.owner = redactor.text(&mark.owner);
        }
    }
    if let Some(comparison) = &mut result.baseline {
        comparison.before.target = redactor.text(&comparison.before.target);
        comparison.after.target = redactor.text(&comparison.after.target);
        let lists = [
            &mut comparison.new,
            &mut comparison.still,
            &mut comparison.fixed,
            &mut comparison.waived,
            &mut comparison.undecided,
        ];
        for difference in lists.into_iter().flatten() {
            difference.message = redactor.text(&difference.message);
        }
    }
    for waiver in &mut result.waivers {
        waiver.reason = redactor.text(&waiver.reason);
        waiver.owner = redactor.text(&waiver.owner);
        waiver.pointer = waiver.pointer.as_deref().map(|text| redactor.text(text));
    }
    for finding in &mut result.existing_data.findings {
        finding.message = redactor.text(&finding.message);
        for record in &mut finding.records {
            *record = redactor.text(record);
        }
    }
    for scenario in &mut result.scenarios {
        if let Some(reason) = &mut scenario.reason {
            *reason = redactor.text(reason);
        }
        for message in scenario
            .steps
            .iter_mut()
            .filter_map(|step| step.message.as_mut())
        {
            *message = redactor.text(message);
        }
    }
    for requirement in &mut result.requirements {
        if let Some(reason) = &mut requirement.reason {
            *reason = redactor.text(reason);
        }
    }
    for operation in &mut result.operations {
        operation.reason = redactor.text(&operation.reason);
    }
    for record in &mut result.created {
        record.id = redactor.text(&record.id);
        record.url = redactor.text(&record.url);
        record.reason = record.reason.as_deref().map(|reason| redactor.text(reason));
    }
    if let Some(kit) = &mut result.official_kit {
        for request in &mut kit.details {
            request.url = redactor.text(&request.url);
            for text in [&mut request.script_error, &mut request.request_error]
                .into_iter()
                .flatten()
            {
                *text = redactor.text(text);
            }
            for check in &mut request.checks {
                check.name = redactor.text(&check.name);
            }
        }
        for note in &mut kit.notes {
            *note = redactor.text(note);
        }
    }
    result.target.url = redactor.text(&result.target.url);
    result.run.repeat = redactor.text(&result.run.repeat);
    for option in result
        .run
        .selection
        .iter_mut()
        .flat_map(|it| &mut it.options)
    {
        *option = redactor.text(option);
    }
    for record in result
        .run
        .existing
        .iter_mut()
        .flat_map(|it| &mut it.records)
    {
        record.id = redactor.text(&record.id);
    }
    for setting in &mut result.configuration {
        setting.value = redactor.text(&setting.value);
    }
    for note in &mut result.notes {
        *note = redactor.text(note);
    }
}
