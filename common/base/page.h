// Cuts lists into pages.
#ifndef COMMON_BASE_PAGE_H_
#define COMMON_BASE_PAGE_H_

#include <algorithm>
#include <string>

#include "absl/status/statusor.h"
#include "common/base/page_token.h"

namespace meridian {

// Which part of a list of `total` elements a request asks for.
struct PageRange {
  size_t begin = 0;
  size_t end = 0;
  std::string next_page_token;  // empty: nothing follows
};

// The request without its page token: a token only fits the list it is of.
template <typename Request>
std::string PageFingerprint(Request request) {
  request.clear_page_token();
  return request.SerializeAsString();
}

template <typename Request>
absl::StatusOr<PageRange> PageOf(const Request& request, size_t total,
                                 uint64_t seq) {
  const std::string fingerprint = PageFingerprint(request);
  const auto token = DecodePageToken(request.page_token(), fingerprint);
  if (!token.ok()) return token.status();
  PageRange range;
  range.begin = std::min<size_t>(token->position, total);
  range.end =
      std::min<size_t>(range.begin + PageSize(request.page_size()), total);
  if (range.end < total) {
    range.next_page_token = EncodePageToken({range.end, seq}, fingerprint);
  }
  return range;
}

// The seq that a list was begun at; 0: this is its first page.
template <typename Request>
absl::StatusOr<uint64_t> PageSeq(const Request& request) {
  const auto token =
      DecodePageToken(request.page_token(), PageFingerprint(request));
  if (!token.ok()) return token.status();
  return token->seq;
}

}  // namespace meridian

#endif  // COMMON_BASE_PAGE_H_
