/* pgsql.c - PostgreSQL through libpq, all values in binary form.
 *
 * Rows of the newest query stream in one by one; when another statement needs the connection first,
 * what is still to come is packed into the query's own memory. So a long export takes constant
 * memory, and queries may nest. */
#include "db/db_private.h"

#include <errno.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/decimal.h"
#include "base/library.h"
#include "base/log.h"

#define PACKED_MOST ((size_t)256 << 20) /* of one query that waits for another */
#define IN_FLIGHT_MOST 512              /* statements sent ahead in a pipeline */
#define IN_FLIGHT_LEAST 256

/* Types by their fixed numbers (pg_type.dat). */
enum {
        OID_BOOL = 16,
        OID_BYTEA = 17,
        OID_INT8 = 20,
        OID_INT2 = 21,
        OID_INT4 = 23,
        OID_TEXT = 25,
        OID_OID = 26,
        OID_NUMERIC = 1700,
};

struct statement {
        char *sql;
        uint64_t used_at;
        long number; /* its name at the server is "s" and this */
        size_t parameter_count;
        Oid *types; /* 0 where only NULL was seen: the server chooses */
};

struct pgsql_rows;

struct pgsql {
        struct db db;
        PGconn *connection;
        char *host;                 /* for messages */
        struct pgsql_rows *stream;  /* whose rows are still arriving */
        bool is_in_transaction, is_claimed;
        int patience_ms;
        uint64_t clock;
        long statements_made;
        int kept_count;
        struct statement kept[DB_STATEMENTS_KEPT];
};

#define PRINTED_MAX 24

struct pgsql_rows {
        struct rows rows;
        PGresult *result; /* of the row shown, NULL where it comes from the packed ones */
        struct buf packed;
        size_t place; /* of the next row in packed */
        int columns, room;
        Oid *types;
        const char **values; /* NULL is SQL NULL */
        int *lengths;
        char (*printed)[PRINTED_MAX]; /* numbers asked for as text */
};

/* Values as the protocol wants them; numbers in network order. */
struct wire {
        const char *values[DB_VALUES_MOST];
        int lengths[DB_VALUES_MOST], formats[DB_VALUES_MOST];
        unsigned char numbers[DB_VALUES_MOST][8];
};

static struct pgsql *of(struct db *db)
{
        return (struct pgsql *)db;
}

static void put_be64(unsigned char *out, int64_t n)
{
        for (int i = 0; i < 8; i++)
                out[i] = (unsigned char)((uint64_t)n >> (56 - 8 * i));
}

static int64_t get_be(const char *bytes, int length)
{
        uint64_t n = (signed char)bytes[0] < 0 ? UINT64_MAX : 0;

        for (int i = 0; i < length; i++)
                n = n << 8 | (unsigned char)bytes[i];
        return (int64_t)n;
}

static bool no_memory(struct pgsql *p)
{
        return error_set(p->db.err, ERR_ENVIRONMENT, "the machine has no memory left");
}

static bool is_lost(const struct pgsql *p)
{
        return PQstatus(p->connection) != CONNECTION_OK;
}

static bool is_class(const char *state, const char *class)
{
        return strncmp(state, class, strlen(class)) == 0;
}

