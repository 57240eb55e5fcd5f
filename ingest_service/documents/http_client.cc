#include "ingest_service/documents/http_client.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/random/random.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "common/base/log.h"
#include "common/base/status.h"

namespace meridian::ingest {
namespace {

constexpr int kMostRedirects = 5;
constexpr long kIdleBytesPerSecond = 64;
constexpr size_t kMostHeaderBytes = 8 << 10;

// --- Addresses -------------------------------------------------------------

struct Block {
  uint32_t address;
  int bits;
};
// https://www.iana.org/assignments/iana-ipv4-special-registry, and multicast.
constexpr Block kPrivate4[] = {
    {0x00000000, 8},  {0x0A000000, 8},  {0x64400000, 10}, {0x7F000000, 8},
    {0xA9FE0000, 16}, {0xAC100000, 12}, {0xC0000000, 24}, {0xC0000200, 24},
    {0xC0A80000, 16}, {0xC6120000, 15}, {0xC6336400, 24}, {0xCB007100, 24},
    {0xE0000000, 4},  {0xF0000000, 4}};

bool IsPrivate4(uint32_t address) {
  return std::any_of(
      std::begin(kPrivate4), std::end(kPrivate4), [&](const Block& block) {
        return (address ^ block.address) >> (32 - block.bits) == 0;
      });
}

bool IsPrivate6(const uint8_t* a) {
  const auto embedded = [&](int at) {
    return IsPrivate4(static_cast<uint32_t>(a[at]) << 24 |
                      static_cast<uint32_t>(a[at + 1]) << 16 |
                      static_cast<uint32_t>(a[at + 2]) << 8 | a[at + 3]);
  };
  static constexpr uint8_t kMapped[12] = {0, 0, 0, 0, 0,    0,
                                          0, 0, 0, 0, 0xff, 0xff};
  static constexpr uint8_t kNat64[12] = {0, 0x64, 0xff, 0x9b};
  if (std::memcmp(a, kMapped, 12) == 0) return embedded(12);
  if (std::memcmp(a, kNat64, 12) == 0) return embedded(12);
  if (a[0] == 0x20 && a[1] == 0x02) return embedded(2);  // 6to4
  // Global unicast is 2000::/3; of it, 2001:db8::/32 is documentation and
  // 2001::/32 is Teredo.
  if ((a[0] & 0xe0) != 0x20) return true;
  return a[0] == 0x20 && a[1] == 0x01 &&
         ((a[2] == 0x0d && a[3] == 0xb8) || (a[2] == 0 && a[3] == 0));
}

bool IsPrivate(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, &address, sizeof(v4));
    return IsPrivate4(ntohl(v4.sin_addr.s_addr));
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, &address, sizeof(v6));
    return IsPrivate6(v6.sin6_addr.s6_addr);
  }
  return true;
}

// --- URLs ------------------------------------------------------------------

struct UrlDelete {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using UrlHandle = std::unique_ptr<CURLU, UrlDelete>;

std::string Part(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return "";
  std::string copy = text;
  curl_free(text);
  return copy;
}

absl::Status BadUrl(absl::string_view url, absl::string_view why) {
  return MakeError(absl::StatusCode::kInvalidArgument, "BAD_URL",
                   absl::StrCat("'", url, "' ", why),
                   {{"url", std::string(url)}});
}

absl::StatusOr<Url> FromHandle(CURLU* handle, absl::string_view text) {
  Url url;
  url.scheme = absl::AsciiStrToLower(Part(handle, CURLUPART_SCHEME));
  url.host = absl::AsciiStrToLower(Part(handle, CURLUPART_HOST));
  url.path = Part(handle, CURLUPART_PATH);
  if (url.scheme != "http" && url.scheme != "https") {
    return BadUrl(text, "is not an http or https URL");
  }
  if (!Part(handle, CURLUPART_USER).empty() ||
      !Part(handle, CURLUPART_PASSWORD).empty()) {
    return BadUrl(text,
                  "has a user name in it; use http.credentials of the source");
  }
  int port = 0;
  if (url.host.empty() ||
      !absl::SimpleAtoi(Part(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT),
                        &port)) {
    return BadUrl(text, "has no host");
  }
  url.port = static_cast<uint16_t>(port);
  curl_url_set(handle, CURLUPART_FRAGMENT, nullptr, 0);
  curl_url_set(handle, CURLUPART_HOST, url.host.c_str(), 0);
  url.full = Part(handle, CURLUPART_URL);
  return url;
}

bool Declared(const Url& url, const std::vector<std::string>& hosts) {
  return std::find(hosts.begin(), hosts.end(), HostOf(url)) != hosts.end();
}

// Sleeps until `until` or the stop; false when stopped.
bool SleepUntil(absl::Time until, const std::stop_token& cancel) {
  std::mutex mutex;
  std::condition_variable_any condition;
  std::unique_lock lock(mutex);
  condition.wait_until(lock, cancel, absl::ToChronoTime(until),
                       [&] { return absl::Now() >= until; });
  return !cancel.stop_requested();
}

absl::Status Cancelled() {
  return MakeError(absl::StatusCode::kCancelled, "RUN_CANCELLED",
                   "the run was cancelled");
}

}  // namespace

