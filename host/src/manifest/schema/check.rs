//! Whether a value fits a schema.

use std::cmp::Ordering;

use serde_json::{Map, Number, Value};

use super::{Count, Fields, Kind, Node, Numbers, Others, Whole, below};

/// Where a value does not fit, and how.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{at}: {wrong}")]
pub struct Mismatch {
    /// A JSON pointer into the arguments.
    pub at: String,
    /// How it does not fit.
    #[source]
    pub wrong: Misfit,
}

/// How a value does not fit.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Misfit {
    /// Another type.
    #[error("must be {0}")]
    Type(&'static str),
    /// It has to be there.
    #[error("is missing")]
    Missing,
    /// It may not be there.
    #[error("is not known here; take it out")]
    Unknown,
    /// It is none of those.
    #[error("must be one of {0}")]
    Among(String),
    /// A number.
    #[error("must be at least {0}")]
    Below(Number),
    /// A number.
    #[error("must be at most {0}")]
    Above(Number),
    /// A text or a list.
    #[error("must have at least {0} {1}")]
    Few(u64, &'static str),
    /// A text or a list.
    #[error("must have at most {0} {1}")]
    Many(u64, &'static str),
}

impl From<Misfit> for Mismatch {
    fn from(wrong: Misfit) -> Self {
        let at = String::new();
        Self { at, wrong }
    }
}

impl Mismatch {
    fn below(self, key: &str) -> Self {
        Self {
            at: below(key, &self.at),
            ..self
        }
    }
}

impl Node {
    pub(super) fn check(&self, value: &Value) -> Result<(), Mismatch> {
        self.kind.check(value)?;
        match &self.among {
            Some(among) if !among.iter().any(|one| is_same(one, value)) => {
                let among: Vec<String> = among.iter().map(Value::to_string).collect();
                Err(Misfit::Among(among.join(", ")).into())
            }
            _ => Ok(()),
        }
    }
}

impl Kind {
    fn check(&self, value: &Value) -> Result<(), Mismatch> {
        match (self, value) {
            (Self::Any, _) | (Self::Null, Value::Null) | (Self::Boolean, Value::Bool(_)) => Ok(()),
            (Self::Text(count), Value::String(text)) => Ok(count.check(text.chars().count(), "characters")?),
            (Self::Number(numbers), Value::Number(number)) => Ok(numbers.check(number)?),
            (Self::List { items, count }, Value::Array(values)) => {
                count.check(values.len(), "entries")?;
                let Some(items) = items else { return Ok(()) };
                let each = |(nth, value)| items.check(value).map_err(|wrong| wrong.below(&usize::to_string(&nth)));
                values.iter().enumerate().try_for_each(each)
            }
            (Self::Object(fields), Value::Object(given)) => fields.check(given),
            _ => Err(Misfit::Type(self.name()).into()),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Any => "a value",
            Self::Null => "null",
            Self::Boolean => "true or false",
            Self::Text(_) => "a string",
            Self::Number(Numbers { whole: Whole::Must, .. }) => "a whole number",
            Self::Number(_) => "a number",
            Self::List { .. } => "an array",
            Self::Object(_) => "an object",
        }
    }
}

impl Count {
    fn check(self, count: usize, what: &'static str) -> Result<(), Misfit> {
        let count = count as u64;
        match count {
            _ if count < self.least => Err(Misfit::Few(self.least, what)),
            _ if count > self.most => Err(Misfit::Many(self.most, what)),
            _ => Ok(()),
        }
    }
}

impl Numbers {
    fn check(&self, number: &Number) -> Result<(), Misfit> {
        if self.whole == Whole::Must && !is_whole(number) {
            return Err(Misfit::Type("a whole number"));
        }
        let least = self
            .least
            .as_ref()
            .filter(|least| order(number, least) == Ordering::Less);
        let most = self
            .most
            .as_ref()
            .filter(|most| order(number, most) == Ordering::Greater);
        match (least, most) {
            (Some(least), _) => Err(Misfit::Below(least.clone())),
            (_, Some(most)) => Err(Misfit::Above(most.clone())),
            _ => Ok(()),
        }
    }
}

impl Fields {
    pub(super) fn check(&self, given: &Map<String, Value>) -> Result<(), Mismatch> {
        if let Some(missing) = self.required.iter().find(|name| !given.contains_key(*name)) {
            return Err(Mismatch::from(Misfit::Missing).below(missing));
        }
        given.iter().try_for_each(|(name, value)| {
            let fits = match self.properties.get(name) {
                Some(node) => node.check(value),
                None if self.others == Others::Refused => Err(Misfit::Unknown.into()),
                None => Ok(()),
            };
            fits.map_err(|wrong| wrong.below(name))
        })
    }
}

/// Numbers are the same if they have one value, however they are written.
pub(super) fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => order(one, other) == Ordering::Equal,
        _ => one == other,
    }
}

/// Exact for two whole numbers, else as near as floating point is; JSON has none that can't be compared.
pub(super) fn order(one: &Number, other: &Number) -> Ordering {
    match (one.as_i128(), other.as_i128()) {
        (Some(one), Some(other)) => one.cmp(&other),
        _ => {
            let [one, other] = [one, other].map(|number| number.as_f64().unwrap_or(f64::NAN));
            one.partial_cmp(&other).unwrap_or(Ordering::Less)
        }
    }
}

/// In JSON Schema `1.0` is a whole number.
pub(super) fn is_whole(number: &Number) -> bool {
    number.as_i128().is_some() || number.as_f64().is_some_and(|value| value.fract() == 0.0)
}
