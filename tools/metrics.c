// SPDX-License-Identifier: GPL-2.0-only
/* tcpstate metrics: a network namespace's totals, for Prometheus. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "options.h"
#include "version.h"

/* What tcpstate metrics --help says at its end. */
const char metrics_notes[] =
	"Do not sum over network namespaces: tcpstate_records_limit and\n"
	"tcpstate_table_bytes, which are for all of them together; take max(). A\n"
	"connection that passes several namespaces is counted in each of them. Do not\n"
	"sum over role: tcpstate_connections, which has each connection once as\n"
	"initiator and once as responder. Do not sum at all: tcpstate_build_info.\n";

/** struct output - where metrics go */
struct output {
	FILE *file;
	/** @labels: those of every series */
	const struct labels *labels;
};

/** struct family - counters of the kernel that are one metric */
struct family {
	const char *name;
	const char *help;
	/** @label: the label that tells them apart; NULL if there is one alone */
	const char *label;
	/** @counters: TCPSTATE_A_COUNTER_*, ended by a 0 */
	uint8_t counters[8];
	/** @prefix: the part of their names that the metric's name says already */
	const char *prefix;
};

static const struct family families[] = {
	{ "segments", "Segments accounted to a connection.", NULL,
	  { TCPSTATE_A_COUNTER_SEGMENTS }, "" },
	{ "connections_seen", "Connections seen from their SYN on, or picked up in mid-stream.",
	  "from", { TCPSTATE_A_COUNTER_NEW, TCPSTATE_A_COUNTER_PICKED_UP }, "" },
	{ "connections_evicted", "Connections that made room for others.", NULL,
	  { TCPSTATE_A_COUNTER_EVICTED }, "" },
	{ "untracked_segments", "Segments without a connection, by reason.", "reason",
	  { TCPSTATE_A_COUNTER_UNTRACKED_FULL, TCPSTATE_A_COUNTER_UNTRACKED_MEMORY,
	    TCPSTATE_A_COUNTER_UNTRACKED_STRAY }, "untracked_" },
	{ "ignored_segments", "Segments that their receiver does not take, by reason.", "reason",
	  { TCPSTATE_A_COUNTER_UNACCEPTABLE, TCPSTATE_A_COUNTER_PAWS,
	    TCPSTATE_A_COUNTER_CHALLENGE }, "" },
	{ "probe_segments", "Keep-alives and zero-window probes.", "kind",
	  { TCPSTATE_A_COUNTER_KEEPALIVE, TCPSTATE_A_COUNTER_ZERO_WINDOW }, "" },
	{ "repeated_segments", "SYNs and FINs sent again.", NULL,
	  { TCPSTATE_A_COUNTER_REPEAT }, "" },
	{ "retransmitted_segments", "Segments with data, SYN or FIN that were sent again.", NULL,
	  { TCPSTATE_A_COUNTER_RETRANSMITS }, "" },
	{ "gaps", "Segments that left a gap in what their sender sent.", NULL,
	  { TCPSTATE_A_COUNTER_GAPS }, "" },
	{ "owners_unknown", "Local ends whose owner could not be kept.", NULL,
	  { TCPSTATE_A_COUNTER_OWNER_UNKNOWN }, "" },
	{ "retracted_states", "States taken back.", NULL, { TCPSTATE_A_COUNTER_RETRACT }, "" },
	{ "malformed_packets", "Packets that are not as they should be, by reason.", "reason",
	  { TCPSTATE_A_COUNTER_BAD_SHORT, TCPSTATE_A_COUNTER_BAD_CHECKSUM,
	    TCPSTATE_A_COUNTER_BAD_FLAGS, TCPSTATE_A_COUNTER_BAD_OPTIONS }, "bad_" },
	{ "skipped_packets", "Packets that are none of a connection's, by kind.", "kind",
	  { TCPSTATE_A_COUNTER_FRAGMENT, TCPSTATE_A_COUNTER_MULTICAST }, "" },
	{ "events_lost", "Events that found no room before they were sent.", NULL,
	  { TCPSTATE_A_COUNTER_EVENTS_LOST }, "" },
};

static void head(const struct output *out, const char *name, const char *type,
		 const char *unit, const char *help)
{
	fprintf(out->file, "# HELP tcpstate_%s %s\n# TYPE tcpstate_%s %s\n", name, help, name,
		type);
	if (unit)
		fprintf(out->file, "# UNIT tcpstate_%s %s\n", name, unit);
}

