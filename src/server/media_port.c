/* SPDX-License-Identifier: Apache-2.0
 *
 * Holds what app wires; constant after the first thread has begun.
 */
#include "server/media_port.h"

static struct media_port port;
static struct media_ears ears;

void media_port_set(const struct media_port *given)
{
	port = given ? *given : (struct media_port){0};
	CHECK(!port.send || port.processes > 0);
}

const struct media_port *media_port(void)
{
	return &port;
}

void media_ears_set(const struct media_ears *given)
{
	ears = given ? *given : (struct media_ears){0};
}

const struct media_ears *media_ears(void)
{
	return ears.message ? &ears : NULL;
}
