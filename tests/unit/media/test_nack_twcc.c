/* SPDX-License-Identifier: Apache-2.0
 *
 * The lists of an incoming stream: holes that are asked for, arrivals that are told.
 */
#include "bytes.h"
#include "media/nack_list.h"
#include "media/twcc_log.h"

#define MS 1000

static struct nack_list list;

static unsigned due(int64_t now_us, uint16_t *out, bool *gave_up) { return nack_list_due(&list, now_us, 30 * MS, out, 64, gave_up); }

static void asks_and_gives_up(void **state)
{
	(void)state;
	uint16_t out[64];
	bool gave_up;
	nack_list_init(&list);
	assert_int_equal(nack_list_arrived(&list, 65534, 0), NACK_NEW);
	assert_int_equal(nack_list_next_us(&list, 0), INT64_MAX);
	assert_int_equal(nack_list_arrived(&list, 2, 0), NACK_NEW); /* 65535, 0, 1 are missing */
	assert_int_equal(nack_list_arrived(&list, 2, 0), NACK_OLD);
	assert_int_equal(nack_list_next_us(&list, 0), NACK_WAIT_US);
	assert_int_equal(due(NACK_WAIT_US - 1, out, &gave_up), 0);
	assert_int_equal(nack_list_arrived(&list, 0, 5 * MS), NACK_FILLED); /* was only out of order */
	assert_int_equal(nack_list_arrived(&list, 0, 5 * MS), NACK_OLD);
	assert_int_equal(due(NACK_WAIT_US, out, &gave_up), 2);
	assert_true(out[0] == 65535 && out[1] == 1 && !gave_up);
	assert_int_equal(due(NACK_WAIT_US + NACK_RETRY_US - 1, out, &gave_up), 0);
	assert_int_equal(nack_list_due(&list, NACK_WAIT_US + NACK_RETRY_US, 200 * MS, out, 64, &gave_up), 0); /* a long round trip is waited for */
	int64_t now = NACK_WAIT_US;
	for (unsigned tries = 1; tries < NACK_TRIES_MAX; tries++) {
		now += NACK_RETRY_US;
		assert_int_equal(due(now, out, &gave_up), 2);
		assert_false(gave_up);
	}
	assert_int_equal(nack_list_arrived(&list, 1, now), NACK_FILLED);
	assert_int_equal(due(now + NACK_RETRY_US, out, &gave_up), 0);
	assert_true(gave_up);
	assert_int_equal(list.count, 0);
	assert_int_equal(nack_list_arrived(&list, 65535, now), NACK_OLD);
}

static void bounds(void **state)
{
	(void)state;
	uint16_t out[64];
	bool gave_up;
	nack_list_init(&list);
	nack_list_arrived(&list, 0, 0);
	assert_int_equal(nack_list_arrived(&list, NACK_HOLES_MAX + 1, 0), NACK_NEW); /* as many holes as there may be */
	assert_int_equal(list.count, NACK_HOLES_MAX);
	assert_int_equal(due(NACK_WAIT_US, out, &gave_up), 64);
	assert_int_equal(due(NACK_WAIT_US, out, &gave_up), 64); /* the rest follows */
	assert_true(out[0] == 65);
	assert_int_equal(nack_list_arrived(&list, 7, 0), NACK_FILLED);
	assert_int_equal(nack_list_arrived(&list, NACK_HOLES_MAX + 3, 0), NACK_NEW); /* the filled one makes room */
	assert_int_equal(nack_list_arrived(&list, NACK_HOLES_MAX + 5, 0), NACK_RESTART);
	assert_int_equal(list.count, 0);
	assert_int_equal(nack_list_arrived(&list, NACK_HOLES_MAX + 7, 0), NACK_NEW);
	nack_list_forget(&list);
	assert_int_equal(due(60000 * MS, out, &gave_up), 0);
	assert_false(gave_up);
	nack_list_init(&list);
	nack_list_arrived(&list, 0, 0);
	assert_int_equal(nack_list_arrived(&list, NACK_HOLES_MAX + 2, 0), NACK_RESTART);
	nack_list_init(&list);
	nack_list_arrived(&list, 0, 0);
	for (uint32_t seq = 2; seq <= 1 + NACK_AGE_MAX; seq++) /* 1 is missing, and nobody asks */
		assert_int_equal(nack_list_arrived(&list, (uint16_t)seq, 0), NACK_NEW);
	assert_int_equal(list.count, 1);
	nack_list_arrived(&list, 2 + NACK_AGE_MAX, 0);
	assert_int_equal(list.count, 0);
}

