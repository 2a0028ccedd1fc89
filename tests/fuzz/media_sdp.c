/* SPDX-License-Identifier: Apache-2.0
 *
 * Offers in SDP as programs POST them: whatever they say, what is answered has whole lines, of printable ASCII, and as many lines m= as were offered.
 */
#include "fuzz.h"
#include "media/sdp.h"

static const char options_text[] = "{\"iceParameters\":{\"usernameFragment\":\"a\",\"password\":\"b\"},\"dtlsParameters\":{\"fingerprints\":[{\"value\":\"AA\"}]},"
	"\"iceCandidates\":[{\"ip\":\"::1\",\"port\":1,\"protocol\":\"udp\",\"priority\":1}]}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sdp_offer o;
	const char *why = NULL;
	unsigned char *exact = fuzz_exact(data, size);
	enum err e = sdp_read(str_n(exact, size), &o, &why);
	free(exact);
	MUST(why);
	if (e)
		return 0;
	static json_t *options;
	if (!options)
		options = json_loads(options_text, 0, NULL);
	for (int sending = 0; sending < 2; sending++) {
		struct sdp_part parts[2] = {0};
		struct buf text;
		unsigned lines = 0;
		for (int kind = 0; kind < 2; kind++) {
			parts[kind].taken = sdp_send_of(&o, (enum media_kind)kind, &parts[kind].receive);
			parts[kind].codec = parts[kind].receive.codec;
			parts[kind].sending = sending;
			parts[kind].ssrc = 1;
			parts[kind].rtx_ssrc = 2;
			parts[kind].cname = parts[kind].stream = parts[kind].track = "x";
		}
		buf_init(&text, SDP_MAX);
		sdp_answer(&text, &o, parts, options, 12345);
		MUST(!text.err && text.n > 2 && text.p[text.n - 2] == '\r');
		for (size_t i = 0; i < text.n; i++) {
			MUST((text.p[i] >= ' ' && text.p[i] <= '~') || text.p[i] == '\r' || text.p[i] == '\n');
			lines += text.p[i] == '\n' && i + 2 < text.n && text.p[i + 1] == 'm' && text.p[i + 2] == '=';
		}
		MUST(lines == o.sections_n);
		buf_release(&text);
	}
	return 0;
}