/* Print the series NAME{LABELS,@format} and a blank. @format may be NULL. */
__printf(3, 4)
static void series(const struct output *out, const char *name, const char *format, ...)
{
	bool labelled = format || out->labels->n;
	va_list args;

	fprintf(out->file, "tcpstate_%s%s", name, labelled ? "{" : "");
	label_print(out->file, out->labels);
	if (format) {
		if (out->labels->n)
			putc(',', out->file);
		va_start(args, format);
		vfprintf(out->file, format, args);
		va_end(args);
	}
	fputs(labelled ? "} " : " ", out->file);
}

static void number(const struct output *out, uint64_t value)
{
	fprintf(out->file, "%llu\n", (unsigned long long)value);
}

/* The module's version, from sysfs; false where it cannot be read. */
static bool read_module_version(char *version, size_t size)
{
	FILE *file = fopen("/sys/module/tcpstate/version", "re");
	bool ok;

	if (!file)
		return false;
	ok = fgets(version, size, file);
	fclose(file);
	if (ok)
		version[strcspn(version, "\"\\\n")] = 0;
	return ok;
}

static void write_build_info(const struct output *out)
{
	static const char name[] = "build_info";
	char version[64];

	head(out, name, "gauge", NULL, "The versions of the tool and of the module; always 1.");
	if (read_module_version(version, sizeof(version)))
		series(out, name, "version=\"%s\",module=\"%s\"", TCPSTATE_VERSION, version);
	else
		series(out, name, "version=\"%s\"", TCPSTATE_VERSION);
	number(out, 1);
}

static void gauge(const struct output *out, const char *name, const char *unit,
		  const char *help, bool known, uint64_t value)
{
	if (!known)
		return;
	head(out, name, "gauge", unit, help);
	series(out, name, NULL);
	number(out, value);
}

static void write_gauges(const struct output *out, const struct stats *stats)
{
	gauge(out, "records", NULL, "Connections of this network namespace.",
	      record_has(stats, TCPSTATE_A_STATS_RECORDS), stats->records);
	gauge(out, "records_limit", NULL, "Connections of all network namespaces, at most.",
	      record_has(stats, TCPSTATE_A_STATS_MAX_RECORDS), stats->max_records);
	gauge(out, "records_share", NULL, "Connections that the namespace's owner keeps in a full table.",
	      record_has(stats, TCPSTATE_A_STATS_SHARE), stats->share);
	gauge(out, "records_bytes", "bytes", "Memory that the connections take.",
	      record_has(stats, TCPSTATE_A_STATS_MEMORY_BYTES), stats->memory_bytes);
	gauge(out, "table_bytes", "bytes", "Memory that the table takes, for all namespaces.",
	      record_has(stats, TCPSTATE_A_STATS_TABLE_BYTES), stats->table_bytes);
}

/* Write every state, even if no connection is in it, so that no series has gaps. */
static void write_states(const struct output *out, const struct stats *stats)
{
	static const char name[] = "connections";
	uint64_t count[2][RECORD_STATES] = {};

	for (unsigned int i = 0; i < stats->n_pairs; i++)
		for (int end = 0; end < 2; end++)
			if (stats->pair[i].state[end] < RECORD_STATES)
				count[end][stats->pair[i].state[end]] += stats->pair[i].count;
	head(out, name, "gauge", NULL, "Connections by the state of one of their ends.");
	for (int end = 0; end < 2; end++) {
		for (unsigned int state = 1; state < RECORD_STATES; state++) {
			series(out, name, "role=\"%s\",state=\"%s\"",
			       format_name(FORMAT_ROLE, end), format_name(FORMAT_STATE, state));
			number(out, count[end][state]);
		}
	}
}

static void write_endings(const struct output *out, const struct stats *stats)
{
	static const char name[] = "connections_ended_total";
	uint64_t count[RECORD_VERDICTS] = {};

	for (unsigned int i = 0; i < stats->n_endings; i++)
		if (stats->ending[i].verdict < RECORD_VERDICTS)
			count[stats->ending[i].verdict] = stats->ending[i].count;
	head(out, name, "counter", NULL, "Connections that ended, by verdict.");
	for (unsigned int verdict = TCPSTATE_VERDICT_NONE + 1; verdict < RECORD_VERDICTS;
	     verdict++) {
		series(out, name, "verdict=\"%s\"", format_name(FORMAT_VERDICT, verdict));
		number(out, count[verdict]);
	}
}

