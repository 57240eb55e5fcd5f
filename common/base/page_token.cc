#include "common/base/page_token.h"

#include <algorithm>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/digest.h"
#include "common/base/status.h"

namespace meridian {

std::string EncodePageToken(const PageToken& token,
                            absl::string_view request) {
  return absl::WebSafeBase64Escape(
      absl::StrCat(token.position, ".", token.seq, ".", Crc32c(request)));
}

absl::StatusOr<PageToken> DecodePageToken(absl::string_view token,
                                          absl::string_view request) {
  PageToken result;
  if (token.empty()) return result;
  std::string text;
  uint32_t fingerprint = 0;
  if (absl::WebSafeBase64Unescape(token, &text)) {
    const std::vector<std::string> parts = absl::StrSplit(text, '.');
    if (parts.size() == 3 && absl::SimpleAtoi(parts[0], &result.position) &&
        absl::SimpleAtoi(parts[1], &result.seq) &&
        absl::SimpleAtoi(parts[2], &fingerprint) &&
        fingerprint == Crc32c(request)) {
      return result;
    }
  }
  return MakeError(absl::StatusCode::kInvalidArgument, "BAD_PAGE_TOKEN",
                   "page_token is not one of this request; use the "
                   "next_page_token of the answer before and leave the other "
                   "fields as they were");
}

uint32_t PageSize(uint32_t requested) {
  return requested == 0 ? 100 : std::min<uint32_t>(requested, 1000);
}

}  // namespace meridian
