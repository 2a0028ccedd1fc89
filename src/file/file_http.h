/* SPDX-License-Identifier: Apache-2.0
 *
 * Files over HTTP, below /api/v1/files (and logos, below /api/v1/logos): uploads by tus 1.0 (creation, termination, expiration), serving by GET. docs/files.md says it
 * for clients. On the loops; bytes are handled by the background threads, rows by the store workers.
 */
#ifndef FILE_FILE_HTTP_H
#define FILE_FILE_HTTP_H

#include "server/background.h"
#include "server/http_app.h"

#define FILE_PATCHES_MAX 64   /* pieces in memory at once */
#define FILE_COST_CREATE 10   /* tokens of the rate limit */
#define FILE_COST 1           /* of every other request */
#define FILE_SWEEP_EVERY_MS 60000

struct file_server;
struct file_server *file_server_new(struct site *site, struct workers *workers, struct background *background); /* all borrowed */
void file_server_free(struct file_server **s);   /* behind loop_free: its timer is the loop's */
struct route file_server_route(struct file_server *s);
/* Logos, below /api/v1/logos: for whoever has the address, signed in or not. */
struct route file_server_logo_route(struct file_server *s);
void file_server_sweep(struct file_server *s, struct loop *l); /* begins, and goes on; before the loop runs or on it */

#endif