/* Put a failure into words for people; PostgreSQL's own words go to the log. result may be NULL. */
static bool fail(struct pgsql *p, const PGresult *result, const char *sql)
{
        const char *state = result == NULL ? NULL : PQresultErrorField(result, PG_DIAG_SQLSTATE);
        const char *message = result == NULL ? "" : PQresultErrorMessage(result);
        struct error *err = p->db.err;
        bool is_commit = strcmp(sql, "COMMIT") == 0;

        if (state == NULL)
                state = "";
        log_line(LOG_WARNING, "db", "%s: %s%s: %s", p->host, state,
                 message[0] != '\0' ? message : PQerrorMessage(p->connection), sql);
        if (is_lost(p) || is_class(state, "08") || is_class(state, "57P") || (is_commit && state[0] == '\0')) { /* the server's answer did not come through */
                p->is_in_transaction = p->is_in_transaction && !is_lost(p);
                if (is_commit) {
                        error_set(err, ERR_ENVIRONMENT, "the database server was lost while saving: "
                                                        "the change may or may not have been kept");
                        return error_hint(err, "look whether it is there before trying again");
                }
                error_set(err, ERR_ENVIRONMENT, "the database server \"%s\" cannot be reached", p->host);
                return error_hint(err, "check that it is running and reachable, then try again");
        }
        if (strcmp(state, "57014") == 0 && p->db.limit_ms > 0) /* its timeout, or somebody stopped it by hand */
                return db_fail_late(&p->db);
        if (strcmp(state, "53100") == 0) {
                error_set(err, ERR_ENVIRONMENT, "the disk is full: nothing was saved");
                return error_hint(err, "free some space on the database server, then try again");
        }
        if (is_class(state, "53")) {
                error_set(err, ERR_ENVIRONMENT, "the database server has no room for one more query");
                return error_hint(err, "try again later, or raise the limits of the server");
        }
        if (is_class(state, "XX00") && state[4] != '0') {
                error_set(err, ERR_DAMAGED, "the database \"%s\" is damaged", PQdb(p->connection));
                return error_hint(err, "stop the database server and restore the newest backup");
        }
        if (strcmp(state, "55P03") == 0 || is_class(state, "40")) {
                error_set(err, ERR_BUSY, "another process is writing to the database");
                return error_hint(err, "try again in a moment");
        }
        if (strcmp(state, "25006") == 0 || strcmp(state, "42501") == 0) {
                error_set(err, ERR_ENVIRONMENT, "the database \"%s\" may not be written to",
                          PQdb(p->connection));
                return error_hint(err, "check the rights of the database account");
        }
        if (is_class(state, "23"))
                return error_set(err, ERR_CONFLICT, "a record contradicts what the database holds already");
        if (strcmp(state, "22003") == 0)
                return error_set(err, ERR_TOO_BIG, "a sum is too large for the database");
        if (strcmp(state, "42804") == 0)
                return error_set(err, ERR_INVALID, "a value is not of the kind its column holds");
        if (strcmp(state, "22021") == 0)
                return error_set(err, ERR_INVALID, "a text holds bytes that are no valid characters");
        error_set(err, ERR_ENVIRONMENT, "the database could not do what it was asked");
        return error_hint(err, "the reason stands in the log of the program");
}

/* --- rows ---------------------------------------------------------------------------------------- */

static bool rows_fit(struct pgsql_rows *r, int columns)
{
        size_t n = (size_t)columns;

        if (columns > r->room) {
                free(r->types);
                free(r->values);
                free(r->lengths);
                free(r->printed);
                r->types = calloc(n, sizeof *r->types);
                r->values = calloc(n, sizeof *r->values);
                r->lengths = calloc(n, sizeof *r->lengths);
                r->printed = calloc(n, sizeof *r->printed);
                r->room = columns;
                if (r->types == NULL || r->values == NULL || r->lengths == NULL || r->printed == NULL) {
                        r->room = 0;
                        return false;
                }
        }
        r->columns = columns;
        return true;
}

/* Learn the columns from the first result that comes. */
static bool rows_describe(struct pgsql_rows *r, const PGresult *result)
{
        if (r->columns > 0)
                return true;
        if (!rows_fit(r, PQnfields(result)))
                return no_memory(of(r->rows.db));
        for (int i = 0; i < r->columns; i++)
                r->types[i] = PQftype(result, i);
        return true;
}

static void rows_show(struct pgsql_rows *r, PGresult *result)
{
        r->result = result;
        for (int i = 0; i < r->columns; i++) {
                r->values[i] = PQgetisnull(result, 0, i) ? NULL : PQgetvalue(result, 0, i);
                r->lengths[i] = PQgetlength(result, 0, i);
        }
}

static void rows_forget(struct pgsql_rows *r)
{
        PQclear(r->result);
        r->result = NULL;
}

static void rows_pack(struct pgsql_rows *r, const PGresult *result)
{
        for (int i = 0; i < r->columns; i++) {
                int32_t length = PQgetisnull(result, 0, i) ? -1 : (int32_t)PQgetlength(result, 0, i);

                buf_put(&r->packed, &length, sizeof length);
                if (length >= 0)
                        buf_put(&r->packed, PQgetvalue(result, 0, i), (size_t)length + 1);
        }
}

static void rows_unpack(struct pgsql_rows *r)
{
        for (int i = 0; i < r->columns; i++) {
                int32_t length;

                memcpy(&length, r->packed.data + r->place, sizeof length);
                r->place += sizeof length;
                r->values[i] = length < 0 ? NULL : r->packed.data + r->place;
                r->lengths[i] = length < 0 ? 0 : length;
                if (length >= 0)
                        r->place += (size_t)length + 1;
        }
}

