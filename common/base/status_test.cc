#include "common/base/status.h"

#include <gtest/gtest.h>

namespace meridian {
namespace {

TEST(StatusTest, ReasonAndDetailsSurviveAnnotation) {
  const absl::Status error =
      MakeError(absl::StatusCode::kNotFound, "UNKNOWN_BOARD", "no board 'x'",
                {{"board", "x"}, {"suggestions", "y"}});
  const absl::Status annotated = Annotate(error, "leaderboard");
  EXPECT_EQ(annotated.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(annotated.message(), "leaderboard: no board 'x'");
  EXPECT_EQ(ErrorReason(annotated), "UNKNOWN_BOARD");
  EXPECT_EQ(GetErrorDetails(annotated),
            (ErrorDetails{{"board", "x"}, {"suggestions", "y"}}));
}

TEST(StatusTest, PlainErrorsHaveNoReason) {
  EXPECT_EQ(ErrorReason(absl::InternalError("x")), "");
  EXPECT_EQ(ErrorReason(absl::OkStatus()), "");
}

absl::StatusOr<int> Half(int x) {
  if (x % 2 != 0) return absl::InvalidArgumentError("odd");
  return x / 2;
}

absl::StatusOr<int> Quarter(int x) {
  ASSIGN_OR_RETURN(const int half, Half(x));
  ASSIGN_OR_RETURN(const int quarter, Half(half));
  return quarter;
}

TEST(StatusTest, AssignOrReturnPropagates) {
  EXPECT_EQ(*Quarter(8), 2);
  EXPECT_EQ(Quarter(6).status().message(), "odd");
}

}  // namespace
}  // namespace meridian
