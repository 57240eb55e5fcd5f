#include "analysis_service/statements.h"

#include <limits>

#include "gtest/gtest.h"

namespace meridian::analysis {
namespace {

std::string Both(const FactValue& a, const FactValue& b) {
  const auto forth = Agree(a, b);
  const auto back = Agree(b, a);
  EXPECT_EQ(forth.has_value(), back.has_value());
  if (!forth) return "contradiction";
  EXPECT_EQ(DescribeValue(*forth), DescribeValue(*back));
  return DescribeValue(*forth);
}

FactValue Listed(std::vector<std::string> items, bool complete) {
  return FactValue::List({std::move(items), complete});
}

TEST(AgreeTest, EqualValuesAgree) {
  EXPECT_EQ(Both(FactValue::Text("a"), FactValue::Text("a")), "a");
  EXPECT_EQ(Both(FactValue::Text("a"), FactValue::Text("b")), "contradiction");
  EXPECT_EQ(Both(FactValue::Flag(true), FactValue::Flag(true)), "true");
  EXPECT_EQ(Both(FactValue::Flag(true), FactValue::Flag(false)),
            "contradiction");
  EXPECT_EQ(Both(FactValue::Flag(true), FactValue::Text("true")),
            "contradiction");
}

TEST(AgreeTest, OfTwoRangesTheInnerOne) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(Both(FactValue::Number(1, 5), FactValue::Number(2, 3)), "[2, 3]");
  EXPECT_EQ(Both(FactValue::Number(1, infinity), FactValue::Number(7, 7)), "7");
  EXPECT_EQ(Both(FactValue::Number(1, 5), FactValue::Number(4, 6)),
            "contradiction");
  EXPECT_EQ(Both(FactValue::Date({0, 364}), FactValue::Date({31, 31})),
            "1970-02-01");
}

TEST(AgreeTest, ListsWithoutEndAreJoined) {
  EXPECT_EQ(Both(Listed({"a"}, false), Listed({"b"}, false)), "[a, b, ...]");
  EXPECT_EQ(Both(Listed({"a", "b"}, true), Listed({"b"}, false)), "[a, b]");
  EXPECT_EQ(Both(Listed({"a"}, true), Listed({"b"}, false)), "contradiction");
  EXPECT_EQ(Both(Listed({"a"}, true), Listed({"a", "b"}, true)),
            "contradiction");
}

TEST(DescribeValueTest, AnUnknownValueNamesItsReason) {
  EXPECT_EQ(DescribeValue(FactValue::Unknown(UnknownReason::kWithheld)),
            "unknown (WITHHELD)");
}

}  // namespace
}  // namespace meridian::analysis
