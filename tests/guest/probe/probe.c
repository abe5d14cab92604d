// SPDX-License-Identifier: GPL-2.0
/*
 * Does one thing wrong at load, for tests/guest/selftest to see that the
 * runner notices.
 */

#include <linux/delay.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>

static char *fault = "none";
module_param(fault, charp, 0);
MODULE_PARM_DESC(fault, "none, warn, oops, spin, overrun, leak, deadlock or sleep");

static DEFINE_SPINLOCK(probe_first);
static DEFINE_SPINLOCK(probe_second);

static noinline void probe_overrun(void)
{
	size_t size = 33;
	char *bytes = kmalloc(size, GFP_KERNEL);

	if (!bytes)
		return;
	OPTIMIZER_HIDE_VAR(size);
	((volatile char *)bytes)[size] = 1;
	kfree(bytes);
}

static noinline void probe_leak(void)
{
	int i;

	/* Several, since a stale pointer may hide one. */
	for (i = 0; i < 8; i++) {
		void *bytes = kmalloc(4000, GFP_KERNEL);

		OPTIMIZER_HIDE_VAR(bytes);
	}
}

static void probe_deadlock(void)
{
	spin_lock(&probe_first);
	spin_lock(&probe_second);
	spin_unlock(&probe_second);
	spin_unlock(&probe_first);

	spin_lock(&probe_second);
	spin_lock(&probe_first);
	spin_unlock(&probe_first);
	spin_unlock(&probe_second);
}

static void probe_sleep(void)
{
	spin_lock(&probe_first);
	msleep(20);
	spin_unlock(&probe_first);
}

static int __init probe_init(void)
{
	WARN(!strcmp(fault, "warn"), "probe: a warning as asked\n");
	if (!strcmp(fault, "oops"))
		*(volatile int *)16 = 1;
	if (!strcmp(fault, "spin"))
		for (;;)
			cpu_relax();
	if (!strcmp(fault, "overrun"))
		probe_overrun();
	if (!strcmp(fault, "leak"))
		probe_leak();
	if (!strcmp(fault, "deadlock"))
		probe_deadlock();
	if (!strcmp(fault, "sleep"))
		probe_sleep();
	return 0;
}

static void __exit probe_exit(void)
{
}

module_init(probe_init);
module_exit(probe_exit);
MODULE_DESCRIPTION("A fault on demand, for the guest runner's own test");
MODULE_LICENSE("GPL");
