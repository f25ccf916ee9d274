//! Hand-made results: small, complete, and with something of everything that a report can show.

use serde_json::{Value, json};
use tmfctk::evidence::{BodyEncoding, Exchange, Message, Request, Response};
use tmfctk::verdict::*;
use tmfctk::words::{Level, Severity, Status, Strength, Verdict};

const BASE: &str = "http://127.0.0.1:8683/tmf-api/partyInteraction/v4/";
const CREATED: &str = r#"{"id":"pi-1","href":"http://127.0.0.1:8683/tmf-api/partyInteraction/v4/partyInteraction/pi-1","direction":"inbounds","reason":"The user wanted to buy TV & internet plan","channel":[{"id":7}]}"#;

/// A run in which something failed, warned, could not be decided, and was left behind.
pub fn failing() -> RunResult {
    let mut levels = vec![
        level(Level::Certification, Verdict::NonConformant),
        level(Level::Profile, Verdict::NonConformant),
        level(Level::Specification, Verdict::Conformant),
        level(Level::Operations, Verdict::Inconclusive),
    ];
    let requirements = requirements();
    for level in &mut levels {
        for requirement in requirements.iter().filter(|r| r.level == level.level) {
            level.counts.add(requirement.status);
        }
    }
    RunResult {
        schema_version: SCHEMA_VERSION,
        kit: kit(),
        run: Run {
            started_at: "2026-07-29T14:03:05.123Z".into(),
            duration_ms: 812,
            seed: "5f3a".into(),
            interrupted: false,
            level: Level::Operations,
            repeat: format!("tmfctk run {BASE} --level operations --seed 5f3a"),
        },
        target: Target {
            url: BASE.into(),
            reference: false,
        },
        gate: Level::Profile,
        strict: false,
        verdict: Verdict::NonConformant,
        reason: "1 requirement of the level profile failed: TMF683-4-PRO-005.".into(),
        official_kit: Some(official_kit()),
        levels,
        requirements,
        findings: findings(),
        existing_data: ExistingData {
            records: 500,
            violating: 2,
            findings: vec![DataFinding {
                requirement: "TMF683-4-PRO-005".into(),
                pointer: "/channel".into(),
                message: "The mandatory attribute channel is missing.".into(),
                count: 2,
                records: vec!["old-17".into(), "old-23".into()],
            }],
        },
        scenarios: scenarios(),
        exchanges: exchanges(),
        created: vec![
            CreatedRecord {
                id: "pi-1".into(),
                url: format!("{BASE}partyInteraction/pi-1"),
                deleted: true,
                reason: None,
            },
            CreatedRecord {
                id: "pi-2".into(),
                url: format!("{BASE}partyInteraction/pi-2"),
                deleted: false,
                reason: Some("DELETE answered 405.".into()),
            },
        ],
        notes: vec!["A missing last slash of the base URL was added.".into()],
    }
}

/// The same target, repaired.
pub fn conformant() -> RunResult {
    let mut result = failing();
    result.verdict = Verdict::Conformant;
    result.reason = "Every requirement up to the gate profile holds.".into();
    result.findings.clear();
    result.existing_data = ExistingData::default();
    for requirement in &mut result.requirements {
        requirement.status = match requirement.status {
            Status::Failed | Status::Warned | Status::Inconclusive => Status::Passed,
            status => status,
        };
    }
    for level in &mut result.levels {
        level.verdict = Verdict::Conformant;
        level.counts = Counts::default();
        for requirement in result
            .requirements
            .iter()
            .filter(|r| r.level == level.level)
        {
            level.counts.add(requirement.status);
        }
    }
    for scenario in &mut result.scenarios {
        scenario.status = Status::Passed;
        scenario.reason = None;
        for step in &mut scenario.steps {
            step.status = StepStatus::Passed;
            step.message = None;
        }
    }
    if let Some(kit) = &mut result.official_kit {
        kit.would_pass = Some(true);
        kit.assertions = 246;
        (kit.failed, kit.failed_assertions, kit.script_errors) = (0, 0, 0);
        for request in &mut kit.details {
            request.failed_assertions = 0;
            request.script_error = None;
            for check in &mut request.checks {
                check.failed = 0;
                check.kit_induced = false;
            }
        }
    }
    for record in &mut result.created {
        record.deleted = true;
        record.reason = None;
    }
    result
}

