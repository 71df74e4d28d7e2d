// What is posted to it becomes an event, and it counts.
#include "lockgate.h"

bool on_request(const lg_request *request, lg_answer *answer) {
    lg_str count = lg_number(lg_store_number(LG("count")) + 1);
    if (!lg_store_set(LG("count"), count)) return false;
    lg_message event = lg_service(LG("{{name}}"), lg_body(request));
    lg_meta(&event, LG("count"), count);
    lg_deliver(&answer->outcome, event);
    return true;
}
