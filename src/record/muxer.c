/* SPDX-License-Identifier: Apache-2.0
 *
 * See muxer.h.
 */
#include "record/muxer.h"

#include "base/log.h"
#include "base/mem.h"
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#include <libavformat/avformat.h>
#pragma GCC diagnostic pop

#define IO_BUFFER 65536
#define NAME_OF(version) "libavformat.so." AV_STRINGIFY(version)

#define FUNCTIONS(X) \
	X(avformat_alloc_output_context2) X(avformat_new_stream) X(avformat_write_header) X(av_write_frame) X(av_write_trailer) X(avformat_free_context) \
	X(avio_alloc_context) X(avio_context_free) X(av_malloc) X(av_freep) X(av_mallocz) X(av_dict_set) X(av_dict_free) X(av_packet_alloc) X(av_packet_free) \
	X(av_packet_unref) X(av_channel_layout_default) X(av_log_set_level) X(avformat_alloc_context) X(avformat_open_input) X(avformat_close_input) \
	X(av_read_frame) X(avcodec_parameters_copy)

static struct {
#define FIELD(f) __typeof__(&f) f;
	FUNCTIONS(FIELD)
#undef FIELD
	bool tried, there;
} av;

bool muxer_there(void)
{
	if (av.tried)
		return av.there;
	av.tried = true;
	void *library = dlopen(NAME_OF(LIBAVFORMAT_VERSION_MAJOR), RTLD_NOW | RTLD_LOCAL), *f;
	if (!library)
		return false;
	av.there = true;
#define LOAD(name) \
	f = dlsym(library, #name); \
	memcpy(&av.name, &f, sizeof f); \
	av.there = av.there && f;
	FUNCTIONS(LOAD)
#undef LOAD
	if (av.there)
		av.av_log_set_level(AV_LOG_QUIET);
	return av.there;
}

struct muxer {
	/* owned */
	int fd;
	AVFormatContext *context;
	AVIOContext *io;
	AVPacket *packet;
	/* borrowed */
	struct shelf *shelf;
	/* state */
	int64_t at, size;
};

/* --- bytes */

bool shelf_relieve(struct shelf *s)
{
	bool there = s->reserve;
	s->full = true;
	s->reserve = false;
	return there && unlinkat(s->folder, SHELF_RESERVE, 0) == 0;
}

static int put_bytes(void *user, uint8_t *p, int n)
{
	struct muxer *m = user;
	struct shelf *s = m->shelf;
	for (int done = 0; done < n && !s->failed;) {
		ssize_t k = pwrite(m->fd, p + done, (size_t)(n - done), m->at);
		bool full = k < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EFBIG);
		if (k < 0 && errno != EINTR && !(full && shelf_relieve(s))) {
			s->failed = full ? ERR_FULL : ERR_IO;
			LOG(LOG_LEVEL_ERROR, "record.write", LOG_FI("errno", errno));
		} else if (k > 0) {
			done += (int)k;
			m->at += k;
			if (m->at > m->size) {
				s->bytes += m->at - m->size;
				m->size = m->at;
			}
		}
	}
	return s->failed ? AVERROR(EIO) : n;
}

static int get_bytes(void *user, uint8_t *p, int n)
{
	struct muxer *m = user;
	ssize_t k = pread(m->fd, p, (size_t)n, m->at);
	if (k <= 0)
		return k == 0 ? AVERROR_EOF : AVERROR(EIO);
	m->at += k;
	return (int)k;
}

static int64_t move(void *user, int64_t at, int whence)
{
	struct muxer *m = user;
	if (whence & AVSEEK_SIZE)
		return m->size;
	int64_t to = at + (whence == SEEK_CUR ? m->at : whence == SEEK_END ? m->size : 0);
	return to < 0 ? AVERROR(EINVAL) : (m->at = to);
}

