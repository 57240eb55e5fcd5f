#include "common/base/page_token.h"

#include <gtest/gtest.h>

#include "common/base/status.h"

namespace meridian {
namespace {

TEST(PageTokenTest, RoundTripsForItsRequestOnly) {
  const std::string token = EncodePageToken({42, 7}, "request");
  EXPECT_EQ(DecodePageToken(token, "request")->position, 42u);
  EXPECT_EQ(DecodePageToken(token, "request")->seq, 7u);
  EXPECT_EQ(ErrorReason(DecodePageToken(token, "other").status()),
            "BAD_PAGE_TOKEN");
  EXPECT_EQ(ErrorReason(DecodePageToken("@@", "request").status()),
            "BAD_PAGE_TOKEN");
  EXPECT_EQ(DecodePageToken("", "request")->position, 0u);
}

TEST(PageTokenTest, PageSizeHasDefaultAndLimit) {
  EXPECT_EQ(PageSize(0), 100u);
  EXPECT_EQ(PageSize(5), 5u);
  EXPECT_EQ(PageSize(100000), 1000u);
}

}  // namespace
}  // namespace meridian
