// SPDX-License-Identifier: GPL-2.0-only
/* tcpstate metrics: totals of a network namespace, or of each, for Prometheus. */
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

/* The label that tells network namespaces apart. */
#define METRICS_NETNS	"netns"

/* What tcpstate metrics --help says at its end. */
const char metrics_notes[] =
	"Do not sum over network namespaces: tcpstate_records_limit and\n"
	"tcpstate_table_bytes, which are for all of them together; take max(). A\n"
	"connection that passes several namespaces is counted in each of them. Do not\n"
	"sum over role: tcpstate_connections, which has each connection once as\n"
	"initiator and once as responder. Do not sum at all: tcpstate_build_info.\n";

/** struct place - the totals of one network namespace */
struct place {
	/** @netns: its name, with --all-netns; otherwise NULL */
	const char *netns;
	struct stats stats;
};

/** struct output - what metrics are of, and where they go */
struct output {
	/** @labels: those of every series */
	const struct labels *labels;
	struct place *place;
	size_t n;
	FILE *file;
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

/*
 * Print the series NAME{LABELS,@format} and a blank. @place is the namespace that it is of; NULL
 * for all together. @format may be NULL.
 */
__printf(4, 5)
static void series(const struct output *out, const struct place *place, const char *name,
		   const char *format, ...)
{
	const char *before = "{";
	va_list args;

	fprintf(out->file, "tcpstate_%s", name);
	if (out->labels->n) {
		fputs(before, out->file);
		label_print(out->file, out->labels);
		before = ",";
	}
	if (place && place->netns) {
		fprintf(out->file, "%s" METRICS_NETNS "=", before);
		label_print_value(out->file, place->netns);
		before = ",";
	}
	if (format) {
		fputs(before, out->file);
		before = ",";
		va_start(args, format);
		vfprintf(out->file, format, args);
		va_end(args);
	}
	fputs(*before == ',' ? "} " : " ", out->file);
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
		series(out, NULL, name, "version=\"%s\",module=\"%s\"", TCPSTATE_VERSION, version);
	else
		series(out, NULL, name, "version=\"%s\"", TCPSTATE_VERSION);
	number(out, 1);
}

/** struct gauge - a number of the totals that is one metric */
struct gauge {
	const char *name;
	const char *unit;
	const char *help;
	/** @attribute: TCPSTATE_A_STATS_* */
	uint8_t attribute;
	/** @shared: it is the same in all namespaces */
	bool shared;
	size_t where;
	size_t size;
};

#define GAUGE(name, unit, help, attribute, member, shared) \
	{ (name), (unit), (help), (attribute), (shared), offsetof(struct stats, member), \
	  sizeof(((struct stats *)NULL)->member) }

static const struct gauge gauges[] = {
	GAUGE("records", NULL, "Connections of this network namespace.",
	      TCPSTATE_A_STATS_RECORDS, records, false),
	GAUGE("records_limit", NULL, "Connections of all network namespaces, at most.",
	      TCPSTATE_A_STATS_MAX_RECORDS, max_records, true),
	GAUGE("records_share", NULL,
	      "Connections that the namespace's owner keeps in a full table.",
	      TCPSTATE_A_STATS_SHARE, share, false),
	GAUGE("records_bytes", "bytes", "Memory that the connections take.",
	      TCPSTATE_A_STATS_MEMORY_BYTES, memory_bytes, false),
	GAUGE("table_bytes", "bytes", "Memory that the table takes, for all namespaces.",
	      TCPSTATE_A_STATS_TABLE_BYTES, table_bytes, true),
};

static uint64_t value_of(const struct gauge *gauge, const struct stats *stats)
{
	const void *where = (const char *)stats + gauge->where;

	return gauge->size == sizeof(uint32_t) ? *(const uint32_t *)where :
						 *(const uint64_t *)where;
}

/* An older module does not tell all of them. */
static void write_gauge(const struct output *out, const struct gauge *gauge)
{
	bool headed = false;

	for (size_t i = 0; i < out->n && !(gauge->shared && headed); i++) {
		const struct place *place = &out->place[i];

		if (!record_has(&place->stats, gauge->attribute))
			continue;
		if (!headed)
			head(out, gauge->name, "gauge", gauge->unit, gauge->help);
		headed = true;
		series(out, gauge->shared ? NULL : place, gauge->name, NULL);
		number(out, value_of(gauge, &place->stats));
	}
}

/* Write every state, even if no connection is in it, so that no series has gaps. */
static void write_states(const struct output *out)
{
	static const char name[] = "connections";

	head(out, name, "gauge", NULL, "Connections by the state of one of their ends.");
	for (size_t i = 0; i < out->n; i++) {
		const struct stats *stats = &out->place[i].stats;
		uint64_t count[2][RECORD_STATES] = {};

		for (unsigned int n = 0; n < 2 * stats->n_pairs; n++) {
			const struct pair *pair = &stats->pair[n / 2];

			if (pair->state[n % 2] < RECORD_STATES)
				count[n % 2][pair->state[n % 2]] += pair->count;
		}
		for (unsigned int n = 0; n < 2 * (RECORD_STATES - 1); n++) {
			unsigned int end = n / (RECORD_STATES - 1);
			unsigned int state = 1 + n % (RECORD_STATES - 1);

			series(out, &out->place[i], name, "role=\"%s\",state=\"%s\"",
			       format_name(FORMAT_ROLE, end), format_name(FORMAT_STATE, state));
			number(out, count[end][state]);
		}
	}
}

static void write_endings(const struct output *out)
{
	static const char name[] = "connections_ended_total";

	head(out, name, "counter", NULL, "Connections removed from the table, by verdict.");
	for (size_t i = 0; i < out->n; i++) {
		const struct stats *stats = &out->place[i].stats;
		uint64_t count[RECORD_VERDICTS] = {};

		for (unsigned int n = 0; n < stats->n_endings; n++)
			if (stats->ending[n].verdict < RECORD_VERDICTS)
				count[stats->ending[n].verdict] = stats->ending[n].count;
		for (unsigned int verdict = TCPSTATE_VERDICT_NONE + 1; verdict < RECORD_VERDICTS;
		     verdict++) {
			series(out, &out->place[i], name, "verdict=\"%s\"",
			       format_name(FORMAT_VERDICT, verdict));
			number(out, count[verdict]);
		}
	}
}

static void write_family(const struct output *out, const struct family *family)
{
	char name[64];

	snprintf(name, sizeof(name), "%s_total", family->name);
	head(out, name, "counter", NULL, family->help);
	for (size_t i = 0; i < out->n; i++) {
		for (const uint8_t *at = family->counters; *at; at++) {
			if (family->label)
				series(out, &out->place[i], name, "%s=\"%s\"", family->label,
				       format_name(FORMAT_COUNTER, *at) + strlen(family->prefix));
			else
				series(out, &out->place[i], name, NULL);
			number(out, out->place[i].stats.counters.n[*at]);
		}
	}
}

static void write_histogram(const struct output *out, const struct place *place, const char *name,
			    const struct histogram *histogram)
{
	uint64_t count = 0;
	char part[64];

	snprintf(part, sizeof(part), "%s_bucket", name);
	for (unsigned int i = 0; i < histogram->n_buckets; i++) {
		const struct bucket *bucket = &histogram->bucket[i];

		count += bucket->count;
		if (!record_has(bucket, TCPSTATE_A_BUCKET_LE_US))
			continue;
		series(out, place, part, "le=\"%u.%06u\"", bucket->le_us / 1000000,
		       bucket->le_us % 1000000);
		number(out, count);
	}
	series(out, place, part, "le=\"+Inf\"");
	number(out, count);
	snprintf(part, sizeof(part), "%s_sum", name);
	series(out, place, part, NULL);
	fprintf(out->file, "%llu.%06llu\n", (unsigned long long)histogram->sum_us / 1000000,
		(unsigned long long)histogram->sum_us % 1000000);
	snprintf(part, sizeof(part), "%s_count", name);
	series(out, place, part, NULL);
	number(out, count);
}

static void write_histograms(const struct output *out)
{
	static const char syn[] = "handshake_syn_seconds", ack[] = "handshake_ack_seconds";

	head(out, syn, "histogram", "seconds",
	     "From SYN to SYN/ACK, of handshakes that were finished.");
	for (size_t i = 0; i < out->n; i++)
		write_histogram(out, &out->place[i], syn, &out->place[i].stats.syn_time);
	head(out, ack, "histogram", "seconds", "From SYN/ACK to ACK.");
	for (size_t i = 0; i < out->n; i++)
		write_histogram(out, &out->place[i], ack, &out->place[i].stats.ack_time);
}

static void write_all(const struct output *out)
{
	write_build_info(out);
	write_states(out);
	for (size_t i = 0; i < ARRAY_SIZE(gauges); i++)
		write_gauge(out, &gauges[i]);
	write_endings(out);
	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		write_family(out, &families[i]);
	write_histograms(out);
	fputs("# EOF\n", out->file);
}

/* Writes the file and syncs it to disk; returns 0, or -1 with errno. */
static int fill(int fd, struct output *out)
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
	out->file = file;
	write_all(out);
	ret = fflush(file) || ferror(file) || fsync(fd) ? errno : 0;
	if (fclose(file) && !ret)
		ret = errno;
	errno = ret;
	return ret ? -1 : 0;
}

