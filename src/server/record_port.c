/* SPDX-License-Identifier: Apache-2.0
 *
 * See record_port.h.
 */
#include "server/record_port.h"

static struct record_port the_port; /* set by app before the first thread */

void record_port_set(const struct record_port *given)
{
	the_port = given ? *given : (struct record_port){0};
}

const struct record_port *record_port(void) { return &the_port; }
