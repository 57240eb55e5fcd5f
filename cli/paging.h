// Lists that come in pages.
#ifndef CLI_PAGING_H_
#define CLI_PAGING_H_

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "cli/json.h"
#include "common/base/status.h"

namespace meridian::cli {

// Most rows that the services put into one page.
inline constexpr uint32_t kMaxPage = 1000;

// Asks page after page until `limit` rows are there (0: until the end) and
// joins the pages. `size` counts the rows of an answer. The answer's
// next_page_token is not empty when the list goes on.
template <typename Client, typename Request, typename Size>
auto ListAll(Client& client, Request request, uint32_t limit, Size size)
    -> decltype(client.Call(request)) {
  const auto page_size = [limit](uint32_t have) {
    return limit == 0 ? kMaxPage : std::min(kMaxPage, limit - have);
  };
  request.set_page_size(page_size(0));
  auto answer = client.Call(request);
  if (!answer.ok()) return answer;
  while (!answer->next_page_token().empty()) {
    const uint32_t have = static_cast<uint32_t>(size(*answer));
    if (limit != 0 && have >= limit) break;
    if (answer->next_page_token() == request.page_token()) {
      return MakeError(absl::StatusCode::kInternal, "BAD_ANSWER",
                       "the service gave the same page twice");
    }
    request.set_page_token(answer->next_page_token());
    request.set_page_size(page_size(have));
    auto page = client.Call(request);
    if (!page.ok()) return page;
    AppendPage(*answer, *page);
  }
  return answer;
}

}  // namespace meridian::cli

#endif  // CLI_PAGING_H_
