/* SPDX-License-Identifier: BSD-2-Clause */
/* Transfers by libcurl. */
#include <curl/curl.h>

#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "base/io.h"
#include "base/str.h"
#include "fetch/transfer.h"

#define REDIRECTS_MAX	   10L
#define CONNECT_SECONDS	   30L
#define STALLED_SECONDS	   60L
#define HTTP_NOT_FOUND	   404L
#define HTTP_GONE	   410L
#define HTTP_RANGE	   416L /* Range Not Satisfiable (RFC 9110) */
#define HTTP_SERVER_ERRORS 500L
#define FTP_NOT_FOUND	   550L

struct job {
	CURL *curl;
	uint64_t offset, max, done;
	bool is_begun;	/* the header was written */
	bool is_broken; /* nobody reads, or it is too long */
};

void
transfer_init(void)
{
	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* -1 if it is not known. */
static curl_off_t
total(const struct job *j)
{
	curl_off_t n = -1;

	if (curl_easy_getinfo(
		j->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &n) != CURLE_OK ||
	    n < 0)
		return -1;
	return (curl_off_t)j->offset + n;
}

static bool
begin(struct job *j)
{
	curl_off_t all = total(j);
	char line[FETCH_HEADER_MAX];
	size_t len;

	if (j->is_begun)
		return true;
	j->is_begun = true;
	if (all < 0)
		len = str_fmt(line, sizeof(line), "%llu -\n",
		    (unsigned long long)j->offset);
	else
		len = str_fmt(line, sizeof(line), "%llu %lld\n",
		    (unsigned long long)j->offset, (long long)all);
	return io_write_all(STDOUT_FILENO, line, len) == 0;
}

static size_t
on_data(char *data, size_t size, size_t n, void *arg)
{
	struct job *j = arg;

	n *= size;
	j->done += n;
	if ((j->max > 0 && j->offset + j->done > j->max) || !begin(j) ||
	    io_write_all(STDOUT_FILENO, data, n) < 0) {
		j->is_broken = true;
		return 0;
	}
	return n;
}

static CURLcode
run(struct job *j, const char *url, char *why)
{
	CURL *c = j->curl;

	curl_easy_reset(c);
	(void)curl_easy_setopt(c, CURLOPT_URL, url);
	(void)curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https,ftp");
	/* A server must not lead from https to where anybody can listen. */
	(void)curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR,
	    str_has_prefix(url, "https:") ? "https" : "http,https");
	(void)curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 1L);
	(void)curl_easy_setopt(c, CURLOPT_MAXREDIRS, REDIRECTS_MAX);
	(void)curl_easy_setopt(c, CURLOPT_FAILONERROR, 1L);
	(void)curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
	(void)curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
	(void)curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, STALLED_SECONDS);
	(void)curl_easy_setopt(c, CURLOPT_USERAGENT, "pot/" POT_VERSION);
	(void)curl_easy_setopt(c, CURLOPT_ERRORBUFFER, why);
	(void)curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_data);
	(void)curl_easy_setopt(c, CURLOPT_WRITEDATA, j);
	if (j->offset > 0)
		(void)curl_easy_setopt(
		    c, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)j->offset);
	return curl_easy_perform(c);
}

/* The server can't go on from there, or has less than that. */
static bool
begins_anew(const struct job *j, CURLcode r)
{
	long code = 0;

	(void)curl_easy_getinfo(j->curl, CURLINFO_RESPONSE_CODE, &code);
	return j->offset > 0 && !j->is_begun &&
	    (r == CURLE_RANGE_ERROR || r == CURLE_BAD_DOWNLOAD_RESUME ||
		r == CURLE_FTP_COULDNT_USE_REST ||
		(r == CURLE_HTTP_RETURNED_ERROR && code == HTTP_RANGE));
}

static enum fetch_status
status_of(const struct job *j, CURLcode r)
{
	static const CURLcode cut[] = { CURLE_PARTIAL_FILE, CURLE_RECV_ERROR,
		CURLE_SEND_ERROR, CURLE_GOT_NOTHING, CURLE_OPERATION_TIMEDOUT,
		CURLE_HTTP2_STREAM };
	long code = 0;

	if (r == CURLE_OK)
		return FETCH_DONE;
	(void)curl_easy_getinfo(j->curl, CURLINFO_RESPONSE_CODE, &code);
	if (r == CURLE_REMOTE_FILE_NOT_FOUND || code == HTTP_NOT_FOUND ||
	    code == HTTP_GONE || code == FTP_NOT_FOUND)
		return FETCH_NOT_FOUND;
	if (r == CURLE_HTTP_RETURNED_ERROR && code >= HTTP_SERVER_ERRORS)
		return FETCH_CUT;
	for (size_t i = 0; i < COUNT_OF(cut); i++)
		if (r == cut[i])
			return FETCH_CUT;
	return FETCH_FAILED;
}

enum fetch_status
transfer(const char *url, uint64_t offset, uint64_t max)
{
	char why[CURL_ERROR_SIZE] = "";
	struct job j = {
		.curl = curl_easy_init(), .offset = offset, .max = max
	};
	enum fetch_status status;
	CURLcode r;

	if (j.curl == NULL) {
		(void)fprintf(stderr, "libcurl: no memory\n");
		return FETCH_FAILED;
	}
	r = run(&j, url, why);
	if (begins_anew(&j, r)) {
		j.offset = 0;
		r = run(&j, url, why);
	}
	status = status_of(&j, r);
	/* An empty file has no data, but a length. */
	if (status == FETCH_DONE && !begin(&j))
		status = FETCH_FAILED;
	if (max > 0 && j.offset + j.done > max)
		(void)fprintf(stderr, "longer than %llu bytes\n",
		    (unsigned long long)max);
	else if (status != FETCH_DONE && !j.is_broken)
		(void)fprintf(stderr, "%s\n",
		    why[0] != '\0' ? why : curl_easy_strerror(r));
	curl_easy_cleanup(j.curl);
	return status;
}