/* Random loss, repaired at random: what is asked for is exactly what is missing. */
static void against_a_model(void **state)
{
	(void)state;
	enum { COUNT = 100000 };
	static bool here[COUNT];
	uint64_t seed = 42;
	uint16_t out[NACK_HOLES_MAX];
	bool gave_up;
	unsigned repaired = 0;
	nack_list_init(&list);
	nack_list_arrived(&list, 65000, 0);
	here[0] = true;
	for (uint32_t i = 1; i < COUNT; i++) {
		int64_t now = (int64_t)i * 4 * MS;
		if (draw(&seed) % 10) {
			here[i] = true;
			assert_int_equal(nack_list_arrived(&list, (uint16_t)(65000 + i), now), NACK_NEW);
		}
		unsigned n = nack_list_due(&list, now, 0, out, NACK_HOLES_MAX, &gave_up);
		for (unsigned k = 0; k < n; k++) {
			uint32_t seq = i - (uint16_t)(65000 + i - out[k]);
			assert_true(seq < i && !here[seq]);
			if (draw(&seed) % 3) {
				here[seq] = true;
				repaired++;
				assert_int_equal(nack_list_arrived(&list, out[k], now), NACK_FILLED);
			}
		}
		if (gave_up)
			assert_true(i > 100);
	}
	unsigned missing = 0;
	for (uint32_t i = 0; i + 200 < COUNT; i++)
		missing += !here[i];
	assert_true(repaired > 8000 && missing < 10); /* (1/3)^10 of 10,000 */
}

static void arrivals_are_told_once(void **state)
{
	(void)state;
	static struct twcc_log log;
	uint8_t p[RTCP_COMPOUND_MAX];
	struct rtcp_writer w = rtcp_writer_of(p, sizeof p);
	struct rtcp_reader r;
	struct rtcp_packet k;
	struct rtcp_twcc t;
	uint16_t seq;
	bool arrived;
	int64_t us, at = 1000000;
	twcc_log_init(&log);
	assert_false(twcc_log_write(&log, &w, 1, 2));
	twcc_log_arrived(&log, 65535, at);
	twcc_log_arrived(&log, 1, at + 500);
	twcc_log_arrived(&log, 1, at + 900); /* twice: the first counts */
	twcc_log_arrived(&log, 65000, at); /* before the beginning */
	assert_true(twcc_log_waits(&log) && twcc_log_write(&log, &w, 1, 2) && !twcc_log_waits(&log));
	r = rtcp_read(p, w.n);
	assert_true(rtcp_next(&r, &k) && !rtcp_twcc(&k, &t) && t.base_seq == 65535 && t.status_count == 3 && t.feedback_count == 0);
	assert_true(rtcp_twcc_next(&t, &seq, &arrived, &us) && arrived && us == at);
	assert_true(rtcp_twcc_next(&t, &seq, &arrived, &us) && !arrived && seq == 0);
	assert_true(rtcp_twcc_next(&t, &seq, &arrived, &us) && arrived && us == at + 500);
	twcc_log_arrived(&log, 0, at + 1000); /* was told as lost */
	assert_false(twcc_log_waits(&log));
	twcc_log_arrived(&log, 4, at + 20000000); /* later than one feedback can say */
	twcc_log_arrived(&log, 5, at + 40000000);
	w.n = 0;
	assert_true(twcc_log_write(&log, &w, 1, 2) && twcc_log_waits(&log) && twcc_log_write(&log, &w, 1, 2) && !twcc_log_waits(&log));
	r = rtcp_read(p, w.n);
	assert_true(rtcp_next(&r, &k) && !rtcp_twcc(&k, &t) && t.base_seq == 2 && t.status_count == 3 && t.feedback_count == 1);
	assert_true(rtcp_next(&r, &k) && !rtcp_twcc(&k, &t) && t.base_seq == 5 && t.status_count == 1 && t.feedback_count == 2);
	twcc_log_arrived(&log, 6 + TWCC_LOG_MAX - 1, at);
	assert_int_equal(log.count, TWCC_LOG_MAX);
	twcc_log_arrived(&log, 6 + TWCC_LOG_MAX, at); /* anew */
	assert_int_equal(log.count, 1);
	assert_int_equal(log.base, 6 + TWCC_LOG_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asks_and_gives_up),
		cmocka_unit_test(bounds),
		cmocka_unit_test(against_a_model),
		cmocka_unit_test(arrivals_are_told_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
