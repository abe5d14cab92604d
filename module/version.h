/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TCPSTATE_VERSION_H
#define TCPSTATE_VERSION_H

#define TCPSTATE_VERSION "0.2.0"

#endif
