// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes the time of each section with bottom halves off; a section inside another counts
 * as part of it. /sys/module/tcpstate/parameters/sections has the result; what is written to
 * it is not read, but starts the measurement again.
 */
#include "sections.h"

#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/percpu.h>

/* Sections are counted by their length in us, up to this length. */
#define US_MAX	65535

/* struct sections - those of one CPU; written with bottom halves off */
struct sections {
	unsigned int depth;
	u64 began_ns;
	u64 max_ns;
	u64 all_ns;
	u32 n[US_MAX + 1];
};

static struct sections sections[NR_CPUS];

/**
 * tcpstate_sections_begin() - bottom halves were turned off
 *
 * Context: bottom halves off.
 */
void tcpstate_sections_begin(void)
{
	struct sections *s = &sections[smp_processor_id()];

	if (!s->depth++)
		s->began_ns = ktime_get_ns();
}

/**
 * tcpstate_sections_end() - bottom halves are going to be turned on
 *
 * Context: bottom halves off.
 */
void tcpstate_sections_end(void)
{
	struct sections *s = &sections[smp_processor_id()];
	u64 ns;

	if (--s->depth)
		return;
	ns = ktime_get_ns() - s->began_ns;
	s->max_ns = max(s->max_ns, ns);
	s->all_ns += ns;
	s->n[min_t(u64, div_u64(ns, NSEC_PER_USEC), US_MAX)]++;
}

static int sections_get(char *buffer, const struct kernel_param *param)
{
	u64 n = 0, above = 0, max_ns = 0, all_ns = 0;
	int cpu, us;

	for_each_possible_cpu(cpu) {
		max_ns = max(max_ns, sections[cpu].max_ns);
		all_ns += sections[cpu].all_ns;
		for (us = 0; us <= US_MAX; us++)
			n += sections[cpu].n[us];
	}
	/* Find the length that one section in 10,000 exceeds. */
	for (us = US_MAX; us > 0; us--) {
		for_each_possible_cpu(cpu)
			above += sections[cpu].n[us];
		if (above > div_u64(n, 10000))
			break;
	}
	return sysfs_emit(buffer, "p9999 %llu\nmax %llu\nall %llu\n",
			  min((us + 1ULL) * NSEC_PER_USEC, max_ns), max_ns, all_ns);
}

/* A section that runs meanwhile is counted in part. */
static int sections_set(const char *value, const struct kernel_param *param)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		sections[cpu].max_ns = 0;
		sections[cpu].all_ns = 0;
		memset(sections[cpu].n, 0, sizeof(sections[cpu].n));
	}
	return 0;
}

static const struct kernel_param_ops sections_ops = {
	.set = sections_set,
	.get = sections_get,
};

module_param_cb(sections, &sections_ops, NULL, 0600);
