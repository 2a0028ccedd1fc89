/* SPDX-License-Identifier: Apache-2.0 */
#include "app/config.h"

#include "base/mem.h"
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#define FILE_MAX (1u << 20)

struct setting {
	const char *name, *def, *help;
	size_t offset; /* of its struct str in struct config */
};

static const struct setting settings[] = {
#define X(name, def, help) {#name, def, help, offsetof(struct config, name)},
	CONFIG_SETTINGS(X)
#undef X
};
#define SETTING_COUNT (sizeof settings / sizeof *settings)

static struct str *slot(struct config *c, const struct setting *s)
{
	return (struct str *)((char *)c + s->offset);
}

static const struct setting *setting_find(struct str name)
{
	for (size_t i = 0; i < SETTING_COUNT; i++)
		if (str_eq(str_of(settings[i].name), name))
			return &settings[i];
	return NULL;
}

static void set(struct config *c, const struct setting *s, struct str value)
{
	struct buf *b = &c->texts[s - settings];
	buf_clear(b);
	buf_add_str(b, value);
	buf_add_c(b, 0);
	CHECK(!b->err);
	*slot(c, s) = str_n(b->p, b->n - 1);
}

static enum err read_text(struct config *c, struct str text, const char *file)
{
	int line = 0;
	while (text.n) {
		struct str raw = str_trim_ascii(str_cut(&text, '\n'));
		line++;
		if (!raw.n || raw.p[0] == '#')
			continue;
		struct str value = raw;
		struct str name = str_trim_ascii(str_cut(&value, '='));
		const struct setting *s = setting_find(name);
		if (!s || !memchr(raw.p, '=', raw.n)) {
			fprintf(stderr, "%s:%d: no such setting: %.*s\n", file, line, (int)name.n, name.p);
			return ERR_MALFORMED;
		}
		set(c, s, str_trim_ascii(value));
	}
	return ERR_OK;
}

static enum err read_file(struct config *c, const char *file, bool must)
{
	FILE *f = fopen(file, "re");
	if (!f) {
		if (!must && errno == ENOENT)
			return ERR_OK;
		fprintf(stderr, "%s: %s\n", file, strerror(errno));
		return ERR_IO;
	}
	char *text = mem_alloc(FILE_MAX);
	size_t n = fread(text, 1, FILE_MAX, f);
	fclose(f);
	enum err e = n == FILE_MAX ? ERR_TOO_LARGE : read_text(c, str_n(text, n), file);
	mem_free(text);
	return e;
}

static void read_environment(struct config *c)
{
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		char name[64] = "ZVONOK_";
		size_t at = 7;
		for (const char *p = settings[i].name; *p && at + 1 < sizeof name; p++)
			name[at++] = (char)toupper((unsigned char)*p);
		const char *value = getenv(name);
		if (value)
			set(c, &settings[i], str_of(value));
	}
}

/* --name value or --name=value; `only` limits it to one setting (data must be known before the file is looked for). */
static enum err read_arguments(struct config *c, int argc, char **argv, const char *only, const char **file_out)
{
	for (int i = 0; i < argc; i++) {
		struct str arg = str_of(argv[i]);
		if (!str_starts(arg, STR("--"))) {
			fprintf(stderr, "unexpected argument: %s\n", argv[i]);
			return ERR_MALFORMED;
		}
		struct str value = str_n(arg.p + 2, arg.n - 2);
		bool glued = memchr(value.p, '=', value.n) != NULL;
		struct str name = str_cut(&value, '=');
		if (!glued) {
			if (i + 1 >= argc) {
				fprintf(stderr, "%s wants a value\n", argv[i]);
				return ERR_MALFORMED;
			}
			value = str_of(argv[++i]);
		}
		if (str_eq(name, STR("config"))) {
			*file_out = value.p;
			continue;
		}
		char spelled[64];
		size_t n = name.n < sizeof spelled ? name.n : 0;
		for (size_t k = 0; k < n; k++)
			spelled[k] = name.p[k] == '-' ? '_' : name.p[k];
		const struct setting *s = setting_find(str_n(spelled, n));
		if (!s) {
			fprintf(stderr, "no such option: --%.*s (see zvonok help)\n", (int)name.n, name.p);
			return ERR_MALFORMED;
		}
		if (!only || str_eq(str_of(s->name), str_of(only)))
			set(c, s, value);
	}
	return ERR_OK;
}

enum err config_load(struct config *c, int argc, char **argv)
{
	*c = (struct config){0};
	c->text_count = SETTING_COUNT;
	c->texts = mem_alloc(SETTING_COUNT * sizeof *c->texts);
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		buf_init(&c->texts[i], 65536);
		set(c, &settings[i], str_of(settings[i].def));
	}
	const char *file = NULL;
	read_environment(c);
	enum err e = read_arguments(c, argc, argv, "data", &file);
	if (e)
		return e;
	char beside[4096];
	if (file) {
		e = read_file(c, file, true);
	} else {
		snprintf(beside, sizeof beside, "%s/zvonok.conf", c->data.p);
		e = read_file(c, beside, false);
	}
	if (e)
		return e;
	read_environment(c);
	return read_arguments(c, argc, argv, NULL, &file);
}

void config_release(struct config *c)
{
	for (size_t i = 0; i < c->text_count; i++)
		buf_release(&c->texts[i]);
	mem_free(c->texts);
	*c = (struct config){0};
}

void config_help(FILE *out)
{
	for (size_t i = 0; i < SETTING_COUNT; i++)
		fprintf(out, "  --%-16s %s%s%s%s\n", settings[i].name, settings[i].help, *settings[i].def ? " [" : "", settings[i].def,
			*settings[i].def ? "]" : "");
}

enum err config_int(struct str text, int64_t min, int64_t max, int64_t *out)
{
	enum err e = str_to_i64(text, out);
	return e ? e : *out < min || *out > max ? ERR_MALFORMED : ERR_OK;
}

enum err config_address(struct str text, char hostz[108], uint16_t *port_out)
{
	struct str host = text;
	int64_t port = 0;
	if (!str_starts(text, STR("unix:"))) {
		size_t colon = text.n;
		while (colon > 0 && text.p[colon - 1] != ':')
			colon--;
		if (!colon || config_int(str_n(text.p + colon, text.n - colon), 0, 65535, &port))
			return ERR_MALFORMED;
		host = str_n(text.p, colon - 1);
		if (host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
			host = str_n(host.p + 1, host.n - 2);
	}
	if (!host.n || host.n >= 108)
		return ERR_MALFORMED;
	memcpy(hostz, host.p, host.n);
	hostz[host.n] = 0;
	*port_out = (uint16_t)port;
	return ERR_OK;
}
