/* SPDX-License-Identifier: Apache-2.0
 *
 * The sender's thread: the console's line, a program's arguments and input, a failing program, a mail to a small server of the
 * test's own, and that the log tells neither number nor code.
 */
#include "account/code_sender.h"

#include "base/clock.h"
#include "base/log.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static char folder[64], path[96], output[96];
static char logged[4096];

static void keep_log(enum log_level level, struct str line)
{
	(void)level;
	size_t n = strlen(logged);
	snprintf(logged + n, sizeof logged - n, "%.*s\n", (int)line.n, line.p);
}

static int setup(void **state)
{
	(void)state;
	snprintf(folder, sizeof folder, "/tmp/zvonok-sender-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/send", folder);
	snprintf(output, sizeof output, "%s/out", folder);
	logged[0] = 0;
	log_set_sink(keep_log);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	log_set_sink(NULL);
	unlink(path);
	unlink(output);
	rmdir(folder);
	return 0;
}

static void program(const char *body)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "#!/bin/sh\n%s\n", body);
	fclose(f);
	assert_int_equal(chmod(path, 0700), 0);
}

static const char *slurp(char *out, size_t size)
{
	FILE *f = fopen(output, "r");
	assert_non_null(f);
	size_t n = fread(out, 1, size - 1, f);
	out[n] = 0;
	fclose(f);
	return out;
}

/* Sends two codes and stops, which sends what waits. */
static struct code_sender_stats send_two(const struct code_sender_config *c)
{
	struct code_sender *s;
	struct code_sender_stats stats;
	assert_int_equal(code_sender_start(&s, c), ERR_OK);
	code_sender_send(s, STR("+79991234567"), STR("135790"), false);
	code_sender_send(s, STR("+79991234568"), STR("246801"), true);
	int64_t until = clock_mono_ms() + 5000;
	do {
		code_sender_stats(s, &stats);
		usleep(2000);
	} while (stats.sent + stats.failed < 2 && clock_mono_ms() < until);
	code_sender_stop(&s);
	assert_null(s);
	assert_null(strstr(logged, "135790"));
	assert_null(strstr(logged, "4567"));
	return stats;
}

static void test_console(void **state)
{
	(void)state;
	char text[1024];
	fflush(stdout);
	int keep = dup(1);
	assert_non_null(freopen(output, "w", stdout));
	struct code_sender_stats stats = send_two(&(struct code_sender_config){.kind = CODE_SENDER_CONSOLE});
	fflush(stdout);
	dup2(keep, 1);
	close(keep);
	assert_int_equal(stats.sent, 2);
	slurp(text, sizeof text);
	assert_non_null(strstr(text, "4567: 135790\n"));
	assert_null(strstr(text, "999123"));
}

static void test_command(void **state)
{
	(void)state;
	char body[256], text[1024];
	snprintf(body, sizeof body, "{ echo \"[$1] $#\"; cat; } >> %s", output);
	program(body);
	struct code_sender_stats stats = send_two(&(struct code_sender_config){.kind = CODE_SENDER_COMMAND, .command = path});
	assert_int_equal(stats.sent, 2);
	slurp(text, sizeof text);
	assert_string_equal(text, "[+79991234567] 1\nЗвонок: ваш код 135790. Никому его не сообщайте.\n"
				  "[+79991234568] 1\nZvonok: your code is 246801. Tell it to nobody.\n");
	assert_string_equal(logged, "");
}

static void test_command_that_fails(void **state)
{
	(void)state;
	program("exit 3");
	struct code_sender_stats stats = send_two(&(struct code_sender_config){.kind = CODE_SENDER_COMMAND, .command = path});
	assert_int_equal(stats.failed, 2);
	assert_non_null(strstr(logged, "code.not_sent"));
	logged[0] = 0;
	stats = send_two(&(struct code_sender_config){.kind = CODE_SENDER_COMMAND, .command = "/nowhere/at/all"});
	assert_int_equal(stats.failed, 2);
}