/* Write a new file next to the old one and rename it, so that no reader sees half of it. */
static int replace(const char *name, struct output *out)
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
	ret = fd < 0 ? -1 : fill(fd, out);
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
 * metrics_check() - end the program if an option is wrong
 * @options: what was asked for
 */
void metrics_check(const struct options *options)
{
	if (options->all_netns && label_is_there(&options->labels, METRICS_NETNS))
		options_usage(options, "'--label %s': with '--all-netns' the metrics have a label '%s' of their own",
			      METRICS_NETNS, METRICS_NETNS);
}

/* Read the totals of one network namespace. */
static int read_place(struct ipc *ipc, void *data)
{
	struct output *out = data;
	struct place *place = reallocarray(out->place, out->n + 1, sizeof(*place));
	int ret;

	if (!place)
		return -ENOMEM;
	out->place = place;
	place += out->n;
	memset(place, 0, sizeof(*place));
	place->netns = ipc_netns(ipc);
	ret = ipc_stats(ipc, &place->stats);
	out->n += !ret;
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
	struct output out = { .labels = &options->labels, .file = stdout };
	int ret = ipc_each_netns(ipc, read_place, &out);

	if (ret) {
		free(out.place);
		return options_fail(ipc);
	}
	if (!options->output)
		write_all(&out);
	else
		ret = replace(options->output, &out);
	free(out.place);
	if (!ret)
		return STATUS_OK;
	fprintf(stderr, "tcpstate: cannot replace '%s': %s\n", options->output,
		errno == EEXIST ? "it is no ordinary file" : strerror(errno));
	return STATUS_FAILURE;
}
