/* SPDX-License-Identifier: Apache-2.0
 *
 * From the settings to running media processes (app/media_process.h), wired to what calls speak through (server/media_port.h). At start, one thread.
 */
#ifndef APP_MEDIA_START_H
#define APP_MEDIA_START_H

#include "app/config.h"
#include "app/media_process.h"

/* *out stays NULL when the settings say that there are no calls. Says on stderr what is wrong before it returns an error. listen_port: where the product listens
 * (0: on no port). */
enum err media_start(struct media_processes **out, const struct config *c, uint16_t listen_port) MUST_CHECK;

#endif