absl::StatusOr<Url> ParseUrl(absl::string_view url) {
  const UrlHandle handle(curl_url());
  if (curl_url_set(handle.get(), CURLUPART_URL, std::string(url).c_str(),
                   CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) {
    return BadUrl(url, "is not an absolute URL");
  }
  return FromHandle(handle.get(), url);
}

absl::StatusOr<Url> ResolveUrl(absl::string_view base,
                               absl::string_view reference) {
  const UrlHandle handle(curl_url());
  // Setting a reference on a URL resolves it (RFC 3986, 5.2).
  if (curl_url_set(handle.get(), CURLUPART_URL, std::string(base).c_str(), 0) !=
          CURLUE_OK ||
      curl_url_set(handle.get(), CURLUPART_URL, std::string(reference).c_str(),
                   CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) {
    return BadUrl(reference, absl::StrCat("cannot be resolved against ", base));
  }
  return FromHandle(handle.get(), reference);
}

std::string HostOf(const Url& url) {
  return url.port == 80 || url.port == 443
             ? url.host
             : absl::StrCat(url.host, ":", url.port);
}

bool IsPrivateAddress(absl::string_view address) {
  const std::string text(address);
  in_addr v4;
  if (inet_pton(AF_INET, text.c_str(), &v4) == 1) {
    return IsPrivate4(ntohl(v4.s_addr));
  }
  in6_addr v6;
  if (inet_pton(AF_INET6, text.c_str(), &v6) == 1) {
    return IsPrivate6(v6.s6_addr);
  }
  return false;
}

// When a host may be asked again.
class HttpClient::Pacer {
 public:
  // The time of a request's turn; later ones come after it. A turn later than
  // `latest` is not taken.
  absl::Time Turn(const std::string& host, double per_minute,
                  absl::Time latest) {
    absl::MutexLock lock(&mu_);
    absl::Time& next = next_[host];
    const absl::Time turn = std::max(next, absl::Now());
    if (turn > latest) return turn;
    next = turn + absl::Minutes(1) / per_minute;
    return turn;
  }
  // What a server said about when to come back.
  void NotBefore(const std::string& host, absl::Time time) {
    absl::MutexLock lock(&mu_);
    absl::Time& next = next_[host];
    next = std::max(next, time);
  }

 private:
  absl::Mutex mu_;
  std::map<std::string, absl::Time> next_ ABSL_GUARDED_BY(mu_);
};

// One attempt: one request without redirects.
class HttpClient::Fetch {
 public:
  Fetch(const DocumentStore& documents, const HttpRequest& request,
        const HttpRules& rules, const std::stop_token& cancel)
      : documents_(documents),
        request_(request),
        rules_(rules),
        cancel_(cancel) {}

  // Whether it is worth another attempt, and when at the earliest.
  bool may_retry = false;
  std::optional<absl::Time> not_before;
  bool too_many = false;

  struct Answer {
    HttpResponse response;
    std::string redirect;  // where to, when it is one
  };

  absl::StatusOr<Answer> Run(const Url& url) {
    const auto perform = [&]() -> absl::Status {
      struct Cleanup {
        CURL* curl;
        curl_slist* headers = nullptr;
        ~Cleanup() {
          curl_slist_free_all(headers);
          curl_easy_cleanup(curl);
        }
      } handle{curl_easy_init()};
      handle.headers = RequestHeaders(url);
      SetOptions(handle.curl, url, handle.headers);
      const CURLcode code = curl_easy_perform(handle.curl);
      long status = 0;
      curl_easy_getinfo(handle.curl, CURLINFO_RESPONSE_CODE, &status);
      answer_.response.status = static_cast<uint32_t>(status);
      return Judge(code, url);
    };
    RETURN_IF_ERROR(perform());
    answer_.response.final_url = url.full;
    return std::move(answer_);
  }

 private:
  static constexpr const char* kKept[] = {"content-type", "date", "etag",
                                          "last-modified", "link"};

  curl_slist* RequestHeaders(const Url& url) const {
    curl_slist* headers = nullptr;
    const auto add = [&](absl::string_view name, absl::string_view value) {
      if (value.empty()) return;
      headers =
          curl_slist_append(headers, absl::StrCat(name, ": ", value).c_str());
    };
    add("If-None-Match", request_.etag);
    add("If-Modified-Since", request_.last_modified);
    for (const HttpCredential& credential : rules_.credentials) {
      if (credential.host == HostOf(url)) {
        add(credential.header, credential.value);
      }
    }
    return headers;
  }

  void SetOptions(CURL* curl, const Url& url, curl_slist* headers) {
    const auto millis = [](absl::Duration duration) {
      return static_cast<long>(absl::ToInt64Milliseconds(duration));
    };
    curl_easy_setopt(curl, CURLOPT_URL, url.full.c_str());
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");  // all it can decode
    curl_easy_setopt(curl, CURLOPT_USERAGENT,
                     "meridian-ingest (+one fetch per source and schedule)");
    curl_easy_setopt(curl, CURLOPT_PROXY, rules_.proxy.c_str());
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                     millis(rules_.connect_timeout));
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, millis(rules_.timeout));
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, kIdleBytesPerSecond);
    curl_easy_setopt(
        curl, CURLOPT_LOW_SPEED_TIME,
        std::max(1L,
                 static_cast<long>(absl::ToInt64Seconds(rules_.idle_timeout))));
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &Fetch::OnBody);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, this);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &Fetch::OnHeader);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, this);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, &Fetch::OnSocket);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, this);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &Fetch::OnProgress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, this);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error_);
  }

  // The address that is really connected to is looked at, so a name that
  // resolves differently the second time gains nothing.
  static curl_socket_t OnSocket(void* self, curlsocktype,
                                curl_sockaddr* address) {
    Fetch& fetch = *static_cast<Fetch*>(self);
    if (!fetch.rules_.private_addresses && fetch.rules_.proxy.empty() &&
        IsPrivate(address->addr)) {
      fetch.private_address_ = true;
      return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC,
                  address->protocol);
  }

  static int OnProgress(void* self, curl_off_t, curl_off_t, curl_off_t,
                        curl_off_t) {
    return static_cast<Fetch*>(self)->cancel_.stop_requested() ? 1 : 0;
  }

  static size_t OnHeader(char* data, size_t size, size_t count, void* self) {
    Fetch& fetch = *static_cast<Fetch*>(self);
    const absl::string_view line(data, size * count);
    if (absl::StartsWith(line, "HTTP/")) {  // also after a 1xx
      fetch.headers_.clear();
      const size_t at = line.find(' ');
      uint32_t status = 0;
      if (at != absl::string_view::npos &&
          absl::SimpleAtoi(line.substr(at + 1, 3), &status)) {
        fetch.answer_.response.status = status;
      }
    }
    const size_t colon = line.find(':');
    if (colon != absl::string_view::npos && line.size() <= kMostHeaderBytes) {
      fetch.headers_[absl::AsciiStrToLower(line.substr(0, colon))] =
          std::string(absl::StripAsciiWhitespace(line.substr(colon + 1)));
    }
    return line.size();
  }

  static size_t OnBody(char* data, size_t size, size_t count, void* self) {
    Fetch& fetch = *static_cast<Fetch*>(self);
    const absl::string_view bytes(data, size * count);
    // The body of an error or a redirect is of no use to anybody.
    if (fetch.answer_.response.status != 200) return bytes.size();
    fetch.body_ = fetch.Append(bytes);
    return fetch.body_.ok() ? bytes.size() : 0;
  }

  absl::Status Append(absl::string_view bytes) {
    if (!writer_) {
      ASSIGN_OR_RETURN(writer_, documents_.Write(request_.max_bytes));
    }
    return writer_->Append(bytes);
  }

  absl::Status Judge(CURLcode code, const Url& url) {
    HttpResponse& response = answer_.response;
    if (cancel_.stop_requested()) return Cancelled();
    RETURN_IF_ERROR(body_);
    if (private_address_) {
      return MakeError(
          absl::StatusCode::kFailedPrecondition, "HTTP_PRIVATE_ADDRESS",
          absl::StrCat(url.host,
                       " is a private or loopback address; set "
                       "http.private_addresses: true if that is right"));
    }
    if (code == CURLE_OPERATION_TIMEDOUT) {
      may_retry = true;
      return MakeError(absl::StatusCode::kDeadlineExceeded, "HTTP_TIMEOUT",
                       absl::StrCat("timed out: ", error_));
    }
    if (code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR ||
        code == CURLE_HTTP2_STREAM || code == CURLE_BAD_CONTENT_ENCODING) {
      may_retry = true;
      return MakeError(absl::StatusCode::kUnavailable, "HTTP_INCOMPLETE",
                       absl::StrCat("the answer ended early: ", error_));
    }
    if (code != CURLE_OK) {
      may_retry = true;
      return MakeError(absl::StatusCode::kUnavailable, "HTTP_UNREACHABLE",
                       absl::StrCat(curl_easy_strerror(code), ": ", error_));
    }
    for (const char* name : kKept) {
      if (const auto found = headers_.find(name); found != headers_.end()) {
        response.headers[name] = found->second;
      }
    }
    if (response.status == 304) {
      if (request_.etag.empty() && request_.last_modified.empty()) {
        return StatusError("although nothing was asked for conditionally");
      }
      response.not_modified = true;
      return absl::OkStatus();
    }
    if (response.status == 200) {
      if (!writer_) RETURN_IF_ERROR(Append(""));  // an empty body
      ASSIGN_OR_RETURN(response.document, writer_->Finish());
      return absl::OkStatus();
    }
    if (response.status >= 300 && response.status < 400) {
      const auto location = headers_.find("location");
      if (location == headers_.end()) {
        return StatusError("without saying where to");
      }
      answer_.redirect = location->second;
      return absl::OkStatus();
    }
    switch (response.status) {
      case 408:
      case 429:
      case 500:
      case 502:
      case 503:
      case 504:
        may_retry = true;
        not_before = RetryAfter();
        too_many = response.status == 429;
    }
    return StatusError("");
  }

  absl::Status StatusError(absl::string_view more) const {
    const uint32_t status = answer_.response.status;
    const absl::StatusCode code =
        status == 404 || status == 410   ? absl::StatusCode::kNotFound
        : status == 401 || status == 403 ? absl::StatusCode::kPermissionDenied
                                         : absl::StatusCode::kUnavailable;
    const absl::string_view advice =
        status == 404 || status == 410
            ? "; the publisher may have moved it: mend the url"
        : status == 401 || status == 403
            ? "; if it needs a key, give it in http.credentials"
            : "";
    return MakeError(code, "HTTP_STATUS",
                     absl::StrCat("the server answered ", status,
                                  more.empty() ? "" : " ", more, advice),
                     {{"status", absl::StrCat(status)}});
  }

  // RFC 9110, 10.2.3: seconds or a date.
  std::optional<absl::Time> RetryAfter() const {
    const auto found = headers_.find("retry-after");
    if (found == headers_.end()) return std::nullopt;
    int64_t seconds = 0;
    if (absl::SimpleAtoi(found->second, &seconds) && seconds >= 0) {
      return absl::Now() + absl::Seconds(seconds);
    }
    const time_t date = curl_getdate(found->second.c_str(), nullptr);
    if (date >= 0) return absl::FromTimeT(date);
    return std::nullopt;
  }

  const DocumentStore& documents_;
  const HttpRequest& request_;
  const HttpRules& rules_;
  const std::stop_token& cancel_;
  std::unique_ptr<DocumentStore::Writer> writer_;
  std::map<std::string, std::string> headers_;
  Answer answer_;
  absl::Status body_;
  bool private_address_ = false;
  char error_[CURL_ERROR_SIZE] = "";
};

