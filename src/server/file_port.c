/* SPDX-License-Identifier: Apache-2.0
 *
 * Holds what app wires; constant after the first thread has begun.
 */
#include "server/file_port.h"

static struct file_ports ports;
static file_seen_by rights[FILE_HOLDERS];

void file_ports_set(const struct file_ports *given)
{
	CHECK(given->take && given->release && given->held && given->open);
	ports = *given;
}

const struct file_ports *file_ports(void)
{
	CHECK(ports.take);
	return &ports;
}

void file_rights_register(enum file_holder holder, file_seen_by f)
{
	CHECK(holder > FILE_HELD_BY_NOBODY && holder < FILE_HOLDERS);
	rights[holder] = f;
}

file_seen_by file_rights(enum file_holder holder)
{
	CHECK(holder >= FILE_HELD_BY_NOBODY && holder < FILE_HOLDERS);
	return rights[holder];
}
