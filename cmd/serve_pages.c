/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The pages about the plugins: HTML for people, JSON for programs,
 * Prometheus text for metrics. Names, versions and messages come from
 * plugins and are escaped for each.
 */
#include "out.h"
#include "serve.h"

#include <stdlib.h>
#include <string.h>

/* One plugin's row, in whatever form. */
struct row {
	struct gort_stats st;
	const char *state;
	const char *error;
	double p50_us, p99_us;
};

static void
get_row(struct served *s, struct row *r)
{
	memset(r, 0, sizeof(*r));
	r->state = "FAILED";
	r->error = s->error;
	if (s->plugin && gort_stat(s->plugin, &r->st) == 0) {
		r->state = gort_plugin_state_name(r->st.state);
		if (!s->error[0])
			r->error = r->st.last_error;
	} else {
		gort__copy(r->st.name, sizeof(r->st.name), s->name);
		gort__copy(r->st.path, sizeof(r->st.path), s->path);
	}
	r->p50_us = (double)hist_quantile(&s->latency, 0.50) / 1e3;
	r->p99_us = (double)hist_quantile(&s->latency, 0.99) / 1e3;
}

/* What fn writes, in memory. */
static char *
make_page(void (*fn)(FILE *out))
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	fn(out);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

static void
html_text(FILE *out, const char *s)
{
	for (; *s; s++) {
		switch (*s) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			fputc(*s, out);
			break;
		}
	}
}

/* A segment of a path (RFC 3986, 3.3), as an attribute's value. */
static void
html_segment(FILE *out, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
		    (c >= 'a' && c <= 'z') || strchr("-._~", c))
			fputc(c, out);
		else
			fprintf(out, "%%%02X", c);
	}
}

static void
html_head(FILE *out)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	      "<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width\">\n"
	      "<title>gort plugins</title>\n<style>\n"
	      "body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem; "
	      "color: #1c2733; background: #fff; }\n"
	      "h1 { font-size: 1.4rem; margin: 0 0 1rem; }\n"
	      "table { border-collapse: collapse; width: 100%; }\n"
	      "th, td { text-align: left; padding: .45rem .7rem; "
	      "border-bottom: 1px solid #d8dee4; vertical-align: top; }\n"
	      "th { font-weight: 600; background: #f3f5f7; }\n"
	      ".n { text-align: right; font-variant-numeric: tabular-nums; }\n"
	      ".READY { color: #17692f; } .FAILED { color: #a3161f; }\n"
	      ".DRAINING { color: #8a5a00; }\n"
	      ".error { min-width: 14rem; max-width: 32rem; "
	      "overflow-wrap: anywhere; }\n"
	      "button { font: inherit; padding: .1rem .7rem; }\n"
	      "footer { margin-top: 1rem; color: #57606a; }\n"
	      "</style>\n</head>\n<body>\n<h1>Plugins</h1>\n<table>\n"
	      "<tr><th>name</th><th>version</th><th>state</th>"
	      "<th class=\"n\">generation</th><th class=\"n\">calls</th>"
	      "<th class=\"n\">in flight</th><th class=\"n\">panics</th>"
	      "<th class=\"n\">p50 &micro;s</th>"
	      "<th class=\"n\">p99 &micro;s</th><th>last error</th>"
	      "<th></th></tr>\n",
	    out);
}

static void
html_row(struct served *s, void *arg)
{
	FILE *out = arg;
	struct row r;

	get_row(s, &r);
	fputs("<tr><td>", out);
	html_text(out, r.st.name);
	fputs("</td><td>", out);
	html_text(out, r.st.version);
	fprintf(out,
	    "</td><td class=\"%s\">%s</td><td class=\"n\">%u</td>"
	    "<td class=\"n\">%llu</td><td class=\"n\">%llu</td>"
	    "<td class=\"n\">%llu</td><td class=\"n\">%.1f</td>"
	    "<td class=\"n\">%.1f</td><td class=\"error\">",
	    r.state, r.state, r.st.generation, (unsigned long long)r.st.calls,
	    (unsigned long long)r.st.in_flight, (unsigned long long)r.st.panics,
	    r.p50_us, r.p99_us);
	html_text(out, r.error);
	fputs("</td><td><form method=\"post\" action=\"/plugins/", out);
	html_segment(out, r.st.name);
	fputs("/reload\"><button>reload</button></form></td></tr>\n", out);
}

static void
html_page(FILE *out)
{
	html_head(out);
	serve_each(html_row, out);
	fprintf(out,
	    "</table>\n<footer>gort %s &middot; "
	    "<a href=\"/plugins.json\">JSON</a> &middot; "
	    "<a href=\"/metrics\">metrics</a></footer>\n</body>\n</html>\n",
	    gort_version());
}

char *
serve_page_html(void)
{
	return make_page(html_page);
}

