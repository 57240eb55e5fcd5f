// The fields that expressions can use, and values of them. Plain C++: no
// gRPC, threads, clocks or files.
#ifndef ANALYSIS_SERVICE_FIELD_H_
#define ANALYSIS_SERVICE_FIELD_H_

#include <cstdint>
#include <memory>
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
  kError = 8,  // the facts are known, the expression has no value for them
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
  kObjectList = 7,  // of objects of FieldDef.object
  kObject = 8,      // the one object of FieldDef.object, e.g. the deployer
};

enum class TimeClass : uint8_t { kFigure, kNature, kState };

struct FieldDef {
  std::string name;  // "model.weights"
  FieldType type;
  TimeClass time_class;
  std::string meaning;                 // meaning, unit, what unknown means
  std::vector<std::string> constants;  // in order, for kConstant
  std::string object;                  // for kObjectList, kObject
};

using FieldIndex = int;

// Every field, in a fixed order; FieldIndex points into it.
absl::Span<const FieldDef> Fields();
// -1 when there is no such field.
FieldIndex FindField(absl::string_view name);

// Fields of the objects of a list, by the object's name ("offering"); names
// without prefix ("operator"). Empty: there is no such object.
absl::Span<const FieldDef> ObjectFields(absl::string_view object);

// A function of facts, e.g. developer.controlled_from("CN", 0.25).
struct FunctionDef {
  std::string name;    // "developer.controlled_from"; of an object: "attested"
  std::string object;  // object whose method it is; empty: none
  std::vector<FieldType> parameters;  // kString, kNumber or kObject (deployer)
  FieldType result;
  std::string meaning;  // meaning, unit, what unknown means
};

using FunctionIndex = int;

// Every function, in a fixed order; FunctionIndex points into it.
absl::Span<const FunctionDef> Functions();
// -1 when there is no such function with that many parameters.
FunctionIndex FindFunction(absl::string_view object, absl::string_view name,
                           size_t parameters);

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

struct FactValue;

// An object of a list, e.g. one offering of the model.
struct FactObject {
  std::vector<FactValue> fields;  // as ObjectFields
  uint64_t id = 0;                // tells the fact source which one it is
  bool operator==(const FactObject&) const = default;
};

struct ObjectList {
  std::vector<FactObject> items;
  bool complete = true;  // false: there may be more (INCOMPLETE_SET)
  bool operator==(const ObjectList&) const = default;
};

// What is known of a field of a model.
struct FactValue {
  // kNone: known, `value` is set as the field's type demands (kConstant as
  // string, kObject as nothing). Else unknown for this reason; `value` is
  // empty.
  UnknownReason unknown = UnknownReason::kMissing;
  std::variant<std::monostate, std::string, NumberRange, bool, StringList,
               DateRange, std::shared_ptr<const ObjectList>>
      value;

  bool operator==(const FactValue&) const = default;

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
  static FactValue Objects(ObjectList list) {
    return {UnknownReason::kNone,
            std::make_shared<const ObjectList>(std::move(list))};
  }
};

// A value in a few words: "OPEN", "[US, CN]", "unknown (WITHHELD)".
std::string DescribeValue(const FactValue& value);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_FIELD_H_
