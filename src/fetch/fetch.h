/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What pot-fetch and those who start it agree on.  One process per file,
 * nobody, confined (platform/confine.h): it alone talks to a server.  It
 * gets no file of ours, only a pipe: what it says is data to be verified.
 *
 * argv: pot-fetch URL OFFSET MAX
 *	URL	http, https or ftp
 *	OFFSET	bytes that are there already
 *	MAX	the most that the file may have; 0: whatever it has
 * The environment may have http_proxy, https_proxy, no_proxy.
 *
 * stdout: a line "OFFSET TOTAL", then the bytes of the file from OFFSET on.
 * OFFSET is the one that was asked for, or 0 if the server begins anew; TOTAL
 * is the length of the whole file, or "-" if the server did not say it.
 * stderr: why it failed, in one line.
 */
#ifndef POT_FETCH_H
#define POT_FETCH_H

enum fetch_status {
	FETCH_DONE = 0,
	FETCH_FAILED = 1,
	FETCH_NOT_FOUND = 2,
	FETCH_CUT = 3, /* trying again may help */
};

#define FETCH_HEADER_MAX 64 /* the line, with its newline */

#endif
