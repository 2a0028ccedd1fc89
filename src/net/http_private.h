/* SPDX-License-Identifier: Apache-2.0
 *
 * What the HTTP files of this room share with one another. Pure functions, any thread.
 */
#ifndef NET_HTTP_PRIVATE_H
#define NET_HTTP_PRIVATE_H

#include "net/http.h"

bool http_is_token_char(unsigned char c);
/* Is this token among those of a comma-separated list? ASCII case does not matter. */
bool http_list_has(struct str list, struct str token);

#endif
