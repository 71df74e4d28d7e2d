// What a channel reaches outside: HTTP, databases and programs, as far as the operator has granted them.
#pragma once

#include "lockgate_text.h"

typedef lockgate_channel_http_request_t lg_http;
typedef lockgate_channel_http_response_t lg_response;
typedef lockgate_channel_http_failure_t lg_http_failure;

/// A request, to be changed before it is sent. Where a rule has a credential in its path, the placeholder stands in the URL
/// literally: `https://api.example.org/bot{token}/updates`.
lg_http lg_http_new(lg_str method, lg_str url);
void lg_http_header(lg_http *request, lg_str name, lg_str value);
void lg_http_body(lg_http *request, lg_str mime, lg_str body);
/// The bytes of a file under `/inbox`, `/outbox` or `/data`, streamed by the host.
void lg_http_file(lg_http *request, lg_str path);
/// Adds a part of a form (multipart/form-data): a text, or a file with its name and type.
void lg_http_part(lg_http *request, lg_str name, lg_str text);
void lg_http_part_file(lg_http *request, lg_str name, lg_str path, lg_str filename, lg_str mime);
/// Milliseconds; the grant's own limit holds if it is smaller.
void lg_http_timeout(lg_http *request, uint32_t millis);
/// Writes a 2xx answer's body to this path under `/inbox`.
void lg_http_into(lg_http *request, lg_str path);

/// Sends it and follows no redirect. False, with its trouble named, if no rule covers it (`rejected`), nobody answers
/// (`unavailable`), or the answer is larger than 4 MiB (`malformed`).
bool lg_fetch(lg_http *request, lg_response *response);
/// The same with the failure itself instead of a trouble; its `tag` is one of LOCKGATE_CHANNEL_HTTP_FAILURE_*.
bool lg_fetch_or(lg_http *request, lg_response *response, lg_http_failure *failure);
/// Whether the status is 2xx; else the trouble that it tells of: 401 is unauthorized, 409 a conflict, 429 busy for as long as
/// `retry-after` says (whole seconds; 1 s without), 408 and 5xx unavailable, all else rejected.
bool lg_http_ok(const lg_response *response);
/// The body as text.
lg_str lg_http_text(const lg_response *response);
/// The body as JSON; false, with the trouble `malformed`, if it is none.
bool lg_http_json(const lg_response *response, lg_json *value);
/// Text as one segment of a path, or as a name or value of a query: all but letters, digits, `-._~` becomes `%20` and so on.
lg_str lg_url(lg_str text);

typedef lockgate_channel_database_value_t lg_value;
typedef lockgate_channel_database_list_value_t lg_values;
typedef lockgate_channel_database_list_list_value_t lg_rows;

void lg_bind_null(lg_values *values);
void lg_bind_integer(lg_values *values, int64_t number);
void lg_bind_real(lg_values *values, double number);
void lg_bind_text(lg_values *values, lg_str text);
void lg_bind_blob(lg_values *values, lg_bytes bytes);
/// Reads a database by the operator's name for it. False, with its trouble named, if it is not granted (`rejected`), can't be
/// read (`unavailable`), or the SQL is wrong or has too many rows (`rejected`).
bool lg_query(lg_str name, lg_str sql, lg_values parameters, lg_rows *rows);

typedef lockgate_channel_command_output_t lg_output;
/// Runs a program by the operator's name for it. False, with its trouble named, if it is not granted or does not start
/// (`rejected`), or is not done in time (`unavailable`); a status other than 0 is the caller's to judge.
bool lg_run(lg_str name, lg_strs arguments, lg_bytes input, lg_output *output);
