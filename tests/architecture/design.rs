//! The tables of the design page.

use std::collections::{BTreeMap, BTreeSet};

/// The row of `main`, which nobody may use.
pub(crate) const MAIN: &str = "main";

/// What the page demands.
#[derive(Debug)]
pub(crate) struct Design {
    /// Module to the modules that it may use.
    pub(crate) rows: BTreeMap<String, BTreeSet<String>>,
    /// Modules that may use all.
    pub(crate) free: BTreeSet<String>,
    /// Crate to the module paths that may use it.
    pub(crate) doors: BTreeMap<String, Vec<String>>,
}

/// The dependencies that the page explains, in its order.
pub(crate) fn dependencies(page: &str) -> Result<Vec<String>, String> {
    let rows = table(page, &["dependency", "for"])?;
    Ok(rows.into_iter().map(|row| row[0].clone()).collect())
}

impl Design {
    /// Reads both tables; the error names what is missing or unknown.
    pub(crate) fn parse(page: &str) -> Result<Self, String> {
        let mut design = Self {
            rows: BTreeMap::new(),
            free: BTreeSet::new(),
            doors: BTreeMap::new(),
        };
        let modules = table(page, &["module", "is", "may use"])?;
        let names: BTreeSet<String> = modules.iter().map(|row| row[0].clone()).collect();
        for row in &modules {
            let may_use = match row[2].as_str() {
                "-" => BTreeSet::new(),
                "all" => {
                    design.free.insert(row[0].clone());
                    names.iter().filter(|name| *name != MAIN).cloned().collect()
                }
                list => list.split(", ").map(str::to_owned).collect(),
            };
            if let Some(unknown) = may_use.iter().find(|name| !names.contains(*name)) {
                return Err(format!("the row of `{}` names `{unknown}`", row[0]));
            }
            if design.rows.insert(row[0].clone(), may_use).is_some() {
                return Err(format!("`{}` has two rows", row[0]));
            }
        }
        for row in table(page, &["crate", "only in"])? {
            let doors = row[1].split(", ").map(str::to_owned).collect();
            design.doors.insert(row[0].clone(), doors);
        }
        Ok(design)
    }
}

/// The rows of the table with these headings, without code marks.
fn table(page: &str, headings: &[&str]) -> Result<Vec<Vec<String>>, String> {
    let mut lines = page.lines().skip_while(|line| cells(line) != headings);
    if lines.next().is_none() {
        return Err(format!("no table with the headings {headings:?}"));
    }
    let rows: Vec<_> = lines
        .skip(1)
        .take_while(|line| line.starts_with('|'))
        .map(cells)
        .collect();
    match rows.iter().find(|row| row.len() != headings.len()) {
        Some(row) => Err(format!("not {} cells: {row:?}", headings.len())),
        None => Ok(rows),
    }
}

fn cells(line: &str) -> Vec<String> {
    line.trim_matches('|')
        .split('|')
        .map(|cell| cell.replace('`', "").trim().to_owned())
        .collect()
}
