//! The journal over real files: what is committed, what is not, and what is left after something broke.
