/* libcurl, with the guard at the socket. */
#include "server/outgoing.h"

#include "base/error.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CONNECT_SECONDS = 10, SLOW_SECONDS = 15, SLOW_BYTES_PER_SECOND = 100 };

/* A request under way. */
typedef struct {
    const reel_outgoing *request;
    CURL *curl;
    int64_t received;
    int is_refused, is_too_large, is_unsaved;
} exchange;

reel_status reel_outgoing_init(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK
               ? REEL_OK
               : REEL_FAIL(REEL_ERR_MEMORY, "no memory for outgoing requests");
}

void reel_outgoing_deinit(void)
{
    curl_global_cleanup();
}

/* The one place where a connection comes to be: here the address is final. */
static curl_socket_t on_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    exchange *e = user;
    const reel_networks *allowed = e->request->allowed;
    if (purpose != CURLSOCKTYPE_IPCXN ||
        (allowed && !reel_address_is_allowed(&address->addr, allowed))) {
        e->is_refused = 1;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static int save(exchange *e, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t count = write(e->request->reply_file, data, size);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            e->is_unsaved = 1;
            return 0;
        }
        data += count;
        size -= (size_t)count;
    }
    return 1;
}

static size_t on_reply(char *data, size_t size, size_t count, void *user)
{
    exchange *e = user;
    const reel_outgoing *r = e->request;
    long http_status = 0;
    size *= count;
    e->received += (int64_t)size;
    if (e->received > r->reply_limit) {
        e->is_too_large = r->saves_reply || r->reply;
        return e->is_too_large ? 0 : size; /* nobody reads it: let the connection end as it will */
    }
    curl_easy_getinfo(e->curl, CURLINFO_RESPONSE_CODE, &http_status);
    if (http_status < 200 || http_status > 299) {
        return size;
    }
    if (r->reply) {
        reel_str_append_bytes(r->reply, data, size);
    }
    return !r->saves_reply || save(e, data, size) ? size : 0;
}

static size_t on_upload(char *out, size_t size, size_t count, void *user)
{
    const exchange *e = user;
    ssize_t got;
    do {
        got = read(e->request->file, out, size * count);
    } while (got < 0 && errno == EINTR);
    return got < 0 ? CURL_READFUNC_ABORT : (size_t)got;
}

/* After a redirect or a lost connection libcurl begins again. */
static int on_rewind(void *user, curl_off_t offset, int origin)
{
    const exchange *e = user;
    return lseek(e->request->file, (off_t)offset, origin) < 0 ? CURL_SEEKFUNC_FAIL
                                                              : CURL_SEEKFUNC_OK;
}

static int on_progress(void *user, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                       curl_off_t up)
{
    (void)down_total, (void)down, (void)up_total, (void)up;
    const reel_outgoing *r = ((const exchange *)user)->request;
    return r->is_stopped && r->is_stopped(r->user);
}

/* Only what the request names is sent: presigned URLs refuse other headers. */
static struct curl_slist *headers_of(const reel_outgoing *r)
{
    static const char *const without[] = { "Accept:", "Expect:" };
    char type[160];
    struct curl_slist *list = NULL;
    for (size_t i = 0; i < sizeof without / sizeof *without; i++) {
        list = curl_slist_append(list, without[i]);
    }
    snprintf(type, sizeof type, "Content-Type:%s%s", r->content_type ? " " : "",
             r->content_type ? r->content_type : "");
    list = curl_slist_append(list, type);
    return r->header ? curl_slist_append(list, r->header) : list;
}

static void set_bounds(CURL *curl, exchange *e)
{
    const reel_outgoing *r = e->request;
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_PROXY, ""); /* a proxy would hide the address from the guard */
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, on_socket);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, e);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, r->redirects > 0 ? 1L : 0L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, (long)r->redirects);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)r->seconds);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)SLOW_SECONDS);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, (long)SLOW_BYTES_PER_SECOND);
    if (r->saves_reply || r->reply) {
        curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)r->reply_limit);
    }
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, e);
}

static void set_content(CURL *curl, exchange *e)
{
    const reel_outgoing *r = e->request;
    curl_easy_setopt(curl, CURLOPT_URL, r->url);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_reply);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, e);
    if (r->body) {
        curl_easy_setopt(curl, CURLOPT_POST, 1L);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, r->body);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body_size);
    } else if (r->puts_file) {
        curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
        curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_upload);
        curl_easy_setopt(curl, CURLOPT_READDATA, e);
        curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, on_rewind);
        curl_easy_setopt(curl, CURLOPT_SEEKDATA, e);
        curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)r->file_size);
    }
}