static void write_family(const struct output *out, const struct family *family,
			 const struct counters *counters)
{
	char name[64];

	snprintf(name, sizeof(name), "%s_total", family->name);
	head(out, name, "counter", NULL, family->help);
	for (const uint8_t *at = family->counters; *at; at++) {
		if (family->label)
			series(out, name, "%s=\"%s\"", family->label,
			       format_name(FORMAT_COUNTER, *at) + strlen(family->prefix));
		else
			series(out, name, NULL);
		number(out, counters->n[*at]);
	}
}

static void write_histogram(const struct output *out, const char *name, const char *help,
			    const struct histogram *histogram)
{
	uint64_t count = 0;
	char part[64];

	head(out, name, "histogram", "seconds", help);
	snprintf(part, sizeof(part), "%s_bucket", name);
	for (unsigned int i = 0; i < histogram->n_buckets; i++) {
		const struct bucket *bucket = &histogram->bucket[i];

		count += bucket->count;
		if (!record_has(bucket, TCPSTATE_A_BUCKET_LE_US))
			continue;
		series(out, part, "le=\"%u.%06u\"", bucket->le_us / 1000000,
		       bucket->le_us % 1000000);
		number(out, count);
	}
	series(out, part, "le=\"+Inf\"");
	number(out, count);
	snprintf(part, sizeof(part), "%s_sum", name);
	series(out, part, NULL);
	fprintf(out->file, "%llu.%06llu\n", (unsigned long long)histogram->sum_us / 1000000,
		(unsigned long long)histogram->sum_us % 1000000);
	snprintf(part, sizeof(part), "%s_count", name);
	series(out, part, NULL);
	number(out, count);
}

static void write_all(FILE *file, const struct labels *labels, const struct stats *stats)
{
	const struct output out = { file, labels };

	write_build_info(&out);
	write_states(&out, stats);
	write_gauges(&out, stats);
	write_endings(&out, stats);
	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		write_family(&out, &families[i], &stats->counters);
	write_histogram(&out, "handshake_syn_seconds",
			"From SYN to SYN/ACK, of handshakes that were finished.",
			&stats->syn_time);
	write_histogram(&out, "handshake_ack_seconds", "From SYN/ACK to ACK.",
			&stats->ack_time);
	fputs("# EOF\n", file);
}

/* Writes the file and syncs it to disk; returns 0, or -1 with errno. */
static int fill(int fd, const struct labels *labels, const struct stats *stats)
{
	mode_t mask = umask(0);
	FILE *file;
	int ret;

	umask(mask);
	/* mkstemp() makes a file that nobody else can read. */
	file = fchmod(fd, 0666 & ~mask) ? NULL : fdopen(fd, "w");
	if (!file) {
		ret = errno;
		close(fd);
		errno = ret;
		return -1;
	}
	write_all(file, labels, stats);
	ret = fflush(file) || ferror(file) || fsync(fd) ? errno : 0;
	if (fclose(file) && !ret)
		ret = errno;
	errno = ret;
	return ret ? -1 : 0;
}

/* Write a new file next to the old one and rename it, so that no reader sees half of it. */
static int replace(const char *name, const struct labels *labels, const struct stats *stats)
{
	struct stat old;
	char temp[PATH_MAX];
	sigset_t all, before;
	int fd, ret;

	if (!lstat(name, &old) && !S_ISREG(old.st_mode)) {
		errno = EEXIST;
		return -1;
	}
	if (snprintf(temp, sizeof(temp), "%s.XXXXXX", name) >= (int)sizeof(temp)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	/* A signal would leave the temporary file behind. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	fd = mkstemp(temp);
	ret = fd < 0 ? -1 : fill(fd, labels, stats);
	if (!ret)
		ret = rename(temp, name);
	if (ret && fd >= 0) {
		ret = errno;
		unlink(temp);
		errno = ret;
		ret = -1;
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return ret;
}

/**
 * metrics_run() - tcpstate metrics
 * @ipc: where from
 * @options: what was asked for
 *
 * Return: STATUS_*.
 */
int metrics_run(struct ipc *ipc, const struct options *options)
{
	struct stats stats = {};

	if (ipc_stats(ipc, &stats))
		return options_fail(ipc);
	if (!options->output) {
		write_all(stdout, &options->labels, &stats);
		return STATUS_OK;
	}
	if (!replace(options->output, &options->labels, &stats))
		return STATUS_OK;
	fprintf(stderr, "tcpstate: cannot replace '%s': %s\n", options->output,
		errno == EEXIST ? "it is no ordinary file" : strerror(errno));
	return STATUS_FAILURE;
}
