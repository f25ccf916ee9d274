//! The text of a configuration file as a document: its profiles, the environment variables in its
//! values, and the line of whatever is wrong in it.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;
use toml::de::{DeTable, DeValue};
use toml::{Spanned, Table, Value};

use super::variables::{Variables, expand, forget_target, forget_variables};
use crate::suggest::nearest;

/// The table of the file that holds its profiles, one for each environment.
pub(super) const PROFILES: &str = "env";

/// The list of the file that holds its targets.
const TARGETS: &str = "targets";

/// The keys that lead to a value, from the top.
type Path = Vec<String>;

/// A file that can be read as TOML.
pub(super) struct Document<'t> {
    text: &'t str,
    places: Spanned<DeTable<'t>>,
    base: Table,
    profiles: Vec<(String, Table)>,
}

impl<'t> Document<'t> {
    /// Reads the text. An error names line and column, never a value.
    pub(super) fn parse(text: &'t str) -> Result<Self, String> {
        let wrong = |error: toml::de::Error| described(text, &error);
        let places = DeTable::parse(text).map_err(wrong)?;
        let mut base: Table = toml::from_str(text).map_err(wrong)?;
        let mut document = Self {
            text,
            places,
            profiles: Vec::new(),
            base: Table::new(),
        };
        if let Some(profiles) = base.remove(PROFILES) {
            let Value::Table(profiles) = profiles else {
                let text = format!(
                    "`{PROFILES}` holds one table for each environment, such as [{PROFILES}.staging]"
                );
                return Err(document.at(&[PROFILES.to_owned()], text));
            };
            for (name, profile) in profiles {
                let Value::Table(profile) = profile else {
                    let text = format!("`{PROFILES}.{name}` must be a table: [{PROFILES}.{name}]");
                    return Err(document.at(&[PROFILES.to_owned(), name], text));
                };
                document.profiles.push((name, profile));
            }
        }
        document.base = base;
        Ok(document)
    }

    /// The names of its profiles.
    pub(super) fn profiles(&self) -> Vec<String> {
        self.profiles.iter().map(|(name, _)| name.clone()).collect()
    }

    /// Forgets all keys but these, so that nothing is demanded for what nobody asks about.
    pub(super) fn only(&mut self, keys: &[&str]) {
        let tables = self.profiles.iter_mut().map(|(_, profile)| profile);
        for table in tables.chain([&mut self.base]) {
            table.retain(|key, _| keys.contains(&key));
        }
    }

    /// Forgets the variables of all targets but the chosen one: they may stand for secrets that are
    /// not at hand.
    pub(super) fn only_target(&mut self, chosen: Option<&str>) {
        let tables = self.profiles.iter_mut().map(|(_, profile)| profile);
        for table in tables.chain([&mut self.base]) {
            let Some(Value::Array(targets)) = table.get_mut(TARGETS) else {
                continue;
            };
            for target in targets.iter_mut().filter_map(Value::as_table_mut) {
                let name = target.get("name").and_then(Value::as_str);
                if name.is_none() || name != chosen {
                    forget_target(target);
                }
            }
        }
    }

    /// The file's values with those of a profile over them and all variables filled in. What stands
    /// in profiles that are not used is read as well, but for its variables.
    pub(super) fn read<T: DeserializeOwned + JsonSchema>(
        &self,
        profile: Option<&str>,
        variables: Variables,
    ) -> Result<T, String> {
        for (name, profile) in &self.profiles {
            let mut profile = profile.clone();
            forget_variables(&mut profile);
            self.deserialize::<T>(profile, &BTreeSet::new(), Some(name))?;
        }
        let mut values = self.base.clone();
        if let Some(name) = profile {
            let Some((_, over)) = self.profiles.iter().find(|(known, _)| known == name) else {
                return Err(self.no_profile(name));
            };
            merge(&mut values, over);
        }
        let mut filled = BTreeSet::new();
        let mut values = Value::Table(values);
        self.fill(
            &mut values,
            &mut Vec::new(),
            variables,
            &mut filled,
            profile,
        )?;
        match values {
            Value::Table(values) => self.deserialize(values, &filled, profile),
            // It was one.
            _ => Err("the file is not a table".to_owned()),
        }
    }

    fn no_profile(&self, name: &str) -> String {
        let known = self.profiles();
        if known.is_empty() {
            return format!("it has no [{PROFILES}.{name}], nor any other environment");
        }
        let near = nearest(name, known.iter().map(String::as_str))
            .map(|near| format!(", did you mean `{near}`?"))
            .unwrap_or_default();
        let known = known.join(", ");
        format!("it has no [{PROFILES}.{name}]{near} (it has: {known})")
    }

