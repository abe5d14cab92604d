// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the commands make of a recording: of one as it was written, of one that is cut off or
 * damaged anywhere, and of one that somebody has made up, with the right checksums.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "moment.h"
#include "options.h"
#include "recording_make.h"
#include "term.h"

#define HEADER	sizeof(struct recording_header)
#define ROUNDS	20000

typedef int command(struct ipc *ipc, const struct options *options);

/** struct output - what a command wrote, and what it returned */
struct output {
	int status;
	char out[256 * 1024];
	char err[4096];
};

static const char *current;
static unsigned int passed, failed, looks, faults;
static FILE *report;
/* A file in memory, which the commands read, and its name */
static int file;
static char path[32];
static struct recording_buffer sample;
static struct output output, whole;

static void check_begin(const char *name)
{
	current = name;
	looks = 0;
	faults = 0;
}

static void check_end(void)
{
	bool good = looks && !faults;

	fprintf(report, "%s - recording: %s (%u of %u)\n", good ? "ok" : "not ok", current,
		looks - faults, looks);
	good ? passed++ : failed++;
}

static __printf(2, 3) bool expect(bool truth, const char *format, ...)
{
	va_list args;

	looks++;
	if (truth)
		return true;
	if (faults++ < 3) {
		fprintf(report, "# %s: ", current);
		va_start(args, format);
		vfprintf(report, format, args);
		va_end(args);
		fprintf(report, "\n");
	}
	return false;
}

static void write_file(const void *data, size_t len)
{
	if (ftruncate(file, 0) || pwrite(file, data, len, 0) != (ssize_t)len) {
		perror("recording: cannot write");
		exit(1);
	}
}

static FILE *to_memory(char *text, size_t size)
{
	FILE *memory = fmemopen(text, size, "w");

	if (memory)
		return memory;
	perror("recording: fmemopen");
	exit(1);
}

/* Run a command on the file. */
static void run(command *command, const struct options *options, const char *at)
{
	FILE *out = stdout, *err = stderr;
	struct ipc *ipc = ipc_open_recording(path);
	uint64_t time_ns;

	memset(output.out, 0, sizeof(output.out));
	memset(output.err, 0, sizeof(output.err));
	stdout = to_memory(output.out, sizeof(output.out));
	stderr = to_memory(output.err, sizeof(output.err));
	if (at && !*ipc_error(ipc))
		ipc_go_to_begin(ipc);
	if (at && !*ipc_error(ipc) && moment_parse(at, &time_ns))
		ipc_go_to_time(ipc, time_ns);
	output.status = *ipc_error(ipc) ? options_fail(ipc) : command(ipc, options);
	fputs(ipc_unread(ipc), stderr);
	ipc_close(ipc);
	fclose(stdout);
	fclose(stderr);
	stdout = out;
	stderr = err;
}

static const struct options json = { .json = true };
static const struct options known = { .known = true, .numeric = true };
static const struct options plain = { .wide = true, .clock = FORMAT_SINCE };
static const struct options by_clock = { .clock = FORMAT_CLOCK };
static const struct options by_connection = { .by_connection = true };
/* With a filter that looks at all that may be made up */
static struct options filtered = { .json = true };

/* Everything that can read a recording */
static const struct {
	command *command;
	const struct options *options;
	const char *at;
} readers[] = {
	{ events_run, &json, NULL }, { events_run, &known, NULL }, { trace_run, &plain, NULL },
	{ trace_run, &by_connection, NULL }, { list_run, &json, NULL }, { list_run, &plain, NULL },
	{ list_run, &plain, "+1s" }, { events_run, &filtered, NULL },
	{ list_run, &filtered, NULL }, { top_run, &json, NULL }, { top_run, &plain, "+1s" },
	{ log_run, &json, NULL }, { log_run, &plain, NULL },
};

static unsigned int count(const char *text, const char *word)
{
	unsigned int n = 0;

	for (; (text = strstr(text, word)); text++)
		n++;
	return n;
}

