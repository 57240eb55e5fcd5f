#include "analysis_service/usage.h"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis_service/statements.h"
#include "common/base/status.h"
#include "common/base/suggest.h"

namespace meridian::analysis {
namespace {

bool IsOwn(const Catalog& catalog, const EvidenceRef& ref) {
  return catalog.segment(ref).is_own();
}

std::optional<EntityId> Resolve(const Catalog& catalog, const EvidenceRef& ref,
                                const std::string& subject) {
  const std::string& source = catalog.segment(ref).meta().source();
  if (const auto id = catalog.name_table().Find(source, subject)) {
    const Meaning meaning = catalog.Resolve(*id, ref.segment);
    if (meaning.entity != kNoEntity) return meaning.entity;
  }
  const std::vector<EntityId> found = catalog.resolution().Find(subject);
  if (found.size() == 1) return found[0];
  return std::nullopt;
}

// Last day of a record's window.
std::string EndOf(const Catalog& catalog, const EvidenceRef& ref) {
  const v1::Usage& usage = catalog.record(ref).usage();
  return usage.has_to() ? usage.to()
                        : catalog.segment(ref).meta().vintage().date();
}

}  // namespace

std::vector<std::string> OwnUsageMeasures(const Catalog& catalog, Day as_of) {
  std::set<std::string> own;
  for (const EvidenceRef& ref : catalog.Records(v1::Record::kUsage, as_of)) {
    if (!IsOwn(catalog, ref)) continue;
    own.insert(catalog.record(ref).usage().measure());
  }
  return {own.begin(), own.end()};
}

absl::StatusOr<Usage> ReadUsage(const Catalog& catalog, Day as_of,
                                absl::string_view measure) {
  const SourceRanks ranks(catalog);
  // Of every source the newest figure of each subject.
  std::map<std::tuple<bool, int, std::string>,
           std::map<std::string, EvidenceRef>>
      sources;
  for (const EvidenceRef& ref : catalog.Records(v1::Record::kUsage, as_of)) {
    const v1::Usage& usage = catalog.record(ref).usage();
    if (usage.measure() != measure || !usage.has_count()) continue;
    const std::string& source = catalog.segment(ref).meta().source();
    auto& subjects =
        sources[{!IsOwn(catalog, ref), ranks.Rank("usage", source), source}];
    const auto [it, inserted] = subjects.emplace(usage.subject(), ref);
    if (!inserted && EndOf(catalog, it->second) <= EndOf(catalog, ref)) {
      it->second = ref;
    }
  }
  if (sources.empty()) {
    std::set<std::string> known;
    for (const EvidenceRef& ref : catalog.Records(v1::Record::kUsage, as_of)) {
      known.insert(catalog.record(ref).usage().measure());
    }
    const std::vector<std::string> names(known.begin(), known.end());
    return MakeError(
        absl::StatusCode::kNotFound, "UNKNOWN_MEASURE",
        absl::StrCat("no usage is known in '", measure, "' by ",
                     FormatDay(as_of), DidYouMean(measure, names),
                     names.empty() ? ""
                                   : absl::StrCat(" Known: ",
                                                  absl::StrJoin(names, ", "))),
        {{"measure", std::string(measure)}});
  }
  Usage out;
  out.measure = std::string(measure);
  out.source = std::get<2>(sources.begin()->first);
  for (const auto& [key, subjects] : sources) {
    if (std::get<2>(key) != out.source) out.others.push_back(std::get<2>(key));
  }
  for (const auto& [subject, ref] : sources.begin()->second) {
    const double count = catalog.record(ref).usage().count();
    if (const auto model = Resolve(catalog, ref, subject)) {
      out.weight[*model] += count;
    } else {
      out.unresolved += count;
      ++out.unresolved_subjects;
    }
  }
  return out;
}

}  // namespace meridian::analysis