static bool open_io(struct muxer *m, struct shelf *shelf, const char *name, int flags)
{
	struct stat s;
	m->shelf = shelf;
	m->fd = openat(shelf->folder, name, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (m->fd < 0 || fstat(m->fd, &s))
		return false;
	m->size = s.st_size;
	void *buffer = av.av_malloc(IO_BUFFER);
	CHECK(buffer);
	m->io = av.avio_alloc_context(buffer, IO_BUFFER, (flags & O_ACCMODE) != O_RDONLY, m, get_bytes, put_bytes, move);
	m->packet = av.av_packet_alloc();
	CHECK(m->io && m->packet);
	return true;
}

static void free_all(struct muxer **muxer)
{
	struct muxer *m = *muxer;
	if (m->context)
		av.avformat_free_context(m->context);
	if (m->packet)
		av.av_packet_free(&m->packet);
	if (m->io) {
		av.av_freep(&m->io->buffer);
		av.avio_context_free(&m->io);
	}
	if (m->fd >= 0)
		close(m->fd);
	mem_free(m);
	*muxer = NULL;
}

/* --- writing */

static bool write_head(struct muxer *m)
{
	AVDictionary *options = NULL;
	av.av_dict_set(&options, "cluster_time_limit", AV_STRINGIFY(MUXER_CLUSTER_MS), 0);
	m->context->pb = m->io;
	m->context->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_FLUSH_PACKETS;
	int e = av.avformat_write_header(m->context, &options);
	av.av_dict_free(&options);
	return e >= 0;
}

static bool begin(struct muxer *m, const struct muxer_track *track)
{
	if (av.avformat_alloc_output_context2(&m->context, NULL, track->codec == TAPE_H264 ? "matroska" : "webm", NULL) < 0)
		return false;
	AVStream *s = av.avformat_new_stream(m->context, NULL);
	CHECK(s);
	AVCodecParameters *c = s->codecpar;
	s->time_base = (AVRational){1, 1000};
	c->codec_type = track->codec == TAPE_OPUS ? AVMEDIA_TYPE_AUDIO : AVMEDIA_TYPE_VIDEO;
	c->codec_id = track->codec == TAPE_OPUS ? AV_CODEC_ID_OPUS : track->codec == TAPE_VP8 ? AV_CODEC_ID_VP8 : AV_CODEC_ID_H264;
	c->width = track->width;
	c->height = track->height;
	if (track->codec == TAPE_OPUS) {
		c->sample_rate = 48000;
		av.av_channel_layout_default(&c->ch_layout, 2);
	}
	if (track->extra_n) {
		c->extradata = av.av_mallocz(track->extra_n + AV_INPUT_BUFFER_PADDING_SIZE);
		CHECK(c->extradata);
		memcpy(c->extradata, track->extra, track->extra_n);
		c->extradata_size = (int)track->extra_n;
	}
	return write_head(m);
}

enum err muxer_open(struct muxer **out, struct shelf *shelf, const char *name, const struct muxer_track *track)
{
	struct muxer *m = mem_alloc(sizeof *m);
	CHECK(muxer_there());
	m->fd = -1;
	*out = m;
	if (open_io(m, shelf, name, O_RDWR | O_CREAT | O_TRUNC) && begin(m, track) && !shelf->failed)
		return ERR_OK;
	enum err e = shelf->failed ? shelf->failed : errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_IO;
	shelf->failed = e;
	free_all(out);
	return e;
}

void muxer_write(struct muxer *m, int64_t pts_ms, int64_t duration_ms, const uint8_t *p, size_t n, bool key)
{
	AVPacket *k = m->packet;
	if (m->shelf->failed)
		return;
	k->data = (uint8_t *)(uintptr_t)p;
	k->size = (int)n;
	k->pts = k->dts = pts_ms;
	k->duration = duration_ms;
	k->flags = key ? AV_PKT_FLAG_KEY : 0;
	if (av.av_write_frame(m->context, k) < 0 && !m->shelf->failed)
		m->shelf->failed = ERR_IO;
	av.av_packet_unref(k);
}

void muxer_flush(struct muxer *m)
{
	if (!m->shelf->failed && av.av_write_frame(m->context, NULL) < 0 && !m->shelf->failed)
		m->shelf->failed = ERR_IO;
}

void muxer_close(struct muxer **muxer)
{
	struct muxer *m = *muxer;
	if (!m)
		return;
	av.av_write_trailer(m->context);
	if (!m->shelf->failed && fdatasync(m->fd))
		m->shelf->failed = ERR_IO;
	free_all(muxer);
}

int64_t muxer_bytes(const struct muxer *m) { return m->size; }

/* --- mending */

static enum err copy(struct muxer *in, struct muxer *out, int64_t *duration_out)
{
	int64_t last = 0, before = 0, n = 0;
	for (; !out->shelf->failed && av.av_read_frame(in->context, in->packet) >= 0; n++) {
		AVPacket *k = in->packet;
		before = last;
		last = k->pts > last ? k->pts : last;
		k->stream_index = 0;
		k->pts = k->dts = last;
		k->pos = -1;
		int e = av.av_write_frame(out->context, k);
		av.av_packet_unref(k);
		if (e < 0)
			break;
	}
	*duration_out = last + (last > before && last - before < 1000 ? last - before : 20);
	return out->shelf->failed ? out->shelf->failed : n ? ERR_OK : ERR_MALFORMED;
}

static bool begin_copy(struct muxer *in, struct muxer *out)
{
	in->context = av.avformat_alloc_context();
	CHECK(in->context);
	in->context->pb = in->io;
	in->context->flags |= AVFMT_FLAG_CUSTOM_IO;
	if (av.avformat_open_input(&in->context, "", NULL, NULL) < 0 || in->context->nb_streams < 1)
		return false;
	const AVCodecParameters *c = in->context->streams[0]->codecpar;
	if (av.avformat_alloc_output_context2(&out->context, NULL, c->codec_id == AV_CODEC_ID_H264 ? "matroska" : "webm", NULL) < 0)
		return false;
	AVStream *s = av.avformat_new_stream(out->context, NULL);
	CHECK(s);
	s->time_base = (AVRational){1, 1000};
	return av.avcodec_parameters_copy(s->codecpar, c) >= 0 && write_head(out);
}

enum err muxer_mend(struct shelf *shelf, const char *from, const char *to, int64_t *duration_ms_out, int64_t *bytes_out)
{
	struct muxer *in = mem_alloc(sizeof *in), *out = mem_alloc(sizeof *out);
	CHECK(muxer_there());
	in->fd = out->fd = -1;
	enum err e = open_io(in, shelf, from, O_RDONLY) && open_io(out, shelf, to, O_RDWR | O_CREAT | O_TRUNC) ? ERR_OK : ERR_IO;
	if (!e)
		e = begin_copy(in, out) ? copy(in, out, duration_ms_out) : shelf->failed ? shelf->failed : ERR_MALFORMED;
	if (in->context)
		av.avformat_close_input(&in->context);
	free_all(&in);
	if (e) {
		free_all(&out);
		return e;
	}
	av.av_write_trailer(out->context);
	*bytes_out = out->size;
	if (!shelf->failed && fdatasync(out->fd))
		shelf->failed = ERR_IO;
	e = shelf->failed;
	free_all(&out);
	return e;
}
