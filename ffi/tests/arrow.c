/* Passes records and results through the Arrow C data and stream interfaces, with producers that follow the
 * specification and with producers that do not. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "check.h"

/* Rows of the dataset local_priority in the memory of this program: columns of texts in the layout of Arrow. */
#define COLUMNS 4
static const char *const NAMES[COLUMNS] = {"borough", "valid_from", "priority_1", "priority_2"};

struct column {
  int32_t offsets[3];
  const char *values;
};

static const struct column IN_ORDER[COLUMNS] = {
    {{0, 9, 18}, "E09000028E09000022"},
    {{0, 10, 20}, "2017-04-012017-04-01"},
    {{0, 16, 32}, "robbery_personalrobbery_personal"},
    {{0, 20, 40}, "burglary_residentialburglary_residential"},
};

/* How often the consumer released an array, a schema and a stream. */
static int arrays, schemas, streams;

static void release_child(struct ArrowArray *array) {
  free(array->buffers);
  array->release = NULL;
}

static void release_array(struct ArrowArray *array) {
  for (int64_t i = 0; i < array->n_children; i++) {
    array->children[i]->release(array->children[i]);
    free(array->children[i]);
  }
  free(array->children);
  free(array->buffers);
  array->release = NULL;
  arrays++;
}

static struct ArrowArray array_of(const struct column *columns, int64_t rows) {
  struct ArrowArray array;
  memset(&array, 0, sizeof array);
  array.length = rows;
  array.n_buffers = 1;
  array.buffers = calloc(1, sizeof *array.buffers);
  array.n_children = COLUMNS;
  array.children = calloc(COLUMNS, sizeof *array.children);
  array.release = release_array;
  for (int i = 0; i < COLUMNS; i++) {
    struct ArrowArray *child = calloc(1, sizeof *child);
    child->length = rows;
    child->n_buffers = 3;
    child->buffers = calloc(3, sizeof *child->buffers);
    child->buffers[1] = columns[i].offsets;
    child->buffers[2] = columns[i].values;
    child->release = release_child;
    array.children[i] = child;
  }
  return array;
}

static void release_field(struct ArrowSchema *schema) { schema->release = NULL; }

static void release_schema(struct ArrowSchema *schema) {
  for (int64_t i = 0; i < schema->n_children; i++) {
    schema->children[i]->release(schema->children[i]);
    free(schema->children[i]);
  }
  free(schema->children);
  schema->release = NULL;
  schemas++;
}

static struct ArrowSchema schema_of(void) {
  struct ArrowSchema schema;
  memset(&schema, 0, sizeof schema);
  schema.format = "+s";
  schema.name = "";
  schema.n_children = COLUMNS;
  schema.children = calloc(COLUMNS, sizeof *schema.children);
  schema.release = release_schema;
  for (int i = 0; i < COLUMNS; i++) {
    struct ArrowSchema *child = calloc(1, sizeof *child);
    child->format = "u";
    child->name = NAMES[i];
    child->flags = ARROW_FLAG_NULLABLE;
    child->release = release_field;
    schema.children[i] = child;
  }
  return schema;
}

/* The behaviour of a stream. */
struct producer {
  const struct column *columns;
  int64_t rows;
  int batches;
  int fails;           /* fails after its batches */
  const char *failure; /* the reason that it gives */
};

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out) {
  (void)stream;
  *out = schema_of();
  return 0;
}

static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *out) {
  struct producer *producer = stream->private_data;
  if (producer->batches-- > 0) {
    *out = array_of(producer->columns, producer->rows);
    producer->rows = 0; /* the batches after the first are empty */
  } else if (producer->fails) {
    return EIO;
  } else {
    out->release = NULL;
  }
  return 0;
}

static const char *get_last_error(struct ArrowArrayStream *stream) {
  return ((struct producer *)stream->private_data)->failure;
}

static void release_stream(struct ArrowArrayStream *stream) {
  stream->release = NULL;
  streams++;
}

static struct ArrowArrayStream stream_of(struct producer *producer) {
  struct ArrowArrayStream stream = {get_schema, get_next, get_last_error, release_stream, producer};
  return stream;
}

static void a_stream_is_taken_over(void) {
  struct producer producer = {IN_ORDER, 2, 3, 0, NULL};
  struct ArrowArrayStream stream = stream_of(&producer);
  peelian_records *records = NULL;
  peelian_receipt *receipt = NULL;
  peelian_error *error = NULL;

  arrays = schemas = streams = 0;
  CHECK_OK(peelian_records_from_arrow_stream("local_priority", &stream, &records, &error));
  CHECK(stream.release == NULL && streams == 1 && schemas == 1 && arrays == 0);
  CHECK(peelian_records_row_count(records) == 2);
  CHECK_OK(peelian_validate(NULL, records, &receipt, &error));
  CHECK(peelian_receipt_get(receipt)->received == 2);
  peelian_receipt_free(receipt);
  CHECK(arrays == 0);
  peelian_records_free(records);
  CHECK(arrays == 3);
}

