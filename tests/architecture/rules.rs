//! The sources against the design.

use std::collections::BTreeSet;

use super::design::Design;
use super::sources::Module;

/// Everything that the design does not allow, one sentence each.
pub(crate) fn violations(design: &Design, modules: &[Module]) -> Vec<String> {
    let mut found = Vec::new();
    let tops: BTreeSet<&String> = modules.iter().filter_map(|m| m.path.first()).collect();
    for name in design.rows.keys().filter(|name| !tops.contains(name)) {
        found.push(format!(
            "`{name}` has a row in the table of modules, but no file"
        ));
    }
    for name in tops {
        if !design.rows.contains_key(name) {
            found.push(format!("`{name}` has no row in the table of modules"));
        }
    }
    for module in modules {
        found.extend(imports(design, module));
        found.extend(doors(design, module));
    }
    found
}

fn imports(design: &Design, module: &Module) -> Vec<String> {
    // The crate's root only declares the modules.
    let Some((top, allowed)) = module.path.first().and_then(|top| {
        let allowed = design.rows.get(top)?;
        Some((top, allowed))
    }) else {
        return Vec::new();
    };
    let names: Vec<&str> = allowed.iter().map(String::as_str).collect();
    let list = if names.is_empty() {
        "nothing".to_owned()
    } else {
        names.join(", ")
    };
    let strange = module
        .uses
        .modules
        .iter()
        .filter(|name| *name != top && !allowed.contains(*name));
    strange
        .map(|name| {
            format!(
                "{}: `{top}` uses `{name}`, which its row does not name (it may use {list})",
                module.file
            )
        })
        .collect()
}

fn doors(design: &Design, module: &Module) -> Vec<String> {
    let own = module.path.join("/");
    let inside = |door: &String| own == *door || own.starts_with(&format!("{door}/"));
    let mut found = Vec::new();
    for name in &module.uses.crates {
        if let Some(doors) = design.doors.get(name)
            && !doors.iter().any(inside)
        {
            found.push(format!(
                "{}: `{own}` uses the crate `{name}`, whose door is {}",
                module.file,
                doors.join(", ")
            ));
        }
    }
    found
}

/// Modules that need themselves by way of others, with the way. Those that may use all are left
/// out: nobody may use them.
pub(crate) fn circles(design: &Design) -> Vec<String> {
    let mut found = Vec::new();
    for start in design.rows.keys() {
        let mut ways = vec![vec![start]];
        let mut seen = BTreeSet::new();
        while let Some(way) = ways.pop() {
            let Some(last) = way.last() else { continue };
            if design.free.contains(*last) {
                continue;
            }
            for next in &design.rows[*last] {
                let mut way = way.clone();
                way.push(next);
                if next == start {
                    let way: Vec<_> = way.iter().map(|name| name.as_str()).collect();
                    found.push(format!("`{start}` needs itself: {}", way.join(" -> ")));
                    // One module of a circle is enough to find it.
                    return found;
                }
                if seen.insert(next) {
                    ways.push(way);
                }
            }
        }
    }
    found
}
