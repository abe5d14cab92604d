// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcpstate record: writes what the kernel tells to a file. Each file begins with the table, and
 * goes on with the events since then. While the table is being read, events wait in memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "followed.h"
#include "named.h"
#include "options.h"
#include "recording.h"
#include "stop.h"
#include "term.h"

/* Write frames to the file when there are so many bytes of them. */
#define OUT_BYTES	(1024 * 1024)
/* If more wait, leave further ones to the kernel, which counts those it has no room for. */
#define WAITING_BYTES	(1024l * 1024 * 1024)
/* So often the file says what time it is, and that nothing else has happened. */
#define CLOCK_MS	10000
/* If no event comes for so long, those that were lost were the last. */
#define QUIET_MS	200
#define NS_PER_MS	1000000

/** struct recorder - the file that is being written */
struct recorder {
	const struct options *options;
	struct ipc *ipc;
	/** @followed: the connections that are recorded */
	struct followed followed;
	int fd;
	/** @out: frames that go to the file next */
	struct recording_buffer out;
	/** @waiting: frames of events, which come after those in @out */
	struct recording_buffer waiting;
	/** @named: what the file has the names of */
	struct named named;
	/** @names: frames with names, which come before the connection that refers to them */
	struct recording_buffer names;
	/** @file_bytes: the bytes of the file and @out */
	uint64_t file_bytes;
	/** @table_bytes: how many of them its beginning takes, with the table */
	uint64_t table_bytes;
	/** @known: the connections of the table that were written */
	uint64_t known;
	uint64_t clock_ns;
	/** @overrun: the kernel said that some were lost, and no gap showed them yet */
	bool overrun;
	uint64_t events;
	/** @lost: how many are known to be lost; @lost_more: and some more */
	uint64_t lost;
	bool lost_more;
	uint64_t files;
	uint64_t bytes;
	/** @error: what ipc_receive() returned while the table was being read; or 0 */
	int error;
};

static int fail(const struct recorder *recorder, const char *what)
{
	fprintf(stderr, "tcpstate: '%s': %s: %s\n", recorder->options->words[0], what,
		strerror(errno));
	return -EIO;
}

static int no_memory(void)
{
	fprintf(stderr, "tcpstate: %s\n", strerror(ENOMEM));
	return -EIO;
}

/* Write @out to the file. */
static int flush(struct recorder *recorder)
{
	struct recording_buffer *out = &recorder->out;

	while (out->head < out->len) {
		ssize_t n = write(recorder->fd, out->data + out->head, out->len - out->head);

		if (n < 0 && errno != EINTR)
			return fail(recorder, "cannot write");
		if (n > 0)
			recording_drop(out, n);
	}
	return 0;
}

/* Add bytes to the file. */
static int put(struct recorder *recorder, const void *data, size_t len)
{
	if (!recording_append(&recorder->out, data, len))
		return no_memory();
	recorder->file_bytes += len;
	recorder->bytes += len;
	return recorder->out.len < OUT_BYTES ? 0 : flush(recorder);
}

/* Add a frame of a time to the file, behind what is in @out. */
static int put_frame_of(struct recorder *recorder, enum recording_kind kind, uint64_t time_ns,
			const void *payload, size_t len)
{
	size_t before = recorder->out.len;

	if (!recording_add(&recorder->out, kind, time_ns, payload, len))
		return no_memory();
	recorder->file_bytes += recorder->out.len - before;
	recorder->bytes += recorder->out.len - before;
	return recorder->out.len < OUT_BYTES ? 0 : flush(recorder);
}

static int put_frame(struct recorder *recorder, enum recording_kind kind, const void *payload,
		     size_t len)
{
	return put_frame_of(recorder, kind, term_now_ns(), payload, len);
}

/*
 * The frame must have the time for which the wall clock was calculated, and not the time after
 * that, which is much later on a busy machine.
 */
