//! JSON in requests, answers and the store. The types are the author's, with serde's derives.

use crate::{Answer, Request, RequestBody, Trouble, store};
use serde::Serialize;
use serde::de::DeserializeOwned;

impl Request {
    /// The body, read as JSON.
    ///
    /// # Errors
    /// [`Trouble::Malformed`], for which the caller gets 400, if it is none of this type, or if the host wrote the body to a
    /// file because of its size.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Trouble> {
        if let RequestBody::File(_) = self.body {
            return Err(Trouble::malformed("the body is too large to be read as JSON"));
        }
        Ok(serde_json::from_slice(self.bytes())?)
    }
}

impl Answer {
    /// 200 with this value as JSON.
    ///
    /// # Errors
    /// [`Trouble::Malformed`] if the value has no form in JSON, as a map with keys that are no text.
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<Self, Trouble> {
        Ok(Self::bytes("application/json", serde_json::to_vec(value)?))
    }
}

/// The arguments of a call of a tool, read as this type.
///
/// # Errors
/// [`Trouble::Rejected`], of which the model is told, if they are none of this type: the manifest's schema allows more.
pub fn arguments<T: DeserializeOwned>(arguments: &str) -> Result<T, Trouble> {
    serde_json::from_str(arguments).map_err(|error| Trouble::rejected(format!("the arguments: {error}")))
}

/// What was kept under this key as JSON, or `None` if there is nothing.
///
/// # Errors
/// [`Trouble::Malformed`] if what is there is none of this type.
pub fn get<T: DeserializeOwned>(key: &str) -> Result<Option<T>, Trouble> {
    store::get(key)
        .map(|bytes| serde_json::from_slice(&bytes))
        .transpose()
        .map_err(|error| Trouble::malformed(format!("the store's {key}: {error}")))
}

/// Keeps this value as JSON under the key.
///
/// # Errors
/// As [`store::set`], and [`Trouble::Malformed`] if the value has no form in JSON.
pub fn set<T: Serialize + ?Sized>(key: &str, value: &T) -> Result<(), Trouble> {
    Ok(store::set(key, serde_json::to_vec(value)?)?)
}

impl From<serde_json::Error> for Trouble {
    fn from(error: serde_json::Error) -> Self {
        Self::Malformed(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn a_body_is_read_and_written_as_json() {
        let answer = Request::post("/", r#"{"n":1}"#)
            .json::<Value>()
            .and_then(|value| Answer::json(&value));
        let answer = answer.unwrap_or_else(|trouble| panic!("{trouble}"));
        assert_eq!(answer.body, crate::Body::Bytes(br#"{"n":1}"#.to_vec()));
    }

    #[test]
    fn what_is_no_json_of_the_type_is_malformed() {
        let malformed = |request: &Request| matches!(request.json::<u32>(), Err(Trouble::Malformed(_)));
        assert!(malformed(&Request::get("/")));
        assert!(malformed(&Request::post("/", "\"7\"")));
        let mut large = Request::post("/", "7");
        assert_eq!(large.json::<u32>(), Ok(7));
        large.body = RequestBody::File("/inbox/body".into());
        assert!(malformed(&large));
    }

    #[test]
    fn arguments_that_the_schema_let_through_are_rejected() {
        assert_eq!(arguments::<Vec<u8>>("[1,2]"), Ok(vec![1, 2]));
        let rejected = arguments::<Vec<u8>>("{}");
        assert!(matches!(rejected, Err(Trouble::Rejected(why)) if why.starts_with("the arguments: ")));
    }

    #[test]
    fn the_store_keeps_json() {
        assert_eq!(get::<Value>("item"), Ok(None));
        assert_eq!(set("item", &json!({ "n": [1, 2] })), Ok(()));
        assert_eq!(get("item"), Ok(Some(json!({ "n": [1, 2] }))));
        assert!(matches!(get::<u32>("item"), Err(Trouble::Malformed(why)) if why.starts_with("the store's item: ")));
    }
}
