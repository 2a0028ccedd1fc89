/* SPDX-License-Identifier: Apache-2.0
 *
 * How a room below `file` holds uploaded files. Bytes come by HTTP (docs/files.md) and lie in room file; a room that wants one
 * keeps its `file_id` and asks through these functions. app wires them before the first thread; all run on a store worker inside the
 * command's transaction. A room calls file_take in the same transaction as it writes its own row.
 *
 * An upload belongs to whoever made it: a person, or (purpose application, nobody is signed in) whoever knows its upload token. It
 * vanishes after 24 hours unless an object takes it over; from then on the object's rights alone say who may see it.
 */
#ifndef SERVER_FILE_PORT_H
#define SERVER_FILE_PORT_H

#include "server/tx.h"

/* What an upload was made for; these numbers lie in stores. Limits of each: src/file/file.h. */
enum file_purpose {
	FILE_FOR_APPLICATION, /* of an organisation that wants to join: the appointing order; without a session, by upload token */
	FILE_FOR_DOCUMENT,    /* an organisation's own papers: admin, coadmin, head */
	FILE_FOR_ROSTER,      /* a list of people to import: admin, coadmin; read by file_open, then left to vanish */
	FILE_FOR_LOGO,        /* an organisation's sign: a picture, admin */
	FILE_FOR_CONTENT,     /* what browsers show in lessons: a picture or a film; admin, coadmin */
	FILE_PURPOSES
};

/* Which kind of object holds a file; these numbers lie in stores. */
enum file_holder {
	FILE_HELD_BY_NOBODY,
	FILE_HELD_BY_APPLICATION, /* holder_id: the application; seen by operators */
	FILE_HELD_BY_ORG,         /* holder_id: the organisation; seen by its admin, coadmin, head */
	FILE_HELD_BY_LOGO,        /* holder_id: the organisation, whose sign it is; whoever has its address may see it */
	FILE_HELD_BY_RECORDING,   /* holder_id: the recording of a call; seen by whoever has opened it and may still watch it */
	FILE_HELD_BY_CONTENT,     /* holder_id: the content; seen by the organisation's staff */
	FILE_HOLDERS
};

/* What the bytes are, by their signature, never by the client's word; these numbers lie in stores. */
enum file_type {
	FILE_TYPE_OTHER, FILE_TYPE_PDF, FILE_TYPE_PNG, FILE_TYPE_JPEG, FILE_TYPE_GIF, FILE_TYPE_WEBP, FILE_TYPE_DOCX, FILE_TYPE_XLSX,
	FILE_TYPE_PPTX, FILE_TYPE_ODT, FILE_TYPE_ODS, FILE_TYPE_ZIP, FILE_TYPE_TEXT, FILE_TYPE_TEXT_1251, FILE_TYPE_OLE, FILE_TYPE_WEBM, FILE_TYPE_MATROSKA, FILE_TYPE_MP4, FILE_TYPES
};

struct file_info {
	int64_t id;
	struct str name;      /* as it was called, made harmless: no folders, no control characters; in the arena */
	int64_t size, created_at;
	enum file_type type;
	struct str media_type; /* "application/pdf"; static */
};

#define FILE_TOKEN_TEXT 32 /* upload token: 128 random bits in lower-case hexadecimal (format client-id) */

struct file_claim {
	int64_t file_id;
	enum file_purpose purpose;  /* that it must have been uploaded for */
	struct org_id org;          /* that it must have been uploaded to; 0 for an application */
	struct str token;           /* application: the upload token; else empty, and the actor must be the uploader */
	enum file_holder holder;
	int64_t holder_id;
	const char *field;          /* of the command, named in a refusal */
};

struct file_ports {
	/* The file exists, is finished, is the caller's, was made for this, and nobody else holds it: the holder has it from now on. Taking
	 * what the same holder has already is fine. Refuses: not_found (no such, or somebody else's), conflict (not finished yet, or held by
	 * another object). out may be NULL. */
	enum err (*take)(struct tx *tx, const struct file_claim *claim, struct file_info *out);
	/* The holder lets it go: from the commit on nobody can fetch it. ERR_OK also when the holder did not have it. */
	enum err (*release)(struct tx *tx, enum file_holder holder, int64_t holder_id, int64_t file_id);
	/* What a holder shows of its file. ERR_NOT_FOUND: the holder has no such. */
	enum err (*held)(struct tx *tx, enum file_holder holder, int64_t holder_id, int64_t file_id, struct file_info *out);
	/* The bytes of a finished upload that the claim fits (holder and holder_id are not looked at), for reading on a reader's thread: an
	 * open file descriptor, which the caller closes. Refuses like take. ERR_IO: the bytes are gone. */
	enum err (*open)(struct tx *tx, const struct file_claim *claim, struct file_info *out, int *fd_out);
};
void file_ports_set(const struct file_ports *ports); /* copied; by app before the first thread */
const struct file_ports *file_ports(void);

/* Who may see what an object of this kind holds: *out. org is the file's organisation. Registered by app, one a kind; without one
 * nobody but the operator's own rooms can. Never called for somebody who is not signed in. */
typedef enum err (*file_seen_by)(struct tx *tx, struct org_id org, int64_t holder_id, bool *out);
void file_rights_register(enum file_holder holder, file_seen_by f);
file_seen_by file_rights(enum file_holder holder); /* NULL: none registered */

#endif
