/* SPDX-License-Identifier: Apache-2.0
 *
 * Who has an open socket now, in this process. Best effort. Any thread.
 */
#ifndef SERVER_PRESENCE_H
#define SERVER_PRESENCE_H

#include "server/tx.h"

bool presence_online(struct person_id p);
/* by server/socket.c */
void presence_socket_opened(struct person_id p);
void presence_socket_closed(struct person_id p);

#endif
