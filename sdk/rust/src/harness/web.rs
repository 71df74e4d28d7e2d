//! The stand-in for everybody whom a channel can send a request to: answers as the test says, and remembers what was sent.

use super::house::here;
use crate::files;
use crate::http::{Body, Content, Failure, Request, Response};
use std::rc::Rc;

/// Bytes of an answer that the host gives in memory.
const ANSWER: usize = 4 << 20;
/// Requests of one call.
const MOST: usize = 64;

/// What answers.
pub type Answering = Rc<dyn Fn(&Request) -> Result<Response, Failure>>;

/// The world outside.
#[derive(Default)]
pub struct Web {
    pub answering: Option<Answering>,
    /// In order.
    pub sent: Vec<Request>,
    /// Of the call that runs.
    pub in_call: usize,
}

/// The function that `crate::http` calls.
pub fn fetch(request: &Request) -> Result<Response, Failure> {
    let answering = here(|house| {
        house.web.in_call += usize::from(house.folders.in_call);
        if house.web.in_call > MOST {
            return Err(Failure::Refused(format!("a call sends at most {MOST} requests")));
        }
        let answering = house.web.answering.clone();
        answering.ok_or_else(|| Failure::Refused("the test answers nothing; say what with Harness::http".into()))
    })?;
    readable(request)?;
    here(|house| house.web.sent.push(request.clone()));
    // What answers may use the store or the files itself.
    let mut response = answering(request)?;
    if let Some(path) = request.into.as_ref().filter(|_| response.is_ok()) {
        keep(path, &response.body)?;
        response.body.clear();
    }
    if response.body.len() > ANSWER {
        return Err(Failure::TooLarge);
    }
    Ok(response)
}

/// Fails where the host would not find a file of the request.
fn readable(request: &Request) -> Result<(), Failure> {
    let contents: Vec<&Content> = match &request.body {
        Body::Empty => Vec::new(),
        Body::Whole(content) => vec![content],
        Body::Form(parts) => {
            if request
                .headers
                .iter()
                .any(|(name, _)| name.eq_ignore_ascii_case("content-type"))
            {
                return Err(refused("the host writes the content-type of a form"));
            }
            parts.iter().map(|part| &part.content).collect()
        }
    };
    for content in contents {
        if let Content::File(path) = content {
            files::size(path).map_err(|failure| refused(&failure.to_string()))?;
        }
    }
    Ok(())
}

fn keep(path: &str, body: &[u8]) -> Result<(), Failure> {
    if !path.starts_with("/inbox/") || files::size(path).is_ok() {
        return Err(refused(&format!("{path} is no new file under /inbox")));
    }
    files::write(path, body).map_err(|failure| refused(&failure.to_string()))
}

fn refused(why: &str) -> Failure {
    Failure::Refused(why.to_owned())
}

#[cfg(test)]
mod tests;
