// The fields that expressions can use, and values of them. Plain C++: no
// gRPC, threads, clocks or files.
#ifndef ANALYSIS_SERVICE_FIELD_H_
#define ANALYSIS_SERVICE_FIELD_H_

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/base/dates.h"

namespace meridian::analysis {

// Numbers are those of v1.UnknownReason.
enum class UnknownReason : uint8_t {
  kNone = 0,
  kMissing = 1,
  kWithheld = 2,
  kImprecise = 3,
  kConflict = 4,
  kStale = 5,
  kIncompleteSet = 6,
  kSourceFailed = 7,
};

// Numbers are those of v1.Truth.
enum class Truth : uint8_t { kTrue = 1, kFalse = 2, kUnknown = 3 };

enum class FieldType : uint8_t {
  kString = 1,
  kNumber = 2,
  kBool = 3,
  kConstant = 4,  // one of FieldDef.constants
  kStringList = 5,
  kDate = 6,
};

enum class TimeClass : uint8_t { kFigure, kNature, kState };

struct FieldDef {
  std::string name;  // "model.weights"
  FieldType type;
  TimeClass time_class;
  std::string meaning;                 // meaning, unit, what unknown means
  std::vector<std::string> constants;  // in order, for kConstant
};

using FieldIndex = int;

// Every field, in a fixed order; FieldIndex points into it.
absl::Span<const FieldDef> Fields();
// -1 when there is no such field.
FieldIndex FindField(absl::string_view name);

// A closed interval of numbers; equal ends are an exact number.
struct NumberRange {
  double low = 0;
  double high = 0;
  bool operator==(const NumberRange&) const = default;
};

struct StringList {
  std::vector<std::string> items;  // sorted, distinct
  bool complete = true;            // false: there may be more (INCOMPLETE_SET)
  bool operator==(const StringList&) const = default;
};

// What is known of a field of a model.
struct FactValue {
  // kNone: known, `value` is set as the field's type demands (kConstant as
  // string). Else unknown for this reason; `value` is empty.
  UnknownReason unknown = UnknownReason::kMissing;
  std::variant<std::monostate, std::string, NumberRange, bool, StringList,
               DateRange>
      value;

  bool known() const { return unknown == UnknownReason::kNone; }
  static FactValue Unknown(UnknownReason reason) { return {reason, {}}; }
  static FactValue Text(std::string text) {
    return {UnknownReason::kNone, std::move(text)};
  }
  static FactValue Number(double low, double high) {
    return {UnknownReason::kNone, NumberRange{low, high}};
  }
  static FactValue Flag(bool flag) { return {UnknownReason::kNone, flag}; }
  static FactValue List(StringList list) {
    return {UnknownReason::kNone, std::move(list)};
  }
  static FactValue Date(DateRange range) {
    return {UnknownReason::kNone, range};
  }
};

// A value in a few words: "OPEN", "[US, CN]", "unknown (WITHHELD)".
std::string DescribeValue(const FactValue& value);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_FIELD_H_
