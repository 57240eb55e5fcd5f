#include "analysis_service/field.h"

#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace meridian::analysis {
namespace {

std::vector<FieldDef>* MakeFields() {
  using enum FieldType;
  using enum TimeClass;
  return new std::vector<FieldDef>{
      {"model.name",
       kString,
       kNature,
       "Canonical name; '~source/name' when the name could not be resolved. "
       "Always known.",
       {}},
      {"model.display_name",
       kString,
       kNature,
       "Name for people. Unknown: no source gives one.",
       {}},
      {"model.developers",
       kStringList,
       kNature,
       "Organisations that developed it, resolved where possible. Unknown: no "
       "source names any.",
       {}},
      {"model.country",
       kString,
       kNature,
       "ISO code of its only country under the country rule. Unknown: none is "
       "known, or there are several (CONFLICT).",
       {}},
      {"model.countries",
       kStringList,
       kNature,
       "ISO codes of its countries under the country rule. Unknown: none is "
       "known.",
       {}},
      {"model.weights",
       kConstant,
       kState,
       "How far the weights can be had, as stated or as the licence word "
       "implies. Unknown: neither is known.",
       {"NONE", "API_ONLY", "GATED", "OPEN"}},
      {"model.licence",
       kString,
       kState,
       "Licence id: SPDX or LicenseRef. Unknown: none is stated, or the words "
       "mean no known licence.",
       {}},
      {"model.release_date",
       kDate,
       kNature,
       "Day of release; a month or year counts as a range. Unknown: not "
       "stated.",
       {}},
      {"model.parameters",
       kNumber,
       kNature,
       "Number of parameters in all. Unknown: not stated.",
       {}},
      {"model.active_parameters",
       kNumber,
       kNature,
       "Number of parameters active per token. Unknown: not stated.",
       {}},
      {"model.training_compute",
       kNumber,
       kNature,
       "Training compute in FLOP; an estimate is an interval. Unknown: not "
       "stated.",
       {}},
      {"model.modalities",
       kStringList,
       kNature,
       "Modalities: 'text', 'image', 'audio', 'video', 'code'. Unknown: not "
       "stated.",
       {}},
      {"model.languages",
       kStringList,
       kNature,
       "Languages, ISO 639-1. Unknown: not stated.",
       {}},
      {"model.base_models",
       kStringList,
       kNature,
       "Models it was made from, directly. Unknown: not stated; that is not "
       "'trained from scratch'.",
       {}},
      {"licence.osi_approved",
       kBool,
       kState,
       "Its licence is approved by the Open Source Initiative. Unknown: the "
       "licence or its approval is not known.",
       {}},
      {"licence.commercial_use",
       kBool,
       kState,
       "Its licence allows commercial use. Unknown: the licence or its terms "
       "are not known.",
       {}},
  };
}

absl::string_view ReasonName(UnknownReason reason) {
  switch (reason) {
    case UnknownReason::kNone:
      return "";
    case UnknownReason::kMissing:
      return "MISSING";
    case UnknownReason::kWithheld:
      return "WITHHELD";
    case UnknownReason::kImprecise:
      return "IMPRECISE";
    case UnknownReason::kConflict:
      return "CONFLICT";
    case UnknownReason::kStale:
      return "STALE";
    case UnknownReason::kIncompleteSet:
      return "INCOMPLETE_SET";
    case UnknownReason::kSourceFailed:
      return "SOURCE_FAILED";
  }
  return "";
}

std::string DescribeNumber(double number) { return absl::StrCat(number); }

struct Describer {
  std::string operator()(std::monostate) const { return ""; }
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(bool flag) const { return flag ? "true" : "false"; }
  std::string operator()(const NumberRange& range) const {
    if (range.low == range.high) return DescribeNumber(range.low);
    return absl::StrCat("[", DescribeNumber(range.low), ", ",
                        DescribeNumber(range.high), "]");
  }
  std::string operator()(const StringList& list) const {
    return absl::StrCat("[", absl::StrJoin(list.items, ", "),
                        list.complete ? "]" : ", ...]");
  }
  std::string operator()(const DateRange& range) const {
    if (range.is_day()) return FormatDay(range.first);
    return absl::StrCat(FormatDay(range.first), "/", FormatDay(range.last));
  }
};

}  // namespace

absl::Span<const FieldDef> Fields() {
  static const std::vector<FieldDef>* fields = MakeFields();
  return *fields;
}

FieldIndex FindField(absl::string_view name) {
  static const auto* index = [] {
    auto* map = new absl::flat_hash_map<absl::string_view, FieldIndex>;
    for (size_t i = 0; i < Fields().size(); ++i) {
      map->emplace(Fields()[i].name, static_cast<FieldIndex>(i));
    }
    return map;
  }();
  const auto it = index->find(name);
  return it == index->end() ? -1 : it->second;
}

std::string DescribeValue(const FactValue& value) {
  if (!value.known()) {
    return absl::StrCat("unknown (", ReasonName(value.unknown), ")");
  }
  return std::visit(Describer{}, value.value);
}

}  // namespace meridian::analysis