static void test_whole(void)
{
	char lost[32];

	write_file(sample.data, sample.len);
	snprintf(lost, sizeof(lost), "{\"lost\":%d}\n", MAKE_LOST);
	check_begin("as it was written, it is read to its end");
	run(events_run, &json, NULL);
	whole = output;
	expect(whole.status == STATUS_OK, "%s", whole.err);
	expect(count(whole.out, "\"number\":") == MAKE_EVENTS, "%s", whole.out);
	expect(count(whole.out, lost) == 1 && count(whole.out, "{\"lost\":null}") == 1, "%s",
	       whole.out);
	expect(count(whole.out, "{\"synced\":2}") == 1 && count(whole.out, "{\"synced\":1}") == 1,
	       "%s", whole.out);
	expect(strstr(whole.err, "9 events shown, 5+ events lost"), "%s", whole.err);
	check_end();
	check_begin("a connection that ends in it has its line of log");
	run(log_run, &plain, NULL);
	expect(count(output.out, "\n") == 2 && strstr(output.out, "10.0.0.1:40000"), "%s",
	       output.out);
	expect(strstr(output.err, "1 connection shown, 5+ events lost"), "%s", output.err);
	check_end();
	check_begin("an interface has the name that the recording has");
	run(list_run, &plain, NULL);
	expect(strstr(output.out, "%uplink]:"), "%s", output.out);
	check_end();
	check_begin("a cgroup has the path that the recording has, and one without it its number");
	run(list_run, &json, "6.9");
	expect(count(output.out, "\"cgroup\":\"/web.slice\",\"cgroup_id\":8001,") == MAKE_KNOWN &&
	       count(output.out, "\"cgroup\":null,\"cgroup_id\":8002,") == MAKE_KNOWN, "%s%s",
	       output.out, output.err);
	run(list_run, &plain, "6.9");
	expect(strstr(output.out, " /web.slice,8002"), "%s", output.out);
	run(list_run, &plain, NULL);
	expect(strstr(output.out, " /web.slice,/rude??.slice"), "%s", output.out);
	check_end();
	check_begin("times are those of the clock of the machine that wrote it");
	run(events_run, &json, NULL);
	/* 1,700,000,000 s, when it began, was 2023-11-14T22:13:20 in UTC. */
	expect(strstr(output.out, "\"time\":\"2023-11-14T22:13:20.200000+0000\""), "%s",
	       output.out);
	check_end();
	check_begin("a time is the same however far the recording was read");
	/* Then the clock is set back. trace prints the connection behind that. */
	run(events_run, &by_clock, NULL);
	expect(strstr(output.out, "22:13:22.300000 "), "%s", output.out);
	run(trace_run, &by_connection, NULL);
	expect(strstr(output.out, "22:13:22.300000  2 FIN_WAIT_1 "), "%s", output.out);
	check_end();
}

/* Leave one blank of several. */
static void squeeze(char *text)
{
	char *to = text;

	for (; *text; text++)
		if (*text != ' ' || text[1] != ' ')
			*to++ = *text;
	*to = '\0';
}