static reel_status judge(const exchange *e, CURLcode code)
{
    long http_status = 0;
    if (e->is_refused && code != CURLE_OK) { /* a name may have other addresses as well */
        return REEL_FAIL(REEL_ERR_INVALID, "its address is not public");
    }
    if (e->is_too_large || code == CURLE_FILESIZE_EXCEEDED) {
        return REEL_FAIL(REEL_ERR_FORMAT, "it holds more than %lld bytes",
                         (long long)e->request->reply_limit);
    }
    if (e->is_unsaved) {
        return REEL_FAIL(REEL_ERR_IO, "the server cannot store it");
    }
    switch (code) {
    case CURLE_OK:
        break;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return REEL_FAIL(REEL_ERR_INVALID, "it is no http or https URL");
    case CURLE_ABORTED_BY_CALLBACK:
        return REEL_FAIL(REEL_ERR_CANCELLED, "the request was stopped");
    case CURLE_OPERATION_TIMEDOUT:
        return REEL_FAIL(REEL_ERR_IO, "no answer within the time limit");
    default:
        return REEL_FAIL(REEL_ERR_IO, "%s", curl_easy_strerror(code));
    }
    curl_easy_getinfo(e->curl, CURLINFO_RESPONSE_CODE, &http_status);
    if (http_status < 200 || http_status > 299) {
        return REEL_FAIL(REEL_ERR_IO, "it answered with status %ld", http_status);
    }
    if (e->request->reply && e->request->reply->status < 0) {
        return REEL_FAIL(REEL_ERR_FORMAT, "the reply is too large");
    }
    return REEL_OK;
}

reel_status reel_outgoing_send(const reel_outgoing *request)
{
    exchange e = { .request = request, .curl = curl_easy_init() };
    struct curl_slist *headers = headers_of(request);
    reel_status status = REEL_ERR_MEMORY;
    if (!e.curl || !headers) {
        status = REEL_FAIL(REEL_ERR_MEMORY, "no memory for a request");
        goto done;
    }
    set_bounds(e.curl, &e);
    set_content(e.curl, &e);
    curl_easy_setopt(e.curl, CURLOPT_HTTPHEADER, headers);
    status = judge(&e, curl_easy_perform(e.curl));
done:
    curl_slist_free_all(headers);
    curl_easy_cleanup(e.curl);
    return status;
}

/* 0 when `host` (brackets allowed) is an address that is not allowed. */
static int is_allowed_host(const char *host, const reel_networks *allowed)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
    char bare[INET6_ADDRSTRLEN + 1] = "";
    if (inet_pton(AF_INET, host, &v4.sin_addr) == 1) {
        return reel_address_is_allowed((const struct sockaddr *)(const void *)&v4, allowed);
    }
    if (host[0] != '[') {
        return 1; /* a name: judged when it is resolved */
    }
    size_t length = strcspn(host + 1, "]%");
    if (length >= sizeof bare) {
        return 0;
    }
    memcpy(bare, host + 1, length);
    return inet_pton(AF_INET6, bare, &v6.sin6_addr) == 1 &&
           reel_address_is_allowed((const struct sockaddr *)(const void *)&v6, allowed);
}

reel_status reel_outgoing_check_url(const char *url, const reel_networks *allowed)
{
    reel_status status = REEL_OK;
    char *scheme = NULL, *host = NULL;
    CURLU *parsed = curl_url();
    if (!parsed) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for a URL");
    }
    if (curl_url_set(parsed, CURLUPART_URL, url, 0) != CURLUE_OK ||
        curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
        curl_url_get(parsed, CURLUPART_HOST, &host, 0) != CURLUE_OK ||
        (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0)) {
        status = REEL_FAIL(REEL_ERR_INVALID, "it is no http or https URL");
    } else if (allowed && !is_allowed_host(host, allowed)) {
        status = REEL_FAIL(REEL_ERR_INVALID, "its address is not public");
    }
    curl_free(scheme);
    curl_free(host);
    curl_url_cleanup(parsed);
    return status;
}
