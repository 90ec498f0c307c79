/* Answers a plan of the conformance suite through the C library. By default it reads the records of the plan once and
 * answers all questions from them. With "alone" it reads, for each question, only the fields that the question needs.
 * With an address it asks the exchange there. The plan has records and questions, line by line. The program prints the
 * catalogue and every observation. Numbers are hexadecimal floating point, so that no bit is lost. Tabs separate cells,
 * and an empty cell is "-". tests/python/test_conformance.py writes the plan and reads the output.
 *
 *   records DATASET FILE FIRST-DAY LAST-DAY SYNTHETIC AREAS
 *   ask MEASURE AREAS PERIODS BREAKDOWN COMPARISON SOURCE
 */
#define _DEFAULT_SOURCE /* getline, strdup, strsep */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <peelian.h>

/* Members of an observation, by type. members.py has the same list. */
#define MEMBERS(TEXT, NUMBER, WHOLE) \
  TEXT(measure) WHOLE(measure_version) TEXT(area) TEXT(area_label) TEXT(period) TEXT(period_start) TEXT(period_end) \
  TEXT(breakdown) TEXT(basis) WHOLE(synthetic) NUMBER(value) TEXT(missing) TEXT(marker) TEXT(value_kind) TEXT(unit) \
  NUMBER(numerator) NUMBER(denominator) NUMBER(lower) NUMBER(upper) NUMBER(confidence) TEXT(method) \
  NUMBER(unweighted_base) NUMBER(effective_n) TEXT(obs_status) TEXT(conf_status) WHOLE(expected) WHOLE(received) \
  NUMBER(change) TEXT(change_kind) TEXT(change_against) NUMBER(change_lower) NUMBER(change_upper) \
  TEXT(change_verdict) TEXT(caveats) TEXT(breaks)

/* Members of the structures in the lists of an observation. */
#define COMPARISON(TEXT, NUMBER, WHOLE) \
  TEXT(kind) TEXT(against) NUMBER(against_value) NUMBER(change) TEXT(change_kind) NUMBER(lower) NUMBER(upper) \
  NUMBER(confidence) TEXT(method) TEXT(verdict) TEXT(note) NUMBER(smallest_clear_change) NUMBER(adjusted_p_value) \
  WHOLE(comparisons_in_answer)
#define COMPONENT(TEXT, NUMBER, WHOLE) \
  TEXT(kind) TEXT(code) TEXT(label) TEXT(unit) WHOLE(count) NUMBER(value) NUMBER(lower) NUMBER(upper) \
  NUMBER(confidence) TEXT(method) WHOLE(unweighted_base) NUMBER(effective_n) WHOLE(unit_change)
#define ALTERNATIVE(TEXT, NUMBER, WHOLE) \
  TEXT(agency) TEXT(source) NUMBER(value) TEXT(missing) NUMBER(numerator) NUMBER(denominator) NUMBER(difference) \
  WHOLE(synthetic)
#define COMPANION(TEXT, NUMBER, WHOLE) \
  TEXT(measure) TEXT(period) TEXT(breakdown) TEXT(basis) WHOLE(synthetic) NUMBER(value) TEXT(missing) TEXT(marker) \
  TEXT(value_kind) TEXT(unit) NUMBER(numerator) NUMBER(denominator) NUMBER(lower) NUMBER(upper) NUMBER(confidence) \
  TEXT(method)

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
  printf("\tcomparisons\tcomponents\talternatives\tcompanions\n");
}

/* Prints a member of a structure in a list, as "name=value". */
static void put_part(bool first, const char *name, const char *text) {
  printf("%s%s=%s", first ? "\t" : "; ", name, text != NULL && *text != '\0' ? text : "-");
}

static void put_part_number(bool first, const char *name, const char *format, double number) {
  char text[32];
  snprintf(text, sizeof text, format, number);
  put_part(first, name, isnan(number) ? NULL : text);
}

