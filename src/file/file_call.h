/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to file_http.c, upload.c and serve.c: one request for a file, and the places it goes through: loop, store worker, background
 * thread, loop. One thread at a time has it; `request` is the loop's alone.
 */
#ifndef FILE_FILE_CALL_H
#define FILE_FILE_CALL_H

#include "file/blob.h"
#include "file/file_http.h"
#include "file/file_sql.h"
#include "file/tus.h"
#include "file/uploads.h"
#include "server/effects.h"

#include <stdatomic.h>

struct file_server {
	/* borrowed */
	struct site *site;
	struct workers *workers;
	struct background *background;
	/* owned */
	struct uploads *uploads;
	/* state */
	_Atomic int patches;
	struct timer sweep_timer;
	_Atomic bool sweeping;
};

struct file_call {
	struct job job;   /* first: cast back from it */
	struct work work;
	struct task back;
	/* borrowed */
	struct file_server *s;
	struct http_request *request; /* NULL: the asker is gone */
	struct loop *loop;
	/* owned */
	struct arena *arena;
	struct effects effects;
	struct buf piece;             /* of a PATCH */
	int fd;                       /* of a file being served, or -1 */
	struct bytes *bytes;          /* the next piece to serve */
	/* what is asked; texts in the arena */
	struct actor actor;           /* address and language at first */
	struct str token, upload_token;
	int64_t id, at, length;
	unsigned cost;
	bool charged, logo;           /* logo: asked for as one, by whoever has its address */
	struct tus_metadata meta;
	/* what came of it */
	struct file_row row;
	struct blob_digest digest;
	struct blob_ready ready;
	bool entered, counted, finished, unwanted_type;
	uint64_t serve_at, serve_left;
	bool reading;
	enum err err;
	struct refusal refusal;
	/* steps */
	enum err (*run)(struct file_call *c, struct tx *tx); /* on a store worker */
	void (*after)(struct file_call *c);                  /* on its thread, behind the commit; c->err is what came of it */
	void (*answer)(struct file_call *c);                 /* on the loop, request is there, c->err is ERR_OK */
};

/* Steps on: the result shows in c->err of the next step. */
void file_call_write(struct file_call *c, enum err (*run)(struct file_call *c, struct tx *tx), void (*after)(struct file_call *c));
void file_call_read(struct file_call *c, enum err (*run)(struct file_call *c, struct tx *tx), void (*after)(struct file_call *c));
enum err file_call_work(struct file_call *c, void (*run)(struct work *w));
void file_call_back(struct file_call *c); /* to the loop, to be answered and freed */
static inline struct file_call *file_call_of(struct work *w) { return (struct file_call *)((char *)w - offsetof(struct file_call, work)); }
void file_call_free(struct file_call *c);

/* On the loop, with everything above set. */
void upload_create(struct file_call *c);
void upload_head(struct file_call *c);
void upload_patch(struct file_call *c);
void upload_delete(struct file_call *c);
void serve_start(struct file_call *c);
void serve_abort(struct file_call *c); /* the asker is gone */

#define TUS_FIELD "Tus-Resumable: 1.0.0\r\n"

#endif
