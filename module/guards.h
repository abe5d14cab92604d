/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel's configuration must have. Include this before any header of the kernel, so
 * that the compiler reports these sentences and not the errors that follow from the configuration.
 */
#ifndef TCPSTATE_GUARDS_H
#define TCPSTATE_GUARDS_H

#ifndef CONFIG_INET
#error "tcpstate observes TCP, which this kernel lacks: build one with CONFIG_INET."
#endif

#ifndef CONFIG_NETFILTER
#error "tcpstate sees packets in netfilter hooks: build a kernel with CONFIG_NETFILTER."
#endif

#ifndef CONFIG_PROC_FS
#error "tcpstate shows its table in /proc: build a kernel with CONFIG_PROC_FS."
#endif

#ifndef CONFIG_SYSCTL
#error "tcpstate has its settings in net.tcpstate: build a kernel with CONFIG_SYSCTL."
#endif

#endif
