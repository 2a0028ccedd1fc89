/* SPDX-License-Identifier: Apache-2.0
 *
 * What may be uploaded, by whom, and how much. On the writer's thread, inside a transaction; file_put at start.
 */
#include "file/file.h"

#include "account/secret_hash.h"
#include "api_codes.gen.h"
#include "base/clock.h"
#include "base/mem.h"
#include "file/blob.h"
#include "file/file_sql.h"
#include "file/picture.h"
#include "policy/policy.h"

#include <unistd.h>

#define BIT(type) (1u << (type))
#define ADMINS (ADMIT_ADMIN | ADMIT_COADMIN)

static const struct { int64_t max; uint32_t types, admit; } purposes[FILE_PURPOSES] = {
	[FILE_FOR_APPLICATION] = {FILE_APPLICATION_MAX, BIT(FILE_TYPE_PDF) | BIT(FILE_TYPE_PNG) | BIT(FILE_TYPE_JPEG), ADMIT_ANYONE},
	[FILE_FOR_DOCUMENT] = {FILE_DOCUMENT_MAX, UINT32_MAX, ADMINS | ADMIT_HEAD},
	[FILE_FOR_ROSTER] = {FILE_ROSTER_MAX, BIT(FILE_TYPE_TEXT) | BIT(FILE_TYPE_TEXT_1251) | BIT(FILE_TYPE_XLSX) | BIT(FILE_TYPE_ZIP), ADMINS},
	[FILE_FOR_LOGO] = {FILE_LOGO_MAX, BIT(FILE_TYPE_PNG) | BIT(FILE_TYPE_JPEG) | BIT(FILE_TYPE_WEBP), ADMIT_ADMIN},
	[FILE_FOR_CONTENT] = {FILE_CONTENT_MAX, BIT(FILE_TYPE_MP4) | BIT(FILE_TYPE_WEBM) | BIT(FILE_TYPE_PNG) | BIT(FILE_TYPE_JPEG) | BIT(FILE_TYPE_WEBP), ADMINS},
};

bool file_purpose_admits(enum file_purpose purpose, enum file_type type)
{
	return (purposes[purpose].types & BIT(type)) != 0;
}

enum err file_purpose_still(struct tx *tx, const struct file_row *f)
{
	return f->org.v ? policy_check(tx, purposes[f->purpose].admit, TARGET_ORG, f->org.v) : ERR_OK;
}

int64_t file_purpose_max(enum file_purpose purpose)
{
	return purposes[purpose].max;
}

enum err file_fits(enum file_purpose purpose, int64_t size, const struct blob_ready *ready, bool *out)
{
	int fd = -1;
	*out = file_purpose_admits(purpose, ready->type);
	if (!*out || purpose != FILE_FOR_LOGO)
		return ERR_OK;
	CHECK(size <= FILE_LOGO_MAX);
	char *bytes = mem_try_alloc((size_t)size);
	enum err e = bytes ? blob_open(str_n(ready->sha256, FILE_SHA256), &fd) : ERR_NOMEM;
	if (!e)
		e = blob_read(fd, 0, bytes, (size_t)size);
	*out = !e && picture_is_logo(str_n(bytes, (size_t)size), ready->type);
	if (fd >= 0)
		close(fd);
	mem_free(bytes);
	return e;
}

/* Nobody is signed in: the token says whose it is, and what strangers can fill is bounded by token, by address and in all. */
static enum err check_application(struct tx *tx, const struct file_new *in, const struct secret_hash *token, const struct secret_hash *address)
{
	int64_t n = 0, bytes = 0;
	if (in->token.n != FILE_TOKEN_TEXT)
		return tx_refuse(tx, API_INVALID_FIELD, "X-Upload-Token", NULL);
	if (in->org_id)
		return tx_refuse(tx, API_INVALID_FIELD, "org", NULL);
	enum err e = file_sql_token_files(tx, secret_hash_str(token), &n);
	if (!e && n >= FILE_APPLICATION_FILES)
		return tx_refuse(tx, API_CONFLICT, NULL, "conflict.application_files");
	if (!e)
		e = file_sql_address_since(tx, secret_hash_str(address), tx->now_ms - 60 * 60 * 1000LL, &n);
	if (!e && n >= FILE_APPLICATION_ADDRESS_HOUR)
		return tx_refuse(tx, API_RATE_LIMITED, NULL, "rate_limited.file_address");
	if (!e)
		e = file_sql_application_bytes(tx, &bytes);
	if (!e && bytes + in->size > FILE_APPLICATION_UNCLAIMED)
		return tx_refuse(tx, API_RATE_LIMITED, NULL, "rate_limited.file_installation");
	return e;
}

