/* Answers a plan of the conformance suite through the C library, from the plan's records, or with an address from the
 * exchange there: reads records and questions line by line, and prints the catalogue and every observation, numbers as
 * hexadecimal floating point so that no bit is lost. Cells are separated by tabs; an empty cell is "-".
 * tests/python/test_conformance.py writes the plan and reads what is printed.
 *
 *   records DATASET FILE FIRST-DAY LAST-DAY SYNTHETIC
 *   ask MEASURE AREAS PERIODS BREAKDOWN COMPARISON
 */
#define _DEFAULT_SOURCE /* getline, strdup, strsep */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <peelian.h>

/* Members of an observation by their kind: see members.py. */
#define MEMBERS(TEXT, NUMBER, WHOLE) \
  TEXT(measure) WHOLE(measure_version) TEXT(area) TEXT(area_label) TEXT(period) TEXT(period_start) TEXT(period_end) \
  TEXT(breakdown) TEXT(basis) WHOLE(synthetic) NUMBER(value) TEXT(missing) TEXT(marker) TEXT(value_kind) TEXT(unit) \
  NUMBER(numerator) NUMBER(denominator) NUMBER(lower) NUMBER(upper) NUMBER(confidence) TEXT(method) \
  NUMBER(unweighted_base) NUMBER(effective_n) TEXT(obs_status) TEXT(conf_status) WHOLE(expected) WHOLE(received) \
  NUMBER(change) TEXT(change_kind) TEXT(change_against) NUMBER(change_lower) NUMBER(change_upper) \
  TEXT(change_verdict) TEXT(caveats) TEXT(breaks)

static void put_text(const char *text) { printf("\t%s", text != NULL && *text != '\0' ? text : "-"); }

static void put_number(double number) {
  if (isnan(number)) {
    put_text(NULL);
  } else {
    printf("\t%a", number);
  }
}

static void put_list(const char *const *texts, size_t count) {
  putchar('\t');
  for (size_t i = 0; i < count; i++) {
    printf("%s%s", i > 0 ? "," : "", texts[i]);
  }
  if (count == 0) {
    putchar('-');
  }
}

static void print_catalogue(void) {
  for (size_t i = 0; i < peelian_measure_count(); i++) {
    const peelian_measure *measure = peelian_measure_get(i);
    printf("measure\t%s\t%u\t%s\t%s", measure->id, (unsigned)measure->version, measure->design, measure->value_kind);
    put_text(measure->dataset);
    put_list(measure->periods, measure->period_count);
    put_list(measure->breakdowns, measure->breakdown_count);
    putchar('\n');
  }
}

static void print_heading(void) {
#define NAME(member) put_text(#member);
  printf("heading");
  MEMBERS(NAME, NAME, NAME)
  putchar('\n');
}

static void print_observation(const peelian_observation *seen) {
#define PUT_TEXT(member) put_text(seen->member);
#define PUT_NUMBER(member) put_number(seen->member);
#define PUT_WHOLE(member) printf("\t%u", (unsigned)seen->member);
  printf("observation");
  MEMBERS(PUT_TEXT, PUT_NUMBER, PUT_WHOLE)
  putchar('\n');
}

/* The next cell of a line, which is cut off there; empty for "-". */
static const char *cell(char **line) {
  char *start = strsep(line, "\t");
  return start == NULL || strcmp(start, "-") == 0 ? "" : start;
}

static peelian_status add_records(peelian_local *local, char *line, peelian_error **error) {
  peelian_records *records = NULL;
  const char *dataset = cell(&line), *path = cell(&line), *first = cell(&line), *last = cell(&line);

  peelian_status status = peelian_records_from_csv_file(dataset, path, &records, error);
  if (status == PEELIAN_STATUS_OK) {
    status = peelian_records_set_period(records, first, last, error);
  }
  if (status == PEELIAN_STATUS_OK) {
    status = peelian_records_set_synthetic(records, strcmp(cell(&line), "yes") == 0, error);
  }
  if (status == PEELIAN_STATUS_OK) {
    peelian_receipt *receipt = NULL;
    status = peelian_local_add(local, records, &receipt, error);
    if (status == PEELIAN_STATUS_OK) {
      const peelian_receipt_details *details = peelian_receipt_get(receipt);
      printf("received\t%s\t%llu\t%llu\n", dataset, (unsigned long long)details->received,
             (unsigned long long)details->rejected);
    }
    peelian_receipt_free(receipt);
  }
  peelian_records_free(records);
  return status;
}

typedef peelian_status add_function(peelian_query *, const char *, peelian_error **);

/* Adds each of the texts that a cell has, separated by commas. */
static peelian_status add_each(peelian_query *query, add_function *add, const char *texts, peelian_error **error) {
  peelian_status status = PEELIAN_STATUS_OK;
  char *copy = strdup(texts), *rest = copy, *text;
  while (status == PEELIAN_STATUS_OK && (text = strsep(&rest, ",")) != NULL) {
    if (*text != '\0') {
      status = add(query, text, error);
    }
  }
  free(copy);
  return status;
}

/* What answers: an exchange if there is one, or local records. */
struct door {
  peelian_client *client;
  peelian_local *local;
};

static peelian_status ask(const struct door *door, char *line, peelian_error **error) {
  static add_function *const adders[] = {peelian_query_add_measure, peelian_query_add_area, peelian_query_add_period,
                                         peelian_query_add_breakdown, peelian_query_add_comparison};
  peelian_query *query = NULL;
  peelian_result *result = NULL;

  peelian_status status = peelian_query_new(&query, error);
  for (size_t i = 0; i < sizeof adders / sizeof *adders && status == PEELIAN_STATUS_OK; i++) {
    status = add_each(query, adders[i], cell(&line), error);
  }
  if (status == PEELIAN_STATUS_OK) {
    status = door->client != NULL ? peelian_client_query(door->client, query, &result, error)
                                  : peelian_local_query(door->local, query, &result, error);
  }
  for (size_t i = 0; i < peelian_result_count(result); i++) {
    print_observation(peelian_result_get(result, i));
  }
  peelian_result_free(result);
  peelian_query_free(query);
  return status;
}

static peelian_status answer(FILE *plan, const struct door *door, peelian_error **error) {
  peelian_status status = PEELIAN_STATUS_OK;
  char *line = NULL;
  size_t size = 0;
  while (status == PEELIAN_STATUS_OK && getline(&line, &size, plan) > 0) {
    char *rest = line;
    line[strcspn(line, "\n")] = '\0';
    if (strcmp(cell(&rest), "ask") == 0) {
      status = ask(door, rest, error);
    } else if (door->local != NULL) {
      status = add_records(door->local, rest, error);
    }
  }
  free(line);
  return status;
}

int main(int argc, char **argv) {
  struct door door = {NULL, NULL};
  peelian_error *error = NULL;
  FILE *plan = argc == 2 || argc == 3 ? fopen(argv[1], "r") : NULL;

  if (plan == NULL) {
    fprintf(stderr, "usage: %s PLAN [ADDRESS]\n", argv[0]);
    return 2;
  }
  print_catalogue();
  print_heading();
  peelian_status status = argc == 3 ? peelian_client_connect(argv[2], &door.client, &error)
                                    : peelian_local_new(0, &door.local, &error);
  if (status == PEELIAN_STATUS_OK) {
    status = answer(plan, &door, &error);
  }
  if (status != PEELIAN_STATUS_OK) {
    fprintf(stderr, "%s\n", peelian_error_message(error));
  }
  peelian_error_free(error);
  peelian_local_free(door.local);
  peelian_client_free(door.client);
  fclose(plan);
  return status;
}
