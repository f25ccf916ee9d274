//! The environment variables in the values of a configuration file.

use toml::{Table, Value};

/// The value of an environment variable, by its name.
pub(super) type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The text with each `${NAME}` replaced, `${NAME:-other}` where that is not set or empty, and
/// `$${` for the characters themselves. An error never holds a value.
pub(super) fn expand(text: &str, variables: Variables) -> Result<String, String> {
    let mut full = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        if rest[..at].ends_with('$') {
            full.push_str(&rest[..at]);
            full.push('{');
            rest = &rest[at + 2..];
            continue;
        }
        full.push_str(&rest[..at]);
        let Some(end) = rest[at..].find('}') else {
            return Err("`${` has no end; write `$${` for the characters themselves".to_owned());
        };
        let inner = &rest[at + 2..at + end];
        let (name, otherwise) = match inner.split_once(":-") {
            Some((name, otherwise)) => (name, Some(otherwise)),
            None => (inner, None),
        };
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty()
            || !name.chars().all(fits)
            || name.starts_with(|c: char| c.is_ascii_digit())
        {
            return Err(
                "what stands between `${` and `}` must be the name of an environment variable; \
                 write `$${` for the characters themselves"
                    .to_owned(),
            );
        }
        let value = variables(name).filter(|value| !value.is_empty());
        match (value, otherwise) {
            (Some(value), _) => full.push_str(&value),
            (None, Some(otherwise)) => full.push_str(otherwise),
            (None, None) => {
                return Err(format!(
                    "the environment variable {name} is not set, or empty; set it, or write \
                     `${{{name}:-}}` where it may be"
                ));
            }
        }
        rest = &rest[at + end + 1..];
    }
    full.push_str(rest);
    Ok(full)
}

/// Takes out all texts that hold a variable.
pub(super) fn forget_variables(table: &mut Table) {
    table.retain(|_, value| match value {
        Value::String(text) => !text.contains("${"),
        Value::Array(items) => {
            items.retain(|item| !matches!(item, Value::String(text) if text.contains("${")));
            true
        }
        Value::Table(inner) => {
            forget_variables(inner);
            true
        }
        _ => true,
    });
}

/// Does so in a target, which stays one: with its name, and some address.
pub(super) fn forget_target(target: &mut Table) {
    let name = target.remove_entry("name");
    let url = target
        .remove("url")
        .map(|_| ("url".to_owned(), Value::from("")));
    forget_variables(target);
    target.extend(name.into_iter().chain(url));
}
