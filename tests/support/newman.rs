//! What the official kit's runner would have written.

use serde_json::{Value, json};

/// The file of newman's JSON reporter for the answers that a result was made of; the kit sent that
/// token, and the target answered with it.
pub fn written_for(result: &Value, token: &str) -> Value {
    let details = result["officialKit"]["details"]
        .as_array()
        .expect("requests");
    let executions = details.iter().enumerate().map(|(position, request)| {
        let checks = request["checks"].as_array().expect("checks").iter();
        let assertions: Vec<Value> = checks
            .flat_map(|check| {
                let executed = check["executed"].as_u64().expect("a number");
                (0..executed).map(|_| json!({"assertion": check["name"], "skipped": false}))
            })
            .collect();
        let body: Vec<u8> = format!("{{\"echo\":\"{token}\"}}").into_bytes();
        json!({
            "cursor": {"position": position, "iteration": 0},
            "item": {"name": request["name"], "request": {"header": [{"key": "Authorization", "value": token}]}},
            "request": {"method": request["method"], "header": [{"key": "Authorization", "value": token}]},
            "response": {
                "code": request["status"],
                "header": [{"key": "set-cookie", "value": "sid=abcdef123456; Path=/"}],
                "cookie": [{"name": "sid", "value": "abcdef123456"}],
                "stream": {"type": "Buffer", "data": body},
            },
            "assertions": assertions,
        })
    });
    json!({"collection": {}, "run": {"stats": {}, "executions": executions.collect::<Vec<_>>()}})
}