/* What list shows of the connection that begins and ends, 50 ms after each of its events */
static void test_times(void)
{
	static const char * const states[] = {
		"\"SYN_SENT\"", "\"SYN_RECEIVED\"", "\"ESTABLISHED\"", "\"FIN_WAIT_1\"",
		"\"CLOSE_WAIT\"", "\"LAST_ACK\"", "\"TIME_WAIT\"",
	};
	/* Each by the wall clock as it was then: at the end that was 200 ms behind. */
	static const char outside[] =
		"begins at 2023-11-14T22:13:20.002000+0000 and ends at 2023-11-14T22:13:24.1";
	static const char * const beginnings[] = {
		"+0s", "22:13:20.002000", "2023-11-14T22:13:20.002000+0000", "6.802",
	};
	/* Behind the first FIN, its ACK, and the second FIN */
	static const char * const closing[] = { "7.35", "7.45", "7.55" };
	struct options of_port = { .json = true }, of_text = { .wide = true };
	char text[] = "younger 5s", *words[] = { text };
	char at[32], error[PARSE_ERROR];

	/* The other IPv4 connections are as old as the machine. */
	filter_parse(&of_port.filter, words, ARRAY_SIZE(words), error, sizeof(error));
	of_text.filter = of_port.filter;
	check_begin("at each time the table is what it was then");
	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		uint64_t time_ns = MAKE_ID + i * MAKE_STEP_NS + MAKE_STEP_NS / 2;

		snprintf(at, sizeof(at), "%llu.%09llu", (unsigned long long)time_ns / NS_PER_S,
			 (unsigned long long)time_ns % NS_PER_S);
		run(list_run, &of_port, at);
		expect(!output.status && count(output.out, states[i]) >= 1,
		       "%s: no %s in %s %s", at, states[i], output.out, output.err);
		expect(count(output.out, "\"in_state_ms\":50,") == 1, "%s: %s", at, output.out);
	}
	run(list_run, &json, "7.75");
	expect(count(output.out, "\n") == MAKE_KNOWN, "after its end: %s %s", output.out,
	       output.err);
	check_end();
	check_begin("what no event has told is not made up");
	run(list_run, &of_text, "7.25");
	squeeze(output.out);
	expect(strstr(output.out, " ESTABLISHED ? ? 0.2 ? ? ?/? ?/? ?/? ?/? ?/? ?/? ?/? - - "),
	       "%s", output.out);
	check_end();
	check_begin("the states tell which end has closed first");
	for (size_t i = 0; i < ARRAY_SIZE(closing); i++) {
		run(list_run, &of_port, closing[i]);
		expect(count(output.out, "\"closer\":true") == 1 &&
		       count(output.out, "\"closer\":false") == 1 &&
		       strstr(output.out, "\"closer\":true}") < strstr(output.out, "\"responder\""),
		       "%s: %s", closing[i], output.out);
	}
	run(list_run, &of_port, "7.25");
	expect(count(output.out, "\"closer\":false") == 2, "nobody has: %s", output.out);
	check_end();
	check_begin("what was lost with the events is no longer there after that");
	run(list_run, &json, "9.05");
	expect(count(output.out, "\n") == MAKE_KNOWN - 1, "%s %s", output.out, output.err);
	run(list_run, &json, NULL);
	expect(count(output.out, "\n") == 1, "%s %s", output.out, output.err);
	check_end();
	check_begin("it begins when it says, and +TIME is counted from there");
	for (size_t i = 0; i < ARRAY_SIZE(beginnings); i++) {
		run(list_run, &json, beginnings[i]);
		expect(!output.status && count(output.out, "\n") == MAKE_KNOWN, "%s: %s",
		       beginnings[i], output.err);
	}
	run(list_run, &json, "+4.3s");
	expect(output.status && strstr(output.err, " after "), "%s", output.err);
	check_end();
	check_begin("a time outside of it is refused");
	run(list_run, &json, "6.7");
	expect(output.status && strstr(output.err, outside) && strstr(output.err, " before ") &&
	       !*output.out, "%s", output.err);
	run(list_run, &json, "11.2");
	expect(output.status && strstr(output.err, outside) && strstr(output.err, " after ") &&
	       !*output.out, "%s", output.err);
	check_end();
}

static struct options of_filter(const char *text)
{
	struct options options = { .json = true };
	char *words = (char *)text, error[PARSE_ERROR] = "";

	expect(!filter_parse(&options.filter, &words, 1, error, sizeof(error)), "%s", error);
	return options;
}

/*
 * Four connections: one whose events have no counts, and three of the table, whose counts may
 * have grown since.
 */
static void test_unknown(void)
{
	static const struct {
		const char *filter;
		unsigned int passes;
		unsigned int unknown;
	} filters[] = {
		{ "idle 1s", 0, 4 }, { "not idle 1s", 0, 4 }, { "retransmitted", 0, 4 },
		{ "not retransmitted", 0, 4 }, { "retransmitted or ipv6", 1, 3 },
		{ "retransmitted ipv6", 0, 1 }, { "not (retransmitted or ipv6)", 0, 3 },
		{ "idle 1s younger 5s", 0, 1 }, { "not idle 1s or ipv4", 3, 1 },
		{ "idle 1s or not idle 1s", 0, 4 }, { "in-state 1ms", 1, 3 }, { "ipv4", 3, 0 },
		{ "owner 1000", 4, 0 }, { "owner 1001 younger 5s", 1, 0 }, { "owner 0", 0, 0 },
		{ "not owner 0", 4, 0 },
	};

	check_begin("a filter neither passes nor negates what the recording does not tell");
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		struct options options = of_filter(filters[i].filter);
		char more[64] = "";

		if (filters[i].unknown)
			snprintf(more, sizeof(more), "%u more connection%s may pass",
				 filters[i].unknown, filters[i].unknown == 1 ? "" : "s");
		run(list_run, &options, "7.25");
		expect(!output.status && count(output.out, "\n") == filters[i].passes &&
		       (*more ? !!strstr(output.err, more) : !*output.err),
		       "'%s': %u of %u, '%s' is not '%s'", filters[i].filter,
		       count(output.out, "\n"), filters[i].passes, output.err, more);
	}
	check_end();
	check_begin("the owners of a connection are those that its events tell");
	for (int i = 0; i < 2; i++) {
		struct options options = of_filter("younger 5s");

		run(list_run, &options, i ? "7.65" : "7.25");
		expect(count(output.out, "\"uid\":1000,") == 1 &&
		       count(output.out, "\"uid\":1001,") == 1 &&
		       count(output.out, "\"cgroup_id\":8001,") == 1 &&
		       count(output.out, "\"cgroup_id\":8002,") == 1, "%s", output.out);
	}
	check_end();
}