/// Nothing answered.
pub fn unreachable() -> RunResult {
    let mut result = conformant();
    result.verdict = Verdict::Inconclusive;
    result.reason = "No request was answered: connection refused.".into();
    result.run.interrupted = true;
    result.run.level = Level::Certification;
    result.gate = Level::Certification;
    result.levels.truncate(1);
    result.levels[0].verdict = Verdict::Inconclusive;
    result.levels[0].counts = Counts::default();
    result
        .requirements
        .retain(|r| r.level == Level::Certification);
    for requirement in &mut result.requirements {
        requirement.status = Status::Inconclusive;
        requirement.reason = Some("No request was answered.".into());
        result.levels[0].counts.add(requirement.status);
    }
    result.scenarios.retain(|s| s.level == Level::Certification);
    for scenario in &mut result.scenarios {
        scenario.status = Status::Inconclusive;
        scenario.reason = Some("No request was answered.".into());
        for step in &mut scenario.steps {
            step.status = StepStatus::Inconclusive;
        }
    }
    if let Some(kit) = &mut result.official_kit {
        kit.would_pass = None;
        kit.assertions = 0;
        (kit.failed, kit.request_errors) = (2, 2);
        for request in &mut kit.details {
            request.status = None;
            request.assertions = 0;
            request.checks.clear();
            request.request_error = Some("connection refused".into());
        }
    }
    for exchange in &mut result.exchanges {
        exchange.response = None;
        exchange.error = Some("connection refused".into());
    }
    result.created.clear();
    result
}

/// A run of `count` findings and as many exchanges.
pub fn big(count: usize) -> RunResult {
    let mut result = failing();
    let finding = result.findings[0].clone();
    let exchange = result.exchanges[0].clone();
    result.findings = (0..count)
        .map(|index| Finding {
            exchange: Some(index),
            fingerprint: format!("{index:016x}"),
            ..finding.clone()
        })
        .collect();
    result.exchanges = (0..count)
        .map(|index| Exchange {
            index,
            ..exchange.clone()
        })
        .collect();
    result
}

/// Text that attacks whoever shows it.
pub const HOSTILE: &str = "</script></style><script>alert(1)</script><img src=x onerror=alert(2)>\
    {{target.url}}{{{raw}}}{{> page}}\" onmouseover=alert(3) ' ` \u{202e}gpj\u{2066}\
    \u{1b}[2J\u{9b}31m\0\u{b}\u{feff}&amp;&#x3c;]]>--><!--${`1`}\r\n\u{fffe}javascript:alert(4)";

/// A run of which every text that can come from outside is hostile.
pub fn hostile() -> RunResult {
    let mut value = serde_json::to_value(failing()).expect("a result is json");
    poison(&mut value, "");
    serde_json::from_value(value).expect("poison keeps the shape")
}

/// Puts the hostile text before each string, but for those that are words of a fixed set.
fn poison(value: &mut Value, key: &str) {
    const WORDS: [&str; 7] = [
        "level",
        "gate",
        "verdict",
        "strength",
        "severity",
        "status",
        "bodyEncoding",
    ];
    match value {
        Value::String(text) if !WORDS.contains(&key) => *text = format!("{HOSTILE}{text}"),
        Value::Array(items) => items.iter_mut().for_each(|item| poison(item, key)),
        Value::Object(members) => members
            .iter_mut()
            .for_each(|(key, member)| poison(member, key)),
        _ => {}
    }
}

fn kit() -> Kit {
    Kit {
        name: "tmfctk".into(),
        version: "0.1.0".into(),
        pack: "tmf683@4.0.0".into(),
        pack_title: "TMF683 Party Interaction Management API 4.0.0".into(),
    }
}

fn level(level: Level, verdict: Verdict) -> LevelResult {
    LevelResult {
        level,
        verdict,
        counts: Counts::default(),
    }
}

