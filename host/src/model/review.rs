/// Whether a person looked at the bytes before they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Review {
    /// At these very ones.
    Done,
    /// `lockgate dev` runs, and whatever it builds is run.
    Waived,
}
