// Tokens of paged lists: where to go on, in which state of the log, for which
// request.
#ifndef COMMON_BASE_PAGE_TOKEN_H_
#define COMMON_BASE_PAGE_TOKEN_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace meridian {

struct PageToken {
  uint64_t position = 0;  // what the list makes of it: an offset or a row id
  uint64_t seq = 0;       // state of the log the list was begun in; 0: any
};

// An opaque token (base64url). `request` is the serialised request with an
// empty token: a token only fits the request it came from.
std::string EncodePageToken(const PageToken& token, absl::string_view request);

// {} for an empty token. Errors: InvalidArgument (BAD_PAGE_TOKEN) when it is
// not a token, or not one of this request.
absl::StatusOr<PageToken> DecodePageToken(absl::string_view token,
                                          absl::string_view request);

// 100 for 0, at most 1000.
uint32_t PageSize(uint32_t requested);

}  // namespace meridian

#endif  // COMMON_BASE_PAGE_TOKEN_H_