fn requirements() -> Vec<RequirementResult> {
    let entry = |id: &str, level, strength, status, reason: Option<&str>, statement: &str| {
        RequirementResult {
            id: id.into(),
            level,
            strength,
            status,
            reason: reason.map(str::to_owned),
            statement: statement.into(),
            sources: vec!["CP4 'Mandatory Attributes'".into(), "SW4 #/paths".into()],
            scenarios: scenarios()
                .into_iter()
                .filter(|scenario| scenario.requirements.iter().any(|known| known == id))
                .map(|scenario| scenario.id)
                .collect(),
        }
    };
    use {Level::*, Status::*, Strength::*};
    vec![
        entry(
            "TMF683-4-CTK-001",
            Certification,
            Must,
            Passed,
            None,
            "A create request carrying the four profile-mandatory inputs is answered with exactly 201; 200, 202 or 204 are not accepted.",
        ),
        entry(
            "TMF683-4-CTK-010",
            Certification,
            Must,
            NotTested,
            Some("The configured payload differs from the kit's own."),
            "Two creates with byte-identical content are both accepted with 201.",
        ),
        entry(
            "TMF683-4-CTK-011",
            Certification,
            Must,
            Failed,
            None,
            "The raw response text literally contains the decoded values of direction, href, id and reason.",
        ),
        entry(
            "TMF683-4-PRO-001",
            Profile,
            Must,
            Passed,
            None,
            "A created resource is retrievable by its id.",
        ),
        entry(
            "TMF683-4-PRO-005",
            Profile,
            Must,
            Failed,
            None,
            "A channel's id is text in every representation of the resource.",
        ),
        entry(
            "TMF683-4-PRO-009",
            Profile,
            Should,
            Warned,
            None,
            "A null in place of a mandatory attribute is refused, not repaired.",
        ),
        entry(
            "TMF683-4-SPC-003",
            Specification,
            Must,
            Passed,
            None,
            "An answer with a body carries a JSON media type.",
        ),
        entry(
            "TMF683-4-OPE-020",
            Operations,
            Must,
            NotApplicable,
            Some("PATCH is not offered: 405 Method Not Allowed."),
            "A merge patch keeps what it does not name.",
        ),
        entry(
            "TMF683-4-OPE-041",
            Operations,
            Must,
            Inconclusive,
            Some("No callback can reach this host; set --listener-url."),
            "A create event follows each create.",
        ),
        entry(
            "TMF683-4-OPE-044",
            Operations,
            May,
            Waived,
            Some("Accepted until 2026-12-31."),
            "Events carry a correlation id.",
        ),
    ]
}

fn findings() -> Vec<Finding> {
    let base = Finding {
        requirement: "TMF683-4-PRO-005".into(),
        level: Level::Profile,
        severity: Severity::Fail,
        message: "The channel's id came back as a number where text was sent.".into(),
        expected: json!("7"),
        actual: json!(7),
        pointer: Some("/channel/0/id".into()),
        exchange: Some(0),
        kit_induced: false,
        advice: Some("Serialise ids as JSON strings.".into()),
        fingerprint: "9f2c11d0a4be7716".into(),
        count: 3,
        scenarios: vec!["create/values-are-kept".into()],
        blocked: vec!["events/create-event".into()],
    };
    vec![
        base.clone(),
        Finding {
            requirement: "TMF683-4-CTK-011".into(),
            level: Level::Certification,
            message:
                "The raw body writes `&` as `\\u0026`, and the official kit compares raw text."
                    .into(),
            expected: json!({"reason": "buy TV & internet"}),
            actual: json!({"reason": "buy TV \\u0026 internet"}),
            pointer: None,
            exchange: Some(1),
            kit_induced: true,
            advice: Some(
                "Only the kit's own flaw makes this fail: the decoded JSON is right.".into(),
            ),
            fingerprint: "11aa".into(),
            count: 1,
            scenarios: vec!["kit/02-create".into()],
            blocked: vec![],
            ..base.clone()
        },
        Finding {
            requirement: "TMF683-4-PRO-009".into(),
            severity: Severity::Warn,
            message: "A null reason was accepted and replaced.".into(),
            expected: json!({"status": 400}),
            actual: json!({"status": 201, "reason": ""}),
            pointer: Some("/reason".into()),
            exchange: Some(2),
            fingerprint: "22bb".into(),
            advice: None,
            count: 1,
            scenarios: vec!["create/refuses-null".into()],
            blocked: vec![],
            ..base.clone()
        },
        Finding {
            requirement: "TMF683-4-SPC-003".into(),
            level: Level::Specification,
            severity: Severity::Info,
            message: "The answer names an extension attribute that the description does not know."
                .into(),
            expected: Value::Null,
            actual: json!("x-region"),
            pointer: Some("/x-region".into()),
            exchange: None,
            fingerprint: "33cc".into(),
            advice: None,
            count: 1,
            scenarios: vec![],
            blocked: vec![],
            ..base
        },
    ]
}