/* Where the frame begins that has a byte */
static size_t frame_of(size_t byte)
{
	size_t at = HEADER;

	if (byte < HEADER)
		return 0;
	for (;;) {
		size_t bytes = recording_bytes((void *)(sample.data + at));

		if (byte < at + bytes)
			return at;
		at += bytes;
	}
}

static bool is_prefix(void)
{
	/* What the end of the file says of a loss stands behind everything else. */
	const char *end = strstr(output.out, "{\"lost\":null}");

	return !strncmp(output.out, whole.out,
			end ? (size_t)(end - output.out) : strlen(output.out));
}

/* It was read up to a byte, and everything before that was told. */
static void expect_damage(size_t byte, const char *how)
{
	char place[64];

	snprintf(place, sizeof(place), "damaged at byte %zu: ", frame_of(byte));
	expect(output.status == STATUS_FAILURE && strstr(output.err, place),
	       "byte %zu %s: '%s' is not in '%s'", byte, how, place, output.err);
	expect(is_prefix(), "byte %zu %s: %s", byte, how, output.out);
}

static void test_cut(void)
{
	check_begin("cut off anywhere, it is read up to there");
	for (size_t len = 0; len < sample.len; len++) {
		write_file(sample.data, len);
		run(events_run, &json, NULL);
		if (len && len == frame_of(len))
			expect(output.status == STATUS_OK && is_prefix(), "%zu: %s", len,
			       output.err);
		else
			expect_damage(len, "is the first that is missing");
	}
	check_end();
	check_begin("and nothing that reads it does anything wrong");
	for (size_t len = 0; len < sample.len; len++) {
		size_t i = len % ARRAY_SIZE(readers);

		write_file(sample.data, len);
		run(readers[i].command, readers[i].options, readers[i].at);
		expect(output.status <= STATUS_FAILURE, "%zu: %d", len, output.status);
	}
	check_end();
}

static void test_flipped(void)
{
	char *data = malloc(sample.len);

	check_begin("a byte that was changed is found, and everything before it is read");
	for (size_t byte = 0; byte < sample.len; byte++) {
		memcpy(data, sample.data, sample.len);
		data[byte] ^= 1 << byte % 8;
		write_file(data, sample.len);
		run(events_run, &json, NULL);
		expect_damage(byte, "was changed");
	}
	check_end();
	free(data);
}

/* Calculate the checksums of all frames again, as somebody would who has made them up. */
static void sign(char *data, size_t len)
{
	struct recording_header *header = (void *)data;
	size_t at = HEADER;

	header->checksum = recording_checksum(header, offsetof(struct recording_header, checksum));
	while (at + sizeof(struct recording_frame) <= len) {
		struct recording_frame *frame = (void *)(data + at);
		size_t bytes = recording_bytes(frame);

		if (frame->len > RECORDING_MOST || at + bytes > len)
			return;
		frame->checksum = recording_checksum(&frame->time_ns,
						     bytes - sizeof(frame->checksum));
		at += bytes;
	}
}

static void run_all(const char *what, size_t n)
{
	for (size_t i = 0; i < ARRAY_SIZE(readers); i++) {
		run(readers[i].command, readers[i].options, readers[i].at);
		expect(output.status == STATUS_OK ||
		       (output.status == STATUS_FAILURE && *output.err),
		       "%s %zu: status %d without a word", what, n, output.status);
	}
}

/* Each byte has each of these values once. */
static void test_forged(void)
{
	static const uint8_t values[] = { 0, 1, 5, 0x7f, 0x80, 0xff };
	char *data = malloc(sample.len);

	check_begin("no byte that somebody has made up does any harm");
	for (size_t byte = 0; byte < sample.len; byte++) {
		memcpy(data, sample.data, sample.len);
		data[byte] = values[byte % ARRAY_SIZE(values)];
		sign(data, sample.len);
		write_file(data, sample.len);
		run(readers[byte % ARRAY_SIZE(readers)].command,
		    readers[byte % ARRAY_SIZE(readers)].options,
		    readers[byte % ARRAY_SIZE(readers)].at);
		for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
			data[byte] = values[i];
			sign(data, sample.len);
			write_file(data, sample.len);
			run(events_run, &json, NULL);
			expect(output.status <= STATUS_FAILURE, "byte %zu: %d", byte,
			       output.status);
		}
	}
	check_end();
	free(data);
}