/* The next result of the stream's query; NULL at the end or after a failure, which it describes. */
static PGresult *stream_read(struct pgsql *p)
{
        struct pgsql_rows *r = p->stream;
        PGresult *result = PQgetResult(p->connection);

        if (result != NULL && PQresultStatus(result) == PGRES_SINGLE_TUPLE && rows_describe(r, result))
                return result;
        if (result != NULL && PQresultStatus(result) != PGRES_SINGLE_TUPLE &&
            PQresultStatus(result) != PGRES_TUPLES_OK && PQresultStatus(result) != PGRES_COMMAND_OK)
                fail(p, result, "query");
        while (result != NULL) {
                PQclear(result);
                result = PQgetResult(p->connection);
        }
        p->stream = NULL;
        if (is_lost(p) && error_ok(p->db.err))
                fail(p, NULL, "query");
        return NULL;
}

/* Take what the stream still sends out of the connection: kept for its query, or not. */
static void stream_end(struct pgsql *p, bool is_kept)
{
        struct pgsql_rows *r = p->stream;
        PGresult *result;

        while (p->stream != NULL && (result = stream_read(p)) != NULL) {
                if (is_kept)
                        rows_pack(r, result);
                PQclear(result);
        }
        if (r != NULL && is_kept && r->packed.is_starved) {
                no_memory(p);
        } else if (r != NULL && is_kept && !buf_ok(&r->packed)) {
                error_set(p->db.err, ERR_TOO_BIG, "a query gives more rows than can wait for another one");
                error_hint(p->db.err, "ask for less at once, such as a shorter time or fewer units");
        }
}

/* --- the connection ------------------------------------------------------------------------------ */

static void statement_clear(struct statement *t)
{
        free(t->sql);
        free(t->types);
        *t = (struct statement){ 0 };
}

static void statements_forget(struct pgsql *p)
{
        for (int i = 0; i < p->kept_count; i++)
                statement_clear(&p->kept[i]);
        p->kept_count = 0;
}

static bool run(struct pgsql *p, const char *sql)
{
        PGresult *result = PQexec(p->connection, sql);
        ExecStatusType status = PQresultStatus(result);
        bool is_ok = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;

        if (!is_ok)
                fail(p, result, sql);
        PQclear(result);
        return is_ok;
}

static const char *const order_check =
        "SELECT 'B' < 'a' AND 'a b' < 'ab' AND 'Zz' < '_' AND 'z' < 'á' AND 'đ' < 'ế' AND 'ab' < 'abc',"
        " current_setting('server_encoding') = 'UTF8', current_schema() IS NOT NULL";

/* One process per schema, among all that give it as theirs. The number is another one than that of a writer's turn. */
static bool claim(struct pgsql *p)
{
        if (run(p, "SELECT pg_advisory_lock((1667330416::bigint << 32) + quote_ident(current_schema())::regnamespace::oid::bigint)"))
                return true;
        if (p->db.err->code != ERR_BUSY)
                return false;
        error_clear(p->db.err);
        error_set(p->db.err, ERR_BUSY, "another process is already working with this database");
        return error_hint(p->db.err, "one process at a time, also from another folder or machine that names the same store: stop that one (the server: serve), then try again");
}

/* What each session needs; also after the connection was lost and made anew. */
static bool set_up(struct pgsql *p)
{
        struct error *err = p->db.err;
        PGresult *result;
        char sql[300];
        bool is_ordered, is_utf8, has_schema;

        snprintf(sql, sizeof sql,
                 "SET client_min_messages = warning; SET lock_timeout = %d;"
                 "SET standard_conforming_strings = on; SET default_transaction_read_only = %s;"
                 "SET synchronous_commit = on; SET jit = off",
                 p->patience_ms, p->db.mode == DB_READ ? "on" : "off");
        if (!run(p, sql))
                return false;
        result = PQexec(p->connection, order_check);
        if (PQresultStatus(result) != PGRES_TUPLES_OK) {
                fail(p, result, order_check);
                PQclear(result);
                return false;
        }
        is_ordered = PQgetvalue(result, 0, 0)[0] == 't';
        is_utf8 = PQgetvalue(result, 0, 1)[0] == 't';
        has_schema = PQgetvalue(result, 0, 2)[0] == 't';
        PQclear(result);
        if (!is_ordered || !is_utf8) {
                error_set(err, ERR_ENVIRONMENT, "the database \"%s\" does not sort UTF-8 text by its bytes",
                          PQdb(p->connection));
                return error_hint(err, "make it with: createdb -T template0 -E UTF8 --locale=C %s",
                                  PQdb(p->connection));
        }
        if (!has_schema) {
                error_set(err, ERR_MISSING, "the database \"%s\" has none of the schemas in its search path",
                          PQdb(p->connection));
                return error_hint(err, "create the schema that the address names");
        }
        return !p->is_claimed || claim(p);
}