static void print_lists(const peelian_result *result, size_t at) {
#define PART_TEXT(member) put_part(first, #member, part->member), first = false;
#define PART_NUMBER(member) put_part_number(first, #member, "%a", part->member), first = false;
#define PART_WHOLE(member) put_part_number(first, #member, "%.0f", part->member), first = false;
#define PUT_ALL(name, members)                                                            \
  {                                                                                       \
    bool first = true;                                                                    \
    for (size_t i = 0; i < peelian_result_##name##_count(result, at); i++) {              \
      const peelian_##name *part = peelian_result_##name##_get(result, at, i);            \
      members(PART_TEXT, PART_NUMBER, PART_WHOLE)                                         \
    }                                                                                     \
    if (first) {                                                                          \
      put_text(NULL);                                                                     \
    }                                                                                     \
  }
  PUT_ALL(comparison, COMPARISON)
  PUT_ALL(component, COMPONENT)
  PUT_ALL(alternative, ALTERNATIVE)
  PUT_ALL(companion, COMPANION)
}

static void print_observation(const peelian_result *result, size_t at) {
  const peelian_observation *seen = peelian_result_get(result, at);
#define PUT_TEXT(member) put_text(seen->member);
#define PUT_NUMBER(member) put_number(seen->member);
#define PUT_WHOLE(member) printf("\t%u", (unsigned)seen->member);
  printf("observation");
  MEMBERS(PUT_TEXT, PUT_NUMBER, PUT_WHOLE)
  print_lists(result, at);
  putchar('\n');
}

/* Takes the next cell off a line; empty for "-". */
static const char *cell(char **line) {
  char *start = strsep(line, "\t");
  return start == NULL || strcmp(start, "-") == 0 ? "" : start;
}

/* Records of one dataset. */
struct part {
  char dataset[32];
  peelian_records *records;
};

/* Adds each area of a cell. Commas separate the areas. */
static peelian_status add_areas(peelian_records *records, const char *areas, peelian_error **error) {
  peelian_status status = PEELIAN_STATUS_OK;
  char *copy = strdup(areas), *rest = copy, *area;
  while (status == PEELIAN_STATUS_OK && (area = strsep(&rest, ",")) != NULL) {
    if (*area != '\0') {
      status = peelian_records_add_area(records, area, error);
    }
  }
  free(copy);
  return status;
}

static peelian_status read_records(struct part *part, char *line, peelian_error **error) {
  snprintf(part->dataset, sizeof part->dataset, "%s", cell(&line));
  const char *path = cell(&line), *first = cell(&line), *last = cell(&line);

  peelian_status status = peelian_records_from_csv_file(part->dataset, path, &part->records, error);
  if (status == PEELIAN_STATUS_OK) {
    status = peelian_records_set_period(part->records, first, last, error);
  }
  if (status == PEELIAN_STATUS_OK) {
    status = peelian_records_set_synthetic(part->records, strcmp(cell(&line), "yes") == 0, error);
  }
  if (status == PEELIAN_STATUS_OK) {
    status = add_areas(part->records, cell(&line), error);
  }
  return status;
}

/* Adds records, and prints the numbers of the receipt. */
static peelian_status add_records(peelian_local *local, const struct part *part, peelian_error **error) {
  peelian_receipt *receipt = NULL;
  peelian_status status = peelian_local_add(local, part->records, &receipt, error);
  if (status == PEELIAN_STATUS_OK) {
    const peelian_receipt_details *details = peelian_receipt_get(receipt);
    printf("received\t%s\t%llu\t%llu\n", part->dataset, (unsigned long long)details->received,
           (unsigned long long)details->rejected);
  }
  peelian_receipt_free(receipt);
  return status;
}

typedef peelian_status add_function(peelian_query *, const char *, peelian_error **);

/* Adds each text of a cell. Commas separate the texts. */
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

/* The source of the answers: an exchange, local records, or records that are read again for each question. */
struct door {
  peelian_client *client;
  peelian_local *local;
  struct part parts[64];
  size_t count;
};