static uint64_t random_state = 1;

static size_t random_below(size_t most)
{
	random_state = random_state * 6364136223846793005 + 1442695040888963407;
	return (random_state >> 33) % most;
}

/* A frame of the sample, in any place of it */
static size_t random_frame(void)
{
	return frame_of(HEADER + random_below(sample.len - HEADER));
}

/* Frames in any order, some of them several times, with some bytes that are made up. */
static void test_random(void)
{
	struct recording_buffer made = {};

	check_begin("nor do frames in any order, with anything in them");
	for (int round = 0; round < ROUNDS; round++) {
		size_t frames = random_below(40), changes = random_below(6);
		size_t reader = random_below(ARRAY_SIZE(readers));

		made.len = 0;
		recording_append(&made, sample.data, HEADER);
		while (frames--) {
			struct recording_frame *frame = (void *)(sample.data + random_frame());

			recording_append(&made, frame, recording_bytes(frame));
		}
		while (changes--)
			made.data[random_below(made.len)] = random_below(256);
		sign(made.data, made.len);
		write_file(made.data, made.len);
		if (round % 100)
			run(readers[reader].command, readers[reader].options, readers[reader].at);
		else
			run_all("round", round);
		expect(output.status <= STATUS_FAILURE, "round %d: %d", round, output.status);
	}
	check_end();
	recording_free(&made);
}

static void test_moments(void)
{
	static const struct {
		const char *text;
		const char *is;
	} moments[] = {
		{ "100.5", "100.500000" }, { "0.0", "0.000000" },
		{ "+0", "1000.000000" }, { "+1.5h", "6400.000000" },
		{ "22:13:20", "1000.000000" }, { "22:13:20.25", "1000.250000" },
		{ "22:14", "1040.000000" },
		/* The clock shows that only on the next day. */
		{ "22:13:19", "87399.000000" }, { "00:00", "7400.000000" },
		{ "2023-11-14T22:13:21", "1001.000000" },
		{ "2023-11-14 22:13:21.5", "1001.500000" },
		{ "2023-11-14T23:13:21+0100", "1001.000000" },
		{ "2023-11-14T22:13Z", "980.000000" },
		{ "", NULL }, { "noon", NULL }, { "12", NULL }, { "2s", NULL },
		{ "12.5", "12.500000" }, { "25:00", NULL },
		{ "22:13:20x", NULL }, { "+", NULL }, { "+-5", NULL }, { "-5", NULL },
		{ "2023-11-14", NULL }, { "2023-13-14T00:00", NULL }, { "1e9", NULL },
		{ "99999999999", NULL }, { "2023-11-14T22:13:21+0100x", NULL },
	};
	char text[FORMAT_TIME];
	uint64_t ns;

	term_set_now(1000 * 1000000000ull);
	term_set_wall(1000 * 1000000000ull, 1700000000000000000ull);
	check_begin("a moment is read as people write it");
	for (size_t i = 0; i < ARRAY_SIZE(moments); i++) {
		bool is = moment_parse(moments[i].text, &ns);

		if (is)
			format_time(ns, FORMAT_BOOT, text);
		expect(is == !!moments[i].is && (!is || !strcmp(text, moments[i].is)),
		       "'%s' is %s, not %s", moments[i].text, is ? text : "none",
		       moments[i].is ? moments[i].is : "none");
	}
	check_end();
}

int main(void)
{
	char text[] = "state established,closed verdict none,closed flag one_way younger 1d";
	char error[PARSE_ERROR], *words[10];
	int n = 0;

	report = stdout;
	for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
		words[n++] = word;
	if (filter_parse(&filtered.filter, words, n, error, sizeof(error))) {
		printf("not ok - recording: %s\n0 passed, 1 failed, 0 skipped\n", error);
		return 1;
	}
	setenv("TZ", "UTC", 1);
	file = memfd_create("recording", MFD_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	make_recording(&sample);
	test_whole();
	test_times();
	test_unknown();
	test_cut();
	test_flipped();
	test_forged();
	test_random();
	test_moments();
	recording_free(&sample);
	printf("%u passed, %u failed, 0 skipped\n", passed, failed);
	return !!failed;
}