static void
json_row(struct served *s, void *arg)
{
	struct out *out = arg;
	struct row r;

	get_row(s, &r);
	json_open(out, NULL, '{');
	json_string(out, "name", r.st.name);
	json_string(out, "version", r.st.version);
	json_string(out, "path", r.st.path);
	json_string(out, "state", r.state);
	json_uint(out, "generation", r.st.generation);
	json_uint(out, "lingering", r.st.lingering);
	json_uint(out, "calls", r.st.calls);
	json_uint(out, "in_flight", r.st.in_flight);
	json_uint(out, "panics", r.st.panics);
	json_tenths(out, "p50_us", r.p50_us);
	json_tenths(out, "p99_us", r.p99_us);
	json_string(out, "last_error", r.error);
	json_close(out, '}');
}

static void
json_page(FILE *file)
{
	struct out out;

	out_begin(&out, file);
	out_allow_names(&out, UINT64_MAX); /* each is short */
	json_open(&out, NULL, '{');
	json_string(&out, "gort", gort_version());
	json_open(&out, "plugins", '[');
	serve_each(json_row, &out);
	json_close(&out, ']');
	json_close(&out, '}');
	out_flush(&out);
}

char *
serve_page_json(void)
{
	return make_page(json_page);
}

/* Prometheus text format, version 0.0.4: all of a metric stands together. */
enum metric { CALLS, IN_FLIGHT, PANICS, GENERATION, UP, SECONDS };

static const struct {
	const char *name;
	const char *type;
	const char *help;
} metrics[] = {
    [CALLS] = {"gort_plugin_calls_total", "counter",
	"Calls of the plugin's exports."},
    [IN_FLIGHT] = {"gort_plugin_calls_in_flight", "gauge",
	"Calls inside the plugin now."},
    [PANICS] = {"gort_plugin_panics_total", "counter",
	"Calls that a panic, an exception or a fault ended."},
    [GENERATION] = {"gort_plugin_generation", "gauge",
	"How many versions of the plugin were loaded."},
    [UP] = {"gort_plugin_up", "gauge", "1 when the plugin serves."},
    [SECONDS] = {"gort_plugin_handler_seconds", "summary",
	"Time in the plugin's HTTP handlers."},
};

/* A label's value: UTF-8, of which \\, " and newline are escaped. */
static void
label_text(FILE *out, const char *s)
{
	unsigned n;

	for (; *s; s += n) {
		unsigned char c = (unsigned char)*s;

		n = c < 0x80 ? 1 : utf8_length(s, strlen(s));
		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c == '\n')
			fputs("\\n", out);
		else if (n)
			fwrite(s, 1, n, out);
		else
			n = (unsigned)(fprintf(out, "\\\\x%02x", c) > 0);
	}
}

static void
metric_label(FILE *out, const char *name, const char *suffix, const char *s,
    const char *more)
{
	fprintf(out, "%s%s{plugin=\"", name, suffix);
	label_text(out, s);
	fprintf(out, "\"%s} ", more);
}

struct metric_rows {
	FILE *out;
	enum metric metric;
};

static void
summary_rows(
    FILE *out, const char *name, const struct served *s, const struct row *r)
{
	metric_label(out, name, "", r->st.name, ",quantile=\"0.5\"");
	fprintf(out, "%.9f\n", r->p50_us / 1e6);
	metric_label(out, name, "", r->st.name, ",quantile=\"0.99\"");
	fprintf(out, "%.9f\n", r->p99_us / 1e6);
	metric_label(out, name, "_sum", r->st.name, "");
	fprintf(out, "%.9f\n", (double)atomic_load(&s->latency.sum) / 1e9);
	metric_label(out, name, "_count", r->st.name, "");
	fprintf(out, "%llu\n", (unsigned long long)hist_total(&s->latency));
}

static void
metric_row(struct served *s, void *arg)
{
	struct metric_rows *mp = arg;
	const char *name = metrics[mp->metric].name;
	unsigned long long v = 0;
	struct row r;

	/* two series of the same labels would make the scrape fail */
	if (serve_is_hidden(s))
		return;
	get_row(s, &r);
	switch (mp->metric) {
	case CALLS:
		v = r.st.calls;
		break;
	case IN_FLIGHT:
		v = r.st.in_flight;
		break;
	case PANICS:
		v = r.st.panics;
		break;
	case GENERATION:
		v = r.st.generation;
		break;
	case UP:
		v = s->plugin != NULL;
		break;
	case SECONDS:
	default:
		summary_rows(mp->out, name, s, &r);
		return;
	}
	metric_label(mp->out, name, "", r.st.name, "");
	fprintf(mp->out, "%llu\n", v);
}

static void
metric_page(FILE *out)
{
	struct metric_rows mp = {.out = out};
	unsigned i;

	for (i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++) {
		mp.metric = (enum metric)i;
		fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", metrics[i].name,
		    metrics[i].help, metrics[i].name, metrics[i].type);
		serve_each(metric_row, &mp);
	}
}

char *
serve_page_metrics(void)
{
	return make_page(metric_page);
}