/* Answers from the fields that the query needs, read for this query only. */
static peelian_status query_alone(const struct door *door, const peelian_query *query, peelian_result **result,
                                  peelian_error **error) {
  peelian_local *local = NULL;
  peelian_status status = peelian_local_for_query(query, 0, &local, error);
  for (size_t i = 0; i < door->count && status == PEELIAN_STATUS_OK; i++) {
    if (peelian_local_field_count(local, door->parts[i].dataset) > 0) {
      status = peelian_local_add(local, door->parts[i].records, NULL, error);
    }
  }
  if (status == PEELIAN_STATUS_OK) {
    status = peelian_local_query(local, query, result, error);
  }
  peelian_local_free(local);
  return status;
}

static peelian_status ask(const struct door *door, char *line, peelian_error **error) {
  static add_function *const adders[] = {peelian_query_add_measure, peelian_query_add_area, peelian_query_add_period,
                                         peelian_query_add_breakdown, peelian_query_add_comparison,
                                         peelian_query_set_source};
  peelian_query *query = NULL;
  peelian_result *result = NULL;

  peelian_status status = peelian_query_new(&query, error);
  for (size_t i = 0; i < sizeof adders / sizeof *adders && status == PEELIAN_STATUS_OK; i++) {
    status = add_each(query, adders[i], cell(&line), error);
  }
  if (status == PEELIAN_STATUS_OK) {
    status = door->client != NULL  ? peelian_client_query(door->client, query, &result, error)
             : door->local != NULL ? peelian_local_query(door->local, query, &result, error)
                                   : query_alone(door, query, &result, error);
  }
  for (size_t i = 0; i < peelian_result_count(result); i++) {
    print_observation(result, i);
  }
  peelian_result_free(result);
  peelian_query_free(query);
  return status;
}

static peelian_status take_records(struct door *door, char *line, peelian_error **error) {
  if (door->count == sizeof door->parts / sizeof *door->parts) {
    abort();
  }
  struct part *part = &door->parts[door->count++];
  peelian_status status = read_records(part, line, error);
  return status == PEELIAN_STATUS_OK && door->local != NULL ? add_records(door->local, part, error) : status;
}

static peelian_status answer(FILE *plan, struct door *door, peelian_error **error) {
  peelian_status status = PEELIAN_STATUS_OK;
  char *line = NULL;
  size_t size = 0;
  while (status == PEELIAN_STATUS_OK && getline(&line, &size, plan) > 0) {
    char *rest = line;
    line[strcspn(line, "\n")] = '\0';
    if (strcmp(cell(&rest), "ask") == 0) {
      status = ask(door, rest, error);
    } else if (door->client == NULL) {
      status = take_records(door, rest, error);
    }
  }
  free(line);
  return status;
}

static peelian_status open_door(struct door *door, const char *address, peelian_error **error) {
  if (address == NULL) {
    return peelian_local_new(0, &door->local, error);
  }
  return strcmp(address, "alone") == 0 ? PEELIAN_STATUS_OK : peelian_client_connect(address, &door->client, error);
}

int main(int argc, char **argv) {
  struct door door = {0};
  peelian_error *error = NULL;
  FILE *plan = argc == 2 || argc == 3 ? fopen(argv[1], "r") : NULL;

  if (plan == NULL) {
    fprintf(stderr, "usage: %s PLAN [alone | ADDRESS]\n", argv[0]);
    return 2;
  }
  print_catalogue();
  print_heading();
  peelian_status status = open_door(&door, argv[2], &error);
  if (status == PEELIAN_STATUS_OK) {
    status = answer(plan, &door, &error);
  }
  if (status != PEELIAN_STATUS_OK) {
    fprintf(stderr, "%s\n", peelian_error_message(error));
  }
  peelian_error_free(error);
  for (size_t i = 0; i < door.count; i++) {
    peelian_records_free(door.parts[i].records);
  }
  peelian_local_free(door.local);
  peelian_client_free(door.client);
  fclose(plan);
  return status;
}
