//! What a list of measured values comes to: least, middle, 90th of a hundred, greatest.

use serde::Serialize;

/// A list's order statistics, in the unit of its values.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// The least value.
    pub min: f64,
    /// The middle value; of two middle ones the greater.
    pub median: f64,
    /// The value that nine of ten do not exceed.
    pub p90: f64,
    /// The greatest value.
    pub max: f64,
    /// How many there are.
    pub count: usize,
}

impl Spread {
    /// None of an empty list.
    #[must_use]
    pub fn of(mut values: Vec<f64>) -> Option<Spread> {
        values.sort_by(f64::total_cmp);
        let (min, max) = (*values.first()?, *values.last()?);
        let at = |share: f64| values[((values.len() as f64 * share) as usize).min(values.len() - 1)];
        Some(Spread {
            min,
            median: at(0.5),
            p90: at(0.9),
            max,
            count: values.len(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_statistics() {
        assert_eq!(Spread::of(vec![]), None);
        let one = Spread {
            min: 3.0,
            median: 3.0,
            p90: 3.0,
            max: 3.0,
            count: 1,
        };
        assert_eq!(Spread::of(vec![3.0]), Some(one));
        let hundred = Spread {
            min: 0.0,
            median: 50.0,
            p90: 90.0,
            max: 99.0,
            count: 100,
        };
        assert_eq!(Spread::of((0..100).rev().map(f64::from).collect()), Some(hundred));
    }
}
