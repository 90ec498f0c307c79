/* Asks an exchange for values of a measure and prints them as a table.
 *
 *   cc query_table.c $(pkg-config --cflags --libs peelian) -o query_table
 *   ./query_table 127.0.0.1:50829 recorded-crime-volume borough 2017-02
 */
#include <stdio.h>

#include <peelian.h>

static void print_table(const peelian_result *result) {
  printf("%-10s %-24s %-10s %12s %25s  %s\n", "measure", "area", "period", "value", "interval", "marks");
  for (size_t i = 0; i < peelian_result_count(result); i++) {
    const peelian_observation *found = peelian_result_get(result, i);
    printf("%-10.10s %-24s %-10s ", found->measure, found->area_label, found->period);
    if (found->missing != NULL) {
      printf("%12s %25s", "-", found->missing);
    } else if (found->method != NULL) {
      printf("%12.4f %12.4f-%12.4f", found->value, found->lower, found->upper);
    } else { /* a value without an interval, from a complete register */
      printf("%12.4f %25s", found->value, "");
    }
    printf("  %s%s\n", found->marker, found->synthetic ? " SYNTHETIC" : "");
  }
}

/* The steps by which the records of the first value were selected. */
static peelian_status print_steps(const peelian_client *client, const peelian_result *result, peelian_error **error) {
  peelian_explanation *explanation = NULL;
  const peelian_observation *first = peelian_result_get(result, 0);
  if (first == NULL) {
    return PEELIAN_STATUS_OK;
  }
  peelian_status status = peelian_client_explain(client, first->measure, first->area, first->period, first->breakdown,
                                                 &explanation, error);
  if (status != PEELIAN_STATUS_OK) {
    return status;
  }
  const peelian_explanation_details *details = peelian_explanation_get(explanation);
  printf("\n%s in %s:\n", details->question, first->area_label);
  for (size_t i = 0; i < details->step_count; i++) {
    const peelian_step *step = details->steps[i];
    printf("  %-24s leaves %llu\n", step->population, (unsigned long long)step->remaining);
  }
  peelian_explanation_free(explanation);
  return PEELIAN_STATUS_OK;
}

int main(int argc, char **argv) {
  peelian_client *client = NULL;
  peelian_query *query = NULL;
  peelian_result *result = NULL;
  peelian_error *error = NULL;

  if (argc != 5) {
    fprintf(stderr, "usage: %s HOST:PORT MEASURE AREA PERIOD\n", argv[0]);
    return 2;
  }
  peelian_status status = peelian_client_connect(argv[1], &client, &error);
  if (status == PEELIAN_STATUS_OK) {
    status = peelian_query_new(&query, &error);
  }
  if (status == PEELIAN_STATUS_OK) {
    status = peelian_query_add_measure(query, argv[2], &error);
  }
  if (status == PEELIAN_STATUS_OK) {
    status = peelian_query_add_area(query, argv[3], &error);
  }
  if (status == PEELIAN_STATUS_OK) {
    status = peelian_query_add_period(query, argv[4], &error);
  }
  if (status == PEELIAN_STATUS_OK) {
    status = peelian_client_query(client, query, &result, &error);
  }
  if (status == PEELIAN_STATUS_OK) {
    print_table(result);
    status = print_steps(client, result, &error);
  }
  if (status != PEELIAN_STATUS_OK) {
    fprintf(stderr, "%s %s\n", peelian_error_message(error), peelian_error_code(error));
  }
  /* These functions do nothing for NULL, so an object that was not made needs no test. */
  peelian_error_free(error);
  peelian_result_free(result);
  peelian_query_free(query);
  peelian_client_free(client);
  return status == PEELIAN_STATUS_OK ? 0 : 1;
}
