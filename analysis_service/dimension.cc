#include "analysis_service/dimension.h"

#include <algorithm>
#include <deque>
#include <set>
#include <utility>
#include <variant>

#include "analysis_service/lineage.h"
#include "common/base/status.h"

namespace meridian::analysis {
namespace {

Question Over(const Question& question, const Catalog& catalog) {
  Question over = question;
  // Not owned: the caller keeps it.
  over.catalog =
      std::shared_ptr<const Catalog>(std::shared_ptr<void>(), &catalog);
  return over;
}

DimensionValues FromText(const FactValue& value) {
  DimensionValues values;
  if (const auto* text = std::get_if<std::string>(&value.value)) {
    values.names.push_back(*text);
    values.complete = true;
  }
  return values;
}

DimensionValues FromList(const FactValue& value) {
  DimensionValues values;
  if (const auto* list = std::get_if<StringList>(&value.value)) {
    values.names = list->items;
    values.complete = list->complete && !list->items.empty();
  }
  return values;
}

}  // namespace

absl::string_view DimensionName(v1::Dimension dimension) {
  switch (dimension) {
    case v1::DIMENSION_VENDOR:
      return "vendor";
    case v1::DIMENSION_COUNTRY:
      return "country";
    case v1::DIMENSION_OPERATOR:
      return "operator";
    case v1::DIMENSION_LICENCE_LAW:
      return "licence law";
    default:
      return "";
  }
}

absl::Status CheckDimension(v1::Dimension dimension) {
  if (!DimensionName(dimension).empty()) return absl::OkStatus();
  return MakeError(absl::StatusCode::kInvalidArgument, "BAD_REQUEST",
                   "say over what: VENDOR, COUNTRY, OPERATOR or LICENCE_LAW",
                   {{"field", "dimension"}});
}

DimensionReader::DimensionReader(const Question& question,
                                 const Catalog& catalog, FactReader& facts,
                                 v1::Dimension dimension, PolicyRun* run)
    : question_(Over(question, catalog)),
      scratch_(question_, &unused_),
      catalog_(catalog),
      facts_(facts),
      dimension_(dimension),
      run_(run) {}

const DimensionValues& DimensionReader::Of(EntityId model) {
  const auto [it, inserted] = known_.try_emplace(model);
  if (inserted) it->second = Read(model);
  return it->second;
}

DimensionValues DimensionReader::Read(EntityId model) {
  static const FieldIndex kDevelopers = FindField("model.developers");
  static const FieldIndex kCountries = FindField("model.countries");
  static const FieldIndex kLaw = FindField("licence.governing_law");
  switch (dimension_) {
    case v1::DIMENSION_VENDOR:
      return FromList(facts_.Get(model, kDevelopers).value);
    case v1::DIMENSION_COUNTRY:
      return FromList(facts_.Get(model, kCountries).value);
    case v1::DIMENSION_LICENCE_LAW:
      return FromText(facts_.Get(model, kLaw).value);
    case v1::DIMENSION_OPERATOR:
      return ReadOperators(model);
    default:
      return {};
  }
}

DimensionValues DimensionReader::ReadOperators(EntityId model) {
  static const FieldIndex kOfferings = FindField("offerings");
  std::set<std::string> operators;
  bool complete = false;
  if (run_ != nullptr && run_->judges_offerings()) {
    for (const PolicySubject& subject : run_->SubjectsOf(model)) {
      if (run_->Judge(subject).verdict != v1::VERDICT_ADMISSIBLE) continue;
      const auto ref = run_->RefOf(subject);
      if (ref.has_value()) operators.insert(ref->operator_());
    }
  } else {
    const FactValue& value = facts_.Get(model, kOfferings).value;
    const auto* list =
        std::get_if<std::shared_ptr<const ObjectList>>(&value.value);
    if (list != nullptr && *list != nullptr) {
      complete = (*list)->complete;
      for (const FactObject& offering : (*list)->items) {
        // The first field of an offering is its operator.
        if (const auto* text =
                std::get_if<std::string>(&offering.fields[0].value)) {
          operators.insert(*text);
        }
      }
    }
  }
  return {{operators.begin(), operators.end()}, complete && !operators.empty()};
}

Truth DimensionReader::IsDownloadable(EntityId model) {
  static const FieldIndex kWeights = FindField("model.weights");
  const FactValue& value = facts_.Get(model, kWeights).value;
  const auto* weights = std::get_if<std::string>(&value.value);
  if (weights == nullptr) return Truth::kUnknown;
  return *weights == "OPEN" || *weights == "GATED" ? Truth::kTrue
                                                   : Truth::kFalse;
}

std::vector<NamedPart> DimensionReader::Direct(EntityId model) {
  const DimensionValues& values = Of(model);
  if (values.names.empty()) return {{"", 1}};
  std::vector<NamedPart> parts;
  for (const std::string& name : values.names) {
    parts.push_back({name, 1 / static_cast<double>(values.names.size())});
  }
  return parts;
}

std::vector<NamedPart> DimensionReader::AtRoots(EntityId model) {
  std::map<std::string, std::vector<std::string>> bases;
  for (const v1::LineageStep& step : LineageOf(model, facts_, scratch_)) {
    if (step.relation() == v1::BASE_RELATION_ARCHITECTURE) continue;
    bases[step.derived()].push_back(step.base());
  }
  std::set<std::string> roots;
  std::set<std::string> seen;
  std::deque<std::string> queue = {catalog_.resolution().entity(model).name};
  while (!queue.empty()) {
    const std::string name = std::move(queue.front());
    queue.pop_front();
    if (!seen.insert(name).second) continue;
    const auto it = bases.find(name);
    if (it == bases.end()) {
      roots.insert(name);
    } else {
      queue.insert(queue.end(), it->second.begin(), it->second.end());
    }
  }
  if (roots.empty()) return {{"", 1}};  // they are made from each other
  std::map<std::string, double> parts;
  const double each = 1 / static_cast<double>(roots.size());
  for (const std::string& root : roots) {
    const auto entity = catalog_.resolution().FindExact(root);
    if (!entity) {
      parts[""] += each;
      continue;
    }
    for (const NamedPart& part : Direct(*entity)) {
      parts[part.name] += each * part.part;
    }
  }
  std::vector<NamedPart> out;
  for (const auto& [name, part] : parts) out.push_back({name, part});
  return out;
}

}  // namespace meridian::analysis
