#include "ingest_service/documents/http_client.h"

#include <curl/curl.h>
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
