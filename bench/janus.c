/* SPDX-License-Identifier: Apache-2.0
 *
 * See janus.h. Messages are JSON, one a packet of the socket (SOCK_SEQPACKET); an answer has the transaction of its question, and of a plugin's
 * only the event that follows the "ack" is one (a candidate's answer is the "ack").
 */
#include "janus.h"

#include "base/clock.h"
#include "base/mem.h"
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define WAIT_MS 10000
#define ROOM 1
#define PASSWORD "a-password-of-enough-letters"

static json_t *ask(struct janus *j, int64_t handle, json_t *message)
{
	static char in[256 * 1024];
	char transaction[24];
	snprintf(transaction, sizeof transaction, "t%u", ++j->transactions);
	json_object_set_new(message, "transaction", json_string(transaction));
	if (j->session)
		json_object_set_new(message, "session_id", json_integer(j->session));
	if (handle)
		json_object_set_new(message, "handle_id", json_integer(handle));
	bool trickle = json_object_get(message, "candidate") != NULL;
	char *text = json_dumps(message, JSON_COMPACT);
	json_decref(message);
	ssize_t sent = send(j->fd, text, strlen(text), MSG_NOSIGNAL);
	free(text);
	for (struct pollfd p = {.fd = j->fd, .events = POLLIN}; sent > 0 && poll(&p, 1, WAIT_MS) > 0;) {
		ssize_t n = recv(j->fd, in, sizeof in, 0);
		json_t *answer = n > 0 ? json_loadb(in, (size_t)n, 0, NULL) : NULL;
		const char *what = json_string_value(json_object_get(answer, "janus")), *about = json_string_value(json_object_get(answer, "transaction"));
		if (n <= 0)
			return NULL;
		if (about && strcmp(about, transaction) == 0 && what && (strcmp(what, "ack") != 0 || trickle)) {
			if (strcmp(what, "error") != 0)
				return answer;
			fprintf(stderr, "janus: %.*s\n", (int)n, in);
			json_decref(answer);
			return NULL;
		}
		json_decref(answer);
	}
	return NULL;
}

static int64_t id_of(json_t *answer)
{
	int64_t id = json_integer_value(json_object_get(json_object_get(answer, "data"), "id"));
	json_decref(answer);
	return id;
}

static int64_t attach(struct janus *j)
{
	return id_of(ask(j, 0, json_pack("{s:s,s:s}", "janus", "attach", "plugin", "janus.plugin.videoroom")));
}

/* The plugin's event; NULL also when it tells of an error. */
static json_t *tell(struct janus *j, int64_t handle, json_t *body, json_t *jsep)
{
	json_t *message = json_pack("{s:s,s:o}", "janus", "message", "body", body);
	if (jsep)
		json_object_set_new(message, "jsep", jsep);
	json_t *answer = ask(j, handle, message), *data = json_object_get(json_object_get(answer, "plugindata"), "data");
	if (!json_object_get(data, "error"))
		return answer;
	fprintf(stderr, "janus: %s\n", json_string_value(json_object_get(data, "error")));
	json_decref(answer);
	return NULL;
}

bool janus_open(struct janus *j, const char *socket_path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	*j = (struct janus){.fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)};
	snprintf(a.sun_path, sizeof a.sun_path, "%s", socket_path);
	if (connect(j->fd, (struct sockaddr *)&a, sizeof a))
		return false;
	j->session = id_of(ask(j, 0, json_pack("{s:s}", "janus", "create")));
	int64_t handle = attach(j);
	json_t *made = tell(j, handle, json_pack("{s:s,s:i,s:i,s:i,s:s,s:s}", "request", "create", "room", ROOM, "publishers", 4, "bitrate", 0, "videocodec", "vp8",
		"audiocodec", "opus"), NULL);
	bool good = made != NULL;
	json_decref(made);
	return good && handle;
}

void janus_close(struct janus *j)
{
	json_decref(ask(j, 0, json_pack("{s:s}", "janus", "destroy")));
	close(j->fd);
}

/* --- SDP --- */

static void write_sdp(char *out, size_t n, const char *direction, const char *fingerprint, int pt, uint32_t ssrc)
{
	int at = snprintf(out, n,
		"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\nm=video 9 UDP/TLS/RTP/SAVPF %d\r\nc=IN IP4 127.0.0.1\r\na=%s\r\na=mid:0\r\n"
		"a=rtcp-mux\r\na=ice-ufrag:them\r\na=ice-pwd:" PASSWORD "\r\na=fingerprint:sha-256 %s\r\na=setup:active\r\na=rtpmap:%d VP8/90000\r\n"
		"a=rtcp-fb:%d nack\r\na=rtcp-fb:%d nack pli\r\na=rtcp-fb:%d goog-remb\r\na=ice-options:trickle\r\n",
		pt, direction, fingerprint, pt, pt, pt, pt);
	CHECK(at > 0 && (size_t)at < n);
	if (ssrc)
		snprintf(out + at, n - (size_t)at, "a=ssrc:%u cname:bench\r\n", ssrc);
}

/* The value behind `name` up to the end of its line. */
static bool line_of(const char *sdp, const char *name, char *out, size_t n)
{
	const char *at = strstr(sdp, name);
	if (!at)
		return false;
	at += strlen(name);
	snprintf(out, n, "%.*s", (int)strcspn(at, "\r\n"), at);
	return true;
}

