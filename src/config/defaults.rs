//! What counts where nothing is said.

/// The pack that is used where none is named.
pub const DEFAULT_PACK: &str = "tmf683@4.0.0";
/// The configuration file that is read where it exists and none is named.
pub const DEFAULT_FILE: &str = "tmfctk.toml";
/// Where reports go by default.
pub const DEFAULT_OUT: &str = "reports/latest";
/// The reports that are written by default.
pub const DEFAULT_FORMATS: [&str; 3] = ["html", "json", "junit"];
