/* SPDX-License-Identifier: Apache-2.0
 *
 * zvonok, the program: one command word, then settings.
 */
#include "app/config.h"
#include "app/serve.h"
#include "base/log.h"
#include "db/db.h"
#include <sodium.h>
#include <stdio.h>

static int help(FILE *out)
{
	fprintf(out,
		"zvonok serve [settings]          run the server\n"
		"zvonok demo [settings]           run it with five organisations to look at (code 000000, loopback only)\n"
		"zvonok backup FILE [settings]    copy the store of --data to FILE, also while the server runs\n"
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

int main(int argc, char **argv)
{
	struct config c;
	if (argc < 2)
		return help(stderr);
	struct str word = str_of(argv[1]);
	bool is_backup = str_eq(word, STR("backup"));
	if (str_eq(word, STR("version"))) {
		printf("zvonok %s\n", ZVONOK_VERSION);
		return 0;
	}
	if (str_eq(word, STR("help")) || str_eq(word, STR("--help")))
		return help(stdout);
	if (!str_eq(word, STR("serve")) && !str_eq(word, STR("demo")) && !is_backup)
		return help(stderr);
	if (is_backup && argc < 3)
		return help(stderr);
	if (sodium_init() < 0)
		return 1;
	int skip = is_backup ? 3 : 2;
	int code = 2;
	if (!config_load(&c, argc - skip, argv + skip) && set_log_level(c.log_level))
		code = is_backup ? backup(&c, argv[2]) : serve(&c, str_eq(word, STR("demo")));
	config_release(&c);
	return code;
}
