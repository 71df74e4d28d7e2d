//! Capability `database`: a guest's queries, handed on by the operator's names. What is refused is counted.

use super::bindings::database::{Failure, Host, Value};
use super::state::CallState;
use crate::database::{self, QueryFailure};
use crate::model::ChannelName;

impl Host for CallState {
    async fn query(
        &mut self,
        name: String,
        sql: String,
        parameters: Vec<Value>,
    ) -> wasmtime::Result<Result<Vec<Vec<Value>>, Failure>> {
        let parameters = parameters.into_iter().map(Into::into).collect();
        let asked = self
            .channel
            .databases
            .query(&name, sql, parameters, self.deadline)
            .await;
        Ok(match asked {
            Ok(rows) => Ok(rows
                .into_iter()
                .map(|row| row.into_iter().map(Into::into).collect())
                .collect()),
            Err(failure) => {
                self.channel.refusals.count(failure.reason());
                Err(told(failure, &self.channel.name, &name))
            }
        })
    }
}

/// What the guest is told. It need not know where the operator keeps the file: his log says, of which channel and which
/// of its databases.
fn told(failure: QueryFailure, channel: &ChannelName, database: &str) -> Failure {
    match failure {
        QueryFailure::NotGranted => Failure::NotGranted,
        QueryFailure::Named(error) => {
            tracing::warn!(%channel, database, %error, "a database can't be used");
            Failure::Unreadable("the operator's file can't be used; his log says why".to_owned())
        }
        QueryFailure::Child(error) => {
            tracing::warn!(%channel, database, %error, "a query's process can't be started");
            Failure::Unreadable("the query can't be run now".to_owned())
        }
        QueryFailure::Unreadable(why) => {
            tracing::warn!(%channel, database, error = why, "a database can't be read");
            Failure::Unreadable(why)
        }
        QueryFailure::TooMany => Failure::TooManyRows,
        failure @ (QueryFailure::Refused(_) | QueryFailure::Wrong(_) | QueryFailure::OverLimit) => {
            Failure::Sql(failure.to_string())
        }
    }
}

impl From<Value> for database::Value {
    fn from(from: Value) -> Self {
        match from {
            Value::Null => Self::Null,
            Value::Integer(number) => Self::Integer(number),
            Value::Real(number) => Self::Real(number),
            Value::Text(text) => Self::Text(text),
            Value::Blob(bytes) => Self::Blob(bytes),
        }
    }
}

impl From<database::Value> for Value {
    fn from(from: database::Value) -> Self {
        match from {
            database::Value::Null => Self::Null,
            database::Value::Integer(number) => Self::Integer(number),
            database::Value::Real(number) => Self::Real(number),
            database::Value::Text(text) => Self::Text(text),
            database::Value::Blob(bytes) => Self::Blob(bytes),
        }
    }
}
