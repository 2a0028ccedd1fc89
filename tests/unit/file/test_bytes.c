/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes on the disk, without the network: pieces and their hash, also after the memory of it is lost; what lies beyond; the sweep; one
 * request at a time.
 */
#include "file_world.h"

#include "api_codes.gen.h"
#include "base/mem.h"
#include "file/blob.h"
#include "file/file_sql.h"
#include "file/sweep.h"
#include "file/uploads.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#define SIZE 700000

static char bytes[SIZE];

static struct str part(size_t from, size_t to) { return str_n(bytes + from, to - from); }

static void path_of(const char *folder, int64_t id, char out[128])
{
	snprintf(out, 128, "%s/%s/%lld", w.s->path, folder, (long long)id);
}

static void assert_whole(const struct blob_ready *r)
{
	unsigned char sha[FILE_SHA256], *back = mem_alloc(SIZE);
	int fd;
	crypto_hash_sha256(sha, (const unsigned char *)bytes, SIZE);
	assert_memory_equal(sha, r->sha256, sizeof sha);
	assert_int_equal(blob_open(str_n(sha, sizeof sha), &fd), ERR_OK);
	assert_int_equal(blob_read(fd, 0, back, SIZE), ERR_OK);
	assert_memory_equal(back, bytes, SIZE);
	assert_int_equal(blob_read(fd, 1, back, SIZE), ERR_IO); /* more than there is */
	close(fd);
	mem_free(back);
}

static void test_pieces(void **state)
{
	(void)state;
	struct blob_digest d = {0};
	struct blob_ready ready;
	for (size_t i = 0; i < SIZE; i++)
		bytes[i] = (char)(i * 7 + i / 251);
	assert_int_equal(blob_write(1, 0, part(0, 1000), &d), ERR_OK);
	assert_int_equal(d.at, 1000);
	assert_int_equal(blob_write(1, 1000, part(1000, 300000), &d), ERR_OK);
	d = (struct blob_digest){0}; /* a new process knows nothing */
	assert_int_equal(blob_write(1, 300000, part(300000, SIZE), &d), ERR_OK);
	assert_int_equal(blob_finish(1, SIZE, &d, &ready), ERR_OK);
	assert_int_equal(ready.type, FILE_TYPE_OTHER);
	assert_whole(&ready);
	assert_true(blob_there(str_n(ready.sha256, FILE_SHA256)));
	blob_forget_upload(1);
	assert_whole(&ready); /* it has another name */
}

/* What was written behind the last acknowledged byte, before a crash, is no part of the file. */
static void test_beyond_is_cut(void **state)
{
	(void)state;
	struct blob_digest d = {0}, before;
	struct blob_ready ready;
	struct stat st;
	char path[128];
	path_of("uploads", 2, path);
	assert_int_equal(blob_write(2, 0, part(0, 1000), &d), ERR_OK);
	before = d;
	assert_int_equal(blob_write(2, 1000, STR("never acknowledged"), &d), ERR_OK);
	d = before;
	assert_int_equal(blob_write(2, 1000, part(1000, 1001), &d), ERR_OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 1001);
	d = (struct blob_digest){.at = 555}; /* of other bytes: made anew */
	assert_int_equal(blob_write(2, 1001, part(1001, SIZE), &d), ERR_OK);
	assert_int_equal(blob_finish(2, SIZE, &d, &ready), ERR_OK); /* the same bytes are there already */
	assert_whole(&ready);
	assert_int_equal(blob_write(2, 0, part(0, 10), &d), ERR_OK); /* from the start again */
	assert_int_equal(blob_write(2, 11, part(11, 12), &d), ERR_NOT_FOUND); /* the bytes before are not there */
	assert_int_equal(blob_write(3, 5, part(5, 6), &d), ERR_NOT_FOUND);
	blob_forget_upload(2);
	assert_int_equal(access(path, F_OK), -1);
}