/* Make the connection free for the next statement. */
static bool settle(struct pgsql *p)
{
        stream_end(p, true);
        if (!error_ok(p->db.err))
                return false;
        if (!p->is_in_transaction) {
                /* Notice now that the server went away while we were idle: it says so, then hangs up. */
                PQconsumeInput(p->connection);
                PQconsumeInput(p->connection);
        }
        if (!is_lost(p))
                return true;
        if (p->is_in_transaction)
                return fail(p, NULL, "transaction");
        statements_forget(p);
        PQreset(p->connection);
        return !is_lost(p) ? set_up(p) : fail(p, NULL, "reconnect");
}

/* Whether the statement was made for these types. */
static bool fits(const struct statement *t, const Oid *types, size_t count)
{
        if (t->parameter_count != count)
                return false;
        for (size_t i = 0; i < count; i++) {
                if (types[i] != 0 && t->types[i] != types[i])
                        return false;
        }
        return true;
}

static bool statement_drop(struct pgsql *p, struct statement *t)
{
        char sql[48];

        snprintf(sql, sizeof sql, "DEALLOCATE s%ld", t->number);
        statement_clear(t);
        *t = p->kept[--p->kept_count];
        return run(p, sql);
}

static struct statement *statement_make(struct pgsql *p, const char *sql, const Oid *types, size_t count)
{
        struct statement *t;
        PGresult *result;
        char name[32];
        bool is_ok;

        if (p->kept_count == DB_STATEMENTS_KEPT) {
                struct statement *oldest = p->kept;

                for (int i = 1; i < p->kept_count; i++) {
                        if (p->kept[i].used_at < oldest->used_at)
                                oldest = &p->kept[i];
                }
                if (!statement_drop(p, oldest))
                        return NULL;
        }
        t = &p->kept[p->kept_count];
        t->sql = strdup(sql);
        t->types = calloc(count + 1, sizeof *t->types);
        if (t->sql == NULL || t->types == NULL) {
                statement_clear(t);
                no_memory(p);
                return NULL;
        }
        t->number = ++p->statements_made;
        t->parameter_count = count;
        memcpy(t->types, types, count * sizeof *types);
        snprintf(name, sizeof name, "s%ld", t->number);
        result = PQprepare(p->connection, name, sql, (int)count, types);
        is_ok = PQresultStatus(result) == PGRES_COMMAND_OK;
        if (!is_ok) {
                fail(p, result, sql);
                statement_clear(t);
        }
        PQclear(result);
        if (!is_ok)
                return NULL;
        p->kept_count++;
        return t;
}

static struct statement *statement_find(struct pgsql *p, const char *sql, const Oid *types, size_t count)
{
        struct statement *t = NULL;

        for (int i = 0; i < p->kept_count && t == NULL; i++) {
                if (strcmp(p->kept[i].sql, sql) == 0 && fits(&p->kept[i], types, count))
                        t = &p->kept[i];
        }
        if (t == NULL)
                t = statement_make(p, sql, types, count);
        if (t != NULL)
                t->used_at = ++p->clock;
        return t;
}

static void wire_values(struct wire *w, Oid *types, struct values values)
{
        for (size_t i = 0; i < values.count; i++) {
                const struct value *v = &values.list[i];

                w->formats[i] = 1;
                w->values[i] = v->length == 0 ? "" : v->bytes;
                w->lengths[i] = (int)v->length;
                switch (v->type) {
                case VALUE_NULL:
                        types[i] = 0;
                        w->values[i] = NULL;
                        break;
                case VALUE_INT:
                        types[i] = OID_INT8;
                        put_be64(w->numbers[i], v->integer);
                        w->values[i] = (const char *)w->numbers[i];
                        w->lengths[i] = 8;
                        break;
                case VALUE_TEXT:
                        types[i] = OID_TEXT;
                        break;
                case VALUE_BYTES:
                        types[i] = OID_BYTEA;
                        break;
                }
        }
}

