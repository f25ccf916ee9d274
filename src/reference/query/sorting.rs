//! Sorting: `sort=attribute`, `sort=-attribute`, several keys separated by commas.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::criteria::{compare_values, values_at};

/// Sorts by the keys of a `sort` parameter (TMF630, part 1, 4.7). A `+` (also as the blank that
/// it decodes to) sorts upwards; records that lack the attribute come last.
pub(in super::super) fn sort<T>(items: &mut [(Map<String, Value>, T)], keys: &str) {
    let keys: Vec<(bool, Vec<&str>)> = keys
        .split(',')
        .map(|key| {
            let name = key.trim().trim_start_matches(['+', '-']);
            (key.trim().starts_with('-'), name.split('.').collect())
        })
        .collect();
    items.sort_by(|(a, _), (b, _)| {
        let mut orders = keys.iter().map(|(down, path)| order(a, b, path, *down));
        orders
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    });
}

fn order(a: &Map<String, Value>, b: &Map<String, Value>, path: &[&str], down: bool) -> Ordering {
    match (values_at(a, path).first(), values_at(b, path).first()) {
        (Some(a), Some(b)) if down => compare_values(b, a),
        (Some(a), Some(b)) => compare_values(a, b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sorted(keys: &str) -> Vec<u64> {
        let rows = [
            json!({"n": 1, "reason": "b", "creationDate": "2020-01-01T02:00:00+02:00"}),
            json!({"n": 2, "reason": "a", "creationDate": "2020-01-01T01:00:00Z"}),
            json!({"n": 3, "reason": "a", "creationDate": "2020-01-01T00:30:00Z"}),
            json!({"n": 4}),
        ];
        let mut items: Vec<(Map<String, Value>, u64)> = rows
            .into_iter()
            .filter_map(|row| Some((row.as_object()?.clone(), row["n"].as_u64()?)))
            .collect();
        sort(&mut items, keys);
        items.into_iter().map(|(_, n)| n).collect()
    }

    #[test]
    fn keys_sort_up_and_down_dates_as_instants() {
        assert_eq!(sorted("reason"), [2, 3, 1, 4]);
        assert_eq!(sorted("-creationDate"), [2, 3, 1, 4]);
        assert_eq!(sorted(" creationDate"), [1, 3, 2, 4]);
        assert_eq!(sorted("reason,creationDate"), [3, 2, 1, 4]);
        assert_eq!(sorted("nope"), [1, 2, 3, 4]);
    }
}
