// Vendors, countries, operators and licence laws of models, directly and at
// the roots of their lineage.
#ifndef ANALYSIS_SERVICE_DIMENSION_H_
#define ANALYSIS_SERVICE_DIMENSION_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "analysis_service/answer.h"
#include "analysis_service/facts.h"
#include "analysis_service/policy_run.h"
#include "meridian/v1/policy.pb.h"

namespace meridian::analysis {

// Values of a dimension that a model has, in equal parts.
struct DimensionValues {
  std::vector<std::string> names;  // sorted, distinct; empty: none is known
  bool complete = false;           // false: there may be others
};

// Part of a model that stands under a name; the parts add up to 1.
struct NamedPart {
  std::string name;  // empty: unknown
  double part = 0;
};

// "vendor", "country", "operator", "licence law".
absl::string_view DimensionName(v1::Dimension dimension);
// InvalidArgument (BAD_REQUEST) when it is not set.
absl::Status CheckDimension(v1::Dimension dimension);

// Used for one request, by one thread. Catalog, facts and run must outlive it.
class DimensionReader {
 public:
  // With a run that judges offerings, operators are those of the subjects.
  DimensionReader(const Question& question, const Catalog& catalog,
                  FactReader& facts, v1::Dimension dimension,
                  PolicyRun* run = nullptr);

  const DimensionValues& Of(EntityId model);
  std::vector<NamedPart> Direct(EntityId model);
  // By the models at the ends of its lineage, each in equal parts; a model
  // that is made from no other is its own root. A root that no source
  // describes is unknown. Bases whose architecture alone was used do not
  // count.
  std::vector<NamedPart> AtRoots(EntityId model);
  // Whether the weights can be downloaded.
  Truth IsDownloadable(EntityId model);

 private:
  DimensionValues Read(EntityId model);
  DimensionValues ReadOperators(EntityId model);

  // The question over `catalog`, for LineageOf; evidence of a lineage is not
  // kept: an answer about thousands of models could not list it.
  Question question_;
  v1::AnswerHeader unused_;
  Answer scratch_;
  const Catalog& catalog_;
  FactReader& facts_;
  const v1::Dimension dimension_;
  PolicyRun* const run_;
  std::map<EntityId, DimensionValues> known_;
};

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_DIMENSION_H_