static bool send_off(struct pgsql *p, const struct statement *t, const struct wire *w)
{
        char name[32];

        snprintf(name, sizeof name, "s%ld", t->number);
        return PQsendQueryPrepared(p->connection, name, (int)t->parameter_count, w->values, w->lengths,
                                   w->formats, 1) == 1 ||
               fail(p, NULL, t->sql);
}

static bool are_short(struct pgsql *p, struct values values)
{
        for (size_t i = 0; i < values.count; i++)
                if (values.list[i].length > INT32_MAX / 2)
                        return error_set(p->db.err, ERR_TOO_BIG, "a value is larger than a database field may be");
        return true;
}

/* Find or make the statement and send it off with its values. */
static struct statement *launch(struct pgsql *p, const char *sql, struct values values)
{
        Oid types[DB_VALUES_MOST];
        struct statement *t;
        struct wire w;

        if (!settle(p) || !are_short(p, values))
                return NULL;
        wire_values(&w, types, values);
        t = statement_find(p, sql, types, values.count);
        return t != NULL && send_off(p, t, &w) ? t : NULL;
}

static int64_t changed_rows(PGresult *result)
{
        return strtoll(PQcmdTuples(result), NULL, 10);
}

static bool pgsql_exec(struct db *db, const char *sql, struct values values)
{
        struct pgsql *p = of(db);
        PGresult *result;
        bool is_ok = true;

        if (launch(p, sql, values) == NULL)
                return false;
        db->changes = 0;
        while ((result = PQgetResult(p->connection)) != NULL) {
                if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
                        is_ok = fail(p, result, sql);
                else
                        db->changes = changed_rows(result);
                PQclear(result);
        }
        return is_ok;
}

static bool pgsql_start(struct rows *rows, const char *sql, struct values values)
{
        struct pgsql_rows *r = (struct pgsql_rows *)rows;
        struct pgsql *p = of(rows->db);

        r->columns = 0;
        r->place = 0;
        if (r->packed.limit == 0)
                buf_init(&r->packed, PACKED_MOST);
        if (launch(p, sql, values) == NULL)
                return false;
        PQsetSingleRowMode(p->connection);
        p->stream = r;
        return true;
}

static bool pgsql_step(struct rows *rows)
{
        struct pgsql_rows *r = (struct pgsql_rows *)rows;
        struct pgsql *p = of(rows->db);
        PGresult *result;

        rows_forget(r);
        if (r->place < r->packed.length) {
                rows_unpack(r);
                return true;
        }
        if (p->stream != r)
                return false;
        result = stream_read(p);
        if (result == NULL)
                return false;
        rows_show(r, result);
        return true;
}

/* What comes next of a pipeline that ends. Where libpq 15 has no memory to tell by that the end came, it says so and waits for another one, for
 * ever: then the connection is given up. */
static PGresult *pipeline_next(struct pgsql *p)
{
        struct pollfd about = { .fd = PQsocket(p->connection), .events = POLLIN };
        bool is_given_up = false;

        while (!is_given_up && PQisBusy(p->connection)) {
                is_given_up = strstr(PQerrorMessage(p->connection), "out of memory") != NULL;
                if (is_given_up)
                        shutdown(about.fd, SHUT_RDWR);
                else
                        is_given_up = (poll(&about, 1, -1) < 0 && errno != EINTR) || PQconsumeInput(p->connection) != 1;
        }
        return PQgetResult(p->connection);
}

/* Leave the pipeline, whatever is still in it. */
static void pipeline_end(struct pgsql *p)
{
        PGresult *result;
        int idle = 0;

        if (PQpipelineStatus(p->connection) == PQ_PIPELINE_OFF)
                return;
        /* Where there is no memory to ask for the end, none would come, and it would be waited for for ever: the connection is given up. */
        if (PQpipelineSync(p->connection) != 1)
                shutdown(PQsocket(p->connection), SHUT_RDWR);
        /* A statement's results end with NULL; two in a row mean that nothing more will come. */
        while (idle < 2) {
                result = pipeline_next(p);
                idle = result == NULL ? idle + 1 : 0;
                if (result != NULL && PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
                        PQclear(result);
                        break;
                }
                PQclear(result);
        }
        if (PQexitPipelineMode(p->connection) != 1)
                log_line(LOG_WARNING, "db", "%s: %s", p->host, PQerrorMessage(p->connection));
}