static int put_clock(struct recorder *recorder)
{
	uint64_t wall_ns;

	recorder->clock_ns = term_now_ns();
	wall_ns = term_wall_ns(recorder->clock_ns);
	return put_frame_of(recorder, RECORDING_CLOCK, recorder->clock_ns, &wall_ns,
			    sizeof(wall_ns));
}

/* Write the first frame of a buffer, unless it is a name that the file has. */
static int move_frame(struct recorder *recorder, struct recording_buffer *from)
{
	const struct recording_frame *frame = (void *)(from->data + from->head);
	size_t len = recording_bytes(frame);
	int ret = named_take(&recorder->named, frame);

	if (ret < 0)
		return no_memory();
	ret = ret ? put(recorder, frame, len) : 0;
	recording_drop(from, len);
	return ret;
}

/* Is the connection recorded? 1 or 0; or negative, with a message printed. */
static int is_recorded(struct recorder *recorder, const struct flow *flow)
{
	int ret = followed_take(&recorder->followed, flow);

	return ret < 0 ? no_memory() : ret;
}

static int each_known(const struct flow *flow, void *data)
{
	struct recorder *recorder = data;
	int ret = is_recorded(recorder, flow);
	const void *message;
	size_t len;

	if (ret <= 0)
		return ret;
	if (!named_add(flow, term_now_ns(), &recorder->names))
		return no_memory();
	while (recorder->names.len) {
		ret = move_frame(recorder, &recorder->names);
		if (ret)
			return ret;
	}
	recorder->known++;
	message = ipc_message(recorder->ipc, &len);
	return put_frame(recorder, RECORDING_KNOWN, message, len);
}

static int wait_lost(struct recorder *recorder, uint64_t count)
{
	recorder->lost += count;
	recorder->lost_more = !count;
	recorder->overrun = false;
	return recording_add(&recorder->waiting, RECORDING_LOST, term_now_ns(), &count,
			     sizeof(count)) ? 0 : no_memory();
}

static int each_event(const struct flow *flow, void *data)
{
	struct recorder *recorder = data;
	uint64_t missing = ipc_missing(recorder->ipc);
	int ret = missing ? wait_lost(recorder, missing) : 0;
	const void *message;
	uint64_t now_ns;
	size_t len;

	if (ret)
		return ret;
	ret = is_recorded(recorder, flow);
	if (ret <= 0)
		return ret;
	recorder->events++;
	message = ipc_message(recorder->ipc, &len);
	now_ns = term_now_ns();
	return named_add(flow, now_ns, &recorder->waiting) &&
	       recording_add(&recorder->waiting, RECORDING_EVENT, now_ns, message, len) ?
		0 : no_memory();
}

/* Receive events: 0; 1 if the recorder should end; or negative, with a message printed. */
static int receive(struct recorder *recorder, int timeout_ms)
{
	int ret = ipc_receive(recorder->ipc, timeout_ms, each_event, recorder);

	switch (ret) {
	case 0:
		/* No event has shown how many were lost, and perhaps none comes for hours. */
		return recorder->overrun && timeout_ms ? wait_lost(recorder, 0) : 0;
	case 1:
	case -EINTR:
		return 0;
	case -ENOBUFS:
		recorder->overrun = true;
		return 0;
	case -EIO:
		return ret;
	default:
		options_fail(recorder->ipc);
		return -EIO;
	}
}

/* Between two parts of the table: do not leave events to the kernel, whose room is limited. */
static int receive_between(void *data)
{
	struct recorder *recorder = data;

	if (recorder->waiting.len - recorder->waiting.head < WAITING_BYTES)
		recorder->error = receive(recorder, 0);
	return recorder->error;
}

