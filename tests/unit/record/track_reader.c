/* SPDX-License-Identifier: Apache-2.0
 *
 * See track_reader.h.
 */
#include "track_reader.h"

#include <string.h>
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#include <libavformat/avformat.h>
#pragma GCC diagnostic pop

bool track_read(const char *path, bool (*is_mark)(const uint8_t *p, size_t n), struct track_look *out)
{
	AVFormatContext *f = NULL;
	memset(out, 0, sizeof *out);
	av_log_set_level(AV_LOG_QUIET);
	if (avformat_open_input(&f, path, NULL, NULL) < 0)
		return false;
	AVPacket *k = av_packet_alloc();
	int64_t before = -1;
	if (f->nb_streams > 0) {
		out->video = f->streams[0]->codecpar->codec_type == AVMEDIA_TYPE_VIDEO;
		out->h264 = f->streams[0]->codecpar->codec_id == AV_CODEC_ID_H264;
		out->width = f->streams[0]->codecpar->width;
		out->height = f->streams[0]->codecpar->height;
		out->duration_ms = f->duration > 0 ? f->duration / 1000 : 0;
	}
	while (k && av_read_frame(f, k) >= 0) {
		int64_t ms = av_rescale_q(k->pts, f->streams[k->stream_index]->time_base, (AVRational){1, 1000});
		if (out->packets++ == 0)
			out->first_ms = ms;
		out->backwards |= ms <= before;
		before = out->last_ms = ms;
		out->keys += (k->flags & AV_PKT_FLAG_KEY) != 0;
		if (is_mark && is_mark(k->data, (size_t)k->size)) {
			out->last_mark_ms = ms;
			if (out->marks < sizeof out->marks_ms / sizeof *out->marks_ms)
				out->marks_ms[out->marks] = ms;
			out->marks++;
		}
		av_packet_unref(k);
	}
	av_packet_free(&k);
	avformat_close_input(&f);
	return true;
}