static void pgsql_stop(struct rows *rows)
{
        struct pgsql_rows *r = (struct pgsql_rows *)rows;
        struct pgsql *p = of(rows->db);

        rows_forget(r);
        if (p->stream == r)
                stream_end(p, false);
        if (rows->is_borrowed)
                pipeline_end(p);
        if (r->packed.capacity > (size_t)1 << 20)
                buf_clear(&r->packed);
        else
                buf_reset(&r->packed);
        r->place = 0;
        r->columns = 0;
}

static void pgsql_spare(struct rows *rows)
{
        struct pgsql_rows *r = (struct pgsql_rows *)rows;

        buf_clear(&r->packed);
        free(r->types);
        free(r->values);
        free(r->lengths);
        free(r->printed);
}

/* NUMERIC, which sums of BIGINT are: digits to base 10,000. Fractions are cut off. */
static int64_t from_numeric(struct db *db, const char *bytes, int length)
{
        int count = (int)get_be(bytes, 2), weight = (int)get_be(bytes + 2, 2);
        bool is_negative = get_be(bytes + 4, 2) == 0x4000;
        int64_t narrow = 0;
        int128 sum = 0;

        for (int i = 0; i <= weight && sum <= INT64_MAX; i++)
                sum = sum * 10000 + (i < count && 8 + 2 * i + 2 <= length ? get_be(bytes + 8 + 2 * i, 2) : 0);
        if (!decimal_narrow(is_negative ? -sum : sum, &narrow))
                error_set(db->err, ERR_TOO_BIG, "a sum is too large for the database");
        return narrow;
}

static int64_t pgsql_integer(struct rows *rows, int column)
{
        struct pgsql_rows *r = (struct pgsql_rows *)rows;
        const char *value = column < r->columns ? r->values[column] : NULL;

        if (value == NULL)
                return 0;
        switch (r->types[column]) {
        case OID_INT8:
        case OID_INT4:
        case OID_INT2:
        case OID_BOOL:
                return get_be(value, r->lengths[column]);
        case OID_OID:
                return (int64_t)(uint32_t)get_be(value, 4);
        case OID_NUMERIC:
                return from_numeric(rows->db, value, r->lengths[column]);
        default:
                return strtoll(value, NULL, 10);
        }
}

static bool is_number(Oid type)
{
        return type == OID_INT8 || type == OID_INT4 || type == OID_INT2 || type == OID_BOOL ||
               type == OID_OID || type == OID_NUMERIC;
}

static const void *pgsql_bytes(struct rows *rows, int column, size_t *length, bool is_text)
{
        struct pgsql_rows *r = (struct pgsql_rows *)rows;

        (void)is_text;
        *length = 0;
        if (column >= r->columns || r->values[column] == NULL)
                return NULL;
        if (is_number(r->types[column])) {
                char *out = r->printed[column];

                *length = (size_t)snprintf(out, PRINTED_MAX, "%" PRId64, pgsql_integer(rows, column));
                return out;
        }
        *length = (size_t)r->lengths[column];
        return r->values[column];
}

static bool pgsql_is_null(struct rows *rows, int column)
{
        struct pgsql_rows *r = (struct pgsql_rows *)rows;

        return column >= r->columns || r->values[column] == NULL;
}

/* --- many rows ----------------------------------------------------------------------------------- */

/* One answer out of the pipeline, shown to each. */
static bool pipeline_read(struct pgsql *p, struct pgsql_rows *r, const char *sql, size_t row,
                          db_each_row *each, void *context)
{
        PGresult *result = PQgetResult(p->connection);
        ExecStatusType status = PQresultStatus(result);
        /* libpq 15 carries the single-row mode of an earlier stream into the first statement of a pipeline */
        bool is_single = status == PGRES_SINGLE_TUPLE;
        bool has_row = is_single || (status == PGRES_TUPLES_OK && PQntuples(result) > 0);
        int changed = 0;

        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && !is_single) {
                fail(p, result, sql);
                PQclear(result);
                return false;
        }
        r->result = result;
        if (has_row) {
                if (!rows_describe(r, result))
                        return false;
                rows_show(r, result);
        }
        if (status == PGRES_COMMAND_OK) {
                changed = changed_rows(result) > 0;
                p->db.changes += changed;
        }
        if (each != NULL)
                each(context, row, has_row ? &r->rows : NULL, changed);
        rows_forget(r);
        while ((result = PQgetResult(p->connection)) != NULL) /* until the NULL that ends a statement's results */
                PQclear(result);
        return error_ok(p->db.err);
}