/* Write the table. If it is flushed meanwhile, the events that follow tell that. */
static int write_table(struct recorder *recorder)
{
	static const struct filter all;
	int ret;

	recorder->known = 0;
	recorder->error = 0;
	followed_begin_table(&recorder->followed);
	ipc_set_between(recorder->ipc, receive_between, recorder);
	ret = ipc_list(recorder->ipc, &all, each_known, recorder);
	ipc_set_between(recorder->ipc, NULL, NULL);
	followed_end_table(&recorder->followed);
	if (recorder->error || ret == -EIO)
		return -EIO;
	if (ret && ret != -EAGAIN) {
		options_fail(recorder->ipc);
		return -EIO;
	}
	return put_frame(recorder, RECORDING_SYNCED, &recorder->known, sizeof(recorder->known));
}

/* Begin a file, with all that a reader of it alone needs. */
static int begin_file(struct recorder *recorder)
{
	struct recording_header header;
	uint64_t now_ns = term_now_ns();
	int ret;

	recorder->fd = open(recorder->options->words[0],
			    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (recorder->fd < 0)
		return fail(recorder, "cannot make it");
	recorder->files++;
	recorder->file_bytes = 0;
	recording_begin(&header, now_ns, term_wall_ns(now_ns));
	recorder->clock_ns = now_ns;
	ret = put(recorder, &header, sizeof(header));
	named_forget(&recorder->named);
	if (!ret)
		ret = write_table(recorder);
	recorder->table_bytes = recorder->file_bytes;
	return ret ? ret : flush(recorder);
}

static int end_file(struct recorder *recorder)
{
	int ret = put_clock(recorder);

	if (!ret)
		ret = flush(recorder);
	if (close(recorder->fd) && !ret)
		ret = fail(recorder, "cannot write");
	recorder->fd = -1;
	return ret;
}

/* FILE becomes FILE.1, which becomes FILE.2, and so on; the oldest one is replaced. */
static int rotate_names(const struct recorder *recorder)
{
	const char *path = recorder->options->words[0];
	size_t size = strlen(path) + 24;
	char *from = malloc(size), *to = malloc(size);
	int ret = from && to ? 0 : no_memory();
	uint64_t keep = recorder->options->keep ? recorder->options->keep : 1;

	for (uint64_t n = keep; n && !ret; n--) {
		snprintf(to, size, "%s.%llu", path, (unsigned long long)n);
		if (n == 1)
			snprintf(from, size, "%s", path);
		else
			snprintf(from, size, "%s.%llu", path, (unsigned long long)n - 1);
		if (rename(from, to) && errno != ENOENT)
			ret = fail(recorder, "cannot rename it");
	}
	free(from);
	free(to);
	return ret;
}

/*
 * Is the file large enough? At least half of it are events, since otherwise a large table would be
 * all that is ever written.
 */
static bool is_full(const struct recorder *recorder)
{
	return recorder->options->rotate_bytes &&
	       recorder->file_bytes >= recorder->options->rotate_bytes &&
	       recorder->file_bytes >= 2 * recorder->table_bytes;
}

/* Write what is waiting, and the table where events were lost, or where a file begins. */
static int write_waiting(struct recorder *recorder)
{
	struct recording_buffer *waiting = &recorder->waiting;
	int ret = 0;

	while (waiting->head < waiting->len && !ret) {
		const struct recording_frame *frame = (void *)(waiting->data + waiting->head);
		bool lost = frame->kind == RECORDING_LOST, name = named_is_name(frame);

		ret = move_frame(recorder, waiting);
		if (lost && !ret)
			ret = write_table(recorder);
		/* A name stays in the same file as the event behind it. */
		if (ret || name || !is_full(recorder))
			continue;
		ret = end_file(recorder);
		if (!ret)
			ret = rotate_names(recorder);
		if (!ret)
			ret = begin_file(recorder);
	}
	return ret ? ret : flush(recorder);
}

static int refuse(const char *path, const char *reason)
{
	fprintf(stderr, "tcpstate: '%s' %s\n", path, reason);
	return -EIO;
}

/* Make room for the file's name: what has it becomes an older file, if it is a recording. */
static int clear_name(const struct recorder *recorder)
{
	const char *path = recorder->options->words[0];
	struct recording_header header;
	struct stat status;
	FILE *file;
	bool ours;

	if (lstat(path, &status))
		return errno == ENOENT ? 0 : fail(recorder, "cannot make it");
	file = S_ISREG(status.st_mode) ? fopen(path, "re") : NULL;
	ours = file && fread(&header, sizeof(header), 1, file) == 1 &&
	       recording_is_header(&header);
	if (file)
		fclose(file);
	if (!ours)
		return refuse(path, "exists, and is no recording");
	if (!recorder->options->rotate_bytes)
		return refuse(path, "exists: remove it, or let '--rotate' keep it under another name");
	return rotate_names(recorder);
}

static int record(struct recorder *recorder)
{
	int ret = clear_name(recorder);

	if (!ret && ipc_subscribe(recorder->ipc)) {
		options_fail(recorder->ipc);
		return -EIO;
	}
	if (!ret)
		ret = begin_file(recorder);
	while (!ret && !stop_asked()) {
		ret = write_waiting(recorder);
		if (!ret && term_now_ns() - recorder->clock_ns >= CLOCK_MS * 1ull * NS_PER_MS) {
			ret = put_clock(recorder);
			if (!ret)
				ret = flush(recorder);
		}
		if (!ret)
			ret = receive(recorder, recorder->overrun ? QUIET_MS : CLOCK_MS);
	}
	if (!ret)
		ret = write_waiting(recorder);
	if (recorder->fd >= 0 && !ret)
		ret = end_file(recorder);
	return ret;
}

/* An event tells what has just happened, and so nothing tells that nothing has. */
static __noreturn void refuse_word(const struct options *options, const char *word,
				   const char *nothing)
{
	options_usage(options, "'%s': no event tells that there was %s: expected a FILTER without it, and 'in-state TIME' with 'list --read'",
		      word, nothing);
}

/**
 * record_check() - end the program if its options do not go together
 * @options: the options
 */
void record_check(const struct options *options)
{
	if (options->keep && !options->rotate_bytes)
		options_usage(options, "'--keep': expected '--rotate' as well");
	if (filter_has(&options->filter, TCPSTATE_A_FILTER_MIN_IDLE_MS))
		refuse_word(options, "idle", "no segment");
	if (filter_has(&options->filter, TCPSTATE_A_FILTER_MIN_IN_STATE_MS))
		refuse_word(options, "in-state", "no transition");
}

/**
 * record_run() - tcpstate record
 * @ipc: where from
 * @options: what was asked for
 *
 * Return: STATUS_*.
 */
int record_run(struct ipc *ipc, const struct options *options)
{
	struct recorder recorder = {
		.options = options, .ipc = ipc, .fd = -1,
		.followed = { .filter = &options->filter },
	};
	int ret;

	/* It has nothing to say there, and must not end with a reader of it. */
	if (!freopen("/dev/null", "w", stdout)) {
		perror("tcpstate: /dev/null");
		return STATUS_FAILURE;
	}
	stop_at(SIGINT);
	stop_at(SIGTERM);
	ret = record(&recorder);
	if (recorder.files)
		fprintf(stderr, "%llu events recorded, %llu%s lost, %llu bytes in %llu file%s\n",
			(unsigned long long)recorder.events, (unsigned long long)recorder.lost,
			recorder.lost_more || recorder.overrun ? "+" : "",
			(unsigned long long)recorder.bytes, (unsigned long long)recorder.files,
			recorder.files == 1 ? "" : "s");
	if (recorder.fd >= 0)
		close(recorder.fd);
	recording_free(&recorder.out);
	recording_free(&recorder.waiting);
	followed_free(&recorder.followed);
	recording_free(&recorder.names);
	named_forget(&recorder.named);
	return ret ? STATUS_FAILURE : STATUS_OK;
}
