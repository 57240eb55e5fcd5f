#include "analysis_service/policy_columns.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace meridian::analysis {
namespace {

std::string KeyOf(FunctionIndex function,
                  absl::Span<const FactValue> arguments) {
  return absl::StrCat(
      function, "(",
      absl::StrJoin(arguments, ",",
                    [](std::string* out, const FactValue& argument) {
                      const std::string text = DescribeValue(argument);
                      absl::StrAppend(out, text.size(), ":", text);
                    }),
      ")");
}

}  // namespace

// The columns of all models are worth their price for a good part of them, and
// are then there for the next question of the same run.
bool ModelColumns::most() const {
  return models_.size() * 4 >= facts_.catalog().resolution().entities().size();
}

template <typename All, typename One>
Column ModelColumns::Find(std::string key, All all, One one) {
  const auto [it, is_new] = columns_.try_emplace(std::move(key));
  Kept& kept = it->second;
  if (is_new && most()) {
    kept.full = &all();
    kept.codes.reserve(models_.size());
    for (const EntityId model : models_) {
      kept.codes.push_back(kept.full->codes[model]);
    }
  } else if (is_new) {
    // A value for each: to look for equal ones would cost more.
    for (const EntityId model : models_) {
      kept.codes.push_back(static_cast<uint32_t>(kept.values.size()));
      kept.values.push_back(one(model).value);
    }
  }
  if (kept.full != nullptr) return {kept.full->values, kept.codes};
  return {kept.values, kept.codes};
}

Column ModelColumns::Field(FieldIndex field) {
  FactReader& reader = facts_.reader();
  return Find(
      absl::StrCat(field),
      [&]() -> const FactColumn& { return reader.Column(field); },
      [&](EntityId model) -> const ModelFact& {
        return reader.Get(model, field);
      });
}

Column ModelColumns::Call(FunctionIndex function,
                          absl::Span<const FactValue> arguments) {
  FactReader& reader = facts_.reader();
  return Find(
      KeyOf(function, arguments),
      [&]() -> const FactColumn& { return reader.Column(function, arguments); },
      [&](EntityId model) -> const ModelFact& {
        return reader.Call(model, /*offering=*/-1, function, nullptr,
                           arguments);
      });
}

StringList ModelColumns::ListMembers(absl::string_view list) {
  return {facts_.catalog().Members(list, facts_.reader().context().on),
          /*complete=*/true};
}

const FactSource& ModelColumns::Row(size_t subject) {
  row_ = facts_.Of(models_[subject], /*offering=*/-1);
  return *row_;
}

}  // namespace meridian::analysis
