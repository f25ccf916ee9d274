//! Sorting: `sort=attribute`, `sort=-attribute`, several keys separated by commas.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::criteria::{compare_values, values_at};

/// The keys of a `sort` parameter (TMF630, part 1, 4.7).
#[derive(Debug, Clone)]
pub(in super::super) struct Sorting {
    keys: Vec<Key>,
}

#[derive(Debug, Clone)]
struct Key {
    is_down: bool,
    path: Vec<String>,
}

impl Sorting {
    /// Reads a parameter. A `+` (also as the blank that it decodes to) sorts upwards.
    pub(in super::super) fn read(parameter: &str) -> Self {
        let keys = parameter.split(',').map(|key| {
            let name = key.trim().trim_start_matches(['+', '-']);
            Key {
                is_down: key.trim().starts_with('-'),
                path: name.split('.').map(str::to_owned).collect(),
            }
        });
        Self {
            keys: keys.collect(),
        }
    }

    /// The values that a record is sorted by.
    fn values(&self, record: &Map<String, Value>) -> Vec<Option<Value>> {
        let keys = self.keys.iter();
        keys.map(|key| {
            let path: Vec<&str> = key.path.iter().map(String::as_str).collect();
            values_at(record, &path).first().copied().cloned()
        })
        .collect()
    }

    /// Sorts items by the records that they stand for; those that lack an attribute come last.
    pub(in super::super) fn sort<T>(
        &self,
        items: Vec<T>,
        record: impl Fn(&T) -> Map<String, Value>,
    ) -> Vec<T> {
        // The values alone are kept: all records at once would be many times their text.
        let mut rows: Vec<(Vec<Option<Value>>, T)> = items
            .into_iter()
            .map(|item| (self.values(&record(&item)), item))
            .collect();
        rows.sort_by(|(a, _), (b, _)| self.compare(a, b));
        rows.into_iter().map(|(_, item)| item).collect()
    }

    fn compare(&self, a: &[Option<Value>], b: &[Option<Value>]) -> Ordering {
        let mut orders = self
            .keys
            .iter()
            .zip(a.iter().zip(b))
            .map(|(key, (a, b))| match (a, b) {
                (Some(a), Some(b)) if key.is_down => compare_values(b, a),
                (Some(a), Some(b)) => compare_values(a, b),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => Ordering::Equal,
            });
        orders
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
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
        let sorted = Sorting::read(keys).sort(rows.to_vec(), |row| {
            row.as_object().cloned().unwrap_or_default()
        });
        sorted.iter().filter_map(|row| row["n"].as_u64()).collect()
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