static bool wire_row(struct pgsql *p, struct wire *w, Oid *types, const struct many *m, size_t row)
{
        struct value numbers[DB_VALUES_MOST];
        struct values values = { numbers, m->width };

        if (m->integers == NULL)
                values.list = m->values + row * m->width;
        for (size_t i = 0; m->integers != NULL && i < m->width; i++)
                numbers[i] = v_int(m->integers[row * m->width + i]);
        if (!are_short(p, values))
                return false;
        wire_values(w, types, values);
        return true;
}

static bool pgsql_each(struct db *db, struct rows *rows, const char *sql, const struct many *m, db_each_row *each, void *context)
{
        struct pgsql_rows *r = (struct pgsql_rows *)rows;
        struct pgsql *p = of(db);
        Oid types[DB_VALUES_MOST];
        struct statement *t;
        size_t sent = 0, read = 0;
        struct wire w;
        bool is_ok = true;

        r->columns = 0;
        if (!settle(p) || !wire_row(p, &w, types, m, 0))
                return false;
        t = statement_find(p, sql, types, m->width);
        if (t == NULL)
                return false;
        if (PQenterPipelineMode(p->connection) != 1)
                return fail(p, NULL, sql);
        db->changes = 0;
        while (is_ok && read < m->row_count) {
                while (is_ok && sent < m->row_count && sent - read < IN_FLIGHT_MOST) {
                        is_ok = wire_row(p, &w, types, m, sent) && send_off(p, t, &w);
                        sent++;
                }
                if (is_ok && PQsendFlushRequest(p->connection) != 1)
                        is_ok = fail(p, NULL, sql);
                while (is_ok && read < sent && (sent == m->row_count || sent - read > IN_FLIGHT_LEAST)) {
                        is_ok = pipeline_read(p, r, sql, read, each, context);
                        read++;
                }
        }
        rows_forget(r);
        pipeline_end(p);
        return is_ok;
}

/* --- transactions -------------------------------------------------------------------------------- */

/* The snapshot is taken by the first query, so BEGIN brings one along. */
#define BEGIN_READ "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; "
static const char begin_read[] = BEGIN_READ "SELECT 1";

/* One writer per schema, among all programs that share it. */
static const char begin_write[] = "BEGIN; SELECT pg_advisory_xact_lock((1667330415::bigint << 32) +"
                                  " quote_ident(current_schema())::regnamespace::oid::bigint)";

static bool changes_tables(const char *sql)
{
        return strncmp(sql, "CREATE", 6) == 0 || strncmp(sql, "DROP", 4) == 0 ||
               strncmp(sql, "ALTER", 5) == 0;
}

static bool commit(struct pgsql *p)
{
        PGresult *result = PQexec(p->connection, "COMMIT");
        bool is_done = PQresultStatus(result) == PGRES_COMMAND_OK;

        if (!is_done) {
                fail(p, result, "COMMIT");
        } else {
                p->is_in_transaction = false;
                /* After a failed statement the server answers a COMMIT by rolling back, without an error. */
                if (strcmp(PQcmdStatus(result), "COMMIT") != 0)
                        is_done = error_set(p->db.err, ERR_ENVIRONMENT,
                                            "nothing was saved because an earlier step had failed");
        }
        PQclear(result);
        return is_done;
}

static bool pgsql_plain(struct db *db, const char *sql)
{
        struct pgsql *p = of(db);

        if (!settle(p))
                return false;
        if (strcmp(sql, "COMMIT") == 0)
                return commit(p);
        if (sql == begin_read || sql == begin_write) {
                char limited[sizeof begin_read + 64];

                p->is_in_transaction = true;
                snprintf(limited, sizeof limited, BEGIN_READ "SET LOCAL statement_timeout = %d; SELECT 1", db->limit_ms);
                return run(p, db->limit_ms > 0 ? limited : sql);
        }
        if (!run(p, sql))
                return false;
        /* Prepared statements may no longer fit the tables. */
        if (changes_tables(sql) && p->kept_count > 0) {
                statements_forget(p);
                return run(p, "DEALLOCATE ALL");
        }
        return true;
}

