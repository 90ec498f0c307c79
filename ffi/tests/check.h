/* Macros for the tests in C. */
#ifndef PEELIAN_CHECK_H
#define PEELIAN_CHECK_H

#include <stdio.h>
#include <string.h>

#include <peelian.h>

static int failures = 0;

/* Prints a condition that does not hold, and continues. */
#define CHECK(condition)                                               \
  do {                                                                 \
    if (!(condition)) {                                                \
      printf("%s:%d: %s\n", __FILE__, __LINE__, #condition);           \
      failures++;                                                      \
    }                                                                  \
  } while (0)

/* The call succeeds. Otherwise prints its error. `error` is a variable of the caller. */
#define CHECK_OK(call)                                                 \
  do {                                                                 \
    if ((call) != PEELIAN_STATUS_OK) {                                 \
      printf("%s:%d: %s\n", __FILE__, __LINE__, peelian_error_message(error)); \
      failures++;                                                      \
      peelian_error_free(error);                                       \
      error = NULL;                                                    \
    }                                                                  \
  } while (0)

/* The call fails with a status, and its message contains a text. */
#define CHECK_FAILS(call, expected, text)                              \
  do {                                                                 \
    CHECK((call) == (expected));                                       \
    CHECK(error != NULL && peelian_error_status(error) == (expected)); \
    if (error != NULL && strstr(peelian_error_message(error), (text)) == NULL) { \
      printf("%s:%d: %s\n", __FILE__, __LINE__, peelian_error_message(error)); \
      failures++;                                                      \
    }                                                                  \
    peelian_error_free(error);                                         \
    error = NULL;                                                      \
  } while (0)

/* A misaligned pointer of the same type, one byte further. */
#define ODD(type, pointer) ((type *)(void *)((char *)(void *)(pointer) + 1))

#endif