static void refused_stream(struct producer producer, const char *text) {
  struct ArrowArrayStream stream = stream_of(&producer);
  const int batches = producer.batches;
  peelian_records *records = NULL;
  peelian_error *error = NULL;

  arrays = schemas = streams = 0;
  CHECK_FAILS(peelian_records_from_arrow_stream("local_priority", &stream, &records, &error), PEELIAN_STATUS_REFUSED,
              text);
  CHECK(records == NULL && stream.release == NULL);
  CHECK(streams == 1 && schemas == 1 && arrays == batches);
}

static void a_stream_that_is_none(void) {
  struct producer producer = {IN_ORDER, 2, 1, 0, NULL};
  struct ArrowArrayStream stream = stream_of(&producer);
  peelian_records *records = NULL;
  peelian_error *error = NULL;

  /* The call releases the stream also if another argument is wrong. */
  streams = 0;
  CHECK_FAILS(peelian_records_from_arrow_stream("priorities", &stream, &records, &error),
              PEELIAN_STATUS_INVALID_ARGUMENT, "there is no dataset");
  CHECK(streams == 1);
  CHECK_FAILS(peelian_records_from_arrow_stream("local_priority", &stream, &records, &error),
              PEELIAN_STATUS_INVALID_ARGUMENT, "released before");
  CHECK_FAILS(peelian_records_from_arrow_stream("local_priority", NULL, &records, &error),
              PEELIAN_STATUS_INVALID_ARGUMENT, "stream is NULL");
  CHECK_FAILS(peelian_records_from_arrow_stream("local_priority", ODD(struct ArrowArrayStream, &stream), &records, &error),
              PEELIAN_STATUS_INVALID_ARGUMENT, "misaligned");
  refused_stream((struct producer){IN_ORDER, 2, 1, 1, "the disk is full"}, "the disk is full");
  refused_stream((struct producer){IN_ORDER, 2, 0, 1, NULL}, "no reason is given");
}

/* Invalid values are found before any value is read. */
static void refused_values(const char *text, const struct column *columns) {
  struct producer producer = {columns, 2, 1, 0, NULL};
  struct ArrowArrayStream stream = stream_of(&producer);
  peelian_records *records = NULL;
  peelian_local *local = NULL;
  peelian_error *error = NULL;

  CHECK_OK(peelian_records_from_arrow_stream("local_priority", &stream, &records, &error));
  CHECK_OK(peelian_local_new(1, &local, &error));
  CHECK_FAILS(peelian_local_add(local, records, NULL, &error), PEELIAN_STATUS_REFUSED, text);
  peelian_local_free(local);
  peelian_records_free(records);
}

static void values_are_checked(void) {
  struct column columns[COLUMNS];
  memcpy(columns, IN_ORDER, sizeof columns);
  columns[0].values = "E09000028\xff\xff\xff\xff\xff\xff\xff\xff\xff";
  refused_values("UTF8", columns);
  memcpy(columns, IN_ORDER, sizeof columns);
  columns[1].offsets[1] = 30; /* beyond the end of the texts, and the next value ends before it starts */
  refused_values("local_priority", columns);
}

static void an_array_is_taken_over(void) {
  struct ArrowArray array = array_of(IN_ORDER, 2);
  struct ArrowSchema schema = schema_of();
  peelian_records *records = NULL;
  peelian_error *error = NULL;

  arrays = schemas = 0;
  CHECK_OK(peelian_records_from_arrow_array("local_priority", &array, &schema, &records, &error));
  CHECK(array.release == NULL && arrays == 0 && schemas == 0);
  CHECK_OK(peelian_validate(NULL, records, NULL, &error));
  peelian_records_free(records);
  CHECK(arrays == 1);
  records = NULL;
  CHECK_FAILS(peelian_records_from_arrow_array("local_priority", &array, &schema, &records, &error),
              PEELIAN_STATUS_INVALID_ARGUMENT, "released before");
  CHECK_FAILS(peelian_records_from_arrow_array("local_priority", &array, NULL, &records, &error),
              PEELIAN_STATUS_INVALID_ARGUMENT, "schema is NULL");

  /* A schema with fewer members than the array, and a schema that is not a structure. */
  array = array_of(IN_ORDER, 2);
  schema.n_children = COLUMNS - 1;
  CHECK_FAILS(peelian_records_from_arrow_array("local_priority", &array, &schema, &records, &error),
              PEELIAN_STATUS_REFUSED, "4 members where its schema has 3");
  CHECK(arrays == 2);
  schema.n_children = COLUMNS;
  array = array_of(IN_ORDER, 2);
  CHECK_FAILS(peelian_records_from_arrow_array("local_priority", &array, schema.children[0], &records, &error),
              PEELIAN_STATUS_REFUSED, "cannot be read");
  CHECK(arrays == 3 && records == NULL);
  schema.release(&schema);
  CHECK(schemas == 1);
}

