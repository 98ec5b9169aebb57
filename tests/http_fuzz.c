/* Requests to a whole node on loopback: whatever comes, there is an answer of HTTP, it is not "500", JSON is JSON and pages are
 * UTF-8, and at the end of many the node is sound. The first byte says who asks:
 *
 *   r  anybody; the rest are the bytes that are sent
 *   p  a node: "METHOD ADDRESS" and a body, signed as docs/exchange.md says; what is pushed is packed unless it is already
 *   a  an administrator, s a specialist: "METHOD ADDRESS", the type of the body, the body; with a token
 */
#include "tests/hand_made.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <zstd.h>

#include "account/account.h"
#include "areas/program.h"
#include "base/hex.h"
#include "base/log.h"
#include "base/utf8.h"
#include "catalogue/catalogue.h"
#include "sync/sync_private.h"

#define ANSWER_MS 25000
#define WAIT_MS 100           /* patience with what may be half a request, or asks us to wait */
#define SOUND_EVERY 2000      /* requests */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct desk node;
static struct sockaddr_in address;
static char admin[64], specialist[64];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t served = PTHREAD_COND_INITIALIZER;

static void require(bool is_true, const char *what)
{
        if (is_true)
                return;
        fprintf(stderr, "%s\n", what);
        abort();
}

/* ---- the node ------------------------------------------------------------------------------------------------------------ */

static const struct source files[] = {
#define SOURCE(path, text) { path, text, sizeof text - 1 }
        SOURCE("periods.yaml", "windows:\n  - id: m\n    name: {vi: Tháng, en: Month}\n    frequency: month\n    first: {day: 1}\n"
                               "    last: {day: last}\n    due: {month: 1, day: 12, time: \"17:00\"}\n    legal_basis: x\n"),
        SOURCE("forms/monthly.form", "form: monthly\ntitle: {vi: Tháng, en: Monthly}\nvalid: {from: 2019-01-01}\nlegal_basis: x\n"
                                     "filed_by: province\nfiled_to: VN\nwindow: m\nrows:\n  - id: \"1\"\n    label: {vi: S, en: O}\n"
                                     "    indicator: output\n    required: true\n  - id: \"2\"\n    label: {vi: C, en: I}\n    indicator: iip\n"),
#undef SOURCE
};

static bool prepare(struct work *w, void *argument)
{
        struct complaints complaints = { .arena = w->arena, .language = LANGUAGE_EN };
        size_t changed;

        (void)argument;
        return account_set(w, "admin", "A", ROLE_ADMIN, "VN", false) && account_set(w, "clerk", "S", ROLE_SPECIALIST, "VN", false) &&
               account_make_token(w, "admin", "x", admin) && account_make_token(w, "clerk", "x", specialist) &&
               catalogue_load(w, files, sizeof files / sizeof *files, NULL, &complaints, &changed);
}

static void remember(const char *text, void *context)
{
        const char *port = strrchr(text, ':');

        (void)context;
        require(port != NULL, text);
        pthread_mutex_lock(&lock);
        address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port + 1)) };
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        pthread_cond_signal(&served);
        pthread_mutex_unlock(&lock);
}

static void *serve(void *unused)
{
        struct server_options options = { .listen = "127.0.0.1:0", .routes = program_routes(), .started = remember };
        struct error err = { .language = LANGUAGE_EN };

        (void)unused;
        require(web_serve(node.node, &options, &err), err.message);
        return NULL;
}

static void start(void)
{
        static struct world world;
        pthread_t thread;

        log_set_level(LOG_ALARM + 1);
        require(open_writers(NULL) == 0, "the writers");
        make_world(&world, 1);
        desk_open(&node, NULL);
        deliver_rest(&node, &world);
        arena_close(world.arena);
        desk_work(&node);
        require(ledger_write(&node.w, prepare, NULL), node.w.err.message);
        pthread_mutex_lock(&lock);
        require(pthread_create(&thread, NULL, serve, NULL) == 0, "a thread");
        while (address.sin_port == 0)
                pthread_cond_wait(&served, &lock);
        pthread_mutex_unlock(&lock);
}

/* ---- one request ------------------------------------------------------------------------------------------------------------ */

/* The bytes up to a line feed; *rest is what follows. */
static char *line_of(struct arena *a, const char **rest, const char *end)
{
        const char *stop = memchr(*rest, '\n', (size_t)(end - *rest));
        char *line = arena_copy(a, *rest, (size_t)((stop == NULL ? end : stop) - *rest));

        *rest = stop == NULL ? end : stop + 1;
        return line;
}

static void put_request(struct buf *out, const char *start_line, const char *headers, const char *body, size_t length)
{
        buf_print(out, "%s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n%s", start_line, headers);
        if (length > 0)
                buf_print(out, "Content-Length: %zu\r\n", length);
        buf_text(out, "\r\n");
        buf_put(out, body, length);
}

static void as_user(struct arena *a, struct buf *out, const char *token, const char *text, const char *end)
{
        const char *start_line = line_of(a, &text, end), *type = line_of(a, &text, end);

        put_request(out, start_line, arena_print(a, "Authorization: Bearer %s\r\n%s%s%s", token, *type ? "Content-Type: " : "", type,
                                                 *type ? "\r\n" : ""), text, (size_t)(end - text));
}

