// Facts for tests of expressions.
#ifndef ANALYSIS_SERVICE_EXPRESSION_TESTING_H_
#define ANALYSIS_SERVICE_EXPRESSION_TESTING_H_

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analysis_service/expression.h"
#include "analysis_service/expression_notation.h"

namespace meridian::analysis {

// Facts by field name and by call ("developer.controlled_from(\"CN\", 0.25)");
// what is not set is MISSING. EU has DE and FR; PARTLY has XX and maybe more.
class Facts : public FactSource {
 public:
  Facts& Set(absl::string_view field, FactValue value) {
    const FieldIndex index = FindField(field);
    EXPECT_GE(index, 0) << field;
    values_[index] = std::move(value);
    return *this;
  }
  Facts& SetCall(const std::string& call, FactValue value) {
    calls_[call] = std::move(value);
    return *this;
  }
  const FactValue& Get(FieldIndex field) const override {
    const auto found = values_.find(field);
    return found == values_.end() ? missing_ : found->second;
  }
  FactValue Call(FunctionIndex function, const FactObject* receiver,
                 absl::Span<const FactValue> arguments) const override {
    FactCall call;
    call.function = function;
    call.arguments.assign(arguments.begin(), arguments.end());
    if (receiver != nullptr) call.receiver = receiver->id;
    const auto found = calls_.find(CallText(call));
    return found == calls_.end() ? missing_ : found->second;
  }
  StringList ListMembers(absl::string_view list) const override {
    return list == "EU" ? StringList{{"DE", "FR"}, true}
                        : StringList{{"XX"}, false};
  }

 private:
  const FactValue missing_ = FactValue::Unknown(UnknownReason::kMissing);
  std::map<FieldIndex, FactValue> values_;
  std::map<std::string, FactValue> calls_;
};

inline Environment TestEnvironment() {
  return {{"EU", "PARTLY"},
          {{"ALLIES", {"US", "FR"}}, {"ADVERSARIES", {"CN", "RU"}}},
          {{"open", "model.weights in OPEN_DOWNLOAD"},
           {"open_and_free", "open && licence.permissive"},
           {"loop_a", "loop_b || true"},
           {"loop_b", "!loop_a"},
           {"broken", "model.wieghts == OPEN"}}};
}

// An offering with a few fields set, the rest MISSING.
inline FactObject MakeOffering(uint64_t id,
                               const std::map<std::string, FactValue>& fields) {
  FactObject object;
  object.id = id;
  for (const FieldDef& def : ObjectFields("offering")) {
    const auto found = fields.find(def.name);
    object.fields.push_back(found == fields.end()
                                ? FactValue::Unknown(UnknownReason::kMissing)
                                : found->second);
  }
  return object;
}

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_EXPRESSION_TESTING_H_
