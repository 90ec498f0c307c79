/* Computes repeat victimisation from two CSV files in this process. Nothing is sent.
 *
 *   cc repeat_victimisation.c $(pkg-config --cflags --libs peelian) -o repeat_victimisation
 *   ./repeat_victimisation crimes.csv victims.csv 2017-02
 *
 * The files have the columns of the datasets crime and crime_victim: see peelian_dataset_find("crime")->csv_header.
 * Columns that the share does not need are not read, and need not be there. submit_records.c checks records in full.
 */
#include <stdio.h>

#include <peelian.h>

/* Prints why a call failed, with the findings if there are any, and frees the error. */
static int failed(const char *what, peelian_error *error) {
  const peelian_findings *findings = peelian_error_findings(error);
  fprintf(stderr, "%s: %s %s\n", what, peelian_error_message(error), peelian_error_code(error));
  for (size_t i = 0; i < peelian_findings_count(findings) && i < 10; i++) {
    const peelian_finding *finding = peelian_findings_get(findings, i);
    fprintf(stderr, "  row %llu %s: %s\n", (unsigned long long)finding->row, finding->field, finding->message);
  }
  peelian_error_free(error);
  return 1;
}

/* Adds the rows of a file, and prints the numbers of the receipt. */
static int add(peelian_local *local, const char *dataset, const char *path) {
  peelian_records *records = NULL;
  peelian_receipt *receipt = NULL;
  peelian_error *error = NULL;

  if (peelian_records_from_csv_file(dataset, path, &records, &error) != PEELIAN_STATUS_OK) {
    return failed(path, error);
  }
  /* The files are those of the Metropolitan Police: in its area, a borough without a row had no crime. Without this line,
   * only the boroughs that occur in the rows would be covered, and London would have no value. */
  peelian_status status = peelian_records_add_area(records, "E23000001", &error);
  if (status == PEELIAN_STATUS_OK) {
    status = peelian_local_add(local, records, &receipt, &error);
  }
  peelian_records_free(records);
  if (status != PEELIAN_STATUS_OK) {
    return failed(path, error);
  }
  const peelian_receipt_details *details = peelian_receipt_get(receipt);
  printf("%s: %llu rows, %llu with errors left out\n", dataset, (unsigned long long)details->received,
         (unsigned long long)details->rejected);
  peelian_receipt_free(receipt);
  return 0;
}

/* The share of victims that were victims before. */
static peelian_status ask_for_share(const char *period, peelian_query **query, peelian_error **error) {
  peelian_status status = peelian_query_new(query, error);
  if (status == PEELIAN_STATUS_OK) {
    status = peelian_query_add_measure(*query, "repeat-victim-share.victims-prior-12m", error);
  }
  if (status == PEELIAN_STATUS_OK) {
    status = peelian_query_add_area(*query, "london", error);
  }
  if (status == PEELIAN_STATUS_OK) {
    status = peelian_query_add_period(*query, period, error);
  }
  return status;
}

/* Prints the share with its interval. */
static int print_share(const peelian_local *local, const peelian_query *query) {
  peelian_result *result = NULL;
  peelian_error *error = NULL;

  if (peelian_local_query(local, query, &result, &error) != PEELIAN_STATUS_OK) {
    return failed("query", error);
  }
  for (size_t i = 0; i < peelian_result_count(result); i++) {
    const peelian_observation *found = peelian_result_get(result, i);
    printf("%s, %s, %s: ", found->measure_label, found->area_label, found->period);
    if (found->missing != NULL) { /* the reason why there is no value, which is not a zero */
      printf("%s %s\n", found->missing, found->marker);
    } else {
      printf("%.0f of %.0f, %.1f%% (%.1f%% to %.1f%%, %s) %s\n", found->numerator, found->denominator,
             100 * found->value, 100 * found->lower, 100 * found->upper, found->method, found->marker);
    }
  }
  peelian_result_free(result);
  return 0;
}

int main(int argc, char **argv) {
  peelian_query *query = NULL;
  peelian_local *local = NULL;
  peelian_error *error = NULL;

  if (argc != 4) {
    fprintf(stderr, "usage: %s CRIMES.csv VICTIMS.csv PERIOD\n", argv[0]);
    return 2;
  }
  peelian_status status = ask_for_share(argv[3], &query, &error);
  if (status == PEELIAN_STATUS_OK) {
    status = peelian_local_for_query(query, 0, &local, &error);
  }
  int ended = 1;
  if (status != PEELIAN_STATUS_OK) {
    failed("peelian", error);
  } else { /* victims refer to crimes, so the crimes come first */
    ended = add(local, "crime", argv[1]) || add(local, "crime_victim", argv[2]) || print_share(local, query);
  }
  peelian_local_free(local);
  peelian_query_free(query);
  return ended;
}