static void pgsql_clear(struct db *db, const char *sql)
{
        struct pgsql *p = of(db);
        PGresult *result;

        pipeline_end(p);
        stream_end(p, false);
        result = PQexec(p->connection, sql);
        if (PQresultStatus(result) != PGRES_COMMAND_OK)
                log_line(LOG_WARNING, "db", "%s: %s: %s", p->host, sql, PQerrorMessage(p->connection));
        PQclear(result);
        if (strcmp(sql, "ROLLBACK") == 0)
                p->is_in_transaction = false;
}

static bool pgsql_in_transaction(const struct db *db)
{
        return ((const struct pgsql *)db)->is_in_transaction;
}

static bool pgsql_copy(struct db *db, const char *path)
{
        (void)path;
        error_set(db->err, ERR_USAGE, "a PostgreSQL database is not copied by this program");
        return error_hint(db->err, "use pg_dump on the database server");
}

static void pgsql_checkpoint(struct db *db)
{
        (void)db;
}

static bool pgsql_purge(struct db *db)
{
        (void)db;
        return true;
}

static bool pgsql_claim(struct db *db)
{
        struct pgsql *p = of(db);

        p->is_claimed = settle(p) && claim(p);
        return p->is_claimed;
}

static void pgsql_set_patience(struct db *db, int milliseconds)
{
        struct pgsql *p = of(db);
        char sql[64];

        p->patience_ms = milliseconds;
        snprintf(sql, sizeof sql, "SET lock_timeout = %d", milliseconds);
        if (settle(p))
                run(p, sql);
}

static void pgsql_close(struct db *db)
{
        struct pgsql *p = of(db);

        statements_forget(p);
        PQfinish(p->connection);
        free(p->host);
        free(p);
}

static const struct driver driver = {
        .rows_size = sizeof(struct pgsql_rows),
        .close = pgsql_close,
        .exec = pgsql_exec,
        .start = pgsql_start,
        .step = pgsql_step,
        .stop = pgsql_stop,
        .spare = pgsql_spare,
        .integer = pgsql_integer,
        .bytes = pgsql_bytes,
        .is_null = pgsql_is_null,
        .each = pgsql_each,
        .plain = pgsql_plain,
        .clear = pgsql_clear,
        .in_transaction = pgsql_in_transaction,
        .copy = pgsql_copy,
        .checkpoint = pgsql_checkpoint,
        .purge = pgsql_purge,
        .claim = pgsql_claim,
        .set_patience = pgsql_set_patience,
        .begin_read = begin_read,
        .begin_write = begin_write,
};

static void on_notice(void *context, const char *message)
{
        (void)context;
        log_line(LOG_DETAIL, "db", "%s", message);
}

struct db *pgsql_open(const char *url, enum db_mode mode, struct error *err)
{
        /* What the URL says wins over what stands before it. */
        static const char *const names[] = { "connect_timeout", "fallback_application_name", "dbname",
                                             "client_encoding", NULL };
        const char *const values[] = { "10", "caunoi", url, "UTF8", NULL };
        struct pgsql *p = calloc(1, sizeof *p);
        const char *host;

        if (p == NULL || !library_load("pq", err)) {
                error_set(err, ERR_ENVIRONMENT, "the machine has no memory left");
                free(p);
                return NULL;
        }
        p->db = (struct db){ .driver = &driver, .kind = DB_POSTGRES, .mode = mode, .err = err };
        p->patience_ms = DB_PATIENCE_MS;
        p->connection = PQconnectdbParams(names, values, 1);
        host = p->connection == NULL ? NULL : PQhost(p->connection);
        p->host = strdup(host == NULL || host[0] == '\0' ? "localhost" : host);
        if (p->connection == NULL || p->host == NULL)
                no_memory(p);
        else if (is_lost(p))
                fail(p, NULL, "connect");
        if (error_ok(err))
                PQsetNoticeProcessor(p->connection, on_notice, NULL);
        if (!error_ok(err) || !set_up(p)) {
                pgsql_close(&p->db);
                return NULL;
        }
        return &p->db;
}
