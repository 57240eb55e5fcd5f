// Fetches documents over HTTP(S), through libcurl, straight into the document
// store.
#ifndef INGEST_SERVICE_DOCUMENTS_HTTP_CLIENT_H_
#define INGEST_SERVICE_DOCUMENTS_HTTP_CLIENT_H_

#include <cstdint>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "ingest_service/documents/document_store.h"
#include "ingest_service/documents/url.h"

namespace meridian::ingest {

// A request header that only one host of one source is sent, e.g.
// "Authorization". Its value is never logged or stored.
struct HttpCredential {
  std::string host;  // as in HttpRules::hosts
  std::string header;
  std::string value;
};

// How a source may use the network: the `http:` of its configuration.
struct HttpRules {
  // "host" (ports 80 and 443) or "host:port", lower case. Every request,
  // redirects included, goes to one of them.
  std::vector<std::string> hosts;
  // Whether loopback, link-local and private addresses may be connected to.
  bool private_addresses = false;
  // HTTP proxy; empty: none. Names are resolved by it, so its operator and not
  // `private_addresses` decides about addresses.
  std::string proxy;
  absl::Duration connect_timeout = absl::Seconds(10);
  // One attempt as a whole.
  absl::Duration timeout = absl::Minutes(5);
  // Longest time with less than 64 bytes a second.
  absl::Duration idle_timeout = absl::Seconds(30);
  // Attempts after the first, for what may pass: connection errors, timeouts,
  // incomplete bodies, 408, 429, 500, 502, 503 and 504.
  int retries = 3;
  // The wait before the n-th of them is drawn from [0.5, 1.5] * backoff * 2^n,
  // and never shorter than the server's Retry-After.
  absl::Duration backoff = absl::Seconds(1);
  // A Retry-After beyond it ends the fetch (RETRY_LATER).
  absl::Duration max_wait = absl::Minutes(2);
  // To one host, over all sources of the service.
  double requests_per_minute = 60;
  std::vector<HttpCredential> credentials;
};

struct HttpRequest {
  std::string url;
  // Of the copy that is there: sent as If-None-Match and If-Modified-Since.
  std::string etag;
  std::string last_modified;
  uint64_t max_bytes = 0;
};

struct HttpResponse {
  // True: the copy that is there still holds; `document` is empty.
  bool not_modified = false;
  uint32_t status = 0;
  std::string final_url;
  // Those that plugins use, lower case: content-type, date, etag,
  // last-modified, link.
  std::map<std::string, std::string> headers;
  StoredDocument document;
};

// Safe from any thread.
class HttpClient {
 public:
  // `documents` must outlive it.
  explicit HttpClient(const DocumentStore& documents);
  ~HttpClient();

  // Errors: FailedPrecondition HTTP_HOST_NOT_DECLARED, HTTP_REDIRECT_REFUSED,
  // HTTP_PRIVATE_ADDRESS; NotFound, PermissionDenied or Unavailable
  // HTTP_STATUS; Unavailable HTTP_UNREACHABLE, HTTP_INCOMPLETE, RETRY_LATER;
  // DeadlineExceeded HTTP_TIMEOUT; ResourceExhausted DOCUMENT_TOO_LARGE;
  // InvalidArgument BAD_URL; Cancelled RUN_CANCELLED. Each names the URL and
  // the attempts made.
  absl::StatusOr<HttpResponse> Get(const HttpRequest& request,
                                   const HttpRules& rules,
                                   const std::stop_token& cancel);

 private:
  class Fetch;
  class Pacer;
  const DocumentStore& documents_;
  const std::unique_ptr<Pacer> pacer_;
};

}  // namespace meridian::ingest

#endif  // INGEST_SERVICE_DOCUMENTS_HTTP_CLIENT_H_