static void make_bytes(int64_t id, char fill, unsigned char sha[FILE_SHA256])
{
	struct blob_digest d = {0};
	struct blob_ready ready;
	char text[64];
	memset(text, fill, sizeof text);
	assert_int_equal(blob_write(id, 0, str_n(text, sizeof text), &d), ERR_OK);
	assert_int_equal(blob_finish(id, sizeof text, &d, &ready), ERR_OK);
	memcpy(sha, ready.sha256, FILE_SHA256);
}

static void set_sha(int64_t id, const unsigned char *sha)
{
	struct tx *tx = store_begin(w.s, store_actor(0));
	assert_int_equal(store_end(w.s, db_run(tx->db, "UPDATE file SET sha256 = ?2 WHERE id = ?1", "ib", id, str_n(sha, FILE_SHA256))), ERR_OK);
}

static size_t sweep(void)
{
	size_t n = 99;
	struct tx *tx = store_begin(w.s, store_actor(0));
	assert_int_equal(store_end(w.s, file_sweep(tx, &n)), ERR_OK);
	blob_empty_trash();
	return n;
}

static void test_sweep(void **state)
{
	(void)state;
	int64_t admin = w.person[0][ROLE_ADMIN];
	unsigned char shared[FILE_SHA256], lone[FILE_SHA256];
	struct str shared_sha = str_n(shared, sizeof shared), lone_sha = str_n(lone, sizeof lone);
	make_bytes(101, 's', shared);
	make_bytes(103, 'l', lone);
	for (int64_t id = 101; id <= 103; id++) {
		file_make(&(struct file_made){.id = id, .purpose = FILE_FOR_DOCUMENT, .org = w.org[0], .person = admin});
		set_sha(id, id == 103 ? lone : shared);
	}
	file_make(&(struct file_made){.id = 104, .purpose = FILE_FOR_DOCUMENT, .org = w.org[0], .person = admin, .unfinished = true});
	struct blob_digest d = {0};
	assert_int_equal(blob_write(104, 0, STR("half"), &d), ERR_OK);
	assert_int_equal(sweep(), 0);

	struct tx *tx = store_begin(w.s, store_actor(admin));
	assert_int_equal(store_end(w.s, file_remove_own(tx, 101, STR(""))), ERR_OK);
	tx = store_begin(w.s, store_actor(admin));
	assert_int_equal(store_end(w.s, file_remove_own(tx, 103, STR(""))), ERR_OK);
	assert_int_equal(sweep(), 2);
	assert_true(blob_there(shared_sha)); /* another file has the same bytes */
	assert_false(blob_there(lone_sha));
	assert_int_equal(store_int(w.s, "SELECT COUNT(*) FROM file WHERE id BETWEEN 101 AND 104"), 2);

	/* held: for ever; the half one is too old */
	tx = store_begin(w.s, store_actor(admin));
	struct file_claim c = {.file_id = 102, .purpose = FILE_FOR_DOCUMENT, .org.v = w.org[0], .holder = FILE_HELD_BY_ORG, .holder_id = w.org[0]};
	assert_int_equal(store_end(w.s, file_ports()->take(tx, &c, NULL)), ERR_OK);
	w.s->now_ms += FILE_UNCLAIMED_MS;
	assert_int_equal(sweep(), 1);
	char path[128];
	path_of("uploads", 104, path);
	assert_int_equal(access(path, F_OK), -1);
	assert_true(blob_there(shared_sha));

	/* an upload's begin counts for its address for an hour, even when it was removed */
	tx = store_begin(w.s, store_actor(0));
	int64_t id;
	assert_int_equal(store_end(w.s, file_create(tx, &(struct file_new){.name = STR("a"), .token = STR(TOKEN_A), .size = 10,
		.purpose = FILE_FOR_APPLICATION}, &id)), ERR_OK);
	tx = store_begin(w.s, store_actor(0));
	assert_int_equal(store_end(w.s, file_remove_own(tx, id, STR(TOKEN_A))), ERR_OK);
	assert_int_equal(sweep(), 0);
	w.s->now_ms += 60 * 60 * 1000;
	assert_int_equal(sweep(), 1);

	tx = store_begin(w.s, store_actor(0));
	assert_int_equal(store_end(w.s, file_ports()->release(tx, FILE_HELD_BY_ORG, w.org[0], 102)), ERR_OK);
	assert_int_equal(sweep(), 1);
	assert_false(blob_there(shared_sha));
}

