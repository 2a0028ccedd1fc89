/* SPDX-License-Identifier: Apache-2.0
 *
 * The queue, the thread and the console; see code_sender.h. How a program and a mail are sent is in code_carrier.c.
 */
#include "account/code_sender.h"

#include "account/code_carrier.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

struct code_sender {
	/* owned; constant while the thread runs */
	struct code_sender_config config;
	pthread_t thread;
	/* shared, under lock */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct code_letter queue[CODE_SENDER_QUEUE_MAX];
	size_t first, waiting;
	bool stopping;
	int64_t stop_by_ms;
	struct code_sender_stats stats;
};

bool code_sender_kind_from(struct str text, enum code_sender_kind *out)
{
	static const char *const names[] = {"console", "command", "smtp"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (str_eq(text, str_of(names[i]))) {
			*out = (enum code_sender_kind)i;
			return true;
		}
	}
	return false;
}

/* Local time, the end of the number, the code: what an operator reads to somebody over the phone. */
static enum err print(const struct code_letter *l)
{
	char at[16] = "";
	time_t now = (time_t)(clock_wall_ms() / 1000);
	struct tm tm;
	if (localtime_r(&now, &tm))
		strftime(at, sizeof at, "%H:%M:%S", &tm);
	size_t n = strlen(l->phone);
	printf("[%s] sign-in code for the number ending in %s: %s\n", at, l->phone + (n > 4 ? n - 4 : 0), l->code);
	return fflush(stdout) ? ERR_IO : ERR_OK;
}

static enum err carry(const struct code_sender_config *c, const struct code_letter *l)
{
	switch (c->kind) {
	case CODE_SENDER_CONSOLE:
		return print(l);
	case CODE_SENDER_COMMAND:
		return code_carry_command(c, l);
	case CODE_SENDER_SMTP:
		return code_carry_smtp(c, l);
	}
	BUG("kind of sender %d", (int)c->kind);
}

/* The next letter, or false when there is nothing left to do. Waits. */
static bool take(struct code_sender *s, struct code_letter *out)
{
	pthread_mutex_lock(&s->lock);
	while (!s->waiting && !s->stopping)
		pthread_cond_wait(&s->wake, &s->lock);
	bool any = s->waiting > 0 && !(s->stopping && clock_mono_ms() > s->stop_by_ms);
	if (any) {
		*out = s->queue[s->first];
		mem_wipe(&s->queue[s->first], sizeof *s->queue);
		s->first = (s->first + 1) % CODE_SENDER_QUEUE_MAX;
		s->waiting--;
	}
	pthread_mutex_unlock(&s->lock);
	return any;
}

static void *run(void *arg)
{
	struct code_sender *s = arg;
	struct code_letter l;
	while (take(s, &l)) {
		enum err e = carry(&s->config, &l);
		mem_wipe(&l, sizeof l);
		pthread_mutex_lock(&s->lock);
		if (e)
			s->stats.failed++;
		else
			s->stats.sent++;
		pthread_mutex_unlock(&s->lock);
		if (e)
			LOG(LOG_LEVEL_WARN, "code.not_sent", LOG_FZ("error", err_name(e)));
	}
	return NULL;
}

static bool given(const char *s)
{
	return s && s[0];
}

static bool complete(const struct code_sender_config *c)
{
	switch (c->kind) {
	case CODE_SENDER_CONSOLE:
		return true;
	case CODE_SENDER_COMMAND:
		return given(c->command);
	case CODE_SENDER_SMTP:
		return given(c->smtp_url) && given(c->smtp_from) && given(c->smtp_to) && strstr(c->smtp_to, "{phone}") &&
			strchr(c->smtp_to, '@') && given(c->smtp_user) == given(c->smtp_password);
	}
	return false;
}

static const char *copy(const char *s)
{
	return given(s) ? mem_dup(s, strlen(s)) : NULL;
}

static void release(struct code_sender *s)
{
	const char *texts[] = {s->config.command, s->config.smtp_url, s->config.smtp_user, s->config.smtp_password, s->config.smtp_from,
		s->config.smtp_to};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		mem_free((void *)(uintptr_t)texts[i]);
	pthread_cond_destroy(&s->wake);
	pthread_mutex_destroy(&s->lock);
	mem_wipe(s, sizeof *s);
	mem_free(s);
}

enum err code_sender_start(struct code_sender **out, const struct code_sender_config *c)
{
	if (!complete(c)) {
		LOG(LOG_LEVEL_ERROR, "code_sender.incomplete");
		return ERR_REFUSED;
	}
	struct code_sender *s = mem_alloc(sizeof *s);
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->wake, NULL);
	s->config = (struct code_sender_config){.kind = c->kind,
		.command = copy(c->command),
		.smtp_url = copy(c->smtp_url),
		.smtp_user = copy(c->smtp_user),
		.smtp_password = copy(c->smtp_password),
		.smtp_from = copy(c->smtp_from),
		.smtp_to = copy(c->smtp_to)};
	/* The thread has no part in the program's signals; a program that closes its input early must not kill it by SIGPIPE. */
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int failed = pthread_create(&s->thread, NULL, run, s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failed) {
		release(s);
		return ERR_IO;
	}
	*out = s;
	return ERR_OK;
}

void code_sender_send(void *user, struct str phone, struct str code, bool english)
{
	struct code_sender *s = user;
	bool dropped = true;
	pthread_mutex_lock(&s->lock);
	if (!s->stopping && s->waiting < CODE_SENDER_QUEUE_MAX && phone.n < sizeof s->queue->phone && code.n < sizeof s->queue->code) {
		struct code_letter *l = &s->queue[(s->first + s->waiting++) % CODE_SENDER_QUEUE_MAX];
		*l = (struct code_letter){.english = english};
		memcpy(l->phone, phone.p, phone.n);
		memcpy(l->code, code.p, code.n);
		dropped = false;
		pthread_cond_signal(&s->wake);
	} else {
		s->stats.dropped++;
	}
	pthread_mutex_unlock(&s->lock);
	if (dropped)
		LOG(LOG_LEVEL_WARN, "code.dropped");
}

void code_sender_stop(struct code_sender **at)
{
	struct code_sender *s = *at;
	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	s->stopping = true;
	s->stop_by_ms = clock_mono_ms() + CODE_SENDER_STOP_S * 1000;
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->thread, NULL);
	release(s);
	*at = NULL;
}

void code_sender_stats(struct code_sender *s, struct code_sender_stats *out)
{
	pthread_mutex_lock(&s->lock);
	*out = s->stats;
	pthread_mutex_unlock(&s->lock);
}