HttpClient::HttpClient(const DocumentStore& documents)
    : documents_(documents), pacer_(std::make_unique<Pacer>()) {
  curl_global_init(CURL_GLOBAL_DEFAULT);
}

HttpClient::~HttpClient() = default;

absl::StatusOr<HttpResponse> HttpClient::Get(const HttpRequest& request,
                                             const HttpRules& rules,
                                             const std::stop_token& cancel) {
  ASSIGN_OR_RETURN(const Url first, ParseUrl(request.url));
  const auto told = [&](const absl::Status& status, int attempts) {
    return attempts < 2
               ? Annotate(status, request.url)
               : Annotate(status, absl::StrCat(request.url, " (", attempts,
                                               " attempts)"));
  };
  if (!Declared(first, rules.hosts)) {
    return told(
        MakeError(absl::StatusCode::kFailedPrecondition,
                  "HTTP_HOST_NOT_DECLARED",
                  absl::StrCat("the source does not declare the host ",
                               HostOf(first), "; add it to http.hosts")),
        1);
  }
  const auto later = [&](absl::Time when, absl::string_view why) {
    return MakeError(absl::StatusCode::kUnavailable, "RETRY_LATER",
                     absl::StrCat(why, "; it asks to be left alone until ",
                                  absl::FormatTime(absl::RFC3339_sec, when,
                                                   absl::UTCTimeZone())));
  };
  absl::BitGen random;
  Url url = first;
  int redirects = 0;
  int attempt = 0;
  for (;;) {
    const absl::Time latest = absl::Now() + rules.max_wait;
    const absl::Time turn =
        pacer_->Turn(HostOf(url), rules.requests_per_minute, latest);
    if (turn > latest) {
      return told(later(turn, "too many requests to this server"), attempt + 1);
    }
    if (!SleepUntil(turn, cancel)) return Cancelled();
    Fetch fetch(documents_, request, rules, cancel);
    auto answer = fetch.Run(url);
    if (answer.ok() && answer->redirect.empty()) {
      return std::move(answer->response);
    }
    if (answer.ok()) {
      const auto to = ResolveUrl(url.full, answer->redirect);
      std::string why;
      if (!to.ok()) {
        why = std::string(to.status().message());
      } else if (++redirects > kMostRedirects) {
        why = absl::StrCat("more than ", kMostRedirects, " redirects");
      } else if (!Declared(*to, rules.hosts)) {
        why = absl::StrCat("to ", HostOf(*to),
                           ", which the source does not declare; add it to "
                           "http.hosts if that is right");
      } else if (url.scheme == "https" && to->scheme == "http") {
        why = "from https to http";
      }
      if (!why.empty()) {
        return told(MakeError(absl::StatusCode::kFailedPrecondition,
                              "HTTP_REDIRECT_REFUSED",
                              absl::StrCat("redirect refused: ", why)),
                    attempt + 1);
      }
      url = *to;
      continue;
    }
    if (!fetch.may_retry || attempt == rules.retries) {
      return told(answer.status(), attempt + 1);
    }
    absl::Time next = absl::Now() + rules.backoff * (1 << attempt) *
                                        absl::Uniform(random, 0.5, 1.5);
    if (fetch.not_before) {
      // 429 is about the client, the others are about the page.
      if (fetch.too_many) pacer_->NotBefore(HostOf(url), *fetch.not_before);
      next = std::max(next, *fetch.not_before);
    }
    if (next - absl::Now() > rules.max_wait) {
      return told(later(next, answer.status().message()), attempt + 1);
    }
    ++attempt;
    Log(LogLevel::kInfo, "fetching again",
        {{"url", url.full},
         {"attempt", absl::StrCat(attempt + 1)},
         {"why", std::string(answer.status().message())}});
    if (!SleepUntil(next, cancel)) return Cancelled();
    url = first;
    redirects = 0;
  }
}

}  // namespace meridian::ingest
