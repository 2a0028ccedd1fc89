/* SPDX-License-Identifier: Apache-2.0
 *
 * See media_start.h.
 */
#include "app/media_start.h"

#include "app/media_address.h"
#include "base/log.h"
#include "server/media_metrics.h"
#include "server/media_port.h"

_Static_assert(MEDIA_PROCESSES_MAX <= MEDIA_METRICS_PROCESSES, "each process has its metrics");

static void on_message(void *user, int process, struct str json)
{
	const struct media_ears *ears = media_ears();
	(void)user;
	media_metrics_hear(process, json);
	if (ears)
		ears->message(ears->user, process, json);
}

static void on_gone(void *user, int process)
{
	const struct media_ears *ears = media_ears();
	(void)user;
	media_metrics_gone(process);
	if (ears && ears->gone)
		ears->gone(ears->user, process);
}

static int processes;

static void port_send(void *user, int64_t room, struct str json)
{
	media_processes_send(user, media_process_of(room, processes), json);
}

static bool on_loopback(struct str s)
{
	return str_starts(s, STR("127.")) || str_starts(s, STR("::1")) || str_starts(s, STR("[::1]")) || str_starts(s, STR("localhost"));
}

/* A server on loopback stands behind something that speaks HTTP only, unless its calls stay on this machine too (tests). */
static enum err tcp_port(const struct config *c, struct str addresses, uint16_t listen_port, uint16_t *out)
{
	int64_t n;
	if (c->media_tcp_port.n) {
		if (config_int(c->media_tcp_port, 0, 65535, &n))
			return ERR_MALFORMED;
		*out = (uint16_t)n;
		return ERR_OK;
	}
	*out = on_loopback(c->listen) && !on_loopback(addresses) ? 0 : listen_port;
	return ERR_OK;
}

enum err media_start(struct media_processes **out, const struct config *c, uint16_t listen_port)
{
	int64_t count, port;
	struct buf addresses;
	struct media_processes_config mc = {.message = on_message, .gone = on_gone};
	if (config_int(c->media_processes, 0, MEDIA_PROCESSES_MAX, &count) || config_int(c->media_port, 0, 65535 - MEDIA_PROCESSES_MAX, &port)) {
		fprintf(stderr, "zvonok: media_processes must be 0-%d, media_port 0-%d\n", MEDIA_PROCESSES_MAX, 65535 - MEDIA_PROCESSES_MAX);
		return ERR_MALFORMED;
	}
	if (count == 0) {
		media_port_set(&(struct media_port){.off = true});
		return ERR_OK;
	}
	buf_init(&addresses, 1024);
	enum err e = media_addresses(c->media_address, &addresses) ? ERR_OK : ERR_MALFORMED;
	if (e)
		fprintf(stderr, "zvonok: media_address must be addresses, separated by commas, at most 8\n");
	if (!e && tcp_port(c, buf_str(&addresses), listen_port, &mc.tcp_port)) {
		fprintf(stderr, "zvonok: media_tcp_port must be 0-65535\n");
		e = ERR_MALFORMED;
	}
	if (!e) {
		buf_add_c(&addresses, 0);
		mc.count = processes = (int)count;
		mc.udp_port = (uint16_t)port;
		mc.addresses = addresses.p;
		*out = media_processes_new(&mc);
		/* before their thread: it asks for it as soon as one of them ends */
		media_port_set(&(struct media_port){.send = port_send, .user = *out, .processes = processes});
		e = media_processes_start(*out);
		if (e)
			fprintf(stderr, "zvonok: a media process cannot be started: %s (media_processes = 0 goes without calls)\n", err_name(e));
	}
	buf_release(&addresses);
	return e;
}