fn scenarios() -> Vec<ScenarioResult> {
    let step = |keyword: &str, text: &str, status, message: Option<&str>| StepResult {
        keyword: keyword.into(),
        text: text.into(),
        status,
        message: message.map(str::to_owned),
        table: vec![],
    };
    let base = ScenarioResult {
        id: "kit/01-create".into(),
        name: "The first create is answered as the kit expects".into(),
        feature: "Create and retrieve".into(),
        level: Level::Certification,
        requirements: vec!["TMF683-4-CTK-001".into()],
        status: Status::Passed,
        reason: None,
        duration_ms: 12,
        steps: vec![
            step(
                "Given",
                "the replay of the official kit",
                StepStatus::Passed,
                None,
            ),
            step(
                "Then",
                "request 1 of the official kit passes",
                StepStatus::Passed,
                None,
            ),
        ],
        exchanges: vec![0],
    };
    vec![
        base.clone(),
        ScenarioResult {
            id: "kit/02-create".into(),
            name: "The second create is answered as the kit expects".into(),
            requirements: vec!["TMF683-4-CTK-011".into()],
            status: Status::Failed,
            reason: Some("1 of 11 assertions failed.".into()),
            steps: vec![
                step(
                    "Given",
                    "the replay of the official kit",
                    StepStatus::Passed,
                    None,
                ),
                step(
                    "Then",
                    "request 2 of the official kit passes",
                    StepStatus::Failed,
                    Some("1 of 11 assertions failed"),
                ),
            ],
            exchanges: vec![1],
            ..base.clone()
        },
        ScenarioResult {
            id: "create/values-are-kept".into(),
            name: "Every value sent comes back".into(),
            feature: "Create".into(),
            level: Level::Profile,
            requirements: vec!["TMF683-4-PRO-001".into(), "TMF683-4-PRO-005".into()],
            status: Status::Failed,
            reason: Some("The channel's id came back as a number where text was sent.".into()),
            duration_ms: 40,
            steps: vec![
                StepResult {
                    table: vec![
                        vec!["attribute".into(), "value".into()],
                        vec!["direction".into(), "inbound".into()],
                        vec!["channel[0].id".into(), "7".into()],
                    ],
                    ..step("Given", "a record with", StepStatus::Passed, None)
                },
                step("When", "I create it", StepStatus::Passed, None),
                step(
                    "Then",
                    "every value that I sent comes back",
                    StepStatus::Failed,
                    Some("/channel/0/id: expected \"7\", got 7"),
                ),
                step(
                    "And",
                    "the record is in the list",
                    StepStatus::Skipped,
                    None,
                ),
            ],
            exchanges: vec![0, 1, 3],
        },
        ScenarioResult {
            id: "create/refuses-null".into(),
            name: "A null reason is refused".into(),
            feature: "Create".into(),
            level: Level::Profile,
            requirements: vec!["TMF683-4-PRO-009".into()],
            status: Status::Warned,
            reason: Some("A null reason was accepted and replaced.".into()),
            duration_ms: 9,
            steps: vec![
                step(
                    "When",
                    "I create a record whose reason is null",
                    StepStatus::Passed,
                    None,
                ),
                step(
                    "Then",
                    "it is refused",
                    StepStatus::Warned,
                    Some("201 in place of 400"),
                ),
            ],
            exchanges: vec![2],
        },
        ScenarioResult {
            id: "patch/keeps".into(),
            name: "A patch keeps what it does not name".into(),
            feature: "Patch".into(),
            level: Level::Operations,
            requirements: vec!["TMF683-4-OPE-020".into()],
            status: Status::NotApplicable,
            reason: Some("PATCH is not offered: 405 Method Not Allowed.".into()),
            duration_ms: 0,
            steps: vec![step(
                "Given",
                "the target offers PATCH",
                StepStatus::NotApplicable,
                None,
            )],
            exchanges: vec![3],
        },
        ScenarioResult {
            id: "events/create-event".into(),
            name: "A create event follows a create".into(),
            feature: "Events".into(),
            level: Level::Operations,
            requirements: vec!["TMF683-4-OPE-041".into()],
            status: Status::Inconclusive,
            reason: Some("No callback can reach this host; set --listener-url.".into()),
            duration_ms: 3,
            steps: vec![step(
                "Given",
                "a subscription",
                StepStatus::Inconclusive,
                Some("no callback can reach this host"),
            )],
            exchanges: vec![],
        },
    ]
}