static enum err check_person(struct tx *tx, const struct file_new *in)
{
	int64_t n = 0, bytes = 0;
	if (!in->org_id)
		return tx_refuse(tx, tx->actor.person.v ? API_INVALID_FIELD : API_NOT_SIGNED_IN, tx->actor.person.v ? "org" : NULL, NULL);
	enum err e = policy_check(tx, purposes[in->purpose].admit, TARGET_ORG, in->org_id);
	if (!e)
		e = file_sql_person_unclaimed(tx, tx->actor.person, &n);
	if (!e && n >= FILE_PERSON_UNCLAIMED)
		return tx_refuse(tx, API_CONFLICT, NULL, "conflict.files_unclaimed");
	if (!e)
		e = file_sql_org_bytes(tx, tx_org(tx), &bytes);
	if (!e && bytes + in->size > tx->inst->org_files_max)
		return tx_refuse(tx, API_CONFLICT, NULL, "conflict.org_files");
	return e;
}

enum err file_create(struct tx *tx, const struct file_new *in, int64_t *id_out)
{
	bool application = in->purpose == FILE_FOR_APPLICATION, added = false;
	struct secret_hash token = hash_token(in->token), address = hash_address(tx->inst, tx->actor.address);
	struct file_row f = {.size = in->size, .purpose = in->purpose, .name = in->name, .created_at = tx->now_ms,
		.expires_at = tx->now_ms + FILE_UNCLAIMED_MS};
	if (in->size < 1)
		return tx_refuse(tx, API_INVALID_FIELD, "Upload-Length", "invalid_field.file_empty");
	if (in->size > purposes[in->purpose].max)
		return tx_refuse(tx, API_TOO_LARGE, "Upload-Length", "too_large.file");
	enum err e = application ? check_application(tx, in, &token, &address) : check_person(tx, in);
	if (e)
		return e;
	if (application) {
		f.token_hash = secret_hash_str(&token);
	} else {
		f.person = tx->actor.person;
		f.org = tx_org(tx);
	}
	while (!e && !added) {
		f.id = (int64_t)(1 + random_below((1ULL << 53) - 1));
		e = file_sql_add(tx, &f, application ? secret_hash_str(&address) : (struct str){0}, &added);
	}
	*id_out = f.id;
	return e;
}

enum err file_put(struct tx *tx, const struct file_new *in, struct str bytes, int64_t *id_out)
{
	struct blob_digest digest = {.at = 0};
	struct blob_ready ready;
	bool done = false, fits = false;
	CHECK(in->size == (int64_t)bytes.n);
	enum err e = file_create(tx, in, id_out);
	if (!e)
		e = blob_write(*id_out, 0, bytes, &digest);
	if (!e)
		e = blob_finish(*id_out, in->size, &digest, &ready);
	if (!e)
		e = file_fits(in->purpose, in->size, &ready, &fits);
	if (!e && !fits)
		return tx_refuse(tx, API_INVALID_FIELD, "file", NULL);
	if (!e)
		e = file_sql_finish(tx, *id_out, 0, str_n(ready.sha256, sizeof ready.sha256), ready.type, &done);
	CHECK(e || done);
	if (!e)
		blob_forget_upload(*id_out);
	return e;
}

enum err file_adopt(struct tx *tx, const struct file_adoption *a, const struct blob_ready *ready, int64_t *id_out)
{
	bool added = false, done = false;
	struct file_row f = {.size = a->size, .purpose = FILE_FOR_DOCUMENT, .name = a->name, .org = a->org, .created_at = tx->now_ms, .expires_at = tx->now_ms + FILE_UNCLAIMED_MS};
	enum err e = ERR_OK;
	while (!e && !added) {
		f.id = (int64_t)(1 + random_below((1ULL << 53) - 1));
		e = file_sql_add(tx, &f, (struct str){0}, &added);
	}
	*id_out = f.id;
	if (!e)
		e = file_sql_finish(tx, f.id, 0, str_n((const char *)ready->sha256, sizeof ready->sha256), ready->type, &done);
	CHECK(e || done);
	return e ? e : file_sql_hold(tx, f.id, a->holder, a->holder_id);
}

enum err file_room_left(struct tx *tx, struct org_id org, int64_t *bytes_out)
{
	int64_t used = 0;
	enum err e = file_sql_org_bytes(tx, org, &used);
	*bytes_out = used < tx->inst->org_files_max ? tx->inst->org_files_max - used : 0;
	return e;
}
