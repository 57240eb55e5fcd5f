#include "common/base/suggest.h"

#include <gtest/gtest.h>

namespace meridian {
namespace {

const std::vector<std::string>& Names() {
  static const auto* names = new std::vector<std::string>{
      "model.weights", "model.country", "model.countries", "lmarena/text"};
  return *names;
}

TEST(SuggestTest, NearestFirst) {
  EXPECT_EQ(Suggest("model.wieghts", Names()).front(), "model.weights");
  EXPECT_EQ(Suggest("Model.Countri", Names()).front(), "model.country");
  EXPECT_EQ(Suggest("text", Names()).front(), "lmarena/text");
}

TEST(SuggestTest, NothingNearIsNothing) {
  EXPECT_TRUE(Suggest("zzzzzz", Names()).empty());
  EXPECT_TRUE(Suggest("", Names()).empty());
  EXPECT_EQ(DidYouMean("zzzzzz", Names()), "");
  EXPECT_EQ(DidYouMean("model.weight", {"model.weights"}),
            "; did you mean 'model.weights'?");
}

}  // namespace
}  // namespace meridian