static void as_node(struct arena *a, struct buf *out, const char *text, const char *end)
{
        const char *start_line = line_of(a, &text, end), *path = strchr(start_line, ' ');
        size_t length = (size_t)(end - text);
        const struct node *asker = writers[MINISTRY].node;
        unsigned char hash[HASH_BYTES], signature[SIGNATURE_BYTES];
        char hash_hex[HASH_HEX], hex[SIGNATURE_BYTES * 2 + 1], at[MOMENT_TEXT_MAX];
        struct buf body, signed_text;

        if (path == NULL)
                return;
        buf_init(&body, 0);
        if (strcmp(path, " /ledger/push") == 0 && (length < 4 || memcmp(text, "\x28\xb5\x2f\xfd", 4) != 0)) {
                size_t room = ZSTD_compressBound(length);

                body.length = ZSTD_compress(buf_room(&body, room), room, text, length, 1);
        } else {
                buf_put(&body, text, length);
        }
        ledger_digest(body.data == NULL ? "" : body.data, body.length, hash);
        hex_write(hash_hex, hash, HASH_BYTES);
        moment_write(at, moment_now());
        buf_init(&signed_text, 0);
        request_text(&signed_text, node_key(node.node), path + 1, at, hash_hex);
        node_sign(asker, signed_text.data, signed_text.length, signature);
        hex_write(hex, signature, sizeof signature);
        put_request(out, start_line, arena_print(a, "Caunoi-Node: %s\r\nCaunoi-At: %s\r\nCaunoi-Signature: %s\r\n", node_key(asker), at, hex),
                    body.data == NULL ? "" : body.data, body.length);
        buf_clear(&signed_text);
        buf_clear(&body);
}

static void check_answer(const char *answer, size_t length)
{
        const char *body = memmem(answer, length, "\r\n\r\n", 4), *json, *said;
        int status = length >= 12 && memcmp(answer, "HTTP/1.", 7) == 0 ? atoi(answer + 9) : 0;

        require(status >= 100 && status <= 599 && body != NULL, answer);
        require(status != 500, answer);
        body += 4;
        said = memmem(answer, (size_t)(body - answer), "\r\nContent-Length: ", 18);
        if (said != NULL && strtoull(said + 18, NULL, 10) < length - (size_t)(body - answer)) /* another answer follows */
                length = (size_t)(body - answer) + strtoull(said + 18, NULL, 10);
        json = memmem(answer, (size_t)(body - answer), "Content-Type: application/json", 30);
        if (memmem(answer, (size_t)(body - answer), "Transfer-Encoding", 17) != NULL ||
            memmem(answer, (size_t)(body - answer), "Content-Encoding", 16) != NULL || body == answer + length)
                return;
        if (json != NULL) {
                json_error_t where;
                json_t *read = json_loadb(body, length - (size_t)(body - answer), JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &where);

                require(read != NULL || status == 100, answer);
                json_decref(read);
        } else if (memmem(answer, (size_t)(body - answer), "Content-Type: text/", 19) != NULL) {
                require(utf8_is_valid(body, length - (size_t)(body - answer), NULL), answer);
        }
}

/* Whether all of an answer is there that says how long it is. */
static bool is_whole(const struct buf *answer)
{
        const char *body = memmem(answer->data, answer->length, "\r\n\r\n", 4), *length;

        if (body == NULL)
                return false;
        length = memmem(answer->data, (size_t)(body - answer->data), "\r\nContent-Length: ", 18);
        return length != NULL && answer->length - (size_t)(body + 4 - answer->data) >= strtoull(length + 18, NULL, 10);
}

/* Send, and read the answer. is_patient: there must be one. */
static void ask(const struct buf *request, bool is_patient, struct buf *answer)
{
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
        struct pollfd p = { .fd = fd, .events = POLLIN };
        ssize_t length;

        require(fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0, "connecting");
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        for (size_t at = 0; at < request->length; at += (size_t)length)
                if ((length = send(fd, request->data + at, request->length - at, MSG_NOSIGNAL)) <= 0)
                        break; /* it has answered before it read all */
        shutdown(fd, SHUT_WR);
        while (answer->length == 0 || !is_whole(answer)) {
                int ready = poll(&p, 1, is_patient ? ANSWER_MS : WAIT_MS);

                if (ready == -1 && errno == EINTR) /* the fuzzer's own clock rings while it waits */
                        continue;
                if (ready <= 0) {
                        require(!is_patient, "no answer");
                        break;
                }
                length = recv(fd, buf_room(answer, 65536), 65535, 0);
                if (length <= 0)
                        break;
                answer->length += (size_t)length;
                answer->data[answer->length] = '\0';
        }
        close(fd);
        if (answer->length > 0)
                check_answer(answer->data, answer->length);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
        static bool is_started;
        static unsigned asked;
        const char *text = (const char *)bytes + 1, *end = (const char *)bytes + size;
        struct buf request, answer;
        struct arena *a;

        if (!is_started)
                start();
        is_started = true;
        if (size < 2)
                return 0;
        a = arena_open(WORK_MEMORY_USUAL);
        buf_init(&request, 0);
        buf_init(&answer, 0);
        switch (bytes[0]) {
        case 'r': buf_put(&request, text, size - 1); break;
        case 'p': as_node(a, &request, text, end); break;
        case 'a': as_user(a, &request, admin, text, end); break;
        case 's': as_user(a, &request, specialist, text, end); break;
        default: break;
        }
        if (request.length > 0)
                ask(&request, bytes[0] != 'r' && memmem(bytes, size, "wait", 4) == NULL, &answer);
        buf_clear(&request);
        buf_clear(&answer);
        arena_close(a);
        if (++asked % SOUND_EVERY == 0) {
                struct verified v;
                int64_t entries;

                desk_work(&node);
                require(ledger_verify(&node.w, &v) && ledger_rebuild_check(&node.w, &entries), node.w.err.message);
        }
        return 0;
}
