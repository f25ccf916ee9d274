//! What is made of a text for a query: parts of it, and texts that a filter must not take for it.

use crate::evidence::date_time;

/// What is made of a text in that way; none where that would be the text itself.
pub(super) fn derived(whole: &str, how: &str) -> Option<String> {
    let half = whole.chars().count() / 2;
    // Letters in the middle, with that in their place.
    let without = |length: usize, sign: &str| {
        let start: String = whole.chars().take(half).collect();
        let end: String = whole.chars().skip(half + length).collect();
        format!("{start}{sign}{end}")
    };
    let made: String = match how {
        "first half" => whole.chars().take(half).collect(),
        "last half" => whole.chars().skip(half).collect(),
        "in capitals" => whole.to_uppercase(),
        "without accents" => without_accents(whole),
        "with a blank before" => format!(" {whole}"),
        "with a blank behind" => format!("{whole} "),
        "with a percent sign in the middle" => without(2, "%"),
        "with a star in the middle" => without(2, "*"),
        "with an underscore for a letter" => without(1, "_"),
        "with a question mark for a letter" => without(1, "?"),
        "with a dot for a letter" => without(1, "."),
        "with dots and a star in the middle" => without(2, ".*"),
        "with a quote and OR behind" => format!("{}' OR '1'='1", without(1, "~")),
        "with a quote and a comment behind" => format!("{whole}'--"),
        "with 150 characters behind" => format!("{whole} {}", "x".repeat(150)),
        "with 300 characters behind" => format!("{whole} {}", "x".repeat(300)),
        "with an ampersand and more behind" => format!("{whole}&more"),
        "with an equals sign and more behind" => format!("{whole}=more"),
        "with a plus sign and more behind" => format!("{whole}+more"),
        "with a hash sign and more behind" => format!("{whole}#more"),
        // The same instant, two hours east.
        "in another zone" => {
            let instant = date_time(whole)?;
            instant.display_with_offset(jiff::tz::offset(2)).to_string()
        }
        _ => return None,
    };
    (half > 0 && made != whole).then_some(made)
}

/// A text with plain letters in the place of some that have accents.
fn without_accents(text: &str) -> String {
    let plain = |c: char| match c {
        'Ä' => 'A',
        'Ö' => 'O',
        'Ü' => 'U',
        'á' | 'à' | 'â' | 'ä' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'í' | 'ì' | 'î' | 'ï' => 'i',
        'ó' | 'ò' | 'ô' | 'ö' => 'o',
        'ú' | 'ù' | 'û' | 'ü' => 'u',
        other => other,
    };
    text.chars().map(plain).collect()
}
