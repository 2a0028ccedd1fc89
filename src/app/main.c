/* SPDX-License-Identifier: Apache-2.0
 *
 * zvonok, the program: one command word, then settings.
 */
#include "app/config.h"
#include "app/serve.h"
#include "base/log.h"
#include "db/db.h"
#include "decoder/decoder.h"
#include "media/media.h"
#include "policy/audit.h"
#include "record/record.h"
#include <sodium.h>
#include <stdio.h>

static int help(FILE *out)
{
	fprintf(out,
		"zvonok serve [settings]          run the server\n"
		"zvonok demo [settings]           run it with five organisations to look at (code 000000, loopback only)\n"
		"zvonok backup FILE [settings]    copy the store of --data to FILE, also while the server runs\n"
		"zvonok audit verify [settings]   recompute the audit journals of the store of --data, also while the server runs\n"
		"zvonok version\n"
		"zvonok help\n\n"
		"Settings, also as lines \"name = value\" of <data>/zvonok.conf (or --config FILE) and as ZVONOK_NAME:\n");
	config_help(out);
	return out == stderr ? 2 : 0;
}

static bool set_log_level(struct str name)
{
	const char *const names[] = {"debug", "info", "warn", "error"};
	for (int i = 0; i < 4; i++)
		if (str_eq(name, str_of(names[i]))) {
			log_set_level((enum log_level)i);
			return true;
		}
	fprintf(stderr, "zvonok: log_level must be debug, info, warn or error\n");
	return false;
}

static int backup(const struct config *c, const char *file)
{
	char url[4096];
	snprintf(url, sizeof url, "%s/zvonok.sqlite", c->data.p);
	enum err e = db_backup(url, file);
	if (e)
		fprintf(stderr, "zvonok: no backup: %s\n", err_name(e));
	else
		printf("%s\n", file);
	return e ? 1 : 0;
}

struct audit_run { struct db *db; bool broken; };

static enum err verify_one(void *user, struct org_id org)
{
	struct audit_run *run = user;
	struct audit_verdict v;
	enum err e = audit_verify_journal(run->db, org, &v);
	if (e)
		return e;
	if (org.v)
		printf("organisation %lld: ", (long long)org.v);
	else
		printf("installation: ");
	if (v.broken_seq)
		printf("BROKEN at row %lld; %lld rows before it are in order, the last is %s\n", (long long)v.broken_seq, (long long)v.rows, v.hash);
	else
		printf("%lld rows in order, the last is %s\n", (long long)v.rows, v.hash);
	run->broken |= v.broken_seq != 0;
	return ERR_OK;
}

static int verify_audit(const struct config *c)
{
	struct audit_run run = {0};
	char url[4096];
	snprintf(url, sizeof url, "%s/zvonok.sqlite", c->data.p);
	enum err e = db_open(&run.db, url, DB_READER);
	if (!e) {
		e = audit_each_journal(run.db, verify_one, &run);
		db_close(&run.db);
	}
	if (e)
		fprintf(stderr, "zvonok: the journals cannot be read: %s\n", err_name(e));
	return e ? 1 : run.broken ? 3 : 0;
}

int main(int argc, char **argv)
{
	struct config c;
	if (argc < 2)
		return help(stderr);
	struct str word = str_of(argv[1]);
	bool is_backup = str_eq(word, STR("backup")), is_audit = str_eq(word, STR("audit"));
	if (str_eq(word, STR("version"))) {
		printf("zvonok %s\n", ZVONOK_VERSION);
		return 0;
	}
	if (str_eq(word, STR("decode-tables"))) /* by the program itself, for a file that somebody sent */
		decoder_tables_main();
	if (str_eq(word, STR("media"))) /* by the program itself, for the sound and picture of calls */
		media_main(argc - 2, argv + 2);
	if (str_eq(word, STR("recorder"))) /* by the program itself, for the recording of one call */
		recorder_main(argc - 2, argv + 2);
	if (str_eq(word, STR("help")) || str_eq(word, STR("--help")))
		return help(stdout);
	if (!str_eq(word, STR("serve")) && !str_eq(word, STR("demo")) && !is_backup && !is_audit)
		return help(stderr);
	if ((is_backup && argc < 3) || (is_audit && (argc < 3 || strcmp(argv[2], "verify") != 0)))
		return help(stderr);
	if (sodium_init() < 0)
		return 1;
	int skip = is_backup || is_audit ? 3 : 2;
	int code = 2;
	if (!config_load(&c, argc - skip, argv + skip) && set_log_level(c.log_level))
		code = is_backup ? backup(&c, argv[2]) : is_audit ? verify_audit(&c) : serve(&c, str_eq(word, STR("demo")));
	config_release(&c);
	return code;
}
