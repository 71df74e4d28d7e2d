//! Whether what runs was looked at: who decides that is the supervisor, and the journal notes it beside a quarantine.

/// Whether a person looked at the bytes before they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Review {
    /// At these very ones.
    Done,
    /// `lockgate dev` runs, and whatever it builds is run.
    Waived,
}
