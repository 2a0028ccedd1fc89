/* SPDX-License-Identifier: Apache-2.0
 *
 * See sim_server.h. The same steps as src/app/serve.c, without listeners and threads.
 */
#include "sim_server.h"

#include "app/wiring.h"
#include "base/clock.h"
#include "base/mem.h"
#include "chat/chat.h"
#include "server/setting_sql.h"
#include <stdio.h>
#include <unistd.h>

static const char secret[] = "0123456789abcdef0123456789abcdef";

/* --- the school */

static void fill_school(struct school *s, struct tx *tx)
{
	struct org_id org;
	struct unit_id unit[2];
	bool changed;
	CHECK(!school_org_new(tx, STR("Школа № 98"), STR("Школа 98"), API_ORG_TYPE_SCHOOL, &org));
	CHECK(!school_unit_new(tx, org, API_UNIT_KIND_CLASS, STR("7А"), &unit[0]));
	CHECK(!school_unit_new(tx, org, API_UNIT_KIND_CLASS, STR("7Б"), &unit[1]));
	s->org = org.v;
	for (size_t u = 0; u < 2; u++) {
		struct chat_id chat;
		s->unit[u] = unit[u].v;
		CHECK(!chat_of_unit(tx, org, unit[u], &chat));
		s->chat[u] = chat.v;
	}
	for (size_t i = 0; i < s->people; i++) {
		struct person_id p;
		enum role role = i == 0 ? ROLE_ADMIN : i == 1 ? ROLE_TEACHER : ROLE_GUARDIAN;
		snprintf(s->phone[i], sizeof s->phone[i], "+7900000%04u", (unsigned)i % 10000);
		CHECK(!account_person_new(tx, str_of(s->phone[i]), STR("Анна"), STR("Иванова"), STR(""), &p));
		s->person[i] = p.v;
		CHECK(!school_join(tx, org, p, role, i ? unit[0] : (struct unit_id){0}, i == 1, &changed));
		if (i > 1 && i < s->people / 2)
			CHECK(!school_join(tx, org, p, role, unit[1], false, &changed));
	}
}

void school_make(struct school *s, const char *folder, size_t people)
{
	struct db *db;
	size_t count;
	char backups[300];
	if (s->file[0])
		return;
	s->people = people;
	sim_reset(1, 1790000000000);
	snprintf(s->file, sizeof s->file, "%s/school-%zu.sqlite", folder, people);
	snprintf(backups, sizeof backups, "%s/backups", folder);
	CHECK(!db_open(&db, s->file, DB_WRITER));
	struct migration *list = wiring_migrations(&count);
	CHECK(!db_migrate(db, list, count, backups, clock_wall_ms()));
	mem_free(list);
	CHECK(!db_begin(db));
	struct installation inst = {.secret = STR("0123456789abcdef0123456789abcdef"), .session_days = 90};
	struct effects effects;
	effects_init(&effects);
	struct tx tx = {.db = db, .arena = arena_new(16u << 20), .effects = &effects, .inst = &inst, .now_ms = clock_wall_ms(), .writable = true};
	fill_school(s, &tx);
	CHECK(!db_commit(db));
	effects_release(&effects);
	arena_free(&tx.arena);
	db_close(&db);
	sim_end();
}

static void remove_store(const char *file)
{
	char path[320];
	const char *const ends[] = {"", "-wal", "-shm", ".lock"};
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		snprintf(path, sizeof path, "%s%s", file, ends[i]);
		unlink(path);
	}
}

void school_remove(struct school *s)
{
	if (s->file[0])
		remove_store(s->file);
	s->file[0] = 0;
}

static void copy_file(const char *from, const char *to)
{
	static char bytes[65536];
	FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
	CHECK(in && out);
	for (size_t n; (n = fread(bytes, 1, sizeof bytes, in)) > 0;)
		CHECK(fwrite(bytes, 1, n, out) == n);
	CHECK(!fclose(in) && !fclose(out));
}

/* --- the server */

static void send_code(void *user, struct str phone, struct str code, bool english)
{
	struct sim_server *s = user;
	(void)english;
	for (size_t i = 0; i < s->school->people; i++)
		if (str_eq(phone, str_of(s->school->phone[i])))
			memcpy(s->code[i], code.p, code.n);
}

static void publish(void *user)
{
	publisher_flush(((struct sim_server *)user)->publisher);
}

void server_start(struct sim_server *s, const struct school *school, const char *folder, size_t loops)
{
	*s = (struct sim_server){.school = school, .loop_count = loops};
	snprintf(s->file, sizeof s->file, "%s/zvonok.sqlite", folder);
	remove_store(s->file);
	copy_file(school->file, s->file);
	s->inst = (struct installation){.secret = str_n(secret, 32), .session_days = 90, .send_code = send_code, .send_code_user = s};
	for (size_t i = 0; i < loops; i++) {
		s->loops[i] = loop_new((int)i);
		s->deliveries[i] = delivery_new(s->loops[i], &(struct delivery_callbacks){.on_session_ended = socket_on_session_ended});
	}
	s->limits = rate_limit_new(0);
	s->publisher = publisher_new(s->deliveries, loops);
	struct workers_config wc = {.url = s->file, .readers = 2, .batch_end = publish, .user = s};
	CHECK(!workers_start(&s->workers, &wc));
	CHECK(!db_open(&s->look, s->file, DB_READER));
	struct dispatcher_config dc = {
		.workers = s->workers, .loop_count = loops, .publisher = s->publisher, .limits = s->limits, .inst = &s->inst};
	wiring_dispatcher(&dc);
	s->dispatcher = dispatcher_new(&dc);
	s->site = (struct site){.dispatcher = s->dispatcher,
		.sockets = {.dispatcher = s->dispatcher, .deliveries = s->deliveries, .version = "sim", .deflate = true}};
	s->app = site_app(&s->site);
}

void server_stop(struct sim_server *s)
{
	db_close(&s->look);
	workers_stop(&s->workers);
	for (size_t i = 0; i < s->loop_count; i++) {
		delivery_free(&s->deliveries[i]);
		loop_free(&s->loops[i]);
	}
	dispatcher_free(&s->dispatcher);
	publisher_free(&s->publisher);
	rate_limit_free(&s->limits);
	remove_store(s->file);
}

static void on_accept(struct conn *c, void *app)
{
	http_serve(c, app);
}

struct wire *server_connect(struct sim_server *s, const struct wire_handler *h, void *user, uint64_t tag, const char *address)
{
	struct wire_config config = {
		.handler = h, .user = user, .tag = tag, .address = address, .on_accept = on_accept, .accept_user = &s->app};
	return wire_connect(s->loops[sim_random(s->loop_count)], &config);
}

int64_t server_int(struct sim_server *s, const char *sql, int64_t a, int64_t b)
{
	bool found;
	int64_t v = 0;
	CHECK(!db_int(s->look, &found, &v, sql, "ii", a, b));
	return found ? v : -1;
}