/* Position of a column in a result. */
static int64_t column_of(const struct ArrowSchema *schema, const char *name) {
  for (int64_t i = 0; i < schema->n_children; i++) {
    if (strcmp(schema->children[i]->name, name) == 0) {
      return i;
    }
  }
  printf("there is no column %s\n", name);
  failures++;
  return 0;
}

static peelian_result *a_result(void) {
  peelian_local *local = NULL;
  peelian_query *query = NULL;
  peelian_result *result = NULL;
  peelian_error *error = NULL;
  CHECK_OK(peelian_local_new(1, &local, &error));
  CHECK_OK(peelian_query_new(&query, &error));
  CHECK_OK(peelian_query_add_measure(query, "recorded-crime-volume", &error));
  CHECK_OK(peelian_query_add_area(query, "borough", &error));
  CHECK_OK(peelian_query_add_period(query, "2017-02", &error));
  CHECK_OK(peelian_local_query(local, query, &result, &error));
  peelian_query_free(query);
  peelian_local_free(local);
  return result;
}

/* A table with 33 boroughs and no values, because no records were added. */
static void is_the_result(const struct ArrowSchema *schema, const struct ArrowArray *array) {
  const struct ArrowArray *areas = array->children[column_of(schema, "area")];
  const struct ArrowArray *values = array->children[column_of(schema, "value")];
  const int32_t *offsets = areas->buffers[1];
  CHECK(array->length == 33 && array->n_children == schema->n_children);
  CHECK(strcmp(schema->children[column_of(schema, "value")]->format, "g") == 0 && values->null_count == 33);
  CHECK(strncmp((const char *)areas->buffers[2] + offsets[areas->offset], "E09", 3) == 0);
}

static void results_go_out(void) {
  peelian_result *result = a_result();
  struct ArrowArrayStream stream, never;
  struct ArrowSchema schema;
  struct ArrowArray array;
  peelian_error *error = NULL;

  CHECK_OK(peelian_result_to_arrow_array(result, &array, &schema, &error));
  CHECK_OK(peelian_result_to_arrow_stream(result, &stream, &error));
  CHECK_FAILS(peelian_result_to_arrow_stream(NULL, &never, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "result is NULL");
  CHECK_FAILS(peelian_result_to_arrow_stream(result, NULL, &error), PEELIAN_STATUS_INVALID_ARGUMENT, "out is NULL");
  CHECK_FAILS(peelian_result_to_arrow_array(result, &array, NULL, &error), PEELIAN_STATUS_INVALID_ARGUMENT,
              "out_schema is NULL");
  CHECK(isnan(peelian_result_get(result, 0)->value));
  peelian_result_free(result);

  /* The array and the stream outlive the result. */
  is_the_result(&schema, &array);
  array.release(&array);
  CHECK(stream.get_next(&stream, &array) == 0);
  is_the_result(&schema, &array);
  array.release(&array);
  schema.release(&schema);
  CHECK(stream.get_schema(&stream, &schema) == 0 && schema.n_children > 30);
  schema.release(&schema);
  CHECK(stream.get_next(&stream, &array) == 0 && array.release == NULL);
  stream.release(&stream);
}

/* Three small counts: each borough's, and their sum. Without a column of counts, each row is one case. */
static void a_table_is_protected(void) {
  struct producer producer = {IN_ORDER, 2, 1, 0, NULL};
  struct ArrowArrayStream stream = stream_of(&producer);
  struct ArrowArrayStream published;
  peelian_disclosure *rules = NULL;
  peelian_disclosure_summary summary;
  peelian_disclosure_audit_result found;
  peelian_error *error = NULL;

  CHECK_OK(peelian_disclosure_new(4, &rules, &error));
  CHECK_FAILS(peelian_disclosure_add_parent(rules, "borough", 0, "E09000028", "south", &error),
              PEELIAN_STATUS_INVALID_ARGUMENT, "add it first");
  CHECK_OK(peelian_disclosure_add_dimension(rules, "borough", "both", &error));
  CHECK_OK(peelian_disclosure_set_count(rules, NULL, &error));
  CHECK_OK(peelian_disclosure_set(rules, "width", 1, &error));
  streams = 0;
  CHECK_OK(peelian_disclosure_protect(rules, &stream, &published, NULL, &summary, &error));
  CHECK(stream.release == NULL && streams == 1);
  CHECK(summary.cells == 3 && summary.primary == 3 && summary.unprotected == 0);
  CHECK_OK(peelian_disclosure_audit(rules, &published, NULL, &found, &error));
  CHECK(published.release == NULL);
  CHECK(found.suppressed == 3 && found.recoverable == 0 && found.narrow == 0);
  CHECK_FAILS(peelian_disclosure_protect(rules, &stream, &published, NULL, NULL, &error),
              PEELIAN_STATUS_INVALID_ARGUMENT, "released before");
  peelian_disclosure_free(rules);
}

int main(void) {
  a_stream_is_taken_over();
  a_stream_that_is_none();
  values_are_checked();
  an_array_is_taken_over();
  a_table_is_protected();
  results_go_out();
  return failures != 0;
}