    /// Puts the values of variables into all texts; notes where.
    fn fill(
        &self,
        value: &mut Value,
        path: &mut Path,
        variables: Variables,
        filled: &mut BTreeSet<Path>,
        profile: Option<&str>,
    ) -> Result<(), String> {
        match value {
            Value::String(text) if text.contains("${") => {
                let full = expand(text, variables).map_err(|reason| {
                    let place = self.place(path, profile).map(|(_, value)| value);
                    let at = place.map(|at| position(self.text, at)).unwrap_or_default();
                    format!("{at}`{}`: {reason}", path.join("."))
                })?;
                *text = full;
                filled.insert(path.clone());
            }
            Value::Array(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    path.push(index.to_string());
                    self.fill(item, path, variables, filled, profile)?;
                    path.pop();
                }
            }
            Value::Table(attributes) => {
                for (key, attribute) in attributes.iter_mut() {
                    path.push(key.to_owned());
                    self.fill(attribute, path, variables, filled, profile)?;
                    path.pop();
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Makes a value of the tables. A variable gives a text: where a number or a truth is wanted, it
    /// is read as one.
    fn deserialize<T: DeserializeOwned + JsonSchema>(
        &self,
        mut values: Table,
        filled: &BTreeSet<Path>,
        profile: Option<&str>,
    ) -> Result<T, String> {
        let schema = schemars::schema_for!(T).to_value();
        let known = schema["properties"].as_object();
        let known = || known.into_iter().flat_map(|known| known.keys());
        if let Some(unknown) = values
            .keys()
            .find(|key| !known().any(|known| known == *key))
        {
            let text = unknown_key(unknown, known().map(String::as_str));
            let place = self.place(&[unknown.to_owned()], profile);
            let at = place.map(|(key, _)| position(self.text, key));
            return Err(format!("{}{text}", at.unwrap_or_default()));
        }
        loop {
            let error = match serde_path_to_error::deserialize(values.clone()) {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            let mut path: Path = error
                .path()
                .iter()
                .filter_map(|segment| match segment {
                    Segment::Map { key } => Some(key.clone()),
                    Segment::Seq { index } => Some(index.to_string()),
                    Segment::Enum { .. } | Segment::Unknown => None,
                })
                .collect();
            if path.is_empty() {
                let whole = |value: Value| value.try_into().unwrap_or_default();
                path = culprit::<T>(&Value::Table(values.clone()), &whole).unwrap_or_default();
            }
            let message = error.into_inner();
            let message = message.message();
            if filled.contains(&path)
                && message.starts_with("invalid type: string")
                && read_scalar(&mut values, &path)
            {
                continue;
            }
            if let Some(unknown) = message
                .strip_prefix("unknown field `")
                .and_then(|rest| rest.split('`').next())
                && path.last().is_none_or(|last| last != unknown)
            {
                path.push(unknown.to_owned());
            }
            let text = wrong_type(message, &path).unwrap_or_else(|| {
                let text = suggestion(message);
                if path.is_empty() || text.starts_with("unknown key") {
                    text
                } else {
                    format!("`{}`: {text}", path.join("."))
                }
            });
            let place = self.place(&path, profile);
            let at = place.map(|(key, value)| {
                position(
                    self.text,
                    if message.starts_with("unknown") {
                        key
                    } else {
                        value
                    },
                )
            });
            return Err(format!("{}{text}", at.unwrap_or_default()));
        }
    }

    /// Where a key and its value begin: in the profile, else at the top.
    fn place(&self, path: &[String], profile: Option<&str>) -> Option<(usize, usize)> {
        let within = profile.and_then(|name| {
            let path: Path = [PROFILES, name]
                .into_iter()
                .map(str::to_owned)
                .chain(path.iter().cloned())
                .collect();
            find(self.places.get_ref(), &path)
        });
        within.or_else(|| find(self.places.get_ref(), path))
    }

    /// "line 3, column 7: " of the value of a key that stands at the top, under `[limits]`, or in the
    /// chosen one of the targets.
    pub(super) fn position_of(
        &self,
        key: &str,
        profile: Option<&str>,
        chosen: Option<&str>,
    ) -> Option<String> {
        let targets = self.base.get(TARGETS).and_then(Value::as_array);
        let target = targets.into_iter().flatten().position(|target| {
            chosen.is_some() && target.get("name").and_then(Value::as_str) == chosen
        });
        let own = if key == "target" { "url" } else { key };
        let own = target.map(|at| [TARGETS, &at.to_string(), own].map(str::to_owned).to_vec());
        let nested = ["limits", key].map(str::to_owned).to_vec();
        let paths = own.into_iter().chain([vec![key.to_owned()], nested]);
        let (_, value) = paths
            .into_iter()
            .find_map(|path| self.place(&path, profile))?;
        Some(position(self.text, value))
    }

    fn at(&self, path: &[String], text: String) -> String {
        let at = find(self.places.get_ref(), path).map(|(key, _)| position(self.text, key));
        format!("{}{text}", at.unwrap_or_default())
    }
}

/// The path of the value that can't be read. The error itself does not have it for options that stand
/// in groups of their own; but each key can be read alone.
fn culprit<T: DeserializeOwned>(value: &Value, whole: &dyn Fn(Value) -> Table) -> Option<Path> {
    whole(value.clone()).try_into::<T>().err()?;
    let attributes = value.as_table().into_iter().flatten();
    let below = attributes.into_iter().find_map(|(key, attribute)| {
        let alone = |attribute| whole(Value::Table(Table::from_iter([(key.clone(), attribute)])));
        let mut path = culprit::<T>(attribute, &alone)?;
        path.insert(0, key.clone());
        Some(path)
    });
    Some(below.unwrap_or_default())
}

/// Where a key and its value begin below a table.
fn find(table: &DeTable, path: &[String]) -> Option<(usize, usize)> {
    let (first, rest) = path.split_first()?;
    let (key, value) = table.iter().find(|(key, _)| key.get_ref() == first)?;
    let here = (key.span().start, value.span().start);
    if rest.is_empty() {
        return Some(here);
    }
    match value.get_ref() {
        DeValue::Table(inner) => find(inner, rest),
        // An element has no key: what is wrong in it is found by its own place.
        DeValue::Array(items) => {
            let item = items.get(rest.first()?.parse::<usize>().ok()?)?;
            match item.get_ref() {
                DeValue::Table(inner) if rest.len() > 1 => find(inner, &rest[1..]),
                _ => Some((item.span().start, item.span().start)),
            }
        }
        _ => Some(here),
    }
}

/// What is wrong with a text, with line and column and the likely key, but never a value.
pub(super) fn described(text: &str, error: &toml::de::Error) -> String {
    let at = error.span().map(|span| span.start);
    let line = at.and_then(|at| {
        let begin = text.get(..at)?.rfind('\n').map_or(0, |at| at + 1);
        text[begin..].lines().next()
    });
    let key = line.and_then(|line| line.split('=').next());
    let key = key.unwrap_or_default().trim().to_owned();
    let said = wrong_type(error.message(), &[key]).unwrap_or_else(|| suggestion(error.message()));
    let at = at.map(|at| position(text, at));
    format!("{}{said}", at.unwrap_or_default())
}

/// "line 3, column 7: " of a place in a text.
fn position(text: &str, at: usize) -> String {
    let before = &text[..at.min(text.len())];
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .map_or(0, |rest| rest.chars().count())
        + 1;
    format!("line {line}, column {column}: ")
}

/// Puts a profile's values over others; tables are merged, all else is replaced.
fn merge(values: &mut Table, over: &Table) {
    for (key, value) in over {
        match (values.get_mut(key), value) {
            (Some(Value::Table(inner)), Value::Table(over)) => merge(inner, over),
            _ => {
                values.insert(key.clone(), value.clone());
            }
        }
    }
}

/// Reads a text in place as the number or truth that it spells; false where it spells neither.
fn read_scalar(values: &mut Table, path: &[String]) -> bool {
    let Some((first, rest)) = path.split_first() else {
        return false;
    };
    let mut value = values.get_mut(first);
    for key in rest {
        value = match value {
            Some(Value::Table(inner)) => inner.get_mut(key),
            Some(Value::Array(items)) => key.parse().ok().and_then(|at: usize| items.get_mut(at)),
            _ => None,
        };
    }
    let Some(value) = value else { return false };
    let Value::String(text) = &*value else {
        return false;
    };
    let text = text.trim();
    let scalar = text
        .parse()
        .map(Value::Integer)
        .or_else(|_| text.parse().map(Value::Boolean))
        .or_else(|_| text.parse().map(Value::Float));
    match scalar {
        Ok(scalar) => {
            *value = scalar;
            true
        }
        Err(_) => false,
    }
}

/// "`timeout` must be a number, not of type string" for a value of the wrong type; never the value.
fn wrong_type(message: &str, path: &[String]) -> Option<String> {
    let (given, expected) = message
        .strip_prefix("invalid type: ")?
        .split_once(", expected ")?;
    let given = match given.split(' ').next()? {
        "floating" => "number",
        "map" => "table",
        "sequence" => "list",
        other => other,
    };
    let expected = match expected {
        "f64" | "usize" | "u64" | "u32" | "u16" => "a number",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "a table",
        // The name of our type says nothing to a user.
        other if other.starts_with("struct ") => "a table with keys of its own",
        other => other,
    };
    let key = path.join(".");
    Some(format!("`{key}` must be {expected}, not of type {given}"))
}

/// "unknown key `levl`, did you mean `level`?"
fn suggestion(message: &str) -> String {
    let message = message.replace("unknown field", "unknown key");
    let mut quoted = message.split('`').skip(1).step_by(2);
    let Some(given) = quoted.next().filter(|_| message.starts_with("unknown key")) else {
        return message;
    };
    unknown_key(given, quoted)
}

fn unknown_key<'a>(given: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    match nearest(given, known.clone()) {
        Some(known) => format!("unknown key `{given}`, did you mean `{known}`?"),
        None => {
            let known: Vec<String> = known.map(|known| format!("`{known}`")).collect();
            format!(
                "unknown key `{given}`, expected one of {}",
                known.join(", ")
            )
        }
    }
}
