/* Peelian: outcome measures of policing and justice.
 *
 * A function that can fail returns a peelian_status and writes its outputs only if that is PEELIAN_STATUS_OK. A required
 * pointer that is NULL gives PEELIAN_STATUS_INVALID_ARGUMENT. All functions may be called from any thread.
 */
#ifndef PEELIAN_H
#define PEELIAN_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The binary interface that this header describes; compare it with peelian_abi_version(). */
#define PEELIAN_ABI_VERSION 0

/* How a call ended. */
typedef enum peelian_status {
  /* Done: the outputs are written. */
  PEELIAN_STATUS_OK = 0,
  /* An argument is NULL or out of its range: nothing is written. */
  PEELIAN_STATUS_INVALID_ARGUMENT = 1,
  /* A fault of the library: nothing is written. */
  PEELIAN_STATUS_INTERNAL = 2
} peelian_status;

/* An interval. */
typedef struct peelian_interval {
  double lower;
  double upper;
} peelian_interval;

/* The version of the library, as text. It belongs to the library: never free it. */
const char *peelian_version(void);

/* The version of the binary interface of the library that is loaded. */
uint32_t peelian_abi_version(void);

/* Wilson's score interval of `numerator` of `denominator`, at `confidence` (0.95).
 * PEELIAN_STATUS_INVALID_ARGUMENT if the two are not a proportion or the confidence is not between 0 and 1. */
peelian_status peelian_wilson(double numerator, double denominator, double confidence, peelian_interval *out);

/* A stream of the Arrow C stream interface (arrow.apache.org/docs/format/CStreamInterface.html). */
struct ArrowArrayStream;

/* What to compute, and from what. Every text is UTF-8 and ends with NUL. */
typedef struct peelian_question {
  /* Dataset of the rows: "crime". */
  const char *dataset;
  /* First and last day that the rows cover: "2017-01-01". */
  const char *first_day;
  const char *last_day;
  /* Measure: "knife-crime-offences". */
  const char *measure;
  /* Code of an area, or a level: "borough". */
  const char *areas;
  /* Period, or a range of periods: "2017-01..2017-03". */
  const char *periods;
} peelian_question;

/* Computes one measure from the rows of a stream, and gives the observations as a stream: a table with a row each.
 * The rows are checked as the exchange checks them. `rows` is taken over: it is released by this call, whatever the
 * result, unless a pointer was NULL. `out` is written on success only, and is then the caller's to release.
 * PEELIAN_STATUS_INVALID_ARGUMENT if a pointer is NULL, a text is not what it should be, or the rows are refused. */
peelian_status peelian_measure(const peelian_question *question, struct ArrowArrayStream *rows,
                               struct ArrowArrayStream *out);

#ifdef __cplusplus
}
#endif

#endif /* PEELIAN_H */