static void test_full_queue_drops(void **state)
{
	(void)state;
	struct code_sender *s;
	struct code_sender_stats stats;
	program("sleep 0.3");
	assert_int_equal(code_sender_start(&s, &(struct code_sender_config){.kind = CODE_SENDER_COMMAND, .command = path}), ERR_OK);
	int64_t before = clock_mono_ms();
	for (int i = 0; i < CODE_SENDER_QUEUE_MAX + 5; i++)
		code_sender_send(s, STR("+79991234567"), STR("135790"), false);
	assert_true(clock_mono_ms() - before < 250); /* nobody waits for the program */
	code_sender_stats(s, &stats);
	assert_true(stats.dropped >= 4 && stats.dropped <= 5); /* the thread may have taken one */
	code_sender_stop(&s); /* gives up after CODE_SENDER_STOP_S */
	assert_true(clock_mono_ms() - before < (CODE_SENDER_STOP_S + 2) * 1000);
}

static void test_incomplete(void **state)
{
	(void)state;
	struct code_sender *s = NULL;
	enum code_sender_kind kind;
	assert_int_equal(code_sender_start(&s, &(struct code_sender_config){.kind = CODE_SENDER_COMMAND, .command = ""}), ERR_REFUSED);
	struct code_sender_config smtp = {.kind = CODE_SENDER_SMTP, .smtp_url = "smtp://127.0.0.1", .smtp_from = "a@b", .smtp_to = "who@sms.example"};
	assert_int_equal(code_sender_start(&s, &smtp), ERR_REFUSED); /* no {phone} */
	smtp.smtp_to = "{phone}@sms.example";
	smtp.smtp_user = "u";
	assert_int_equal(code_sender_start(&s, &smtp), ERR_REFUSED); /* no password */
	assert_true(code_sender_kind_from(STR("smtp"), &kind));
	assert_int_equal(kind, CODE_SENDER_SMTP);
	assert_false(code_sender_kind_from(STR("pigeon"), &kind));
	code_sender_stop(&s);
}

/* --- a mail server of a few words, for two connections */

static int listener;
static char mails[8192];

static void *serve(void *arg)
{
	(void)arg;
	for (int i = 0; i < 2; i++) {
		int c = accept(listener, NULL, NULL);
		FILE *f = fdopen(c, "r+");
		char line[1024];
		bool data = false;
		if (!f)
			return NULL;
		setbuf(f, NULL);
		fputs("220 test\r\n", f);
		while (fgets(line, sizeof line, f)) {
			size_t n = strlen(mails);
			snprintf(mails + n, sizeof mails - n, "%s", line);
			if (data) {
				if (strcmp(line, ".\r\n") == 0) {
					data = false;
					fputs("250 taken\r\n", f);
				}
			} else if (strncmp(line, "DATA", 4) == 0) {
				data = true;
				fputs("354 go\r\n", f);
			} else if (strncmp(line, "QUIT", 4) == 0) {
				fputs("221 bye\r\n", f);
				break;
			} else {
				fputs("250 ok\r\n", f);
			}
		}
		fclose(f);
	}
	return NULL;
}

static void test_smtp(void **state)
{
	(void)state;
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof a;
	char url[64];
	pthread_t thread;
	mails[0] = 0;
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&a, n), 0);
	assert_int_equal(listen(listener, 4), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&a, &n), 0);
	snprintf(url, sizeof url, "smtp://127.0.0.1:%d", ntohs(a.sin_port));
	assert_int_equal(pthread_create(&thread, NULL, serve, NULL), 0);
	struct code_sender_stats stats = send_two(&(struct code_sender_config){
		.kind = CODE_SENDER_SMTP, .smtp_url = url, .smtp_from = "zvonok@school.example", .smtp_to = "{phone}@sms.example"});
	assert_int_equal(stats.sent, 2);
	pthread_join(thread, NULL);
	close(listener);
	assert_non_null(strstr(mails, "MAIL FROM:<zvonok@school.example>"));
	assert_non_null(strstr(mails, "RCPT TO:<79991234567@sms.example>"));
	assert_non_null(strstr(mails, "Звонок: ваш код 135790."));
	assert_non_null(strstr(mails, "Zvonok: your code is 246801."));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_console),
		T(test_command),
		T(test_command_that_fails),
		T(test_full_queue_drops),
		T(test_incomplete),
		T(test_smtp),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
