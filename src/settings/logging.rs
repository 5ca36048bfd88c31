//! `Logging`: what is logged, and in what form.

use tracing::level_filters::LevelFilter;

use super::reader::Reader;

/// What is logged, and in what form.
#[derive(Clone, Copy, Debug)]
pub struct Logging {
    /// `Logging:LogLevel:Default`: the least important kind of line that is written.
    pub level: LevelFilter,
    /// `Logging:Format`.
    pub format: LogFormat,
}

/// The form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line for machines.
    Json,
}

impl Logging {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let level = match reader
            .text("Logging:LogLevel:Default")
            .to_lowercase()
            .as_str()
        {
            "trace" => LevelFilter::TRACE,
            "debug" => LevelFilter::DEBUG,
            "" | "information" | "info" => LevelFilter::INFO,
            "warning" | "warn" => LevelFilter::WARN,
            "error" | "critical" => LevelFilter::ERROR,
            "none" | "off" => LevelFilter::OFF,
            other => {
                reader.problem(
                    "Logging:LogLevel:Default",
                    &format!(
                        "must be Trace, Debug, Information, Warning, Error or None, not \"{other}\""
                    ),
                );
                LevelFilter::INFO
            }
        };
        let format = match reader.text("Logging:Format").to_lowercase().as_str() {
            "" | "text" => LogFormat::Text,
            "json" => LogFormat::Json,
            other => {
                reader.problem(
                    "Logging:Format",
                    &format!("must be text or json, not \"{other}\""),
                );
                LogFormat::Text
            }
        };
        Self { level, format }
    }
}