static void test_orphans(void **state)
{
	(void)state;
	unsigned char kept[FILE_SHA256], orphan[FILE_SHA256];
	make_bytes(201, 'k', kept);
	make_bytes(202, 'o', orphan); /* linked, and its upload is still there: the crash was before the commit */
	file_make(&(struct file_made){.id = 201, .purpose = FILE_FOR_DOCUMENT, .org = w.org[0], .person = w.person[0][ROLE_ADMIN]});
	set_sha(201, kept);
	file_make(&(struct file_made){.id = 202, .purpose = FILE_FOR_DOCUMENT, .org = w.org[0], .person = w.person[0][ROLE_ADMIN], .unfinished = true});
	assert_int_equal(file_sweep_orphans(w.s->db), ERR_OK);
	assert_true(blob_there(str_n(kept, sizeof kept)));
	assert_false(blob_there(str_n(orphan, sizeof orphan)));
	char path[128];
	path_of("uploads", 201, path); /* finished: its second name is left over */
	assert_int_equal(access(path, F_OK), -1);
	path_of("uploads", 202, path);
	assert_int_equal(access(path, F_OK), 0);
}

static int begin(const char *token, int64_t size)
{
	int64_t id;
	struct tx *tx = store_begin(w.s, store_actor(0));
	return store_code(w.s, file_create(tx, &(struct file_new){.name = STR("a"), .token = str_of(token), .size = size,
		.purpose = FILE_FOR_APPLICATION}, &id));
}

/* All that strangers can have here at once, to the byte. */
static void test_room_for_applications(void **state)
{
	(void)state;
	file_make(&(struct file_made){.id = 301, .purpose = FILE_FOR_APPLICATION, .token = TOKEN_B});
	struct tx *tx = store_begin(w.s, store_actor(0));
	assert_int_equal(store_end(w.s, db_run(tx->db, "UPDATE file SET size = ?1 WHERE id = 301", "i", FILE_APPLICATION_UNCLAIMED - 100)), ERR_OK);
	assert_int_equal(begin(TOKEN_A, 101), API_RATE_LIMITED);
	assert_int_equal(begin(TOKEN_A, 100), 0);
	assert_int_equal(begin(TOKEN_A, 1), API_RATE_LIMITED);
	w.s->now_ms += FILE_UNCLAIMED_MS;
	assert_int_equal(begin(TOKEN_A, 1), 0);
}

static void test_one_at_a_time(void **state)
{
	(void)state;
	struct uploads *u = uploads_new();
	struct blob_digest d = {.at = 5}, got;
	assert_true(uploads_enter(u, 7, &got));
	assert_int_equal(got.at, 0);
	assert_false(uploads_enter(u, 7, &got));
	assert_true(uploads_enter(u, 8, &got));
	uploads_leave(u, 7, &d);
	assert_true(uploads_enter(u, 7, &got));
	assert_int_equal(got.at, 5);
	uploads_leave(u, 7, NULL);
	assert_true(uploads_enter(u, 7, &got));
	assert_int_equal(got.at, 0);
	uploads_leave(u, 7, &d);
	for (int64_t id = 1000; id < 1000 + 2 * UPLOADS_REMEMBERED; id++) { /* what is remembered is bounded; who works stays */
		assert_true(uploads_enter(u, id, &got));
		uploads_leave(u, id, &d);
	}
	assert_false(uploads_enter(u, 8, &got));
	assert_true(uploads_enter(u, 7, &got));
	assert_int_equal(got.at, 0); /* forgotten */
	uploads_free(&u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_beyond_is_cut),
		cmocka_unit_test(test_sweep),
		cmocka_unit_test(test_orphans),
		cmocka_unit_test(test_room_for_applications),
		cmocka_unit_test(test_one_at_a_time),
	};
	return cmocka_run_group_tests(tests, file_world_setup, file_world_teardown);
}
