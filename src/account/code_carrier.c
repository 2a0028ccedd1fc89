/* SPDX-License-Identifier: Apache-2.0
 *
 * See code_carrier.h.
 */
#include "account/code_carrier.h"

#include "base/child.h"
#include "base/clock.h"
#include "base/mem.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <time.h>
#include <unistd.h>

static void text_of(const struct code_letter *l, struct buf *out)
{
	const char *format = l->english ? "Zvonok: your code is %s. Tell it to nobody." : "Звонок: ваш код %s. Никому его не сообщайте.";
	buf_addf(out, format, l->code);
}

/* --- a program */

/* Its end within the limit; a program that takes longer is killed with all that it started. */
static enum err await(pid_t pid)
{
	int fd = pidfd_open(pid, 0);
	int64_t until = clock_mono_ms() + CODE_SENDER_LIMIT_S * 1000;
	bool ended = false;
	while (fd >= 0 && !ended) {
		int64_t left = until - clock_mono_ms();
		if (left <= 0)
			break;
		struct pollfd p = {.fd = fd, .events = POLLIN};
		ended = poll(&p, 1, (int)left) == 1;
	}
	if (fd >= 0)
		close(fd);
	if (!ended)
		kill(-pid, SIGKILL);
	return child_wait(pid).code == 0 && ended ? ERR_OK : ERR_IO;
}

enum err code_carry_command(const struct code_sender_config *c, const struct code_letter *l)
{
	int ends[2];
	pid_t pid;
	struct buf text;
	if (pipe2(ends, O_CLOEXEC))
		return ERR_IO;
	buf_init(&text, 512);
	text_of(l, &text);
	buf_add_c(&text, '\n');
	/* Less than PIPE_BUF: one write into an empty pipe takes it whole and does not block. */
	enum err e = text.err;
	if (!e && write(ends[1], text.p, text.n) != (ssize_t)text.n)
		e = ERR_IO;
	close(ends[1]);
	if (!e) /* their words are only read */
		e = child_start(c->command, (char *[]){(char *)(uintptr_t)c->command, (char *)(uintptr_t)l->phone, NULL}, (const int[]){ends[0], CHILD_NOTHING, CHILD_NOTHING}, 3, &pid);
	close(ends[0]);
	if (text.n)
		mem_wipe(text.p, text.n);
	buf_release(&text);
	return e ? e : await(pid);
}

/* --- mail */

struct mail { struct buf text; size_t at; };

static size_t read_mail(char *to, size_t size, size_t count, void *user)
{
	struct mail *m = user;
	size_t n = size * count, left = m->text.n - m->at;
	if (n > left)
		n = left;
	memcpy(to, m->text.p + m->at, n);
	m->at += n;
	return n;
}

/* "{phone}@sms.example" with the digits in it. Numbers are digits by their format; anything else would be a way into the address. */
static enum err address_of(const struct code_sender_config *c, const struct code_letter *l, struct buf *out)
{
	const char *digits = l->phone + (l->phone[0] == '+'), *mark = strstr(c->smtp_to, "{phone}");
	for (const char *d = digits; *d; d++)
		if (*d < '0' || *d > '9')
			return ERR_MALFORMED;
	buf_addf(out, "%.*s%s%s", (int)(mark - c->smtp_to), c->smtp_to, digits, mark + strlen("{phone}"));
	buf_add_c(out, 0);
	return out->err;
}

static void mail_of(const struct code_sender_config *c, const struct code_letter *l, const char *to, struct buf *out)
{
	char date[64] = "";
	time_t now = (time_t)(clock_wall_ms() / 1000);
	struct tm tm;
	if (gmtime_r(&now, &tm))
		strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S +0000", &tm);
	buf_addf(out, "Date: %s\r\nFrom: <%s>\r\nTo: <%s>\r\nMessage-ID: <%016llx%016llx@zvonok>\r\n", date, c->smtp_from, to,
		(unsigned long long)random_u64(), (unsigned long long)random_u64());
	buf_addf(out, "Subject: Zvonok\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n");
	buf_addf(out, "Content-Transfer-Encoding: 8bit\r\nAuto-Submitted: auto-generated\r\n\r\n");
	text_of(l, out);
	buf_addf(out, "\r\n");
}

static enum err transfer(const struct code_sender_config *c, const char *to, struct mail *m)
{
	CURL *curl = curl_easy_init();
	struct curl_slist *list = curl_slist_append(NULL, to);
	CURLcode result = CURLE_OUT_OF_MEMORY;
	if (curl && list) {
		curl_easy_setopt(curl, CURLOPT_URL, c->smtp_url);
		curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
		curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)CURLUSESSL_TRY);
		if (c->smtp_user) {
			/* A password never goes in the clear. */
			curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
			curl_easy_setopt(curl, CURLOPT_USERNAME, c->smtp_user);
			curl_easy_setopt(curl, CURLOPT_PASSWORD, c->smtp_password);
		}
		curl_easy_setopt(curl, CURLOPT_MAIL_FROM, c->smtp_from);
		curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, list);
		curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(curl, CURLOPT_READFUNCTION, read_mail);
		curl_easy_setopt(curl, CURLOPT_READDATA, m);
		curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)CODE_SENDER_LIMIT_S);
		curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
		result = curl_easy_perform(curl);
	}
	curl_slist_free_all(list);
	curl_easy_cleanup(curl);
	return result == CURLE_OK ? ERR_OK : result == CURLE_OUT_OF_MEMORY ? ERR_NOMEM : ERR_IO;
}

enum err code_carry_smtp(const struct code_sender_config *c, const struct code_letter *l)
{
	struct buf to;
	struct mail m = {.at = 0};
	buf_init(&to, 320);
	buf_init(&m.text, 4096);
	enum err e = address_of(c, l, &to);
	if (!e) {
		mail_of(c, l, to.p, &m.text);
		e = m.text.err;
	}
	if (!e)
		e = transfer(c, to.p, &m);
	if (m.text.n)
		mem_wipe(m.text.p, m.text.n);
	buf_release(&m.text);
	buf_release(&to);
	return e;
}