static const char *word_of(const char *line, int i)
{
	for (; i > 0; i--) {
		line += strcspn(line, " ");
		line += strspn(line, " ");
	}
	return line;
}

/* A client by what Janus's SDP says of its end. */
static struct media_client *client_of(struct media_room *r, const char *sdp, bool offered, const struct media_client_config *config)
{
	struct media_client_config c = *config;
	char ufrag[128], password[128], candidate[256], mapped[80];
	if (!sdp || !line_of(sdp, "a=ice-ufrag:", ufrag, sizeof ufrag) || !line_of(sdp, "a=ice-pwd:", password, sizeof password) ||
		!line_of(sdp, "a=candidate:", candidate, sizeof candidate))
		return NULL;
	const char *address = word_of(candidate, 4);
	int address_n = (int)strcspn(address, " ");
	unsigned long port = strtoul(word_of(candidate, 5), NULL, 10);
	c.ufrag = ufrag;
	c.password = password;
	c.own_password = PASSWORD;
	c.controlled = offered; /* who offers controls */
	c.server = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
	snprintf(mapped, sizeof mapped, "::ffff:%.*s", address_n, address); /* IPv6 is off in its configuration */
	if (inet_pton(AF_INET6, mapped, &c.server.sin6_addr) != 1)
		return NULL;
	return media_client_new(r->context, &c);
}

static bool connect_client(struct janus *j, struct media_room *r, int64_t handle, struct media_client **slot)
{
	struct sockaddr_in6 a;
	socklen_t n = sizeof a;
	char candidate[128], address[INET_ADDRSTRLEN];
	if (!*slot || getsockname(media_client_fd(*slot), (struct sockaddr *)&a, &n))
		return false;
	inet_ntop(AF_INET, a.sin6_addr.s6_addr + 12, address, sizeof address);
	snprintf(candidate, sizeof candidate, "candidate:1 1 udp 2130706431 %s %u typ host", address, ntohs(a.sin6_port));
	json_decref(ask(j, handle, json_pack("{s:s,s:{s:s,s:i,s:s}}", "janus", "trickle", "candidate", "sdpMid", "0", "sdpMLineIndex", 0, "candidate", candidate)));
	json_decref(ask(j, handle, json_pack("{s:s,s:{s:b}}", "janus", "trickle", "candidate", "completed", 1)));
	media_room_watch(r, *slot);
	for (int64_t until = clock_mono_ns() + WAIT_MS * INT64_C(1000000); clock_mono_ns() < until && !media_client_is_connected(*slot);)
		media_room_pump(r, 1);
	const struct media_client_counts *counts = media_client_counts(*slot);
	if (!media_client_is_connected(*slot))
		fprintf(stderr, "janus: %llu checks, %llu answered, %llu refused by %u\n", (unsigned long long)counts->checks_sent,
			(unsigned long long)counts->checks_answered, (unsigned long long)counts->errors, counts->last_error);
	return media_client_is_connected(*slot);
}

static const char *sdp_of(json_t *event) { return json_string_value(json_object_get(json_object_get(event, "jsep"), "sdp")); }

bool janus_publish(struct janus *j, struct media_room *r, struct media_client **slot, uint32_t ssrc, const struct media_client_config *config)
{
	char sdp[2048];
	int64_t handle = attach(j);
	json_t *joined = tell(j, handle, json_pack("{s:s,s:s,s:i}", "request", "join", "ptype", "publisher", "room", ROOM), NULL);
	j->feed = json_integer_value(json_object_get(json_object_get(json_object_get(joined, "plugindata"), "data"), "id"));
	json_decref(joined);
	write_sdp(sdp, sizeof sdp, "sendonly", media_client_fingerprint(r->context), JANUS_PT, ssrc);
	json_t *answer = tell(j, handle, json_pack("{s:s}", "request", "publish"), json_pack("{s:s,s:s}", "type", "offer", "sdp", sdp));
	*slot = client_of(r, sdp_of(answer), false, config);
	json_decref(answer);
	return connect_client(j, r, handle, slot);
}

bool janus_subscribe(struct janus *j, struct media_room *r, struct media_client **slot, const struct media_client_config *config)
{
	char sdp[2048], media[128];
	int pt = JANUS_PT;
	int64_t handle = attach(j);
	json_t *offer = tell(j, handle, json_pack("{s:s,s:s,s:i,s:[{s:I}]}", "request", "join", "ptype", "subscriber", "room", ROOM, "streams", "feed",
		(json_int_t)j->feed), NULL);
	*slot = client_of(r, sdp_of(offer), true, config);
	if (*slot && line_of(sdp_of(offer), "m=video ", media, sizeof media))
		pt = (int)strtol(word_of(media, 2), NULL, 10);
	json_decref(offer);
	if (!*slot)
		return false;
	write_sdp(sdp, sizeof sdp, "recvonly", media_client_fingerprint(r->context), pt, 0);
	json_decref(tell(j, handle, json_pack("{s:s}", "request", "start"), json_pack("{s:s,s:s}", "type", "answer", "sdp", sdp)));
	return connect_client(j, r, handle, slot);
}