fn exchanges() -> Vec<Exchange> {
    let exchange = |index, method: &str, path: &str, body: Option<&str>, status, answer: &str| {
        let headers = vec![
            ("accept".to_owned(), "application/json".to_owned()),
            ("content-type".to_owned(), "application/json".to_owned()),
            ("authorization".to_owned(), "[redacted]".to_owned()),
        ];
        Exchange {
            index,
            request: Request {
                method: method.into(),
                url: format!("{BASE}{path}"),
                message: Message {
                    headers,
                    body: body.map(str::to_owned),
                    body_bytes: body.map_or(0, |body| body.len() as u64),
                    ..Message::default()
                },
            },
            response: Some(Response {
                status,
                message: Message {
                    headers: vec![
                        (
                            "content-type".into(),
                            "application/json;charset=utf-8".into(),
                        ),
                        ("content-length".into(), answer.len().to_string()),
                    ],
                    body: Some(answer.to_owned()),
                    body_bytes: answer.len() as u64,
                    ..Message::default()
                },
            }),
            started_at: format!("2026-07-29T14:03:05.{index:03}Z"),
            duration_ms: 12,
            duration_micros: 12_345,
            error: None,
        }
    };
    let payload = r#"{"channel":[{"id":"7"}],"direction":"inbounds","reason":"The user wanted to buy TV & internet plan"}"#;
    let mut exchanges = vec![
        exchange(0, "POST", "partyInteraction", Some(payload), 201, CREATED),
        exchange(1, "POST", "partyInteraction", Some(payload), 201, CREATED),
        exchange(
            2,
            "POST",
            "partyInteraction",
            Some(r#"{"reason":null}"#),
            201,
            r#"{"id":"pi-3","reason":""}"#,
        ),
        exchange(
            3,
            "PATCH",
            "partyInteraction/pi-1",
            Some("{}"),
            405,
            "<html>405</html>",
        ),
        exchange(
            4,
            "GET",
            "partyInteraction?direction=inbounds",
            None,
            200,
            r#"[{"id":"pi-1"},{"id":"old-17","#,
        ),
        exchange(5, "GET", "partyInteraction/pi-1", None, 200, "iVBORw0KGgo="),
    ];
    if let Some(response) = &mut exchanges[4].response {
        response.message.body_truncated = true;
        response.message.body_bytes = 4_200_000;
        response.message.masked_records = 1;
    }
    if let Some(response) = &mut exchanges[5].response {
        response.message.body_encoding = BodyEncoding::Base64;
        response.message.body_bytes = 8;
    }
    exchanges
}

fn official_kit() -> OfficialKit {
    let check = |name: &str, executed, failed, kit_induced| KitAssertion {
        name: name.into(),
        executed,
        failed,
        kit_induced,
    };
    let request =
        |number, folder: &str, name: &str, method: &str, path: &str, status, failed| KitRequest {
            number,
            folder: folder.into(),
            name: name.into(),
            method: method.into(),
            url: format!("{BASE}{path}"),
            status: Some(status),
            assertions: 11,
            failed_assertions: failed,
            script_error: None,
            request_error: None,
            checks: vec![
                check("Status code is expected", 1, 0, false),
                check("Instance has all mandatory attributes", 1, 0, false),
                check("Response has direction attribute", 5, 0, false),
                check("Body includes value of reason", 4, failed, failed > 0),
            ],
            exchanges: vec![number - 1],
        };
    let mut details = vec![
        request(
            1,
            "N1",
            "Create with the configured payload",
            "POST",
            "partyInteraction",
            201,
            0,
        ),
        request(
            2,
            "N1",
            "Create with the kit's payload",
            "POST",
            "partyInteraction",
            201,
            1,
        ),
        request(3, "N1", "List", "GET", "partyInteraction", 200, 0),
        request(
            4,
            "N2",
            "Filter by direction",
            "GET",
            "partyInteraction?direction=inbounds",
            200,
            0,
        ),
        request(
            5,
            "N2",
            "Select direction",
            "GET",
            "partyInteraction?fields=direction",
            200,
            0,
        ),
        request(
            6,
            "E1",
            "Unknown id",
            "GET",
            "partyInteraction/9537d3a7-af52-44a7-b675-26e2fa32df85",
            404,
            0,
        ),
    ];
    details[3].script_error = Some("SyntaxError: Unexpected end of JSON input".into());
    details[4].assertions = 0;
    details[4].checks.clear();
    OfficialKit {
        edition: "2021-04-15".into(),
        would_pass: Some(false),
        requests: 6,
        assertions: 55,
        failed: 2,
        failed_assertions: 1,
        script_errors: 1,
        request_errors: 0,
        kit_limit_likely: false,
        notes: vec!["Request 3 was redirected once.".into()],
        details,
    }
}
